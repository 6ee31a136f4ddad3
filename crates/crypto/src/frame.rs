//! Short messages laid out with their padding, so that a MAC is compressions and little else.

use core::marker::PhantomData;

use crate::compress::{Compress, MAX_BLOCK};
use crate::secret::wipe;

/// The longest text that a frame takes: what one block of SHA-384 holds beside its padding.
const MAX_TEXT: usize = 111;

/// A text with room for a hash value in front, laid out once for all the messages made of it.
///
/// ```text
/// 0            OUTPUT
/// | hash value | text | 80 00 .. 00 length |   after a hash value: the outputs of PRF and HKDF
///              | text | 80 00 .. 00 length |   alone: A(1) of the PRF, T(1) of HKDF, a short MAC
/// ```
///
/// The two share everything but the place and value of the length at their ends. Both come after
/// the padded key, which is one block and counts in the length.
pub(crate) struct Frame<C> {
    bytes: Aligned<{ 2 * MAX_BLOCK }>,
    end: usize,
    function: PhantomData<C>,
}

impl<C: Compress> Frame<C> {
    /// A frame without a text.
    #[inline]
    pub(crate) fn new() -> Self {
        Self {
            bytes: Aligned([0; 2 * MAX_BLOCK]),
            end: C::OUTPUT,
            function: PhantomData,
        }
    }

    /// Appends `part` to the text; false when that would make it too long.
    #[inline]
    pub(crate) fn put(&mut self, part: &[u8]) -> bool {
        let end = self.end + part.len();
        if end > C::OUTPUT + MAX_TEXT {
            return false;
        }
        self.bytes.0[self.end..end].copy_from_slice(part);
        self.end = end;
        true
    }

    /// Replaces the last byte of the text, which is not empty.
    pub(crate) fn replace_last(&mut self, byte: u8) {
        self.bytes.0[self.end - 1] = byte;
    }

    /// Makes `state` the chaining value `key` after the text alone.
    #[inline]
    pub(crate) fn hash(&mut self, key: &C, state: &mut C) {
        self.compress(C::OUTPUT, key, state);
    }

    /// Makes `state` the chaining value `key` after the hash value of `first`, and the text.
    #[inline]
    pub(crate) fn hash_after(&mut self, first: &C, key: &C, state: &mut C) {
        first.write(&mut self.bytes.0[..C::OUTPUT]);
        self.compress(0, key, state);
    }

    #[inline]
    fn compress(&mut self, start: usize, key: &C, state: &mut C) {
        let text = self.end - start;
        let end = start + (text + 1 + C::LENGTH_FIELD).next_multiple_of(C::BLOCK);
        let bits = 8 * (C::BLOCK + text) as u64;
        self.bytes.0[self.end] = 0x80;
        self.bytes.0[end - 8..end].copy_from_slice(&bits.to_be_bytes());
        state.clone_from(key);
        state.compress(&self.bytes.0[start..end]);
        self.bytes.0[end - 8..end].fill(0);
    }
}

/// A hash value after a padded key, laid out in the one block that it takes.
///
/// Both halves of an HMAC over a hash value end in it, so one padding serves all of them.
pub(crate) struct Fold<C> {
    block: Aligned<MAX_BLOCK>,
    function: PhantomData<C>,
}

impl<C: Compress> Fold<C> {
    #[inline]
    pub(crate) fn new() -> Self {
        Self {
            block: Aligned(C::FOLD),
            function: PhantomData,
        }
    }

    /// Makes `state` the chaining value `key` after the hash value that `state` was.
    ///
    /// In place: a state that is returned is copied, and the next compression waits for the copy.
    #[inline]
    pub(crate) fn hash(&mut self, key: &C, state: &mut C) {
        state.write(&mut self.block.0[..C::OUTPUT]);
        state.clone_from(key);
        state.compress(&self.block.0[..C::BLOCK]);
    }
}

/// Bytes that begin at a cache line, erased on drop.
///
/// A compression loads what was just stored. That is slow when the store crossed a line, and
/// without the alignment it would depend on the depth of the stack whether one does.
#[repr(align(64))]
pub(crate) struct Aligned<const N: usize>(pub(crate) [u8; N]);

impl<const N: usize> Drop for Aligned<N> {
    fn drop(&mut self) {
        wipe(&mut self.0);
    }
}
