//! Stores in memory, bounded in number and bytes.

use std::sync::Arc;

use zeroize::Zeroizing;

use crate::session::Life;
use crate::shelf::Kept;

mod client;
mod server;

pub use client::MemoryClientStore;
pub use server::MemoryServerStore;

/// Bytes that a store may hold for each session that it may hold.
const BYTES_PER_SESSION: usize = 2048;

fn kept(encoded: Zeroizing<Vec<u8>>, life: Life) -> Arc<Kept> {
    Arc::new(Kept { encoded, life })
}
