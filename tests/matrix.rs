//! Faults at stages, on the loopback interface: what of the whole matrix (`scripts/matrix.py`) needs no network of its own.
//!
//! Every fault meets every stage, and each time another party. The survivors print the right result, or end with the
//! documented code and a named party within the peer timeout and a grace.

#![cfg(unix)]

#[path = "support/process.rs"]
mod process;

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::Duration,
};

use process::{BOUND, End, Folder, Line, Party};

/// Peer and stall timeout for a fault that lasts, and for one that passes.
const SHORT: u64 = 5;
const LONG: u64 = 25;

const GRACE: u64 = 5;

/// How long a frozen party that comes back is away.
const AWAY: Duration = Duration::from_secs(5);

/// Sessions at once.
const LANES: usize = 4;

/// Two of three seats take so many numbers each, so that the computation is no matter of milliseconds.
const LENGTH: usize = 30;

/// The victim's event at which the fault comes.
const STAGES: [&str; 4] = ["ready", "started", "faand", "result"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    Killed,
    Interrupted,
    Frozen,
    FrozenForAWhile,
    SecondJoiner,
}

const FAULTS: [Fault; 5] = [
    Fault::Killed,
    Fault::Interrupted,
    Fault::Frozen,
    Fault::FrozenForAWhile,
    Fault::SecondJoiner,
];

#[derive(Debug, Clone, Copy)]
struct Cell {
    stage: &'static str,
    fault: Fault,
    victim: usize,
}

#[test]
fn every_fault_at_every_stage_ends_in_a_result_or_a_named_error() {
    let cells: Vec<Cell> = (STAGES.iter().enumerate())
        .flat_map(|(row, &stage)| {
            (FAULTS.iter().enumerate()).map(move |(column, &fault)| Cell {
                stage,
                fault,
                victim: (row + column) % 3,
            })
        })
        .collect();
    let next = AtomicUsize::new(0);
    // A cell that fails fails its lane, and so the test.
    thread::scope(|lanes| {
        for _ in 0..LANES {
            lanes.spawn(|| {
                while let Some(cell) = cells.get(next.fetch_add(1, Ordering::Relaxed)) {
                    cell.run();
                }
            });
        }
    });
}

impl Fault {
    /// Whether everybody gets the right result all the same.
    fn passes(self) -> bool {
        matches!(self, Self::FrozenForAWhile | Self::SecondJoiner)
    }
}

impl Cell {
    fn run(self) {
        let (folder, vector) = (Folder::new(), vector());
        let program = folder.file("inner.garble.rs", &source());
        let seconds = if self.fault.passes() { LONG } else { SHORT };
        let timeout = format!("{seconds}s");
        let with = ["--program", &program, "--json", "-v"];
        let timeouts = ["--peer-timeout", &timeout, "--stall-timeout", &timeout];
        let line =
            |line: Line, input: &str| line.and(&with).and(&timeouts).and(&["--input", input]);
        let mut host = line(Line::host(&["--no-optimize", "--evaluator", "1"]), &vector).start();
        let ticket = host.ticket();
        let join = |seat: &'static str| Line::join(&ticket, &["--party", seat]);
        let one = line(join("1"), &vector).start();
        let two = line(join("2"), "3").start();
        let mut parties = vec![host, one, two];
        self.await_stage(&mut parties[self.victim]);
        let second = self.strike(&parties[self.victim], || {
            let (seat, input) = [("0", &*vector), ("1", &*vector), ("2", "3")][self.victim];
            line(join(seat), input).and(&["--wait", "20s"])
        });
        let victim = parties.remove(self.victim);
        let bound = if self.fault.passes() {
            BOUND
        } else {
            Duration::from_secs(SHORT + GRACE)
        };
        for party in parties {
            self.judge(&party.end_within(bound));
        }
        if let Some(second) = second {
            assert_eq!(second.end().code, 4, "{self:?}");
        }
        self.judge_victim(victim);
    }

    fn await_stage(self, victim: &mut Party) {
        match self.stage {
            "started" | "result" => drop(victim.event(self.stage)),
            phase => drop(victim.says(&format!("phase: {phase}"))),
        }
    }

    fn strike(self, victim: &Party, second: impl FnOnce() -> Line) -> Option<Party> {
        match self.fault {
            Fault::Killed => victim.kill(),
            Fault::Interrupted => victim.signal_if_alive("INT"),
            Fault::Frozen => victim.signal_if_alive("STOP"),
            Fault::FrozenForAWhile => {
                victim.signal_if_alive("STOP");
                // Not a wait for something: it is the fault.
                thread::sleep(AWAY);
                victim.signal_if_alive("CONT");
            }
            Fault::SecondJoiner => return Some(second().start()),
        }
        None
    }

    /// One that nothing was done to.
    fn judge(self, end: &End) {
        if end.code == 0 {
            return self.is_right(end);
        }
        assert!(
            !self.fault.passes() && self.stage != "result",
            "{self:?}: {end}"
        );
        let code = if end.out.contains("\"started\"") {
            5
        } else {
            4
        };
        assert_eq!(end.code, code, "{self:?}: {end}");
        end.is_clear().tells(&format!("party {}", self.victim));
    }

    fn judge_victim(self, victim: Party) {
        match self.fault {
            Fault::Killed => drop(victim.end()),
            Fault::Interrupted => {
                let end = victim.end();
                assert!(matches!(end.code, 0 | 130), "{self:?}: {end}");
            }
            Fault::Frozen => {
                victim.signal_if_alive("CONT");
                let end = victim.end_within(Duration::from_secs(SHORT + GRACE));
                assert!(matches!(end.code, 0 | 4 | 5), "{self:?}: {end}");
            }
            Fault::FrozenForAWhile | Fault::SecondJoiner => self.is_right(&victim.end()),
        }
    }

    fn is_right(self, end: &End) {
        let events = end.events();
        let result = events.iter().find(|event| event["event"] == "result");
        let sum = 3 + (1..=LENGTH).map(|n| n * n).sum::<usize>();
        let value = result.map(|result| result["value"].clone());
        assert_eq!(
            (end.code, value),
            (0, Some(sum.to_string().into())),
            "{self:?}: {end}"
        );
    }
}

/// An inner product; not optimised, it is large at once.
fn source() -> String {
    format!(
        "pub fn main(a: [u32; {LENGTH}], b: [u32; {LENGTH}], c: u32) -> u32 {{
            let mut sum = c;
            for i in 0..{LENGTH} {{ sum = sum + a[i] * b[i]; }}
            sum
        }}"
    )
}

fn vector() -> String {
    let numbers: Vec<String> = (1..=LENGTH).map(|n| n.to_string()).collect();
    format!("[{}]", numbers.join(", "))
}
