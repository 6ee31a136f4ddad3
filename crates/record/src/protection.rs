//! How one direction's records are protected (RFC 5246 section 6.2.3).
//!
//! ```text
//!   TLS 1.2, AES-GCM            header 5 | explicit nonce 8 | ciphertext | tag 16     RFC 5288 section 3
//!   TLS 1.2, ChaCha20-Poly1305  header 5                    | ciphertext | tag 16     RFC 7905 section 2
//! ```

use alloc::boxed::Box;
use core::fmt;
use core::ops::Range;

use premaster_crypto::{
    AeadAlgorithm, AeadKey, BulkCipher, CryptoError, DirectionKeys, MacOrder, Provider, Secret,
    Suite, SuiteVersion,
};
use premaster_wire::{ContentType, ProtocolVersion};

use crate::RecordFault;

/// Records under one key that are kept back for alerts: a connection that must end can still say so.
const RESERVED_FOR_ALERTS: u64 = 4;
/// Bytes of an AEAD tag, the same for all suites.
const TAG: usize = 16;

/// The keys of one direction and what has been done with them: install one in a
/// [`RecordSealer`](crate::RecordSealer) or a [`RecordOpener`](crate::RecordOpener).
///
/// The sequence number lives here, begins at zero and goes only up: no nonce is used twice under one key.
pub struct Protection {
    cipher: Cipher,
    version: ProtocolVersion,
    /// The number of the next record.
    sequence: u64,
    /// Records that may be sealed with this key.
    limit: u64,
}

/// The ways to protect a record. What differs between them is the content of the fragment and the additional data.
enum Cipher {
    /// RFC 5246 section 6.2.3.3.
    Tls12Aead {
        key: Box<dyn AeadKey>,
        nonce: NonceRule,
    },
}

/// Where a nonce comes from.
enum NonceRule {
    /// Four secret bytes, then eight that travel with the record: here the sequence number (RFC 5288 section 3).
    Explicit(Secret<4>),
    /// Twelve secret bytes, the sequence number XORed over the last eight (RFC 7905 section 2).
    Implicit(Secret<12>),
}

impl Protection {
    /// Protection by the AEAD of `suite`, with the keys of one direction from the key block. It takes the keys: a second
    /// protection with the same keys would use the same nonces.
    ///
    /// # Errors
    /// [`CryptoError`] if the provider lacks the algorithm, a key or IV has the wrong length, or the suite does not
    /// belong to `version`.
    pub fn new(
        provider: &Provider,
        suite: &Suite,
        version: ProtocolVersion,
        _order: MacOrder,
        keys: DirectionKeys,
    ) -> Result<Self, CryptoError> {
        let DirectionKeys { key, iv, .. } = keys;
        if (suite.version, version) != (SuiteVersion::Tls12, ProtocolVersion::TLSv1_2) {
            return Err(CryptoError);
        }
        let BulkCipher::Aead(algorithm) = suite.cipher else {
            return Err(CryptoError);
        };
        let aead = provider.aead(algorithm).ok_or(CryptoError)?;
        let iv = iv.as_bytes();
        let nonce = match algorithm {
            AeadAlgorithm::Aes128Gcm | AeadAlgorithm::Aes256Gcm => {
                NonceRule::Explicit(Secret::from_bytes(iv)?)
            }
            AeadAlgorithm::ChaCha20Poly1305 => NonceRule::Implicit(Secret::from_bytes(iv)?),
        };
        Ok(Self {
            cipher: Cipher::Tls12Aead {
                key: aead.key(key.as_bytes())?,
                nonce,
            },
            version,
            sequence: 0,
            limit: algorithm.confidentiality_limit(),
        })
    }

    /// Bytes of a fragment before the content.
    pub(crate) const fn front(&self) -> usize {
        match &self.cipher {
            Cipher::Tls12Aead { nonce, .. } => nonce.explicit_len(),
        }
    }

    /// Bytes of a fragment behind the content.
    pub(crate) const fn back(&self) -> usize {
        match &self.cipher {
            Cipher::Tls12Aead { .. } => TAG,
        }
    }

    /// Records that can still be sealed, alerts aside.
    pub(crate) const fn remaining(&self) -> u64 {
        self.limit
            .saturating_sub(RESERVED_FOR_ALERTS)
            .saturating_sub(self.sequence)
    }

