//! Holds a program's circuit against the reference evaluator, in the clear.
//!
//! The two share the front end and nothing else, so that a fault in either shows. A circuit in Bristol Fashion is held against
//! its file's gates. People run this before a session that
//! matters, on their own inputs and on random ones of the same shape.

use std::panic::AssertUnwindSafe;

use garble_lang::literal::Literal;
use rand::Rng;

use super::{Compiled, Outcome, Program, bristol, compiled::reason_text};
use crate::reference::{self, Stop};

/// Random inputs that are tried, besides the given ones.
const TRIALS: usize = 64;

/// Random bits need not be a value, such as the tag of an enum that has three variants; then others are drawn.
const DRAWS: usize = 64;

/// The circuit and the reference evaluator disagree.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the circuit gives {circuit}, but the program means {reference}")]
pub struct Disagreement {
    /// What the circuit gives.
    pub circuit: String,
    /// What the reference evaluator gives.
    pub reference: String,
}

impl Program {
    /// Compares circuit and reference evaluator on the given inputs (bits per party), if any, and on random ones. Gives how
    /// many were compared: programs may refuse an input, such as rows that are not sorted.
    pub fn verify(
        &self,
        compiled: &Compiled,
        given: Option<&[Vec<bool>]>,
        random: &mut impl Rng,
    ) -> Result<usize, Disagreement> {
        let mut compared = 0;
        if let Some(inputs) = given {
            compared += usize::from(self.compare(compiled, inputs)?);
        }
        for _ in 0..TRIALS {
            let inputs: Option<Vec<Vec<bool>>> = (0..self.parties())
                .map(|party| self.draw(party, random))
                .collect();
            if let Some(inputs) = inputs {
                compared += usize::from(self.compare(compiled, &inputs)?);
            }
        }
        Ok(compared)
    }

    /// Compares on one set of inputs; `false` if the reference evaluator takes them for no valid inputs.
    fn compare(&self, compiled: &Compiled, inputs: &[Vec<bool>]) -> Result<bool, Disagreement> {
        let Some(meant) = self.meant(inputs) else {
            return Ok(false);
        };
        let computed = compiled.decode(&compiled.circuit().eval(inputs));
        if computed.as_ref() == Some(&meant) {
            return Ok(true);
        }
        Err(Disagreement {
            circuit: computed.map_or("no value of the result's type".into(), |c| text(&c)),
            reference: text(&meant),
        })
    }

    /// What the program means: by the reference evaluator, or by a circuit's own gates as its file has them. `None` if the
    /// program does not take these inputs.
    fn meant(&self, inputs: &[Vec<bool>]) -> Option<Outcome> {
        if let Some(source) = &self.checked.circuit {
            let value = bristol::output(&source.eval(inputs), source.outputs());
            return value.map(Outcome::Value);
        }
        let literals = inputs.iter().enumerate();
        let literals: Option<Vec<Literal>> = literals
            .map(|(party, bits)| self.literal(party, bits))
            .collect();
        let consts = &self.sized().ok()?.consts;
        match reference::evaluate(&self.checked.typed, consts, &literals?) {
            Ok(literal) => Some(Outcome::Value(literal.to_string())),
            Err(Stop::Panic(panic)) => {
                let place = format!("{}:{}:{}", self.name(), panic.line, panic.column);
                let reason = reason_text(&panic.reason);
                Some(Outcome::Panic(format!("{reason} at {place}")))
            }
            Err(Stop::Error(_)) => None,
        }
    }

    pub(super) fn draw(&self, party: usize, random: &mut impl Rng) -> Option<Vec<bool>> {
        let bits = self.sized().ok()?.interface.parties.get(party)?.bits;
        (0..DRAWS).find_map(|_| {
            let drawn: Vec<bool> = (0..bits).map(|_| random.random()).collect();
            self.literal(party, &drawn).is_some().then_some(drawn)
        })
    }

    pub(super) fn literal(&self, party: usize, bits: &[bool]) -> Option<Literal> {
        let interface = &self.sized().ok()?.interface;
        let ty = &interface.parties.get(party)?.ty;
        let read = || {
            Literal::from_unwrapped_bits(&interface.definitions, ty, bits, &interface.const_sizes)
        };
        // Bits that are no value of the type make it panic.
        std::panic::catch_unwind(AssertUnwindSafe(read)).ok()?.ok()
    }
}

fn text(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Value(value) => value.clone(),
        Outcome::Panic(why) => format!("the panic {why}"),
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::super::{Backend, Source};
    use super::*;

    const LOOP: &str = "
        pub fn main(a: [u8; 3], b: u8) -> u8 {
            let mut s = b;
            for i in 0..3 {
                s = s + a[i];
            }
            s
        }";

    fn verify(text: &str, backend: Backend) -> Result<usize, Disagreement> {
        let program = Program::check(Source::new("test.garble.rs", text)).unwrap();
        let compiled = program.compile(backend).unwrap();
        let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(7);
        program.verify(&compiled, None, &mut random)
    }

    #[test]
    fn our_circuit_agrees_with_the_reference() {
        assert_eq!(verify(LOOP, Backend::Optimized).unwrap(), TRIALS);
        assert_eq!(verify(LOOP, Backend::Lowered).unwrap(), TRIALS);
        let choice = "
            enum Choice { A, B, C(u8) }
            pub fn main(a: Choice, b: u8) -> u8 {
                match a { Choice::A => b, Choice::B => 1u8, Choice::C(x) => x / b, }
            }";
        assert_eq!(verify(choice, Backend::Optimized).unwrap(), TRIALS);
    }

    #[test]
    fn a_circuit_that_drops_panics_is_found() {
        verify(LOOP, Backend::GarbleLang).unwrap_err();
    }
}
