//! One party cheats; the honest ones end with an error or with a right result.
//!
//! Three engines compute over channels in memory, the honest two behind the guard. Every message that the cheater sends is
//! mutated in every way, one in each run. A result is right if it is the circuit's value on the honest inputs and some one
//! input of the cheater, the same for all honest parties. Nobody hangs: time stands still while engines compute and passes
//! at once when all of them wait, so that a stall shows at once.
//!
//! `cargo test` runs a sample. `CHEATING=all cargo test --test cheating -- --nocapture` runs every case and prints the table;
//! a number instead of `all` makes a sample of that size.

#![allow(clippy::print_stdout, clippy::print_stderr)]

#[path = "support/cheat.rs"]
mod cheat;
#[path = "support/mesh.rs"]
mod mesh;
#[path = "support/pry.rs"]
mod pry;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    panic::AssertUnwindSafe,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::Duration,
};

use cheat::{Cheating, MUTATIONS, Mutation, Plan, Target, optional_bytes};
use futures::FutureExt;
use garble_lang::register_circuit::{And, Circuit, Input, Inst, Op, Reg, Xor};
use iroh_mpc::{
    end::SessionEnd,
    error::FaultKind,
    guard::{Guard, Guarded, Setting},
};
use mesh::Mesh;
use pry::Prying;
use rand::{Rng, SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;

const PARTIES: usize = 3;

/// Stands for the stall timeout of a session.
const STALL: Duration = Duration::from_secs(300);

/// So many cases make the short form.
const SAMPLE: usize = 120;

/// Who computes what.
#[derive(Debug, Clone, Copy)]
struct World {
    and_gates: bool,
    evaluator: usize,
    output_parties: &'static [usize],
    cheater: usize,
}

const WORLDS: [World; 5] = [
    // The cheater garbles.
    World {
        and_gates: true,
        evaluator: 0,
        output_parties: &[0, 1, 2],
        cheater: 2,
    },
    // The cheater evaluates.
    World {
        and_gates: true,
        evaluator: 1,
        output_parties: &[0, 1, 2],
        cheater: 1,
    },
    // It learns nothing itself.
    World {
        and_gates: true,
        evaluator: 0,
        output_parties: &[0, 1],
        cheater: 2,
    },
    // One honest party learns the result, and is not the evaluator.
    World {
        and_gates: true,
        evaluator: 0,
        output_parties: &[1],
        cheater: 0,
    },
    // Nothing to garble.
    World {
        and_gates: false,
        evaluator: 2,
        output_parties: &[0, 1, 2],
        cheater: 2,
    },
];

/// Each party has two bits. The output shows how they are linked, so that few outputs of all are right.
fn circuit(and_gates: bool) -> Circuit {
    let mut insts = Vec::new();
    let mut put = |op| {
        let out = Reg(insts.len() as u32);
        insts.push(Inst { out, op });
        out
    };
    let inputs = (0..PARTIES as u32).flat_map(|party| [0, 1].map(|input| Input { party, input }));
    let inputs: Vec<_> = inputs.map(|input| put(Op::Input(input))).collect();
    let mut outputs = Vec::new();
    for (at, a) in inputs.iter().enumerate() {
        let b = inputs[(at + 2) % inputs.len()];
        outputs.push(put(Op::Xor(Xor(*a, b))));
        if and_gates && at % 2 == 0 {
            outputs.push(put(Op::And(And(*a, b))));
        }
    }
    Circuit {
        input_regs: vec![2; PARTIES],
        max_reg_count: insts.len(),
        and_ops: insts.iter().filter(|i| matches!(i.op, Op::And(_))).count(),
        insts,
        output_regs: outputs,
    }
}

/// How one party's computation ended.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Ending {
    Result(Vec<bool>),
    /// The guard refused a message of this party.
    Refused(Option<usize>),
    /// The engine's own checks found something.
    Checked,
    /// The engine panicked; a session contains that.
    Panicked,
    /// Everybody waited.
    Stalled,
}

