//! Branches, matches, loops, functions, scopes, and the order of evaluation.

use super::Case;

pub fn cases() -> Vec<Case> {
    vec![
        Case::new(
            "a loop's overflow is not forgotten",
            "pub fn main(a: [u8; 3], n: usize) -> u8 {
    let mut s = 0u8;
    for i in 0usize..3usize {
        s = s + a[i];
    }
    s
}",
            &[
                (&["[200, 200, 10]", "0"], "Overflow 4:13"),
                (&["[200, 10, 200]", "0"], "Overflow 4:13"),
                (&["[200, 50, 5]", "0"], "255"),
            ],
        ),
        Case::new(
            "one sum twice round a division",
            "pub fn main(a: u8, b: u8) -> u8 {
    let x = a + b;
    let y = a / b;
    let z = a + b;
    x ^ y ^ z
}",
            &[
                (&["255", "0"], "DivByZero 3:13"),
                (&["255", "1"], "Overflow 2:13"),
                (&["7", "2"], "3"),
            ],
        ),
        Case::new(
            "only the branch taken panics",
            "pub fn main(b: bool, x: i32) -> i32 {
    if b {
        x
    } else {
        1 / x
    }
}",
            &[
                (&["true", "0"], "0"),
                (&["false", "0"], "DivByZero 5:9"),
                (&["false", "1"], "1"),
            ],
        ),
        Case::new(
            "only the clause taken panics",
            "pub fn main(x: i32, y: u8) -> i32 {
    match x {
        0 => 0,
        1 => 1 / (x - 1),
        2 => 2,
        3 => (y + 200u8) as i32,
        4..=9 => [1, 2, 3][x as usize],
        _ => 3,
    }
}",
            &[
                (&["0", "255"], "0"),
                (&["1", "0"], "DivByZero 4:14"),
                (&["2", "0"], "2"),
                (&["3", "55"], "255"),
                (&["3", "56"], "Overflow 6:15"),
                (&["4", "0"], "OutOfBounds 7:18"),
                (&["-2147483648", "0"], "3"),
            ],
        ),
        Case::new(
            "the first panic wins",
            "pub fn main(a: u8, b: u8, i: usize) -> u8 {
    let c = [1u8, 2u8][i];
    let d = a / b;
    c + d + a
}",
            &[
                (&["255", "0", "2"], "OutOfBounds 2:13"),
                (&["255", "0", "1"], "DivByZero 3:13"),
                (&["255", "255", "1"], "Overflow 4:5"),
                (&["9", "3", "1"], "14"),
            ],
        ),
        Case::new(
            "operands from left to right, then the operation",
            "\npub fn main(a: u8, b: u8) -> u8 { (a - b) * (a / b) + 10 / (a - 3) }",
            &[
                (&["0", "1"], "Overflow 2:36"),
                (&["1", "0"], "DivByZero 2:46"),
                (&["2", "1"], "Overflow 2:61"),
                (&["3", "1"], "DivByZero 2:55"),
                (&["255", "1"], "Overflow 2:36"),
                (&["5", "2"], "11"),
            ],
        ),
        Case::new(
            "eager operators evaluate both sides",
            "pub fn main(a: bool, i: usize) -> (bool, bool) {
    let list = [true, false];
    (a & list[i], a | list[i])
}",
            &[
                (&["true", "0"], "(true, true)"),
                (&["false", "2"], "OutOfBounds 3:10"),
            ],
        ),
        Case::new(
            "lazy operators evaluate what they need",
            "pub fn main(a: bool, i: usize) -> (bool, bool) {
    let list = [true, false];
    let x = a && list[i];
    let y = a || list[i];
    (x, y)
}",
            &[
                (&["true", "0"], "(true, true)"),
                (&["true", "2"], "OutOfBounds 3:18"),
                (&["false", "2"], "OutOfBounds 4:18"),
                (&["false", "1"], "(false, false)"),
            ],
        ),
        Case::new(
            "a panic on the left of a lazy operator",
            "pub fn main(a: i32, b: bool) -> (bool, bool) {
    let x = (8 / a == 4) && b;
    (x, (8 / (a - 1) == 8) || b)
}",
            &[
                (&["0", "false"], "DivByZero 2:14"),
                (&["1", "true"], "DivByZero 3:10"),
                (&["2", "true"], "(true, true)"),
            ],
        ),
        Case::new(
            "what a lazy operator skips assigns nothing",
            "pub fn main(a: bool, b: bool) -> (bool, u8) {
    let mut n = 0u8;
    let c = a && ({ n += 1; b }) || ({ n += 10; a });
    (c, n)
}",
            &[
                (&["false", "true"], "(false, 10)"),
                (&["true", "true"], "(true, 1)"),
                (&["true", "false"], "(true, 11)"),
            ],
        ),
        Case::new(
            "assignments in operands take effect in order",
            "pub fn main(a: u8) -> (u8, u8) {
    let mut x = a;
    let y = x + ({ x += 1; x }) * ({ x += 10; 2 }) + x;
    (x, y)
}",
            &[(&["5"], "(16, 33)"), (&["127"], "Overflow 3:18")],
        ),
        Case::new(
            "operands of at most are evaluated once",
            "pub fn main(a: u8) -> (bool, bool, u8) {
    let mut n = a;
    let x = ({ n += 1; n }) <= 3;
    let y = 5 >= ({ n += 2; n });
    (x, y, n)
}",
            &[(&["2"], "(true, true, 5)"), (&["3"], "(false, false, 6)")],
        ),
        Case::new(
            "an assigned value comes before its place",
            "pub fn main(i: usize, b: u8) -> [u8; 3] {
    let mut list = [1u8, 2u8, 3u8];
    list[i] = 9 / b;
    list
}",
            &[
                (&["3", "0"], "DivByZero 3:15"),
                (&["3", "1"], "OutOfBounds 3:5"),
                (&["1", "3"], "[1, 3, 3]"),
            ],
        ),
        Case::new(
            "a place sees what its value assigned",
            "pub fn main(i: usize) -> ([u8; 3], usize) {
    let mut list = [1u8, 2u8, 3u8];
    let mut j = i;
    list[j] = ({ j += 1; list[0] = 7; 9 });
    (list, j)
}",
            &[
                (&["0"], "([7, 9, 3], 1)"),
                (&["1"], "([7, 2, 9], 2)"),
                (&["2"], "OutOfBounds 4:5"),
            ],
        ),
        Case::new(
            "indices of a place from left to right, each with its check",
            "pub fn main(i: usize, j: usize) -> [[u8; 2]; 2] {
    let mut table = [[1u8, 2u8], [3u8, 4u8]];
    table[i][10usize / j] = 9;
    table
}",
            &[
                (&["2", "0"], "OutOfBounds 3:5"),
                (&["1", "0"], "DivByZero 3:14"),
                (&["1", "10"], "[[1, 2], [3, 9]]"),
                (&["0", "2"], "OutOfBounds 3:5"),
            ],
        ),
        Case::new(
            "compound assignment reads its place first",
            "pub fn main(i: usize, b: u8) -> [u8; 2] {
    let mut list = [250u8, 2u8];
    list[i] += 9 / b;
    list
}",
            &[
                (&["2", "0"], "OutOfBounds 3:5"),
                (&["1", "0"], "DivByZero 3:16"),
                (&["0", "1"], "Overflow 3:5"),
                (&["0", "2"], "[254, 2]"),
            ],
        ),
        Case::new(
            "struct fields are evaluated as written",
            "struct Pair { a: u8, b: u8 }
pub fn main(x: u8, y: u8) -> Pair {
    Pair { b: x + 1, a: 6 / y }
}",
            &[
                (&["255", "0"], "Overflow 3:15"),
                (&["1", "0"], "DivByZero 3:25"),
                (&["1", "2"], "Pair {a: 3, b: 2}"),
            ],
        ),
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
