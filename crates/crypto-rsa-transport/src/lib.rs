#![doc = include_str!("../README.md")]
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod decryption_key;
mod encrypt;
mod random;

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;

use premaster_crypto::{
    CryptoError, DecryptionKey, KeyTransport, Provider, Secret, SecureRandom, spki,
};
use rustls_pki_types::PrivateKeyDer;

/// RSA key transport on the `rsa` crate.
///
/// ```
/// use premaster_crypto::{KeyTransport, tls12};
/// use premaster_crypto_rsa_transport::RsaTransport;
///
/// let random = premaster_crypto_ring::provider().random;
/// let transport = RsaTransport::new(random);
/// let premaster = tls12::premaster(0x0303, random)?;
/// transport.encrypt(b"no key", &premaster).expect_err("a key is needed");
/// # Ok::<(), premaster_crypto::CryptoError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct RsaTransport {
    random: &'static dyn SecureRandom,
}

impl RsaTransport {
    /// With this randomness: for the padding of what is encrypted, and for the blinding of decryptions.
    ///
    /// It is `const`, so that it can be a `static` of its own instead of what [`extend`] allocates.
    pub const fn new(random: &'static dyn SecureRandom) -> Self {
        Self { random }
    }
}

impl KeyTransport for RsaTransport {
    fn encrypt(&self, spki: &[u8], premaster: &Secret<48>) -> Result<Vec<u8>, CryptoError> {
        encrypt::encrypt(self.random, spki, premaster)
    }

    fn load_key(&self, key: &PrivateKeyDer<'_>) -> Result<Arc<dyn DecryptionKey>, CryptoError> {
        decryption_key::load(self.random, key)
    }
}

/// `provider` with RSA key transport, on the provider's own randomness.
///
/// A provider refers to its parts for ever. So each call allocates one reference that is never freed: call it once, when
/// the configuration is made, and clone the provider.
pub fn extend(mut provider: Provider) -> Provider {
    let transport = Box::leak(Box::new(RsaTransport::new(provider.random)));
    provider.key_transport = Some(transport);
    provider
}

/// Whether a modulus of so many bits is neither too weak nor too costly.
fn is_allowed(bits: usize) -> bool {
    spki::RSA_BITS.contains(&bits)
}
