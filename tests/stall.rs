//! A party that is there, and can be heard, but does nothing: the others name it after the stall timeout. One that has finished
//! and is gone keeps nobody.

#[path = "support/process.rs"]
mod process;
#[path = "support/seated.rs"]
mod seated;

use std::{path::Path, time::Duration};

use iroh_mpc::{
    program::{Backend, Program, Source},
    proto::wire::Transport,
    ticket::Ticket,
};
use process::{Line, Party, shipped};
use seated::Member;
use tokio::{
    runtime::{self, Runtime},
    time::timeout,
};

/// After the stall timeout of 3 s, a party has five more to end.
const WITHIN: Duration = Duration::from_secs(8);

/// More than the engine ever sends for a program of this size.
const MAX_MESSAGE_BYTES: usize = 1 << 20;

/// The host of a session of two, whose other party a test plays.
fn host() -> (Party, Ticket, Runtime) {
    let program = shipped("millionaires");
    let with = ["--program", &program, "--input", "2", "--json"];
    let mut host = Line::host(&with).and(&["--stall-timeout", "3s"]).start();
    let ticket = Ticket::parse(&host.ticket()).expect("a ticket");
    (host, ticket, Runtime::new().expect("a runtime"))
}

#[test]
fn one_that_is_never_ready_is_named() {
    let (host, ticket, runtime) = host();
    let _member = runtime.block_on(Member::seated(&ticket));
    let end = host.end_within(WITHIN);
    assert_eq!(end.code, 4, "{end}");
    end.is_clear()
        .tells("party 1 makes no progress while others wait for it (phase: ready)");
}

#[test]
fn one_whose_engine_never_speaks_is_named() {
    let (mut host, ticket, runtime) = host();
    // Compiled beforehand, so that we are ready in time.
    let source = Source::load(Path::new(&shipped("millionaires")));
    let program = Program::check(source.expect("a program")).expect("a good program");
    let compiled = program.compile(Backend::Optimized).expect("a circuit");
    // The channel is there, with its heartbeats, and no engine uses it.
    let _idle = runtime.block_on(async {
        let member = Member::seated(&ticket).await;
        let start = member.start(compiled.digest(), Transport::Gossip, MAX_MESSAGE_BYTES);
        start.await
    });
    host.event("started");
    let end = host.end_within(WITHIN);
    assert_eq!(end.code, 5, "{end}");
    end.is_clear()
        .tells("party 1 makes no progress while others wait for it (phase: ");
}

/// As if its machine had gone: nothing is closed, and nothing is acknowledged.
#[test]
fn one_that_vanishes_once_it_has_finished_is_not_waited_for() {
    const PEER_TIMEOUT: Duration = Duration::from_secs(6);
    // Before iroh gives a silent path up, after 15 s.
    const FAREWELL: Duration = Duration::from_secs(10);
    for transport in [Transport::Gossip, Transport::Direct] {
        let start = move |mut member: Member| {
            member.peer_timeout = PEER_TIMEOUT;
            member.start([0; 32], transport, MAX_MESSAGE_BYTES)
        };
        let here = Runtime::new().expect("a runtime");
        let (addr, host) = here.block_on(Member::host(transport));
        let host = here.spawn(async move { start(host.await).await });
        // Stands still but for what is waited for.
        let there = runtime::Builder::new_current_thread().enable_all().build();
        let there = there.expect("a runtime");
        let joiner = there.block_on(async { start(Member::joiner(addr).await).await });
        there.block_on(async {
            joiner.lines.heard(0).await;
            joiner.lines.finish(None).await;
            joiner.lines.finish_known().await;
        });
        here.block_on(async {
            let host = host.await.expect("no panic");
            host.lines.heard(1).await;
            host.lines.finish(None).await;
            let known = timeout(FAREWELL, host.lines.finish_known()).await;
            known.unwrap_or_else(|_| panic!("{transport:?}: still waited for"));
        });
    }
}
