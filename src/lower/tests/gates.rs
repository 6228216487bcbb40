//! What programs cost in AND gates, the checks for overflow included.

use super::{compile, compile_with};

fn ands(source: &str) -> usize {
    compile(source).circuit.and_gates()
}

fn op(ty: &str, result: &str, op: &str) -> usize {
    ands(&format!(
        "pub fn main(a: {ty}, b: {ty}) -> {result} {{ a {op} b }}"
    ))
}

fn at_most(limit: usize, gates: usize) {
    assert!(gates <= limit, "{gates} AND gates, at most {limit} wanted");
}

#[test]
fn operators_are_cheap() {
    at_most(33, op("u32", "u32", "+"));
    at_most(34, op("u32", "u32", "-"));
    at_most(33, op("i32", "i32", "+"));
    at_most(34, op("i32", "i32", "-"));
    for compare in ["<", ">", "<=", ">="] {
        at_most(33, op("u32", "bool", compare));
        at_most(33, op("i32", "bool", compare));
    }
    at_most(31, op("u32", "bool", "=="));
    at_most(31, op("u32", "bool", "!="));
    at_most(2050, op("u32", "u32", "*"));
    at_most(1120, op("u32", "u32", "/"));
    at_most(1120, op("u32", "u32", "%"));
    at_most(
        32,
        ands("pub fn main(c: bool, a: u32, b: u32) -> u32 { if c { a } else { b } }"),
    );
}

#[test]
fn sums_and_maxima_are_cheap() {
    at_most(
        530,
        ands("pub fn main(a: [u32; 16]) -> u32 { let mut s = 0u32; for x in a { s = s + x; } s }"),
    );
    at_most(
        1060,
        ands(
            "pub fn main(a: [u32; 16]) -> u32 {
                let mut m = 0u32;
                for x in a { if x > m { m = x; } }
                m
            }",
        ),
    );
}

#[test]
fn rearranging_is_free() {
    let source = "
        pub fn main(from: [(u16, u16, u32); 8], x: u16) -> [((u16, u16), u32); 8] {
            let mut to = [((0u16, 0u16), 0u32); 8];
            let mut i = 0usize;
            for (a, b, c) in from { to[i] = ((a, b), c); i += 1; }
            to[3].0.1 = x;
            to
        }";
    assert_eq!(ands(source), 0);
    let shift = "
        pub fn main(arr: [u16; 500], x: u16) -> [u16; 500] {
            let mut arr2 = [0u16; 500];
            arr2[0] = x;
            for i in 1usize..500usize { arr2[i] = arr[i - 1usize] }
            arr2
        }";
    assert_eq!(ands(shift), 0);
    assert!(compile(shift).panics.is_empty());
}

#[test]
fn a_check_costs_one_gate() {
    // Ten sums of independent inputs: ten carries, and nine gates that join them.
    let sums = "pub fn main(a: [u8; 10], b: [u8; 10]) -> [u8; 10] {
        let mut s = [0u8; 10];
        for i in 0usize..10usize { s[i] = a[i] + b[i]; }
        s
    }";
    assert_eq!(ands(sums), 10 * 8 + 9);
    let lowered = compile(sums);
    assert_eq!(lowered.panics.len(), 1);
    assert_eq!(lowered.circuit.outputs(), 1 + 80);
}

#[test]
fn a_branch_with_checks_costs_one_gate_more() {
    let source = |body: &str| {
        let params = "c: bool, a: [u8; 4], b: [u8; 4], d: [u8; 4], e: [u8; 4]";
        format!("pub fn main({params}) -> [u8; 4] {{ {body} }}")
    };
    let sums = |x: &str, y: &str| {
        let sum = |i: usize| format!("{x}[{i}] + {y}[{i}]");
        format!("[{}, {}, {}, {}]", sum(0), sum(1), sum(2), sum(3))
    };
    let plain = ands(&source(&sums("a", "b")));
    let branch = ands(&source(&format!(
        "if c {{ {} }} else {{ d }}",
        sums("a", "b")
    )));
    // One multiplexer per bit of the result, one gate for the branch.
    assert_eq!(branch, plain + 32 + 1);
    let both = ands(&source(&format!(
        "if c {{ {} }} else {{ {} }}",
        sums("a", "b"),
        sums("d", "e")
    )));
    // The other branch starts with what the first one left: no gate for that.
    assert_eq!(both, plain + 32 + 1 + 32 + 4);
}

#[test]
fn a_repeated_check_is_free() {
    let once = ands("pub fn main(a: [u8; 5], i: usize) -> (u8, u8) { (a[i], 0) }");
    let twice = ands("pub fn main(a: [u8; 5], i: usize) -> (u8, u8) { (a[i], a[i]) }");
    assert_eq!(once, twice);
}

#[test]
fn an_index_costs_one_multiplexer_less_than_there_are_elements() {
    let source = "pub fn main(a: [u16; 11], i: u8) -> u16 { a[(i & 7) as usize] }";
    // Eight of eleven can be meant, which needs no check either.
    assert_eq!(ands(source), 7 * 16);
    assert!(compile(source).panics.is_empty());
}

#[test]
fn the_large_join_is_small() {
    let source = "
        const N: usize = A::N;
        const M: usize = B::M;
        pub fn main(a: [[u8; 16]; N], b: [[u8; 16]; M]) -> [(bool, [u8; 16]); const { N + M - 1usize }] {
            join(a, b)
        }";
    let lowered = compile_with(source, &[("A::N", 100), ("B::M", 100)]);
    at_most(340_000, lowered.circuit.and_gates());
}

#[test]
fn a_branch_round_a_secret_store_is_nearly_free() {
    let store = |body: &str| {
        ands(&format!(
            "pub fn main(mut a: [u32; 16], i: u8, x: u32, b: bool, c: bool) -> [u32; 16] {{
                let i = (i & 15) as usize; {body} a }}"
        ))
    };
    let plain = store("a[i] = x;");
    assert_eq!(plain, 16 * 32 + 13);
    // The condition goes into the wires that select the element.
    at_most(plain + 4, store("if b { a[i] = x; }"));
    at_most(plain + 5, store("if b { if c { a[i] = x; } }"));
}

#[test]
fn a_write_in_nested_branches_is_merged_once() {
    let nested = "pub fn main(b: bool, c: bool, d: bool, x: u32, y: u32) -> u32 {
        let mut r = x; if b { if c { if d { r = y; } } } r }";
    assert_eq!(ands(nested), 32 + 2);
    let clauses = "pub fn main(n: u8, x: u32, y: u32, z: u32) -> u32 {
        let mut r = x;
        match n & 7 { 0 => {} 1 => r = y, 2 => {} 3 => {} 4 => r = z, _ => {} }
        r }";
    at_most(2 * 32 + 16, ands(clauses));
}
