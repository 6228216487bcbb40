//! Parties, encoding and decoding, and that the same program gives the same circuit.

use garble_lang::{
    GarbleConsts,
    ast::Type,
    literal::Literal,
    token::{SignedNumType, UnsignedNumType},
};

use super::{Limits, Outcome, compile, compile_with, lower_source, usizes};
use crate::lower::{DecodeError, EncodeError, Interface, const_declarations};

const SOURCE: &str = "
    const N: usize = A::N;
    const M: i16 = B::M;
    enum E { U, V(bool, i8), W(bool, [S; N]) }
    struct S { b: u16, a: bool }
    pub fn main(e: E, s: [S; N], n: (i64, u64, usize)) -> (E, [S; N], (i64, u64, usize)) { (e, s, n) }";

fn consts() -> GarbleConsts {
    let mut consts = usizes(&[("A::N", 2)]);
    let m = Literal::NumSigned(-9, SignedNumType::I16);
    consts.entry("B".into()).or_default().insert("M".into(), m);
    consts
}

#[test]
fn parties_and_constants_are_described() {
    let limits = Limits::default();
    let program = crate::lower::check(SOURCE, &limits).expect("checks");
    let wanted = const_declarations(&program);
    let names: Vec<String> = wanted
        .iter()
        .map(|c| format!("{}::{}: {}", c.party, c.name, c.ty))
        .collect();
    assert_eq!(names, ["A::N: usize", "B::M: i16"]);
    assert_eq!(
        (wanted[0].position.line, wanted[0].position.column),
        (2, 22)
    );

    let interface = Interface::new(&program, &consts(), &limits).expect("constants are there");
    let parties: Vec<String> = (interface.parties.iter())
        .map(|party| format!("{}: {} ({} bits)", party.name, party.ty, party.bits))
        .collect();
    assert_eq!(
        parties,
        [
            "e: E (37 bits)",
            "s: [S; 2] (34 bits)",
            "n: (i64, u64, usize) (160 bits)"
        ]
    );
    assert_eq!(interface.result_bits, 37 + 34 + 160);
    assert_eq!(
        interface.consts["M"],
        Literal::NumSigned(-9, SignedNumType::I16)
    );
    assert_eq!(interface.const_sizes["N"], 2);
}

#[test]
fn elements_of_a_single_array_are_parties() {
    let sum = "const N: usize = P::N; pub fn main(x: [u16; N]) -> u16 { x[0] }";
    let lowered = compile_with(sum, &[("P::N", 3)]);
    let names: Vec<&str> = lowered
        .interface
        .parties
        .iter()
        .map(|p| p.name.as_str())
        .collect();
    assert_eq!(names, ["x[0]", "x[1]", "x[2]"]);
    assert_eq!(lowered.circuit.input_bits(), [16, 16, 16]);
    let lowered = compile("pub fn main(x: [u16; const { 1usize + 1usize }]) -> u16 { x[0] }");
    assert_eq!(lowered.circuit.input_bits(), [16, 16]);
    let lowered = compile("pub fn main(x: [u16; 3], y: bool) -> u16 { x[0] }");
    assert_eq!(lowered.circuit.input_bits(), [48, 1]);
}

#[test]
fn bits_are_those_of_garble_lang() {
    let lowered = lower_source(SOURCE, &consts(), &Limits::default()).expect("lowers");
    let interface = &lowered.interface;
    let inputs = [
        vec![
            "E::U",
            "E::V(true, -5)",
            "E::W(true, [S { a: true, b: 1 }, S { b: 65535, a: false }])",
        ],
        vec!["[S { b: 258, a: true }, S { a: false, b: 7 }]"],
        vec![
            "(-9223372036854775808, 18446744073709551615, 4294967295)",
            "(1, 2, 3)",
        ],
    ];
    let mut bits = vec![];
    let mut values = vec![];
    for (party, inputs) in inputs.iter().enumerate() {
        for input in inputs {
            let ty = &interface.parties[party].ty;
            let value = Literal::parse(&interface.definitions, ty, input).expect(input);
            let ours = interface.encode(party, &value).expect(input);
            assert_eq!(
                ours,
                value.as_bits(&interface.definitions, &interface.const_sizes),
                "{input}"
            );
            let back = Literal::from_unwrapped_bits(
                &interface.definitions,
                ty,
                &ours,
                &interface.const_sizes,
            );
            bits.resize(party, vec![]);
            bits.push(ours);
            values.resize(party, Literal::True);
            values.push(back.expect("decodes"));
        }
    }
    let (bits, values) = (bits[..3].to_vec(), values[..3].to_vec());
    let output = lowered.circuit.eval(&bits).expect("fits");
    assert_eq!(
        lowered.decode(&output),
        Ok(Outcome::Value(Literal::Tuple(values)))
    );
}

