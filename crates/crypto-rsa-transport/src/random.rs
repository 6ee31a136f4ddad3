//! The provider's randomness, as the `rsa` crate wants it.

use premaster_crypto::{CryptoError, SecureRandom};
use rsa::rand_core::{TryCryptoRng, TryRng};

/// Speaks the traits of `rand_core` for a [`SecureRandom`].
pub(crate) struct Random(pub(crate) &'static dyn SecureRandom);

impl TryRng for Random {
    type Error = CryptoError;

    fn try_next_u32(&mut self) -> Result<u32, CryptoError> {
        let mut bytes = [0; 4];
        self.0.fill(&mut bytes)?;
        Ok(u32::from_ne_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, CryptoError> {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes)?;
        Ok(u64::from_ne_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), CryptoError> {
        self.0.fill(out)
    }
}

// A `SecureRandom` is unpredictable by definition.
impl TryCryptoRng for Random {}
