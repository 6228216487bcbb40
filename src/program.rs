//! From the text of a Garble program to what a session needs: seats, a circuit with its digest, typed input and output.
//!
//! Scanner, parser, type checker and literals are `garble_lang`'s. Its compiler may panic or run deep on an odd program,
//! so it runs on a thread of its own with a large stack, and a panic becomes an error.

use std::{fmt, path::Path, thread};

use garble_lang::{
    CircuitKind, CompileOptions, CompileTimeError, GarbleProgram,
    ast::Type,
    eval::EvalError,
    literal::{Literal, VariantLiteral},
    register_circuit::{Circuit, Op},
    token::{SignedNumType, UnsignedNumType},
};
use zeroize::Zeroize;

/// The mesh of a session is full, and gossip's active view is set to this size.
pub const MAX_PARTIES: usize = 32;

/// A larger file is no program that a person has read.
const MAX_SOURCE_BYTES: u64 = 1 << 20;

/// The compiler recurses over expressions; deep ones need more than a thread's usual 2 MiB.
const COMPILER_STACK_BYTES: usize = 256 << 20;

/// Why a program or an input can't be used.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ProgramError {
    /// The file can't be read.
    #[error("cannot read the program {path}: {why}")]
    Read {
        /// The path as it was given.
        path: String,
        /// What the system says.
        why: String,
    },
    /// The program has an error; the text is Garble's own, with the place.
    #[error("the program {name} has an error\n{excerpt}")]
    Source {
        /// The program's name.
        name: String,
        /// Garble's message and excerpt.
        excerpt: String,
    },
    /// The program can't be run between people.
    #[error("the program {name} {why}")]
    Unfit {
        /// The program's name.
        name: String,
        /// What is the matter.
        why: String,
    },
    /// There is no such seat.
    #[error("there is no seat `{seat}`: the program's seats are {seats}")]
    NoSeat {
        /// What was asked for.
        seat: String,
        /// What there is.
        seats: String,
    },
    /// An input is not what the parameter takes. The text never holds the input.
    #[error("the input of party {party} ({name}) {why}; expected {ty}")]
    Input {
        /// Whose input.
        party: usize,
        /// The parameter's name.
        name: String,
        /// The parameter's type.
        ty: String,
        /// What is wrong with it.
        why: &'static str,
    },
}

/// A program's text, by whose digest the parties know that they mean the same one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    name: String,
    text: String,
}

impl Source {
    /// A program from a string.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            text: text.into(),
        }
    }

    /// Reads a program from a file.
    pub fn load(path: &Path) -> Result<Self, ProgramError> {
        let read = || -> std::io::Result<String> {
            if std::fs::metadata(path)?.len() > MAX_SOURCE_BYTES {
                return Err(std::io::Error::other("it is larger than 1 MiB"));
            }
            std::fs::read_to_string(path)
        };
        let text = read().map_err(|e| ProgramError::Read {
            path: path.display().to_string(),
            why: e.to_string(),
        })?;
        let name = path.file_name().unwrap_or(path.as_os_str());
        Ok(Self::new(name.to_string_lossy(), text))
    }

    /// The digest of the text. Line ends count as one character, so that a checkout on Windows gives the same digest.
    pub fn digest(&self) -> [u8; 32] {
        let text = self.text.replace("\r\n", "\n");
        let mut hasher = blake3::Hasher::new_derive_key("iroh-mpc 1 program");
        hasher.update(text.as_bytes());
        *hasher.finalize().as_bytes()
    }
}

/// A seat: one parameter of `main`, or one element of its only array parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seat {
    /// The parameter's name.
    pub name: String,
    /// The type of its input.
    pub ty: Type,
}

/// A party's input as the circuit takes it. Wiped when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Input(Vec<bool>);

impl Input {
    /// The bits, in the order of the circuit's input wires.
    pub fn bits(&self) -> &[bool] {
        &self.0
    }
}

impl Drop for Input {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Input(<REDACTED>, {} bits)", self.0.len())
    }
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
#[derive(Debug, Clone)]
pub struct Program {
    source: Source,
    seats: Vec<Seat>,
    garble: GarbleProgram,
}

