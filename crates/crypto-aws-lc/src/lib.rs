#![doc = include_str!("../README.md")]
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod aead;
mod key_exchange;
mod ml_kem;
mod random;
mod signing;
mod verify;

use alloc::vec::Vec;

use premaster_crypto::{Provider, backend};

/// All that aws-lc-rs offers for TLS 1.2 and 1.3: behind what [`provider`] has, secp521r1 and MLKEM1024 for key exchange, and certificates and
/// signatures on P-521 and of ML-DSA (TLS 1.3 only).
///
/// For peers that ask for them. As with every provider, what its lists name is offered: take out what is not wanted.
///
/// ```
/// let everything = premaster_crypto_aws_lc::everything();
/// assert_eq!(everything.group(0x0019).map(|group| group.name()), Some("secp521r1"));
/// assert!(everything.verifier(0x0603).is_some());
/// // It has to be asked for by name.
/// assert!(premaster_crypto_aws_lc::provider().group(0x0019).is_none());
/// ```
pub fn everything() -> Provider {
    let mut all = provider();
    all.groups.extend(key_exchange::MORE);
    all.verifiers = verify::every_scheme();
    all.certificate_algorithms = verify::EVERY_CERTIFICATE;
    all.load_key = backend::load_key::<signing::Everything>;
    all
}

/// What aws-lc-rs offers, with the default preferences.
pub fn provider() -> Provider {
    Provider {
        name: "aws-lc",
        random: &random::SystemRandom,
        suites: backend::default_suites(),
        aeads: aead::ALL.to_vec(),
        cbc: Vec::new(),
        groups: key_exchange::ALL.to_vec(),
        dh_groups: Vec::new(),
        key_transport: None,
        verifiers: verify::SCHEMES.iter().collect(),
        certificate_algorithms: verify::CERTIFICATES,
        load_key: backend::load_key::<signing::AwsLc>,
    }
}
