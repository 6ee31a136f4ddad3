//! How much early data may still come or go (RFC 8446 section 4.2.10).

use premaster_record::RecordFault;

use crate::Error;

/// What is left of `max_early_data_size`: bytes of content, neither padding nor types.
#[derive(Clone, Copy, Debug)]
pub(super) struct EarlyDataBudget {
    limit: usize,
    left: usize,
}

impl EarlyDataBudget {
    pub(super) const fn new(limit: usize) -> Self {
        Self { limit, left: limit }
    }

    /// Bytes that may still be sent.
    pub(super) const fn left(self) -> usize {
        self.left
    }

    /// For so many bytes that shall be sent. Nothing is changed if there are too many.
    pub(super) fn spend(&mut self, length: usize) -> Result<(), Error> {
        let left = self.left;
        self.left = left
            .checked_sub(length)
            .ok_or(Error::TooMuchEarlyData { length, left })?;
        Ok(())
    }

    /// For so many bytes that have come.
    pub(super) fn receive(&mut self, length: usize) -> Result<(), RecordFault> {
        let limit = self.limit;
        self.left = self
            .left
            .checked_sub(length)
            .ok_or(RecordFault::TooMuchEarlyData { limit })?;
        Ok(())
    }
}
