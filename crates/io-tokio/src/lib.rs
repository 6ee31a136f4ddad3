//! TLS streams for tokio.
//!
//! A [`Stream`] puts a connection on top of any transport that is `AsyncRead` and `AsyncWrite`: a socket, a pipe, a
//! proxy's tunnel. It reads and writes like the transport below it.
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
//! use std::sync::Arc;
//! use premaster_connection::{ClientConfig, ServerConfig};
//! use premaster_io_tokio::Stream;
//! use rustls_pki_types::ServerName;
//! use tokio::io::{AsyncReadExt, AsyncWriteExt};
//! use tokio::net::{TcpListener, TcpStream};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let provider = Arc::new(premaster_crypto_ring::provider());
//! # let authority = premaster_testkit::pki::Authority::new();
//! # let (verifier, credential) = (
//! #     authority.verifier(&provider),
//! #     authority.issue(&provider, &["localhost"], &rcgen::PKCS_ECDSA_P256_SHA256),
//! # );
//! let server = Arc::new(ServerConfig::builder(provider.clone(), credential).build()?);
//! let listener = TcpListener::bind("127.0.0.1:0").await?;
//! let address = listener.local_addr()?;
//! tokio::spawn(async move {
//!     let mut stream = Stream::server(server, listener.accept().await?.0);
//!     stream.write_all(b"hello").await?;
//!     stream.shutdown().await
//! });
//!
//! let client = Arc::new(ClientConfig::builder(provider, verifier).build()?);
//! let transport = TcpStream::connect(address).await?;
//! let mut stream = Stream::client(client, ServerName::try_from("localhost")?, transport);
//! let mut text = String::new();
//! stream.read_to_string(&mut text).await?;
//! assert_eq!(text, "hello");
//! # Ok(())
//! # }
//! ```
//!
//! # Questions
//!
//! What a handshake wants to know (which certificate, is this chain good, is there a session of this ID, please sign) is
//! answered from the configuration, at once. [`Stream::answering`] takes a handler that answers later: a private key in
//! another task or machine, sessions in a shared store, a configuration looked up by name.
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::indexing_slicing,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::unreachable
    )
)]

mod answers;
mod bell;
mod drive;
mod early_data;
mod error;
mod incoming;
mod outgoing;
mod stream;
mod traits;

pub use early_data::EarlyData;
pub use error::tls_error;
pub use premaster_connection::Error;
pub use stream::Stream;

#[doc = include_str!("../README.md")]
#[cfg(doctest)]
struct Readme;
