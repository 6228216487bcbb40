//! Somebody with a ticket who says again what a joiner has said, for as long as it likes: a ghost must not take a seat.

use std::time::Instant;

use bytes::Bytes;
use iroh::EndpointId;
use iroh_mpc::proto::signed::{Signed, decode};

use crate::MS;
use crate::world::Intruder;

pub struct Echo {
    of: EndpointId,
    /// In the order in which it was heard.
    kept: Vec<Bytes>,
    next: usize,
    next_word: Instant,
}

impl Echo {
    pub fn new(of: EndpointId, now: Instant) -> Self {
        Self {
            of,
            kept: Vec::new(),
            next: 0,
            next_word: now,
        }
    }
}

impl Intruder for Echo {
    fn hear(&mut self, message: &Bytes, _: Instant) {
        if decode::<Signed>(message).is_some_and(|it| it.from == self.of) {
            self.kept.push(message.clone());
        }
    }

    fn next_turn(&self) -> Option<Instant> {
        Some(self.next_word)
    }

    fn turn(&mut self, now: Instant) -> Vec<(Vec<usize>, Bytes)> {
        self.next_word = now + MS * 100;
        let word = self.kept.get(self.next).cloned();
        self.next = (self.next + 1) % self.kept.len().max(1);
        word.map(|word| (vec![], word)).into_iter().collect()
    }

    fn ids(&self) -> Vec<EndpointId> {
        vec![]
    }
}
