//! Inputs as people have them: files in every form that is taken, and two hundred that are not, each with the place of its
//! fault.

#[path = "support/malformed.rs"]
mod malformed;

use std::{fs, path::Path};

use iroh_mpc::{
    error::Error,
    program::{Given, Input, InputState, Program, ProgramError, Source},
};
use tempfile::TempDir;

/// A program whose second party brings a value of the type.
pub fn program(ty: &str) -> Program {
    let text = format!(
        "struct Inner {{ a: u8, b: bool }}
        struct Row {{ id: u32, pay: i16, code: [u8; 4], kind: Kind }}
        struct Nested {{ inner: Inner, pair: (u8, i8) }}
        enum Kind {{ Plain, Special }}
        enum Choice {{ None, One(u8), Two(u8, bool), List(bool, [u8; 2]) }}
        const ROWS: usize = PARTY_1::ROWS;
        pub fn main(a: u8, b: {ty}) -> u8 {{ a }}"
    );
    Program::check(Source::new("test.garble.rs", text)).unwrap()
}

/// Reads a file of that name and content as party 1's input.
pub fn read(folder: &Path, ty: &str, file: &str, content: &[u8]) -> Result<Input, ProgramError> {
    let path = folder.join(file);
    fs::write(&path, content).unwrap();
    let program = program(ty);
    let rows: &[(String, String)] = match ty.contains("ROWS") {
        true => &[],
        false => &[("ROWS".into(), "1".into())],
    };
    let brought = program.contribution(1, rows, Given::load(&path)?)?;
    match brought.input {
        InputState::Read(input) => Ok(input),
        InputState::Waiting(_) => panic!("{ty} is known"),
    }
}

/// The input that a literal gives.
fn literal(ty: &str, text: &str) -> Input {
    let length = [("ROWS".to_string(), "2".to_string())];
    let brought = program(ty).contribution(1, &length, Given::literal(text));
    match brought.unwrap_or_else(|e| panic!("{e}")).input {
        InputState::Read(input) => input,
        InputState::Waiting(_) => panic!("{ty} is known"),
    }
}

