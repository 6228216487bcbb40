//! What the parties say to each other in the lobby, and of the result on their lines. Types only; `docs/protocol.md` tells when each is sent.
//!
//! Everything is encoded by postcard, and every lobby message travels as a [`Signed`] [`Envelope`].

use iroh::{EndpointAddr, EndpointId, Signature};
use serde::{Deserialize, Serialize};

use super::signed::Signed;
use crate::error::FaultKind;

/// A blake3 digest.
pub type Digest = [u8; 32];

/// Who speaks which protocol: all must be equal, since the engine's messages have no version of their own.
pub const VERSIONS: &str = "iroh-mpc 1, polytune 0.2.0-alpha.4, garble_lang 0.7.0-alpha.1";

/// The longest lobby message: a roster of 32 parties with eight addresses each takes about 16 KiB.
pub const MAX_LOBBY_BYTES: usize = 32 << 10;

/// The longest announcement: 32 of them, with their signatures, fit into a lobby message.
pub const MAX_ANNOUNCEMENT_BYTES: usize = 900;

/// The addresses that an announcement may carry.
pub const MAX_ADDRESSES: usize = 8;

/// The last second of the year 9999: no roster is from after it, so that its time can be written out.
pub const MAX_TIME: u64 = 253_402_300_799;

/// The constants that an announcement may carry: they take less than half of it.
pub const MAX_CONSTS: usize = 8;

/// The longest name of a constant, in bytes.
pub const MAX_CONST_NAME: usize = 32;

/// What all agree on before an input leaves its owner. Set by the host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// [`VERSIONS`] of the host.
    pub versions: String,
    /// The digest of the program's source.
    pub program: Digest,
    /// How many parties take part.
    pub parties: u16,
    /// The seats that learn the result, ascending.
    pub output_parties: Vec<u16>,
    /// The seat that evaluates the garbled circuit.
    pub evaluator: u16,
    /// Whether the circuit is optimised.
    pub optimize: bool,
    /// What carries the engine's messages.
    pub transport: Transport,
}

/// What carries the engine's messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Transport {
    /// A gossip topic for each pair of parties.
    Gossip,
    /// A QUIC stream for each ordered pair.
    Direct,
}

impl Terms {
    /// The digest of the terms.
    pub fn digest(&self) -> Digest {
        let bytes = postcard::to_stdvec(self).unwrap_or_default();
        blake3::derive_key("iroh-mpc 1 terms", &bytes)
    }
}

/// What a party says of itself for the roster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announcement {
    /// The seat that the host reserved for it.
    pub seat: u16,
    /// Where the others find it.
    pub addr: EndpointAddr,
    /// Its X25519 key for this session.
    pub key: [u8; 32],
    /// The digest of the nonce that it reveals once the roster is fixed.
    pub commitment: Digest,
    /// The digest of the terms that it agrees to.
    pub terms: Digest,
    /// Tells two processes with one identity apart.
    pub instance: u64,
    /// The constants that the program wants from it, by name in ascending order; `false` as 0 and `true` as 1.
    pub consts: Vec<(String, i128)>,
}

/// Who holds a seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Its endpoint.
    pub id: EndpointId,
    /// Its process.
    pub instance: u64,
    /// Whether it has announced itself, that is, has its input ready.
    pub announced: bool,
}

/// Why the host gives no seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Refusal {
    /// Somebody else has the seat.
    Taken,
    /// No seat is free.
    Full,
    /// The program has no such seat.
    NoSuchSeat,
    /// Another process of the same identity has a seat.
    IdentityInUse,
    /// The roster is out.
    Begun,
    /// The host seats only those whom it has named.
    NotAllowed,
}

