//! Arrays, tuples, structs and enums: made, read, written and compared.

use super::{compile, of_body, result, shown};

#[test]
fn arrays_at_secret_indices() {
    let read = compile("\n pub fn main(a: [u8; 7], i: usize) -> u8 { a[i] }");
    let write =
        compile("\n pub fn main(mut a: [u8; 7], i: usize, x: u8) -> [u8; 7] { a[i] = x; a }");
    let a = "[10, 11, 12, 13, 14, 15, 16]";
    for i in 0..7usize {
        let index = i.to_string();
        assert_eq!(shown(&read, &[a, &index]), (10 + i).to_string());
        let mut expected = [10, 11, 12, 13, 14, 15, 16];
        expected[i] = 99;
        assert_eq!(shown(&write, &[a, &index, "99"]), format!("{expected:?}"));
    }
    for i in ["7", "8", "64", "4294967295"] {
        assert_eq!(shown(&read, &[a, i]), "OutOfBounds: a[i]");
        assert_eq!(shown(&write, &[a, i, "99"]), "OutOfBounds: a[i] = x");
    }
}

#[test]
fn every_length_of_array() {
    for len in 0..18usize {
        let read = compile(&format!(
            "pub fn main(a: [u8; {len}], i: u8) -> u8 {{ a[i as usize] }}"
        ));
        let write = compile(&format!(
            "pub fn main(mut a: [(u8, bool); {len}], i: u8) -> [(u8, bool); {len}] {{ a[i as usize].0 = 200; a }}"
        ));
        let numbers: Vec<usize> = (0..len).map(|i| 3 * i).collect();
        let pairs = |numbers: &[usize]| {
            let pairs: Vec<String> = numbers
                .iter()
                .map(|n| format!("({n}, {})", n % 2 == 0))
                .collect();
            format!("[{}]", pairs.join(", "))
        };
        if len == 0 {
            continue;
        }
        for i in 0..20usize {
            let index = i.to_string();
            let value = shown(&read, &[&format!("{numbers:?}"), &index]);
            let stored = shown(&write, &[&pairs(&numbers), &index]);
            if i < len {
                assert_eq!(value, numbers[i].to_string());
                let stored_numbers = stored.matches("(200, ").count();
                assert_eq!(stored_numbers, 1);
                assert!(
                    stored
                        .split("), ")
                        .nth(i)
                        .is_some_and(|s| s.contains("(200, "))
                );
            } else {
                assert!(value.starts_with("OutOfBounds"), "{value}");
                assert!(stored.starts_with("OutOfBounds"), "{stored}");
            }
        }
    }
}

#[test]
fn copies_are_copies() {
    let body = "
        let mut x = [10, 20, 30, 40];
        let second = x[1];
        let mut y = x;
        y[1] = a;
        x[3] = second;
        [x[1], y[1], x[3], y[3]]";
    assert_eq!(
        of_body("(a: i32) -> [i32; 4]", body, &["-7"]),
        "[20, -7, 20, 40]"
    );
    let source = "
        pub fn main(a: [u8; 2], i: usize) -> ([u8; 2], u8) { let mut b = a; let s = f(b, i); b[0] = 5; (b, s) }
        fn f(mut a: [u8; 2], i: usize) -> u8 { a[i] = 100; a[0] + a[1] }";
    assert_eq!(result(source, &["[1, 2]", "1"]), "([5, 2], 101)");
}

#[test]
fn nested_places() {
    let source = "
        struct S { n: u8, grid: [[(u8, bool); 3]; 2] }
        pub fn main(i: usize, j: usize, x: u8, c: bool) -> (S, u8) {
            let mut s = S { n: 1, grid: [[(0u8, false); 3]; 2] };
            s.grid[i][j].0 = x;
            s.grid[1][j].1 = true;
            s.grid[i][2] = (9, true);
            if c { s.n = 77; s.grid[0][0].0 = 4; }
            let t = s.grid[i][j].0;
            (s, t)
        }";
    let s = "S {grid: [[(4, false), (0, false), (9, true)], [(0, false), (0, true), (0, false)]], n: 77}";
    let t = "S {grid: [[(0, false), (0, false), (0, false)], [(0, false), (0, false), (9, true)]], n: 1}";
    assert_eq!(
        result(source, &["1", "2", "5", "false"]),
        format!("({t}, 9)")
    );
    assert_eq!(
        result(source, &["0", "1", "0", "true"]),
        format!("({s}, 0)")
    );
    for (i, j) in [("2", "3"), ("1", "3"), ("2", "0")] {
        assert_eq!(
            result(source, &[i, j, "0", "true"]),
            "OutOfBounds: grid[i][j].0 = x"
        );
    }
}

