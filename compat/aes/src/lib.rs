//! AES-128 block encryption with the interface of `aes 0.9.0-rc.2`, as far as polytune uses it.
//!
//! The cipher itself is that of `aes 0.8.4`; this file only adapts one trait to the other. See the README for why it
//! exists and when to delete it.

use block_cipher::cipher::{BlockEncrypt, KeyInit as _, generic_array::GenericArray};
pub use cipher;
use cipher::{
    AlgorithmName, Array, BlockCipherEncBackend, BlockCipherEncClosure, BlockCipherEncrypt,
    BlockSizeUser, InOut, Key, KeyInit, KeySizeUser, ParBlocks, ParBlocksSizeUser,
    array::sizes::{U8, U16},
};
use std::fmt;

/// A block of 16 bytes.
pub type Block = Array<u8, U16>;

/// AES with a key of 128 bits, encryption only.
#[derive(Clone)]
pub struct Aes128(block_cipher::Aes128Enc);

impl KeySizeUser for Aes128 {
    type KeySize = U16;
}

impl KeyInit for Aes128 {
    fn new(key: &Key<Self>) -> Self {
        Self(block_cipher::Aes128Enc::new(&GenericArray::from(key.0)))
    }
}

impl BlockSizeUser for Aes128 {
    type BlockSize = U16;
}

impl BlockCipherEncrypt for Aes128 {
    #[inline]
    fn encrypt_with_backend(&self, f: impl BlockCipherEncClosure<BlockSize = U16>) {
        f.call(&Backend(&self.0));
    }
}

impl AlgorithmName for Aes128 {
    fn write_alg_name(f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Aes128")
    }
}

impl fmt::Debug for Aes128 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Aes128 { .. }")
    }
}

struct Backend<'a>(&'a block_cipher::Aes128Enc);

impl BlockSizeUser for Backend<'_> {
    type BlockSize = U16;
}

impl ParBlocksSizeUser for Backend<'_> {
    /// What the AES-NI backend of `aes 0.8.4` encrypts at a time.
    type ParBlocksSize = U8;
}

impl BlockCipherEncBackend for Backend<'_> {
    #[inline]
    fn encrypt_block(&self, mut block: InOut<'_, '_, Block>) {
        let mut own = GenericArray::from(block.get_in().0);
        self.0.encrypt_block(&mut own);
        *block.get_out() = Array(own.into());
    }

    #[inline]
    fn encrypt_par_blocks(&self, mut blocks: InOut<'_, '_, ParBlocks<Self>>) {
        let mut own = blocks.get_in().0.map(|block| GenericArray::from(block.0));
        self.0.encrypt_blocks(&mut own);
        *blocks.get_out() = Array(own.map(|block| Array(block.into())));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// FIPS 197, appendix B.
    const B: [[u8; 16]; 3] = [
        0x2b7e151628aed2a6abf7158809cf4f3c_u128.to_be_bytes(),
        0x3243f6a8885a308d313198a2e0370734_u128.to_be_bytes(),
        0x3925841d02dc09fbdc118597196a0b32_u128.to_be_bytes(),
    ];
    /// FIPS 197, appendix C.1.
    const C1: [[u8; 16]; 3] = [
        0x000102030405060708090a0b0c0d0e0f_u128.to_be_bytes(),
        0x00112233445566778899aabbccddeeff_u128.to_be_bytes(),
        0x69c4e0d86a7b0430d8cdb78070b4c55a_u128.to_be_bytes(),
    ];

    #[test]
    fn one_block() {
        for [key, plain, expected] in [B, C1] {
            let mut block = Array(plain);
            Aes128::new(&Array(key)).encrypt_block(&mut block);
            assert_eq!(block.0, expected);
        }
    }

    #[test]
    fn many_blocks_in_place_and_from_buffer_to_buffer() {
        let [key, plain, expected] = C1;
        let aes = Aes128::new(&Array(key));
        // Not a multiple of the parallel width, so that the tail is covered too.
        let plain = [Array(plain); 21];
        let mut out = [Array([0; 16]); 21];
        aes.encrypt_blocks_b2b(&plain, &mut out).unwrap();
        assert!(out.iter().all(|block| block.0 == expected));
        let mut out = plain;
        aes.encrypt_blocks(&mut out);
        assert!(out.iter().all(|block| block.0 == expected));
    }
}
