//! An honest party: the machine, a driver that does what the crate's driver does, and a record of what happened. The record
//! checks what holds for each party alone: the order of events, and that its roster has it at its seat.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use iroh::{EndpointAddr, EndpointId, SecretKey};
use iroh_mpc::error::{Fault, FaultKind};
use iroh_mpc::proto::roster::{Config, Event, Lobby, Role, Roster, WrongTerms};
use iroh_mpc::proto::wire::{Digest, Refusal, Terms};
use rand::Rng;
use rand_chacha::ChaCha8Rng;

use crate::MS;
use crate::clock::Clock;

/// Peer timeouts in a stall timeout.
pub const STALLED: u32 = 10;

/// When every machine is made.
pub const UNIX_TIME: u64 = 1_800_000_000;

/// What a party is going to do.
pub struct Plan {
    pub secret: SecretKey,
    /// Tells processes of one identity apart.
    pub instance: u64,
    /// Its machine's.
    pub clock: Clock,
    /// The terms if it is the host.
    pub terms: Option<Terms>,
    /// The seat that it asks for; the host's own.
    pub wants: Option<u16>,
    /// Whom it seats if it is the host; anybody if `None`.
    pub allow: Option<BTreeSet<EndpointId>>,
    /// What the ticket says of the program.
    pub program: Digest,
    /// When it comes.
    pub arrives: Duration,
    /// From the seat to the input.
    pub thinks: Duration,
    /// Whether it announces itself again with another address.
    pub moves: bool,
    /// From the roster to the circuit, or to its user's answer.
    pub compiles: Duration,
    /// Whether its user is asked meanwhile.
    pub asks: bool,
    pub circuit: Digest,
    /// Whether it refuses what it is shown, instead of confirming it.
    pub refuses: bool,
}

impl Plan {
    /// A joiner who takes any seat.
    pub fn random(rng: &mut ChaCha8Rng, program: Digest, start: Instant) -> Self {
        Self {
            secret: SecretKey::from_bytes(&rng.random()),
            instance: rng.random(),
            clock: Clock::random(start, rng),
            terms: None,
            wants: None,
            allow: None,
            program,
            arrives: MS * rng.random_range(0..1500),
            thinks: MS * rng.random_range(0..1000),
            moves: rng.random_bool(0.1),
            compiles: MS * rng.random_range(0..500),
            asks: rng.random(),
            circuit: [7; 32],
            refuses: false,
        }
    }
}

/// What a party does at its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    Arrive,
    NeighborUp,
    Announce,
    Confirm,
    /// The first sealed packet of a seat has come.
    Linked(usize),
    /// Its user stops it.
    Leave,
    /// It is killed.
    Crash,
    /// The process ends by itself.
    Exit,
    /// Another one's connection has closed.
    Gone(EndpointId),
}

/// How a session ended for a party.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    Refused(Refusal),
    WrongTerms(WrongTerms),
    Fault(Fault),
    Left,
    Crashed,
}

pub struct Party {
    pub plan: Plan,
    pub id: EndpointId,
    pub key: [u8; 32],
    /// While its process lives.
    pub lobby: Option<Lobby>,
    /// Its process has ended.
    pub gone: bool,
    pub todo: Vec<(Instant, Act)>,
    pub seat: Option<usize>,
    pub board: Vec<Option<bool>>,
    pub roster: Option<Roster>,
    /// What the session words are made of, once they are known.
    pub words: Option<Digest>,
    pub confirmed: bool,
    /// The seed, once it has started.
    pub seed: Option<Digest>,
    pub end: Option<End>,
    pub heard: bool,
}

impl Party {
    pub fn new(plan: Plan, start: Instant, rng: &mut ChaCha8Rng) -> Self {
        Self {
            id: plan.secret.public(),
            key: rng.random(),
            lobby: None,
            gone: false,
            todo: vec![(start + plan.arrives, Act::Arrive)],
            plan,
            seat: None,
            board: Vec::new(),
            roster: None,
            words: None,
            confirmed: false,
            seed: None,
            end: None,
            heard: false,
        }
    }

