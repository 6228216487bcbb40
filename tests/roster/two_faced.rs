//! A host that shows two faces: each joiner sees one of two sessions, with seats and a roster of its own, in which the host,
//! and invented parties of the host, answer just as they should.

use std::time::{Duration, Instant};

use bytes::Bytes;
use iroh::{EndpointAddr, EndpointId, SecretKey};
use iroh_mpc::proto::signed::{Context, Signed, decode};
use iroh_mpc::proto::wire::{Announcement, Body, Digest, Envelope, Holder, Terms};
use rand::{Rng, SeedableRng, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;

use crate::MS;
use crate::world::{Intruder, SESSION, host_key};

/// Between two rounds of its lies.
const ROUND: Duration = MS.saturating_mul(200);

pub struct TwoFaced {
    rng: ChaCha8Rng,
    terms: Terms,
    faces: [Vec<Occupant>; 2],
    /// By node: what the joiner at that node has said.
    joiners: Vec<Joiner>,
    counter: u64,
    next: Instant,
}

#[derive(Clone)]
#[allow(clippy::large_enum_variant, reason = "there are six of them")]
enum Occupant {
    /// The host, or a party that it invented.
    Own {
        secret: SecretKey,
        nonce: [u8; 32],
        announcement: Signed,
    },
    /// The joiner at a node; one of its announcements is chosen when there are several.
    Joiner(usize),
}

struct Joiner {
    id: EndpointId,
    face: usize,
    instance: Option<u64>,
    announcements: Vec<Signed>,
    /// What it takes for the roster.
    roster: Option<Digest>,
}

impl TwoFaced {
    /// Its victims are the joiners at the nodes 0, 1, and so on.
    pub fn new(terms: Terms, victims: &[EndpointId], rng: &mut ChaCha8Rng, now: Instant) -> Self {
        let mut rng = ChaCha8Rng::from_rng(rng);
        let joiner = |id: &EndpointId, rng: &mut ChaCha8Rng| Joiner {
            id: *id,
            face: rng.random_range(0..2),
            instance: None,
            announcements: Vec::new(),
            roster: None,
        };
        let joiners: Vec<_> = victims.iter().map(|id| joiner(id, &mut rng)).collect();
        // Either everybody sees everybody, or each sees only those of its own side, and inventions.
        let all_in_both = rng.random_bool(0.5);
        let one_announcement = rng.random_bool(0.5);
        let mut host = None;
        let faces = [0, 1].map(|face| {
            let mut seats: Vec<Occupant> = Vec::new();
            for seat in 0..terms.parties {
                let node = usize::from(seat).checked_sub(1);
                let node = node.filter(|it| all_in_both || joiners[*it].face == face);
                seats.push(match node {
                    Some(node) => Occupant::Joiner(node),
                    None if seat == 0 && face == 1 && one_announcement => host
                        .clone()
                        .unwrap_or_else(|| invented(seat, &terms, &mut rng)),
                    None => invented(seat, &terms, &mut rng),
                });
            }
            host = seats.first().cloned();
            seats
        });
        Self {
            rng,
            terms,
            faces,
            joiners,
            counter: 1_000_000,
            next: now,
        }
    }

    fn say(&mut self, secret: &SecretKey, to: usize, body: Body) -> (Vec<usize>, Bytes) {
        self.counter += 1;
        let envelope = Envelope {
            instance: 0,
            counter: self.counter,
            body,
        };
        let signed = Signed::new(secret, Context::Lobby, &SESSION, &envelope);
        (
            vec![to],
            postcard::to_stdvec(&signed).unwrap_or_default().into(),
        )
    }

    /// What one joiner is told in a round.
    fn tell(&mut self, node: usize) -> Vec<(Vec<usize>, Bytes)> {
        let host = host_key();
        let face = self.faces[self.joiners[node].face].clone();
        let holder = |occupant: &Occupant| match occupant {
            Occupant::Own { secret, .. } => Some(Holder {
                id: secret.public(),
                instance: 0,
                announced: true,
            }),
            Occupant::Joiner(node) => {
                let joiner = &self.joiners[*node];
                joiner.instance.map(|instance| Holder {
                    id: joiner.id,
                    instance,
                    announced: false,
                })
            }
        };
        let seats = face.iter().map(holder).collect();
        let terms = self.terms.clone();
        let mut said = vec![self.say(&host, node, Body::Board { terms, seats })];

        let mut roster = Vec::new();
        for occupant in &face {
            roster.extend(match occupant {
                Occupant::Own { announcement, .. } => Some(announcement.clone()),
                Occupant::Joiner(node) => {
                    let choice = &self.joiners[*node].announcements;
                    choice.choose(&mut self.rng).cloned()
                }
            });
        }
        if roster.len() == face.len() {
            let roster = Body::Roster {
                time: 0,
                announcements: roster,
            };
            said.push(self.say(&host, node, roster));
        }
        if let Some(roster) = self.joiners[node].roster {
            for occupant in &face {
                if let Occupant::Own { secret, nonce, .. } = occupant {
                    let (nonce, circuit) = (*nonce, [7; 32]);
                    said.push(self.say(secret, node, Body::Reveal { roster, nonce }));
                    said.push(self.say(secret, node, Body::Ready { roster, circuit }));
                }
            }
        }
        said
    }
}

/// The host at seat 0, or somebody who does not exist.
fn invented(seat: u16, terms: &Terms, rng: &mut ChaCha8Rng) -> Occupant {
    let secret = match seat {
        0 => host_key(),
        _ => SecretKey::from_bytes(&rng.random()),
    };
    let nonce: [u8; 32] = rng.random();
    let announcement = Announcement {
        seat,
        addr: EndpointAddr::new(secret.public()),
        key: rng.random(),
        commitment: blake3::derive_key("iroh-mpc 1 nonce commitment", &nonce),
        terms: terms.digest(),
        instance: 0,
        consts: vec![],
    };
    Occupant::Own {
        nonce,
        announcement: Signed::new(&secret, Context::Announcement, &SESSION, &announcement),
        secret,
    }
}

impl Intruder for TwoFaced {
    fn hear(&mut self, message: &Bytes, _: Instant) {
        let Some(signed) = decode::<Signed>(message) else {
            return;
        };
        let Some(Envelope { instance, body, .. }) = decode(&signed.bytes) else {
            return;
        };
        let joiner = self.joiners.iter_mut().find(|it| it.id == signed.from);
        match (joiner, body) {
            (Some(joiner), Body::Ask { .. }) => joiner.instance = Some(instance),
            (Some(joiner), Body::Announce(signed)) if !joiner.announcements.contains(&signed) => {
                joiner.announcements.push(signed);
            }
            (Some(joiner), Body::Reveal { roster, .. }) => joiner.roster = Some(roster),
            _ => {}
        }
    }

    fn next_turn(&self) -> Option<Instant> {
        Some(self.next)
    }

    fn turn(&mut self, now: Instant) -> Vec<(Vec<usize>, Bytes)> {
        self.next = now + ROUND;
        (0..self.joiners.len())
            .flat_map(|node| self.tell(node))
            .collect()
    }

    fn ids(&self) -> Vec<EndpointId> {
        let all = self.faces.iter().flatten();
        let own = all.filter_map(|occupant| match occupant {
            Occupant::Own { secret, .. } => Some(secret.public()),
            Occupant::Joiner(_) => None,
        });
        own.collect()
    }
}
