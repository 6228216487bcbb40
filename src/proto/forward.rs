//! Packets between two parties that don't reach each other, on their way over one that reaches both.
//!
//! A packet is sealed for its addressee as always. The sender hands it to its link with the forwarder as a
//! [`Carried`], sealed once more for that hop; the forwarder hands it on to its link with the addressee. Two hops and no
//! more: what comes from a party must be its own, and goes to its addressee or nowhere, so nothing runs in circles.
//!
//! Nobody waits for a forwarded packet. Each ordered pair of parties has a lane of its own, which holds as many packets as
//! a link may have under way; what does not fit is dropped, and the sender's link repeats it. Lanes take turns, so a
//! pair that floods is in nobody's way but its own.

use std::collections::VecDeque;

use bytes::{BufMut, Bytes, BytesMut};

use super::link::MAX_OUTSTANDING;

/// A sealed packet of the link between two parties, on its way over a third.
#[derive(Clone, PartialEq, Eq)]
pub struct Carried {
    /// The seat that sealed it.
    pub from: u8,
    /// The seat that it is sealed for.
    pub to: u8,
    /// The sealed packet.
    pub packet: Bytes,
}

/// What to do with a packet that a party handed us.
#[derive(Debug, PartialEq, Eq)]
pub enum Destination {
    /// It is for us.
    Ours,
    /// It is to be passed on.
    Another,
    /// No honest party hands us this.
    Nonsense,
}

impl Carried {
    /// The bytes for [`Link::carry`](super::link::Link::carry): the two seats and the packet.
    pub fn encode(&self) -> Bytes {
        let mut bytes = BytesMut::with_capacity(2 + self.packet.len());
        bytes.put_u8(self.from);
        bytes.put_u8(self.to);
        bytes.put(&*self.packet);
        bytes.freeze()
    }

    /// Reads what [`encode`](Self::encode) wrote. `None` if it is too short.
    pub fn decode(bytes: &Bytes) -> Option<Self> {
        let [from, to, ..] = **bytes else {
            return None;
        };
        let packet = bytes.slice(2..);
        Some(Self { from, to, packet })
    }

    /// Where it belongs, if it came from the party at seat `hop` to the one at seat `me` of so many.
    pub fn destination(&self, hop: usize, me: usize, parties: usize) -> Destination {
        let (from, to) = (usize::from(self.from), usize::from(self.to));
        if to == me && from < parties && from != hop && from != me {
            Destination::Ours
        } else if from == hop && to < parties && to != hop && to != me {
            Destination::Another
        } else {
            Destination::Nonsense
        }
    }
}

impl std::fmt::Debug for Carried {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let bytes = self.packet.len();
        write!(f, "Carried({} to {}, {bytes} bytes)", self.from, self.to)
    }
}

/// Packets that wait for one hop, a lane for each ordered pair of parties.
#[derive(Debug, Default)]
pub struct Lanes {
    /// The lane at the front is next. No lane is empty, and there is one per pair at most.
    lanes: VecDeque<Lane>,
}

#[derive(Debug)]
struct Lane {
    from: u8,
    to: u8,
    packets: VecDeque<Bytes>,
}

impl Lanes {
    /// Queues a packet; false if its lane is full and it was dropped.
    pub fn push(&mut self, Carried { from, to, packet }: Carried) -> bool {
        let lane = (self.lanes.iter_mut()).find(|lane| (lane.from, lane.to) == (from, to));
        match lane {
            Some(lane) if lane.packets.len() >= MAX_OUTSTANDING => return false,
            Some(lane) => lane.packets.push_back(packet),
            None => {
                let packets = VecDeque::from([packet]);
                self.lanes.push_back(Lane { from, to, packets });
            }
        }
        true
    }

    /// The next packet, from each lane in turn.
    pub fn pop(&mut self) -> Option<Carried> {
        let mut lane = self.lanes.pop_front()?;
        let (from, to) = (lane.from, lane.to);
        let packet = lane.packets.pop_front()?;
        if !lane.packets.is_empty() {
            self.lanes.push_back(lane);
        }
        Some(Carried { from, to, packet })
    }

    /// Drops everything: the hop is no way any more.
    pub fn clear(&mut self) {
        self.lanes.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn carried(from: u8, to: u8, text: &'static str) -> Carried {
        let packet = Bytes::from_static(text.as_bytes());
        Carried { from, to, packet }
    }

    #[test]
    fn a_packet_survives_the_trip() {
        let packet = carried(1, 2, "sealed");
        assert_eq!(Carried::decode(&packet.encode()), Some(packet));
        assert_eq!(Carried::decode(&Bytes::from_static(&[1])), None);
        assert_eq!(carried(1, 2, "sealed").encode().len(), 8);
    }

    #[test]
    fn only_two_hops_make_sense() {
        use Destination::{Another, Nonsense, Ours};
        let destination = |from, to| carried(from, to, "").destination(1, 0, 4);
        // We are party 0, and party 1 hands us packets.
        assert_eq!(destination(1, 2), Another);
        assert_eq!(destination(2, 0), Ours);
        // Its own packet for us, a third party's for a fourth, and seats that there are not.
        for (from, to) in [(1, 0), (2, 3), (1, 1), (0, 1), (0, 0), (1, 4), (9, 0)] {
            assert_eq!(destination(from, to), Nonsense, "{from} to {to}");
        }
    }

    #[test]
    fn lanes_are_bounded_and_take_turns() {
        let mut lanes = Lanes::default();
        for _ in 0..MAX_OUTSTANDING {
            assert!(lanes.push(carried(1, 2, "flood")));
        }
        assert!(!lanes.push(carried(1, 2, "too much")));
        assert!(lanes.push(carried(3, 2, "first")));
        assert!(lanes.push(carried(3, 2, "second")));
        let order: Vec<_> = (0..5)
            .filter_map(|_| lanes.pop())
            .map(|it| it.from)
            .collect();
        assert_eq!(order, [1, 3, 1, 3, 1]);
        assert!(lanes.push(carried(1, 2, "room again")));
        lanes.clear();
        assert_eq!(lanes.pop(), None);
    }
}
