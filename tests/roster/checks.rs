//! What must hold among honest parties at every instant.

use iroh::EndpointId;
use iroh_mpc::error::FaultKind;

use crate::party::{End, Party};
use crate::world::{World, host_key};

/// Whoever starts holds the same roster and the same seed as every honest party of that roster, and has its word for it.
///
/// Two honest parties that are in no roster together may have been brought into two sessions by a dishonest host, as if
/// it had given them two tickets.
pub fn agreement(parties: &[Party]) -> Result<(), String> {
    for a in parties.iter().filter(|party| party.has_started()) {
        let Some(roster) = &a.roster else {
            return Err("started without a roster".into());
        };
        for entry in &roster.parties {
            // One identity may have several processes, of which one has announced this key.
            let mut known = parties.iter().filter(|it| it.id == entry.id).peekable();
            if known.peek().is_none() {
                continue;
            }
            let Some(b) = known.find(|it| it.key == entry.key) else {
                return Err("a roster with a key that its party never announced".into());
            };
            if b.roster.as_ref() != Some(roster) {
                return Err("started without the same roster at another party".into());
            }
            if !b.confirmed || b.plan.circuit != a.plan.circuit {
                return Err("started without another party's consent".into());
            }
            if b.has_started() && b.seed != a.seed {
                return Err("two seeds for one roster".into());
            }
        }
    }
    Ok(())
}

/// Two honest parties have the same session words exactly if they hold the same roster.
pub fn words(parties: &[Party]) -> Result<(), String> {
    let digest = |party: &Party| party.roster.as_ref().map(|roster| roster.digest);
    let known = |party: &&Party| party.words.is_some();
    for a in parties.iter().filter(known) {
        for b in parties.iter().filter(known) {
            if (a.words == b.words) != (digest(a) == digest(b)) {
                return Err("words that do not tell the roster".into());
            }
        }
    }
    Ok(())
}

/// A party that ends names the right one: whom it accuses of a breach is an intruder, whom it calls lost is gone, and who
/// is said to have stopped has stopped.
pub fn blame(world: &World, accuser: usize) -> Result<(), String> {
    let accuser = &world.parties[accuser];
    let Some(fault) = accuser.fault() else {
        return Ok(());
    };
    let intruders: Vec<_> = (world.intruders.iter()).flat_map(|it| it.ids()).collect();
    let is_intruder = |id: &EndpointId| intruders.contains(id);
    // Before the roster a joiner hears the host alone.
    let id_at = |seat: usize| match &accuser.roster {
        Some(roster) => roster.parties.get(seat).map(|party| party.id),
        None => Some(host_key().public()).filter(|id| {
            let host = world.parties.iter().find(|it| it.id == *id);
            host.is_none_or(|host| host.plan.wants == Some(seat as u16))
        }),
    };
    if let Some(by) = fault.reported_by {
        let reporter = id_at(by).ok_or("reported by a party that does not exist")?;
        let told = |it: &Party| {
            (it.fault()).is_some_and(|own| (own.kind, own.party) == (fault.kind, fault.party))
        };
        let honest = (world.parties.iter()).any(|it| it.id == reporter && told(it));
        return match honest || is_intruder(&reporter) {
            true => Ok(()),
            false => Err("a report of what the reporter did not say".into()),
        };
    }
    let Some(seat) = fault.party else {
        // A joiner that has seen no board yet, or none with the host on it, does not know the host's seat.
        let host_hides = is_intruder(&host_key().public());
        let nobody_known = accuser.roster.is_none() && (accuser.board.is_empty() || host_hides);
        return match nobody_known {
            true => Ok(()),
            false => Err("a fault without a name".into()),
        };
    };
    let accused = id_at(seat).ok_or("a party that does not exist is accused")?;
    let any = |what: &dyn Fn(&Party) -> bool| {
        (world.parties.iter()).any(|party| party.id == accused && what(party))
    };
    let right = match fault.kind {
        _ if is_intruder(&accused) => true,
        // A party that was shown another roster says so in good faith.
        FaultKind::Differs if is_intruder(&host_key().public()) => true,
        FaultKind::Differs => [accused, accuser.id]
            .iter()
            .any(|it| world.odd.contains(it)),
        FaultKind::BrokeProtocol | FaultKind::Deaf => false,
        FaultKind::Stalled => world.idle.contains(&accused),
        FaultKind::Refused => any(&|it| it.plan.refuses && it.end == Some(End::Left)),
        FaultKind::Interrupted => any(&|it| it.end == Some(End::Left)),
        FaultKind::Lost if !world.patient => true,
        FaultKind::Lost | FaultKind::Failed => any(&|it| it.gone || it.end.is_some()),
    };
    match right {
        true => Ok(()),
        false => Err(format!("party {seat} is accused wrongly")),
    }
}

/// Where everybody stands, for a person who looks into a failed seed.
pub fn describe(world: &World) -> String {
    let mut text = format!("after {:?}:", world.now - world.start);
    for (at, party) in world.parties.iter().enumerate() {
        let role = if party.plan.terms.is_some() {
            "host"
        } else {
            "joiner"
        };
        text += &format!(
            "\n  node {at}, {role} {}, seat {:?}, roster {}, confirmed {}, started {}, {}, end {:?}",
            party.id.fmt_short(),
            party.seat,
            (party.roster.as_ref()).map_or("-".into(), |it| format!("{:02x?}", &it.digest[..2])),
            party.confirmed,
            party.has_started(),
            if party.lobby.is_some() {
                "there"
            } else {
                "not there"
            },
            party.end,
        );
    }
    text
}
