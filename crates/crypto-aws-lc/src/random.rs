//! Randomness from the operating system.

use premaster_crypto::{CryptoError, SecureRandom};

/// The generator of AWS-LC, which the operating system seeds.
#[derive(Debug)]
pub(crate) struct SystemRandom;

impl SecureRandom for SystemRandom {
    fn fill(&self, out: &mut [u8]) -> Result<(), CryptoError> {
        aws_lc_rs::rand::fill(out).map_err(|_| CryptoError)
    }
}
