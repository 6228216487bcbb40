//! Which way packets for a peer go: straight, or by way of a party that reaches both.
//!
//! Gossip carries what is for a peer in one queue, and its actor waits when that is full. A link counts what it has under
//! way and so keeps the queue from filling. On a detour that count says nothing of the straight queue, in which a whole
//! window may be stuck. So a [`Route`] goes straight again only when that queue is known to have emptied: with a new
//! connection of either side, which has a queue of its own, or when a *probe*, sent straight, was answered by whatever way.
//! Few probes go out without an answer.
//!
//! - A straight way that is silent for the *patience* while others offer a detour is left.
//! - A detour is taken from the lowest seat that offers one, and kept until it offers no more, or nothing comes that way
//!   while another offers one, too.
//! - A straight way that was left soon after it was taken again is probed less and less often.
//!
//! Both sides of a pair choose for themselves. The machine is pure: time is a parameter.

use std::time::{Duration, Instant};

/// The straight way may be silent for so long; less where the peer timeout is short. Heartbeats come every second.
const PATIENCE_MAX: Duration = Duration::from_secs(3);
/// Never less: a heartbeat and its answer must fit.
const PATIENCE_MIN: Duration = Duration::from_millis(1500);

/// Between two probes.
const PROBE_WAIT: Duration = Duration::from_secs(1);
/// Between two probes of a way that was left again and again.
const PROBE_WAIT_MAX: Duration = Duration::from_secs(32);
/// A way that was left within this after its return is not to be trusted.
const TRUSTED_AFTER: Duration = Duration::from_secs(60);
/// Probes without an answer at most: with a link's packets they still fit into gossip's queue of 64.
pub const PROBES: u32 = 3;

/// A set of seats, of which there are 32 at most.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, serde::Serialize, serde::Deserialize)]
pub struct Seats(u32);

impl Seats {
    /// The set with one seat more or less.
    pub fn with(self, seat: usize, is_in: bool) -> Self {
        let bit = u32::try_from(seat)
            .ok()
            .and_then(|seat| 1u32.checked_shl(seat));
        match (bit, is_in) {
            (Some(bit), true) => Self(self.0 | bit),
            (Some(bit), false) => Self(self.0 & !bit),
            (None, _) => self,
        }
    }

    /// Whether a seat is in it.
    pub fn contains(self, seat: usize) -> bool {
        self.iter().any(|s| s == seat)
    }

    /// The seats, ascending.
    pub fn iter(self) -> impl Iterator<Item = usize> {
        (0..32).filter(move |seat| self.0 & (1 << seat) != 0)
    }

    fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl FromIterator<usize> for Seats {
    fn from_iter<T: IntoIterator<Item = usize>>(seats: T) -> Self {
        (seats.into_iter()).fold(Self::default(), |set, seat| set.with(seat, true))
    }
}

/// Which way packets go.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Way {
    /// On the pair's own topic.
    Straight,
    /// By way of the party at that seat.
    Via(usize),
}

/// The way to one peer.
#[derive(Debug)]
pub struct Route {
    patience: Duration,
    /// The first connection is waited for so long.
    begins: Option<Instant>,
    /// Gossip has a connection.
    up: bool,
    /// Gossip's queue holds no more for the peer than the link counts.
    clear: bool,
    /// The straight way is not silent before.
    fresh_until: Option<Instant>,
    offers: Seats,
    way: Option<Way>,
    /// When the detour was taken, or something last came by one.
    detour_heard: Instant,
    probes: Probes,
    /// Whether the straight way was ever left, and when it was last taken again.
    left: bool,
    returned: Option<Instant>,
}

#[derive(Debug)]
struct Probes {
    next: u32,
    /// Those from here on were sent after the straight way was left.
    first: u32,
    due: Instant,
    wait: Duration,
}

impl Route {
    /// No way yet; the straight one gets some time to connect.
    pub fn new(peer_timeout: Duration, now: Instant) -> Self {
        let patience = (peer_timeout / 3).clamp(PATIENCE_MIN, PATIENCE_MAX);
        Self {
            patience,
            begins: Some(now + patience),
            up: false,
            clear: false,
            fresh_until: None,
            offers: Seats::default(),
            way: None,
            detour_heard: now,
            probes: Probes {
                next: 0,
                first: 0,
                due: now,
                wait: PROBE_WAIT,
            },
            left: false,
            returned: None,
        }
    }

    /// Gossip has a connection to the peer, with an empty queue.
    pub fn up(&mut self, now: Instant) {
        self.up = true;
        self.begins = None;
        self.reconnected(now);
    }

