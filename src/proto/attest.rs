//! What every party signs once the computation has succeeded: the terms, who sat where, and a salted commitment to the
//! result.
//!
//! A digest of a small result could be guessed, so the output parties share a random salt that nobody else is told. A party
//! that does not learn the result signs the commitment that it is given; it can't tell what is inside, not even whether the
//! program panicked.

use std::fmt;

use iroh::{EndpointId, SecretKey, Signature};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{
    roster::Roster,
    signed::{self, Context},
    wire::{ATTESTATION_BYTES, Attestation, Digest, SALT_BYTES, Terms},
};

/// Who sat at a seat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seat {
    /// Its endpoint.
    pub id: EndpointId,
    /// Its constants, by name in ascending order.
    pub consts: Vec<(String, i128)>,
}

/// How a session ended. All parties of a session sign the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// The roster's digest: the session's name.
    pub session: Digest,
    /// The roster's time, in seconds since 1970: the host's word.
    pub time: u64,
    /// What all agreed on.
    pub terms: Terms,
    /// The digest of the circuit that was computed.
    pub circuit: Digest,
    /// The parties in the order of seats.
    pub seats: Vec<Seat>,
    /// The salted digest of the result.
    pub commitment: Digest,
}

impl Statement {
    /// What a roster's parties can say of a circuit's result.
    pub fn new(roster: &Roster, terms: Terms, circuit: Digest, commitment: Digest) -> Self {
        let seats = roster.parties.iter().map(|party| Seat {
            id: party.id,
            consts: party.consts.clone().into_iter().collect(),
        });
        Self {
            session: roster.digest,
            time: roster.time,
            terms,
            circuit,
            seats: seats.collect(),
            commitment,
        }
    }

    /// Signs it.
    pub fn sign(&self, secret: &SecretKey) -> Signature {
        signed::sign(secret, Context::Attestation, &self.session, self)
    }

    /// Whether a signature is that of the party at a seat.
    pub fn is_signed(&self, seat: usize, signature: &Signature) -> bool {
        let signed_by = |seat: &Seat| {
            let context = Context::Attestation;
            signed::is_signed(&seat.id, signature, context, &self.session, self)
        };
        self.seats.get(seat).is_some_and(signed_by)
    }
}

impl Attestation {
    /// Its bytes on the wire.
    pub fn encode(&self) -> Vec<u8> {
        postcard::to_stdvec(self).unwrap_or_default()
    }

    /// Reads what a peer says; it has one length only.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        (bytes.len() == ATTESTATION_BYTES)
            .then(|| signed::decode(bytes))
            .flatten()
    }
}

/// What hides a result in its commitment. Known to the output parties alone, and wiped when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Salt(Zeroizing<[u8; SALT_BYTES]>);

impl Salt {
    /// A salt from random bytes.
    pub fn from_random(bytes: Zeroizing<[u8; SALT_BYTES]>) -> Self {
        Self(bytes)
    }

    /// Reads what a peer says; it has one length only.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        bytes
            .try_into()
            .ok()
            .map(|bytes| Self(Zeroizing::new(bytes)))
    }

    /// For the output parties, and for a receipt that is to be opened.
    pub fn bytes(&self) -> &[u8; SALT_BYTES] {
        &self.0
    }

    /// The commitment to a result's literal; to `None` if the program panicked.
    pub fn commit(&self, result: Option<&str>) -> Digest {
        let mut hasher = blake3::Hasher::new_derive_key("iroh-mpc 1 result commitment");
        hasher.update(&*self.0);
        // A panic is no literal that a program could give.
        hasher.update(&[u8::from(result.is_some())]);
        hasher.update(result.unwrap_or_default().as_bytes());
        *hasher.finalize().as_bytes()
    }
}

impl fmt::Debug for Salt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Salt(<REDACTED>)")
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::proto::wire::{Transport, VERSIONS};

    pub(crate) fn secret(seat: u8) -> SecretKey {
        SecretKey::from_bytes(&[seat + 1; 32])
    }

    pub(crate) fn salt() -> Salt {
        Salt::from_random(Zeroizing::new([7; SALT_BYTES]))
    }

    /// Three parties, of whom 0 and 2 learn that the result is `6`.
    pub(crate) fn statement() -> Statement {
        let seat = |seat: u8| Seat {
            id: secret(seat).public(),
            consts: vec![("ROWS".into(), i128::from(seat))],
        };
        Statement {
            session: [1; 32],
            time: 1_800_000_000,
            terms: Terms {
                versions: VERSIONS.into(),
                program: [2; 32],
                parties: 3,
                output_parties: vec![0, 2],
                evaluator: 1,
                optimize: true,
                transport: Transport::Gossip,
            },
            circuit: [3; 32],
            seats: [0, 1, 2].map(seat).into(),
            commitment: salt().commit(Some("6")),
        }
    }

    #[test]
    fn a_signature_is_for_one_statement_and_one_seat() {
        let statement = statement();
        let signature = statement.sign(&secret(1));
        assert!(statement.is_signed(1, &signature));
        assert!(!statement.is_signed(0, &signature));
        assert!(!statement.is_signed(3, &signature));
        let changes: [fn(&mut Statement); 16] = [
            |it| it.session[0] ^= 1,
            |it| it.time += 1,
            |it| it.terms.versions.push('x'),
            |it| it.terms.program[0] ^= 1,
            |it| it.terms.parties = 2,
            |it| it.terms.output_parties = vec![0],
            |it| it.terms.evaluator = 0,
            |it| it.terms.optimize = false,
            |it| it.terms.transport = Transport::Direct,
            |it| it.circuit[0] ^= 1,
            |it| it.seats[0].id = secret(9).public(),
            |it| it.seats[0].consts[0].0.push('x'),
            |it| it.seats[0].consts[0].1 += 1,
            |it| it.seats[2].consts.clear(),
            |it| it.seats.swap(0, 2),
            |it| it.commitment[0] ^= 1,
        ];
        for (at, change) in changes.into_iter().enumerate() {
            let mut changed = statement.clone();
            change(&mut changed);
            assert!(!changed.is_signed(1, &signature), "change {at}");
            assert!(
                changed.is_signed(1, &changed.sign(&secret(1))),
                "change {at}"
            );
        }
    }

    #[test]
    fn a_commitment_is_to_one_result_with_one_salt() {
        let commitment = salt().commit(Some("6"));
        let other = Salt::from_random(Zeroizing::new([8; SALT_BYTES]));
        let others = [
            salt().commit(Some("7")),
            salt().commit(Some("")),
            salt().commit(None),
            other.commit(Some("6")),
        ];
        assert!(!others.contains(&commitment));
        assert_ne!(others[1], others[2]);
    }

    #[test]
    fn what_comes_from_a_peer_has_one_length() {
        let attestation = Attestation {
            commitment: [1; 32],
            signature: statement().sign(&secret(0)),
        };
        let bytes = attestation.encode();
        assert_eq!(bytes.len(), ATTESTATION_BYTES);
        assert_eq!(Attestation::decode(&bytes), Some(attestation));
        assert_eq!(Attestation::decode(&bytes[1..]), None);
        assert_eq!(Attestation::decode(&[&bytes[..], &[0]].concat()), None);
        assert_eq!(Salt::decode(&[0; SALT_BYTES - 1]), None);
        assert_eq!(Salt::decode(&[0; SALT_BYTES + 1]), None);
        assert!(Salt::decode(&[0; SALT_BYTES]).is_some());
    }

    #[test]
    fn a_salt_does_not_show() {
        assert_eq!(format!("{:?}", salt()), "Salt(<REDACTED>)");
    }
}
