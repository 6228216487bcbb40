//! The lobby's machine: from a ticket to a roster that everybody holds, and to a common start.
//!
//! The host repeats a *board*: the terms and who holds which seat. A joiner asks for a seat until the board shows it
//! there, then reads its input and announces itself. When every seat is announced the host issues one *roster* with all
//! the signed announcements inside, so it can't swap a key. Each party checks it, opens its commitment, compiles, and
//! says *ready* with the digests of the roster and of its circuit. With everybody's `Ready` the computation starts.
//!
//! Gossip may lose or reorder anything, so every statement is repeated until it no longer matters, and nothing depends
//! on what was said once. What is not rightly signed by somebody who has a say is ignored. Before the roster is out, a
//! fault ends its joiner alone and frees the seat; after it, it ends the session for all.
//!
//! The machine is pure: it is given messages and times, and [`poll`](Lobby::poll) gives back messages to broadcast and
//! events for its driver.

mod faults;
mod fixed;
mod host;
mod joiner;
mod ready;
mod terms;

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    time::{Duration, Instant},
};

use bytes::Bytes;
use iroh::{EndpointAddr, EndpointId, SecretKey};

use self::fixed::commitment;
pub(crate) use self::terms::beginning;
pub use self::{
    fixed::{Party, Roster},
    terms::WrongTerms,
};
use super::{
    signed::{Context, Signed, decode},
    wire::{
        Announcement, Body, Digest, Envelope, Holder, MAX_ADDRESSES, MAX_ANNOUNCEMENT_BYTES,
        MAX_LOBBY_BYTES, Refusal, Terms,
    },
};
use crate::error::Fault;

/// How often a statement is repeated: a lost one costs half a second, and a party is heard several times in the shortest
/// peer timeout.
pub const REPEAT: Duration = Duration::from_millis(500);

/// Refusals that the host sends between two repeats; a flood of questions gets no flood of answers.
const MAX_REFUSALS: usize = 8;

/// Processes that the host remembers once they are gone, so that none takes a seat by a question from before.
const MAX_REMEMBERED: usize = 1024;

/// A phase's name from a peer is cut to this many characters before it is shown.
const MAX_PHASE_CHARS: usize = 64;

/// What the machine is told at its birth.
pub struct Config {
    /// The endpoint's key: it signs.
    pub secret: SecretKey,
    /// The session's name, from the ticket.
    pub session: Digest,
    /// Random; tells two processes of one identity apart.
    pub instance: u64,
    /// Random; committed to in the announcement and opened after the roster.
    pub nonce: [u8; 32],
    /// Greater than every counter that this identity used in this session before: the time will do.
    pub first_counter: u64,
    /// The time when the machine is made, in seconds since 1970: the host's roster is dated by it.
    pub unix_time: u64,
    /// A party that is silent for so long is lost.
    pub peer_timeout: Duration,
    /// A party that others wait for, and that does not wait for its user, is given up after so long.
    pub stall_timeout: Duration,
}

/// Which side of the lobby this is.
pub enum Role {
    /// The one who sets the terms and gives out the seats.
    Host {
        /// The terms.
        terms: Terms,
        /// The host's own seat.
        seat: u16,
        /// Who may have a seat; anybody if `None`.
        allow: Option<BTreeSet<EndpointId>>,
    },
    /// One who asks for a seat.
    Joiner {
        /// The host, from the ticket.
        host: EndpointId,
        /// The program's digest, from the ticket.
        program: Digest,
        /// The seat it wants, or any.
        seat: Option<u16>,
    },
}

/// What the machine wants done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Broadcast this on the lobby topic.
    Broadcast(Bytes),
    /// Something happened.
    Event(Event),
}

/// What happened in the lobby.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// We have a seat; the driver reads the input and calls [`Lobby::announce`].
    Seated {
        /// The seat.
        seat: usize,
        /// The terms of the session.
        terms: Terms,
    },
    /// Who is there has changed: by seat, `None` for a free one, and whether the party has its input ready.
    Board(Vec<Option<bool>>),
    /// The host gives us no seat. The machine only waits for the host to hear that we leave.
    Refused(Refusal),
    /// The host's terms are not those that the ticket promised. The machine only waits for the host to hear that we leave.
    WrongTerms(WrongTerms),
    /// The roster is fixed.
    Roster(Roster),
    /// Everybody has opened its commitment; the driver asks for consent and calls [`Lobby::confirm`].
    Opened {
        /// The same for all who hold the same roster, and for nobody to choose: the session words.
        words: Digest,
    },
    /// We are ready, and these parties are not yet.
    Unready(Vec<usize>),
    /// Everybody is ready: compute, with keys from this seed.
    Start {
        /// The seed of the session's keys.
        seed: Digest,
    },
    /// The session ended for us. The machine is over.
    Fault(Fault),
    /// Everybody has heard our own abort.
    Heard,
}

