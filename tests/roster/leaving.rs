//! Who leaves, is killed or is cut off, and who hears of it.

use std::time::Duration;

use iroh_mpc::error::FaultKind;
use rand::Rng;

use crate::bus::Faults;
use crate::echo::Echo;
use crate::party::{Act, End};
use crate::world::World;
use crate::{FOREVER, MS, SECOND, checks, for_seeds};

const PATIENCE: Duration = SECOND.saturating_mul(12);

#[test]
fn a_joiner_that_leaves_before_the_roster_frees_its_seat() {
    for_seeds(200, |seed| {
        let mut world = World::with_parties(seed, FOREVER);
        world.bus.faults = Faults::lossless(&mut world.rng);
        world.parties[0].plan.thinks = SECOND * 8;
        let leaver = world.rng.random_range(1..world.parties.len());
        let leaves = world.parties[leaver].plan.arrives + MS * world.rng.random_range(1..2500);
        world.plan(leaver, leaves, Act::Leave);
        replace(&mut world, leaver, leaves + SECOND * 2);
        world.expect(PATIENCE * 2, "all others start", World::all_started)?;
        only_ended(&world, leaver, &End::Left)
    });
}

#[test]
fn a_joiner_that_is_killed_before_the_roster_frees_its_seat() {
    for_seeds(120, |seed| {
        let mut world = World::with_parties(seed, SECOND * 6);
        world.bus.faults = Faults {
            drop: 0.1,
            ..Faults::lossless(&mut world.rng)
        };
        world.parties[0].plan.thinks = SECOND * 14;
        let victim = world.rng.random_range(1..world.parties.len());
        let dies = world.parties[victim].plan.arrives + MS * world.rng.random_range(1..2500);
        world.plan(victim, dies, Act::Crash);
        replace(&mut world, victim, dies + SECOND * 9);
        world.expect(PATIENCE * 2, "all others start", World::all_started)?;
        only_ended(&world, victim, &End::Crashed)
    });
}

#[test]
fn a_joiner_that_is_killed_is_not_brought_back_by_its_own_words() {
    for_seeds(120, |seed| {
        let mut world = World::with_parties(seed, SECOND * 6);
        // All that it said has arrived, so nothing of it is news when it is said again.
        world.bus.faults = Faults::lossless(&mut world.rng);
        world.parties[0].plan.thinks = SECOND * 14;
        let later = SECOND * 2;
        for party in &mut world.parties[1..] {
            party.delay(later);
        }
        let victim = world.rng.random_range(1..world.parties.len());
        let arrives = world.parties[victim].plan.arrives + later;
        let dies = arrives + MS * world.rng.random_range(1..2500);
        world.plan(victim, dies, Act::Crash);
        replace(&mut world, victim, dies + SECOND * 9);
        let echo = Echo::new(world.parties[victim].id, world.now);
        world.intruders.push(Box::new(echo));
        world.expect(PATIENCE * 2, "all others start", World::all_started)?;
        only_ended(&world, victim, &End::Crashed)
    });
}

#[test]
fn a_joiner_that_was_not_heard_for_long_gets_its_seat_again() {
    for_seeds(60, |seed| {
        let mut world = World::with_parties(seed, SECOND * 6);
        world.patient = false;
        world.parties[0].plan.thinks = SECOND * 20;
        world.run(world.now + SECOND * 4, |_| false)?;
        let silent = world.rng.random_range(1..world.parties.len());
        let seat = world.parties[silent].seat.ok_or("no seat")?;
        world.bus.cut(silent, 0);
        world.expect(SECOND * 9, "its seat is free", |world| {
            world.parties[0].board[seat].is_none()
        })?;
        world.bus.heal();
        world.expect(PATIENCE * 2, "all start", World::all_started)?;
        match world.parties.iter().all(|party| party.end.is_none()) {
            true => Ok(()),
            false => Err(checks::describe(&world)),
        }
    });
}

#[test]
fn a_host_that_goes_before_the_roster_ends_the_session_of_those_it_knows() {
    for_seeds(150, |seed| {
        let mut world = World::with_parties(seed, SECOND * 6);
        world.bus.faults = Faults::lossless(&mut world.rng);
        world.parties[0].plan.arrives = Duration::ZERO;
        world.parties[0].plan.thinks = SECOND * 20;
        let killed = seed % 2 == 0;
        let act = if killed { Act::Crash } else { Act::Leave };
        world.plan(0, SECOND * 5, act);
        world.expect(PATIENCE * 2, "all are told", |world| {
            (world.parties[1..].iter()).all(|party| party.end.is_some())
        })?;
        let kind = if killed {
            FaultKind::Lost
        } else {
            FaultKind::Interrupted
        };
        all_named(&world, 0, kind)
    });
}

#[test]
fn a_loss_after_the_roster_is_a_named_fault_for_all() {
    for_seeds(200, |seed| {
        let mut world = World::with_parties(seed, SECOND * 4);
        world.bus.faults = Faults {
            drop: 0.1,
            jitter: MS * 20,
            ..Faults::lossless(&mut world.rng)
        };
        world.expect(PATIENCE, "a roster", |world| {
            world.parties[0].roster.is_some()
        })?;
        let victim = world.rng.random_range(0..world.parties.len());
        world.plan(victim, MS * (seed % 16) as u32 * 50, Act::Crash);
        world.expect(SECOND * 10, "all have started or are told", |world| {
            let survivors = (world.parties.iter()).filter(|it| it.end != Some(End::Crashed));
            let (started, told) = survivors.fold((true, true), |(started, told), party| {
                (
                    started && party.has_started(),
                    told && party.fault().is_some(),
                )
            });
            world.parties[victim].gone && (started || told)
        })?;
        world.run(world.now + SECOND * 8, |_| false)?;
        match world.parties.iter().any(|party| party.fault().is_some()) {
            true => all_named(&world, victim, FaultKind::Lost),
            false => Ok(()),
        }
    });
}

