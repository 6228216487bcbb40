//! Garble programs by two ways that share nothing: lowered to a circuit,
//! plain and optimised, and walked by the reference evaluator. Results and
//! panics, with their reason, line and column, must be the same.
//!
//! `GARBLE_PROGRAMS` is the number of generated programs, `GARBLE_SEED` the
//! seed of the first; `scripts/garble-10k.sh` runs 10,000.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a failing seed and the counts are printed"
)]

mod support {
    pub mod cases;
    pub mod compare;
    pub mod generate;
    pub mod mutants;
    pub mod mutate;
}

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use garble_lang::GarbleConsts;
use garble_lang::literal::Literal;
use garble_lang::register_circuit::{And, Inst, Op, Xor};
use iroh_mpc::circuit::{Bit, Circuit, Graph};
use iroh_mpc::reference;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use support::compare::Subject;
use support::{cases, generate};

/// Inputs for each program.
const INPUTS: u64 = 16;

fn number_from_env(name: &str, default: u64) -> u64 {
    match std::env::var(name) {
        Ok(text) => text.parse().expect("the variable should be a number"),
        Err(_) => default,
    }
}

fn subject(seed: u64) -> Result<Subject, String> {
    let program = generate::program(seed);
    let inputs = (0..INPUTS).map(|i| program.inputs(seed, i)).collect();
    Subject::new(&program.text, &program.consts, inputs)
        .map_err(|error| format!("{error}\n{}", program.text))
}

/// Runs a check on all CPUs over seeds, and collects what failed.
fn for_each_seed(seeds: std::ops::Range<u64>, check: impl Fn(u64) -> Result<(), String> + Sync) {
    let next = AtomicU64::new(seeds.start);
    let failures = Mutex::new(Vec::new());
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds.end {
                        break;
                    }
                    let result = catch_unwind(AssertUnwindSafe(|| check(seed)));
                    let failure = match result {
                        Ok(Ok(())) => continue,
                        Ok(Err(failure)) => failure,
                        Err(_) => "it panicked".into(),
                    };
                    let mut failures = failures.lock().expect("no holder panics");
                    failures.push((seed, failure));
                }
            });
        }
    });
    let mut failures = failures.into_inner().expect("no holder panics");
    failures.sort();
    if let Some((seed, failure)) = failures.first() {
        let seeds: Vec<u64> = failures.iter().map(|(seed, _)| *seed).collect();
        panic!("seeds {seeds:?} fail; seed {seed}: {failure}");
    }
}

#[test]
fn generated_programs_agree_with_the_reference() {
    let first = number_from_env("GARBLE_SEED", 0);
    let count = number_from_env("GARBLE_PROGRAMS", 600);
    let (runs, panics) = (AtomicU64::new(0), AtomicU64::new(0));
    for_each_seed(first..first + count, |seed| {
        let subject = subject(seed)?;
        runs.fetch_add(subject.expected.len() as u64, Ordering::Relaxed);
        panics.fetch_add(subject.panics as u64, Ordering::Relaxed);
        subject.check().map_err(|difference| {
            let text = generate::program(seed).text;
            format!("{difference}\n{text}")
        })
    });
    let (runs, panics) = (runs.into_inner(), panics.into_inner());
    println!("{count} programs, {runs} runs, {panics} of them panics: no difference");
    if count >= 100 {
        assert!(
            panics > runs / 10,
            "too few of the runs panic: {panics} of {runs}"
        );
        assert!(
            panics < runs / 2,
            "too many of the runs panic: {panics} of {runs}"
        );
    }
}

