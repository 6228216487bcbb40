//! What an intruder says: statements like those of honest parties, but not quite.

use iroh::{EndpointAddr, EndpointId, RelayUrl, TransportAddr};
use iroh_mpc::proto::signed::{Context, Signed};
use iroh_mpc::proto::wire::{
    Announcement, Body, Digest, Holder, MAX_LOBBY_BYTES, MAX_TIME, Refusal, Terms, WireFault,
};
use rand::{Rng, seq::IndexedRandom};

use super::Hostile;
use crate::world::{SESSION, host_key};

impl Hostile {
    /// Another statement in the place of one of its own.
    pub(super) fn change(&mut self, body: Body) -> Body {
        match body {
            Body::Announce(_) => Body::Announce(self.announcement()),
            Body::Board { terms, seats } => self.board(terms, seats),
            Body::Roster {
                time,
                announcements,
            } => self.roster(time, announcements),
            Body::Reveal { roster, nonce } => match self.rng.random() {
                true => Body::Reveal {
                    roster: self.digest(),
                    nonce,
                },
                false => Body::Reveal {
                    roster,
                    nonce: self.rng.random(),
                },
            },
            Body::Ready { roster, circuit } => match self.rng.random() {
                true => Body::Ready {
                    roster: self.digest(),
                    circuit,
                },
                false => Body::Ready {
                    roster,
                    circuit: self.rng.random(),
                },
            },
            _ => self.forge(),
        }
    }

    /// An announcement of its own that is not as it should be.
    pub(super) fn announcement(&mut self) -> Signed {
        let id = self.part.id;
        let mut addr = EndpointAddr::new(id);
        let oddity = self.rng.random_range(0..4);
        match if self.long { 2 } else { oddity } {
            0 => addr.id = host_key().public(),
            1 => {
                let ports = 0..self.rng.random_range(1..40);
                addr = addr
                    .with_addrs(ports.map(|port| TransportAddr::Ip(([127, 0, 0, 1], port).into())));
            }
            2 => {
                // Fits into a lobby message, but a roster of such announcements does not.
                let length = [100, MAX_LOBBY_BYTES - 700, MAX_LOBBY_BYTES - 450];
                let path = "x".repeat(length[self.rng.random_range(0..3)]);
                let url: Result<RelayUrl, _> = format!("https://example.org/{path}").parse();
                addr = url.map_or(addr.clone(), |url| addr.with_relay_url(url));
            }
            _ => {}
        }
        let seat = self.part.seat.unwrap_or_default() as u16;
        let honest_seat = self.long || self.rng.random_bool(0.9);
        let announcement = Announcement {
            seat: match honest_seat {
                true => seat,
                false => self.rng.random_range(0..6),
            },
            addr,
            key: self.rng.random(),
            commitment: self.rng.random(),
            terms: (self.known.terms.as_ref()).map_or([0; 32], |terms| terms.digest()),
            instance: self.part.plan.instance,
            consts: vec![],
        };
        let secret = &self.part.plan.secret;
        Signed::new(secret, Context::Announcement, &SESSION, &announcement)
    }

    fn board(&mut self, mut terms: Terms, mut seats: Vec<Option<Holder>>) -> Body {
        match self.rng.random_range(0..6) {
            0 => terms.program = self.rng.random(),
            1 => terms.evaluator = self.rng.random_range(0..9),
            2 => terms.parties = self.rng.random_range(0..9),
            3 => seats.truncate(self.rng.random_range(0..9)),
            4 => seats.fill(None),
            _ => {
                let (a, b) = (self.rng.random_range(0..9), self.rng.random_range(0..9));
                if a < seats.len() && b < seats.len() {
                    seats.swap(a, b);
                }
            }
        }
        Body::Board { terms, seats }
    }

    fn roster(&mut self, mut time: u64, mut announcements: Vec<Signed>) -> Body {
        let at = self.rng.random_range(0..announcements.len().max(1));
        match self.rng.random_range(0..7) {
            0 => drop(announcements.pop()),
            1 => announcements.reverse(),
            2 => announcements.extend(announcements.first().cloned()),
            3 => {
                let own = self.announcement();
                announcements.iter_mut().for_each(|it| {
                    if it.from == own.from {
                        *it = own.clone();
                    }
                });
            }
            4 => time = [time ^ 1, MAX_TIME, MAX_TIME + 1, u64::MAX][self.rng.random_range(0..4)],
            // Another one of the same author, or of somebody else.
            _ => {
                if let (Some(it), Some(other)) = (
                    announcements.get_mut(at),
                    self.known.announcements.choose(&mut self.rng),
                ) {
                    *it = other.clone();
                }
            }
        }
        Body::Roster {
            time,
            announcements,
        }
    }

    /// Anything but a question for a seat, which is a stranger's right.
    pub(super) fn forge(&mut self) -> Body {
        let (who, instance) = self.person();
        match self.rng.random_range(0..10) {
            0 => Body::Heard { of: who },
            9 => Body::Asking {
                roster: self.digest(),
            },
            1 => Body::Refuse {
                to: who,
                instance,
                why: Refusal::Full,
            },
            2 => Body::Abort {
                kind: [WireFault::Interrupted, WireFault::Lost][self.rng.random_range(0..2)],
                party: self
                    .rng
                    .random_bool(0.8)
                    .then(|| self.rng.random_range(0..40)),
                phase: "\u{1b}[31m \u{202e}x".repeat(self.rng.random_range(0..9)),
            },
            3 => Body::Reveal {
                roster: self.digest(),
                nonce: self.nonce(),
            },
            4 => Body::Ready {
                roster: self.digest(),
                circuit: [7; 32],
            },
            5 => {
                let announcements = self.known.announcements.iter().rev();
                Body::Roster {
                    time: self.rng.random(),
                    announcements: announcements
                        .take(self.rng.random_range(0..7))
                        .cloned()
                        .collect(),
                }
            }
            6 => match self.known.announcements.choose(&mut self.rng) {
                Some(other) => Body::Announce(other.clone()),
                None => Body::Announce(self.announcement()),
            },
            7 => Body::Announce(self.announcement()),
            _ => {
                let holder = Holder {
                    id: who,
                    instance,
                    announced: true,
                };
                let seats = vec![Some(holder); self.rng.random_range(0..7)];
                match self.known.terms.clone() {
                    Some(terms) => self.board(terms, seats),
                    None => Body::Heard { of: who },
                }
            }
        }
    }

    /// Somebody that it has seen on the board.
    pub(super) fn person(&mut self) -> (EndpointId, u64) {
        let anybody = self.known.people.choose(&mut self.rng).copied();
        anybody.unwrap_or((host_key().public(), 0))
    }

    fn digest(&mut self) -> Digest {
        let known = self.known.rosters.choose(&mut self.rng).copied();
        known
            .filter(|_| self.rng.random_bool(0.7))
            .unwrap_or([9; 32])
    }

    fn nonce(&mut self) -> [u8; 32] {
        let known = self.known.nonces.choose(&mut self.rng).copied();
        known.unwrap_or([9; 32])
    }
}
