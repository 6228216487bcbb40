//! Proofs with a SAT solver that two circuits compute the same, and a check that these proofs find
//! faults.
//!
//! The miter of two circuits is 1 if some output differs; they are equivalent if no input makes it
//! 1.

use batsat::{BasicSolver, Lit, SolverInterface, lbool};

use super::super::{Bit, Circuit, Gate, Graph, Word};
use super::{Operator, Random, binary, flagged, random_circuit, random_inputs, run, vectors};

/// Inputs on which two circuits differ, one bit each; `None` proves that there are none.
fn difference(one: &Circuit, other: &Circuit) -> Option<Vec<bool>> {
    assert_eq!(one.input_bits(), other.input_bits());
    assert_eq!(one.outputs(), other.outputs());
    let mut solver = BasicSolver::default();
    let inputs: Vec<Lit> = (1..one.first_gate())
        .map(|_| Lit::new(solver.new_var_default(), true))
        .collect();
    let outputs = [one, other].map(|circuit| encode(&mut solver, circuit, &inputs));
    let mut any: Vec<Lit> = Vec::new();
    for (&a, &b) in outputs[0].iter().zip(&outputs[1]) {
        let differs = Lit::new(solver.new_var_default(), true);
        xor_clauses(&mut solver, differs, a, b);
        any.push(differs);
    }
    solver.add_clause_reuse(&mut any);
    let result = solver.solve_limited(&[]);
    assert_ne!(result, lbool::UNDEF);
    (result == lbool::TRUE).then(|| {
        inputs
            .iter()
            .map(|&input| solver.value_lit(input) == lbool::TRUE)
            .collect()
    })
}

/// Clauses for each gate (Tseitin); gives the literals of the outputs.
fn encode(solver: &mut BasicSolver, circuit: &Circuit, inputs: &[Lit]) -> Vec<Lit> {
    let constant = Lit::new(solver.new_var_default(), true);
    solver.add_clause_reuse(&mut vec![!constant]);
    let mut literals = vec![constant];
    literals.extend(inputs);
    let literal = |literals: &[Lit], bit: Bit| {
        let literal = literals[bit.node()];
        if bit.is_complemented() {
            !literal
        } else {
            literal
        }
    };
    for gate in &circuit.nodes[circuit.first_gate()..] {
        let out = Lit::new(solver.new_var_default(), true);
        match *gate {
            Gate::Xor(a, b) => {
                let (a, b) = (literal(&literals, a), literal(&literals, b));
                xor_clauses(solver, out, a, b);
            }
            Gate::And(a, b) => {
                let (a, b) = (literal(&literals, a), literal(&literals, b));
                for mut clause in [vec![!out, a], vec![!out, b], vec![out, !a, !b]] {
                    solver.add_clause_reuse(&mut clause);
                }
            }
            Gate::Constant | Gate::Input => unreachable!("gates follow the inputs"),
        }
        literals.push(out);
    }
    circuit
        .outputs
        .iter()
        .map(|&bit| literal(&literals, bit))
        .collect()
}

fn xor_clauses(solver: &mut BasicSolver, out: Lit, a: Lit, b: Lit) {
    for mut clause in [
        vec![!out, a, b],
        vec![!out, !a, !b],
        vec![out, !a, b],
        vec![out, a, !b],
    ] {
        solver.add_clause_reuse(&mut clause);
    }
}

/// Operators as a textbook has them, with gates to spare.
mod textbook {
    use super::*;

    pub fn add(graph: &mut Graph, a: &[Bit], b: &[Bit]) -> Word {
        let mut carry = Bit::FALSE;
        let mut sum = Word::new();
        for (&a, &b) in a.iter().zip(b) {
            let part = graph.xor(a, b);
            sum.push(graph.xor(part, carry));
            let (both, passed) = (graph.and(a, b), graph.and(part, carry));
            carry = graph.or(both, passed);
        }
        sum.push(carry);
        sum
    }

    pub fn less(graph: &mut Graph, a: &[Bit], b: &[Bit]) -> Word {
        let (mut less, mut equal) = (Bit::FALSE, Bit::TRUE);
        for (&a, &b) in a.iter().zip(b).rev() {
            let here = graph.and(!a, b);
            let first = graph.and(equal, here);
            less = graph.or(less, first);
            let same = graph.xor(a, !b);
            equal = graph.and(equal, same);
        }
        vec![less]
    }

    pub fn choose(graph: &mut Graph, a: &[Bit], b: &[Bit]) -> Word {
        let select = a[0];
        let choice = a.iter().zip(b).map(|(&a, &b)| {
            let (then, other) = (graph.and(select, a), graph.and(!select, b));
            graph.or(then, other)
        });
        choice.collect()
    }

    /// The product and whether it exceeds the width.
    pub fn multiply(graph: &mut Graph, a: &[Bit], b: &[Bit]) -> Word {
        let mut product = vec![Bit::FALSE; a.len() + b.len()];
        for (place, &bit) in a.iter().enumerate() {
            let row: Word = b.iter().map(|&b| graph.and(bit, b)).collect();
            let sum = add(graph, &product[place..place + b.len()], &row);
            product.splice(place..=place + b.len(), sum);
        }
        let high = product.split_off(a.len());
        product.push(graph.or_all(&high));
        product
    }

