//! The first panic in program order, and none that did not happen.

use super::{compile, of_body, result};

#[test]
fn no_condition_is_dropped_in_loops() {
    let sum = "pub fn main(a: [u8; 3]) -> u8 {
        let mut s = 0u8;
        for i in 0..3 { s = s + a[i]; }
        s
    }";
    assert_eq!(result(sum, &["200", "200", "10"]), "Overflow: s + a[i]");
    assert_eq!(result(sum, &["200", "20", "10"]), "230");
    assert_eq!(result(sum, &["1", "0", "255"]), "Overflow: s + a[i]");
    let elements = "pub fn main(a: [u8; 3]) -> u8 {
        let mut s = 0u8;
        for x in a { s += x; }
        s
    }";
    assert_eq!(result(elements, &["200", "200", "10"]), "Overflow: s += x");
}

#[test]
fn the_same_sum_round_a_division_by_zero() {
    let body = "let x = a + b; let y = a / b; let z = a + b; x ^ y ^ z";
    let at = |a: &str, b: &str| of_body("(a: u8, b: u8) -> u8", body, &[a, b]);
    assert_eq!(at("255", "0"), "DivByZero: a / b");
    assert_eq!(at("255", "1"), "Overflow: a + b");
    assert_eq!(at("9", "3"), "3");
}

#[test]
fn the_first_one_counts() {
    let body = "let x = a / b; let y = a + c; let z = d[c as usize]; x + y + z";
    let at = |inputs: &[&str]| of_body("(a: u8, b: u8, c: u8, d: [u8; 4]) -> u8", body, inputs);
    let d = "[1, 2, 3, 250]";
    assert_eq!(at(&["255", "0", "255", d]), "DivByZero: a / b");
    assert_eq!(at(&["255", "1", "255", d]), "Overflow: a + c");
    assert_eq!(at(&["0", "1", "255", d]), "OutOfBounds: d[c as usize]");
    assert_eq!(at(&["10", "5", "3", d]), "Overflow: x + y + z");
    assert_eq!(at(&["10", "5", "2", d]), "17");
}

#[test]
fn order_of_evaluation() {
    // Operands from left to right, then the operator.
    let at = |body: &str, a: &str, b: &str| of_body("(a: u8, b: u8) -> u8", body, &[a, b]);
    assert_eq!(at("(a / b) + (a + 1)", "255", "0"), "DivByZero: a / b");
    assert_eq!(at("(a + 1) + (a / b)", "255", "0"), "Overflow: a + 1");
    assert_eq!(at("(a + 1) + (a / b)", "254", "0"), "DivByZero: a / b");
    // The value first, then the index.
    let store = "let mut c = [0u8; 2]; c[(a / b) as usize] = a + 1; c[0]";
    assert_eq!(at(store, "255", "0"), "Overflow: a + 1");
    assert_eq!(at(store, "254", "0"), "DivByZero: a / b");
    assert_eq!(
        at(store, "254", "2"),
        "OutOfBounds: c[(a / b) as usize] = a + 1"
    );
    // Struct fields as they are written.
    let source = "struct S { x: u8, y: u8 }
        pub fn main(a: u8, b: u8) -> u8 { let s = S { y: a + 1, x: a / b }; s.x ^ s.y }";
    assert_eq!(result(source, &["255", "0"]), "Overflow: a + 1");
    assert_eq!(result(source, &["254", "0"]), "DivByZero: a / b");
}

#[test]
fn only_the_branch_that_is_taken() {
    let at = |body: &str, c: &str, a: &str, b: &str| {
        of_body("(c: bool, a: u8, b: u8) -> u8", body, &[c, a, b])
    };
    let both = "if c { a + b } else { a - b }";
    assert_eq!(at(both, "true", "200", "100"), "Overflow: a + b");
    assert_eq!(at(both, "false", "200", "100"), "100");
    assert_eq!(at(both, "false", "100", "200"), "Overflow: a - b");
    assert_eq!(at(both, "true", "100", "155"), "255");
    let around = "let x = a + 1; let y = if c { a / b } else { 0 }; x + y + 200";
    assert_eq!(at(around, "true", "255", "0"), "Overflow: a + 1");
    assert_eq!(at(around, "true", "1", "0"), "DivByZero: a / b");
    assert_eq!(at(around, "false", "1", "0"), "202");
    assert_eq!(at(around, "false", "55", "0"), "Overflow: x + y + 200");
    let nested =
        "if c { if a > b { a - b } else { b / a } } else { if a == 0 { 7 } else { b / (a - 1) } }";
    assert_eq!(at(nested, "true", "0", "0"), "DivByZero: b / a");
    assert_eq!(at(nested, "false", "0", "0"), "7");
    assert_eq!(at(nested, "false", "1", "0"), "DivByZero: b / (a - 1");
    assert_eq!(at(nested, "false", "2", "9"), "9");
    assert_eq!(at(nested, "true", "3", "2"), "1");
}

