//! Every program in `programs/` has a header and does what its vectors say: by the reference evaluator, by the circuits of
//! all back ends in the clear, and by MPC between engines in memory and (the first vector) between parties over gossip.
//!
//! A header is the comment at the top of the file: a question, then `Seats:`, `Computes:`, `Reveals:` and `Does not protect:`, then at
//! least three vectors. `// vector: 2 | 3 -> 5` gives the parties' inputs in the order of seats and the result, all as
//! Garble literals; `// vector: 255 | 1 -> panic Overflow` is a run that must panic (or `DivByZero`, `OutOfBounds`).

use std::{
    fmt, fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use futures::future::join_all;
use garble_lang::{GarbleConsts, literal::Literal, token::UnsignedNumType};
use iroh_mpc::{
    error::Error,
    estimate::Cost,
    program::{Backend, Given, Input, Outcome, Program, ProgramError, Seat, Source},
    reference::{self, Stop},
    session::Interrupter,
    simulate::{self, Simulation, Transport},
};
use tokio::time::timeout;

const MIN_VECTORS: usize = 3;

/// Between these two stands the table of costs.
const TABLE_BEGINS: &str = "<!-- costs -->";
const TABLE_ENDS: &str = "<!-- end of costs -->";

/// Programs computed at the same time.
const AT_ONCE: usize = 4;

const SECTIONS: [&str; 4] = ["Seats: ", "Computes: ", "Reveals: ", "Does not protect: "];

/// Programs on which garble_lang's own back end is wrong: it casts signed numbers to more than twice their width wrongly, and its
/// joins are out of order (docs/garble.md).
const GARBLE_LANG_FAILS: [&str; 2] = ["credit_score.garble.rs", "psi.garble.rs"];

/// A run that takes longer hangs. The programs here take less than a second each on an idle machine.
const BOUND: Duration = Duration::from_secs(90);

struct Case {
    name: String,
    text: String,
    program: Program,
    vectors: Vec<Vector>,
}

#[derive(Debug, PartialEq, Eq)]
struct Vector {
    line: usize,
    inputs: Vec<String>,
    expected: Expected,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Expected {
    Value(String),
    Panic(&'static str),
}

/// How people and vectors name a panic, and how the crates do.
const PANICS: [(&str, &str); 3] = [
    ("Overflow", "overflow"),
    ("DivByZero", "division by zero"),
    ("OutOfBounds", "out of bounds"),
];

#[test]
fn every_vector_holds_by_the_reference_evaluator() {
    for case in cases() {
        let typed = garble_lang::check(&case.text)
            .unwrap_or_else(|e| panic!("{}: {}", case.name, e.prettify(&case.text)));
        for vector in &case.vectors {
            let literal = |(text, seat): (&String, &Seat)| Literal::parse(&typed, &seat.ty, text);
            let inputs = vector.inputs.iter().zip(case.program.seats()).map(literal);
            let inputs: Vec<Literal> = inputs.collect::<Result<_, _>>().unwrap();
            let result = match reference::evaluate(&typed, &case.consts(), &inputs) {
                Ok(literal) => Expected::Value(literal.to_string()),
                Err(Stop::Panic(panic)) => Expected::Panic(reason(&panic.to_string())),
                Err(e) => panic!("{}: {e}", case.at(vector)),
            };
            assert_eq!(result, vector.expected, "{}", case.at(vector));
        }
    }
}

#[test]
fn every_vector_holds_by_the_circuit_in_the_clear() {
    let mut faults = Vec::new();
    for case in cases() {
        for backend in [Backend::Optimized, Backend::Lowered, Backend::GarbleLang] {
            let compiled = case.program.compile(backend).unwrap();
            for vector in &case.vectors {
                let inputs = case.inputs(vector);
                let inputs: Vec<_> = inputs.iter().map(|it| it.bits().to_vec()).collect();
                let result = match compiled.decode(&compiled.circuit().eval(&inputs)) {
                    Some(Outcome::Value(value)) => Expected::Value(value),
                    Some(Outcome::Panic(why)) => Expected::Panic(reason(&why)),
                    None => panic!("{}: no value of its type", case.at(vector)),
                };
                // Garble's own back end drops panics in loops, see docs/garble.md.
                let panic_dropped = backend == Backend::GarbleLang
                    && matches!(vector.expected, Expected::Panic(_))
                    && matches!(result, Expected::Value(_));
                let is_theirs = backend == Backend::GarbleLang && result != vector.expected;
                if is_theirs && !panic_dropped {
                    faults.push(case.name.clone());
                } else if !is_theirs {
                    assert_eq!(result, vector.expected, "{} {backend:?}", case.at(vector));
                }
            }
        }
    }
    faults.dedup();
    assert_eq!(faults, GARBLE_LANG_FAILS);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_vector_holds_by_mpc_in_memory() {
    let cases = cases();
    for few in cases.chunks(AT_ONCE) {
        let all = |case| Case::compute(case, Transport::Memory, usize::MAX);
        join_all(few.iter().map(all)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_vector_holds_by_mpc_over_gossip() {
    let cases = cases();
    for few in cases.chunks(AT_ONCE) {
        join_all(few.iter().map(|case| case.compute(Transport::Gossip, 1))).await;
    }
}

#[test]
fn the_sample_inputs_are_those_of_the_first_vector() {
    let samples = folder().join("samples");
    let mut files = fs::read_dir(&samples).expect("samples are there").count();
    for case in cases() {
        let name = case.name.trim_end_matches(".garble.rs");
        for (seat, expected) in case.vectors[0].inputs.iter().enumerate() {
            let file = |ending| samples.join(format!("{name}.{seat}.{ending}"));
            let path = ["txt", "json", "csv"]
                .map(file)
                .into_iter()
                .find(|it| it.is_file());
            let path = path.unwrap_or_else(|| panic!("{name} has no sample for party {seat}"));
            let sample = Given::load(&path).and_then(|given| case.program.input(seat, &given));
            let sample = sample.unwrap_or_else(|e| panic!("{e}"));
            let expected = case.program.parse_input(seat, expected).unwrap();
            assert!(sample == expected, "{}", path.display());
            files -= 1;
        }
    }
    assert_eq!(files, 0, "samples of programs or seats that are not there");
}

/// `UPDATE_TABLES=1` writes the table instead (`scripts/costs.sh`).
#[test]
fn the_table_of_costs_is_that_of_the_programs() {
    let path = folder().join("README.md");
    let text = fs::read_to_string(&path).expect("programs/README.md is there");
    let text = text.replace("\r\n", "\n");
    let (before, rest) = text
        .split_once(TABLE_BEGINS)
        .expect("where the table begins");
    let (_, after) = rest.split_once(TABLE_ENDS).expect("where the table ends");
    let rows: String = cases().iter().map(Case::cost).collect();
    let head = "| program | question | parties | AND gates | gates | MB per party |\n|---|---|---|---|---|---|\n";
    let right = format!("{before}{TABLE_BEGINS}\n{head}{rows}{TABLE_ENDS}{after}");
    if std::env::var_os("UPDATE_TABLES").is_some() {
        fs::write(&path, right).expect("the table can be written");
    } else {
        assert!(
            text == right,
            "programs/README.md is stale: run scripts/costs.sh"
        );
    }
}

#[test]
fn a_program_without_header_or_vectors_is_found_out() {
    let good = "// Nothing.\n//\n// Seats: s.\n// Computes: a.\n// Reveals: b.\n// Does not protect: c.\n//\n\
        // vector: 1 | 2 -> 3\n// vector: (1, 2) | [3] -> (true, 2)\n// vector: 1 | 2 -> panic Overflow\n\n\
        pub fn main() {}\n";
    let vectors = header(good).unwrap();
    assert_eq!(vectors.len(), 3);
    assert_eq!(vectors[1].inputs, ["(1, 2)", "[3]"]);
    assert_eq!(vectors[1].expected, Expected::Value("(true, 2)".into()));
    assert_eq!(vectors[2].expected, Expected::Panic("Overflow"));
    assert_eq!(vectors[2].line, 10);

    for (from, to, wrong) in [
        ("// Nothing.\n", "", "title"),
        ("// Seats: s.\n", "", "Seats: "),
        ("// Computes: a.\n", "", "Computes: "),
        ("// Reveals: b.\n", "// Reveals: \n", "Reveals: "),
        ("// Does not protect: c.\n", "", "Does not protect: "),
        ("// vector: 1 | 2 -> 3\n", "", "2 vectors"),
        (
            "// vector: 1 | 2 -> 3\n",
            "//\n\n// vector: 1 | 2 -> 3\n",
            "0 vectors",
        ),
        ("-> 3", "3", "no result"),
        ("-> 3", "->", "no result"),
        ("1 | 2 -> 3", "1 | | 2 -> 3", "empty input"),
        ("panic Overflow", "panic Boredom", "Boredom"),
    ] {
        let text = good.replacen(from, to, 1);
        assert_ne!(text, good);
        let error = header(&text).expect_err(&text);
        assert!(error.contains(wrong), "{error:?} has no {wrong:?}");
    }
}

impl Case {
    /// The constants of the parties, as the reference evaluator takes them.
    fn consts(&self) -> GarbleConsts {
        let of = |party| {
            let consts = self.program.given_constants(party).into_iter();
            let size = |value| Literal::NumUnsigned(value as u64, UnsignedNumType::Usize);
            let consts = consts.map(|(name, value)| (name, size(value)));
            (format!("PARTY_{party}"), consts.collect())
        };
        (0..self.program.parties()).map(of).collect()
    }

    /// The program's row in the table of costs.
    fn cost(&self) -> String {
        let compiled = self.program.compile(Backend::Optimized).unwrap();
        let parties = self.program.parties();
        let all: Vec<usize> = (0..parties).collect();
        let cost = Cost::new(compiled.circuit(), 0, &all, false);
        let most = cost.sent.iter().max().copied().unwrap_or_default();
        let name = self.name.trim_end_matches(".garble.rs");
        let question = self.text.lines().next().unwrap_or_default();
        format!(
            "| [{name}]({file}) | {question} | {parties} | {ands} | {gates} | {megabytes:.1} |\n",
            file = self.name,
            question = question.trim_start_matches('/').trim(),
            ands = compiled.and_gates(),
            gates = compiled.total_gates(),
            megabytes = most as f64 / 1e6,
        )
    }

    /// Runs so many vectors between all parties.
    async fn compute(&self, transport: Transport, vectors: usize) {
        let compiled = Arc::new(self.program.compile(Backend::Optimized).unwrap());
        for vector in self.vectors.iter().take(vectors) {
            let simulation = Simulation {
                program: self.program.clone(),
                compiled: compiled.clone(),
                inputs: self.inputs(vector),
                output_parties: (0..self.program.parties()).collect(),
                evaluator: 0,
                transport,
                peer_timeout: BOUND,
                stall_timeout: BOUND,
            };
            let (_interrupter, interrupt) = Interrupter::new();
            let at = self.at(vector);
            let result = timeout(BOUND, simulate::run(simulation, interrupt)).await;
            let result = match result.unwrap_or_else(|_| panic!("{at}: no end in {BOUND:?}")) {
                Ok(simulated) => Expected::Value(simulated.value),
                Err(Error::Panicked(why)) => Expected::Panic(reason(&why)),
                Err(e) => panic!("{at}: {e}"),
            };
            assert_eq!(result, vector.expected, "{at}");
        }
    }

    fn inputs(&self, vector: &Vector) -> Vec<Input> {
        let parties = self.program.parties();
        assert_eq!(vector.inputs.len(), parties, "{}: inputs", self.at(vector));
        let parse = |(party, text): (usize, &String)| {
            let input = self.program.parse_input(party, text);
            input.unwrap_or_else(|e| panic!("{}: {e}", self.at(vector)))
        };
        vector.inputs.iter().enumerate().map(parse).collect()
    }

    fn at(&self, vector: &Vector) -> impl fmt::Display {
        format!("{}:{}", self.name, vector.line)
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("programs")
}

/// All programs, each with its vectors.
fn cases() -> Vec<Case> {
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
fn header(text: &str) -> Result<Vec<Vector>, String> {
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
fn reason(text: &str) -> &'static str {
    let text = text.to_lowercase();
    let known = PANICS.iter().find(|(_, words)| text.contains(words));
    known.unwrap_or_else(|| panic!("no reason in {text:?}")).0
}