#[test]
fn wrong_inputs_are_refused() {
    let source = "struct S { b: u8, a: bool } enum E { U, V(u8) }
        pub fn main(n: u8, s: S, a: [i8; 2], e: E, u: usize) -> u8 { n }";
    let lowered = compile(source);
    let refused = |party, value: Literal| {
        let error = lowered.interface.encode(party, &value);
        assert!(
            matches!(error, Err(EncodeError::Type { .. })),
            "{value}: {error:?}"
        );
    };
    let u8 = |n| Literal::NumUnsigned(n, UnsignedNumType::U8);
    let i8 = |n| Literal::NumSigned(n, SignedNumType::I8);
    refused(0, u8(256));
    refused(0, Literal::NumUnsigned(1, UnsignedNumType::U16));
    refused(0, Literal::NumUnsigned(1, UnsignedNumType::Unspecified));
    refused(0, i8(1));
    refused(0, Literal::True);
    refused(4, Literal::NumUnsigned(1 << 32, UnsignedNumType::Usize));
    let field = |name: &str, value| (name.to_string(), value);
    let fields = |fields: Vec<(String, Literal)>| Literal::Struct("S".into(), fields);
    refused(1, fields(vec![field("b", u8(1))]));
    refused(1, fields(vec![field("b", u8(1)), field("b", u8(1))]));
    refused(
        1,
        fields(vec![field("b", u8(1)), field("c", Literal::True)]),
    );
    refused(
        1,
        Literal::Struct(
            "T".into(),
            vec![field("a", Literal::True), field("b", u8(1))],
        ),
    );
    refused(2, Literal::Array(vec![i8(1)]));
    refused(2, Literal::Array(vec![i8(1), i8(128)]));
    refused(2, Literal::ArrayRepeat(Box::new(i8(-129)), 2));
    refused(2, Literal::ArrayRepeat(Box::new(i8(-128)), 3));
    refused(2, Literal::Range(0, 2, UnsignedNumType::U8));
    let variant = |name: &str, values| Literal::Enum("E".into(), name.into(), values);
    use garble_lang::literal::VariantLiteral::{Tuple, Unit};
    refused(3, variant("V", Unit));
    refused(3, variant("V", Tuple(vec![u8(1), u8(2)])));
    refused(3, variant("U", Tuple(vec![])));
    refused(3, variant("X", Unit));
    // Fields in any order.
    let a = fields(vec![field("a", Literal::True), field("b", u8(3))]);
    let b = fields(vec![field("b", u8(3)), field("a", Literal::True)]);
    assert_eq!(
        lowered.interface.encode(1, &a),
        lowered.interface.encode(1, &b)
    );
    let error = lowered.interface.encode(5, &u8(1));
    assert_eq!(
        error,
        Err(EncodeError::NoParty {
            party: 5,
            parties: 5
        })
    );
}

#[test]
fn ranges_and_repetitions_are_values() {
    let lowered = compile("pub fn main(a: [u8; 3], b: u8) -> u8 { b }");
    let u8 = |n| Literal::NumUnsigned(n, UnsignedNumType::U8);
    let listed = |numbers: [u64; 3]| {
        lowered
            .interface
            .encode(0, &Literal::Array(numbers.map(u8).to_vec()))
    };
    let range = Literal::Range(253, 256, UnsignedNumType::U8);
    assert_eq!(lowered.interface.encode(0, &range), listed([253, 254, 255]));
    let repeated = Literal::ArrayRepeat(Box::new(u8(7)), 3);
    assert_eq!(lowered.interface.encode(0, &repeated), listed([7, 7, 7]));
    let beyond = Literal::Range(254, 257, UnsignedNumType::U8);
    assert!(lowered.interface.encode(0, &beyond).is_err());
    let backwards = Literal::Range(3, 0, UnsignedNumType::U8);
    assert!(lowered.interface.encode(0, &backwards).is_err());
}

#[test]
fn wrong_outputs_are_refused() {
    let source = "enum E { A, B, C } pub fn main(x: E, n: u8) -> (E, u8) { (x, n + 9 - 20 + 30) }";
    let lowered = compile(source);
    assert_eq!(lowered.panics.len(), 3);
    let length = |actual| DecodeError::Length {
        expected: 13,
        actual,
    };
    assert_eq!(lowered.decode(&[false; 12]), Err(length(12)));
    assert_eq!(lowered.decode(&[false; 14]), Err(length(14)));
    assert_eq!(lowered.decode(&[]), Err(length(0)));
    let mut bits = vec![false; 13];
    (bits[3], bits[4]) = (true, true);
    let variant = DecodeError::Variant {
        name: "E".into(),
        number: 3,
    };
    assert_eq!(lowered.decode(&bits), Err(variant));
    // After a panic the result is not looked at; the place must exist.
    bits[0] = true;
    assert!(matches!(lowered.decode(&bits), Ok(Outcome::Panic(_))));
    (bits[1], bits[2]) = (true, true);
    assert_eq!(lowered.decode(&bits), Err(DecodeError::Place { number: 3 }));
}

#[test]
fn types_of_results_are_concrete() {
    let source = "const N: usize = P::N;
        pub fn main(a: [u8; N], b: [u8; 2]) -> [(bool, u8); const { N + 2usize - 1usize }] { join(a, b) }";
    let lowered = compile_with(source, &[("P::N", 3)]);
    let pair = Type::Tuple(vec![Type::Bool, Type::Unsigned(UnsignedNumType::U8)]);
    assert_eq!(lowered.interface.result, Type::Array(Box::new(pair), 4));
}

/// Another process would do the same: nothing depends on the order of a hash map, which differs from map to map.
#[test]
fn the_same_program_gives_the_same_circuit() {
    let source = "
        const A: u8 = 3u8;
        const B: u8 = 7u8;
        struct S { x: u8, y: (u8, bool) }
        enum E { P(u8), Q(S) }
        pub fn main(c: bool, a: u8, b: u8, e: E) -> [u8; 4] {
            let mut z = [A, B, a, b];
            let r = if c { let x = a + b; let y = b + A; x ^ y } else { let y = b + A; let x = a + b; x & y };
            match e { E::P(n) => { z[n as usize] = r; } E::Q(S { x, .. }) => { z[0] = x / a; z[1] = b; } }
            if c { z[2] = r ^ (a + b); } else { z[3] = r ^ (b + A) }
            z
        }";
    let first = compile(source);
    for _ in 0..20 {
        let again = compile(source);
        assert_eq!(again.circuit.digest(), first.circuit.digest());
        assert_eq!(again.panics, first.panics);
    }
}
