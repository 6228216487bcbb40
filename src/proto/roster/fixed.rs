//! The roster once it is fixed: who sits where, and the digests that follow from it.

use std::collections::{BTreeMap, BTreeSet};

use iroh::{EndpointAddr, EndpointId};

use crate::proto::{
    signed::{Context, Signed},
    wire::{
        Announcement, Digest, MAX_ADDRESSES, MAX_ANNOUNCEMENT_BYTES, MAX_CONST_NAME, MAX_CONSTS,
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
    /// The digest of session, terms and announcements: it names the session from here on.
    pub digest: Digest,
}

impl Roster {
    /// Checks the announcements: signed by their authors for this session and these terms, one per seat and endpoint.
    pub(super) fn check(
        session: &Digest,
        terms: &Digest,
        seats: usize,
        announcements: &[Signed],
    ) -> Option<Self> {
        if announcements.len() != seats {
            return None;
        }
        let mut digest = blake3::Hasher::new_derive_key("iroh-mpc 1 roster");
        digest.update(session).update(terms);
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
