//! The first half of the journey: until everybody sits at the table with the same roster and the same circuit.

use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use futures::future::{self, BoxFuture, FutureExt};
use iroh::{EndpointAddr, SecretKey};
use tokio::time::{Instant, sleep_until, timeout};
use zeroize::Zeroizing;

use super::{Entry, FAREWELL_WAIT, Interrupt, Notice, Notify, Options, ReadInput};
use crate::{
    channel::{self, Pairs},
    end::SessionEnd,
    engine::{self, Job},
    error::{Error, Fault, FaultKind},
    guard::{Guard, Setting},
    lobby::{Command, LobbyHandle, News},
    node::Node,
    program::{
        Backend, Compiled, Constants, Contribution, Input, InputState, Program, ProgramError,
    },
    proto::{
        roster::{self, Event, Role, Roster},
        seal::SessionKey,
        wire::{Digest, Refusal, Terms, VERSIONS},
    },
    ticket::{SessionSecret, Ticket},
};

/// A host that nothing is heard of for so long is given up.
const HOST_WAIT: Duration = Duration::from_secs(60);

/// Everybody is ready: what the second half needs.
pub(super) struct Table {
    pub lobby: LobbyHandle,
    pub pairs: Pairs,
    pub guard: Guard,
    pub seed: Digest,
    pub end: SessionEnd,
    pub job: Job,
    pub compiled: Arc<Compiled>,
    pub peer_timeout: Duration,
}

/// Opens or enters the lobby and stays until everybody is ready.
pub(super) async fn gather(
    options: Options,
    node: &Node,
    notify: Notify<'_>,
    interrupt: &Interrupt,
) -> Result<Table, Error> {
    let deadline = options.wait.map(|wait| Instant::now() + wait);
    let lobby = interrupt
        .or("opening the session", open(&options, node, notify))
        .await??;
    let mut gathering = Gathering {
        lobby,
        node,
        notify,
        key: SessionKey::from_random(Zeroizing::new(rand::random())),
        read: Some(options.input),
        is_host: matches!(options.entry, Entry::New { .. }),
        program: options.program,
        compiled: options.compiled,
        peer_timeout: options.peer_timeout,
        stall_timeout: options.stall_timeout,
        spill_gates: options.spill_gates,
        end: SessionEnd::default(),
        seat: None,
        terms: None,
        board: Vec::new(),
        input: None,
        pairs: None,
        guard: None,
        last_error: None,
    };
    let result = tokio::select! {
        result = gathering.run() => result,
        () = interrupt.wait() => Err(Error::Interrupted("lobby".into())),
        () = at(deadline) => Err(gathering.too_late()),
    };
    match result {
        Ok(seed) => gathering.table(seed),
        Err(error) => {
            gathering.leave(&error).await;
            Err(error)
        }
    }
}

async fn open(options: &Options, node: &Node, notify: Notify<'_>) -> Result<LobbyHandle, Error> {
    match &options.entry {
        Entry::New {
            seat,
            output_parties,
            evaluator,
            optimize,
            transport,
        } => {
            let host = node.addr().await;
            if node.is_without_relay() {
                notify(Notice::NoRelay);
            }
            let ticket = Ticket {
                secret: SessionSecret::random(),
                host,
                program: options.program.digest(),
            };
            let terms = Terms {
                versions: VERSIONS.into(),
                program: ticket.program,
                parties: options.program.parties() as u16,
                output_parties: output_parties.iter().map(|seat| *seat as u16).collect(),
                evaluator: *evaluator as u16,
                optimize: *optimize,
                transport: *transport,
            };
            let seat = *seat as u16;
            let config = machine(options, &ticket);
            let lobby = LobbyHandle::open(node, config, Role::Host { terms, seat }, None).await?;
            notify(Notice::Ticket(ticket));
            Ok(lobby)
        }
        Entry::Join { ticket, seat } => {
            check_ticket(ticket, options)?;
            let role = Role::Joiner {
                host: ticket.host.id,
                program: ticket.program,
                seat: seat.map(|seat| seat as u16),
            };
            let host = Some(ticket.host.clone());
            LobbyHandle::open(node, machine(options, ticket), role, host).await
        }
    }
}

fn check_ticket(ticket: &Ticket, options: &Options) -> Result<(), Error> {
    if ticket.program != options.program.digest() {
        return Err(Error::not_formed(
            format!(
                "the host runs another program than {}",
                options.program.name()
            ),
            "ask the host for its program file",
        ));
    }
    if ticket.host.id == options.node.secret_key.public() {
        return Err(Error::not_formed(
            "the host has the same identity: a lasting identity can take one seat only",
            "use another --secret-key-file, or none",
        ));
    }
    Ok(())
}

