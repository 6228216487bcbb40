//! One party of a real session cheats: two honest processes and, in the test, a party whose channel mutates what it sends.
//!
//! The cheater goes through the whole journey of a joiner, so its messages are signed, sealed and in order; what it says
//! inside of them is its choice.

#[path = "support/cheat.rs"]
mod cheat;
#[path = "support/member.rs"]
mod member;
#[path = "support/process.rs"]
mod process;

use std::thread;

use cheat::{Cheating, Mutation, Plan, Target};
use iroh_mpc::{
    error::Error,
    program::{Program, Source},
    session::{self, Interrupter},
    ticket::Ticket,
};
use member::joiner;
use process::{End, Folder, Line};
use tokio::runtime::Runtime;

/// The result shows both honest inputs; `false` and `true` are the inputs that the cheater can have.
const PROGRAM: &str = "pub fn main(a: u8, b: u8, c: bool) -> (u8, u8, bool) { (a & b, a ^ b, c) }";
const RIGHT: [&str; 2] = ["(8, 6, false)\n", "(8, 6, true)\n"];

/// The cheater's seat.
const CHEATER: usize = 2;

/// Runs a session in which party 2 cheats by plan; gives how the two honest processes ended.
fn session(plan: Plan, stall_timeout: &str) -> [End; 2] {
    let folder = Folder::new();
    let program = folder.file("bits.garble.rs", PROGRAM);
    let with = ["--program", &program, "--stall-timeout", stall_timeout];
    let mut host = Line::host(&with).and(&["--input", "12"]).start();
    let ticket = host.ticket();
    let joiner = Line::join(&ticket, &with).and(&["--input", "10", "--party", "1"]);
    let joiner = joiner.start();
    let cheater = thread::spawn(move || {
        let runtime = Runtime::new().expect("a runtime");
        runtime.block_on(take_part(ticket, plan))
    });
    let ends = [host.end(), joiner.end()];
    // It ends with the session; how does not matter.
    cheater.join().expect("no panic").ok();
    ends
}

async fn take_part(ticket: String, plan: Plan) -> Result<(), Error> {
    let program = Program::check(Source::new("bits", PROGRAM))?;
    let options = joiner(Ticket::parse(&ticket)?, CHEATER, program, "true");
    let (_interrupter, interrupt) = Interrupter::new();
    let cheats = |channel| Cheating::new(channel, plan);
    session::run_over(options, &|_| {}, interrupt, cheats).await
}

fn plan(mutation: Mutation, phase: &'static str) -> Plan {
    Plan {
        mutation,
        target: Target::Phase(phase),
        seed: 3,
    }
}

/// Both name party 2 and the phase, and print no result.
fn is_named(ends: [End; 2], phase: &str) {
    for end in ends {
        end.is(6, "").is_clear();
        end.tells("party 2 broke the protocol").tells(phase);
    }
}

/// Both have the same right result, or an error that a person understands.
fn nobody_is_fooled(mutation: Mutation, phase: &'static str) {
    let ends = session(plan(mutation, phase), "20s");
    let mut results = Vec::new();
    for end in &ends {
        if end.code == 0 {
            assert!(RIGHT.contains(&end.out.as_str()), "{end}");
            results.push(&end.out);
        } else {
            assert!([5, 6].contains(&end.code), "{end}");
            assert_eq!(end.out, "", "{end}");
            end.is_clear();
        }
    }
    results.dedup();
    assert!(results.len() <= 1, "different results");
}

/// Shows that the harness itself does no harm.
#[test]
fn an_honest_party_in_the_cheaters_place_brings_a_result() {
    for end in session(plan(Mutation::None, ""), "5m") {
        end.is(0, RIGHT[1]);
    }
}

/// A share that is missing is neither checked nor used by the engine: without the guard, result bits flip.
#[test]
fn missing_output_shares_are_named() {
    let phase = "output wire shares";
    is_named(session(plan(Mutation::AllMissing, phase), "5m"), phase);
}

#[test]
fn short_vectors_are_named() {
    for phase in ["dvalue", "fashare ver"] {
        is_named(session(plan(Mutation::Shorten, phase), "5m"), phase);
    }
}

/// What comes instead of it is the next message, which no honest engine sends there.
#[test]
fn a_message_left_out_is_named() {
    is_named(session(plan(Mutation::Drop, "faand"), "5m"), "faand");
}

#[test]
fn one_who_keeps_its_last_message_is_named() {
    for end in session(plan(Mutation::Drop, "output wire shares"), "3s") {
        end.is(5, "").tells("party 2").is_clear();
    }
}

#[test]
fn flipped_bits_fool_nobody() {
    for phase in [
        "CO_OT_c0c1",
        "KOS_OT_corr",
        "flaand",
        "preprocessed gates",
        "masked inputs",
    ] {
        nobody_is_fooled(Mutation::Flip, phase);
    }
}

#[test]
fn zeros_and_messages_in_the_wrong_place_fool_nobody() {
    nobody_is_fooled(Mutation::Zero, "haand");
    nobody_is_fooled(Mutation::Zero, "output wire shares");
    nobody_is_fooled(Mutation::Swap, "flaand comm");
    nobody_is_fooled(Mutation::Misdirect, "wire shares");
    nobody_is_fooled(Mutation::Replay, "RNG ver");
}

#[test]
fn a_late_message_does_no_harm() {
    for end in session(plan(Mutation::Delay, "flaand hash"), "5m") {
        end.is(0, RIGHT[1]);
    }
}
