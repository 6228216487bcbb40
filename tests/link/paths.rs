//! Paths that are slow, stalled, silent or dead for a while, one at a time.

use std::time::{Duration, Instant};

use bytes::Bytes;
use iroh_mpc::proto::link::wire::{FRAME_BYTES, RECV_MESSAGES};
use iroh_mpc::proto::link::{Config, Link, MAX_OUTSTANDING, SEND_WINDOW, Status};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::bus::{Bus, Faults};
use crate::{MS, SECOND};

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

#[test]
fn a_peer_that_talks_but_answers_nothing_is_found_out() {
    for talks in [false, true] {
        let mut bus = pair(Faults::default(), SECOND);
        bus.pass(SECOND * 10);
        // Nothing that is asked stays without an answer for long.
        let since = bus.links[0].unanswered_since();
        assert!(since.is_none_or(|since| bus.now - since < SECOND));
        let cut = bus.now;
        // What it says acknowledges nothing new, since nothing reaches it.
        bus.pipes[0].faults.dead = true;
        bus.pipes[1].faults.dead = !talks;
        bus.pass(SECOND * 30);
        let since = bus.links[0].unanswered_since().expect("no answer");
        assert!(since < cut + SECOND * 2 && cut <= since + SECOND * 2);
        let heard = bus.now - bus.links[0].last_heard();
        assert_eq!(heard < SECOND * 6, talks, "heard {heard:?} ago");
    }
}
