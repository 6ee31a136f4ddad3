//! What outlives a TLS connection: sessions, stores and ticket keys.
//!
//! ```text
//!                    full handshake
//!                          |
//!                       Session                      encode / decode: documented bytes
//!            +-------------+---------------+
//!   server   |                             |         client
//!   ServerStore, by session ID             ClientSession = Session + session ID + ticket
//!   TicketKeys, sealed for the client      ClientStore, by server and IsolationKey
//!   ReplayRegister, for early data
//!            +-------------+---------------+
//!                          |
//!             check(isolation key, now)              expiry counts from the full handshake
//!                          |
//!                  abbreviated handshake
//! ```
//!
//! Two rules hold everywhere. **A session ends where its first full handshake said**: resuming, sealing and storing again
//! change nothing about that. **It is resumed only under the configuration that made it**: the [`IsolationKey`] hashes all
//! that decides who is let in. No function here reads a clock: `now` is an argument. What cannot be used is a miss, and
//! the handshake becomes a full one; what is broken is an error that says so.
//!
//! A session up to TLS 1.2 holds a master secret and is used again and again. One of TLS 1.3 holds the pre-shared key of a
//! ticket ([`TicketPsk`]) and is used once: a [`ClientStore`] hands each ticket out once, [`ServerStore::take`] finds and
//! removes in one step, and a [`ReplayRegister`] remembers whose early data was read.
//!
//! A tool that stores, reloads and inspects sessions:
//!
//! ```
//! use core::time::Duration;
//! use premaster_crypto::{Secret, suite};
//! use premaster_session::{
//!     ClientKey, ClientSession, ClientStore, FileClientStore, IsolationKey, Session, SessionSecret,
//!     UnixTime,
//! };
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let second = |n| UnixTime::since_unix_epoch(Duration::from_secs(n));
//! let isolation = IsolationKey::builder()
//!     .part("verifier", &[1; 32])
//!     .part("name", b"example.com")
//!     .set("alpn", [b"h2".as_slice()])
//!     .finish();
//! let kept = ClientSession {
//!     session: Session {
//!         version: 0x0303,
//!         suite: 0xc02b,
//!         secret: SessionSecret::Master(Secret::from_bytes(&[7; 48])?),
//!         extended_master_secret: true,
//!         authenticated_at: second(1_000),
//!         lifetime: 3_600,
//!         isolation,
//!         server_name: Some("example.com".into()),
//!         alpn: Some(b"h2".to_vec()),
//!         max_fragment_length: None,
//!         peer_certificates: vec![],
//!         peer_public_key: None,
//!         external_psk: None,
//!         resumable_across_names: false,
//!     },
//!     session_id: vec![1; 32],
//!     ticket: vec![],
//! };
//!
//! // Store.
//! let directory = tempfile::tempdir()?;
//! let path = directory.path().join("sessions");
//! let key = ClientKey::new("example.com:443", isolation);
//! FileClientStore::open(&path)?.put(&key, &kept, second(1_000))?;
//!
//! // Reload, perhaps in another program.
//! let store = FileClientStore::open(&path)?;
//! let found = store.find(&key, second(2_000))?.ok_or("not kept")?;
//! assert!(found.session.check(&isolation, second(2_000)).is_ok());
//! assert!(store.find(&key, second(4_600))?.is_none(), "an hour later it has expired");
//!
//! // Inspect.
//! let mut report = Vec::new();
//! for (key, kept) in store.sessions()? {
//!     let session = &kept.session;
//!     report.push(format!(
//!         "{}: {} for {} s more",
//!         key.server,
//!         suite(session.suite).map_or("unknown suite", |suite| suite.name),
//!         session.remaining(second(2_000)),
//!     ));
//! }
//! assert_eq!(
//!     report,
//!     ["example.com:443: TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 for 2600 s more"]
//! );
//! # Ok(())
//! # }
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

mod arrivals;
mod client;
mod cursor;
mod encoding;
mod external;
mod file;
mod hashed;
mod isolation;
mod memory;
mod replay;
mod secret;
mod session;
mod shards;
mod shelf;
mod store;
mod ticket;

pub use client::{ClientKey, ClientSession};
pub use cursor::{DecodeFault, TooLong};
pub use external::ExternalPskId;
pub use file::{FileClientStore, FileFault};
pub use isolation::{IsolationBuilder, IsolationKey};
pub use memory::{MemoryClientStore, MemoryServerStore};
pub use replay::{MemoryReplayRegister, ReplayRegister};
pub use rustls_pki_types::UnixTime;
pub use secret::{SessionSecret, TicketPsk};
pub use session::{NotResumable, Session};
pub use store::{ClientStore, ServerStore, StoreError};
pub use ticket::{TicketFault, TicketKeys, TicketMiss};

#[doc = include_str!("../README.md")]
#[cfg(doctest)]
struct Readme;
