//! The receiving half of a link: what a packet means, and when to answer it.

use std::time::Instant;

use bytes::Bytes;

use super::incoming::Arrival;
use super::rtt::PROBE_MAX;
use super::wire::Frame;
use super::{ACK_DELAY, Link, MAX_OUTSTANDING, Violation, codec};

/// Frames after which it waits no longer.
const ACK_EVERY: u32 = 8;

impl Link {
    /// Takes in an opened packet. A repeated number is ignored; after a [`Violation`] the link is of no use.
    pub fn handle(
        &mut self,
        packet_number: u64,
        plaintext: &Bytes,
        now: Instant,
    ) -> Result<(), Violation> {
        let opened = codec::decode(plaintext)?;
        if !self.received.insert(packet_number) {
            return Ok(());
        }
        self.stats.packets_received += 1;
        self.stats.bytes_received += plaintext.len() as u64;
        if now.saturating_duration_since(self.last_heard) >= PROBE_MAX {
            // The peer is back, so the next probe may be early.
            self.backoff = 0;
        }
        self.heard = true;
        self.last_heard = now;
        self.outgoing.allow(opened.credit);
        self.acknowledged(opened.acks.as_slice(), now)?;
        match opened.frame {
            Frame::Nothing => {}
            Frame::Ping => {
                if self.peer_status.is_none() || packet_number > self.peer_status_at {
                    // A copy: a slice would keep the whole packet.
                    self.peer_status = Some(Bytes::copy_from_slice(opened.body));
                    self.peer_status_at = packet_number;
                }
                self.ack_due = true;
            }
            Frame::Start { sequence, .. }
            | Frame::More { sequence }
            | Frame::Finish { sequence } => {
                let arrival = self.incoming.frame(
                    sequence,
                    opened.frame,
                    plaintext.slice_ref(opened.body),
                )?;
                self.frame_arrived(arrival, now);
            }
            Frame::Carry => {
                if self.carried.len() < MAX_OUTSTANDING {
                    self.carried.push_back(plaintext.slice_ref(opened.body));
                }
                self.acknowledge_soon(now);
            }
        }
        Ok(())
    }

    fn frame_arrived(&mut self, arrival: Arrival, now: Instant) {
        if arrival == Arrival::Repeat {
            self.stats.repeats += 1;
        } else {
            self.last_progress = now;
        }
        self.ack_due |= arrival != Arrival::InOrder;
        self.acknowledge_soon(now);
    }

    fn acknowledge_soon(&mut self, now: Instant) {
        self.unacked_frames += 1;
        if self.unacked_frames >= ACK_EVERY {
            self.ack_due = true;
        } else if self.ack_deadline.is_none() {
            self.ack_deadline = Some(now + ACK_DELAY);
        }
    }

    fn acknowledged(&mut self, ranges: &[(u64, u64)], now: Instant) -> Result<(), Violation> {
        let Some(&(_, largest)) = ranges.first() else {
            return Ok(());
        };
        let next = self.flight.next_number();
        if largest >= next {
            return Err(Violation::NeverSent { number: largest });
        }
        let mut answered = false;
        for &(low, high) in ranges {
            self.flight.acked(low, high, |number, sent| {
                self.credit_arrived = self.credit_arrived.max(sent.credit);
                if !sent.purpose.asks_for_ack() {
                    return;
                }
                answered = true;
                if number == largest {
                    let delay = now.saturating_duration_since(sent.at);
                    self.rtt.sample(delay);
                    self.window.answered(number, delay, next);
                }
                if let Some(sequence) = sent.purpose.sequence()
                    && self.outgoing.acked(sequence)
                {
                    self.last_progress = now;
                }
            });
        }
        self.credit_sure = self.credit_sure.max(self.credit_arrived);
        if answered {
            self.last_answered = now;
            self.unanswered_since = self.flight.awaits_ack().then_some(now);
            self.backoff = 0;
            self.probe_due = false;
        }
        self.find_losses(now);
        Ok(())
    }

    pub(super) fn find_losses(&mut self, now: Instant) {
        while let Some(sent) = self.flight.pop_lost(now, self.rtt.loss_delay()) {
            self.stats.lost += 1;
            self.lost(sent);
        }
    }
}
