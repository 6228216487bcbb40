//! What gossip costs: an inner product in memory, over bare QUIC streams, over the direct transport and over gossip; and the
//! time from the last `join` to the result of `add`.
//!
//! `cargo bench --bench transport -- [ROUNDS] [--garble-lang]`. All runs alternate, on one machine, each in a process of its
//! own, so that none works in what another has left of the allocator's memory; medians are printed. With
//! `--garble-lang` the same program is also run as `garble_lang`'s own back end compiles it (about 197,500 AND gates).
//! On Unix the processor's time is printed too, of all parties together: where all cores are busy, as on two cores with three
//! parties, it is what the wall clock follows.
#![allow(clippy::print_stdout)]

#[path = "transport/bare.rs"]
mod bare;

use std::{
    fmt,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    sync::{Arc, mpsc},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use iroh_mpc::{
    program::{Backend, Compiled, Program, Source},
    session::Interrupter,
    simulate::{self, Simulation, Transport},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::{runtime::Runtime, time::timeout};

const ROUNDS: usize = 5;

/// What a process of its own is told to do: one run of a back end's circuit over a carrier.
const RUN: &str = "--run";

/// Three parties: two vectors, whose products are added up, and a number to begin with.
const INNER_PRODUCT: &str = "\
pub fn main(a: [u32; 100], b: [u32; 100], c: u32) -> u32 {
    let mut s = c;
    for i in 0..100 {
        s = s + a[i] * b[i];
    }
    s
}
";

/// The bound of the project for gossip against memory.
const MOST_COSTLY: f64 = 1.15;

/// The bound of the project from the last join to the result.
const SLOWEST_START: Duration = Duration::from_millis(1500);

/// What joins the parties, from the least to the most.
#[derive(Debug, Clone, Copy)]
enum Carrier {
    Memory,
    Bare,
    Direct,
    Gossip,
}

const BACKENDS: [Backend; 2] = [Backend::Optimized, Backend::GarbleLang];

const CARRIERS: [Carrier; 4] = [
    Carrier::Memory,
    Carrier::Bare,
    Carrier::Direct,
    Carrier::Gossip,
];

/// One run: seconds, seconds of the processor, and bytes sent in all.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Run {
    wall: f64,
    cpu: Option<f64>,
    bytes: f64,
}

/// A run that takes longer hangs.
const BOUND: Duration = Duration::from_secs(300);

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [RUN, backend, carrier, ..] =
        arguments.iter().map(String::as_str).collect::<Vec<_>>()[..]
    {
        let run = run_here(named(&BACKENDS, backend)?, named(&CARRIERS, carrier)?)?;
        println!("{}", serde_json::to_string(&run)?);
        return Ok(());
    }
    let rounds = arguments.iter().find_map(|it| it.parse().ok());
    let rounds = rounds.unwrap_or(ROUNDS).max(1);
    let backends = match arguments.iter().any(|it| it == "--garble-lang") {
        true => &BACKENDS[..],
        false => &BACKENDS[..1],
    };
    inner_product(backends, rounds)?;
    last_join_to_result(rounds)
}

