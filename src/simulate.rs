//! All parties in one process: the quickest way to see a program work.
//!
//! Each party has an endpoint of its own on the loopback interface and takes part in a real session over gossip, by the
//! very code of `new` and `join`. Or the engines are joined by polytune's channel in memory, which shows what the
//! network costs.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use futures::{FutureExt, StreamExt, future, stream::FuturesUnordered};
use iroh::SecretKey;
use polytune::channel::{Channel, SimpleChannel};
use tokio::sync::watch;

use crate::{
    engine::{self, Job},
    error::Error,
    node::{NodeConfig, Relay},
    program::{Compiled, Contribution, Input, InputState, Outcome, Program},
    proto::wire,
    session::{self, Consent, Entry, Interrupt, Notice, Options},
    ticket::Ticket,
};

/// From here on the evaluator uses temporary files, whatever joins the parties: all of them share this machine's memory.
/// Later than in a session, where memory matters more than the last tenth of the time.
const SPILL_GATES: usize = 1_000_000;

/// What joins the parties.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// iroh-gossip over the loopback interface.
    Gossip,
    /// QUIC streams over the loopback interface.
    Direct,
    /// polytune's channel in memory.
    Memory,
}

/// What is simulated.
#[derive(Debug, Clone)]
pub struct Simulation {
    /// The program.
    pub program: Program,
    /// Its circuit.
    pub compiled: Arc<Compiled>,
    /// Every party's input.
    pub inputs: Vec<Input>,
    /// The seats that learn the result.
    pub output_parties: Vec<usize>,
    /// The seat that evaluates.
    pub evaluator: usize,
    /// What joins them.
    pub transport: Transport,
    /// A party that is silent for so long is lost.
    pub peer_timeout: Duration,
    /// A party that makes no progress for so long is stalled.
    pub stall_timeout: Duration,
}

/// What came out.
#[derive(Debug, Clone)]
pub struct Simulated {
    /// The result, the same for every output party.
    pub value: String,
    /// From the common start to the last party's result.
    pub computing: Duration,
    /// Bytes of messages that all engines sent.
    pub bytes_sent: u64,
}

/// Runs all parties.
pub async fn run(simulation: Simulation, interrupt: Interrupt) -> Result<Simulated, Error> {
    match simulation.transport {
        Transport::Gossip => over_network(simulation, wire::Transport::Gossip, interrupt).await,
        Transport::Direct => over_network(simulation, wire::Transport::Direct, interrupt).await,
        Transport::Memory => in_memory(simulation, interrupt).await,
    }
}

async fn over_network(
    simulation: Simulation,
    transport: wire::Transport,
    interrupt: Interrupt,
) -> Result<Simulated, Error> {
    let watch = Watch::new(simulation.program.parties());
    let parties = 0..simulation.program.parties();
    let mut running: FuturesUnordered<_> = parties
        .map(|seat| take_part(seat, &simulation, transport, &watch, interrupt.clone()))
        .collect();
    while let Some(result) = running.next().await {
        result?;
    }
    drop(running);
    watch.conclude()
}

async fn take_part(
    seat: usize,
    simulation: &Simulation,
    transport: wire::Transport,
    watch: &Watch,
    interrupt: Interrupt,
) -> Result<(), Error> {
    let entry = if seat == 0 {
        Entry::New {
            seat,
            output_parties: simulation.output_parties.clone(),
            evaluator: simulation.evaluator,
            optimize: true,
            transport,
            allow: None,
        }
    } else {
        let mut ticket = watch.ticket.subscribe();
        let ticket = ticket
            .wait_for(Option::is_some)
            .await
            .ok()
            .and_then(|t| t.clone());
        let ticket = ticket.ok_or_else(|| Error::Local("the host is gone".into()))?;
        Entry::Join {
            ticket,
            seat: Some(seat.to_string()),
        }
    };
    let input = simulation.inputs.get(seat).cloned();
    let input = input.ok_or_else(|| Error::Usage(format!("party {seat} has no input")))?;
    let brought = Contribution {
        consts: simulation.program.given_constants(seat),
        input: InputState::Read(input),
    };
    let options = Options {
        entry,
        program: Some(simulation.program.clone()),
        consent: Consent::Given,
        compiled: Some(simulation.compiled.clone()),
        input: Box::new(|_, _| future::ready(Ok(brought)).boxed()),
        spill_gates: SPILL_GATES,
        node: NodeConfig {
            secret_key: SecretKey::generate(),
            relay: Relay::Disabled,
            bind: vec![SocketAddr::from((Ipv4Addr::LOCALHOST, 0))],
        },
        wait: None,
        peer_timeout: simulation.peer_timeout,
        stall_timeout: simulation.stall_timeout,
    };
    let notify = |notice| watch.notice(seat, notice);
    session::run(options, &notify, interrupt).await
}

