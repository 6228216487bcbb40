//! A session ends as soon as everybody has what it came for. A target of its own: nothing else runs while time is taken.

#[path = "support/process.rs"]
mod process;

use std::time::Duration;

use process::{Line, Party, shipped};

/// From the moment when all have their results to the last exit.
const FAREWELL: Duration = Duration::from_secs(1);

#[test]
fn who_has_a_result_exits_within_a_second() {
    let program = shipped("add");
    let with = ["--program", &program, "--input", "2", "--json"];
    let mut host = Line::host(&with).start();
    let ticket = host.ticket();
    let one = Line::join(&ticket, &with).start();
    let two = Line::join(&ticket, &with).start();
    let mut all = [host, one, two];
    for party in &mut all {
        assert_eq!(party.event("result")["value"], "6");
    }
    for end in all.map(|party: Party| party.end_within(FAREWELL)) {
        assert_eq!(end.code, 0, "{end}");
    }
}
