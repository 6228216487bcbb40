//! A bus between two links on virtual time: one queue per direction that drains at the path's rate, as gossip's queue
//! per peer does, then air that drops, doubles, reorders, lags and collapses equal bytes.

use std::cmp::Reverse;
use std::collections::hash_map::DefaultHasher;
use std::collections::{BinaryHeap, HashSet, VecDeque};
use std::hash::{Hash, Hasher};
use std::time::{Duration, Instant};

use bytes::Bytes;
use iroh_mpc::proto::link::{Link, Packet, Violation, wire};
use rand::Rng;
use rand_chacha::ChaCha8Rng;

use crate::clock::Clock;

/// What befalls the packets of one direction.
#[derive(Clone, Copy, Debug, Default)]
pub struct Faults {
    /// Chance that a packet is dropped.
    pub drop: f64,
    /// Chance that it comes twice.
    pub double: f64,
    /// Chance that a burst of up to 256 packets is dropped from here on.
    pub lag: f64,
    /// One-way delay.
    pub delay: Duration,
    /// Further delay at most, drawn for each packet, so that packets overtake each other.
    pub jitter: Duration,
    /// Bytes per second; 0 is no limit.
    pub rate: u64,
    /// Every packet is dropped.
    pub dead: bool,
    /// No packet leaves the sender's queue.
    pub stalled: bool,
}

/// One direction.
#[derive(Default)]
pub struct Pipe {
    pub faults: Faults,
    /// Packets handed out that have not left the sender.
    queue: VecDeque<Packet>,
    /// When the first of them has left.
    leaves: Option<Instant>,
    air: BinaryHeap<Reverse<(Instant, u64)>>,
    flying: Vec<Option<(u64, Vec<u8>)>>,
    seen: HashSet<u64>,
    lagging: u32,
    /// Longest that the queue ever was.
    pub deepest: usize,
    /// Transmissions that were equal to an earlier one.
    pub collapsed: u64,
}

impl Pipe {
    /// Packets in the sender's queue.
    pub fn depth(&self) -> usize {
        self.queue.len()
    }

    /// The carrier broke: whatever was under way is gone.
    pub fn clear(&mut self) {
        self.queue.clear();
        self.leaves = None;
        self.air.clear();
        self.flying.clear();
    }

    fn push(&mut self, packet: Packet) {
        self.queue.push_back(packet);
        self.deepest = self.deepest.max(self.queue.len());
    }

    /// Lets leave what can by `now`.
    fn drain(&mut self, now: Instant, rng: &mut ChaCha8Rng) {
        if self.faults.stalled {
            self.leaves = None;
            return;
        }
        while let Some(packet) = self.queue.front() {
            let bytes = (packet.header.len() + packet.body.len()) as u64;
            let leaves = *self.leaves.get_or_insert_with(|| {
                let nanos = (bytes * 1_000_000_000).checked_div(self.faults.rate);
                now + Duration::from_nanos(nanos.unwrap_or(0))
            });
            if leaves > now {
                return;
            }
            self.leaves = None;
            if let Some(packet) = self.queue.pop_front() {
                self.launch(packet, now, rng);
            }
        }
    }

    fn launch(&mut self, packet: Packet, now: Instant, rng: &mut ChaCha8Rng) {
        let mut hasher = DefaultHasher::new();
        (packet.number, &packet.header, &packet.body).hash(&mut hasher);
        if !self.seen.insert(hasher.finish()) {
            self.collapsed += 1;
            return;
        }
        if self.faults.lag > 0.0 && rng.random_bool(self.faults.lag) {
            self.lagging = rng.random_range(1..=256);
        }
        if self.lagging > 0 {
            self.lagging -= 1;
            return;
        }
        if self.faults.dead || rng.random_bool(self.faults.drop) {
            return;
        }
        let copies = 1 + u32::from(rng.random_bool(self.faults.double));
        for _ in 0..copies {
            let jitter = rng.random_range(0..=self.faults.jitter.as_micros() as u64);
            let at = now + self.faults.delay + Duration::from_micros(jitter);
            let plaintext = [&packet.header[..], &packet.body[..]].concat();
            self.air.push(Reverse((at, self.flying.len() as u64)));
            self.flying.push(Some((packet.number, plaintext)));
        }
    }

