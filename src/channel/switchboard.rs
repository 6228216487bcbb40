//! Where the lines of one party meet: who reaches whom, and what one line hands to another.
//!
//! A line that has no way to its peer hands its sealed packets to the line with a party that reaches both; that party's
//! line with us hands them to its line with the peer; there, the line with the forwarder hands them to the line with us. See
//! [`proto::forward`](crate::proto::forward) and [`proto::route`](crate::proto::route).

use std::sync::{Mutex, MutexGuard};

use bytes::Bytes;
use tokio::sync::{Notify, mpsc, watch};

use crate::proto::{
    forward::{Carried, Destination, Lanes},
    link::MAX_OUTSTANDING,
    route::Seats,
};

/// What all parties say of whom they reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reach {
    /// Whom we reach without a detour.
    pub ours: Seats,
    /// By seat, whom that party says it reaches.
    pub theirs: Vec<Seats>,
    /// We have all that we need of everybody.
    pub complete: bool,
}

/// A packet for a line that came by way of another party.
#[derive(Debug)]
pub(super) struct Detoured {
    pub via: usize,
    pub packet: Bytes,
}

/// See the [module](self).
#[derive(Debug)]
pub(super) struct Switchboard {
    party: usize,
    reach: watch::Sender<Reach>,
    /// By seat, what waits to go out on the line with that party.
    hops: Vec<Hop>,
    /// By seat, what came by detour for the line with that party.
    detoured: Vec<mpsc::Sender<Detoured>>,
    /// For whom we have passed something on.
    served: Mutex<Seats>,
}

#[derive(Debug, Default)]
struct Hop {
    lanes: Mutex<Lanes>,
    filled: Notify,
}

impl Switchboard {
    /// A switchboard, and by seat the receiver for that party's line.
    pub fn new(party: usize, parties: usize) -> (Self, Vec<mpsc::Receiver<Detoured>>) {
        let queues = (0..parties).map(|_| mpsc::channel(MAX_OUTSTANDING));
        let (detoured, receivers) = queues.unzip();
        let board = Self {
            party,
            reach: watch::Sender::new(Reach {
                ours: Seats::default(),
                theirs: vec![Seats::default(); parties],
                complete: false,
            }),
            hops: (0..parties).map(|_| Hop::default()).collect(),
            detoured,
            served: Mutex::default(),
        };
        (board, receivers)
    }

    /// What all parties say, to be watched.
    pub fn reach(&self) -> watch::Receiver<Reach> {
        self.reach.subscribe()
    }

    /// Who reaches both us and that peer.
    pub fn offers(&self, peer: usize) -> Seats {
        let reach = self.reach.borrow();
        let both = |seat: &usize| reach.theirs[*seat].contains(peer);
        reach
            .ours
            .iter()
            .filter(|seat| *seat != peer)
            .filter(both)
            .collect()
    }

    /// Whether our line with a party is one without a detour.
    pub fn reaches(&self, peer: usize) -> bool {
        self.reach.borrow().ours.contains(peer)
    }

    /// Our line with a party works without a detour, or does no more.
    pub fn set_reaches(&self, peer: usize, reaches: bool) {
        self.reach.send_if_modified(|reach| {
            let ours = reach.ours.with(peer, reaches);
            std::mem::replace(&mut reach.ours, ours) != ours
        });
        if !reaches {
            lock(&self.hops[peer].lanes).clear();
        }
    }

    /// A party says whom it reaches.
    pub fn set_told(&self, party: usize, reaches: Seats) {
        self.reach.send_if_modified(|reach| {
            std::mem::replace(&mut reach.theirs[party], reaches) != reaches
        });
    }

    /// We need nothing more of anybody.
    pub fn set_complete(&self) {
        self.reach.send_modify(|reach| reach.complete = true);
    }

    /// For whom we have passed something on, senders and addressees.
    pub fn served(&self) -> Seats {
        *lock(&self.served)
    }

    /// Sends a packet of our own to a party by way of another.
    pub fn detour(&self, via: usize, to: usize, packet: Bytes) {
        let (from, to) = (self.party as u8, to as u8);
        self.queue(via, Carried { from, to, packet });
    }

    /// The next packet to go out on the line with a party.
    pub fn next(&self, hop: usize) -> Option<Carried> {
        lock(&self.hops[hop].lanes).pop()
    }

    /// Waits until there may be a packet to go out on the line with a party.
    pub async fn filled(&self, hop: usize) {
        self.hops[hop].filled.notified().await;
    }

    /// Takes what a party handed us: it is ours, or goes on. False if no honest party hands us this.
    #[must_use]
    pub fn take(&self, hop: usize, bytes: &Bytes) -> bool {
        let Some(carried) = Carried::decode(bytes) else {
            return false;
        };
        match carried.destination(hop, self.party, self.hops.len()) {
            Destination::Ours => {
                let (via, packet) = (hop, carried.packet);
                let line = &self.detoured[usize::from(carried.from)];
                // What finds no place is lost; the link repeats it.
                line.try_send(Detoured { via, packet }).ok();
            }
            Destination::Another => {
                let to = usize::from(carried.to);
                // Where we need a detour ourselves, there is nothing to pass on.
                if self.reaches(to) {
                    let mut served = lock(&self.served);
                    *served = served.with(hop, true).with(to, true);
                    drop(served);
                    self.queue(to, carried);
                }
            }
            Destination::Nonsense => return false,
        }
        true
    }

    fn queue(&self, hop: usize, carried: Carried) {
        if !lock(&self.hops[hop].lanes).push(carried) {
            tracing::debug!(hop, "dropped a packet: its lane is full");
        }
        self.hops[hop].filled.notify_one();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing in here leaves a half-done change behind.
    mutex
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner())
}
