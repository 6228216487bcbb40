//! Integers: arithmetic, comparison, shifts, casts, and their panics.

use super::Case;

pub fn cases() -> Vec<Case> {
    vec![
        Case::new(
            "add",
            "pub fn main(a: u8, b: u8) -> u8 {\n    a + b\n}",
            &[
                (&["2", "3"], "5"),
                (&["255", "0"], "255"),
                (&["200", "55"], "255"),
                (&["200", "56"], "Overflow 2:5"),
                (&["255", "255"], "Overflow 2:5"),
            ],
        ),
        Case::new(
            "signed add",
            "\npub fn main(a: i8, b: i8) -> i8 { a + b }",
            &[
                (&["100", "27"], "127"),
                (&["100", "28"], "Overflow 2:35"),
                (&["-100", "-28"], "-128"),
                (&["-100", "-29"], "Overflow 2:35"),
                (&["-128", "127"], "-1"),
            ],
        ),
        Case::new(
            "sub",
            "\npub fn main(a: u16, b: u16) -> u16 { a - b }",
            &[
                (&["65535", "65535"], "0"),
                (&["5", "3"], "2"),
                (&["3", "5"], "Overflow 2:38"),
            ],
        ),
        Case::new(
            "signed sub",
            "\npub fn main(a: i16, b: i16) -> i16 { a - b }",
            &[
                (&["3", "5"], "-2"),
                (&["-32768", "0"], "-32768"),
                (&["-32768", "1"], "Overflow 2:38"),
                (&["32767", "-1"], "Overflow 2:38"),
                (&["0", "-32768"], "Overflow 2:38"),
                (&["-1", "-32768"], "32767"),
            ],
        ),
        Case::new(
            "mul",
            "\npub fn main(a: u32, b: u32) -> u32 { a * b }",
            &[
                (&["65535", "65537"], "4294967295"),
                (&["65536", "65536"], "Overflow 2:38"),
                (&["0", "4294967295"], "0"),
                (&["1", "4294967295"], "4294967295"),
            ],
        ),
        Case::new(
            "signed mul",
            "\npub fn main(a: i8, b: i8) -> i8 { a * b }",
            &[
                (&["-16", "8"], "-128"),
                (&["16", "8"], "Overflow 2:35"),
                (&["-128", "-1"], "Overflow 2:35"),
                (&["-128", "1"], "-128"),
                (&["-11", "-11"], "121"),
            ],
        ),
        Case::new(
            "mul by a constant",
            "\npub fn main(a: i8, b: u8) -> (i8, u8, i8) { (a * 3, 5 * b, -2i8 * a) }",
            &[
                (&["42", "51"], "(126, 255, -84)"),
                (&["43", "51"], "Overflow 2:46"),
                (&["-42", "52"], "Overflow 2:53"),
                (&["-42", "1"], "(-126, 5, 84)"),
            ],
        ),
        Case::new(
            "u64",
            "\npub fn main(a: u64, b: u64) -> (u64, u64, u64) { (a / b, a % b, (a ^ b) >> 1) }",
            &[
                (
                    &["18446744073709551615", "10"],
                    "(1844674407370955161, 5, 9223372036854775802)",
                ),
                (
                    &["7", "18446744073709551615"],
                    "(0, 7, 9223372036854775804)",
                ),
                (&["7", "0"], "DivByZero 2:51"),
            ],
        ),
        Case::new(
            "i64",
            "pub fn main(a: i64, b: i64) -> (i64, i64) {\n    let product = a * b;\n    (product, a / b)\n}",
            &[
                (
                    &["-9223372036854775808", "1"],
                    "(-9223372036854775808, -9223372036854775808)",
                ),
                (&["-9223372036854775808", "-1"], "Overflow 2:19"),
                (
                    &["4611686018427387904", "-2"],
                    "(-9223372036854775808, -2305843009213693952)",
                ),
                (&["3037000500", "3037000500"], "Overflow 2:19"),
            ],
        ),
        Case::new(
            "signed division truncates",
            "\npub fn main(a: i8, b: i8) -> (i8, i8) { (a / b, a % b) }",
            &[
                (&["7", "2"], "(3, 1)"),
                (&["-7", "2"], "(-3, -1)"),
                (&["7", "-2"], "(-3, 1)"),
                (&["-7", "-2"], "(3, -1)"),
                (&["-128", "1"], "(-128, 0)"),
                (&["-128", "127"], "(-1, -1)"),
                (&["127", "-128"], "(0, 127)"),
                (&["-128", "-1"], "Overflow 2:42"),
                (&["1", "0"], "DivByZero 2:42"),
            ],
        ),
        Case::new(
            "the remainder overflows with the quotient",
            "\npub fn main(a: i32, b: i32) -> i32 { a % b }",
            &[
                (&["-2147483648", "-1"], "Overflow 2:38"),
                (&["-2147483647", "-1"], "0"),
                (&["-2147483648", "2147483647"], "-1"),
                (&["5", "0"], "DivByZero 2:38"),
            ],
        ),
        Case::new(
            "negation",
            "\npub fn main(a: i8, b: i64) -> (i8, i64) { (-a, -b) }",
            &[
                (&["127", "-5"], "(-127, 5)"),
                (&["-127", "0"], "(127, 0)"),
                (&["-128", "0"], "Overflow 2:44"),
                (&["0", "-9223372036854775808"], "Overflow 2:48"),
            ],
        ),
        Case::new(
            "bitwise",
            "\npub fn main(a: u8, b: u8) -> (u8, u8, u8, u8) { (a & b, a | b, a ^ b, !a) }",
            &[
                (&["12", "10"], "(8, 14, 6, 243)"),
                (&["255", "0"], "(0, 255, 255, 0)"),
            ],
        ),
        Case::new(
            "signed bitwise",
            "\npub fn main(a: i16, b: i16) -> (i16, i16, i16, i16) { (a & b, a | b, a ^ b, !a) }",
            &[
                (&["-1", "5"], "(5, -1, -6, 0)"),
                (&["-32768", "32767"], "(0, -1, -1, 32767)"),
            ],
        ),
        Case::new(
            "shifts",
            "\npub fn main(a: u8, n: u8) -> (u8, u8) { (a << n, a >> n) }",
            &[
                (&["255", "0"], "(255, 255)"),
                (&["255", "3"], "(248, 31)"),
                (&["129", "7"], "(128, 1)"),
                (&["1", "8"], "Overflow 2:42"),
                (&["0", "255"], "Overflow 2:42"),
            ],
        ),
        Case::new(
            "signed shifts",
            "\npub fn main(a: i16, n: u8) -> (i16, i16) { (a << n, a >> n) }",
            &[
                (&["-32768", "15"], "(0, -1)"),
                (&["-3", "1"], "(-6, -2)"),
                (&["16384", "1"], "(-32768, 8192)"),
                (&["1", "15"], "(-32768, 0)"),
                (&["1", "16"], "Overflow 2:45"),
            ],
        ),
        Case::new(
            "shift by a number, wide",
            "\npub fn main(a: u64, b: i64) -> (u64, i64) { (a << 63, b >> 63) }",
            &[
                (&["3", "-1"], "(9223372036854775808, -1)"),
                (&["2", "9223372036854775807"], "(0, 0)"),
            ],
        ),
        Case::new(
            "comparisons",
            "pub fn main(a: u8, b: u8) -> (bool, bool, bool, bool, bool, bool) {
    (a < b, a > b, a <= b, a >= b, a == b, a != b)
}",
            &[
                (&["1", "2"], "(true, false, true, false, false, true)"),
                (&["200", "100"], "(false, true, false, true, false, true)"),
                (&["128", "128"], "(false, false, true, true, true, false)"),
            ],
        ),
        Case::new(
            "signed comparisons",
            "pub fn main(a: i32, b: i32) -> (bool, bool, bool, bool, bool, bool) {
    (a < b, a > b, a <= b, a >= b, a == b, a != b)
}",
            &[
                (&["-1", "0"], "(true, false, true, false, false, true)"),
                (
                    &["2147483647", "-2147483648"],
                    "(false, true, false, true, false, true)",
                ),
                (&["-7", "-7"], "(false, false, true, true, true, false)"),
            ],
        ),
        Case::new(
            "widening casts keep the number",
            "pub fn main(a: i8, b: u8) -> (i16, i32, i64, u16, u64, i64, u32) {
    (a as i16, a as i32, a as i64, b as u16, b as u64, b as i64, b as u32)
}",
            &[
                (&["-1", "255"], "(-1, -1, -1, 255, 255, 255, 255)"),
                (&["-128", "128"], "(-128, -128, -128, 128, 128, 128, 128)"),
                (&["127", "0"], "(127, 127, 127, 0, 0, 0, 0)"),
            ],
        ),
        Case::new(
            "casts of negative numbers wrap to unsigned ones",
            "pub fn main(a: i16) -> (u8, u16, u32, u64, usize, i8, i64) {
    (a as u8, a as u16, a as u32, a as u64, a as usize, a as i8, a as i64)
}",
            &[
                (
                    &["-1"],
                    "(255, 65535, 4294967295, 18446744073709551615, 4294967295, -1, -1)",
                ),
                (
                    &["-32768"],
                    "(0, 32768, 4294934528, 18446744073709518848, 4294934528, 0, -32768)",
                ),
                (&["511"], "(255, 511, 511, 511, 511, -1, 511)"),
            ],
        ),
        Case::new(
            "narrowing casts",
            "pub fn main(a: u64, b: i64) -> (u8, i8, u32, i32, bool, bool) {
    (a as u8, a as i8, b as u32, b as i32, a as bool, b as bool)
}",
            &[
                (&["511", "-1"], "(255, -1, 4294967295, -1, true, true)"),
                (
                    &["256", "2147483648"],
                    "(0, 0, 2147483648, -2147483648, false, false)",
                ),
            ],
        ),
        Case::new(
            "casts of booleans",
            "pub fn main(a: bool, b: u8) -> (u8, i64, bool, usize) {
    (a as u8, a as i64, (b & 1) as bool, a as usize)
}",
            &[
                (&["true", "3"], "(1, 1, true, 1)"),
                (&["false", "2"], "(0, 0, false, 0)"),
            ],
        ),
        Case::new(
            "operators of booleans",
            "pub fn main(a: bool, b: bool) -> (bool, bool, bool, bool, bool, bool) {
    (a & b, a | b, a ^ b, !a, a == b, a != b)
}",
            &[
                (
                    &["true", "false"],
                    "(false, true, true, false, false, true)",
                ),
                (&["true", "true"], "(true, true, false, false, true, false)"),
                (
                    &["false", "false"],
                    "(false, false, false, true, true, false)",
                ),
            ],
        ),
        Case::new(
            "usize has 32 bits",
            "\npub fn main(a: usize, b: u64) -> (usize, usize) { (a + 1, b as usize) }",
            &[
                (&["4294967294", "4294967296"], "(4294967295, 0)"),
                (&["4294967295", "0"], "Overflow 2:52"),
            ],
        ),
        Case::new(
            "a number without a type is an i32",
            "pub fn main(a: i64, b: i32) -> (i64, i32, i64) {
    let x = 1 - 3;
    let y = if b > 0 { 7 } else { 2147483647 };
    (a + x as i64, b + x, y as i64)
}",
            &[
                (&["10", "5"], "(8, 3, 7)"),
                (&["-1", "0"], "(-3, -2, 2147483647)"),
            ],
        ),
        Case::new(
            "a number without a type takes one where it is used",
            "pub fn main(a: u8, b: u64) -> (u8, u64, bool) {
    let x = 200;
    (a + x, b + x, x > a)
}",
            &[
                (&["55", "1"], "(255, 201, true)"),
                (&["56", "1"], "Overflow 3:6"),
            ],
        ),
        Case::new(
            "a number without a type must fit where it is used",
            "pub fn main(a: u8, b: bool) -> u8 {
    let x = if b { 300 } else { 5 };
    let y = 2 - 4;
    a + (x + y)
}",
            &[
                (&["1", "false"], "Overflow 4:14"),
                (&["1", "true"], "Overflow 4:10"),
            ],
        ),
        Case::new(
            "arithmetic without a type overflows as i32 does",
            "pub fn main(a: bool) -> i64 {
    let x = if a { 2147483647 } else { 1 };
    let y = x + 1;
    y as i64
}",
            &[(&["false"], "2"), (&["true"], "Overflow 3:13")],
        ),
        Case::new(
            "open numbers in collections",
            "pub fn main(a: u16, i: usize) -> (u16, u8, i64) {
    let pair = (3, 4);
    let list = [10, 20, 30];
    let mut sum = 0u8;
    for x in list {
        sum += x;
    }
    (a + pair.0, sum + pair.1, -5i64 + list[i])
}",
            &[
                (&["1", "2"], "(4, 64, 25)"),
                (&["65533", "0"], "Overflow 8:6"),
            ],
        ),
        Case::new(
            "all corners of the literals",
            "pub fn main(_a: bool) -> (i8, i16, i32, i64, u64, i64) {
    (-128i8, -32768i16, -2147483648i32, -9223372036854775808i64, 18446744073709551615u64, -1)
}",
            &[(
                &["true"],
                "(-128, -32768, -2147483648, -9223372036854775808, 18446744073709551615, -1)",
            )],
        ),
        Case::new(
            "compound assignments",
            "pub fn main(a: i32, b: u32, c: bool) -> (i32, u32, bool) {
    let mut x = a;
    x += 5;
    x -= 3;
    x *= 3;
    x /= 2;
    x %= 100;
    let mut y = b;
    y ^= 4;
    y &= 63;
    y |= 2;
    y <<= 3;
    y >>= 1;
    let mut z = c;
    z ^= true;
    z |= false;
    z &= true;
    (x, y, z)
}",
            &[
                (&["10", "5", "true"], "(18, 12, false)"),
                (&["-9", "255", "false"], "(-10, 236, true)"),
                (&["2147483645", "0", "true"], "Overflow 3:5"),
                (&["1073741824", "0", "true"], "Overflow 5:5"),
            ],
        ),
    ]
}
