//! The compression functions of SHA-2 (FIPS 180-4 section 6), as states that absorb blocks.
//!
//! Everything else here is padding around them: [`Hash`](crate::Hash), HMAC, PRF, HKDF, and
//! [hashes of a hidden length](crate::hidden).

use sha2::block_api::{compress256, compress512};

use crate::secret::wipe;

/// The largest block of any [`Compress`], in bytes.
pub const MAX_BLOCK: usize = 128;
/// The largest output, in bytes.
pub(crate) const MAX_OUTPUT: usize = 64;

/// A chaining value, and the sizes of the hash function that it belongs to.
///
/// For a hash function of the SHA family: its padding is a bit, zeros, and the length in bits, big endian.
pub trait Compress: Clone {
    /// The chaining value before the first block (FIPS 180-4 section 5.3).
    const INITIAL: Self;
    /// Bytes in a block: a power of two, at most [`MAX_BLOCK`].
    const BLOCK: usize;
    /// Bytes in the hash value.
    const OUTPUT: usize;
    /// Bytes of the message length that end the padding (FIPS 180-4 section 5.1).
    const LENGTH_FIELD: usize;

    /// The last block of one padded key and one hash value, with zeros for the hash value.
    const FOLD: [u8; MAX_BLOCK] = fold(Self::BLOCK, Self::OUTPUT);

    /// Absorbs whole blocks; what does not fill a block at the end is not looked at.
    fn compress(&mut self, blocks: &[u8]);

    /// Writes the hash value to the first [`OUTPUT`](Self::OUTPUT) bytes of `out`.
    fn write(&self, out: &mut [u8]);

    /// Fills `out`, which is no longer than the hash value, with the beginning of it.
    #[inline]
    fn write_prefix(&self, out: &mut [u8]) {
        if out.len() == Self::OUTPUT {
            return self.write(out);
        }
        let mut bytes = [0; MAX_OUTPUT];
        self.write(&mut bytes[..Self::OUTPUT]);
        out.copy_from_slice(&bytes[..out.len()]);
        wipe(&mut bytes);
    }

    /// Erases the chaining value.
    fn wipe(&mut self);
}

/// SHA-256.
#[derive(Clone)]
#[allow(
    missing_debug_implementations,
    reason = "a chaining value may be secret"
)]
pub struct State256([u32; 8]);

impl Compress for State256 {
    const INITIAL: Self = Self([
        0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab,
        0x5be0cd19,
    ]);
    const BLOCK: usize = 64;
    const OUTPUT: usize = 32;
    const LENGTH_FIELD: usize = 8;

    #[inline]
    fn compress(&mut self, blocks: &[u8]) {
        compress256(&mut self.0, blocks.as_chunks().0);
    }

    #[inline]
    fn write(&self, out: &mut [u8]) {
        for (bytes, word) in out.as_chunks_mut().0.iter_mut().zip(self.0) {
            *bytes = word.to_be_bytes();
        }
    }

    fn wipe(&mut self) {
        self.0 = [0; 8];
        zeroize::optimization_barrier(&self.0);
    }
}

/// SHA-384: SHA-512 from another start, cut to 48 bytes.
#[derive(Clone)]
#[allow(
    missing_debug_implementations,
    reason = "a chaining value may be secret"
)]
pub struct State384([u64; 8]);

impl Compress for State384 {
    const INITIAL: Self = Self([
        0xcbbb9d5dc1059ed8,
        0x629a292a367cd507,
        0x9159015a3070dd17,
        0x152fecd8f70e5939,
        0x67332667ffc00b31,
        0x8eb44a8768581511,
        0xdb0c2e0d64f98fa7,
        0x47b5481dbefa4fa4,
    ]);
    const BLOCK: usize = 128;
    const OUTPUT: usize = 48;
    const LENGTH_FIELD: usize = 16;

    #[inline]
    fn compress(&mut self, blocks: &[u8]) {
        compress512(&mut self.0, blocks.as_chunks().0);
    }

    #[inline]
    fn write(&self, out: &mut [u8]) {
        for (bytes, word) in out.as_chunks_mut().0.iter_mut().zip(&self.0[..6]) {
            *bytes = word.to_be_bytes();
        }
    }

    fn wipe(&mut self) {
        self.0 = [0; 8];
        zeroize::optimization_barrier(&self.0);
    }
}

const fn fold(block: usize, output: usize) -> [u8; MAX_BLOCK] {
    let mut bytes = [0; MAX_BLOCK];
    bytes[output] = 0x80;
    let [.., high, low] = (8 * (block + output)).to_be_bytes();
    bytes[block - 2] = high;
    bytes[block - 1] = low;
    bytes
}