#[test]
fn cases_have_the_expected_results() {
    let mut failures = Vec::new();
    for case in cases::all() {
        let fail = |error: String| format!("{}: {error}\n{}", case.name, case.text);
        let inputs = match case.inputs() {
            Ok(inputs) => inputs,
            Err(error) => {
                failures.push(fail(error));
                continue;
            }
        };
        match Subject::new(&case.text, &case.consts, inputs) {
            Err(error) => failures.push(fail(error)),
            Ok(subject) => {
                for (run, actual) in case.runs.iter().zip(&subject.expected) {
                    if run.1 != *actual {
                        failures.push(fail(format!(
                            "{:?} should give {}, not {actual}",
                            run.0, run.1
                        )));
                    }
                }
                if let Err(difference) = subject.check() {
                    failures.push(fail(difference));
                }
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn programs_without_a_meaning_are_errors_by_both_ways() {
    for (name, text, consts) in cases::without_meaning() {
        let program = garble_lang::check(text).unwrap_or_else(|error| {
            panic!(
                "{name}: the checker should let it pass: {}",
                error.prettify(text)
            )
        });
        let inputs = [Literal::from(1_u8), Literal::from(2_u8)];
        let evaluated = reference::evaluate(&program, &consts, &inputs);
        assert!(
            matches!(evaluated, Err(reference::Stop::Error(_))),
            "{name}: {evaluated:?}"
        );
        let lowered = iroh_mpc::lower::lower(&program, &consts, &Default::default());
        assert!(lowered.is_err(), "{name} is lowered");
    }
}

/// An adder of two bytes with an overflow check, as a wrong library might
/// build it: the carry out of one bit is lost.
fn byte_adder(lost_carry: Option<usize>) -> Circuit {
    let mut graph = Graph::new();
    let a: Vec<Bit> = (0..8).map(|_| graph.input(0)).collect();
    let b: Vec<Bit> = (0..8).map(|_| graph.input(1)).collect();
    let mut carry = Bit::FALSE;
    let mut sum = Vec::new();
    // The layout has the most significant bit first.
    for (i, (&a, &b)) in a.iter().zip(&b).rev().enumerate() {
        let half = graph.xor(a, b);
        sum.push(graph.xor(half, carry));
        carry = graph.mux(half, carry, a);
        if lost_carry == Some(i) {
            carry = Bit::FALSE;
        }
    }
    let mut outputs = vec![carry];
    outputs.extend(sum.into_iter().rev());
    graph.finish(&[8, 8], &outputs)
}

#[test]
fn an_adder_that_drops_a_carry_is_caught() {
    let text = "pub fn main(a: u8, b: u8) -> u8 { a + b }";
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut pair = || {
        vec![
            Literal::from(rng.random::<u8>()),
            Literal::from(rng.random::<u8>()),
        ]
    };
    let inputs = (0..64).map(|_| pair()).collect();
    let subject = Subject::new(text, &GarbleConsts::new(), inputs).expect("it is a program");
    assert_eq!(subject.lowered.panics.len(), 1);
    assert_eq!(subject.difference(&byte_adder(None)), None);
    for bit in 0..8 {
        let difference = subject.difference(&byte_adder(Some(bit)));
        assert!(
            difference.is_some(),
            "the lost carry of bit {bit} is not seen"
        );
    }
}

/// The circuit with one gate changed: an AND becomes an XOR, an XOR an AND.
fn with_wrong_gate(circuit: &Circuit, wrong: usize) -> Circuit {
    let mut registers = circuit.to_registers();
    let gates = registers
        .insts
        .iter_mut()
        .filter(|inst| !matches!(inst.op, Op::Input(_)));
    let mut gates = gates.skip(wrong);
    let Inst { op, .. } = gates.next().expect("there are as many gates");
    *op = match *op {
        Op::And(And(a, b)) => Op::Xor(Xor(a, b)),
        Op::Xor(Xor(a, b)) => Op::And(And(a, b)),
        // A NOT of a constant 0 or of a wire: x AND x is the wire itself.
        Op::Not(not) => Op::And(And(not.0, not.0)),
        Op::Input(_) => unreachable!("inputs are filtered out"),
    };
    registers.and_ops = registers
        .insts
        .iter()
        .filter(|inst| matches!(inst.op, Op::And(_)))
        .count();
    Circuit::from_register_circuit(&registers).expect("it is still a circuit")
}

#[test]
fn wrong_gates_are_caught() {
    let (mut caught, mut tried) = (0, 0);
    for seed in 0..60 {
        let subject = subject(seed).expect("it is a program");
        let circuit = subject.lowered.circuit.clone().optimize();
        let gates = circuit.to_registers().insts.len() - circuit.input_bits().iter().sum::<usize>();
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        for _ in 0..gates.min(20) {
            let wrong = with_wrong_gate(&circuit, rng.random_range(0..gates));
            tried += 1;
            caught += usize::from(subject.difference(&wrong).is_some());
        }
    }
    println!("{caught} of {tried} wrong gates are caught by {INPUTS} inputs");
    // The rest needs inputs that are not among the few that are tried here.
    assert!(tried > 300 && caught * 2 > tried, "{caught} of {tried}");
}

/// The circuit with an output that is always 0.
fn with_lost_output(circuit: &Circuit, output: usize) -> Circuit {
    let mut registers = circuit.to_registers();
    let zero = registers.output_regs[output];
    registers.insts.push(Inst {
        out: zero,
        op: Op::Xor(Xor(zero, zero)),
    });
    Circuit::from_register_circuit(&registers).expect("it is still a circuit")
}

#[test]
fn a_lost_panic_is_caught() {
    let mut tried = 0;
    for seed in 0..100 {
        let subject = subject(seed).expect("it is a program");
        let circuit = &subject.lowered.circuit;
        if subject.panics > 0 {
            tried += 1;
            let difference = subject.difference(&with_lost_output(circuit, 0));
            assert!(
                difference.is_some(),
                "seed {seed}: the panic's flag is lost unseen"
            );
        }
    }
    assert!(tried > 20, "too few programs panic");
}
