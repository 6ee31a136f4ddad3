//! What `premaster-crypto` asks of every backend, of one that was extended.

use premaster_crypto::{CLASSIC_SUITES, KeyExchangeKind, conformance};
use premaster_crypto_classic::extend;
use premaster_crypto_ring::provider;

/// Properties 13 and 14: no flipped bit of a record or of its context is accepted, and there is one error.
/// Property 7: malformed public keys are refused. Property 8: exchanges are fresh and single use.
#[test]
fn an_extended_backend_conforms() {
    let extended = extend(provider());
    conformance::check(&extended, &[]);
}

#[test]
fn nothing_is_offered_that_was_not_named() {
    let names = |suites: Vec<&'static premaster_crypto::Suite>| -> Vec<_> {
        suites.iter().map(|suite| suite.name).collect()
    };
    assert_eq!(names(extend(provider()).suites), names(provider().suites));
}

#[test]
fn every_suite_without_key_transport_can_be_named() {
    let extended = extend(provider());
    for suite in CLASSIC_SUITES {
        let transport = suite.key_exchange == KeyExchangeKind::Rsa;
        assert_eq!(extended.supports(suite), !transport, "{}", suite.name);
    }
}
