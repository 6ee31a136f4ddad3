//! TLS 1.3 key derivation (RFC 8446 section 7): the key schedule, Finished, binders, exporters, tickets, imported PSKs.
//!
//! The schedule is a chain of values that consume each other, so nothing is derived before its inputs are known or after
//! its source was meant to be gone.
//!
//! ```text
//!   Psk::external   Psk::resumption   ImportedIdentity::import
//!        \                |                 /
//!         +------> EarlySecret <-----------+           full handshake: no PSK,
//!                  |  binder_key                       so neither of these exists
//!                  |  client_early_traffic                      |
//!                  |  early_exporter                            |
//!                  v  into_handshake                            v  without_psk
//!                  HandshakeSecret <----------------------------+
//!                  |  traffic
//!                  v  into_main
//!                  MainSecret
//!                  |  application_traffic
//!                  |  exporter
//!                  v  into_resumption
//!                  ResumptionSecret
//!                     psk -> Psk
//! ```
//!
//! There is no schedule without a secret: [`EarlySecret`] wants a [`Psk`], which is never empty or zero, and
//! [`HandshakeSecret::without_psk`] wants the shared secret of a key exchange, which is neither. A PSK knows where it comes
//! from, so the label of its binder is not the caller's to choose.
//!
//! ```
//! use premaster_crypto::{SharedSecret, suite_named, tls13::HandshakeSecret};
//!
//! let suite = suite_named("TLS_AES_128_GCM_SHA256").expect("a suite");
//! let transcript = |messages: &str| suite.hash.hash(&[messages.as_bytes()]);
//!
//! let handshake = HandshakeSecret::without_psk(suite.hash, &SharedSecret::from_bytes(&[7; 32]))?;
//! let mut traffic = handshake.traffic(&transcript("ClientHello to ServerHello"));
//! let keys = traffic.server.keys(suite)?;
//! assert_eq!((keys.key.len(), keys.iv.len()), (16, 12));
//!
//! let before_finished = transcript("ClientHello to CertificateVerify");
//! let verify_data = traffic.server.finished_key().verify_data(&before_finished);
//! let _proof = traffic.server.finished_key().check(&before_finished, &verify_data)?;
//!
//! let main = handshake.into_main();
//! let application = main.application_traffic(&transcript("ClientHello to server Finished"));
//! let ticket = main.into_resumption(&transcript("ClientHello to client Finished")).psk(b"nonce")?;
//! # let _ = (application, ticket);
//! # Ok::<(), premaster_crypto::CryptoError>(())
//! ```

mod derive;
mod exporter;
mod finished;
mod imported;
mod psk;
mod schedule;
mod traffic;
mod transcript;

pub use exporter::{EarlyExporterSecret, ExporterSecret};
pub use finished::{BinderKey, BinderProof, FinishedKey, FinishedProof};
pub use imported::ImportedIdentity;
pub use psk::{Psk, PskKind, ResumptionSecret};
pub use schedule::{EarlySecret, HandshakeSecret, MainSecret};
pub use traffic::{TrafficSecret, TrafficSecrets};
pub use transcript::{certificate_verify_content, message_hash};
