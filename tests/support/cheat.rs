//! A party that cheats: its engine is honest, but one of its messages is changed on the way out.
//!
//! Lives in the tests alone; a session takes any channel for its engine (`session::run_over`).

// Not every test target uses all of it.
#![allow(dead_code)]

use std::{sync::Mutex, time::Duration};

use polytune::channel::Channel;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// How long a delayed message takes.
pub const DELAY: Duration = Duration::from_secs(2);

/// The bytes of the length in front of each message.
const LENGTH: usize = 8;

/// What happens to the chosen message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Mutation {
    /// Nothing: shows that the harness itself does no harm.
    None,
    /// A bit of it is flipped.
    Flip,
    /// The same bit is flipped in the message of the same number to everybody.
    FlipForAll,
    /// Its end is cut off.
    Truncate,
    /// It ends one entry earlier, and its length says so.
    Shorten,
    /// Bytes are added to it.
    Extend,
    /// Everything behind its length is zero.
    Zero,
    /// It changes places with the next message to the same party.
    Swap,
    /// Instead of it goes what another party was sent last, if that has the same length.
    Misdirect,
    /// Instead of it goes an earlier message to the same party, of the same length if there is one.
    Replay,
    /// An entry that is there is missing.
    Missing,
    /// All entries are missing.
    AllMissing,
    /// It is not sent.
    Drop,
    /// It is sent later.
    Delay,
}

/// All of them.
pub const MUTATIONS: [Mutation; 14] = [
    Mutation::None,
    Mutation::Flip,
    Mutation::FlipForAll,
    Mutation::Truncate,
    Mutation::Shorten,
    Mutation::Extend,
    Mutation::Zero,
    Mutation::Swap,
    Mutation::Misdirect,
    Mutation::Replay,
    Mutation::Missing,
    Mutation::AllMissing,
    Mutation::Drop,
    Mutation::Delay,
];

/// Which message is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// The message of this number to this party.
    Number(usize, usize),
    /// The first message of this phase to everybody.
    Phase(&'static str),
}

/// What the cheater does.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    pub mutation: Mutation,
    pub target: Target,
    pub seed: u64,
}

/// The channel of a party that cheats by plan.
pub struct Cheating<C> {
    channel: C,
    plan: Plan,
    sent: Mutex<Vec<Sent>>,
}

/// A message that the engine gave us to send.
#[derive(Debug, Clone)]
pub struct Sent {
    pub to: usize,
    pub phase: String,
    pub message: Vec<u8>,
    /// It waits for the next one, which goes first.
    held: bool,
}

impl<C> Cheating<C> {
    pub fn new(channel: C, plan: Plan) -> Self {
        Self {
            channel,
            plan,
            sent: Mutex::default(),
        }
    }

    /// All that the engine gave us to send.
    pub fn sent(&self) -> Vec<Sent> {
        self.sent.lock().unwrap().clone()
    }

    fn is_target(&self, sent: &[Sent], to: usize, phase: &str) -> bool {
        let earlier = sent.iter().filter(|sent| sent.to == to);
        match self.plan.target {
            Target::Number(party, number) => {
                let is_party = party == to || self.plan.mutation == Mutation::FlipForAll;
                is_party && earlier.count() == number
            }
            Target::Phase(target) => target == phase && !{ earlier }.any(|e| e.phase == phase),
        }
    }

