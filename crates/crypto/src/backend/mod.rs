//! What backends have in common, written once: private keys in all their forms, and the table of signature schemes.
//!
//! For whoever writes a backend on a library that, like ring and aws-lc-rs, wants PKCS #8 and signs messages.
//!
//! - [`load_key`] takes a private key in any form, sorts out its kind, and makes a [`SigningKey`](crate::SigningKey) of the
//!   backend's [`KeyPair`]s.
//! - [`signature_schemes!`](crate::signature_schemes) lays out which algorithm goes with which scheme.
//! - [`default_suites`] is the list that every backend begins with.

mod keys;
mod schemes;

use alloc::vec::Vec;

pub use keys::{Curve, KeyPair, KeyPairs, load_key, rsa_scheme};

use crate::{SUITES, Suite};

/// The suites that are offered by default, in order of preference: those of TLS 1.3, then those of TLS 1.2 that are forward
/// secret and authenticated.
pub fn default_suites() -> Vec<&'static Suite> {
    SUITES.iter().collect()
}
