//! Parties, constants and joins.

use super::Case;

pub fn cases() -> Vec<Case> {
    vec![
        Case::new(
            "each element of a single array is a party",
            "pub fn main(parties: [u32; 3]) -> (u32, [u32; 3]) {
    (parties[0] + parties[1] + parties[2], parties)
}",
            &[
                (&["2", "4", "6"], "(12, [2, 4, 6])"),
                (&["4294967295", "1", "0"], "Overflow 2:6"),
            ],
        ),
        Case::new(
            "as many parties as a constant says",
            "const PARTIES: usize = PARTIES::TOTAL;
pub fn main(array: [u16; PARTIES]) -> u16 {
    let mut sum = 0u16;
    for x in array {
        sum = sum + x;
    }
    sum
}",
            &[(&["2", "4", "6"], "12"), (&["65535", "0", "1"], "Overflow 5:15")],
        )
        .with("PARTIES", "TOTAL", 3_usize),
        Case::new(
            "constants of all types",
            "const A: u8 = PARTY_0::A;
const B: bool = true;
const C: i64 = PARTY_1::C;
const D: u8 = A;
const E: i8 = -5i8;
const F: bool = PARTY_0::F;
pub fn main(x: u8, y: bool) -> (u8, bool, i64, i8) {
    (x + A + D, y & B & F, C, E)
}",
            &[(&["1", "true"], "(201, true, -1, -5)"), (&["56", "false"], "Overflow 8:6")],
        )
        .with("PARTY_0", "A", 100_u8)
        .with("PARTY_1", "C", -1_i64)
        .with("PARTY_0", "F", true),
        Case::new(
            "constant arithmetic",
            "const MY_CONST: usize = min(PARTY_0::N, PARTY_1::N) + 5usize;
const DEPENDENT: usize = max(MY_CONST, PARTY_1::N - 2usize) + 6usize;
const LOW: i16 = max(PARTY_0::LOW, -3i16) - 1i16;
pub fn main(x: u16, i: usize) -> (u16, usize, i16) {
    let array = [x; DEPENDENT];
    (array[i] + DEPENDENT as u16, MY_CONST, LOW)
}",
            &[
                (&["1", "20"], "(22, 7, -4)"),
                (&["1", "21"], "OutOfBounds 6:6"),
                (&["65515", "0"], "Overflow 6:6"),
            ],
        )
        .with("PARTY_0", "N", 2_usize)
        .with("PARTY_1", "N", 17_usize)
        .with("PARTY_0", "LOW", -9_i16),
        Case::new(
            "constant sizes in types",
            "const N: usize = PARTY_0::N;
struct Table { rows: [u8; N] }
pub fn main(a: [u8; N], i: usize) -> (u8, Table) {
    let mut table = Table { rows: a };
    for x in [1u8; N] {
        table.rows[i] += x;
    }
    (sum(a), table)
}
fn sum(a: [u8; N]) -> u8 {
    let mut sum = 0u8;
    for x in a {
        sum += x;
    }
    sum
}",
            &[
                (&["[1, 2, 3, 4]", "2"], "(10, Table {rows: [1, 2, 7, 4]})"),
                (&["[252, 0, 0, 3]", "0"], "Overflow 6:15"),
            ],
        )
        .with("PARTY_0", "N", 4_usize),
        Case::new(
            "constant expressions as sizes",
            "const N: usize = PARTY_0::N;
pub fn main(i: usize, a: [i32; const { N + 1usize - 2usize }]) -> i32 {
    a[i]
}",
            &[(&["1", "[5, -6]"], "-6"), (&["2", "[5, -6]"], "OutOfBounds 3:5")],
        )
        .with("PARTY_0", "N", 3_usize),
        Case::new(
            "join loop",
            "pub fn main(rows1: [([u8; 3], u16); 5], rows2: [([u8; 3], u16, u16); 3]) -> u16 {
    let mut result = 0u16;
    for row in join_iter(rows1, rows2) {
        let ((_, a), (_, b, c)) = row;
        result = result + a + b + c;
    }
    result
}",
            &[
                (
                    &[
                        "[([1, 1, 1], 0), ([1, 1, 2], 10), ([2, 0, 0], 1), ([2, 0, 9], 2), ([3, 0, 0], 3)]",
                        "[([2, 0, 9], 4, 5), ([2, 9, 0], 6, 7), ([3, 0, 0], 8, 9)]",
                    ],
                    "31",
                ),
                (
                    &[
                        "[([1, 1, 1], 65000), ([1, 1, 2], 10), ([2, 0, 0], 1), ([2, 0, 9], 65000), ([3, 0, 0], 600)]",
                        "[([2, 0, 9], 0, 0), ([2, 9, 0], 6, 7), ([3, 0, 0], 0, 0)]",
                    ],
                    "Overflow 5:18",
                ),
                (
                    &[
                        "[([1, 1, 1], 65000), ([1, 1, 2], 10), ([2, 0, 0], 1), ([2, 0, 8], 65000), ([3, 0, 1], 600)]",
                        "[([2, 0, 9], 0, 0), ([2, 9, 0], 6, 7), ([3, 0, 0], 0, 0)]",
                    ],
                    "0",
                ),
            ],
        ),
        Case::new(
            "a join loop goes in ascending order",
            "pub fn main(rows1: [(i8, u8); 4], rows2: [(i8, u8); 3]) -> ([i8; 3], u8) {
    let mut keys = [0i8; 3];
    let mut n = 0usize;
    let mut last = 0u8;
    for ((key, a), (_, b)) in join_iter(rows1, rows2) {
        keys[n] = key;
        n += 1;
        last = a - b;
    }
    (keys, last)
}",
            &[
                (
                    &["[(-128, 1), (-1, 2), (0, 3), (127, 9)]", "[(-128, 1), (-1, 2), (127, 5)]"],
                    "([-128, -1, 127], 4)",
                ),
                (
                    &["[(-128, 1), (-1, 2), (0, 3), (127, 9)]", "[(-100, 1), (-1, 9), (0, 9)]"],
                    "Overflow 8:16",
                ),
            ],
        ),
        Case::new(
            "join",
            "pub fn main(rows1: [[u8; 3]; 5], rows2: [[u8; 3]; 3]) -> [(bool, [u8; 3]); const { 5usize + 3usize - 1usize }] {
    join(rows1, rows2)
}",
            &[(
                &[
                    "[[1, 1, 1], [1, 1, 1], [2, 0, 0], [2, 0, 9], [3, 0, 0]]",
                    "[[2, 0, 9], [2, 9, 0], [3, 0, 0]]",
                ],
                "[(false, [0, 0, 0]), (false, [0, 0, 0]), (false, [0, 0, 0]), (false, [0, 0, 0]), \
                 (false, [0, 0, 0]), (true, [2, 0, 9]), (true, [3, 0, 0])]",
            )],
        ),
        Case::new(
            "join with data",
            "enum Kind { None, Some(u8) }
pub fn main(a: [(u16, Kind); 3], b: [(u16, bool); 4]) -> [(bool, (u16, Kind), (u16, bool)); const { 3usize + 4usize - 1usize }] {
    join(a, b)
}",
            &[(
                &[
                    "[(3, Kind::Some(7)), (256, Kind::None), (65535, Kind::Some(9))]",
                    "[(3, true), (4, false), (256, true), (65535, false)]",
                ],
                "[(false, (0, Kind::None), (0, false)), (false, (0, Kind::None), (0, false)), \
                 (false, (0, Kind::None), (0, false)), (true, (3, Kind::Some(7)), (3, true)), \
                 (true, (256, Kind::None), (256, true)), (true, (65535, Kind::Some(9)), (65535, false))]",
            )],
        ),
        Case::new(
            "join of sizes that parties choose",
            "const ROWS_0: usize = PARTY_0::ROWS;
const ROWS_1: usize = PARTY_1::ROWS;
pub fn main(a: [u8; ROWS_0], b: [u8; ROWS_1]) -> [(bool, u8); const { ROWS_0 + ROWS_1 - 1usize }] {
    join(a, b)
}",
            &[
                (&["[1, 2, 3]", "[3]"], "[(false, 0), (false, 0), (true, 3)]"),
                (&["[1, 2, 3]", "[0]"], "[(false, 0), (false, 0), (false, 0)]"),
                (&["[1, 1, 1]", "[1]"], "[(false, 0), (false, 0), (true, 1)]"),
            ],
        )
        .with("PARTY_0", "ROWS", 3_usize)
        .with("PARTY_1", "ROWS", 1_usize),
        Case::new(
            "a loop over a join",
            "pub fn main(a: [(u8, u16); 4], b: [(u8, u16); 3]) -> (u16, u8) {
    let mut sum = 0u16;
    let mut count = 0u8;
    for (joined, (_, x), (_, y)) in join(a, b) {
        if joined {
            sum += x * y;
            count += 1;
        }
    }
    (sum, count)
}",
            &[
                (&["[(1, 10), (2, 20), (3, 30), (9, 1)]", "[(2, 3), (3, 4), (7, 5)]"], "(180, 2)"),
                (
                    &["[(1, 10), (2, 256), (3, 30), (9, 1)]", "[(2, 256), (3, 4), (7, 5)]"],
                    "Overflow 6:20",
                ),
            ],
        ),
        Case::new(
            "pairs in front, sums behind",
            "pub fn main(a: [(u16, u16, u32); 3]) -> [((u16, u16), u32); 3] {
    let mut b = [((0u16, 0u16), 0u32); 3];
    let mut i = 0usize;
    for elem in a {
        let (x, y, z) = elem;
        b[i] = ((x, y), z);
        i += 1;
    }
    b
}",
            &[(
                &["(1, 2, 3)", "(4, 5, 6)", "(7, 8, 9)"],
                "[((1, 2), 3), ((4, 5), 6), ((7, 8), 9)]",
            )],
        ),
    ]
}
