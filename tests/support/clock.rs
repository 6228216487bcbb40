//! The clock of one machine: it is off by some time from the others, and runs a little faster or slower.

// Not every test target uses all of it.
#![allow(dead_code)]

use std::time::{Duration, Instant};

use rand::Rng;
use rand_chacha::ChaCha8Rng;

const MILLION: u128 = 1_000_000;

/// Drift at most, in millionths: far more than any machine's.
const MAX_DRIFT: u32 = 20_000;

#[derive(Clone, Copy, Debug)]
pub struct Clock {
    start: Instant,
    offset: Duration,
    /// Of its seconds, to a million of ours.
    rate: u128,
}

impl Clock {
    /// Right to the nanosecond.
    pub fn right(start: Instant) -> Self {
        Self {
            start,
            offset: Duration::ZERO,
            rate: MILLION,
        }
    }

    /// Off by up to a day, with a drift.
    pub fn random(start: Instant, rng: &mut ChaCha8Rng) -> Self {
        let drift = rng.random_range(0..=2 * MAX_DRIFT);
        Self {
            start,
            offset: Duration::from_millis(rng.random_range(0..86_400_000)),
            rate: MILLION + u128::from(drift) - u128::from(MAX_DRIFT),
        }
    }

    /// What it shows at a time.
    pub fn shows(&self, now: Instant) -> Instant {
        let passed = (now - self.start).as_nanos() * self.rate / MILLION;
        self.start + self.offset + nanos(passed)
    }

    /// The first time at which it shows this.
    pub fn when(&self, shown: Instant) -> Instant {
        let passed = shown.saturating_duration_since(self.start + self.offset);
        self.start + nanos((passed.as_nanos() * MILLION).div_ceil(self.rate))
    }
}

fn nanos(nanos: u128) -> Duration {
    Duration::from_nanos(nanos.try_into().expect("some centuries"))
}