fn machine(options: &Options, ticket: &Ticket) -> roster::Config {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH);
    let secret: &SecretKey = &options.node.secret_key;
    roster::Config {
        secret: secret.clone(),
        session: ticket.secret.lobby_topic(),
        instance: rand::random(),
        nonce: rand::random(),
        // Microseconds: more than any process sends messages, so a second process counts on from the first.
        first_counter: since_epoch.map_or(0, |time| time.as_micros() as u64),
        peer_timeout: options.peer_timeout,
        stall_timeout: options.stall_timeout,
    }
}

struct Gathering<'a> {
    lobby: LobbyHandle,
    node: &'a Node,
    notify: Notify<'a>,
    key: SessionKey,
    read: Option<ReadInput>,
    is_host: bool,
    program: Program,
    compiled: Option<Arc<Compiled>>,
    peer_timeout: Duration,
    stall_timeout: Duration,
    spill_gates: usize,
    end: SessionEnd,
    seat: Option<usize>,
    terms: Option<Terms>,
    board: Vec<Option<bool>>,
    input: Option<InputState>,
    pairs: Option<Pairs>,
    guard: Option<Guard>,
    last_error: Option<String>,
}

type Preparing = BoxFuture<'static, Result<Prepared, ProgramError>>;

/// What we need before we can announce ourselves.
struct Prepared {
    brought: Contribution,
    /// Only if no constants are missing.
    compiled: Option<Arc<Compiled>>,
    addr: EndpointAddr,
}

type Fitting = BoxFuture<'static, Result<Fitted, ProgramError>>;

/// What the constants of all parties make of the program.
struct Fitted {
    roster: Roster,
    program: Program,
    compiled: Arc<Compiled>,
    input: Input,
}

