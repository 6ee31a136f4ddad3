#![doc = include_str!("../README.md")]
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod cbc;
mod dh;
mod sha1;

use premaster_crypto::Provider;

pub use dh::{GroupFault, dangerous_custom_group};

/// Adds CBC and finite fields to what `provider` offers, whichever backend it is of.
///
/// Its list of suites stays as it is: each suite of these is negotiated only where it is named. Exponents are drawn
/// from the provider's randomness.
pub fn extend(mut provider: Provider) -> Provider {
    provider.cbc.extend(cbc::ALL);
    provider.dh_groups.extend(dh::all(provider.random));
    provider
}