    /// Takes part still, as far as it knows.
    pub fn is_in(&self) -> bool {
        self.lobby.is_some() && self.end.is_none()
    }

    pub fn has_started(&self) -> bool {
        self.seed.is_some()
    }

    pub fn fault(&self) -> Option<&Fault> {
        match &self.end {
            Some(End::Fault(fault)) => Some(fault),
            _ => None,
        }
    }

    pub fn refusal(&self) -> Option<Refusal> {
        match self.end {
            Some(End::Refused(why)) => Some(why),
            _ => None,
        }
    }

    /// Comes so much later.
    pub fn delay(&mut self, by: Duration) {
        self.todo.iter_mut().for_each(|(at, _)| *at += by);
    }

    /// Pretends that its session ended with an accusation.
    pub fn accuse(&mut self, kind: FaultKind, party: Option<usize>, reported_by: Option<usize>) {
        let fault = own_fault(kind, party);
        self.end = Some(End::Fault(Fault {
            reported_by,
            ..fault
        }));
    }

    /// Opens the machine.
    pub fn arrive(&mut self, session: Digest, peer_timeout: Duration, now: Instant, counter: u64) {
        let shown = self.plan.clock.shows(now);
        // Only the nonce's secrecy would need randomness, and nobody guesses here.
        let nonce = *blake3::hash(&self.plan.instance.to_le_bytes()).as_bytes();
        let config = Config {
            secret: self.plan.secret.clone(),
            session,
            instance: self.plan.instance,
            nonce,
            first_counter: counter,
            unix_time: UNIX_TIME,
            peer_timeout,
            stall_timeout: STALLED * peer_timeout,
        };
        let role = match &self.plan.terms {
            Some(terms) => Role::Host {
                terms: terms.clone(),
                seat: self.plan.wants.unwrap_or_default(),
                allow: self.plan.allow.clone(),
            },
            None => Role::Joiner {
                host: self.host_id(),
                program: self.plan.program,
                seat: self.plan.wants,
            },
        };
        self.lobby = Some(Lobby::new(config, role, shown));
    }

    /// Something was said on the topic.
    pub fn hear(&mut self, message: &[u8], now: Instant) {
        let shown = self.plan.clock.shows(now);
        if let Some(lobby) = &mut self.lobby {
            lobby.handle(message, shown);
        }
    }

    /// When its machine wants to be woken.
    pub fn wakes(&self) -> Option<Instant> {
        let shown = self.lobby.as_ref().and_then(|lobby| lobby.poll_timeout());
        shown.map(|shown| self.plan.clock.when(shown))
    }

    /// Wakes its machine.
    pub fn wake(&mut self, now: Instant) {
        let shown = self.plan.clock.shows(now);
        if let Some(lobby) = &mut self.lobby {
            lobby.handle_timeout(shown);
        }
    }

    fn host_id(&self) -> EndpointId {
        crate::world::host_key().public()
    }

    /// Does something to the machine.
    pub fn act(&mut self, act: Act, now: Instant) {
        let shown = self.plan.clock.shows(now);
        let Some(lobby) = &mut self.lobby else {
            return;
        };
        match act {
            Act::Arrive => {}
            Act::NeighborUp => lobby.neighbor_up(),
            Act::Announce => {
                let port = 1000 + self.todo.len() as u16;
                let mut addr = EndpointAddr::new(self.id);
                addr = addr.with_ip_addr(([127, 0, 0, 1], port).into());
                if self.plan.moves {
                    // More than is ever needed; the machine has to choose.
                    let relay = format!("https://{}.example.org/", "x".repeat(60));
                    addr = addr.with_relay_url(relay.parse().expect("a URL"));
                    for port in 0..20 {
                        addr = addr.with_ip_addr(([0xfd00, 0, 0, 0, 0, 0, 0, 1], port).into());
                    }
                }
                lobby.announce(addr, self.key, [("ROWS".into(), 3)].into());
            }
            Act::Confirm => {
                self.confirmed = true;
                lobby.confirm(self.plan.circuit, shown);
            }
            Act::Linked(seat) => lobby.linked(seat),
            Act::Gone(id) => lobby.gone(&id),
            Act::Leave => {
                if self.end.is_none() {
                    let kind = if self.plan.refuses {
                        FaultKind::Refused
                    } else {
                        FaultKind::Interrupted
                    };
                    lobby.abort(&own_fault(kind, self.seat));
                    self.end = Some(End::Left);
                }
            }
            Act::Crash => {
                self.end.get_or_insert(End::Crashed);
                self.quit();
            }
            Act::Exit => self.quit(),
        }
    }

