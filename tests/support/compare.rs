//! One program, one list of inputs, two ways to the results: the reference
//! evaluator, and a circuit evaluated on all inputs at once.

use garble_lang::GarbleConsts;
use garble_lang::literal::Literal;
use iroh_mpc::circuit::Circuit;
use iroh_mpc::lower::{Limits, Lowered, Outcome, lower};
use iroh_mpc::reference::{Stop, evaluate_all};

/// A program with its circuit and what the reference evaluator makes of it.
pub struct Subject {
    pub lowered: Lowered,
    pub inputs: Vec<Vec<Literal>>,
    /// Literal or panic for each of the inputs, as text.
    pub expected: Vec<String>,
    /// How many of them are panics.
    pub panics: usize,
    /// The inputs' bits by party and bit, input k in bit k.
    words: Vec<Vec<u64>>,
}

impl Subject {
    /// Checks and lowers a program and evaluates it for up to 64 inputs.
    ///
    /// # Errors
    /// Whatever is wrong with it, as text.
    pub fn new(
        text: &str,
        consts: &GarbleConsts,
        inputs: Vec<Vec<Literal>>,
    ) -> Result<Self, String> {
        assert!(inputs.len() <= 64, "a word holds 64 inputs");
        let program = garble_lang::check(text).map_err(|error| error.prettify(text))?;
        let lowered = lower(&program, consts, &Limits::default())
            .map_err(|error| format!("it is not lowered: {error}"))?;
        let mut expected = Vec::new();
        let mut panics = 0;
        let results = evaluate_all(&program, consts, &inputs, Default::default())
            .map_err(|error| error.to_string())?;
        for result in results {
            expected.push(match result {
                Ok(literal) => literal.to_string(),
                Err(Stop::Panic(panic)) => {
                    panics += 1;
                    let reason = panic.reason;
                    format!("{reason:?} {}:{}", panic.line, panic.column)
                }
                Err(Stop::Error(error)) => return Err(format!("it is not evaluated: {error}")),
            });
        }
        let mut words = Vec::new();
        for (party, bits) in lowered.circuit.input_bits().iter().enumerate() {
            let mut word = vec![0; *bits];
            for (k, literals) in inputs.iter().enumerate() {
                let bits = lowered.interface.encode(party, &literals[party]);
                let bits = bits.map_err(|error| error.to_string())?;
                for (word, bit) in word.iter_mut().zip(bits) {
                    *word |= u64::from(bit) << k;
                }
            }
            words.push(word);
        }
        Ok(Self {
            lowered,
            inputs,
            expected,
            panics,
            words,
        })
    }

    /// Evaluates a circuit in place of the lowered one on all inputs, and
    /// describes the first difference to the reference evaluator.
    pub fn difference(&self, circuit: &Circuit) -> Option<String> {
        let outputs = match circuit.eval64(&self.words) {
            Ok(outputs) => outputs,
            Err(error) => return Some(error.to_string()),
        };
        for (k, expected) in self.expected.iter().enumerate() {
            let bits: Vec<bool> = outputs.iter().map(|word| word >> k & 1 == 1).collect();
            let actual = match self.lowered.decode(&bits) {
                Ok(Outcome::Value(literal)) => literal.to_string(),
                Ok(Outcome::Panic(place)) => {
                    let (reason, start) = (&place.reason, place.start);
                    format!("{reason:?} {}:{}", start.line, start.column)
                }
                Err(error) => error.to_string(),
            };
            if actual != *expected {
                let inputs: Vec<_> = self.inputs[k].iter().map(Literal::to_string).collect();
                return Some(format!(
                    "for {}\n  the reference gives {expected}\n  the circuit gives   {actual}",
                    inputs.join("  "),
                ));
            }
        }
        None
    }

    /// Compares the circuit as lowered, and optimised.
    ///
    /// # Errors
    /// The first difference, as text.
    pub fn check(&self) -> Result<(), String> {
        if let Some(difference) = self.difference(&self.lowered.circuit) {
            return Err(format!("lowered, {difference}"));
        }
        match self.difference(&self.lowered.circuit.clone().optimize()) {
            Some(difference) => Err(format!("optimised, {difference}")),
            None => Ok(()),
        }
    }
}
