//! Randomness.

use core::fmt::Debug;

use crate::CryptoError;

/// A source of unpredictable bytes.
pub trait SecureRandom: Send + Sync + Debug {
    /// Fills `out`.
    ///
    /// # Errors
    /// [`CryptoError`] when the source fails. It is fatal: nobody may go on with what `out` then holds.
    fn fill(&self, out: &mut [u8]) -> Result<(), CryptoError>;
}
