//! Programs against plain Rust, gate counts, errors and limits.

mod data;
mod errors;
mod flow;
mod gates;
mod interface;
mod joins;
mod operators;
mod panics;
mod source;
mod third_opinion;

use std::collections::HashMap;

use garble_lang::{GarbleConsts, TypedProgram, literal::Literal, token::UnsignedNumType};

use super::{
    Limits, LowerError, Lowered, Outcome, PanicReason, Position, check, lower, lower_source,
};
use crate::reference::{Stop, evaluate};

/// A program that was lowered, and its tree for the reference evaluator.
struct Compiled {
    source: String,
    lowered: Lowered,
    program: TypedProgram,
    consts: GarbleConsts,
}

impl std::ops::Deref for Compiled {
    type Target = Lowered;

    fn deref(&self) -> &Lowered {
        &self.lowered
    }
}

/// Lowers a program without constants.
fn compile(source: &str) -> Compiled {
    compile_with(source, &[])
}

/// Lowers a program with `usize` constants named `PARTY::NAME`.
fn compile_with(source: &str, consts: &[(&str, u64)]) -> Compiled {
    let (consts, limits) = (usizes(consts), Limits::default());
    let checked = check(source, &limits);
    let program = checked.unwrap_or_else(|error| panic!("{error}\n{source}"));
    match lower(&program, &consts, &limits) {
        Ok(lowered) => Compiled {
            source: source.to_string(),
            lowered,
            program,
            consts,
        },
        Err(error) => panic!("{error}\n{source}"),
    }
}

/// The error of a program without constants.
fn refused(source: &str) -> LowerError {
    match lower_source(source, &GarbleConsts::new(), &Limits::default()) {
        Ok(_) => panic!("not refused: {source}"),
        Err(error) => error,
    }
}

fn usizes(consts: &[(&str, u64)]) -> GarbleConsts {
    let mut all: GarbleConsts = HashMap::new();
    for (name, value) in consts {
        let (party, name) = name.split_once("::").expect("PARTY::NAME");
        let value = Literal::NumUnsigned(*value, UnsignedNumType::Usize);
        let party = all.entry(party.to_string()).or_default();
        party.insert(name.to_string(), value);
    }
    all
}

/// Evaluates the circuit on literals, one per party; the reference evaluator must agree.
fn run(lowered: &Compiled, inputs: &[&str]) -> Outcome {
    let mut bits = vec![];
    let mut literals = vec![];
    for (party, input) in inputs.iter().enumerate() {
        let ty = &lowered.interface.parties[party].ty;
        let literal = Literal::parse(&lowered.interface.definitions, ty, input);
        let literal = literal.unwrap_or_else(|e| panic!("{}", e.prettify(input)));
        bits.push(lowered.interface.encode(party, &literal).expect(input));
        literals.push(literal);
    }
    let output = lowered.circuit.eval(&bits).expect("inputs fit");
    let outcome = lowered.decode(&output).expect("outputs fit");
    match (
        evaluate(&lowered.program, &lowered.consts, &literals),
        &outcome,
    ) {
        (Ok(expected), Outcome::Value(actual)) => assert_eq!(*actual, expected),
        (Err(Stop::Panic(expected)), Outcome::Panic(actual)) => {
            assert_eq!(actual.reason, expected.reason);
            let start = (actual.start.line, actual.start.column);
            assert_eq!(start, (expected.line, expected.column));
        }
        (reference, circuit) => {
            panic!("{reference:?} by the reference, {circuit:?} by the circuit")
        }
    }
    outcome
}

/// The result of a program as text, or the reason and the source of its panic (`Overflow: a + b`).
fn result(source: &str, inputs: &[&str]) -> String {
    shown(&compile(source), inputs)
}

/// The result of `pub fn main(x: ty) -> ty { body }`.
fn of_body(signature: &str, body: &str, inputs: &[&str]) -> String {
    result(&format!("pub fn main{signature} {{ {body} }}"), inputs)
}

fn shown(lowered: &Compiled, inputs: &[&str]) -> String {
    match run(lowered, inputs) {
        Outcome::Value(literal) => literal.to_string(),
        Outcome::Panic(place) => {
            assert_eq!(place.start.line, place.end.line);
            let line = lowered
                .source
                .lines()
                .nth(place.start.line - 1)
                .expect("a line");
            let excerpt = &line[place.start.column - 1..place.end.column - 1];
            format!("{:?}: {excerpt}", place.reason)
        }
    }
}

/// Evaluates many cases, 64 at a time: each case has one number per party, whose bits are its input as they stand.
fn batch(lowered: &Compiled, cases: &[Vec<i128>]) -> Vec<Result<Literal, PanicReason>> {
    let mut results = Vec::with_capacity(cases.len());
    for chunk in cases.chunks(64) {
        let inputs: Vec<Vec<u64>> = (lowered.interface.parties.iter().enumerate())
            .map(|(party, description)| {
                let lanes = |bit: usize| {
                    let lane = |(i, case): (usize, &Vec<i128>)| {
                        u64::from(case[party] >> bit & 1 == 1) << i
                    };
                    chunk.iter().enumerate().map(lane).sum()
                };
                (0..description.bits).rev().map(lanes).collect()
            })
            .collect();
        let outputs = lowered.circuit.eval64(&inputs).expect("inputs fit");
        for lane in 0..chunk.len() {
            let bits: Vec<bool> = outputs.iter().map(|o| o >> lane & 1 == 1).collect();
            results.push(match lowered.decode(&bits).expect("outputs fit") {
                Outcome::Value(value) => Ok(value),
                Outcome::Panic(place) => Err(place.reason),
            });
        }
    }
    results
}
