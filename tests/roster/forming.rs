//! Who comes together, and who does not.

use std::time::Duration;

use iroh_mpc::error::FaultKind;
use iroh_mpc::proto::wire::Refusal;
use rand::Rng;

use crate::bus::Faults;
use crate::party::End;
use crate::world::World;
use crate::{FOREVER, MS, SECOND, checks, for_seeds};

/// More than enough for all that has to be said on a good network, thinking and compiling included.
const PATIENCE: Duration = SECOND.saturating_mul(10);

#[test]
fn everybody_starts_with_one_roster_and_one_seed_once_the_bus_heals() {
    for_seeds(300, |seed| {
        let mut world = World::with_parties(seed, FOREVER);
        let chaos = MS * world.rng.random_range(0..3000);
        world.run_through_chaos(chaos)?;
        world.expect(PATIENCE, "all start", World::all_started)?;
        nobody_ended(&world)?;
        // Those who have started say no more once they are linked.
        world.run(world.now + SECOND * 3, |_| false)?;
        let said = world.said();
        world.run(world.now + SECOND * 3, |_| false)?;
        match world.said() - said {
            0 => nobody_ended(&world),
            n => Err(format!("{n} messages after the start")),
        }
    });
}

#[test]
fn everybody_starts_though_cut_off_for_less_than_the_peer_timeout() {
    for_seeds(100, |seed| {
        let mut world = World::with_parties(seed, SECOND * 8);
        for _ in 0..2 {
            let cut = (0..world.parties.len()).map(|_| world.rng.random());
            let cut: Vec<bool> = cut.collect();
            world.bus.partition(&cut);
            world.run(world.now + SECOND * 6, |_| false)?;
            world.bus.heal();
            world.run(world.now + SECOND * 2, |_| false)?;
        }
        world.expect(PATIENCE, "all start", World::all_started)?;
        nobody_ended(&world)
    });
}

#[test]
fn a_contested_seat_is_an_error_for_the_one_who_contests_alone() {
    for_seeds(150, |seed| {
        let mut world = World::with_parties(seed, FOREVER);
        let seats = take_seats(&mut world);
        let contested = seats[world.rng.random_range(0..seats.len())];
        let contests = world.rng.random_range(1..=2);
        for _ in 0..contests {
            world.add_joiner(|plan| {
                plan.wants = Some(contested);
                plan.arrives *= 2;
            });
        }
        let chaos = MS * world.rng.random_range(0..2000);
        world.run_through_chaos(chaos)?;
        world.expect(PATIENCE, "all seats start", World::all_started)?;
        world.expect(PATIENCE, "the others are refused", |world| {
            refused(world).len() == contests
        })?;
        for party in &world.parties {
            match party.refusal() {
                None if party.has_started() && party.end.is_none() => {}
                Some(Refusal::Taken | Refusal::Begun) if party.plan.wants == Some(contested) => {}
                _ => return Err(checks::describe(&world)),
            }
        }
        Ok(())
    });
}

#[test]
fn a_full_session_refuses() {
    for_seeds(150, |seed| {
        let mut world = World::with_parties(seed, FOREVER);
        for party in &mut world.parties[1..] {
            party.plan.wants = None;
        }
        // Late enough that the seats may be taken, the roster out, or all started.
        world.add_joiner(|plan| plan.arrives *= 4);
        let chaos = MS * world.rng.random_range(0..2000);
        world.run_through_chaos(chaos)?;
        world.expect(PATIENCE, "all seats start", World::all_started)?;
        world.expect(PATIENCE, "one is refused", |world| {
            !refused(world).is_empty()
        })?;
        match refused(&world)[..] {
            [Refusal::Full | Refusal::Begun] => Ok(()),
            _ => Err(checks::describe(&world)),
        }
    });
}

