//! Authenticated encryption (RFC 5116).

use alloc::boxed::Box;
use core::fmt::Debug;

use crate::CryptoError;

/// The AEAD algorithms of the cipher suites.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AeadAlgorithm {
    /// AEAD_AES_128_GCM (RFC 5116 section 5.1).
    Aes128Gcm,
    /// AEAD_AES_256_GCM (RFC 5116 section 5.2).
    Aes256Gcm,
    /// AEAD_CHACHA20_POLY1305 (RFC 8439 section 2.8).
    ChaCha20Poly1305,
}

impl AeadAlgorithm {
    /// Bytes in a key.
    pub const fn key_len(self) -> usize {
        match self {
            Self::Aes128Gcm => 16,
            Self::Aes256Gcm | Self::ChaCha20Poly1305 => 32,
        }
    }

    /// Bytes in a tag.
    pub const fn tag_len(self) -> usize {
        16
    }

    /// How many records one key may protect.
    ///
    /// RFC 8446 section 5.5 allows AES-GCM 2^24.5 full records: this is the power of two below.
    /// With ChaCha20-Poly1305 the sequence number ends before the limit is reached.
    pub const fn confidentiality_limit(self) -> u64 {
        match self {
            Self::Aes128Gcm | Self::Aes256Gcm => 1 << 24,
            Self::ChaCha20Poly1305 => u64::MAX,
        }
    }
}

/// An AEAD algorithm of a backend.
pub trait Aead: Send + Sync + Debug {
    /// Which one it is.
    fn algorithm(&self) -> AeadAlgorithm;

    /// Prepares `key`.
    ///
    /// # Errors
    /// [`CryptoError`] when `key` has another length than [`AeadAlgorithm::key_len`].
    fn key(&self, key: &[u8]) -> Result<Box<dyn AeadKey>, CryptoError>;
}

/// A prepared key. The caller never gives one nonce to `seal` twice.
pub trait AeadKey: Send + Sync {
    /// Encrypts `in_out` where it lies and returns the tag.
    ///
    /// # Errors
    /// [`CryptoError`] when `in_out` is longer than the algorithm allows.
    fn seal(
        &self,
        nonce: &[u8; 12],
        aad: &[u8],
        in_out: &mut [u8],
    ) -> Result<[u8; 16], CryptoError>;

    /// Decrypts `in_out`, ciphertext and tag, where it lies; the plaintext is then at its front.
    ///
    /// Returns the length of the plaintext.
    ///
    /// # Errors
    /// [`CryptoError`] when the tag does not fit; `in_out` then holds nothing of use.
    fn open(&self, nonce: &[u8; 12], aad: &[u8], in_out: &mut [u8]) -> Result<usize, CryptoError>;
}
