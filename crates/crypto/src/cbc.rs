//! CBC encryption with HMAC, as TLS 1.2 protects records with it (RFC 5246 section 6.2.3.2).
//!
//! Three attacks live between decryption, padding and MAC: padding oracles, POODLE, Lucky 13. So all
//! of it is one operation behind one trait, and what calls it only learns 'good' or 'bad'.

use alloc::boxed::Box;
use core::fmt::Debug;
use core::ops::Range;

use crate::{CryptoError, DirectionKeys};

/// A block cipher and a MAC: what protects the records of a CBC suite.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CbcAlgorithm {
    /// The block cipher.
    pub cipher: BlockCipher,
    /// The MAC of the records. The PRF's hash is the suite's.
    pub mac: MacAlgorithm,
}

impl CbcAlgorithm {
    /// Bytes of a block, and so of an initialisation vector.
    pub const BLOCK: usize = 16;

    /// How many records one key may protect.
    ///
    /// Blocks of 128 bits begin to repeat after 2^64; 2^32 full records are 2^42 blocks, which leaves an
    /// attacker a chance of about 2^-45.
    pub const fn confidentiality_limit(self) -> u64 {
        1 << 32
    }
}

/// The block ciphers of the CBC suites.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BlockCipher {
    /// AES with a key of 128 bits.
    Aes128,
    /// AES with a key of 256 bits.
    Aes256,
}

impl BlockCipher {
    /// Bytes in a key.
    pub const fn key_len(self) -> usize {
        match self {
            Self::Aes128 => 16,
            Self::Aes256 => 32,
        }
    }
}

/// The MACs of the CBC suites.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MacAlgorithm {
    /// HMAC with SHA-1.
    HmacSha1,
    /// HMAC with SHA-256.
    HmacSha256,
    /// HMAC with SHA-384.
    HmacSha384,
}

impl MacAlgorithm {
    /// Bytes in a MAC, and in its key (RFC 5246 section 6.2.1).
    pub const fn output_len(self) -> usize {
        match self {
            Self::HmacSha1 => 20,
            Self::HmacSha256 => 32,
            Self::HmacSha384 => 48,
        }
    }
}

/// Which comes first, and so what the MAC covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MacOrder {
    /// The MAC covers the content and is encrypted with it (RFC 5246 section 6.2.3.2).
    MacThenEncrypt,
    /// The MAC covers the ciphertext and is checked before anything is decrypted (RFC 7366 section 3).
    EncryptThenMac,
}

/// What a MAC covers besides the bytes of the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordContext {
    /// The number of the record under its keys.
    pub sequence: u64,
    /// The ContentType.
    pub content_type: u8,
    /// The ProtocolVersion in the record's header.
    pub version: u16,
}

/// CBC with HMAC, of a backend.
pub trait Cbc: Send + Sync + Debug {
    /// Which cipher and MAC it is.
    fn algorithm(&self) -> CbcAlgorithm;

    /// Prepares the keys of one direction; they have no IV.
    ///
    /// # Errors
    /// [`CryptoError`] when a key has another length than the algorithm wants.
    fn key(&self, keys: &DirectionKeys, order: MacOrder) -> Result<Box<dyn CbcKey>, CryptoError>;
}

/// Prepared keys of one direction.
///
/// ```text
///   MacThenEncrypt   IV 16 | encrypted { content | MAC | padding 1..=256 }
///   EncryptThenMac   IV 16 | encrypted { content | padding 1..=256 } | MAC
/// ```
pub trait CbcKey: Send + Sync {
    /// Seals a fragment in place. It begins with a fresh, unpredictable IV of 16 bytes; `content` bytes follow,
    /// and then room for MAC and padding: [`sealed_len`](Self::sealed_len) bytes in all.
    ///
    /// # Errors
    /// [`CryptoError`] when `fragment` has another length.
    fn seal(
        &self,
        context: &RecordContext,
        fragment: &mut [u8],
        content: usize,
    ) -> Result<(), CryptoError>;

    /// Opens a fragment in place and tells where its content is.
    ///
    /// In constant time but for the fragment's length and the verdict: neither the length of the padding nor
    /// which check failed shows (property 14).
    ///
    /// # Errors
    /// [`CryptoError`] when length, padding or MAC is wrong; `fragment` then holds nothing of use.
    fn open(
        &self,
        context: &RecordContext,
        fragment: &mut [u8],
    ) -> Result<Range<usize>, CryptoError>;

    /// Bytes of a fragment for this many bytes of content, with the shortest padding.
    fn sealed_len(&self, content: usize) -> usize;

    /// The most bytes of content that a fragment of this length can hold; `None` when it is too short or no
    /// whole number of blocks.
    fn most_content(&self, fragment: usize) -> Option<usize>;
}
