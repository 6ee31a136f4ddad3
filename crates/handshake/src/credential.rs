//! With what we prove who we are: a certificate chain and the key it belongs to.

use core::fmt;
use std::sync::Arc;

use premaster_crypto::{Authentication, PublicKeyKind, SigningKey, public_key_kind};
use premaster_wire::{ClientCertificateType, NamedGroup, SignatureScheme};

/// A certificate chain and what its key can do. The key itself may live elsewhere.
///
/// Whether the key belongs to the certificate is checked by whoever reads certificates; here a
/// chain is opaque.
#[derive(Clone)]
pub struct Credential {
    chain: Vec<Vec<u8>>,
    schemes: Vec<SignatureScheme>,
    kind: PublicKeyKind,
    key: Option<Arc<dyn SigningKey>>,
    ocsp_response: Option<Vec<u8>>,
}

/// Why a chain and its key are no credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnusableCredential {
    /// The key is of no kind that TLS can authenticate with.
    #[error("the key is neither RSA, ECDSA over P-256 or P-384, nor Ed25519")]
    UnsupportedKey,
    /// The chain is empty.
    #[error("there is no certificate")]
    NoCertificate,
}

impl Credential {
    /// A chain (DER, own certificate first) with its key at hand.
    ///
    /// # Errors
    ///
    /// [`UnusableCredential`]
    pub fn new(chain: Vec<Vec<u8>>, key: Arc<dyn SigningKey>) -> Result<Self, UnusableCredential> {
        let schemes = key
            .schemes()
            .iter()
            .map(|id| SignatureScheme(*id))
            .collect();
        let mut credential = Self::elsewhere(chain, &key.spki(), schemes)?;
        credential.key = Some(key);
        Ok(credential)
    }

    /// A chain whose key signs elsewhere, say in an HSM: whoever answers [`Sign`](crate::Sign)
    /// makes the signature. `spki` is the public key as DER, `schemes` what it can do, best first.
    ///
    /// # Errors
    ///
    /// [`UnusableCredential`]
    pub fn elsewhere(
        chain: Vec<Vec<u8>>,
        spki: &[u8],
        schemes: Vec<SignatureScheme>,
    ) -> Result<Self, UnusableCredential> {
        let kind = public_key_kind(spki).ok_or(UnusableCredential::UnsupportedKey)?;
        if chain.is_empty() {
            return Err(UnusableCredential::NoCertificate);
        }
        Ok(Self {
            chain,
            schemes,
            kind,
            key: None,
            ocsp_response: None,
        })
    }

    /// Staples this OCSP response (DER) for clients that ask for it (RFC 6066 section 8).
    #[must_use]
    pub fn with_ocsp_response(mut self, response: Vec<u8>) -> Self {
        self.ocsp_response = Some(response);
        self
    }

    /// The certificates as DER, the own one first.
    #[must_use]
    pub fn chain(&self) -> &[Vec<u8>] {
        &self.chain
    }

    /// The signature schemes that the key can make, best first.
    #[must_use]
    pub fn schemes(&self) -> &[SignatureScheme] {
        &self.schemes
    }

    /// The key, if it is at hand.
    #[must_use]
    pub fn key(&self) -> Option<&Arc<dyn SigningKey>> {
        self.key.as_ref()
    }

    /// The stapled OCSP response, if there is one.
    #[must_use]
    pub fn ocsp_response(&self) -> Option<&[u8]> {
        self.ocsp_response.as_deref()
    }

    /// Which cipher suites of TLS 1.2 the key can authenticate. EdDSA keys go with the ECDSA
    /// suites (RFC 8422 section 2.1).
    #[must_use]
    pub fn authentication(&self) -> Authentication {
        authentication_of(self.kind)
    }

    /// What the key is called in a CertificateRequest (RFC 5246 section 7.4.4, RFC 8422 section 5.5).
    #[must_use]
    pub fn certificate_type(&self) -> ClientCertificateType {
        match self.kind {
            PublicKeyKind::Rsa { .. } => ClientCertificateType::rsa_sign,
            _ => ClientCertificateType::ecdsa_sign,
        }
    }

    /// The curve of the key: a peer that lists groups has to list this one too
    /// (RFC 8422 section 5.1).
    #[must_use]
    pub fn curve(&self) -> Option<NamedGroup> {
        match self.kind {
            PublicKeyKind::EcdsaP256 => Some(NamedGroup::secp256r1),
            PublicKeyKind::EcdsaP384 => Some(NamedGroup::secp384r1),
            _ => None,
        }
    }
}

/// Which cipher suites of TLS 1.2 a key of this kind authenticates.
pub(crate) fn authentication_of(kind: PublicKeyKind) -> Authentication {
    match kind {
        PublicKeyKind::Rsa { .. } => Authentication::Rsa,
        _ => Authentication::Ecdsa,
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credential")
            .field("kind", &self.kind)
            .field("certificates", &self.chain.len())
            .field("key_at_hand", &self.key.is_some())
            .finish_non_exhaustive()
    }
}