#[test]
fn a_refusal_is_named_to_all_and_nobody_starts() {
    for_seeds(150, |seed| {
        let mut world = World::with_parties(seed, FOREVER);
        let refuser = world.rng.random_range(0..world.parties.len());
        world.parties[refuser].plan.refuses = true;
        let chaos = MS * world.rng.random_range(0..2000);
        world.run_through_chaos(chaos)?;
        world.expect(PATIENCE, "all are told", |world| {
            world.parties.iter().all(|party| party.end.is_some())
        })?;
        match world.parties.iter().any(|party| party.has_started()) {
            true => Err(checks::describe(&world)),
            false => all_named(&world, refuser, FaultKind::Refused),
        }
    });
}

#[test]
fn an_abort_is_heard_by_all_who_are_connected() {
    for_seeds(300, |seed| {
        let mut world = World::with_parties(seed, FOREVER);
        world.bus.faults = Faults::lossless(&mut world.rng);
        let leaver = world.rng.random_range(0..world.parties.len());
        let leaves = MS * world.rng.random_range(1500..4500);
        world.run(world.now + leaves, |_| false)?;
        world.plan(leaver, Duration::ZERO, Act::Leave);
        // Nobody is lost by silence here: whoever ends has heard of it.
        world.run(world.now + SECOND * 6, |_| false)?;
        let ended = world.parties.iter().filter(|it| it.end.is_some()).count();
        let began = world.parties[0].roster.is_some();
        if leaver == 0 || began {
            return all_named(&world, leaver, FaultKind::Interrupted);
        }
        match (ended, &world.parties[0].board[..]) {
            (1, board) if board.contains(&None) => Ok(()),
            _ => Err(checks::describe(&world)),
        }
    });
}

#[test]
fn who_leaves_learns_that_it_was_heard() {
    for_seeds(150, |seed| {
        let mut world = World::with_parties(seed, FOREVER);
        world.bus.faults.drop = [0.0, 0.33][(seed % 2) as usize];
        world.bus.faults.delay = MS * 5;
        world.farewell = SECOND * 20;
        world.parties[0].plan.thinks = SECOND * 30;
        world.run(world.now + SECOND * 5, |_| false)?;
        let leaver = world.rng.random_range(0..world.parties.len());
        world.plan(leaver, Duration::ZERO, Act::Leave);
        world.expect(SECOND * 10, "the leaver knows that it was heard", |world| {
            world.parties[leaver].heard
        })
    });
}

#[test]
fn whatever_happens_nobody_is_left_in_doubt() {
    for_seeds(300, |seed| {
        let mut world = World::with_parties(seed, SECOND * 5);
        // Some are cut off for longer than the peer timeout, so the living are called lost, too.
        world.patient = false;
        for _ in 0..world.rng.random_range(0..3) {
            let wants = world.rng.random_range(0..world.terms.parties);
            let named = world.rng.random_bool(0.5);
            world.add_joiner(|plan| plan.wants = named.then_some(wants));
        }
        for party in 0..world.parties.len() {
            let later = MS * world.rng.random_range(0..4000);
            world.parties[party].delay(later);
            let act = match world.rng.random_range(0..8) {
                0 => Act::Crash,
                1 => Act::Leave,
                _ => continue,
            };
            let after = MS * world.rng.random_range(0..9000);
            world.plan(party, after, act);
            if party > 0 && world.rng.random() {
                let again = after + MS * world.rng.random_range(0..3000);
                replace(&mut world, party, again);
            }
        }
        world.run_through_chaos(SECOND * 5)?;
        world.run(world.now + SECOND * 20, |_| false)?;
        let host = &world.parties[0];
        let host_gathers = host.is_in() && host.roster.is_none();
        for party in world.parties.iter().filter(|party| party.is_in()) {
            let waits = match &party.roster {
                Some(_) => party.has_started(),
                // A joiner that never heard of a host is its driver's to end.
                None => host_gathers || party.board.is_empty(),
            };
            if !waits {
                return Err(checks::describe(&world));
            }
        }
        Ok(())
    });
}

/// Another joiner comes for the seat: another person, or the same one with its lasting identity.
fn replace(world: &mut World, leaver: usize, arrives: Duration) {
    let plan = &world.parties[leaver].plan;
    let (wants, secret, clock) = (plan.wants, plan.secret.clone(), plan.clock);
    let same = world.rng.random_bool(0.4);
    world.add_joiner(|plan| {
        plan.wants = wants;
        plan.arrives = arrives;
        if same {
            plan.secret = secret;
            plan.clock = clock;
        }
    });
}

/// Nobody but this one has ended.
fn only_ended(world: &World, node: usize, how: &End) -> Result<(), String> {
    let fine = (world.parties.iter().enumerate()).all(|(at, party)| match at == node {
        true => party.end.as_ref() == Some(how),
        false => party.end.is_none(),
    });
    fine.then_some(()).ok_or_else(|| checks::describe(world))
}

/// Everybody else has ended with a fault that names this one.
fn all_named(world: &World, node: usize, kind: FaultKind) -> Result<(), String> {
    let seat = world.parties[node].seat;
    let named = |at: usize| {
        let fault = world.parties[at].fault();
        let unknown = world.parties[at].board.is_empty();
        let right = |party: Option<usize>| party == seat || (party.is_none() && unknown);
        fault.is_some_and(|fault| fault.kind == kind && right(fault.party))
    };
    let all = (0..world.parties.len()).filter(|at| *at != node).all(named);
    all.then_some(()).ok_or_else(|| checks::describe(world))
}
