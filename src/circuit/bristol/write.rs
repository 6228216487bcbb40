//! Writing a circuit in Bristol Fashion.

use std::fmt::Write;

use crate::circuit::{Bit, Circuit, Gate};

impl Circuit {
    /// The circuit as a text in Bristol Fashion: one input value per party, and output values of
    /// these widths, whose sum must be the number of outputs. `None` if it is not.
    pub fn to_bristol(&self, outputs: &[usize]) -> Option<String> {
        (outputs.iter().sum::<usize>() == self.outputs.len())
            .then(|| Writer::new(self).text(outputs))
    }
}

/// Gives wires to nodes as they are needed, complements too.
struct Writer<'a> {
    circuit: &'a Circuit,
    /// For each node its wire and the wire of its complement.
    wires: Vec<[Option<usize>; 2]>,
    next: usize,
    lines: String,
    gates: usize,
}

impl<'a> Writer<'a> {
    fn new(circuit: &'a Circuit) -> Self {
        let inputs = circuit.first_gate() - 1;
        let mut wires = vec![[None; 2]; circuit.nodes.len()];
        for (input, wire) in wires.iter_mut().skip(1).take(inputs).enumerate() {
            wire[0] = Some(input);
        }
        Self {
            circuit,
            wires,
            next: inputs,
            lines: String::new(),
            gates: 0,
        }
    }

    fn text(mut self, outputs: &[usize]) -> String {
        let circuit = self.circuit;
        for node in circuit.first_gate()..circuit.nodes.len() {
            let (a, b, name) = match circuit.nodes[node] {
                Gate::Xor(a, b) => (a, b, "XOR"),
                Gate::And(a, b) => (a, b, "AND"),
                Gate::Constant | Gate::Input => continue,
            };
            let (a, b) = (self.wire(a), self.wire(b));
            self.wires[node][0] = Some(self.gate(&format!("2 1 {a} {b}"), name));
        }
        // Outputs are the last wires, in order, so each is copied there.
        let values: Vec<usize> = circuit.outputs.iter().map(|bit| self.wire(*bit)).collect();
        for value in values {
            self.gate(&format!("1 1 {value}"), "EQW");
        }
        let widths = |widths: &[usize]| {
            let numbers = std::iter::once(widths.len()).chain(widths.iter().copied());
            let words: Vec<String> = numbers.map(|number| number.to_string()).collect();
            words.join(" ")
        };
        let (gates, wires) = (self.gates, self.next);
        let (inputs, outputs) = (widths(&circuit.input_bits), widths(outputs));
        format!("{gates} {wires}\n{inputs}\n{outputs}\n\n{}", self.lines)
    }

    /// The wire that has this value; made if there is none yet.
    fn wire(&mut self, bit: Bit) -> usize {
        let (node, side) = (bit.node(), usize::from(bit.is_complemented()));
        if let Some(wire) = self.wires[node][side] {
            return wire;
        }
        let wire = match self.wires[node][1 - side] {
            Some(other) => self.gate(&format!("1 1 {other}"), "INV"),
            // The constant is the one node without a gate.
            None => self.gate(&format!("1 1 {side}"), "EQ"),
        };
        self.wires[node][side] = Some(wire);
        wire
    }

    /// Writes a gate; gives its output wire.
    fn gate(&mut self, reads: &str, name: &str) -> usize {
        let out = self.next;
        self.next += 1;
        self.gates += 1;
        // Writing to a string can't fail.
        let _ = writeln!(self.lines, "{reads} {out} {name}");
        out
    }
}
