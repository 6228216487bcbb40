//! Registers: the engine's form computes the same, and keeps the engine's rules.

use garble_lang::register_circuit as target;

use super::super::{Bit, Circuit, Graph, Word};
use super::{Random, random_circuit, random_inputs};

/// Checks the engine's rules and that the outputs are the circuit's.
fn check(circuit: &Circuit, random: &mut Random) -> target::Circuit {
    let registers = circuit.to_registers();
    assert_eq!(registers.validate(), Ok(()));
    assert_eq!(registers.and_ops, circuit.and_gates());
    let total: usize = circuit.input_bits().iter().sum();
    for (index, inst) in registers.insts.iter().enumerate() {
        let is_input = matches!(inst.op, target::Op::Input(_));
        assert_eq!(is_input, index < total, "inputs come first");
        if let target::Op::And(target::And(a, b)) = inst.op {
            assert_ne!(a, b);
        }
    }
    for _ in 0..4 {
        let inputs: Vec<Vec<bool>> = random_inputs(circuit, random)
            .iter()
            .map(|bits| bits.iter().map(|lanes| lanes & 1 == 1).collect())
            .collect();
        assert_eq!(
            registers.eval(&inputs),
            circuit.eval(&inputs).expect("the inputs fit")
        );
    }
    let again = Circuit::from_register_circuit(&registers).expect("it is well-formed");
    let inputs = random_inputs(circuit, random);
    assert_eq!(again.eval64(&inputs), circuit.eval64(&inputs));
    assert!(again.and_gates() <= circuit.and_gates());
    registers
}

#[test]
fn random_circuits() {
    let mut random = Random(11);
    for size in 0..200 {
        check(
            &random_circuit(&mut random, 1 + size % 9, size),
            &mut random,
        );
    }
}

#[test]
fn outputs_of_every_kind() {
    let mut random = Random(12);
    let mut graph = Graph::new();
    let (a, b) = (graph.input(0), graph.input(1));
    let unused = graph.input(2);
    let both = graph.and(a, !b);
    let outputs = [
        a,
        !a,
        a,
        Bit::TRUE,
        both,
        Bit::FALSE,
        !both,
        both,
        !a,
        Bit::TRUE,
        b,
    ];
    let registers = check(&graph.finish(&[1, 1, 1], &outputs), &mut random);
    assert_eq!(registers.output_regs[0], registers.output_regs[2]);
    assert_eq!(registers.output_regs[3], registers.output_regs[9]);
    // a, !a, both, !both, b, 0, 1
    assert_eq!(registers.max_reg_count, 7);
    assert_eq!(unused.constant(), None);

    let only_constants = Graph::new().finish(&[0, 2], &[Bit::TRUE, Bit::FALSE, Bit::TRUE]);
    assert_eq!(check(&only_constants, &mut random).max_reg_count, 2);
}

#[test]
fn a_circuit_that_the_engine_cannot_run() {
    let circuit = Graph::new().finish(&[0, 0], &[Bit::TRUE]);
    assert_eq!(
        circuit.to_registers().validate(),
        Err(target::CircuitError::EmptyInputs)
    );
    let mut graph = Graph::new();
    graph.input(0);
    let circuit = graph.finish(&[1], &[]);
    assert_eq!(
        circuit.to_registers().validate(),
        Err(target::CircuitError::EmptyOutputs)
    );
}

#[test]
fn few_registers() {
    // A sum in place of its operands: the inputs' registers suffice but for what an adder has in
    // hand.
    let mut graph = Graph::new();
    let words: Vec<Word> = (0..8)
        .map(|_| (0..32).map(|_| graph.input(0)).collect())
        .collect();
    let mut sum = words[0].clone();
    for word in &words[1..] {
        sum = graph.add(&sum, word).0;
    }
    let circuit = graph.finish(&[256], &sum);
    let registers = check(&circuit, &mut Random(13));
    assert!(
        registers.max_reg_count <= 256 + 4,
        "{}",
        registers.max_reg_count
    );
}
