//! The link on a bus that misbehaves, on virtual time.
//!
//! A failing seed is printed; `LINK_SEED=<seed>` runs that one alone, `LINK_SEEDS=<count>` sets how many are run.

#![allow(clippy::print_stdout, reason = "a failing seed is printed")]

#[path = "link/bus.rs"]
mod bus;

use std::time::{Duration, Instant};

use bus::{Bus, Faults};
use bytes::Bytes;
use iroh_mpc::proto::link::wire::{
    self, Ack, FRAME_BYTES, Frame, Header, RECV_MESSAGES, Range, SEQUENCE_WINDOW,
};
use iroh_mpc::proto::link::{Config, Link, MAX_OUTSTANDING, Message, SEND_WINDOW, Status};
use rand::{Rng, RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;

const MS: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);
const MAX_MESSAGE: usize = 4 * FRAME_BYTES;
/// All that a link may hold of what it received.
const MEMORY: usize = RECV_MESSAGES as usize * MAX_MESSAGE + SEQUENCE_WINDOW as usize * FRAME_BYTES;
const CONFIG: Config = Config {
    max_message: MAX_MESSAGE,
    heartbeat: SECOND,
};

/// What is done to the delivered messages before they are checked, to see that the checks can fail.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Mutation {
    None,
    Swap,
    Drop,
    Double,
    Corrupt,
    /// The bus never heals.
    Broken,
}

/// One side's engine: sends its messages and takes the other's at random times.
struct Engine {
    to_send: Vec<Bytes>,
    sent: usize,
    received: Vec<Vec<u8>>,
    next_turn: Instant,
}

fn seeds(default: u64) -> Vec<u64> {
    let number = |name: &str| {
        let text = std::env::var(name).ok()?;
        Some(text.parse::<u64>().expect("a number"))
    };
    match number("LINK_SEED") {
        Some(seed) => vec![seed],
        None => (0..number("LINK_SEEDS").unwrap_or(default)).collect(),
    }
}

fn random_faults(rng: &mut ChaCha8Rng) -> Faults {
    let mut sometimes = |max: f64| match rng.random_bool(0.5) {
        true => rng.random_range(0.0..max),
        false => 0.0,
    };
    let (drop, double, lag) = (sometimes(0.5), sometimes(0.5), sometimes(0.02));
    Faults {
        drop,
        double,
        lag,
        delay: MS * rng.random_range(0..200),
        jitter: MS * [0, 1, 20, 300][rng.random_range(0..4)],
        rate: [0, 0, 300_000, 10_000_000][rng.random_range(0..4)],
        dead: rng.random_bool(0.1),
        stalled: rng.random_bool(0.1),
    }
}

fn random_messages(rng: &mut ChaCha8Rng) -> Vec<Bytes> {
    let count = [0, 1, 5, 20, 60][rng.random_range(0..5)];
    let large = rng.random_bool(0.2);
    let message = |_| {
        let length = match rng.random_range(0..10) {
            0 => 0,
            1 if large => {
                [FRAME_BYTES - 1, FRAME_BYTES, FRAME_BYTES + 1, MAX_MESSAGE][rng.random_range(0..4)]
            }
            2 if large => rng.random_range(0..=MAX_MESSAGE),
            _ => rng.random_range(1..200),
        };
        let mut message = vec![0; length];
        rng.fill_bytes(&mut message);
        Bytes::from(message)
    };
    (0..count).map(message).collect()
}

