//! What can go wrong between bytes and values, and where.

use core::fmt;

use nom::error::{ErrorKind, ParseError};
use thiserror::Error;

/// The structure and field that a codec was working on, both in the RFC's spelling.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The structure, such as `ClientHello`.
    pub structure: &'static str,
    /// The field of that structure, such as `cipher_suites`; empty if the structure as a whole is meant.
    pub field: &'static str,
}

impl Place {
    /// The place `structure.field`.
    #[must_use]
    pub const fn new(structure: &'static str, field: &'static str) -> Self {
        Self { structure, field }
    }

    const fn is_unknown(self) -> bool {
        self.structure.is_empty()
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.structure, self.field) {
            ("", _) => f.write_str("input"),
            (structure, "") => f.write_str(structure),
            (structure, field) => write!(f, "{structure}.{field}"),
        }
    }
}

/// How bytes failed to be a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecodeErrorKind {
    /// The bytes end before the value does; an inner length that exceeds its enclosing one is such a case.
    Truncated,
    /// Bytes follow where the value ends.
    Trailing,
    /// A length is outside the bounds that the RFC declares, or is no multiple of the element's size.
    Length,
    /// An extension block holds two extensions of one type (RFC 8446 section 4.2).
    Duplicate,
    /// A field that the RFC fixes has another value.
    Value,
}

impl fmt::Display for DecodeErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// Bytes are not what they were taken for: which field of which structure, and how.
///
/// In TLS it is the alert `decode_error`, but for [`DecodeErrorKind::Duplicate`], which is `illegal_parameter`
/// (RFC 8446 section 6).
///
/// ```
/// use premaster_wire::{ClientHello, Decode};
///
/// let error = ClientHello::decode(&[3, 3, 0]).unwrap_err();
/// assert_eq!(error.to_string(), "ClientHello.random: Truncated");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("{place}: {kind}")]
pub struct DecodeError {
    // By reference, so that the error fits two registers on its way out.
    place: &'static Place,
    kind: DecodeErrorKind,
}

impl DecodeError {
    /// An error that does not know its place yet; the structure around it adds it.
    #[must_use]
    pub const fn new(kind: DecodeErrorKind) -> Self {
        Self {
            place: const { &Place::new("", "") },
            kind,
        }
    }

    /// The same error, at this place unless a structure further inside has named one already.
    #[must_use]
    pub const fn at(mut self, place: &'static Place) -> Self {
        if self.place.is_unknown() {
            self.place = place;
        }
        self
    }

    /// The innermost structure and field that failed.
    #[must_use]
    pub const fn place(&self) -> Place {
        *self.place
    }

    /// How it failed.
    #[must_use]
    pub const fn kind(&self) -> DecodeErrorKind {
        self.kind
    }
}

/// What nom's own parsers report: they can only run out of bytes here.
impl ParseError<&[u8]> for DecodeError {
    fn from_error_kind(_: &[u8], kind: ErrorKind) -> Self {
        Self::new(match kind {
            ErrorKind::Eof => DecodeErrorKind::Truncated,
            _ => DecodeErrorKind::Length,
        })
    }

    fn append(_: &[u8], _: ErrorKind, other: Self) -> Self {
        other
    }
}

/// How a value failed to be bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EncodeErrorKind {
    /// A vector is shorter or longer than the bounds that the RFC declares.
    Length,
    /// An extension block holds two extensions of one type.
    Duplicate,
}

impl fmt::Display for EncodeErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// A value does not fit its encoding: which field of which structure was the first, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("{place}: {kind}")]
pub struct EncodeError {
    place: &'static Place,
    kind: EncodeErrorKind,
}

impl EncodeError {
    /// An error at this place.
    #[must_use]
    pub const fn new(place: &'static Place, kind: EncodeErrorKind) -> Self {
        Self { place, kind }
    }

    /// The structure and field that did not fit.
    #[must_use]
    pub const fn place(&self) -> Place {
        *self.place
    }

    /// How it did not fit.
    #[must_use]
    pub const fn kind(&self) -> EncodeErrorKind {
        self.kind
    }
}
