//! Whole sessions of two engines over a bus that misbehaves and heals, each with a clock of its own.

use std::time::{Duration, Instant};

use bytes::Bytes;
use iroh_mpc::proto::link::wire::FRAME_BYTES;
use iroh_mpc::proto::link::{Link, MAX_OUTSTANDING, Message};
use rand::{Rng, RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::bus::{Bus, Faults};
use crate::clock::Clock;
use crate::{CONFIG, MAX_MESSAGE, MEMORY, MS, SECOND, seeds};

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
    let clocks = [0, 1].map(|_| Clock::random(start, &mut rng));
    let links = clocks.map(|clock| Link::new(CONFIG, clock.shows(start)));
    let mut bus = Bus::new(links, Faults::default(), start, rng.clone());
    bus.clocks = clocks;
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
                for (link, clock) in bus.links.iter_mut().zip(&bus.clocks) {
                    link.restart_transmission(clock.shows(bus.now));
                }
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
        // As the session draws them.
        for _ in 0..2 {
            Clock::random(Instant::now(), &mut rng);
        }
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