    /// What is sent instead of a message, in order.
    fn mutate(&self, to: usize, phase: &str, message: &[u8]) -> Vec<Vec<u8>> {
        let mut sent = self.sent.lock().unwrap();
        let is_target = self.is_target(&sent, to, phase);
        let waiting = sent.iter_mut().find(|sent| sent.to == to && sent.held);
        let waiting = waiting.map(|sent| {
            sent.held = false;
            sent.message.clone()
        });
        let mut rng = ChaCha8Rng::seed_from_u64(self.plan.seed);
        let earlier = |same: &dyn Fn(&Sent) -> bool| {
            let found = sent.iter().rev().find(|sent| same(sent));
            found.map(|sent| sent.message.clone())
        };
        let mut changed = message.to_vec();
        let mut held = false;
        let mut is_sent = true;
        if is_target {
            match self.plan.mutation {
                Mutation::None | Mutation::Delay => {}
                Mutation::Flip | Mutation::FlipForAll => {
                    // Mostly in what the message says, seldom in its length.
                    let first = if rng.random_ratio(1, 8) { 0 } else { LENGTH };
                    let at = rng.random_range(first..message.len());
                    changed[at] ^= 1 << rng.random_range(0..8);
                }
                Mutation::Truncate => changed.truncate(rng.random_range(0..message.len())),
                Mutation::Shorten => shorten(&mut changed),
                Mutation::Extend => {
                    changed.extend((0..rng.random_range(1..64)).map(|_| rng.random::<u8>()));
                }
                Mutation::Zero => changed[LENGTH..].fill(0),
                Mutation::Swap => (held, is_sent) = (true, false),
                Mutation::Misdirect => {
                    let other = |sent: &Sent| sent.to != to && sent.message.len() == message.len();
                    changed = earlier(&other).unwrap_or_default();
                }
                Mutation::Replay => {
                    let same = |sent: &Sent| sent.to == to && sent.message.len() == message.len();
                    changed = (earlier(&same).or_else(|| earlier(&|sent| sent.to == to)))
                        .unwrap_or_default();
                }
                Mutation::Missing => missing(&mut changed, phase, 1),
                Mutation::AllMissing => missing(&mut changed, phase, usize::MAX),
                Mutation::Drop => is_sent = false,
            }
        }
        sent.push(Sent {
            to,
            phase: phase.into(),
            message: message.to_vec(),
            held,
        });
        let now = is_sent.then_some(changed);
        now.into_iter().chain(waiting).collect()
    }
}

impl<C: Channel> Channel for Cheating<C> {
    type SendError = C::SendError;
    type RecvError = C::RecvError;

    async fn send_bytes_to(
        &self,
        party: usize,
        data: Vec<u8>,
        phase: &str,
    ) -> Result<(), Self::SendError> {
        let is_delayed = self.plan.mutation == Mutation::Delay
            && self.is_target(&self.sent.lock().unwrap(), party, phase);
        if is_delayed {
            tokio::time::sleep(DELAY).await;
        }
        for message in self.mutate(party, phase, &data) {
            self.channel.send_bytes_to(party, message, phase).await?;
        }
        Ok(())
    }

    async fn recv_bytes_from(&self, party: usize, phase: &str) -> Result<Vec<u8>, Self::RecvError> {
        self.channel.recv_bytes_from(party, phase).await
    }
}

/// The bytes of an entry behind its tag, in phases whose entries are optional.
pub fn optional_bytes(phase: &str) -> Option<usize> {
    match phase {
        "wire shares" | "output wire shares" | "lambda" => Some(17),
        "labels" => Some(16),
        "masked inputs" => Some(1),
        _ => phase.starts_with("broadcast ").then_some(16),
    }
}

fn missing(message: &mut Vec<u8>, phase: &str, mut count: usize) {
    let Some(bytes) = optional_bytes(phase) else {
        return;
    };
    let mut at = LENGTH;
    while at < message.len() {
        if message[at] == 1 {
            if count > 0 {
                count -= 1;
                message[at] = 0;
                message.drain(at + 1..at + 1 + bytes);
            } else {
                at += bytes;
            }
        }
        at += 1;
    }
}

/// Only right where all entries have the same length.
fn shorten(message: &mut Vec<u8>) {
    let entries = u64::from_le_bytes(message[..LENGTH].try_into().unwrap());
    let entry = (message.len() - LENGTH) / entries as usize;
    message[..LENGTH].copy_from_slice(&(entries - 1).to_le_bytes());
    message.truncate(message.len() - entry);
}
