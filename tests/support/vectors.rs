//! The programs in `programs/`, with the vectors of their headers, and runs of them between parties in one process.
//!
//! A header is the comment at the top of the file: a question, then `Seats:`, `Computes:`, `Reveals:` and `Does not protect:`, then at
//! least three vectors. `// vector: 2 | 3 -> 5` gives the parties' inputs in the order of seats and the result, all as
//! Garble literals; `// vector: 255 | 1 -> panic Overflow` is a run that must panic (or `DivByZero`, `OutOfBounds`).

// Not every target uses all of it.
#![allow(dead_code)]

use std::{
    fmt, fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use iroh_mpc::{
    error::Error,
    program::{Compiled, Given, Input, Outcome, Program, ProgramError, Source},
    session::Interrupter,
    simulate::{self, Simulated, Simulation, Transport},
};
use tokio::time::timeout;

const MIN_VECTORS: usize = 3;

const SECTIONS: [&str; 4] = ["Seats: ", "Computes: ", "Reveals: ", "Does not protect: "];

/// A run that takes longer hangs. The programs here take less than a second each on an idle machine.
const BOUND: Duration = Duration::from_secs(90);

/// A program of `programs/`, sized by the inputs of its vectors.
pub struct Case {
    pub name: String,
    pub text: String,
    pub program: Program,
    pub vectors: Vec<Vector>,
}

#[derive(Debug, PartialEq, Eq)]
pub struct Vector {
    pub line: usize,
    pub inputs: Vec<String>,
    pub expected: Expected,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    Value(String),
    Panic(&'static str),
}

/// How people and vectors name a panic, and how the crates do.
const PANICS: [(&str, &str); 3] = [
    ("Overflow", "overflow"),
    ("DivByZero", "division by zero"),
    ("OutOfBounds", "out of bounds"),
];

impl Case {
    /// The program's name without the ending.
    pub fn title(&self) -> &str {
        self.name.trim_end_matches(".garble.rs")
    }

    /// The inputs of a vector, which must be one for each seat.
    pub fn inputs(&self, vector: &Vector) -> Vec<Input> {
        let parties = self.program.parties();
        assert_eq!(vector.inputs.len(), parties, "{}: inputs", self.at(vector));
        let parse = |(party, text): (usize, &String)| {
            let input = self.program.parse_input(party, text);
            input.unwrap_or_else(|e| panic!("{}: {e}", self.at(vector)))
        };
        vector.inputs.iter().enumerate().map(parse).collect()
    }

    pub fn at(&self, vector: &Vector) -> impl fmt::Display {
        format!("{}:{}", self.name, vector.line)
    }
}

impl Expected {
    pub fn of(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Value(value) => Self::Value(value),
            Outcome::Panic(why) => Self::Panic(reason(&why)),
        }
    }
}

/// Runs a program between all its parties, who all learn the result; bounded.
pub async fn run(
    program: &Program,
    compiled: &Arc<Compiled>,
    inputs: Vec<Input>,
    transport: Transport,
) -> Result<Simulated, Error> {
    let simulation = Simulation {
        program: program.clone(),
        compiled: compiled.clone(),
        inputs,
        output_parties: (0..program.parties()).collect(),
        evaluator: 0,
        transport,
        peer_timeout: BOUND,
        stall_timeout: BOUND,
    };
    let (_interrupter, interrupt) = Interrupter::new();
    let result = timeout(BOUND, simulate::run(simulation, interrupt)).await;
    result.unwrap_or_else(|_| panic!("{}: no end in {BOUND:?}", program.name()))
}

pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("programs")
}

/// All programs, each with its vectors.
pub fn cases() -> Vec<Case> {
    let dir = folder();
    let files = fs::read_dir(&dir).expect("programs/ is there");
    let mut paths: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    paths.retain(|path| path.to_string_lossy().ends_with(".garble.rs"));
    paths.sort();
    assert!(!paths.is_empty(), "no programs in {}", dir.display());
    let case = |path: &std::path::PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let text = fs::read_to_string(path).unwrap();
        let vectors = header(&text).unwrap_or_else(|e| panic!("{name}: {e}"));
        let program = Program::check(Source::new(name.clone(), text.clone()));
        let program = program.unwrap_or_else(|e| panic!("{e}"));
        Case {
            program: sized(&program, &vectors[0]).unwrap_or_else(|e| panic!("{e}")),
            name,
            text,
            vectors,
        }
    };
    paths.iter().map(case).collect()
}

/// The program with the sizes that the inputs of its first vector have; all vectors must have those.
fn sized(program: &Program, vector: &Vector) -> Result<Program, ProgramError> {
    let inputs = vector.inputs.iter().enumerate();
    let consts = inputs.map(|(party, text)| {
        let given = Given::literal(text);
        program.constants(party, &[], Some(&given))
    });
    program.with_constants(&consts.collect::<Result<Vec<_>, _>>()?)
}

/// Checks the header and gives its vectors.
pub fn header(text: &str) -> Result<Vec<Vector>, String> {
    let lines: Vec<&str> = (text.lines())
        .take_while(|line| line.starts_with("//"))
        .map(|line| line.trim_start_matches('/').trim_start())
        .collect();
    let title = lines.first().copied().unwrap_or_default();
    if title.is_empty() || SECTIONS.iter().any(|section| title.starts_with(section)) {
        return Err("the first line is no title".into());
    }
    for section in SECTIONS {
        let says =
            |line: &&str| (line.strip_prefix(section)).is_some_and(|it| !it.trim().is_empty());
        if !lines.iter().any(says) {
            return Err(format!("the header does not say `{section}`"));
        }
    }
    let vectors = lines.iter().enumerate().filter_map(|(at, line)| {
        let vector = line.strip_prefix("vector:")?;
        Some(parse(vector, at + 1).map_err(|e| format!("line {}: {e}", at + 1)))
    });
    let vectors = vectors.collect::<Result<Vec<_>, _>>()?;
    match vectors.len() {
        MIN_VECTORS.. => Ok(vectors),
        few => Err(format!(
            "{few} vectors; a program needs {MIN_VECTORS} at least"
        )),
    }
}

fn parse(vector: &str, line: usize) -> Result<Vector, String> {
    let (inputs, result) = vector.rsplit_once("->").ok_or("no result")?;
    let expected = match result.trim() {
        "" => return Err("no result".into()),
        result => match result.strip_prefix("panic ") {
            Some(why) => {
                let known = PANICS.iter().find(|(name, _)| *name == why);
                let (name, _) = known.ok_or_else(|| format!("no such panic: {why}"))?;
                Expected::Panic(name)
            }
            None => Expected::Value(result.into()),
        },
    };
    let inputs: Vec<String> = inputs.split('|').map(|it| it.trim().into()).collect();
    if inputs.iter().any(String::is_empty) {
        return Err("empty input".into());
    }
    Ok(Vector {
        line,
        inputs,
        expected,
    })
}

/// Which panic an error's text is about.
pub fn reason(text: &str) -> &'static str {
    let text = text.to_lowercase();
    let known = PANICS.iter().find(|(_, words)| text.contains(words));
    known.unwrap_or_else(|| panic!("no reason in {text:?}")).0
}
