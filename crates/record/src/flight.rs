//! Messages out, a flight at a time: one buffer, messages of one epoch coalesced into records.
//!
//! ```text
//!   bytes:  | sent | sealed records ... | front margin | messages being collected
//!                  ^ sent                              ^ open.start
//! ```

use alloc::vec::Vec;

use premaster_wire::{AlertDescription, AlertLevel, ContentType};

use crate::header::{self, HEADER_LEN};
use crate::{Margins, Protection, RecordFault, RecordSealer};

/// Collects what is to be sent, in order, and hands out whole records.
///
/// Handshake messages are packed into as few records as possible and sealed where they lie, once a record is full, keys
/// change, something else follows, or the flight is transmitted. As records get their sequence numbers here, all of a
/// flight has to be transmitted before other records of the same [`RecordSealer`] go out.
///
/// ```
/// use premaster_record::{Flight, RecordSealer};
///
/// let mut sealer = RecordSealer::new();
/// let mut flight = Flight::new();
/// flight.message(&mut sealer, &[2, 0, 0, 1, 7])?;
/// flight.message(&mut sealer, &[14, 0, 0, 0])?;
///
/// let mut out = [0; 64];
/// let n = flight.transmit(&mut sealer, &mut out)?;
/// assert_eq!(out[..n], [22, 3, 1, 0, 9, 2, 0, 0, 1, 7, 14, 0, 0, 0]);
/// assert!(flight.is_empty());
/// # Ok::<(), premaster_record::RecordFault>(())
/// ```
#[derive(Debug, Default)]
pub struct Flight {
    bytes: Vec<u8>,
    sent: usize,
    open: Option<OpenRecord>,
}

/// The handshake record at the end of the buffer that is still being filled.
#[derive(Debug)]
struct OpenRecord {
    /// Where its content begins.
    start: usize,
    margins: Margins,
    /// Which of the sealer's keys it belongs to.
    installed: u32,
}

