//! The link on a bus that misbehaves, on virtual time.
//!
//! A failing seed is printed; `LINK_SEED=<seed>` runs that one alone, `LINK_SEEDS=<count>` sets how many are run.

#![allow(clippy::print_stdout, reason = "a failing seed is printed")]

#[path = "link/bus.rs"]
mod bus;
#[path = "support/clock.rs"]
mod clock;
#[path = "link/hostile.rs"]
mod hostile;
#[path = "link/paths.rs"]
mod paths;
#[path = "link/session.rs"]
mod session;

use std::time::Duration;

use iroh_mpc::proto::link::Config;
use iroh_mpc::proto::link::wire::{FRAME_BYTES, RECV_MESSAGES, SEQUENCE_WINDOW};

const MS: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);
const MAX_MESSAGE: usize = 4 * FRAME_BYTES;
/// All that a link may hold of what it received.
const MEMORY: usize = RECV_MESSAGES as usize * MAX_MESSAGE + SEQUENCE_WINDOW as usize * FRAME_BYTES;
const CONFIG: Config = Config {
    max_message: MAX_MESSAGE,
    heartbeat: SECOND,
};

fn seeds(default: u64) -> Vec<u64> {
    let number = |name: &str| {
        let text = std::env::var(name).ok()?;
        Some(text.parse::<u64>().expect("a number"))
    };
    match number("LINK_SEED") {
        Some(seed) => vec![seed],
        None => (0..number("LINK_SEEDS").unwrap_or(default)).collect(),
    }
}