/// The lobby's machine for one party. See the [module](self).
pub struct Lobby {
    config: Config,
    role: Role,
    counter: u64,
    born: Instant,
    next_tick: Instant,
    outputs: VecDeque<Output>,
    heard: BTreeMap<EndpointId, Seen>,
    refusals: usize,
    /// Who was lost or has left before the roster, the latest first; the host's alone.
    departed: VecDeque<Departed>,
    terms: Option<Terms>,
    seats: Vec<Option<Holder>>,
    seat: Option<usize>,
    announcement: Option<Signed>,
    /// By seat; the host's alone.
    announcements: Vec<Option<Signed>>,
    /// The host's roster as it was issued: its time and everybody's announcement.
    issued: (u64, Vec<Signed>),
    roster: Option<Roster>,
    circuit: Option<Digest>,
    nonces: Vec<Option<[u8; 32]>>,
    ready: Vec<Option<Digest>>,
    /// Whether our own user is being asked.
    asking: bool,
    /// By seat, when a party last said that it waits for its user.
    asked: Vec<Option<Instant>>,
    /// When the roster was fixed: from then on we wait for the nonces.
    fixed_at: Option<Instant>,
    /// When we were ready ourselves, and so began to wait for the others.
    ready_at: Option<Instant>,
    /// Who was not ready when we last looked.
    unready: Vec<usize>,
    linked: Vec<bool>,
    stage: Stage,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Stage {
    /// Until the roster is fixed.
    Gathering,
    /// Until everybody is ready.
    Fixed,
    /// Computing.
    Started,
    /// We have aborted and wait for these to hear it.
    Leaving(Body, BTreeSet<EndpointId>),
    /// Nothing more is said.
    Over,
}

#[derive(Debug, Clone, Copy)]
struct Seen {
    counter: u64,
    at: Instant,
}

/// A process that has no seat any more. What it said up to a counter is over, whoever says it again.
#[derive(Debug, Clone, Copy)]
struct Departed {
    id: EndpointId,
    instance: u64,
    /// The last one that was heard; the last of all if it won't come back.
    counter: u64,
}

impl Lobby {
    /// A machine at the beginning of its session.
    pub fn new(config: Config, role: Role, now: Instant) -> Self {
        let mut lobby = Self {
            counter: config.first_counter,
            config,
            role,
            born: now,
            next_tick: now,
            outputs: VecDeque::new(),
            heard: BTreeMap::new(),
            refusals: 0,
            departed: VecDeque::new(),
            terms: None,
            seats: Vec::new(),
            seat: None,
            announcement: None,
            announcements: Vec::new(),
            issued: (0, Vec::new()),
            roster: None,
            circuit: None,
            nonces: Vec::new(),
            ready: Vec::new(),
            asking: false,
            asked: Vec::new(),
            fixed_at: None,
            ready_at: None,
            unready: Vec::new(),
            linked: Vec::new(),
            stage: Stage::Gathering,
        };
        match &lobby.role {
            Role::Host { terms, seat, .. } => {
                let (terms, seat) = (terms.clone(), usize::from(*seat));
                lobby.announcements = vec![None; terms.parties.into()];
                lobby.seats = vec![None; terms.parties.into()];
                lobby.seats[seat] = Some(Holder {
                    id: lobby.me(),
                    instance: lobby.config.instance,
                    announced: false,
                });
                lobby.seat = Some(seat);
                lobby.terms = Some(terms.clone());
                lobby.event(Event::Seated { seat, terms });
            }
            // Silence of the host counts from now.
            Role::Joiner { host, .. } => {
                let seen = Seen {
                    counter: 0,
                    at: now,
                };
                lobby.heard.insert(*host, seen);
            }
        }
        lobby
    }

    /// The next thing to do, if there is one.
    pub fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When to call [`handle_timeout`](Self::handle_timeout).
    pub fn poll_timeout(&self) -> Option<Instant> {
        (self.stage != Stage::Over).then_some(self.next_tick)
    }

