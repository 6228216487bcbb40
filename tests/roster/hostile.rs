//! People with a ticket who keep to no protocol: they bring no two honest parties into a session with different rosters or
//! seeds, they make no machine panic, and nobody honest is blamed for what they do.

use std::cell::Cell;

use rand::Rng;

use crate::intruder::Hostile;
use crate::party::Party;
use crate::two_faced::TwoFaced;
use crate::world::World;
use crate::{FOREVER, MS, SECOND, checks, for_seeds};

#[test]
fn a_stranger_can_do_nothing() {
    for_seeds(150, |seed| {
        let mut world = World::with_parties(seed, FOREVER);
        for _ in 0..world.rng.random_range(1..3) {
            let stranger = Hostile::stranger(&mut world.rng, world.now);
            world.intruders.push(Box::new(stranger));
        }
        let chaos = MS * world.rng.random_range(0..2000);
        world.run_through_chaos(chaos)?;
        world.expect(SECOND * 10, "all start", World::all_started)?;
        world.run(world.now + SECOND * 2, |_| false)?;
        match world.parties.iter().all(|party| party.end.is_none()) {
            true => Ok(()),
            false => Err(checks::describe(&world)),
        }
    });
}

#[test]
fn a_joiner_without_honesty_fools_nobody() {
    let started = Cell::new(0);
    for_seeds(300, |seed| {
        let mut world = World::with_parties(seed, SECOND * 6);
        // It comes in the place of the last one, and perhaps a stranger helps it.
        let plan = world.parties.pop().ok_or("no joiner")?.plan;
        let twists = [0.02, 0.1, 0.4][world.rng.random_range(0..3)];
        let hostile = Hostile::part(plan, twists, &mut world.rng, world.now);
        world.intruders.push(Box::new(hostile));
        if world.rng.random() {
            let stranger = Hostile::stranger(&mut world.rng, world.now);
            world.intruders.push(Box::new(stranger));
        }
        world.run_through_chaos(MS * 500)?;
        world.run(world.now + SECOND * 8, settled)?;
        let any = world.parties.iter().any(|party| party.has_started());
        started.set(started.get() + u64::from(any));
        Ok(())
    });
    assert!(started.get() > 0 || std::env::var("ROSTER_SEED").is_ok());
}

#[test]
fn no_announcement_makes_a_roster_too_long_to_be_sent() {
    // That no machine says more than a lobby message holds is checked everywhere.
    for_seeds(30, |seed| {
        let mut world = World::with_parties(seed, FOREVER);
        let plan = world.parties.pop().ok_or("no joiner")?.plan;
        let hostile = Hostile::long_winded(plan, &mut world.rng, world.now);
        world.intruders.push(Box::new(hostile));
        world.run(world.now + SECOND * 5, |_| false).map(drop)
    });
}

#[test]
fn a_host_without_honesty_brings_nobody_into_different_sessions() {
    let started = Cell::new(0);
    for_seeds(300, |seed| {
        let mut world = World::with_parties(seed, SECOND * 6);
        let plan = world.parties.remove(0).plan;
        let twists = [0.02, 0.1, 0.4][world.rng.random_range(0..3)];
        let hostile = Hostile::part(plan, twists, &mut world.rng, world.now);
        world.intruders.push(Box::new(hostile));
        world.run_through_chaos(MS * 500)?;
        world.run(world.now + SECOND * 8, settled)?;
        let any = world.parties.iter().any(|party| party.has_started());
        started.set(started.get() + u64::from(any));
        Ok(())
    });
    assert!(started.get() > 0 || std::env::var("ROSTER_SEED").is_ok());
}

#[test]
fn a_host_with_two_rosters_brings_nobody_into_different_sessions() {
    let started = Cell::new(0);
    for_seeds(300, |seed| {
        let seats = [3, 3, 4, 5][(seed % 4) as usize];
        let mut world = World::new(seed, seats, SECOND * 6);
        for _ in 1..seats {
            world.add_joiner(|plan| plan.moves = seed % 3 == 0);
        }
        let victims: Vec<_> = world.parties.iter().map(|party| party.id).collect();
        let host = TwoFaced::new(world.terms.clone(), &victims, &mut world.rng, world.now);
        world.intruders.push(Box::new(host));
        // The parties may not hear each other for a while, but hear the host all the time.
        for _ in 0..world.rng.random_range(0..4) {
            let sides: Vec<bool> = victims.iter().map(|_| world.rng.random()).collect();
            world.bus.partition(&sides);
            world.run(world.now + SECOND, |_| false)?;
        }
        world.bus.heal();
        world.run(world.now + SECOND * 8, settled)?;
        let any = world.parties.iter().any(|party| party.has_started());
        started.set(started.get() + u64::from(any));
        Ok(())
    });
    assert!(started.get() > 0 || std::env::var("ROSTER_SEED").is_ok());
}

/// Everybody has started, or has ended.
fn settled(world: &World) -> bool {
    let settled = |party: &Party| party.has_started() || party.end.is_some();
    world.parties.iter().all(settled)
}
