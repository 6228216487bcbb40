//! The lobby's machine among several parties, on a bus that drops, doubles, delays and reorders messages and is cut between
//! some of them, on virtual time. Each party has a clock of its own, which is off and drifts.
//!
//! A failing seed is printed; `ROSTER_SEED=<seed>` runs that one alone, `ROSTER_SEEDS=<count>` sets how many each test runs.
//! Signatures are real and take most of the time, so the sessions are short and have two to six parties.

#[path = "roster/bus.rs"]
mod bus;
#[path = "roster/checks.rs"]
mod checks;
#[path = "support/clock.rs"]
mod clock;
#[path = "roster/echo.rs"]
mod echo;
#[path = "roster/forming.rs"]
mod forming;
#[path = "roster/hostile.rs"]
mod hostile;
#[path = "roster/intruder.rs"]
mod intruder;
#[path = "roster/leaving.rs"]
mod leaving;
#[path = "roster/party.rs"]
mod party;
#[path = "roster/stalling.rs"]
mod stalling;
#[path = "roster/two_faced.rs"]
mod two_faced;
#[path = "roster/world.rs"]
mod world;

use std::time::Duration;

const MS: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);

/// Nobody is lost by silence.
const FOREVER: Duration = Duration::from_secs(24 * 3600);

/// Runs a session for every seed; a session says what is wrong.
fn for_seeds(default: u64, session: impl Fn(u64) -> Result<(), String>) {
    let number = |name: &str| {
        let text = std::env::var(name).ok()?;
        Some(text.parse::<u64>().expect("a number"))
    };
    let seeds = match number("ROSTER_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("ROSTER_SEEDS").unwrap_or(default),
    };
    for seed in seeds {
        if let Err(wrong) = session(seed) {
            panic!("ROSTER_SEED={seed}: {wrong}");
        }
    }
}
