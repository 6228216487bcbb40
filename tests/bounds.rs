//! What a party uses is bounded: its memory under a flood, and descriptors and tasks over many sessions in one process.

#![cfg(target_os = "linux")]
#![allow(clippy::print_stdout)]

#[path = "support/process.rs"]
mod process;
#[path = "support/seated.rs"]
mod seated;

use std::{
    net::Ipv4Addr,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use bytes::Bytes;
use futures::StreamExt;
use iroh::{Endpoint, RelayMode, endpoint::presets};
use iroh_gossip::{
    api::{Event as GossipEvent, GossipSender, JoinOptions},
    net::Gossip,
    proto::TopicId,
};
use iroh_mpc::{
    program::{Backend, Program, Source},
    proto::wire::MAX_LOBBY_BYTES,
    session::Interrupter,
    simulate::{self, Simulation, Transport},
    ticket::Ticket,
};
use process::{BOUND, Line, Party, shipped};
use seated::Member;
use tokio::{runtime::Runtime, sync::mpsc};

/// How long a flood lasts: several times the time that gossip keeps a message.
const FLOOD: Duration = Duration::from_secs(12);

/// What a flood may cost: gossip's queue of 2,048 messages for a topic, full of the longest, and as much again for the
/// connection's buffers and the allocator.
const ALLOWED_BYTES: u64 = 2 * 2048 * (64 << 10);

/// As long as a sealed packet of a link.
const NOISE_BYTES: usize = 65_000;

/// Sessions in one process; IROH_MPC_SESSIONS takes another number.
const SESSIONS: usize = 8;

#[test]
fn descriptors_and_tasks_are_back_after_many_sessions() {
    let sessions = std::env::var("IROH_MPC_SESSIONS").ok();
    let sessions = sessions.map_or(SESSIONS, |n| n.parse().expect("a number of sessions"));
    let runtime = Runtime::new().expect("a runtime");
    // The first makes what stays: threads of the runtime, sockets of the resolver.
    let warm = |_| runtime.block_on(session());
    (0..2).for_each(warm);
    let before = runtime.block_on(used(None));
    (0..sessions).for_each(|_| runtime.block_on(session()));
    let after = runtime.block_on(used(Some(before)));
    println!("after {sessions} sessions: {after:?}, before: {before:?}");
    assert!(after.within(before), "{before:?}, then {after:?}");
}

async fn session() {
    let program = Program::check(Source::load(shipped("add").as_ref()).expect("a program"));
    let program = program.expect("a good program");
    let compiled = Arc::new(program.compile(Backend::Optimized).expect("a circuit"));
    let input = |party| program.parse_input(party, "2").expect("an input");
    let simulation = Simulation {
        inputs: (0..3).map(input).collect(),
        compiled,
        output_parties: vec![0, 1, 2],
        evaluator: 0,
        transport: Transport::Gossip,
        peer_timeout: BOUND,
        stall_timeout: BOUND,
        program,
    };
    let (_interrupter, interrupt) = Interrupter::new();
    let simulated = simulate::run(simulation, interrupt).await;
    assert_eq!(simulated.expect("a result").value, "6");
}

/// What this process holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Used {
    descriptors: usize,
    tasks: usize,
}

impl Used {
    fn now() -> Self {
        let entries = std::fs::read_dir("/proc/self/fd").expect("our descriptors");
        Self {
            descriptors: entries.count(),
            tasks: tokio::runtime::Handle::current()
                .metrics()
                .num_alive_tasks(),
        }
    }

    fn within(self, limit: Self) -> bool {
        self.descriptors <= limit.descriptors && self.tasks <= limit.tasks
    }
}

/// What is held once all that a session left behind is gone: its tasks end when they are next polled. Waits for the limit, or
/// until nothing has changed for a while.
async fn used(limit: Option<Used>) -> Used {
    let deadline = Instant::now() + Duration::from_secs(20);
    let (mut last, mut since) = (Used::now(), Instant::now());
    loop {
        tokio::time::sleep(Duration::from_millis(50)).await;
        let now = Used::now();
        if now != last {
            (last, since) = (now, Instant::now());
        }
        let is_settled = match limit {
            Some(limit) => now.within(limit),
            None => since.elapsed() > Duration::from_secs(2),
        };
        if is_settled || Instant::now() > deadline {
            return now;
        }
    }
}

#[test]
fn a_flood_in_the_lobby_costs_bounded_memory() {
    let with = ["--program", &shipped("add"), "--input", "2"];
    let mut host = Line::host(&with).start();
    let text = host.ticket();
    let ticket = Ticket::parse(&text).expect("a ticket");
    let runtime = Runtime::new().expect("a runtime");
    let flood = runtime.spawn(flood_lobby(ticket));
    stays_small(&host);
    assert!(!flood.is_finished(), "the flood ended early");
    runtime.shutdown_background();
    let others = [Line::join(&text, &with), Line::join(&text, &with)].map(Line::start);
    for party in others.into_iter().chain([host]) {
        party.end().is(0, "6\n");
    }
}

