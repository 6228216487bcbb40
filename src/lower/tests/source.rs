//! Texts on which the front end of `garble_lang` would hang, fill the memory, overflow its stack or panic.

use garble_lang::GarbleConsts;

use super::{Limits, LowerError, Position, check, lower_source, refused, result};

fn message(source: &str) -> String {
    match refused(source) {
        LowerError::Source { message } => message,
        error => panic!("{error:?}"),
    }
}

/// A program whose function has the statements and returns its argument.
fn main_with(statements: &str) -> String {
    format!("pub fn main(x: u8) -> u8 {{ {statements} x }}")
}

#[test]
fn mistakes_after_a_clause_with_braces() {
    let clauses =
        |rest| format!("\n pub fn main(x: bool) -> u8 {{ match x {{ true => {{ 1u8 }} {rest}");
    let error = message(&clauses("fal se => { 2u8 } } }"));
    let excerpt = "
Parse error on line 2:61.
Expected `=>`, found `se`:
       | 
   2 > |  pub fn main(x: bool) -> u8 { match x { true => { 1u8 } fal se => { 2u8 } } }
     > |                                                             ^^
";
    assert_eq!(error, excerpt);
    assert!(message(&clauses("; } }")).contains("line 2:57.\nExpected a pattern, found `;`"));
    let cut = message(&clauses(""));
    assert!(
        cut.contains("Expected a pattern, found the end of the text"),
        "{cut}"
    );
    let cut = message(&clauses("false => {"));
    let expected = "line 2:67.\nExpected `}` for the bracket that is open since line 2:66, \
                    found the end of the text";
    assert!(cut.contains(expected), "{cut}");
    let next = message(&clauses("false => { 2u8 } } fn f() -> u8 { 1u8 }"));
    assert!(
        next.contains("is open since line 2:29, found `fn`"),
        "{next}"
    );
    assert!(message(&clauses("false => 2u8 ) }")).contains("Expected `;`, found `)`"));
    let program = clauses("false => if x { 2u8 } else { 3u8 } } }");
    assert!(check(&program, &Limits::default()).is_ok());
}

#[test]
fn hints_at_what_the_grammar_lacks() {
    let unit = message(&main_with("let u = ();"));
    assert!(unit.contains("`()` cannot be written as an expression, but `({})` can"));
    let index = message(&main_with("let y = [x; 2][1 - x];"));
    assert!(index.contains("Expected `]`; an index that is computed cannot begin with"));
    let field = message("enum E { A((u8, u8)) } pub fn main(x: E) -> u8 { 1 }");
    assert!(field.contains("The first field of a variant can be neither"));
    let range = message(&main_with("match x { 0..0 => 1u8, _ => 2u8 };"));
    assert!(range.contains("There is no number in this range"));
}

#[test]
fn comments_that_are_not_closed() {
    let open = |source: &str| match refused(source) {
        LowerError::OpenComment { position } => (position.line, position.column),
        error => panic!("{error:?}"),
    };
    assert_eq!(open("// /*\n é /* /* */"), (2, 4));
    assert_eq!(open("/*/"), (1, 1));
    assert_eq!(open(&"/*".repeat(100_000)), (1, 1));
    for comment in ["/* /* */ **/", "// /*", "/**//*/*/**/*/*/", "/* é // */"] {
        let program = format!("{comment}\n{}", main_with(""));
        assert!(check(&program, &Limits::default()).is_ok(), "{comment}");
    }
    let divided = main_with("let mut y = x; y /= 2; y /=/**/x; let z = y*/**/y / x;");
    assert!(check(&divided, &Limits::default()).is_ok());
}

#[test]
fn errors_that_would_nest_the_parser() {
    let let_mut = "{ let mut a = + } ; ".repeat(10_000);
    assert!(
        message(&main_with(&let_mut)).contains("line 1:42.\nExpected an expression, found `+`")
    );
    let closer = format!(") }} fn g() -> u8 {{ {}", "(".repeat(100_000));
    assert!(message(&main_with(&closer)).contains("Expected an expression, found `)`"));
}

#[test]
fn chains_of_calls_are_bounded() {
    let chain = |functions: usize, body: &str| {
        let mut source = main_with("f0(x);");
        for i in 0..functions {
            source += &format!("fn f{i}(x: u8) -> u8 {{ {body} f{}(x) }}\n", i + 1);
        }
        source + &format!("fn f{functions}(x: u8) -> u8 {{ x }}")
    };
    let at = |source: &str| check(source, &Limits::default());
    assert!(at(&chain(300, "")).is_ok());
    assert!(matches!(
        at(&chain(5000, "")),
        Err(LowerError::TooDeep { .. })
    ));
    let deep = "!".repeat(1500);
    assert!(at(&chain(2, &deep)).is_ok());
    assert!(matches!(
        at(&chain(100, &deep)),
        Err(LowerError::TooDeep { .. })
    ));
    let cycle = "fn f(x: u8) -> u8 { g(x) } fn g(x: u8) -> u8 { f(x) }";
    let error = message(&format!("{} {cycle}", main_with("f(x);")));
    assert!(error.contains("recursively"), "{error}");
}

