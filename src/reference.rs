//! A reference evaluator for Garble programs.
//!
//! The circuit that a program becomes is right if it computes what the
//! program means, and that needs a second opinion which shares nothing with
//! the way to the circuit. This module is that opinion: it walks the
//! type-checked tree as it stands, keeps numbers as wide integers, takes the
//! branch that the condition says, and stops at the first panic. There are
//! no bits, no multiplexers, no tables of panics.
//!
//! It follows the language's documentation (`garble_docs` in the
//! `garble_lang` crate), and Rust where that is silent: operands are
//! evaluated from left to right, scopes are lexical, an assignment evaluates
//! its value before its place. Two rules are about what the type checker
//! leaves open. A number whose type it did not settle is an `i32`; where
//! such a number is used at another type, it is converted, and a number that
//! does not fit panics with an overflow at the place of the expression.
//!
//! Programs and constants come from peers, so depth and work are bounded,
//! and whatever the checker lets pass but the language does not allow is an
//! error, never a panic of the evaluator.

mod budget;
mod consts;
mod expr;
mod join;
mod literal;
mod number;
mod operator;
mod pattern;
mod stmt;
#[cfg(test)]
mod tests;
mod types;
mod value;

use garble_lang::ast::Type;
use garble_lang::circuit::PanicReason;
use garble_lang::literal::Literal;
use garble_lang::token::MetaInfo;
use garble_lang::{GarbleConsts, TypedFnDef, TypedProgram};
use thiserror::Error;

pub use self::budget::Limits;

use self::budget::Budget;
use self::consts::Consts;
use self::expr::Interpreter;
use self::types::{Types, check_definitions, check_type};
use self::value::Value;

/// How deep expressions, statements and calls may nest together.
const MAX_DEPTH: usize = 2_000;

/// The stack of the thread that evaluates. A level takes up to 20 kB of it
/// in a build without optimisation. Only what is used is ever touched.
const STACK_BYTES: usize = 128 << 20;

/// Why an evaluation ended without a result.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum Stop {
    /// The program panicked: a possible outcome of a program that is right.
    #[error(transparent)]
    Panic(#[from] Panic),
    /// The program, its constants or its inputs cannot be evaluated.
    #[error(transparent)]
    Error(#[from] Error),
}

/// A panic of the evaluated program.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
#[error("panic due to {reason} on line {line}:{column}")]
pub struct Panic {
    /// What went wrong.
    pub reason: PanicReason,
    /// Line of the expression or statement that panicked, from 1.
    pub line: usize,
    /// Column of its first character, from 1.
    pub column: usize,
}

/// What keeps a program from being evaluated.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum Error {
    /// There is no function `main`.
    #[error("the program has no function main")]
    NoMain,
    /// As many inputs are needed as there are parties.
    #[error("{expected} inputs are needed, but there are {actual}")]
    InputCount {
        /// The number of parties.
        expected: usize,
        /// The number of literals.
        actual: usize,
    },
    /// The literal is not of the parameter's type.
    #[error("the input of party {party} is not of the type {ty}")]
    Input {
        /// Position of the party.
        party: usize,
        /// The type that the program expects of it.
        ty: Type,
    },
    /// A constant that a party must supply is missing.
    #[error("the constant {party}::{name} is missing")]
    MissingConst {
        /// Name of the party in the program.
        party: String,
        /// Name of the constant.
        name: String,
    },
    /// A constant or its arithmetic leaves the constant's type.
    #[error("a constant does not fit its type")]
    ConstOverflow,
    /// A number without a suffix is outside of the type that it got.
    #[error("the number on line {line}:{column} does not fit its type, give it a suffix")]
    LiteralRange {
        /// Line of the number, from 1.
        line: usize,
        /// Column of the number, from 1.
        column: usize,
    },
    /// A pattern of `let` or `for` did not match, or no clause of a `match`.
    #[error("no pattern on line {line}:{column} matches")]
    NoMatch {
        /// Line of the pattern or match, from 1.
        line: usize,
        /// Column of the pattern or match, from 1.
        column: usize,
    },
    /// The arrays of a join are not sorted in ascending order, or a key that
    /// joins associated data is not unique.
    #[error("the arrays of a join must be sorted, and their common keys unique")]
    Unsorted,
    /// The tree is not what a successful type check promises.
    #[error("the program is not well typed")]
    IllTyped,
    /// Expressions, calls or types nest too deeply.
    #[error("the program nests too deeply")]
    TooDeep,
    /// The program needs more steps than the limits allow.
    #[error("the program takes too many steps")]
    TooManySteps,
    /// The program needs larger collections than the limits allow.
    #[error("the program's collections are too large")]
    TooLarge,
    /// The system gives no thread to evaluate on.
    #[error("no thread could be started for the evaluation")]
    Thread,
}

