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

/// What the runner takes for off unless it is asked for.
const OFF: [u16; 1] = [SignatureScheme::ed25519.0];

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
        true => accepted_by_default(&defaults),
        false => accepted(&wanted, &provider)?,
    };
    Ok(Arc::new(provider))
}

/// Whether something of ours signs under this scheme.
pub(crate) fn is_known(scheme: u16) -> bool {
    everything().verifier(scheme).is_some()
}

fn everything() -> Provider {
    let provider = premaster::provider().as_ref().clone();
    let provider = premaster_crypto_classic::extend(provider);
    let mut provider = premaster_crypto_rsa_transport::extend(provider);
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
    provider.load_key = load_key;
    provider
}

fn load_key(key: &PrivateKeyDer<'_>) -> Result<Arc<dyn SigningKey>, CryptoError> {
    let by_default = (premaster::provider().load_key)(key);
    by_default.or_else(|_| (premaster_crypto_aws_lc::everything().load_key)(key))
}

fn accepted_by_default(defaults: &Provider) -> Vec<&'static SignatureVerifier> {
    let verifiers = defaults.verifiers.iter().copied();
    verifiers
        .filter(|verifier| !OFF.contains(&verifier.id))
        .collect()
}

fn accepted(wanted: &[u16], provider: &Provider) -> Result<Vec<&'static SignatureVerifier>, Stop> {
    let find = |scheme: &u16| {
        let found = provider.verifier(*scheme);
        found.ok_or_else(|| Stop::unimplemented(format!("signature scheme {scheme:#06x}")))
    };
    wanted.iter().map(find).collect()
}
