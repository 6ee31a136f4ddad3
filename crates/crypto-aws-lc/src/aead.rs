//! AES-GCM and ChaCha20-Poly1305.

use alloc::boxed::Box;

use aws_lc_rs::aead::{
    AES_128_GCM, AES_256_GCM, Aad, Algorithm, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey,
};
use premaster_crypto::{Aead, AeadAlgorithm, AeadKey, CryptoError, erasing_stack};

/// All of them.
pub(crate) static ALL: &[&dyn Aead] = &[
    &AwsLcAead {
        algorithm: AeadAlgorithm::Aes128Gcm,
        aws_lc: &AES_128_GCM,
    },
    &AwsLcAead {
        algorithm: AeadAlgorithm::Aes256Gcm,
        aws_lc: &AES_256_GCM,
    },
    &AwsLcAead {
        algorithm: AeadAlgorithm::ChaCha20Poly1305,
        aws_lc: &CHACHA20_POLY1305,
    },
];

#[derive(Debug)]
struct AwsLcAead {
    algorithm: AeadAlgorithm,
    aws_lc: &'static Algorithm,
}

impl Aead for AwsLcAead {
    fn algorithm(&self) -> AeadAlgorithm {
        self.algorithm
    }

    fn key(&self, key: &[u8]) -> Result<Box<dyn AeadKey>, CryptoError> {
        erasing_stack(|| {
            let key = UnboundKey::new(self.aws_lc, key).map_err(|_| CryptoError)?;
            Ok(Box::new(AwsLcAeadKey(LessSafeKey::new(key))) as Box<dyn AeadKey>)
        })
    }
}

/// AWS-LC wipes the key when this is dropped.
struct AwsLcAeadKey(LessSafeKey);

impl AeadKey for AwsLcAeadKey {
    fn seal(
        &self,
        nonce: &[u8; 12],
        aad: &[u8],
        in_out: &mut [u8],
    ) -> Result<[u8; 16], CryptoError> {
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let tag = self
            .0
            .seal_in_place_separate_tag(nonce, Aad::from(aad), in_out)
            .map_err(|_| CryptoError)?;
        tag.as_ref().try_into().map_err(|_| CryptoError)
    }

    fn open(&self, nonce: &[u8; 12], aad: &[u8], in_out: &mut [u8]) -> Result<usize, CryptoError> {
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let plaintext = self
            .0
            .open_in_place(nonce, Aad::from(aad), in_out)
            .map_err(|_| CryptoError)?;
        Ok(plaintext.len())
    }
}
