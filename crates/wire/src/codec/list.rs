//! [`List`]: the elements of a vector, read when they are wanted.

use core::fmt;

use super::decode::{Decode, unwrap_nom};
use super::encode::{Encode, Writer};
use super::error::{DecodeError, DecodeErrorKind, Place};
use super::vector::Vector;

/// A sequence of values: a view of encoded bytes, or of a slice of values that will be encoded.
///
/// Decoding checks every element once and allocates nothing; iterating reads the elements again from the
/// bytes. Lists are equal if their elements are.
///
/// ```
/// use premaster_wire::{List, NamedGroup};
///
/// let groups = List::from(&[NamedGroup::x25519, NamedGroup::secp256r1]);
/// assert!(groups.contains(&NamedGroup::secp256r1));
/// assert_eq!(groups.iter().next(), Some(NamedGroup::x25519));
/// ```
pub struct List<'a, T> {
    elements: Elements<'a, T>,
}

enum Elements<'a, T> {
    Encoded(&'a [u8]),
    Values(&'a [T]),
}

impl<'a, T: Decode<'a> + Copy> List<'a, T> {
    /// The elements in their order.
    #[inline]
    #[must_use]
    pub const fn iter(&self) -> ListIter<'a, T> {
        ListIter {
            elements: self.elements,
        }
    }

    /// Whether there is no element.
    #[inline]
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        match self.elements {
            Elements::Encoded(bytes) => bytes.is_empty(),
            Elements::Values(values) => values.is_empty(),
        }
    }

    /// How many elements there are; counted by reading them if their size varies.
    #[must_use]
    pub fn len(&self) -> usize {
        match (self.elements, T::SIZE) {
            (Elements::Values(values), _) => values.len(),
            (Elements::Encoded(bytes), Some(size)) => bytes.len().checked_div(size).unwrap_or(0),
            (Elements::Encoded(_), None) => self.iter().count(),
        }
    }

    /// Whether `element` is among them.
    #[must_use]
    pub fn contains(&self, element: &T) -> bool
    where
        T: PartialEq,
    {
        self.iter().any(|e| e == *element)
    }

    /// The encoded elements, if this list was decoded.
    #[must_use]
    pub const fn encoded(&self) -> Option<&'a [u8]> {
        match self.elements {
            Elements::Encoded(bytes) => Some(bytes),
            Elements::Values(_) => None,
        }
    }
}

impl<'a, T: Decode<'a> + Encode + Copy> Vector<'a> for List<'a, T> {
    #[inline]
    fn from_content(content: &'a [u8]) -> Result<Self, DecodeError> {
        match T::SIZE {
            Some(size) if content.len().checked_rem(size) != Some(0) => {
                return Err(DecodeError::new(DecodeErrorKind::Length));
            }
            Some(_) => {}
            None => validate::<T>(content)?,
        }
        Ok(Self {
            elements: Elements::Encoded(content),
        })
    }

    #[inline]
    fn from_valid(content: &'a [u8]) -> Self {
        Self {
            elements: Elements::Encoded(content),
        }
    }

    fn encode_content(&self, _: &'static Place, out: &mut Writer) {
        match self.elements {
            Elements::Encoded(bytes) => out.put_slice(bytes),
            Elements::Values(values) => values.iter().for_each(|value| value.encode(out)),
        }
    }
}

#[inline]
fn validate<'a, T: Decode<'a>>(content: &'a [u8]) -> Result<(), DecodeError> {
    let mut rest = content;
    while !rest.is_empty() {
        let before = rest.len();
        (rest, _) = T::parse(rest).map_err(unwrap_nom)?;
        // An element without bytes would repeat for ever.
        if rest.len() == before {
            return Err(DecodeError::new(DecodeErrorKind::Length));
        }
    }
    Ok(())
}

impl<T> Clone for List<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for List<'_, T> {}

impl<T> Clone for Elements<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Elements<'_, T> {}

impl<T> Default for List<'_, T> {
    fn default() -> Self {
        Self {
            elements: Elements::Values(&[]),
        }
    }
}

impl<'a, T> From<&'a [T]> for List<'a, T> {
    fn from(values: &'a [T]) -> Self {
        Self {
            elements: Elements::Values(values),
        }
    }
}

