//! The TLS handshake: who says what in which order, without records, sockets, clock or threads.
//!
//! What has an order is a script: an `async fn` that reads like the figure in the RFC and is
//! polled by a small engine, [`Handshake`]. Messages go in, [`Order`]s and [`Question`]s come out.
//! Negotiation is pure functions, policies are values, and every rule whose breach ends a
//! handshake is a line in the table of [`Fault`]s.
//!
//! | to see | read |
//! |---|---|
//! | the order of a TLS 1.3 handshake | `tls13/client/mod.rs`, `tls13/server/mod.rs` |
//! | what may follow it: tickets, a client that proves later who it is | `tls13/after/` |
//! | the order of a TLS 1.2 handshake | `classic/client/mod.rs`, `classic/server/mod.rs` |
//! | what is chosen, and why | `negotiate.rs` |
//! | what a session may be resumed for | `tls13/server/psk.rs`, `classic/sessions.rs` |
//! | what leads to traffic keys | `tls13/keys.rs`, `classic/keys.rs` |
//!
//! A connection with records and alerts around this is `premaster-connection`. Use this crate
//! alone to drive handshakes over another carrier, or to inspect and test them. Its example
//! stands at [`Handshake`].
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

mod answer;
mod classic;
mod client;
mod clock;
mod compression;
mod cookie;
mod credential;
mod desk;
mod engine;
mod equals;
mod error;
mod facts;
mod fault;
mod group;
mod identity;
mod limits;
mod narrate;
mod negotiate;
mod offer;
mod order;
mod peer;
mod policy;
mod provisional;
mod psk;
mod question;
mod record_limits;
mod schemes;
mod server;
mod tls13;
mod told;
mod transcript;

pub use clock::Clock;
pub use compression::CertificateCompression;
pub use cookie::{CookieContent, CookieKey, RetryCookie};
pub use credential::{Credential, UnusableCredential};
pub use engine::Handshake;
pub use error::Error;
pub use facts::{EarlyExporter, Exporter, Facts, NoChannelBinding, NotExported};
pub use fault::Fault;
pub use limits::Limits;
pub use offer::ShapeHello;
pub use order::{Incoming, Keys, Message, Order};
pub use policy::{
    ClientAuth, ClientPolicy, FalseStart, Preference, ServerPolicy, Target, versions_of,
};
pub use premaster_trace::{Direction, EarlyData, EarlyDataReason, Epoch, ResumedBy};
pub use provisional::Provisional;
pub use psk::{ExternalPsk, UnusablePsk};
pub use question::{
    AdmitEarlyData, Answer, Ask, Asked, ChooseConfig, ChooseCredential, Claim, Decrypt, Decrypted,
    FindClientSession, FindPsk, FindSession, ForgetClientSession, ForgetSession, OpenTicket,
    OpenedTicket, Question, Refusal, SealTicket, SealedTicket, Sign, StaleClaim,
    StoreClientSession, StoreSession, TakeSession, Verdict, VerifyIdentity, notify,
};
pub use tls13::{After, Authentication};

#[doc = include_str!("../README.md")]
#[cfg(doctest)]
struct Readme;
