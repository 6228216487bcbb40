//! Optimisation of whole circuits: the function stays, AND gates go, and it is the same every time.

use super::super::{Bit, Circuit, Graph, Word};
use super::{Operator, Random, binary, random_circuit, random_inputs};

/// The outputs for all inputs of a circuit with few of them.
fn truth_table(circuit: &Circuit) -> Vec<Vec<u64>> {
    let bits: usize = circuit.input_bits().iter().sum();
    let chunks = 0..1u64 << bits.saturating_sub(6);
    let rows = chunks.map(|chunk| {
        let number = |lane: u64| chunk << 6 | lane;
        let mut bit = 0;
        let mut next = |_| {
            let lanes = (0..64).fold(0, |lanes, lane| lanes | (number(lane) >> bit & 1) << lane);
            bit += 1;
            lanes
        };
        let inputs: Vec<Vec<u64>> = circuit
            .input_bits()
            .iter()
            .map(|&bits| (0..bits).map(&mut next).collect())
            .collect();
        circuit.eval64(&inputs).expect("the inputs fit")
    });
    rows.collect()
}

#[test]
fn the_function_of_random_circuits_stays() {
    let mut random = Random(51);
    let (mut before, mut after) = (0, 0);
    for round in 0..300 {
        let circuit = random_circuit(&mut random, 1 + round % 10, 5 + round);
        let optimised = circuit.clone().optimize();
        assert_eq!(
            truth_table(&circuit),
            truth_table(&optimised),
            "round {round}"
        );
        assert!(optimised.and_gates() <= circuit.and_gates());
        assert_eq!(optimised.input_bits(), circuit.input_bits());
        before += circuit.and_gates();
        after += optimised.and_gates();
    }
    assert!(after * 10 < before * 7, "{before} {after}");
}

#[test]
fn the_function_of_wide_random_circuits_stays() {
    let mut random = Random(52);
    let (mut before, mut after) = (0, 0);
    for size in [1000, 2000, 3000, 4000] {
        let circuit = random_circuit(&mut random, 200, size);
        let optimised = circuit.clone().optimize();
        before += circuit.and_gates();
        after += optimised.and_gates();
        for _ in 0..20 {
            let inputs = random_inputs(&circuit, &mut random);
            assert_eq!(circuit.eval64(&inputs), optimised.eval64(&inputs));
        }
    }
    assert!(after < before && before > 500, "{before} {after}");
}

/// An adder of full adders with three ANDs, as many circuits have it.
fn wasteful_sum(graph: &mut Graph, a: &[Bit], b: &[Bit]) -> Word {
    let mut carry = Bit::FALSE;
    let mut sum = Word::new();
    for (&a, &b) in a.iter().zip(b) {
        let part = graph.xor(a, b);
        sum.push(graph.xor(part, carry));
        let (x, y, z) = (graph.and(a, b), graph.and(a, carry), graph.and(b, carry));
        let either = graph.or(x, y);
        carry = graph.or(either, z);
    }
    sum.push(carry);
    sum
}

#[test]
fn known_optima_are_found() {
    let sum = binary(32, wasteful_sum);
    assert!(sum.and_gates() > 90);
    assert_eq!(sum.optimize().and_gates(), 32);

    // x ? (y ? a : b) : (y ? c : b): two choices, not three.
    let mut graph = Graph::new();
    let bits: Vec<Bit> = (0..5).map(|_| graph.input(0)).collect();
    let (x, y) = (bits[0], bits[1]);
    let (then, other) = (
        graph.mux(y, bits[2], bits[3]),
        graph.mux(y, bits[4], bits[3]),
    );
    let choice = graph.mux(x, then, other);
    let circuit = graph.finish(&[5], &[choice]);
    assert_eq!(
        (circuit.and_gates(), circuit.optimize().and_gates()),
        (3, 2)
    );

    // The sum of all products of two of six bits is a quadratic form of rank 6.
    let mut graph = Graph::new();
    let bits: Vec<Bit> = (0..6).map(|_| graph.input(0)).collect();
    let mut sum = Bit::FALSE;
    for (index, &a) in bits.iter().enumerate() {
        for &b in &bits[..index] {
            let product = graph.and(a, b);
            sum = graph.xor(sum, product);
        }
    }
    assert_eq!(graph.finish(&[6], &[sum]).optimize().and_gates(), 3);
}

#[test]
fn operators_do_not_get_worse_and_stay_what_they_are() {
    let mut random = Random(53);
    let operators: [Operator; 4] = [
        |g, a, b| g.mul(a, b).0,
        |g, a, b| g.div_rem(a, b).0,
        |g, a, b| g.div_rem_signed(a, b).1,
        |g, a, b| g.shr_signed(a, b),
    ];
    for operator in operators {
        let circuit = binary(32, operator);
        let optimised = circuit.clone().optimize();
        assert!(optimised.and_gates() <= circuit.and_gates());
        for _ in 0..20 {
            let inputs = random_inputs(&circuit, &mut random);
            assert_eq!(circuit.eval64(&inputs), optimised.eval64(&inputs));
        }
    }
}

#[test]
fn the_same_circuit_every_time() {
    let build = || {
        let circuit = random_circuit(&mut Random(54), 40, 2000);
        (circuit.digest(), circuit.optimize())
    };
    let ((raw, one), (raw_again, other)) = (build(), build());
    assert_eq!((raw, one.digest()), (raw_again, other.digest()));
    assert_eq!(one.to_registers(), other.to_registers());
    // Also on other platforms and in other builds. A better optimiser may change it.
    let pinned: String = one.digest()[..8]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(pinned, "cd5a09a830497941");
}

#[test]
fn circuits_without_gates() {
    let mut graph = Graph::new();
    let (a, b) = (graph.input(0), graph.input(1));
    let circuit = graph.finish(&[1, 1], &[!b, a, Bit::TRUE, a]);
    assert_eq!(circuit.clone().optimize(), circuit);
    let empty = Graph::new().finish(&[], &[]);
    assert_eq!(empty.clone().optimize(), empty);
}

/// A flag that every step may raise: everything is needed for it alone, at every step. The work
/// must not grow with the square.
#[test]
fn long_chains() {
    let mut graph = Graph::new();
    let words: Vec<Word> = (0..3000)
        .map(|_| (0..8).map(|_| graph.input(0)).collect())
        .collect();
    let (mut sum, mut flag) = (words[0].clone(), Bit::FALSE);
    for word in &words[1..] {
        let (next, overflow) = graph.add(&sum, word);
        sum = next;
        flag = graph.or(flag, overflow);
    }
    let circuit = graph.finish(&[24_000], &[flag]);
    assert_eq!(circuit.clone().optimize().and_gates(), circuit.and_gates());
}
