//! Statements, branches, loops, functions, scopes, patterns and constants.

use super::{compile_with, of_body, result, shown};

#[test]
fn variables_and_shadowing() {
    let at = |body: &str| of_body("(a: u32, b: u32) -> u32", body, &["7", "5"]);
    assert_eq!(at("let x = a; let x = x + b; let x = x * 2; x"), "24");
    assert_eq!(
        at("let mut x = a; x += b; x -= 1; x *= 3; x /= 2; x %= 10; x"),
        "6"
    );
    assert_eq!(
        at("let mut x = a; x ^= b; x &= 3; x |= 8; x <<= 2; x >>= 1; x"),
        "20"
    );
    assert_eq!(at("let x = { let a = b; a + 1 }; x + a"), "13");
    assert_eq!(at("let mut x = 0u32; { x = a; let x = 99u32; } x"), "7");
    assert_eq!(at("let (x, (y, z)) = (a, (b, a)); x - y + z"), "9");
}

#[test]
fn branches_assign() {
    let body = "
        let mut x = a;
        let mut y = 1u8;
        if c { x = b; if a > b { y = 2; } else { y = 3; x = x + 1; } } else { y = x; }
        (x, y)";
    let at = |c, a, b| of_body("(c: bool, a: u8, b: u8) -> (u8, u8)", body, &[c, a, b]);
    assert_eq!(at("true", "9", "4"), "(4, 2)");
    assert_eq!(at("true", "4", "9"), "(10, 3)");
    assert_eq!(at("false", "4", "9"), "(4, 4)");
    let in_condition = "let mut x = a; if { x = x + 1; x > b } { x } else { x + 10 }";
    let at = |a, b| of_body("(a: u8, b: u8) -> u8", in_condition, &[a, b]);
    assert_eq!(at("5", "5"), "6");
    assert_eq!(at("4", "5"), "15");
    let in_operand = "let mut x = a; let y = ({ x = x + 1; x }) * ({ x = x + 1; x }); x + y";
    assert_eq!(of_body("(a: u8) -> u8", in_operand, &["3"]), "25");
    let in_right_side = "let mut x = a; let y = b && ({ x = x + 1; x > 3 }); (x, y)";
    let at = |a, b| of_body("(a: u8, b: bool) -> (u8, bool)", in_right_side, &[a, b]);
    assert_eq!(at("3", "true"), "(4, true)");
    assert_eq!(at("3", "false"), "(3, false)");
}

#[test]
fn or_equal_evaluates_once() {
    let body = "let mut x = a; let y = ({ x = x + 1; x }) <= b; let z = b >= ({ x = x + 1; x }); (x, y, z)";
    let at = |a, b| of_body("(a: u8, b: u8) -> (u8, bool, bool)", body, &[a, b]);
    assert_eq!(at("3", "4"), "(5, true, false)");
    assert_eq!(at("3", "5"), "(5, true, true)");
}

#[test]
fn loops() {
    let at = |body: &str| of_body("(a: u8) -> i32", body, &["3"]);
    assert_eq!(
        at("let mut s = 0; for i in [2, 4, 6, 8] { s += i } s"),
        "20"
    );
    assert_eq!(
        at("let mut s = 0i32; for (x, y) in [(2, 4), (6, 8)] { s += x * y; } s"),
        "56"
    );
    assert_eq!(
        at("let mut s = 0; for i in 1..5 { for j in 0..3 { s += i * j; } } s"),
        "30"
    );
    assert_eq!(
        at("let mut s = 0; let e = [a; 0]; for x in e { s += x as i32; } s"),
        "0"
    );
    assert_eq!(
        at("let mut s = 0; for i in 250u8..255u8 { s += i as i32; } s"),
        "1260"
    );
    assert_eq!(
        at("let mut s = 0; for i in 0..3 { let x = s; s = x + i + 1; } s"),
        "6"
    );
    // The array is read before the loop begins.
    let body =
        "let mut x = [a, a, a]; let mut s = 0u8; for y in x { x[2] = 100; s = s + y; } s as i32";
    assert_eq!(at(body), "9");
}

#[test]
fn bodies_see_only_their_own_names() {
    let source = "
        const N: u8 = 5u8;
        fn f(x: u8) -> u8 { x + N }
        pub fn main(a: u8) -> u8 { let N = 100u8; f(a) + N }";
    assert_eq!(result(source, &["1"]), "106");
    let body = "let x = a; let mut s = 0u8; for i in 0..3 { s = s * 10 + x; let x = 9u8; } s";
    assert_eq!(of_body("(a: u8) -> u8", body, &["2"]), "222");
}

#[test]
fn functions() {
    let source = "
        struct P { x: i16, y: i16 }
        pub fn main(a: i16, b: i16) -> i16 {
            let p = swap(P { x: a, y: b });
            let mut q = a;
            let r = twice(q);
            q = q + r;
            twice(twice(p.x)) - p.y + q
        }
        fn swap(p: P) -> P { P { x: p.y, y: p.x } }
        fn twice(mut n: i16) -> i16 { n = n + n; n }";
    assert_eq!(result(source, &["10", "-3"]), "8");
}

