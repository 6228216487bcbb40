//! The session words: what people read to each other to be sure that all of them see the same session.
//!
//! Four words of the English list of BIP 39, 11 bits each. What they are made of stands in
//! [`Roster::words`](crate::proto::roster::Roster), how strong that is in `docs/threat-model.md`.

use bip39::Language;

use crate::proto::wire::Digest;

/// How many words are shown.
const WORDS: usize = 4;

/// The list has 2,048 words.
const BITS: usize = 11;

/// The words of a digest, with spaces between them.
pub fn words(digest: &Digest) -> String {
    let list = Language::English.word_list();
    let mut head = [0; 8];
    head.copy_from_slice(&digest[..8]);
    let head = u64::from_be_bytes(head);
    let words = (1..=WORDS).map(|n| {
        let index = head >> (64 - BITS * n);
        list[index as usize % list.len()]
    });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bit_of_the_first_44_counts() {
        let digest = [0x5a; 32];
        let own = words(&digest);
        assert_eq!(own.split(' ').count(), WORDS);
        for bit in 0..WORDS * BITS {
            let mut other = digest;
            other[bit / 8] ^= 0x80 >> (bit % 8);
            assert_ne!(words(&other), own, "bit {bit}");
        }
    }

    #[test]
    fn the_list_is_that_of_bip_39() {
        assert_eq!(words(&[0; 32]), "abandon abandon abandon abandon");
        assert_eq!(words(&[255; 32]), "zoo zoo zoo zoo");
    }
}
