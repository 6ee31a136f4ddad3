//! The provider's randomness, as the `rsa` crate wants it.

use premaster_crypto::{CryptoError, SecureRandom};
use rsa::rand_core::{TryCryptoRng, TryRng};

/// A blinding factor is drawn until it is below the modulus, which at least every other draw is. That many fail
/// only where randomness is broken; without an end, a decryption would go on for ever.
const DRAWS: usize = 128;

/// Speaks the traits of `rand_core` for a [`SecureRandom`], for one operation.
pub(crate) struct Random {
    source: &'static dyn SecureRandom,
    left: usize,
}

impl Random {
    pub(crate) fn new(source: &'static dyn SecureRandom) -> Self {
        Self {
            source,
            left: DRAWS,
        }
    }
}

impl TryRng for Random {
    type Error = CryptoError;

    fn try_next_u32(&mut self) -> Result<u32, CryptoError> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_ne_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, CryptoError> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_ne_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), CryptoError> {
        self.left = self.left.checked_sub(1).ok_or(CryptoError)?;
        self.source.fill(out)
    }
}

// A `SecureRandom` is unpredictable by definition.
impl TryCryptoRng for Random {}