/// Runs all engines, and gives how each ended.
fn run(world: World, plan: Plan, inputs: &[Vec<bool>]) -> (Vec<Ending>, Vec<cheat::Sent>) {
    let circuit = circuit(world.and_gates);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime");
    let mut sent = Vec::new();
    let endings = runtime.block_on(async {
        let mut endings = Vec::new();
        let engines = Mesh::channels(PARTIES)
            .into_iter()
            .enumerate()
            .map(|(party, channel)| {
                let (circuit, input) = (&circuit, &inputs[party]);
                async move {
                    if party == world.cheater {
                        let channel = Cheating::new(channel, plan);
                        engine(&channel, circuit, world, party, input).await;
                        return (Ending::Checked, channel.sent());
                    }
                    let end = SessionEnd::default();
                    let guard = Guard::new(&Setting {
                        circuit,
                        party,
                        evaluator: world.evaluator,
                        output_parties: world.output_parties,
                    });
                    let channel = Guarded::new(channel, guard, end.clone());
                    let ending = engine(&channel, circuit, world, party, input).await;
                    let ending = match (end.fault(), ending) {
                        (Some(fault), _) => {
                            assert_eq!(fault.kind, FaultKind::BrokeProtocol);
                            Ending::Refused(fault.party)
                        }
                        (None, ending) => ending,
                    };
                    (ending, Vec::new())
                }
            });
        for (ending, by_cheater) in futures::future::join_all(engines).await {
            endings.push(ending);
            sent.extend(by_cheater);
        }
        endings
    });
    (endings, sent)
}

async fn engine(
    channel: &impl polytune::channel::Channel,
    circuit: &Circuit,
    world: World,
    party: usize,
    input: &[bool],
) -> Ending {
    let World {
        evaluator,
        output_parties,
        ..
    } = world;
    let mpc = polytune::mpc(
        channel,
        circuit,
        input,
        evaluator,
        party,
        output_parties,
        None,
    );
    // As `engine::run` contains it.
    let contained = AssertUnwindSafe(mpc).catch_unwind();
    match tokio::time::timeout(STALL, contained).await {
        Err(_) => Ending::Stalled,
        Ok(Err(_)) => Ending::Panicked,
        Ok(Ok(Err(_))) => Ending::Checked,
        Ok(Ok(Ok(bits))) => Ending::Result(bits),
    }
}

/// What a case came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    /// `r`: all honest parties have the right result.
    Right,
    /// `g`: a guard refused the message and named the cheater.
    Refused,
    /// `c`: a check of the engine found it, without a name.
    Checked,
    /// `p`: an engine panicked, and that was contained.
    Panicked,
    /// `s`: somebody waited until the stall timeout.
    Stalled,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Right => "r",
            Self::Refused => "g",
            Self::Checked => "c",
            Self::Panicked => "p",
            Self::Stalled => "s",
        })
    }
}

/// One run.
#[derive(Debug, Clone)]
struct Case {
    world: World,
    plan: Plan,
    phase: String,
}

impl Case {
    /// Runs it; fails if an honest party has a wrong result, or two have different ones.
    fn outcome(&self) -> Outcome {
        let mut rng = ChaCha8Rng::seed_from_u64(self.plan.seed);
        let inputs: Vec<Vec<bool>> = (0..PARTIES)
            .map(|_| vec![rng.random(), rng.random()])
            .collect();
        let (endings, _) = run(self.world, self.plan, &inputs);
        let honest = endings
            .iter()
            .enumerate()
            .filter(|(party, _)| *party != self.world.cheater);
        let honest: Vec<_> = honest.collect();
        let results: BTreeSet<_> = (honest.iter())
            .filter(|(party, _)| self.world.output_parties.contains(party))
            .filter_map(|(_, ending)| match ending {
                Ending::Result(bits) => Some(bits.clone()),
                _ => None,
            })
            .collect();
        let right = right_results(self.world, &inputs);
        assert!(
            results.is_subset(&right),
            "a wrong result: {self:?}, {endings:?}"
        );
        assert!(
            results.len() <= 1,
            "different results: {self:?}, {endings:?}"
        );
        let mut outcome = Outcome::Right;
        for (_, ending) in honest {
            outcome = outcome.max(match ending {
                Ending::Result(_) => Outcome::Right,
                Ending::Refused(party) => {
                    assert_eq!(*party, Some(self.world.cheater), "{self:?}");
                    // Who named it tells the others.
                    return Outcome::Refused;
                }
                Ending::Checked => Outcome::Checked,
                Ending::Panicked => Outcome::Panicked,
                Ending::Stalled => Outcome::Stalled,
            });
        }
        outcome
    }
}

