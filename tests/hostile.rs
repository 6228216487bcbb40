//! Somebody who holds the ticket but has no seat does its worst, and the session completes all the same.
//!
//! The attacker speaks through iroh and iroh-gossip directly, so that nothing of ours holds it back.

#[path = "support/process.rs"]
mod process;

use std::{net::Ipv4Addr, sync::mpsc, time::Duration};

use bytes::Bytes;
use futures::{FutureExt, StreamExt, future::BoxFuture};
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
        signed::{Context, Signed},
        wire::{
            Body, Envelope, Holder, MAX_LOBBY_BYTES, Refusal, Terms, Transport, VERSIONS, WireFault,
        },
    },
    ticket::Ticket,
};
use process::{BOUND, Line, Party, shipped};
use rand::{Rng, RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tokio::{runtime::Runtime, time::interval};

const LOBBY_ALPN: &[u8] = b"iroh-mpc/lobby/1";
const PAIR_ALPN: &[u8] = b"iroh-mpc/pair/1";

/// The attacker's own limit: far above that of its victims.
const OVERSIZED: usize = 1 << 20;

/// So many words are said before the others come.
const FIRST_WORDS: usize = 30;

/// Between two words: enough to be heard all the time, and not a test of the machine's speed.
const PACE: Duration = Duration::from_millis(5);

/// Told once the attack is under way.
type Up = mpsc::Sender<()>;
type Attack = fn(Attacker, Up) -> BoxFuture<'static, ()>;

/// A session of three completes while the attack goes on from before the joiners come until after the result.
fn survives(attack: Attack) {
    let (parties, runtime) = under(attack, &SecretKey::generate(), &SecretKey::generate());
    let ends = parties.map(Party::end);
    runtime.shutdown_background();
    for end in ends {
        end.is(0, "6\n");
        assert!(!end.err.contains("error"), "{end}");
    }
}

/// Starts a session under an attack. The attacker signs what it says with a key of our choice.
fn under(attack: Attack, signer: &SecretKey, host: &SecretKey) -> ([Party; 3], Runtime) {
    let with = ["--program", &shipped("add"), "--input", "2"];
    let host: String = host.to_bytes().map(|byte| format!("{byte:02x}")).concat();
    let mut host = Line::host(&with).env("IROH_SECRET", host).start();
    let ticket = host.ticket();
    let target = Ticket::parse(&ticket).expect("a ticket");
    let runtime = Runtime::new().expect("a runtime");
    let (up, is_up) = mpsc::channel();
    let signer = signer.clone();
    runtime.spawn(async move { attack(Attacker::new(target, signer).await, up).await });
    is_up.recv_timeout(BOUND).expect("the attack goes on");
    let [one, two] = [Line::join(&ticket, &with), Line::join(&ticket, &with)].map(Line::start);
    ([host, one, two], runtime)
}

struct Attacker {
    endpoint: Endpoint,
    signer: SecretKey,
    ticket: Ticket,
    rng: ChaCha8Rng,
}

impl Attacker {
    async fn new(ticket: Ticket, signer: SecretKey) -> Self {
        let builder = Endpoint::builder(presets::Minimal)
            .relay_mode(RelayMode::Disabled)
            .clear_ip_transports()
            .bind_addr((Ipv4Addr::LOCALHOST, 0));
        let endpoint = builder.expect("an address").bind().await;
        Self {
            endpoint: endpoint.expect("an endpoint"),
            signer,
            ticket,
            rng: ChaCha8Rng::seed_from_u64(7),
        }
    }

    fn host(&self) -> EndpointAddr {
        self.ticket.host.clone()
    }

    async fn connect(&self, alpn: &[u8]) -> Option<Connection> {
        self.endpoint.connect(self.host(), alpn).await.ok()
    }

    /// Joins a topic with the host, by a gossip instance of its own.
    async fn enter(&self, alpn: &[u8], topic: [u8; 32]) -> Option<(Gossip, GossipTopic)> {
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
    async fn talk(mut self, up: Up, word: fn(&mut Self, usize, &Bytes) -> Bytes) {
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

    fn noise(&mut self, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        self.rng.fill_bytes(&mut bytes);
        bytes
    }
}

#[test]
fn garbage_in_the_lobby_is_ignored() {
    survives(|attacker, up| {
        let word = |attacker: &mut Attacker, _: usize, _: &Bytes| {
            let length = attacker.rng.random_range(0..=MAX_LOBBY_BYTES);
            attacker.noise(length).into()
        };
        attacker.talk(up, word).boxed()
    });
}

#[test]
fn oversized_frames_in_the_lobby_are_ignored() {
    survives(|attacker, up| {
        // Just too long for the lobby, just too long for the others' gossip, and much too long.
        let word = |attacker: &mut Attacker, said: usize, _: &Bytes| {
            let lengths = [MAX_LOBBY_BYTES + 1, MAX_LOBBY_BYTES + 600, OVERSIZED / 2];
            attacker.noise(lengths[said % lengths.len()]).into()
        };
        attacker.talk(up, word).boxed()
    });
}

#[test]
fn what_others_said_counts_neither_changed_nor_repeated() {
    survives(|attacker, up| {
        let word = |attacker: &mut Attacker, said: usize, heard: &Bytes| {
            let mut bytes = heard.to_vec();
            if bytes.is_empty() || said.is_multiple_of(2) {
                return bytes.into();
            }
            let at = attacker.rng.random_range(0..bytes.len());
            bytes[at] ^= 1 << attacker.rng.random_range(0..8);
            bytes.into()
        };
        attacker.talk(up, word).boxed()
    });
}

#[test]
fn statements_of_one_who_has_no_say_are_ignored() {
    survives(states);
}

/// Shows that the test above could fail.
#[test]
fn the_same_statements_end_the_session_if_the_host_signs_them() {
    let secret = SecretKey::generate();
    let ([host, one, two], _runtime) = under(states, &secret, &secret);
    for joiner in [one, two] {
        let end = joiner.end();
        assert!(end.code == 4 || end.code == 6, "{end}");
        end.is_clear();
    }
    drop(host);
}

fn states(attacker: Attacker, up: Up) -> BoxFuture<'static, ()> {
    let word = |attacker: &mut Attacker, said: usize, _: &Bytes| {
        let bodies = statements(attacker);
        let body = bodies[said % bodies.len()].clone();
        // Later than all that the host says itself.
        let counter = u64::MAX / 2 + said as u64;
        let (signer, session) = (&attacker.signer, attacker.ticket.secret.lobby_topic());
        let envelope = Envelope {
            instance: 1,
            counter,
            body,
        };
        let mut signed = Signed::new(signer, Context::Lobby, &session, &envelope);
        if said / bodies.len() % 2 == 1 {
            // In the host's name, but with no signature of the host.
            signed.from = attacker.ticket.host.id;
        }
        postcard::to_stdvec(&signed).expect("bytes").into()
    };
    attacker.talk(up, word).boxed()
}

/// All that could do harm if it were believed.
fn statements(attacker: &Attacker) -> Vec<Body> {
    let (host, me) = (attacker.ticket.host.id, attacker.endpoint.id());
    let holder = Holder {
        id: me,
        instance: 1,
        announced: true,
    };
    let terms = Terms {
        versions: VERSIONS.into(),
        program: attacker.ticket.program,
        parties: 3,
        output_parties: vec![2],
        evaluator: 2,
        optimize: true,
        transport: Transport::Gossip,
    };
    let abort = |party| Body::Abort {
        kind: WireFault::BrokeProtocol,
        party,
        phase: "\u{1b}[2J lobby".into(),
    };
    let refuse = |to| Body::Refuse {
        to,
        instance: 1,
        why: Refusal::Full,
    };
    vec![
        abort(None),
        abort(Some(0)),
        abort(Some(u16::MAX)),
        refuse(host),
        refuse(me),
        // No seat is free at these, so nothing is reserved for the attacker.
        Body::Ask { seat: Some(0) },
        Body::Ask {
            seat: Some(u16::MAX),
        },
        Body::Board {
            terms,
            seats: vec![Some(holder); 3],
        },
        Body::Roster(Vec::new()),
        Body::Reveal {
            roster: [0; 32],
            nonce: [0; 32],
        },
        Body::Ready {
            roster: [0; 32],
            circuit: [0; 32],
        },
        Body::Heard { of: host },
    ]
}

#[test]
fn topics_can_be_guessed_without_harm() {
    survives(|attacker, up| {
        async move {
            let lobby = attacker.ticket.secret.lobby_topic();
            let guesses = [
                (LOBBY_ALPN, [0; 32]),
                (
                    LOBBY_ALPN,
                    blake3::derive_key("iroh-mpc 1 pair topic", &lobby),
                ),
                (PAIR_ALPN, lobby),
                (PAIR_ALPN, blake3::derive_key("iroh-mpc 1 pair topic", &[])),
                (
                    PAIR_ALPN,
                    blake3::derive_key("iroh-mpc 1 pair topic", &lobby),
                ),
            ];
            let mut topics = Vec::new();
            for (alpn, guess) in guesses {
                let (gossip, topic) = attacker.enter(alpn, guess).await.expect("a way in");
                let (sender, receiver) = topic.split();
                sender
                    .join_peers(vec![attacker.host().id])
                    .await
                    .expect("asked");
                topics.push((gossip, sender, receiver));
            }
            up.send(()).ok();
            let mut pace = interval(PACE);
            loop {
                pace.tick().await;
                for (_, sender, _) in &topics {
                    sender.broadcast_neighbors(vec![0; 1000].into()).await.ok();
                    sender.broadcast(vec![0; 1000].into()).await.ok();
                }
            }
        }
        .boxed()
    });
}

#[test]
fn a_crowd_at_the_doors_holds_nobody_up() {
    survives(|mut attacker, up| {
        async move {
            // More than are held at the pairs' door, and as many streams of noise at the lobby's.
            let mut crowd = Vec::new();
            for _ in 0..150 {
                crowd.extend(attacker.connect(PAIR_ALPN).await);
            }
            for _ in 0..20 {
                let connection = attacker.connect(LOBBY_ALPN).await.expect("a connection");
                let noise = attacker.noise(100_000);
                if let Ok(mut stream) = connection.open_uni().await {
                    stream.write_all(&noise).await.ok();
                    stream.finish().ok();
                }
                crowd.push(connection);
            }
            up.send(()).ok();
            futures::future::pending().await
        }
        .boxed()
    });
}
