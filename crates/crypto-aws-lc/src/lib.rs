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
