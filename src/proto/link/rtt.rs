//! How long an answer takes, and how much may be under way because of it.

use std::time::Duration;

use super::SEND_WINDOW;

/// Answers are expected within this before the first sample; a guess that a relayed path keeps.
const INITIAL: Duration = Duration::from_millis(500);
/// No probe sooner: a loaded machine schedules a task as late as that.
const PROBE_MIN: Duration = Duration::from_millis(50);
/// No probe later, so that a healed path is noticed while a person still watches.
pub(super) const PROBE_MAX: Duration = Duration::from_secs(5);
/// No packet is called late by less than this (RFC 9002's timer granularity).
const GRANULARITY: Duration = Duration::from_millis(1);
/// The window shrinks when answers take longer: what is queued on a slow path is of no use to anybody.
const DELAY_TARGET: Duration = Duration::from_secs(2);
/// The window never shrinks further: one packet on the way, one acknowledged.
const WINDOW_MIN: usize = 2;

/// Round-trip time as in RFC 9002, section 5, without the correction by the peer's ack delay, which is small here.
#[derive(Default)]
pub(super) struct Rtt {
    smoothed: Option<Duration>,
    variation: Duration,
    latest: Duration,
}

impl Rtt {
    pub(super) fn sample(&mut self, rtt: Duration) {
        self.latest = rtt;
        match self.smoothed {
            None => {
                self.smoothed = Some(rtt);
                self.variation = rtt / 2;
            }
            Some(smoothed) => {
                self.variation = self.variation * 3 / 4 + smoothed.abs_diff(rtt) / 4;
                self.smoothed = Some(smoothed * 7 / 8 + rtt / 8);
            }
        }
    }

    /// Silence after which a probe goes out, the `backoff`th since the last answer.
    pub(super) fn probe_timeout(&self, backoff: u32) -> Duration {
        let once = match self.smoothed {
            None => INITIAL,
            Some(smoothed) => smoothed + (self.variation * 4).max(GRANULARITY) + super::ACK_DELAY,
        };
        once.max(PROBE_MIN)
            .saturating_mul(1 << backoff.min(16))
            .min(PROBE_MAX)
    }

    /// Age at which a packet is lost if a later one was acknowledged (RFC 9002, section 6.1.2).
    pub(super) fn loss_delay(&self) -> Duration {
        let slowest = self.smoothed.map_or(INITIAL, |rtt| rtt.max(self.latest));
        (slowest * 9 / 8).max(GRANULARITY)
    }
}

/// Frames that may be under way: halved while answers take longer than [`DELAY_TARGET`], widened by one otherwise.
pub(super) struct Window {
    limit: usize,
    /// Packets of a lower number were sent before the window last shrank, and say nothing of its new size.
    shrunk_at: u64,
    /// Likewise for growth: at most one step per window.
    grown_at: u64,
}

impl Window {
    pub(super) fn new() -> Self {
        Self {
            limit: SEND_WINDOW,
            shrunk_at: 0,
            grown_at: 0,
        }
    }

    pub(super) fn limit(&self) -> usize {
        self.limit
    }

    /// Packet `number` was answered after `delay`; `next` is the number of the next packet to be sent.
    pub(super) fn answered(&mut self, number: u64, delay: Duration, next: u64) {
        if delay > DELAY_TARGET {
            if number >= self.shrunk_at {
                self.limit = (self.limit / 2).max(WINDOW_MIN);
                self.shrunk_at = next;
                self.grown_at = next;
            }
        } else if number >= self.grown_at {
            self.limit = (self.limit + 1).min(SEND_WINDOW);
            self.grown_at = next;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probes_back_off_between_their_bounds() {
        let mut rtt = Rtt::default();
        assert_eq!(rtt.probe_timeout(0), INITIAL);
        assert_eq!(rtt.probe_timeout(1), INITIAL * 2);
        assert_eq!(rtt.probe_timeout(u32::MAX), PROBE_MAX);
        for _ in 0..100 {
            rtt.sample(Duration::from_micros(10));
        }
        assert_eq!(rtt.probe_timeout(0), PROBE_MIN);
        for _ in 0..100 {
            rtt.sample(Duration::from_secs(30));
        }
        assert_eq!(rtt.probe_timeout(0), PROBE_MAX);
        assert!(rtt.loss_delay() > Duration::from_secs(30));
    }

    #[test]
    fn the_window_halves_and_grows_once_per_window() {
        let mut window = Window::new();
        let slow = DELAY_TARGET * 2;
        for number in 0..10 {
            window.answered(number, slow, 48);
        }
        assert_eq!(window.limit(), SEND_WINDOW / 2);
        for round in 1..10 {
            window.answered(48 * round, slow, 48 * (round + 1));
        }
        assert_eq!(window.limit(), WINDOW_MIN);
        for number in 480..500 {
            window.answered(number, Duration::ZERO, 500);
        }
        assert_eq!(window.limit(), WINDOW_MIN + 1);
    }
}
