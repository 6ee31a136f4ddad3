//! Blocking TLS streams over `std::io`.
//!
//! A [`Stream`] puts a connection on top of any transport that reads and writes: a socket, a pipe, a proxy's tunnel.
//! It reads and writes like the transport below it. [`connect`] opens a TCP connection for it.
//!
//! How a stream ends is never guessed. There are three outcomes:
//!
//! | what happened | what `read` returns |
//! |---|---|
//! | the peer said goodbye (close_notify) | `Ok(0)` |
//! | the transport ended without that: somebody may have cut the data | an error of kind `UnexpectedEof` that holds [`Error::Truncated`] |
//! | the transport failed | its own error, untouched |
//!
//! ```
//! use std::io::{Read, Write};
//! use std::net::TcpListener;
//! use std::sync::Arc;
//! use premaster_connection::{ClientConfig, ServerConfig};
//! use premaster_connection::tls::Options;
//! use premaster_io::Stream;
//!
//! # let provider = Arc::new(premaster_crypto_ring::provider());
//! # let authority = premaster_testkit::pki::Authority::new();
//! # let (verifier, credential) = (
//! #     authority.verifier(&provider),
//! #     authority.issue(&provider, &["localhost"], &rcgen::PKCS_ECDSA_P256_SHA256),
//! # );
//! let server = Arc::new(ServerConfig::builder(provider.clone(), credential).build()?);
//! let listener = TcpListener::bind("127.0.0.1:0")?;
//! let port = listener.local_addr()?.port();
//! let answering = std::thread::spawn(move || {
//!     let mut stream = Stream::server(server, listener.accept()?.0);
//!     stream.write_all(b"hello")?;
//!     stream.close()
//! });
//!
//! let client = Arc::new(ClientConfig::builder(provider, verifier).build()?);
//! let mut stream = premaster_io::connect(client, &format!("localhost:{port}"), Options::default())?;
//! let mut text = String::new();
//! stream.read_to_string(&mut text)?;
//! assert_eq!(text, "hello");
//! # answering.join().map_err(|_| "panicked")??;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

mod address;
mod before_finished;
mod early_data;
mod error;
mod halves;
mod incoming;
mod outgoing;
mod stream;

pub use address::{Address, WrongAddress, connect};
pub use before_finished::BeforeFinished;
pub use early_data::EarlyData;
pub use error::tls_error;
pub use halves::{ReadHalf, WriteHalf};
pub use premaster_connection::Error;
pub use stream::Stream;

#[doc = include_str!("../README.md")]
#[cfg(doctest)]
struct Readme;
