//! Bytes that no honest peer sends.

use std::time::Instant;

use bytes::Bytes;
use iroh_mpc::proto::link::wire::{self, Ack, CARRY_BYTES_MAX, FRAME_BYTES, Frame, Header, Range};
use iroh_mpc::proto::link::{Link, MAX_OUTSTANDING};
use rand::{Rng, RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::{CONFIG, MAX_MESSAGE, MEMORY, MS, seeds};

/// Feeds bytes until the link objects and some beyond; only a panic or too much memory is a failure.
fn feed(link: &mut Link, number: u64, plaintext: &[u8], now: Instant, rng: &mut ChaCha8Rng) {
    if link
        .handle(number, &Bytes::copy_from_slice(plaintext), now)
        .is_ok()
        || rng.random_bool(0.5)
    {
        while link.poll_transmit(now).is_some() {}
        if rng.random_bool(0.1) {
            link.recv();
        }
    }
    link.poll_timeout();
    assert!(link.outstanding() <= MAX_OUTSTANDING);
    assert!(link.buffered_bytes() <= MEMORY);
}

fn random_number(rng: &mut ChaCha8Rng) -> u64 {
    let small = rng.random_range(0..200);
    [
        small,
        small,
        rng.next_u64(),
        u64::MAX - small,
        MAX_MESSAGE as u64,
    ][rng.random_range(0..5)]
}

/// A packet whose fields are chosen at random, well-formed as bytes.
fn forged(rng: &mut ChaCha8Rng) -> Vec<u8> {
    let sequence = random_number(rng);
    let length = random_number(rng);
    let header = Header {
        version: wire::VERSION,
        ack: rng.random_bool(0.5).then(|| Ack {
            largest: random_number(rng),
            first: random_number(rng),
            ranges: rng.random_range(0..20),
        }),
        credit: random_number(rng),
        frame: match rng.random_range(0..6) {
            0 => Frame::Nothing,
            1 => Frame::Ping,
            2 => Frame::Start { sequence, length },
            3 => Frame::More { sequence },
            4 => Frame::Carry,
            _ => Frame::Finish { sequence },
        },
    };
    let mut bytes = postcard::to_stdvec(&header).expect("encodes");
    for _ in 0..header.ack.map_or(0, |ack| ack.ranges) {
        let range = Range {
            gap: random_number(rng) % 4,
            length: random_number(rng) % 4,
        };
        bytes.extend(postcard::to_stdvec(&range).expect("encodes"));
    }
    let lengths = [0, 100, FRAME_BYTES, FRAME_BYTES + 1, CARRY_BYTES_MAX];
    let body = lengths[rng.random_range(0..5)];
    bytes.resize(bytes.len() + body, 0);
    bytes
}

#[test]
fn hostile_bytes_never_panic() {
    for seed in seeds(200) {
        println!("LINK_SEED={seed}");
        let rng = &mut ChaCha8Rng::seed_from_u64(seed);
        let start = Instant::now();
        let mut honest = Link::new(CONFIG, start);
        let mut victims = [(); 3].map(|()| Link::new(CONFIG, start));
        for victim in &mut victims {
            (0..5).for_each(|_| victim.send(Bytes::from(vec![3; 100])));
        }
        for step in 0..200 {
            let now = start + MS * 30 * step;
            honest.send(Bytes::from(vec![9; rng.random_range(0..2 * FRAME_BYTES)]));
            let number = random_number(rng);

            let mut noise = vec![0; rng.random_range(0..600)];
            rng.fill_bytes(&mut noise);
            if let Some(first) = noise.first_mut() {
                *first = wire::VERSION;
            }
            feed(&mut victims[0], number, &noise, now, rng);
            feed(&mut victims[1], number, &forged(rng), now, rng);

            if let Some(packet) = honest.poll_transmit(now) {
                let mut bytes = [&packet.header[..], &packet.body[..]].concat();
                match rng.random_range(0..5) {
                    0 => bytes.truncate(rng.random_range(0..=bytes.len())),
                    1 => bytes.push(0),
                    2 => {
                        let at = rng.random_range(0..packet.header.len());
                        bytes[at] = rng.random();
                    }
                    _ => {}
                }
                feed(&mut victims[2], packet.number, &bytes, now, rng);
            }
        }
    }
}
