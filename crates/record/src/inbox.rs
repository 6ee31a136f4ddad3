//! Handshake messages out of records (RFC 5246 section 7.4): any split into records gives the same messages.
//!
//! ```text
//!   bytes:  | taken | whole message | whole message | beginning of a message
//!                   ^ taken                         ^ frontier
//! ```

use alloc::vec::Vec;

use premaster_wire::HandshakeType;

use crate::RecordFault;
use crate::header::MAX_CONTENT;

/// Bytes of a message header: type and 24-bit length.
const MESSAGE_HEADER: usize = 4;

/// Collects fragments and hands out whole messages.
///
/// It holds no more than was received, and never more than one message of the greatest length and one record. A length
/// that a peer merely claims costs nothing.
///
/// ```
/// use premaster_record::Inbox;
///
/// let mut inbox = Inbox::new(65536);
/// inbox.push(&[14, 0, 0])?;
/// assert!(inbox.next_message().is_none() && inbox.has_partial());
/// inbox.push(&[0])?;
/// assert_eq!(inbox.next_message(), Some(vec![14, 0, 0, 0]));
/// assert!(inbox.is_empty());
/// # Ok::<(), premaster_record::RecordFault>(())
/// ```
#[derive(Debug)]
pub struct Inbox {
    bytes: Vec<u8>,
    /// Before this all messages are taken.
    taken: usize,
    /// Before this all messages are whole.
    frontier: usize,
    limit: usize,
    fault: Option<RecordFault>,
}

impl Inbox {
    /// Accepts messages whose body is at most `limit` bytes long.
    #[must_use]
    pub const fn new(limit: usize) -> Self {
        Self {
            bytes: Vec::new(),
            taken: 0,
            frontier: 0,
            limit,
            fault: None,
        }
    }

    /// Adds the content of a handshake record.
    ///
    /// # Errors
    /// [`RecordFault::MessageTooLong`] as soon as a header announces too much, before anything of the body is kept;
    /// [`RecordFault::InboxFull`] if messages are not taken. Every later call returns the fault again.
    pub fn push(&mut self, fragment: &[u8]) -> Result<(), RecordFault> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        self.collect(fragment).inspect_err(|fault| {
            self.fault = Some(*fault);
            self.bytes = Vec::new();
            (self.taken, self.frontier) = (0, 0);
        })
    }

    /// Takes the next message, header included, if it is whole.
    pub fn next_message(&mut self) -> Option<Vec<u8>> {
        if self.taken >= self.frontier {
            return None;
        }
        let whole = self.bytes.get(self.taken..self.frontier)?;
        let length = MESSAGE_HEADER.checked_add(body_len(whole)?)?;
        let message = whole.get(..length)?.to_vec();
        self.taken = self.taken.saturating_add(length);
        if self.is_empty() {
            self.bytes = Vec::new();
            (self.taken, self.frontier) = (0, 0);
        }
        Some(message)
    }

    /// Is nothing left, neither a whole message nor the beginning of one? Only then may keys change
    /// (RFC 8446 section 5.1): a message that spans a key change would be half as trustworthy as it looks.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.taken == self.bytes.len()
    }

    /// Is there the beginning of a message whose rest is still to come?
    #[must_use]
    pub const fn has_partial(&self) -> bool {
        self.frontier < self.bytes.len()
    }

    fn collect(&mut self, mut fragment: &[u8]) -> Result<(), RecordFault> {
        self.make_room(fragment.len())?;
        while !fragment.is_empty() {
            let begun = self.bytes.get(self.frontier..).unwrap_or_default();
            let whole = match body_len(begun) {
                None => MESSAGE_HEADER,
                Some(body) => MESSAGE_HEADER.saturating_add(body),
            };
            let missing = whole.saturating_sub(begun.len());
            let (now, later) = fragment.split_at(missing.min(fragment.len()));
            self.bytes.extend_from_slice(now);
            fragment = later;
            self.advance()?;
        }
        Ok(())
    }

    /// Checks the header as soon as it is there, and moves the frontier when the message is whole.
    fn advance(&mut self) -> Result<(), RecordFault> {
        let begun = self.bytes.get(self.frontier..).unwrap_or_default();
        let (Some(kind), Some(length)) = (begun.first(), body_len(begun)) else {
            return Ok(());
        };
        if length > self.limit {
            return Err(RecordFault::MessageTooLong {
                message: HandshakeType(*kind),
                length,
                limit: self.limit,
            });
        }
        if begun.len() == MESSAGE_HEADER.saturating_add(length) {
            self.frontier = self.bytes.len();
        }
        Ok(())
    }

    /// Forgets what was taken, and refuses what a caller that takes its messages could not have left behind.
    fn make_room(&mut self, more: usize) -> Result<(), RecordFault> {
        self.bytes.drain(..self.taken.min(self.bytes.len()));
        self.frontier = self.frontier.saturating_sub(self.taken);
        self.taken = 0;
        let limit = MESSAGE_HEADER
            .saturating_add(self.limit)
            .saturating_add(MAX_CONTENT);
        if self.bytes.len().saturating_add(more) > limit {
            return Err(RecordFault::InboxFull { limit });
        }
        Ok(())
    }
}

/// The length in a message header, if the header is whole.
fn body_len(message: &[u8]) -> Option<usize> {
    let [_, a, b, c] = *message.first_chunk::<MESSAGE_HEADER>()?;
    usize::try_from(u32::from_be_bytes([0, a, b, c])).ok()
}
