//! What two links say to each other, in postcard's encoding.
//!
//! A packet's plaintext is [`Header`], then `ack.ranges` times [`Range`], then the body, which reaches to the end: a
//! slice of a message for [`Frame::Start`] and [`Frame::More`], the status for [`Frame::Ping`], what is passed on for
//! [`Frame::Carry`], nothing otherwise.
//! The packet's number is not in here: it travels as the nonce of the seal.

use serde::{Deserialize, Serialize};

use crate::proto::seal::OVERHEAD;

/// The version of this encoding, first byte of every packet.
pub const VERSION: u8 = 1;

/// Bytes of message in every frame but a message's last.
///
/// 64 KiB less what stands around it in the largest case: [`HEADER_BYTES_MAX`], the seal's number and tag, gossip's
/// head (about 40 B).
pub const FRAME_BYTES: usize = 65_536 - 512;

/// No header with its ranges is longer: 54 B of header and 16 ranges of two ten-byte integers.
pub const HEADER_BYTES_MAX: usize = 400;

/// Ranges in an ack below its first; what is further down is known to be lost by then.
pub const ACK_RANGES_MAX: usize = 16;

/// Longest status in a [`Frame::Ping`], bytes.
pub const STATUS_BYTES_MAX: usize = 256;

/// Longest body of a [`Frame::Carry`]: another link's longest packet, sealed, and two bytes that say between whom.
pub const CARRY_BYTES_MAX: usize = FRAME_BYTES + HEADER_BYTES_MAX + OVERHEAD + 2;

/// Messages that a party may begin beyond those that the other's engine has taken.
///
/// A constant of the protocol, since it is also the credit before the first packet. An engine sends at most a few
/// messages to a peer before it must hear from that peer.
pub const RECV_MESSAGES: u64 = 8;

/// Frames that a party may send beyond the oldest unacknowledged one.
///
/// Bounds what the other side keeps out of order (8 MB). A good deal more than the send window, so that one
/// unlucky frame does not hold up the rest.
pub const SEQUENCE_WINDOW: u64 = 128;

/// Head of every packet.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Header {
    /// [`VERSION`].
    pub version: u8,
    /// Packet numbers received; none before the first.
    pub ack: Option<Ack>,
    /// The receiver of this packet may begin messages of a number below this one, counted from 0.
    pub credit: u64,
    /// What the packet carries.
    pub frame: Frame,
}

/// Packet numbers received, newest first: `largest - first ..= largest`, then the [`Range`]s.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Ack {
    /// Largest packet number received.
    pub largest: u64,
    /// How many numbers right below `largest` were received too.
    pub first: u64,
    /// How many [`Range`]s follow the header, at most [`ACK_RANGES_MAX`].
    pub ranges: u8,
}

/// The next range below, as in RFC 9000, section 19.3.1.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Range {
    /// Missing numbers between this range and the one above, less one.
    pub gap: u64,
    /// Numbers in this range, less one.
    pub length: u64,
}

/// What a packet carries. Frames with a sequence number are delivered once and in that order.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Frame {
    /// Nothing: acknowledgement and credit only. Not acknowledged in its own right.
    Nothing,
    /// "Are you there": acknowledged at once. The body is the sender's status.
    Ping,
    /// First frame of a message.
    Start {
        /// Place in the order of frames, from 0.
        sequence: u64,
        /// Length of the whole message, bytes.
        length: u64,
    },
    /// Another frame of the same message.
    More {
        /// Place in the order of frames.
        sequence: u64,
    },
    /// No message follows.
    Finish {
        /// Place in the order of frames.
        sequence: u64,
    },
    /// Something of another link's, to be passed on or for our link to another party: see
    /// [`forward`](crate::proto::forward). Acknowledged, so that it counts against the window, but never repeated: the
    /// link it belongs to does that.
    Carry,
}
