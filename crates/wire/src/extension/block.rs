//! [`Extensions`]: a block of extensions, and the envelope of each (RFC 8446 section 4.2).

use core::fmt;

use nom::Parser as _;
use nom::sequence::pair;

use crate::code_point::ExtensionType;
use crate::codec::{
    Decode, DecodeError, DecodeErrorKind, Encode, EncodeError, EncodeErrorKind, Parsed, Place,
    Vector, Writer, opaque, unwrap_nom,
};

/// One extension as a message of one kind may carry it.
pub trait Extension<'a>: Decode<'a> + Encode + Copy {
    /// Reads the body of an extension of this type, all of it.
    ///
    /// # Errors
    /// A known type whose body is not what its RFC describes.
    fn from_body(extension_type: ExtensionType, body: &'a [u8]) -> Result<Self, DecodeError>;

    /// The type that stands in front of the body.
    fn extension_type(&self) -> ExtensionType;
}

/// An extension as it lies on the wire (RFC 8446 section 4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RawExtension<'a> {
    /// `extension_type`
    pub extension_type: ExtensionType,
    /// `extension_data`, without its length
    pub body: &'a [u8],
}

impl<'a> RawExtension<'a> {
    #[inline]
    pub(super) fn parse(input: &'a [u8]) -> Parsed<'a, Self> {
        pair(ExtensionType::parse, opaque::<0, 0xffff>)
            .map(|(extension_type, body)| Self {
                extension_type,
                body,
            })
            .parse(input)
    }
}

/// A block of extensions: a view of encoded bytes, or of a slice of values that will be encoded.
///
/// Decoding checks every extension once and refuses a type that appears twice; it allocates nothing.
/// Blocks are equal if their extensions are, in the same order.
///
/// ```
/// use premaster_wire::{ClientHelloExtension, Extensions, ExtensionType, List, NamedGroup};
///
/// let groups = [NamedGroup::x25519];
/// let values = [
///     ClientHelloExtension::SupportedGroups(List::from(&groups)),
///     ClientHelloExtension::ExtendedMasterSecret,
/// ];
/// let extensions = Extensions::from(&values);
/// assert!(extensions.supported_groups().is_some_and(|groups| groups.contains(&NamedGroup::x25519)));
/// assert!(extensions.extended_master_secret());
/// assert!(!extensions.contains(ExtensionType::key_share));
/// ```
pub struct Extensions<'a, E> {
    block: Block<'a, E>,
}

enum Block<'a, E> {
    Encoded(&'a [u8]),
    Values(&'a [E]),
}

impl<'a, E: Extension<'a>> Extensions<'a, E> {
    /// The extensions in their order.
    #[inline]
    #[must_use]
    pub const fn iter(&self) -> ExtensionsIter<'a, E> {
        ExtensionsIter { block: self.block }
    }

    /// The types in their order, without a look at the bodies.
    pub fn types(&self) -> impl Iterator<Item = ExtensionType> + Clone + use<'a, E> {
        Types { block: self.block }
    }

    /// Whether there is no extension.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        match self.block {
            Block::Encoded(bytes) => bytes.is_empty(),
            Block::Values(values) => values.is_empty(),
        }
    }

    /// The extension of this type; none of the others is read.
    #[must_use]
    pub fn find(&self, extension_type: ExtensionType) -> Option<E> {
        match self.block {
            Block::Encoded(mut rest) => loop {
                let (after, raw) = RawExtension::parse(rest).ok()?;
                if raw.extension_type == extension_type {
                    return E::from_body(extension_type, raw.body).ok();
                }
                rest = after;
            },
            Block::Values(values) => values
                .iter()
                .copied()
                .find(|e| e.extension_type() == extension_type),
        }
    }

    /// Whether there is an extension of this type.
    #[must_use]
    pub fn contains(&self, extension_type: ExtensionType) -> bool {
        self.types().any(|present| present == extension_type)
    }
}

impl<'a, E: Extension<'a>> Vector<'a> for Extensions<'a, E> {
    #[inline]
    fn from_content(content: &'a [u8]) -> Result<Self, DecodeError> {
        let mut seen = Seen::default();
        let mut rest = content;
        while !rest.is_empty() {
            let (after, raw) = RawExtension::parse(rest).map_err(unwrap_nom)?;
            if seen.repeats(raw.extension_type) {
                return Err(DecodeError::new(DecodeErrorKind::Duplicate));
            }
            E::from_body(raw.extension_type, raw.body)?;
            rest = after;
        }
        let block = Self {
            block: Block::Encoded(content),
        };
        if seen.is_full() && repeats_among_many(block.types()) {
            return Err(DecodeError::new(DecodeErrorKind::Duplicate));
        }
        Ok(block)
    }

    fn encode_content(&self, place: Place, out: &mut Writer) {
        match self.block {
            Block::Encoded(bytes) => out.put_slice(bytes),
            Block::Values(values) => {
                if repeats_among_many(self.types()) {
                    out.fail(EncodeError::new(place, EncodeErrorKind::Duplicate));
                }
                values.iter().for_each(|extension| extension.encode(out));
            }
        }
    }
}

