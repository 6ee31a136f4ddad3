//! What outlives a TLS connection: sessions, stores and ticket keys.
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
mod file;
mod isolation;
mod memory;
mod session;
mod shelf;
mod store;
mod ticket;

pub use client::{ClientKey, ClientSession};
pub use cursor::{DecodeFault, TooLong};
pub use file::{FileClientStore, FileFault};
pub use isolation::{IsolationBuilder, IsolationKey};
pub use memory::{MemoryClientStore, MemoryServerStore};
pub use rustls_pki_types::UnixTime;
pub use session::{NotResumable, Session};
pub use store::{ClientStore, ServerStore, StoreError};
pub use ticket::{TicketFault, TicketKeys, TicketMiss};