#[test]
fn a_seat_that_does_not_exist_is_refused() {
    for_seeds(20, |seed| {
        let mut world = World::with_parties(seed, FOREVER);
        let seats = world.terms.parties;
        let wants = [seats, u16::MAX][(seed % 2) as usize];
        let odd = world.add_joiner(|plan| {
            plan.wants = Some(wants);
            plan.arrives = MS * 10;
        });
        world.parties[0].plan.thinks = SECOND * 3;
        world.expect(PATIENCE, "all start", World::all_started)?;
        match world.parties[odd].refusal() {
            Some(Refusal::NoSuchSeat) => Ok(()),
            _ => Err(checks::describe(&world)),
        }
    });
}

#[test]
fn who_is_not_allowed_is_refused_and_takes_no_seat() {
    for_seeds(100, |seed| {
        let mut world = World::with_parties(seed, FOREVER);
        let joiners = world.parties[1..].iter().map(|party| party.id);
        world.parties[0].plan.allow = Some(joiners.collect());
        let uninvited = world.add_joiner(|plan| {
            plan.wants = None;
            plan.arrives = MS * 10;
        });
        let chaos = MS * world.rng.random_range(0..2000);
        world.run_through_chaos(chaos)?;
        world.expect(PATIENCE, "all start", World::all_started)?;
        world.expect(PATIENCE, "one is refused", |world| {
            !refused(world).is_empty()
        })?;
        match world.parties[uninvited].refusal() {
            Some(Refusal::NotAllowed) if refused(&world).len() == 1 => Ok(()),
            _ => Err(checks::describe(&world)),
        }
    });
}

#[test]
fn an_identity_that_is_used_twice_is_an_error_for_the_second_alone() {
    for_seeds(150, |seed| {
        let mut world = World::with_parties(seed, FOREVER);
        let joiner = world.rng.random_range(1..world.parties.len());
        let first = &world.parties[joiner].plan;
        let (secret, wants, arrives) = (first.secret.clone(), first.wants, first.arrives);
        let later = MS * world.rng.random_range(1..3000);
        let second = world.add_joiner(|plan| {
            plan.secret = secret;
            plan.wants = wants;
            plan.arrives = arrives + later;
        });
        let chaos = MS * world.rng.random_range(0..1000);
        world.run_through_chaos(chaos)?;
        world.expect(PATIENCE, "all seats start", World::all_started)?;
        world.expect(PATIENCE, "one is refused", |world| {
            !refused(world).is_empty()
        })?;
        // If the first one's question was lost, the second process may have been the first to get through.
        let [a, b] = [joiner, second].map(|at| world.parties[at].refusal());
        match (a, b, refused(&world).len()) {
            (None, Some(Refusal::IdentityInUse), 1) => Ok(()),
            (Some(Refusal::IdentityInUse), None, 1) => Ok(()),
            _ => Err(checks::describe(&world)),
        }
    });
}

#[test]
fn another_program_ends_its_joiner_alone_and_frees_the_seat() {
    for_seeds(150, |seed| {
        let mut world = World::with_parties(seed, FOREVER);
        world.bus.faults = Faults::lossless(&mut world.rng);
        let by_name = world.parties[1].plan.wants;
        for party in &mut world.parties[1..] {
            party.delay(SECOND * 6);
        }
        // Comes first, so that it may get a seat before it has seen the terms.
        let odd = world.add_joiner(|plan| {
            plan.program = [4; 32];
            plan.wants = by_name;
        });
        world.expect(PATIENCE * 2, "all others start", World::all_started)?;
        match world.parties[odd].end {
            Some(End::WrongTerms(_)) if world.parties[odd].seat.is_none() => Ok(()),
            _ => Err(checks::describe(&world)),
        }
    });
}

#[test]
fn other_programs_or_versions_never_start() {
    for_seeds(60, |seed| {
        let mut world = World::with_parties(seed, FOREVER);
        if seed % 2 == 0 {
            let terms = world.parties[0].plan.terms.as_mut().ok_or("no host")?;
            terms.versions = "iroh-mpc 0".into();
        } else {
            // As many as there are with the right ticket, or all of them.
            let share = [0.5, 1.0][world.rng.random_range(0..2)];
            for at in 1..world.parties.len() {
                if world.rng.random_bool(share) || at == 1 {
                    world.parties[at].plan.program = [4; 32];
                }
            }
        }
        world.run_through_chaos(SECOND)?;
        world.run(world.now + SECOND * 5, |_| false)?;
        for party in &world.parties {
            let wrong = seed % 2 == 0 || party.plan.program != world.terms.program;
            let refused = matches!(party.end, Some(End::WrongTerms(_)));
            let is_host = party.plan.terms.is_some();
            if party.has_started() || party.roster.is_some() || (wrong && !is_host) != refused {
                return Err(checks::describe(&world));
            }
        }
        Ok(())
    });
}