#[test]
fn an_index_sees_what_the_value_assigned() {
    let body = "let mut i = 0usize; let mut b = [a, a, a]; b[i] = { i = 2; 100 }; b";
    assert_eq!(of_body("(a: u8) -> [u8; 3]", body, &["1"]), "[1, 1, 100]");
    let body = "let mut b = [a, a, a]; b[1] = { b[0] = 50; b[2] = 60; 100 }; b";
    assert_eq!(of_body("(a: u8) -> [u8; 3]", body, &["1"]), "[50, 100, 60]");
}

#[test]
fn swaps_in_branches_sort() {
    let source = "
        pub fn main(mut a: [i16; 6]) -> [i16; 6] {
            for i in 0..6 { for j in 0..5 {
                if a[j] > a[j + 1] { let t = a[j]; a[j] = a[j + 1]; a[j + 1] = t; }
            } }
            a
        }";
    let inputs = ["5", "-3", "9", "0", "-32768", "9"];
    assert_eq!(result(source, &inputs), "[-32768, -3, 0, 5, 9, 9]");
}

#[test]
fn equality_of_everything() {
    let source = "
        enum E { A, B(u8), C(bool, [i8; 2]) }
        struct S { e: E, t: (u16, bool) }
        pub fn main(x: S, y: S) -> (bool, bool) { (x == y, x.e != y.e) }";
    let at = |x: &str, y: &str| result(source, &[x, y]);
    let s = "S { e: E::C(true, [-1, 2]), t: (3, true) }";
    assert_eq!(at(s, s), "(true, false)");
    assert_eq!(
        at(s, "S { e: E::C(true, [-1, 3]), t: (3, true) }"),
        "(false, true)"
    );
    assert_eq!(
        at(s, "S { t: (3, false), e: E::C(true, [-1, 2]) }"),
        "(false, false)"
    );
    assert_eq!(
        at(
            "S { e: E::A, t: (0, true) }",
            "S { e: E::B(0), t: (0, true) }"
        ),
        "(false, true)"
    );
    assert_eq!(
        of_body("(a: [u8; 3]) -> bool", "a == [1u8, 2, 3]", &["1", "2", "3"]),
        "true"
    );
}

#[test]
fn enums_are_made_and_merged() {
    let source = "
        enum Op { Zero, Div(u8, u8) }
        enum R { DivByZero, Ok(u8), Both(i16, bool) }
        pub fn main(op: Op, c: bool) -> R {
            let r = match op {
                Op::Zero => R::Ok(0),
                Op::Div(x, 0) => R::DivByZero,
                Op::Div(x, y) => R::Ok(x / y),
            };
            if c { r } else { R::Both(-2, true) }
        }";
    assert_eq!(result(source, &["Op::Zero", "true"]), "R::Ok(0)");
    assert_eq!(result(source, &["Op::Div(7, 0)", "true"]), "R::DivByZero");
    assert_eq!(result(source, &["Op::Div(7, 2)", "true"]), "R::Ok(3)");
    assert_eq!(
        result(source, &["Op::Div(7, 0)", "false"]),
        "R::Both(-2, true)"
    );
}

#[test]
fn units_and_empty_arrays() {
    assert_eq!(of_body("(a: u8) -> ()", "let b = a;", &["1"]), "()");
    // The parser does not take `()` as an expression.
    let units = "let u = { let b = a; }; [u; 3]";
    assert_eq!(of_body("(a: u8) -> [(); 3]", units, &["1"]), "[(), (), ()]");
    assert_eq!(of_body("(a: u8) -> [u8; 0]", "[a; 0]", &["1"]), "[]");
    assert_eq!(
        of_body(
            "(a: u8) -> u8",
            "let u = { let b = a; }; let t = (u, a, u); let (x, y, z) = t; y",
            &["1"]
        ),
        "1"
    );
}

