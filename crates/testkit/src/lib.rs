//! Pairs, scripted and lying peers, a fake clock and certificates for testing premaster.
//!
//! Tests that need more than one crate live in this package's `tests/`.
#![forbid(unsafe_code)]

mod behind_records;
pub mod caller;
pub mod cast;
pub mod cell;
mod clock;
pub mod figure;
pub mod forger;
mod host;
pub mod late;
pub mod pair;
pub mod pki;
pub mod provider;
pub mod scene;
pub mod tls13;
pub mod victim;
pub mod wire;

pub use behind_records::Stage;
pub use caller::Caller;
pub use cast::Cast;
pub use clock::{FakeClock, time};
pub use forger::Forger;
pub use host::Host;
pub use pair::Pair;
pub use victim::{Said, Step, Victim};
pub use wire::Wire;

#[doc = include_str!("../README.md")]
#[cfg(doctest)]
struct Readme;
