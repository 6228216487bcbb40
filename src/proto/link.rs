//! Whole messages, in order, between two parties, over packets that may be lost, doubled, reordered or lagged away.
//!
//! Gossip promises little: a message to no neighbour is gone, a slow subscriber loses bursts of 256, equal bytes are
//! dropped, and its one actor waits for a queue of 64 messages per peer, so that one stalled peer stalls everything.
//! The engine wants much: strict order, no loss, no limit. A [`Link`] stands between them, one per peer. It is a
//! small QUIC:
//!
//! - Messages are cut into frames of up to 64 KiB, each with a sequence number. A packet carries at most one frame,
//!   and always an acknowledgement by ranges and the credit. A packet number is never used twice, so it can be
//!   the nonce of the seal, and no two transmissions are equal.
//! - What is handed out and not yet known to have left gossip's queue never exceeds [`MAX_OUTSTANDING`]. To a silent peer
//!   go probes that back off and, when those are used up, one a minute.
//! - Losses are found as in RFC 9002: by later packets, by age, and by probes. The window shrinks when answers take
//!   seconds, so that a slow path is not buried.
//! - Credit is counted in messages. What comes is taken off the network whatever the engine does, so two engines that
//!   both send first don't deadlock.
//! - A link also carries packets of other links, between parties that don't reach each other. They count against the
//!   window, take turns with its own frames, and are not repeated.
//! - Acknowledgements are late by at most 20 ms, ride on data where there is any, and are never answered
//!   themselves: two idle links exchange heartbeats and their answers only.
//!
//! The machine is pure: time is a parameter, sealing is the caller's. The caller feeds [`Link::handle`], then sends
//! what [`Link::poll_transmit`] hands out until it is `None`, and calls [`Link::handle_timeout`] when
//! [`Link::poll_timeout`] has passed. Anything else that changes the link ([`Link::send`], [`Link::recv`], …) may give
//! it something to transmit, too.

mod codec;
mod flight;
mod incoming;
mod numbers;
mod outgoing;
mod receive;
mod rtt;
mod transmit;
pub mod wire;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use bytes::Bytes;

use flight::{Flight, Purpose, Sent};
use incoming::Incoming;
pub use incoming::Message;
use numbers::Numbers;
use outgoing::Outgoing;
use rtt::{Rtt, Window};
use wire::{RECV_MESSAGES, STATUS_BYTES_MAX};

/// Packets under way at most. Gossip's actor waits on the 65th in a peer's queue.
pub const MAX_OUTSTANDING: usize = 60;
/// Frames under way at most. Measured: 16 cost a quarter of the speed, 200 gained nothing.
pub const SEND_WINDOW: usize = 48;
/// An acknowledgement waits so long for data to ride on or for more to acknowledge.
const ACK_DELAY: Duration = Duration::from_millis(20);

/// Limits of a link.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// Longest message accepted, bytes; a peer that announces more is a [`Violation`].
    pub max_message: usize,
    /// A ping goes out when nothing else that asks for an answer did for so long.
    pub heartbeat: Duration,
}

/// A word about the sender, carried by pings: opaque, at most 256 bytes.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Status(Bytes);

impl Status {
    /// `None` if it is longer than 256 bytes.
    pub fn new(status: Bytes) -> Option<Self> {
        (status.len() <= STATUS_BYTES_MAX).then_some(Self(status))
    }
}

/// A packet to seal and send; its plaintext is `header` followed by `body`, at most 65,536 - 112 bytes.
#[derive(Clone)]
pub struct Packet {
    /// Never used twice by a link: 0, 1, 2, ….
    pub number: u64,
    /// What the link says.
    pub header: Vec<u8>,
    /// A slice of the message, not copied.
    pub body: Bytes,
}

impl std::fmt::Debug for Packet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Packet")
            .field("number", &self.number)
            .field("header", &format_args!("<{} bytes>", self.header.len()))
            .field("body", &format_args!("<{} bytes>", self.body.len()))
            .finish()
    }
}

