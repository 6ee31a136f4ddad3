//! Protection by CBC with HMAC in TLS 1.2 (RFC 5246 section 6.2.3.2, RFC 7366 section 3).
//!
//! ```text
//!   MAC-then-encrypt   IV 16 | encrypted { content | MAC | padding }
//!   encrypt-then-MAC   IV 16 | encrypted { content | padding } | MAC
//! ```
//!
//! Padding fills up to a whole block: 1 to 16 bytes where we seal, up to 256 where a peer wants to hide lengths. So a
//! fragment's length alone does not tell how much content is in it.

use alloc::boxed::Box;
use core::ops::Range;

use premaster_crypto::{
    CbcAlgorithm, CbcKey, CryptoError, DirectionKeys, MacOrder, Provider, RecordContext,
    SecureRandom,
};

use crate::RecordFault;

/// Bytes of an initialisation vector.
const IV: usize = CbcAlgorithm::BLOCK;
/// How many bytes the longest padding is longer than the shortest one that the same fragment could have.
const SPARE_PADDING: usize = 255;

/// The keys of one direction and where its IVs come from.
pub(super) struct Tls12Cbc {
    key: Box<dyn CbcKey>,
    /// Bytes of a MAC and of the longest padding that is sent.
    back: usize,
    random: &'static dyn SecureRandom,
}

impl Tls12Cbc {
    pub(super) fn new(
        provider: &Provider,
        algorithm: CbcAlgorithm,
        order: MacOrder,
        keys: &DirectionKeys,
    ) -> Result<Self, CryptoError> {
        let cbc = provider.cbc(algorithm).ok_or(CryptoError)?;
        Ok(Self {
            key: cbc.key(keys, order)?,
            back: algorithm
                .mac
                .output_len()
                .saturating_add(CbcAlgorithm::BLOCK),
            random: provider.random,
        })
    }

    pub(super) const fn front(&self) -> usize {
        IV
    }

    pub(super) const fn back(&self) -> usize {
        self.back
    }

    pub(super) fn fragment_len(&self, content: usize) -> usize {
        self.key.sealed_len(content)
    }

    /// Puts a fresh IV in front of a fragment. Nobody may be able to guess it: with a predictable one, whoever chooses
    /// part of the content can test what stands elsewhere in it (RFC 5246 section 6.2.3.2, BEAST).
    pub(super) fn draw_iv(&self, fragment: &mut [u8]) -> Result<(), RecordFault> {
        let iv = fragment.get_mut(..IV).ok_or(RecordFault::SealingFailed)?;
        self.random
            .fill(iv)
            .map_err(|CryptoError| RecordFault::RandomFailed)
    }

    /// Seals IV, content, room for MAC and padding.
    pub(super) fn seal(
        &self,
        context: &RecordContext,
        fragment: &mut [u8],
        content: usize,
    ) -> Result<(), RecordFault> {
        self.key
            .seal(context, fragment, content)
            .map_err(|CryptoError| RecordFault::SealingFailed)
    }

    /// The least content that a fragment of this length can hold: with the longest padding. `None` if no content fits it.
    pub(super) fn least_content(&self, fragment: usize) -> Option<usize> {
        let most = self.key.most_content(fragment)?;
        Some(most.saturating_sub(SPARE_PADDING))
    }

    pub(super) fn open(
        &self,
        context: &RecordContext,
        fragment: &mut [u8],
    ) -> Result<Range<usize>, CryptoError> {
        self.key.open(context, fragment)
    }
}
