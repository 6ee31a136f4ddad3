//! Bytes on their way in: read ahead from the transport, opened where they lie.

use core::ops::Range;
use std::io::{self, BufRead, ErrorKind, Read};

/// Two whole records: header, content, and the 2048 bytes that protection may add (RFC 5246 section 6.2.3).
const CAPACITY: usize = 2 * (5 + 16_384 + 2_048);

/// A buffer with, in this order, plaintext that nobody has taken yet and bytes that are not opened yet.
#[derive(Default)]
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
        self.unopened.start = self
            .unopened
            .start
            .saturating_add(amount)
            .min(self.unopened.end);
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
        self.plaintext.start = self
            .plaintext
            .start
            .saturating_add(amount)
            .min(self.plaintext.end);
    }

    /// Reads more from the transport; 0 is its end. There must be no plaintext left.
    pub(crate) fn read_from(&mut self, transport: &mut impl Read) -> io::Result<usize> {
        self.bytes.resize(CAPACITY, 0);
        if self.unopened.is_empty() {
            self.unopened = 0..0;
        } else if self.unopened.end == CAPACITY {
            let length = self.unopened.len();
            self.bytes.copy_within(self.unopened.clone(), 0);
            self.unopened = 0..length;
        }
        let room = self.bytes.get_mut(self.unopened.end..).unwrap_or_default();
        let amount = uninterrupted(|| transport.read(room))?;
        self.unopened.end = self.unopened.end.saturating_add(amount).min(CAPACITY);
        Ok(amount)
    }
}

/// Where a part of a buffer begins in it.
pub(crate) fn place_in(whole: *const u8, part: &[u8]) -> Range<usize> {
    let start = part.as_ptr().addr().saturating_sub(whole.addr());
    start..start.saturating_add(part.len())
}

/// Does it again when a signal came in between.
pub(crate) fn uninterrupted<T>(mut act: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match act() {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            outcome => return outcome,
        }
    }
}

/// `read` in terms of `fill_buf`.
pub(crate) fn read(source: &mut impl BufRead, out: &mut [u8]) -> io::Result<usize> {
    if out.is_empty() {
        return Ok(0);
    }
    let amount = source.fill_buf()?.read(out)?;
    source.consume(amount);
    Ok(amount)
}
