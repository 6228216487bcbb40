//! The circuits of `garble_lang` itself: equal where its back end is right, and where it is not, the faults that
//! docs/garble.md lists.

use garble_lang::{GarbleProgram, ast::Type, literal::Literal};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{Outcome, compile, of_body, refused, result};

fn theirs(source: &str) -> GarbleProgram {
    garble_lang::compile(source).unwrap_or_else(|e| panic!("{}", e.prettify(source)))
}

/// The result by `garble_lang`, or the reason of the panic.
fn their_result(source: &str, inputs: &[&str]) -> String {
    let program = theirs(source);
    let single = match program.main.params.as_slice() {
        [param] => match &param.ty {
            Type::Array(element, _) => Some((**element).clone()),
            _ => None,
        },
        _ => None,
    };
    let bits = inputs.iter().enumerate().map(|(party, input)| {
        let ty = single
            .clone()
            .unwrap_or_else(|| program.main.params[party].ty.clone());
        let literal = Literal::parse(&program.program, &ty, input).expect(input);
        literal.as_bits(&program.program, &program.const_sizes)
    });
    let output = program.circuit.eval(&bits.collect::<Vec<_>>());
    match program.parse_output(&output) {
        Ok(value) => value.to_string(),
        Err(error) => error.to_string(),
    }
}

/// Programs whose panics, if any, their back end gets right.
const AGREED: [&str; 12] = [
    "pub fn main(a: u16, b: u16) -> u16 { a + b }",
    "pub fn main(a: i16, b: i16) -> i16 { a - b }",
    "pub fn main(a: u32, b: u32) -> (u32, u32) { (a ^ b, (a & b) | 77u32) }",
    "pub fn main(a: u16, b: u16) -> u16 { a * b }",
    "pub fn main(a: u32, b: u8) -> u32 { a << b }",
    "pub fn main(a: i64, b: u8) -> i64 { a >> b }",
    "pub fn main(a: u32, b: u16) -> u32 { a / (b as u32) }",
    "pub fn main(a: i32, b: i16) -> (bool, bool, bool) { (a < (b as i32), a >= (b as i32), a == (b as i32)) }",
    "pub fn main(a: [u8; 5], i: u8) -> u8 { a[i as usize] }",
    "pub fn main(mut a: [u8; 5], i: u8, x: u8) -> [u8; 5] { a[i as usize] = x; a }",
    "struct S { z: u8, a: (u16, bool) } enum E { N, O(u8), P(u16, u16) }
        pub fn main(s: S, c: bool) -> (E, S) {
            let e = if c { E::O(s.z) } else { match s { S { z: 0..=99, a } => E::P(a.0, 3), _ => E::N } };
            (e, s)
        }",
    "pub fn main(a: [u16; 6], c: bool) -> [u16; 6] {
            let mut b = a;
            for i in 0..5 { if b[i] > b[i + 1] { let t = b[i]; b[i] = b[i + 1]; b[i + 1] = t; } }
            if c { b } else { a }
        }",
];

#[test]
fn equal_where_it_is_right() {
    let mut rng = ChaCha8Rng::seed_from_u64(11);
    for source in AGREED {
        // On the first line their columns are one too small.
        let source = &*format!("\n {source}");
        let (ours, theirs) = (compile(source), theirs(source));
        assert!(
            ours.circuit.and_gates() <= theirs.circuit.unwrap_ssa_ref().and_gates(),
            "{source}"
        );
        for _ in 0..200 {
            let inputs = ours.circuit.input_bits().iter();
            let inputs: Vec<Vec<bool>> = inputs
                .map(|bits| {
                    // Often small numbers: indices and shifts in range.
                    let density = *[0.1, 0.3, 0.5]
                        .get(rng.random_range(0..3))
                        .expect("one of three");
                    (0..*bits).map(|_| rng.random_bool(density)).collect()
                })
                .collect();
            let output = ours.circuit.eval(&inputs).expect("inputs fit");
            let expected = theirs.parse_output(&theirs.circuit.eval(&inputs));
            match (ours.decode(&output).expect("outputs fit"), expected) {
                (Outcome::Value(actual), Ok(expected)) => assert_eq!(actual, expected, "{source}"),
                (Outcome::Panic(place), Err(error)) => {
                    let (line, column) = (place.start.line, place.start.column);
                    let expected =
                        format!("Panic due to {} on line {line}:{column}.", place.reason);
                    let error = error.prettify(source);
                    assert!(error.starts_with(&expected), "{error} is not {expected}");
                }
                (actual, expected) => panic!("{actual:?} is not {expected:?}: {source}"),
            }
        }
    }
}

