//! The sending half of a link: what goes out next, and when.

use std::time::{Duration, Instant};

use bytes::Bytes;

use super::flight::{Purpose, Sent};
use super::outgoing::Cut;
use super::rtt::PROBE_MAX;
use super::wire::Frame;
use super::{Link, MAX_OUTSTANDING, Packet, codec};

/// Pure acks under way at most; then a ping, whose answer tells which of them have left the queue.
const ACKS: usize = 8;
/// Pings under way at most, of those that are no probes.
const PINGS: usize = 2;
/// Places that only acks may take, so that a peer is answered even while it does not answer.
const ACK_RESERVE: usize = 2;
/// Places besides that only probes may take, so that there are some after a full window was lost. The last half of them
/// is used slowly, which lasts for a quarter of a minute.
const PROBE_RESERVE: usize = 6;
/// When there is no place left, one probe goes out so often. A stall of five minutes (the session's patience) then adds
/// no more than the slack between [`MAX_OUTSTANDING`] and gossip's 64.
const LAST_RESORT: Duration = Duration::from_secs(60);

impl Link {
    /// The next packet to seal and send; `None` if nothing may be sent now.
    pub fn poll_transmit(&mut self, now: Instant) -> Option<Packet> {
        self.handle_timeout(now);
        let (purpose, frame, body) = self.next_payload(now)?;
        let credit = self.incoming.credit();
        let header = codec::encode(&self.received, credit, frame);
        let number = self.flight.next_number();
        self.flight.push(Sent {
            at: now,
            purpose,
            credit,
        });
        self.credit_sent = credit;
        if purpose.asks_for_ack() {
            self.credit_sure = credit;
            self.last_asked = now;
            self.ping_due = false;
            self.unanswered_since.get_or_insert(now);
        }
        self.status_due &= purpose != Purpose::Ping;
        self.ack_due = false;
        self.ack_deadline = None;
        self.unacked_frames = 0;
        self.stats.packets_sent += 1;
        self.stats.bytes_sent += (header.len() + body.len()) as u64;
        Some(Packet {
            number,
            header,
            body,
        })
    }

    /// When [`Link::handle_timeout`] is to be called next, unless something else happens before.
    pub fn poll_timeout(&self) -> Option<Instant> {
        [
            self.ack_deadline,
            self.loss_deadline(),
            self.probe_deadline(),
            self.heartbeat_deadline(),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// Notices what has become due; [`Link::poll_transmit`] then sends it.
    pub fn handle_timeout(&mut self, now: Instant) {
        let passed = |deadline: Option<Instant>| deadline.is_some_and(|at| at <= now);
        if passed(self.ack_deadline) {
            self.ack_deadline = None;
            self.ack_due = true;
        }
        if passed(self.loss_deadline()) {
            self.find_losses(now);
        }
        if passed(self.probe_deadline()) {
            self.probe_due = true;
        }
        if passed(self.heartbeat_deadline()) {
            self.ping_due = true;
        }
    }

    fn loss_deadline(&self) -> Option<Instant> {
        self.flight.next_loss(self.rtt.loss_delay())
    }

    /// Counted from the last thing asked or answered: while answers come, however slowly, nothing is probed.
    fn probe_deadline(&self) -> Option<Instant> {
        if self.probe_due || !self.flight.awaits_ack() {
            return None;
        }
        let quiet_since = self.last_asked.max(self.last_answered);
        let scarce = self.flight.outstanding() >= MAX_OUTSTANDING - ACK_RESERVE - PROBE_RESERVE / 2;
        let wait = match scarce {
            true => PROBE_MAX,
            false => self.rtt.probe_timeout(self.backoff),
        };
        let deadline = quiet_since + wait;
        match self.last_probe {
            Some(last) if !self.room_for_probe() => Some(deadline.max(last + LAST_RESORT)),
            _ => Some(deadline),
        }
    }

    /// To a peer that owes an answer go probes instead.
    fn heartbeat_deadline(&self) -> Option<Instant> {
        if self.ping_due || self.flight.awaits_ack() {
            return None;
        }
        self.last_asked.checked_add(self.heartbeat)
    }

    fn next_payload(&mut self, now: Instant) -> Option<(Purpose, Frame, Bytes)> {
        if self.probe_due {
            return Some(self.probe(now));
        }
        let outstanding = self.flight.outstanding();
        let room = outstanding < MAX_OUTSTANDING - ACK_RESERVE - PROBE_RESERVE;
        let room_for_ping = room && self.flight.extras() < PINGS;
        if self.status_due && room_for_ping {
            return Some((Purpose::Ping, Frame::Ping, self.status.clone()));
        }
        if room
            && self.flight.frames() < self.window.limit()
            && let Some(payload) = self.next_within_window()
        {
            return Some(payload);
        }
        let ack = self.ack_due && outstanding < MAX_OUTSTANDING && self.flight.acks() < ACKS;
        let ping = self.ping_due || (self.ack_due && !ack);
        if ping && room_for_ping {
            return Some((Purpose::Ping, Frame::Ping, self.status.clone()));
        }
        ack.then(|| (Purpose::Ack, Frame::Nothing, Bytes::new()))
    }

    /// Our own frames and what we carry for others take turns.
    fn next_within_window(&mut self) -> Option<(Purpose, Frame, Bytes)> {
        if self.carry_next && self.carry.is_some() {
            self.carry_next = false;
        } else if let Some(cut) = self.outgoing.next() {
            self.carry_next = true;
            return Some(self.payload(cut, Purpose::Frame));
        }
        let body = self.carry.take()?;
        Some((Purpose::Carry, Frame::Carry, body))
    }

    /// The first probe repeats the oldest frame, which heals a loss in one round trip. Later ones, and those on a slow
    /// path, are pings: a stalled path is not helped by another 64 KiB, and the answer tells what is missing.
    fn probe(&mut self, now: Instant) -> (Purpose, Frame, Bytes) {
        if !self.room_for_probe()
            && let Some(oldest) = self.flight.forget_extra()
        {
            self.lost(oldest);
        }
        let quick = self.backoff == 0 && self.rtt.probe_timeout(0) < PROBE_MAX;
        self.probe_due = false;
        self.backoff = self.backoff.saturating_add(1);
        self.last_probe = Some(now);
        let oldest = if quick { self.outgoing.oldest() } else { None };
        match oldest {
            Some(cut) => self.payload(cut, Purpose::FrameProbe),
            None => (Purpose::Ping, Frame::Ping, self.status.clone()),
        }
    }

    fn room_for_probe(&self) -> bool {
        self.flight.outstanding() < MAX_OUTSTANDING - ACK_RESERVE
    }

    fn payload(&mut self, cut: Cut, purpose: impl Fn(u64) -> Purpose) -> (Purpose, Frame, Bytes) {
        self.stats.retransmitted += u64::from(cut.again);
        (purpose(cut.sequence), cut.frame, cut.body)
    }
}
