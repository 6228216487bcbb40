//! Every operator against wide integers: all pairs of small words, corners and random pairs of wide
//! ones.

use super::super::{Bit, Circuit, Graph, Word};
use super::{Flagged, Operator, binary, flagged, run, vectors};

const WIDTHS: [usize; 9] = [1, 2, 3, 4, 5, 6, 16, 32, 64];

fn mask(width: usize) -> i128 {
    (1 << width) - 1
}

fn signed(number: u64, width: usize) -> i128 {
    let number = i128::from(number);
    if number >> (width - 1) & 1 == 1 {
        number - (1 << width)
    } else {
        number
    }
}

/// `value` modulo 2^width, and above it a bit that says whether `value` is out of the range of a
/// word.
fn wrapped(value: i128, width: usize, is_signed: bool) -> u128 {
    let range = if is_signed {
        -(1i128 << (width - 1))..1 << (width - 1)
    } else {
        0..1 << width
    };
    (value & mask(width)) as u128 | u128::from(!range.contains(&value)) << width
}

fn check(name: &str, width: usize, circuit: &Circuit, expected: impl Fn(u64, u64) -> Option<u128>) {
    let pairs = vectors(width);
    for (&(a, b), actual) in pairs.iter().zip(run(circuit, &pairs)) {
        if let Some(expected) = expected(a, b) {
            assert_eq!(actual, expected, "{name} of {a} and {b} with {width} bits");
        }
    }
}

#[test]
fn sums_differences_and_products_with_overflow() {
    type Meaning = fn(i128, i128) -> i128;
    let operators: [(&str, Flagged, bool, Meaning); 6] = [
        ("add", Graph::add, false, |a, b| a + b),
        ("add_signed", Graph::add_signed, true, |a, b| a + b),
        ("sub", Graph::sub, false, |a, b| a - b),
        ("sub_signed", Graph::sub_signed, true, |a, b| a - b),
        // Up to 64 bits: a product of unsigned words exceeds i128 there, see below.
        ("mul", Graph::mul, false, |a, b| {
            a.checked_mul(b).unwrap_or(i128::MAX)
        }),
        ("mul_signed", Graph::mul_signed, true, |a, b| a * b),
    ];
    for (name, operator, is_signed, meaning) in operators {
        for width in WIDTHS {
            let circuit = binary(width, |graph, a, b| {
                let (mut word, flag) = operator(graph, a, b);
                word.push(flag);
                word
            });
            check(name, width, &circuit, |a, b| {
                if name == "mul" {
                    let product = u128::from(a) * u128::from(b);
                    let overflow = product >> width != 0;
                    return Some(product & mask(width) as u128 | u128::from(overflow) << width);
                }
                let number = |n| {
                    if is_signed {
                        signed(n, width)
                    } else {
                        i128::from(n)
                    }
                };
                Some(wrapped(meaning(number(a), number(b)), width, is_signed))
            });
        }
    }
}

#[test]
fn negation_with_overflow() {
    for width in WIDTHS {
        let circuit = binary(width, |graph, a, _| {
            let (mut word, flag) = graph.neg(a);
            word.push(flag);
            word
        });
        check("neg", width, &circuit, |a, _| {
            Some(wrapped(-signed(a, width), width, true))
        });
    }
}

#[test]
fn division_and_remainder() {
    for width in WIDTHS {
        let circuit = binary(width, |graph, a, b| {
            let (quotient, remainder) = graph.div_rem(a, b);
            [quotient, remainder].concat()
        });
        check("div_rem", width, &circuit, |a, b| {
            (b != 0).then(|| u128::from(a / b) | u128::from(a % b) << width)
        });
    }
    for width in WIDTHS {
        if width == 64 {
            continue;
        }
        let circuit = binary(width, |graph, a, b| {
            let (quotient, remainder, overflow) = graph.div_rem_signed(a, b);
            [quotient, remainder, vec![overflow]].concat()
        });
        check("div_rem_signed", width, &circuit, |a, b| {
            let (a, b) = (signed(a, width), signed(b, width));
            if b == 0 {
                return None;
            }
            let quotient = wrapped(a / b, width, true);
            let overflow = quotient >> width;
            let quotient = quotient & mask(width) as u128;
            Some(quotient | (((a % b) & mask(width)) as u128) << width | overflow << (2 * width))
        });
    }
}

#[test]
fn signed_division_of_64_bits() {
    let quotients = binary(64, |graph, a, b| {
        let (quotient, _, overflow) = graph.div_rem_signed(a, b);
        [quotient, vec![overflow]].concat()
    });
    check("quotient", 64, &quotients, |a, b| {
        (b != 0).then(|| wrapped(signed(a, 64) / signed(b, 64), 64, true))
    });
    let remainders = binary(64, |graph, a, b| graph.div_rem_signed(a, b).1);
    check("remainder", 64, &remainders, |a, b| {
        (b != 0).then(|| ((signed(a, 64) % signed(b, 64)) & mask(64)) as u128)
    });
}

#[test]
fn comparisons() {
    for width in WIDTHS {
        let circuit = binary(width, |graph, a, b| {
            vec![
                graph.eq(a, b),
                graph.lt(a, b),
                graph.lt_signed(a, b),
                graph.is_zero(a),
            ]
        });
        check("comparison", width, &circuit, |a, b| {
            let bits = [a == b, a < b, signed(a, width) < signed(b, width), a == 0];
            Some(
                bits.iter()
                    .rev()
                    .fold(0, |value, &bit| value << 1 | u128::from(bit)),
            )
        });
    }
}

