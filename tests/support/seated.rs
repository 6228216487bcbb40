//! Somebody who takes a seat like any joiner, and then does as a test wants.

use std::net::Ipv4Addr;

use iroh::SecretKey;
use iroh_mpc::{
    lobby::{Command, LobbyHandle, News},
    node::{Node, NodeConfig, Relay},
    proto::{
        roster::{Config, Event, Role, Roster},
        seal::SessionKey,
    },
    ticket::Ticket,
};
use zeroize::Zeroizing;

use crate::process::BOUND;

/// A party that holds the roster and has not said that it is ready. Its lobby speaks for it as long as it lives.
pub struct Member {
    pub node: Node,
    // Not every test signs.
    #[allow(dead_code)]
    pub secret: SecretKey,
    // Not every test has more to say there.
    #[allow(dead_code)]
    pub lobby: LobbyHandle,
    pub key: SessionKey,
    pub roster: Roster,
}

impl Member {
    /// Takes the lowest free seat and waits for the roster.
    pub async fn seated(ticket: &Ticket) -> Self {
        let secret = SecretKey::generate();
        let node = Node::bind(NodeConfig {
            secret_key: secret.clone(),
            relay: Relay::Disabled,
            bind: vec![(Ipv4Addr::LOCALHOST, 0).into()],
        });
        let node = node.await.expect("a node");
        let config = Config {
            secret: secret.clone(),
            session: ticket.secret.lobby_topic(),
            instance: 1,
            nonce: [1; 32],
            first_counter: 1,
            unix_time: 1,
            peer_timeout: BOUND,
            stall_timeout: BOUND,
        };
        let role = Role::Joiner {
            host: ticket.host.id,
            program: ticket.program,
            seat: None,
        };
        let lobby = LobbyHandle::open(&node, config, role, Some(ticket.host.clone())).await;
        let mut lobby = lobby.expect("a lobby");
        let key = SessionKey::from_random(Zeroizing::new([1; 32]));
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
        Self {
            node,
            secret,
            lobby,
            key,
            roster,
        }
    }
}