#[test]
fn short_circuits_skip_the_right_side() {
    let at = |body: &str, a: &str, b: &str| of_body("(a: u8, b: u8) -> bool", body, &[a, b]);
    assert_eq!(at("b != 0 && a / b > 1", "5", "0"), "false");
    assert_eq!(at("b != 0 && a / b > 1", "5", "2"), "true");
    assert_eq!(at("b == 0 || a / b > 1", "5", "0"), "true");
    assert_eq!(at("(b != 0) & (a / b > 1)", "5", "0"), "DivByZero: a / b");
    assert_eq!(
        at("a > 0 && b > 0 && a + b > 0", "200", "100"),
        "Overflow: a + b"
    );
}

#[test]
fn clauses_panic_only_if_taken() {
    let body = "match a { 0 => b, 1..=9 => b - a, 10 => b / (a - 10), x => b + x }";
    let at = |a: &str, b: &str| of_body("(a: u8, b: u8) -> u8", body, &[a, b]);
    assert_eq!(at("0", "3"), "3");
    assert_eq!(at("9", "3"), "Overflow: b - a");
    assert_eq!(at("10", "3"), "DivByZero: b / (a - 10");
    assert_eq!(at("255", "3"), "Overflow: b + x");
    assert_eq!(at("11", "3"), "14");
}

#[test]
fn panics_inside_functions() {
    let source = "
        pub fn main(a: u8, b: u8, c: bool) -> u8 {
            let x = if c { half(a, b) } else { 0 };
            let y = half(b, a);
            x + y
        }
        fn half(x: u8, y: u8) -> u8 { x / y }";
    assert_eq!(result(source, &["4", "0", "true"]), "DivByZero: x / y");
    assert_eq!(result(source, &["4", "0", "false"]), "0");
    assert_eq!(result(source, &["0", "4", "false"]), "DivByZero: x / y");
    assert_eq!(compile(source).panics.len(), 2);
}

#[test]
fn a_program_that_cannot_panic_has_no_panic_outputs() {
    for body in [
        "a ^ b",
        "if a < b { a } else { b }",
        "[a, b][1]",
        "(a as u16 + b as u16) as u8",
    ] {
        let lowered = compile(&format!("pub fn main(a: u8, b: u8) -> u8 {{ {body} }}"));
        assert!(lowered.panics.is_empty(), "{body}");
        assert_eq!(lowered.circuit.outputs(), 8, "{body}");
    }
}

#[test]
fn a_program_that_always_panics() {
    assert_eq!(
        of_body("(a: u8) -> u8", "a / 0", &["1"]),
        "DivByZero: a / 0"
    );
    assert_eq!(
        of_body("(a: u8) -> u8", "[a, a][2]", &["1"]),
        "OutOfBounds: [a, a][2]"
    );
    assert_eq!(
        of_body("(a: u8) -> u8", "let e = [a; 0]; e[a as usize]", &["1"]),
        "OutOfBounds: e[a as usize]"
    );
    let either = "if a > 5 { a / 0 } else { 255 + a + 1 }";
    assert_eq!(of_body("(a: u8) -> u8", either, &["6"]), "DivByZero: a / 0");
    assert_eq!(
        of_body("(a: u8) -> u8", either, &["0"]),
        "Overflow: 255 + a + 1"
    );
}

#[test]
fn panics_round_an_assigning_branch() {
    let source = "pub fn main(c: bool, a: [u8; 3]) -> u8 {
        let mut s = 0u8;
        let mut n = 3u8;
        for x in a {
            if c { s = s + x; n = n - 1; } else { s = s ^ x; }
            s = s + 1;
        }
        s / n
    }";
    assert_eq!(result(source, &["true", "[1, 2, 3]"]), "DivByZero: s / n");
    assert_eq!(result(source, &["true", "[200, 54, 0]"]), "Overflow: s + 1");
    assert_eq!(
        result(source, &["true", "[200, 100, 3]"]),
        "Overflow: s + x"
    );
    assert_eq!(
        result(source, &["false", "[254, 0, 255]"]),
        "Overflow: s + 1"
    );
    assert_eq!(result(source, &["false", "[1, 2, 3]"]), "1");
}
