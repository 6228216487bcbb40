//! How far the engine is: its phase, what it has sent and received, and whom it waits for. Carried by heartbeats, so that
//! everybody can tell a slow party from a stalled one.

use std::sync::{
    Mutex,
    atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
};

use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use crate::{error::Phase, proto::route::Seats};

/// A phase's name in a heartbeat is cut to this length.
const MAX_PHASE_BYTES: usize = 64;

/// What a heartbeat says of its sender's engine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// What the engine does.
    pub phase: String,
    /// Messages sent and received by the engine.
    pub steps: u64,
    /// The seats whose message it waits for.
    pub waits_for: Vec<u16>,
    /// What others act on if packets are to be passed on.
    pub relay: Relay,
}

/// What a party says of the ways to others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relay {
    /// The seats that it reaches without a detour.
    pub reaches: Seats,
    /// The last probe that it has heard on the line.
    pub probe: Option<u32>,
    /// It needs nothing more of anybody.
    pub complete: bool,
}

impl Report {
    /// The bytes for a heartbeat.
    pub fn encode(&self) -> Vec<u8> {
        postcard::to_stdvec(self).unwrap_or_default()
    }

    /// Reads a peer's report; its phase is only shown if it is harmless.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let report: Self = crate::proto::signed::decode(bytes)?;
        (report.phase.len() <= MAX_PHASE_BYTES).then_some(report)
    }
}

/// The engine's progress, shared between its thread and the tasks of the lines.
#[derive(Debug)]
pub struct Progress {
    party: usize,
    phase: watch::Sender<Phase>,
    sent: AtomicU64,
    received: AtomicU64,
    bytes: AtomicU64,
    waiting: Vec<AtomicUsize>,
    unread: Vec<AtomicUsize>,
    finished: AtomicBool,
    current: Mutex<String>,
}

impl Progress {
    pub(super) fn new(party: usize, parties: usize) -> Self {
        let counts = || (0..parties).map(|_| AtomicUsize::new(0)).collect();
        Self {
            party,
            phase: watch::Sender::new("start".into()),
            sent: AtomicU64::new(0),
            received: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            waiting: counts(),
            unread: counts(),
            finished: AtomicBool::new(false),
            current: Mutex::new(String::new()),
        }
    }

    /// The engine has succeeded; what is left is what the parties say of the result.
    pub(super) fn finish(&self) {
        self.finished.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_finished(&self) -> bool {
        self.finished.load(Ordering::Relaxed)
    }

    /// The engine's phase, to be watched.
    pub fn phases(&self) -> watch::Receiver<Phase> {
        self.phase.subscribe()
    }

    /// The engine's phase now, or `finish` after its last.
    pub fn phase(&self) -> Phase {
        if self.is_finished() {
            return "finish".into();
        }
        self.phase.borrow().clone()
    }

    /// Bytes of messages that the engine has sent.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    pub(super) fn steps(&self) -> u64 {
        self.sent.load(Ordering::Relaxed) + self.received.load(Ordering::Relaxed)
    }

    pub(super) fn sends(&self, bytes: usize) {
        self.sent.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// A message of a party is about to lie in its queue.
    pub(super) fn comes(&self, party: usize) {
        self.unread[party].fetch_add(1, Ordering::Relaxed);
    }

    /// A message of a party was taken from its queue.
    pub(super) fn taken(&self, party: usize) {
        self.unread[party].fetch_sub(1, Ordering::Relaxed);
    }

    pub(super) fn received(&self) {
        self.received.fetch_add(1, Ordering::Relaxed);
    }

    /// We wait for a party until the result is dropped.
    pub(super) fn waits(&self, party: usize) -> Waiting<'_> {
        let count = &self.waiting[party.min(self.waiting.len() - 1)];
        count.fetch_add(1, Ordering::Relaxed);
        Waiting(count)
    }

    /// The seats whose message we wait for, ascending. One whose message lies there waits for us: an engine that has stopped
    /// must not seem to wait for those who have sent what it asks for.
    pub fn waits_for(&self) -> Vec<usize> {
        let none = |count: &AtomicUsize| count.load(Ordering::Relaxed) == 0;
        let seats = 0..self.waiting.len();
        seats
            .filter(|seat| *seat != self.party)
            .filter(|seat| !none(&self.waiting[*seat]) && none(&self.unread[*seat]))
            .collect()
    }

