//! Somebody who holds the ticket but has no seat does its worst, and the session completes all the same. One who has a seat
//! can end the session, but not without an error that a person understands.

#[path = "support/attacker.rs"]
mod attacker;
#[path = "support/process.rs"]
mod process;

use std::{sync::mpsc, time::Duration};

use attacker::{Attacker, LOBBY_ALPN, OVERSIZED, PACE, PAIR_ALPN, Up};
use bytes::Bytes;
use futures::{
    FutureExt,
    future::{BoxFuture, join_all},
};
use iroh::SecretKey;
use iroh_mpc::{
    proto::{
        signed::{Context, Signed},
        wire::{
            Body, Envelope, Holder, MAX_LOBBY_BYTES, Refusal, Terms, Transport, VERSIONS, WireFault,
        },
    },
    ticket::Ticket,
    transfer,
};
use process::{BOUND, Folder, Line, Party, shipped};
use rand::Rng;
use tokio::{runtime::Runtime, time::interval};

type Attack = fn(Attacker, Up) -> BoxFuture<'static, ()>;

/// A session of three completes while the attack goes on from before the joiners come until after the result.
fn survives(attack: Attack) {
    let (parties, runtime) = under(attack, &SecretKey::generate(), strangers(), "10m");
    let ends = parties.map(Party::end);
    runtime.shutdown_background();
    for end in ends {
        end.is(0, "6\n");
        assert!(!end.err.contains("error"), "{end}");
    }
}

/// Three identities that nobody else has.
fn strangers() -> [SecretKey; 3] {
    std::array::from_fn(|_| SecretKey::generate())
}

/// Starts a session under an attack. The attacker signs what it says with a key of our choice.
fn under(
    attack: Attack,
    signer: &SecretKey,
    seats: [SecretKey; 3],
    wait: &str,
) -> ([Party; 3], Runtime) {
    let add = shipped("add");
    let with = ["--program", &add, "--input", "2", "--wait", wait];
    let start = |line: Line, secret: &SecretKey| {
        let secret: String = secret.to_bytes().map(|byte| format!("{byte:02x}")).concat();
        line.env("IROH_SECRET", secret).start()
    };
    let mut host = start(Line::host(&with), &seats[0]);
    let ticket = host.ticket();
    let target = Ticket::parse(&ticket).expect("a ticket");
    let runtime = Runtime::new().expect("a runtime");
    let (up, is_up) = mpsc::channel();
    let signer = signer.clone();
    runtime.spawn(async move { attack(Attacker::new(target, signer).await, up).await });
    is_up.recv_timeout(BOUND).expect("the attack goes on");
    let [one, two] = [1, 2].map(|seat| start(Line::join(&ticket, &with), &seats[seat]));
    ([host, one, two], runtime)
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
    let mut seats = strangers();
    seats[0] = secret.clone();
    let ([host, one, two], _runtime) = under(states, &secret, seats, "10m");
    for joiner in [one, two] {
        let end = joiner.end();
        assert!(end.code == 4 || end.code == 6, "{end}");
        end.is_clear();
    }
    drop(host);
}

/// The attacker is one of the parties, and says all of it in the name of its process.
#[test]
fn a_seated_party_that_says_anything_fools_nobody() {
    let secret = SecretKey::generate();
    let mut seats = strangers();
    seats[2] = secret.clone();
    // One who leaves before the start frees its seat, and the others wait for another as long as they like.
    let ([host, one, two], _runtime) = under(states, &secret, seats, "60s");
    for honest in [host, one] {
        let end = honest.end();
        if end.code == 0 {
            end.is(0, "6\n");
        } else {
            assert!((4..=6).contains(&end.code), "{end}");
            assert_eq!(end.out, "", "{end}");
            end.is_clear();
        }
    }
    drop(two);
}

fn states(attacker: Attacker, up: Up) -> BoxFuture<'static, ()> {
    let word = |attacker: &mut Attacker, said: usize, heard: &Bytes| {
        attacker.learn_instance(heard);
        let bodies = statements(attacker);
        let body = bodies[said % bodies.len()].clone();
        // Later than all that the host says itself.
        let counter = u64::MAX / 2 + said as u64;
        let (signer, session) = (&attacker.signer, attacker.ticket.secret.lobby_topic());
        let envelope = Envelope {
            instance: attacker.instance,
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
        Body::Roster {
            time: 0,
            announcements: Vec::new(),
        },
        Body::Reveal {
            roster: [0; 32],
            nonce: [0; 32],
        },
        Body::Asking { roster: [0; 32] },
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

/// More than the desk serves at once.
const IDLERS: usize = 64;

/// Less than a single request may take: nobody waits for those who ask nothing.
const SERVED: Duration = Duration::from_secs(20);

#[test]
fn a_crowd_at_the_desk_keeps_no_joiner_from_the_program() {
    let folder = Folder::new();
    let program = folder.file(
        "sum.garble.rs",
        "pub fn main(a: u8, b: u8) -> u8 { a + b }\n",
    );
    let mut host = Line::host(&["--program", &program, "--input", "1"]).start();
    let ticket = host.ticket();
    let target = Ticket::parse(&ticket).expect("a ticket");
    let runtime = Runtime::new().expect("a runtime");
    let (up, is_up) = mpsc::channel();
    runtime.spawn(async move {
        let attacker = Attacker::new(target, SecretKey::generate()).await;
        // Whoever is sent away comes again.
        let idle = || async {
            while let Some(connection) = attacker.connect(transfer::ALPN).await {
                up.send(()).ok();
                connection.closed().await;
            }
        };
        join_all((0..IDLERS).map(|_| idle())).await;
    });
    for _ in 0..IDLERS {
        is_up.recv_timeout(BOUND).expect("the crowd is there");
    }
    let joiner = Line::join(&ticket, &["--yes", "--input", "2"]).start();
    joiner.end_within(SERVED).is(0, "3\n");
    host.end().is(0, "3\n");
    runtime.shutdown_background();
}
