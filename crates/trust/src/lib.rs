//! Is this certificate good for this name: webpki and pins for TLS.
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
pub mod load;
mod pin;
mod roots;
mod time;
mod verify;

pub use certificate::Certificate;
pub use chain::WebpkiVerifier;
pub use error::TrustError;
pub use load::LoadError;
pub use pin::{Pin, PinVerifier, WrongPin};
use premaster_crypto::HashAlgorithm;
pub use premaster_crypto::Side;
pub use roots::Roots;
pub use rustls_pki_types::{ServerName, UnixTime};
pub use verify::{RefuseAll, Verified, Verifier, VerifyRequest};

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
