//! Folding and sharing of gates, and what a finished circuit keeps.

use super::super::{Bit, EvalError, Graph};
use super::{Random, random_circuit, random_inputs};

#[test]
fn gates_fold() {
    let mut graph = Graph::new();
    let (a, b, c) = (graph.input(0), graph.input(0), graph.input(1));
    let start = graph.len();
    for (bit, expected) in [
        (graph.xor(a, a), Bit::FALSE),
        (graph.xor(a, !a), Bit::TRUE),
        (graph.xor(a, Bit::TRUE), !a),
        (graph.and(a, a), a),
        (graph.and(a, !a), Bit::FALSE),
        (graph.and(a, Bit::TRUE), a),
        (graph.or(a, Bit::TRUE), Bit::TRUE),
        (graph.mux(Bit::TRUE, a, b), a),
        (graph.mux(c, a, a), a),
    ] {
        assert_eq!(bit, expected);
    }
    assert_eq!(graph.len(), start);

    let both = graph.and(a, b);
    let sum = graph.xor(a, b);
    assert_eq!(graph.xor(sum, !b), !a);
    assert_eq!(graph.and(b, a), both);
    assert_eq!(graph.and(both, a), both);
    assert_eq!(graph.and(both, !a), Bit::FALSE);
    assert_eq!(graph.and(!both, !a), !a);
    let (left, right) = (graph.xor(sum, c), graph.xor(c, !a));
    assert_eq!(graph.xor(left, right), !b);
    assert_eq!(graph.and_gates(), 1);
}

#[test]
fn one_and_gate_serves_all_products_of_two_wires() {
    let mut graph = Graph::new();
    let (a, b) = (graph.input(0), graph.input(1));
    let outputs: Vec<Bit> = [(a, b), (!a, b), (a, !b), (!a, !b)]
        .iter()
        .map(|&(a, b)| graph.and(a, b))
        .collect();
    let sum = graph.xor(a, b);
    let absorbed = graph.and(a, sum);
    let circuit = graph.finish(&[1, 1], &[outputs, vec![absorbed]].concat());
    assert_eq!(circuit.and_gates(), 1);
    let (a, b) = (0b0011, 0b0101);
    let expected = vec![a & b, !a & b, a & !b, !a & !b, a & !b];
    assert_eq!(circuit.eval64(&[vec![a], vec![b]]), Ok(expected));
}

#[test]
fn long_chains_of_sums_cancel_without_recursion() {
    let mut graph = Graph::new();
    let inputs: Vec<Bit> = (0..100_000).map(|_| graph.input(0)).collect();
    let sum =
        |graph: &mut Graph, first: Bit| inputs.iter().fold(first, |sum, &bit| graph.xor(sum, bit));
    let (one, other) = (graph.input(0), graph.input(0));
    let (left, right) = (sum(&mut graph, one), sum(&mut graph, other));
    assert_eq!(graph.xor(left, right), graph.xor(one, other));
}

#[test]
fn inputs_belong_to_parties() {
    let mut graph = Graph::new();
    let (b, a) = (graph.input(2), graph.input(0));
    let both = graph.and(a, !b);
    let circuit = graph.finish(&[2, 1], &[both, a, b]);
    assert_eq!(circuit.input_bits(), [2, 1, 1]);
    assert_eq!(
        (circuit.parties(), circuit.outputs(), circuit.gates()),
        (3, 3, 1)
    );
    let inputs = [vec![true, false], vec![false], vec![false]];
    assert_eq!(circuit.eval(&inputs), Ok(vec![true, true, false]));
    let parties = EvalError::Parties {
        expected: 3,
        actual: 2,
    };
    assert_eq!(circuit.eval(&inputs[..2]), Err(parties));
    let bits = EvalError::Bits {
        party: 1,
        expected: 1,
        actual: 2,
    };
    assert_eq!(
        circuit.eval(&[vec![true, false], vec![true; 2], vec![false]]),
        Err(bits)
    );
}

#[test]
fn dead_gates_go() {
    let mut graph = Graph::new();
    let (a, b) = (graph.input(0), graph.input(0));
    let both = graph.and(a, b);
    let either = graph.or(a, b);
    graph.and(either, !both);
    assert!(graph.and_gates() >= 2);
    assert_eq!(graph.finish(&[2], &[both]).gates(), 1);
}

#[test]
fn evaluation_of_one_and_of_64_agree() {
    let mut random = Random(21);
    for size in [5, 50, 500] {
        let circuit = random_circuit(&mut random, 9, size);
        let lanes = random_inputs(&circuit, &mut random);
        let outputs = circuit.eval64(&lanes).expect("the inputs fit");
        for lane in [0, 13, 63] {
            let of_lane = |lanes: &[u64]| -> Vec<bool> {
                lanes.iter().map(|bits| bits >> lane & 1 == 1).collect()
            };
            let inputs: Vec<Vec<bool>> = lanes.iter().map(|lanes| of_lane(lanes)).collect();
            assert_eq!(circuit.eval(&inputs), Ok(of_lane(&outputs)));
        }
    }
}

#[test]
fn digests_tell_circuits_apart() {
    let circuit = |change: bool, outputs: usize, bits: usize| {
        let mut graph = Graph::new();
        let (a, b) = (graph.input(0), graph.input(0));
        let both = if change {
            graph.and(a, !b)
        } else {
            graph.and(a, b)
        };
        let sum = graph.xor(both, b);
        graph.finish(&[bits], &[sum, both][..outputs])
    };
    let digests = [
        circuit(false, 2, 2),
        circuit(true, 2, 2),
        circuit(false, 1, 2),
        circuit(false, 2, 3),
    ]
    .map(|circuit| circuit.digest());
    for (index, digest) in digests.iter().enumerate() {
        assert!(!digests[..index].contains(digest));
    }
    assert_eq!(circuit(false, 2, 2).digest(), digests[0]);
    // The encoding is part of what parties agree on: a change must be meant, and change the context
    // too.
    let pinned: String = digests[0][..8]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(pinned, "4f75a6c012e74052");
}
