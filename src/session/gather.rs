//! The first half of the journey: until everybody sits at the table with the same roster and the same circuit.

use std::{sync::Arc, time::Duration};

use futures::future::{self, BoxFuture, FutureExt};
use iroh::{EndpointAddr, SecretKey};
use tokio::time::{Instant, sleep_until, timeout};
use zeroize::Zeroizing;

use super::{
    Consent, Entry, FAREWELL_WAIT, Gathered, Interrupt, Notice, Notify, Options, ReadInput,
    attest::Signer,
    enter::{
        HOST_WAIT, LONGER_WAIT, host_missing, not_opened, not_reached, open, program, refused,
        wrong_terms,
    },
};
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
        attest::Statement,
        roster::{Event, Roster, WrongTerms},
        seal::SessionKey,
        wire::{ATTESTATION_BYTES, Digest, Terms},
    },
    words::words,
};

/// Everybody is ready: what the second half needs.
pub(super) struct Table {
    pub lobby: LobbyHandle,
    pub pairs: Pairs,
    pub guard: Guard,
    pub seed: Digest,
    pub end: SessionEnd,
    pub job: Job,
    pub compiled: Arc<Compiled>,
    pub signer: Signer,
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
    let program = tokio::select! {
        program = program(&options, node, notify) => program?,
        () = interrupt.wait() => return Err(Error::Interrupted("getting the program".into())),
        () = at(deadline) => return Err(not_reached()),
    };
    let lobby = tokio::select! {
        lobby = open(&options, &program, node, notify) => lobby?,
        () = interrupt.wait() => return Err(Error::Interrupted("opening the session".into())),
        () = at(deadline) => return Err(not_opened()),
    };
    let mut gathering = Gathering {
        lobby,
        node,
        notify,
        secret: options.node.secret_key,
        key: SessionKey::from_random(Zeroizing::new(rand::random())),
        read: Some(options.input),
        consent: Some(options.consent),
        is_host: matches!(options.entry, Entry::New { .. }),
        program,
        compiled: options.compiled,
        peer_timeout: options.peer_timeout,
        stall_timeout: options.stall_timeout,
        spill_gates: options.spill_gates,
        end: SessionEnd::default(),
        seat: None,
        terms: None,
        board: Vec::new(),
        input: None,
        roster: None,
        words: None,
        unready: Vec::new(),
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

struct Gathering<'a> {
    lobby: LobbyHandle,
    node: &'a Node,
    notify: Notify<'a>,
    secret: SecretKey,
    key: SessionKey,
    read: Option<ReadInput>,
    consent: Option<Consent>,
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
    roster: Option<Roster>,
    words: Option<String>,
    /// Who is not ready yet, once we are.
    unready: Vec<usize>,
    pairs: Option<Pairs>,
    guard: Option<Guard>,
    last_error: Option<String>,
}

type Consenting = BoxFuture<'static, bool>;
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
        let mut consenting: Consenting = future::pending().boxed();
        loop {
            tokio::select! {
                news = self.lobby.next() => match news {
                    Some(News::Event(event)) => match self.follow(event).await? {
                        Step::Prepare(next) => preparing = next,
                        Step::Fit(next) => fitting = next,
                        Step::Ask(next) => consenting = next,
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
                    if let Step::Ask(next) = self.seal(roster, compiled).await? {
                        consenting = next;
                    }
                }
                agreed = &mut consenting => {
                    consenting = future::pending().boxed();
                    if !agreed {
                        return Err(Error::Refused);
                    }
                    self.confirm()?;
                }
                () = at(give_up), if self.terms.is_none() => return Err(host_missing(self.last_error.as_deref())),
            }
        }
    }

    async fn follow(&mut self, event: Event) -> Result<Step, Error> {
        match event {
            Event::Seated { seat, terms } => {
                self.seat = Some(seat);
                self.check_terms(&terms)?;
                let (id, shown) = (self.node.id(), terms.clone());
                (self.notify)(Notice::Seated {
                    seat,
                    id,
                    terms: shown,
                });
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
                let consts = roster.parties.iter().map(|party| party.consts.clone());
                let consts: Vec<Constants> = consts.collect();
                self.program.check_constants(&consts).map_err(misfit)?;
                if !self.program.needs().is_empty() {
                    return self.fit(roster, consts);
                }
                let compiled = self.compiled.clone().ok_or_else(too_early)?;
                return self.seal(roster, compiled).await;
            }
            Event::Opened { words: digest } => {
                self.words = Some(words(&digest));
                return self.ask();
            }
            Event::Unready(seats) => self.unready = seats,
            Event::Start { seed } => return Ok(Step::Start(seed)),
            Event::Refused(why) => return Err(refused(why, &self.node.id())),
            Event::WrongTerms(why) => return Err(wrong_terms(&why)),
            Event::Fault(fault) => return Err(Error::Ended(fault)),
            Event::Heard => {}
        }
        Ok(Step::Wait)
    }

