//! The five handshakes of RFC 8448: what went over the wire, and what it takes to say it again.
//!
//! The ClientHellos are inputs, and the signatures of CertificateVerify are replayed, for they are random. All else is for
//! our own client and our own server to compute.

#![allow(
    dead_code,
    reason = "not all that the traces hold is compared before TLS 1.3 is spoken"
)]

mod carrier;
mod player;
mod replay;
#[path = "../../../crypto/tests/support/mod.rs"]
mod support;
mod trace;
