//! Messages on their way in: frames put in order, joined, and counted against credit.
//!
//! Memory is bounded: complete messages and the one being joined are at most [`RECV_MESSAGES`], each no longer than
//! the limit, and at most [`SEQUENCE_WINDOW`] frames wait for an earlier one.

use std::collections::{BTreeMap, VecDeque};

use super::Violation;
use super::wire::{FRAME_BYTES, Frame, RECV_MESSAGES, SEQUENCE_WINDOW};

/// Room made for a message is at most this many times what has come of it, so that an announced length alone
/// reserves little; large, so that few bytes are moved again as it grows.
const GROWTH: usize = 2;

/// What has come and was not yet taken.
pub(super) struct Incoming {
    max_message: usize,
    /// Sequence number of the next frame in order.
    next: u64,
    /// Frames after a gap.
    early: BTreeMap<u64, (Frame, Box<[u8]>)>,
    partial: Option<Partial>,
    messages: VecDeque<Vec<u8>>,
    /// Messages begun, and those taken by the caller.
    begun: u64,
    taken: u64,
    finished: bool,
}

struct Partial {
    length: usize,
    bytes: Vec<u8>,
}

/// What a frame turned out to be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Arrival {
    /// The next one, in the midst of a message.
    InOrder,
    /// The next one, and the last of a message; or it filled a gap.
    Completes,
    /// After a gap.
    Early,
    /// Already there.
    Repeat,
}

impl Incoming {
    pub(super) fn new(max_message: usize) -> Self {
        Self {
            max_message,
            next: 0,
            early: BTreeMap::new(),
            partial: None,
            messages: VecDeque::new(),
            begun: 0,
            taken: 0,
            finished: false,
        }
    }

    /// The peer may begin messages of a number below this.
    pub(super) fn credit(&self) -> u64 {
        self.taken + RECV_MESSAGES
    }

    /// Messages that the peer has begun.
    pub(super) fn begun(&self) -> u64 {
        self.begun
    }

    pub(super) fn finished(&self) -> bool {
        self.finished
    }

    pub(super) fn has_message(&self) -> bool {
        !self.messages.is_empty()
    }

    pub(super) fn take(&mut self) -> Option<Vec<u8>> {
        let message = self.messages.pop_front()?;
        self.taken += 1;
        Some(message)
    }

    /// Bytes reserved for what has come and was not yet taken.
    pub(super) fn buffered_bytes(&self) -> usize {
        let whole: usize = self.messages.iter().map(Vec::capacity).sum();
        let partial = self.partial.as_ref().map_or(0, |it| it.bytes.capacity());
        let early: usize = self.early.values().map(|(_, body)| body.len()).sum();
        whole + partial + early
    }

    /// Takes in a frame with its sequence number.
    pub(super) fn frame(
        &mut self,
        sequence: u64,
        frame: Frame,
        body: &[u8],
    ) -> Result<Arrival, Violation> {
        let Some(ahead) = sequence.checked_sub(self.next) else {
            return Ok(Arrival::Repeat);
        };
        if ahead >= SEQUENCE_WINDOW {
            return Err(Violation::OutsideWindow { sequence });
        }
        if ahead > 0 {
            if self.early.contains_key(&sequence) {
                return Ok(Arrival::Repeat);
            }
            self.early.insert(sequence, (frame, body.into()));
            return Ok(Arrival::Early);
        }
        self.join(frame, body)?;
        let mut arrival = match self.partial {
            Some(_) => Arrival::InOrder,
            None => Arrival::Completes,
        };
        while let Some((frame, body)) = self.early.remove(&self.next) {
            self.join(frame, &body)?;
            arrival = Arrival::Completes;
        }
        Ok(arrival)
    }

    fn join(&mut self, frame: Frame, body: &[u8]) -> Result<(), Violation> {
        self.next += 1;
        if self.finished {
            return Err(Violation::AfterFinish);
        }
        let mut partial = match (frame, self.partial.take()) {
            (Frame::Start { length, .. }, None) => self.begin(length)?,
            (Frame::More { .. }, Some(partial)) => partial,
            (Frame::Finish { .. }, None) => {
                self.finished = true;
                return Ok(());
            }
            _ => return Err(Violation::Framing),
        };
        // Frames are as long as they can be, so that nobody fills the window with crumbs.
        if body.len() != FRAME_BYTES.min(partial.length - partial.bytes.len()) {
            return Err(Violation::Framing);
        }
        partial.append(body);
        if partial.bytes.len() == partial.length {
            self.messages.push_back(partial.bytes);
        } else {
            self.partial = Some(partial);
        }
        Ok(())
    }

