//! Parties and intruders on one topic, on virtual time. Every step is checked; what is wrong comes back as an error.

use std::{
    collections::{BTreeSet, HashSet},
    time::{Duration, Instant},
};

use bytes::Bytes;
use iroh::{EndpointId, SecretKey};
use iroh_mpc::proto::roster::{Event, Output};
use iroh_mpc::proto::signed::{Signed, decode};
use iroh_mpc::proto::wire::{Body, Digest, Envelope, MAX_LOBBY_BYTES, Terms, Transport, VERSIONS};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::bus::{Bus, Faults};
use crate::checks;
use crate::party::{Act, Party, Plan};
use crate::{MS, SECOND};

/// The names of intruders on the bus begin here.
const INTRUDERS: usize = 1000;

/// As in the crate's session.
const FAREWELL: Duration = SECOND;

/// What all tickets say of the program.
pub const PROGRAM: Digest = [3; 32];

/// The lobby's topic.
pub const SESSION: Digest = [1; 32];

/// The host of every session, whose address stands in the ticket.
pub fn host_key() -> SecretKey {
    SecretKey::from_bytes(&[42; 32])
}

/// Somebody with a ticket who keeps to no protocol.
pub trait Intruder {
    /// Something was said on the topic.
    fn hear(&mut self, message: &Bytes, now: Instant);
    /// Its next turn, if it wants one.
    fn next_turn(&self) -> Option<Instant>;
    /// What it says now, and to whom; to all parties if to nobody in particular.
    fn turn(&mut self, now: Instant) -> Vec<(Vec<usize>, Bytes)>;
    /// Its endpoints: whoever accuses them of a breach is right.
    fn ids(&self) -> Vec<EndpointId>;
}

pub struct World {
    pub start: Instant,
    pub now: Instant,
    pub rng: ChaCha8Rng,
    pub bus: Bus,
    pub parties: Vec<Party>,
    pub intruders: Vec<Box<dyn Intruder>>,
    pub terms: Terms,
    pub peer_timeout: Duration,
    /// Nobody is cut off for so long that it is called lost though it lives.
    pub patient: bool,
    /// How long a process stays so that others hear why it ends.
    pub farewell: Duration,
    /// Parties whose circuit differs from the others'.
    pub odd: BTreeSet<EndpointId>,
    /// Parties that others wait for in vain: whoever calls them stalled is right.
    pub idle: BTreeSet<EndpointId>,
    /// Whose nonce nobody ever hears.
    pub secretive: Option<usize>,
    said: HashSet<Digest>,
    /// Nodes that are about to end.
    ending: BTreeSet<usize>,
    /// Nodes whose end the others know of.
    closed: BTreeSet<usize>,
}