    fn arrived(&mut self, now: Instant) -> Option<(u64, Vec<u8>)> {
        match self.air.peek() {
            Some(&Reverse((at, index))) if at <= now => {
                self.air.pop();
                self.flying[index as usize].take()
            }
            _ => None,
        }
    }

    fn next_event(&self) -> Option<Instant> {
        let arrives = self.air.peek().map(|&Reverse((at, _))| at);
        [self.leaves, arrives].into_iter().flatten().min()
    }
}

/// Two links and the bus between them.
pub struct Bus {
    pub now: Instant,
    pub links: [Link; 2],
    /// What time it is for each.
    pub clocks: [Clock; 2],
    /// `pipes[k]` leads away from `links[k]`.
    pub pipes: [Pipe; 2],
    pub rng: ChaCha8Rng,
    /// The number of the packets handed out by each.
    pub numbers: [u64; 2],
}

impl Bus {
    pub fn new(links: [Link; 2], faults: Faults, now: Instant, rng: ChaCha8Rng) -> Self {
        let pipe = || Pipe {
            faults,
            ..Pipe::default()
        };
        Self {
            now,
            links,
            clocks: [Clock::right(now); 2],
            pipes: [pipe(), pipe()],
            rng,
            numbers: [0; 2],
        }
    }

    pub fn set_faults(&mut self, faults: Faults) {
        for pipe in &mut self.pipes {
            pipe.faults = faults;
            pipe.lagging = 0;
        }
    }

    /// Moves everything that can move at this instant.
    pub fn settle(&mut self) -> Result<(), Violation> {
        loop {
            let mut moved = false;
            for side in 0..2 {
                let shown = self.clocks[side].shows(self.now);
                self.links[side].handle_timeout(shown);
                while let Some(packet) = self.links[side].poll_transmit(shown) {
                    assert_eq!(packet.number, self.numbers[side], "number used twice");
                    assert!(packet.header.len() <= wire::HEADER_BYTES_MAX);
                    assert!(packet.body.len() <= wire::FRAME_BYTES);
                    self.numbers[side] += 1;
                    self.pipes[side].push(packet);
                    moved = true;
                }
                self.pipes[side].drain(self.now, &mut self.rng);
                while let Some((number, plaintext)) = self.pipes[side].arrived(self.now) {
                    let plaintext = Bytes::from(plaintext);
                    let shown = self.clocks[1 - side].shows(self.now);
                    self.links[1 - side].handle(number, &plaintext, shown)?;
                    moved = true;
                }
            }
            if !moved {
                break;
            }
        }
        for (link, clock) in self.links.iter().zip(&self.clocks) {
            let timeout = link.poll_timeout().map(|at| clock.when(at));
            assert!(timeout.is_none_or(|at| at > self.now), "a timer spins");
        }
        Ok(())
    }

    /// When something happens next without anybody's doing.
    pub fn next_event(&self) -> Option<Instant> {
        let timeouts = self.links.iter().zip(&self.clocks);
        let timeouts = timeouts.filter_map(|(link, clock)| Some(clock.when(link.poll_timeout()?)));
        let pipes = self.pipes.iter().filter_map(Pipe::next_event);
        timeouts.chain(pipes).min()
    }

    /// Lets `span` pass.
    pub fn pass(&mut self, span: Duration) {
        let end = self.now + span;
        self.until(end, |_| false);
        self.now = end;
    }

    /// Lets time pass until `done`, at most to `end`; whether it was done.
    pub fn until(&mut self, end: Instant, mut done: impl FnMut(&mut Bus) -> bool) -> bool {
        loop {
            self.settle().expect("an honest peer");
            if done(self) {
                return true;
            }
            // What `done` took from a link may have given it something to send.
            let before = self.numbers;
            self.settle().expect("an honest peer");
            if self.numbers != before {
                continue;
            }
            match self.next_event() {
                Some(at) if at <= end => self.now = at.max(self.now),
                _ => return false,
            }
        }
    }
}
