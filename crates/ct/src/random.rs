//! Randomness that is secret from its first byte on.

use premaster_crypto::{CryptoError, SecureRandom};

use crate::trial::poison;

/// The byte that it is made of: always the same, so that every run counts the same.
pub(crate) const DRAWN: u8 = 0x6b;

/// Draws poisoned bytes.
#[derive(Debug)]
pub(crate) struct PoisonedRandom;

impl SecureRandom for PoisonedRandom {
    fn fill(&self, out: &mut [u8]) -> Result<(), CryptoError> {
        out.fill(DRAWN);
        poison(out);
        Ok(())
    }
}
