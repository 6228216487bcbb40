//! A party in the test's own process, so that the test can put a channel of its own around the session's.

use std::{net::Ipv4Addr, time::Duration};

use futures::{FutureExt, future};
use iroh::SecretKey;
use iroh_mpc::{
    engine,
    node::{NodeConfig, Relay},
    program::{Contribution, InputState, Program},
    session::{Consent, Entry, Options},
    ticket::Ticket,
};

/// Joins on the loopback interface, with a program that takes no constants.
pub fn joiner(ticket: Ticket, seat: usize, program: Program, literal: &str) -> Options {
    let input = program.parse_input(seat, literal).expect("an input");
    let brought = Contribution {
        consts: program.given_constants(seat),
        input: InputState::Read(input),
    };
    Options {
        entry: Entry::Join {
            ticket,
            seat: Some(seat.to_string()),
        },
        program: Some(program),
        consent: Consent::Given,
        compiled: None,
        input: Box::new(|_, _| future::ready(Ok(brought)).boxed()),
        spill_gates: engine::SPILL_GATES,
        node: NodeConfig {
            secret_key: SecretKey::generate(),
            relay: Relay::Disabled,
            bind: vec![(Ipv4Addr::LOCALHOST, 0).into()],
        },
        wait: None,
        peer_timeout: Duration::from_secs(30),
        stall_timeout: Duration::from_secs(300),
    }
}
