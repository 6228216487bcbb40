//! Every program in `programs/` has a header and does what its vectors say: by the reference evaluator, by the circuits of
//! all back ends in the clear, and by MPC between engines in memory. The first vector (with `EVERY_VECTOR=1` all of them) also between parties over gossip, and
//! by the same circuit between exactly three parties.

#[path = "support/three.rs"]
mod three;
#[path = "support/vectors.rs"]
mod vectors;

use std::{env, fs, sync::Arc};

use futures::future::join_all;
use garble_lang::{GarbleConsts, literal::Literal, token::UnsignedNumType};
use iroh_mpc::{
    error::Error,
    estimate::Cost,
    program::{Backend, Given, Seat},
    reference::{self, Stop},
    simulate::Transport,
};
use three::Three;
use vectors::{Case, Expected, cases, folder, header, reason, run};

/// Between these two stands the table of costs.
const TABLE_BEGINS: &str = "<!-- costs -->";
const TABLE_ENDS: &str = "<!-- end of costs -->";

/// Programs computed at the same time.
const AT_ONCE: usize = 4;
/// Programs on which garble_lang's own back end is wrong: it casts signed numbers to more than twice their width wrongly, and its
/// joins are out of order (docs/garble.md).
const GARBLE_LANG_FAILS: [&str; 2] = ["credit_score.garble.rs", "psi.garble.rs"];

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
                let result = compiled.decode(&compiled.circuit().eval(&inputs));
                let result = result.map(Expected::of);
                let result =
                    result.unwrap_or_else(|| panic!("{}: no value of its type", case.at(vector)));
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
    let (cases, vectors) = (cases(), first_or_every());
    for few in cases.chunks(AT_ONCE) {
        let all = |case| Case::compute(case, Transport::Gossip, vectors);
        join_all(few.iter().map(all)).await;
    }
}

/// What the table in docs/programs.md measures is right and costs what is estimated.
#[tokio::test(flavor = "multi_thread")]
async fn the_first_vector_holds_between_exactly_three_parties() {
    let cases = cases();
    for few in cases.chunks(AT_ONCE) {
        let all = few.iter().map(|case| async {
            let three = Three::new(case);
            for vector in case.vectors.iter().take(first_or_every()) {
                let at = case.at(vector);
                let (result, run) = three.run(case, vector, Transport::Memory).await;
                assert_eq!(result, vector.expected, "{at}");
                assert_eq!(run.bytes_sent, three.cost().total_bytes(), "{at}");
            }
        });
        join_all(all).await;
    }
}

#[test]
fn the_sample_inputs_are_those_of_the_first_vector() {
    let samples = folder().join("samples");
    let mut files = fs::read_dir(&samples).expect("samples are there").count();
    for case in cases() {
        let name = case.title();
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

/// How many vectors are run where every one takes long.
fn first_or_every() -> usize {
    match env::var_os("EVERY_VECTOR") {
        Some(_) => usize::MAX,
        None => 1,
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
        let name = self.title();
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
            let at = self.at(vector);
            let inputs = self.inputs(vector);
            let result = match run(&self.program, &compiled, inputs, transport).await {
                Ok(simulated) => Expected::Value(simulated.value),
                Err(Error::Panicked(why)) => Expected::Panic(reason(&why)),
                Err(e) => panic!("{at}: {e}"),
            };
            assert_eq!(result, vector.expected, "{at}");
        }
    }
}
