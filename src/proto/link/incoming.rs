//! Messages on their way in: frames put in order, joined, and counted against credit.
//!
//! Memory is bounded: complete messages and the one being joined are at most [`RECV_MESSAGES`], each no longer than
//! the limit, and at most [`SEQUENCE_WINDOW`] frames wait for an earlier one.

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;

use super::Violation;
use super::wire::{FRAME_BYTES, Frame, RECV_MESSAGES, SEQUENCE_WINDOW};

/// A whole message, in the pieces that it came in.
///
/// The pieces are joined by who wants them in one: the engine's thread does, so that the long buffer is made and freed by
/// one thread, and the thread that moves packets need not copy.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Message {
    pieces: Vec<Bytes>,
    length: usize,
}

impl Message {
    /// The message in one piece.
    pub fn into_vec(self) -> Vec<u8> {
        let mut whole = Vec::with_capacity(self.length);
        for piece in self.pieces {
            whole.extend_from_slice(&piece);
        }
        whole
    }

    fn push(&mut self, piece: Bytes) {
        self.length += piece.len();
        self.pieces.push(piece);
    }
}

impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Message(<{} bytes>)", self.length)
    }
}

/// What has come and was not yet taken.
pub(super) struct Incoming {
    max_message: usize,
    /// Sequence number of the next frame in order.
    next: u64,
    /// Frames after a gap.
    early: BTreeMap<u64, (Frame, Bytes)>,
    partial: Option<Partial>,
    messages: VecDeque<Message>,
    /// Messages begun, and those taken by the caller.
    begun: u64,
    taken: u64,
    finished: bool,
}

struct Partial {
    length: usize,
    message: Message,
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

    pub(super) fn take(&mut self) -> Option<Message> {
        let message = self.messages.pop_front()?;
        self.taken += 1;
        Some(message)
    }

    /// Bytes that have come and were not yet taken.
    pub(super) fn buffered_bytes(&self) -> usize {
        let whole: usize = self.messages.iter().map(|message| message.length).sum();
        let partial = self.partial.as_ref().map_or(0, |it| it.message.length);
        let early: usize = self.early.values().map(|(_, body)| body.len()).sum();
        whole + partial + early
    }

    /// Takes in a frame with its sequence number.
    pub(super) fn frame(
        &mut self,
        sequence: u64,
        frame: Frame,
        body: Bytes,
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
            self.early.insert(sequence, (frame, body));
            return Ok(Arrival::Early);
        }
        self.join(frame, body)?;
        let mut arrival = match self.partial {
            Some(_) => Arrival::InOrder,
            None => Arrival::Completes,
        };
        while let Some((frame, body)) = self.early.remove(&self.next) {
            self.join(frame, body)?;
            arrival = Arrival::Completes;
        }
        Ok(arrival)
    }

    fn join(&mut self, frame: Frame, body: Bytes) -> Result<(), Violation> {
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
        if body.len() != FRAME_BYTES.min(partial.length - partial.message.length) {
            return Err(Violation::Framing);
        }
        partial.message.push(body);
        if partial.message.length == partial.length {
            self.messages.push_back(partial.message);
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
            message: Message::default(),
        })
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
        let part = |k: usize| Bytes::copy_from_slice(parts[k]);
        let more = |sequence| Frame::More { sequence };
        assert_eq!(incoming.frame(2, more(2), part(2)).unwrap(), Arrival::Early);
        assert_eq!(
            incoming.frame(2, more(2), part(2)).unwrap(),
            Arrival::Repeat
        );
        let first = start(0, message.len());
        assert_eq!(incoming.frame(0, first, part(0)).unwrap(), Arrival::InOrder);
        assert!(!incoming.has_message());
        assert_eq!(
            incoming.frame(1, more(1), part(1)).unwrap(),
            Arrival::Completes
        );
        assert_eq!(incoming.take().map(Message::into_vec), Some(message));
        let finish = Frame::Finish { sequence: 3 };
        incoming.frame(3, finish, Bytes::new()).unwrap();
        assert!(incoming.finished());
        assert_eq!(
            incoming.frame(4, start(4, 0), Bytes::new()),
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
                outcome = incoming.frame(sequence, frame, Bytes::copy_from_slice(body));
            }
            assert_eq!(outcome, Err(violation));
        }
    }

    #[test]
    fn credit_follows_what_is_taken() {
        let mut incoming = Incoming::new(10);
        for sequence in 0..RECV_MESSAGES {
            incoming
                .frame(sequence, start(sequence, 0), Bytes::new())
                .unwrap();
        }
        assert!(incoming.take().is_some());
        let next = RECV_MESSAGES;
        incoming.frame(next, start(next, 0), Bytes::new()).unwrap();
        assert_eq!(
            incoming.frame(next + 1, start(next + 1, 0), Bytes::new()),
            Err(Violation::BeyondCredit)
        );
    }

    #[test]
    fn an_announced_length_reserves_little() {
        let mut incoming = Incoming::new(1 << 40);
        let body = vec![0; FRAME_BYTES];
        incoming
            .frame(0, start(0, 1 << 40), Bytes::from(body))
            .unwrap();
        assert!(incoming.buffered_bytes() <= FRAME_BYTES);
    }
}
