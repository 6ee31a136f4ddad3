//! Fingerprints: what a ClientHello says about the program that sent it, as strings that others publish.
//!
//! The strings are made here; who wants the short form hashes them.

mod ja3;
mod ja4;

pub use ja3::Ja3;
pub use ja4::Ja4;
