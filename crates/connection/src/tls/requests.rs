//! KeyUpdates that we have asked for: the one thing that both halves of a connection know.

use core::sync::atomic::{AtomicU32, Ordering};
use std::sync::Arc;

/// How many KeyUpdates the peer owes us. What we have asked for ourselves is no flood (RFC 8446 section 4.6.3).
///
/// The sealer counts up, the opener down. It is a count, and no lock: neither waits for the other.
#[derive(Clone, Debug, Default)]
pub(super) struct Requests(Arc<AtomicU32>);

impl Requests {
    /// We ask for one.
    pub(super) fn add(&self) {
        let added = |owed: u32| owed.checked_add(1);
        // So many answers that are still owed are enough.
        let _ = self
            .0
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, added);
    }

    /// One has come; whether we had asked for it.
    pub(super) fn take(&self) -> bool {
        let taken = |owed: u32| owed.checked_sub(1);
        let before = self
            .0
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, taken);
        before.is_ok()
    }
}
