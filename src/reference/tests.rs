use garble_lang::literal::Literal;
use garble_lang::token::UnsignedNumType;
use garble_lang::{GarbleConsts, TypedProgram};

use super::{Error, Limits, Panic, PanicReason, Stop, evaluate, evaluate_all};

/// The type checker recurses without bounds, so it gets a large stack.
fn check(text: &str) -> TypedProgram {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(1 << 30);
        let thread = thread.spawn_scoped(scope, || garble_lang::check(text));
        let program = thread.expect("a thread starts").join();
        program
            .expect("the checker does not panic")
            .map_err(|error| error.prettify(text))
            .expect("the program is well typed")
    })
}

fn run(text: &str, inputs: &[Literal]) -> Result<Literal, Stop> {
    evaluate(&check(text), &GarbleConsts::new(), inputs)
}

fn run_within(text: &str, limits: Limits) -> Result<Literal, Stop> {
    let inputs = [vec![Literal::from(1_u8)]];
    let mut results =
        evaluate_all(&check(text), &GarbleConsts::new(), &inputs, limits).expect("a thread starts");
    results.pop().expect("there is a result for each input")
}

#[test]
fn results_and_panics() {
    let text = "\npub fn main(a: u8, b: u8) -> u8 {\n    a + 100 / b\n}";
    let inputs = |a: u8, b: u8| [Literal::from(a), Literal::from(b)];
    assert_eq!(run(text, &inputs(1, 50)), Ok(Literal::from(3_u8)));
    let panic = |reason, column| {
        let line = 3;
        Err(Stop::Panic(Panic {
            reason,
            line,
            column,
        }))
    };
    assert_eq!(run(text, &inputs(255, 0)), panic(PanicReason::DivByZero, 9));
    assert_eq!(run(text, &inputs(255, 1)), panic(PanicReason::Overflow, 5));
}

#[test]
fn inputs_must_be_of_their_types() {
    let text = "pub fn main(a: [u8; 2], b: (bool, i8)) -> u8 { a[0] }";
    let a = Literal::from([1_u8, 2]);
    let b = Literal::Tuple(vec![Literal::True, Literal::from(-1_i8)]);
    assert_eq!(run(text, &[a.clone(), b.clone()]), Ok(Literal::from(1_u8)));
    let count = |expected, actual| Err(Stop::Error(Error::InputCount { expected, actual }));
    assert_eq!(run(text, std::slice::from_ref(&a)), count(2, 1));

    let party = |wrong: &[Literal]| match run(text, wrong) {
        Err(Stop::Error(Error::Input { party, .. })) => party,
        other => panic!("the input should be refused: {other:?}"),
    };
    let u8_literal = |n| Literal::NumUnsigned(n, UnsignedNumType::U8);
    assert_eq!(party(&[Literal::from([1_u8, 2, 3]), b.clone()]), 0);
    assert_eq!(party(&[Literal::from([1_u16, 2]), b.clone()]), 0);
    assert_eq!(
        party(&[Literal::Array(vec![u8_literal(256), u8_literal(0)]), b]),
        0
    );
    assert_eq!(party(&[a.clone(), Literal::Tuple(vec![Literal::True])]), 1);

    let range = Literal::Range(254, 256, UnsignedNumType::U8);
    let b = Literal::Tuple(vec![Literal::False, Literal::from(0_i8)]);
    assert_eq!(run(text, &[range, b.clone()]), Ok(Literal::from(254_u8)));
    let repeat = Literal::ArrayRepeat(Box::new(Literal::from(7_u8)), 2);
    assert_eq!(run(text, &[repeat, b]), Ok(Literal::from(7_u8)));
}

#[test]
fn a_join_of_unsorted_arrays_is_an_error() {
    let text = "pub fn main(a: [(u8, u8); 2], b: [(u8, u8); 2]) -> u8 {
    let mut sum = 0u8;
    for ((_, x), (_, y)) in join_iter(a, b) { sum += x + y; }
    sum
}";
    let sorted = Literal::from([(1_u8, 10_u8), (2, 20)]);
    let unsorted = Literal::from([(2_u8, 10_u8), (1, 20)]);
    let repeated = Literal::from([(2_u8, 10_u8), (2, 20)]);
    let sum = run(text, &[sorted.clone(), sorted.clone()]);
    assert_eq!(sum, Ok(Literal::from(60_u8)));
    for wrong in [unsorted, repeated] {
        let result = run(text, &[sorted.clone(), wrong]);
        assert_eq!(result, Err(Stop::Error(Error::Unsorted)));
    }
}

#[test]
fn steps_are_bounded() {
    let text = "pub fn main(a: u8) -> u8 {
    let mut n = 0u64;
    for _ in 0..1000 { for _ in 0..1000 { n += 1; } }
    a
}";
    assert_eq!(run_within(text, Limits::default()), Ok(Literal::from(1_u8)));
    let limits = Limits {
        steps: 100_000,
        ..Limits::default()
    };
    let result = run_within(text, limits);
    assert_eq!(result, Err(Stop::Error(Error::TooManySteps)));
}

#[test]
fn collections_are_bounded_however_they_are_made() {
    let limits = Limits {
        cells: 50_000,
        ..Limits::default()
    };
    let bodies = [
        "let x = [a; 100000]; a",
        "let x = 0usize..100000usize; a",
        "let x = [[a; 300]; 300]; x == x; let mut s = a; for y in x { for z in y { s ^= z; } } s",
        "let mut x = [a; 1000]; for i in 0..1000 { let y = x; x[i] = 2; } a",
    ];
    for (body, fits) in bodies.into_iter().zip([false, false, true, false]) {
        let text = format!("pub fn main(a: u8) -> u8 {{ {body} }}");
        let result = run_within(&text, limits);
        let expected = if fits {
            Ok(Literal::from(1_u8))
        } else {
            Err(Stop::Error(Error::TooLarge))
        };
        assert_eq!(result, expected, "{text}");
    }
    let text = "pub fn main(a: u8) -> [[u8; 300]; 300] { [[a; 300]; 300] }";
    let result = run_within(text, limits);
    assert_eq!(result, Err(Stop::Error(Error::TooLarge)));
}

#[test]
fn nesting_is_bounded() {
    let sum = |terms: usize| format!("pub fn main(a: u64) -> u64 {{ a{} }}", " + a".repeat(terms));
    let input = [Literal::from(1_u64)];
    assert_eq!(run(&sum(1900), &input), Ok(Literal::from(1901_u64)));
    assert_eq!(run(&sum(2100), &input), Err(Stop::Error(Error::TooDeep)));

    // Each line makes a deeper value without nesting in the text.
    let wrap = |lines: usize| {
        let lines = "let x = (x,);\n".repeat(lines);
        format!("pub fn main(a: u64) -> u64 {{\nlet x = a;\n{lines}a }}")
    };
    assert_eq!(run(&wrap(90), &input), Ok(Literal::from(1_u64)));
    assert_eq!(run(&wrap(110), &input), Err(Stop::Error(Error::TooDeep)));
}

#[test]
fn types_in_themselves_are_errors() {
    for text in [
        "struct S { s: [S; 1] }\npub fn main(a: u8) -> u8 { a }",
        "enum E { A, B(E) }\npub fn main(a: u8) -> u8 { a }",
        "struct S { e: E }\nenum E { A(S) }\npub fn main(a: u8) -> u8 { a }",
    ] {
        let result = run(text, &[Literal::from(1_u8)]);
        assert_eq!(result, Err(Stop::Error(Error::TooDeep)), "{text}");
    }
}
