//! Evaluation in the clear, of one vector of inputs or of 64 at a time.

use super::{Bit, Circuit, Gate};

/// Inputs that do not fit a circuit.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum EvalError {
    /// The number of parties is wrong.
    #[error("the circuit is for {expected} parties, but there are inputs of {actual}")]
    Parties {
        /// Parties of the circuit.
        expected: usize,
        /// Parties that inputs were given for.
        actual: usize,
    },
    /// A party's number of input bits is wrong.
    #[error("party {party} has {expected} input bits in the circuit, but {actual} were given")]
    Bits {
        /// The party, from 0.
        party: usize,
        /// Its input bits in the circuit.
        expected: usize,
        /// Its input bits as given.
        actual: usize,
    },
}

impl Circuit {
    /// The outputs for one vector of input bits per party.
    ///
    /// # Errors
    /// If the number of parties, or of a party's bits, is not the circuit's.
    pub fn eval(&self, inputs: &[Vec<bool>]) -> Result<Vec<bool>, EvalError> {
        let widened: Vec<Vec<u64>> = inputs
            .iter()
            .map(|bits| bits.iter().map(|&bit| u64::from(bit)).collect())
            .collect();
        let outputs = self.eval64(&widened)?;
        Ok(outputs.iter().map(|output| output & 1 == 1).collect())
    }

    /// The outputs for 64 vectors of inputs at once: bit k of each number belongs to vector k.
    ///
    /// # Errors
    /// If the number of parties, or of a party's bits, is not the circuit's.
    pub fn eval64(&self, inputs: &[Vec<u64>]) -> Result<Vec<u64>, EvalError> {
        let (expected, actual) = (self.parties(), inputs.len());
        if expected != actual {
            return Err(EvalError::Parties { expected, actual });
        }
        for (party, (&expected, bits)) in self.input_bits.iter().zip(inputs).enumerate() {
            let actual = bits.len();
            if expected != actual {
                return Err(EvalError::Bits {
                    party,
                    expected,
                    actual,
                });
            }
        }
        let mut values = Vec::with_capacity(self.nodes.len());
        let mut given = inputs.iter().flatten();
        for gate in &self.nodes {
            let value = match *gate {
                Gate::Constant => 0,
                Gate::Input => given.next().copied().unwrap_or_default(),
                Gate::Xor(a, b) => value_of(a, &values) ^ value_of(b, &values),
                Gate::And(a, b) => value_of(a, &values) & value_of(b, &values),
            };
            values.push(value);
        }
        Ok(self
            .outputs
            .iter()
            .map(|&bit| value_of(bit, &values))
            .collect())
    }
}

fn value_of(bit: Bit, values: &[u64]) -> u64 {
    values[bit.node()] ^ if bit.is_complemented() { u64::MAX } else { 0 }
}