/// A lobby message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Body {
    /// A joiner asks for a seat, or any free one; repeated as its heartbeat until it announces.
    Ask {
        /// The seat it wants.
        seat: Option<u16>,
    },
    /// The host has no seat for a joiner.
    Refuse {
        /// Whom it refuses.
        to: EndpointId,
        /// Which process of it.
        instance: u64,
        /// Why.
        why: Refusal,
    },
    /// The host's heartbeat until the roster is out.
    Board {
        /// The terms, which never change.
        terms: Terms,
        /// Who holds which seat.
        seats: Vec<Option<Holder>>,
    },
    /// A seated party announces itself; repeated as its heartbeat.
    Announce(Signed),
    /// The host's roster.
    Roster {
        /// When the host issued it, in seconds since 1970. Its word alone.
        time: u64,
        /// Every party's announcement, in the order of seats.
        announcements: Vec<Signed>,
    },
    /// A party opens its commitment once it has accepted the roster.
    Reveal {
        /// The roster that it accepted.
        roster: Digest,
        /// The nonce that it committed to.
        nonce: [u8; 32],
    },
    /// A party waits for its user, who reads what will be computed; repeated until there is an answer.
    Asking {
        /// The roster that it accepted.
        roster: Digest,
    },
    /// A party has compiled and is ready to compute.
    Ready {
        /// The roster that it accepted.
        roster: Digest,
        /// The circuit that it compiled.
        circuit: Digest,
    },
    /// A party ends its session, and with it everybody's if the roster is out.
    Abort {
        /// What happened.
        kind: WireFault,
        /// To whom, where it is known.
        party: Option<u16>,
        /// During which phase.
        phase: String,
    },
    /// An abort has been heard.
    Heard {
        /// Whose abort.
        of: EndpointId,
    },
}

/// [`FaultKind`] on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum WireFault {
    /// [`FaultKind::Interrupted`]
    Interrupted,
    /// [`FaultKind::Failed`]
    Failed,
    /// [`FaultKind::Lost`]
    Lost,
    /// [`FaultKind::Stalled`]
    Stalled,
    /// [`FaultKind::BrokeProtocol`]
    BrokeProtocol,
    /// [`FaultKind::Differs`]
    Differs,
    /// [`FaultKind::Deaf`]
    Deaf,
    /// [`FaultKind::Refused`]
    Refused,
}

impl From<FaultKind> for WireFault {
    fn from(kind: FaultKind) -> Self {
        match kind {
            FaultKind::Interrupted => Self::Interrupted,
            FaultKind::Failed => Self::Failed,
            FaultKind::Lost => Self::Lost,
            FaultKind::Stalled => Self::Stalled,
            FaultKind::BrokeProtocol => Self::BrokeProtocol,
            FaultKind::Differs => Self::Differs,
            FaultKind::Deaf => Self::Deaf,
            FaultKind::Refused => Self::Refused,
        }
    }
}

impl From<WireFault> for FaultKind {
    fn from(kind: WireFault) -> Self {
        match kind {
            WireFault::Interrupted => Self::Interrupted,
            WireFault::Failed => Self::Failed,
            WireFault::Lost => Self::Lost,
            WireFault::Stalled => Self::Stalled,
            WireFault::Deaf => Self::Deaf,
            WireFault::BrokeProtocol => Self::BrokeProtocol,
            WireFault::Differs => Self::Differs,
            WireFault::Refused => Self::Refused,
        }
    }
}

/// A lobby message with a number that grows with every message of its sender: it makes each message's bytes unique,
/// since gossip drops repeats, and shows replays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    /// The sender's process: a second one of the same identity must not speak for the first.
    pub instance: u64,
    /// Greater than in every earlier message of the sender.
    pub counter: u64,
    /// The message.
    pub body: Body,
}

/// The bytes of the salt that the output parties share.
pub const SALT_BYTES: usize = 32;

/// The bytes of an [`Attestation`].
pub const ATTESTATION_BYTES: usize = 32 + Signature::LENGTH;

/// A party's word on how the session ended, on its line with each other party, after its engine's last message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attestation {
    /// The salted digest of the result.
    pub commitment: Digest,
    /// Of the [`Statement`](super::attest::Statement) with this commitment.
    pub signature: Signature,
}
