//! What every backend must do, as tests that it runs on its [`Provider`].
//!
//! A backend calls [`check`] in a test, with one private key of each kind that it can load. The
//! first failure panics and says what was expected.
//!
//! Universal properties only: sealed is opened again and nothing else is; both sides of an exchange
//! agree, and malformed shares are refused (those of hybrid groups in both halves); what is signed verifies, with every bit as it was; what is encrypted to an RSA
//! key comes back in its padding.

mod aead;
mod cbc;
mod exchange;
mod finite_field;
mod signature;
mod transport;

use alloc::vec;
use alloc::vec::Vec;

use rustls_pki_types::PrivateKeyDer;

use crate::{Provider, SecureRandom};

/// Runs all tests.
///
/// # Panics
/// When `provider` fails one.
pub fn check(provider: &Provider, keys: &[PrivateKeyDer<'_>]) {
    check_lists(provider);
    check_random(provider.random);
    provider.aeads.iter().for_each(|aead| aead::check(*aead));
    provider.cbc.iter().for_each(|cbc| cbc::check(*cbc));
    provider
        .groups
        .iter()
        .for_each(|group| exchange::check(*group));
    provider
        .dh_groups
        .iter()
        .for_each(|group| finite_field::check(&**group));
    signature::check(provider, keys);
    if let Some(transport) = provider.key_transport {
        transport::check(provider, transport, keys);
    }
}

/// Every suite has what it needs, and no list names a thing twice.
fn check_lists(provider: &Provider) {
    for (index, suite) in provider.suites.iter().enumerate() {
        assert!(
            provider.supports(suite),
            "{} is listed and not supported",
            suite.name
        );
        let earlier = provider.suites[..index]
            .iter()
            .any(|other| other.id == suite.id);
        assert!(!earlier, "{} is listed twice", suite.name);
    }
    for (index, group) in provider.groups.iter().enumerate() {
        let earlier = provider.groups[..index]
            .iter()
            .any(|other| other.id() == group.id());
        assert!(!earlier, "{} is listed twice", group.name());
    }
    for (index, cbc) in provider.cbc.iter().enumerate() {
        let earlier = provider.cbc[..index]
            .iter()
            .any(|other| other.algorithm() == cbc.algorithm());
        assert!(!earlier, "{cbc:?} is listed twice");
    }
    for (index, group) in provider.dh_groups.iter().enumerate() {
        let earlier = provider.dh_groups[..index].iter().any(|other| {
            other.name() == group.name()
                || other.id().is_some() && other.id() == group.id()
                || other.prime() == group.prime()
        });
        assert!(!earlier, "{} is listed twice", group.name());
    }
}

/// All bytes are filled, differently each time.
fn check_random(random: &dyn SecureRandom) {
    for len in [0, 1, 32, 1000] {
        let (mut seen, mut bytes) = (vec![0; len], vec![0; len]);
        for _ in 0..16 {
            random.fill(&mut bytes).expect("randomness");
            assert!(len < 32 || bytes != seen, "the same {len} bytes twice");
            seen.copy_from_slice(&bytes);
        }
    }
    // A byte that stays zero a hundred times was not filled.
    let (mut any, mut bytes) = ([0; 64], [0; 64]);
    for _ in 0..100 {
        random.fill(&mut bytes).expect("randomness");
        any.iter_mut()
            .zip(bytes)
            .for_each(|(any, byte)| *any |= byte);
    }
    assert!(
        any.iter().all(|byte| *byte != 0),
        "bytes that are never filled"
    );
}

/// `bytes` with one bit flipped, for each bit; for one bit of each byte where there are many.
fn flipped(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let step = if bytes.len() > 1200 { 9 } else { 1 };
    (0..8 * bytes.len()).step_by(step).map(|bit| {
        let mut flipped = bytes.to_vec();
        flipped[bit / 8] ^= 1 << (bit % 8);
        flipped
    })
}