#[test]
fn other_circuits_never_start_and_all_are_told() {
    for_seeds(150, |seed| {
        let mut world = World::with_parties(seed, FOREVER);
        world.bus.faults = Faults::lossless(&mut world.rng);
        let odd = world.rng.random_range(0..world.parties.len());
        world.parties[odd].plan.circuit = [8; 32];
        world.odd.insert(world.parties[odd].id);
        world.expect(PATIENCE * 2, "all are told", |world| {
            world.parties.iter().all(|party| party.fault().is_some())
        })?;
        // That the right one is named is checked as they end.
        for party in &world.parties {
            let fault = party.fault().ok_or("no fault")?;
            let named = fault.party.is_some();
            if party.has_started() || fault.kind != FaultKind::Differs || !named {
                return Err(checks::describe(&world));
            }
        }
        Ok(())
    });
}

#[test]
fn the_checks_can_fail() {
    let started = || {
        let mut world = World::with_parties(4, FOREVER);
        world
            .expect(PATIENCE, "all start", World::all_started)
            .unwrap();
        assert_eq!(checks::agreement(&world.parties), Ok(()));
        world
    };
    let spoilt = |spoil: &dyn Fn(&mut crate::party::Party)| {
        let mut world = started();
        spoil(&mut world.parties[1]);
        checks::agreement(&world.parties).is_err()
    };
    assert!(spoilt(&|it| it.seed = Some([0; 32])));
    assert!(spoilt(&|it| it.roster = None));
    assert!(spoilt(&|it| it.confirmed = false));
    assert!(spoilt(&|it| it.plan.circuit = [0; 32]));
    assert!(spoilt(&|it| it.key = [0; 32]));
    assert!(spoilt(&|it| it.roster.as_mut().unwrap().digest = [0; 32]));

    let blamed = |kind, party, reported_by| {
        let mut world = started();
        world.parties[1].accuse(kind, party, reported_by);
        checks::blame(&world, 1).is_err()
    };
    let seat = started().parties[0].seat;
    assert!(blamed(FaultKind::Lost, seat, None));
    assert!(blamed(FaultKind::BrokeProtocol, seat, None));
    assert!(blamed(FaultKind::Interrupted, seat, None));
    assert!(blamed(FaultKind::Lost, None, None));
    assert!(blamed(FaultKind::Lost, Some(99), None));
    assert!(blamed(FaultKind::Lost, Some(1), seat));

    let never_healed = (0..20).filter(|seed| {
        let mut world = World::with_parties(*seed, FOREVER);
        world
            .bus
            .partition(&[true, false, false, false, false, false]);
        world
            .expect(PATIENCE, "all start", World::all_started)
            .is_err()
    });
    assert_eq!(never_healed.count(), 20);
}

/// Gives each joiner a seat of its own to ask for; returns all seats.
fn take_seats(world: &mut World) -> Vec<u16> {
    let host = world.parties[0].plan.wants;
    let mut free = (0..world.terms.parties).filter(|seat| Some(*seat) != host);
    for party in &mut world.parties[1..] {
        party.plan.wants = free.next();
    }
    (0..world.terms.parties).collect()
}

fn refused(world: &World) -> Vec<Refusal> {
    let refusals = world.parties.iter().filter_map(|party| party.refusal());
    refusals.collect()
}

fn nobody_ended(world: &World) -> Result<(), String> {
    match world.parties.iter().all(|party| party.end.is_none()) {
        true => Ok(()),
        false => Err(checks::describe(world)),
    }
}
