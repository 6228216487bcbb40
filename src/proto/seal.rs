//! Keys between two parties, and the sealing of packets for their addressee.
//!
//! Both parties' X25519 keys for this session are in the signed roster. From the shared secret and the session's seed
//! each pair derives one key per direction (AES-256-GCM by `ring`), and from the shared secret, the roster and the seats the
//! name of its topic, which nobody else can compute. The packet number is the nonce; a link never uses one twice.

use std::fmt;

use bytes::{Bytes, BytesMut};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use x25519_dalek::{PublicKey, StaticSecret};
use zeroize::Zeroizing;

use super::wire::Digest;

/// The bytes that sealing adds to a packet: its number and the tag.
pub const OVERHEAD: usize = NUMBER_BYTES + 16;

const NUMBER_BYTES: usize = 8;

/// A party's secret for one session. Wiped when dropped.
pub struct SessionKey(StaticSecret);

impl SessionKey {
    /// A key from 32 random bytes.
    pub fn from_random(bytes: Zeroizing<[u8; 32]>) -> Self {
        Self(StaticSecret::from(*bytes))
    }

    /// The public half, for the announcement.
    pub fn public(&self) -> [u8; 32] {
        PublicKey::from(&self.0).to_bytes()
    }

    /// What two parties share. `None` if the other's key is one that would make the secret known to all.
    pub fn agree(&self, other: &[u8; 32]) -> Option<PairSecret> {
        let shared = self.0.diffie_hellman(&PublicKey::from(*other));
        (shared.was_contributory()).then(|| PairSecret(Zeroizing::new(shared.to_bytes())))
    }
}

impl fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionKey(<REDACTED>)")
    }
}

/// The secret of one pair of parties. Wiped when dropped.
pub struct PairSecret(Zeroizing<[u8; 32]>);

impl PairSecret {
    /// The name of the topic of the pair at these two seats, in any order.
    ///
    /// Two pairs can have one secret: somebody may announce a key that was made from another's.
    pub fn topic(&self, roster: &Digest, a: usize, b: usize) -> Digest {
        *self.derive(
            "iroh-mpc 1 pair topic",
            &[roster, &seats(a.min(b), a.max(b))],
        )
    }

    /// The seal for packets from `me` to `peer` and back, by seat.
    pub fn seal(&self, seed: &Digest, me: usize, peer: usize) -> Seal {
        let key = |from: usize, to: usize| {
            let bytes = self.derive("iroh-mpc 1 pair key", &[seed, &seats(from, to)]);
            aead(&bytes)
        };
        Seal {
            ours: key(me, peer),
            theirs: key(peer, me),
        }
    }

    fn derive(&self, context: &str, parts: &[&[u8]]) -> Zeroizing<[u8; 32]> {
        let mut hasher = blake3::Hasher::new_derive_key(context);
        hasher.update(&*self.0);
        for part in parts {
            hasher.update(part);
        }
        Zeroizing::new(*hasher.finalize().as_bytes())
    }
}

impl fmt::Debug for PairSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PairSecret(<REDACTED>)")
    }
}

fn seats(a: usize, b: usize) -> Vec<u8> {
    [(a as u64).to_le_bytes(), (b as u64).to_le_bytes()].concat()
}

fn aead(key: &[u8; 32]) -> Option<LessSafeKey> {
    UnboundKey::new(&AES_256_GCM, key)
        .ok()
        .map(LessSafeKey::new)
}

/// Seals packets for a peer and opens those that it sealed.
///
/// A key is `None` only if the AEAD refused a key of its own length; then nothing is sealed or opened.
pub struct Seal {
    ours: Option<LessSafeKey>,
    theirs: Option<LessSafeKey>,
}

