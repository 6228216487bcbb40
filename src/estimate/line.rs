//! How long a message takes from one party to another over a QUIC connection: its congestion window grows only while it is
//! full, and a pacer spreads what is in it over the round trip. On a long way this takes more time than the bandwidth does.

use std::time::Duration;

use super::Flight;
use crate::{
    node::quic::INITIAL_CONGESTION_WINDOW,
    proto::link::{SEND_WINDOW, wire::FRAME_BYTES},
};

/// What goes out at once, however small the window (noq's pacer: ten packets).
const BURST: f64 = 10.0 * 1200.0;

/// The pacer's speed in windows for each round trip.
const PACE: f64 = 1.25;

/// What a link has under way at most.
const LINK_WINDOW: f64 = (SEND_WINDOW * FRAME_BYTES) as f64;

/// Bytes on the wire for each byte of a message: heads of packets, and acknowledgements of what comes.
const WIRE: f64 = 1.08;

/// One direction of a connection.
pub(super) struct Line {
    round_trip: f64,
    /// Bytes of messages for each second, if the window does not matter.
    bandwidth: f64,
    window: f64,
}

impl Line {
    /// A new connection over a way that is `round_trip` long and takes `bandwidth` bytes each second.
    pub fn new(round_trip: Duration, bandwidth: f64) -> Self {
        Self {
            round_trip: round_trip.as_secs_f64(),
            bandwidth: bandwidth.max(1.0) / WIRE,
            window: INITIAL_CONGESTION_WINDOW as f64,
        }
    }

    /// Seconds until the other side has the whole of a message that is sent when all before it have been answered.
    pub fn takes(&mut self, flight: &Flight) -> f64 {
        let bytes = flight.bytes as f64;
        let bandwidth = self.bandwidth / flight.beside.max(1.0);
        let mut left = (bytes - BURST).max(0.0);
        let mut seconds = self.round_trip / 2.0 + (bytes - left) / bandwidth;
        while left > 0.0 {
            // In a round trip: what the window lets go, and what the way takes.
            let goes = PACE * self.window;
            let fits = bandwidth * self.round_trip;
            if goes >= fits {
                return seconds + left / bandwidth;
            }
            if goes >= left {
                return seconds + left / goes * self.round_trip;
            }
            left -= goes;
            seconds += self.round_trip;
            self.window = (2.0 * self.window).min(LINK_WINDOW);
        }
        seconds
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn alone(bytes: u64) -> Flight {
        Flight { bytes, beside: 1.0 }
    }

    #[test]
    fn a_small_message_takes_half_a_round_trip() {
        let mut line = Line::new(SECOND, 1e9);
        for _ in 0..10 {
            let seconds = line.takes(&alone(5_000));
            assert!((0.5..0.51).contains(&seconds), "{seconds}");
        }
    }

    #[test]
    fn a_large_message_is_faster_once_the_window_has_grown() {
        let mut line = Line::new(SECOND, 1e9);
        let (first, later) = (line.takes(&alone(1_000_000)), line.takes(&alone(1_000_000)));
        assert!(first > 3.0 && later < 2.0, "{first} {later}");
    }

    #[test]
    fn bandwidth_is_all_that_counts_nearby() {
        let mut line = Line::new(Duration::ZERO, 1e6 * WIRE);
        let seconds = line.takes(&alone(5_000_000));
        assert!((4.99..5.01).contains(&seconds), "{seconds}");
    }

    #[test]
    fn nothing_takes_half_a_round_trip() {
        assert_eq!(Line::new(SECOND, 0.0).takes(&alone(0)), 0.5);
    }
}