impl Program {
    /// Checks and compiles a program.
    pub fn compile(source: Source) -> Result<Self, ProgramError> {
        let garble = compile_contained(&source)?;
        let seats = seats(&garble);
        let unfit = |why: String| ProgramError::Unfit {
            name: source.name.clone(),
            why,
        };
        let circuit = garble.circuit.unwrap_register_ref();
        if seats.len() < 2 {
            return Err(unfit(
                "has one party only; a session takes two or more".into(),
            ));
        }
        if seats.len() > MAX_PARTIES {
            let parties = seats.len();
            return Err(unfit(format!(
                "has {parties} parties; a session takes {MAX_PARTIES} at most"
            )));
        }
        circuit.validate().map_err(|_| {
            unfit("compiles to no usable circuit: it needs an input and a result".into())
        })?;
        Ok(Self {
            source,
            seats,
            garble,
        })
    }

    /// The digest of the program's text.
    pub fn digest(&self) -> [u8; 32] {
        self.source.digest()
    }

    /// The program's name: its file's name.
    pub fn name(&self) -> &str {
        &self.source.name
    }

    /// The seats, in order.
    pub fn seats(&self) -> &[Seat] {
        &self.seats
    }

    /// How many parties take part.
    pub fn parties(&self) -> usize {
        self.seats.len()
    }

    /// The circuit for the engine.
    pub fn circuit(&self) -> &Circuit {
        self.garble.circuit.unwrap_register_ref()
    }

    /// How many AND gates the circuit has: time, traffic and memory are proportional to it.
    pub fn and_gates(&self) -> usize {
        self.circuit().and_ops
    }

    /// The digest of the circuit. Parties compare it, since equal programs need not compile to equal circuits.
    pub fn circuit_digest(&self) -> [u8; 32] {
        circuit_digest(self.circuit())
    }

    /// Finds a seat by its index or its parameter's name.
    pub fn seat(&self, asked: &str) -> Result<usize, ProgramError> {
        let by_index = asked.parse().ok().filter(|i| *i < self.parties());
        by_index
            .or_else(|| self.seats.iter().position(|seat| seat.name == asked))
            .ok_or_else(|| ProgramError::NoSeat {
                seat: asked.to_string(),
                seats: (self.seats.iter().enumerate())
                    .map(|(i, seat)| format!("{i} ({})", seat.name))
                    .collect::<Vec<_>>()
                    .join(", "),
            })
    }

    /// Reads the input of one party, a Garble literal.
    pub fn parse_input(&self, party: usize, literal: &str) -> Result<Input, ProgramError> {
        let Some(Seat { name, ty }) = self.seats.get(party) else {
            return Err(ProgramError::NoSeat {
                seat: party.to_string(),
                seats: format!("0 to {}", self.parties().saturating_sub(1)),
            });
        };
        let wrong = |why| ProgramError::Input {
            party,
            name: name.clone(),
            ty: ty.to_string(),
            why,
        };
        let parsed = contained("input", || {
            Literal::parse(&self.garble.program, ty, literal)
        })
        .ok_or_else(|| wrong("cannot be read"))?
        .map_err(|e| match e {
            CompileTimeError::TypeError(_) => wrong("has another type or is out of range"),
            _ => wrong("is not a Garble literal"),
        })?;
        if !in_range(&parsed) {
            return Err(wrong("is out of range"));
        }
        if !parsed.is_of_type(&self.garble.program, ty) {
            return Err(wrong("has another type"));
        }
        contained("input", || {
            Input(parsed.as_bits(&self.garble.program, &self.garble.const_sizes))
        })
        .filter(|input| self.circuit().input_regs.get(party) == Some(&input.0.len()))
        .ok_or_else(|| wrong("cannot be encoded"))
    }

    /// Reads the engine's output bits. `None` if they are no value of the result's type: then somebody cheated.
    pub fn decode(&self, bits: &[bool]) -> Option<Outcome> {
        match contained("output", || self.garble.parse_output(bits))? {
            Ok(literal) => Some(Outcome::Value(literal.to_string())),
            Err(EvalError::Panic(panic)) => {
                let (line, column) = panic.panicked_at.start;
                let (line, column) = (line + 1, column + 1);
                let name = self.name();
                Some(Outcome::Panic(format!(
                    "{} at {name}:{line}:{column}",
                    panic.reason
                )))
            }
            Err(_) => None,
        }
    }
}

