//! A TLS connection without I/O: the caller owns sockets and buffers, and is never called back.
//!
//! [`tls::Connection`] is one `Send` value. [`tls::Connection::next_step`] says what it needs next:
//! bytes of the peer, a place for its own, or the answer to a question. Most callers never see a
//! question: a [`Local`] host answers from the configuration.
//!
//! ```
//! use std::sync::Arc;
//! use premaster_connection::tls::{Connection, Next};
//! use premaster_connection::ClientConfig;
//! use premaster_trust::RefuseAll;
//! use rustls_pki_types::ServerName;
//!
//! let provider = Arc::new(premaster_crypto_ring::provider());
//! let config = Arc::new(ClientConfig::builder(provider, Arc::new(RefuseAll)).build()?);
//! let mut connection = Connection::client(config, ServerName::try_from("example.com")?);
//!
//! // The ClientHello waits to be sent.
//! assert!(matches!(connection.next_step(), Next::Transmit));
//! let mut out = [0; 1024];
//! let sent = connection.transmit(&mut out)?;
//! assert_eq!(out[0], 22);
//! // Then the server has to say something: at least a record header.
//! assert!(matches!(connection.next_step(), Next::Receive { missing: 5 }));
//! # assert!(sent > 100);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
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

mod channel_binding;
mod clock;
mod config;
mod credentials;
mod error;
mod local;
pub mod tls;

pub use channel_binding::tls_server_end_point;
pub use clock::SystemClock;
pub use config::{
    ChooseServerConfig, ClientConfig, ClientConfigBuilder, ConfigError, ServerConfig,
    ServerConfigBuilder,
};
pub use credentials::{UnknownName, credential, decrypting_credential};
pub use error::Error;
pub use local::{Local, Resolved};
pub use {
    premaster_handshake as handshake, premaster_record as record, premaster_session as session,
    premaster_trace as trace, premaster_trust as trust,
};

pub use premaster_crypto::Side;
pub use premaster_handshake::{
    Authentication, ClientAuth, Clock, Credential, Exporter, Facts, Fault, Limits,
    NoChannelBinding, NotExported, Preference, Provisional, Question, Refusal, ResumedBy,
};
pub use premaster_wire::{AlertDescription, ProtocolVersion};

#[doc = include_str!("../README.md")]
#[cfg(doctest)]
struct Readme;
