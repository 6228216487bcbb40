//! Bristol Fashion: what is read is what was written, and malformed files are refused with the line.

use super::super::{Bristol, BristolError, Circuit, Graph};
use crate::circuit::Bit;

/// A full adder of two inputs and a constant, with every kind of gate.
const EVERY_GATE: &str = "8 12
3 1 2 1
2 1 2

1 1 1 4 EQ
1 1 0 5 INV
1 1 4 6 EQW
2 1 5 6 7 AND
4 2 0 1 2 3 8 9 MAND
2 1 7 3 10 XOR
1 1 9 11 NOT
";

/// All inputs of up to 12 bits.
fn all_inputs(widths: &[usize]) -> impl Iterator<Item = Vec<Vec<bool>>> {
    let total: usize = widths.iter().sum();
    (0..1u32 << total).map(move |number| {
        let mut bits = (0..total).map(|bit| number >> bit & 1 == 1);
        (widths
            .iter()
            .map(|&width| bits.by_ref().take(width).collect()))
        .collect()
    })
}

#[test]
fn every_kind_of_gate_is_read() {
    let text = EVERY_GATE.replace("8 12", "7 12");
    let source = Bristol::parse(&text).unwrap();
    assert_eq!(source.inputs(), [1, 2, 1]);
    assert_eq!(source.outputs(), [1, 2]);
    let circuit = source.circuit();
    for inputs in all_inputs(source.inputs()) {
        let (a, b, c, d) = (inputs[0][0], inputs[1][0], inputs[1][1], inputs[2][0]);
        // MAND of (0, 1) and (2, 3): wire 8 is 0 & 2, wire 9 is 1 & 3.
        let expected = vec![b & d, !a ^ d, !(b & d)];
        assert_eq!(source.eval(&inputs), expected, "{inputs:?}");
        assert_eq!(circuit.eval(&inputs), Ok(expected), "{inputs:?} {c}");
    }
}

#[test]
fn what_is_written_is_read_again() {
    let mut graph = Graph::new();
    let (a, b) = (graph.input(0), graph.input(1));
    let (x, y) = (graph.and(a, !b), graph.xor(a, b));
    let z = graph.and(!x, y);
    let outputs = [x, !x, Bit::TRUE, a, !y, z, z, Bit::FALSE];
    let circuit = graph.finish(&[1, 1, 0], &outputs);
    assert_eq!(circuit.to_bristol(&[3, 4]), None);
    let text = circuit.to_bristol(&[3, 5]).unwrap();
    let read = Bristol::parse(&text).unwrap();
    assert_eq!(read.outputs(), [3, 5]);
    assert_eq!(read.circuit().digest(), circuit.digest());
    for inputs in all_inputs(read.inputs()) {
        assert_eq!(Ok(read.eval(&inputs)), circuit.eval(&inputs));
    }
}

#[test]
fn malformed_files_are_refused_with_the_line() {
    let good = "2 6\n2 2 2\n1 1\n\n2 1 0 2 4 AND\n2 1 4 3 5 XOR\n";
    Bristol::parse(good).unwrap();
    let cases: &[(&str, &str, usize, &str)] = &[
        ("2 6\n2 2 2\n", "2 6\n", 4, "not a number"),
        ("2 6", "2", 1, "two numbers"),
        ("2 6", "2 six", 1, "`six` is not a number"),
        ("2 6", "2 -6", 1, "not a number"),
        ("2 6", "2 +6", 1, "not a number"),
        ("2 6", "2 6 7", 1, "two numbers"),
        ("2 6", "2 99999999999999999999999", 1, "not a number"),
        ("2 6", "2 18446744073709551615", 1, "can hold"),
        ("2 6", "18446744073709551615 6", 1, "can hold"),
        ("2 6", "2 4294967296", 1, "can hold"),
        ("2 6", "2 3", 3, "fewer wires"),
        ("2 6", "1 6", 6, "more than 1 gates"),
        ("2 6", "3 6", 6, "after 2 of 3"),
        ("2 6", "2 7", 6, "output wire 6"),
        ("2 2 2", "2 2", 2, "2 input values"),
        ("2 2 2", "3 2 2", 2, "3 input values"),
        ("2 2 2", "2 2 18446744073709551615", 2, "more than"),
        ("2 2 2", "2 2 1048576", 2, "more than"),
        ("2 2 2", "18446744073709551615 2 2", 2, "announced"),
        ("1 1", "1 1048577", 3, "more than"),
        ("1 1", "1 7", 3, "fewer wires"),
        ("1 1", "2 1", 3, "2 output values"),
        ("AND", "NAND", 5, "no gate `NAND`"),
        ("AND", "and", 5, "no gate"),
        ("AND", "\u{1b}[31m", 5, "no gate"),
        ("2 1 0 2 4 AND", "2 1 0 2 AND", 5, "number of wires"),
        ("2 1 0 2 4 AND", "2 1 0 2 4 4 AND", 5, "number of wires"),
        ("2 1 0 2 4 AND", "1 1 0 2 4 AND", 5, "number of wires"),
        ("2 1 0 2 4 AND", "2 1 0 2 4 INV", 5, "number of wires"),
        (
            "2 1 0 2 4 AND",
            "2 18446744073709551615 0 2 4 MAND",
            5,
            "number of wires",
        ),
        ("2 1 0 2 4 AND", "0 0 MAND", 5, "number of wires"),
        ("2 1 0 2 4 AND", "1 1 2 4 EQ", 5, "0 or 1"),
        ("2 1 0 2 4 AND", "AND", 5, "expected a gate"),
        ("2 1 0 2 4 AND", "2 1 0 2 0 AND", 5, "written twice"),
        ("2 1 0 2 4 AND", "2 1 0 2 6 AND", 5, "no wire 6"),
        ("2 1 0 2 4 AND", "2 1 0 5 4 AND", 5, "before it is written"),
        ("2 1 0 2 4 AND", "2 1 0 4 4 AND", 5, "before it is written"),
        ("2 1 0 2 4 AND", "2 1 0 9 4 AND", 5, "no wire 9"),
        ("2 1 4 3 5 XOR", "2 1 4 3 4 XOR", 6, "written twice"),
        ("2 1 4 3 5 XOR", "", 5, "after 1 of 2"),
    ];
    for (from, to, line, why) in cases {
        let text = good.replacen(from, to, 1);
        assert_ne!(text, good, "{from}");
        let BristolError {
            line: at,
            why: told,
        } = Bristol::parse(&text).expect_err(&text);
        assert!(told.contains(why), "{text}{told}");
        assert_eq!(at, *line, "{text}{told}");
        assert!(!told.contains('\u{1b}'));
    }
    let empty = Bristol::parse("").unwrap_err();
    assert!(empty.why.contains("the file ends before"), "{empty}");
}

#[test]
fn an_exported_circuit_without_gates_is_read() {
    let mut graph = Graph::new();
    let a = graph.input(0);
    let circuit: Circuit = graph.finish(&[1, 1], &[a]);
    let text = circuit.to_bristol(&[1]).unwrap();
    assert_eq!(
        Bristol::parse(&text).unwrap().circuit().digest(),
        circuit.digest()
    );
}
