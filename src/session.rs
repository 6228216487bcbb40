//! The whole journey: from a ticket to a result.
//!
//! `new` and `join` differ in how they come to the lobby; every step after that is the same. A session ends in one of
//! three ways: with a result, with an error of our own that the others are told of, or with what another party reports.

mod attest;
mod compute;
mod enter;
mod fetch;
mod gather;

use std::{collections::BTreeSet, fmt, future::Future, sync::Arc, time::Duration};

use futures::future::BoxFuture;
use iroh::EndpointId;
use polytune::channel::Channel;
use tokio::{sync::watch, time::timeout};

use self::{compute::compute, gather::gather};
use crate::{
    channel::IrohChannel,
    error::Error,
    guard::Guarded,
    node::{Node, NodeConfig},
    program::{Compiled, Contribution, Finding, Program, ProgramError},
    proto::{
        roster::Roster,
        wire::{Terms, Transport},
    },
    receipt::Receipt,
    ticket::Ticket,
};

/// How long the network may take to close. All that matters has been said and acknowledged by then; the close frames go
/// out at once, and waiting for peers that have closed already would take three probe timeouts.
const SHUTDOWN_WAIT: Duration = Duration::from_millis(250);

/// How long we wait for the others to hear that we leave.
const FAREWELL_WAIT: Duration = Duration::from_secs(1);

/// How a party comes to its session.
#[derive(Debug, Clone)]
pub enum Entry {
    /// It opens the session and sets the terms.
    New {
        /// Its own seat.
        seat: usize,
        /// The seats that learn the result.
        output_parties: Vec<usize>,
        /// The seat that evaluates the garbled circuit.
        evaluator: usize,
        /// Whether the circuit is optimised.
        optimize: bool,
        /// What carries the engine's messages.
        transport: Transport,
        /// Who may have a seat; any ticket holder if `None`.
        allow: Option<BTreeSet<EndpointId>>,
    },
    /// It was given a ticket.
    Join {
        /// The ticket.
        ticket: Ticket,
        /// The seat it wants, by index or name, or the lowest free one.
        seat: Option<String>,
    },
}

/// Asks whether the user agrees to all that [`Notice::Gathered`] has shown.
pub type AskConsent = Box<dyn FnOnce() -> BoxFuture<'static, bool> + Send>;

/// Whether this party agrees to what it is shown.
pub enum Consent {
    /// It has agreed beforehand: it brought the program itself, or said so.
    Given,
    /// It is asked when all is known, and before anything that depends on its input is said.
    Ask(AskConsent),
}

/// Reads input and constants once the seat is known.
pub type ReadInput = Box<
    dyn FnOnce(Program, usize) -> BoxFuture<'static, Result<Contribution, ProgramError>> + Send,
>;

/// What a session needs.
pub struct Options {
    /// How we come to it.
    pub entry: Entry,
    /// The program. A joiner without one gets it from the host.
    pub program: Option<Program>,
    /// Whether the user is asked.
    pub consent: Consent,
    /// The program's circuit, if it is there already: several parties in one process can share it.
    pub compiled: Option<Arc<Compiled>>,
    /// Where input and constants come from.
    pub input: ReadInput,
    /// From how many AND gates on the evaluator uses temporary files; see [`engine::spill`](crate::engine::spill).
    pub spill_gates: usize,
    /// The endpoint.
    pub node: NodeConfig,
    /// Give up unless everybody is there by then.
    pub wait: Option<Duration>,
    /// A party that is silent for so long is lost.
    pub peer_timeout: Duration,
    /// A party that is there but makes no progress for so long is stalled.
    pub stall_timeout: Duration,
}

