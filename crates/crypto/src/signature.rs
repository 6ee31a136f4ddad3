//! Signatures: who makes them, who checks them, and the proof that one was checked.

use alloc::vec::Vec;
use core::fmt::Debug;

use rustls_pki_types::SignatureVerificationAlgorithm;

use crate::spki::{RSA_BITS, Spki};
use crate::{CryptoError, PublicKeyKind};

/// A private key that signs handshakes; it may live anywhere.
pub trait SigningKey: Send + Sync + Debug {
    /// The SignatureScheme code points that it can sign with, in order of preference.
    fn schemes(&self) -> &[u16];

    /// Signs `message`, hashing it as `scheme` says.
    ///
    /// # Errors
    /// [`CryptoError`] when `scheme` is not one of [`schemes`](Self::schemes), or signing fails.
    fn sign(&self, scheme: u16, message: &[u8]) -> Result<Vec<u8>, CryptoError>;

    /// The public key as DER SubjectPublicKeyInfo, as a certificate for it contains it.
    fn spki(&self) -> Vec<u8>;
}

/// A row of the table of signature schemes: what is checked how, in which version.
///
/// It says which pairs of scheme and key are legal. RFC 5246 section 7.4.1.4.1 lets a TLS 1.2 scheme
/// name hash and kind of key only, so ECDSA with SHA-256 goes with any curve that both sides allow;
/// RFC 8446 section 4.2.3 ties it to one.
#[derive(Clone, Copy, Debug)]
pub struct SignatureVerifier {
    /// The SignatureScheme code point.
    pub id: u16,
    /// The RFC's name.
    pub name: &'static str,
    /// One algorithm for each kind of key that TLS 1.2 allows with the scheme.
    pub algorithms: &'static [&'static dyn SignatureVerificationAlgorithm],
    /// The only one that TLS 1.3 allows; `None` for PKCS #1 v1.5.
    pub tls13: Option<&'static dyn SignatureVerificationAlgorithm>,
}

impl SignatureVerifier {
    pub(crate) fn verify(
        algorithms: &[&'static dyn SignatureVerificationAlgorithm],
        spki: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<SignatureProof, SignatureFault> {
        let spki = Spki::decode(spki).ok_or(SignatureFault::KeyMismatch)?;
        match spki.kind().ok_or(SignatureFault::KeyMismatch)? {
            PublicKeyKind::Rsa { bits } if !RSA_BITS.contains(&bits) => {
                return Err(SignatureFault::KeyMismatch);
            }
            _ => {}
        }
        let algorithm = algorithms
            .iter()
            .find(|algorithm| algorithm.public_key_alg_id().as_ref() == spki.algorithm)
            .ok_or(SignatureFault::KeyMismatch)?;
        match algorithm.verify_signature(spki.key, message, signature) {
            Ok(()) => Ok(SignatureProof(())),
            Err(_) => Err(SignatureFault::Invalid),
        }
    }
}

/// That a signature was checked and found good: only [`Provider`](crate::Provider) makes one.
#[derive(Debug)]
#[must_use]
pub struct SignatureProof(());

/// Why a signature was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureFault {
    /// The scheme is not one that the provider offers in this version.
    #[error("the signature scheme was not offered")]
    UnknownScheme,
    /// The scheme does not go with the key, or the key is malformed, or of a size that is not accepted.
    #[error("the signature scheme does not fit the key")]
    KeyMismatch,
    /// The signature is wrong.
    #[error("the signature is invalid")]
    Invalid,
}