/// One session of two engines over a bus that heals in the end; `Err` says what is wrong.
fn session(seed: u64, mutation: Mutation) -> Result<(), String> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let start = Instant::now();
    let links = [Link::new(CONFIG, start), Link::new(CONFIG, start)];
    let mut bus = Bus::new(links, Faults::default(), start, rng.clone());
    let mut engines = [0, 1].map(|_| Engine {
        to_send: random_messages(&mut rng),
        sent: 0,
        received: Vec::new(),
        next_turn: start,
    });
    let patience = MS * rng.random_range(1..400);
    let heals = start + SECOND * rng.random_range(0..30);
    let mut changes = start;
    loop {
        if bus.now >= changes && bus.now < heals {
            for pipe in &mut bus.pipes {
                pipe.faults = random_faults(&mut rng);
            }
            if rng.random_bool(0.1) {
                bus.pipes.iter_mut().for_each(|pipe| pipe.clear());
                let now = bus.now;
                bus.links
                    .iter_mut()
                    .for_each(|link| link.restart_transmission(now));
            }
            changes = (bus.now + MS * rng.random_range(100..5000)).min(heals);
        }
        if bus.now >= heals && mutation != Mutation::Broken {
            bus.set_faults(Faults {
                delay: MS * 10,
                ..Faults::default()
            });
        }
        bus.settle().map_err(|it| format!("violation: {it}"))?;
        check(&bus, &engines)?;

        for (link, engine) in bus.links.iter_mut().zip(&mut engines) {
            if bus.now < engine.next_turn {
                continue;
            }
            for message in engine.to_send.iter().skip(engine.sent).take(8) {
                link.send(message.clone());
                engine.sent += 1;
            }
            if engine.sent == engine.to_send.len() {
                link.finish();
            }
            engine.received.extend(link.recv().map(Message::into_vec));
            engine.next_turn = bus.now + rng.random_range(Duration::ZERO..=patience) + MS;
        }
        let done = (0..2).all(|side| {
            let link = &bus.links[side];
            let all = engines[side].received.len() == engines[1 - side].sent;
            all && link.peer_finished() && link.finish_acked()
        });
        if done {
            break;
        }
        let turns = engines.iter().map(|engine| engine.next_turn);
        let next = turns.chain(bus.next_event()).min();
        let next = next.ok_or("nothing will ever happen")?;
        bus.now = match bus.now < heals {
            true => next.min(changes.max(bus.now)),
            false => next,
        };
        if bus.now > heals + SECOND * 300 {
            let stats = bus.links.each_ref().map(Link::stats);
            return Err(format!("not complete after the bus healed: {stats:?}"));
        }
    }
    for side in 0..2 {
        let received = &mut engines[side].received;
        mutate(received, mutation);
        let sent = &engines[1 - side].to_send;
        if received.len() != sent.len() {
            return Err(format!("{} of {} messages", received.len(), sent.len()));
        }
        if let Some(at) = (0..sent.len()).find(|&at| received[at] != sent[at]) {
            return Err(format!("message {at} is not what was sent"));
        }
    }
    Ok(())
}

fn mutate(received: &mut Vec<Vec<u8>>, mutation: Mutation) {
    let last = received.len().saturating_sub(1);
    match mutation {
        Mutation::None | Mutation::Broken => {}
        Mutation::Swap => received.swap(0, last),
        Mutation::Drop => drop(received.pop()),
        Mutation::Double => received.extend(received.first().cloned()),
        Mutation::Corrupt => received[last][0] ^= 1,
    }
}

/// What holds at every instant.
fn check(bus: &Bus, engines: &[Engine; 2]) -> Result<(), String> {
    for side in 0..2 {
        let (link, pipe) = (&bus.links[side], &bus.pipes[side]);
        if link.outstanding() > MAX_OUTSTANDING || pipe.deepest > MAX_OUTSTANDING {
            let (counted, queued) = (link.outstanding(), pipe.deepest);
            return Err(format!("outstanding: {counted} counted, {queued} queued"));
        }
        if link.buffered_bytes() > MEMORY {
            return Err(format!("{} bytes buffered", link.buffered_bytes()));
        }
        if pipe.collapsed > 0 {
            return Err("two transmissions are equal".into());
        }
        let sent = &engines[1 - side].to_send;
        let received = &engines[side].received;
        if let Some(last) = received.last()
            && sent.get(received.len() - 1).is_none_or(|it| it != last)
        {
            return Err(format!(
                "message {} is not what was sent",
                received.len() - 1
            ));
        }
    }
    Ok(())
}

#[test]
fn what_is_received_is_a_prefix_of_what_was_sent_and_complete_once_the_bus_heals() {
    for seed in seeds(2000) {
        if let Err(wrong) = session(seed, Mutation::None) {
            panic!("LINK_SEED={seed}: {wrong}");
        }
    }
}

#[test]
fn the_checks_can_fail() {
    use Mutation::{Broken, Corrupt, Double, Drop, Swap};
    // A seed with at least two messages to one side whose first and last differ and are not empty.
    let fits = |seed: &u64| {
        let mut rng = ChaCha8Rng::seed_from_u64(*seed);
        [0, 1].iter().all(|_| {
            let messages = random_messages(&mut rng);
            messages.len() > 1 && messages.last().is_some_and(|it| !it.is_empty())
        })
    };
    let seed = (0..1000).find(fits).expect("one in a few");
    assert_eq!(session(seed, Mutation::None), Ok(()));
    for mutation in [Swap, Drop, Double, Corrupt] {
        assert!(session(seed, mutation).is_err(), "{mutation:?}");
    }
    let never_healed = (0..40).filter(|&seed| session(seed, Broken).is_err());
    assert!(never_healed.count() > 0);
}

