//! Pairs, scripted and lying peers, a fake clock and certificates for testing premaster.
//!
//! Tests that need more than one crate live in this package's `tests/`.
#![forbid(unsafe_code)]

pub mod caller;
pub mod cell;
mod clock;
pub mod late;
pub mod pair;
pub mod pki;
pub mod provider;

pub use caller::Caller;
pub use clock::{FakeClock, time};
pub use pair::Pair;
