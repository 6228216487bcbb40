//! Parties that leave, die, freeze or come with nonsense, in the lobby and in the middle of a computation.

use std::time::Duration;

use crate::process::{Folder, Line, Party, shipped};

/// Short, so that the tests are; a machine that is busy must not be taken for a dead one.
const PEER_TIMEOUT: Duration = Duration::from_secs(6);
const TIMEOUTS: [&str; 2] = ["--peer-timeout", "6s"];

/// After the peer timeout the others have this long to end.
const GRACE: Duration = Duration::from_secs(5);

/// Two of three seats take so many numbers each; the computation takes several seconds.
const LENGTH: usize = 100;

/// An inner product, not optimised: large at once.
struct Large {
    folder: Folder,
    vector: String,
}

impl Large {
    fn new() -> Self {
        let numbers: Vec<String> = (1..=LENGTH).map(|n| n.to_string()).collect();
        Self {
            folder: Folder::new(),
            vector: format!("[{}]", numbers.join(", ")),
        }
    }

    /// Starts all three parties and returns, in the order of seats, when each of them is in the middle of the computation.
    fn started(&self) -> [Party; 3] {
        let source = format!(
            "pub fn main(a: [u32; {LENGTH}], b: [u32; {LENGTH}], c: u32) -> u32 {{
                let mut sum = c;
                for i in 0..{LENGTH} {{ sum = sum + a[i] * b[i]; }}
                sum
            }}"
        );
        let program = self.folder.file("inner.garble.rs", &source);
        let with = [&["--program", &program, "-v"][..], &TIMEOUTS].concat();
        let host = Line::host(&with).and(&["--no-optimize", "--input", &self.vector]);
        let mut host = host.start();
        let ticket = host.ticket();
        let join =
            |seat, input| Line::join(&ticket, &with).and(&["--party", seat, "--input", input]);
        let one = join("1", &self.vector).start();
        let two = join("2", "3").start();
        let mut all = [host, one, two];
        for party in &mut all {
            // The end of the first of many rounds of AND gates.
            party.says("phase: faand");
        }
        all
    }
}

#[test]
fn a_killed_joiner_is_named_within_the_peer_timeout() {
    is_named_when_killed(1);
}

#[test]
fn a_killed_host_is_named_within_the_peer_timeout() {
    is_named_when_killed(0);
}

fn is_named_when_killed(victim: usize) {
    let large = Large::new();
    let mut others: Vec<Party> = large.started().into();
    let killed = others.remove(victim);
    killed.kill();
    let name = format!("party {victim}");
    for party in others {
        let end = party.end_within(PEER_TIMEOUT + GRACE);
        end.is(5, "").is_clear().tells(&name);
    }
    assert_ne!(killed.end().code, 0);
}

#[cfg(unix)]
#[test]
fn a_party_that_is_interrupted_in_the_computation_is_named() {
    let large = Large::new();
    let [host, one, two] = large.started();
    two.signal("INT");
    two.end().is(130, "").is_clear();
    for party in [host, one] {
        party
            .end()
            .is(5, "")
            .is_clear()
            .tells("party 2 was interrupted");
    }
}

#[cfg(unix)]
#[test]
fn a_frozen_party_is_lost_to_the_others_and_ends_when_it_thaws() {
    let large = Large::new();
    let [host, one, two] = large.started();
    one.signal("STOP");
    for party in [host, two] {
        party.end().is(5, "").is_clear().tells("party 1");
    }
    one.signal("CONT");
    one.end().is(5, "").is_clear();
}

#[test]
fn who_comes_too_late_is_told() {
    let large = Large::new();
    let mut all = large.started();
    let program = large.folder.path("inner.garble.rs").display().to_string();
    let ticket = all[0].ticket();
    let late = Line::join(
        &ticket,
        &["--program", &program, "--input", "3", "--wait", "30s"],
    )
    .run();
    late.is(4, "").is_clear().tells("begun");
}

#[cfg(unix)]
#[test]
fn an_interrupted_host_ends_the_lobby_for_all() {
    let with = ["--program", &shipped("add"), "--input", "2"];
    let mut host = Line::host(&with).start();
    let mut one = Line::join(&host.ticket(), &with).start();
    one.says("Waiting for party 2");
    host.signal("INT");
    host.end().is(130, "").is_clear();
    one.end()
        .is(4, "")
        .is_clear()
        .tells("party 0 was interrupted");
}

#[cfg(unix)]
#[test]
fn a_joiner_that_is_interrupted_in_the_lobby_frees_its_seat() {
    let with = ["--program", &shipped("add"), "--input", "2"];
    let mut host = Line::host(&with).start();
    let ticket = host.ticket();
    let one = Line::join(&ticket, &with).start();
    host.says("Waiting for party 2 (c).");
    one.signal("INT");
    one.end().is(130, "").is_clear();
    host.says("Waiting for party 1 (b), party 2 (c).");
    completes(host, &ticket);
}

#[test]
fn a_killed_host_is_missed_in_the_lobby() {
    let add = shipped("add");
    let with = [&["--program", &add, "--input", "2"][..], &TIMEOUTS].concat();
    let mut host = Line::host(&with).start();
    let mut one = Line::join(&host.ticket(), &with).start();
    one.says("Waiting for party 2");
    host.kill();
    let end = one.end_within(PEER_TIMEOUT + GRACE);
    end.is(4, "").is_clear().tells("party 0");
}

#[cfg(unix)]
#[test]
fn a_joiner_that_freezes_in_the_lobby_loses_its_seat() {
    let add = shipped("add");
    let with = [&["--program", &add, "--input", "2"][..], &TIMEOUTS].concat();
    let mut host = Line::host(&with).start();
    let ticket = host.ticket();
    let frozen = Line::join(&ticket, &with).start();
    host.says("Waiting for party 2 (c).");
    frozen.signal("STOP");
    host.says("Waiting for party 1 (b), party 2 (c).");
    completes(host, &ticket);
    frozen.signal("CONT");
    frozen.end().is(4, "").is_clear();
}

#[test]
fn a_bad_input_frees_its_seat() {
    let program = shipped("add");
    let mut host = Line::host(&["--program", &program, "--input", "2"]).start();
    let ticket = host.ticket();
    // Which seat it gets, and so what is asked of it, is known in the lobby only.
    let bad = Line::join(&ticket, &["--program", &program, "--input", "two"]).run();
    bad.is(3, "").is_clear().tells("party 1 (b)");
    completes(host, &ticket);
}

/// Two joiners come, and the session of `add` is completed.
fn completes(host: Party, ticket: &str) {
    let with = ["--program", &shipped("add"), "--input", "2"];
    let others = [
        Line::join(ticket, &with).start(),
        Line::join(ticket, &with).start(),
    ];
    host.end().is(0, "6\n");
    for other in others {
        other.end().is(0, "6\n");
    }
}
