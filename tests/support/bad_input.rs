//! Every bad input has its exit code and a message of two lines at most; it prints nothing on standard output.

use std::fmt::Write as _;

use iroh::{EndpointAddr, SecretKey};
use iroh_mpc::{
    program::Source,
    ticket::{SessionSecret, Ticket},
};

use crate::process::{Folder, LOCAL, Line, shipped};

const USAGE: i32 = 2;
const INVALID: i32 = 3;
const NOT_FORMED: i32 = 4;

/// What is on the command line, the exit code, and what the message holds.
type Case<'a> = (&'a [&'a str], i32, &'a str);

/// Runs all cases, and tells of all that fail.
fn check(before: &[&str], cases: &[Case], after: &[&str]) {
    let failures: Vec<String> = (cases.iter())
        .filter_map(|(args, code, text)| {
            let end = Line::new(before).and(args).and(after).run();
            let why = if end.code != *code {
                format!("not exit code {code}")
            } else if !end.out.is_empty() {
                "something on standard output".into()
            } else if !end.err.starts_with("error: ") {
                "more than the error".into()
            } else if !end.err.contains(text) {
                format!("no {text:?}")
            } else {
                end.unclear()?
            };
            Some(format!("{why} in {end}"))
        })
        .collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

fn wait_no_longer() -> Vec<&'static str> {
    [&LOCAL[..], &["--wait", "2s", "-q"]].concat()
}

/// A program of so many parties.
fn parties(count: usize) -> String {
    format!("pub fn main(xs: [u8; {count}]) -> u8 {{ xs[0] }}")
}

/// A ticket of a host that is not there.
fn ticket(program: &str) -> Ticket {
    let host = EndpointAddr::new(SecretKey::generate().public());
    Ticket {
        secret: SessionSecret::random(),
        // The discard port: nobody answers.
        host: host.with_ip_addr("127.0.0.1:9".parse().expect("an address")),
        program: Source::load(program.as_ref()).expect("a program").digest(),
    }
}

/// The same ticket as a later version would write it: the version is the first byte, so the first eight bits of base32.
fn of_another_version(ticket: &str) -> String {
    const BASE32: &str = "abcdefghijklmnopqrstuvwxyz234567";
    let mut letters: Vec<char> = ticket.chars().collect();
    // The fifth letter holds the last three bits of the version, above two others.
    let value = BASE32.find(letters[4]).expect("a letter of base32");
    letters[4] = BASE32.chars().nth(value + 4).expect("version 2 is small");
    letters.into_iter().collect()
}

#[test]
fn programs() {
    let folder = Folder::new();
    let file = |name: &str, text: &str| folder.file(name, text);
    let syntax = file(
        "syntax.garble.rs",
        "pub fn main(a: u32, b: u32 -> u32 {\n    a\n}\n",
    );
    let types = file(
        "types.garble.rs",
        "pub fn main(a: u32, b: u32) -> u32 {\n    a + true\n}\n",
    );
    let lonely = file("lonely.garble.rs", "pub fn main(a: u32) -> u32 { a }");
    let crowd = file("crowd.garble.rs", &parties(33));
    let no_main = file(
        "no_main.garble.rs",
        "pub fn other(a: u32, b: u32) -> u32 { a + b }",
    );
    let empty = file("empty.garble.rs", "");
    let recursive = file(
        "loop.garble.rs",
        "pub fn main(a: u8, b: u8) -> u8 { main(a, b) }",
    );
    let deep = format!(
        "pub fn main(a: u8, b: u8) -> u8 {{ {}a{} }}",
        "(".repeat(20_000),
        ")".repeat(20_000)
    );
    let deep = file("deep.garble.rs", &deep);
    let long = file("long.garble.rs", &" ".repeat(2 << 20));
    let missing = folder.path("missing.garble.rs").display().to_string();
    let directory = folder.path("").display().to_string();
    let binary = folder.path("binary.garble.rs");
    std::fs::write(&binary, [0xff, 0xfe, 0x00]).expect("a file");
    let binary = binary.display().to_string();
    let cases: [Case; 12] = [
        (&["--program", &missing], INVALID, "missing.garble.rs"),
        (
            &["--program", &directory],
            INVALID,
            "cannot read the program",
        ),
        (&["--program", &binary], INVALID, "binary.garble.rs"),
        (&["--program", &long], INVALID, "long.garble.rs"),
        (&["--program", &syntax], INVALID, "1:28"),
        (&["--program", &types], INVALID, "2:5"),
        (&["--program", &lonely], INVALID, "one party"),
        (&["--program", &crowd], INVALID, "33 parties"),
        (&["--program", &no_main], INVALID, "main"),
        (&["--program", &empty], INVALID, "main"),
        (&["--program", &recursive], INVALID, "loop.garble.rs"),
        (&["--program", &deep], INVALID, "deep.garble.rs"),
    ];
    check(&["new", "--input", "2"], &cases, &wait_no_longer());
    let excerpt = Line::new(&["simulate", &types, "--input", "1", "--input", "2"]).run();
    excerpt.is(INVALID, "").tells("a + true");
}