/// Compiles on a thread of its own; a panic in the compiler becomes an error.
fn compile_contained(source: &Source) -> Result<GarbleProgram, ProgramError> {
    let text = source.text.clone();
    let failed = || ProgramError::Unfit {
        name: source.name.clone(),
        why: "made the Garble compiler fail; simplify it".into(),
    };
    thread::Builder::new()
        .name("compiler".into())
        .stack_size(COMPILER_STACK_BYTES)
        .spawn(move || {
            let options = CompileOptions {
                circuit_kind: CircuitKind::Register,
                ..CompileOptions::default()
            };
            garble_lang::compile_with_options(&text, options)
                .map_err(|e| e.prettify(&text).trim_matches('\n').to_string())
        })
        .map_err(|_| failed())?
        .join()
        .map_err(|_| failed())?
        .map_err(|excerpt| ProgramError::Source {
            name: source.name.clone(),
            excerpt,
        })
}

/// Runs code of `garble_lang` that may panic on odd values.
fn contained<T>(what: &str, f: impl FnOnce() -> T) -> Option<T> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(f))
        .inspect_err(|_| tracing::debug!(what, "garble_lang panicked"))
        .ok()
}

fn seats(program: &GarbleProgram) -> Vec<Seat> {
    if let [only] = program.main.params.as_slice()
        && let Some((element, size)) = array(&only.ty, program)
    {
        return (0..size)
            .map(|i| Seat {
                name: format!("{}[{i}]", only.name),
                ty: resolve(element, program),
            })
            .collect();
    }
    (program.main.params.iter())
        .map(|param| Seat {
            name: param.name.clone(),
            ty: resolve(&param.ty, program),
        })
        .collect()
}

fn array<'a>(ty: &'a Type, program: &GarbleProgram) -> Option<(&'a Type, usize)> {
    match ty {
        Type::Array(element, size) => Some((element, *size)),
        Type::ArrayConst(element, size) => Some((element, *program.const_sizes.get(size)?)),
        _ => None,
    }
}

/// Replaces sizes by name with their values, since literals are only read for sizes by value.
fn resolve(ty: &Type, program: &GarbleProgram) -> Type {
    match ty {
        Type::Tuple(fields) => Type::Tuple(fields.iter().map(|ty| resolve(ty, program)).collect()),
        ty => match array(ty, program) {
            Some((element, size)) => Type::Array(Box::new(resolve(element, program)), size),
            None => ty.clone(),
        },
    }
}

/// Whether every number fits its type; `garble_lang` lets some through and cuts them off.
fn in_range(literal: &Literal) -> bool {
    let unsigned = |n: u64, ty: &UnsignedNumType| match ty {
        UnsignedNumType::U8 => n <= u8::MAX.into(),
        UnsignedNumType::U16 => n <= u16::MAX.into(),
        UnsignedNumType::U32 | UnsignedNumType::Usize => n <= u32::MAX.into(),
        UnsignedNumType::U64 | UnsignedNumType::Unspecified => true,
    };
    match literal {
        Literal::True | Literal::False => true,
        Literal::NumUnsigned(n, ty) => unsigned(*n, ty),
        Literal::NumSigned(n, ty) => match ty {
            SignedNumType::I8 => i8::try_from(*n).is_ok(),
            SignedNumType::I16 => i16::try_from(*n).is_ok(),
            SignedNumType::I32 => i32::try_from(*n).is_ok(),
            SignedNumType::I64 | SignedNumType::Unspecified => true,
        },
        Literal::ArrayRepeat(element, _) => in_range(element),
        Literal::Array(all) | Literal::Tuple(all) => all.iter().all(in_range),
        Literal::Struct(_, fields) => fields.iter().all(|(_, field)| in_range(field)),
        Literal::Enum(_, _, VariantLiteral::Tuple(all)) => all.iter().all(in_range),
        Literal::Enum(_, _, VariantLiteral::Unit) => true,
        Literal::Range(_, end, ty) => unsigned(end.saturating_sub(1), ty),
    }
}

