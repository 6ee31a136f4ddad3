//! Diffie-Hellman in a finite field: groups that are known by their numbers (RFC 5246 section 7.4.3, RFC 7919).

use alloc::boxed::Box;
use core::fmt::Debug;

use crate::{ActiveKeyExchange, CryptoError};

/// A group of a safe prime, with a backend that computes in it.
///
/// A server sends prime and generator, and a client knows a group by them: exact match, or the handshake ends
/// before anything is computed (property 7).
pub trait DhGroup: Send + Sync + Debug {
    /// Its name, such as `ffdhe2048`.
    fn name(&self) -> &str;

    /// The code point of its NamedGroup, if it has one (RFC 7919 section 2).
    fn id(&self) -> Option<u16>;

    /// The prime `p`, big endian and without leading zeros.
    fn prime(&self) -> &[u8];

    /// The generator `g`, big endian and without leading zeros.
    fn generator(&self) -> &[u8];

    /// Makes a key pair, for one exchange alone. The public key is as long as the prime.
    ///
    /// [`complete`](ActiveKeyExchange::complete) refuses 0, 1, p-1 and all from p on (RFC 7919 section 5.1), and
    /// its secret is as long as the prime: see [`SharedSecret::stripped`](crate::SharedSecret::stripped).
    ///
    /// # Errors
    /// [`CryptoError`] when randomness fails.
    fn start(&self) -> Result<Box<dyn ActiveKeyExchange>, CryptoError>;
}
