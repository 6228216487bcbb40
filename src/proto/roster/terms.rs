//! What a joiner finds wrong with the host's terms, term by term.

use super::printable;
use crate::proto::wire::{Digest, Terms, Transport, VERSIONS};

/// Parties or versions that are told of one term, whatever the host sends.
const MAX_TOLD: usize = 32;

/// Why a joiner does not take the host's terms.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WrongTerms {
    /// The engine's messages have no version of their own, so all must be equal.
    #[error("the versions differ: the host runs {theirs}, this is {ours}")]
    Versions {
        /// What differs on our side.
        ours: String,
        /// What differs on the host's.
        theirs: String,
    },
    /// Not the program of the ticket.
    #[error(
        "the program differs: the host's terms have the digest {theirs}.., its ticket has {ours}.."
    )]
    Program {
        /// The ticket's, its beginning.
        ours: String,
        /// The host's, its beginning.
        theirs: String,
    },
    /// Seats and parties must be as many.
    #[error("the host's terms contradict themselves: {parties} parties, {seats} seats")]
    Seats {
        /// As the terms say.
        parties: usize,
        /// As the board shows.
        seats: usize,
    },
    /// Terms never change.
    #[error("the host changed the terms: {0}")]
    Changed(String),
    /// The digest covers the program; what it does not cover must make sense for it.
    #[error("the host's terms don't fit the program: {0}")]
    Misfit(String),
}

impl WrongTerms {
    /// What to try.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Versions { .. } => "all parties need the same version of iroh-mpc",
            Self::Changed(_) => "ask the host what it wants, then for a new ticket",
            Self::Program { .. } | Self::Seats { .. } | Self::Misfit(_) => {
                "ask the host for a new ticket"
            }
        }
    }

    /// Looks at a board: terms and number of seats, for the program of the ticket, and the terms that we knew before.
    pub(super) fn find(
        terms: &Terms,
        seats: usize,
        program: &Digest,
        known: Option<&Terms>,
    ) -> Option<Self> {
        if terms.versions != VERSIONS {
            return Some(Self::versions(&terms.versions));
        }
        if terms.program != *program {
            return Some(Self::Program {
                ours: beginning(program),
                theirs: beginning(&terms.program),
            });
        }
        match known {
            Some(known) if known != terms => Some(Self::Changed(changes(known, terms))),
            _ if seats != usize::from(terms.parties) => Some(Self::Seats {
                parties: terms.parties.into(),
                seats,
            }),
            _ => None,
        }
    }

    /// Whether terms make no sense for a program of so many parties.
    pub fn misfit(terms: &Terms, parties: usize) -> Option<Self> {
        let missing = |seat: &u16| usize::from(*seat) >= parties;
        let learns = &terms.output_parties;
        let why = if usize::from(terms.parties) != parties {
            format!("{} parties instead of {parties}", terms.parties)
        } else if learns.is_empty() {
            "nobody learns the result".into()
        } else if let Some(seat) = learns.iter().find(|seat| missing(seat)) {
            format!("output party {seat} of {parties} parties")
        } else if !learns.is_sorted_by(|a, b| a < b) {
            "output parties out of order".into()
        } else if missing(&terms.evaluator) {
            format!("party {} of {parties} evaluates", terms.evaluator)
        } else {
            return None;
        };
        Some(Self::Misfit(why))
    }

    fn versions(theirs: &str) -> Self {
        let theirs = printable(theirs);
        let differing = |of: &str, other: &str| {
            let parts = of.split(", ").filter(|part| !other.contains(part));
            let parts: Vec<&str> = parts.take(MAX_TOLD).collect();
            match parts.as_slice() {
                [] => of.to_string(),
                parts => parts.join(", "),
            }
        };
        Self::Versions {
            ours: differing(VERSIONS, &theirs),
            theirs: differing(&theirs, VERSIONS),
        }
    }
}

/// Every term that is another one now. Versions and program have been compared already.
fn changes(before: &Terms, now: &Terms) -> String {
    // Names all terms, so that a new one is not forgotten here.
    let Terms {
        versions: _,
        program: _,
        parties,
        output_parties,
        evaluator,
        optimize,
        transport,
    } = now;
    let terms = [
        ("parties", before.parties.to_string(), parties.to_string()),
        (
            "output parties",
            list(&before.output_parties),
            list(output_parties),
        ),
        (
            "evaluator",
            before.evaluator.to_string(),
            evaluator.to_string(),
        ),
        (
            "optimiser",
            on(before.optimize).to_string(),
            on(*optimize).to_string(),
        ),
        (
            "transport",
            carrier(before.transport).to_string(),
            carrier(*transport).to_string(),
        ),
    ];
    let changed = terms.into_iter().filter(|(_, before, now)| before != now);
    let changed = changed.map(|(term, before, now)| format!("{term} {now} instead of {before}"));
    changed.collect::<Vec<_>>().join("; ")
}

fn list(seats: &[u16]) -> String {
    let told: Vec<String> = (seats.iter().take(MAX_TOLD)).map(u16::to_string).collect();
    told.join(",")
}

