//! The one error of everything cryptographic.

/// A cryptographic operation failed; it does not say why, so that no answer can leak why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a cryptographic operation failed")]
pub struct CryptoError;
