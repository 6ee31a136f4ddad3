//! The cryptography of the command: ring's, and what old peers need.
//!
//! What is old is there and not used: a suite that is not on by default is negotiated where `--suite` names it.

use std::sync::Arc;

use premaster::crypto::{CLASSIC_SUITES, Provider, Suite};

/// ring and ML-KEM, with CBC, finite fields and RSA key transport.
pub(crate) fn provider() -> Arc<Provider> {
    let provider = premaster::provider().as_ref().clone();
    let provider = premaster_crypto_classic::extend(provider);
    Arc::new(premaster_crypto_rsa_transport::extend(provider))
}

/// Every suite that can be named: those that are on by default first.
pub(crate) fn suites() -> Vec<&'static Suite> {
    let provider = provider();
    let classic = CLASSIC_SUITES.iter();
    let supported = classic.filter(|suite| provider.supports(suite));
    provider.suites.iter().copied().chain(supported).collect()
}

/// Every group that can be named: curves first, then finite fields.
pub(crate) fn groups() -> Vec<String> {
    let provider = provider();
    let curves = provider.groups.iter().map(|group| group.name().to_owned());
    let fields = provider
        .dh_groups
        .iter()
        .map(|group| group.name().to_owned());
    curves.chain(fields).collect()
}

/// Whether the suite has to be named before it is used.
pub(crate) fn has_to_be_named(suite: &Suite) -> bool {
    CLASSIC_SUITES.iter().any(|classic| classic.id == suite.id)
}