impl Gathering<'_> {
    /// Follows the lobby until the common start; gives the seed of the session's keys.
    async fn run(&mut self) -> Result<Digest, Error> {
        let give_up = (!self.is_host).then(|| Instant::now() + HOST_WAIT);
        let mut preparing: Preparing = future::pending().boxed();
        let mut fitting: Fitting = future::pending().boxed();
        loop {
            tokio::select! {
                news = self.lobby.next() => match news {
                    Some(News::Event(event)) => match self.follow(event).await? {
                        Step::Prepare(next) => preparing = next,
                        Step::Fit(next) => fitting = next,
                        Step::Start(seed) => return Ok(seed),
                        Step::Wait => {}
                    },
                    Some(News::Connected) => {}
                    Some(News::NoAnswer(why)) => self.last_error = Some(why),
                    None => return Err(Error::Local("the network closed".into())),
                },
                prepared = &mut preparing => {
                    preparing = future::pending().boxed();
                    let Prepared { brought, compiled, addr } = prepared?;
                    self.input = Some(brought.input);
                    self.compiled = compiled;
                    let announce = Command::Announce(addr, self.key.public(), brought.consts);
                    self.lobby.tell(announce);
                }
                fitted = &mut fitting => {
                    fitting = future::pending().boxed();
                    let Fitted { roster, program, compiled, input } = fitted.map_err(misfit)?;
                    self.program = program;
                    self.input = Some(InputState::Read(input));
                    self.seal(&roster, compiled).await?;
                }
                () = at(give_up), if self.terms.is_none() => return Err(self.host_missing()),
            }
        }
    }

    async fn follow(&mut self, event: Event) -> Result<Step, Error> {
        match event {
            Event::Seated { seat, terms } => {
                self.seat = Some(seat);
                self.check_terms(&terms)?;
                (self.notify)(Notice::Seated { seat });
                let step = self.prepare(seat, terms.optimize);
                self.terms = Some(terms);
                return Ok(step);
            }
            Event::Board(board) => {
                self.board.clone_from(&board);
                (self.notify)(Notice::Board(board));
            }
            Event::Roster(roster) => {
                (self.notify)(Notice::Forming("roster"));
                if !self.program.needs().is_empty() {
                    return self.fit(roster);
                }
                let compiled = self.compiled.clone().ok_or_else(too_early)?;
                self.seal(&roster, compiled).await?;
            }
            Event::Start { seed } => return Ok(Step::Start(seed)),
            Event::Refused(why) => return Err(refused(why)),
            Event::WrongTerms(why) => {
                return Err(Error::not_formed(why, "ask the host for a new ticket"));
            }
            Event::Fault(fault) => return Err(Error::Ended(fault)),
            Event::Heard => {}
        }
        Ok(Step::Wait)
    }

    /// The digest covers the program; what it does not cover must make sense for it.
    fn check_terms(&self, terms: &Terms) -> Result<(), Error> {
        let parties = self.program.parties();
        let exists = |seat: &u16| usize::from(*seat) < parties;
        let fine = usize::from(terms.parties) == parties
            && !terms.output_parties.is_empty()
            && terms.output_parties.iter().all(exists)
            && terms.output_parties.is_sorted_by(|a, b| a < b)
            && exists(&terms.evaluator);
        fine.then_some(()).ok_or_else(|| {
            Error::not_formed(
                "the host's terms don't fit the program",
                "ask the host for a new ticket",
            )
        })
    }

    /// Reads the input and compiles, while the lobby goes on.
    fn prepare(&mut self, seat: usize, optimize: bool) -> Step {
        let Some(read) = self.read.take() else {
            return Step::Wait;
        };
        let (program, node) = (self.program.clone(), self.node.clone());
        let ready = self.compiled.clone();
        let prepare = async move {
            let compiling = async {
                match program.needs() {
                    [] => compile(ready, program.clone(), optimize).await.map(Some),
                    _ => Ok(ready),
                }
            };
            let reading = read(program.clone(), seat);
            let (brought, compiled) = future::try_join(reading, compiling).await?;
            let addr = node.addr().await;
            Ok(Prepared {
                brought,
                compiled,
                addr,
            })
        };
        Step::Prepare(prepare.boxed())
    }

    /// With the roster all constants are there: sizes the program and compiles it, while the lobby goes on.
    fn fit(&mut self, roster: Roster) -> Result<Step, Error> {
        let (Some(input), Some(seat), Some(terms)) = (self.input.take(), self.seat, &self.terms)
        else {
            return Err(too_early());
        };
        let (program, ready, optimize) =
            (self.program.clone(), self.compiled.clone(), terms.optimize);
        let fit = async move {
            let consts = roster.parties.iter().map(|party| party.consts.clone());
            let consts: Vec<Constants> = consts.collect();
            let program = program.with_constants(&consts)?;
            let input = match input {
                InputState::Read(input) => input,
                InputState::Waiting(given) => program.input(seat, &given)?,
            };
            let compiled = compile(ready, program.clone(), optimize).await?;
            Ok(Fitted {
                roster,
                program,
                compiled,
                input,
            })
        };
        Ok(Step::Fit(fit.boxed()))
    }

    /// Agrees to the roster.
    async fn seal(&mut self, roster: &Roster, compiled: Arc<Compiled>) -> Result<(), Error> {
        let guard = self.guard(&compiled)?;
        self.connect_pairs(roster, &guard).await?;
        self.guard = Some(guard);
        self.lobby.tell(Command::Confirm(compiled.digest()));
        self.compiled = Some(compiled);
        (self.notify)(Notice::Forming("ready"));
        Ok(())
    }

    fn guard(&self, compiled: &Compiled) -> Result<Guard, Error> {
        let (Some(party), Some(terms)) = (self.seat, &self.terms) else {
            return Err(too_early());
        };
        Ok(Guard::new(&Setting {
            circuit: compiled.circuit(),
            party,
            evaluator: terms.evaluator.into(),
            output_parties: &seats(&terms.output_parties),
        }))
    }

    async fn connect_pairs(&mut self, roster: &Roster, guard: &Guard) -> Result<(), Error> {
        let terms = self.terms.as_ref().ok_or_else(too_early)?;
        let config = channel::Config {
            party: self.seat.unwrap_or_default(),
            transport: terms.transport,
            max_message: guard.max_message_bytes(),
            peer_timeout: self.peer_timeout,
            stall_timeout: self.stall_timeout,
        };
        let end = self.end.clone();
        let pairs = Pairs::connect(self.node, roster, &self.key, config, end).await?;
        self.pairs = Some(pairs);
        Ok(())
    }

    fn table(self, seed: Digest) -> Result<Table, Error> {
        let lines = self.pairs.zip(self.guard);
        let complete = (lines, self.input, self.seat, self.terms, self.compiled);
        let (
            Some((pairs, guard)),
            Some(InputState::Read(input)),
            Some(party),
            Some(terms),
            Some(compiled),
        ) = complete
        else {
            return Err(too_early());
        };
        let evaluator = usize::from(terms.evaluator);
        let job = Job {
            spill: engine::spill(&compiled, party == evaluator, self.spill_gates),
            compiled: compiled.clone(),
            input,
            party,
            evaluator,
            output_parties: seats(&terms.output_parties),
        };
        Ok(Table {
            lobby: self.lobby,
            pairs,
            guard,
            seed,
            end: self.end,
            job,
            compiled,
            peer_timeout: self.peer_timeout,
        })
    }

    fn too_late(&self) -> Error {
        let hint = "start again with a longer --wait, or without one";
        if !self.is_host && self.terms.is_none() {
            return Error::not_formed("the host was not reached in the time of --wait", hint);
        }
        let absent = |(seat, state): (usize, &Option<bool>)| match state {
            Some(true) => None,
            Some(false) => Some(format!("party {seat} has given no input yet")),
            None => Some(format!("party {seat} is missing")),
        };
        let absent: Vec<_> = self.board.iter().enumerate().filter_map(absent).collect();
        let who = match absent.as_slice() {
            [] => "not everybody was ready".to_string(),
            absent => absent.join(", "),
        };
        Error::not_formed(format!("the time of --wait is over: {who}"), hint)
    }

    fn host_missing(&self) -> Error {
        let seconds = HOST_WAIT.as_secs();
        let why = self.last_error.as_deref().unwrap_or("no answer");
        Error::not_formed(
            format!("the host could not be reached for {seconds} s ({why})"),
            "check that its `iroh-mpc new` still runs, and that the ticket is the latest one",
        )
    }

    /// Tells the others that we leave, so that our seat is free at once.
    async fn leave(&mut self, error: &Error) {
        let fault = match error {
            Error::Ended(fault) => fault.clone(),
            Error::Interrupted(phase) => self.own_fault(FaultKind::Interrupted, phase),
            _ => self.own_fault(FaultKind::Failed, "lobby"),
        };
        self.lobby.tell(Command::Abort(fault));
        farewell(&mut self.lobby).await;
    }

    fn own_fault(&self, kind: FaultKind, phase: &str) -> Fault {
        Fault {
            kind,
            party: self.seat,
            phase: phase.into(),
            started: false,
            reported_by: None,
        }
    }
}