#[test]
fn inputs() {
    let folder = Folder::new();
    let list = folder.file(
        "list.garble.rs",
        "pub fn main(a: [i8; 2], b: bool) -> bool { (a[0] > a[1]) & b }",
    );
    let add = shipped("add");
    let add = ["new", "--program", &add];
    let list = ["new", "--program", &list];
    let of_u32: [Case; 9] = [
        (&["--input", "true"], INVALID, "u32"),
        (&["--input", "4294967296"], INVALID, "u32"),
        (&["--input", "99999999999999999999999"], INVALID, "u32"),
        (&["--input", "-5"], INVALID, "u32"),
        (&["--input", "2u8"], INVALID, "u32"),
        (&["--input", "two apples"], INVALID, "u32"),
        (&["--input", ""], INVALID, "u32"),
        (&["--input", "a + 1"], INVALID, "u32"),
        (&[], USAGE, "--input"),
    ];
    check(&add, &of_u32, &wait_no_longer());
    let of_list: [Case; 4] = [
        (&["--input", "[1]"], INVALID, "party 0 (a)"),
        (&["--input", "[1, 200]"], INVALID, "party 0 (a)"),
        (&["--input", "[1, 2"], INVALID, "party 0 (a)"),
        (&["--party", "b", "--input", "1"], INVALID, "party 1 (b)"),
    ];
    check(&list, &of_list, &wait_no_longer());
    let three = shipped("add");
    let simulated: [Case; 5] = [
        (&[], USAGE, "3 parties"),
        (&["--input", "1", "--input", "2"], USAGE, "3 parties"),
        (
            &[
                "--input", "1", "--input", "2", "--input", "3", "--input", "4",
            ],
            USAGE,
            "3 parties",
        ),
        (
            &["--input", "1", "--input", "2", "--input", "-1"],
            INVALID,
            "party 2 (c)",
        ),
        (
            &["--input", "1", "--input", "2", "--input", "-"],
            USAGE,
            "standard input",
        ),
    ];
    check(&["simulate", &three], &simulated, &[]);
    let secret = "123456789123456789";
    let end = Line::host(&["--program", &three, "--input", secret]).run();
    assert!(!end.err.contains(secret), "the input is shown: {end}");
}

