//! HMAC (RFC 2104) with the key prepared once.

use core::fmt;
use core::marker::PhantomData;

use subtle::ConstantTimeEq;

use crate::compress::{Compress, MAX_BLOCK, State256, State384};
use crate::hash::Running;
use crate::secret::wipe;
use crate::{CryptoError, Digest, HashAlgorithm};

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

pub(crate) enum Function {
    Sha256(Keyed<State256>),
    Sha384(Keyed<State384>),
}

impl HmacKey {
    /// Prepares `key`, of any length.
    pub fn new(algorithm: HashAlgorithm, key: &[u8]) -> Self {
        Self(match algorithm {
            HashAlgorithm::Sha256 => Function::Sha256(Keyed::new(key)),
            HashAlgorithm::Sha384 => Function::Sha384(Keyed::new(key)),
        })
    }

    /// The MAC of `parts`, one after the other.
    pub fn sign(&self, parts: &[&[u8]]) -> Digest {
        match &self.0 {
            Function::Sha256(key) => Digest::of(&key.sign(parts.iter().copied())),
            Function::Sha384(key) => Digest::of(&key.sign(parts.iter().copied())),
        }
    }

    /// Checks a MAC in constant time.
    ///
    /// # Errors
    /// [`CryptoError`] when `tag` is not the whole MAC of `parts`.
    pub fn verify(&self, parts: &[&[u8]], tag: &[u8]) -> Result<(), CryptoError> {
        if self.sign(parts).ct_eq(tag).into() {
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

/// The chaining values after the padded key: RFC 2104 section 4.
pub(crate) struct Keyed<C: Compress> {
    inner: C,
    outer: C,
}

impl<C: Compress> Keyed<C> {
    fn new(key: &[u8]) -> Self {
        let mut block = [0; MAX_BLOCK];
        if key.len() <= C::BLOCK {
            block[..key.len()].copy_from_slice(key);
        } else {
            let mut hash = Running::new(C::INITIAL, 0);
            hash.update(key);
            let mut digest = hash.finish();
            digest.write(&mut block[..C::OUTPUT]);
            digest.wipe();
        }
        let mut keyed = Self {
            inner: C::INITIAL,
            outer: C::INITIAL,
        };
        block.iter_mut().for_each(|byte| *byte ^= 0x36);
        keyed.inner.compress(&block[..C::BLOCK]);
        block.iter_mut().for_each(|byte| *byte ^= 0x36 ^ 0x5c);
        keyed.outer.compress(&block[..C::BLOCK]);
        wipe(&mut block);
        keyed
    }

    /// The MAC, still as a chaining value.
    pub(crate) fn sign<'a>(&self, parts: impl IntoIterator<Item = &'a [u8]>) -> C {
        let mut hash = Running::new(self.inner.clone(), C::BLOCK as u64);
        for part in parts {
            hash.update(part);
        }
        let mut inner = hash.finish();
        let mac = Short::new().absorb(&self.outer, &inner);
        inner.wipe();
        mac
    }

    /// The chaining value that every message starts from.
    pub(crate) fn inner(&self) -> &C {
        &self.inner
    }

    /// The chaining value that turns a hashed message into its MAC.
    pub(crate) fn outer(&self) -> &C {
        &self.outer
    }
}

impl<C: Compress> Drop for Keyed<C> {
    fn drop(&mut self) {
        self.inner.wipe();
        self.outer.wipe();
    }
}

/// The last block of a message that is one padded key and one hash value long.
///
/// Both halves of an HMAC over a hash value end in it, so one padding serves all of them.
pub(crate) struct Short<C> {
    block: [u8; MAX_BLOCK],
    function: PhantomData<C>,
}

impl<C: Compress> Short<C> {
    #[inline]
    pub(crate) fn new() -> Self {
        let mut block = [0; MAX_BLOCK];
        block[C::OUTPUT] = 0x80;
        let bits = 8 * (C::BLOCK + C::OUTPUT) as u64;
        block[C::BLOCK - 8..C::BLOCK].copy_from_slice(&bits.to_be_bytes());
        Self {
            block,
            function: PhantomData,
        }
    }

    /// The chaining value `key` after absorbing the hash value that `value` stands for.
    #[inline]
    pub(crate) fn absorb(&mut self, key: &C, value: &C) -> C {
        value.write(&mut self.block[..C::OUTPUT]);
        let mut state = key.clone();
        state.compress(&self.block[..C::BLOCK]);
        state
    }
}

impl<C> Drop for Short<C> {
    fn drop(&mut self) {
        wipe(&mut self.block);
    }
}