enum Step {
    Wait,
    Prepare(Preparing),
    Fit(Fitting),
    Start(Digest),
}

/// Compiles on a thread of its own, unless the circuit is there already.
async fn compile(
    compiled: Option<Arc<Compiled>>,
    program: Program,
    optimize: bool,
) -> Result<Arc<Compiled>, ProgramError> {
    if let Some(compiled) = compiled {
        return Ok(compiled);
    }
    let backend = if optimize {
        Backend::Optimized
    } else {
        Backend::Lowered
    };
    let name = program.name().to_string();
    let compiled = tokio::task::spawn_blocking(move || program.compile(backend)).await;
    compiled
        .map(|result| result.map(Arc::new))
        .unwrap_or_else(|_| {
            let why = "made the compiler fail".into();
            Err(ProgramError::Unfit { name, why })
        })
}

/// Each party's constants may be fine alone, and yet not fit together.
fn misfit(error: ProgramError) -> Error {
    Error::not_formed(
        format!("the constants that the parties gave do not fit: {error}"),
        "agree on the constants and the sizes of the inputs, then start a new session",
    )
}

fn seats(seats: &[u16]) -> Vec<usize> {
    seats.iter().map(|seat| (*seat).into()).collect()
}

fn too_early() -> Error {
    Error::Local("the session started too early".into())
}

/// Waits until the others have heard our abort, or it is clear that they won't.
pub(super) async fn farewell(lobby: &mut LobbyHandle) {
    let heard = async {
        while let Some(news) = lobby.next().await {
            if matches!(news, News::Event(Event::Heard)) {
                return;
            }
        }
    };
    if timeout(FAREWELL_WAIT, heard).await.is_err() {
        tracing::debug!("not everybody has heard that we leave");
    }
}

fn refused(why: Refusal) -> Error {
    let (what, hint) = match why {
        Refusal::Taken => (
            "the seat is taken",
            "join without --party, or ask for another seat",
        ),
        Refusal::Full => (
            "the session is full: no seat is free",
            "ask the host for a new session",
        ),
        Refusal::NoSuchSeat => ("there is no such seat", "join without --party"),
        Refusal::IdentityInUse => (
            "another process with the same identity has a seat already",
            "use another --secret-key-file, or none",
        ),
        Refusal::Begun => (
            "the session has begun without you",
            "ask the host for a new session",
        ),
    };
    Error::not_formed(what, hint)
}

async fn at(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => future::pending().await,
    }
}
