//! The TLS record layer (RFC 5246 section 6, RFC 8446 section 5) without I/O: framing, protection in place, reassembly.
//!
//! ```text
//!   bytes in   -> RecordOpener -> payload -> Inbox -> handshake messages
//!                                         -> the caller: data, alerts, ChangeCipherSpec
//!   bytes out  <- RecordSealer <----------- Flight <- handshake messages, ChangeCipherSpec, alerts
//!                              <---------------------- data
//! ```
//!
//! What protects records is an AEAD, or CBC with HMAC: framing is done here, all that has to take constant time behind
//! the provider's traits.
//!
//! The caller owns all buffers. Bulk data is never copied: a record is opened and sealed where it lies. Each direction is
//! a value of its own that shares nothing with the other; sequence numbers live in its [`Protection`], go only up and
//! stop before an algorithm's limit. Whatever a peer sends, nothing here panics; every [`RecordFault`] is final and knows
//! its alert.
//!
//! ```
//! use premaster_record::{Flight, Inbox, Opened, RecordOpener, RecordSealer};
//!
//! // One side packs two messages into one record ...
//! let (mut sealer, mut flight) = (RecordSealer::new(), Flight::new());
//! flight.message(&mut sealer, &[2, 0, 0, 1, 7])?;
//! flight.message(&mut sealer, &[14, 0, 0, 0])?;
//! let mut wire = [0; 64];
//! let sent = flight.transmit(&mut sealer, &mut wire)?;
//!
//! // ... the other gets them back.
//! let (mut opener, mut inbox) = (RecordOpener::new(), Inbox::new(65536));
//! if let Opened::Record { payload, consumed, .. } = opener.open(&mut wire[..sent])? {
//!     assert_eq!(consumed, sent);
//!     inbox.push(payload)?;
//! }
//! assert_eq!(inbox.next_message(), Some(vec![2, 0, 0, 1, 7]));
//! assert_eq!(inbox.next_message(), Some(vec![14, 0, 0, 0]));
//! # Ok::<(), premaster_record::RecordFault>(())
//! ```
#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::indexing_slicing,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::unreachable,
        clippy::arithmetic_side_effects,
        clippy::as_conversions
    )
)]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod fault;
mod flight;
mod flood;
mod foreign;
mod header;
mod inbox;
mod limits;
mod opener;
mod padding;
mod protection;
mod sealer;
#[cfg(test)]
mod testing;
mod tolerance;

pub use fault::{RecordFault, Rule};
pub use flight::Flight;
pub use flood::{Flood, Idle, IdleLimits};
pub use foreign::Foreign;
pub use header::{HEADER_LEN, MAX_CONTENT, MAX_FRAGMENT};
pub use inbox::Inbox;
pub use opener::{Opened, RecordOpener};
pub use padding::Padding;
pub use protection::Protection;
pub use sealer::{Margins, RecordSealer};

#[doc = include_str!("../README.md")]
#[cfg(doctest)]
struct Readme;
