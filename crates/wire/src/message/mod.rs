//! Handshake messages (RFC 8446 section 4, RFC 5246 section 7.4), one file each.
//!
//! What TLS 1.2 and 1.3 share is here; what only one has, or has in its own form, is in [`tls12`] and [`tls13`].
//! What was different before TLS 1.2 is in [`tls11`], what only SSL 3.0 has in [`ssl3`].

mod any;
mod certificate_status;
mod certificate_verify;
mod client_hello;
mod distinguished_name;
mod finished;
mod handshake;
mod hello_retry_request;
mod random;
mod server_hello;
pub mod ssl3;
pub mod tls11;
pub mod tls12;
pub mod tls13;
mod v2_client_hello;

pub use any::AnyMessage;
pub use certificate_status::{CertificateStatus, OcspResponse};
pub use certificate_verify::CertificateVerify;
pub use client_hello::ClientHello;
pub use distinguished_name::DistinguishedName;
pub use finished::Finished;
pub use handshake::{HandshakeMessage, encode_message, split_message};
pub use hello_retry_request::{HelloRetryRequest, RetryRandom, ServerHelloOrRetry};
pub use random::Random;
pub use server_hello::ServerHello;
pub use v2_client_hello::{V2CipherSpec, V2ClientHello};
