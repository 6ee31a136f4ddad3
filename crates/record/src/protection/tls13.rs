//! Protection in TLS 1.3: an AEAD over a plaintext that says itself what it is (RFC 8446 section 5.2).
//!
//! ```text
//!   header 23 3 3 length | content | type 1 | zeros | tag 16
//!                        |<-- TLSInnerPlaintext  -->|
//! ```
//!
//! The header says 'application data' whatever is inside, and all of it is authenticated.

use alloc::boxed::Box;
use core::ops::Range;

use premaster_crypto::{
    AeadAlgorithm, AeadKey, CryptoError, DirectionKeys, Provider, RecordContext, Secret,
};
use premaster_wire::{ContentType, RecordHeader};
use zeroize::Zeroizing;

use crate::RecordFault;

/// Bytes of an AEAD tag, the same for all suites.
pub(super) const TAG: usize = 16;
/// Bytes of the content type behind the content.
const TYPE: usize = 1;
/// Padding is looked at in pieces of this many bytes.
const PIECE: usize = 64;

/// The key of one direction and what its nonces are made of.
pub(super) struct Tls13Aead {
    key: Box<dyn AeadKey>,
    iv: Secret<12>,
}

impl Tls13Aead {
    pub(super) fn new(
        provider: &Provider,
        algorithm: AeadAlgorithm,
        keys: &DirectionKeys,
    ) -> Result<Self, CryptoError> {
        let aead = provider.aead(algorithm).ok_or(CryptoError)?;
        let iv = Secret::from_bytes(keys.iv.as_bytes())?;
        let key = aead.key(keys.key.as_bytes())?;
        Ok(Self { key, iv })
    }

    /// Bytes behind the content, without padding.
    pub(super) const fn back(&self) -> usize {
        TYPE.saturating_add(TAG)
    }

    /// Seals content, type, padding, tag: whatever the fragment is longer than it must be is padding.
    pub(super) fn seal(
        &self,
        context: &RecordContext,
        fragment: &mut [u8],
        content: usize,
    ) -> Result<(), RecordFault> {
        let header = header(context, fragment.len()).ok_or(RecordFault::SealingFailed)?;
        let (inner, tag) = fragment
            .split_last_chunk_mut()
            .ok_or(RecordFault::SealingFailed)?;
        let (content_type, padding) = inner
            .get_mut(content..)
            .and_then(<[u8]>::split_first_mut)
            .ok_or(RecordFault::SealingFailed)?;
        *content_type = context.content_type;
        padding.fill(0);
        let mut nonce = Zeroizing::new([0; 12]);
        self.write_nonce(context.sequence, &mut nonce);
        *tag = self
            .key
            .seal(&nonce, &header, inner)
            .map_err(|CryptoError| RecordFault::SealingFailed)?;
        Ok(())
    }

    /// Opens a fragment and tells what it holds, and where.
    pub(super) fn open(
        &self,
        context: &RecordContext,
        fragment: &mut [u8],
    ) -> Result<(ContentType, Range<usize>), RecordFault> {
        let header = header(context, fragment.len()).ok_or(RecordFault::BadRecordMac)?;
        let mut nonce = Zeroizing::new([0; 12]);
        self.write_nonce(context.sequence, &mut nonce);
        let opened = self.key.open(&nonce, &header, fragment);
        let length = opened.map_err(|CryptoError| RecordFault::BadRecordMac)?;
        let inner = fragment.get(..length).ok_or(RecordFault::BadRecordMac)?;
        take_apart(inner)
    }

    /// `iv XOR sequence number` (RFC 8446 section 5.3). It goes where it stays until it is erased: the first one is the IV
    /// itself.
    fn write_nonce(&self, sequence: u64, nonce: &mut [u8; 12]) {
        nonce.copy_from_slice(self.iv.as_bytes());
        let last_eight = nonce.iter_mut().rev().zip(sequence.to_le_bytes());
        last_eight.for_each(|(byte, number)| *byte ^= number);
    }
}

/// The header of a record, which is the additional data of its AEAD.
fn header(context: &RecordContext, fragment: usize) -> Option<[u8; RecordHeader::LEN]> {
    let [major, minor] = context.version.to_be_bytes();
    let [high, low] = u16::try_from(fragment).ok()?.to_be_bytes();
    Some([ContentType::application_data.0, major, minor, high, low])
}

/// Content type and content of a `TLSInnerPlaintext`: the last byte that is not zero is the type (RFC 8446
/// section 5.4).
///
/// The end is searched in whole pieces, each in the same time wherever in it the type is: how long it takes tells the
/// length of the padding no finer than that, and a record without padding costs one piece.
fn take_apart(inner: &[u8]) -> Result<(ContentType, Range<usize>), RecordFault> {
    let mut end = inner.len();
    for piece in inner.rchunks(PIECE) {
        end = end.saturating_sub(piece.len());
        if let Some((at, byte)) = last_of(piece) {
            let content_type = check_type(ContentType(byte))?;
            return Ok((content_type, 0..end.saturating_add(at)));
        }
    }
    Err(RecordFault::NoContentType)
}

/// The last byte of a piece that is not zero, and where it is: eight bytes at a time, without a branch on where.
fn last_of(piece: &[u8]) -> Option<(usize, u8)> {
    let mut bytes = [0; PIECE];
    bytes.get_mut(..piece.len())?.copy_from_slice(piece);
    let (mut found, mut at) = (0_u64, 0_usize);
    for (index, word) in bytes.as_chunks::<8>().0.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let has_one = word != 0;
        found = if has_one { word } else { found };
        at = if has_one { index } else { at };
    }
    // The last byte is the highest one: what is above it is zero.
    let last = 63_u32.checked_sub(found.leading_zeros())? >> 3;
    let byte = *found.to_le_bytes().get(usize::try_from(last).ok()?)?;
    let at = at
        .saturating_mul(8)
        .saturating_add(usize::try_from(last).ok()?);
    Some((at, byte))
}

/// ChangeCipherSpec is never protected (RFC 8446 section 5).
const fn check_type(content_type: ContentType) -> Result<ContentType, RecordFault> {
    match content_type {
        ContentType::alert | ContentType::handshake | ContentType::application_data => {
            Ok(content_type)
        }
        content_type => Err(RecordFault::ForeignContent { content_type }),
    }
}

#[cfg(test)]
mod tests;
