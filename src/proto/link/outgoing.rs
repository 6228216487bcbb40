//! Messages on their way out: cut into frames without copying, kept until acknowledged.

use std::collections::{BTreeSet, VecDeque};

use bytes::Bytes;

use super::wire::{FRAME_BYTES, Frame, RECV_MESSAGES, SEQUENCE_WINDOW};

/// What is still to be sent or acknowledged.
pub(super) struct Outgoing {
    /// Messages of which something is still to be sent for the first time.
    messages: VecDeque<Bytes>,
    /// Bytes of the first of them that have been sent.
    offset: usize,
    /// Messages of which the first frame was sent.
    begun: u64,
    /// How many the peer lets us begin.
    credit: u64,
    /// Frames sent, from the oldest that is unacknowledged.
    frames: VecDeque<Pending>,
    /// Sequence number of the first of `frames`.
    base: u64,
    /// Unacknowledged frames of which every copy was lost.
    again: BTreeSet<u64>,
    queued_bytes: usize,
    finish: Finish,
}

/// A frame to put in a packet.
pub(super) struct Cut {
    pub(super) sequence: u64,
    pub(super) frame: Frame,
    pub(super) body: Bytes,
    /// Whether it was sent before.
    pub(super) again: bool,
}

struct Pending {
    frame: Frame,
    body: Bytes,
    acked: bool,
    /// Packets under way that carry it.
    copies: u32,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Finish {
    No,
    Wanted,
    Sent,
    Acked,
}

impl Outgoing {
    pub(super) fn new() -> Self {
        Self {
            messages: VecDeque::new(),
            offset: 0,
            begun: 0,
            credit: RECV_MESSAGES,
            frames: VecDeque::new(),
            base: 0,
            again: BTreeSet::new(),
            queued_bytes: 0,
            finish: Finish::No,
        }
    }

    pub(super) fn push(&mut self, message: Bytes) {
        debug_assert!(self.finish == Finish::No, "a message after the last");
        if self.finish == Finish::No {
            self.queued_bytes += message.len();
            self.messages.push_back(message);
        }
    }

    pub(super) fn finish(&mut self) {
        if self.finish == Finish::No {
            self.finish = Finish::Wanted;
        }
    }

    pub(super) fn finish_acked(&self) -> bool {
        self.finish == Finish::Acked
    }

    pub(super) fn queued_bytes(&self) -> usize {
        self.queued_bytes
    }

    /// The peer lets us begin messages of a number below `credit`. Older packets come late, so it only grows.
    pub(super) fn allow(&mut self, credit: u64) {
        self.credit = self.credit.max(credit);
    }

    /// The next frame to send: one that was lost, or else a new one.
    pub(super) fn next(&mut self) -> Option<Cut> {
        match self.again.pop_first() {
            Some(sequence) => self.repeat(sequence),
            None => self.cut(),
        }
    }

    /// The oldest unacknowledged frame, once more.
    pub(super) fn oldest(&mut self) -> Option<Cut> {
        if self.frames.is_empty() {
            return None;
        }
        self.again.remove(&self.base);
        self.repeat(self.base)
    }

    /// A packet with this frame was acknowledged; true if it is the first such.
    pub(super) fn acked(&mut self, sequence: u64) -> bool {
        let Some(pending) = self.pending(sequence) else {
            return false;
        };
        pending.copies = pending.copies.saturating_sub(1);
        if std::mem::replace(&mut pending.acked, true) {
            return false;
        }
        let bytes = std::mem::take(&mut pending.body).len();
        if let Frame::Finish { .. } = pending.frame {
            self.finish = Finish::Acked;
        }
        self.queued_bytes -= bytes;
        self.again.remove(&sequence);
        while self.frames.front().is_some_and(|frame| frame.acked) {
            self.frames.pop_front();
            self.base += 1;
        }
        true
    }

    /// A packet with this frame was lost.
    pub(super) fn lost(&mut self, sequence: u64) {
        if let Some(pending) = self.pending(sequence) {
            pending.copies = pending.copies.saturating_sub(1);
            if !pending.acked && pending.copies == 0 {
                self.again.insert(sequence);
            }
        }
    }

    fn repeat(&mut self, sequence: u64) -> Option<Cut> {
        let pending = self.pending(sequence)?;
        pending.copies += 1;
        Some(Cut {
            sequence,
            frame: pending.frame,
            body: pending.body.clone(),
            again: true,
        })
    }

    fn cut(&mut self) -> Option<Cut> {
        let sequence = self.base + self.frames.len() as u64;
        if sequence - self.base >= SEQUENCE_WINDOW {
            return None;
        }
        let (frame, body) = match self.messages.front() {
            Some(message) => {
                let begins = self.offset == 0;
                if begins && self.begun >= self.credit {
                    return None;
                }
                let end = message.len().min(self.offset + FRAME_BYTES);
                let body = message.slice(self.offset..end);
                let length = message.len() as u64;
                if end == message.len() {
                    self.messages.pop_front();
                    self.offset = 0;
                } else {
                    self.offset = end;
                }
                if begins {
                    self.begun += 1;
                    (Frame::Start { sequence, length }, body)
                } else {
                    (Frame::More { sequence }, body)
                }
            }
            None if self.finish == Finish::Wanted => {
                self.finish = Finish::Sent;
                (Frame::Finish { sequence }, Bytes::new())
            }
            None => return None,
        };
        self.frames.push_back(Pending {
            frame,
            body: body.clone(),
            acked: false,
            copies: 1,
        });
        Some(Cut {
            sequence,
            frame,
            body,
            again: false,
        })
    }

    fn pending(&mut self, sequence: u64) -> Option<&mut Pending> {
        let at = usize::try_from(sequence.checked_sub(self.base)?).ok()?;
        self.frames.get_mut(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_cut_in_order_and_within_credit() {
        let mut outgoing = Outgoing::new();
        outgoing.push(Bytes::from(vec![1; FRAME_BYTES * 2]));
        for _ in 0..RECV_MESSAGES {
            outgoing.push(Bytes::new());
        }
        outgoing.finish();
        let cuts: Vec<_> = std::iter::from_fn(|| outgoing.next()).collect();
        let length = (FRAME_BYTES * 2) as u64;
        assert_eq!(
            cuts[0].frame,
            Frame::Start {
                sequence: 0,
                length
            }
        );
        assert_eq!(cuts[1].frame, Frame::More { sequence: 1 });
        assert_eq!(
            cuts[2].frame,
            Frame::Start {
                sequence: 2,
                length: 0
            }
        );
        assert_eq!(cuts.len() as u64, 1 + RECV_MESSAGES);
        outgoing.allow(RECV_MESSAGES + 1);
        assert!(outgoing.next().is_some());
        assert!(matches!(
            outgoing.next().unwrap().frame,
            Frame::Finish { .. }
        ));
        assert!(outgoing.next().is_none());
    }

    #[test]
    fn a_frame_is_repeated_when_its_last_copy_is_lost() {
        let mut outgoing = Outgoing::new();
        outgoing.push(Bytes::from_static(b"x"));
        assert!(outgoing.next().is_some());
        assert!(outgoing.oldest().is_some_and(|cut| cut.again));
        outgoing.lost(0);
        assert!(outgoing.next().is_none());
        outgoing.lost(0);
        assert!(outgoing.next().is_some_and(|cut| cut.again));
        assert_eq!(outgoing.queued_bytes(), 1);
        assert!(outgoing.acked(0));
        assert!(!outgoing.acked(0));
        assert_eq!(outgoing.queued_bytes(), 0);
        assert!(outgoing.oldest().is_none());
    }
}