impl Flight {
    /// Nothing to send.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            bytes: Vec::new(),
            sent: 0,
            open: None,
        }
    }

    /// Adds a handshake message with its header.
    ///
    /// # Errors
    /// [`RecordFault::KeyExhausted`] and the like when a full record cannot be sealed.
    pub fn message(
        &mut self,
        sealer: &mut RecordSealer,
        mut message: &[u8],
    ) -> Result<(), RecordFault> {
        while !message.is_empty() {
            let start = self.open_record(sealer)?;
            let filled = self.bytes.len().saturating_sub(start);
            let room = sealer.content_limit().saturating_sub(filled);
            let (now, later) = message.split_at(room.min(message.len()));
            self.bytes.extend_from_slice(now);
            message = later;
            if !message.is_empty() {
                self.seal_messages(sealer)?;
            }
        }
        Ok(())
    }

    /// Seals the messages so far: what is added goes into another record.
    ///
    /// # Errors
    /// As [`message`](Self::message).
    pub fn seal_messages(&mut self, sealer: &mut RecordSealer) -> Result<(), RecordFault> {
        let Some(open) = self.open.take() else {
            return Ok(());
        };
        if open.installed != sealer.installed() {
            return Err(RecordFault::KeyChangeInFlight);
        }
        self.seal(sealer, ContentType::handshake, open.start)
    }

    /// Adds a ChangeCipherSpec (RFC 5246 section 7.1), behind all messages so far.
    ///
    /// # Errors
    /// As [`message`](Self::message).
    pub fn change_cipher_spec(&mut self, sealer: &mut RecordSealer) -> Result<(), RecordFault> {
        self.record(sealer, ContentType::change_cipher_spec, &[1])
    }

    /// Adds an alert (RFC 5246 section 7.2), behind all messages so far.
    ///
    /// # Errors
    /// As [`message`](Self::message). A few records of every key are kept back for alerts.
    pub fn alert(
        &mut self,
        sealer: &mut RecordSealer,
        level: AlertLevel,
        description: AlertDescription,
    ) -> Result<(), RecordFault> {
        self.record(sealer, ContentType::alert, &[level.0, description.0])
    }

    /// Seals the messages so far under the old keys, then installs new ones.
    ///
    /// # Errors
    /// As [`message`](Self::message).
    pub fn install(
        &mut self,
        sealer: &mut RecordSealer,
        protection: Protection,
    ) -> Result<(), RecordFault> {
        self.seal_messages(sealer)?;
        sealer.install(protection);
        Ok(())
    }

    /// Seals the messages so far under the keys of early data, then goes on without any: see
    /// [`RecordSealer::uninstall`].
    ///
    /// # Errors
    /// As [`message`](Self::message).
    pub fn uninstall(&mut self, sealer: &mut RecordSealer) -> Result<(), RecordFault> {
        self.seal_messages(sealer)?;
        sealer.uninstall();
        Ok(())
    }

    /// Is everything transmitted?
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.sent == self.bytes.len()
    }

    /// How many bytes wait to be transmitted; with a record still open, perhaps a little more than that, for padding.
    #[must_use]
    pub fn pending_len(&self) -> usize {
        let back = self.open.as_ref().map_or(0, |open| open.margins.back);
        self.bytes
            .len()
            .saturating_sub(self.sent)
            .saturating_add(back)
    }

    /// Moves whole records, as many as fit, to the front of `out` and tells how many bytes that made. Zero with something
    /// pending means that `out` is shorter than the next record.
    ///
    /// # Errors
    /// As [`message`](Self::message).
    pub fn transmit(
        &mut self,
        sealer: &mut RecordSealer,
        out: &mut [u8],
    ) -> Result<usize, RecordFault> {
        self.seal_messages(sealer)?;
        let pending = self.bytes.get(self.sent..).unwrap_or_default();
        let length = whole_records(pending, out.len());
        if let (Some(to), Some(from)) = (out.get_mut(..length), pending.get(..length)) {
            to.copy_from_slice(from);
        }
        self.sent = self.sent.saturating_add(length);
        if self.is_empty() {
            self.bytes = Vec::new();
            self.sent = 0;
        }
        Ok(length)
    }

    /// Where the content of the record that takes messages begins; opens one if there is none.
    fn open_record(&mut self, sealer: &RecordSealer) -> Result<usize, RecordFault> {
        if let Some(open) = &self.open {
            if open.installed != sealer.installed() {
                return Err(RecordFault::KeyChangeInFlight);
            }
            return Ok(open.start);
        }
        let margins = sealer.margins();
        let start = self.bytes.len().saturating_add(margins.front);
        self.bytes.resize(start, 0);
        self.open = Some(OpenRecord {
            start,
            margins,
            installed: sealer.installed(),
        });
        Ok(start)
    }

    /// Adds a record of its own.
    fn record(
        &mut self,
        sealer: &mut RecordSealer,
        content_type: ContentType,
        content: &[u8],
    ) -> Result<(), RecordFault> {
        self.seal_messages(sealer)?;
        let start = self.bytes.len().saturating_add(sealer.margins().front);
        self.bytes.resize(start, 0);
        self.bytes.extend_from_slice(content);
        self.seal(sealer, content_type, start)
    }

    /// Seals the content from `start` to the end of the buffer. If that fails it is cut off: a record that is not sealed
    /// is not sent.
    fn seal(
        &mut self,
        sealer: &mut RecordSealer,
        content_type: ContentType,
        start: usize,
    ) -> Result<(), RecordFault> {
        let Margins { front, back } = sealer.margins();
        let end = self.bytes.len();
        self.bytes.resize(end.saturating_add(back), 0);
        let sealed = sealer.seal(content_type, &mut self.bytes, start..end);
        // What a record leaves of its back margin is no part of it.
        let end = match &sealed {
            Ok(record) => record.end,
            Err(_) => start.saturating_sub(front),
        };
        self.bytes.truncate(end);
        sealed.map(drop)
    }
}

/// How many bytes of `records` are whole records that fit into `room`.
fn whole_records(records: &[u8], room: usize) -> usize {
    let mut length = 0_usize;
    while let Some(header) = records
        .get(length..)
        .and_then(<[u8]>::first_chunk::<HEADER_LEN>)
    {
        let record = HEADER_LEN.saturating_add(header::parse(*header).length.into());
        let next = length.saturating_add(record);
        if next > room || next > records.len() {
            break;
        }
        length = next;
    }
    length
}

#[cfg(test)]
mod tests;