/// The peer broke the protocol. The link is of no use any more.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Violation {
    /// The bytes are no packet.
    #[error("malformed packet")]
    Malformed,
    /// The packet is of another version than [`wire::VERSION`].
    #[error("packet of version {0}, expected {version}", version = wire::VERSION)]
    Version(u8),
    /// An acknowledgement of what was not sent.
    #[error("acknowledges packet {number}, which was never sent")]
    NeverSent {
        /// Largest number acknowledged.
        number: u64,
    },
    /// A frame further ahead than [`wire::SEQUENCE_WINDOW`].
    #[error("frame {sequence} is too far ahead")]
    OutsideWindow {
        /// Its sequence number.
        sequence: u64,
    },
    /// A message longer than [`Config::max_message`].
    #[error("message of {announced} bytes, at most {max} allowed")]
    TooLong {
        /// Length announced, bytes.
        announced: u64,
        /// The limit, bytes.
        max: usize,
    },
    /// A message begun without leave.
    #[error("message beyond the credit given")]
    BeyondCredit,
    /// Frames that don't make up messages of the lengths announced.
    #[error("frame does not fit the message")]
    Framing,
    /// A frame after the last.
    #[error("frame after the end")]
    AfterFinish,
}

/// What a link has done so far.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Stats {
    /// Packets handed out.
    pub packets_sent: u64,
    /// Plaintext bytes handed out.
    pub bytes_sent: u64,
    /// Frames handed out again.
    pub retransmitted: u64,
    /// Packets declared lost.
    pub lost: u64,
    /// Packets taken in, repeats of a packet number apart.
    pub packets_received: u64,
    /// Plaintext bytes taken in.
    pub bytes_received: u64,
    /// Frames received that were there already.
    pub repeats: u64,
}

/// One side of the conversation with one peer.
pub struct Link {
    heartbeat: Duration,
    status: Bytes,
    peer_status: Option<Bytes>,
    /// Number of the packet that brought `peer_status`.
    peer_status_at: u64,
    outgoing: Outgoing,
    incoming: Incoming,
    flight: Flight,
    received: Numbers,
    /// The next of another link's packets to go out here, and whether it goes before a frame of ours.
    carry: Option<Bytes>,
    carry_next: bool,
    /// Others' packets that came and were not yet taken.
    carried: VecDeque<Bytes>,
    rtt: Rtt,
    window: Window,

    heard: bool,
    last_heard: Instant,
    last_progress: Instant,
    /// When something that asks for an answer was last sent, and when such was last answered.
    last_asked: Instant,
    last_answered: Instant,
    /// Since when the peer has answered nothing of what asks for an answer.
    unanswered_since: Option<Instant>,
    last_probe: Option<Instant>,
    /// Probes since the last answer.
    backoff: u32,

    probe_due: bool,
    ping_due: bool,
    /// The status is to go out even if something else goes that asks for an answer.
    status_due: bool,
    ack_due: bool,
    /// Frames received since the last packet went out.
    unacked_frames: u32,
    ack_deadline: Option<Instant>,

    /// Highest credit sent, known to have arrived, and sent so that it will be repeated until it has.
    credit_sent: u64,
    credit_arrived: u64,
    credit_sure: u64,

    stats: Stats,
}

impl Link {
    /// A link that has neither sent nor heard anything; its first packet will be a ping or data.
    pub fn new(config: Config, now: Instant) -> Self {
        Self {
            heartbeat: config.heartbeat,
            status: Bytes::new(),
            peer_status: None,
            peer_status_at: 0,
            outgoing: Outgoing::new(),
            incoming: Incoming::new(config.max_message),
            flight: Flight::default(),
            received: Numbers::default(),
            carry: None,
            carry_next: false,
            carried: VecDeque::new(),
            rtt: Rtt::default(),
            window: Window::new(),
            heard: false,
            last_heard: now,
            last_progress: now,
            last_asked: now,
            last_answered: now,
            unanswered_since: None,
            last_probe: None,
            backoff: 0,
            probe_due: false,
            ping_due: true,
            status_due: false,
            ack_due: false,
            unacked_frames: 0,
            ack_deadline: None,
            credit_sent: RECV_MESSAGES,
            credit_arrived: RECV_MESSAGES,
            credit_sure: RECV_MESSAGES,
            stats: Stats::default(),
        }
    }

    /// Queues a whole message, which may be empty. Never waits; see [`Link::queued_bytes`]. Not after [`Link::finish`].
    pub fn send(&mut self, message: Bytes) {
        self.outgoing.push(message);
    }

    /// Tells the peer, after all queued messages, that no other follows. Idempotent.
    pub fn finish(&mut self) {
        self.outgoing.finish();
    }

