//! What our records look like, as the configuration says.

use premaster_record::{Padding, RecordSealer};

/// What no peer has a say in.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Shape {
    pub(super) padding: Padding,
    /// The most content of one record.
    pub(super) limit: Option<u16>,
}

impl Shape {
    /// Seals records that look so.
    pub(super) fn sealer(self) -> RecordSealer {
        let mut records = RecordSealer::new();
        records.set_padding(self.padding);
        if let Some(limit) = self.limit {
            records.set_own_limit(usize::from(limit));
        }
        records
    }
}
