//! The cryptography that the runner asks for: what users get by default, and what it wants beside it.
//!
//! The default provider comes first everywhere, so that the cases test what users get. Behind it stands what a library of
//! the project offers by name. Nothing of that is offered unless the runner's flags name it.

use std::sync::Arc;

use premaster::crypto::{CryptoError, Provider, SignatureVerifier, SigningKey};

use premaster::wire::SignatureScheme;
use rustls_pki_types::PrivateKeyDer;

use crate::Stop;
use crate::flags::Flags;

mod old;

/// Of what users get, what the runner takes for off unless it is asked for.
const OFF: [u16; 1] = [SignatureScheme::ed25519.0];

/// What the runner takes for on and users do not get.
const ON: [u16; 1] = [SignatureScheme::rsa_pkcs1_sha1.0];

/// What nobody signs with unless he is asked to.
const NOT_SIGNED: [u16; 1] = [SignatureScheme::rsa_pkcs1_sha256_legacy.0];

/// The two hashes of TLS 1.1, under a code point that is the runner's own: no version of ours has it, so no list of ours does.
const MD5_AND_SHA1: u16 = 0xff01;

/// All that there is, of that the groups that are on by default or that a flag names, and the signatures that the runner
/// wants to be accepted.
pub(crate) fn of(flags: &Flags) -> Result<Arc<Provider>, Stop> {
    let defaults = premaster::provider();
    let mut provider = everything();
    let named = [flags.numbers("curves")?, flags.numbers("key-shares")?].concat();
    let is_on = |id: u16| defaults.group(id).is_some() || named.contains(&id);
    provider.groups.retain(|group| is_on(group.id()));
    let wanted = flags.numbers("verify-prefs")?;
    provider.verifiers = match wanted.is_empty() {
        true => accepted_by_default(&defaults, &provider),
        false => accepted(&wanted, &provider)?,
    };
    Ok(Arc::new(provider))
}

/// The schemes that a key signs with: in the runner's order if it gave one.
pub(crate) fn signed(wanted: &[u16], key: &dyn SigningKey) -> Result<Vec<u16>, Stop> {
    if wanted.is_empty() {
        let schemes = key.schemes().iter().copied();
        return Ok(schemes.filter(|it| !NOT_SIGNED.contains(it)).collect());
    }
    let all = everything();
    for scheme in wanted {
        find(*scheme, &all)?;
    }
    let able = |scheme: &&u16| key.schemes().contains(scheme);
    Ok(wanted.iter().filter(able).copied().collect())
}

fn everything() -> Provider {
    let provider = premaster::provider().as_ref().clone();
    let provider = premaster_crypto_classic::extend(provider);
    let provider = premaster_crypto_rsa_transport::extend(provider);
    let mut provider = premaster_crypto_ml_kem::extend_with_ml_kem_1024(provider);
    let more = premaster_crypto_aws_lc::everything();
    let missing = more.groups.iter().copied();
    let missing: Vec<_> = missing
        .filter(|it| provider.group(it.id()).is_none())
        .collect();
    provider.groups.extend(missing);
    let missing = more.verifiers.iter().copied();
    let missing: Vec<_> = missing
        .filter(|it| provider.verifier(it.id).is_none())
        .collect();
    provider.verifiers.extend(missing);
    if let Some(pkcs1) = provider.verifier(SignatureScheme::rsa_pkcs1_sha256.0) {
        let old = old::verifiers(pkcs1).map(|row| &*Box::leak(Box::new(row)));
        provider.verifiers.extend(old);
    }
    provider.certificate_algorithms = more.certificate_algorithms;
    provider.load_key = load_key;
    provider
}

fn load_key(key: &PrivateKeyDer<'_>) -> Result<Arc<dyn SigningKey>, CryptoError> {
    let defaults = premaster::provider();
    let usual = (defaults.load_key)(key);
    let usual = usual.or_else(|_| (premaster_crypto_aws_lc::everything().load_key)(key));
    old::load_key(usual, key, defaults.random)
}

fn accepted_by_default(defaults: &Provider, all: &Provider) -> Vec<&'static SignatureVerifier> {
    let more = ON.iter().filter_map(|id| all.verifier(*id));
    let verifiers = defaults.verifiers.iter().copied().chain(more);
    verifiers
        .filter(|verifier| !OFF.contains(&verifier.id))
        .collect()
}

fn accepted(wanted: &[u16], all: &Provider) -> Result<Vec<&'static SignatureVerifier>, Stop> {
    let found: Result<Vec<_>, _> = wanted.iter().map(|scheme| find(*scheme, all)).collect();
    Ok(found?.into_iter().flatten().collect())
}

fn find(scheme: u16, all: &Provider) -> Result<Option<&'static SignatureVerifier>, Stop> {
    match all.verifier(scheme) {
        None if scheme != MD5_AND_SHA1 => Err(Stop::unimplemented(format!(
            "signature scheme {scheme:#06x}"
        ))),
        found => Ok(found),
    }
}
