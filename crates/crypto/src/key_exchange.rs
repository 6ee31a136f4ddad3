//! Key exchange in one named group.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt::Debug;

use crate::{CryptoError, SharedSecret};

/// A named group of a backend.
pub trait KeyExchange: Send + Sync + Debug {
    /// The NamedGroup code point (RFC 8446 section 4.2.7).
    fn id(&self) -> u16;

    /// The RFC's name of the group.
    fn name(&self) -> &'static str;

    /// Whether only TLS 1.3 knows the group: it is then neither offered nor accepted in TLS 1.2.
    ///
    /// So it is with what is not two equal shares of one curve: a KEM, alone or in a [`Hybrid`](crate::Hybrid).
    fn tls13_only(&self) -> bool {
        false
    }

    /// Makes a fresh key pair.
    ///
    /// # Errors
    /// [`CryptoError`] when there is no randomness.
    fn start(&self) -> Result<Box<dyn ActiveKeyExchange>, CryptoError>;

    /// Answers a share at once: own share and shared secret. A KEM encapsulates here.
    ///
    /// # Errors
    /// As [`start`](Self::start) and [`ActiveKeyExchange::complete`].
    fn respond(&self, peer_share: &[u8]) -> Result<(Vec<u8>, SharedSecret), CryptoError> {
        let active = self.start()?;
        let share = active.share().to_vec();
        Ok((share, active.complete(peer_share)?))
    }
}

/// A key pair that waits for the peer's share: completing it uses it up (property 8).
///
/// ```compile_fail,E0382
/// fn twice(exchange: Box<dyn premaster_crypto::ActiveKeyExchange>, share: &[u8]) {
///     let _ = exchange.complete(share);
///     let _ = exchange.complete(share);
/// }
/// ```
pub trait ActiveKeyExchange: Send + Sync {
    /// The public share, as it is sent.
    fn share(&self) -> &[u8];

    /// The shared secret.
    ///
    /// # Errors
    /// [`CryptoError`] when `peer_share` has the wrong length, is no point of the group, or yields zero.
    fn complete(self: Box<Self>, peer_share: &[u8]) -> Result<SharedSecret, CryptoError>;
}