    /// Repeats what is still worth saying, and finds out who is lost.
    pub fn handle_timeout(&mut self, now: Instant) {
        if now < self.next_tick {
            return;
        }
        self.next_tick = now + REPEAT;
        self.refusals = 0;
        self.find_lost(now);
        self.repeat();
    }

    /// A neighbour came up, so what was said before may not have reached it: say it again now.
    pub fn neighbor_up(&mut self) {
        self.repeat();
    }

    /// Announces us, with where we can be found, the key for this session and our constants. Again with a new address is fine
    /// until the roster is out.
    pub fn announce(
        &mut self,
        mut addr: EndpointAddr,
        key: [u8; 32],
        consts: BTreeMap<String, i128>,
    ) {
        let (Some(terms), Some(seat), Stage::Gathering) = (&self.terms, self.seat, &self.stage)
        else {
            return;
        };
        if addr.addrs.len() > MAX_ADDRESSES {
            let keep = addr.addrs.into_iter().take(MAX_ADDRESSES);
            addr = EndpointAddr::from_parts(addr.id, keep);
        }
        let mut announcement = Announcement {
            seat: seat as u16,
            addr,
            key,
            commitment: commitment(&self.config.nonce),
            terms: terms.digest(),
            instance: self.config.instance,
            consts: consts.into_iter().collect(),
        };
        let sign = |announcement: &Announcement| {
            let (secret, session) = (&self.config.secret, &self.config.session);
            Signed::new(secret, Context::Announcement, session, announcement)
        };
        let mut signed = sign(&announcement);
        while signed.bytes.len() > MAX_ANNOUNCEMENT_BYTES
            && announcement.addr.addrs.pop_last().is_some()
        {
            signed = sign(&announcement);
        }
        self.announcement = Some(signed.clone());
        if self.is_host() {
            self.put_announcement(seat, signed);
        } else {
            self.say(Body::Announce(signed));
        }
    }

    /// Our user is being asked, and may take any time: the others need to know that it is not us who do nothing.
    pub fn ask(&mut self) {
        if self.stage == Stage::Fixed {
            self.asking = true;
            self.say_ready();
        }
    }

    /// We have compiled the program for the fixed roster and agree to compute.
    pub fn confirm(&mut self, circuit: Digest, now: Instant) {
        let (Some(seat), Stage::Fixed) = (self.seat, &self.stage) else {
            return;
        };
        self.circuit = Some(circuit);
        self.ready_at = Some(now);
        self.ready[seat] = Some(circuit);
        self.say_ready();
        self.settle(now);
    }

    /// The first sealed packet of a party came: it has started, so it needs our `Ready` no more.
    pub fn linked(&mut self, seat: usize) {
        if let Some(linked) = self.linked.get_mut(seat) {
            *linked = true;
        }
    }

    /// Ends the session from our side and tells the others. [`Event::Heard`] follows once they all know, if they do.
    pub fn abort(&mut self, fault: &Fault) {
        if matches!(self.stage, Stage::Over | Stage::Leaving(..)) {
            return;
        }
        let me = self.me();
        let others: BTreeSet<_> = match &self.roster {
            Some(roster) => roster.parties.iter().map(|party| party.id).collect(),
            None if self.is_host() => self
                .seats
                .iter()
                .flatten()
                .map(|holder| holder.id)
                .collect(),
            None => self.host().into_iter().collect(),
        };
        let others: BTreeSet<_> = others.into_iter().filter(|id| *id != me).collect();
        let body = Body::Abort {
            kind: fault.kind.into(),
            party: fault.party.map(|seat| seat as u16),
            phase: fault.phase.clone(),
        };
        self.say(body.clone());
        self.stage = Stage::Leaving(body, others);
        self.check_heard();
    }

    /// An endpoint is gone for good, so it need not hear our abort.
    pub fn gone(&mut self, id: &EndpointId) {
        if let Stage::Leaving(_, waiting) = &mut self.stage {
            waiting.remove(id);
            self.check_heard();
        }
    }