/// What is seen of the parties.
struct Watch {
    ticket: watch::Sender<Option<Ticket>>,
    times: Mutex<Times>,
    bytes_sent: AtomicU64,
}

#[derive(Default)]
struct Times {
    started: Option<Instant>,
    done: Option<Instant>,
    values: Vec<Option<String>>,
}

impl Watch {
    fn new(parties: usize) -> Self {
        let times = Times {
            values: vec![None; parties],
            ..Times::default()
        };
        Self {
            ticket: watch::Sender::new(None),
            times: Mutex::new(times),
            bytes_sent: AtomicU64::new(0),
        }
    }

    fn notice(&self, seat: usize, notice: Notice) {
        let mut times = self.times.lock().unwrap_or_else(|e| e.into_inner());
        match notice {
            Notice::Ticket(ticket) => {
                self.ticket.send_replace(Some(ticket));
            }
            Notice::Started => {
                times.started.get_or_insert_with(Instant::now);
            }
            Notice::Result { value, bytes_sent } => {
                times.done = Some(Instant::now());
                times.values[seat] = value;
                self.bytes_sent.fetch_add(bytes_sent, Ordering::Relaxed);
            }
            _ => {}
        }
    }

    fn conclude(self) -> Result<Simulated, Error> {
        let times = self.times.into_inner().unwrap_or_else(|e| e.into_inner());
        let computing = match (times.started, times.done) {
            (Some(started), Some(done)) => done - started,
            _ => Duration::ZERO,
        };
        let value = agreed(times.values.into_iter().flatten())?;
        Ok(Simulated {
            value,
            computing,
            bytes_sent: self.bytes_sent.into_inner(),
        })
    }
}

/// The value that all output parties have. That they differ would be a fault of the engine, and must not pass in silence.
fn agreed(mut values: impl Iterator<Item = String>) -> Result<String, Error> {
    let first = (values.next()).ok_or_else(|| Error::Local("no party has a result".into()))?;
    match values.find(|value| *value != first) {
        Some(_) => Err(Error::Local("the parties have different results".into())),
        None => Ok(first),
    }
}

async fn in_memory(simulation: Simulation, interrupt: Interrupt) -> Result<Simulated, Error> {
    let program = &simulation.program;
    let channels = SimpleChannel::channels(program.parties());
    let bytes_sent = Arc::new(AtomicU64::new(0));
    let started = Instant::now();
    let engines = (channels.into_iter().zip(simulation.inputs).enumerate()).map(
        |(party, (channel, input))| {
            let job = Job {
                compiled: simulation.compiled.clone(),
                input,
                party,
                evaluator: simulation.evaluator,
                output_parties: simulation.output_parties.clone(),
                spill: engine::spill(
                    &simulation.compiled,
                    party == simulation.evaluator,
                    SPILL_GATES,
                ),
            };
            let channel = Counting(channel, bytes_sent.clone());
            engine::run(job, channel)
        },
    );
    let results = tokio::select! {
        results = future::try_join_all(engines) => {
            results.map_err(|e| Error::Local(e.to_string()))?
        }
        () = interrupt.wait() => return Err(Error::Interrupted("engine".into())),
    };
    let computing = started.elapsed();
    let mut values = Vec::new();
    for party in &simulation.output_parties {
        match results
            .get(*party)
            .and_then(|bits| simulation.compiled.decode(bits))
        {
            Some(Outcome::Value(value)) => values.push(value),
            Some(Outcome::Panic(why)) => return Err(Error::Panicked(why)),
            None => return Err(Error::Local("the result is no value of its type".into())),
        }
    }
    Ok(Simulated {
        value: agreed(values.into_iter())?,
        computing,
        bytes_sent: bytes_sent.load(Ordering::Relaxed),
    })
}

/// Polytune's channel in memory, which counts the bytes of all parties together.
struct Counting(SimpleChannel, Arc<AtomicU64>);

impl Channel for Counting {
    type SendError = <SimpleChannel as Channel>::SendError;
    type RecvError = <SimpleChannel as Channel>::RecvError;

    async fn send_bytes_to(
        &self,
        party: usize,
        data: Vec<u8>,
        phase: &str,
    ) -> Result<(), Self::SendError> {
        self.1.fetch_add(data.len() as u64, Ordering::Relaxed);
        self.0.send_bytes_to(party, data, phase).await
    }

    async fn recv_bytes_from(&self, party: usize, phase: &str) -> Result<Vec<u8>, Self::RecvError> {
        self.0.recv_bytes_from(party, phase).await
    }
}
