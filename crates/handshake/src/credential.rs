//! With what we prove who we are: a certificate chain and the key it belongs to.

use core::fmt;
use std::sync::Arc;

use premaster_crypto::{Authentication, DecryptionKey, PublicKeyKind, SigningKey, public_key_kind};
use premaster_wire::{ClientCertificateType, NamedGroup, SignatureScheme};

use crate::schemes;

/// A certificate chain and what its key is used for. The key itself may live elsewhere.
///
/// A key signs or decrypts. Both at once has to be said by name: who can have chosen bytes decrypted
/// may learn what was meant to be signed (DROWN, ROBOT).
///
/// Whether the key belongs to the certificate is checked by whoever reads certificates; here a
/// chain is opaque.
#[derive(Clone)]
pub struct Credential {
    chain: Vec<Vec<u8>>,
    spki: Vec<u8>,
    kind: PublicKeyKind,
    signing: Option<Signing>,
    decryption: Option<Decryption>,
    ocsp_response: Option<Vec<u8>>,
    certificate_timestamps: Vec<Vec<u8>>,
}

/// A key that signs; `None` if it does so elsewhere.
#[derive(Clone)]
struct Signing {
    schemes: Vec<SignatureScheme>,
    /// With those of broken hash functions.
    all: Vec<SignatureScheme>,
    key: Option<Arc<dyn SigningKey>>,
}

impl Signing {
    fn new(all: Vec<SignatureScheme>, key: Option<Arc<dyn SigningKey>>) -> Self {
        let sound = |scheme: &SignatureScheme| !schemes::is_broken(*scheme);
        let schemes = all.iter().copied().filter(sound).collect();
        Self { schemes, all, key }
    }
}

/// A key that decrypts; `None` if it does so elsewhere.
#[derive(Clone)]
struct Decryption(Option<Arc<dyn DecryptionKey>>);

