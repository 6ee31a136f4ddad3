#![doc = include_str!("../README.md")]
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod aead;
mod erase;
mod key_exchange;
mod random;
mod signing;
mod verify;

use alloc::vec::Vec;

use premaster_crypto::{Provider, SUITES, SuiteVersion};

/// What ring offers, with the default preferences.
pub fn provider() -> Provider {
    Provider {
        name: "ring",
        random: &random::SystemRandom,
        // Nothing speaks TLS 1.3 with it yet, and a suite that is listed is offered.
        suites: SUITES
            .iter()
            .filter(|suite| suite.version == SuiteVersion::Tls12)
            .collect(),
        aeads: aead::ALL.to_vec(),
        cbc: Vec::new(),
        groups: key_exchange::ALL.to_vec(),
        dh_groups: Vec::new(),
        key_transport: None,
        verifiers: verify::ALL.iter().collect::<Vec<_>>(),
        certificate_algorithms: verify::CERTIFICATES,
        load_key: signing::load,
    }
}
