//! What a ClientHello offers: as a server reads it, and as a client says it.

mod answered;
mod grease;
mod ours;
mod permutation;
mod psks;
mod resumable;
mod shape;
mod theirs;

pub(crate) use answered::one_limit;
pub(crate) use ours::ClientOffer;
pub(crate) use psks::OfferedPsk;
pub(crate) use resumable::may_offer;
pub use shape::ShapeHello;
pub(crate) use theirs::Offer;
