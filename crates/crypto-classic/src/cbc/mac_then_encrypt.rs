//! The MAC of the content, then the encryption of both (RFC 5246 section 6.2.3.2), in constant time.

use core::hint::black_box;
use core::ops::Range;

use premaster_crypto::hidden::{Compress, shift_left};
use premaster_crypto::{CbcKey, CryptoError, RecordContext};
use subtle::ConstantTimeEq;
use zeroize::optimization_barrier;

use super::{Aes, BLOCK, Keys, MAX_MAC, mac_header, padded, padding, verdict, whole_blocks};

/// ```text
/// IV 16 | encrypted { content | MAC of header and content | padding 1..=256 }
/// ```
///
/// Only who has decrypted knows where the MAC is, and nobody knows then whether it is right. So from there on
/// everything is done for the whole window in which the MAC could lie, and no branch and no address depends on
/// what was decrypted (property 14):
///
/// ```text
///     | surely content |    window: up to 255 bytes and a MAC    | 1, surely padding |
///     0              least                                      most + MAC
///                        content | MAC | padding
///                                ^ secret
/// ```
pub(super) struct MacThenEncrypt<A, C: Compress>(pub(super) Keys<A, C>);

/// A window: what padding can take besides its first byte, and a MAC.
const MAX_WINDOW: usize = padding::MAX - 1 + MAX_MAC;

impl<A: Aes, C: Compress + Send + Sync> CbcKey for MacThenEncrypt<A, C> {
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
        let (iv, blocks) = fragment.split_first_chunk_mut().ok_or(CryptoError)?;
        let (content, behind) = blocks.split_at_mut(content);
        let (mac, room) = behind.split_at_mut(Keys::<A, C>::MAC);
        let header = mac_header(context, content.len());
        self.0.mac.sign(&[&header, content], mac);
        padding::write(room);
        self.0.encrypt(iv, blocks);
        Ok(())
    }

    fn open(
        &self,
        context: &RecordContext,
        fragment: &mut [u8],
    ) -> Result<Range<usize>, CryptoError> {
        let most = self.most_content(fragment.len()).ok_or(CryptoError)?;
        let (iv, blocks) = fragment.split_first_chunk_mut().ok_or(CryptoError)?;
        self.0.decrypt(iv, blocks);
        let (content, is_good) = self.check(context, blocks, most);
        // By a mask, so that nothing but the verdict depends on it.
        blocks.iter_mut().for_each(|byte| *byte &= is_good);
        verdict(is_good, content)
    }

    fn sealed_len(&self, content: usize) -> usize {
        BLOCK + padded(content + Keys::<A, C>::MAC)
    }

    fn most_content(&self, fragment: usize) -> Option<usize> {
        let blocks = whole_blocks(fragment, BLOCK)?;
        blocks.checked_sub(Keys::<A, C>::MAC + 1)
    }
}

impl<A: Aes, C: Compress> MacThenEncrypt<A, C> {
    /// How long the content is, and ones when padding and MAC are right, zeros otherwise.
    fn check(&self, context: &RecordContext, plaintext: &[u8], most: usize) -> (usize, u8) {
        let padding = padding::read(plaintext, Keys::<A, C>::MAC);
        let content = most + 1 - padding.len;
        let least = most.saturating_sub(padding::MAX - 1);

        let mut expected = [0; MAX_MAC];
        let expected = &mut expected[..Keys::<A, C>::MAC];
        let header = mac_header(context, content);
        let (open, hidden) = plaintext[..most].split_at(least);
        let (open, hidden) = ([&header, open], hidden);
        self.0
            .mac
            .sign_hidden(&open, hidden, content - least, expected);

        let mut window = [0; MAX_WINDOW];
        let window = &mut window[..most - least + Keys::<A, C>::MAC];
        window.copy_from_slice(&plaintext[least..most + Keys::<A, C>::MAC]);
        shift_left(window, content - least);
        let is_authentic = window[..Keys::<A, C>::MAC].ct_eq(expected).unwrap_u8();
        let is_good = is_authentic.wrapping_neg() & padding.is_right;
        window.fill(0);
        optimization_barrier(window);
        (content, black_box(is_good))
    }
}