    /// Bytes of messages handed to [`Link::send`] and not yet acknowledged.
    pub fn queued_bytes(&self) -> usize {
        self.outgoing.queued_bytes()
    }

    /// Bytes that were received and not yet taken.
    pub fn buffered_bytes(&self) -> usize {
        self.incoming.buffered_bytes()
    }

    /// Packets handed out and not known to have left the carrier's queue, at most [`MAX_OUTSTANDING`].
    pub fn outstanding(&self) -> usize {
        self.flight.outstanding()
    }

    /// What pings carry from now on.
    pub fn set_status(&mut self, status: Status) {
        self.status = status.0;
    }

    /// Sends the status soon, and again if that is lost.
    pub fn tell_status(&mut self) {
        self.status_due = true;
    }

    /// The newest status heard of.
    pub fn peer_status(&self) -> Option<&Bytes> {
        self.peer_status.as_ref()
    }

    /// Whether [`Link::recv`] would return a message.
    pub fn has_message(&self) -> bool {
        self.incoming.has_message()
    }

    /// The next whole message. Taking it gives the peer credit for another.
    pub fn recv(&mut self) -> Option<Message> {
        let message = self.incoming.take()?;
        if !self.incoming.finished() {
            let begun = self.incoming.begun();
            // The last credit that surely arrives is used up: the peer may be waiting for this one.
            self.ping_due |= self.credit_sure <= begun;
            self.ack_due |= self.credit_sent <= begun + RECV_MESSAGES / 2;
        }
        Some(message)
    }

    /// Takes a packet of another link, of [`wire::CARRY_BYTES_MAX`] at most, to the peer; it may get lost. Only if
    /// [`Link::can_carry`].
    pub fn carry(&mut self, packet: Bytes) {
        debug_assert!(self.carry.is_none() && packet.len() <= wire::CARRY_BYTES_MAX);
        self.carry = Some(packet);
    }

    /// Whether there is a place for another link's packet. There is again after [`Link::poll_transmit`] has handed out the
    /// last one, which counts against the window like a frame of ours.
    pub fn can_carry(&self) -> bool {
        self.carry.is_none()
    }

    /// Drops what waits to be carried.
    pub fn stop_carrying(&mut self) {
        self.carry = None;
    }

    /// A packet that the peer carried here. What is not taken soon is dropped.
    pub fn recv_carried(&mut self) -> Option<Bytes> {
        self.carried.pop_front()
    }

    /// Whether the peer's last message, and all before it, have come whole.
    pub fn peer_finished(&self) -> bool {
        self.incoming.finished()
    }

    /// Whether the peer knows that no other message follows.
    pub fn finish_acked(&self) -> bool {
        self.outgoing.finish_acked()
    }

    /// When the last valid packet came, or else when the link began.
    pub fn last_heard(&self) -> Instant {
        self.last_heard
    }

    /// Since when the peer has owed an answer and given none; it may be talking all the same.
    pub fn unanswered_since(&self) -> Option<Instant> {
        self.unanswered_since
    }

    /// When a frame last came for the first time or was acknowledged for the first time, or else when the link began.
    pub fn last_progress(&self) -> Instant {
        self.last_progress
    }

    /// Whether any valid packet has come.
    pub fn heard(&self) -> bool {
        self.heard
    }

    /// What the link has done so far.
    pub fn stats(&self) -> Stats {
        self.stats
    }

    /// The carrier came up again, with an empty queue: probes at once instead of after the backoff.
    pub fn restart_transmission(&mut self, now: Instant) {
        while let Some(sent) = self.flight.forget_beyond_window() {
            self.lost(sent);
        }
        self.backoff = 0;
        self.last_answered = now;
        self.probe_due = true;
    }

    /// What a packet carried has to go out again.
    fn lost(&mut self, sent: Sent) {
        if let Some(sequence) = sent.purpose.sequence() {
            self.outgoing.lost(sequence);
        }
        self.status_due |= sent.purpose == Purpose::Ping;
        if sent.purpose.asks_for_ack() && sent.credit > self.credit_arrived {
            self.credit_sure = self.credit_arrived;
            self.ping_due |= self.credit_sure <= self.incoming.begun()
                && self.credit_sure < self.incoming.credit();
        }
    }
}