#[test]
fn options() {
    let folder = Folder::new();
    let bad_key = folder.file("bad.key", "no key\n");
    let add = shipped("add");
    let good = ["--program", &add, "--input", "2"];
    let with_new: [Case; 17] = [
        (&["--party", "3"], USAGE, "no seat `3`"),
        (&["--party", "-1"], USAGE, "-1"),
        (&["--party", "zoe"], USAGE, "0 (a), 1 (b), 2 (c)"),
        (&["--output-parties", "0,3"], USAGE, "no seat `3`"),
        (&["--output-parties", ""], USAGE, "no seat"),
        (&["--evaluator", "9"], USAGE, "no seat `9`"),
        (&["--input", "3"], USAGE, "more than once"),
        (&["--wait", "soon"], USAGE, "--wait"),
        (&["--peer-timeout", "1ms"], USAGE, "--peer-timeout"),
        (&["--stall-timeout", "0s"], USAGE, "--stall-timeout"),
        (&["--relay", "nowhere"], USAGE, "--relay"),
        (&["--bind", "localhost"], USAGE, "--bind"),
        (&["--transport", "memory"], USAGE, "--transport"),
        (&["--quiet", "--verbose"], USAGE, "--verbose"),
        (&["--frobnicate"], USAGE, "--frobnicate"),
        (&["surplus"], USAGE, "surplus"),
        (&["--secret-key-file", &bad_key], USAGE, "64 hex digits"),
    ];
    check(&[&["new"][..], &good].concat(), &with_new, &[]);
    let alone: [Case; 4] = [
        (&["new", "--input", "2"], USAGE, "--program"),
        (&["join"], USAGE, "TICKET"),
        (&["simulate"], USAGE, "FILE"),
        (&["frobnicate"], USAGE, "frobnicate"),
    ];
    check(&[], &alone, &[]);
    let misplaced: [Case; 2] = [
        (&["--evaluator", "1"], USAGE, "--evaluator"),
        (&["--output-parties", "all"], USAGE, "--output-parties"),
    ];
    check(&[&["join", "mpc"][..], &good].concat(), &misplaced, &[]);
    let end = Line::host(&good).env("IROH_SECRET", "secret words").run();
    end.is(USAGE, "").is_clear().tells("IROH_SECRET");
    assert!(!end.err.contains("secret words"), "{end}");
    let elsewhere = Line::new(&["new", "--relay", "disabled", "--bind", "192.0.2.1:1"]);
    let elsewhere = elsewhere.and(&good).run();
    elsewhere.is(1, "").is_clear().tells("192.0.2.1:1");
}

#[test]
fn tickets() {
    let add = shipped("add");
    let good = ticket(&add).to_string();
    let after = [&["--program", &add, "--input", "2"][..], &wait_no_longer()].concat();
    let cut = &good[..good.len() - 7];
    let later = of_another_version(&good);
    let mut typo = good.clone().into_bytes();
    typo[60] = if typo[60] == b'a' { b'b' } else { b'a' };
    let typo = String::from_utf8(typo).expect("letters");
    let mut endless = String::from("mpc");
    while endless.len() < 10_000 {
        let _ = write!(endless, "abcdefgh");
    }
    let cases: [Case; 9] = [
        (&["hello"], NOT_FORMED, "begin with `mpc`"),
        (&["mpc"], NOT_FORMED, "ticket"),
        (&["mpc🦀"], NOT_FORMED, "ticket"),
        (&[""], NOT_FORMED, "ticket"),
        (&[cut], NOT_FORMED, "cut off"),
        (&[&typo], NOT_FORMED, "damaged"),
        (&[&endless], NOT_FORMED, "too long"),
        (&[&later], NOT_FORMED, "another version"),
        (&[&good], NOT_FORMED, "host"),
    ];
    check(&["join"], &cases, &after);
    let other = shipped("millionaires");
    let differs = Line::join(&good, &["--program", &other, "--input", "2"]).run();
    differs
        .is(NOT_FORMED, "")
        .is_clear()
        .tells("another program");
    let seat = Line::join(&good, &["--program", &add, "--input", "2", "--party", "7"]).run();
    seat.is(USAGE, "").is_clear().tells("no seat `7`");
}

#[test]
fn a_taken_seat_is_refused_and_the_session_goes_on() {
    let with = ["--program", &shipped("add"), "--input", "2"];
    let mut host = Line::host(&with).start();
    let ticket = host.ticket();
    let mut one = Line::join(&ticket, &with).and(&["--party", "b"]).start();
    one.says("You are party 1");
    for seat in ["0", "1"] {
        let late = Line::join(&ticket, &with).and(&["--party", seat]).run();
        late.is(NOT_FORMED, "").is_clear().tells("taken");
    }
    let two = Line::join(&ticket, &with).start();
    for party in [host, one, two] {
        party.end().is(0, "6\n");
    }
}

#[test]
fn the_time_of_wait_is_over() {
    let with = ["--program", &shipped("add"), "--input", "2", "--wait", "3s"];
    let mut host = Line::host(&with).start();
    let one = Line::join(&host.ticket(), &with).start();
    let host = host.end();
    host.is(NOT_FORMED, "")
        .is_clear()
        .tells("party 2 is missing");
    assert!(!host.err.contains("party 1 is missing"), "{host}");
    one.end().is(NOT_FORMED, "").is_clear();
}
