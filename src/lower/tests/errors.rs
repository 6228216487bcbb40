//! Programs and constants that are refused, and limits that hold before memory is spent.

use garble_lang::{
    GarbleConsts,
    literal::Literal,
    token::{SignedNumType, UnsignedNumType},
};

use super::{Limits, LowerError, Position, lower_source, refused, usizes};

fn refused_with(source: &str, consts: &GarbleConsts) -> LowerError {
    match lower_source(source, consts, &Limits::default()) {
        Ok(_) => panic!("not refused: {source}"),
        Err(error) => error,
    }
}

fn main_of(body: &str) -> LowerError {
    refused(&format!(
        "\n pub fn main(a: u8, b: (u8, bool)) -> u8 {{ {body} }}"
    ))
}

#[test]
fn what_the_checker_lets_pass() {
    let refutable = main_of("let (1, x) = b; a");
    assert!(
        matches!(
            refutable,
            LowerError::Refutable {
                position: Position {
                    line: 2,
                    column: 48
                }
            }
        ),
        "{refutable:?}"
    );
    assert!(matches!(
        main_of("let mut s = a; for (x, true) in [b] { s = x; } s"),
        LowerError::Refutable { .. }
    ));
    let range = "let mut s = 0i32; for i in 3000000000..3000000002 { s = s + i; } a";
    assert!(matches!(
        main_of(range),
        LowerError::LiteralOutOfRange {
            value: 3000000001,
            ..
        }
    ));
    let literal = "let x = 3000000000; a";
    assert!(matches!(
        main_of(literal),
        LowerError::LiteralOutOfRange {
            value: 3000000000,
            ..
        }
    ));
    let source = "struct S { p: bool, q: bool }
        pub fn main(s: S) -> u8 { match s { S { q: true, .. } => 1u8, S { p: false, .. } => 2u8 } }";
    assert!(matches!(
        refused(source),
        LowerError::NotExhaustive {
            position: Position { line: 2, .. }
        }
    ));
    let source = "struct S { x: u8 } pub fn main(a: u8) -> u8 { let s = S { x: a, x: 1 }; s.x }";
    assert!(matches!(refused(source), LowerError::DuplicateName { .. }));
    let source = "struct S { x: u8, x: u16 } pub fn main(a: S) -> u8 { 1 }";
    assert!(matches!(refused(source), LowerError::DuplicateName { .. }));
    let source = "enum E { A, B(u8), A } pub fn main(a: E) -> u8 { 1 }";
    assert!(matches!(refused(source), LowerError::DuplicateName { .. }));
    let source = "struct S { s: T } enum T { A, B(S) } pub fn main(a: S) -> u8 { 1 }";
    assert!(matches!(refused(source), LowerError::RecursiveType { .. }));
    let source = "pub fn main(a: [u8; 0], b: [u8; 0]) -> u8 { let j = join(a, b); 1 }";
    assert!(matches!(refused(source), LowerError::Unsupported { .. }));
}

#[test]
fn source_errors_are_kept() {
    let error = refused("pub fn main(a: u8) -> u8 { a + true }");
    let LowerError::Source { message } = error else {
        panic!("{error:?}");
    };
    assert!(message.contains("Type error on line 1"), "{message}");
    assert!(matches!(
        refused("pub fn other(a: u8) -> u8 { a }"),
        LowerError::NoMain
    ));
    let long = " ".repeat(Limits::default().max_source + 1);
    assert!(matches!(refused(&long), LowerError::SourceTooLong { .. }));
}

const SIZED: &str = "const N: usize = PARTY_0::N; pub fn main(a: [u8; N]) -> u8 { 1 }";

#[test]
fn constants_that_are_missing_or_bad() {
    let error = refused(SIZED);
    assert_eq!(
        error.to_string(),
        "1:18: the constant PARTY_0::N is needed but was not provided"
    );
    let with = |literal| {
        let mut consts = usizes(&[("PARTY_0::N", 0)]);
        consts
            .entry("PARTY_0".into())
            .or_default()
            .insert("N".into(), literal);
        refused_with(SIZED, &consts)
    };
    assert!(matches!(
        with(Literal::NumUnsigned(3, UnsignedNumType::U32)),
        LowerError::BadConst { .. }
    ));
    assert!(matches!(
        with(Literal::NumSigned(3, SignedNumType::I32)),
        LowerError::BadConst { .. }
    ));
    assert!(matches!(with(Literal::True), LowerError::BadConst { .. }));
    assert!(matches!(
        with(Literal::Tuple(vec![])),
        LowerError::BadConst { .. }
    ));
    let huge = with(Literal::NumUnsigned(1 << 32, UnsignedNumType::Usize));
    assert!(matches!(
        huge,
        LowerError::ConstOverflow {
            value: 4294967296,
            ..
        }
    ));
    let large = with(Literal::NumUnsigned((1 << 32) - 1, UnsignedNumType::Usize));
    assert!(matches!(large, LowerError::TooLarge { .. }));
}