fn on(optimize: bool) -> &'static str {
    if optimize { "on" } else { "off" }
}

fn carrier(transport: Transport) -> &'static str {
    match transport {
        Transport::Gossip => "gossip",
        Transport::Direct => "direct",
    }
}

/// Enough of a digest to tell two programs apart by eye.
pub(crate) fn beginning(digest: &Digest) -> String {
    digest[..8]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use iroh::SecretKey;

    use super::*;
    use crate::proto::{
        roster::{Config, Event, Lobby, Output, Role},
        signed::{Context, Signed},
        wire::{Body, Envelope},
    };

    const PROGRAM: Digest = [7; 32];
    const SESSION: Digest = [1; 32];

    fn terms() -> Terms {
        Terms {
            versions: VERSIONS.into(),
            program: PROGRAM,
            parties: 3,
            output_parties: vec![0, 1, 2],
            evaluator: 0,
            optimize: true,
            transport: Transport::Gossip,
        }
    }

    /// What a joiner says that is shown these boards, one after the other.
    fn told(boards: &[(Terms, usize)]) -> Option<String> {
        let (host, own, now) = (SecretKey::generate(), SecretKey::generate(), Instant::now());
        let minute = Duration::from_secs(60);
        let config = Config {
            secret: own,
            session: SESSION,
            instance: 1,
            nonce: [2; 32],
            first_counter: 0,
            unix_time: 0,
            peer_timeout: minute,
            stall_timeout: minute,
        };
        let role = Role::Joiner {
            host: host.public(),
            program: PROGRAM,
            seat: None,
        };
        let mut lobby = Lobby::new(config, role, now);
        for (counter, (terms, seats)) in boards.iter().enumerate() {
            let envelope = Envelope {
                instance: 9,
                counter: counter as u64 + 1,
                body: Body::Board {
                    terms: terms.clone(),
                    seats: vec![None; *seats],
                },
            };
            let signed = Signed::new(&host, Context::Lobby, &SESSION, &envelope);
            lobby.handle(&postcard::to_stdvec(&signed).unwrap(), now);
        }
        std::iter::from_fn(|| lobby.poll()).find_map(|output| match output {
            Output::Event(Event::WrongTerms(why)) => Some(why.to_string()),
            _ => None,
        })
    }

    fn with(change: impl FnOnce(&mut Terms)) -> Terms {
        let mut terms = terms();
        change(&mut terms);
        terms
    }

    #[test]
    fn a_term_that_differs_is_named() {
        assert_eq!(told(&[(terms(), 3), (terms(), 3)]), None);
        let polytune = VERSIONS.replace("0.2.0-alpha.4", "0.3.0");
        for (terms, seats, expected) in [
            (
                with(|it| it.versions = polytune),
                3,
                "the versions differ: the host runs polytune 0.3.0, this is polytune 0.2.0-alpha.4",
            ),
            (
                with(|it| it.versions = "\u{1b}[2J".into()),
                3,
                "the host runs [2J, this is iroh-mpc 1, polytune",
            ),
            (
                with(|it| it.program = [0xab; 32]),
                3,
                "the program differs: the host's terms have the digest abababababababab.., its ticket has 0707",
            ),
            (terms(), 2, "3 parties, 2 seats"),
        ] {
            let told = told(&[(terms, seats)]).unwrap_or_default();
            assert!(told.contains(expected), "{told}");
        }
    }

    #[test]
    fn a_term_that_changes_is_named_with_both_values() {
        for (now, expected) in [
            (with(|it| it.parties = 4), "parties 4 instead of 3"),
            (
                with(|it| it.output_parties = vec![1]),
                "output parties 1 instead of 0,1,2",
            ),
            (with(|it| it.evaluator = 2), "evaluator 2 instead of 0"),
            (
                with(|it| it.optimize = false),
                "optimiser off instead of on",
            ),
            (
                with(|it| it.transport = Transport::Direct),
                "transport direct instead of gossip",
            ),
            (
                with(|it| (it.evaluator, it.optimize) = (1, false)),
                "evaluator 1 instead of 0; optimiser off instead of on",
            ),
        ] {
            let seats = now.parties.into();
            let told = told(&[(terms(), 3), (now, seats)]);
            let expected = format!("the host changed the terms: {expected}");
            assert_eq!(told, Some(expected));
        }
    }

    #[test]
    fn terms_that_make_no_sense_for_the_program_are_named() {
        assert_eq!(WrongTerms::misfit(&terms(), 3), None);
        for (terms, expected) in [
            (with(|it| it.parties = 2), "2 parties instead of 3"),
            (with(|it| it.output_parties = vec![]), "nobody learns"),
            (
                with(|it| it.output_parties = vec![0, 3]),
                "output party 3 of 3",
            ),
            (with(|it| it.output_parties = vec![1, 1]), "out of order"),
            (with(|it| it.evaluator = 7), "party 7 of 3 evaluates"),
        ] {
            let told = WrongTerms::misfit(&terms, 3).map(|it| it.to_string());
            let told = told.unwrap_or_default();
            assert!(told.contains(expected), "{told}");
        }
    }
}
