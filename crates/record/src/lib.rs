//! The TLS record layer: framing, protection in place, reassembly.
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
mod opener;
mod protection;
mod sealer;

pub use fault::{RecordFault, Rule};
pub use flight::Flight;
pub use flood::{Flood, Idle};
pub use foreign::Foreign;
pub use header::{HEADER_LEN, MAX_CONTENT, MAX_FRAGMENT};
pub use inbox::Inbox;
pub use opener::{Opened, RecordOpener};
pub use protection::Protection;
pub use sealer::{Margins, RecordSealer};
