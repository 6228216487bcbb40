//! Every operator on every number type, against `i128`: all operands up to 8 bits, corners and random ones above.

use garble_lang::literal::Literal;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{PanicReason, batch, compile};

const TYPES: [(&str, u32, bool); 9] = [
    ("u8", 8, false),
    ("i8", 8, true),
    ("u16", 16, false),
    ("i16", 16, true),
    ("u32", 32, false),
    ("i32", 32, true),
    ("usize", 32, false),
    ("u64", 64, false),
    ("i64", 64, true),
];

fn range(bits: u32, signed: bool) -> (i128, i128) {
    if signed {
        (-(1 << (bits - 1)), (1 << (bits - 1)) - 1)
    } else {
        (0, (1 << bits) - 1)
    }
}

fn wrapped(n: i128, bits: u32, signed: bool) -> i128 {
    let low = n & ((1 << bits) - 1);
    if signed && low >> (bits - 1) == 1 {
        low - (1 << bits)
    } else {
        low
    }
}

/// All numbers of 8 bits; corners and some random numbers of wider types.
fn numbers(bits: u32, signed: bool, random: usize, rng: &mut ChaCha8Rng) -> Vec<i128> {
    let (min, max) = range(bits, signed);
    if bits == 8 {
        return (min..=max).collect();
    }
    let mut numbers: Vec<i128> = vec![min, min + 1, min + 2, max - 2, max - 1, max];
    for shift in 0..bits {
        let power = 1i128 << shift;
        numbers.extend([power - 1, power, power + 1, -power - 1, -power, -power + 1]);
    }
    for _ in 0..random {
        // Short and long ones alike.
        let shift = rng.random_range(0..bits);
        let n = wrapped(rng.random::<u64>().into(), bits, signed);
        numbers.push(n >> shift);
    }
    numbers.retain(|n| (min..=max).contains(n));
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

fn pairs(xs: &[i128], ys: &[i128]) -> Vec<Vec<i128>> {
    let all = xs.iter().flat_map(|x| ys.iter().map(|y| vec![*x, *y]));
    all.collect()
}

fn number(literal: &Literal) -> i128 {
    match literal {
        Literal::NumUnsigned(n, _) => (*n).into(),
        Literal::NumSigned(n, _) => (*n).into(),
        Literal::True => 1,
        Literal::False => 0,
        other => panic!("not a number: {other}"),
    }
}

type Model<'a> = &'a dyn Fn(i128, i128) -> Result<i128, PanicReason>;

fn check(source: &str, cases: &[Vec<i128>], model: Model) {
    let lowered = compile(source);
    for (case, actual) in cases.iter().zip(batch(&lowered, cases)) {
        let actual = actual.map(|literal| number(&literal));
        let expected = model(case[0], case.get(1).copied().unwrap_or(0));
        assert_eq!(actual, expected, "{source} of {case:?}");
    }
}

#[test]
fn arithmetic() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    for (ty, bits, signed) in TYPES {
        let (min, max) = range(bits, signed);
        let fits = |n: i128| match (min..=max).contains(&n) {
            true => Ok(n),
            false => Err(PanicReason::Overflow),
        };
        let xs = numbers(bits, signed, 20, &mut rng);
        let cases = pairs(&xs, &xs);
        let ops: [(&str, Model); 5] = [
            ("+", &|x, y| fits(x + y)),
            ("-", &|x, y| fits(x - y)),
            ("*", &|x, y| fits(x.saturating_mul(y))),
            ("/", &|x, y| match y {
                0 => Err(PanicReason::DivByZero),
                _ => fits(x / y),
            }),
            ("%", &|x, y| match y {
                0 => Err(PanicReason::DivByZero),
                _ => fits(x / y).map(|_| x % y),
            }),
        ];
        for (op, model) in ops {
            let source = format!("pub fn main(x: {ty}, y: {ty}) -> {ty} {{ x {op} y }}");
            check(&source, &cases, model);
        }
        if signed {
            let source = format!("pub fn main(x: {ty}) -> {ty} {{ -x }}");
            let cases: Vec<Vec<i128>> = xs.iter().map(|x| vec![*x]).collect();
            check(&source, &cases, &|x, _| fits(-x));
        }
    }
}

#[test]
fn bits_and_comparisons() {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    for (ty, bits, signed) in TYPES {
        let xs = numbers(bits, signed, 20, &mut rng);
        let cases = pairs(&xs, &xs);
        let ops: [(&str, &str, Model); 9] = [
            ("&", ty, &|x, y| Ok(x & y)),
            ("|", ty, &|x, y| Ok(x | y)),
            ("^", ty, &|x, y| Ok(x ^ y)),
            ("==", "bool", &|x, y| Ok((x == y).into())),
            ("!=", "bool", &|x, y| Ok((x != y).into())),
            ("<", "bool", &|x, y| Ok((x < y).into())),
            (">", "bool", &|x, y| Ok((x > y).into())),
            ("<=", "bool", &|x, y| Ok((x <= y).into())),
            (">=", "bool", &|x, y| Ok((x >= y).into())),
        ];
        for (op, to, model) in ops {
            let source = format!("pub fn main(x: {ty}, y: {ty}) -> {to} {{ x {op} y }}");
            check(&source, &cases, model);
        }
        let cases: Vec<Vec<i128>> = xs.iter().map(|x| vec![*x]).collect();
        let source = format!("pub fn main(x: {ty}) -> {ty} {{ !x }}");
        check(&source, &cases, &|x, _| Ok(wrapped(!x, bits, signed)));
    }
}