impl Seal {
    /// Seals the packet `number`, whose plaintext is `header` and then `body`. The result begins with the number.
    pub fn seal(&self, number: u64, header: &[u8], body: &[u8]) -> Option<Vec<u8>> {
        let mut packet = Vec::with_capacity(OVERHEAD + header.len() + body.len());
        packet.extend_from_slice(&number.to_le_bytes());
        packet.extend_from_slice(header);
        packet.extend_from_slice(body);
        let key = self.ours.as_ref()?;
        let tag = key
            .seal_in_place_separate_tag(nonce(number), Aad::empty(), &mut packet[NUMBER_BYTES..])
            .ok()?;
        packet.extend_from_slice(tag.as_ref());
        Some(packet)
    }

    /// Opens a packet of the peer's in place: its number and its plaintext. `None` if it is not the peer's.
    pub fn open(&self, mut packet: BytesMut) -> Option<(u64, Bytes)> {
        let (number, sealed) = packet.split_first_chunk_mut::<NUMBER_BYTES>()?;
        let number = u64::from_le_bytes(*number);
        let key = self.theirs.as_ref()?;
        let plain = key
            .open_in_place(nonce(number), Aad::empty(), sealed)
            .ok()?;
        let end = NUMBER_BYTES + plain.len();
        Some((number, packet.freeze().slice(NUMBER_BYTES..end)))
    }
}

impl fmt::Debug for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seal(<REDACTED>)")
    }
}

fn nonce(number: u64) -> Nonce {
    let mut nonce = [0; 12];
    nonce[4..].copy_from_slice(&number.to_be_bytes());
    Nonce::assume_unique_for_key(nonce)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair() -> (PairSecret, PairSecret) {
        let key = |byte| SessionKey::from_random(Zeroizing::new([byte; 32]));
        let (a, b) = (key(1), key(2));
        (a.agree(&b.public()).unwrap(), b.agree(&a.public()).unwrap())
    }

    #[test]
    fn what_one_seals_the_other_opens_and_nobody_else() {
        let (a, b) = pair();
        let (a, b) = (a.seal(&[5; 32], 0, 1), b.seal(&[5; 32], 1, 0));
        let packet = a.seal(7, b"head", b"body").unwrap();
        assert_eq!(packet.len(), OVERHEAD + 8);
        let open = |seal: &Seal, packet: &[u8]| seal.open(BytesMut::from(packet));
        assert_eq!(
            open(&b, &packet),
            Some((7, Bytes::from_static(b"headbody")))
        );
        // Not the sender itself: one key per direction.
        assert_eq!(open(&a, &packet), None);
        for i in 0..packet.len() {
            let mut changed = packet.clone();
            changed[i] ^= 1;
            assert_eq!(open(&b, &changed), None);
            assert_eq!(open(&b, &packet[..i]), None);
        }
    }

    #[test]
    fn another_session_or_seat_has_other_keys() {
        let (a, b) = pair();
        let packet = a.seal(&[5; 32], 0, 1).seal(0, b"", b"x").unwrap();
        let packet = BytesMut::from(&packet[..]);
        assert_eq!(b.seal(&[6; 32], 1, 0).open(packet.clone()), None);
        assert_eq!(b.seal(&[5; 32], 2, 0).open(packet), None);
    }

    #[test]
    fn both_name_the_same_topic() {
        let (a, b) = pair();
        assert_eq!(a.topic(&[1; 32], 0, 3), b.topic(&[1; 32], 3, 0));
        assert_ne!(a.topic(&[1; 32], 0, 3), a.topic(&[2; 32], 0, 3));
    }

    #[test]
    fn a_copied_key_shares_no_topic() {
        let (a, b) = pair();
        let topic = b.topic(&[1; 32], 1, 0);
        assert_ne!(topic, a.topic(&[1; 32], 0, 2));
        assert_ne!(topic, a.topic(&[1; 32], 2, 1));
    }

    #[test]
    fn a_key_that_gives_the_secret_away_is_refused() {
        let key = SessionKey::from_random(Zeroizing::new([1; 32]));
        assert!(key.agree(&[0; 32]).is_none());
    }
}