#[test]
fn arithmetic_of_constants_is_checked() {
    let with = |expr: &str, n| {
        let source = format!(
            "const N: usize = P::N; const M: usize = {expr}; pub fn main(a: u8) -> usize {{ M }}"
        );
        lower_source(&source, &usizes(&[("P::N", n)]), &Limits::default())
    };
    assert!(matches!(
        with("N - 1usize", 0),
        Err(LowerError::ConstOverflow { value: -1, .. })
    ));
    assert!(matches!(
        with("N - 1usize + 1usize", 0),
        Err(LowerError::ConstOverflow { .. })
    ));
    assert!(matches!(
        with("N + N", 1 << 31),
        Err(LowerError::ConstOverflow { .. })
    ));
    assert!(matches!(
        with("max(1usize, N - 1usize)", 0),
        Err(LowerError::ConstOverflow { .. })
    ));
    assert!(matches!(with("max()", 0), Err(LowerError::BadConst { .. })));
    assert!(with("N + N - 1usize", 1 << 30).is_ok());
}

#[test]
fn limits_hold() {
    let small = Limits {
        max_gates: 2_000,
        max_bits: 1_000,
        max_held_bits: 3_000,
        max_work: 1_000_000,
        max_depth: 50,
        ..Limits::default()
    };
    let at = |source: &str| lower_source(source, &GarbleConsts::new(), &small).map(|_| ());
    let body = |body: &str| at(&format!("pub fn main(a: u32, b: u32) -> u32 {{ {body} }}"));
    assert!(matches!(
        body("let x = [a; 32]; 1"),
        Err(LowerError::TooLarge { .. })
    ));
    assert!(body("let x = [a; 31]; 1").is_ok());
    // Nothing in it, but the literal of such a value would be large.
    let nothing = "let u = { let c = a; }; let x = [[u; 50]; 50]; 1";
    assert!(matches!(body(nothing), Err(LowerError::TooLarge { .. })));
    let product = "a * b / (a + 1) % (b + 2) * (a / (b + 3))";
    assert!(matches!(
        body(product),
        Err(LowerError::TooManyGates { .. })
    ));
    let many = "let p = [a; 25]; let q = [a; 25]; let r = [a; 25]; let s = [b; 25]; 1";
    assert!(matches!(body(many), Err(LowerError::TooMuchMemory { .. })));
    // Without a gate, but without end.
    let long = "for i in 0..1000000 { let x = i; } 1";
    assert!(matches!(body(long), Err(LowerError::TooMuchWork { .. })));
    let nested = "for i in 0..1000 { for j in 0..1000 { let x = i; } } 1";
    assert!(matches!(body(nested), Err(LowerError::TooMuchWork { .. })));
    let deep = format!("{}a{}", "(a ^ ".repeat(60), ")".repeat(60));
    assert!(matches!(body(&deep), Err(LowerError::TooDeep { .. })));
    let mut calls = "pub fn main(a: u32) -> u32 { f0(a) }".to_string();
    for i in 0..60 {
        calls += &format!("fn f{i}(x: u32) -> u32 {{ f{}(x) }}", i + 1);
    }
    calls += "fn f60(x: u32) -> u32 { x }";
    assert!(matches!(at(&calls), Err(LowerError::TooDeep { .. })));
}

#[test]
fn exponential_calls_are_stopped() {
    let mut source = "pub fn main(a: u32) -> u32 { f0(a) }".to_string();
    for i in 0..40 {
        source += &format!("fn f{i}(x: u32) -> u32 {{ f{0}(x) ^ f{0}(x) }}", i + 1);
    }
    source += "fn f40(x: u32) -> u32 { x }";
    let limits = Limits {
        max_work: 100_000_000,
        ..Limits::default()
    };
    let error = lower_source(&source, &GarbleConsts::new(), &limits);
    assert!(matches!(error, Err(LowerError::TooMuchWork { .. })));
}

#[test]
fn a_long_sum_is_not_too_deep() {
    let source = format!("pub fn main(a: u32) -> u32 {{ a{} }}", " ^ a".repeat(1500));
    assert!(lower_source(&source, &GarbleConsts::new(), &Limits::default()).is_ok());
}

#[test]
fn sources_that_would_blow_up_are_not_parsed() {
    let deep = [
        format!("{}a{}", "(".repeat(50_000), ")".repeat(50_000)),
        format!("{}a", "!".repeat(50_000)),
        format!("a{}", " ^ a".repeat(50_000)),
        format!("a{}", "[0]".repeat(50_000)),
    ];
    for body in deep {
        let error = main_of(&body);
        assert!(matches!(error, LowerError::TooDeep { .. }), "{error}");
    }
    let large = format!("if a{} {{ a }} else {{ a }}", " <= a".repeat(40));
    assert!(matches!(main_of(&large), LowerError::TreeTooLarge { .. }));
    let large = format!(
        "if {}a{} {{ a }} else {{ a }}",
        "(a <= ".repeat(40),
        ")".repeat(40)
    );
    assert!(matches!(main_of(&large), LowerError::TreeTooLarge { .. }));
    // Long, but neither deep nor repeated.
    let body = format!(
        "let mut x = a; if a > 1{} {{ x = 1; }} {} {} x",
        " && a <= 7".repeat(100),
        "if x >= 3 { x ^= 1; } else { x ^= 2; }".repeat(2000),
        "x = x ^ 5;".repeat(2000),
    );
    let source = format!("pub fn main(a: u8) -> u8 {{ {body} }}");
    assert!(lower_source(&source, &GarbleConsts::new(), &Limits::default()).is_ok());
}
