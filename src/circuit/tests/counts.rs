//! AND gates per operator, overflow checks included: what the documentation states, exactly.

use super::super::{Bit, Graph, Word};
use super::{Operator, binary, flagged};

#[test]
fn operators() {
    let expected: [(&str, Operator, [usize; 4]); 18] = [
        ("add", |g, a, b| flagged(g.add(a, b)), [8, 16, 32, 64]),
        (
            "add_signed",
            |g, a, b| flagged(g.add_signed(a, b)),
            [8, 16, 32, 64],
        ),
        ("sub", |g, a, b| flagged(g.sub(a, b)), [8, 16, 32, 64]),
        (
            "sub_signed",
            |g, a, b| flagged(g.sub_signed(a, b)),
            [8, 16, 32, 64],
        ),
        ("neg", |g, a, _| flagged(g.neg(a)), [7, 15, 31, 63]),
        ("mul", |g, a, b| flagged(g.mul(a, b)), [68, 218, 758, 2798]),
        (
            "mul_signed",
            |g, a, b| flagged(g.mul_signed(a, b)),
            [68, 222, 770, 2826],
        ),
        (
            "square",
            |g, a, _| flagged(g.mul(a, a)),
            [21, 105, 465, 1953],
        ),
        (
            "square_signed",
            |g, a, _| flagged(g.mul_signed(a, a)),
            [28, 120, 496, 2016],
        ),
        (
            "quotient",
            |g, a, b| g.div_rem(a, b).0,
            [49, 165, 589, 2205],
        ),
        (
            "quotient and remainder",
            |g, a, b| joined(g.div_rem(a, b)),
            [64, 196, 652, 2332],
        ),
        (
            "quotient, signed",
            |g, a, b| g.div_rem_signed(a, b).0,
            [70, 210, 682, 2394],
        ),
        (
            "remainder, signed",
            |g, a, b| g.div_rem_signed(a, b).1,
            [85, 241, 745, 2521],
        ),
        ("eq", |g, a, b| vec![g.eq(a, b)], [7, 15, 31, 63]),
        ("lt", |g, a, b| vec![g.lt(a, b)], [8, 16, 32, 64]),
        (
            "lt_signed",
            |g, a, b| vec![g.lt_signed(a, b)],
            [8, 16, 32, 64],
        ),
        (
            "mux_word",
            |g, a, b| g.mux_word(a[0], a, b),
            [8, 16, 32, 64],
        ),
        (
            "shl by log2(w) bits",
            |g, a, b| g.shl(a, &b[..a.len().ilog2() as usize]),
            [24, 64, 160, 384],
        ),
    ];
    for (name, operator, counts) in expected {
        let actual = [8, 16, 32, 64].map(|width| binary(width, operator).and_gates());
        assert_eq!(actual, counts, "{name}");
    }
}

#[test]
fn constant_operands() {
    let expected: [(&str, Operator, u64, usize); 14] = [
        ("mul", |g, a, b| flagged(g.mul(a, b)), 10, 32),
        ("mul", |g, a, b| flagged(g.mul(a, b)), 64, 5),
        ("mul", |g, a, b| flagged(g.mul(a, b)), 1, 0),
        ("mul, product only", |g, a, b| g.mul(a, b).0, 10, 28),
        ("quotient", |g, a, b| g.div_rem(a, b).0, 16, 0),
        ("quotient", |g, a, b| g.div_rem(a, b).0, 10, 59),
        ("remainder", |g, a, b| g.div_rem(a, b).1, 16, 0),
        ("remainder", |g, a, b| g.div_rem(a, b).1, 10, 61),
        (
            "quotient, signed",
            |g, a, b| g.div_rem_signed(a, b).0,
            16,
            31,
        ),
        (
            "remainder, signed",
            |g, a, b| g.div_rem_signed(a, b).1,
            16,
            6,
        ),
        ("eq", |g, a, b| vec![g.eq(a, b)], 10, 31),
        ("lt", |g, a, b| vec![g.lt(a, b)], 16, 27),
        ("shl", |g, a, b| g.shl(a, b), 3, 0),
        ("shr_signed", |g, a, b| g.shr_signed(a, b), 3, 0),
    ];
    for (name, operator, number, count) in expected {
        let constant: Word = (0..32)
            .map(|bit| Bit::from(number >> bit & 1 == 1))
            .collect();
        let circuit = binary(32, |graph, a, _| operator(graph, a, &constant));
        assert_eq!(circuit.and_gates(), count, "{name} by {number}");
    }
}

/// Several operators together, as programs have them.
#[test]
fn sums_and_maxima() {
    let mut graph = Graph::new();
    let words: Vec<Word> = (0..16)
        .map(|_| (0..32).map(|_| graph.input(0)).collect())
        .collect();
    let (mut sum, mut flags) = (words[0].clone(), Vec::new());
    for word in &words[1..] {
        let (next, overflow) = graph.add(&sum, word);
        sum = next;
        flags.push(overflow);
    }
    sum.push(graph.or_all(&flags));
    assert_eq!(graph.finish(&[512], &sum).and_gates(), 15 * 32 + 14);

    let mut graph = Graph::new();
    let words: Vec<Word> = (0..16)
        .map(|_| (0..32).map(|_| graph.input(0)).collect())
        .collect();
    let maximum = words[1..].iter().fold(words[0].clone(), |most, word| {
        let less = graph.lt(&most, word);
        graph.mux_word(less, word, &most)
    });
    assert_eq!(graph.finish(&[512], &maximum).and_gates(), 15 * 64);
}

/// A test for zero costs one AND gate where the same number is a divisor or a factor.
#[test]
fn tests_of_one_word_share_their_gates() {
    let division = |graph: &mut Graph, a: &[Bit], b: &[Bit]| {
        let mut word = graph.div_rem(a, b).0;
        word.push(graph.is_zero(b));
        word
    };
    assert_eq!(binary(32, division).and_gates(), 589 + 1);
    let comparisons = |graph: &mut Graph, a: &[Bit], _: &[Bit]| {
        let number = |number: u32| -> Word {
            (0..32)
                .map(|bit| Bit::from(number >> bit & 1 == 1))
                .collect()
        };
        vec![
            graph.eq(a, &number(3)),
            graph.eq(a, &number(5)),
            graph.lt(a, &number(4)),
            graph.is_zero(a),
        ]
    };
    assert!(binary(32, comparisons).and_gates() <= 31 + 8);
}

fn joined((quotient, remainder): (Word, Word)) -> Word {
    [quotient, remainder].concat()
}
