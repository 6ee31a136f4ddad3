//! Randomness from the operating system.

use premaster_crypto::{CryptoError, SecureRandom};
use ring::rand::SecureRandom as _;

/// The operating system's generator, through ring.
#[derive(Debug)]
pub(crate) struct SystemRandom;

impl SecureRandom for SystemRandom {
    fn fill(&self, out: &mut [u8]) -> Result<(), CryptoError> {
        ring::rand::SystemRandom::new()
            .fill(out)
            .map_err(|_| CryptoError)
    }
}
