//! Bytes on their way in: read ahead from the transport, opened where they lie.

use core::ops::Range;
use core::pin::Pin;
use core::task::{Context, Poll, ready};
use std::io;

use tokio::io::{AsyncRead, ReadBuf};

/// The longest record: header, content, and the 2048 bytes that protection may add (RFC 5246 section 6.2.3).
pub(crate) const RECORD: usize = 5 + 16_384 + 2_048;

/// How much is read at first. It lies on the stack: a stream that waits for its peer holds no buffer.
const FIRST: usize = 4_096;

/// A buffer with, in this order, plaintext that nobody has taken yet and bytes that are not opened yet.
#[derive(Debug, Default)]
pub(crate) struct Incoming {
    bytes: Vec<u8>,
    plaintext: Range<usize>,
    unopened: Range<usize>,
}

impl Incoming {
    /// What is not opened yet.
    pub(crate) fn unopened(&mut self) -> &mut [u8] {
        self.bytes
            .get_mut(self.unopened.clone())
            .unwrap_or_default()
    }

    /// These many of the unopened bytes are used up.
    pub(crate) fn consume_unopened(&mut self, amount: usize) {
        consume(&mut self.unopened, amount);
    }

    /// The plaintext that the record at the front of the unopened bytes holds, at this place in it.
    pub(crate) fn opened(&mut self, place: Range<usize>, consumed: usize) {
        let start = self.unopened.start;
        self.plaintext = start.saturating_add(place.start)..start.saturating_add(place.end);
        self.consume_unopened(consumed);
    }

    /// Plaintext that nobody has taken yet.
    pub(crate) fn plaintext(&self) -> &[u8] {
        self.bytes.get(self.plaintext.clone()).unwrap_or_default()
    }

    /// These many bytes of the plaintext are taken.
    pub(crate) fn consume_plaintext(&mut self, amount: usize) {
        consume(&mut self.plaintext, amount);
    }

    /// Reads more from the transport, of which `missing` bytes complete a record; 0 is its end. There must be no plaintext left.
    pub(crate) fn poll_read_from(
        &mut self,
        transport: &mut (impl AsyncRead + Unpin),
        cx: &mut Context<'_>,
        missing: usize,
    ) -> Poll<io::Result<usize>> {
        if self.bytes.is_empty() {
            return self.poll_read_first(transport, cx);
        }
        self.make_room(missing);
        let room = self.bytes.get_mut(self.unopened.end..).unwrap_or_default();
        let amount = ready!(poll_read(transport, cx, room))?;
        self.unopened.end = self.unopened.end.saturating_add(amount);
        Poll::Ready(Ok(amount))
    }

    fn poll_read_first(
        &mut self,
        transport: &mut (impl AsyncRead + Unpin),
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        let mut first = [0; FIRST];
        let amount = ready!(poll_read(transport, cx, &mut first))?;
        self.bytes = first.get(..amount).unwrap_or_default().to_vec();
        self.unopened = 0..amount;
        Poll::Ready(Ok(amount))
    }

    /// Room behind the unopened bytes for that many more, and where the buffer has to grow, for a whole record.
    fn make_room(&mut self, missing: usize) {
        let length = self.unopened.len();
        if length == 0 || self.bytes.len().saturating_sub(self.unopened.end) < missing {
            self.bytes.copy_within(self.unopened.clone(), 0);
            self.unopened = 0..length;
        }
        let needed = length.saturating_add(missing);
        if self.bytes.len() < needed {
            self.bytes.resize(needed.max(RECORD), 0);
        }
    }

    /// Gives the buffer back if there is nothing in it.
    pub(crate) fn release(&mut self) {
        if self.unopened.is_empty() && self.plaintext.is_empty() {
            *self = Self::default();
        }
    }

    /// The peer has said goodbye: what is not opened yet never will be.
    pub(crate) fn end(&mut self) {
        self.unopened = 0..0;
        self.release();
    }

    /// How many bytes the buffer has.
    #[cfg(test)]
    pub(crate) fn capacity(&self) -> usize {
        self.bytes.capacity()
    }
}

fn consume(range: &mut Range<usize>, amount: usize) {
    range.start = range.start.saturating_add(amount).min(range.end);
}

fn poll_read(
    transport: &mut (impl AsyncRead + Unpin),
    cx: &mut Context<'_>,
    room: &mut [u8],
) -> Poll<io::Result<usize>> {
    let mut room = ReadBuf::new(room);
    ready!(Pin::new(transport).poll_read(cx, &mut room))?;
    Poll::Ready(Ok(room.filled().len()))
}

/// Where a part of a buffer begins in it.
pub(crate) fn place_in(whole: *const u8, part: &[u8]) -> Range<usize> {
    let start = part.as_ptr().addr().saturating_sub(whole.addr());
    start..start.saturating_add(part.len())
}

#[cfg(test)]
mod tests {
    use core::task::Waker;

    use super::*;

    fn read(incoming: &mut Incoming, mut transport: &[u8], missing: usize) -> usize {
        let mut cx = Context::from_waker(Waker::noop());
        match incoming.poll_read_from(&mut transport, &mut cx, missing) {
            Poll::Ready(Ok(amount)) => amount,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_short_message_takes_as_many_bytes_as_it_has() {
        let mut incoming = Incoming::default();
        assert_eq!(read(&mut incoming, &[7; 100], 5), 100);
        assert_eq!(incoming.unopened(), [7; 100]);
        assert_eq!(incoming.capacity(), 100);
    }

    #[test]
    fn the_longest_record_fits_wherever_its_beginning_lies() {
        for before in [0, 1, 4000, FIRST - 5] {
            let mut incoming = Incoming::default();
            assert_eq!(read(&mut incoming, &[7; RECORD], 5), FIRST);
            incoming.consume_unopened(before);
            while incoming.unopened().len() < RECORD {
                let missing = RECORD - incoming.unopened().len();
                assert!(read(&mut incoming, &[8; RECORD], missing) > 0);
            }
            let sevens = incoming.unopened().iter().filter(|byte| **byte == 7);
            assert_eq!(sevens.count(), FIRST - before);
            assert_eq!(incoming.capacity(), RECORD, "and never more than one");
        }
    }

    #[test]
    fn the_buffer_is_given_back_when_it_is_empty_and_not_before() {
        let mut incoming = Incoming::default();
        read(&mut incoming, &[1, 2, 3, 4], 4);
        incoming.opened(1..2, 3);
        assert_eq!(incoming.plaintext(), [2]);
        incoming.release();
        assert_eq!(incoming.plaintext(), [2]);
        incoming.consume_plaintext(1);
        incoming.release();
        assert_eq!(incoming.unopened(), [4]);
        incoming.consume_unopened(1);
        incoming.release();
        assert_eq!(incoming.capacity(), 0);
    }
}