/// Each fault with what their circuit gives and what is right. If one of these fails because it was mended, docs/garble.md
/// has to say so.
#[test]
fn the_known_faults() {
    let differs = |source: &str, inputs: &[&str], wrong: &str, right: &str| {
        let source = format!("\n {source}");
        assert_eq!(their_result(&source, inputs), wrong, "{source}");
        assert_eq!(result(&source, inputs), right, "{source}");
    };
    differs(
        "pub fn main(a: [u8; 3]) -> u8 { let mut s = 0u8; for i in 0..3 { s = s + a[i]; } s }",
        &["200", "200", "10"],
        "154",
        "Overflow: s + a[i]",
    );
    differs(
        "pub fn main(a: u8, b: u8) -> u8 { let x = a + b; let y = a / b; let z = a + b; y }",
        &["5", "0"],
        "255",
        "DivByZero: a / b",
    );
    differs(
        "pub fn main(a: i8) -> i32 { a as i32 }",
        &["-1"],
        "-16776961",
        "-1",
    );
    differs(
        "pub fn main(a: i16) -> i64 { a as i64 }",
        &["-1"],
        "-281474976645121",
        "-1",
    );
    differs(
        "pub fn main(a: i8) -> i8 { -a }",
        &["-128"],
        "-128",
        "Overflow: -a",
    );
    differs(
        "pub fn main(a: i8, b: i8) -> i8 { a / b }",
        &["-128", "-1"],
        "-128",
        "Overflow: a / b",
    );
    differs(
        "pub fn main(a: i8, b: i8) -> i8 { a % b }",
        &["-128", "-1"],
        "0",
        "Overflow: a % b",
    );
    differs(
        "pub fn main(a: i8, b: i8) -> i8 { a * b }",
        &["2", "64"],
        "-128",
        "Overflow: a * b",
    );
    differs(
        "pub fn main(a: i8) -> i8 { a * -1i8 }",
        &["-128"],
        "-128",
        "Overflow: a * -1i8",
    );
    differs(
        "pub fn main(a: u8) -> u8 { let mut x = a; let y = 3u8 * ({ x = x + 1; x }); y }",
        &["1"],
        "9",
        "6",
    );
    differs(
        "pub fn main(a: u8, b: u8) -> u8 { let mut x = a; let y = ({ x = x + 1; x }) <= b; x }",
        &["1", "5"],
        "3",
        "2",
    );
    differs(
        "pub fn main(a: u8, b: bool) -> u8 { let mut x = a; let y = b && ({ x = 9; true }); x }",
        &["3", "false"],
        "9",
        "3",
    );
    differs(
        "const N: u8 = 5u8; fn f(x: u8) -> u8 { x + N } pub fn main(a: u8) -> u8 { let N = 100u8; f(a) }",
        &["1"],
        "101",
        "6",
    );
    differs(
        "const N: u8 = 5u8; pub fn main(N: u8) -> u8 { N }",
        &["1"],
        "5",
        "1",
    );
    differs(
        "pub fn main(a: u8) -> u8 { let x = a; let mut s = 0u8; for i in 0..2 { s = s * 10 + x; let x = 9u8; } s }",
        &["2"],
        "29",
        "22",
    );
    differs(
        "pub fn main(a: u8) -> u8 { let u = { let c = a; }; let mut s = 0u8; for x in [u; 3] { s = s + 1; } s }",
        &["1"],
        "0",
        "3",
    );
    differs(
        "pub fn main(a: u8) -> u8 { match a { 300 => 1u8, _ => 2u8 } }",
        &["44"],
        "1",
        "2",
    );
    differs(
        "pub fn main(a: i8) -> u8 { match a { 100..=200 => 1u8, _ => 2u8 } }",
        &["120"],
        "2",
        "1",
    );
    differs(
        "pub fn main(a: u8) -> [u8; 3] { let mut b = [a; 3]; b[1] = ({ b[0] = 50; 100 }); b }",
        &["1"],
        "[1, 100, 1]",
        "[50, 100, 1]",
    );
    differs(
        "pub fn main(a: u8) -> u8 { let x = 5; a + x }",
        &["6"],
        "Expected the output to have u8 bits, but found 32",
        "11",
    );
    differs(
        "pub fn main(a: [(i8, u8); 4], b: [(i8, u8); 4]) -> u8 {
            let mut s = 0u8; for ((_, x), (_, y)) in join_iter(a, b) { s = s + x + y; } s }",
        &[
            "[(-3, 1), (-2, 2), (1, 4), (2, 8)]",
            "[(-2, 10), (0, 0), (2, 40), (5, 90)]",
        ],
        "48",
        "60",
    );
}

/// The order in which `garble_lang` returns matches tells where they stood among the elements that did not match.
#[test]
fn the_order_of_a_join_reveals_nothing_here() {
    let source = "pub fn main(a: [u8; 6], b: [u8; 6]) -> [(bool, u8); const { 6usize + 6usize - 1usize }] { join(a, b) }";
    let b = "[0, 2, 4, 6, 8, 10]";
    let matches = |text: String| text.replace("(false, 0), ", "");
    let (one, other) = ("[0, 1, 2, 3, 4, 5]", "[0, 2, 4, 5, 9, 11]");
    assert_eq!(
        matches(their_result(source, &[one, b])),
        "[(true, 0), (true, 2), (true, 4)]"
    );
    assert_eq!(
        matches(their_result(source, &[other, b])),
        "[(true, 2), (true, 4), (true, 0)]"
    );
    for a in [one, other] {
        assert_eq!(
            matches(result(source, &[a, b])),
            "[(true, 0), (true, 2), (true, 4)]"
        );
    }
}

/// What their checker lets pass and their back end gives a meaning nobody wrote down.
#[test]
fn faults_that_are_refused() {
    let gives = |source: &str, inputs: &[&str], wrong: &str| {
        assert_eq!(their_result(source, inputs), wrong, "{source}");
        refused(source);
    };
    gives(
        "struct S { p: bool, q: bool }
            pub fn main(s: S) -> u8 { match s { S { q: true, .. } => 1u8, S { p: false, .. } => 2u8 } }",
        &["S { p: true, q: false }"],
        "0",
    );
    gives(
        "pub fn main(a: u8, b: u8) -> u8 { let t = (a, b); let (1, x) = t; x }",
        &["7", "5"],
        "5",
    );
    gives(
        "struct S { x: u8 } pub fn main(a: u8) -> u8 { let s = S { x: a, x: 1 }; s.x }",
        &["7"],
        "1",
    );
    gives(
        "pub fn main(a: u8) -> u64 { let x = 5000000000; x as u64 }",
        &["1"],
        "705032704",
    );
    assert_eq!(
        of_body("(a: u8) -> u64", "5000000000u64", &["1"]),
        "5000000000"
    );
}
