//! Somebody who has the ticket and keeps to no protocol: a stranger, a seated joiner, or the host. If it has a part, the real
//! machine plays it, and what that says is changed now and then, or said differently to different people.

#[path = "forgery.rs"]
mod forgery;

use std::collections::VecDeque;
use std::time::Instant;

use bytes::Bytes;
use iroh::EndpointId;
use iroh_mpc::proto::roster::Output;
use iroh_mpc::proto::signed::{Context, Signed, decode};
use iroh_mpc::proto::wire::{Body, Digest, Envelope, MAX_LOBBY_BYTES, Terms};
use rand::{Rng, RngCore, SeedableRng, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;

use crate::party::{Act, Party, Plan};
use crate::world::{Intruder, PROGRAM, SESSION};
use crate::{FOREVER, MS};

/// So many messages of others are kept to be misused.
const KEPT: usize = 60;

pub struct Hostile {
    rng: ChaCha8Rng,
    /// The part that it plays, if it has one.
    part: Party,
    plays: bool,
    /// How often a message of its own is changed.
    twists: f64,
    /// Whether it announces itself at such length that a roster with it is too long.
    long: bool,
    next_word: Instant,
    counter: u64,
    kept: VecDeque<Bytes>,
    known: Known,
}

/// What it has picked up on the topic.
#[derive(Default)]
struct Known {
    announcements: Vec<Signed>,
    rosters: Vec<Digest>,
    nonces: Vec<[u8; 32]>,
    people: Vec<(EndpointId, u64)>,
    terms: Option<Terms>,
}

impl Hostile {
    /// A stranger, who never asks for a seat.
    pub fn stranger(rng: &mut ChaCha8Rng, now: Instant) -> Self {
        let plan = Plan::random(rng, PROGRAM, now);
        Self::new(plan, false, 0.0, rng, now)
    }

    /// One who plays a part: a joiner, or the host if the plan has terms.
    pub fn part(plan: Plan, twists: f64, rng: &mut ChaCha8Rng, now: Instant) -> Self {
        Self::new(plan, true, twists, rng, now)
    }

    /// A joiner that announces itself at such length that a roster with it is too long for a message.
    pub fn long_winded(plan: Plan, rng: &mut ChaCha8Rng, now: Instant) -> Self {
        Self {
            long: true,
            ..Self::new(plan, true, 0.0, rng, now)
        }
    }

    fn new(plan: Plan, plays: bool, twists: f64, rng: &mut ChaCha8Rng, now: Instant) -> Self {
        Self {
            part: Party::new(plan, now, rng),
            plays,
            twists,
            long: false,
            next_word: now,
            counter: 1_000_000,
            kept: VecDeque::new(),
            known: Known::default(),
            rng: ChaCha8Rng::from_rng(rng),
        }
    }

    /// Runs the machine of its part, and twists what it says.
    fn play(&mut self, now: Instant) -> Vec<(Vec<usize>, Bytes)> {
        while let Some(at) = self.part.todo.iter().position(|(at, _)| *at <= now) {
            match self.part.todo.remove(at).1 {
                Act::Arrive => self.part.arrive(SESSION, FOREVER, now, self.counter),
                act => self.part.act(act, now),
            }
        }
        let mut said = Vec::new();
        self.part.wake(now);
        while let Some(output) = self.part.lobby.as_mut().and_then(|it| it.poll()) {
            match output {
                Output::Broadcast(message) if self.rng.random_bool(self.twists) => {
                    said.extend(self.twist(&message));
                }
                Output::Broadcast(message) => said.push((vec![], self.lengthen(message))),
                // It goes on, whatever its machine thinks of the others.
                Output::Event(event) => drop(self.part.follow(event, now)),
            }
        }
        said
    }

    /// Says something else in the place of a message, perhaps only to some, or nothing at all.
    fn twist(&mut self, message: &Bytes) -> Vec<(Vec<usize>, Bytes)> {
        let opened = decode::<Signed>(message);
        let opened = opened.and_then(|it| it.open::<Envelope>(Context::Lobby, &SESSION));
        let Some(Envelope { counter, body, .. }) = opened else {
            return vec![];
        };
        self.counter = counter;
        let other = self.change(body);
        let other = self.sign(counter, other);
        let some: Vec<usize> = (0..6).filter(|_| self.rng.random()).collect();
        let rest: Vec<usize> = (0..6).filter(|it| !some.contains(it)).collect();
        match self.rng.random_range(0..4) {
            0 => vec![],
            1 => vec![(vec![], other)],
            _ if some.is_empty() || rest.is_empty() => vec![(vec![], other)],
            _ => vec![(some, other), (rest, message.clone())],
        }
    }

    fn lengthen(&mut self, message: Bytes) -> Bytes {
        let signed = decode::<Signed>(&message).filter(|_| self.long);
        match signed.and_then(|it| decode::<Envelope>(&it.bytes)) {
            Some(Envelope {
                counter,
                body: Body::Announce(_),
                ..
            }) => {
                let announcement = self.announcement();
                self.sign(counter, Body::Announce(announcement))
            }
            _ => message,
        }
    }

    /// Something to say that no honest party would, or what another one said.
    fn babble(&mut self) -> Bytes {
        let kept = self.kept.iter().collect::<Vec<_>>();
        let kept = kept
            .choose(&mut self.rng)
            .map(|it| it.to_vec())
            .unwrap_or_default();
        match self.rng.random_range(0..7) {
            0 => {
                let length = [3, 120, 1000, MAX_LOBBY_BYTES + 1][self.rng.random_range(0..4)];
                let mut noise = vec![0; length];
                self.rng.fill_bytes(&mut noise);
                noise.into()
            }
            1 => self.damage(kept),
            2 => kept.into(),
            3 => self.pretend(&kept),
            4 => {
                // Rightly signed, but for another place or another session.
                let body = self.forge();
                let envelope = self.envelope(u64::MAX, body);
                let secret = &self.part.plan.secret;
                let signed = match self.rng.random() {
                    true => Signed::new(secret, Context::Announcement, &SESSION, &envelope),
                    false => Signed::new(secret, Context::Lobby, &[0; 32], &envelope),
                };
                encode(&signed)
            }
            // With a part to play, a number that was not used up leaves its machine a voice.
            _ => {
                self.counter += u64::from(!self.plays);
                let body = self.forge();
                self.sign(self.counter, body)
            }
        }
    }

    fn damage(&mut self, mut message: Vec<u8>) -> Bytes {
        for _ in 0..self.rng.random_range(1..4) {
            let at = self.rng.random_range(0..message.len().max(1));
            match self.rng.random_range(0..4) {
                0 => message.truncate(at),
                1 => message.insert(at.min(message.len()), self.rng.random()),
                2 => message.extend_from_within(at.min(message.len())..),
                _ => {
                    if let Some(byte) = message.get_mut(at) {
                        *byte ^= 1 << self.rng.random_range(0..8);
                    }
                }
            }
        }
        message.into()
    }

    /// Puts another name on a message: ours on another's words, or another's on ours.
    fn pretend(&mut self, kept: &[u8]) -> Bytes {
        let own = self.forge();
        let own = self.sign(u64::MAX, own);
        let (message, name) = match self.rng.random() {
            true => (kept, self.part.id),
            false => (&own[..], self.person().0),
        };
        match decode::<Signed>(message) {
            Some(mut signed) => {
                signed.from = name;
                encode(&signed)
            }
            None => own,
        }
    }

    fn sign(&self, counter: u64, body: Body) -> Bytes {
        let secret = &self.part.plan.secret;
        let envelope = self.envelope(counter, body);
        encode(&Signed::new(secret, Context::Lobby, &SESSION, &envelope))
    }

    fn envelope(&self, counter: u64, body: Body) -> Envelope {
        Envelope {
            instance: self.part.plan.instance,
            counter,
            body,
        }
    }
}

impl Known {
    fn learn(&mut self, message: &Bytes) {
        let signed = decode::<Signed>(message);
        let envelope = signed.and_then(|it| decode::<Envelope>(&it.bytes));
        match envelope.map(|it| it.body) {
            Some(Body::Announce(signed)) => self.announcements.push(signed),
            Some(Body::Board { terms, seats }) => {
                self.terms = Some(terms);
                self.people = seats
                    .into_iter()
                    .flatten()
                    .map(|it| (it.id, it.instance))
                    .collect();
            }
            Some(Body::Reveal { roster, nonce }) => {
                self.rosters.push(roster);
                self.nonces.push(nonce);
            }
            _ => {}
        }
    }
}

impl Intruder for Hostile {
    fn hear(&mut self, message: &Bytes, now: Instant) {
        self.known.learn(message);
        self.kept.push_back(message.clone());
        if self.kept.len() > KEPT {
            self.kept.pop_front();
        }
        if self.plays && self.part.lobby.is_some() {
            self.part.hear(message, now);
            self.next_word = self.next_word.min(now + MS);
        }
    }

    fn next_turn(&self) -> Option<Instant> {
        let acts = self.part.todo.iter().map(|(at, _)| *at);
        let plays = acts.chain(self.part.wakes()).filter(|_| self.plays);
        plays.chain([self.next_word]).min()
    }

    fn turn(&mut self, now: Instant) -> Vec<(Vec<usize>, Bytes)> {
        let mut said = match self.plays {
            true => self.play(now),
            false => vec![],
        };
        if now >= self.next_word {
            self.next_word = now + MS * self.rng.random_range(50..400);
            said.push((vec![], self.babble()));
        }
        said
    }

    fn ids(&self) -> Vec<EndpointId> {
        vec![self.part.id]
    }
}

fn encode(signed: &Signed) -> Bytes {
    postcard::to_stdvec(signed).unwrap_or_default().into()
}
