//! From bytes to values: the [`Decode`] trait and the basic types of the presentation language
//! (RFC 8446 section 3.3 numbers, 3.4 vectors).
//!
//! Everything here is a parser in nom's sense and composes with nom's combinators. Numbers and slices are
//! taken with the standard library's checked splits: nom's own parsers for them check byte by byte, and a
//! ClientHello is mostly those.

use nom::number::complete::be_u24;
use nom::{IResult, Parser as _};

use super::error::{DecodeError, DecodeErrorKind, Place};

/// What a parser of this crate returns: the bytes left over and the value.
pub type Parsed<'a, T> = IResult<&'a [u8], T, DecodeError>;

/// A value that can be read from bytes, borrowing from them.
///
/// ```
/// use premaster_wire::{Alert, AlertDescription, Decode};
///
/// let alert = Alert::decode(&[2, 50])?;
/// assert_eq!(alert.description, AlertDescription::decode_error);
/// # Ok::<(), premaster_wire::DecodeError>(())
/// ```
pub trait Decode<'a>: Sized {
    /// The name of the structure in its RFC.
    const NAME: &'static str;

    /// The encoded size, if every value has the same; a [`List`](crate::List) of such values is validated
    /// by its length alone.
    const SIZE: Option<usize> = None;

    /// Reads one value from the front of `input` as a nom parser.
    ///
    /// # Errors
    /// The place and kind of the first byte sequence that is not what the RFC describes.
    fn parse(input: &'a [u8]) -> Parsed<'a, Self>;

    /// Reads a value that [`parse`](Self::parse) has accepted before, as iterators do.
    ///
    /// It does not look again at the elements of lists nor at bounds. Of bytes that were never accepted it
    /// makes an error or some value, and nothing worse.
    ///
    /// # Errors
    /// The bytes are too short.
    #[inline]
    fn reparse(input: &'a [u8]) -> Parsed<'a, Self> {
        Self::parse(input)
    }

    /// Reads one value that takes all of `input`.
    ///
    /// # Errors
    /// As [`parse`](Self::parse), and [`DecodeErrorKind::Trailing`] if bytes are left over.
    #[inline]
    fn decode(input: &'a [u8]) -> Result<Self, DecodeError> {
        let (rest, value) = Self::parse(input)
            .map_err(|e| unwrap_nom(e).at(const { &Place::new(Self::NAME, "") }))?;
        if rest.is_empty() {
            Ok(value)
        } else {
            Err(DecodeError::new(DecodeErrorKind::Trailing)
                .at(const { &Place::new(Self::NAME, "") }))
        }
    }
}

/// The error inside nom's; complete parsers never ask for more.
#[inline]
#[allow(clippy::needless_pass_by_value, reason = "made for map_err")]
pub(crate) fn unwrap_nom(error: nom::Err<DecodeError>) -> DecodeError {
    match error {
        nom::Err::Error(e) | nom::Err::Failure(e) => e,
        nom::Err::Incomplete(_) => DecodeError::new(DecodeErrorKind::Truncated),
    }
}

#[cold]
pub(crate) fn refuse<T>(kind: DecodeErrorKind) -> Result<T, nom::Err<DecodeError>> {
    Err(nom::Err::Error(DecodeError::new(kind)))
}

/// Names the place of an error on its way out.
#[inline]
pub(crate) fn located<'a, T>(parsed: Parsed<'a, T>, place: &'static Place) -> Parsed<'a, T> {
    match parsed {
        Ok(parsed) => Ok(parsed),
        Err(error) => Err(error.map(|e| e.at(place))),
    }
}

/// How many bytes hold the length of a vector with this ceiling (RFC 8446 section 3.4).
pub(crate) const fn prefix_width(max: usize) -> usize {
    match max {
        0..=0xff => 1,
        0x100..=0xffff => 2,
        _ => 3,
    }
}

/// An `opaque name<MIN..MAX>`: the length, then that many bytes.
#[inline]
pub(crate) fn opaque<'a, const MIN: usize, const MAX: usize>(
    input: &'a [u8],
) -> Parsed<'a, &'a [u8]> {
    let (rest, length) = vector_length::<MAX>(input)?;
    if length < MIN || length > MAX {
        return refuse(DecodeErrorKind::Length);
    }
    match rest.split_at_checked(length) {
        Some((content, rest)) => Ok((rest, content)),
        None => refuse(DecodeErrorKind::Truncated),
    }
}

/// The content of a vector that is known to end where `input` does.
#[inline]
pub(crate) fn behind_length<const MAX: usize>(input: &[u8]) -> &[u8] {
    input.get(prefix_width(MAX)..).unwrap_or(input)
}

