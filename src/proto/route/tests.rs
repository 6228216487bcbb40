use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;

const SECOND: Duration = Duration::from_secs(1);
const TIMEOUT: Duration = Duration::from_secs(30);

fn seats(seats: &[usize]) -> Seats {
    seats.iter().copied().collect()
}

/// A route that goes straight, with parties 0 and 3 ready to pass packets on.
fn straight(now: Instant) -> Route {
    let mut route = Route::new(TIMEOUT, now);
    route.set_offers(seats(&[0, 3]));
    route.up(now);
    assert_eq!(route.way(now), Some(Way::Straight));
    assert!(route.reaches(now));
    route
}

#[test]
fn a_set_holds_the_seats_put_in() {
    let set = seats(&[0, 3, 31, 32, 99]);
    assert_eq!(set.iter().collect::<Vec<_>>(), [0, 3, 31]);
    assert!(set.contains(31) && !set.contains(32) && !set.contains(1));
    assert_eq!(set.with(3, false), seats(&[0, 31]));
}

#[test]
fn the_first_connection_is_waited_for_before_a_detour() {
    let start = Instant::now();
    let mut route = Route::new(TIMEOUT, start);
    route.set_offers(seats(&[3]));
    assert_eq!(route.way(start + SECOND), None);
    let later = start + PATIENCE_MAX;
    assert_eq!(route.poll_timeout(start + SECOND), Some(later));
    assert_eq!(route.way(later), Some(Way::Via(3)));
    assert!(!route.reaches(later));
}

#[test]
fn silence_leads_to_the_lowest_offer_and_a_lost_connection_at_once() {
    let start = Instant::now();
    let mut route = straight(start);
    let later = start + PATIENCE_MAX;
    assert_eq!(route.way(later - SECOND), Some(Way::Straight));
    assert_eq!(route.way(later), Some(Way::Via(0)));

    let mut route = straight(start);
    route.down();
    assert_eq!(route.way(start), Some(Way::Via(0)));
}

#[test]
fn without_an_offer_the_straight_way_is_kept_while_there_is_a_connection() {
    let start = Instant::now();
    let mut route = straight(start);
    route.set_offers(Seats::default());
    let later = start + TIMEOUT;
    assert_eq!(route.way(later), Some(Way::Straight));
    assert!(!route.reaches(later) && !route.is_cut());
    route.down();
    assert_eq!(route.way(later), None);
    assert!(route.is_cut());
}

#[test]
fn only_an_answered_probe_or_a_new_connection_leads_back() {
    let start = Instant::now();
    let mut route = straight(start);
    let mut now = start + PATIENCE_MAX;
    assert_eq!(route.way(now), Some(Way::Via(0)));
    // The peer is heard, but what we sent before may still be stuck.
    route.heard(now);
    route.answered(0, now);
    assert_eq!(route.way(now), Some(Way::Via(0)));
    now += PROBE_WAIT;
    assert_eq!(route.poll_probe(now), Some(0));
    assert_eq!(route.way(now), Some(Way::Via(0)));
    route.answered(0, now);
    assert_eq!(route.way(now), Some(Way::Straight));

    // The answer to an old probe proves nothing of what was sent after it.
    now += PATIENCE_MAX;
    assert_eq!(route.way(now), Some(Way::Via(0)));
    route.answered(0, now);
    assert_eq!(route.way(now), Some(Way::Via(0)));
    route.reconnected(now);
    assert_eq!(route.way(now), Some(Way::Straight));
}

#[test]
fn another_that_offers_takes_over() {
    let start = Instant::now();
    let mut route = straight(start);
    route.down();
    assert_eq!(route.way(start), Some(Way::Via(0)));
    // The first can't any more.
    route.set_offers(seats(&[3]));
    assert_eq!(route.way(start), Some(Way::Via(3)));
    // It is kept when the first is back, but not if nothing comes that way.
    route.set_offers(seats(&[0, 3]));
    assert_eq!(route.way(start + SECOND), Some(Way::Via(3)));
    let silent = start + 2 * PATIENCE_MAX;
    assert_eq!(route.poll_timeout(start), Some(silent));
    assert_eq!(route.way(silent), Some(Way::Via(0)));
    route.heard_by_detour(silent + SECOND);
    assert_eq!(route.way(silent + 2 * PATIENCE_MAX), Some(Way::Via(0)));
}

#[test]
fn a_way_that_fails_again_and_again_is_probed_less_often() {
    let mut now = Instant::now();
    let mut route = straight(now);
    let mut waits = Vec::new();
    for _ in 0..8 {
        now += PATIENCE_MAX;
        assert_eq!(route.way(now), Some(Way::Via(0)));
        let due = route.probe_due().expect("a probe");
        waits.push((due - now).as_secs());
        now = due;
        let probe = route.poll_probe(now).expect("a probe");
        route.answered(probe, now);
        assert_eq!(route.way(now), Some(Way::Straight));
    }
    assert_eq!(waits, [1, 2, 4, 8, 16, 32, 32, 32]);
}

/// Random events; what must hold is checked against a model of the queue that may be stuck.
#[test]
fn nothing_goes_straight_into_a_queue_that_may_be_full() {
    for seed in 0..5000 {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut now = Instant::now();
        let mut route = Route::new(TIMEOUT, now);
        let mut offers = Seats::default();
        // The probes in the queue, and whether a window may be in there that the link counts no more.
        let (mut unproved, mut stuck, mut up) = (Vec::new(), false, false);
        let mut last = None;
        for _ in 0..200 {
            now += Duration::from_millis(rng.random_range(0..2500));
            match rng.random_range(0..8) {
                0 => {
                    route.up(now);
                    (up, stuck) = (true, false);
                    unproved.clear();
                }
                1 => {
                    route.down();
                    up = false;
                    unproved.clear();
                }
                2 if up => {
                    route.reconnected(now);
                    stuck = false;
                    unproved.clear();
                }
                3 => {
                    if let Some(probe) = unproved.pop() {
                        route.answered(probe, now);
                        stuck = false;
                        unproved.clear();
                    }
                }
                4 => route.heard(now),
                5 => route.heard_by_detour(now),
                _ => {
                    offers = (0..4).filter(|_| rng.random()).collect();
                    route.set_offers(offers);
                }
            }
            let way = route.way(now);
            match way {
                Some(Way::Straight) => {
                    assert!(up && !stuck, "seed {seed}: straight into a stuck queue");
                }
                Some(Way::Via(seat)) => {
                    assert!(offers.contains(seat), "seed {seed}: by way of nobody");
                }
                None => assert!(!route.reaches(now)),
            }
            if last == Some(Way::Straight) && way != last {
                stuck = true;
                unproved.clear();
            }
            last = way;
            unproved.extend(route.poll_probe(now));
            assert!(
                unproved.len() <= PROBES as usize,
                "seed {seed}: {unproved:?}"
            );
            assert!(up || unproved.is_empty(), "seed {seed}: a probe to nobody");
            if let Some(next) = route.poll_timeout(now) {
                assert!(next > now, "seed {seed}: a timer that spins");
            }
        }
    }
}