/// The circuit's values for all inputs of the cheater.
fn right_results(world: World, inputs: &[Vec<bool>]) -> BTreeSet<Vec<bool>> {
    let circuit = circuit(world.and_gates);
    let of_cheater = [[false, false], [false, true], [true, false], [true, true]];
    (of_cheater.iter())
        .map(|input| {
            let mut inputs = inputs.to_vec();
            inputs[world.cheater] = input.to_vec();
            circuit.eval(&inputs)
        })
        .collect()
}

/// Every message of the cheater, mutated in every way.
fn all_cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for world in WORLDS {
        let plan = Plan {
            mutation: Mutation::None,
            target: Target::Phase(""),
            seed: 0,
        };
        let (_, sent) = run(world, plan, &vec![vec![false; 2]; PARTIES]);
        let mut numbers = [0; PARTIES];
        for sent in sent {
            let number = numbers[sent.to];
            numbers[sent.to] += 1;
            for mutation in MUTATIONS {
                let sparse = [Mutation::Missing, Mutation::AllMissing].contains(&mutation);
                if sparse && optional_bytes(&sent.phase).is_none() {
                    continue;
                }
                let target = Target::Number(sent.to, number);
                let seed = cases.len() as u64;
                let plan = Plan {
                    mutation,
                    target,
                    seed,
                };
                cases.push(Case {
                    world,
                    plan,
                    phase: sent.phase.clone(),
                });
            }
        }
    }
    cases
}

/// Runs cases on all processors.
fn outcomes(cases: &[Case]) -> Vec<Outcome> {
    // Contained panics are expected; a failure of an assertion comes out when its thread is joined.
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let ours = panic
            .location()
            .is_some_and(|at| at.file().starts_with("tests"));
        if ours {
            hook(panic);
        }
    }));
    let next = AtomicUsize::new(0);
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let work = || {
        let mut done = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(case) = cases.get(number) else {
                return done;
            };
            done.push((number, case.outcome()));
        }
    };
    let mut outcomes = thread::scope(|scope| {
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        let done = workers
            .into_iter()
            .map(|worker| worker.join().expect("no case fails"));
        done.flatten().collect::<Vec<_>>()
    });
    outcomes.sort_by_key(|(number, _)| *number);
    outcomes.into_iter().map(|(_, outcome)| outcome).collect()
}

/// Phases by mutations; in each field what the cases came to, with their number.
fn print_table(cases: &[Case], outcomes: &[Outcome]) {
    let mut table: BTreeMap<(&str, Mutation), BTreeMap<Outcome, usize>> = BTreeMap::new();
    let mut phases = Vec::new();
    for (case, outcome) in cases.iter().zip(outcomes) {
        if !phases.contains(&case.phase.as_str()) {
            phases.push(&case.phase);
        }
        let field = table.entry((&case.phase, case.plan.mutation)).or_default();
        *field.entry(*outcome).or_default() += 1;
    }
    println!(
        "r right result, g refused by a guard, c found by the engine, p panic contained, s stalled"
    );
    let titles = MUTATIONS.map(|mutation| format!("{:>11}", format!("{mutation:?}")));
    println!("{:24}{}", "", titles.concat());
    for phase in phases {
        let fields = MUTATIONS.map(|mutation| {
            let field = table.get(&(phase, mutation)).into_iter().flatten();
            let field: Vec<_> = field
                .map(|(outcome, count)| format!("{outcome}{count}"))
                .collect();
            format!("{:>11}", field.join(" "))
        });
        println!("{phase:24}{}", fields.concat());
    }
    println!("{} cases", cases.len());
}

