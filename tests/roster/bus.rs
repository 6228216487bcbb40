//! A lobby topic on virtual time: what one node broadcasts reaches every other node, unless the bus drops it, delays it so
//! that later messages overtake it, delivers it twice, or is cut between the two.

use std::{
    cmp::Reverse,
    collections::{BTreeSet, BinaryHeap},
    time::{Duration, Instant},
};

use bytes::Bytes;
use rand::Rng;
use rand_chacha::ChaCha8Rng;

use crate::MS;

/// What befalls each message on its way to each node.
#[derive(Clone, Copy, Debug, Default)]
pub struct Faults {
    /// Chance that it is dropped.
    pub drop: f64,
    /// Chance that it comes twice, each copy with a delay of its own.
    pub double: f64,
    /// Delay of all messages.
    pub delay: Duration,
    /// Further delay at most.
    pub jitter: Duration,
}

impl Faults {
    /// Random faults. A third of the messages at most is lost, so that silence for many repeats is no accident.
    pub fn random(rng: &mut ChaCha8Rng) -> Self {
        let lossless = Self::lossless(rng);
        Self {
            drop: [0.0, 0.1, 0.33][rng.random_range(0..3)],
            jitter: lossless.jitter * [1, 4][rng.random_range(0..2)],
            ..lossless
        }
    }

    /// Random faults that lose nothing.
    pub fn lossless(rng: &mut ChaCha8Rng) -> Self {
        Self {
            drop: 0.0,
            double: [0.0, 0.3][rng.random_range(0..2)],
            delay: MS * rng.random_range(0..100),
            jitter: MS * [0, 20, 100, 400][rng.random_range(0..4)],
        }
    }

    /// A good network.
    pub fn none() -> Self {
        Self {
            delay: MS * 20,
            ..Self::default()
        }
    }
}

/// One message on its way to one node, ordered by arrival.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Flight {
    at: Instant,
    number: u64,
    to: usize,
    message: Bytes,
}

/// The topic.
pub struct Bus {
    pub faults: Faults,
    /// Ordered pairs of nodes that nothing passes between.
    cuts: BTreeSet<(usize, usize)>,
    air: BinaryHeap<Reverse<Flight>>,
    sent: u64,
    rng: ChaCha8Rng,
}

impl Bus {
    pub fn new(rng: ChaCha8Rng) -> Self {
        Self {
            faults: Faults::none(),
            cuts: BTreeSet::new(),
            air: BinaryHeap::new(),
            sent: 0,
            rng,
        }
    }

    /// Sends to one node.
    pub fn send(&mut self, from: usize, to: usize, message: &Bytes, now: Instant) {
        let copies = match self.rng.random_bool(self.faults.double) {
            true => 2,
            false => 1,
        };
        for _ in 0..copies {
            let jitter = self.rng.random_range(Duration::ZERO..=self.faults.jitter);
            let lost = self.rng.random_bool(self.faults.drop) || self.is_cut(from, to);
            if !lost {
                self.sent += 1;
                self.air.push(Reverse(Flight {
                    at: now + self.faults.delay + jitter,
                    number: self.sent,
                    to,
                    message: message.clone(),
                }));
            }
        }
    }

    /// When the next message arrives.
    pub fn next(&self) -> Option<Instant> {
        self.air.peek().map(|Reverse(flight)| flight.at)
    }

    /// A message that has arrived, and at which node.
    pub fn arrived(&mut self, now: Instant) -> Option<(usize, Bytes)> {
        if self.next()? > now {
            return None;
        }
        let Reverse(flight) = self.air.pop()?;
        Some((flight.to, flight.message))
    }

    pub fn is_cut(&self, from: usize, to: usize) -> bool {
        self.cuts.contains(&(from, to))
    }

    /// Cuts all ways between two sides; `true` is the one side.
    pub fn partition(&mut self, sides: &[bool]) {
        for (a, side_a) in sides.iter().enumerate() {
            for (b, side_b) in sides.iter().enumerate() {
                if side_a != side_b {
                    self.cuts.insert((a, b));
                }
            }
        }
    }

    /// Cuts the way from one node to another.
    pub fn cut(&mut self, from: usize, to: usize) {
        self.cuts.insert((from, to));
    }

    /// Cuts a few ways at random, or parts the nodes in two, or does nothing.
    pub fn cut_at_random(&mut self, nodes: usize) {
        self.cuts.clear();
        match self.rng.random_range(0..4) {
            0 => {
                let sides: Vec<bool> = (0..nodes).map(|_| self.rng.random()).collect();
                self.partition(&sides);
            }
            1 => {
                for _ in 0..self.rng.random_range(1..=nodes) {
                    let way = [0, 1].map(|_| self.rng.random_range(0..nodes));
                    self.cuts.insert((way[0], way[1]));
                }
            }
            _ => {}
        }
    }

    /// From now on everything arrives.
    pub fn heal(&mut self) {
        self.cuts.clear();
        self.faults = Faults::none();
    }
}
