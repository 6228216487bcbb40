//! Constants in sessions of three processes: given by a party, taken from its input, and refused. All parties see them before
//! they consent.

#[path = "support/process.rs"]
mod process;

use process::{End, Folder, Line, Party};
use serde_json::json;

/// Party 1 says how often the sum of all inputs counts.
const TIMES: &str = "const TIMES: usize = PARTY_1::TIMES;
pub fn main(a: u32, b: u32, c: u32) -> u32 {
    let mut sum = 0u32;
    for _ in [false; TIMES] { sum = sum + a + b + c; }
    sum
}
";

/// Party 1 has a list.
const LIST: &str = "const ROWS: usize = PARTY_1::ROWS;
pub fn main(a: u32, rows: [u32; ROWS], c: u32) -> u32 {
    let mut sum = a + c;
    for row in rows { sum = sum + row; }
    sum
}
";

/// A session of `program`, in which party 1 gives these arguments, and the others the inputs 100 and 20. Their ends by seat.
fn session(program: &str, with: &[&str]) -> Vec<End> {
    let all = ["--program", program, "--json"];
    let mut host = Line::host(&all).and(&["--input", "100"]).start();
    let ticket = host.ticket();
    let one = Line::join(&ticket, &all).and(&["--party", "1"]).and(with);
    let two = Line::join(&ticket, &all).and(&["--party", "2", "--input", "20"]);
    let parties = [host, one.start(), two.start()];
    parties.into_iter().map(Party::end).collect()
}

/// Each of them knows that party 1 has said so, and has the result.
#[track_caller]
fn all_see(ends: &[End], name: &str, value: u32, result: &str) {
    for end in ends {
        assert_eq!(end.code, 0, "{end}");
        // The page that a person consents to, below the party who says it.
        let page = end.err.split("Everybody is there:").nth(1);
        let of_one = page.and_then(|page| {
            let from = page.find("party 1 ")?;
            page[from..].split("party 2 ").next()
        });
        let line = format!("    {name} = {value}\n");
        assert!(of_one.is_some_and(|text| text.contains(&line)), "{end}");
        let events = end.events();
        let named = |name: &str| events.iter().find(|event| event["event"] == name);
        let started = named("started").expect("the event");
        let consts = started["parties"].as_array().expect("a list").iter();
        let consts: Vec<_> = consts.map(|party| party["consts"].clone()).collect();
        assert_eq!(consts, [json!({}), json!({ name: value }), json!({})]);
        assert_eq!(named("result").expect("the event")["value"], result);
    }
}

#[test]
fn a_constant_that_a_party_gives() {
    let folder = Folder::new();
    let program = folder.file("times.garble.rs", TIMES);
    let ends = session(&program, &["--input", "3", "--const", "TIMES=4"]);
    all_see(&ends, "TIMES", 4, "492");
}

#[test]
fn a_constant_that_is_the_length_of_a_partys_input() {
    let folder = Folder::new();
    let program = folder.file("list.garble.rs", LIST);
    let rows = folder.file("rows.csv", "row\n1\n2\n3\n4\n5\n");
    let ends = session(&program, &["--input-file", &rows]);
    all_see(&ends, "ROWS", 5, "135");
    // Given as well, it must be the length.
    let ends = session(&program, &["--input", "[7, 8]", "--const", "ROWS=2"]);
    all_see(&ends, "ROWS", 2, "135");
}

#[test]
fn a_constant_that_would_make_the_circuit_explode_ends_the_session_before_it_starts() {
    let folder = Folder::new();
    let program = folder.file("times.garble.rs", TIMES);
    let ends = session(&program, &["--input", "3", "--const", "TIMES=4000000000"]);
    for end in &ends {
        assert_eq!(end.code, 4, "{end}");
        end.is_clear();
        assert!(!end.out.contains("\"started\""), "{end}");
    }
    // Each finds out by itself, or hears it from who was faster.
    let told = |end: &&End| end.err.contains("do not fit") && end.err.contains("too large?");
    assert!(ends.iter().any(|end| told(&end)), "{}", ends[0]);
}

#[test]
fn a_constant_that_is_wrong_by_itself_ends_its_party_alone() {
    let folder = Folder::new();
    let program = folder.file("times.garble.rs", TIMES);
    let all = ["--program", &program];
    let mut host = Line::host(&all).and(&["--input", "100"]).start();
    let ticket = host.ticket();
    let join = |with: &[&str]| Line::join(&ticket, &all).and(with);
    for (consts, why) in [
        (&["TIMES=4294967296"][..], "usize"),
        (&["TIMES=-1"], "usize"),
        (&["TIMES=many"], "usize"),
        (&["TIMES=1", "TIMES=2"], "twice"),
        (&["ROWS=1"], "not asked for"),
        (&[], "--const TIMES=VALUE"),
    ] {
        let consts: Vec<&str> = consts.iter().flat_map(|it| ["--const", *it]).collect();
        let end = join(&["--party", "1", "--input", "3"]).and(&consts).run();
        end.is(3, "").is_clear().tells(why);
    }
    let given = join(&["--party", "2", "--input", "3", "--const", "TIMES=1"]).run();
    given.is(3, "").is_clear().tells("no constants");
    let one = join(&["--party", "1", "--input", "3", "--const", "TIMES=1"]).start();
    let two = join(&["--party", "2", "--input", "20"]).start();
    for party in [host, one, two] {
        party.end().is(0, "123\n");
    }
}
