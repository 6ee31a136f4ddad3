//! SHA-256 and SHA-384 (FIPS 180-4): at once, or running over a transcript.

use core::fmt;
use core::ops::Deref;

use subtle::ConstantTimeEq;

use crate::compress::{Compress, MAX_BLOCK, MAX_OUTPUT, State256, State384};
use crate::secret::wipe;
use crate::{Released, declassify};

/// The hash functions of the cipher suites.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HashAlgorithm {
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
}

impl HashAlgorithm {
    /// Bytes in a hash value.
    pub const fn output_len(self) -> usize {
        match self {
            Self::Sha256 => State256::OUTPUT,
            Self::Sha384 => State384::OUTPUT,
        }
    }

    /// Bytes in a block; a longer HMAC key is hashed first.
    pub const fn block_len(self) -> usize {
        match self {
            Self::Sha256 => State256::BLOCK,
            Self::Sha384 => State384::BLOCK,
        }
    }

    /// The hash value of `parts`, one after the other.
    pub fn hash(self, parts: &[&[u8]]) -> Digest {
        let mut hash = Hash::new(self);
        for part in parts {
            hash.update(part);
        }
        hash.current()
    }
}

/// A hash value or a MAC: public bytes, up to 64 of them, held inline; compared in constant time.
#[derive(Clone, Copy)]
pub struct Digest {
    bytes: [u8; MAX_OUTPUT],
    len: usize,
}

impl Digest {
    /// Has `C` write its hash value.
    pub(crate) fn of<C: Compress>(state: &C) -> Self {
        let mut bytes = [0; MAX_OUTPUT];
        state.write(&mut bytes[..C::OUTPUT]);
        Self {
            bytes,
            len: C::OUTPUT,
        }
    }
}

impl AsRef<[u8]> for Digest {
    fn as_ref(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

impl Deref for Digest {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.as_ref()
    }
}

impl PartialEq for Digest {
    fn eq(&self, other: &Self) -> bool {
        declassify(self.ct_eq(other), Released::Equal)
    }
}

impl Eq for Digest {}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digest(")?;
        for byte in self.as_ref() {
            write!(f, "{byte:02x}")?;
        }
        f.write_str(")")
    }
}

/// A running hash that can be asked for its current value and go on: a transcript hash.
///
/// ```
/// use premaster_crypto::{Hash, HashAlgorithm};
///
/// let mut transcript = Hash::new(HashAlgorithm::Sha256);
/// transcript.update(b"ClientHello");
/// let first = transcript.current();
/// transcript.update(b"ServerHello");
/// assert_eq!(first, HashAlgorithm::Sha256.hash(&[b"ClientHello"]));
/// assert_eq!(transcript.current(), HashAlgorithm::Sha256.hash(&[b"ClientHello", b"ServerHello"]));
/// ```
#[derive(Clone)]
pub struct Hash(Function);

#[derive(Clone)]
enum Function {
    Sha256(Running<State256>),
    Sha384(Running<State384>),
}

impl Hash {
    /// A hash of nothing yet.
    pub fn new(algorithm: HashAlgorithm) -> Self {
        Self(match algorithm {
            HashAlgorithm::Sha256 => Function::Sha256(Running::new(State256::INITIAL, 0)),
            HashAlgorithm::Sha384 => Function::Sha384(Running::new(State384::INITIAL, 0)),
        })
    }

    /// Appends `data`.
    pub fn update(&mut self, data: &[u8]) {
        match &mut self.0 {
            Function::Sha256(running) => running.update(data),
            Function::Sha384(running) => running.update(data),
        }
    }

    /// The hash value of all that was appended so far.
    pub fn current(&self) -> Digest {
        match &self.0 {
            Function::Sha256(running) => Digest::of(&running.clone().finish()),
            Function::Sha384(running) => Digest::of(&running.clone().finish()),
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

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({:?})", self.algorithm())
    }
}

/// A chaining value and the bytes that do not fill a block yet.
#[derive(Clone)]
pub(crate) struct Running<C: Compress> {
    pub(crate) state: C,
    pub(crate) block: [u8; MAX_BLOCK],
    pub(crate) filled: usize,
    pub(crate) total: u64,
}

impl<C: Compress> Running<C> {
    /// Goes on from `state`, which has absorbed `total` bytes: a multiple of the block length.
    pub(crate) fn new(state: C, total: u64) -> Self {
        Self {
            state,
            block: [0; MAX_BLOCK],
            filled: 0,
            total,
        }
    }

    /// Appends `data`.
    pub(crate) fn update(&mut self, mut data: &[u8]) {
        self.total += data.len() as u64;
        if self.filled > 0 {
            let (head, tail) = data.split_at(data.len().min(C::BLOCK - self.filled));
            self.keep(head);
            if self.filled < C::BLOCK {
                return;
            }
            self.state.compress(&self.block[..C::BLOCK]);
            self.filled = 0;
            data = tail;
        }
        let (blocks, rest) = data.split_at(data.len() - data.len() % C::BLOCK);
        if !blocks.is_empty() {
            self.state.compress(blocks);
        }
        self.keep(rest);
    }

    /// The chaining value after the padding of FIPS 180-4 section 5.1.
    pub(crate) fn finish(mut self) -> C {
        self.block[self.filled] = 0x80;
        self.block[self.filled + 1..].fill(0);
        if self.filled + 1 + C::LENGTH_FIELD > C::BLOCK {
            self.state.compress(&self.block[..C::BLOCK]);
            self.block.fill(0);
        }
        self.block[C::BLOCK - 8..C::BLOCK].copy_from_slice(&(self.total * 8).to_be_bytes());
        self.state.compress(&self.block[..C::BLOCK]);
        self.state.clone()
    }

    fn keep(&mut self, bytes: &[u8]) {
        self.block[self.filled..self.filled + bytes.len()].copy_from_slice(bytes);
        self.filled += bytes.len();
    }
}

impl<C: Compress> Drop for Running<C> {
    fn drop(&mut self) {
        self.state.wipe();
        wipe(&mut self.block);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;
    use sha2::Digest as _;

    /// Against the hashers of `sha2`, which pad for themselves.
    #[test]
    fn every_length_and_split_gives_the_hash_of_the_whole() {
        let data: Vec<u8> = (0..=255).cycle().take(300).collect();
        for len in 0..=data.len() {
            let data = &data[..len];
            let (head, tail) = data.split_at(len / 3);
            let sha256 = HashAlgorithm::Sha256.hash(&[head, tail]);
            assert_eq!(sha256[..], sha2::Sha256::digest(data)[..], "{len}");
            let sha384 = HashAlgorithm::Sha384.hash(&[head, tail]);
            assert_eq!(sha384[..], sha2::Sha384::digest(data)[..], "{len}");
        }
    }

    #[test]
    fn a_running_hash_goes_on_after_it_was_asked() {
        for algorithm in [HashAlgorithm::Sha256, HashAlgorithm::Sha384] {
            let (mut asked, mut seen) = (Hash::new(algorithm), Vec::new());
            for piece in 0..40 {
                let piece = [piece; 17];
                asked.update(&piece);
                seen.extend_from_slice(&piece);
                assert_eq!(asked.current(), algorithm.hash(&[&seen]));
                assert_eq!(asked.clone().current(), asked.current());
            }
        }
    }
}