/// Why a chain and its key are no credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnusableCredential {
    /// The key is of no kind that TLS can authenticate with.
    #[error("the key is neither RSA, ECDSA over P-256, P-384 or P-521, Ed25519, nor ML-DSA")]
    UnsupportedKey,
    /// The chain is empty.
    #[error("there is no certificate")]
    NoCertificate,
    /// The key is no RSA key.
    #[error("only an RSA key can decrypt premaster secrets")]
    CannotDecrypt,
    /// The key that shall decrypt is not the one that signs.
    #[error(
        "the key for decryption is not the one that signs: make a credential of its own for it"
    )]
    OtherKey,
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
        let mut credential = Self::of_key(chain, key.spki())?;
        credential.signing = Some(Signing::new(schemes, Some(key)));
        Ok(credential)
    }

    /// A chain whose key signs elsewhere, say in an HSM: whoever answers [`Sign`](crate::Sign)
    /// makes the signature. `spki` is the public key as DER, `schemes` what it can do, best first; those of SHA-1 and MD5
    /// do not count: see [`dangerous_also_signing_with_sha1`](Self::dangerous_also_signing_with_sha1).
    ///
    /// # Errors
    ///
    /// [`UnusableCredential`]
    pub fn elsewhere(
        chain: Vec<Vec<u8>>,
        spki: &[u8],
        schemes: Vec<SignatureScheme>,
    ) -> Result<Self, UnusableCredential> {
        let mut credential = Self::of_key(chain, spki.to_vec())?;
        credential.signing = Some(Signing::new(schemes, None));
        Ok(credential)
    }

    /// A chain whose key decrypts premaster secrets and signs nothing: for the suites of RSA key
    /// transport (RFC 5246 section 7.4.7.1).
    ///
    /// # Errors
    ///
    /// [`UnusableCredential`]
    pub fn decrypting(
        chain: Vec<Vec<u8>>,
        key: Arc<dyn DecryptionKey>,
    ) -> Result<Self, UnusableCredential> {
        let mut credential = Self::of_key(chain, key.spki())?;
        credential.decrypt_with(Some(key))?;
        Ok(credential)
    }

    /// A chain whose key decrypts elsewhere, say in an HSM: whoever answers
    /// [`Decrypt`](crate::Decrypt) has it. `spki` is the public key as DER.
    ///
    /// # Errors
    ///
    /// [`UnusableCredential`]
    pub fn decrypting_elsewhere(
        chain: Vec<Vec<u8>>,
        spki: &[u8],
    ) -> Result<Self, UnusableCredential> {
        let mut credential = Self::of_key(chain, spki.to_vec())?;
        credential.decrypt_with(None)?;
        Ok(credential)
    }

    /// Lets the key that signs decrypt too; `None`: elsewhere. A flaw in how it decrypts is then a
    /// flaw of the signatures as well, so two certificates are better (property 12).
    ///
    /// # Errors
    ///
    /// [`UnusableCredential`]
    pub fn dangerous_also_decrypting(
        mut self,
        key: Option<Arc<dyn DecryptionKey>>,
    ) -> Result<Self, UnusableCredential> {
        if key.as_ref().is_some_and(|key| key.spki() != self.spki) {
            return Err(UnusableCredential::OtherKey);
        }
        self.decrypt_with(key)?;
        Ok(self)
    }

    /// Lets the key sign handshakes of TLS 1.2 with SHA-1 and MD5 too, if its schemes say that it can: for clients that know
    /// nothing better, those that list no schemes among them (RFC 5246 section 7.4.1.4.1). Such signatures can be forged by
    /// collisions (SLOTH) and must not be made any more (RFC 9155 section 4, RFC 9155 section 5).
    #[must_use]
    pub fn dangerous_also_signing_with_sha1(mut self) -> Self {
        if let Some(signing) = &mut self.signing {
            signing.schemes.clone_from(&signing.all);
        }
        self
    }

    fn of_key(chain: Vec<Vec<u8>>, spki: Vec<u8>) -> Result<Self, UnusableCredential> {
        let kind = public_key_kind(&spki).ok_or(UnusableCredential::UnsupportedKey)?;
        if chain.is_empty() {
            return Err(UnusableCredential::NoCertificate);
        }
        Ok(Self {
            chain,
            spki,
            kind,
            signing: None,
            decryption: None,
            ocsp_response: None,
            certificate_timestamps: Vec::new(),
        })
    }

    fn decrypt_with(
        &mut self,
        key: Option<Arc<dyn DecryptionKey>>,
    ) -> Result<(), UnusableCredential> {
        if !matches!(self.kind, PublicKeyKind::Rsa { .. }) {
            return Err(UnusableCredential::CannotDecrypt);
        }
        self.decryption = Some(Decryption(key));
        Ok(())
    }

    /// Staples this OCSP response (DER) for clients that ask for it (RFC 6066 section 8).
    #[must_use]
    pub fn with_ocsp_response(mut self, response: Vec<u8>) -> Self {
        self.ocsp_response = Some(response);
        self
    }

    /// Sends these proofs of Certificate Transparency (each a SignedCertificateTimestamp) to clients that ask for them
    /// (RFC 6962 section 3.3, RFC 8446 section 4.4.2.1).
    #[must_use]
    pub fn with_certificate_timestamps(mut self, timestamps: Vec<Vec<u8>>) -> Self {
        self.certificate_timestamps = timestamps;
        self
    }

    /// The certificates as DER, the own one first.
    #[must_use]
    pub fn chain(&self) -> &[Vec<u8>] {
        &self.chain
    }

    /// The public key as DER SubjectPublicKeyInfo.
    #[must_use]
    pub fn spki(&self) -> &[u8] {
        &self.spki
    }

    /// The signature schemes that the key signs with, best first; none if it does not sign.
    #[must_use]
    pub fn schemes(&self) -> &[SignatureScheme] {
        self.signing
            .as_ref()
            .map_or(&[], |signing| signing.schemes.as_slice())
    }

    /// The key that signs, if it is at hand.
    #[must_use]
    pub fn key(&self) -> Option<&Arc<dyn SigningKey>> {
        self.signing.as_ref()?.key.as_ref()
    }

    /// Does the key sign?
    #[must_use]
    pub fn signs(&self) -> bool {
        self.signing.is_some()
    }

    /// The key that decrypts, if it is at hand.
    #[must_use]
    pub fn decryption_key(&self) -> Option<&Arc<dyn DecryptionKey>> {
        self.decryption.as_ref()?.0.as_ref()
    }

    /// Does the key decrypt?
    #[must_use]
    pub fn decrypts(&self) -> bool {
        self.decryption.is_some()
    }

    /// The stapled OCSP response, if there is one.
    #[must_use]
    pub fn ocsp_response(&self) -> Option<&[u8]> {
        self.ocsp_response.as_deref()
    }

    /// The proofs of Certificate Transparency.
    #[must_use]
    pub fn certificate_timestamps(&self) -> &[Vec<u8>] {
        &self.certificate_timestamps
    }

    /// Whether the key can authenticate the cipher suites of TLS 1.2 that want this. EdDSA keys go
    /// with the ECDSA suites (RFC 8422 section 2.1).
    #[must_use]
    pub fn authenticates(&self, wanted: Authentication) -> bool {
        let used = match wanted {
            Authentication::RsaDecryption => self.decrypts(),
            _ => self.signs(),
        };
        used && fits(self.kind, wanted)
    }

    /// What the key is called in a CertificateRequest of TLS 1.2 (RFC 5246 section 7.4.4, RFC 8422 section 5.5); `None` for
    /// one that only TLS 1.3 knows.
    #[must_use]
    pub fn certificate_type(&self) -> Option<ClientCertificateType> {
        match self.kind {
            PublicKeyKind::Rsa { .. } => Some(ClientCertificateType::rsa_sign),
            PublicKeyKind::MlDsa(_) => None,
            _ => Some(ClientCertificateType::ecdsa_sign),
        }
    }

    /// Whether a peer that names these kinds of certificate takes this one; TLS 1.3 names none.
    #[must_use]
    pub fn is_of_type(&self, types: &[ClientCertificateType]) -> bool {
        let named = |own| types.contains(&own);
        types.is_empty() || self.certificate_type().is_some_and(named)
    }

    /// The curve of the key: a peer that lists groups has to list this one too
    /// (RFC 8422 section 5.1).
    #[must_use]
    pub fn curve(&self) -> Option<NamedGroup> {
        curve(self.kind)
    }
}

/// The curve of an ECDSA key.
pub(crate) fn curve(kind: PublicKeyKind) -> Option<NamedGroup> {
    match kind {
        PublicKeyKind::EcdsaP256 => Some(NamedGroup::secp256r1),
        PublicKeyKind::EcdsaP384 => Some(NamedGroup::secp384r1),
        PublicKeyKind::EcdsaP521 => Some(NamedGroup::secp521r1),
        _ => None,
    }
}

/// Whether a key of this kind can do what a suite wants.
pub(crate) fn fits(kind: PublicKeyKind, wanted: Authentication) -> bool {
    let rsa = matches!(kind, PublicKeyKind::Rsa { .. });
    match wanted {
        Authentication::Rsa | Authentication::RsaDecryption => rsa,
        Authentication::Ecdsa => !rsa && !matches!(kind, PublicKeyKind::MlDsa(_)),
        Authentication::Any => true,
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credential")
            .field("kind", &self.kind)
            .field("certificates", &self.chain.len())
            .field("signs", &self.signs())
            .field("decrypts", &self.decrypts())
            .finish_non_exhaustive()
    }
}