    pub(super) fn report(&self, relay: Relay) -> Report {
        let mut phase = self.phase();
        phase.truncate(MAX_PHASE_BYTES);
        Report {
            phase,
            steps: self.steps(),
            waits_for: self.waits_for().into_iter().map(|p| p as u16).collect(),
            relay,
        }
    }

    /// The engine is in this phase.
    pub(super) fn enter(&self, phase: &str) {
        let mut current = self.current.lock().unwrap_or_else(|e| e.into_inner());
        if *current != phase {
            phase.clone_into(&mut current);
            self.phase.send_replace(phase.into());
        }
    }
}

/// A wait for a party. See [`Progress::waits`].
#[derive(Debug)]
pub(super) struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Whom we blame for a stall: from those we wait for, follow whom they wait for themselves, to one that waits for nobody.
/// What a stalled party said last may be old, so they can seem to wait for each other in a circle, or for us, who have
/// sent what we have to send. Then it is the one that most of us wait for.
pub(super) fn blame(us: usize, ours: &[usize], reports: &[Option<Report>]) -> usize {
    for &first in ours {
        let mut party = first;
        for _ in 0..reports.len() {
            match waits_for(&reports[party]).next() {
                Some(next) if next == us => break,
                Some(next) if next < reports.len() => party = next,
                _ => return party,
            }
        }
    }
    let mut waiting = vec![0; reports.len()];
    let theirs = reports.iter().flat_map(waits_for);
    for party in ours.iter().copied().chain(theirs) {
        if let Some(waiting) = waiting.get_mut(party).filter(|_| party != us) {
            *waiting += 1;
        }
    }
    // Of equals, the first that we wait for.
    let most = ours.iter().rev().max_by_key(|party| waiting[**party]);
    most.copied().unwrap_or_default()
}

fn waits_for(report: &Option<Report>) -> impl Iterator<Item = usize> + '_ {
    let seats = report.iter().flat_map(|report| &report.waits_for);
    seats.map(|seat| usize::from(*seat))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(waits_for: &[u16]) -> Option<Report> {
        Some(Report {
            phase: String::new(),
            steps: 0,
            waits_for: waits_for.to_vec(),
            relay: Relay::default(),
        })
    }

    #[test]
    fn the_one_that_everyone_waits_for_is_blamed() {
        // 0 (we) waits for 1, 1 waits for 2, 2 waits for nobody.
        assert_eq!(blame(0, &[1], &[None, report(&[2]), report(&[])]), 2);
        // Nothing known of it.
        assert_eq!(blame(0, &[1], &[None, None, None]), 1);
        // A circle.
        assert_eq!(blame(0, &[1], &[None, report(&[2]), report(&[1])]), 1);
        // The circle is among the others, and party 2 is in it for most.
        let reports = [None, report(&[2]), report(&[1]), report(&[2])];
        assert_eq!(blame(0, &[1, 2], &reports), 2);
        // It says that it waits for us, but we have sent everything.
        assert_eq!(blame(0, &[1], &[None, report(&[0])]), 1);
        // A party that names one that isn't there.
        assert_eq!(blame(0, &[1], &[None, report(&[9])]), 1);
    }

    #[test]
    fn progress_counts_and_reports() {
        let progress = Progress::new(0, 3);
        progress.enter("a");
        progress.sends(10);
        progress.enter("b");
        let waiting = progress.waits(2);
        assert_eq!(progress.phase(), "b");
        assert_eq!(progress.waits_for(), [2]);
        let report = Report::decode(&progress.report(Relay::default()).encode()).unwrap();
        assert_eq!((report.steps, report.waits_for), (1, vec![2]));
        progress.comes(2);
        assert!(progress.waits_for().is_empty());
        progress.taken(2);
        assert_eq!(progress.waits_for(), [2]);
        drop(waiting);
        assert!(progress.waits_for().is_empty());
        assert_eq!(progress.bytes(), 10);
    }
}
