//! What carries the packets between two parties: the pair's gossip topic, or QUIC streams of their own.
//!
//! Both promise little: a packet may be lost with its connection, or come late. The line above them keeps order and repeats
//! what is missing. Sending never waits for the peer's engine.

use bytes::Bytes;
use futures::{FutureExt, StreamExt};
use iroh::{EndpointAddr, EndpointId};
use iroh_gossip::api::{Event as GossipEvent, GossipReceiver, GossipSender, GossipTopic};
use tokio::sync::{mpsc, watch};

use super::direct;
use crate::{
    error::Error,
    node::Node,
    proto::wire::{Digest, Transport},
};

/// What happens between two parties.
#[derive(Debug)]
pub(super) enum Event {
    /// The peer can be sent to.
    Up,
    /// It can't any more.
    Down,
    /// It has made another connection, which is used from now on.
    Renewed,
    /// The peer sent this.
    Packet(Bytes),
}

/// Opens the carrier to a peer. Nothing is connected yet.
pub(super) async fn open(
    node: &Node,
    transport: Transport,
    topic: Digest,
    peer: EndpointId,
) -> Result<(Sender, Receiver), Error> {
    Ok(match transport {
        Transport::Gossip => {
            let topic: GossipTopic = node.subscribe_pair(topic).await?;
            let (sender, topic) = topic.split();
            let receiver = Receiver::Gossip {
                peer,
                topic,
                arrivals: node.expect_pair(peer),
            };
            (Sender::Gossip(sender), receiver)
        }
        Transport::Direct => {
            let (packets, events) = direct::open(node.expect_direct(peer));
            (Sender::Direct(packets), Receiver::Direct(events))
        }
    })
}

/// The sending half.
#[derive(Debug)]
pub(super) enum Sender {
    Gossip(GossipSender),
    Direct(mpsc::Sender<Bytes>),
}

impl Sender {
    /// Hands a packet over. `Err` if nothing can be sent any more.
    pub(super) async fn send(&self, packet: Bytes) -> Result<(), ()> {
        match self {
            Self::Gossip(topic) => topic.broadcast_neighbors(packet).await.map_err(|_| ()),
            Self::Direct(packets) => packets.send(packet).await.map_err(|_| ()),
        }
    }

    /// Connects to the peer, once; [`Event::Up`] tells of success, and may yet get lost.
    pub(super) fn dial(
        &self,
        node: &Node,
        peer: EndpointAddr,
    ) -> impl Future<Output = Result<(), String>> + Send + 'static {
        let (node, topic) = match self {
            Self::Gossip(topic) => (node.clone(), Some(topic.clone())),
            Self::Direct(_) => (node.clone(), None),
        };
        async move {
            let id = peer.id;
            match topic {
                Some(topic) => {
                    node.dial_pair(peer).await?;
                    topic.join_peers(vec![id]).await.map_err(|e| e.to_string())
                }
                None => node.dial_direct(peer).await,
            }
        }
    }
}

/// The receiving half.
#[derive(Debug)]
pub(super) enum Receiver {
    Gossip {
        peer: EndpointId,
        topic: GossipReceiver,
        arrivals: watch::Receiver<()>,
    },
    Direct(mpsc::Receiver<Event>),
}

impl Receiver {
    /// The next event. `None` if no other will come. Nothing is lost when this is cancelled.
    pub(super) async fn next(&mut self) -> Option<Event> {
        match self {
            Self::Gossip {
                peer,
                topic,
                arrivals,
            } => loop {
                tokio::select! {
                    event = topic.next() => {
                        if let Some(event) = of_peer(event?.ok()?, peer) {
                            return Some(event);
                        }
                    }
                    Ok(()) = arrivals.changed() => return Some(Event::Renewed),
                }
            },
            Self::Direct(events) => events.recv().await,
        }
    }

    /// The next event if it is there already.
    pub(super) fn try_next(&mut self) -> Option<Event> {
        self.next().now_or_never().flatten()
    }
}

/// What an event of the topic says about the peer. Lagged events are nothing: the line repeats what is missing.
fn of_peer(event: GossipEvent, peer: &EndpointId) -> Option<Event> {
    match event {
        GossipEvent::Received(message) if message.delivered_from == *peer => {
            Some(Event::Packet(message.content))
        }
        GossipEvent::NeighborUp(id) if id == *peer => Some(Event::Up),
        GossipEvent::NeighborDown(id) if id == *peer => Some(Event::Down),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::{
        net::{Ipv4Addr, SocketAddr},
        time::Duration,
    };

    use iroh::SecretKey;
    use tokio::time::timeout;

    use super::*;
    use crate::node::{NodeConfig, Relay};

    const TOPIC: Digest = [7; 32];

    async fn node() -> Node {
        let bound = Node::bind(NodeConfig {
            secret_key: SecretKey::generate(),
            relay: Relay::Disabled,
            bind: vec![SocketAddr::from((Ipv4Addr::LOCALHOST, 0))],
        });
        bound.await.expect("an endpoint")
    }

    async fn renewed(receiver: &mut Receiver) {
        let found = async { while !matches!(receiver.next().await, Some(Event::Renewed)) {} };
        (timeout(Duration::from_secs(20), found).await).expect("in time");
    }

    /// A peer that hears nothing of us dials again. Gossip sends on its connection then and says nothing; without a word of
    /// it we would go on taking our own queue for stuck.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_connection_that_the_peer_makes_is_told() {
        let (here, there) = (node().await, node().await);
        let open = |node: &Node, peer: EndpointId| {
            let node = node.clone();
            async move {
                open(&node, Transport::Gossip, TOPIC, peer)
                    .await
                    .expect("a topic")
            }
        };
        here.admit([there.id()]);
        there.admit([here.id()]);
        let (_sender, mut receiver) = open(&here, there.id()).await;
        let (sender, _receiver) = open(&there, here.id()).await;
        let addr = here.addr().await;
        let dial = || sender.dial(&there, addr.clone());
        dial().await.expect("a connection");
        renewed(&mut receiver).await;
        dial().await.expect("another connection");
        renewed(&mut receiver).await;
        here.shutdown().await;
        there.shutdown().await;
    }
}
