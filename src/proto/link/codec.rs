//! Packets to bytes and back. Nothing here allocates by what a peer announces.

use super::Violation;
use super::numbers::Numbers;
use super::wire::{
    ACK_RANGES_MAX, Ack, CARRY_BYTES_MAX, FRAME_BYTES, Frame, HEADER_BYTES_MAX, Header, Range,
    STATUS_BYTES_MAX, VERSION,
};

/// An opened packet, checked as far as it can be without the state of the link.
pub(super) struct Opened<'a> {
    pub(super) acks: Acks,
    pub(super) credit: u64,
    pub(super) frame: Frame,
    pub(super) body: &'a [u8],
}

/// Acknowledged packet numbers: inclusive, disjoint, descending.
pub(super) struct Acks {
    ranges: [(u64, u64); ACK_RANGES_MAX + 1],
    len: usize,
}

impl Acks {
    pub(super) fn as_slice(&self) -> &[(u64, u64)] {
        &self.ranges[..self.len]
    }

    fn push(&mut self, low: u64, high: u64) {
        self.ranges[self.len] = (low, high);
        self.len += 1;
    }
}

/// The bytes in front of the body.
pub(super) fn encode(received: &Numbers, credit: u64, frame: Frame) -> Vec<u8> {
    let mut ranges = received.newest_first();
    let first = ranges.next();
    let ack = first.map(|(low, high)| Ack {
        largest: high,
        first: high - low,
        ranges: ranges.len().min(ACK_RANGES_MAX) as u8,
    });
    let header = Header {
        version: VERSION,
        ack,
        credit,
        frame,
    };
    let mut out = write(&header, Vec::with_capacity(HEADER_BYTES_MAX / 4));
    let mut above = first.map_or(0, |(low, _)| low);
    for (low, high) in ranges.take(ACK_RANGES_MAX) {
        let range = Range {
            gap: above - high - 2,
            length: high - low,
        };
        out = write(&range, out);
        above = low;
    }
    out
}

/// Parses the plaintext of a packet.
pub(super) fn decode(plaintext: &[u8]) -> Result<Opened<'_>, Violation> {
    match plaintext.first() {
        Some(&VERSION) => {}
        Some(&other) => return Err(Violation::Version(other)),
        None => return Err(Violation::Malformed),
    }
    let (header, mut rest): (Header, _) = read(plaintext)?;
    let mut acks = Acks {
        ranges: [(0, 0); ACK_RANGES_MAX + 1],
        len: 0,
    };
    if let Some(ack) = header.ack {
        if usize::from(ack.ranges) > ACK_RANGES_MAX {
            return Err(Violation::Malformed);
        }
        let mut low = below(ack.largest, ack.first)?;
        acks.push(low, ack.largest);
        for _ in 0..ack.ranges {
            let range: Range;
            (range, rest) = read(rest)?;
            let high = below(below(low, range.gap)?, 2)?;
            low = below(high, range.length)?;
            acks.push(low, high);
        }
    }
    let longest = match header.frame {
        Frame::Nothing | Frame::Finish { .. } => 0,
        Frame::Ping => STATUS_BYTES_MAX,
        Frame::Start { .. } | Frame::More { .. } => FRAME_BYTES,
        Frame::Carry => CARRY_BYTES_MAX,
    };
    if rest.len() > longest {
        return Err(Violation::Malformed);
    }
    Ok(Opened {
        acks,
        credit: header.credit,
        frame: header.frame,
        body: rest,
    })
}

fn write<T: serde::Serialize>(value: &T, out: Vec<u8>) -> Vec<u8> {
    postcard::to_extend(value, out).expect("integers and enums always fit in a Vec")
}

fn read<'a, T: serde::Deserialize<'a>>(bytes: &'a [u8]) -> Result<(T, &'a [u8]), Violation> {
    postcard::take_from_bytes(bytes).map_err(|_| Violation::Malformed)
}

fn below(number: u64, distance: u64) -> Result<u64, Violation> {
    number.checked_sub(distance).ok_or(Violation::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packet_survives_the_trip() {
        let mut received = Numbers::default();
        for number in [0, 1, 5, 7, 8, 9, 40] {
            received.insert(number);
        }
        let frame = Frame::Start {
            sequence: 300,
            length: 1 << 40,
        };
        let mut bytes = encode(&received, 77, frame);
        bytes.extend_from_slice(b"body");
        let opened = decode(&bytes).unwrap();
        assert_eq!(opened.acks.as_slice(), [(40, 40), (7, 9), (5, 5), (0, 1)]);
        assert_eq!((opened.credit, opened.frame), (77, frame));
        assert_eq!(opened.body, b"body");
    }

    #[test]
    fn the_longest_header_is_within_its_bound() {
        let mut received = Numbers::default();
        for k in 0..40 {
            received.insert(u64::MAX - 2 - (k << 58));
            received.insert(u64::MAX - 3 - (k << 58));
        }
        let frame = Frame::Start {
            sequence: u64::MAX,
            length: u64::MAX,
        };
        let bytes = encode(&received, u64::MAX, frame);
        assert!(bytes.len() <= HEADER_BYTES_MAX, "{}", bytes.len());
        let opened = decode(&bytes).unwrap();
        assert_eq!(opened.acks.as_slice().len(), ACK_RANGES_MAX + 1);
    }

    #[test]
    fn ranges_that_reach_below_zero_are_malformed() {
        let header = Header {
            version: VERSION,
            ack: Some(Ack {
                largest: 3,
                first: 1,
                ranges: 1,
            }),
            credit: 8,
            frame: Frame::Nothing,
        };
        for (gap, length, fine) in [
            (0, 0, true),
            (0, 1, false),
            (1, 0, false),
            (u64::MAX, 0, false),
        ] {
            let bytes = write(&Range { gap, length }, write(&header, Vec::new()));
            assert_eq!(decode(&bytes).is_ok(), fine, "{gap} {length}");
        }
    }
}
