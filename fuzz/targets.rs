//! What is done with bytes from outside, for the fuzzer and for the replay of its corpus (`tests/corpus.rs`).
//!
//! Nothing may panic, and what must hold for every input is asserted.

// Each target uses one of them.
#![allow(dead_code)]

use std::time::{Duration, Instant};

use bytes::Bytes;
use garble_lang::register_circuit::{And, Circuit, Input, Inst, Op, Reg};
use iroh::SecretKey;
use iroh_mpc::{
    guard::{Guard, Setting},
    proto::{
        link::{self, Link},
        roster::{Config, Lobby, Output, Role},
        signed::{Context, Signed},
        wire::{Body, Envelope, Terms, Transport, VERSIONS},
    },
    ticket::Ticket,
};
use iroh_tickets::Ticket as _;

/// A ticket: the bytes under its text, with a right checksum, and as they come.
pub fn ticket(data: &[u8]) {
    let check = blake3(data);
    for bytes in [data.to_vec(), [data, &check].concat()] {
        if let Ok(ticket) = Ticket::decode_bytes(&bytes) {
            let again = Ticket::parse(&ticket.to_string());
            // Only so many addresses fit.
            if ticket.host.addrs.len() <= 8 {
                assert_eq!(again.ok(), Some(ticket));
            }
        }
    }
    if let Ok(text) = std::str::from_utf8(data) {
        Ticket::parse(text).ok();
    }
}

fn blake3(bytes: &[u8]) -> [u8; 4] {
    let digest = ::blake3::hash(bytes);
    let [a, b, c, d, ..] = *digest.as_bytes();
    [a, b, c, d]
}

/// Lobby messages, one after the other, each with a byte for its author in front and its length in two: to a host and to a
/// joiner, unsigned and signed by the host, by a joiner and by a stranger.
pub fn lobby(mut data: &[u8]) {
    let session = [7; 32];
    let secrets = [1, 2, 3].map(|byte| SecretKey::from_bytes(&[byte; 32]));
    let config = |party: usize| Config {
        secret: secrets[party].clone(),
        session,
        instance: party as u64 + 1,
        nonce: [party as u8; 32],
        first_counter: 1,
        unix_time: 1,
        peer_timeout: Duration::from_secs(30),
        stall_timeout: Duration::from_secs(300),
    };
    let terms = Terms {
        versions: VERSIONS.into(),
        program: [9; 32],
        parties: 2,
        output_parties: vec![0, 1],
        evaluator: 0,
        optimize: true,
        transport: Transport::Gossip,
    };
    let mut now = Instant::now();
    let host = Role::Host {
        terms,
        seat: 0,
        allow: None,
    };
    let joiner = Role::Joiner {
        host: secrets[0].public(),
        program: [9; 32],
        seat: None,
    };
    let mut machines = [
        Lobby::new(config(0), host, now),
        Lobby::new(config(1), joiner, now),
    ];
    let mut counter = 1 << 32;
    while let Some((&[kind, low, high], rest)) = data.split_first_chunk() {
        let length = usize::from(u16::from_le_bytes([low, high])).min(rest.len());
        let (bytes, rest) = rest.split_at(length);
        data = rest;
        let message = match (kind % 4, postcard::from_bytes::<Body>(bytes)) {
            (author @ 0..=2, Ok(body)) => {
                let author = usize::from(author);
                counter += 1;
                let envelope = Envelope {
                    instance: author as u64 + 1,
                    counter,
                    body,
                };
                let signed = Signed::new(&secrets[author], Context::Lobby, &session, &envelope);
                postcard::to_stdvec(&signed).unwrap_or_default()
            }
            _ => bytes.to_vec(),
        };
        now += Duration::from_millis(u64::from(kind) * 4);
        let mut relayed = vec![Bytes::from(message)];
        // What the machines say to each other counts too, for a few rounds.
        for _ in 0..3 {
            let mut said = Vec::new();
            for machine in &mut machines {
                for message in &relayed {
                    machine.handle(message, now);
                }
                machine.handle_timeout(now);
                while let Some(output) = machine.poll() {
                    if let Output::Broadcast(message) = output {
                        said.push(message);
                    }
                }
            }
            relayed = said;
        }
    }
}

/// Packets of a peer, each with its length in two bytes: a link holds no more than its bounds allow.
pub fn link(mut data: &[u8]) {
    const MAX_MESSAGE: usize = 1 << 16;
    let config = link::Config {
        max_message: MAX_MESSAGE,
        heartbeat: Duration::from_secs(1),
    };
    let mut now = Instant::now();
    let mut link = Link::new(config, now);
    link.send(Bytes::from(vec![1; 200_000]));
    let mut number = 0;
    while let Some((&[low, high], rest)) = data.split_first_chunk() {
        let length = usize::from(u16::from_le_bytes([low, high]));
        let (packet, rest) = rest.split_at(length.min(rest.len()));
        data = rest;
        number += 1;
        while link.poll_transmit(now).is_some() {}
        if link
            .handle(number, &Bytes::copy_from_slice(packet), now)
            .is_err()
        {
            return;
        }
        assert!(link.buffered_bytes() <= MAX_MESSAGE * link::wire::RECV_MESSAGES as usize);
        assert!(link.outstanding() <= link::MAX_OUTSTANDING);
        if packet.first().is_some_and(|byte| byte % 2 == 0) {
            link.recv();
        }
        now += Duration::from_millis(u64::from(low));
        link.handle_timeout(now);
    }
}

/// An engine message as any of its phase. None is accepted of another length than the guard knows, and one that is can't
/// have come by chance: its length stands in front.
pub fn guard(data: &[u8]) {
    let Some((&[party, skip], message)) = data.split_first_chunk() else {
        return;
    };
    let circuit = circuit();
    let party = usize::from(party % 3);
    let setting = Setting {
        circuit: &circuit,
        party,
        evaluator: 0,
        output_parties: &[0, 1],
    };
    let peer = (party + 1) % 3;
    let guard = Guard::new(&setting);
    let phases = guard.phases(peer);
    for phase in phases.iter().take(skip.into()) {
        guard.check(peer, phase, message).ok();
    }
    if let Some(phase) = phases.get(usize::from(skip))
        && guard.check(peer, phase, message).is_ok()
    {
        assert!(message.len() <= guard.max_message_bytes());
        // One more byte, or one less, is refused.
        for other in [&[message, &[0]].concat(), &message[..message.len() - 1]] {
            let guard = Guard::new(&setting);
            for phase in phases.iter().take(skip.into()) {
                guard.check(peer, phase, other).ok();
            }
            assert!(guard.check(peer, phase, other).is_err());
        }
    }
}

pub fn circuit() -> Circuit {
    let input = |party| Op::Input(Input { party, input: 0 });
    let and = |a, b| Op::And(And(Reg(a), Reg(b)));
    let ops = [input(0), input(1), input(2), and(0, 1), and(3, 2)];
    let insts = (0..).zip(ops).map(|(out, op)| Inst { out: Reg(out), op });
    Circuit {
        input_regs: vec![1; 3],
        insts: insts.collect(),
        max_reg_count: 5,
        output_regs: vec![Reg(4), Reg(0)],
        and_ops: 2,
    }
}
