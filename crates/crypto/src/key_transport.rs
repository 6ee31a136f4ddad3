//! RSA key transport: the client makes the premaster secret and encrypts it (RFC 5246 section 7.4.7.1).

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt::Debug;

use rustls_pki_types::PrivateKeyDer;

use crate::{CryptoError, Secret, SecretBytes};

/// RSA key transport of a backend, both sides.
pub trait KeyTransport: Send + Sync + Debug {
    /// Encrypts a premaster secret to the RSA key in `spki` (DER), with the padding of RSAES-PKCS1-v1_5
    /// (RFC 8017 section 7.2.1).
    ///
    /// # Errors
    /// [`CryptoError`] when the key is no RSA key of an allowed size, or randomness fails.
    fn encrypt(&self, spki: &[u8], premaster: &Secret<48>) -> Result<Vec<u8>, CryptoError>;

    /// Prepares a private key for decryption.
    ///
    /// # Errors
    /// [`CryptoError`] when it is no RSA key of an allowed size.
    fn load_key(&self, key: &PrivateKeyDer<'_>) -> Result<Arc<dyn DecryptionKey>, CryptoError>;
}

/// A private key that opens what was encrypted to its public half.
pub trait DecryptionKey: Send + Sync + Debug {
    /// The bare RSA operation, blinded: the padded block, as long as the modulus, whatever it holds.
    ///
    /// The padding is not looked at here but in
    /// [`premaster_from_block`](crate::tls12::premaster_from_block), which hides what it finds.
    ///
    /// # Errors
    /// [`CryptoError`] when the ciphertext has another length than the modulus or is not below it: both are
    /// public. The caller goes on as if the padding were wrong.
    fn decrypt(&self, ciphertext: &[u8]) -> Result<SecretBytes, CryptoError>;

    /// The public key as SubjectPublicKeyInfo (DER).
    fn spki(&self) -> Vec<u8>;
}
