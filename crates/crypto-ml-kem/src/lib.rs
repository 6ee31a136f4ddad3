#![doc = include_str!("../README.md")]
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

mod ml_kem;

use alloc::boxed::Box;
use alloc::vec::Vec;

use premaster_crypto::{Hybrid, KeyExchange, Provider};

use crate::ml_kem::MlKem;

/// Adds X25519MLKEM768 and SecP256r1MLKEM768 to what `provider` offers, whichever backend it is of, as its first choices.
///
/// The curves are those of the provider, and so is the randomness. A hybrid whose curve it lacks, or that it has already,
/// is left out. In TLS 1.2 nothing changes: it does not know these groups.
///
/// Call it once for a configuration, not once for a connection: the groups that it makes are kept until the process ends,
/// as all groups of a provider are; they take about 300 bytes.
pub fn extend(mut provider: Provider) -> Provider {
    let ml_kem = keep(MlKem::<::ml_kem::MlKem768>::new(provider.random));
    let x25519 = provider.group(0x001d);
    let secp256r1 = provider.group(0x0017);
    let hybrids = [
        x25519.map(|x25519| Hybrid::x25519_mlkem768(x25519, ml_kem)),
        secp256r1.map(|secp256r1| Hybrid::secp256r1_mlkem768(secp256r1, ml_kem)),
    ];
    let missing = |hybrid: &Hybrid| provider.group(hybrid.id()).is_none();
    let hybrids = hybrids.into_iter().flatten().filter(missing);
    let hybrids = hybrids.map(keep).collect::<Vec<_>>();
    provider.groups.splice(0..0, hybrids);
    provider
}

/// Adds MLKEM1024 to what `provider` offers, as its last choice (draft-ietf-tls-mlkem).
///
/// No curve stands beside it: who breaks ML-KEM has broken the exchange. It is for those who have to do without curves, so it
/// is no part of [`extend`]. As there: call it once for a configuration; TLS 1.2 does not know the group.
///
/// ```
/// use premaster_crypto_ml_kem::extend_with_ml_kem_1024;
///
/// let provider = extend_with_ml_kem_1024(premaster_crypto_ring::provider());
/// let group = provider.group(0x0202).expect("MLKEM1024");
/// let client = group.start()?;
/// let (server_share, server_secret) = group.respond(client.share())?;
/// assert_eq!(client.complete(&server_share)?.as_bytes(), server_secret.as_bytes());
/// # Ok::<(), premaster_crypto::CryptoError>(())
/// ```
pub fn extend_with_ml_kem_1024(mut provider: Provider) -> Provider {
    let group = MlKem::<::ml_kem::MlKem1024>::new(provider.random);
    if provider.group(group.id()).is_none() {
        provider.groups.push(keep(group));
    }
    provider
}

/// A provider's groups are `'static`.
fn keep(group: impl KeyExchange + 'static) -> &'static dyn KeyExchange {
    Box::leak(Box::new(group))
}