    /// The digest covers the program; what it does not cover must make sense for it.
    fn check_terms(&self, terms: &Terms) -> Result<(), Error> {
        let misfit = WrongTerms::misfit(terms, self.program.parties());
        misfit.map_or(Ok(()), |why| Err(wrong_terms(&why)))
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
    fn fit(&mut self, roster: Roster, consts: Vec<Constants>) -> Result<Step, Error> {
        let (Some(input), Some(seat), Some(terms)) = (self.input.take(), self.seat, &self.terms)
        else {
            return Err(too_early());
        };
        let (program, ready, optimize) =
            (self.program.clone(), self.compiled.clone(), terms.optimize);
        let fit = async move {
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

    /// Takes the roster, and the circuit that its constants make.
    async fn seal(&mut self, roster: Roster, compiled: Arc<Compiled>) -> Result<Step, Error> {
        let (program, circuit) = (self.program.clone(), compiled.clone());
        let findings = tokio::task::spawn_blocking(move || program.findings(&circuit)).await;
        (self.notify)(Notice::Findings(findings.unwrap_or_default()));
        let guard = self.guard(&compiled)?;
        self.connect_pairs(&roster, &guard).await?;
        self.guard = Some(guard);
        self.compiled = Some(compiled);
        self.roster = Some(roster);
        self.ask()
    }

    /// Once roster, circuit and words are there: shows who is there and what will be computed, and asks for consent unless
    /// it was given beforehand.
    fn ask(&mut self) -> Result<Step, Error> {
        let complete = (&self.roster, &self.compiled, &self.terms, &self.words);
        let (Some(roster), Some(compiled), Some(terms), Some(words)) = complete else {
            return Ok(Step::Wait);
        };
        (self.notify)(Notice::Gathered(Gathered {
            roster: roster.clone(),
            words: words.clone(),
            compiled: compiled.clone(),
            terms: terms.clone(),
        }));
        match self.consent.take() {
            Some(Consent::Ask(ask)) => {
                self.lobby.tell(Command::Ask);
                Ok(Step::Ask(ask()))
            }
            Some(Consent::Given) => self.confirm().map(|()| Step::Wait),
            None => Err(too_early()),
        }
    }

    fn confirm(&self) -> Result<(), Error> {
        let compiled = self.compiled.as_ref().ok_or_else(too_early)?;
        self.lobby.tell(Command::Confirm(compiled.digest()));
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
            max_message: guard.max_message_bytes().max(ATTESTATION_BYTES),
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
        let agreed = self.terms.zip(self.roster);
        let complete = (lines, self.input, self.seat, agreed, self.compiled);
        let (
            Some((pairs, guard)),
            Some(InputState::Read(input)),
            Some(party),
            Some((terms, roster)),
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
        // What is left to say is the commitment.
        let draft = Statement::new(&roster, terms, compiled.digest(), Digest::default());
        Ok(Table {
            lobby: self.lobby,
            pairs,
            guard,
            seed,
            end: self.end,
            job,
            compiled,
            signer: Signer {
                secret: self.secret,
                party,
                draft,
            },
            peer_timeout: self.peer_timeout,
        })
    }

    fn too_late(&self) -> Error {
        if !self.is_host && self.terms.is_none() {
            return not_reached();
        }
        let absent = |(seat, state): (usize, &Option<bool>)| match state {
            Some(true) => None,
            Some(false) => Some(format!("party {seat} has given no input yet")),
            None => Some(format!("party {seat} is missing")),
        };
        let absent: Vec<_> = match self.unready.as_slice() {
            [] => self.board.iter().enumerate().filter_map(absent).collect(),
            unready => (unready.iter())
                .map(|seat| format!("party {seat} is not ready yet"))
                .collect(),
        };
        let who = match absent.as_slice() {
            [] => "not everybody was ready".to_string(),
            absent => absent.join(", "),
        };
        Error::not_formed(format!("the time of --wait is over: {who}"), LONGER_WAIT)
    }

    /// Tells the others that we leave, so that our seat is free at once.
    async fn leave(&mut self, error: &Error) {
        let fault = match error {
            Error::Ended(fault) => fault.clone(),
            Error::Interrupted(phase) => self.own_fault(FaultKind::Interrupted, phase),
            Error::Refused => self.own_fault(FaultKind::Refused, "consent"),
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
    Ask(Consenting),
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

async fn at(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => future::pending().await,
    }
}
