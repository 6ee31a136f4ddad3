//! From values to bytes: the [`Encode`] trait and the [`Writer`] that it writes to.

use alloc::vec::Vec;

use bytes::{BufMut, Bytes, BytesMut};

use super::decode::{Uint24, prefix_width};
use super::error::{EncodeError, EncodeErrorKind, Place};

/// A value that can be written as bytes.
///
/// Encoding cannot fail half-way: what does not fit its length field is remembered by the [`Writer`] and
/// reported once, at the end. Whatever encodes also decodes.
///
/// ```
/// use premaster_wire::{Alert, AlertDescription, AlertLevel, Encode};
///
/// let alert = Alert { level: AlertLevel::fatal, description: AlertDescription::decode_error };
/// assert_eq!(alert.to_vec()?, [2, 50]);
/// # Ok::<(), premaster_wire::EncodeError>(())
/// ```
pub trait Encode {
    /// Appends this value to `out`.
    fn encode(&self, out: &mut Writer);

    /// This value as bytes.
    ///
    /// # Errors
    /// The first field that is shorter or longer than its RFC allows.
    fn to_vec(&self) -> Result<Vec<u8>, EncodeError> {
        let mut out = Writer::new();
        self.encode(&mut out);
        out.into_vec()
    }
}

/// Collects encoded values, and the first error among them.
#[derive(Debug, Default)]
pub struct Writer {
    buffer: BytesMut,
    error: Option<EncodeError>,
}

impl Writer {
    /// An empty writer.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty writer that will not reallocate before `capacity` bytes.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self {
            buffer: BytesMut::with_capacity(capacity),
            error: None,
        }
    }

    /// Goes on writing at the end of `buffer`.
    #[must_use]
    pub fn append_to(buffer: BytesMut) -> Self {
        Self {
            buffer,
            error: None,
        }
    }

    /// How many bytes have been written.
    #[must_use]
    pub fn len(&self) -> usize {
        self.buffer.len()
    }

    /// Whether nothing has been written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.buffer.is_empty()
    }

    /// Writes bytes as they are.
    pub fn put_slice(&mut self, bytes: &[u8]) {
        self.buffer.put_slice(bytes);
    }

    /// Writes a vector: its length in as many bytes as `MAX` needs, then what `content` writes.
    ///
    /// A content outside of `MIN..=MAX` bytes makes the whole encoding fail with `place`.
    pub fn vector<const MIN: usize, const MAX: usize>(
        &mut self,
        place: &'static Place,
        content: impl FnOnce(&mut Self),
    ) {
        let width = prefix_width(MAX);
        let start = self.buffer.len();
        self.buffer.put_bytes(0, width);
        let content_start = self.buffer.len();
        content(self);
        let length = self.buffer.len().saturating_sub(content_start);
        if !(MIN..=MAX).contains(&length) {
            self.fail(EncodeError::new(place, EncodeErrorKind::Length));
        }
        let digits = length.to_be_bytes();
        let digits = digits.iter().rev().take(width).rev();
        let prefix = self.buffer.iter_mut().skip(start).take(width);
        prefix.zip(digits).for_each(|(byte, digit)| *byte = *digit);
    }

    /// Makes the whole encoding fail, unless something has before.
    pub fn fail(&mut self, error: EncodeError) {
        self.error.get_or_insert(error);
    }

    /// What was written, ready to be written to further or frozen.
    ///
    /// # Errors
    /// The first field that was shorter or longer than its RFC allows.
    pub fn finish(self) -> Result<BytesMut, EncodeError> {
        match self.error {
            None => Ok(self.buffer),
            Some(error) => Err(error),
        }
    }

    /// What was written, as shared bytes.
    ///
    /// # Errors
    /// As [`finish`](Self::finish).
    pub fn into_bytes(self) -> Result<Bytes, EncodeError> {
        self.finish().map(BytesMut::freeze)
    }

    /// What was written, as a vector.
    ///
    /// # Errors
    /// As [`finish`](Self::finish).
    pub fn into_vec(self) -> Result<Vec<u8>, EncodeError> {
        self.finish().map(Vec::from)
    }
}

impl Encode for u8 {
    #[inline]
    fn encode(&self, out: &mut Writer) {
        out.buffer.put_u8(*self);
    }
}

impl Encode for u16 {
    #[inline]
    fn encode(&self, out: &mut Writer) {
        out.buffer.put_u16(*self);
    }
}

impl Encode for Uint24 {
    #[inline]
    fn encode(&self, out: &mut Writer) {
        out.buffer.put_uint(u32::from(*self).into(), 3);
    }
}

impl Encode for u32 {
    #[inline]
    fn encode(&self, out: &mut Writer) {
        out.buffer.put_u32(*self);
    }
}

impl<const N: usize> Encode for [u8; N] {
    #[inline]
    fn encode(&self, out: &mut Writer) {
        out.put_slice(self);
    }
}

impl Encode for () {
    fn encode(&self, _: &mut Writer) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: &Place = &Place::new("Test", "vector");

    #[test]
    fn a_writer_goes_on_where_a_buffer_ends() {
        let mut out = Writer::append_to(BytesMut::from(&b"ab"[..]));
        assert!(out.len() == 2 && !out.is_empty());
        out.put_slice(b"c");
        assert_eq!(out.into_bytes().unwrap(), &b"abc"[..]);

        let out = Writer::with_capacity(100);
        assert!(out.is_empty());
        assert!(out.finish().unwrap().capacity() >= 100);
    }

    #[test]
    fn the_length_is_written_before_the_content() {
        let mut out = Writer::new();
        out.vector::<0, 0xffff>(PLACE, |out| {
            out.vector::<0, 0xff_ffff>(PLACE, |out| out.put_slice(&[7, 8]));
        });
        assert_eq!(out.into_vec().unwrap(), [0, 5, 0, 0, 2, 7, 8]);
    }

    #[test]
    fn the_first_overflow_is_reported_at_the_end() {
        let mut out = Writer::new();
        out.vector::<0, 1>(PLACE, |out| out.put_slice(&[7, 8]));
        out.vector::<2, 9>(const { &Place::new("Test", "later") }, |_| {});
        assert_eq!(
            out.finish().unwrap_err(),
            EncodeError::new(PLACE, EncodeErrorKind::Length)
        );
    }
}