#[test]
fn choice() {
    for width in WIDTHS {
        let circuit = binary(width, |graph, a, b| graph.mux_word(a[0], a, b));
        check("mux_word", width, &circuit, |a, b| {
            Some(u128::from(if a & 1 == 1 { a } else { b }))
        });
    }
}

#[test]
fn shifts_by_words() {
    for width in WIDTHS {
        let circuits = [
            binary(width, |graph, a, b| graph.shl(a, b)),
            binary(width, |graph, a, b| graph.shr(a, b)),
            binary(width, |graph, a, b| graph.shr_signed(a, b)),
        ];
        let far = |b: u64| b >= width as u64;
        check("shl", width, &circuits[0], |a, b| {
            Some(if far(b) {
                0
            } else {
                u128::from(a) << b & mask(width) as u128
            })
        });
        check("shr", width, &circuits[1], |a, b| {
            Some(if far(b) { 0 } else { u128::from(a) >> b })
        });
        check("shr_signed", width, &circuits[2], |a, b| {
            let distance = b.min(width as u64 - 1);
            Some((signed(a, width) >> distance & mask(width)) as u128)
        });
    }
}

#[test]
fn constant_operands() {
    let width = 5;
    let operators: [(&str, Operator); 8] = [
        ("add", |g, a, b| flagged(g.add(a, b))),
        ("sub", |g, a, b| flagged(g.sub(a, b))),
        ("mul", |g, a, b| flagged(g.mul(a, b))),
        ("mul_signed", |g, a, b| flagged(g.mul_signed(a, b))),
        ("div_rem", |g, a, b| {
            let (quotient, remainder) = g.div_rem(a, b);
            [quotient, remainder].concat()
        }),
        ("div_rem_signed", |g, a, b| {
            let (quotient, remainder, overflow) = g.div_rem_signed(a, b);
            [quotient, remainder, vec![overflow]].concat()
        }),
        ("comparison", |g, a, b| {
            vec![g.eq(a, b), g.lt(a, b), g.lt_signed(a, b)]
        }),
        ("shift", |g, a, b| {
            [g.shl(a, b), g.shr(a, b), g.shr_signed(a, b)].concat()
        }),
    ];
    for (name, operator) in operators {
        let general = binary(width, operator);
        for number in 0..1u64 << width {
            let constant: Word = (0..width)
                .map(|bit| Bit::from(number >> bit & 1 == 1))
                .collect();
            let right = binary(width, |graph, a, _| operator(graph, a, &constant));
            let left = binary(width, |graph, _, b| operator(graph, &constant, b));
            let divides = name.starts_with("div");
            if !(divides && number == 0) {
                check(name, width, &right, |a, _| {
                    Some(run(&general, &[(a, number)])[0])
                });
            }
            check(name, width, &left, |_, b| {
                (!divides || b != 0).then(|| run(&general, &[(number, b)])[0])
            });
            assert!(
                right.and_gates() <= general.and_gates(),
                "{name} by {number}"
            );
            assert!(
                left.and_gates() <= general.and_gates(),
                "{name} of {number}"
            );
        }
    }
}

/// A cast from fewer bits: the upper bits are zeros or copies of the sign.
#[test]
fn extended_operands() {
    let (narrow, width) = (3, 6);
    for (name, is_signed, operator) in [
        ("mul", false, (|g, a, b| flagged(g.mul(a, b))) as Operator),
        ("mul_signed", true, |g, a, b| flagged(g.mul_signed(a, b))),
        ("div", false, |g, a, b| g.div_rem(a, b).0),
        ("rem", false, |g, a, b| g.div_rem(a, b).1),
        ("div_signed", true, |g, a, b| g.div_rem_signed(a, b).0),
        ("rem_signed", true, |g, a, b| g.div_rem_signed(a, b).1),
    ] {
        let general = binary(width, operator);
        let extend = |word: &[Bit]| {
            let fill = if is_signed {
                word[narrow - 1]
            } else {
                Bit::FALSE
            };
            let mut wide = word[..narrow].to_vec();
            wide.resize(width, fill);
            wide
        };
        let cast = |number: u64| {
            let number = number & mask(narrow) as u64;
            let number = if is_signed {
                signed(number, narrow)
            } else {
                i128::from(number)
            };
            (number & mask(width)) as u64
        };
        let right = binary(width, |graph, a, b| operator(graph, a, &extend(b)));
        let both = binary(width, |graph, a, b| operator(graph, &extend(a), &extend(b)));
        let divides = name != "mul" && name != "mul_signed";
        check(name, width, &right, |a, b| {
            (!divides || cast(b) != 0).then(|| run(&general, &[(a, cast(b))])[0])
        });
        check(name, width, &both, |a, b| {
            (!divides || cast(b) != 0).then(|| run(&general, &[(cast(a), cast(b))])[0])
        });
        assert!(right.and_gates() < general.and_gates(), "{name}");
        assert!(both.and_gates() < right.and_gates(), "{name}");
    }
}

#[test]
fn squares() {
    for width in WIDTHS.into_iter().chain([7, 9]) {
        let operators: [Flagged; 2] = [Graph::mul, Graph::mul_signed];
        for operator in operators {
            let general = binary(width, |graph, a, b| flagged(operator(graph, a, b)));
            let square = binary(width, |graph, a, _| flagged(operator(graph, a, a)));
            check("square", width, &square, |a, _| {
                Some(run(&general, &[(a, a)])[0])
            });
            assert!(width < 3 || square.and_gates() < general.and_gates());
        }
    }
}