impl World {
    /// A session of so many seats without anybody in it.
    pub fn new(seed: u64, seats: u16, peer_timeout: Duration) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let start = Instant::now();
        Self {
            start,
            now: start,
            bus: Bus::new(ChaCha8Rng::from_rng(&mut rng)),
            parties: Vec::new(),
            intruders: Vec::new(),
            terms: Terms {
                versions: VERSIONS.into(),
                program: PROGRAM,
                parties: seats,
                output_parties: vec![0],
                evaluator: 0,
                optimize: true,
                transport: Transport::Gossip,
            },
            peer_timeout,
            patient: true,
            farewell: FAREWELL,
            odd: BTreeSet::new(),
            idle: BTreeSet::new(),
            secretive: None,
            said: HashSet::new(),
            ending: BTreeSet::new(),
            closed: BTreeSet::new(),
            rng,
        }
    }

    /// A session with its host at a random seat, and with joiners for the other seats. Either each asks for a seat of its
    /// own, or they all take what they get.
    pub fn with_parties(seed: u64, peer_timeout: Duration) -> Self {
        let seats = [2, 3, 3, 4, 4, 5, 6][(seed % 7) as usize];
        let mut world = Self::new(seed, seats, peer_timeout);
        let host = world.add_host();
        let by_name = world.rng.random_bool(0.5);
        let hosts = world.parties[host].plan.wants;
        for seat in (0..seats).filter(|seat| Some(*seat) != hosts) {
            world.add_joiner(|plan| plan.wants = by_name.then_some(seat));
        }
        world
    }

    pub fn add_host(&mut self) -> usize {
        let seat = self.rng.random_range(0..self.terms.parties);
        let terms = self.terms.clone();
        self.add_joiner(|plan| {
            plan.secret = host_key();
            plan.terms = Some(terms);
            plan.wants = Some(seat);
        })
    }

    /// Adds a party after a random plan that is then changed.
    pub fn add_joiner(&mut self, change: impl FnOnce(&mut Plan)) -> usize {
        let mut plan = Plan::random(&mut self.rng, PROGRAM, self.start);
        change(&mut plan);
        let party = Party::new(plan, self.now, &mut self.rng);
        self.parties.push(party);
        self.parties.len() - 1
    }

    /// Has a party do something after a while.
    pub fn plan(&mut self, party: usize, after: Duration, act: Act) {
        self.parties[party].todo.push((self.now + after, act));
    }

    /// Somebody has started at every seat.
    pub fn all_started(&self) -> bool {
        let started = self.parties.iter().filter(|it| it.has_started());
        started.count() == usize::from(self.terms.parties)
    }

    /// How many messages the machines have said.
    pub fn said(&self) -> usize {
        self.said.len()
    }

    /// Runs on a bus that misbehaves for a while, then heals.
    pub fn run_through_chaos(&mut self, length: Duration) -> Result<(), String> {
        let heals = self.now + length;
        while self.now < heals {
            self.bus.faults = Faults::random(&mut self.rng);
            self.bus.cut_at_random(self.parties.len());
            let until = self.now + MS * self.rng.random_range(100..1000);
            self.run(until.min(heals), |_| false)?;
        }
        self.bus.heal();
        Ok(())
    }

    /// Runs until something is so; `false` if it is not so by the end.
    pub fn run(&mut self, end: Instant, done: impl Fn(&Self) -> bool) -> Result<bool, String> {
        loop {
            if done(self) {
                return Ok(true);
            }
            let next = self.next_event().filter(|next| *next <= end);
            let Some(next) = next else {
                self.now = end;
                return Ok(done(self));
            };
            self.now = self.now.max(next);
            self.step()?;
        }
    }

    /// Runs for so long at most, and says what has not come about then.
    pub fn expect(
        &mut self,
        within: Duration,
        what: &str,
        done: impl Fn(&Self) -> bool,
    ) -> Result<(), String> {
        match self.run(self.now + within, done)? {
            true => Ok(()),
            false => Err(format!(
                "not within {within:?}: {what}\n{}",
                checks::describe(self)
            )),
        }
    }

    fn next_event(&self) -> Option<Instant> {
        let timers = self.parties.iter().flat_map(|party| {
            let acts = party.todo.iter().map(|(at, _)| *at);
            acts.chain(party.wakes())
        });
        let turns = self.intruders.iter().filter_map(|it| it.next_turn());
        timers.chain(turns).chain(self.bus.next()).min()
    }

    fn step(&mut self) -> Result<(), String> {
        let now = self.now;
        while let Some((to, message)) = self.bus.arrived(now) {
            if let Some(intruder) = to.checked_sub(INTRUDERS) {
                self.intruders[intruder].hear(&message, now);
            } else {
                self.parties[to].hear(&message, now);
                self.flush(to)?;
            }
        }
        for party in 0..self.parties.len() {
            while let Some(act) = due(&mut self.parties[party].todo, now) {
                self.act(party, act)?;
            }
            let is_due = |party: &Party| party.wakes().is_some_and(|at| at <= now);
            if is_due(&self.parties[party]) {
                self.parties[party].wake(now);
                if is_due(&self.parties[party]) {
                    return Err(format!("the clock of node {party} stands still"));
                }
                self.flush(party)?;
            }
        }
        for intruder in 0..self.intruders.len() {
            if self.intruders[intruder]
                .next_turn()
                .is_none_or(|at| at > now)
            {
                continue;
            }
            for (to, message) in self.intruders[intruder].turn(now) {
                let all = 0..self.parties.len();
                let to = if to.is_empty() { all.collect() } else { to };
                for party in to.into_iter().filter(|it| *it < self.parties.len()) {
                    self.bus.send(INTRUDERS + intruder, party, &message, now);
                }
            }
        }
        Ok(())
    }

    fn act(&mut self, party: usize, act: Act) -> Result<(), String> {
        let now = self.now;
        if act == Act::Arrive {
            // As in the crate: microseconds since some epoch, by its own clock.
            let shown = self.parties[party].plan.clock.shows(now);
            let counter = 1_000_000 + (shown - self.start).as_micros() as u64;
            self.parties[party].arrive(SESSION, self.peer_timeout, now, counter);
            // The machine must get on without such news, too.
            for other in 0..self.parties.len() {
                if self.rng.random_bool(0.5) {
                    self.plan(other, MS * 10, Act::NeighborUp);
                }
            }
        } else if let Act::Linked(seat) = act {
            // The first packet is sent again until the way is open.
            let peer = self.parties[party]
                .roster
                .as_ref()
                .map(|it| it.parties[seat].id);
            let peer = self.parties.iter().position(|it| Some(it.id) == peer);
            if peer.is_some_and(|peer| self.bus.is_cut(peer, party)) {
                self.plan(party, MS * 200, Act::Linked(seat));
                return Ok(());
            }
        }
        self.parties[party].act(act, now);
        self.flush(party)
    }

    /// Does what a machine wants done.
    fn flush(&mut self, party: usize) -> Result<(), String> {
        while let Some(output) = self.parties[party].lobby.as_mut().and_then(|it| it.poll()) {
            match output {
                Output::Broadcast(message) => self.broadcast(party, &message)?,
                Output::Event(event) => {
                    let text = format!("{event:?}");
                    let starts = matches!(event, Event::Start { .. });
                    let now = self.now;
                    (self.parties[party].follow(event, now))
                        .map_err(|wrong| format!("node {party}: {wrong}"))?;
                    checks::words(&self.parties)
                        .and_then(|()| checks::agreement(&self.parties))
                        .and_then(|()| checks::blame(self, party))
                        .map_err(|wrong| {
                            format!("node {party}, {text}: {wrong}\n{}", checks::describe(self))
                        })?;
                    if starts {
                        self.link(party);
                    }
                }
            }
        }
        let node = &mut self.parties[party];
        if (node.lobby.as_ref()).is_some_and(|it| it.poll_timeout().is_none()) {
            node.quit();
        }
        let (ends, gone) = (node.end.is_some(), node.gone);
        if ends && !gone && self.ending.insert(party) {
            self.plan(party, self.farewell, Act::Exit);
        }
        if gone && self.closed.insert(party) {
            self.close(party);
        }
        Ok(())
    }

    fn broadcast(&mut self, from: usize, message: &Bytes) -> Result<(), String> {
        if message.len() > MAX_LOBBY_BYTES {
            return Err(format!("node {from} says {} bytes at once", message.len()));
        }
        if !self.said.insert(*blake3::hash(message).as_bytes()) {
            return Err(format!(
                "node {from} says the same twice; gossip would drop it"
            ));
        }
        if self.secretive == Some(from) && reveals(message) {
            return Ok(());
        }
        let others = (0..self.parties.len()).filter(|to| *to != from);
        let intruders = (0..self.intruders.len()).map(|it| INTRUDERS + it);
        for to in others.chain(intruders) {
            self.bus.send(from, to, message, self.now);
        }
        Ok(())
    }

    /// A party has started: its first packet reaches those that have started, and theirs reach it.
    fn link(&mut self, party: usize) {
        for other in 0..self.parties.len() {
            let [a, b] = [&self.parties[party], &self.parties[other]];
            if let (true, true, Some(seat_a), Some(seat_b)) =
                (other != party, b.has_started(), a.seat, b.seat)
            {
                self.plan(party, MS * 30, Act::Linked(seat_b));
                self.plan(other, MS * 30, Act::Linked(seat_a));
            }
        }
    }

    /// A process has ended: sooner or later the others see its connection close.
    fn close(&mut self, party: usize) {
        let id = self.parties[party].id;
        for other in 0..self.parties.len() {
            let after = self.rng.random_range(MS * 50..SECOND * 2);
            self.plan(other, after, Act::Gone(id));
        }
    }
}

fn reveals(message: &Bytes) -> bool {
    let envelope = decode::<Signed>(message).and_then(|it| decode::<Envelope>(&it.bytes));
    envelope.is_some_and(|it| matches!(it.body, Body::Reveal { .. }))
}

/// The earliest thing to do that is due.
fn due(todo: &mut Vec<(Instant, Act)>, now: Instant) -> Option<Act> {
    let (at, _) = todo.iter().enumerate().min_by_key(|(_, (at, _))| *at)?;
    (todo[at].0 <= now).then(|| todo.remove(at).1)
}
