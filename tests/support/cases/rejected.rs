//! Programs that the type checker lets pass though they mean nothing.

use garble_lang::GarbleConsts;
use garble_lang::garble_consts;

pub fn without_meaning() -> Vec<(&'static str, &'static str, GarbleConsts)> {
    let none = GarbleConsts::new;
    vec![
        (
            "a number too large for the default type",
            "pub fn main(a: u8, _b: u8) -> u64 { let x = 4294967296; a as u64 + x as u64 }",
            none(),
        ),
        (
            "a range beyond its type",
            "pub fn main(a: u8, _b: u8) -> u8 { let mut s = a; for i in 250u8..300 { s ^= i; } s }",
            none(),
        ),
        (
            "a refutable let",
            "pub fn main(a: u8, _b: u8) -> u8 { let (5, x) = (a, a); x }",
            none(),
        ),
        (
            "a refutable loop pattern",
            "pub fn main(a: u8, _b: u8) -> u8 { let mut s = 0u8; for (true, x) in [(false, a)] { s = x; } s }",
            none(),
        ),
        (
            "a field twice",
            "struct S { a: u8, b: u8 }\npub fn main(a: u8, b: u8) -> u8 { let s = S { a: a, a: b }; s.a }",
            none(),
        ),
        (
            "a type in itself",
            "struct S { a: u8, next: T }\nstruct T { s: [S; 0] }\npub fn main(a: u8, _b: S) -> u8 { a }",
            none(),
        ),
        (
            "a missing constant",
            "const A: u8 = PARTY_0::A;\npub fn main(a: u8, _b: u8) -> u8 { a }",
            none(),
        ),
        (
            "a constant of another type",
            "const A: u8 = PARTY_0::A;\npub fn main(a: u8, _b: u8) -> u8 { a }",
            garble_consts!("PARTY_0" => { "A" => 1_u16 }),
        ),
        (
            "constants that overflow",
            "const A: usize = PARTY_0::A - 2usize + 5usize;\npub fn main(a: u8, _b: u8) -> u8 { a }",
            garble_consts!("PARTY_0" => { "A" => 1_usize }),
        ),
        (
            "a constant beyond usize",
            "const A: usize = PARTY_0::A + 1usize;\npub fn main(a: u8, _b: u8) -> u8 { a }",
            garble_consts!("PARTY_0" => { "A" => 4_294_967_295_usize }),
        ),
        (
            "the largest of nothing",
            "const A: usize = max();\npub fn main(a: u8, _b: u8) -> u8 { a }",
            none(),
        ),
        (
            "an array of unheard-of size",
            "const N: usize = PARTY_0::N;\npub fn main(a: u8, _b: u8) -> u8 { let x = [a; N]; x[0] }",
            garble_consts!("PARTY_0" => { "N" => 100_000_000_usize }),
        ),
        (
            "the join of two empty arrays",
            "pub fn main(a: u8, _b: u8) -> u8 { let x = join([a; 0], [a; 0]); a }",
            none(),
        ),
    ]
}
