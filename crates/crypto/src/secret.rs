//! Values that are erased when they are dropped.
//!
//! Each lives in a box of its own: moving one moves the pointer, so there is one copy to erase.

use alloc::boxed::Box;
use core::fmt;

use subtle::ConstantTimeEq;
use zeroize::Zeroize;

use crate::compress::{State256, State384};
use crate::{CryptoError, HashAlgorithm, Released, declassify, hidden};

/// A secret of `N` bytes: erased on drop, never printed, compared in constant time only.
///
/// ```
/// use premaster_crypto::Secret;
///
/// let secret = Secret::<48>::from_bytes(&[7; 48])?;
/// assert!(secret.ct_eq(&[7; 48]));
/// assert_eq!(format!("{secret:?}"), "Secret<48>");
/// assert!(Secret::<48>::from_bytes(&[7; 47]).is_err());
/// # Ok::<(), premaster_crypto::CryptoError>(())
/// ```
pub struct Secret<const N: usize>(Box<[u8; N]>);

impl<const N: usize> Secret<N> {
    /// Copies `bytes`; the caller erases the original.
    ///
    /// # Errors
    /// [`CryptoError`] when `bytes` is not `N` bytes long.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CryptoError> {
        if bytes.len() != N {
            return Err(CryptoError);
        }
        Ok(Self::fill_with(|secret| secret.copy_from_slice(bytes)))
    }

    /// Has `fill` write the secret where it will stay, over zeros.
    pub fn fill_with(fill: impl FnOnce(&mut [u8; N])) -> Self {
        let mut secret = Self(Box::new([0; N]));
        fill(&mut secret.0);
        secret
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8; N] {
        &self.0
    }

    /// Whether the secret equals `other`, in time that depends on the lengths only.
    pub fn ct_eq(&self, other: &[u8]) -> bool {
        declassify(self.0[..].ct_eq(other), Released::Equal)
    }

    /// A second copy. It is not `Clone`, so that every copy is visible in the code.
    pub fn duplicate(&self) -> Self {
        Self::fill_with(|copy| copy.copy_from_slice(&self.0[..]))
    }
}

impl<const N: usize> Drop for Secret<N> {
    fn drop(&mut self) {
        wipe(&mut self.0);
    }
}

impl<const N: usize> fmt::Debug for Secret<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret<{N}>")
    }
}

/// A secret whose length is known at run time: otherwise like [`Secret`].
pub struct SecretBytes(Box<[u8]>);

impl SecretBytes {
    /// Copies `bytes`; the caller erases the original. An empty secret allocates nothing.
    pub fn new(bytes: &[u8]) -> Self {
        Self(bytes.into())
    }

    /// Has `fill` write the secret where it will stay, over zeros.
    pub(crate) fn fill_with(len: usize, fill: impl FnOnce(&mut [u8])) -> Self {
        let mut secret = Self(alloc::vec![0; len].into_boxed_slice());
        fill(&mut secret.0);
        secret
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// How many bytes there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the secret equals `other`, in time that depends on the lengths only.
    pub fn ct_eq(&self, other: &[u8]) -> bool {
        declassify(self.0.ct_eq(other), Released::Equal)
    }
}

impl Drop for SecretBytes {
    fn drop(&mut self) {
        // A write per byte: for a key's few bytes a call of `memset` takes longer.
        self.0.zeroize();
    }
}

impl fmt::Debug for SecretBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretBytes({})", self.0.len())
    }
}

/// What a key exchange yields: the premaster secret of TLS 1.2, the (EC)DHE input of TLS 1.3.
///
/// ```
/// use premaster_crypto::SharedSecret;
///
/// let of_a_finite_field = SharedSecret::from_bytes(&[0, 0, 7, 0, 9]).stripped();
/// assert_eq!(of_a_finite_field.as_bytes(), [7, 0, 9]);
/// ```
pub struct SharedSecret {
    bytes: SecretBytes,
    /// When leading zeros were stripped: how many bytes are left, in front of as many zeros.
    stripped: Option<usize>,
}

