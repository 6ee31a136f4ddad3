//! AES-GCM and ChaCha20-Poly1305.

use alloc::boxed::Box;

use premaster_crypto::{Aead, AeadAlgorithm, AeadKey, CryptoError, erasing_stack};
use ring::aead::{
    AES_128_GCM, AES_256_GCM, Aad, Algorithm, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey,
};

use crate::erase::overwrite;

/// All of them.
pub(crate) static ALL: &[&dyn Aead] = &[
    &RingAead {
        algorithm: AeadAlgorithm::Aes128Gcm,
        ring: &AES_128_GCM,
    },
    &RingAead {
        algorithm: AeadAlgorithm::Aes256Gcm,
        ring: &AES_256_GCM,
    },
    &RingAead {
        algorithm: AeadAlgorithm::ChaCha20Poly1305,
        ring: &CHACHA20_POLY1305,
    },
];

#[derive(Debug)]
struct RingAead {
    algorithm: AeadAlgorithm,
    ring: &'static Algorithm,
}

impl Aead for RingAead {
    fn algorithm(&self) -> AeadAlgorithm {
        self.algorithm
    }

    fn key(&self, key: &[u8]) -> Result<Box<dyn AeadKey>, CryptoError> {
        erasing_stack(|| match expand(self.ring, key) {
            Some(key) => Ok(Box::new(RingAeadKey(key)) as Box<dyn AeadKey>),
            None => Err(CryptoError),
        })
    }
}

struct RingAeadKey(LessSafeKey);

impl AeadKey for RingAeadKey {
    fn seal(
        &self,
        nonce: &[u8; 12],
        aad: &[u8],
        in_out: &mut [u8],
    ) -> Result<[u8; 16], CryptoError> {
        let tag = self.working(|key| {
            let nonce = Nonce::assume_unique_for_key(*nonce);
            key.seal_in_place_separate_tag(nonce, Aad::from(aad), in_out)
        });
        let tag = tag.map_err(|_| CryptoError)?;
        tag.as_ref().try_into().map_err(|_| CryptoError)
    }

    fn open(&self, nonce: &[u8; 12], aad: &[u8], in_out: &mut [u8]) -> Result<usize, CryptoError> {
        let plaintext = self.working(|key| {
            let nonce = Nonce::assume_unique_for_key(*nonce);
            key.open_in_place(nonce, Aad::from(aad), in_out)
        });
        Ok(plaintext.map_err(|_| CryptoError)?.len())
    }
}

impl RingAeadKey {
    /// Works with the key. The cipher that copies its key to the stack has that erased; AES keeps
    /// it in registers, and would spend a quarter of a short record's time on it.
    fn working<R>(&self, work: impl FnOnce(&LessSafeKey) -> R) -> R {
        if self.0.algorithm() == &CHACHA20_POLY1305 {
            erasing_stack(|| work(&self.0))
        } else {
            work(&self.0)
        }
    }
}

/// A key of zeros is written over the one in the box.
impl Drop for RingAeadKey {
    fn drop(&mut self) {
        let algorithm = self.0.algorithm();
        overwrite(&mut self.0, || {
            expand(algorithm, &[0; 32][..algorithm.key_len()])
        });
    }
}

fn expand(algorithm: &'static Algorithm, key: &[u8]) -> Option<LessSafeKey> {
    UnboundKey::new(algorithm, key).ok().map(LessSafeKey::new)
}