impl<'a, T, const N: usize> From<&'a [T; N]> for List<'a, T> {
    fn from(values: &'a [T; N]) -> Self {
        Self {
            elements: Elements::Values(values),
        }
    }
}

impl<'a, T: Decode<'a> + Copy + PartialEq> PartialEq for List<'a, T> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl<'a, T: Decode<'a> + Copy + Eq> Eq for List<'a, T> {}

impl<'a, T: Decode<'a> + Copy + fmt::Debug> fmt::Debug for List<'a, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<'a, T: Decode<'a> + Copy> IntoIterator for List<'a, T> {
    type Item = T;
    type IntoIter = ListIter<'a, T>;

    #[inline]
    fn into_iter(self) -> ListIter<'a, T> {
        self.iter()
    }
}

impl<'a, T: Decode<'a> + Copy> IntoIterator for &List<'a, T> {
    type Item = T;
    type IntoIter = ListIter<'a, T>;

    #[inline]
    fn into_iter(self) -> ListIter<'a, T> {
        self.iter()
    }
}

/// The elements of a [`List`], in their order.
pub struct ListIter<'a, T> {
    elements: Elements<'a, T>,
}

impl<T> fmt::Debug for ListIter<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ListIter").finish_non_exhaustive()
    }
}

impl<T> Clone for ListIter<'_, T> {
    fn clone(&self) -> Self {
        Self {
            elements: self.elements,
        }
    }
}

impl<'a, T: Decode<'a> + Copy> Iterator for ListIter<'a, T> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        match &mut self.elements {
            Elements::Encoded([]) => None,
            Elements::Encoded(bytes) => {
                let (rest, element) = T::reparse(bytes).ok()?;
                *bytes = rest;
                Some(element)
            }
            Elements::Values(values) => {
                let (first, rest) = values.split_first()?;
                *values = rest;
                Some(*first)
            }
        }
    }

    /// Sums, counts and searches end here: nothing is written back between two elements.
    #[inline]
    fn fold<B, F: FnMut(B, T) -> B>(self, init: B, mut f: F) -> B {
        match self.elements {
            Elements::Encoded(mut bytes) => {
                let mut all = init;
                while !bytes.is_empty() {
                    let Ok((rest, element)) = T::reparse(bytes) else {
                        break;
                    };
                    all = f(all, element);
                    bytes = rest;
                }
                all
            }
            Elements::Values(values) => values.iter().copied().fold(init, f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decoded_and_built_lists_are_equal() {
        let decoded = List::<u16>::from_content(&[0, 1, 0, 2]).unwrap();
        let built = List::from(&[1u16, 2]);
        assert_eq!(decoded, built);
        assert_eq!((decoded.len(), built.len()), (2, 2));
        assert_eq!(decoded.iter().collect::<alloc::vec::Vec<_>>(), [1, 2]);
    }

    #[test]
    fn lists_differ_by_any_element_and_by_their_length() {
        let list = List::<u16>::from_content(&[0, 1, 0, 2]).unwrap();
        for other in [&[][..], &[1], &[2, 1], &[1, 2, 3], &[1, 3]] {
            assert_ne!(list, List::from(other), "{other:?}");
        }
    }

    #[test]
    fn a_list_contains_its_elements_and_no_others() {
        let decoded = List::<u16>::from_content(&[0, 1, 0, 2]).unwrap();
        for list in [decoded, List::from(&[1, 2])] {
            assert!(!list.is_empty() && list.contains(&1) && list.contains(&2));
            assert!(!list.contains(&3));
        }
        for list in [List::from_content(&[]).unwrap(), List::<u16>::default()] {
            assert!(list.is_empty() && !list.contains(&0));
        }
    }

    #[test]
    fn elements_of_one_size_must_fill_the_list() {
        assert_eq!(
            List::<u16>::from_content(&[0, 1, 0]).unwrap_err().kind(),
            DecodeErrorKind::Length
        );
    }

    #[test]
    fn elements_without_bytes_are_refused() {
        assert_eq!(
            List::<()>::from_content(&[0]).unwrap_err().kind(),
            DecodeErrorKind::Length
        );
    }
}
