//! `simulate --verify` on inputs from files: what people run before a session that matters.

#[path = "support/process.rs"]
mod process;

use process::{Folder, Line, shipped};

/// A table, an object and a number.
const PAY: &str = "const ROWS: usize = PARTY_0::ROWS;
struct Person { id: u32, pay: u16, kind: Kind }
struct Rates { low: u8, high: u8 }
enum Kind { Worker, Boss }
pub fn main(people: [Person; ROWS], rates: Rates, bonus: u16) -> u64 {
    let mut sum = 0u64;
    for person in people {
        let rate = match person.kind { Kind::Worker => rates.low, Kind::Boss => rates.high };
        sum = sum + person.pay as u64 * rate as u64 + bonus as u64;
    }
    sum
}
";

const PEOPLE: &str = "kind,id,pay\nWorker,1,100\nBoss,2,200\nWorker,7,300\n";

fn simulate(program: &str, files: &[&str]) -> Line {
    let files = files.iter().flat_map(|file| ["--input-file", *file]);
    let files: Vec<&str> = files.collect();
    let line = Line::new(&["simulate", program, "--verify", "--transport", "memory"]);
    line.and(&files)
}

#[test]
fn files_of_every_kind_are_verified_and_computed() {
    let folder = Folder::new();
    let program = folder.file("pay.garble.rs", PAY);
    let people = folder.file("people.csv", PEOPLE);
    let rates = folder.file("rates.json", r#"{"high": 10, "low": 2}"#);
    let bonus = folder.file("bonus.txt", "5\n");
    let end = simulate(&program, &[&people, &rates, &bonus]).run();
    // The given inputs and 64 random ones of the same shape.
    end.is(0, "2815\n")
        .tells("The circuit agrees with the reference evaluator on 65 sets of inputs.");
    // A file for one, a literal for another.
    let mixed = simulate(&program, &[&people, &rates]).and(&["--input", "0"]);
    mixed.run().is(0, "2800\n").tells("on 65 sets");
}

#[test]
fn tables_that_are_joined_are_verified_and_computed() {
    let folder = Folder::new();
    let ours = folder.file("ours.csv", "id\n5\n3\n9\n");
    let theirs = folder.file("theirs.json", "[1, 3, 5, 6]");
    let psi = shipped("psi");
    let end = simulate(&psi, &[&ours, &theirs]).run();
    end.is(3, "").is_clear().tells("ours.csv at row 2");
    let sorted = simulate(&psi, &[&ours, &theirs])
        .and(&["--sort-input"])
        .run();
    let pairs = "(true, 3), (true, 5)]\n";
    assert_eq!(sorted.code, 0, "{sorted}");
    assert!(sorted.out.ends_with(pairs), "{sorted}");
    sorted.tells("The circuit agrees with the reference evaluator on ");
    assert!(!sorted.err.contains(" on 0 sets"), "{sorted}");
}

#[test]
fn a_file_that_is_wrong_stops_before_anything_is_computed() {
    let folder = Folder::new();
    let program = folder.file("pay.garble.rs", PAY);
    let rates = folder.file("rates.json", r#"{"high": 10, "low": 2}"#);
    let wrong_rates = folder.file("wrong.json", r#"{"high": 256, "low": 2}"#);
    let bonus = folder.file("bonus.txt", "5");
    let people = folder.file("people.csv", PEOPLE);
    let wrong_people = folder.file("wrong.csv", &PEOPLE.replace("200", "65536"));
    for (files, place) in [
        (
            [&wrong_people, &rates, &bonus],
            "wrong.csv at row 2 (line 3), column pay",
        ),
        ([&people, &wrong_rates, &bonus], "wrong.json at"),
    ] {
        let files = files.map(String::as_str);
        let end = simulate(&program, &files).run();
        end.is(3, "").is_clear().tells(place);
        assert!(!end.err.contains("agrees"), "{end}");
    }
    let missing = simulate(&program, &[&people, &rates]).run();
    assert_eq!((missing.code, missing.out.as_str()), (2, ""), "{missing}");
}
