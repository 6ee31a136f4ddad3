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

    /// Is what is left this message again and again, header included, the last time perhaps in part? Nothing is, too.
    #[must_use]
    pub fn holds_only(&self, message: &[u8]) -> bool {
        let left = self.bytes.get(self.taken..).unwrap_or_default();
        let mut each = left.chunks(message.len().max(1));
        each.all(|one| message.starts_with(one))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Dice, rounds};

    const LIMIT: usize = 65536;

    fn message(kind: u8, body: usize) -> Vec<u8> {
        let [_, a, b, c] = u32::try_from(body).unwrap().to_be_bytes();
        let body = (0..body).map(|index| u8::try_from(index % 251).unwrap());
        [kind, a, b, c].into_iter().chain(body).collect()
    }

    fn drain(inbox: &mut Inbox) -> Vec<Vec<u8>> {
        core::iter::from_fn(|| inbox.next_message()).collect()
    }

    /// property 23: every split of a stream of messages into records gives the same messages.
    #[test]
    fn every_fragmentation_gives_the_same_messages() {
        let messages = [message(14, 0), message(20, 3), message(1, 1)];
        let stream = messages.concat();
        let all = 1_usize << (stream.len() - 1);
        for cuts in (0..all).step_by(all / rounds(all)) {
            let mut inbox = Inbox::new(LIMIT);
            let mut taken = Vec::new();
            let mut start = 0;
            for end in 1..=stream.len() {
                if end == stream.len() || cuts >> (end - 1) & 1 == 1 {
                    inbox.push(&stream[start..end]).unwrap();
                    start = end;
                    // Half of the runs take messages as they come, half at the end.
                    if cuts % 2 == 0 {
                        taken.extend(drain(&mut inbox));
                    }
                }
            }
            taken.extend(drain(&mut inbox));
            assert_eq!(taken, messages, "cuts {cuts:b}");
            assert!(inbox.is_empty() && !inbox.has_partial());
        }
    }

    /// property 23: no message spans a key change; properties 3 and 23: a partial message is visible.
    #[test]
    fn a_partial_message_is_seen_at_every_byte() {
        let whole = message(20, 12);
        for length in 0..=whole.len() {
            let mut inbox = Inbox::new(LIMIT);
            inbox.push(&whole[..length]).unwrap();
            let partial = (1..whole.len()).contains(&length);
            assert_eq!(inbox.has_partial(), partial, "{length} bytes");
            assert_eq!(inbox.is_empty(), length == 0, "{length} bytes");
            assert_eq!(inbox.next_message().is_some(), length == whole.len());
            assert_eq!(inbox.is_empty(), !partial, "{length} bytes");
        }
        let mut inbox = Inbox::new(LIMIT);
        inbox.push(&[&whole[..], &[20]].concat()).unwrap();
        assert!(inbox.has_partial());
        assert_eq!(inbox.next_message(), Some(whole));
        assert!(inbox.has_partial() && !inbox.is_empty() && inbox.next_message().is_none());
    }

    /// property 24: a message over the limit is refused by its header, before its body is kept.
    #[test]
    fn a_message_over_the_limit_is_refused_by_its_header_alone() {
        let mut inbox = Inbox::new(100);
        inbox.push(&message(11, 100)).unwrap();
        assert!(inbox.next_message().is_some());

        let header = &message(11, 101)[..4];
        inbox.push(&header[..3]).unwrap();
        let fault = RecordFault::MessageTooLong {
            message: HandshakeType::certificate,
            length: 101,
            limit: 100,
        };
        assert_eq!(inbox.push(&header[3..]), Err(fault));
        assert_eq!(inbox.bytes.capacity(), 0);
        assert_eq!(inbox.push(&[]), Err(fault), "a fault is final");
        assert_eq!(inbox.next_message(), None);
    }

    /// property 24: bytes held are at most a constant and twice the bytes received, whatever lengths are claimed.
    #[test]
    #[cfg_attr(miri, ignore = "sixteen thousand messages: too slow")]
    fn memory_follows_what_was_received_and_not_what_is_claimed() {
        let mut inbox = Inbox::new(LIMIT);
        let [_, a, b, c] = u32::try_from(LIMIT).unwrap().to_be_bytes();
        let header = [11, a, b, c];
        let mut received = 0;
        for byte in header.into_iter().chain(core::iter::repeat_n(0, 3000)) {
            inbox.push(&[byte]).unwrap();
            received += 1;
            assert!(inbox.bytes.capacity() <= 16 + 2 * received);
        }

        let mut inbox = Inbox::new(LIMIT);
        let mut received = 0;
        let tiny = message(0, 0).repeat(4096);
        for _ in 0..4 {
            inbox.push(&tiny).unwrap();
            received += tiny.len();
            assert!(inbox.bytes.capacity() <= 16 + 2 * received);
        }
        assert_eq!(drain(&mut inbox).len(), 4 * 4096);
        assert_eq!(
            inbox.bytes.capacity(),
            0,
            "nothing is held when all is taken"
        );
    }

    /// property 24: a caller that does not take messages cannot be made to hold more and more of them.
    #[test]
    #[cfg_attr(miri, ignore = "eight thousand messages: too slow")]
    fn messages_that_nobody_takes_are_bounded() {
        let mut inbox = Inbox::new(LIMIT);
        let record = message(0, 0).repeat(MAX_CONTENT / 4);
        let limit = MESSAGE_HEADER + LIMIT + MAX_CONTENT;
        let accepted = (0..100).take_while(|_| inbox.push(&record).is_ok()).count();
        assert_eq!(accepted, limit / record.len());
        assert_eq!(inbox.push(&record), Err(RecordFault::InboxFull { limit }));

        // The last byte that may be held is held.
        let mut inbox = Inbox::new(0);
        inbox
            .push(&[0; MESSAGE_HEADER].repeat(MAX_CONTENT / 4))
            .unwrap();
        inbox.push(&[0; MESSAGE_HEADER]).unwrap();
        let limit = MESSAGE_HEADER + MAX_CONTENT;
        assert_eq!(inbox.push(&[0]), Err(RecordFault::InboxFull { limit }));

        // Whoever takes them may go on for ever, with the largest messages cut in the most awkward way.
        let mut inbox = Inbox::new(LIMIT);
        let stream = message(11, LIMIT).repeat(3);
        for record in stream.chunks(MAX_CONTENT - 1) {
            inbox.push(record).unwrap();
            drain(&mut inbox);
        }
        assert!(inbox.is_empty());
    }

    /// property 23: no panic for any input.
    #[test]
    fn garbage_never_panics() {
        let mut dice = Dice(0x5eed_0002);
        for _ in 0..rounds(5_000) {
            let mut inbox = Inbox::new(dice.below(300));
            for _ in 0..dice.below(20) {
                let length = dice.below(50);
                let mut fragment = dice.bytes(length);
                // Small lengths, so that some messages become whole.
                for byte in &mut fragment {
                    *byte &= 3;
                }
                if inbox.push(&fragment).is_err() {
                    break;
                }
                if dice.below(2) == 0 {
                    drain(&mut inbox);
                }
            }
        }
    }
}