fn pair(faults: Faults, heartbeat: Duration) -> Bus {
    let start = Instant::now();
    let config = Config {
        max_message: 1 << 24,
        heartbeat,
    };
    let links = [Link::new(config, start), Link::new(config, start)];
    Bus::new(links, faults, start, ChaCha8Rng::seed_from_u64(0))
}

/// Queues messages of a megabyte at one side.
fn load(bus: &mut Bus, side: usize, megabytes: usize) {
    for _ in 0..megabytes {
        bus.links[side].send(Bytes::from(vec![7; 1 << 20]));
    }
}

/// Takes what came; true once the sender has nothing queued.
fn drained(bus: &mut Bus, from: usize) -> bool {
    while bus.links[1 - from].recv().is_some() {}
    bus.links[from].queued_bytes() == 0
}

#[test]
fn a_slow_path_is_not_buried_in_repeats() {
    for both_ways in [false, true] {
        let mut bus = pair(
            Faults {
                rate: 100_000,
                delay: MS * 30,
                ..Faults::default()
            },
            SECOND,
        );
        load(&mut bus, 0, 12);
        if both_ways {
            load(&mut bus, 1, 12);
        }
        let frames = 12 * (1usize << 20).div_ceil(FRAME_BYTES) as u64;
        let end = bus.now + SECOND * 160;
        // Long before the end the window has shrunk to what a slow path carries in a few seconds.
        bus.pass(SECOND * 60);
        let queued = bus.pipes[0].depth();
        assert!((1..SEND_WINDOW / 4).contains(&queued), "{queued} queued");
        assert!(bus.until(end, |bus| drained(bus, 0) & drained(bus, 1)));
        for link in &bus.links {
            let again = link.stats().retransmitted;
            assert!(again * 20 <= frames, "{again} repeats for {frames} frames");
            assert_eq!(link.stats().lost, 0);
        }
    }
}

#[test]
fn a_very_slow_path_gets_there_too() {
    let mut bus = pair(
        Faults {
            rate: 10_000,
            ..Faults::default()
        },
        SECOND,
    );
    load(&mut bus, 0, 2);
    let end = bus.now + SECOND * 300;
    assert!(bus.until(end, |bus| drained(bus, 0)));
    let again = bus.links[0].stats().retransmitted;
    assert!(again <= 7, "{again} repeats for 34 frames");
}

#[test]
fn a_stalled_peer_does_not_fill_the_queue() {
    for side_talks in [false, true] {
        let mut bus = pair(Faults::default(), SECOND);
        bus.pass(SECOND);
        bus.pipes[0].faults.stalled = true;
        load(&mut bus, 0, 20);
        for second in 0..300 {
            if side_talks {
                bus.links[1].send(Bytes::from(vec![1; 100]));
                while bus.links[0].recv().is_some() {}
            }
            bus.pass(SECOND);
            let (counted, queued) = (bus.links[0].outstanding(), bus.pipes[0].depth());
            assert!(counted <= MAX_OUTSTANDING);
            let most = if second < 60 { MAX_OUTSTANDING } else { 64 };
            assert!(queued <= most, "{queued} queued after {second} s");
            assert!(queued >= SEND_WINDOW);
        }
        bus.pipes[0].faults.stalled = false;
        let end = bus.now + SECOND * 20;
        assert!(bus.until(end, |bus| drained(bus, 0) & drained(bus, 1)));
    }
}

#[test]
fn a_long_silence_heals() {
    for restart in [false, true] {
        let mut bus = pair(Faults::default(), SECOND);
        load(&mut bus, 0, 20);
        load(&mut bus, 1, 20);
        bus.pass(MS * 100);
        bus.set_faults(Faults {
            dead: true,
            ..Faults::default()
        });
        load(&mut bus, 0, 20);
        load(&mut bus, 1, 20);
        bus.pass(SECOND * 600);
        bus.set_faults(Faults {
            delay: MS * 10,
            ..Faults::default()
        });
        let mut patience = SECOND * 130;
        if restart {
            let now = bus.now;
            bus.links
                .iter_mut()
                .for_each(|link| link.restart_transmission(now));
            patience = SECOND * 3;
        }
        let end = bus.now + patience;
        assert!(
            bus.until(end, |bus| drained(bus, 0) & drained(bus, 1)),
            "{restart}"
        );
    }
}

