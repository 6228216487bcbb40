//! Two that both send before either receives. Gossip's one actor waits for room in its peer's queue before it takes anything
//! in, so on a bare topic two floods that meet stop each other for ever. The channel gets as much across.

#[path = "support/process.rs"]
mod process;
#[path = "support/seated.rs"]
mod seated;

use std::{ops::Range, time::Duration};

use futures::{StreamExt, future};
use iroh_gossip::api::{Event as GossipEvent, GossipReceiver, GossipSender};
use iroh_mpc::proto::{link::wire::FRAME_BYTES, wire::Transport};
use polytune::channel::Channel;
use process::BOUND;
use seated::{Member, Started};
use tokio::{sync::watch, time::timeout};

/// Messages in both directions: as many as a link has credit for before the peer's engine takes the first.
const MESSAGES: Range<u8> = 0..8;

/// All of them together are 1,500 packets each way, more than gossip's queues hold: 1,024 for what has come, 64 for what goes
/// out, and what is on the way.
const MESSAGE_BYTES: usize = 12 << 20;

/// Frames of a flood: several times as many, since one may begin late.
const FLOOD: Range<u64> = 0..4000;

/// Floods that are not done, and of which neither moves for so long, have stopped each other.
const STILL: Duration = Duration::from_secs(10);

#[tokio::test(flavor = "multi_thread")]
async fn what_both_send_first_arrives_in_order() {
    for transport in [Transport::Gossip, Transport::Direct] {
        let parties = Member::two(transport).await;
        let starts = parties.map(|member| member.start([0; 32], transport, MESSAGE_BYTES));
        let [a, b] = starts;
        let (a, b) = future::join(a, b).await;
        let exchange = async {
            future::join(send(&a, 1), send(&b, 0)).await;
            future::join(receive(&a, 1), receive(&b, 0)).await;
        };
        let exchanged = timeout(BOUND, exchange).await;
        exchanged.unwrap_or_else(|_| panic!("{transport:?}: not all has arrived"));
    }
}

async fn send(from: &Started, to: usize) {
    for number in MESSAGES {
        let message = vec![number; MESSAGE_BYTES];
        let sent = from.channel.send_bytes_to(to, message, "").await;
        sent.expect("a living session");
    }
}

async fn receive(at: &Started, from: usize) {
    for number in MESSAGES {
        let received = at.channel.recv_bytes_from(from, "").await;
        let received = received.expect("a living session");
        assert_eq!(received.len(), MESSAGE_BYTES);
        assert!(
            received.iter().all(|byte| *byte == number),
            "{number} is missing"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_bare_topic_they_stop_each_other() {
    let parties = Member::two(Transport::Gossip).await;
    let [a, b] = topic(&parties).await;
    let (moved, mut moves) = watch::channel(());
    let floods = future::join(flood(&a.0, &moved), flood(&b.0, &moved));
    let stopped = async { while timeout(STILL, moves.changed()).await.is_ok() {} };
    let stopped = async {
        tokio::select! {
            () = stopped => true,
            _ = floods => false,
        }
    };
    assert_eq!(
        timeout(BOUND, stopped).await,
        Ok(true),
        "gossip has no deadlock any more: this test and the link's bounds can go"
    );
}

/// Hands over frames like the link's, without waiting for any answer.
async fn flood(topic: &GossipSender, moved: &watch::Sender<()>) {
    for number in FLOOD {
        let mut frame = vec![0; FRAME_BYTES];
        frame[..8].copy_from_slice(&number.to_le_bytes());
        let sent = topic.broadcast_neighbors(frame.into()).await;
        sent.expect("a living topic");
        moved.send_replace(());
    }
}

/// Both ends of a topic on which the two are neighbours.
async fn topic([a, b]: &[Member; 2]) -> [(GossipSender, GossipReceiver); 2] {
    let ends = [a, b].map(|member| async {
        let topic = member.node.subscribe_pair([3; 32]).await;
        topic.expect("a topic").split()
    });
    let mut ends: [_; 2] = future::join_all(ends).await.try_into().expect("two");
    for member in [a, b] {
        let ids = member.roster.parties.iter().map(|party| party.id);
        member.node.admit(ids);
    }
    let peer = a.roster.parties[1].clone();
    a.node.dial_pair(peer.addr).await.expect("a connection");
    ends[0].0.join_peers(vec![peer.id]).await.expect("asked");
    for (_, events) in &mut ends {
        while !matches!(events.next().await, Some(Ok(GossipEvent::NeighborUp(_)))) {}
    }
    ends
}
