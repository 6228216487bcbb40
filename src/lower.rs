//! From a type-checked Garble program to a circuit.
//!
//! The scanner, parser and type checker of `garble_lang` are kept; this module replaces its back end, which loses panics,
//! casts some numbers wrongly, gives different circuits in different processes and spends two to three times
//! as many gates (docs/garble.md). The way is short: constants are evaluated, the typed tree is resolved (names to slots,
//! types to sizes, conversions made explicit), then walked in program order while the gates are built. What is
//! known while walking costs nothing: loops are unrolled, calls inlined, constant conditions and indices decided.
//!
//! Programs and constants come from peers. Work, memory and depth are bounded by [`Limits`] before they are spent, and what
//! the checker lets pass without a meaning is a [`LowerError`]. The same program and constants give the
//! same circuit in every process and on every platform.

mod build;
mod consts;
mod error;
mod exhaustive;
mod interface;
mod ir;
mod panics;
mod resolve;
mod source;
mod store;
#[cfg(test)]
mod tests;
mod types;

use garble_lang::{GarbleConsts, TypedProgram, literal::Literal};

pub use error::{LowerError, Position};
pub use garble_lang::circuit::PanicReason;
pub use interface::{
    ConstDeclaration, DecodeError, EncodeError, Interface, Party, SeatDeclaration,
    const_declarations, seat_declarations,
};

use crate::circuit::Circuit;
use build::Builder;
use resolve::Resolver;

/// The stack of the thread that lowers: enough for [`Limits::max_depth`] levels in a debug build. Only what is used
/// is ever touched.
const STACK_BYTES: usize = 512 << 20;

/// Bounds on what a program may cost to lower.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Nodes of the graph, dead ones included; each takes some 20 bytes.
    pub max_gates: usize,
    /// Bits (and leaves of the literal) of a single value.
    pub max_bits: usize,
    /// Bits of all variables together; each takes 4 bytes.
    pub max_held_bits: usize,
    /// Steps of the lowering: bits copied, and a little for each node that is visited.
    pub max_work: u64,
    /// How deeply expressions, blocks and calls may be nested.
    pub max_depth: usize,
    /// Bytes of source text.
    pub max_source: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            max_gates: 1 << 25,
            max_bits: 1 << 24,
            max_held_bits: 1 << 27,
            max_work: 1 << 32,
            max_depth: 2000,
            max_source: 1 << 18,
        }
    }
}

/// A place in the program that can panic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PanicPlace {
    /// What goes wrong there.
    pub reason: PanicReason,
    /// Where the expression (or the assignment) begins.
    pub start: Position,
    /// Where it ends, one column further.
    pub end: Position,
}

/// A circuit and what is needed to use it.
///
/// Input bits are each party's value in `garble_lang`'s layout. Output bits, if the program can panic ([`Lowered::panics`]
/// is not empty): the flag, the number of the place (least significant bit first, as many bits as tell the
/// places apart), then the result in `garble_lang`'s layout; else the result alone. After a panic the bits of
/// the result are whatever was computed and mean nothing.
#[derive(Clone, Debug)]
pub struct Lowered {
    /// The circuit, as it was built; not optimised.
    pub circuit: Circuit,
    /// The places that can panic, in the order of their numbers.
    pub panics: Vec<PanicPlace>,
    /// Parties, result type and constants.
    pub interface: Interface,
}

impl Lowered {
    /// Decodes the output bits of the circuit: the result, or the place of the panic.
    ///
    /// # Errors
    /// [`Outcome`] is `Ok` in either case; an error means that the bits are not an output of this circuit.
    pub fn decode(&self, bits: &[bool]) -> Result<Outcome, DecodeError> {
        decode(&self.interface, &self.panics, bits)
    }

    /// What is needed to decode outputs, without the circuit.
    pub fn into_decoder(self) -> Decoder {
        Decoder {
            panics: self.panics,
            interface: self.interface,
        }
    }
}

/// What is needed to decode the output bits of a circuit.
#[derive(Clone, Debug)]
pub struct Decoder {
    panics: Vec<PanicPlace>,
    interface: Interface,
}

impl Decoder {
    /// As [`Lowered::decode`].
    ///
    /// # Errors
    /// As [`Lowered::decode`].
    pub fn decode(&self, bits: &[bool]) -> Result<Outcome, DecodeError> {
        decode(&self.interface, &self.panics, bits)
    }
}