#[test]
fn booleans() {
    let cases = pairs(&[0, 1], &[0, 1]);
    let ops: [(&str, Model); 7] = [
        ("&", &|x, y| Ok(x & y)),
        ("|", &|x, y| Ok(x | y)),
        ("^", &|x, y| Ok(x ^ y)),
        ("&&", &|x, y| Ok(x & y)),
        ("||", &|x, y| Ok(x | y)),
        ("==", &|x, y| Ok((x == y).into())),
        ("!=", &|x, y| Ok((x != y).into())),
    ];
    for (op, model) in ops {
        let source = format!("pub fn main(x: bool, y: bool) -> bool {{ x {op} y }}");
        check(&source, &cases, model);
    }
    let source = "pub fn main(x: bool) -> bool { !x }";
    check(source, &[vec![0], vec![1]], &|x, _| Ok(1 - x));
}

#[test]
fn shifts() {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let amounts: Vec<i128> = (0..=255).collect();
    for (ty, bits, signed) in TYPES {
        let xs = numbers(bits, signed, 20, &mut rng);
        let cases = pairs(&xs, &amounts);
        let width = i128::from(bits);
        let left: Model = &|x, y| match y < width {
            true => Ok(wrapped(x << y, bits, signed)),
            false => Err(PanicReason::Overflow),
        };
        let right: Model = &|x, y| match y < width {
            true => Ok(x >> y),
            false => Err(PanicReason::Overflow),
        };
        for (op, model) in [("<<", left), (">>", right)] {
            let source = format!("pub fn main(x: {ty}, y: u8) -> {ty} {{ x {op} y }}");
            check(&source, &cases, model);
        }
    }
}

#[test]
fn casts() {
    let mut rng = ChaCha8Rng::seed_from_u64(4);
    for (from, from_bits, from_signed) in TYPES {
        let xs = numbers(from_bits, from_signed, 50, &mut rng);
        let cases: Vec<Vec<i128>> = xs.iter().map(|x| vec![*x]).collect();
        for (to, bits, signed) in TYPES {
            let source = format!("pub fn main(x: {from}) -> {to} {{ x as {to} }}");
            check(&source, &cases, &|x, _| Ok(wrapped(x, bits, signed)));
        }
        let source = format!("pub fn main(x: {from}) -> bool {{ x as bool }}");
        check(&source, &cases, &|x, _| Ok(x & 1));
        let source = format!("pub fn main(x: bool) -> {from} {{ x as {from} }}");
        check(&source, &[vec![0], vec![1]], &|x, _| Ok(x));
    }
}

/// One operand constant: other rules of the graph apply.
#[test]
fn constant_operands() {
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    for (ty, bits, signed) in TYPES {
        let (min, max) = range(bits, signed);
        let fits = |n: i128| match (min..=max).contains(&n) {
            true => Ok(n),
            false => Err(PanicReason::Overflow),
        };
        let xs = numbers(bits, signed, 10, &mut rng);
        let cases: Vec<Vec<i128>> = xs.iter().map(|x| vec![*x]).collect();
        let constants = [
            0,
            1,
            2,
            3,
            7,
            10,
            16,
            100,
            -1,
            -2,
            -7,
            min,
            max,
            max / 2 + 1,
        ];
        for c in constants.into_iter().filter(|c| (min..=max).contains(c)) {
            for op in ["+", "-", "*", "/", "%"] {
                let by_zero = c == 0 && matches!(op, "/" | "%");
                let source = format!("pub fn main(x: {ty}) -> {ty} {{ x {op} {c}{ty} }}");
                check(&source, &cases, &|x, _| match op {
                    _ if by_zero => Err(PanicReason::DivByZero),
                    "+" => fits(x + c),
                    "-" => fits(x - c),
                    "*" => fits(x.saturating_mul(c)),
                    "/" => fits(x / c),
                    _ => fits(x / c).map(|_| x % c),
                });
                let source = format!("pub fn main(x: {ty}) -> {ty} {{ {c}{ty} {op} x }}");
                check(&source, &cases, &|x, _| match (op, x) {
                    ("/" | "%", 0) => Err(PanicReason::DivByZero),
                    ("+", _) => fits(c + x),
                    ("-", _) => fits(c - x),
                    ("*", _) => fits(c.saturating_mul(x)),
                    ("/", _) => fits(c / x),
                    _ => fits(c / x).map(|_| c % x),
                });
            }
        }
    }
}