#[test]
fn every_form_gives_what_the_literal_gives() {
    let folder = TempDir::new().unwrap();
    let rows = "[Row { id: 1, pay: -2, code: [65, 66, 67, 68], kind: Kind::Plain }, \
        Row { id: 4294967295, pay: 32767, code: [44, 32, 34, 10], kind: Kind::Special }]";
    let rows_json = r#"[{"id": 1, "pay": -2, "code": "ABCD", "kind": "Plain"},
        {"kind": "Special", "code": [44, 32, 34, 10], "pay": 32767, "id": 4294967295}]"#;
    let rows_csv =
        "kind,code,id,pay\r\nPlain,ABCD,1,-2\r\nSpecial,\", \"\"\n\",4294967295,32767\r\n";
    for (ty, file, content, expected) in [
        (
            "u64",
            "a.json",
            "18446744073709551615",
            "18446744073709551615",
        ),
        (
            "i64",
            "a.json",
            "-9223372036854775808",
            "-9223372036854775808",
        ),
        ("u64", "a.txt", " 7\n", "7"),
        ("bool", "a.json", "true", "true"),
        ("usize", "a.json", "4294967295", "4294967295"),
        ("[u16; 3]", "a.json", "[1, 2, 65535]", "[1, 2, 65535]"),
        (
            "(u8, (bool, i8))",
            "a.json",
            "[1, [true, -1]]",
            "(1, (true, -1))",
        ),
        ("[u8; 3]", "a.json", r#""\u00e9a""#, "[195, 169, 97]"),
        ("Choice", "a.json", r#""None""#, "Choice::None"),
        ("Choice", "a.json", r#"{"One": 7}"#, "Choice::One(7)"),
        (
            "Choice",
            "a.json",
            r#"{"Two": [7, true]}"#,
            "Choice::Two(7, true)",
        ),
        (
            "Choice",
            "a.json",
            r#"{"List": [true, [7, 8]]}"#,
            "Choice::List(true, [7, 8])",
        ),
        (
            "Choice",
            "a.json",
            r#"{"Enum":["Choice","One",{"Tuple":[{"NumUnsigned":[7,"U8"]}]}]}"#,
            "Choice::One(7)",
        ),
        (
            "[bool; 2]",
            "a.json",
            r#"{"Array":["True","False"]}"#,
            "[true, false]",
        ),
        (
            "Nested",
            "a.json",
            r#"{"pair": [1, -1], "inner": {"b": true, "a": 9}}"#,
            "Nested { inner: Inner { a: 9, b: true }, pair: (1, -1) }",
        ),
        ("[Row; ROWS]", "a.json", rows_json, rows),
        ("[Row; ROWS]", "a.csv", rows_csv, rows),
        ("[Row; 2]", "a.CSV", rows_csv, rows),
        ("[u32; ROWS]", "a.csv", "\u{feff}pay\n1\n2", "[1, 2]"),
        (
            "[(u8, bool); ROWS]",
            "a.csv",
            "id,ok\n1,true\n2,false\n",
            "[(1, true), (2, false)]",
        ),
        (
            "[[u8; 2]; ROWS]",
            "a.csv",
            "name\nab\n\u{e9}\n",
            "[[97, 98], [195, 169]]",
        ),
        (
            "[Nested; 1]",
            "a.csv",
            "pair.1,pair.0,inner.b,inner.a\n-1,1,true,9\n",
            "[Nested { inner: Inner { a: 9, b: true }, pair: (1, -1) }]",
        ),
        ("Inner", "a.csv", "a,b\n9,true\n", "Inner { a: 9, b: true }"),
        ("[u8; ROWS]", "a.txt", "[1, 2]", "[1, 2]"),
    ] {
        let input = read(folder.path(), ty, file, content.as_bytes());
        let input = input.unwrap_or_else(|e| panic!("{file} {content}: {e}"));
        assert_eq!(input, literal(ty, expected), "{ty} {content}");
    }
}

#[test]
fn malformed_inputs_are_refused_with_their_place() {
    let folder = TempDir::new().unwrap();
    let cases = malformed::cases();
    assert!(cases.len() >= 200, "{} cases", cases.len());
    let mut failures = vec![];
    for (ty, file, content, place) in cases {
        let shown = String::from_utf8_lossy(&content).into_owned();
        match read(folder.path(), &ty, &file, &content) {
            Ok(_) => failures.push(format!("accepted as {ty} by {file}: {shown:?}")),
            Err(error) => {
                let text = error.to_string();
                if !text.contains(&place) {
                    failures.push(format!("{ty} {shown:?}: no {place:?} in {text:?}"));
                }
                let secret = shown.contains("secret") && text.contains("secret");
                let known = matches!(
                    error,
                    ProgramError::Input { .. } | ProgramError::ReadInput { .. }
                );
                if secret || text.contains('\n') || !text.contains(&file) || !known {
                    failures.push(format!("{ty} {shown:?}: unclear: {text:?}"));
                }
                assert_eq!(Error::from(error).exit_code(), 3);
            }
        }
    }
    assert!(
        failures.is_empty(),
        "{}\n{}",
        failures.len(),
        failures.join("\n")
    );
}

const JOIN: &str = "const A: usize = PARTY_0::ROWS;
const B: usize = PARTY_1::ROWS;
fn count(a: [(i8, u8); A], b: [(i8, u8); B]) -> u16 {
    let mut sum = 0u16;
    for ((_, x), (_, y)) in join_iter(a, b) { sum = sum + x as u16 + y as u16; }
    sum
}
pub fn main(a: [(i8, u8); A], b: [(i8, u8); B]) -> u16 { let rows = b; count(a, rows) }";

#[test]
fn joined_rows_must_be_in_order() {
    let program = Program::check(Source::new("join.garble.rs", JOIN)).unwrap();
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("rows.csv");
    fs::write(&file, "id,n\n3,1\n-5,2\n1,3\n").unwrap();
    let sorted = "[(-5i8, 2u8), (1i8, 3u8), (3i8, 1u8)]";
    for party in [0, 1] {
        let bring = |given: Given| program.contribution(party, &[], given).map(|it| it.input);
        let refused = |given: Given, text: &str| {
            let error = bring(given).unwrap_err().to_string();
            assert!(error.contains(text), "{error}");
        };
        bring(Given::literal(sorted)).unwrap();
        refused(
            Given::literal("[(3i8, 1u8), (-5i8, 2u8)]"),
            "at row 2 is out of order",
        );
        refused(
            Given::literal("[(3, 1), (3, 2)]"),
            "at row 2 has the key of the row before",
        );
        refused(
            Given::literal("[(3, 1), (2, 0), (3, 2)]").sorted(true),
            "same key",
        );
        refused(
            Given::load(&file).unwrap(),
            "in rows.csv at row 2 is out of order",
        );
        let by_file = bring(Given::load(&file).unwrap().sorted(true)).unwrap();
        let by_hand = bring(Given::literal(sorted)).unwrap();
        let (InputState::Read(a), InputState::Read(b)) = (by_file, by_hand) else {
            panic!("not read");
        };
        assert_eq!(a, b);
    }
}
