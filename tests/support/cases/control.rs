//! Branches, matches, loops, functions and scopes.

use super::Case;

pub fn cases() -> Vec<Case> {
    vec![
        Case::new(
            "if and else if",
            "pub fn main(x: i32) -> i32 {
    if x < 0 {
        -1
    } else if x == 0 {
        0
    } else {
        1
    }
}",
            &[(&["-5"], "-1"), (&["0"], "0"), (&["9"], "1")],
        ),
        Case::new(
            "branches assign to outer variables",
            "pub fn main(x: i32) -> (i32, u8) {
    let mut y = 0;
    let mut z = 1u8;
    if x > 10 {
        y = x - 10;
        if x > 20 {
            z = 3;
        }
    } else if x < 0 {
        y = -x;
        z = 2;
    }
    match x {
        15 => { y += 100; },
        -1 => z += 10,
        _ => {},
    }
    (y, z)
}",
            &[
                (&["25"], "(15, 3)"),
                (&["15"], "(105, 1)"),
                (&["5"], "(0, 1)"),
                (&["-1"], "(1, 12)"),
                (&["-2147483648"], "Overflow 10:13"),
            ],
        ),
        Case::new(
            "ranges in patterns",
            "pub fn main(x: u8) -> u8 {
    match x {
        0..10 => 1,
        10 => 2,
        11 => 3,
        13 => 4,
        12..100 => 5,
        100..=255 => 6,
    }
}",
            &[
                (&["0"], "1"),
                (&["9"], "1"),
                (&["10"], "2"),
                (&["11"], "3"),
                (&["12"], "5"),
                (&["13"], "4"),
                (&["99"], "5"),
                (&["100"], "6"),
                (&["255"], "6"),
            ],
        ),
        Case::new(
            "signed ranges in patterns",
            "pub fn main(x: i8) -> u8 {
    match x {
        -128i8..=-100i8 => 1,
        -99i8..0i8 => 2,
        0i8 => 3,
        1i8..=126i8 => 4,
        _ => 5,
    }
}",
            &[
                (&["-128"], "1"),
                (&["-100"], "1"),
                (&["-99"], "2"),
                (&["-1"], "2"),
                (&["0"], "3"),
                (&["126"], "4"),
                (&["127"], "5"),
            ],
        ),
        Case::new(
            "nested patterns",
            "pub fn main(x: (bool, (u8, u8))) -> i32 {
    match x {
        (false, _) => 0,
        (_, (_, 0)) => 1,
        (_, (x, y)) => (x as i32) + (y as i32) + 1,
    }
}",
            &[
                (&["(false, (1, 1))"], "0"),
                (&["(true, (5, 0))"], "1"),
                (&["(true, (255, 255))"], "511"),
            ],
        ),
        Case::new(
            "enum patterns",
            "enum Op { Zero, Div(u8, u8) }
enum OpResult { DivByZero, Ok(u8) }
pub fn main(op: Op) -> OpResult {
    match op {
        Op::Zero => OpResult::Ok(0),
        Op::Div(x, 0) => OpResult::DivByZero,
        Op::Div(x, y) => OpResult::Ok(x / y),
    }
}",
            &[
                (&["Op::Zero"], "OpResult::Ok(0)"),
                (&["Op::Div(7, 0)"], "OpResult::DivByZero"),
                (&["Op::Div(7, 2)"], "OpResult::Ok(3)"),
            ],
        ),
        Case::new(
            "a calculator",
            "enum Op { Add, Sub, Mul, Div, Min, Max }
enum Outcome { Value(u8), NoNumber }
pub fn main(values: (u8, u8), op: Op) -> Outcome {
    match (op, values) {
        (Op::Add, (x, y)) => Outcome::Value(x + y),
        (Op::Sub, (x, y)) => Outcome::Value(x - y),
        (Op::Mul, (x, y)) => Outcome::Value(x * y),
        (Op::Div, (_, 0)) => Outcome::NoNumber,
        (Op::Div, (x, y)) => Outcome::Value(x / y),
        (Op::Min, (x, y)) => Outcome::Value(if x < y { x } else { y }),
        (Op::Max, (x, y)) => Outcome::Value(if x > y { x } else { y }),
    }
}",
            &[
                (&["(2, 3)", "Op::Add"], "Outcome::Value(5)"),
                (&["(200, 200)", "Op::Add"], "Overflow 5:45"),
                (&["(2, 3)", "Op::Sub"], "Overflow 6:45"),
                (&["(16, 16)", "Op::Mul"], "Overflow 7:45"),
                (&["(5, 0)", "Op::Div"], "Outcome::NoNumber"),
                (&["(5, 2)", "Op::Div"], "Outcome::Value(2)"),
                (&["(200, 100)", "Op::Min"], "Outcome::Value(100)"),
                (&["(200, 100)", "Op::Max"], "Outcome::Value(200)"),
            ],
        ),
        Case::new(
            "functions take copies",
            "pub fn main(x: i32) -> (i32, i32) {
    let mut y = x;
    let z = inc(y) + twice(inc, 1);
    (y, z)
}
fn inc(mut a: i32) -> i32 {
    a = a + 1;
    a
}
fn twice(x: i32, y: i32) -> i32 {
    inc(inc(x)) + y
}"
            .replace("twice(inc, 1)", "twice(y, 1)")
            .as_str(),
            &[
                (&["5"], "(5, 14)"),
                (&["2147483647"], "Overflow 7:9"),
                (&["2147483646"], "Overflow 7:9"),
            ],
        ),
        Case::new(
            "a function does not see its caller's variables",
            "const N: u8 = 7u8;
pub fn main(x: u8) -> u8 {
    let N = x;
    seven() + N
}
fn seven() -> u8 {
    N
}",
            &[(&["1"], "8"), (&["248"], "255")],
        ),
        Case::new(
            "arguments are evaluated from left to right",
            "pub fn main(a: u8, b: u8) -> u8 {
    first(a / b, a + 200)
}
fn first(x: u8, _y: u8) -> u8 {
    x
}",
            &[
                (&["100", "0"], "DivByZero 2:11"),
                (&["100", "1"], "Overflow 2:18"),
                (&["55", "5"], "11"),
            ],
        ),
        Case::new(
            "blocks have scopes",
            "pub fn main(x: u8) -> u8 {
    let y = 1u8;
    let z = {
        let y = x + y;
        y * 2
    };
    y + z
}",
            &[(&["3"], "9"), (&["127"], "Overflow 5:9")],
        ),
        Case::new(
            "a loop's variables are new in each iteration",
            "pub fn main(x: u8) -> u8 {
    let y = x;
    let mut sum = 0u8;
    for _ in 0usize..3usize {
        let y = y + 1;
        sum += y;
    }
    sum
}",
            &[(&["1"], "6"), (&["255"], "Overflow 5:17")],
        ),
        Case::new(
            "hiding variables",
            "pub fn main(x: u8, y: bool) -> (u8, bool) {
    let x = x + 1;
    let x = (x, x > 5);
    let (x, y) = if y { x } else { (x.0 * 2, y) };
    (x, y)
}",
            &[
                (&["9", "true"], "(10, true)"),
                (&["9", "false"], "(20, false)"),
            ],
        ),
        Case::new(
            "loops over ranges, arrays and in loops",
            "pub fn main(a: [u16; 4], n: u16) -> (u16, u16, u16) {
    let mut sum = 0u16;
    for x in a {
        sum += x;
    }
    let mut squares = 0u16;
    for i in 0u16..5u16 {
        squares += i * n;
    }
    let mut count = 0u16;
    for i in 0..3 {
        for j in 0..4 {
            if i < j {
                count += 1;
            }
        }
    }
    (sum, squares, count)
}",
            &[
                (&["[1, 2, 3, 4]", "2"], "(10, 20, 6)"),
                (&["[65535, 0, 0, 0]", "6553"], "(65535, 65530, 6)"),
                (&["[65535, 1, 0, 0]", "0"], "Overflow 4:9"),
                (&["[0, 0, 0, 0]", "16384"], "Overflow 8:9"),
            ],
        ),
        Case::new(
            "a loop with a branch and a panic in a later iteration",
            "pub fn main(a: [i8; 4], d: i8) -> i8 {
    let mut x = 100i8;
    for y in a {
        if y != 0 {
            x = x / (y - d);
        } else {
            x -= 60;
        }
    }
    x
}",
            &[
                (&["[1, 2, 0, 5]", "0"], "-2"),
                (&["[1, 2, 3, 5]", "3"], "DivByZero 5:17"),
                (&["[0, 0, 0, 0]", "3"], "Overflow 7:13"),
                (&["[127, 1, 0, 0]", "-1"], "Overflow 5:22"),
            ],
        ),
        Case::new(
            "destructuring in loops",
            "pub fn main(a: [(u8, (bool, u8)); 2], mut sum: u8) -> u8 {
    for (x, (add, y)) in a {
        sum = if add { sum + x } else { sum ^ y };
    }
    sum
}",
            &[
                (&["[(1, (true, 2)), (4, (false, 8))]", "0"], "9"),
                (
                    &["[(200, (true, 2)), (100, (true, 8))]", "0"],
                    "Overflow 3:24",
                ),
            ],
        ),
        Case::new(
            "a program without a result",
            "pub fn main(_a: i32) -> () {
    let mut x = 1;
    x += 1;
}",
            &[(&["1"], "()")],
        ),
        Case::new(
            "comments",
            "/* one
   /* and one in it */
*/
pub fn main(x: u16) -> u16 {
    // a line with /*
    x + /* here */ 1
}",
            &[(&["1"], "2"), (&["65535"], "Overflow 6:5")],
        ),
        Case::new(
            "a place after wide characters",
            "// ä ö ü\npub fn main(x: u8) -> u8 { /* é */ x + 1 }",
            &[(&["255"], "Overflow 2:36")],
        ),
    ]
}