    /// Seals a fragment in place: room of [`front`](Self::front) bytes, content, room of [`back`](Self::back) bytes.
    pub(crate) fn seal(
        &mut self,
        content_type: ContentType,
        fragment: &mut [u8],
    ) -> Result<(), RecordFault> {
        if self.remaining() == 0 && content_type != ContentType::alert {
            return Err(RecordFault::KeyExhausted);
        }
        let sequence = self.take_sequence(self.limit)?;
        let Cipher::Tls12Aead { key, nonce } = &self.cipher;
        let (explicit, content, tag) = nonce.split(fragment).ok_or(RecordFault::SealingFailed)?;
        let counter = sequence.to_be_bytes();
        explicit
            .iter_mut()
            .zip(counter)
            .for_each(|(to, from)| *to = from);
        let aad = tls12_aad(sequence, content_type, self.version, content.len())
            .ok_or(RecordFault::SealingFailed)?;
        *tag = key
            .seal(&nonce.nonce(counter), &aad, content)
            .map_err(|CryptoError| RecordFault::SealingFailed)?;
        Ok(())
    }

    /// How many bytes of content a fragment of this length holds; `None` if it is too short to hold any protection.
    pub(crate) const fn content_len(&self, fragment: usize) -> Option<usize> {
        fragment.checked_sub(self.front().saturating_add(self.back()))
    }

    /// Opens a fragment in place and tells where its content is.
    pub(crate) fn open(
        &mut self,
        content_type: ContentType,
        fragment: &mut [u8],
    ) -> Result<Range<usize>, RecordFault> {
        // How many records a peer seals under its key is its own affair; that no number comes twice is ours.
        let sequence = self.take_sequence(u64::MAX)?;
        let length = self
            .content_len(fragment.len())
            .ok_or(RecordFault::BadRecordMac)?;
        let Cipher::Tls12Aead { key, nonce } = &self.cipher;
        let (explicit, sealed) = fragment
            .split_at_mut_checked(nonce.explicit_len())
            .ok_or(RecordFault::BadRecordMac)?;
        let counter = explicit
            .first_chunk()
            .copied()
            .unwrap_or(sequence.to_be_bytes());
        let aad = tls12_aad(sequence, content_type, self.version, length)
            .ok_or(RecordFault::BadRecordMac)?;
        let opened = key
            .open(&nonce.nonce(counter), &aad, sealed)
            .map_err(|CryptoError| RecordFault::BadRecordMac)?;
        let front = self.front();
        Ok(front..front.saturating_add(opened))
    }

    /// The number of this record. The last possible one is never used, so that the next always exists.
    fn take_sequence(&mut self, limit: u64) -> Result<u64, RecordFault> {
        let sequence = self.sequence;
        if sequence >= limit {
            return Err(RecordFault::KeyExhausted);
        }
        self.sequence = sequence.checked_add(1).ok_or(RecordFault::KeyExhausted)?;
        Ok(sequence)
    }

    /// A key that has protected this many records already.
    #[cfg(test)]
    pub(crate) fn used(mut self, records: u64) -> Self {
        self.sequence = records;
        self
    }
}

