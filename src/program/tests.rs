//! Programs from their text to a result.

use super::*;

fn program(text: &str) -> Result<Program, ProgramError> {
    Program::check(Source::new("test.garble.rs", text))
}

fn run(program: &Program, inputs: &[&str]) -> Outcome {
    let inputs: Vec<Vec<bool>> = (inputs.iter().enumerate())
        .map(|(i, text)| program.parse_input(i, text).unwrap().bits().to_vec())
        .collect();
    let compiled = program.compile(Backend::Optimized).unwrap();
    compiled.decode(&compiled.circuit().eval(&inputs)).unwrap()
}

const ADD: &str = "pub fn main(a: u8, b: u8) -> u8 { a + b }";

#[test]
fn a_program_takes_inputs_and_gives_a_literal() {
    let add = program(ADD).unwrap();
    assert_eq!(run(&add, &["2", "40u8"]), Outcome::Value("42".into()));
}

#[test]
fn a_panic_names_reason_and_place() {
    let add = program(ADD).unwrap();
    let Outcome::Panic(text) = run(&add, &["200", "100"]) else {
        panic!("no overflow");
    };
    assert!(text.starts_with("overflow at "), "{text}");
    assert!(text.contains("test.garble.rs:1:"), "{text}");
}

#[test]
fn one_array_parameter_makes_its_elements_the_parties() {
    let sum = program("pub fn main(xs: [u16; 3]) -> u16 { xs[0] + xs[1] + xs[2] }").unwrap();
    assert_eq!(sum.parties(), 3);
    assert_eq!(run(&sum, &["1", "2", "3"]), Outcome::Value("6".into()));
    assert_eq!(sum.seat("xs[2]").unwrap(), 2);
}

#[test]
fn an_input_is_checked_and_never_quoted() {
    let add = program(ADD).unwrap();
    for bad in [
        "300",
        "256",
        "-1",
        "true",
        "2u16",
        "[2]",
        "2 2",
        "2, 2",
        "2) (2",
        "2;",
        "",
        "x",
        "(1,",
        "\u{1b}[31m",
    ] {
        let error = add.parse_input(0, bad).unwrap_err().to_string();
        assert!(error.contains("party 0 (a)"), "{error}");
        assert!(bad.len() < 3 || !error.contains(bad), "{error}");
    }
    let signed = program("pub fn main(a: i8, b: [(bool, i8); 2]) -> i8 { a }").unwrap();
    for good in ["-128", "127", "-5i8"] {
        signed.parse_input(0, good).unwrap();
    }
    for bad in ["-129", "128"] {
        signed.parse_input(0, bad).unwrap_err();
    }
    signed.parse_input(1, "[(true, -1), (false, 1)]").unwrap();
    for bad in [
        "[(true, -1)]",
        "[(true, 200), (true, 1)]",
        "[(1, 1), (1, 1)]",
    ] {
        signed.parse_input(1, bad).unwrap_err();
    }
}

#[test]
fn unfit_programs_are_named() {
    for (text, expected) in [
        ("pub fn main(a: u8) -> u8 { a }", "one party"),
        ("pub fn main(a: [u8; 40]) -> u8 { a[0] }", "40 parties"),
        ("pub fn main(a: u8, b: u8) -> u8 { a +", "error"),
        ("pub fn main(a: u8, b: bool) -> u8 { a + b }", "error"),
    ] {
        let error = program(text).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn digests_tell_programs_apart_and_line_ends_do_not() {
    let digest = |text: &str| Source::new("", text).digest();
    assert_ne!(digest("a"), digest("b"));
    assert_eq!(digest("a\r\nb"), digest("a\nb"));
}
