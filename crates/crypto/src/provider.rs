//! What a backend provides, as a value.

use alloc::sync::Arc;
use alloc::vec::Vec;

use rustls_pki_types::{PrivateKeyDer, SignatureVerificationAlgorithm};

use crate::{
    Aead, AeadAlgorithm, CryptoError, KeyExchange, SecureRandom, SignatureFault, SignatureProof,
    SignatureVerifier, SigningKey, Suite,
};

/// Everything that a connection needs of cryptography.
///
/// A plain value: clone it and shorten or reorder the lists to make a policy. Two connections of
/// one process can use two providers.
#[derive(Clone, Debug)]
pub struct Provider {
    /// The backend's name.
    pub name: &'static str,
    /// Where randomness comes from.
    pub random: &'static dyn SecureRandom,
    /// The cipher suites, in order of preference.
    pub suites: Vec<&'static Suite>,
    /// The AEAD algorithms that the suites need.
    pub aeads: Vec<&'static dyn Aead>,
    /// The groups, in order of preference.
    pub groups: Vec<&'static dyn KeyExchange>,
    /// The signature schemes that are accepted, in order of preference.
    pub verifiers: Vec<&'static SignatureVerifier>,
    /// What certificate chains may be signed with.
    pub certificate_algorithms: &'static [&'static dyn SignatureVerificationAlgorithm],
    /// Prepares a private key for signing.
    pub load_key: fn(&PrivateKeyDer<'_>) -> Result<Arc<dyn SigningKey>, CryptoError>,
}

impl Provider {
    /// The AEAD algorithm of the backend.
    pub fn aead(&self, algorithm: AeadAlgorithm) -> Option<&'static dyn Aead> {
        self.aeads
            .iter()
            .copied()
            .find(|aead| aead.algorithm() == algorithm)
    }

    /// The group with this code point.
    pub fn group(&self, id: u16) -> Option<&'static dyn KeyExchange> {
        self.groups.iter().copied().find(|group| group.id() == id)
    }

    /// The suite with this code point, when it is among [`suites`](Self::suites).
    pub fn suite(&self, id: u16) -> Option<&'static Suite> {
        self.suites.iter().copied().find(|suite| suite.id == id)
    }

    /// The row of the signature scheme with this code point.
    pub fn verifier(&self, scheme: u16) -> Option<&'static SignatureVerifier> {
        self.verifiers
            .iter()
            .copied()
            .find(|verifier| verifier.id == scheme)
    }

    /// Checks a signature of a TLS 1.2 handshake made with the key in `spki` (property 6).
    ///
    /// # Errors
    /// [`SignatureFault`]: the scheme is unknown, does not fit the key, or the signature is wrong.
    pub fn verify_signature(
        &self,
        spki: &[u8],
        scheme: u16,
        message: &[u8],
        signature: &[u8],
    ) -> Result<SignatureProof, SignatureFault> {
        let verifier = self.verifier(scheme).ok_or(SignatureFault::UnknownScheme)?;
        SignatureVerifier::verify(verifier.algorithms, spki, message, signature)
    }

    /// Checks a signature of a TLS 1.3 handshake, where a scheme names the curve too and PKCS #1 v1.5
    /// is not allowed (RFC 8446 section 4.2.3).
    ///
    /// # Errors
    /// As [`verify_signature`](Self::verify_signature).
    pub fn verify_signature_tls13(
        &self,
        spki: &[u8],
        scheme: u16,
        message: &[u8],
        signature: &[u8],
    ) -> Result<SignatureProof, SignatureFault> {
        let algorithm = self
            .verifier(scheme)
            .and_then(|verifier| verifier.tls13)
            .ok_or(SignatureFault::UnknownScheme)?;
        SignatureVerifier::verify(&[algorithm], spki, message, signature)
    }
}
