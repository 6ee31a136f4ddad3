//! Variable-length vectors: what stands behind a length field (RFC 8446 section 3.4).

use nom::combinator::rest;

use super::decode::{Parsed, opaque};
use super::encode::Writer;
use super::error::{DecodeError, Place};

/// The content of a variable-length vector: raw bytes, a [`List`](crate::List), an extension block.
///
/// Length field and bounds belong to the field that declares them; `MAX` also says how wide the length is.
pub trait Vector<'a>: Sized {
    /// Validates the content of a vector.
    ///
    /// # Errors
    /// What is wrong inside; without a place if it is the vector itself.
    fn from_content(content: &'a [u8]) -> Result<Self, DecodeError>;

    /// Takes a content that [`from_content`](Self::from_content) has accepted before.
    fn from_valid(content: &'a [u8]) -> Self;

    /// Writes the content, without its length.
    fn encode_content(&self, place: &'static Place, out: &mut Writer);

    /// Reads the length, checks it, and reads the content.
    ///
    /// # Errors
    /// A length out of bounds, or what [`from_content`](Self::from_content) refuses.
    #[inline]
    fn parse_vector<const MIN: usize, const MAX: usize>(input: &'a [u8]) -> Parsed<'a, Self> {
        let (rest, content) = opaque::<MIN, MAX>(input)?;
        Ok((rest, Self::from_content(content).map_err(nom::Err::Error)?))
    }

    /// Reads what [`parse_vector`](Self::parse_vector) has accepted before.
    ///
    /// # Errors
    /// The bytes are too short.
    #[inline]
    fn reparse_vector<const MAX: usize>(input: &'a [u8]) -> Parsed<'a, Self> {
        let (rest, content) = opaque::<0, MAX>(input)?;
        Ok((rest, Self::from_valid(content)))
    }

    /// Writes length and content.
    fn encode_vector<const MIN: usize, const MAX: usize>(
        &self,
        place: &'static Place,
        out: &mut Writer,
    ) {
        out.vector::<MIN, MAX>(place, |out| self.encode_content(place, out));
    }
}

impl<'a> Vector<'a> for &'a [u8] {
    #[inline]
    fn from_content(content: &'a [u8]) -> Result<Self, DecodeError> {
        Ok(content)
    }

    #[inline]
    fn from_valid(content: &'a [u8]) -> Self {
        content
    }

    fn encode_content(&self, _: &'static Place, out: &mut Writer) {
        out.put_slice(self);
    }
}

/// A vector that may be missing at the end of its structure, like the extensions of a TLS 1.2 hello
/// (RFC 5246 section 7.4.1.2). Missing and empty are different values.
impl<'a, V: Vector<'a>> Vector<'a> for Option<V> {
    #[inline]
    fn from_content(content: &'a [u8]) -> Result<Self, DecodeError> {
        V::from_content(content).map(Some)
    }

    #[inline]
    fn from_valid(content: &'a [u8]) -> Self {
        Some(V::from_valid(content))
    }

    fn encode_content(&self, place: &'static Place, out: &mut Writer) {
        if let Some(vector) = self {
            vector.encode_content(place, out);
        }
    }

    #[inline]
    fn parse_vector<const MIN: usize, const MAX: usize>(input: &'a [u8]) -> Parsed<'a, Self> {
        if input.is_empty() {
            return Ok((input, None));
        }
        let (rest, vector) = V::parse_vector::<MIN, MAX>(input)?;
        Ok((rest, Some(vector)))
    }

    #[inline]
    fn reparse_vector<const MAX: usize>(input: &'a [u8]) -> Parsed<'a, Self> {
        if input.is_empty() {
            return Ok((input, None));
        }
        let (rest, vector) = V::reparse_vector::<MAX>(input)?;
        Ok((rest, Some(vector)))
    }

    fn encode_vector<const MIN: usize, const MAX: usize>(
        &self,
        place: &'static Place,
        out: &mut Writer,
    ) {
        if let Some(vector) = self {
            vector.encode_vector::<MIN, MAX>(place, out);
        }
    }
}

/// All that is left of the enclosing structure, as a vector without a length of its own.
#[inline]
pub(crate) fn parse_rest<'a, V: Vector<'a>>(input: &'a [u8]) -> Parsed<'a, V> {
    let (end, content) = rest(input)?;
    Ok((end, V::from_content(content).map_err(nom::Err::Error)?))
}

/// As [`parse_rest`], of what it has accepted before.
#[inline]
pub(crate) fn reparse_rest<'a, V: Vector<'a>>(input: &'a [u8]) -> Parsed<'a, V> {
    let (end, content) = rest(input)?;
    Ok((end, V::from_valid(content)))
}