#[test]
fn types_that_double_are_bounded() {
    let refused_at = |source: &str| {
        let error = refused(source);
        let LowerError::TooMuchChecking { position, .. } = error else {
            panic!("{error:?}");
        };
        assert!(position > Position::default());
    };
    let doubled = |n: usize| {
        let lets = (1..n).map(|i| format!("let t{i} = (t{}, t{});", i - 1, i - 1));
        main_with(&format!("let t0 = x; {}", lets.collect::<String>()))
    };
    assert!(check(&doubled(10), &Limits::default()).is_ok());
    refused_at(&doubled(60));
    let joins = (1..60).map(|i| format!("let j{i} = join(j{}, j{});", i - 1, i - 1));
    let joins = joins.collect::<String>();
    refused_at(&format!(
        "pub fn main(a: [u8; 4], b: [u8; 4]) -> u8 {{ let j0 = join(a, b); {joins} 1u8 }}"
    ));
    let wide = format!(
        "let t = ({} x); {}",
        "x, ".repeat(50_000),
        "t; ".repeat(30_000)
    );
    refused_at(&main_with(&wide));
    // The same variables again and again are no larger type.
    let swaps = "let t = (t.1, (t.0).0 , t); let t = (t.0, t.1);".repeat(200);
    let swaps = format!(
        "let t = ((x, x), (x, x)); {}",
        swaps.replace("(t.0).0 ", "x")
    );
    assert!(check(&main_with(&swaps), &Limits::default()).is_ok());
}

#[test]
fn matches_are_bounded() {
    let bools = |n: usize| {
        let types = vec!["bool"; n].join(", ");
        format!("pub fn main(x: ({types})) -> u8 {{ match x {{ _ => 1u8 }} }}")
    };
    assert!(check(&bools(12), &Limits::default()).is_ok());
    let error = refused(&bools(40));
    assert!(
        matches!(error, LowerError::TooMuchChecking { .. }),
        "{error:?}"
    );
    // Signed numbers are not split.
    let signed = bools(100).replace("bool", "i32");
    assert!(check(&signed, &Limits::default()).is_ok());
    for types in ["enum T { A, B(T) }", "struct T { t: (bool, T) }"] {
        let error = refused(&format!(
            "{types}\npub fn main(x: T) -> u8 {{ match x {{ _ => 1u8 }} }}"
        ));
        let LowerError::Unsupported { position, what } = error else {
            panic!("{error:?}");
        };
        assert_eq!((position.line, what.contains("itself")), (2, true));
    }
    let long = "pub fn main(x: u64) -> u64 { match x { 0 => 1, 7..9 => 2, _ => 3 } }";
    assert!(lower_source(long, &GarbleConsts::new(), &Limits::default()).is_ok());
}

#[test]
fn panics_of_the_checker_have_a_place() {
    let rest = "struct S { a: u8, b: u8 }
pub fn main(s: S) -> u8 { match s { S { a: 1, b: 2 } => 1u8, S { a, .. } => a } }";
    let error = refused(rest);
    assert!(
        matches!(
            error,
            LowerError::Unsupported {
                position: Position { line: 2, .. },
                ..
            }
        ),
        "{error:?}"
    );
    let constant = "struct S { a: u8 }\n const C: S = P::C;
pub fn main(x: u8) -> u8 { match C { _ => x } }";
    let error = refused(constant);
    let at = Position { line: 2, column: 1 };
    assert!(
        matches!(error, LowerError::Unsupported { position, .. } if position.line == at.line),
        "{error:?}"
    );
}

#[test]
fn places_are_those_that_people_count() {
    for (source, place) in [
        ("pub fn main(x: u8) -> u8 { x + y }", "line 1:32"),
        ("pub fn main(x: u8) -> u8 {\n x + y }", "line 2:6"),
        ("pub fn main(x: u8) -> u8 {\ny\n}", "line 2:1"),
        ("pub fn main(x: u8) -> u8 { $ }", "line 1:28"),
        ("pub fn main(x: u8) -> u8 {\n x $ }", "line 2:4"),
    ] {
        let message = message(source);
        assert!(message.contains(&format!(" on {place}.")), "{message}");
    }
    let oddly_placed = "pub fn main(a: u8, b: u8) -> u8 {\na + b\n}";
    assert_eq!(result(oddly_placed, &["200", "100"]), "Overflow: a + b");
}

#[test]
fn long_lists_of_errors_are_cut() {
    let params = "a: u8, ".repeat(5000);
    let body = "a;\n".repeat(20_000);
    let source = format!("fn f({params}) -> u8 {{ {body} a }} {}", main_with("f(x);"));
    assert!(message(&source).len() < 70_000);
}
