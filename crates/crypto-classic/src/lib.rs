#![doc = include_str!("../README.md")]
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod cbc;
mod erase;
mod sha1;

use premaster_crypto::Provider;

/// Adds CBC to what `provider` offers, for suites that are named.
///
/// The list of suites stays as it was: each of these is negotiated only where it is named.
pub fn extend(mut provider: Provider) -> Provider {
    provider.cbc.extend(cbc::ALL);
    provider
}
