//! Reading and writing the encodings: a cursor for each direction, and what they refuse.

use zeroize::Zeroizing;

/// Why bytes are not a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeFault {
    /// Another version of this crate wrote it. A miss, not a fault: the next full handshake replaces it.
    #[error("the session is encoded in version {0}, which this program does not know")]
    UnknownVersion(u8),
    /// The bytes do not fit the layout.
    #[error("the encoded session is corrupt at `{field}`")]
    Corrupt {
        /// The first field that does not fit.
        field: &'static str,
    },
}

/// A field does not fit the encoding: too long, empty where it must not be, or a secret of another version or suite.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{field}` does not fit the encoding of a session")]
pub struct TooLong {
    /// The field that does not fit.
    pub field: &'static str,
}

pub(crate) const fn corrupt(field: &'static str) -> DecodeFault {
    DecodeFault::Corrupt { field }
}

/// Reads what lies in front; each step names the field it reads.
pub(crate) struct Input<'a> {
    pub(crate) rest: &'a [u8],
}

impl<'a> Input<'a> {
    pub(crate) const fn new(rest: &'a [u8]) -> Self {
        Self { rest }
    }

    pub(crate) fn take(
        &mut self,
        field: &'static str,
        length: usize,
    ) -> Result<&'a [u8], DecodeFault> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(corrupt(field))?;
        self.rest = rest;
        Ok(taken)
    }

    /// Like `take`, but at least one byte.
    pub(crate) fn some(
        &mut self,
        field: &'static str,
        length: usize,
    ) -> Result<&'a [u8], DecodeFault> {
        if length == 0 {
            return Err(corrupt(field));
        }
        self.take(field, length)
    }

    /// A length of one byte, then as many bytes, at least one.
    pub(crate) fn short(&mut self, field: &'static str) -> Result<&'a [u8], DecodeFault> {
        let length = usize::from(self.u8(field)?);
        self.some(field, length)
    }

    pub(crate) fn array<const N: usize>(
        &mut self,
        field: &'static str,
    ) -> Result<&'a [u8; N], DecodeFault> {
        let (array, rest) = self.rest.split_first_chunk().ok_or(corrupt(field))?;
        self.rest = rest;
        Ok(array)
    }

    pub(crate) fn u8(&mut self, field: &'static str) -> Result<u8, DecodeFault> {
        Ok(u8::from_be_bytes(*self.array(field)?))
    }

    pub(crate) fn u16(&mut self, field: &'static str) -> Result<u16, DecodeFault> {
        Ok(u16::from_be_bytes(*self.array(field)?))
    }

    pub(crate) fn u24(&mut self, field: &'static str) -> Result<usize, DecodeFault> {
        let [high, middle, low] = *self.array(field)?;
        usize::try_from(u32::from_be_bytes([0, high, middle, low])).map_err(|_| corrupt(field))
    }

    pub(crate) fn u32(&mut self, field: &'static str) -> Result<u32, DecodeFault> {
        Ok(u32::from_be_bytes(*self.array(field)?))
    }

    pub(crate) fn u64(&mut self, field: &'static str) -> Result<u64, DecodeFault> {
        Ok(u64::from_be_bytes(*self.array(field)?))
    }

    /// The version byte; a known one or a miss.
    pub(crate) fn version(&mut self, known: u8) -> Result<(), DecodeFault> {
        match self.u8("encoding version")? {
            version if version == known => Ok(()),
            version => Err(DecodeFault::UnknownVersion(version)),
        }
    }

    pub(crate) fn finish(self) -> Result<(), DecodeFault> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(corrupt("end"))
        }
    }
}

/// Writes into one buffer that never moves, so that no copy of a secret stays behind; the first field that
/// does not fit is the result.
pub(crate) struct Out {
    buffer: Zeroizing<Vec<u8>>,
    fault: Option<TooLong>,
}

impl Out {
    pub(crate) fn with_capacity(length: usize) -> Self {
        Self {
            buffer: Zeroizing::new(Vec::with_capacity(length)),
            fault: None,
        }
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        if self.buffer.capacity().saturating_sub(self.buffer.len()) < bytes.len() {
            self.fault("length");
            return;
        }
        self.buffer.extend_from_slice(bytes);
    }

    pub(crate) fn u8(&mut self, byte: u8) {
        self.bytes(&[byte]);
    }

    /// A length in `width` bytes, 1 to 3.
    pub(crate) fn length(&mut self, field: &'static str, width: usize, length: usize) {
        match u32::try_from(length).map(u32::to_be_bytes) {
            Ok([0, high, middle, low]) if width == 3 => self.bytes(&[high, middle, low]),
            Ok([0, 0, high, low]) if width == 2 => self.bytes(&[high, low]),
            Ok([0, 0, 0, low]) if width == 1 => self.bytes(&[low]),
            _ => self.fault(field),
        }
    }

    /// At least `least` bytes, with their length in `width` bytes in front.
    pub(crate) fn delimited(
        &mut self,
        field: &'static str,
        width: usize,
        least: usize,
        bytes: &[u8],
    ) {
        if bytes.len() < least {
            self.fault(field);
            return;
        }
        self.length(field, width, bytes.len());
        self.bytes(bytes);
    }

    pub(crate) fn written(&self) -> &[u8] {
        &self.buffer
    }

    pub(crate) fn finish(self) -> Result<Zeroizing<Vec<u8>>, TooLong> {
        match self.fault {
            Some(fault) => Err(fault),
            None => Ok(self.buffer),
        }
    }

    pub(crate) fn fault(&mut self, field: &'static str) {
        self.fault.get_or_insert(TooLong { field });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::tests::full;

    #[test]
    fn the_buffer_never_moves_while_a_secret_is_written() {
        let mut out = Out::with_capacity(48);
        let before = out.buffer.as_ptr();
        for _ in 0..48 {
            out.u8(0x5e);
        }
        assert_eq!(out.buffer.as_ptr(), before);
        out.u8(0x5e);
        assert_eq!(out.buffer.as_ptr(), before);
        assert_eq!(out.finish().unwrap_err().field, "length");
        // Nor does a whole session: its length is known beforehand.
        let encoded = full().encode().unwrap();
        assert_eq!(encoded.len(), full().encoded_len());
        assert_eq!(encoded.capacity(), encoded.len());
    }

    #[test]
    fn a_length_that_does_not_fit_is_refused() {
        for (width, longest) in [(1, 0xff), (2, 0xffff), (3, 0xff_ffff)] {
            let write = |length: usize| {
                let mut out = Out::with_capacity(3);
                out.length("field", width, length);
                out.finish().map(|bytes| bytes.len())
            };
            assert_eq!(write(longest), Ok(width));
            assert_eq!(write(longest + 1), Err(TooLong { field: "field" }));
            assert_eq!(write(usize::MAX), Err(TooLong { field: "field" }));
        }
    }
}
