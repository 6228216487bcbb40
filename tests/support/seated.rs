//! Somebody who takes a seat like any party, and then does as a test wants.

// Not every test target uses all of it.
#![allow(dead_code)]

use std::{net::Ipv4Addr, time::Duration};

use futures::future;
use iroh::{EndpointAddr, SecretKey};
use iroh_mpc::{
    channel::{self, IrohChannel, Lines, Pairs},
    end::SessionEnd,
    lobby::{Command, LobbyHandle, News},
    node::{Node, NodeConfig, Relay},
    proto::{
        roster::{Config, Event, Role, Roster},
        seal::SessionKey,
        wire::{Digest, Terms, Transport, VERSIONS},
    },
    ticket::Ticket,
};
use zeroize::Zeroizing;

use crate::process::BOUND;

const SESSION: Digest = [1; 32];
const PROGRAM: Digest = [2; 32];

/// A party that holds the roster and has not said that it is ready. Its lobby speaks for it as long as it lives.
pub struct Member {
    pub node: Node,
    pub secret: SecretKey,
    pub lobby: LobbyHandle,
    pub key: SessionKey,
    pub roster: Roster,
    /// Of its lines.
    pub peer_timeout: Duration,
}

/// One that has no seat yet.
struct Entrant {
    node: Node,
    secret: SecretKey,
}

impl Entrant {
    async fn new() -> Self {
        let secret = SecretKey::generate();
        let node = Node::bind(NodeConfig {
            secret_key: secret.clone(),
            relay: Relay::Disabled,
            bind: vec![(Ipv4Addr::LOCALHOST, 0).into()],
        });
        let node = node.await.expect("a node");
        Self { node, secret }
    }

    /// Takes a seat and waits for the roster.
    async fn sit(self, session: Digest, role: Role, host: Option<EndpointAddr>) -> Member {
        let Self { node, secret } = self;
        let config = Config {
            secret: secret.clone(),
            session,
            instance: 1,
            nonce: [1; 32],
            first_counter: 1,
            unix_time: 1,
            peer_timeout: BOUND,
            stall_timeout: BOUND,
        };
        let lobby = LobbyHandle::open(&node, config, role, host).await;
        let mut lobby = lobby.expect("a lobby");
        let key = SessionKey::from_random(Zeroizing::new(secret.to_bytes()));
        let roster = loop {
            match lobby.next().await.expect("an open lobby") {
                News::Event(Event::Seated { .. }) => {
                    let addr = node.addr().await;
                    lobby.tell(Command::Announce(addr, key.public(), Default::default()));
                }
                News::Event(Event::Roster(roster)) => break roster,
                _ => {}
            }
        };
        Member {
            node,
            secret,
            lobby,
            key,
            roster,
            peer_timeout: BOUND,
        }
    }
}

impl Member {
    /// Takes the lowest free seat and waits for the roster.
    pub async fn seated(ticket: &Ticket) -> Self {
        let role = Role::Joiner {
            host: ticket.host.id,
            program: ticket.program,
            seat: None,
        };
        let session = ticket.secret.lobby_topic();
        let entrant = Entrant::new().await;
        entrant.sit(session, role, Some(ticket.host.clone())).await
    }

    /// A host and a joiner, alone in their session.
    pub async fn two(transport: Transport) -> [Self; 2] {
        let (addr, host) = Self::host(transport).await;
        future::join(host, Self::joiner(addr)).await.into()
    }

    /// A host of two, and where its joiner finds it.
    pub async fn host(transport: Transport) -> (EndpointAddr, impl Future<Output = Self>) {
        let entrant = Entrant::new().await;
        let addr = entrant.node.addr().await;
        let role = Role::Host {
            terms: Terms {
                versions: VERSIONS.into(),
                program: PROGRAM,
                parties: 2,
                output_parties: vec![0],
                evaluator: 0,
                optimize: true,
                transport,
            },
            seat: 0,
            allow: None,
        };
        (addr, entrant.sit(SESSION, role, None))
    }

    /// Who joins a host of two.
    pub async fn joiner(host: EndpointAddr) -> Self {
        let role = Role::Joiner {
            host: host.id,
            program: PROGRAM,
            seat: None,
        };
        Entrant::new().await.sit(SESSION, role, Some(host)).await
    }

    /// Agrees to a circuit, and starts with everybody else.
    pub async fn start(
        mut self,
        circuit: Digest,
        transport: Transport,
        max_message: usize,
    ) -> Started {
        let seat = self.roster.seat(&self.secret.public());
        let config = channel::Config {
            party: seat.expect("a seat"),
            transport,
            max_message,
            peer_timeout: self.peer_timeout,
            stall_timeout: BOUND,
        };
        let end = SessionEnd::default();
        let pairs = Pairs::connect(&self.node, &self.roster, &self.key, config, end);
        let pairs = pairs.await.expect("pairs");
        self.lobby.tell(Command::Confirm(circuit));
        let seed = loop {
            if let News::Event(Event::Start { seed }) = self.lobby.next().await.expect("a lobby") {
                break seed;
            }
        };
        let (channel, lines) = pairs.start(seed);
        Started {
            channel,
            lines,
            member: self,
        }
    }
}

/// A member whose channel is there, with its heartbeats.
pub struct Started {
    pub channel: IrohChannel,
    pub lines: Lines,
    pub member: Member,
}