/// The types seen so far in a block: cheap for all registered types and for a few others.
#[derive(Default)]
struct Seen {
    registered: u64,
    others: [u16; 16],
    count: usize,
}

impl Seen {
    /// Whether this type was here before; once full, types of 64 and more are not compared any more.
    #[inline]
    fn repeats(&mut self, ExtensionType(value): ExtensionType) -> bool {
        if value < 64 {
            let bit = 1u64.checked_shl(u32::from(value)).unwrap_or(0);
            let repeats = self.registered & bit != 0;
            self.registered |= bit;
            return repeats;
        }
        let repeats = self
            .others
            .iter()
            .take(self.count)
            .any(|other| *other == value);
        if let Some(free) = self.others.get_mut(self.count) {
            *free = value;
            self.count = self.count.saturating_add(1);
        }
        repeats
    }

    #[inline]
    const fn is_full(&self) -> bool {
        self.count == self.others.len()
    }
}

/// Whether a type appears twice, in time linear in their number: a hostile block has up to 16 383 of them.
#[cold]
fn repeats_among_many(types: impl Iterator<Item = ExtensionType>) -> bool {
    let mut seen = [0u64; 1024];
    for ExtensionType(value) in types {
        let (word, bit) = (
            usize::from(value >> 6),
            1u64.checked_shl(u32::from(value & 63)).unwrap_or(0),
        );
        let Some(word) = seen.get_mut(word) else {
            continue;
        };
        if *word & bit != 0 {
            return true;
        }
        *word |= bit;
    }
    false
}

impl<E> Clone for Extensions<'_, E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E> Copy for Extensions<'_, E> {}

impl<E> Clone for Block<'_, E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E> Copy for Block<'_, E> {}

/// The empty block.
impl<E> Default for Extensions<'_, E> {
    fn default() -> Self {
        Self {
            block: Block::Values(&[]),
        }
    }
}

impl<'a, E> From<&'a [E]> for Extensions<'a, E> {
    fn from(values: &'a [E]) -> Self {
        Self {
            block: Block::Values(values),
        }
    }
}

impl<'a, E, const N: usize> From<&'a [E; N]> for Extensions<'a, E> {
    fn from(values: &'a [E; N]) -> Self {
        Self {
            block: Block::Values(values),
        }
    }
}

impl<'a, E: Extension<'a> + PartialEq> PartialEq for Extensions<'a, E> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl<'a, E: Extension<'a> + Eq> Eq for Extensions<'a, E> {}

impl<'a, E: Extension<'a> + fmt::Debug> fmt::Debug for Extensions<'a, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<'a, E: Extension<'a>> IntoIterator for Extensions<'a, E> {
    type Item = E;
    type IntoIter = ExtensionsIter<'a, E>;

    #[inline]
    fn into_iter(self) -> ExtensionsIter<'a, E> {
        self.iter()
    }
}

impl<'a, E: Extension<'a>> IntoIterator for &Extensions<'a, E> {
    type Item = E;
    type IntoIter = ExtensionsIter<'a, E>;

    #[inline]
    fn into_iter(self) -> ExtensionsIter<'a, E> {
        self.iter()
    }
}

/// The extensions of a block, in their order.
pub struct ExtensionsIter<'a, E> {
    block: Block<'a, E>,
}

impl<E> fmt::Debug for ExtensionsIter<'_, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExtensionsIter").finish_non_exhaustive()
    }
}

impl<E> Clone for ExtensionsIter<'_, E> {
    fn clone(&self) -> Self {
        Self { block: self.block }
    }
}

impl<'a, E: Extension<'a>> Iterator for ExtensionsIter<'a, E> {
    type Item = E;

    #[inline]
    fn next(&mut self) -> Option<E> {
        match &mut self.block {
            Block::Encoded([]) => None,
            Block::Encoded(bytes) => {
                let (rest, raw) = RawExtension::parse(bytes).ok()?;
                *bytes = rest;
                E::from_body(raw.extension_type, raw.body).ok()
            }
            Block::Values(values) => {
                let (first, rest) = values.split_first()?;
                *values = rest;
                Some(*first)
            }
        }
    }
}

struct Types<'a, E> {
    block: Block<'a, E>,
}

impl<E> Clone for Types<'_, E> {
    fn clone(&self) -> Self {
        Self { block: self.block }
    }
}

impl<'a, E: Extension<'a>> Iterator for Types<'a, E> {
    type Item = ExtensionType;

    fn next(&mut self) -> Option<ExtensionType> {
        match &mut self.block {
            Block::Encoded(bytes) => {
                let (rest, raw) = RawExtension::parse(bytes).ok()?;
                *bytes = rest;
                Some(raw.extension_type)
            }
            Block::Values(values) => {
                let (first, rest) = values.split_first()?;
                *values = rest;
                Some(first.extension_type())
            }
        }
    }
}
