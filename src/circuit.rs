//! Circuits of XOR and AND gates: what a Garble program becomes, and what the engine executes.
//!
//! The engine's time, traffic and memory grow with the number of AND gates; XOR and NOT cost no
//! message. So this module counts AND gates and nothing else (the multiplicative complexity of the
//! function). It has three stages:
//!
//! 1. A [`Graph`] is built gate by gate. It folds constants, finds gates that exist already, and
//!    offers operators on words (`arith`, `multiply`, `divide`) that use as few AND gates as we
//!    know how.
//! 2. [`Graph::finish`] removes dead gates and gives a [`Circuit`], which no longer changes.
//!    [`Circuit::optimize`] rewrites it with fewer AND gates where it finds a way.
//! 3. [`Circuit::to_registers`] assigns registers and gives the form that the engine takes.
//!
//! Everything here is a function of its arguments alone: the same calls give the same circuit in
//! every process and on every platform, and [`Circuit::digest`] is what the parties of a session
//! compare.

use std::ops::Not;

mod arith;
mod bristol;
mod digest;
mod divide;
mod eval;
mod graph;
mod import;
mod multiply;
mod optimize;
mod registers;
#[cfg(test)]
mod tests;

pub use arith::Word;
pub use bristol::{Bristol, BristolError};
pub use eval::EvalError;
pub use graph::Graph;
pub use import::ImportError;

/// One wire of a [`Graph`]: a node and whether its value is complemented. Complements cost nothing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Bit(u32);

impl Bit {
    /// The constant 0.
    pub const FALSE: Bit = Bit(0);
    /// The constant 1.
    pub const TRUE: Bit = Bit(1);

    /// The value of a wire that is constant whatever the inputs are; `None` for every other wire.
    pub fn constant(self) -> Option<bool> {
        (self.0 < 2).then_some(self.0 == 1)
    }

    /// The uncomplemented wire of node `node`.
    fn of_node(node: usize) -> Bit {
        // Graphs hold fewer than 2^31 nodes (see `graph::MAX_NODES`).
        Bit((node as u32) << 1)
    }

    fn node(self) -> usize {
        (self.0 >> 1) as usize
    }

    fn is_complemented(self) -> bool {
        self.0 & 1 == 1
    }

    /// This wire, complemented if `complement` is true.
    fn complement_if(self, complement: bool) -> Bit {
        Bit(self.0 ^ u32::from(complement))
    }

    /// The uncomplemented wire of this wire's node.
    fn plain(self) -> Bit {
        Bit(self.0 & !1)
    }
}

impl Not for Bit {
    type Output = Bit;

    fn not(self) -> Bit {
        Bit(self.0 ^ 1)
    }
}

impl From<bool> for Bit {
    fn from(value: bool) -> Bit {
        Bit(u32::from(value))
    }
}

/// A node of a graph or a circuit. Operands always belong to nodes that stand earlier.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Gate {
    /// Node 0: the constant 0.
    Constant,
    /// An input bit of a party.
    Input,
    /// Exclusive or. Operands are uncomplemented, the smaller first.
    Xor(Bit, Bit),
    /// And. The operand with the smaller node first.
    And(Bit, Bit),
}

/// A finished circuit: the input bits of the parties, gates in topological order, and outputs.
///
/// Node 0 is the constant 0, nodes 1 to the number of input bits are the inputs (party by party),
/// gates follow. There are no dead gates.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Circuit {
    input_bits: Vec<usize>,
    nodes: Vec<Gate>,
    outputs: Vec<Bit>,
}

impl Circuit {
    /// The number of AND gates.
    pub fn and_gates(&self) -> usize {
        let is_and = |gate: &&Gate| matches!(gate, Gate::And(..));
        self.nodes.iter().filter(is_and).count()
    }

    /// The number of gates, XOR and AND together. Complements are not gates.
    pub fn gates(&self) -> usize {
        self.nodes.len() - self.first_gate()
    }

    /// The number of parties.
    pub fn parties(&self) -> usize {
        self.input_bits.len()
    }

    /// The number of input bits of each party.
    pub fn input_bits(&self) -> &[usize] {
        &self.input_bits
    }

    /// The number of output bits.
    pub fn outputs(&self) -> usize {
        self.outputs.len()
    }

    /// The index of the first node that is a gate.
    fn first_gate(&self) -> usize {
        1 + self.input_bits.iter().sum::<usize>()
    }

    /// Removes the gates that no output depends on, and orders the rest as they stood.
    fn without_dead_gates(self) -> Circuit {
        let first_gate = self.first_gate();
        let mut live = vec![false; self.nodes.len()];
        for output in &self.outputs {
            live[output.node()] = true;
        }
        for node in (first_gate..self.nodes.len()).rev() {
            if let (true, Gate::Xor(a, b) | Gate::And(a, b)) = (live[node], self.nodes[node]) {
                live[a.node()] = true;
                live[b.node()] = true;
            }
        }
        let mut new_index = vec![0u32; self.nodes.len()];
        let mut nodes = Vec::with_capacity(self.nodes.len());
        for (node, &gate) in self.nodes.iter().enumerate() {
            if node >= first_gate && !live[node] {
                continue;
            }
            new_index[node] = nodes.len() as u32;
            let moved = |bit: Bit| Bit(new_index[bit.node()] << 1 | bit.0 & 1);
            nodes.push(match gate {
                Gate::Xor(a, b) => Gate::Xor(moved(a), moved(b)),
                Gate::And(a, b) => Gate::And(moved(a), moved(b)),
                other => other,
            });
        }
        let outputs = self
            .outputs
            .iter()
            .map(|bit| Bit(new_index[bit.node()] << 1 | bit.0 & 1))
            .collect();
        Circuit {
            input_bits: self.input_bits,
            nodes,
            outputs,
        }
    }
}
