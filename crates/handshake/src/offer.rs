//! What a ClientHello offers: as a server reads it, and as a client says it.

mod ours;
mod psks;
mod theirs;

pub(crate) use ours::ClientOffer;
pub(crate) use psks::OfferedPsk;
pub(crate) use theirs::{Offer, record_size_limit};
