//! AEADs for Miri, which cannot run a backend's assembly: they mark every byte and keep no secret.

use std::boxed::Box;
use std::vec::Vec;

use premaster_crypto::{Aead, AeadAlgorithm, AeadKey, CryptoError};

/// One of each algorithm.
pub(super) fn aeads() -> Vec<&'static dyn Aead> {
    std::vec![
        &StandIn(AeadAlgorithm::Aes128Gcm),
        &StandIn(AeadAlgorithm::Aes256Gcm),
        &StandIn(AeadAlgorithm::ChaCha20Poly1305),
    ]
}

#[derive(Debug)]
struct StandIn(AeadAlgorithm);

impl Aead for StandIn {
    fn algorithm(&self) -> AeadAlgorithm {
        self.0
    }

    fn key(&self, key: &[u8]) -> Result<Box<dyn AeadKey>, CryptoError> {
        if key.len() != self.0.key_len() {
            return Err(CryptoError);
        }
        Ok(Box::new(Key(mixed(0, key))))
    }
}

struct Key(u64);

impl Key {
    fn mask(&self, nonce: &[u8; 12], text: &mut [u8]) {
        let mut state = mixed(self.0, nonce);
        for byte in text {
            state = mixed(state, &[0]);
            *byte ^= state.to_be_bytes()[0];
        }
    }

    fn tag(&self, nonce: &[u8; 12], aad: &[u8], text: &[u8]) -> [u8; 16] {
        let half = mixed(mixed(mixed(!self.0, nonce), aad), text);
        u128::from(half).wrapping_mul(u128::MAX / 3).to_be_bytes()
    }
}

impl AeadKey for Key {
    fn seal(
        &self,
        nonce: &[u8; 12],
        aad: &[u8],
        in_out: &mut [u8],
    ) -> Result<[u8; 16], CryptoError> {
        self.mask(nonce, in_out);
        Ok(self.tag(nonce, aad, in_out))
    }

    fn open(&self, nonce: &[u8; 12], aad: &[u8], in_out: &mut [u8]) -> Result<usize, CryptoError> {
        let (text, tag) = in_out.split_last_chunk_mut::<16>().ok_or(CryptoError)?;
        if self.tag(nonce, aad, text) != *tag {
            return Err(CryptoError);
        }
        self.mask(nonce, text);
        Ok(text.len())
    }
}

/// A state that differs when one byte does: each step can be undone (FNV-1a).
fn mixed(state: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(state, |state, byte| {
        (state ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