    fn begin(&mut self, length: u64) -> Result<Partial, Violation> {
        let length = usize::try_from(length)
            .ok()
            .filter(|&length| length <= self.max_message)
            .ok_or(Violation::TooLong {
                announced: length,
                max: self.max_message,
            })?;
        if self.begun >= self.credit() {
            return Err(Violation::BeyondCredit);
        }
        self.begun += 1;
        Ok(Partial {
            length,
            bytes: Vec::new(),
        })
    }
}

impl Partial {
    fn append(&mut self, body: &[u8]) {
        let needed = self.bytes.len() + body.len();
        if needed > self.bytes.capacity() {
            let room = self.length.min(needed.saturating_mul(GROWTH));
            self.bytes.reserve_exact(room - self.bytes.len());
        }
        self.bytes.extend_from_slice(body);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Frames<'a> = &'a [(Frame, &'a [u8])];

    fn start(sequence: u64, length: usize) -> Frame {
        Frame::Start {
            sequence,
            length: length as u64,
        }
    }

    #[test]
    fn frames_join_in_any_order() {
        let message: Vec<u8> = (0..FRAME_BYTES * 2 + 5).map(|k| (k % 251) as u8).collect();
        let mut incoming = Incoming::new(message.len());
        let parts: Vec<_> = message.chunks(FRAME_BYTES).collect();
        let more = |sequence| Frame::More { sequence };
        assert_eq!(
            incoming.frame(2, more(2), parts[2]).unwrap(),
            Arrival::Early
        );
        assert_eq!(
            incoming.frame(2, more(2), parts[2]).unwrap(),
            Arrival::Repeat
        );
        let first = start(0, message.len());
        assert_eq!(
            incoming.frame(0, first, parts[0]).unwrap(),
            Arrival::InOrder
        );
        assert!(!incoming.has_message());
        assert_eq!(
            incoming.frame(1, more(1), parts[1]).unwrap(),
            Arrival::Completes
        );
        assert_eq!(incoming.take(), Some(message));
        let finish = Frame::Finish { sequence: 3 };
        incoming.frame(3, finish, &[]).unwrap();
        assert!(incoming.finished());
        assert_eq!(
            incoming.frame(4, start(4, 0), &[]),
            Err(Violation::AfterFinish)
        );
    }

    #[test]
    fn what_breaks_the_rules_is_refused() {
        let max = FRAME_BYTES * 4;
        let full = vec![0; FRAME_BYTES];
        let refusals: [(Frames, Violation); 7] = [
            (
                &[(start(0, max + 1), &full)],
                Violation::TooLong {
                    announced: max as u64 + 1,
                    max,
                },
            ),
            (&[(start(0, 5), &full)], Violation::Framing),
            (&[(start(0, max), &full[1..])], Violation::Framing),
            (&[(Frame::More { sequence: 0 }, &full)], Violation::Framing),
            (
                &[(start(0, max), &full), (start(1, max), &full)],
                Violation::Framing,
            ),
            (
                &[(start(0, max), &full), (Frame::Finish { sequence: 1 }, &[])],
                Violation::Framing,
            ),
            (
                &[(
                    Frame::More {
                        sequence: SEQUENCE_WINDOW,
                    },
                    &full,
                )],
                Violation::OutsideWindow {
                    sequence: SEQUENCE_WINDOW,
                },
            ),
        ];
        for (frames, violation) in refusals {
            let mut incoming = Incoming::new(max);
            let mut outcome = Ok(Arrival::InOrder);
            for &(frame, body) in frames {
                let (Frame::Start { sequence, .. }
                | Frame::More { sequence }
                | Frame::Finish { sequence }) = frame
                else {
                    unreachable!("the table holds frames with a sequence number")
                };
                outcome = incoming.frame(sequence, frame, body);
            }
            assert_eq!(outcome, Err(violation));
        }
    }

    #[test]
    fn credit_follows_what_is_taken() {
        let mut incoming = Incoming::new(10);
        for sequence in 0..RECV_MESSAGES {
            incoming.frame(sequence, start(sequence, 0), &[]).unwrap();
        }
        assert!(incoming.take().is_some());
        let next = RECV_MESSAGES;
        incoming.frame(next, start(next, 0), &[]).unwrap();
        assert_eq!(
            incoming.frame(next + 1, start(next + 1, 0), &[]),
            Err(Violation::BeyondCredit)
        );
    }

    #[test]
    fn an_announced_length_reserves_little() {
        let mut incoming = Incoming::new(1 << 40);
        let body = vec![0; FRAME_BYTES];
        incoming.frame(0, start(0, 1 << 40), &body).unwrap();
        assert!(incoming.buffered_bytes() <= GROWTH * FRAME_BYTES);
    }
}
