//! Who is waited for: somebody who reads is no stall, a machine that never comes to its word is one.

use std::time::Duration;

use iroh_mpc::error::FaultKind;
use rand::Rng;

use crate::bus::Faults;
use crate::party::STALLED;
use crate::world::World;
use crate::{MS, SECOND, checks, for_seeds};

const PEER_TIMEOUT: Duration = SECOND.saturating_mul(2);

/// Longer than the stall timeout, whatever the clocks.
const LONG: Duration = PEER_TIMEOUT.saturating_mul(STALLED + 5);

/// A session in which one party is ready only after a long time.
fn session(seed: u64) -> (World, usize) {
    let mut world = World::with_parties(seed, PEER_TIMEOUT);
    world.bus.faults = Faults {
        jitter: MS * 20,
        ..Faults::lossless(&mut world.rng)
    };
    for party in &mut world.parties {
        party.plan.asks = false;
    }
    let slow = world.rng.random_range(0..world.parties.len());
    world.parties[slow].plan.compiles = LONG;
    (world, slow)
}

#[test]
fn somebody_who_reads_for_long_is_no_stall() {
    for_seeds(8, |seed| {
        let (mut world, slow) = session(seed);
        world.parties[slow].plan.asks = true;
        world.expect(LONG * 2, "all start", World::all_started)
    });
}

#[test]
fn a_party_that_is_never_ready_is_named() {
    for_seeds(8, |seed| {
        let (mut world, slow) = session(seed);
        world.idle.insert(world.parties[slow].id);
        is_named(&mut world, slow)
    });
}

#[test]
fn a_party_that_never_opens_its_commitment_is_named() {
    for_seeds(8, |seed| {
        let (mut world, slow) = session(seed);
        // It can be heard all the while.
        world.parties[slow].plan.asks = true;
        world.secretive = Some(slow);
        world.idle.insert(world.parties[slow].id);
        is_named(&mut world, slow)
    });
}

/// Everybody else ends, and calls it stalled.
fn is_named(world: &mut World, slow: usize) -> Result<(), String> {
    let others = (0..world.parties.len()).filter(|at| *at != slow);
    let others: Vec<usize> = others.collect();
    world.expect(LONG * 2, "all others end", |world| {
        { others.iter() }.all(|at| world.parties[*at].end.is_some())
    })?;
    let seat = world.parties[slow].seat;
    let right = |at: &usize| {
        let fault = world.parties[*at].fault();
        fault.is_some_and(|it| it.kind == FaultKind::Stalled && it.party == seat)
    };
    { others.iter() }
        .all(right)
        .then_some(())
        .ok_or_else(|| checks::describe(world))
}