/// What a person or a script is told on the way.
#[derive(Debug, Clone)]
pub enum Notice {
    /// The session is open; this ticket lets others in.
    Ticket(Ticket),
    /// No relay answers: only direct addresses work.
    NoRelay,
    /// The host has sent the program. It is shown to the user with the terms, before any input is asked for.
    Fetched(Program),
    /// We have a seat.
    Seated {
        /// The seat.
        seat: usize,
        /// Our identity.
        id: EndpointId,
        /// What the host has set.
        terms: Terms,
    },
    /// Who is there: by seat, `None` for a free one, and whether the party is ready with its input.
    Board(Vec<Option<bool>>),
    /// Every seat is taken for good: what everybody agrees to, or not.
    Gathered(Gathered),
    /// What is remarkable about the program; told before we agree to compute.
    Findings(Vec<Finding>),
    /// Everybody is ready, the computation begins.
    Started,
    /// A step towards the common start: the roster is here (`roster`), or we are ready (`ready`).
    Forming(&'static str),
    /// What we say to a party goes another way than before.
    Route {
        /// The party's seat.
        party: usize,
        /// The party that passes it on; `None` if it goes straight again.
        via: Option<usize>,
    },
    /// The engine has entered a phase.
    Phase(String),
    /// The result.
    Result {
        /// The literal; `None` if this party learns nothing.
        value: Option<String>,
        /// Bytes that our engine sent.
        bytes_sent: u64,
    },
    /// What was computed, and who signed it. After the result, and after what the others' loss may change.
    Receipt(Box<Receipt>),
    /// Something went wrong that no longer matters for us.
    Warning(String),
}

/// Who sits at the table, and what they are about to compute.
#[derive(Debug, Clone)]
pub struct Gathered {
    /// The parties with their constants, by seat.
    pub roster: Roster,
    /// The [session words](crate::words).
    pub words: String,
    /// The circuit, with all constants.
    pub compiled: Arc<Compiled>,
    /// What the host has set.
    pub terms: Terms,
}

/// Where notices go.
pub type Notify<'a> = &'a (dyn Fn(Notice) + Send + Sync);

/// Becomes ready when the user wants to stop.
#[derive(Debug, Clone)]
pub struct Interrupt(watch::Receiver<bool>);

/// Interrupts all clones of its [`Interrupt`].
#[derive(Debug)]
pub struct Interrupter(watch::Sender<bool>);

impl Interrupter {
    /// A new pair.
    pub fn new() -> (Self, Interrupt) {
        let (sender, receiver) = watch::channel(false);
        (Self(sender), Interrupt(receiver))
    }

    /// Interrupts.
    pub fn interrupt(&self) {
        self.0.send_replace(true);
    }
}

impl Interrupt {
    pub(crate) async fn wait(&self) {
        if self.0.clone().wait_for(|stop| *stop).await.is_err() {
            // Nobody can interrupt any more.
            std::future::pending::<()>().await;
        }
    }

    /// Runs a future unless the user stops it, which is an error that names the phase.
    pub async fn or<T>(&self, phase: &str, future: impl Future<Output = T>) -> Result<T, Error> {
        tokio::select! {
            value = future => Ok(value),
            () = self.wait() => Err(Error::Interrupted(phase.into())),
        }
    }
}

/// Takes part in a session. Ends with `Ok` if there is a result, or nothing to learn and the others have it.
pub async fn run(options: Options, notify: Notify<'_>, interrupt: Interrupt) -> Result<(), Error> {
    run_over(options, notify, interrupt, |channel| channel).await
}

/// As [`run`], but the engine speaks through a channel that the caller puts around the session's own.
pub async fn run_over<C>(
    options: Options,
    notify: Notify<'_>,
    interrupt: Interrupt,
    around: impl FnOnce(Guarded<IrohChannel>) -> C,
) -> Result<(), Error>
where
    C: Channel + Send + 'static,
{
    let bind = Node::bind(options.node.clone());
    let node = interrupt.or("opening the network", bind).await??;
    let outcome = travel(options, &node, notify, &interrupt, around).await;
    if timeout(SHUTDOWN_WAIT, node.shutdown()).await.is_err() {
        tracing::debug!("the network took too long to close");
    }
    outcome
}

async fn travel<C>(
    options: Options,
    node: &Node,
    notify: Notify<'_>,
    interrupt: &Interrupt,
    around: impl FnOnce(Guarded<IrohChannel>) -> C,
) -> Result<(), Error>
where
    C: Channel + Send + 'static,
{
    let table = gather(options, node, notify, interrupt).await?;
    notify(Notice::Started);
    compute(table, notify, interrupt, around).await
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("entry", &self.entry)
            .field("program", &self.program.as_ref().map(Program::name))
            .finish_non_exhaustive()
    }
}
