//! Protection by an AEAD in TLS 1.2 (RFC 5246 section 6.2.3.3).
//!
//! ```text
//!   AES-GCM             explicit nonce 8 | ciphertext | tag 16     RFC 5288 section 3
//!   ChaCha20-Poly1305                      ciphertext | tag 16     RFC 7905 section 2
//! ```

use alloc::boxed::Box;
use core::ops::Range;

use premaster_crypto::{
    AeadAlgorithm, AeadKey, CryptoError, DirectionKeys, Provider, RecordContext, Secret,
};
use zeroize::Zeroizing;

use crate::RecordFault;

/// Bytes of an AEAD tag, the same for all suites.
const TAG: usize = 16;

/// The key of one direction and where its nonces come from.
pub(super) struct Tls12Aead {
    key: Box<dyn AeadKey>,
    nonce: NonceRule,
}

/// Where a nonce comes from.
enum NonceRule {
    /// Four secret bytes, then eight that travel with the record: here the sequence number (RFC 5288 section 3).
    Explicit(Secret<4>),
    /// Twelve secret bytes, the sequence number XORed over the last eight (RFC 7905 section 2).
    Implicit(Secret<12>),
}

impl Tls12Aead {
    pub(super) fn new(
        provider: &Provider,
        algorithm: AeadAlgorithm,
        keys: &DirectionKeys,
    ) -> Result<Self, CryptoError> {
        let aead = provider.aead(algorithm).ok_or(CryptoError)?;
        let iv = keys.iv.as_bytes();
        let nonce = match algorithm {
            AeadAlgorithm::Aes128Gcm | AeadAlgorithm::Aes256Gcm => {
                NonceRule::Explicit(Secret::from_bytes(iv)?)
            }
            AeadAlgorithm::ChaCha20Poly1305 => NonceRule::Implicit(Secret::from_bytes(iv)?),
        };
        let key = aead.key(keys.key.as_bytes())?;
        Ok(Self { key, nonce })
    }

    pub(super) const fn front(&self) -> usize {
        self.nonce.explicit_len()
    }

    pub(super) const fn back(&self) -> usize {
        TAG
    }

    /// Seals explicit nonce, content, tag.
    pub(super) fn seal(
        &self,
        context: &RecordContext,
        fragment: &mut [u8],
    ) -> Result<(), RecordFault> {
        let (explicit, content, tag) = self
            .nonce
            .split(fragment)
            .ok_or(RecordFault::SealingFailed)?;
        let counter = context.sequence.to_be_bytes();
        explicit
            .iter_mut()
            .zip(counter)
            .for_each(|(to, from)| *to = from);
        let aad = additional_data(context, content.len()).ok_or(RecordFault::SealingFailed)?;
        let mut nonce = Zeroizing::new([0; 12]);
        self.nonce.write(counter, &mut nonce);
        *tag = self
            .key
            .seal(&nonce, &aad, content)
            .map_err(|CryptoError| RecordFault::SealingFailed)?;
        Ok(())
    }

    /// How many bytes of content a fragment of this length holds; `None` if it is too short for nonce and tag.
    pub(super) const fn content_len(&self, fragment: usize) -> Option<usize> {
        fragment.checked_sub(self.front().saturating_add(TAG))
    }

    pub(super) fn open(
        &self,
        context: &RecordContext,
        fragment: &mut [u8],
    ) -> Result<Range<usize>, CryptoError> {
        let length = self.content_len(fragment.len()).ok_or(CryptoError)?;
        let (explicit, sealed) = fragment
            .split_at_mut_checked(self.front())
            .ok_or(CryptoError)?;
        let counter = explicit
            .first_chunk()
            .copied()
            .unwrap_or(context.sequence.to_be_bytes());
        let aad = additional_data(context, length).ok_or(CryptoError)?;
        let mut nonce = Zeroizing::new([0; 12]);
        self.nonce.write(counter, &mut nonce);
        let opened = self.key.open(&nonce, &aad, sealed)?;
        let front = self.front();
        Ok(front..front.saturating_add(opened))
    }
}

impl NonceRule {
    /// Bytes of the nonce that travel with the record.
    const fn explicit_len(&self) -> usize {
        match self {
            Self::Explicit(_) => 8,
            Self::Implicit(_) => 0,
        }
    }