impl SharedSecret {
    /// Copies `bytes`; the caller erases the original.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        Self {
            bytes: SecretBytes::new(bytes),
            stripped: None,
        }
    }

    /// Without its leading zeros, which are no part of a premaster secret of a finite field
    /// (RFC 5246 section 8.1.2).
    ///
    /// How many there were stays hidden (property 8): they are counted and dropped in constant time, and
    /// [`MasterSecret`](crate::tls12::MasterSecret) is derived with the same compressions and accesses for every
    /// number of zeros.
    pub fn stripped(mut self) -> Self {
        let zeros = hidden::leading_zeros(self.as_bytes());
        let len = self.as_bytes().len() - zeros;
        hidden::shift_left(&mut self.bytes.0, zeros);
        self.stripped = Some(len);
        self
    }

    /// The bytes.
    ///
    /// How many a [stripped](Self::stripped) secret has is as secret as they are: it is for explaining a handshake, not
    /// for computing with.
    pub fn as_bytes(&self) -> &[u8] {
        let bytes = self.bytes.as_bytes();
        self.stripped.map_or(bytes, |len| &bytes[..len])
    }

    /// Hands `use_key` the bytes as an HMAC key, in constant time: a stripped secret as the block that HMAC makes of
    /// it (RFC 2104 section 2).
    pub(crate) fn as_hmac_key<R>(
        &self,
        algorithm: HashAlgorithm,
        use_key: impl FnOnce(&[u8]) -> R,
    ) -> R {
        let bytes = self.bytes.as_bytes();
        let Some(len) = self.stripped else {
            return use_key(bytes);
        };
        let block = match algorithm {
            HashAlgorithm::Sha256 => hidden::hmac_key::<State256>(bytes, len),
            HashAlgorithm::Sha384 => hidden::hmac_key::<State384>(bytes, len),
        };
        use_key(&block.0[..algorithm.block_len()])
    }
}

impl fmt::Debug for SharedSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SharedSecret").field(&self.bytes).finish()
    }
}

/// The two ends of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// The one that spoke first.
    Client,
    /// The one that answered.
    Server,
}

impl Side {
    /// The opposite end.
    pub fn other(self) -> Self {
        match self {
            Self::Client => Self::Server,
            Self::Server => Self::Client,
        }
    }
}

/// What one side protects its records with: its write keys (RFC 5246 section 6.3).
#[derive(Debug)]
pub struct DirectionKeys {
    /// The MAC key; empty for an AEAD.
    pub mac_key: SecretBytes,
    /// The encryption key.
    pub key: SecretBytes,
    /// The fixed part of the nonce, or the initialisation vector.
    pub iv: SecretBytes,
}

/// Overwrites with zeros, and keeps the compiler from dropping the write as useless.
///
/// For arrays: a few wide stores and a barrier instead of a volatile write per byte.
#[inline]
pub(crate) fn wipe<const N: usize>(bytes: &mut [u8; N]) {
    *bytes = [0; N];
    zeroize::optimization_barrier(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    #[test]
    fn what_is_wiped_is_zero() {
        let mut bytes = [7; 300];
        wipe(&mut bytes);
        assert_eq!(bytes, [0; 300]);
    }

    #[test]
    fn only_the_right_length_makes_a_secret() {
        for len in (0..100).filter(|len| *len != 48) {
            let bytes = [7; 100];
            assert!(Secret::<48>::from_bytes(&bytes[..len]).is_err(), "{len}");
        }
        let secret = Secret::<48>::from_bytes(&[7; 48]).expect("48 bytes");
        assert_eq!(secret.duplicate().as_bytes(), &[7; 48]);
        assert!(secret.ct_eq(&[7; 48]));
        assert!(!secret.ct_eq(&[7; 47]));
        assert!(!secret.ct_eq(&[8; 48]));
    }

    #[test]
    fn nothing_secret_is_printed() {
        let secret = Secret::<4>::from_bytes(&[0xab; 4]).expect("4 bytes");
        let bytes = SecretBytes::new(&[0xab; 4]);
        let shared = SharedSecret::from_bytes(&[0xab; 4]);
        let stripped = SharedSecret::from_bytes(&[0, 0, 0, 0xab]).stripped();
        let text = format!("{secret:?} {bytes:?} {shared:?} {stripped:?}");
        assert_eq!(
            text,
            "Secret<4> SecretBytes(4) SharedSecret(SecretBytes(4)) SharedSecret(SecretBytes(4))"
        );
    }
}
