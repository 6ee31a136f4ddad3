//! The five handshakes of RFC 8448: what went over the wire, and what it takes to say it again.
//!
//! The ClientHellos are inputs, and the signatures of CertificateVerify are replayed, for they are random. All else is for
//! our own client and our own server to compute.

mod carrier;
mod handshakes;
mod inputs;
mod player;
mod replay;
#[path = "../../../crypto/tests/support/mod.rs"]
mod support;
mod trace;