    /// Gossip sends on a new connection from now on, with an empty queue.
    pub fn reconnected(&mut self, now: Instant) {
        if self.up {
            self.clear = true;
            self.heard(now);
        }
    }

    /// Gossip has no connection any more.
    pub fn down(&mut self) {
        self.up = false;
        self.clear = false;
        self.fresh_until = None;
    }

    /// Something of the peer's came straight.
    pub fn heard(&mut self, now: Instant) {
        self.fresh_until = Some(now + self.patience);
    }

    /// Something of the peer's came by a detour.
    pub fn heard_by_detour(&mut self, now: Instant) {
        self.detour_heard = now;
    }

    /// The peer says that this is the last probe that it has heard.
    pub fn answered(&mut self, probe: u32, now: Instant) {
        if self.up && !self.clear && (self.probes.first..self.probes.next).contains(&probe) {
            self.clear = true;
            self.heard(now);
        }
    }

    /// Who reaches both of us.
    pub fn set_offers(&mut self, offers: Seats) {
        self.offers = offers;
    }

    /// The way now, if there is one.
    pub fn way(&mut self, now: Instant) -> Option<Way> {
        let way = self.choose(now);
        let (was, is) = (self.way == Some(Way::Straight), way == Some(Way::Straight));
        if was && !is {
            self.leave(now);
        } else if is && !was {
            self.returned = self.left.then_some(now);
        }
        if way != self.way {
            self.detour_heard = now;
        }
        self.way = way;
        way
    }

    /// Whether packets go straight and arrive: only then can we pass on what others have for the peer.
    pub fn reaches(&self, now: Instant) -> bool {
        self.way == Some(Way::Straight) && self.is_fresh(now)
    }

    /// Whether there is neither a connection nor a detour.
    pub fn is_cut(&self) -> bool {
        !self.up && self.way.is_none()
    }

    /// The number of a probe to send straight, if one is due.
    pub fn poll_probe(&mut self, now: Instant) -> Option<u32> {
        if self.probe_due().is_none_or(|due| due > now) {
            return None;
        }
        let number = self.probes.next;
        self.probes.next = number.wrapping_add(1);
        self.probes.due = now + self.probes.wait;
        Some(number)
    }

    /// When to look at [`way`](Self::way) and [`poll_probe`](Self::poll_probe) again, unless something happens before.
    pub fn poll_timeout(&self, now: Instant) -> Option<Instant> {
        let detour = matches!(self.way, Some(Way::Via(_))).then(|| self.detour_silent());
        let deadlines = [self.begins, self.fresh_until, detour];
        let later = deadlines.into_iter().flatten().filter(|at| *at > now);
        later.chain(self.probe_due()).min()
    }

    fn choose(&self, now: Instant) -> Option<Way> {
        let may_go_straight = self.up && self.clear;
        if may_go_straight && (self.is_fresh(now) || self.offers.is_empty()) {
            return Some(Way::Straight);
        }
        if self.begins.is_some_and(|at| now < at) {
            return None;
        }
        let current = match self.way {
            Some(Way::Via(seat)) => Some(seat),
            _ => None,
        };
        let kept = current.filter(|seat| self.offers.contains(*seat) && now < self.detour_silent());
        let next = || {
            let after = |seat: &usize| current.is_some_and(|current| *seat > current);
            let next = self.offers.iter().find(after);
            next.or_else(|| self.offers.iter().next())
        };
        kept.or_else(next).map(Way::Via)
    }

    fn leave(&mut self, now: Instant) {
        let trusted = (self.returned).is_none_or(|at| now >= at + TRUSTED_AFTER);
        let probes = &mut self.probes;
        probes.wait = match trusted {
            true => PROBE_WAIT,
            false => (probes.wait * 2).min(PROBE_WAIT_MAX),
        };
        probes.first = probes.next;
        probes.due = now + probes.wait;
        self.clear = false;
        self.left = true;
    }

    fn is_fresh(&self, now: Instant) -> bool {
        self.fresh_until.is_some_and(|until| now < until)
    }

    /// A detour on which nothing comes until then is not as good as another.
    fn detour_silent(&self) -> Instant {
        self.detour_heard + 2 * self.patience
    }

    fn probe_due(&self) -> Option<Instant> {
        let unanswered = self.probes.next.wrapping_sub(self.probes.first);
        (self.up && !self.clear && unanswered < PROBES).then_some(self.probes.due)
    }
}

#[cfg(test)]
mod tests;