    /// Quotient and remainder; zeros if the divisor is 0.
    pub fn divide(graph: &mut Graph, a: &[Bit], b: &[Bit]) -> Word {
        let mut rest = vec![Bit::FALSE; b.len() + 1];
        let mut wide = b.to_vec();
        wide.push(Bit::FALSE);
        let mut quotient = Word::new();
        for &bit in a.iter().rev() {
            rest.insert(0, bit);
            rest.pop();
            let (difference, borrow) = graph.sub(&rest, &wide);
            rest = graph.mux_word(borrow, &rest, &difference);
            quotient.insert(0, !borrow);
        }
        rest.pop();
        unless_zero(graph, b, [quotient, rest].concat())
    }

    pub fn unless_zero(graph: &mut Graph, b: &[Bit], word: Word) -> Word {
        let is_zero = graph.is_zero(b);
        word.into_iter()
            .map(|bit| graph.and(bit, !is_zero))
            .collect()
    }
}

fn pairs() -> [(&'static str, usize, Operator, Operator); 6] {
    [
        ("add", 32, |g, a, b| flagged(g.add(a, b)), textbook::add),
        ("lt", 32, |g, a, b| vec![g.lt(a, b)], textbook::less),
        (
            "mux_word",
            32,
            |g, a, b| g.mux_word(a[0], a, b),
            textbook::choose,
        ),
        ("mul", 6, |g, a, b| flagged(g.mul(a, b)), textbook::multiply),
        (
            "square",
            8,
            |g, a, _| flagged(g.mul(a, a)),
            |g, a, _| textbook::multiply(g, a, a),
        ),
        (
            "div_rem",
            7,
            |g, a, b| {
                let (quotient, remainder) = g.div_rem(a, b);
                textbook::unless_zero(g, b, [quotient, remainder].concat())
            },
            textbook::divide,
        ),
    ]
}

#[test]
fn operators_are_those_of_the_textbook() {
    for (name, width, operator, textbook) in pairs() {
        let (ours, theirs) = (binary(width, operator), binary(width, textbook));
        assert_eq!(difference(&ours, &theirs), None, "{name}");
        assert!(ours.and_gates() < theirs.and_gates(), "{name}");
    }
}

#[test]
fn optimised_circuits_are_equivalent() {
    for (name, width, operator, textbook) in pairs() {
        for (operator, what) in [(operator, "ours"), (textbook, "the textbook's")] {
            let circuit = binary(width, operator);
            let optimised = circuit.clone().optimize();
            assert_eq!(difference(&circuit, &optimised), None, "{name}, {what}");
        }
    }
    let mut random = Random(41);
    for size in [50, 200, 400] {
        let circuit = random_circuit(&mut random, 24, size);
        assert_eq!(difference(&circuit, &circuit.clone().optimize()), None);
    }
}

/// Changes one gate of a circuit: another operation, or an operand complemented.
fn mutated(circuit: &Circuit, node: usize, kind: usize) -> Circuit {
    let mut mutant = circuit.clone();
    mutant.nodes[node] = match (circuit.nodes[node], kind) {
        (Gate::Xor(a, b), 0) => Gate::And(a, b),
        (Gate::Xor(a, b), _) => Gate::Xor(!a, b),
        (Gate::And(a, b), 0) => Gate::Xor(a.plain(), b.plain()),
        (Gate::And(a, b), 1) => Gate::And(!a, b),
        (Gate::And(a, b), _) => Gate::And(a, !b),
        (other, _) => other,
    };
    mutant
}

/// Each single fault in an operator or in a rewritten circuit that changes some output is found by
/// the proof, and nearly each by random vectors.
#[test]
fn the_checks_catch_every_mutation() {
    let mut random = Random(42);
    let (mut faults, mut missed, mut harmless) = (0, 0, 0);
    for (name, width, operator, textbook) in pairs() {
        let width = width.min(5);
        let specification = binary(width, textbook);
        let all = vectors(width);
        let expected = run(&specification, &all);
        for circuit in [binary(width, operator), binary(width, textbook).optimize()] {
            let chosen: Vec<Vec<Vec<u64>>> = (0..16)
                .map(|_| random_inputs(&circuit, &mut random))
                .collect();
            for node in circuit.first_gate()..circuit.nodes.len() {
                for kind in 0..3 {
                    let mutant = mutated(&circuit, node, kind);
                    let place = format!("{name}: fault {kind} at node {node}");
                    // Some gates see only some of their inputs; a fault may then be none.
                    let is_fault = run(&mutant, &all) != expected;
                    let found = difference(&specification, &mutant);
                    assert_eq!(found.is_some(), is_fault, "{place}");
                    let seen = chosen
                        .iter()
                        .any(|inputs| specification.eval64(inputs) != mutant.eval64(inputs));
                    assert!(is_fault || !seen, "{place}");
                    if let Some(bits) = found {
                        let (of_a, of_b) = bits.split_at(width);
                        let inputs = [of_a.to_vec(), of_b.to_vec()];
                        assert_ne!(specification.eval(&inputs), mutant.eval(&inputs), "{place}");
                    }
                    faults += usize::from(is_fault);
                    missed += usize::from(is_fault && !seen);
                    harmless += usize::from(!is_fault);
                }
            }
        }
    }
    assert!(
        faults > 15 * harmless && faults > 50 * missed,
        "{faults} {harmless} {missed}"
    );
}
