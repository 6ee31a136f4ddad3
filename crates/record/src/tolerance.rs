//! Records that a TLS 1.3 handshake drops instead of refusing them: each kind only while its owner allows it, and only
//! so many of it.
//!
//! | dropped | why | RFC |
//! |---|---|---|
//! | an unprotected ChangeCipherSpec | middleboxes want to see one | RFC 8446 section 5 |
//! | early data that was not accepted | the client sent it before it knew | RFC 8446 section 4.2.10 |
//!
//! Taken although nothing protects it is an alert of a client that could not follow to its first keys (RFC 8446 section 6).

use premaster_wire::{ContentType, RecordHeader};

use crate::RecordFault;

/// What a record of TLS 1.3 is at least longer than its content: type and tag.
const OVERHEAD: usize = 1 + 16;
/// Bytes of an alert.
const ALERT: u16 = 2;

/// What is put up with for now.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tolerance {
    change_cipher_specs: u32,
    early_data: Option<SkipBudget>,
    plain_alerts: bool,
}

/// Bytes of early data that are still skipped.
#[derive(Clone, Copy, Debug)]
struct SkipBudget {
    limit: usize,
    left: usize,
}

impl Tolerance {
    pub(crate) const fn none() -> Self {
        Self {
            change_cipher_specs: 0,
            early_data: None,
            plain_alerts: false,
        }
    }

    pub(crate) const fn drop_change_cipher_specs(&mut self, count: u32) {
        self.change_cipher_specs = count;
    }

    pub(crate) const fn skip_early_data(&mut self, limit: usize) {
        self.early_data = Some(SkipBudget { limit, left: limit });
    }

    pub(crate) const fn accept_plain_alerts(&mut self) {
        self.plain_alerts = true;
    }

    pub(crate) const fn skips_early_data(&self) -> bool {
        self.early_data.is_some()
    }

    /// Is this header of a kind that may come without protection although there are keys of TLS 1.3?
    pub(crate) fn check_unprotected(&self, header: &RecordHeader) -> Result<(), RecordFault> {
        let content_type = header.content_type;
        match content_type {
            ContentType::change_cipher_spec
                if self.change_cipher_specs > 0 && header.length == 1 =>
            {
                Ok(())
            }
            ContentType::change_cipher_spec => Err(RecordFault::StrayChangeCipherSpec),
            ContentType::alert if self.plain_alerts && header.length == ALERT => Ok(()),
            _ => Err(RecordFault::UnprotectedRecord { content_type }),
        }
    }

    /// Whether a ChangeCipherSpec is to be dropped.
    pub(crate) fn drops_change_cipher_spec(&mut self, payload: &[u8]) -> Result<bool, RecordFault> {
        let Some(left) = self.change_cipher_specs.checked_sub(1) else {
            return Ok(false);
        };
        if payload != [1] {
            return Err(RecordFault::StrayChangeCipherSpec);
        }
        self.change_cipher_specs = left;
        Ok(true)
    }

    /// A record that may be early data is skipped. Its padding cannot be told from its content, so both count; an empty one
    /// counts as a byte, or there could be any number of them.
    pub(crate) fn skip(&mut self, fragment: usize) -> Result<(), RecordFault> {
        let Some(budget) = &mut self.early_data else {
            return Err(RecordFault::UnprotectedData);
        };
        let length = fragment.saturating_sub(OVERHEAD).max(1);
        let limit = budget.limit;
        budget.left = budget
            .left
            .checked_sub(length)
            .ok_or(RecordFault::TooMuchEarlyData { limit })?;
        Ok(())
    }

    /// The peer's next flight has begun: what came before is over.
    pub(crate) const fn flight_begins(&mut self) {
        self.early_data = None;
        self.plain_alerts = false;
    }
}

#[cfg(test)]
mod tests;
