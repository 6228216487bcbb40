//! The roster once it is fixed: who sits where, and the digests that follow from it.

use std::collections::{BTreeMap, BTreeSet};

use iroh::{EndpointAddr, EndpointId};

use crate::proto::{
    signed::{Context, Signed},
    wire::{
        Announcement, Digest, MAX_ADDRESSES, MAX_ANNOUNCEMENT_BYTES, MAX_CONST_NAME, MAX_CONSTS,
        MAX_TIME,
    },
};

/// One party of the roster. The index in [`Roster::parties`] is its seat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party {
    /// Its endpoint.
    pub id: EndpointId,
    /// Where to find it.
    pub addr: EndpointAddr,
    /// Its X25519 key for this session.
    pub key: [u8; 32],
    /// Its constants by name; `false` as 0 and `true` as 1.
    pub consts: BTreeMap<String, i128>,
    pub(super) commitment: Digest,
    pub(super) instance: u64,
}

/// Everybody's announcement, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roster {
    /// The parties in the order of seats.
    pub parties: Vec<Party>,
    /// When the host says that it issued it, in seconds since 1970.
    pub time: u64,
    /// The digest of session, terms, time and announcements: it names the session from here on.
    pub digest: Digest,
}

impl Roster {
    /// Checks the announcements: signed by their authors for this session and these terms, one per seat and endpoint.
    pub(super) fn check(
        session: &Digest,
        terms: &Digest,
        seats: usize,
        time: u64,
        announcements: &[Signed],
    ) -> Option<Self> {
        if announcements.len() != seats || time > MAX_TIME {
            return None;
        }
        let mut digest = blake3::Hasher::new_derive_key("iroh-mpc 1 roster");
        digest.update(session).update(terms);
        digest.update(&time.to_le_bytes());
        let mut ids = BTreeSet::new();
        let mut parties = Vec::with_capacity(seats);
        for (seat, signed) in announcements.iter().enumerate() {
            let announcement = open(signed, session, terms, seat)?;
            if !ids.insert(signed.from) {
                return None;
            }
            digest.update(signed.from.as_bytes());
            digest.update(&(signed.bytes.len() as u64).to_le_bytes());
            digest.update(&signed.bytes);
            parties.push(Party {
                id: signed.from,
                addr: announcement.addr,
                key: announcement.key,
                consts: announcement.consts.into_iter().collect(),
                commitment: announcement.commitment,
                instance: announcement.instance,
            });
        }
        Some(Self {
            parties,
            time,
            digest: *digest.finalize().as_bytes(),
        })
    }

    /// The seat of an endpoint.
    pub fn seat(&self, id: &EndpointId) -> Option<usize> {
        self.parties.iter().position(|party| party.id == *id)
    }

    /// The seed of the session's keys: it depends on every party's nonce, so nobody chooses it.
    pub(super) fn seed(&self, nonces: &[[u8; 32]]) -> Digest {
        self.derive("iroh-mpc 1 session seed", nonces)
    }

    /// What the session words are made of. Every nonce is committed to in the roster, so whoever shows two parties
    /// different rosters has chosen all of its own nonces before it knows theirs.
    pub(super) fn words(&self, nonces: &[[u8; 32]]) -> Digest {
        self.derive("iroh-mpc 1 session words", nonces)
    }

    fn derive(&self, context: &str, nonces: &[[u8; 32]]) -> Digest {
        let mut hasher = blake3::Hasher::new_derive_key(context);
        hasher.update(&self.digest);
        for nonce in nonces {
            hasher.update(nonce);
        }
        *hasher.finalize().as_bytes()
    }
}

/// Opens an announcement for a seat.
pub(super) fn open(
    signed: &Signed,
    session: &Digest,
    terms: &Digest,
    seat: usize,
) -> Option<Announcement> {
    if signed.bytes.len() > MAX_ANNOUNCEMENT_BYTES {
        return None;
    }
    let announcement: Announcement = signed.open(Context::Announcement, session)?;
    let fits = usize::from(announcement.seat) == seat
        && announcement.terms == *terms
        && announcement.addr.id == signed.from
        && announcement.addr.addrs.len() <= MAX_ADDRESSES
        && announcement.consts.len() <= MAX_CONSTS
        && announcement
            .consts
            .iter()
            .all(|(name, _)| name.len() <= MAX_CONST_NAME)
        && announcement.consts.is_sorted_by(|(a, _), (b, _)| a < b);
    fits.then_some(announcement)
}

/// The commitment to a nonce.
pub(super) fn commitment(nonce: &[u8; 32]) -> Digest {
    blake3::derive_key("iroh-mpc 1 nonce commitment", nonce)
}

#[cfg(test)]
mod tests {
    use iroh::SecretKey;

    use super::*;

    fn check(time: u64) -> Option<Roster> {
        let announcements = [1, 2].map(|byte| {
            let secret = SecretKey::from_bytes(&[byte; 32]);
            let announcement = Announcement {
                seat: u16::from(byte) - 1,
                addr: EndpointAddr::new(secret.public()),
                key: [byte; 32],
                commitment: [byte; 32],
                terms: [9; 32],
                instance: 1,
                consts: Vec::new(),
            };
            Signed::new(&secret, Context::Announcement, &[8; 32], &announcement)
        });
        Roster::check(&[8; 32], &[9; 32], 2, time, &announcements)
    }

    #[test]
    fn the_digest_covers_the_time_and_no_time_is_beyond_writing() {
        let (first, last) = (check(0).unwrap(), check(MAX_TIME).unwrap());
        assert_eq!(last.time, MAX_TIME);
        assert_ne!(first.digest, last.digest);
        assert_eq!(check(MAX_TIME + 1), None);
    }
}