#[inline]
fn vector_length<const MAX: usize>(input: &[u8]) -> Parsed<'_, usize> {
    match prefix_width(MAX) {
        1 => u8::parse.map(usize::from).parse(input),
        2 => u16::parse.map(usize::from).parse(input),
        _ => {
            let (rest, Uint24(length)) = Uint24::parse(input)?;
            match usize::try_from(length) {
                Ok(length) => Ok((rest, length)),
                Err(_) => refuse(DecodeErrorKind::Length),
            }
        }
    }
}

impl<'a> Decode<'a> for u8 {
    const NAME: &'static str = "uint8";
    const SIZE: Option<usize> = Some(1);

    #[inline]
    fn parse(input: &'a [u8]) -> Parsed<'a, Self> {
        <[u8; 1]>::parse(input).map(|(rest, bytes)| (rest, Self::from_be_bytes(bytes)))
    }
}

impl<'a> Decode<'a> for u16 {
    const NAME: &'static str = "uint16";
    const SIZE: Option<usize> = Some(2);

    #[inline]
    fn parse(input: &'a [u8]) -> Parsed<'a, Self> {
        <[u8; 2]>::parse(input).map(|(rest, bytes)| (rest, Self::from_be_bytes(bytes)))
    }
}

/// A number of three bytes (RFC 8446 section 3.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uint24(u32);

impl Uint24 {
    /// The largest number of three bytes.
    pub const MAX: u32 = 0xff_ffff;

    /// The number, if it has no more than three bytes.
    #[must_use]
    pub const fn new(number: u32) -> Option<Self> {
        if number <= Self::MAX {
            Some(Self(number))
        } else {
            None
        }
    }
}

impl From<Uint24> for u32 {
    fn from(number: Uint24) -> Self {
        number.0
    }
}

impl<'a> Decode<'a> for Uint24 {
    const NAME: &'static str = "uint24";
    const SIZE: Option<usize> = Some(3);

    #[inline]
    fn parse(input: &'a [u8]) -> Parsed<'a, Self> {
        be_u24.map(Self).parse(input)
    }
}

impl<'a> Decode<'a> for u32 {
    const NAME: &'static str = "uint32";
    const SIZE: Option<usize> = Some(4);

    #[inline]
    fn parse(input: &'a [u8]) -> Parsed<'a, Self> {
        <[u8; 4]>::parse(input).map(|(rest, bytes)| (rest, Self::from_be_bytes(bytes)))
    }
}

impl<'a, const N: usize> Decode<'a> for [u8; N] {
    const NAME: &'static str = "opaque";
    const SIZE: Option<usize> = Some(N);

    #[inline]
    fn parse(input: &'a [u8]) -> Parsed<'a, Self> {
        match input.split_first_chunk::<N>() {
            Some((array, rest)) => Ok((rest, *array)),
            None => refuse(DecodeErrorKind::Truncated),
        }
    }
}

/// A structure without fields: no bytes at all.
impl<'a> Decode<'a> for () {
    const NAME: &'static str = "Empty";

    #[inline]
    fn parse(input: &'a [u8]) -> Parsed<'a, Self> {
        Ok((input, ()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ceiling_decides_the_width_of_the_length() {
        for (max, width) in [
            (0, 1),
            (32, 1),
            (0xff, 1),
            (0x100, 2),
            (0xffff, 2),
            (0x1_0000, 3),
            (0xff_ffff, 3),
        ] {
            assert_eq!(prefix_width(max), width, "{max}");
        }
    }

    #[test]
    fn a_vector_outside_its_bounds_is_refused() {
        assert_eq!(opaque::<1, 2>(&[1, 7]), Ok((&[][..], &[7][..])));
        for (input, kind) in [
            (&[0, 7][..], DecodeErrorKind::Length),
            (&[3, 7, 7, 7][..], DecodeErrorKind::Length),
            (&[2, 7][..], DecodeErrorKind::Truncated),
            (&[][..], DecodeErrorKind::Truncated),
        ] {
            assert_eq!(
                opaque::<1, 2>(input).map_err(|e| unwrap_nom(e).kind()),
                Err(kind),
                "{input:?}"
            );
        }
    }

    #[test]
    fn decode_wants_all_of_the_input() {
        assert_eq!(u16::decode(&[1, 2]), Ok(0x0102));
        assert_eq!(
            u16::decode(&[1]).unwrap_err().kind(),
            DecodeErrorKind::Truncated
        );
        assert_eq!(
            u16::decode(&[1, 2, 3]).unwrap_err().kind(),
            DecodeErrorKind::Trailing
        );
    }
}
