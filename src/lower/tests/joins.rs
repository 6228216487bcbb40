//! `join` and `join_iter` against merging by hand.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{compile, compile_with, result, shown};

fn listed<T: std::fmt::Display>(items: &[T]) -> String {
    let items: Vec<String> = items.iter().map(T::to_string).collect();
    format!("[{}]", items.join(", "))
}

/// Strictly ascending numbers, each kept with one chance in `of`.
fn sample(rng: &mut ChaCha8Rng, len: usize, range: std::ops::Range<i32>) -> Vec<i32> {
    let mut all: Vec<i32> = range.collect();
    while all.len() > len {
        all.remove(rng.random_range(0..all.len()));
    }
    all
}

#[test]
fn every_size_of_intersection() {
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    for n in 0..10usize {
        for m in 0..10usize {
            if n + m == 0 {
                continue;
            }
            let len = n + m - 1;
            let program = compile(&format!(
                "pub fn main(a: [i8; {n}], b: [i8; {m}]) -> [(bool, i8); const {{ {n}usize + {m}usize - 1usize }}] {{ join(a, b) }}"
            ));
            for _ in 0..4 {
                let (a, b) = (sample(&mut rng, n, -9..9), sample(&mut rng, m, -9..9));
                let common = a.iter().filter(|x| b.contains(x));
                let mut expected: Vec<String> = common.map(|x| format!("(true, {x})")).collect();
                while expected.len() < len {
                    expected.insert(0, "(false, 0)".to_string());
                }
                let (a, b) = (typed(&a, n), typed(&b, m));
                assert_eq!(shown(&program, &[&a, &b]), listed(&expected), "{a} {b}");
            }
        }
    }
}

fn typed(numbers: &[i32], len: usize) -> String {
    if len == 0 {
        "[0; 0]".to_string()
    } else {
        listed(numbers)
    }
}

#[test]
fn duplicates_count_once_without_associated_data() {
    let source = "pub fn main(a: [u8; 4], b: [u8; 3]) -> [(bool, u8); const { 4usize + 3usize - 1usize }] { join(a, b) }";
    let d = "(false, 0), ";
    assert_eq!(
        result(source, &["[1, 5, 5, 7]", "[5, 5, 9]"]),
        format!("[{}(true, 5)]", d.repeat(5))
    );
    assert_eq!(
        result(source, &["[5, 5, 5, 9]", "[5, 9, 9]"]),
        format!("[{}(true, 5), (true, 9)]", d.repeat(4))
    );
}

#[test]
fn pairs_with_associated_data() {
    let source = "
        pub fn main(a: [((i8, bool), u16); 5], b: [((i8, bool), u8, i32); 3])
            -> [(bool, ((i8, bool), u16), ((i8, bool), u8, i32)); const { 5usize + 3usize - 1usize }] { join(a, b) }";
    let a = "[((-128, false), 10), ((-1, false), 11), ((-1, true), 12), ((0, false), 13), ((7, true), 14)]";
    let b = "[((-1, true), 1, -1), ((0, true), 2, -2), ((7, true), 3, -3)]";
    let none = "(false, ((0, false), 0), ((0, false), 0, 0))";
    let expected = format!(
        "[{none}, {none}, {none}, {none}, {none}, \
         (true, ((-1, true), 12), ((-1, true), 1, -1)), (true, ((7, true), 14), ((7, true), 3, -3))]"
    );
    assert_eq!(result(source, &[a, b]), expected);
}

#[test]
fn keys_that_are_enums() {
    let source = "
        enum K { A, B(i8), C(bool, i8) }
        pub fn main(a: [(K, u8); 4], b: [(K, u8); 4]) -> u16 {
            let mut s = 0u16;
            for ((_, x), (_, y)) in join_iter(a, b) { s = s * 100 + ((x * 10 + y) as u16); }
            s
        }";
    let a = "[(K::A, 1), (K::B(-5), 2), (K::B(3), 3), (K::C(true, -1), 4)]";
    let b = "[(K::B(-6), 1), (K::B(-5), 2), (K::C(false, 9), 3), (K::C(true, -1), 4)]";
    assert_eq!(result(source, &[a, b]), "2244");
}

#[test]
fn the_body_runs_for_each_pair_in_order() {
    let mut rng = ChaCha8Rng::seed_from_u64(8);
    for (n, m) in [(1, 1), (1, 6), (3, 2), (4, 4), (5, 8), (7, 7)] {
        let program = compile(&format!(
            "pub fn main(a: [(i16, u8); {n}], b: [(i16, u8); {m}]) -> u32 {{
                let mut s = 1u32;
                for ((key, x), (also_key, y)) in join_iter(a, b) {{
                    s = s * 7 + ((x - y) as u32);
                    if key != also_key {{ s = 0; }}
                }}
                s
            }}"
        ));
        for _ in 0..20 {
            let (a, b) = (sample(&mut rng, n, -10..10), sample(&mut rng, m, -10..10));
            let mut rows = |keys: &[i32], of: std::ops::Range<u8>| -> Vec<(i32, u8)> {
                keys.iter()
                    .map(|key| (*key, rng.random_range(of.clone())))
                    .collect()
            };
            let (a, b) = (rows(&a, 9..20), rows(&b, 0..11));
            let mut expected = Some(1u32);
            for (key, x) in &a {
                if let Some((_, y)) = b.iter().find(|(other, _)| other == key) {
                    expected = expected.and_then(|s| Some(s * 7 + u32::from(x.checked_sub(*y)?)));
                }
            }
            let expected = expected.map_or("Overflow: x - y".to_string(), |s| s.to_string());
            let text = |rows: &[(i32, u8)]| {
                listed(
                    &rows
                        .iter()
                        .map(|(key, x)| format!("({key}, {x})"))
                        .collect::<Vec<_>>(),
                )
            };
            assert_eq!(shown(&program, &[&text(&a), &text(&b)]), expected);
        }
    }
}

#[test]
fn sizes_from_constants() {
    let source = "
        const N: usize = A::N;
        const M: usize = B::M;
        pub fn main(a: [[u8; 2]; N], b: [[u8; 2]; M]) -> [(bool, [u8; 2]); const { N + M - 1usize }] { join(a, b) }";
    let program = compile_with(source, &[("A::N", 2), ("B::M", 3)]);
    let (a, b) = ("[[1, 200], [3, 0]]", "[[1, 199], [1, 200], [2, 7]]");
    let expected = "[(false, [0, 0]), (false, [0, 0]), (false, [0, 0]), (true, [1, 200])]";
    assert_eq!(shown(&program, &[a, b]), expected);
}
