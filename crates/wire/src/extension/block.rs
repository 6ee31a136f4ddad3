//! [`Extensions`]: a block of extensions, and the envelope of each (RFC 8446 section 4.2).

use core::fmt;

use super::duplicates::{Seen, repeats_among_many};
use crate::code_point::ExtensionType;
use crate::codec::{
    Decode, DecodeError, DecodeErrorKind, Encode, EncodeError, EncodeErrorKind, Parsed, Place,
    Vector, Writer, refuse, unwrap_nom,
};

/// One extension as a message of one kind may carry it.
pub trait Extension<'a>: Decode<'a> + Encode + Copy {
    /// Checks the body of an extension of this type, all of it.
    ///
    /// # Errors
    /// A known type whose body is not what its RFC describes.
    fn validate(extension_type: ExtensionType, body: &'a [u8]) -> Result<(), DecodeError>;

    /// Reads a body that [`validate`](Self::validate) has accepted.
    fn from_valid(extension_type: ExtensionType, body: &'a [u8]) -> Self;

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
        // One look at the four bytes, and the length not by way of the type: the next extension waits for it.
        let Some(([type_high, type_low, length_high, length_low], rest)) =
            input.split_first_chunk()
        else {
            return refuse(DecodeErrorKind::Truncated);
        };
        match rest.split_at_checked(u16::from_be_bytes([*length_high, *length_low]).into()) {
            Some((body, rest)) => {
                let extension_type = ExtensionType(u16::from_be_bytes([*type_high, *type_low]));
                Ok((
                    rest,
                    Self {
                        extension_type,
                        body,
                    },
                ))
            }
            None => refuse(DecodeErrorKind::Truncated),
        }
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
                    return Some(E::from_valid(extension_type, raw.body));
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
            E::validate(raw.extension_type, raw.body)?;
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

    #[inline]
    fn from_valid(content: &'a [u8]) -> Self {
        Self {
            block: Block::Encoded(content),
        }
    }

    fn encode_content(&self, place: &'static Place, out: &mut Writer) {
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

    // Inlined so that a caller's loop keeps its position in registers.
    #[inline(always)]
    fn next(&mut self) -> Option<E> {
        match &mut self.block {
            Block::Encoded([]) => None,
            Block::Encoded(bytes) => {
                let (rest, raw) = RawExtension::parse(bytes).ok()?;
                *bytes = rest;
                Some(E::from_valid(raw.extension_type, raw.body))
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

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;
    use crate::ClientHelloExtension;

    type Block<'a> = Extensions<'a, ClientHelloExtension<'a>>;

    /// Extensions of these types, all empty.
    fn block(types: impl IntoIterator<Item = u16>) -> Vec<u8> {
        types
            .into_iter()
            .flat_map(|value| [value.to_be_bytes(), [0, 0]])
            .flatten()
            .collect()
    }

    #[test]
    fn only_the_wanted_extension_is_found() {
        let bytes = block([22, 0x4444, 23]);
        let extensions = Block::from_content(&bytes).unwrap();
        assert!(extensions.encrypt_then_mac() && extensions.extended_master_secret());
        assert!(!extensions.early_data());
        assert_eq!(
            extensions
                .find(ExtensionType(0x4444))
                .map(|e| e.extension_type().0),
            Some(0x4444)
        );
        assert_eq!(extensions.find(ExtensionType::key_share), None);
        assert_eq!(
            extensions.types().map(|t| t.0).collect::<Vec<_>>(),
            [22, 0x4444, 23]
        );
    }

    #[test]
    fn decoded_and_built_blocks_are_equal() {
        let values = [
            ClientHelloExtension::EncryptThenMac,
            ClientHelloExtension::RecordSizeLimit(64),
        ];
        let built = Extensions::from(&values);
        let decoded = [0, 22, 0, 0, 0, 28, 0, 2, 0, 64];
        assert_eq!(Block::from_content(&decoded).unwrap(), built);
        assert_ne!(Block::from_content(&decoded[..4]).unwrap(), built);
    }

    #[test]
    fn a_type_that_appears_twice_is_refused_wherever_it_is() {
        let unknown = (0x8000..0x8000 + 40).collect::<Vec<u16>>();
        assert!(Block::from_content(&block(unknown.iter().copied())).is_ok());
        for twice in [
            22,
            63,
            64,
            0x4444,
            0x8000,
            0x8000 + 15,
            0x8000 + 16,
            0x8000 + 39,
        ] {
            let with = |at: usize| {
                let mut types = unknown.clone();
                types.retain(|value| *value != twice);
                types.insert(at, twice);
                types.push(twice);
                block(types)
            };
            let few = block([twice, 0x1234, twice]);
            let kind = Block::from_content(&few)
                .map(|_| ())
                .map_err(|error| error.kind());
            assert_eq!(kind, Err(DecodeErrorKind::Duplicate), "{twice}");
            for at in [0, 10, 39] {
                // Types without a body of their own, so that nothing else is wrong.
                let bytes = with(at);
                let kind = Block::from_content(&bytes)
                    .map(|_| ())
                    .map_err(|error| error.kind());
                assert_eq!(kind, Err(DecodeErrorKind::Duplicate), "{twice} at {at}");
            }
        }
    }

    #[test]
    fn a_block_is_empty_without_extensions_only() {
        let bytes = block([23]);
        for (content, empty) in [(&bytes[..], false), (&[], true)] {
            let decoded = Extensions::<ClientHelloExtension<'_>>::from_content(content).unwrap();
            assert_eq!(decoded.is_empty(), empty);
        }
        let one = [ClientHelloExtension::EncryptThenMac];
        assert!(!Extensions::from(&one).is_empty());
        assert_ne!(Extensions::from(&one), Extensions::default());
    }

    /// The largest block that a peer can send has so many; comparing each with each would be a gift to it.
    #[test]
    #[cfg_attr(miri, ignore = "about cost, which Miri multiplies")]
    fn sixteen_thousand_types_are_compared_without_quadratic_cost() {
        let types = (0x2000..0x2000 + 16_383).collect::<Vec<u16>>();
        let bytes = block(types.iter().copied());
        assert!(Block::from_content(&bytes).is_ok());
        let last_again = [&bytes[..bytes.len() - 4], &bytes[..4]].concat();
        assert_eq!(
            Block::from_content(&last_again).unwrap_err().kind(),
            DecodeErrorKind::Duplicate
        );
    }

    #[test]
    fn a_type_that_appears_twice_is_not_encoded() {
        let values = [
            ClientHelloExtension::EncryptThenMac,
            ClientHelloExtension::EncryptThenMac,
        ];
        let mut out = Writer::new();
        Extensions::from(&values)
            .encode_content(const { &Place::new("ClientHello", "extensions") }, &mut out);
        assert_eq!(
            alloc::format!("{}", out.finish().unwrap_err()),
            "ClientHello.extensions: Duplicate"
        );
    }
}