#[test]
fn patterns() {
    let source = "
        enum E { A, B(u8, bool), C(bool, (i8, i8)), D(S) }
        struct S { x: u8, y: bool }
        pub fn main(e: E) -> i32 {
            match e {
                E::A => 1,
                E::B(0, _) => 2,
                E::B(1..=9, true) => 3,
                E::B(n, false) => n as i32 + 100,
                E::B(n, true) => n as i32 + 1000,
                E::C(_, (-3, x)) => x as i32,
                E::C(_, (x, -100..=-1)) => x as i32 + 10000,
                E::C(_, _) => 4,
                E::D(S { x: 7, .. }) => 5,
                E::D(S { y: true, x }) => x as i32 + 20000,
                E::D(_) => 6,
            }
        }";
    let program = compile_with(source, &[]);
    let at = |input| shown(&program, &[input]);
    assert_eq!(at("E::A"), "1");
    assert_eq!(at("E::B(0, true)"), "2");
    assert_eq!(at("E::B(1, true)"), "3");
    assert_eq!(at("E::B(9, true)"), "3");
    assert_eq!(at("E::B(9, false)"), "109");
    assert_eq!(at("E::B(10, true)"), "1010");
    assert_eq!(at("E::C(true, (-3, -128))"), "-128");
    assert_eq!(at("E::C(true, (-128, -100))"), "9872");
    assert_eq!(at("E::C(true, (-128, -101))"), "4");
    assert_eq!(at("E::C(true, (0, 0))"), "4");
    assert_eq!(at("E::D(S { x: 7, y: false })"), "5");
    assert_eq!(at("E::D(S { x: 8, y: true })"), "20008");
    assert_eq!(at("E::D(S { x: 8, y: false })"), "6");
}

#[test]
fn number_patterns_of_every_value() {
    let body = "match a { 0..10 => 1u8, 10 => 2, 13 => 3, 11 => 2, 12..100 => 4, 100..=255 => 5 }";
    let program = compile_with(&format!("pub fn main(a: u8) -> u8 {{ {body} }}"), &[]);
    for a in 0..=255u8 {
        let expected = match a {
            0..10 => 1,
            10 | 11 => 2,
            13 => 3,
            12..100 => 4,
            100..=255 => 5,
        };
        assert_eq!(shown(&program, &[&a.to_string()]), expected.to_string());
    }
    // Patterns beyond the type match nothing.
    let beyond = "match a { 300 => 1u8, 200..=1000 => 2, _ => 3 }";
    assert_eq!(of_body("(a: u8) -> u8", beyond, &["44"]), "3");
    assert_eq!(of_body("(a: u8) -> u8", beyond, &["255"]), "2");
    let signed = "match a { 100..=200 => 1u8, -200..=-100 => 2, _ => 3 }";
    assert_eq!(of_body("(a: i8) -> u8", signed, &["127"]), "1");
    assert_eq!(of_body("(a: i8) -> u8", signed, &["-56"]), "3");
    assert_eq!(of_body("(a: i8) -> u8", signed, &["-128"]), "2");
}

#[test]
fn clauses_assign() {
    let body = "
        let mut x = [1u8, 2, 3];
        match a {
            0 => x[0] = b,
            1 => { x[1] = b; x[2] = b; }
            n => x[2] = n,
        }
        x";
    let at = |a| of_body("(a: u8, b: u8) -> [u8; 3]", body, &[a, "9"]);
    assert_eq!(at("0"), "[9, 2, 3]");
    assert_eq!(at("1"), "[1, 9, 9]");
    assert_eq!(at("77"), "[1, 2, 77]");
}

#[test]
fn constants() {
    let source = "
        const A: usize = PARTY_0::A;
        const B: usize = max(A, PARTY_1::B - 2usize, 1usize) + min(A, 3usize);
        const C: i16 = -5i16;
        const D: bool = true;
        pub fn main(x: u16, y: [u8; A]) -> (u16, i16, bool) {
            let array = [x; B];
            let mut s = 0u16;
            for z in array { s = s + z; }
            for z in y { s = s + (z as u16); }
            (s + (B as u16), C, D)
        }";
    let program = compile_with(source, &[("PARTY_0::A", 2), ("PARTY_1::B", 9)]);
    // B = max(2, 7, 1) + min(2, 3) = 9.
    assert_eq!(shown(&program, &["10", "[3, 4]"]), "(106, -5, true)");
}

#[test]
fn numbers_without_a_type() {
    let at = |signature: &str, body: &str, a: &str| of_body(signature, body, &[a]);
    assert_eq!(at("(a: u64) -> u64", "let x = 5; a + x", "6"), "11");
    assert_eq!(at("(a: u8) -> u8", "let x = 5; a + x", "6"), "11");
    assert_eq!(
        at("(a: u8) -> u8", "let x = 300; a + x", "6"),
        "Overflow: x"
    );
    assert_eq!(
        at(
            "(a: u8) -> u8",
            "let x = -1; if a > 9 { a } else { a + 1 }",
            "6"
        ),
        "7"
    );
    assert_eq!(at("(a: u8) -> u8", "a + (1 + 2)", "6"), "9");
    assert_eq!(at("(a: u8) -> u8", "a & !0", "6"), "6");
    assert_eq!(
        at(
            "(a: u8) -> u8",
            "let x = if a > 3 { 1 } else { 2 }; a + x",
            "6"
        ),
        "7"
    );
    assert_eq!(at("(a: u8) -> u8", "if a > 3 { 1 } else { a }", "6"), "1");
    assert_eq!(
        at(
            "(a: u64) -> u64",
            "let mut s = a; for i in 0..4 { s = s + i; } s",
            "6"
        ),
        "12"
    );
    assert_eq!(
        at(
            "(a: u8) -> u8",
            "let mut s = 0u8; for i in [1, 2] { s = s + i; } s + a",
            "6"
        ),
        "9"
    );
    assert_eq!(at("(a: i64) -> i64", "let x = -7; a * x", "6"), "-42");
    assert_eq!(at("(a: u32) -> u32", "let x = 1; a << (1 + x)", "6"), "24");
    assert_eq!(
        at(
            "(a: u8) -> (u8, u16)",
            "let t = (1, [2, 3]); let (x, y) = t; (x, y[1])",
            "6"
        ),
        "(1, 3)"
    );
}
