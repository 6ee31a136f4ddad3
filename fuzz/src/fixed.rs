//! A provider that computes for real, and whose randomness is the same in every run.

use std::sync::{
    LazyLock,
    atomic::{AtomicU64, Ordering::Relaxed},
};

use premaster_crypto::{CryptoError, Provider, SecureRandom};

/// ring, with CBC beside it.
pub(crate) static PROVIDER: LazyLock<Provider> = LazyLock::new(|| {
    let mut provider = premaster_crypto_classic::extend(premaster_crypto_ring::provider());
    provider.random = &COUNTING;
    provider
});

static COUNTING: Counting = Counting(AtomicU64::new(0));

/// Counts up: nothing comes twice, and everything again in the next run.
#[derive(Debug)]
struct Counting(AtomicU64);

impl SecureRandom for Counting {
    fn fill(&self, out: &mut [u8]) -> Result<(), CryptoError> {
        for chunk in out.chunks_mut(8) {
            let number = self.0.fetch_add(1, Relaxed).wrapping_add(1);
            let bytes = number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes();
            chunk.copy_from_slice(&bytes[..chunk.len()]);
        }
        Ok(())
    }
}
