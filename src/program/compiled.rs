//! A program's circuit, and how its output bits are read.

use std::panic::AssertUnwindSafe;

use garble_lang::{
    CircuitKind, CompileOptions, GarbleProgram, eval::EvalError, register_circuit::Circuit,
};

use super::{Program, ProgramError, bristol, explain};
use crate::{
    circuit::{self, Bristol},
    lower::{self, Decoder, Limits, PanicPlace, PanicReason},
};

/// What makes the circuit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    /// Our lowering and our optimiser.
    Optimized,
    /// Our lowering alone.
    Lowered,
    /// `garble_lang`'s own compiler: for comparisons only, since it drops panics (docs/garble.md).
    GarbleLang,
}

/// What a run of the program gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The result as a Garble literal.
    Value(String),
    /// The program panicked; the text says why and where.
    Panic(String),
}

/// A compiled program.
#[derive(Debug)]
pub struct Compiled {
    name: String,
    circuit: Circuit,
    digest: [u8; 32],
    reader: Reader,
}

/// What knows the meaning of output bits.
#[derive(Debug)]
enum Reader {
    /// Widths of the values.
    Bristol(Vec<usize>),
    Lowered(Box<Decoder>),
    GarbleLang(Box<GarbleProgram>),
}

impl Compiled {
    pub(super) fn new(program: &Program, backend: Backend) -> Result<Self, ProgramError> {
        if backend == Backend::GarbleLang {
            return Self::by_garble_lang(program);
        }
        if let Some(source) = &program.checked.circuit {
            return Ok(Self::from_bristol(program.name(), source, backend));
        }
        let typed = &program.checked.typed;
        let lowered = lower::lower(typed, &program.sized()?.consts, &Limits::default());
        let mut lowered = lowered.map_err(|error| explain(&program.source, error))?;
        if backend == Backend::Optimized {
            lowered.circuit = lowered.circuit.optimize();
        }
        Ok(Self {
            name: program.name().to_string(),
            circuit: lowered.circuit.to_registers(),
            digest: lowered.circuit.digest(),
            reader: Reader::Lowered(Box::new(lowered.into_decoder())),
        })
    }

    fn from_bristol(name: &str, source: &Bristol, backend: Backend) -> Self {
        let mut circuit = source.circuit();
        if backend == Backend::Optimized {
            circuit = circuit.optimize();
        }
        Self {
            name: name.to_string(),
            circuit: circuit.to_registers(),
            digest: circuit.digest(),
            reader: Reader::Bristol(source.outputs().to_vec()),
        }
    }

    fn by_garble_lang(program: &Program) -> Result<Self, ProgramError> {
        let failed = |why: String| ProgramError::Unfit {
            name: program.name().to_string(),
            why: format!("can't be compiled by garble_lang: {why}"),
        };
        if program.checked.circuit.is_some() {
            return Err(failed("it is a circuit already".into()));
        }
        let source = &program.source.text;
        let options = CompileOptions {
            circuit_kind: CircuitKind::Register,
            consts: program.sized()?.consts.clone(),
            ..CompileOptions::default()
        };
        let compile = || garble_lang::compile_with_options(source, options);
        let compiled = std::panic::catch_unwind(AssertUnwindSafe(compile))
            .map_err(|_| failed("it panicked".into()))?
            .map_err(|error| failed(error.prettify(source)))?;
        let circuit = compiled.circuit.unwrap_register_ref().clone();
        let digest = (circuit::Circuit::from_register_circuit(&circuit))
            .map_err(|error| failed(error.to_string()))?
            .digest();
        Ok(Self {
            name: program.name().to_string(),
            circuit,
            digest,
            reader: Reader::GarbleLang(Box::new(compiled)),
        })
    }

    /// The circuit for the engine.
    pub fn circuit(&self) -> &Circuit {
        &self.circuit
    }

    /// How many AND gates the circuit has: time, traffic and memory are proportional to it.
    pub fn and_gates(&self) -> usize {
        self.circuit.and_ops
    }

    /// How many gates the circuit has, those that cost nothing included.
    pub fn total_gates(&self) -> usize {
        self.circuit.insts.len() - self.circuit.total_inputs()
    }

    /// The digest of the circuit, which parties compare before they compute.
    pub fn digest(&self) -> [u8; 32] {
        self.digest
    }

    /// Reads the engine's output bits. `None` if they are no value of the result's type: then somebody cheated.
    pub fn decode(&self, bits: &[bool]) -> Option<Outcome> {
        match &self.reader {
            Reader::Bristol(widths) => bristol::output(bits, widths).map(Outcome::Value),
            Reader::Lowered(decoder) => match decoder.decode(bits).ok()? {
                lower::Outcome::Value(literal) => Some(Outcome::Value(literal.to_string())),
                lower::Outcome::Panic(PanicPlace { reason, start, .. }) => {
                    let place = format!("{}:{start}", self.name);
                    Some(Outcome::Panic(format!(
                        "{} at {place}",
                        reason_text(&reason)
                    )))
                }
            },
            Reader::GarbleLang(program) => {
                let read = || program.parse_output(bits);
                match std::panic::catch_unwind(AssertUnwindSafe(read)).ok()? {
                    Ok(literal) => Some(Outcome::Value(literal.to_string())),
                    Err(EvalError::Panic(panic)) => {
                        Some(Outcome::Panic(reason_text(&panic.reason).into()))
                    }
                    Err(_) => None,
                }
            }
        }
    }
}

/// A reason in the midst of a sentence.
pub(super) fn reason_text(reason: &PanicReason) -> &'static str {
    match reason {
        PanicReason::Overflow => "overflow",
        PanicReason::DivByZero => "division by zero",
        PanicReason::OutOfBounds => "index out of bounds",
    }
}
