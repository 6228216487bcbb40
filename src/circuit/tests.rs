//! Tests of the circuit module, and what they share: building an operator's circuit and feeding it
//! numbers.

mod bristol;
mod counts;
mod equivalence;
mod graph;
mod import;
mod operators;
mod optimize;
mod registers;

use super::{Bit, Circuit, Graph, Word};

/// An operator on two words, with one result or several, joined.
type Operator = fn(&mut Graph, &[Bit], &[Bit]) -> Word;

/// An operator on two words that gives a word and a flag.
type Flagged = fn(&mut Graph, &[Bit], &[Bit]) -> (Word, Bit);

/// The circuit of an operator on two words of `width` bits, one of party 0 and one of party 1.
fn binary(width: usize, operator: impl FnOnce(&mut Graph, &[Bit], &[Bit]) -> Word) -> Circuit {
    let mut graph = Graph::new();
    let a: Word = (0..width).map(|_| graph.input(0)).collect();
    let b: Word = (0..width).map(|_| graph.input(1)).collect();
    let outputs = operator(&mut graph, &a, &b);
    graph.finish(&[width, width], &outputs)
}

/// A word with its flag as the last bit.
fn flagged((mut word, flag): (Word, Bit)) -> Word {
    word.push(flag);
    word
}

/// The outputs of a circuit for pairs of numbers, as one number each (the first output is its
/// lowest bit).
fn run(circuit: &Circuit, pairs: &[(u64, u64)]) -> Vec<u128> {
    let mut results = Vec::with_capacity(pairs.len());
    for chunk in pairs.chunks(64) {
        let lanes = |number: fn(&(u64, u64)) -> u64, bits: usize| -> Vec<u64> {
            (0..bits)
                .map(|bit| {
                    let ones = chunk.iter().enumerate();
                    ones.fold(0, |lanes, (lane, pair)| {
                        lanes | (number(pair) >> bit & 1) << lane
                    })
                })
                .collect()
        };
        let inputs = [
            lanes(|pair| pair.0, circuit.input_bits()[0]),
            lanes(|pair| pair.1, circuit.input_bits()[1]),
        ];
        let outputs = circuit.eval64(&inputs).expect("the inputs fit");
        results.extend((0..chunk.len()).map(|lane| {
            let ones = outputs.iter().enumerate();
            ones.fold(0u128, |value, (bit, lanes)| {
                value | u128::from(lanes >> lane & 1) << bit
            })
        }));
    }
    results
}

/// All pairs of numbers of `width` bits; for wide words corners and random pairs.
fn vectors(width: usize) -> Vec<(u64, u64)> {
    if width <= 6 {
        let numbers = 0..1u64 << width;
        return numbers
            .clone()
            .flat_map(|a| numbers.clone().map(move |b| (a, b)))
            .collect();
    }
    let mask = u64::MAX >> (64 - width);
    let mut corners: Vec<u64> = vec![
        0,
        1,
        2,
        3,
        5,
        7,
        10,
        mask,
        mask - 1,
        mask >> 1,
        (mask >> 1) + 1,
        (mask >> 1) + 2,
    ];
    corners.extend(
        (0..width)
            .step_by(3)
            .flat_map(|bit| [1 << bit, (1 << bit) - 1, mask ^ 1 << bit]),
    );
    corners.extend([
        (1 << (width / 2)) + 1,
        (1 << (width / 2)) - 1,
        mask / 3,
        mask / 7,
    ]);
    let mut pairs: Vec<(u64, u64)> = corners
        .iter()
        .flat_map(|&a| corners.iter().map(move |&b| (a, b)))
        .collect();
    let mut random = Random(0x5eed);
    for _ in 0..4096 {
        // Numbers of all magnitudes, so that products and quotients meet their limits.
        let number = |random: &mut Random| (random.next() & mask) >> (random.next() % width as u64);
        pairs.push((number(&mut random), number(&mut random)));
        // Products just within the range and just beyond it, of unsigned and of signed words.
        let factor = number(&mut random).max(1);
        for limit in [mask, mask >> 1, (mask >> 1) + 1] {
            pairs.extend([
                (factor, limit / factor),
                (factor, (limit / factor).wrapping_add(1) & mask),
            ]);
            pairs.push((factor, (limit / factor).wrapping_neg() & mask));
        }
        let negative = |number: u64| number.wrapping_neg() & mask;
        pairs.push((negative(number(&mut random)), number(&mut random)));
        pairs.push((negative(number(&mut random)), negative(number(&mut random))));
    }
    pairs
}

/// A circuit of random gates (asked for, that is: some fold) of three parties.
pub(super) fn random_circuit(random: &mut Random, inputs: usize, gates: usize) -> Circuit {
    let mut graph = Graph::new();
    let mut input_bits = [inputs / 3; 3];
    input_bits[2] = inputs - 2 * (inputs / 3);
    let mut wires = vec![Bit::TRUE];
    for (party, &bits) in input_bits.iter().enumerate() {
        wires.extend((0..bits).map(|_| graph.input(party)));
    }
    for _ in 0..gates {
        let wire = |random: &mut Random| {
            // Recent wires more often, for deep circuits.
            let back = random.below(wires.len()).min(random.below(wires.len()));
            wires[wires.len() - 1 - back].complement_if(random.below(2) == 0)
        };
        let (a, b, c) = (wire(random), wire(random), wire(random));
        let wire = match random.below(5) {
            0 => graph.xor(a, b),
            1 => graph.mux(a, b, c),
            2 => graph.or(a, b),
            _ => graph.and(a, b),
        };
        wires.push(wire);
    }
    let outputs: Vec<Bit> = (0..1 + random.below(8))
        .map(|_| wires[wires.len() - 1 - random.below(wires.len().min(12))])
        .collect();
    graph.finish(&input_bits, &outputs)
}

/// 64 random vectors of inputs.
pub(super) fn random_inputs(circuit: &Circuit, random: &mut Random) -> Vec<Vec<u64>> {
    circuit
        .input_bits()
        .iter()
        .map(|&bits| (0..bits).map(|_| random.next()).collect())
        .collect()
}

/// SplitMix64: numbers that are the same in every run.
pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    pub(super) fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }
}
