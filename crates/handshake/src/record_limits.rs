//! How long records may be, as both sides said (RFC 8449, RFC 6066 section 4).

use premaster_wire::MaxFragmentLength;

use crate::Order;
use crate::peer::Peer;

/// What the two `record_size_limit` extensions said (RFC 8449 section 4).
#[derive(Clone, Copy)]
pub(crate) struct RecordLimits {
    pub(crate) ours: u16,
    pub(crate) theirs: u16,
}

/// Announces the fragment size that holds from the hellos on (RFC 6066 section 4).
pub(crate) fn limit_fragments(peer: &mut Peer, length: Option<MaxFragmentLength>) {
    if let Some(length) = length.and_then(MaxFragmentLength::bytes) {
        peer.order(Order::LimitFragments(length));
    }
}

/// Announces the record sizes that hold once records are protected (RFC 8449 section 4).
pub(crate) fn limit_records(peer: &mut Peer, limits: Option<RecordLimits>) {
    if let Some(limits) = limits {
        peer.order(Order::LimitRecords {
            send: usize::from(limits.theirs),
            receive: usize::from(limits.ours),
        });
    }
}