/// Evaluates `main` within the default limits.
///
/// `inputs` holds one literal for each party: one per parameter, or one per
/// element if the only parameter is an array. The result has the form in
/// which garble_lang decodes a circuit's output bits.
///
/// # Errors
/// [`Stop::Panic`] with the first panic in program order, or [`Stop::Error`].
pub fn evaluate(
    program: &TypedProgram,
    consts: &GarbleConsts,
    inputs: &[Literal],
) -> Result<Literal, Stop> {
    on_large_stack(|| evaluate_here(program, consts, inputs, Limits::default()))?
}

/// Evaluates `main` for each of many inputs, each within the limits.
///
/// # Errors
/// As [`evaluate`], for each input; [`Error::Thread`] for all.
pub fn evaluate_all(
    program: &TypedProgram,
    consts: &GarbleConsts,
    inputs: &[Vec<Literal>],
    limits: Limits,
) -> Result<Vec<Result<Literal, Stop>>, Error> {
    on_large_stack(|| {
        let inputs = inputs.iter();
        let results = inputs.map(|inputs| evaluate_here(program, consts, inputs, limits));
        results.collect()
    })
}

/// Runs on a thread whose stack is large enough for the deepest program.
fn on_large_stack<T: Send>(run: impl FnOnce() -> T + Send) -> Result<T, Error> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new()
            .name("reference".to_string())
            .stack_size(STACK_BYTES)
            .spawn_scoped(scope, run)
            .map_err(|_| Error::Thread)?;
        thread.join().map_err(|_| Error::Thread)
    })
}

fn evaluate_here(
    program: &TypedProgram,
    consts: &GarbleConsts,
    inputs: &[Literal],
    limits: Limits,
) -> Result<Literal, Stop> {
    let main = program.fn_defs.get("main").ok_or(Error::NoMain)?;
    check_definitions(program)?;
    let consts = Consts::new(program, consts)?;
    let types = Types {
        program,
        consts: &consts,
    };
    let mut budget = Budget::new(limits);
    let args = arguments(types, main, inputs, &mut budget)?;
    let mut interpreter = Interpreter::new(types, budget);
    let value = interpreter.call(main, args)?;
    Ok(types.write(&value, &main.ty, interpreter.budget())?)
}

/// The values of main's parameters.
fn arguments<'a>(
    types: Types<'a>,
    main: &'a TypedFnDef,
    inputs: &[Literal],
    budget: &mut Budget,
) -> Result<Vec<Value>, Error> {
    for param in &main.params {
        check_type(&param.ty, 0)?;
    }
    let single = match main.params.as_slice() {
        [param] => types.array(&param.ty)?,
        _ => None,
    };
    let expected = single.map_or(main.params.len(), |(_, parties)| parties);
    if inputs.len() != expected {
        let actual = inputs.len();
        return Err(Error::InputCount { expected, actual });
    }
    let mut values = Vec::with_capacity(inputs.len());
    for (party, literal) in inputs.iter().enumerate() {
        let ty = match (single, main.params.get(party)) {
            (Some((elem, _)), _) => elem,
            (None, Some(param)) => &param.ty,
            (None, None) => return Err(Error::IllTyped),
        };
        let value = types.read(literal, ty, budget);
        values.push(value.map_err(|error| match error {
            Error::IllTyped => Error::Input {
                party,
                ty: ty.clone(),
            },
            other => other,
        })?);
    }
    Ok(match single {
        Some(_) => vec![Value::many(values)],
        None => values,
    })
}

/// Line and column for people: from 1, of the first character.
fn place(meta: MetaInfo) -> (usize, usize) {
    let (line, column) = meta.start;
    (line.saturating_add(1), column.saturating_add(1))
}

fn panic_at<T>(reason: PanicReason, meta: MetaInfo) -> Result<T, Stop> {
    let (line, column) = place(meta);
    Err(Stop::Panic(Panic {
        reason,
        line,
        column,
    }))
}