/// The same circuit over all carriers, in turns.
fn inner_product(backends: &[Backend], rounds: usize) -> Result<()> {
    let mut series = Vec::new();
    for backend in backends {
        let gates = program()?.compile(*backend)?.and_gates();
        println!("inner product of 100 u32 pairs, {backend:?}: {gates} AND gates, {rounds} rounds");
        series.extend(CARRIERS.map(|carrier| (*backend, carrier, Vec::new())));
    }
    for round in 1..=rounds {
        for (backend, carrier, runs) in &mut series {
            let run = run_in_process(*backend, *carrier)?;
            println!(
                "  round {round}, {backend:?}, {carrier:?}: {:.2} s{}, {:.0} MB",
                run.wall,
                cpu_text(run.cpu, " of the processor"),
                run.bytes / 1e6
            );
            runs.push(run);
        }
    }
    let seconds = |runs: &[Run]| median(runs.iter().map(|it| it.wall));
    let cpu = |runs: &[Run]| -> Option<f64> {
        let all: Option<Vec<f64>> = runs.iter().map(|it| it.cpu).collect();
        Some(median(all?.into_iter()))
    };
    let bytes = |runs: &[Run]| median(runs.iter().map(|it| it.bytes));
    for four in series.chunks(CARRIERS.len()) {
        let [(backend, _, memory), others @ ..] = four else {
            bail!("a series for each carrier");
        };
        let cpu_in_memory = cpu(memory);
        let memory = seconds(memory);
        println!("{backend:?}: memory {memory:.2} s");
        for (_, carrier, runs) in others {
            let ratio = seconds(runs) / memory;
            let cpu = cpu(runs)
                .zip(cpu_in_memory)
                .map(|(here, there)| here / there);
            println!(
                "{backend:?}: {carrier:?} {:.2} s, to memory {ratio:.3} ({}){}",
                seconds(runs),
                verdict(ratio <= MOST_COSTLY, format!("at most {MOST_COSTLY}")),
                cpu_text(cpu, " times the processor's time")
            );
        }
    }
    let over_gossip = (series.iter()).filter(|(_, carrier, _)| matches!(carrier, Carrier::Gossip));
    if let [(.., ours), (.., theirs)] = over_gossip.collect::<Vec<_>>()[..] {
        println!(
            "our back end against garble_lang's, over gossip: {:.3} of the time, {:.3} of the bytes",
            seconds(ours) / seconds(theirs),
            bytes(ours) / bytes(theirs)
        );
    }
    Ok(())
}

fn program() -> Result<Program> {
    Ok(Program::check(Source::new(
        "inner_product.garble.rs",
        INNER_PRODUCT,
    ))?)
}

fn named<T: Copy + fmt::Debug>(all: &[T], name: &str) -> Result<T> {
    let found = all.iter().find(|it| format!("{it:?}") == name);
    found.copied().with_context(|| format!("what is {name}?"))
}

fn run_in_process(backend: Backend, carrier: Carrier) -> Result<Run> {
    let ours = std::env::current_exe()?;
    let (backend, carrier) = (format!("{backend:?}"), format!("{carrier:?}"));
    let ran = Command::new(ours)
        .args([RUN, &backend, &carrier])
        .stderr(Stdio::inherit())
        .output()?;
    ensure!(ran.status.success(), "{backend}, {carrier}: {}", ran.status);
    Ok(serde_json::from_slice(&ran.stdout)?)
}

fn run_here(backend: Backend, carrier: Carrier) -> Result<Run> {
    let program = program()?;
    let compiled = Arc::new(program.compile(backend)?);
    Runtime::new()?.block_on(simulated(&program, &compiled, carrier))
}

async fn simulated(program: &Program, compiled: &Arc<Compiled>, carrier: Carrier) -> Result<Run> {
    let numbers = |first: u32| {
        let numbers: Vec<String> = (first..first + 100).map(|it| it.to_string()).collect();
        format!("[{}]", numbers.join(", "))
    };
    let inputs = [numbers(0), numbers(1000), "7".to_string()];
    let inputs = inputs.iter().enumerate();
    let inputs = inputs.map(|(party, text)| program.parse_input(party, text));
    let inputs = inputs.collect::<Result<Vec<_>, _>>()?;
    let run = async {
        let transport = match carrier {
            Carrier::Memory => Transport::Memory,
            Carrier::Bare => return bare::run(compiled, inputs).await,
            Carrier::Direct => Transport::Direct,
            Carrier::Gossip => Transport::Gossip,
        };
        let simulation = Simulation {
            program: program.clone(),
            compiled: compiled.clone(),
            inputs,
            output_parties: vec![0, 1, 2],
            evaluator: 0,
            transport,
            peer_timeout: BOUND,
            stall_timeout: BOUND,
        };
        let (_interrupter, interrupt) = Interrupter::new();
        Ok(simulate::run(simulation, interrupt).await?)
    };
    let before = cpu_seconds();
    let simulated = timeout(BOUND, run).await;
    let simulated = simulated.context("a run that does not end")??;
    let cpu = (cpu_seconds().zip(before)).map(|(after, before)| after - before);
    let expected: u32 = (0..100).map(|it| it * (it + 1000)).sum::<u32>() + 7;
    ensure!(simulated.value == expected.to_string(), "a wrong result");
    Ok(Run {
        wall: simulated.computing.as_secs_f64(),
        cpu,
        bytes: simulated.bytes_sent as f64,
    })
}

