//! The carrier under a line: keeps the peer connected, and tells what comes.

use std::{
    future::Future,
    pin::Pin,
    time::{Duration, Instant},
};

use bytes::Bytes;
use futures::future;
use iroh::EndpointAddr;

use super::Pair;
use crate::{
    channel::carrier::{Event, Sender},
    node::Node,
};

/// The party of the lower seat dials only when the other has not come for so long: two that dial at once end up with two
/// connections.
const SECOND_DIAL: Duration = Duration::from_secs(3);

/// A connection on which nothing is heard is made again later and later: a machine that is too busy to answer would be made
/// busier.
const DOUBLINGS: u32 = 3;

/// Waits between attempts to connect.
const REDIAL: Duration = Duration::from_millis(500);

/// A neighbour that is silent for so long is dialed again: the connection may be dead on one side alone.
const SILENCE: Duration = Duration::from_secs(5);

/// A message of so many bytes is a probe: its number, little-endian. No sealed packet is so short.
const PROBE_BYTES: usize = 4;

/// The bytes of a probe.
pub(super) fn probe(number: u32) -> Bytes {
    Bytes::copy_from_slice(&number.to_le_bytes())
}

/// What came.
pub(super) enum Arrival {
    /// A sealed packet.
    Packet(Bytes),
    /// A probe, which the peer wants to know about.
    Probe(u32),
    /// The peer can be sent to.
    Up,
    /// It can't any more.
    Down,
    /// What is sent to it goes over a new connection.
    Renewed,
}

type Dialing = Pin<Box<dyn Future<Output = Result<(), String>> + Send>>;

/// A dial that has ended: whether there is a new connection.
pub(super) struct Dialed(Result<(), String>);

/// See the [module](self).
pub(super) struct Connection {
    node: Node,
    addr: EndpointAddr,
    pub sender: Sender,
    neighbor: bool,
    dial: Option<Dialing>,
    /// Connections since something was heard.
    unheard: u32,
    last_heard: Option<Instant>,
    /// When to look again whether we should dial.
    pub next_try: Instant,
}

impl Connection {
    pub fn new(pair: &Pair, sender: Sender) -> Self {
        // One side dials, so that there is one connection; the other helps out later.
        let dials = pair.config.party > pair.seat;
        let wait = if dials { Duration::ZERO } else { SECOND_DIAL };
        Self {
            node: pair.node.clone(),
            addr: pair.addr.clone(),
            sender,
            neighbor: false,
            dial: None,
            unheard: 0,
            last_heard: None,
            next_try: Instant::now() + wait,
        }
    }

    /// Whether the peer is our neighbour.
    pub fn neighbor(&self) -> bool {
        self.neighbor
    }

    /// Dials if the peer is not our neighbour, or is but has not been heard for long.
    pub fn keep(&mut self, now: Instant, last_heard: Option<Instant>) {
        if last_heard != self.last_heard {
            self.last_heard = last_heard;
            self.unheard = 0;
        }
        if now < self.next_try {
            return;
        }
        let silent = last_heard.is_some_and(|heard| now > heard + SILENCE);
        self.next_try = now + if self.neighbor { SILENCE } else { REDIAL };
        if self.dial.is_none() && (silent || !self.neighbor) {
            let dial = self.sender.dial(&self.node, self.addr.clone());
            self.dial = Some(Box::pin(dial));
        }
    }

    /// The result of the dial that is under way; pending if there is none.
    pub async fn dialed(&mut self) -> Dialed {
        match &mut self.dial {
            Some(dial) => Dialed(dial.await),
            None => future::pending().await,
        }
    }

    /// Follows a dial that has ended; whether there is a new connection.
    pub fn handle_dialed(&mut self, Dialed(dialed): Dialed) -> bool {
        self.dial = None;
        let wait = match &dialed {
            // `Up` follows, unless the peer's word gets lost; then we dial again.
            Ok(()) => {
                let doublings = self.unheard.min(DOUBLINGS);
                self.unheard += 1;
                SECOND_DIAL * 2u32.pow(doublings)
            }
            Err(why) => {
                tracing::debug!(peer = %self.addr.id.fmt_short(), why, "cannot reach a party");
                REDIAL
            }
        };
        self.next_try = Instant::now() + wait;
        dialed.is_ok()
    }

    /// Follows the connection; gives what matters of an event.
    pub fn handle(&mut self, event: Event) -> Arrival {
        match event {
            Event::Packet(packet) => match <[u8; PROBE_BYTES]>::try_from(&*packet) {
                Ok(number) => Arrival::Probe(u32::from_le_bytes(number)),
                Err(_) => Arrival::Packet(packet),
            },
            Event::Up => {
                self.neighbor = true;
                Arrival::Up
            }
            Event::Down => {
                self.neighbor = false;
                self.next_try = Instant::now();
                Arrival::Down
            }
            Event::Renewed => Arrival::Renewed,
        }
    }
}