#[test]
fn a_lost_window_heals_in_seconds() {
    for (outage, patience) in [(MS * 10, SECOND), (SECOND * 10, SECOND * 6)] {
        let faults = Faults {
            delay: MS,
            ..Faults::default()
        };
        let mut bus = pair(faults, SECOND);
        bus.pass(SECOND);
        bus.set_faults(Faults {
            dead: true,
            ..faults
        });
        // The places of acks are taken, too.
        bus.pipes[1].faults.dead = false;
        for _ in 0..RECV_MESSAGES {
            bus.links[1].send(Bytes::new());
            bus.pass(MS * 2);
        }
        bus.pipes[1].faults.dead = true;
        load(&mut bus, 0, 8);
        bus.pass(outage);
        bus.set_faults(faults);
        let end = bus.now + patience;
        assert!(bus.until(end, |bus| drained(bus, 0) & drained(bus, 1)));
    }
}

#[test]
fn engines_that_both_send_first_dont_deadlock() {
    let mut bus = pair(
        Faults {
            drop: 0.05,
            delay: MS,
            ..Faults::default()
        },
        SECOND,
    );
    for _ in 0..10 {
        load(&mut bus, 0, RECV_MESSAGES as usize);
        load(&mut bus, 1, RECV_MESSAGES as usize);
        let end = bus.now + SECOND * 60;
        let arrived = bus.until(end, |bus| {
            bus.links.iter().all(|link| link.queued_bytes() == 0)
        });
        assert!(arrived);
        for link in &mut bus.links {
            let messages = std::iter::from_fn(|| link.recv()).count();
            assert_eq!(messages as u64, RECV_MESSAGES);
        }
    }
}

#[test]
fn credit_gets_there_though_the_ack_with_it_is_lost() {
    let mut bus = pair(Faults::default(), SECOND * 3600);
    load(&mut bus, 0, 2 * RECV_MESSAGES as usize);
    bus.pass(SECOND);
    assert!(bus.links[0].queued_bytes() >= (RECV_MESSAGES as usize) << 20);
    bus.pipes[1].faults.dead = true;
    while bus.links[1].recv().is_some() {}
    bus.pass(MS);
    bus.pipes[1].faults.dead = false;
    let end = bus.now + SECOND * 10;
    assert!(bus.until(end, |bus| drained(bus, 0)));
}

#[test]
fn acks_that_nobody_hears_are_bounded_and_a_later_one_gets_through() {
    for dead in [false, true] {
        let mut bus = pair(Faults::default(), SECOND * 3600);
        bus.pass(SECOND);
        bus.pipes[1].faults.dead = dead;
        bus.pipes[1].faults.stalled = !dead;
        // To the dead within credit, so that no ping goes out to give more.
        for _ in 1..if dead { RECV_MESSAGES } else { 50 } {
            bus.links[0].send(Bytes::from_static(b"one frame"));
            bus.pass(MS * 30);
            drained(&mut bus, 0);
        }
        bus.links[0].finish();
        bus.pass(SECOND * 5);
        // Eight pure acks, two pings, and the probes of six seconds, which double from 50 ms.
        let (counted, queued) = (bus.links[1].outstanding(), bus.pipes[1].depth());
        assert!(
            counted <= 17 && queued <= 17,
            "{counted} counted, {queued} queued"
        );
        bus.pipes[1].faults = Faults::default();
        let end = bus.now + SECOND * 10;
        assert!(bus.until(end, |bus| drained(bus, 0) && bus.links[0].finish_acked()));
    }
}

#[test]
fn idle_links_exchange_heartbeats_and_their_answers_only() {
    let mut bus = pair(
        Faults {
            delay: MS * 50,
            ..Faults::default()
        },
        SECOND,
    );
    let status = |text: &'static str| Status::new(Bytes::from_static(text.as_bytes()));
    bus.links[0].set_status(status("early").expect("short"));
    bus.links[0].send(Bytes::new());
    bus.links[0].finish();
    bus.links[1].finish();
    bus.pass(SECOND * 10);
    bus.links[0].set_status(status("late").expect("short"));
    let before = bus.numbers;
    bus.pass(SECOND * 60);
    for (link, (before, after)) in bus.links.iter().zip(before.iter().zip(bus.numbers)) {
        let packets = after - before;
        assert!((100..=130).contains(&packets), "{packets}");
        assert!(bus.now - link.last_heard() <= SECOND * 2);
        assert!(link.last_progress() < bus.now - SECOND * 60);
    }
    let heard = bus.links[1].peer_status().map(|status| &status[..]);
    assert_eq!(heard, Some(&b"late"[..]));
    assert!(bus.links.iter().all(Link::finish_acked));
    assert!(Status::new(Bytes::from(vec![0; 257])).is_none());
}

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
        frame: match rng.random_range(0..5) {
            0 => Frame::Nothing,
            1 => Frame::Ping,
            2 => Frame::Start { sequence, length },
            3 => Frame::More { sequence },
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
    let body = [0, 100, FRAME_BYTES, FRAME_BYTES + 1][rng.random_range(0..4)];
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
