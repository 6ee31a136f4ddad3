//! TLS for Rust, in layers that can be taken one by one; here they are all, behind constructors of a line.
//!
//! A client:
//!
//! ```no_run
//! use std::io::{Read, Write};
//!
//! fn main() -> std::io::Result<()> {
//!     let mut stream = premaster::connect("example.com:443")?;
//!     stream.write_all(b"GET / HTTP/1.0\r\nHost: example.com\r\n\r\n")?;
//!     let mut answer = String::new();
//!     stream.read_to_string(&mut answer)?;
//!     println!("{answer}");
//!     stream.close()
//! }
//! ```
//!
//! A server:
//!
//! ```no_run
//! use std::{io::Write, net::TcpListener};
//!
//! fn main() -> std::io::Result<()> {
//!     let server = premaster::Server::from_files("cert.pem", "key.pem")?;
//!     for tcp in TcpListener::bind("127.0.0.1:4433")?.incoming() {
//!         // A client that fails is no reason to stop.
//!         let Ok(mut stream) = server.accept(tcp?) else { continue };
//!         let _ = stream.write_all(b"hello\n").and_then(|()| stream.close());
//!     }
//!     Ok(())
//! }
//! ```
//!
//! Both speak TLS 1.3, and TLS 1.2 with peers that know nothing newer. Both use *ring* for their cryptography, and the hybrid
//! key exchange X25519MLKEM768 with peers that know it: what is recorded today cannot be read by a quantum computer later. [`Client::builder`] and [`Server::builder`] take other roots, pins, certificates
//! and everything that [`ClientConfig`] and [`ServerConfig`] know.
//!
//! # The layers
//!
//! Each is a crate of its own and a module here.
//!
//! | module | what it is |
//! |---|---|
//! | [`wire`] | messages, records and extensions: bytes to values and back |
//! | [`crypto`], [`crypto_ring`], [`crypto_ml_kem`] | key derivation, suites, the traits of a backend; the default backend |
//! | [`record`] | records sealed and opened in place |
//! | [`session`] | sessions, their stores and ticket keys |
//! | [`trust`] | certificates, roots, pins |
//! | [`trace`] | what happened, as events; sinks for people, tools and key logs |
//! | [`handshake`] | who says what in which order |
//! | [`connection`] | the connection without I/O, and its configuration |
//! | [`io`] | blocking streams |
//!
//! The types that most programs name are at the top.
//!
//! # For old peers
//!
//! RSA key transport, DHE and CBC are crates that a program adds itself, `premaster-crypto-classic` and
//! `premaster-crypto-rsa-transport`: they extend a provider, and a suite of theirs is negotiated only where it is named.
//! The example `old_peer` does it.
#![forbid(unsafe_code)]

mod client;
mod credential;
mod error;
mod server;

pub use premaster_connection as connection;
pub use premaster_crypto as crypto;
pub use premaster_crypto_ml_kem as crypto_ml_kem;
pub use premaster_crypto_ring as crypto_ring;
pub use premaster_handshake as handshake;
pub use premaster_io as io;
pub use premaster_record as record;
pub use premaster_session as session;
pub use premaster_trace as trace;
pub use premaster_trust as trust;
pub use premaster_wire as wire;

pub use client::{Client, ClientBuilder, connect};
pub use connection::{ClientConfig, Credential, Facts, ServerConfig};
pub use credential::{credential_from_files, decrypting_credential_from_files};
pub use error::Error;
pub use io::Stream;
pub use rustls_pki_types::ServerName;
pub use server::{Server, ServerBuilder};
pub use trust::{Pin, Roots};

use std::sync::{Arc, LazyLock};

/// The cryptography that the constructors here use: ring's, with the hybrids of ML-KEM in front of its groups.
///
/// ```
/// let provider = premaster::provider();
/// assert_eq!(provider.groups[0].name(), "X25519MLKEM768");
/// assert_eq!(provider.suites[0].name, "TLS_AES_128_GCM_SHA256");
/// ```
#[must_use]
pub fn provider() -> Arc<crypto::Provider> {
    // Made once: the groups of a provider are kept as long as the process lives.
    static PROVIDER: LazyLock<Arc<crypto::Provider>> =
        LazyLock::new(|| Arc::new(crypto_ml_kem::extend(crypto_ring::provider())));
    Arc::clone(&PROVIDER)
}

/// What a caller wants to change in a builder of the layer below, once there is one.
type Change<B> = Box<dyn FnOnce(B) -> B>;

#[doc = include_str!("../README.md")]
#[cfg(doctest)]
struct Readme;
