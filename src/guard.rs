//! What an engine message may look like, checked before the engine sees it.
//!
//! The engine trusts its peers' messages in places: a share that is missing in `output wire shares` is not checked and not
//! used, so that a party could flip bits of the others' result; a vector that is too short in `dvalue` skips a check; one
//! that is too short in `fashare ver` is a panic; a length inside a message is an allocation. But an honest engine leaves
//! its peers nothing to guess: which message comes when, and where in it stand which lengths, options and booleans, all
//! follows from circuit, seats, evaluator and output parties. So the guard holds the `script` of each peer, and a message
//! that differs from it in anything but the values of keys, MACs and bits ends the session, with the party's name and the
//! phase.

mod script;
mod shape;

use std::{sync::Mutex, vec::IntoIter};

use garble_lang::register_circuit::Circuit;
use polytune::channel::Channel;

pub use self::shape::Misshapen;
use self::{script::script, shape::Shape};
use crate::{
    end::SessionEnd,
    error::{Fault, FaultKind},
};

/// What the messages of a computation depend on.
#[derive(Debug, Clone, Copy)]
pub struct Setting<'a> {
    /// The circuit that all parties have agreed on.
    pub circuit: &'a Circuit,
    /// Our seat.
    pub party: usize,
    /// The seat that evaluates the garbled circuit.
    pub evaluator: usize,
    /// The seats that learn the result.
    pub output_parties: &'a [usize],
}

/// One message that a peer's engine sends to ours.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Expected {
    phase: &'static str,
    shape: Shape,
}

/// Knows every message that the peers' engines send, in order.
#[derive(Debug)]
pub struct Guard {
    party: usize,
    peers: Vec<Mutex<IntoIter<Expected>>>,
    max_message_bytes: usize,
}

/// Why a message does not reach the engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The peer sent what no honest engine sends.
    #[error("{0}")]
    Misshapen(Misshapen),
    /// Our own engine asks for a message that the script does not know: it is not the engine that the script describes.
    #[error("the engine asks for another message than it should")]
    OffScript,
}

impl Guard {
    /// A guard for one computation.
    pub fn new(setting: &Setting) -> Self {
        let parties = setting.circuit.input_regs.len();
        let scripts: Vec<_> = (0..parties).map(|peer| script(setting, peer)).collect();
        let all = scripts.iter().flatten();
        let longest = all.map(|expected| expected.shape.bytes()).max();
        let peers = scripts
            .into_iter()
            .map(|script| Mutex::new(script.into_iter()));
        Self {
            party: setting.party,
            peers: peers.collect(),
            max_message_bytes: longest.unwrap_or_default(),
        }
    }

    /// The longest message that an honest engine sends to us.
    pub fn max_message_bytes(&self) -> usize {
        self.max_message_bytes
    }

    /// The phases of the messages that a peer has still to send, in order.
    pub fn phases(&self, peer: usize) -> Vec<&'static str> {
        let script = self.peers.get(peer).map(|script| {
            let script = script.lock().unwrap_or_else(|e| e.into_inner());
            script
                .as_slice()
                .iter()
                .map(|expected| expected.phase)
                .collect()
        });
        script.unwrap_or_default()
    }

    /// Checks the next message of a peer, which the engine takes for one of this phase.
    pub fn check(&self, peer: usize, phase: &str, message: &[u8]) -> Result<(), Refusal> {
        let expected = self.peers.get(peer).and_then(|script| {
            let mut script = script.lock().unwrap_or_else(|e| e.into_inner());
            script.next()
        });
        match expected {
            Some(expected) if expected.phase == phase => {
                expected.shape.check(message).map_err(Refusal::Misshapen)
            }
            _ => Err(Refusal::OffScript),
        }
    }
}

/// A channel whose messages pass a guard before the engine sees them. A refusal ends the session.
#[derive(Debug)]
pub struct Guarded<C> {
    channel: C,
    guard: Guard,
    end: SessionEnd,
}

/// Why a guarded channel moves no message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GuardedError<E> {
    /// The channel failed.
    #[error("{0:?}")]
    Channel(E),
    /// The guard refused a message; the session's end names the party.
    #[error(transparent)]
    Refused(Refusal),
}

impl<C> Guarded<C> {
    /// Puts a guard before a channel.
    pub fn new(channel: C, guard: Guard, end: SessionEnd) -> Self {
        Self {
            channel,
            guard,
            end,
        }
    }

    fn refuse(&self, peer: usize, phase: &str, refusal: Refusal) {
        tracing::debug!(party = peer, phase, %refusal, "refused a message");
        let (kind, party) = match refusal {
            Refusal::Misshapen(_) => (FaultKind::BrokeProtocol, peer),
            Refusal::OffScript => (FaultKind::Failed, self.guard.party),
        };
        self.end.fail(Fault {
            kind,
            party: Some(party),
            phase: phase.into(),
            started: true,
            reported_by: None,
        });
    }
}

impl<C: Channel> Channel for Guarded<C> {
    type SendError = C::SendError;
    type RecvError = GuardedError<C::RecvError>;

    async fn send_bytes_to(
        &self,
        party: usize,
        data: Vec<u8>,
        phase: &str,
    ) -> Result<(), Self::SendError> {
        self.channel.send_bytes_to(party, data, phase).await
    }

    async fn recv_bytes_from(&self, party: usize, phase: &str) -> Result<Vec<u8>, Self::RecvError> {
        let received = self.channel.recv_bytes_from(party, phase).await;
        let message = received.map_err(GuardedError::Channel)?;
        if let Err(refusal) = self.guard.check(party, phase, &message) {
            self.refuse(party, phase, refusal);
            return Err(GuardedError::Refused(refusal));
        }
        Ok(message)
    }
}

#[cfg(test)]
mod tests;