/// Says nothing about the keys.
impl fmt::Debug for Protection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Protection")
            .field("version", &self.version)
            .field("sequence", &self.sequence)
            .finish_non_exhaustive()
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

    /// The nonce for a counter: what travels with the record, or the sequence number.
    fn nonce(&self, counter: [u8; 8]) -> [u8; 12] {
        let mut nonce = [0; 12];
        match self {
            Self::Explicit(salt) => {
                let bytes = salt.as_bytes().iter().chain(&counter);
                nonce
                    .iter_mut()
                    .zip(bytes)
                    .for_each(|(to, from)| *to = *from);
            }
            Self::Implicit(iv) => {
                nonce = *iv.as_bytes();
                let last_eight = nonce.iter_mut().rev().zip(counter.iter().rev());
                last_eight.for_each(|(byte, counter)| *byte ^= counter);
            }
        }
        nonce
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
fn tls12_aad(
    sequence: u64,
    content_type: ContentType,
    version: ProtocolVersion,
    length: usize,
) -> Option<[u8; 13]> {
    let [a, b, c, d, e, f, g, h] = sequence.to_be_bytes();
    let [major, minor] = version.0.to_be_bytes();
    let [high, low] = u16::try_from(length).ok()?.to_be_bytes();
    let kind = content_type.0;
    Some([a, b, c, d, e, f, g, h, kind, major, minor, high, low])
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use premaster_crypto::suite_named;

    use super::*;
    use crate::testing::{CHACHA, GCM, keys, pair, protection};
    use crate::{Opened, RecordSealer};

    fn seal(sealer: &mut RecordSealer, content_type: ContentType) -> Result<usize, RecordFault> {
        sealer.seal_from(content_type, &[&b"hello"[..]], &mut [0; 64])
    }

    fn unhex(text: &str) -> Vec<u8> {
        let digits = text.as_bytes().chunks(2);
        let byte = |pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap();
        digits.map(byte).collect()
    }

    #[test]
    fn records_are_those_of_another_implementation() {
        let vectors = include_str!("../vectors/tls12_aead.txt");
        let lines = vectors.lines().filter(|line| !line.starts_with('#'));
        for line in lines {
            let columns: Vec<_> = line.split(' ').collect();
            let [suite, sequence, content, record] = columns[..] else {
                panic!("four columns: {line}")
            };
            let (content, mut record) = (unhex(content), unhex(record));
            let (mut sealer, mut opener) = pair(Some(suite), sequence.parse().unwrap());
            let mut out = [0; 256];
            let n = sealer
                .seal_from(ContentType::application_data, &[&content[..]], &mut out)
                .unwrap();
            assert_eq!(out[..n], record[..], "{suite} {sequence}");
            let opened = opener.open(&mut record).unwrap();
            assert!(matches!(opened, Opened::Record { payload, .. } if *payload == content));
        }
    }

    /// property 17: sealing stops before the algorithm's limit; a few alerts are still possible, then nothing is.
    #[test]
    fn sealing_stops_before_the_confidentiality_limit() {
        let limit = AeadAlgorithm::Aes128Gcm.confidentiality_limit();
        let (mut sealer, _) = pair(Some(GCM), limit - RESERVED_FOR_ALERTS - 1);
        assert_eq!(sealer.remaining(), Some(1));

        assert!(seal(&mut sealer, ContentType::application_data).is_ok());
        for refused in [ContentType::application_data, ContentType::handshake] {
            assert_eq!(seal(&mut sealer, refused), Err(RecordFault::KeyExhausted));
        }
        for _ in 0..RESERVED_FOR_ALERTS {
            assert!(seal(&mut sealer, ContentType::alert).is_ok());
        }
        let refused = seal(&mut sealer, ContentType::alert);
        assert_eq!(refused, Err(RecordFault::KeyExhausted));
    }

    /// property 17: sequence numbers never wrap, neither for sealing nor for opening.
    #[test]
    fn sequence_numbers_never_wrap() {
        let (mut sealer, mut opener) = pair(Some(CHACHA), u64::MAX - 1);
        let mut record = [0; 64];
        let n = sealer
            .seal_from(ContentType::alert, &[&[1_u8, 0][..]], &mut record)
            .unwrap();
        for _ in 0..3 {
            let refused = seal(&mut sealer, ContentType::alert);
            assert_eq!(refused, Err(RecordFault::KeyExhausted));
        }
        let mut again = record;
        assert!(opener.open(&mut record[..n]).is_ok());
        let refused = opener.open(&mut again[..n]);
        assert_eq!(refused, Err(RecordFault::KeyExhausted));
    }

    /// property 17: no two records under one key have the same nonce.
    #[test]
    fn every_record_has_another_nonce() {
        for name in [GCM, CHACHA] {
            let Cipher::Tls12Aead { nonce, .. } = protection(name).cipher;
            let numbers = [0, 1, 255, 256, 1 << 32, u64::MAX - 1];
            let mut nonces: Vec<_> = numbers
                .map(|number: u64| nonce.nonce(number.to_be_bytes()))
                .into();
            nonces.sort_unstable();
            nonces.dedup();
            assert_eq!(nonces.len(), numbers.len());
        }
    }

    #[test]
    fn keys_of_the_wrong_shape_and_suites_of_another_version_are_refused() {
        let provider = premaster_crypto_ring::provider();
        let new = |name, version, iv, key| {
            Protection::new(
                &provider,
                suite_named(name).unwrap(),
                version,
                MacOrder::MacThenEncrypt,
                keys(iv, key),
            )
            .is_ok()
        };
        assert!(new(GCM, ProtocolVersion::TLSv1_2, 4, 16));
        assert!(!new(GCM, ProtocolVersion::TLSv1_2, 12, 16));
        assert!(!new(GCM, ProtocolVersion::TLSv1_2, 4, 32));
        assert!(!new(CHACHA, ProtocolVersion::TLSv1_2, 4, 32));
        assert!(!new(GCM, ProtocolVersion::TLSv1_1, 4, 16));
        assert!(!new(
            "TLS_AES_128_GCM_SHA256",
            ProtocolVersion::TLSv1_2,
            12,
            16
        ));
    }

    #[test]
    fn debug_output_tells_the_sequence_number_and_no_key() {
        let shown = std::format!("{:?}", protection(GCM).used(7));
        assert_eq!(shown, "Protection { version: TLS 1.2, sequence: 7, .. }");
    }
}
