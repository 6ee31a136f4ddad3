//! HMAC (RFC 2104) with the key prepared once.

use alloc::boxed::Box;
use core::fmt;

use subtle::ConstantTimeEq;

use crate::compress::{Compress, MAX_BLOCK, State256, State384};
use crate::frame::{Aligned, Fold, Frame};
use crate::hash::Running;
use crate::{CryptoError, Digest, HashAlgorithm, Released, declassify, erasing_stack};

/// An HMAC key as the two chaining values that it amounts to; erased on drop.
///
/// Making one costs two compressions; then a MAC of a short message costs two more.
///
/// ```
/// use premaster_crypto::{HashAlgorithm, HmacKey};
///
/// let key = HmacKey::new(HashAlgorithm::Sha256, b"key");
/// let tag = key.sign(&[b"The quick brown fox ", b"jumps over the lazy dog"]);
/// assert_eq!(tag[..4], [0xf7, 0xbc, 0x83, 0xf4]);
/// key.verify(&[b"The quick brown fox jumps over the lazy dog"], &tag)?;
/// # Ok::<(), premaster_crypto::CryptoError>(())
/// ```
pub struct HmacKey(pub(crate) Function);

/// The key under its hash function.
///
/// Boxed, and made in its box: a variant that is smaller than another has padding behind it, and a
/// move copies into that padding whatever lay there, where nobody erases it.
pub(crate) enum Function {
    Sha256(Box<Keyed<State256>>),
    Sha384(Box<Keyed<State384>>),
}

impl HmacKey {
    /// Prepares `key`, of any length.
    pub fn new(algorithm: HashAlgorithm, key: &[u8]) -> Self {
        erasing_stack(|| Self::prepared(algorithm, key))
    }

    /// The same as a part of what erases the stack.
    pub(crate) fn prepared(algorithm: HashAlgorithm, key: &[u8]) -> Self {
        Self(match algorithm {
            HashAlgorithm::Sha256 => Function::Sha256(Keyed::boxed(key)),
            HashAlgorithm::Sha384 => Function::Sha384(Keyed::boxed(key)),
        })
    }

    /// The MAC of `parts`, one after the other.
    pub fn sign(&self, parts: &[&[u8]]) -> Digest {
        match &self.0 {
            Function::Sha256(key) => key.digest(parts),
            Function::Sha384(key) => key.digest(parts),
        }
    }

    /// Checks a MAC in constant time.
    ///
    /// # Errors
    /// [`CryptoError`] when `tag` is not the whole MAC of `parts`.
    pub fn verify(&self, parts: &[&[u8]], tag: &[u8]) -> Result<(), CryptoError> {
        if declassify(self.sign(parts).ct_eq(tag), Released::Fits) {
            Ok(())
        } else {
            Err(CryptoError)
        }
    }

    /// The hash function.
    pub fn algorithm(&self) -> HashAlgorithm {
        match &self.0 {
            Function::Sha256(_) => HashAlgorithm::Sha256,
            Function::Sha384(_) => HashAlgorithm::Sha384,
        }
    }
}

impl fmt::Debug for HmacKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HmacKey({:?})", self.algorithm())
    }
}

/// The chaining values after the padded key (RFC 2104 section 4).
pub(crate) struct Keyed<C: Compress> {
    /// Where the hash of every message starts.
    pub(crate) inner: C,
    /// Where the hash of that hash starts, which is the MAC.
    pub(crate) outer: C,
}

impl<C: Compress> Keyed<C> {
    /// Prepares `key`, of any length.
    #[inline]
    pub(crate) fn new(key: &[u8]) -> Self {
        let mut keyed = Self::empty();
        keyed.prepare(key);
        keyed
    }

    /// Prepares `key` where it will stay: nothing secret is copied there.
    pub(crate) fn boxed(key: &[u8]) -> Box<Self> {
        let mut keyed = Box::new(Self::empty());
        keyed.prepare(key);
        keyed
    }

    const fn empty() -> Self {
        Self {
            inner: C::INITIAL,
            outer: C::INITIAL,
        }
    }

    #[inline]
    fn prepare(&mut self, key: &[u8]) {
        let mut block = Aligned([0; MAX_BLOCK]);
        if key.len() <= C::BLOCK {
            block.0[..key.len()].copy_from_slice(key);
        } else {
            let mut hash = Running::new(C::INITIAL, 0);
            hash.update(key);
            let mut digest = hash.finish();
            digest.write(&mut block.0[..C::OUTPUT]);
            digest.wipe();
        }
        let block = &mut block.0[..C::BLOCK];
        block.iter_mut().for_each(|byte| *byte ^= 0x36);
        self.inner.compress(block);
        block.iter_mut().for_each(|byte| *byte ^= 0x36 ^ 0x5c);
        self.outer.compress(block);
    }

    /// Makes `state` the MAC of `parts`, still as a chaining value.
    #[inline]
    pub(crate) fn sign<'a>(&self, parts: impl Iterator<Item = &'a [u8]> + Clone, state: &mut C) {
        let mut frame = Frame::new();
        if parts.clone().all(|part| frame.put(part)) {
            frame.hash(&self.inner, state);
        } else {
            let mut hash = Running::new(self.inner.clone(), C::BLOCK as u64);
            parts.for_each(|part| hash.update(part));
            *state = hash.finish();
        }
        Fold::new().hash(&self.outer, state);
    }

    fn digest(&self, parts: &[&[u8]]) -> Digest {
        let mut state = C::INITIAL;
        self.sign(parts.iter().copied(), &mut state);
        Digest::of(&state)
    }
}

impl<C: Compress> Drop for Keyed<C> {
    fn drop(&mut self) {
        self.inner.wipe();
        self.outer.wipe();
    }
}
