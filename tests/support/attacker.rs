//! One who holds the ticket and has no seat. It speaks through iroh and iroh-gossip directly, so that nothing of ours holds
//! it back.

// Not every test target uses all of it.
#![allow(dead_code)]

use std::{net::Ipv4Addr, sync::mpsc, time::Duration};

use bytes::Bytes;
use futures::StreamExt;
use iroh::{
    Endpoint, EndpointAddr, RelayMode, SecretKey,
    endpoint::{Connection, presets},
};
use iroh_gossip::{
    api::{Event, GossipTopic, JoinOptions},
    net::Gossip,
    proto::TopicId,
};
use iroh_mpc::{
    proto::{
        signed::{Context, Signed, decode},
        wire::Envelope,
    },
    ticket::Ticket,
};
use rand::{RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tokio::time::interval;

pub const LOBBY_ALPN: &[u8] = b"iroh-mpc/lobby/1";
pub const PAIR_ALPN: &[u8] = b"iroh-mpc/pair/1";

/// The attacker's own limit: far above that of its victims.
pub const OVERSIZED: usize = 1 << 20;

/// So many words are said before the others come.
const FIRST_WORDS: usize = 30;

/// Between two words: enough to be heard all the time, and not a test of the machine's speed.
pub const PACE: Duration = Duration::from_millis(5);

/// Told once the attack is under way.
pub type Up = mpsc::Sender<()>;

/// Speaks to a session that it holds the ticket of.
pub struct Attacker {
    pub endpoint: Endpoint,
    pub signer: SecretKey,
    pub ticket: Ticket,
    /// The process that it speaks for.
    pub instance: u64,
    pub rng: ChaCha8Rng,
}

impl Attacker {
    pub async fn new(ticket: Ticket, signer: SecretKey) -> Self {
        let builder = Endpoint::builder(presets::Minimal)
            .relay_mode(RelayMode::Disabled)
            .clear_ip_transports()
            .bind_addr((Ipv4Addr::LOCALHOST, 0));
        let endpoint = builder.expect("an address").bind().await;
        Self {
            endpoint: endpoint.expect("an endpoint"),
            signer,
            ticket,
            instance: 1,
            rng: ChaCha8Rng::seed_from_u64(7),
        }
    }

    pub fn host(&self) -> EndpointAddr {
        self.ticket.host.clone()
    }

    pub async fn connect(&self, alpn: &[u8]) -> Option<Connection> {
        self.endpoint.connect(self.host(), alpn).await.ok()
    }

    /// Joins a topic with the host, by a gossip instance of its own.
    pub async fn enter(&self, alpn: &[u8], topic: [u8; 32]) -> Option<(Gossip, GossipTopic)> {
        let gossip = Gossip::builder()
            .alpn(alpn)
            .max_message_size(OVERSIZED)
            .spawn(self.endpoint.clone());
        let options = JoinOptions::with_bootstrap([]);
        let topic = TopicId::from_bytes(topic);
        let topic = gossip.subscribe_with_opts(topic, options).await.ok()?;
        gossip
            .handle_connection(self.connect(alpn).await?)
            .await
            .ok()?;
        Some((gossip, topic))
    }

    /// Says one word after the other in the lobby, and comes back whenever it is thrown out. The words are made with what
    /// was heard last.
    pub async fn talk(mut self, up: Up, word: fn(&mut Self, usize, &Bytes) -> Bytes) {
        let mut said = 0;
        let mut heard = Bytes::new();
        let mut pace = interval(PACE);
        let lobby = self.ticket.secret.lobby_topic();
        // The session is over once the host can't be reached.
        while let Some((_gossip, topic)) = self.enter(LOBBY_ALPN, lobby).await {
            let (sender, mut receiver) = topic.split();
            if sender.join_peers(vec![self.host().id]).await.is_err() {
                continue;
            }
            let mut is_in = false;
            loop {
                tokio::select! {
                    event = receiver.next() => match event {
                        Some(Ok(Event::Received(message))) => heard = message.content,
                        Some(Ok(Event::NeighborUp(_))) => is_in = true,
                        Some(Ok(Event::Lagged)) => {}
                        Some(Ok(Event::NeighborDown(_)) | Err(_)) | None => break,
                    },
                    _ = pace.tick(), if is_in && !heard.is_empty() => {
                        if sender.broadcast(word(&mut self, said, &heard)).await.is_err() {
                            break;
                        }
                        said += 1;
                        if said == FIRST_WORDS {
                            up.send(()).ok();
                        }
                    }
                }
            }
        }
    }

    /// From now on it speaks for the process of whoever uses its key beside it.
    pub fn learn_instance(&mut self, heard: &Bytes) {
        let session = self.ticket.secret.lobby_topic();
        if let Some(signed) = decode::<Signed>(heard)
            && signed.from == self.signer.public()
            && let Some(envelope) = signed.open::<Envelope>(Context::Lobby, &session)
        {
            self.instance = envelope.instance;
        }
    }

    /// All that is said in the lobby, until the host can't be reached any more.
    pub async fn listen(self, up: Up, said: mpsc::Sender<Bytes>) {
        let lobby = self.ticket.secret.lobby_topic();
        while let Some((_gossip, topic)) = self.enter(LOBBY_ALPN, lobby).await {
            let (sender, mut receiver) = topic.split();
            if sender.join_peers(vec![self.host().id]).await.is_err() {
                continue;
            }
            loop {
                match receiver.next().await {
                    Some(Ok(Event::Received(message))) => {
                        said.send(message.content).ok();
                        up.send(()).ok();
                    }
                    Some(Ok(Event::NeighborUp(_) | Event::Lagged)) => {}
                    Some(Ok(Event::NeighborDown(_)) | Err(_)) | None => break,
                }
            }
        }
    }

    pub fn noise(&mut self, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        self.rng.fill_bytes(&mut bytes);
        bytes
    }
}
