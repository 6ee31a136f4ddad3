//! With what we prove who we are: a certificate chain and the key it belongs to.

use core::fmt;
use std::sync::Arc;

use premaster_crypto::{Authentication, PublicKeyKind, SigningKey, public_key_kind};
use premaster_wire::{NamedGroup, SignatureScheme};

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

/// The key is of no kind that TLS can authenticate with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the key is neither RSA, ECDSA over P-256 or P-384, nor Ed25519")]
pub struct UnsupportedKey;

impl Credential {
    /// A chain (DER, own certificate first) with its key at hand.
    ///
    /// # Errors
    ///
    /// [`UnsupportedKey`]
    pub fn new(chain: Vec<Vec<u8>>, key: Arc<dyn SigningKey>) -> Result<Self, UnsupportedKey> {
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
    /// [`UnsupportedKey`]
    pub fn elsewhere(
        chain: Vec<Vec<u8>>,
        spki: &[u8],
        schemes: Vec<SignatureScheme>,
    ) -> Result<Self, UnsupportedKey> {
        let kind = public_key_kind(spki).ok_or(UnsupportedKey)?;
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
    /// suites (RFC 8422 section 5.10).
    #[must_use]
    pub fn authentication(&self) -> Authentication {
        authentication_of(self.kind)
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