    /// Writes the nonce for a counter: what travels with the record, or the sequence number. It goes where it stays until
    /// it is erased: the first implicit one is the IV itself.
    fn write(&self, counter: [u8; 8], nonce: &mut [u8; 12]) {
        match self {
            Self::Explicit(salt) => {
                let bytes = salt.as_bytes().iter().chain(&counter);
                nonce
                    .iter_mut()
                    .zip(bytes)
                    .for_each(|(to, from)| *to = *from);
            }
            Self::Implicit(iv) => {
                nonce.copy_from_slice(iv.as_bytes());
                let last_eight = nonce.iter_mut().rev().zip(counter.iter().rev());
                last_eight.for_each(|(byte, counter)| *byte ^= counter);
            }
        }
    }

    /// A fragment to be sealed as explicit nonce, content and tag.
    fn split<'f>(
        &self,
        fragment: &'f mut [u8],
    ) -> Option<(&'f mut [u8], &'f mut [u8], &'f mut [u8; TAG])> {
        let (explicit, rest) = fragment.split_at_mut_checked(self.explicit_len())?;
        let (content, tag) = rest.split_last_chunk_mut()?;
        Some((explicit, content, tag))
    }
}

/// `seq_num || type || version || length` of the content (RFC 5246 section 6.2.3.3).
fn additional_data(context: &RecordContext, length: usize) -> Option<[u8; 13]> {
    let [a, b, c, d, e, f, g, h] = context.sequence.to_be_bytes();
    let [major, minor] = context.version.to_be_bytes();
    let [high, low] = u16::try_from(length).ok()?.to_be_bytes();
    let kind = context.content_type;
    Some([a, b, c, d, e, f, g, h, kind, major, minor, high, low])
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use premaster_wire::ContentType;

    use super::*;
    use crate::Opened;
    use crate::testing::{CHACHA, GCM, KINDS, backend, keys, pair, unhex};

    #[test]
    #[cfg_attr(miri, ignore = "vectors of the true algorithms, which are assembly")]
    fn records_are_those_of_another_implementation() {
        let vectors = include_str!("../../vectors/tls12_aead.txt");
        let lines = vectors.lines().filter(|line| !line.starts_with('#'));
        for line in lines {
            let columns: Vec<_> = line.split(' ').collect();
            let [suite, sequence, content, record] = columns[..] else {
                panic!("four columns: {line}")
            };
            let (content, mut record) = (unhex(content), unhex(record));
            let kind = KINDS.into_iter().find(|kind| kind.0 == suite);
            let (mut sealer, mut opener) = pair(kind, sequence.parse().unwrap());
            let mut out = [0; 256];
            let n = sealer
                .seal_from(ContentType::application_data, &[&content[..]], &mut out)
                .unwrap();
            assert_eq!(out[..n], record[..], "{suite} {sequence}");
            let opened = opener.open(&mut record).unwrap();
            assert!(matches!(opened, Opened::Record { payload, .. } if *payload == content));
        }
    }

    /// property 17: no two records under one key have the same nonce.
    #[test]
    fn every_record_has_another_nonce() {
        let provider = backend();
        for (algorithm, iv, key) in [
            (AeadAlgorithm::Aes128Gcm, 4, 16),
            (AeadAlgorithm::ChaCha20Poly1305, 12, 32),
        ] {
            let aead = Tls12Aead::new(&provider, algorithm, &keys(0, iv, key)).unwrap();
            let numbers = [0, 1, 255, 256, 1 << 32, u64::MAX - 1];
            let mut nonces: Vec<_> = numbers
                .map(|number: u64| {
                    let mut nonce = [0; 12];
                    aead.nonce.write(number.to_be_bytes(), &mut nonce);
                    nonce
                })
                .into();
            nonces.sort_unstable();
            nonces.dedup();
            assert_eq!(nonces.len(), numbers.len());
        }
    }

    #[test]
    fn what_an_aead_adds_does_not_depend_on_the_content() {
        for (kind, overhead) in [(GCM, 5 + 8 + 16), (CHACHA, 5 + 16)] {
            let (sealer, _) = pair(Some(kind), 0);
            for content in [0, 1, 15, 16, 17, 1000] {
                assert_eq!(sealer.sealed_len(content), content + overhead);
            }
        }
    }
}