    /// A message from the lobby topic. What makes no sense is ignored: any ticket holder can send here.
    pub fn handle(&mut self, message: &[u8], now: Instant) {
        if message.len() > MAX_LOBBY_BYTES || self.stage == Stage::Over {
            return;
        }
        let Some(signed) = decode::<Signed>(message) else {
            return;
        };
        if signed.from == self.me() {
            return;
        }
        let Some(envelope) = signed.open::<Envelope>(Context::Lobby, &self.config.session) else {
            return;
        };
        if !self.is_known(&signed.from, envelope.instance) {
            if self.is_host() {
                self.handle_stranger(signed.from, envelope, now);
            }
            return;
        }
        let Envelope { counter, body, .. } = envelope;
        // What was overtaken shows no life, nor a user; but what can only be said in one way is as good as ever.
        let overtaken = (self.heard.get(&signed.from)).is_some_and(|seen| counter <= seen.counter);
        let timeless = !matches!(
            body,
            Body::Ask { .. }
                | Body::Announce(_)
                | Body::Asking { .. }
                | Body::Board { .. }
                | Body::Refuse { .. }
        );
        if !overtaken {
            self.heard.insert(signed.from, Seen { counter, at: now });
        } else if !timeless {
            return;
        }
        self.handle_body(signed.from, body, now);
    }

    fn handle_body(&mut self, from: EndpointId, body: Body, now: Instant) {
        match body {
            Body::Heard { of } if of == self.me() => self.gone(&from),
            Body::Abort { kind, party, phase } => {
                self.say(Body::Heard { of: from });
                self.handle_abort(from, kind.into(), party.map(usize::from), &phase);
            }
            _ if matches!(self.stage, Stage::Leaving(..)) => {}
            Body::Announce(signed) if self.is_host() => self.handle_announcement(from, signed, now),
            Body::Board { terms, seats } if self.host() == Some(from) => {
                self.handle_board(terms, seats);
            }
            Body::Refuse { to, instance, why }
                if self.host() == Some(from)
                    && (to, instance) == (self.me(), self.config.instance) =>
            {
                self.handle_refusal(why);
            }
            Body::Roster {
                time,
                announcements,
            } if self.host() == Some(from) => {
                self.handle_roster(time, announcements, now);
            }
            Body::Reveal { roster, nonce } => self.handle_reveal(from, roster, nonce, now),
            Body::Asking { roster } => self.handle_asking(from, roster, now),
            Body::Ready { roster, circuit } => self.handle_ready(from, roster, circuit, now),
            _ => {}
        }
    }

    fn repeat(&mut self) {
        match &self.stage {
            Stage::Gathering if self.is_host() => self.say_board(),
            Stage::Gathering => self.ask_or_announce(),
            Stage::Fixed => self.say_ready(),
            Stage::Started if !self.linked.iter().all(|linked| *linked) => self.say_ready(),
            Stage::Started | Stage::Over => {}
            Stage::Leaving(body, _) => self.say(body.clone()),
        }
    }

    fn tell_board(&mut self) {
        let seats = self.seats.iter().map(|holder| holder.map(|h| h.announced));
        let seats = seats.collect();
        self.event(Event::Board(seats));
    }

    fn me(&self) -> EndpointId {
        self.config.secret.public()
    }

    fn is_host(&self) -> bool {
        matches!(self.role, Role::Host { .. })
    }

    fn host(&self) -> Option<EndpointId> {
        match &self.role {
            Role::Host { .. } => None,
            Role::Joiner { host, .. } => Some(*host),
        }
    }

    /// Whether a process has a say.
    fn is_known(&self, id: &EndpointId, instance: u64) -> bool {
        let is_process = |own: &EndpointId, process: u64| (own, process) == (id, instance);
        match &self.roster {
            Some(roster) => (roster.parties.iter()).any(|it| is_process(&it.id, it.instance)),
            None if self.is_host() => {
                let mut holders = self.seats.iter().flatten();
                holders.any(|it| is_process(&it.id, it.instance))
            }
            None => self.host() == Some(*id),
        }
    }

    fn held_seat(&self, id: &EndpointId) -> Option<usize> {
        let held = |holder: &Option<Holder>| holder.is_some_and(|h| h.id == *id);
        self.seats.iter().position(held)
    }

    fn say(&mut self, body: Body) {
        self.counter += 1;
        let envelope = Envelope {
            instance: self.config.instance,
            counter: self.counter,
            body,
        };
        let config = &self.config;
        let signed = Signed::new(&config.secret, Context::Lobby, &config.session, &envelope);
        let bytes = postcard::to_stdvec(&signed).unwrap_or_default();
        self.outputs.push_back(Output::Broadcast(bytes.into()));
    }

    fn event(&mut self, event: Event) {
        self.outputs.push_back(Output::Event(event));
    }
}

/// A peer's text, made harmless for a terminal.
fn printable(text: &str) -> String {
    let harmless = |c: &char| c.is_ascii_graphic() || *c == ' ';
    text.chars()
        .filter(harmless)
        .take(MAX_PHASE_CHARS)
        .collect()
}
