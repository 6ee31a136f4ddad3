//! Encryption, then the MAC of what was encrypted (RFC 7366 section 3).

use core::ops::Range;

use premaster_crypto::hidden::Compress;
use premaster_crypto::{CbcKey, CryptoError, RecordContext};
use subtle::ConstantTimeEq;

use super::{Aes, BLOCK, Keys, MAX_MAC, mac_header, padded, padding, verdict, whole_blocks};

/// ```text
/// IV 16 | encrypted { content | padding 1..=256 } | MAC of header, IV and what is encrypted
/// ```
pub(super) struct EncryptThenMac<A, C: Compress>(pub(super) Keys<A, C>);

impl<A: Aes, C: Compress + Send + Sync> CbcKey for EncryptThenMac<A, C> {
    fn seal(
        &self,
        context: &RecordContext,
        fragment: &mut [u8],
        content: usize,
    ) -> Result<(), CryptoError> {
        self.most_content(fragment.len()).ok_or(CryptoError)?;
        if fragment.len() != self.sealed_len(content) {
            return Err(CryptoError);
        }
        let (covered, mac) = fragment.split_at_mut(fragment.len() - Keys::<A, C>::MAC);
        let (iv, blocks) = covered.split_first_chunk_mut().ok_or(CryptoError)?;
        padding::write(&mut blocks[content..]);
        self.0.encrypt(iv, blocks);
        self.sign(context, covered, mac);
        Ok(())
    }

    fn open(
        &self,
        context: &RecordContext,
        fragment: &mut [u8],
    ) -> Result<Range<usize>, CryptoError> {
        self.most_content(fragment.len()).ok_or(CryptoError)?;
        let (covered, received) = fragment.split_at_mut(fragment.len() - Keys::<A, C>::MAC);
        let mut expected = [0; MAX_MAC];
        let expected = &mut expected[..Keys::<A, C>::MAC];
        self.sign(context, covered, expected);
        // What is not authentic is not decrypted: so there is no padding to tell about.
        let is_authentic = expected.ct_eq(received).unwrap_u8().wrapping_neg();
        verdict(is_authentic, 0)?;
        let (iv, blocks) = covered.split_first_chunk_mut().ok_or(CryptoError)?;
        self.0.decrypt(iv, blocks);
        let padding = padding::read(blocks, 0);
        verdict(padding.is_right, blocks.len() - padding.len)
    }

    fn sealed_len(&self, content: usize) -> usize {
        BLOCK + padded(content) + Keys::<A, C>::MAC
    }

    fn most_content(&self, fragment: usize) -> Option<usize> {
        let blocks = whole_blocks(fragment, BLOCK + Keys::<A, C>::MAC)?;
        blocks.checked_sub(1)
    }
}

impl<A: Aes, C: Compress> EncryptThenMac<A, C> {
    /// The length that it covers is that of IV and ciphertext, without the MAC.
    fn sign(&self, context: &RecordContext, covered: &[u8], mac: &mut [u8]) {
        let header = mac_header(context, covered.len());
        self.0.mac.sign(&[&header, covered], mac);
    }
}