/// What this process has taken of all cores so far.
#[cfg(unix)]
fn cpu_seconds() -> Option<f64> {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Some(time.tv_sec as f64 + time.tv_nsec as f64 / 1e9)
}

#[cfg(not(unix))]
fn cpu_seconds() -> Option<f64> {
    None
}

fn cpu_text(seconds_or_ratio: Option<f64>, what: &str) -> String {
    seconds_or_ratio.map_or_else(String::new, |it| format!(", {it:.2}{what}"))
}

/// Three processes, as people start them: from the start of the last one until all three have told the result.
fn last_join_to_result(rounds: usize) -> Result<()> {
    println!("add between three processes, {rounds} rounds");
    let mut times = Vec::new();
    for round in 1..=rounds {
        let time = session()?;
        println!("  round {round}: {:.3} s", time.as_secs_f64());
        times.push(time.as_secs_f64());
    }
    let time = median(times.into_iter());
    println!(
        "from the last join to the last result: {time:.3} s ({})",
        verdict(
            time < SLOWEST_START.as_secs_f64(),
            format!("under {SLOWEST_START:?}")
        )
    );
    Ok(())
}

fn session() -> Result<Duration> {
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("programs/add.garble.rs");
    let program = program.to_str().context("a path in UTF-8")?;
    let (told, events) = mpsc::channel();
    let party = |number: usize, how: &[&str]| {
        let more = ["--program", program, "--input", "2", "--relay", "disabled"];
        Party::start(number, &[how, &more, &["--json"]].concat(), told.clone())
    };
    let wait_for = |number: usize, name: &str| -> Result<Value> {
        loop {
            let (from, event) = events.recv_timeout(BOUND).context("no news")?;
            ensure!(event["event"] != "error", "party {from}: {event}");
            if from == number && event["event"] == name {
                return Ok(event);
            }
        }
    };
    let mut host = party(0, &["new"])?;
    let ticket = wait_for(0, "ticket")?["ticket"].clone();
    let ticket = ticket.as_str().context("a ticket")?;
    let mut first = party(1, &["join", ticket])?;
    wait_for(1, "seated")?;
    let started = Instant::now();
    let mut last = party(2, &["join", ticket])?;
    let mut missing = vec![0, 1, 2];
    while !missing.is_empty() {
        let (from, event) = events.recv_timeout(BOUND).context("no result")?;
        ensure!(event["event"] != "error", "party {from}: {event}");
        if event["event"] == "result" {
            ensure!(event["value"] == "6", "a wrong result: {event}");
            missing.retain(|it| *it != from);
        }
    }
    let time = started.elapsed();
    for party in [&mut host, &mut first, &mut last] {
        ensure!(party.0.wait()?.success(), "a party ends with an error");
    }
    Ok(time)
}

/// A process that dies with its handle.
struct Party(Child);

impl Party {
    fn start(
        number: usize,
        arguments: &[&str],
        told: mpsc::Sender<(usize, Value)>,
    ) -> Result<Self> {
        let mut child = Command::new(env!("CARGO_BIN_EXE_iroh-mpc"))
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let lines = child.stdout.take().context("a piped stdout")?;
        thread::spawn(move || {
            for line in BufReader::new(lines).lines().map_while(Result::ok) {
                let event = serde_json::from_str(&line).unwrap_or(Value::Null);
                // Nobody listens once the run is over.
                told.send((number, event)).ok();
            }
        });
        Ok(Self(child))
    }
}

impl Drop for Party {
    fn drop(&mut self) {
        // It has ended already, unless something went wrong.
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

fn median(numbers: impl Iterator<Item = f64>) -> f64 {
    let mut numbers: Vec<f64> = numbers.collect();
    numbers.sort_by(f64::total_cmp);
    match numbers.len() {
        0 => f64::NAN,
        n if n % 2 == 1 => numbers[n / 2],
        n => (numbers[n / 2 - 1] + numbers[n / 2]) / 2.0,
    }
}

fn verdict(holds: bool, bound: String) -> String {
    let word = if holds { "holds" } else { "FAILS" };
    format!("{bound}: {word}")
}