async fn flood_lobby(ticket: Ticket) {
    let builder = Endpoint::builder(presets::Minimal)
        .relay_mode(RelayMode::Disabled)
        .clear_ip_transports()
        .bind_addr((Ipv4Addr::LOCALHOST, 0));
    let endpoint = builder.expect("an address").bind().await;
    let endpoint = endpoint.expect("an endpoint");
    let alpn = b"iroh-mpc/lobby/1";
    let gossip = Gossip::builder()
        .alpn(alpn)
        .max_message_size(2 * MAX_LOBBY_BYTES)
        .spawn(endpoint.clone());
    let topic = TopicId::from_bytes(ticket.secret.lobby_topic());
    let options = JoinOptions::with_bootstrap([]);
    let topic = gossip.subscribe_with_opts(topic, options).await;
    let (sender, mut receiver) = topic.expect("a topic").split();
    let connection = endpoint.connect(ticket.host.clone(), alpn).await;
    let connection = connection.expect("a connection");
    gossip.handle_connection(connection).await.expect("a peer");
    let host = ticket.host.id;
    sender.join_peers(vec![host]).await.expect("a neighbour");
    while !matches!(receiver.next().await, Some(Ok(GossipEvent::NeighborUp(_)))) {}
    pour(&sender, MAX_LOBBY_BYTES).await;
}

/// Sends messages as fast as they are taken, no two of them equal.
async fn pour(sender: &GossipSender, length: usize) {
    for number in 0_u64.. {
        let mut message = vec![0; length];
        message[..8].copy_from_slice(&number.to_le_bytes());
        let message = Bytes::from(message);
        if sender.broadcast(message).await.is_err() {
            return;
        }
    }
}

#[test]
fn a_flood_of_a_member_on_its_pair_topic_costs_bounded_memory() {
    let program = shipped("millionaires");
    let with = [
        "--program",
        &program,
        "--input",
        "2",
        "--peer-timeout",
        "3s",
    ];
    let mut host = Line::host(&with).start();
    let ticket = Ticket::parse(&host.ticket()).expect("a ticket");
    let runtime = Runtime::new().expect("a runtime");
    let (up, mut is_up) = mpsc::channel(1);
    runtime.spawn(flood_pair(ticket, up));
    is_up.blocking_recv().expect("the flood begins");
    stays_small(&host);
    runtime.shutdown_background();
    // Nothing is wrong with the host: it misses its peer, which never was ready.
    let end = host.end();
    end.is(4, "").is_clear().tells("party 1");
}

/// Sends nothing but noise once it knows the pair's topic.
async fn flood_pair(ticket: Ticket, up: mpsc::Sender<()>) {
    let member = Member::seated(&ticket).await;
    let sender = pair_topic(&member).await;
    up.send(()).await.ok();
    let mut noise = 0_u64;
    loop {
        let mut message = vec![0; NOISE_BYTES];
        message[..8].copy_from_slice(&noise.to_le_bytes());
        noise += 1;
        sender.broadcast_neighbors(message.into()).await.ok();
    }
}

async fn pair_topic(member: &Member) -> GossipSender {
    let Member {
        node, roster, key, ..
    } = member;
    let host = &roster.parties[0];
    let secret = key.agree(&host.key).expect("a good key");
    let topic = secret.topic(&roster.digest, 0, 1);
    let topic = node.subscribe_pair(topic).await;
    let (sender, mut receiver) = topic.expect("a topic").split();
    node.admit(roster.parties.iter().map(|party| party.id));
    node.dial_pair(host.addr.clone())
        .await
        .expect("a connection");
    sender.join_peers(vec![host.id]).await.expect("a neighbour");
    while !matches!(receiver.next().await, Some(Ok(GossipEvent::NeighborUp(_)))) {}
    // Kept open, so that the topic is not left.
    tokio::spawn(async move { while receiver.next().await.is_some() {} });
    sender
}

/// Looks at a party's memory for as long as the flood goes on.
#[track_caller]
fn stays_small(party: &Party) {
    let before = party.resident_bytes();
    let end = Instant::now() + FLOOD;
    let mut most = before;
    while Instant::now() < end {
        most = most.max(party.resident_bytes());
        thread::sleep(Duration::from_millis(100));
    }
    let mib = |bytes: u64| bytes >> 20;
    println!("{} MiB before, {} MiB at most", mib(before), mib(most));
    assert!(most < before + ALLOWED_BYTES, "{} MiB", mib(most));
}