#[test]
fn whatever_one_party_sends_the_others_have_no_wrong_result() {
    let mut cases = all_cases();
    let wanted = std::env::var("CHEATING").unwrap_or_default();
    if wanted != "all" {
        cases.shuffle(&mut ChaCha8Rng::seed_from_u64(1));
        cases.truncate(wanted.parse().unwrap_or(SAMPLE));
    }
    let outcomes = outcomes(&cases);
    print_table(&cases, &outcomes);
    for (case, outcome) in cases.iter().zip(outcomes) {
        match case.plan.mutation {
            // Without a mutation, and for one that is late, nothing happens to the result.
            Mutation::None | Mutation::Delay => assert_eq!(outcome, Outcome::Right, "{case:?}"),
            Mutation::Truncate
            | Mutation::Shorten
            | Mutation::Extend
            | Mutation::Missing
            | Mutation::AllMissing => assert_eq!(outcome, Outcome::Refused, "{case:?}"),
            // Whoever waits for it waits in vain.
            Mutation::Drop => assert_ne!(outcome, Outcome::Right, "{case:?}"),
            _ => {}
        }
    }
}

/// Without a guard the attack works, so the suite can tell a wrong result.
#[test]
fn the_engine_alone_is_fooled_by_missing_shares() {
    let world = WORLDS[0];
    let plan = Plan {
        mutation: Mutation::AllMissing,
        target: Target::Phase("output wire shares"),
        seed: 0,
    };
    let fooled = (0..8).any(|_| {
        let circuit = circuit(true);
        let inputs = vec![vec![true, false]; PARTIES];
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build();
        let results = runtime.expect("a runtime").block_on(async {
            let engines =
                Mesh::channels(PARTIES)
                    .into_iter()
                    .enumerate()
                    .map(|(party, channel)| {
                        let (circuit, input) = (&circuit, &inputs[party]);
                        async move {
                            let honest = Plan {
                                mutation: Mutation::None,
                                ..plan
                            };
                            let plan = if party == world.cheater { plan } else { honest };
                            let channel = Cheating::new(channel, plan);
                            engine(&channel, circuit, world, party, input).await
                        }
                    });
            futures::future::join_all(engines).await
        });
        let right = right_results(world, &inputs);
        results[..2].iter().any(|ending| match ending {
            Ending::Result(bits) => !right.contains(bits),
            _ => false,
        })
    });
    assert!(fooled);
}

/// A gap of the engine that no check of messages can close; docs/threat-model.md speaks of it. `a & b` with `a` = 0 tells nothing
/// of `b`, yet party 1 knows it, and party 0 has its right result and no sign of anything.
///
/// The engine corrects each row of its oblivious transfers by the sender's global key, and nothing shows that it was the same
/// key in all rows. Here one row has another: the run fails if party 0's bit in it is 1, as party 1's own engine finds a MAC
/// wrong. A party whose engine knew of the change would go on.
#[test]
fn the_engine_lets_a_party_read_an_input_unseen() {
    let input = |party| Op::Input(Input { party, input: 0 });
    let ops = [input(0), input(1), Op::And(And(Reg(0), Reg(1)))];
    let insts = ops.into_iter().enumerate();
    let circuit = Circuit {
        input_regs: vec![1, 1],
        insts: insts
            .map(|(at, op)| Inst {
                out: Reg(at as u32),
                op,
            })
            .collect(),
        max_reg_count: 3,
        and_ops: 1,
        output_regs: vec![Reg(2)],
    };
    let world = World {
        and_gates: true,
        evaluator: 0,
        output_parties: &[0, 1],
        cheater: 1,
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime");
    let mut read = [0, 0];
    for run in 0..80 {
        let secret = run % 2 == 1;
        let mut channels = Mesh::channels(2).into_iter();
        let (victim, other) = (channels.next().expect("two"), channels.next().expect("two"));
        let end = SessionEnd::default();
        let guard = Guard::new(&Setting {
            circuit: &circuit,
            party: 0,
            evaluator: world.evaluator,
            output_parties: world.output_parties,
        });
        let victim = Guarded::new(victim, guard, end.clone());
        let prying = Prying::new(other);
        let circuit = &circuit;
        // Each channel goes with its engine, so that the other one does not wait.
        let compute = async move { engine(&victim, circuit, world, 0, &[secret]).await };
        let pry = async move {
            engine(&prying, circuit, world, 1, &[false]).await;
            prying.bit()
        };
        let (ending, bit) = runtime.block_on(async { futures::join!(compute, pry) });
        if ending == Ending::Result(vec![false]) {
            assert_eq!(end.fault(), None);
            assert_eq!(bit, Some(secret));
            read[usize::from(secret)] += 1;
        }
        if read.iter().all(|count| *count >= 3) {
            return;
        }
    }
    panic!("read {read:?} times");
}