fn decode(
    interface: &Interface,
    panics: &[PanicPlace],
    bits: &[bool],
) -> Result<Outcome, DecodeError> {
    if panics.is_empty() {
        return Ok(Outcome::Value(interface.decode(bits)?));
    }
    let header = 1 + panics::index_bits(panics.len());
    let expected = header + interface.result_bits;
    let (Some((flag, index)), Some(result), true) = (
        bits.get(..header).and_then(<[bool]>::split_first),
        bits.get(header..),
        bits.len() == expected,
    ) else {
        return Err(DecodeError::Length {
            expected,
            actual: bits.len(),
        });
    };
    if !flag {
        return Ok(Outcome::Value(interface.decode(result)?));
    }
    let places = index.iter().rev();
    let number = places.fold(0, |n, bit| n << 1 | usize::from(*bit));
    let place = panics.get(number).ok_or(DecodeError::Place { number })?;
    Ok(Outcome::Panic(place.clone()))
}

/// What a run of the program came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It returned this.
    Value(Literal),
    /// It panicked here.
    Panic(PanicPlace),
}

/// Scans, parses and type-checks a program, on a stack that is large enough and with a bounded source.
///
/// # Errors
/// [`LowerError::Source`] with a message that shows the place; source text that is too long, nested too
/// deeply, or that `garble_lang` would blow up to a tree beyond measure.
pub fn check(source: &str, limits: &Limits) -> Result<TypedProgram, LowerError> {
    on_large_stack(|| source::check(source, limits))
}

/// Checks and lowers a program from its source text.
///
/// # Errors
/// As [`check`] and [`lower`].
pub fn lower_source(
    source: &str,
    consts: &GarbleConsts,
    limits: &Limits,
) -> Result<Lowered, LowerError> {
    lower(&check(source, limits)?, consts, limits)
}

/// Lowers the function `main` of a program to a circuit.
///
/// # Errors
/// A constant that is missing or bad, a program that the checker should have refused, or one that exceeds the
/// limits.
pub fn lower(
    program: &TypedProgram,
    consts: &GarbleConsts,
    limits: &Limits,
) -> Result<Lowered, LowerError> {
    on_large_stack(|| lower_here(program, consts, limits))
}

fn lower_here(
    program: &TypedProgram,
    given: &GarbleConsts,
    limits: &Limits,
) -> Result<Lowered, LowerError> {
    let main = program.fn_defs.get("main").ok_or(LowerError::NoMain)?;
    let consts = consts::Consts::new(program, given)?;
    let mut types = types::Types::new(program, limits);
    let (interface, plan) = interface::plan(program, main, &consts, &mut types)?;
    let resolver = Resolver::new(program, &consts, &mut types, limits);
    let resolved = resolver.resolve(main)?;

    let mut builder = Builder::new(&types, &resolved.functions, resolved.slots, limits);
    let mut args = Vec::with_capacity(plan.len());
    for parts in &plan {
        let mut arg = vec![];
        for (party, bits) in parts {
            arg.extend((0..*bits).map(|_| builder.graph.input(*party)));
        }
        args.push(arg.into());
    }
    let result = builder.call(0, args)?;
    let Builder {
        mut graph, panics, ..
    } = builder;
    let (mut outputs, places) = panics.finish(&mut graph);
    outputs.extend_from_slice(&result);
    let input_bits: Vec<usize> = interface.parties.iter().map(|party| party.bits).collect();
    let panics = places.into_iter().map(|(reason, site)| PanicPlace {
        reason,
        start: Position::new(site.start),
        end: Position::new(site.end),
    });
    Ok(Lowered {
        circuit: graph.finish(&input_bits, &outputs),
        panics: panics.collect(),
        interface,
    })
}

/// Runs on a thread with a stack for deep trees; a panic there is a fault of this crate or of `garble_lang`.
fn on_large_stack<T: Send>(
    run: impl FnOnce() -> Result<T, LowerError> + Send,
) -> Result<T, LowerError> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new()
            .name("lower".to_string())
            .stack_size(STACK_BYTES)
            .spawn_scoped(scope, run)
            .map_err(LowerError::Thread)?;
        thread.join().unwrap_or(Err(LowerError::Internal))
    })
}
