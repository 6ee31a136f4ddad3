//! Is this certificate good for this name: webpki and pins for TLS.
//!
//! ```text
//!   chain, name, now, use -> VerifyRequest -> Verifier -> Verified { spki, valid until }
//!                                                |
//!                   WebpkiVerifier <- Roots      +-----> TrustError -> a sentence, an alert
//!                   PinVerifier    <- Pin
//!                   RefuseAll
//! ```
//!
//! A [`Verifier`] says whose key it is, and that it may be used for what it is needed for: a [`KeyUse`]. That the peer
//! holds it is proved by what it does with it, which the handshake checks with [`Verified::spki`]. Nobody accepts all: who has no authority for a peer pins its key, and who has named nobody
//! gets [`RefuseAll`].
//!
//! A tool that verifies a server's chain from files:
//!
//! ```
//! use premaster_trust::{
//!     Certificate, Roots, ServerName, UnixTime, Verifier, VerifyRequest, WebpkiVerifier, load,
//! };
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let directory = tempfile::tempdir()?;
//! # let path = |name: &str| directory.path().join(name);
//! # let mut params = rcgen::CertificateParams::new([])?;
//! # params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
//! # let root = rcgen::CertifiedIssuer::self_signed(params, rcgen::KeyPair::generate()?)?;
//! # let key = rcgen::KeyPair::generate()?;
//! # let leaf = rcgen::CertificateParams::new(["*.example.com".into()])?.signed_by(&key, &root)?;
//! # std::fs::write(path("roots.pem"), root.pem())?;
//! # std::fs::write(path("chain.pem"), leaf.pem())?;
//! let chain = load::certificates(path("chain.pem"))?;
//! let roots = Roots::from_file(path("roots.pem"))?;
//! let verifier = WebpkiVerifier::new(roots, &premaster_crypto_ring::provider());
//!
//! let name = ServerName::try_from("WWW.example.com")?;
//! let verified = verifier.verify(&VerifyRequest::of_server(&chain, &name, UnixTime::now()))?;
//! let leaf = Certificate::parse(&chain[0]).ok_or("not a certificate")?;
//! assert_eq!(leaf.names(), ["*.example.com"]);
//! assert_eq!(leaf.spki(), verified.spki());
//!
//! let name = ServerName::try_from("example.com")?;
//! let error = verifier.verify(&VerifyRequest::of_server(&chain, &name, UnixTime::now())).unwrap_err();
//! assert_eq!(
//!     error.to_string(),
//!     "the certificate is not valid for example.com, only for *.example.com: \
//!      connect under one of its names, or have it issued for this one"
//! );
//! assert_eq!(error.alert(), 42, "bad_certificate");
//! # Ok(())
//! # }
//! ```
//!
//! The feature `system-roots`, off by default, adds `Roots::system`: see the README for why it is a feature.
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::indexing_slicing,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::unreachable
    )
)]

mod certificate;
mod chain;
mod der;
mod error;
mod key_use;
pub mod load;
mod pin;
mod roots;
mod time;
mod verify;

pub use certificate::Certificate;
pub use chain::WebpkiVerifier;
pub use error::TrustError;
pub use key_use::KeyUse;
pub use load::LoadError;
pub use pin::{Pin, PinVerifier, WrongPin};
use premaster_crypto::HashAlgorithm;
pub use premaster_crypto::Side;
pub use roots::Roots;
pub use rustls_pki_types::{ServerName, UnixTime};
pub use time::text as time_text;
pub use verify::{RefuseAll, Verified, Verifier, VerifyRequest};

#[doc = include_str!("../README.md")]
#[cfg(doctest)]
struct Readme;

fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut digest = [0; 32];
    for (to, from) in digest
        .iter_mut()
        .zip(HashAlgorithm::Sha256.hash(&[bytes]).as_ref())
    {
        *to = *from;
    }
    digest
}

/// The SHA-256 of the parts, each with its length in front: no two lists give the same input.
fn sha256_of_parts(parts: &[&[u8]]) -> [u8; 32] {
    let mut joined = Vec::new();
    for part in parts {
        let length = u64::try_from(part.len()).unwrap_or(u64::MAX);
        joined.extend_from_slice(&length.to_be_bytes());
        joined.extend_from_slice(part);
    }
    sha256(&joined)
}
