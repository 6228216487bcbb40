//! The order of evaluation: which panic comes first, what is not evaluated.

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
    ]
}
