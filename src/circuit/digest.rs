//! The digest that the parties compare before they start.

use super::{Bit, Circuit, Gate};

/// Distinguishes this encoding from every other one and from later versions of itself.
const CONTEXT: &str = "iroh-mpc circuit encoding v1";

impl Circuit {
    /// BLAKE3 (key derivation mode, with a context of its own) of the circuit's canonical encoding:
    /// equal digests mean equal circuits, gate by gate.
    ///
    /// The encoding is a sequence of little-endian numbers: the number of parties (u64), the input
    /// bits of each (u64), the number of gates (u64), the gates in order, the number of outputs
    /// (u64), the outputs (u32). A gate is a byte, 0 for XOR and 1 for AND, and two wires (u32). A
    /// wire is twice the node's index, plus one if complemented; node 0 is the constant 0, the
    /// inputs follow, then the gates.
    pub fn digest(&self) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new_derive_key(CONTEXT);
        let mut buffer = Vec::with_capacity(1 << 16);
        let count =
            |buffer: &mut Vec<u8>, number: usize| buffer.extend((number as u64).to_le_bytes());
        let wire = |buffer: &mut Vec<u8>, bit: Bit| buffer.extend(bit.0.to_le_bytes());
        count(&mut buffer, self.input_bits.len());
        for &bits in &self.input_bits {
            count(&mut buffer, bits);
        }
        count(&mut buffer, self.gates());
        for gate in &self.nodes[self.first_gate()..] {
            if let Gate::Xor(a, b) | Gate::And(a, b) = *gate {
                buffer.push(u8::from(matches!(gate, Gate::And(..))));
                wire(&mut buffer, a);
                wire(&mut buffer, b);
            }
            if buffer.len() >= 1 << 15 {
                hasher.update(&buffer);
                buffer.clear();
            }
        }
        count(&mut buffer, self.outputs.len());
        for &output in &self.outputs {
            wire(&mut buffer, output);
        }
        hasher.update(&buffer);
        *hasher.finalize().as_bytes()
    }
}
