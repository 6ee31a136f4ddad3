//! What our records look like, as the configuration says.

use premaster_record::{Padding, RecordSealer};

use crate::{ClientConfig, ServerConfig};

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
        self.apply(&mut records);
        records
    }

    /// Has the following records look so, whatever those before them looked like.
    pub(super) fn apply(self, records: &mut RecordSealer) {
        records.set_padding(self.padding);
        records.set_own_limit(self.limit.map_or(usize::MAX, usize::from));
    }
}

impl From<&ClientConfig> for Shape {
    fn from(config: &ClientConfig) -> Self {
        Self {
            padding: config.padding,
            limit: config.sent_record_limit,
        }
    }
}

impl From<&ServerConfig> for Shape {
    fn from(config: &ServerConfig) -> Self {
        Self {
            padding: config.padding,
            limit: config.sent_record_limit,
        }
    }
}
