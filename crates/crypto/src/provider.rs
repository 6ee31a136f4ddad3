//! What a backend provides, as a value.

use alloc::sync::Arc;
use alloc::vec::Vec;

use rustls_pki_types::{PrivateKeyDer, SignatureVerificationAlgorithm};

use crate::{
    Aead, AeadAlgorithm, BulkCipher, Cbc, CbcAlgorithm, CryptoError, DhGroup, KeyExchange,
    KeyExchangeKind, KeyTransport, SecureRandom, SignatureFault, SignatureProof, SignatureVerifier,
    SigningKey, Suite,
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
    /// The cipher suites to negotiate by default, in order of preference. Others have to be named.
    pub suites: Vec<&'static Suite>,
    /// The AEAD algorithms that the suites need.
    pub aeads: Vec<&'static dyn Aead>,
    /// CBC with HMAC, for the suites that need it; none in a modern backend.
    pub cbc: Vec<&'static dyn Cbc>,
    /// The groups, in order of preference.
    pub groups: Vec<&'static dyn KeyExchange>,
    /// The finite fields for DHE in TLS 1.2, in order of preference; none in a modern backend.
    pub dh_groups: Vec<Arc<dyn DhGroup>>,
    /// RSA key transport; none in a modern backend.
    pub key_transport: Option<&'static dyn KeyTransport>,
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

    /// CBC with this cipher and MAC.
    pub fn cbc(&self, algorithm: CbcAlgorithm) -> Option<&'static dyn Cbc> {
        let fits = |cbc: &&dyn Cbc| cbc.algorithm() == algorithm;
        self.cbc.iter().copied().find(fits)
    }

    /// Whether the backend has all that the suite needs.
    pub fn supports(&self, suite: &Suite) -> bool {
        let key_exchange = match suite.key_exchange {
            KeyExchangeKind::Rsa => self.key_transport.is_some(),
            KeyExchangeKind::Dhe => !self.dh_groups.is_empty(),
            KeyExchangeKind::Ecdhe => self.groups.iter().any(|group| !group.tls13_only()),
            KeyExchangeKind::Any => !self.groups.is_empty(),
        };
        key_exchange && self.supports_cipher(suite.cipher)
    }

    /// Whether the backend can protect records so.
    pub fn supports_cipher(&self, cipher: BulkCipher) -> bool {
        match cipher {
            BulkCipher::Aead(algorithm) => self.aead(algorithm).is_some(),
            BulkCipher::Cbc(algorithm) => self.cbc(algorithm).is_some(),
        }
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
        let verifier = self
            .verifier(scheme)
            .filter(|verifier| !verifier.algorithms.is_empty())
            .ok_or(SignatureFault::UnknownScheme)?;
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