    /// The process ends.
    pub fn quit(&mut self) {
        self.gone = true;
        self.lobby = None;
    }

    /// Follows an event as a driver does, and checks that it makes sense.
    pub fn follow(&mut self, event: Event, now: Instant) -> Result<(), String> {
        if self.end.is_some() && !matches!(event, Event::Heard | Event::Board(_)) {
            return Err(format!("{event:?} after {:?}", self.end));
        }
        match event {
            Event::Seated { seat, terms } => {
                if self.seat.is_some() || self.plan.wants.is_some_and(|it| it as usize != seat) {
                    return Err(format!("seated at {seat}"));
                }
                if terms.program != self.plan.program {
                    return Err("seated for another program".into());
                }
                self.seat = Some(seat);
                self.todo.push((now + self.plan.thinks, Act::Announce));
                if self.plan.moves {
                    self.todo.push((now + self.plan.thinks * 2, Act::Announce));
                }
            }
            Event::Board(board) => self.board = board,
            Event::Roster(roster) => {
                let own = self.seat.and_then(|seat| roster.parties.get(seat));
                if self.roster.is_some()
                    || own.is_none_or(|own| own.id != self.id || own.key != self.key)
                {
                    return Err("a roster that is not ours".into());
                }
                self.roster = Some(roster);
            }
            Event::Opened { words } => {
                if self.roster.is_none() || self.words.is_some() {
                    return Err("words too early, or twice".into());
                }
                self.words = Some(words);
                let act = if self.plan.refuses {
                    Act::Leave
                } else {
                    Act::Confirm
                };
                if let (true, Some(lobby)) = (self.plan.asks, &mut self.lobby) {
                    lobby.ask();
                }
                self.todo.push((now + self.plan.compiles, act));
            }
            Event::Unready(seats) => {
                if !self.confirmed || seats.is_empty() || self.seed.is_some() {
                    return Err("told too early, too late or of nobody who is not ready".into());
                }
            }
            Event::Start { seed } => {
                if self.roster.is_none() || !self.confirmed || self.seed.is_some() {
                    return Err("an early start".into());
                }
                self.seed = Some(seed);
            }
            Event::Refused(why) => self.ends(End::Refused(why)),
            Event::WrongTerms(why) => self.ends(End::WrongTerms(why)),
            Event::Fault(fault) => self.ends(End::Fault(fault)),
            Event::Heard => {
                if std::mem::replace(&mut self.heard, true) {
                    return Err("heard twice".into());
                }
            }
        }
        Ok(())
    }

    fn ends(&mut self, end: End) {
        // The driver tells the machine of every error, also of those that it has from it.
        let fault = match &end {
            End::Fault(fault) => fault.clone(),
            _ => own_fault(FaultKind::Failed, self.seat),
        };
        if let Some(lobby) = &mut self.lobby {
            lobby.abort(&fault);
        }
        self.end = Some(end);
    }
}

fn own_fault(kind: FaultKind, party: Option<usize>) -> Fault {
    Fault {
        kind,
        party,
        phase: "lobby".into(),
        started: false,
        reported_by: None,
    }
}
