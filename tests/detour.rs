//! Two parties without a path to each other: one speaks IPv4 alone, the other IPv6 alone. The host speaks both.

#![allow(clippy::print_stdout, clippy::print_stderr)]

#[path = "support/process.rs"]
mod process;

use std::net::UdpSocket;

use process::{Folder, Line, Party, shipped};

/// Takes a few seconds: long enough to do something to it.
const LONG: &str = "pub fn main(a: u32, b: u32, c: u32) -> u32 {
    let mut x = a;
    for i in 0u32..12u32 {
        x = (x & 65535u32) * (b & 65535u32) ^ c;
    }
    x
}
";

const IPV4: [&str; 2] = ["--bind", "127.0.0.1:0"];
const IPV6: [&str; 2] = ["--bind", "[::1]:0"];

/// `iroh-mpc` on these sockets of the loopback interface.
fn line(first: &[&str], sockets: &[&str], program: &str, input: &str) -> Line {
    let terms = ["--relay", "disabled", "--json", "--program", program];
    Line::new(first)
        .and(&terms)
        .and(&["--input", input])
        .and(sockets)
}

/// Whether the loopback interface has IPv6, too. A machine that stands for all others must have it: nobody reads its skips.
fn has_both() -> bool {
    let both = UdpSocket::bind("[::1]:0").is_ok();
    let why = "this machine's loopback interface has no IPv6";
    let is_ci = std::env::var_os("CI").is_some();
    assert!(both || !is_ci, "{why}, which these tests need");
    if !both {
        println!("skipped: {why}");
    }
    both
}

const TRANSPORTS: [&str; 2] = ["gossip", "direct"];

/// The parties' processes by seat, as soon as all have their seats: 1 and 2 have no path to each other.
fn parties(transport: &str, program: &str, inputs: [&str; 3]) -> Vec<Party> {
    let both = [IPV4, IPV6].concat();
    let first = ["new", "--transport", transport];
    let mut host = line(&first, &both, program, inputs[0]).start();
    let ticket = host.ticket();
    let join = |seat: &str, sockets: &[&str], input| {
        let first = ["join", &ticket, "--party", seat];
        line(&first, sockets, program, input).start()
    };
    let (one, two) = (join("1", &IPV4, inputs[1]), join("2", &IPV6, inputs[2]));
    vec![host, one, two]
}

#[test]
fn the_host_passes_on_what_two_others_say_and_they_are_told() {
    if !has_both() {
        return;
    }
    let sessions = TRANSPORTS.map(|it| parties(it, &shipped("add"), ["2", "30", "400"]));
    for party in sessions.into_iter().flatten() {
        let end = party.end();
        let events = end.events();
        let of = |name: &str| events.iter().filter(|event| event["event"] == name).count();
        assert_eq!(end.code, 0, "{end}");
        let result = events.iter().find(|event| event["event"] == "result");
        assert_eq!(result.expect("a result")["value"], "432", "{end}");
        let seat = events.iter().find(|event| event["event"] == "seated");
        let seat = seat.expect("a seat")["party"].as_u64();
        let routes: Vec<_> = (events.iter())
            .filter(|event| event["event"] == "route")
            .map(|event| (event["party"].as_u64(), event["via"].as_u64()))
            .collect();
        match seat {
            Some(0) => assert_eq!(of("route"), 0, "{end}"),
            Some(seat) => {
                assert_eq!(routes, [(Some(3 - seat), Some(0))], "{end}");
                let told = format!("party {}: party 0 passes on", 3 - seat);
                end.tells(&told);
            }
            None => panic!("no seat: {end}"),
        }
    }
}

#[cfg(unix)]
#[test]
fn a_forwarder_that_leaves_ends_the_session_by_name() {
    if !has_both() {
        return;
    }
    let folder = Folder::new();
    let program = folder.file("long.garble.rs", LONG);
    for transport in TRANSPORTS {
        let mut parties = parties(transport, &program, ["5", "6", "7"]);
        for party in &mut parties[1..] {
            party.event("route");
        }
        parties[0].signal("INT");
        let mut ends = parties.into_iter().map(Party::end);
        assert_eq!(ends.next().expect("the host").code, 130);
        for end in ends {
            assert_eq!(end.code, 5, "{end}");
            end.tells("party 0 was interrupted").is_clear();
        }
    }
}