#[test]
fn ranges_are_arrays() {
    assert_eq!(
        of_body("(a: i32) -> [u8; 5]", "10u8..15u8", &["0"]),
        "[10, 11, 12, 13, 14]"
    );
    let body = "let r = 3usize..9usize; r[a]";
    assert_eq!(of_body("(a: usize) -> usize", body, &["5"]), "8");
}

#[test]
fn values_without_bits_are_assigned_in_branches() {
    let source = "enum E { A }
        pub fn main(x: u8, e: E) -> u8 { let mut a = e; let mut y = x; if x > 3u8 { a = E::A; y = 5u8; } y }";
    assert_eq!(result(source, &["9", "E::A"]), "5");
    assert_eq!(result(source, &["3", "E::A"]), "3");
    let source = "enum E { A }
        pub fn main(x: u8) -> u8 { let mut t = (E::A, x, x); if x > 3u8 { t.0 = E::A; t.2 = 5u8; } t.2 }";
    assert_eq!(result(source, &["9"]), "5");
    assert_eq!(result(source, &["3"]), "3");
    // A part without bits of a value that has some.
    let body = "let u = { let b = a; }; let (x, y, z) = (a, u, [a]); (y, z[0], y == u)";
    assert_eq!(
        of_body("(a: u8) -> ((), u8, bool)", body, &["7"]),
        "((), 7, true)"
    );
}

#[test]
fn guarded_and_plain_writes_mix() {
    // Secret indices, constant ones and whole variables, on several levels, some arms writing and some not.
    let source = "
        pub fn main(mut a: [(u8, u8); 4], i: usize, j: usize, x: u8) -> ([(u8, u8); 4], [u8; 2], u8) {
            let mut b = [1u8, 2u8];
            let mut n = 0u8;
            if x > 10 {
                a[i].0 = x;
                if x > 20 {
                    a[2] = (7, 8);
                    a[j].1 = 77;
                    if x > 30 { a[j] = a[i]; b = [a[3].0, b[0]]; n = 5; } else { b[1] = 9; }
                    n = n + 1;
                }
                match x {
                    11 => a[0].1 = 11,
                    12..=25 => { a[i].1 = 12; a[1].0 = 99; }
                    26..=35 => {}
                    36 => a = [(0, 0); 4],
                    _ => a[j].0 = a[j].0 ^ 255,
                }
            } else {
                if x == 3 { a[j].1 = 3; b[0] = 3; }
            }
            a[3].1 = a[3].1 ^ 1;
            (a, b, n)
        }";
    let program = compile(source);
    let start = "[(10, 11), (20, 21), (30, 31), (40, 41)]";
    for x in [0, 3, 10, 11, 12, 20, 21, 25, 26, 30, 31, 35, 36, 37, 255u8] {
        for i in ["0", "1", "2", "3"] {
            for j in ["0", "1", "2", "3"] {
                // The reference evaluator decides.
                shown(&program, &[start, i, j, &x.to_string()]);
            }
        }
    }
    let at = |i, j, x| shown(&program, &[start, i, j, x]);
    assert_eq!(
        at("0", "3", "3"),
        "([(10, 11), (20, 21), (30, 31), (40, 2)], [3, 2], 0)"
    );
    assert_eq!(
        at("1", "0", "31"),
        "([(31, 21), (31, 21), (7, 8), (40, 40)], [40, 1], 6)"
    );
    assert_eq!(
        at("3", "3", "25"),
        "([(10, 11), (99, 21), (7, 8), (25, 13)], [1, 9], 1)"
    );
    assert_eq!(
        at("1", "2", "36"),
        "([(0, 0), (0, 0), (0, 0), (0, 1)], [40, 1], 6)"
    );
    assert_eq!(
        at("4", "0", "10"),
        "([(10, 11), (20, 21), (30, 31), (40, 40)], [1, 2], 0)"
    );
}
