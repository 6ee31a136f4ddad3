#![doc = include_str!("../README.md")]
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod aead;
pub mod backend;
mod cbc;
mod compress;
pub mod conformance;
mod declassify;
mod error;
mod finite_field;
mod frame;
mod hash;
pub mod hidden;
pub mod hkdf;
mod hmac;
mod hybrid;
mod key_exchange;
mod key_transport;
mod provider;
mod random;
mod secret;
mod signature;
pub mod spki;
mod stack;
mod suites;
pub mod tls12;
pub mod tls13;

pub use aead::{Aead, AeadAlgorithm, AeadKey};
pub use cbc::{BlockCipher, Cbc, CbcAlgorithm, CbcKey, MacAlgorithm, MacOrder, RecordContext};
pub use declassify::{Released, declassify};
pub use error::CryptoError;
pub use finite_field::DhGroup;
pub use hash::{Digest, Hash, HashAlgorithm};
pub use hmac::HmacKey;
pub use hybrid::Hybrid;
pub use key_exchange::{ActiveKeyExchange, KeyExchange};
pub use key_transport::{DecryptionKey, KeyTransport};
pub use provider::Provider;
pub use random::SecureRandom;
pub use secret::{DirectionKeys, Secret, SecretBytes, SharedSecret, Side};
pub use signature::{SignatureFault, SignatureProof, SignatureVerifier, SigningKey};
pub use spki::{MlDsa, PublicKeyKind, public_key_kind};
pub use stack::{erasing_deep_stack, erasing_stack};
pub use suites::{
    Authentication, BulkCipher, CLASSIC_SUITES, KeyExchangeKind, SUITES, Suite, SuiteVersion,
    suite, suite_named,
};
