//! The question 'whose key is this?', and who answers it.
//!
//! RFC 5246 section 7.4.2 and section 7.4.6: what a Certificate message asserts, and to whom.

use core::fmt::Debug;

use premaster_crypto::Side;
use rustls_pki_types::{ServerName, UnixTime};

use crate::{KeyUse, TrustError};

/// Decides whether a peer's certificates prove its identity.
///
/// It decides nothing about the connection: that the peer holds the key is proved by what it does with it, a signature
/// or a decryption, which the handshake checks against [`Verified::spki`].
pub trait Verifier: Send + Sync + Debug {
    /// Whether the chain is good for what is asked: for this peer, at this time, and for this use of the key.
    ///
    /// Whoever writes another verifier asks [`Certificate::allows`](crate::Certificate::allows) about the
    /// [`key_use`](VerifyRequest::key_use).
    ///
    /// # Errors
    ///
    /// [`TrustError`] says what is wrong; the connection ends with its [`alert`](TrustError::alert).
    fn verify(&self, request: &VerifyRequest<'_>) -> Result<Verified, TrustError>;

    /// Names this verifier with everything that its answers depend on: its kind and its roots or pins.
    ///
    /// A session is resumed only under a verifier that answers with the same bytes.
    fn isolation(&self) -> [u8; 32];

    /// The certificate authorities to name in a CertificateRequest, each a Name in DER
    /// (RFC 5246 section 7.4.4); none means any.
    fn certificate_authorities(&self) -> Vec<Vec<u8>> {
        Vec::new()
    }
}

/// What a [`Verifier`] is asked.
///
/// ```
/// use premaster_trust::{KeyUse, ServerName, UnixTime, VerifyRequest};
///
/// let name = ServerName::try_from("example.com")?;
/// let chain = vec![vec![0x30, 0x00]];
/// let now = UnixTime::now();
/// let request = VerifyRequest::of_server(&chain, &name, now).with_ocsp_response(&[1, 2, 3]);
/// assert_eq!(request.ocsp_response, Some(&[1, 2, 3][..]));
/// assert_eq!(request.key_use, KeyUse::Sign);
/// assert_eq!(request.for_encipherment().key_use, KeyUse::Encipher);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct VerifyRequest<'a> {
    /// Who presented the chain.
    pub peer: Side,
    /// The certificates in DER, the peer's own first.
    pub chain: &'a [Vec<u8>],
    /// The name that the server must prove; none when a client is verified.
    pub server_name: Option<&'a ServerName<'a>>,
    /// What the key will be used for. To sign, unless [`for_encipherment`](Self::for_encipherment) said otherwise.
    pub key_use: KeyUse,
    /// The OCSP response that the server stapled (RFC 6066 section 8).
    pub ocsp_response: Option<&'a [u8]>,
    /// The time at which the certificates must be valid.
    pub now: UnixTime,
}

impl<'a> VerifyRequest<'a> {
    /// Is this chain good for the server `name`?
    pub const fn of_server(chain: &'a [Vec<u8>], name: &'a ServerName<'a>, now: UnixTime) -> Self {
        Self {
            peer: Side::Server,
            chain,
            server_name: Some(name),
            key_use: KeyUse::Sign,
            ocsp_response: None,
            now,
        }
    }

    /// Is this chain good for a client?
    pub const fn of_client(chain: &'a [Vec<u8>], now: UnixTime) -> Self {
        Self {
            peer: Side::Client,
            chain,
            server_name: None,
            key_use: KeyUse::Sign,
            ocsp_response: None,
            now,
        }
    }

    /// The same question without a name: for verifiers that need none, such as a
    /// [`PinVerifier`](crate::PinVerifier).
    pub const fn of_nameless_server(chain: &'a [Vec<u8>], now: UnixTime) -> Self {
        Self {
            peer: Side::Server,
            chain,
            server_name: None,
            key_use: KeyUse::Sign,
            ocsp_response: None,
            now,
        }
    }

    /// The same question about a key that the premaster secret will be encrypted to: RSA key transport
    /// (RFC 5246 section 7.4.2). Nobody who answers it has said that the key may sign.
    #[must_use]
    pub const fn for_encipherment(mut self) -> Self {
        self.key_use = KeyUse::Encipher;
        self
    }

    /// Adds the OCSP response that came with the chain.
    #[must_use]
    pub const fn with_ocsp_response(mut self, response: &'a [u8]) -> Self {
        self.ocsp_response = Some(response);
        self
    }
}

/// A verifier's assertion that a key belongs to the peer.
///
/// There is no way around saying so: [`assert`](Self::assert) is what one greps for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Verified {
    spki: Vec<u8>,
    valid_until: Option<UnixTime>,
}

impl Verified {
    /// Asserts that the key `spki`, a SubjectPublicKeyInfo in DER, is the peer's.
    ///
    /// Only a [`Verifier`] says this, about a peer whose identity it has checked.
    pub const fn assert(spki: Vec<u8>) -> Self {
        Self {
            spki,
            valid_until: None,
        }
    }

    /// Adds when the assertion ends: the first end of validity among the certificates it rests on.
    pub const fn until(mut self, end: UnixTime) -> Self {
        self.valid_until = Some(end);
        self
    }

    /// The peer's key, a SubjectPublicKeyInfo in DER.
    pub fn spki(&self) -> &[u8] {
        &self.spki
    }

    /// When the assertion ends, if it does. A session that rests on it should end then too.
    pub const fn valid_until(&self) -> Option<UnixTime> {
        self.valid_until
    }
}

/// Refuses every credential: the verifier of whoever has named none.
///
/// ```
/// use premaster_trust::{RefuseAll, TrustError, UnixTime, Verifier, VerifyRequest};
///
/// let chain = vec![vec![0x30, 0x00]];
/// let answer = RefuseAll.verify(&VerifyRequest::of_client(&chain, UnixTime::now()));
/// assert_eq!(answer, Err(TrustError::NobodyVerifies));
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct RefuseAll;

impl Verifier for RefuseAll {
    fn verify(&self, _: &VerifyRequest<'_>) -> Result<Verified, TrustError> {
        Err(TrustError::NobodyVerifies)
    }

    fn isolation(&self) -> [u8; 32] {
        crate::sha256_of_parts(&[b"premaster verifier: refuse all"])
    }
}
