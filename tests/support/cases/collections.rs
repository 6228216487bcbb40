//! Arrays, tuples, structs and enums.

use super::Case;

pub fn cases() -> Vec<Case> {
    vec![
        Case::new(
            "array access",
            "pub fn main(a: [u8; 3], i: usize) -> u8 {
    a[i]
}",
            &[
                (&["[7, 8, 9]", "0"], "7"),
                (&["[7, 8, 9]", "2"], "9"),
                (&["[7, 8, 9]", "3"], "OutOfBounds 2:5"),
                (&["[7, 8, 9]", "4"], "OutOfBounds 2:5"),
                (&["[7, 8, 9]", "4294967295"], "OutOfBounds 2:5"),
            ],
        ),
        Case::new(
            "array literals",
            "pub fn main(a: u32, b: u32) -> ([u32; 4], [u32; 3], [i32; 5], u32) {
    ([a, b, 0, 1], [a + 1; 3], 10..15, [a, b][1])
}",
            &[(
                &["7", "8"],
                "([7, 8, 0, 1], [8, 8, 8], [10, 11, 12, 13, 14], 8)",
            )],
        ),
        Case::new(
            "an array of no elements",
            "pub fn main(b: bool) -> bool {
    b && [true; 0][1]
}",
            &[(&["false"], "false"), (&["true"], "OutOfBounds 2:10")],
        ),
        Case::new(
            "array assignment",
            "pub fn main(mut a: [i16; 4], i: usize, x: i16) -> [i16; 4] {
    a[i] = x;
    a[0] += 1;
    a
}",
            &[
                (&["[1, 2, 3, 4]", "3", "-7"], "[2, 2, 3, -7]"),
                (&["[1, 2, 3, 4]", "0", "-7"], "[-6, 2, 3, 4]"),
                (&["[1, 2, 3, 4]", "4", "-7"], "OutOfBounds 2:5"),
                (&["[1, 2, 3, 4]", "0", "32767"], "Overflow 3:5"),
            ],
        ),
        Case::new(
            "arrays are copied",
            "pub fn main(x: i32) -> ([i32; 4], [i32; 4], i32) {
    let mut a = [10, 20, 30, 40];
    let second = a[1];
    let mut b = a;
    b[1] = x;
    a[2] = second;
    (a, b, b[1])
}",
            &[(&["5"], "([10, 20, 20, 40], [10, 5, 30, 40], 5)")],
        ),
        Case::new(
            "assignment in loops",
            "pub fn main(a: [u16; 5], x: u16) -> [u16; 5] {
    let mut b = [0u16; 5];
    b[0] = x;
    for i in 1usize..5usize {
        b[i] = a[i - 1] + b[i - 1]
    }
    b
}",
            &[
                (&["[1, 2, 3, 4, 5]", "10"], "[10, 11, 13, 16, 20]"),
                (&["[1, 2, 65530, 4, 5]", "10"], "Overflow 5:16"),
            ],
        ),
        Case::new(
            "nested places",
            "struct Row { cells: [(u8, bool); 2], sum: u8 }
pub fn main(i: usize, j: usize, x: u8) -> [Row; 2] {
    let row = Row { sum: 0, cells: [(1, true), (2, false)] };
    let mut rows = [row; 2];
    rows[i].cells[j].0 += x;
    rows[i].sum = rows[i].cells[0].0 + rows[i].cells[1].0;
    rows[(1 - i)].cells[j].1 = x > 3;
    rows
}",
            &[
                (
                    &["0", "1", "5"],
                    "[Row {cells: [(1, true), (7, false)], sum: 8}, \
                     Row {cells: [(1, true), (2, true)], sum: 0}]",
                ),
                (
                    &["1", "0", "2"],
                    "[Row {cells: [(1, false), (2, false)], sum: 0}, \
                     Row {cells: [(3, true), (2, false)], sum: 5}]",
                ),
                (&["0", "0", "255"], "Overflow 5:13"),
                (&["2", "0", "1"], "OutOfBounds 5:13"),
                (&["0", "2", "1"], "OutOfBounds 5:13"),
            ],
        ),
        Case::new(
            "tuples",
            "pub fn main(a: i32, b: u64) -> (i32, u64, i64) {
    let sum = (a as i64) + (b as i64);
    let mut tuple = (a, b, 0i64);
    tuple.2 = sum;
    let (x, y, _) = tuple;
    (x, y, tuple.2)
}",
            &[
                (&["-5", "7"], "(-5, 7, 2)"),
                (
                    &["5", "18446744073709551615"],
                    "(5, 18446744073709551615, 4)",
                ),
            ],
        ),
        Case::new(
            "tuples of one and of none",
            "pub fn main(a: (u8), b: ()) -> ((u8), (), (bool)) {
    let (x) = a;
    ((x.0,), b, (a.0 > 1,))
}"
            .replace("let (x) = a;", "let x = a;")
            .as_str(),
            &[(&["(3,)", "()"], "((3), (), (true))")],
        ),
        Case::new(
            "structs",
            "struct FooBar { foo: i32, bar: (i32, i32) }
pub fn main(x: (i32, i32)) -> (i32, FooBar) {
    let (a, b) = x;
    let bar = (b, 0);
    let foobar = FooBar { foo: 0, bar };
    let FooBar { bar, .. } = foobar;
    let (y, z) = bar;
    let FooBar { foo, bar: (p, _) } = FooBar { bar: (a, a), foo: b };
    (a + y + z + foo + p, foobar)
}",
            &[(&["(1, 2)"], "(6, FooBar {bar: (2, 0), foo: 0})")],
        ),
        Case::new(
            "struct patterns",
            "struct FooBar { foo: i32, bar: i32 }
pub fn main(x: (i32, i32)) -> i32 {
    let (foo, bar) = x;
    let foobar = FooBar { foo, bar };
    match foobar {
        FooBar { foo: 0, bar: _ } => 1,
        FooBar { foo, bar } => foo * bar,
    }
}",
            &[
                (&["(0, 9)"], "1"),
                (&["(3, 9)"], "27"),
                (&["(65536, 65536)"], "Overflow 7:32"),
            ],
        ),
        Case::new(
            "struct patterns that leave out fields",
            "struct FooBar { foo: i32, bar: i32 }
pub fn main(x: (i32, i32)) -> i32 {
    let (foo, bar) = x;
    let foobar = FooBar { foo, bar };
    match foobar {
        FooBar { foo: 0, .. } => 1,
        FooBar { foo, .. } => foo,
    }
}",
            &[(&["(0, 9)"], "1"), (&["(3, 9)"], "3")],
        ),
        Case::new(
            "enums in enums and collections",
            "enum Inner { A, B(bool), C(u8, i8) }
struct Outer { list: [Inner; 2], n: u8 }
enum Choice { None, One(Outer), Two(u32) }
pub fn main(x: Choice, y: Inner) -> (Choice, i16) {
    match x {
        Choice::None => (Choice::Two(7), 0i16),
        Choice::Two(n) => (Choice::One(Outer { list: [y, Inner::A], n: n as u8 }), 1i16),
        Choice::One(outer) => {
            let sum = match (outer.list[0], outer.list[1]) {
                (Inner::A, Inner::A) => 2,
                (Inner::C(a, b), _) => a as i16 + b as i16,
                (_, Inner::B(true)) => 3,
                _ => outer.n as i16,
            };
            (Choice::None, sum)
        },
    }
}",
            &[
                (&["Choice::None", "Inner::A"], "(Choice::Two(7), 0)"),
                (
                    &["Choice::Two(258)", "Inner::C(255, -128)"],
                    "(Choice::One(Outer {list: [Inner::C(255, -128), Inner::A], n: 2}), 1)",
                ),
                (
                    &[
                        "Choice::One(Outer {list: [Inner::C(255, -1), Inner::A], n: 2})",
                        "Inner::A",
                    ],
                    "(Choice::None, 254)",
                ),
                (
                    &[
                        "Choice::One(Outer {list: [Inner::A, Inner::A], n: 9})",
                        "Inner::A",
                    ],
                    "(Choice::None, 2)",
                ),
                (
                    &[
                        "Choice::One(Outer {list: [Inner::A, Inner::B(true)], n: 9})",
                        "Inner::A",
                    ],
                    "(Choice::None, 3)",
                ),
                (
                    &[
                        "Choice::One(Outer {list: [Inner::A, Inner::B(false)], n: 9})",
                        "Inner::A",
                    ],
                    "(Choice::None, 9)",
                ),
            ],
        ),
        Case::new(
            "an enum of one variant has no tag",
            "enum Only { This(u8, bool) }
pub fn main(x: Only) -> (Only, u8) {
    let Only::This(a, b) = x;
    (Only::This(a + 1, !b), a)
}",
            &[(&["Only::This(4, true)"], "(Only::This(5, false), 4)")],
        ),
        Case::new(
            "equality of collections",
            "struct S { a: u8, b: [bool; 2] }
enum E { X, Y(u8), Z(u8) }
pub fn main(a: (S, E), b: (S, E)) -> (bool, bool, bool, bool) {
    (a == b, a.0 == b.0, a.1 != b.1, a.0.b == [true, false])
}",
            &[
                (
                    &[
                        "(S {a: 1, b: [true, false]}, E::Y(3))",
                        "(S {a: 1, b: [true, false]}, E::Y(3))",
                    ],
                    "(true, true, false, true)",
                ),
                (
                    &[
                        "(S {a: 1, b: [true, false]}, E::Y(3))",
                        "(S {a: 1, b: [true, false]}, E::Z(3))",
                    ],
                    "(false, true, true, true)",
                ),
                (
                    &[
                        "(S {a: 1, b: [true, true]}, E::X)",
                        "(S {a: 2, b: [true, true]}, E::X)",
                    ],
                    "(false, false, false, false)",
                ),
            ],
        ),
        Case::new(
            "the larger of two",
            "enum Richest { IsA, IsB, Tie }
pub fn main(a: u64, b: u64) -> Richest {
    if a > b {
        Richest::IsA
    } else if b > a {
        Richest::IsB
    } else {
        Richest::Tie
    }
}",
            &[
                (&["18446744073709551615", "0"], "Richest::IsA"),
                (
                    &["9223372036854775807", "9223372036854775808"],
                    "Richest::IsB",
                ),
                (&["5", "5"], "Richest::Tie"),
            ],
        ),
        Case::new(
            "a score",
            "struct Person { age: u8, income: u32, debts: u64 }
enum Clause { Between(Span, Gain), Flag(bool, Gain), Nothing }
struct Span { min: i64, max: i64 }
struct Gain { points: i32 }
enum Score { Good(u8), Bad(u8) }
pub fn main(clauses: [Clause; 3], person: Person, limit: i32) -> Score {
    let Person { age, income, debts } = person;
    let total = points(age as i64, clauses) + points(income as i64, clauses)
        + points(debts as i64, clauses);
    if total <= 0 {
        Score::Bad(0)
    } else if total >= limit {
        Score::Good(100)
    } else {
        let score = (total * 100) / limit;
        if score < 50 { Score::Bad(score as u8) } else { Score::Good(score as u8) }
    }
}
fn points(value: i64, clauses: [Clause; 3]) -> i32 {
    let mut sum = 0;
    for clause in clauses {
        match clause {
            Clause::Between(span, gain) => {
                let Span { min, max } = span;
                let Gain { points } = gain;
                if value >= min && value < max {
                    sum += points
                }
            }
            Clause::Flag(flag, gain) => {
                if flag { sum += gain.points }
            }
            _ => {}
        }
    }
    sum
}",
            &[
                (
                    &[
                        "[Clause::Between(Span {min: 0, max: 50}, Gain {points: 7}), \
                         Clause::Flag(true, Gain {points: -2}), Clause::Nothing]",
                        "Person {age: 30, income: 60, debts: 5}",
                        "10",
                    ],
                    "Score::Good(80)",
                ),
                (
                    &[
                        "[Clause::Between(Span {min: -5, max: 50}, Gain {points: 2147483647}), \
                         Clause::Flag(true, Gain {points: 1}), Clause::Nothing]",
                        "Person {age: 30, income: 60, debts: 5}",
                        "10",
                    ],
                    "Overflow 31:27",
                ),
                (
                    &[
                        "[Clause::Nothing, Clause::Nothing, Clause::Nothing]",
                        "Person {age: 30, income: 60, debts: 5}",
                        "10",
                    ],
                    "Score::Bad(0)",
                ),
                (
                    &[
                        "[Clause::Nothing, Clause::Flag(true, Gain {points: 1}), Clause::Nothing]",
                        "Person {age: 30, income: 60, debts: 5}",
                        "0",
                    ],
                    "Score::Good(100)",
                ),
            ],
        ),
    ]
}