fn circuit_digest(circuit: &Circuit) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new_derive_key("iroh-mpc 1 circuit");
    let mut buffer = Vec::with_capacity(1 << 16);
    let mut word = |n: u64| {
        buffer.extend_from_slice(&n.to_le_bytes());
        if buffer.len() >= 1 << 16 {
            hasher.update(&buffer);
            buffer.clear();
        }
    };
    word(circuit.input_regs.len() as u64);
    circuit.input_regs.iter().for_each(|n| word(*n as u64));
    word(circuit.insts.len() as u64);
    for inst in &circuit.insts {
        let (kind, a, b) = match inst.op {
            Op::Xor(op) => (0, op.0.0, op.1.0),
            Op::And(op) => (1, op.0.0, op.1.0),
            Op::Not(op) => (2, op.0.0, 0),
            Op::Input(op) => (3, op.party, op.input),
        };
        word(kind << 32 | u64::from(inst.out.0));
        word(u64::from(a) << 32 | u64::from(b));
    }
    word(circuit.max_reg_count as u64);
    word(circuit.output_regs.len() as u64);
    circuit.output_regs.iter().for_each(|r| word(r.0.into()));
    hasher.update(&buffer);
    *hasher.finalize().as_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn program(text: &str) -> Result<Program, ProgramError> {
        Program::compile(Source::new("test.garble.rs", text))
    }

    fn run(program: &Program, inputs: &[&str]) -> Outcome {
        let inputs: Vec<Vec<bool>> = (inputs.iter().enumerate())
            .map(|(i, text)| program.parse_input(i, text).unwrap().0.clone())
            .collect();
        program.decode(&program.circuit().eval(&inputs)).unwrap()
    }

    const ADD: &str = "pub fn main(a: u8, b: u8) -> u8 { a + b }";

    #[test]
    fn a_program_takes_inputs_and_gives_a_literal() {
        let add = program(ADD).unwrap();
        assert_eq!(run(&add, &["2", "40u8"]), Outcome::Value("42".into()));
    }

    #[test]
    fn a_panic_names_reason_and_place() {
        let add = program(ADD).unwrap();
        let Outcome::Panic(text) = run(&add, &["200", "100"]) else {
            panic!("no overflow");
        };
        assert!(text.to_lowercase().contains("overflow"), "{text}");
        assert!(text.contains("test.garble.rs:1:"), "{text}");
    }

    #[test]
    fn one_array_parameter_makes_its_elements_the_parties() {
        let sum = program("pub fn main(xs: [u16; 3]) -> u16 { xs[0] + xs[1] + xs[2] }").unwrap();
        assert_eq!(sum.parties(), 3);
        assert_eq!(run(&sum, &["1", "2", "3"]), Outcome::Value("6".into()));
        assert_eq!(sum.seat("xs[2]").unwrap(), 2);
    }

    #[test]
    fn an_input_is_checked_and_never_quoted() {
        let add = program(ADD).unwrap();
        for bad in [
            "300",
            "256",
            "-1",
            "true",
            "2u16",
            "[2]",
            "2 2",
            "",
            "x",
            "(1,",
            "\u{1b}[31m",
        ] {
            let error = add.parse_input(0, bad).unwrap_err().to_string();
            assert!(error.contains("party 0 (a)"), "{error}");
            assert!(bad.len() < 3 || !error.contains(bad), "{error}");
        }
        let signed = program("pub fn main(a: i8, b: [(bool, i8); 2]) -> i8 { a }").unwrap();
        for good in ["-128", "127", "-5i8"] {
            signed.parse_input(0, good).unwrap();
        }
        for bad in ["-129", "128"] {
            signed.parse_input(0, bad).unwrap_err();
        }
        signed.parse_input(1, "[(true, -1), (false, 1)]").unwrap();
        for bad in [
            "[(true, -1)]",
            "[(true, 200), (true, 1)]",
            "[(1, 1), (1, 1)]",
        ] {
            signed.parse_input(1, bad).unwrap_err();
        }
    }

    #[test]
    fn unfit_programs_are_named() {
        for (text, expected) in [
            ("pub fn main(a: u8) -> u8 { a }", "one party"),
            ("pub fn main(a: [u8; 40]) -> u8 { a[0] }", "40 parties"),
            ("pub fn main(a: u8, b: u8) -> u8 { a +", "error"),
            ("pub fn main(a: u8, b: bool) -> u8 { a + b }", "error"),
        ] {
            let error = program(text).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn digests_tell_programs_apart_and_line_ends_do_not() {
        let digest = |text: &str| Source::new("", text).digest();
        assert_ne!(digest("a"), digest("b"));
        assert_eq!(digest("a\r\nb"), digest("a\nb"));
    }
}
