//! The packets handed out and neither acknowledged nor lost.
//!
//! Their number is what keeps gossip's actor from ever waiting: it awaits a queue of 64 per peer. A packet is known
//! to have left that queue when it, or a later one, is acknowledged.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// A packet is lost when one that was sent so many later is acknowledged (RFC 9002, section 6.1.1).
const REORDERING: u64 = 3;

/// What a packet was sent for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Purpose {
    /// Frame of that sequence number, within the window.
    Frame(u64),
    /// The same, sent again beyond the window because no answer came.
    FrameProbe(u64),
    /// Another link's packet, within the window.
    Carry,
    /// A ping, whatever its reason.
    Ping,
    /// Acknowledgement alone, which is not answered.
    Ack,
}

impl Purpose {
    pub(super) fn asks_for_ack(self) -> bool {
        self != Purpose::Ack
    }

    pub(super) fn sequence(self) -> Option<u64> {
        match self {
            Purpose::Frame(sequence) | Purpose::FrameProbe(sequence) => Some(sequence),
            Purpose::Carry | Purpose::Ping | Purpose::Ack => None,
        }
    }
}

/// One packet under way.
#[derive(Clone, Copy)]
pub(super) struct Sent {
    pub(super) at: Instant,
    pub(super) purpose: Purpose,
    /// The credit that it carries.
    pub(super) credit: u64,
}

/// All packets under way, by packet number.
#[derive(Default)]
pub(super) struct Flight {
    /// Number of the first slot.
    base: u64,
    /// The first and last slots are taken, unless there is none.
    slots: VecDeque<Option<Sent>>,
    largest_acked: Option<u64>,
    frames: usize,
    extras: usize,
    acks: usize,
}

impl Flight {
    /// The number of the next packet; numbers below have been sent.
    pub(super) fn next_number(&self) -> u64 {
        self.base + self.slots.len() as u64
    }

    /// Frames and others' packets under way within the window.
    pub(super) fn frames(&self) -> usize {
        self.frames
    }

    /// Pings and probes under way.
    pub(super) fn extras(&self) -> usize {
        self.extras
    }

    /// Pure acks under way.
    pub(super) fn acks(&self) -> usize {
        self.acks
    }

    /// All packets under way.
    pub(super) fn outstanding(&self) -> usize {
        self.frames + self.extras + self.acks
    }

    /// Whether the peer owes an answer.
    pub(super) fn awaits_ack(&self) -> bool {
        self.frames + self.extras > 0
    }

    pub(super) fn push(&mut self, sent: Sent) {
        *self.count(sent.purpose) += 1;
        self.slots.push_back(Some(sent));
    }

    /// Takes out the packets in `low..=high` that are under way, all of which were acknowledged.
    pub(super) fn acked(&mut self, low: u64, high: u64, mut each: impl FnMut(u64, Sent)) {
        self.largest_acked = self.largest_acked.max(Some(high));
        let end = high.saturating_add(1).min(self.next_number());
        for number in low.max(self.base)..end {
            if let Some(sent) = self.take(number) {
                each(number, sent);
            }
        }
    }

    /// Takes out the oldest packet if it is lost: a later one was acknowledged, and either [`REORDERING`] or
    /// `delay` has passed it by.
    pub(super) fn pop_lost(&mut self, now: Instant, delay: Duration) -> Option<Sent> {
        let largest = self.largest_acked?;
        let end = largest
            .saturating_sub(self.base)
            .min(self.slots.len() as u64) as usize;
        // Slots up to `REORDERING` below the largest are lost, so few are looked at in vain.
        (0..end).find_map(|slot| {
            let number = self.base + slot as u64;
            let sent = self.slots[slot]?;
            let lost = number + REORDERING <= largest || sent.at + delay <= now;
            if lost { self.take(number) } else { None }
        })
    }

    /// When the next packet will be lost by its age alone.
    pub(super) fn next_loss(&self, delay: Duration) -> Option<Instant> {
        let end = self.largest_acked?.saturating_sub(self.base) as usize;
        self.slots
            .iter()
            .take(end)
            .flatten()
            .filter(|sent| sent.purpose.asks_for_ack())
            .map(|sent| sent.at + delay)
            .min()
    }

    /// Takes out the oldest ping or probe.
    pub(super) fn forget_extra(&mut self) -> Option<Sent> {
        self.forget(|purpose| matches!(purpose, Purpose::Ping | Purpose::FrameProbe(_)))
    }

    /// Takes out the oldest packet that is no frame within the window.
    pub(super) fn forget_beyond_window(&mut self) -> Option<Sent> {
        self.forget(|purpose| !matches!(purpose, Purpose::Frame(_) | Purpose::Carry))
    }

    fn forget(&mut self, which: impl Fn(Purpose) -> bool) -> Option<Sent> {
        let slot = self
            .slots
            .iter()
            .position(|slot| slot.is_some_and(|sent| which(sent.purpose)))?;
        self.take(self.base + slot as u64)
    }

    fn take(&mut self, number: u64) -> Option<Sent> {
        let slot = usize::try_from(number.checked_sub(self.base)?).ok()?;
        let sent = self.slots.get_mut(slot)?.take()?;
        *self.count(sent.purpose) -= 1;
        while let Some(None) = self.slots.front() {
            self.slots.pop_front();
            self.base += 1;
        }
        Some(sent)
    }

    fn count(&mut self, purpose: Purpose) -> &mut usize {
        match purpose {
            Purpose::Frame(_) | Purpose::Carry => &mut self.frames,
            Purpose::FrameProbe(_) | Purpose::Ping => &mut self.extras,
            Purpose::Ack => &mut self.acks,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DELAY: Duration = Duration::from_millis(100);

    fn flight(packets: u64, now: Instant) -> Flight {
        let mut flight = Flight::default();
        for sequence in 0..packets {
            flight.push(Sent {
                at: now,
                purpose: Purpose::Frame(sequence),
                credit: 8,
            });
        }
        flight
    }

    #[test]
    fn three_later_or_long_enough_is_lost() {
        let now = Instant::now();
        let mut flight = flight(10, now);
        let mut acked = Vec::new();
        flight.acked(5, 5, |number, _| acked.push(number));
        assert_eq!(acked, [5]);
        let lost: Vec<_> =
            std::iter::from_fn(|| flight.pop_lost(now, DELAY)?.purpose.sequence()).collect();
        assert_eq!(lost, [0, 1, 2]);
        assert_eq!(flight.next_loss(DELAY), Some(now + DELAY));
        let lost: Vec<_> =
            std::iter::from_fn(|| flight.pop_lost(now + DELAY, DELAY)?.purpose.sequence())
                .collect();
        assert_eq!(lost, [3, 4]);
        assert_eq!(flight.outstanding(), 4);
        assert_eq!(flight.next_loss(DELAY), None);
    }

    #[test]
    fn an_ack_counts_once() {
        let now = Instant::now();
        let mut flight = flight(4, now);
        let mut acked = 0;
        for _ in 0..2 {
            flight.acked(0, 2, |_, _| acked += 1);
        }
        assert_eq!((acked, flight.outstanding()), (3, 1));
        assert_eq!(flight.next_number(), 4);
    }
}
