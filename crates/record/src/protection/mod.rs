//! How one direction's records are protected (RFC 5246 section 6.2.3, RFC 8446 section 5.2).
//!
//! ```text
//!   aead.rs   header 5 | explicit nonce 8 or 0 | ciphertext | tag 16
//!   cbc.rs    header 5 | IV 16                 | ciphertext with padding, MAC inside or behind it
//!   tls13.rs  header 5 | ciphertext of content, type 1 and padding | tag 16
//! ```

mod aead;
mod cbc;
mod tls13;

use core::fmt;
use core::ops::Range;

use premaster_crypto::{
    BulkCipher, CryptoError, DirectionKeys, MacOrder, Provider, RecordContext, Suite, SuiteVersion,
};
use premaster_wire::{ContentType, ProtocolVersion, RecordHeader};

use self::aead::Tls12Aead;
use self::cbc::Tls12Cbc;
use self::tls13::{TAG, Tls13Aead};
use crate::RecordFault;

/// Records under one key that are kept back for alerts: a connection that must end can still say so.
const RESERVED_FOR_ALERTS: u64 = 4;

/// The keys of one direction and what has been done with them: install one in a
/// [`RecordSealer`](crate::RecordSealer) or a [`RecordOpener`](crate::RecordOpener).
///
/// The sequence number lives here, begins at zero and goes only up: no nonce is used twice under one key.
pub struct Protection {
    cipher: Cipher,
    /// What record headers say: in TLS 1.3 not the version (RFC 8446 section 5.1).
    version: ProtocolVersion,
    /// The number of the next record.
    sequence: u64,
    /// Records that may be sealed with this key.
    limit: u64,
}

/// The ways to protect a record.
enum Cipher {
    Aead(Tls12Aead),
    Cbc(Tls12Cbc),
    Tls13(Tls13Aead),
}

impl Protection {
    /// Protection by the cipher of `suite`, with the keys of one direction: from the key block, or from a traffic secret
    /// of TLS 1.3. It takes the keys: a second protection with the same keys would use the same nonces.
    ///
    /// `order` is that of a CBC suite: [`EncryptThenMac`](MacOrder::EncryptThenMac) if encrypt_then_mac was negotiated
    /// (RFC 7366). An AEAD has none and ignores it; encrypt_then_mac must not be negotiated with one (RFC 7366
    /// section 3). The IVs of CBC come from the provider's randomness.
    ///
    /// # Errors
    /// [`CryptoError`] if the provider lacks the algorithm, a key or IV has the wrong length, or the suite does not
    /// belong to `version`.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "whoever has handed over the keys cannot use them again"
    )]
    pub fn new(
        provider: &Provider,
        suite: &Suite,
        version: ProtocolVersion,
        order: MacOrder,
        keys: DirectionKeys,
    ) -> Result<Self, CryptoError> {
        let cipher = match (suite.version, version, suite.cipher) {
            (SuiteVersion::Tls12, ProtocolVersion::TLSv1_2, BulkCipher::Aead(algorithm)) => {
                Cipher::Aead(Tls12Aead::new(provider, algorithm, &keys)?)
            }
            (SuiteVersion::Tls12, ProtocolVersion::TLSv1_2, BulkCipher::Cbc(algorithm)) => {
                Cipher::Cbc(Tls12Cbc::new(provider, algorithm, order, &keys)?)
            }
            (SuiteVersion::Tls13, ProtocolVersion::TLSv1_3, BulkCipher::Aead(algorithm)) => {
                Cipher::Tls13(Tls13Aead::new(provider, algorithm, &keys)?)
            }
            _ => return Err(CryptoError),
        };
        Ok(Self {
            cipher,
            version: ProtocolVersion::TLSv1_2,
            sequence: 0,
            limit: suite.cipher.confidentiality_limit(),
        })
    }

    /// Protects at most this many records with the key, alerts included, if the algorithm does not allow less anyway: for
    /// a policy of more frequent key updates.
    #[must_use]
    pub fn limited_to(mut self, records: u64) -> Self {
        self.limit = self.limit.min(records);
        self
    }

    /// Is it that of TLS 1.3?
    #[inline]
    pub(crate) const fn is_tls13(&self) -> bool {
        matches!(self.cipher, Cipher::Tls13(_))
    }

    /// Type and version in the header of a record, where its sealer would write these.
    #[inline]
    pub(crate) const fn outer(
        &self,
        content_type: ContentType,
        version: ProtocolVersion,
    ) -> (ContentType, ProtocolVersion) {
        match self.cipher {
            Cipher::Tls13(_) => (ContentType::application_data, self.version),
            Cipher::Aead(_) | Cipher::Cbc(_) => (content_type, version),
        }
    }

    /// Bytes of a fragment before the content.
    #[inline]
    pub(crate) const fn front(&self) -> usize {
        match &self.cipher {
            Cipher::Aead(aead) => aead.front(),
            Cipher::Cbc(cbc) => cbc.front(),
            Cipher::Tls13(_) => 0,
        }
    }

    /// The most bytes of a fragment behind the content, padding of TLS 1.3 aside.
    #[inline]
    pub(crate) const fn back(&self) -> usize {
        match &self.cipher {
            Cipher::Aead(aead) => aead.back(),
            Cipher::Cbc(cbc) => cbc.back(),
            Cipher::Tls13(aead) => aead.back(),
        }
    }

    /// Bytes of a fragment for this many bytes of content, padding of TLS 1.3 aside.
    #[inline]
    pub(crate) fn fragment_len(&self, content: usize) -> usize {
        match &self.cipher {
            Cipher::Aead(aead) => content
                .saturating_add(aead.front())
                .saturating_add(aead.back()),
            Cipher::Cbc(cbc) => cbc.fragment_len(content),
            Cipher::Tls13(aead) => content.saturating_add(aead.back()),
        }
    }

    /// Records that can still be sealed, alerts aside.
    #[inline]
    pub(crate) const fn remaining(&self) -> u64 {
        self.limit
            .saturating_sub(RESERVED_FOR_ALERTS)
            .saturating_sub(self.sequence)
    }

    /// Whether a sixteenth of what the key may protect is left: late enough not to come often, early enough for a peer that
    /// has other things to send first.
    pub(crate) const fn is_nearly_used_up(&self) -> bool {
        let left = self.remaining();
        left <= 1 || left <= self.limit >> 4
    }

    /// Seals a fragment of [`fragment_len`](Self::fragment_len) bytes in place: room of [`front`](Self::front) bytes,
    /// `content` bytes, room for the rest. In TLS 1.3 what is longer than that is padding.
    pub(crate) fn seal(
        &mut self,
        content_type: ContentType,
        fragment: &mut [u8],
        content: usize,
    ) -> Result<(), RecordFault> {
        if self.remaining() == 0 && content_type != ContentType::alert {
            return Err(RecordFault::KeyExhausted);
        }
        // First: a record that is not sealed takes no number.
        match &self.cipher {
            Cipher::Cbc(cbc) => cbc.draw_iv(fragment)?,
            Cipher::Tls13(_) if content_type == ContentType::change_cipher_spec => {
                return Err(RecordFault::ProtectedChangeCipherSpec);
            }
            Cipher::Aead(_) | Cipher::Tls13(_) => {}
        }
        let context = self.next_record(content_type, self.limit)?;
        match &self.cipher {
            Cipher::Aead(aead) => aead.seal(&context, fragment),
            Cipher::Cbc(cbc) => cbc.seal(&context, fragment, content),
            Cipher::Tls13(aead) => aead.seal(&context, fragment, content),
        }
    }

    /// How many bytes of content a fragment of this length holds at least, in TLS 1.3 with type and padding; `None` if it
    /// is too short or, with CBC, no whole number of blocks.
    pub(crate) fn least_content(&self, fragment: usize) -> Option<usize> {
        match &self.cipher {
            Cipher::Aead(aead) => aead.content_len(fragment),
            Cipher::Cbc(cbc) => cbc.least_content(fragment),
            Cipher::Tls13(_) => fragment.checked_sub(TAG),
        }
    }

    /// Opens a fragment in place and tells what it holds, and where. Whatever is wrong with the fragment before it
    /// is authentic, the fault is the same (property 14).
    pub(crate) fn open(
        &mut self,
        header: &RecordHeader,
        fragment: &mut [u8],
    ) -> Result<(ContentType, Range<usize>), RecordFault> {
        let content_type = header.content_type;
        // How many records a peer seals under its key is its own affair; that no number comes twice is ours.
        let mut context = self.next_record(content_type, u64::MAX)?;
        let opened = match &self.cipher {
            Cipher::Aead(aead) => aead.open(&context, fragment),
            Cipher::Cbc(cbc) => cbc.open(&context, fragment),
            Cipher::Tls13(aead) => {
                context.version = header.legacy_record_version.0;
                let opened = aead.open(&context, fragment);
                if opened == Err(RecordFault::BadRecordMac) {
                    // It was none of this key's: early data that is skipped takes no numbers (RFC 8446 section 4.2.10).
                    self.sequence = context.sequence;
                }
                return opened;
            }
        };
        match opened {
            Ok(content) => Ok((content_type, content)),
            Err(CryptoError) => Err(RecordFault::BadRecordMac),
        }
    }

    /// Gives a record its number. The last possible one is never used, so that the next always exists.
    #[inline]
    fn next_record(
        &mut self,
        content_type: ContentType,
        limit: u64,
    ) -> Result<RecordContext, RecordFault> {
        let sequence = self.sequence;
        if sequence >= limit {
            return Err(RecordFault::KeyExhausted);
        }
        self.sequence = sequence.checked_add(1).ok_or(RecordFault::KeyExhausted)?;
        Ok(RecordContext {
            sequence,
            content_type: content_type.0,
            version: self.version.0,
        })
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

#[cfg(test)]
mod tests {
    use premaster_crypto::{AeadAlgorithm, suite_named};

    use super::*;
    use crate::RecordSealer;
    use crate::testing::{CHACHA, GCM, MTE, backend, keys, pair, protection};

    fn seal(sealer: &mut RecordSealer, content_type: ContentType) -> Result<usize, RecordFault> {
        sealer.seal_from(content_type, &[&b"hello"[..]], &mut [0; 64])
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

    #[test]
    fn keys_of_the_wrong_shape_and_suites_of_another_version_are_refused() {
        let provider = backend();
        let new = |name, version, iv, key| {
            Protection::new(
                &provider,
                suite_named(name).unwrap(),
                version,
                MTE,
                keys(0, iv, key),
            )
            .is_ok()
        };
        assert!(new(GCM.0, ProtocolVersion::TLSv1_2, 4, 16));
        assert!(!new(GCM.0, ProtocolVersion::TLSv1_2, 12, 16));
        assert!(!new(GCM.0, ProtocolVersion::TLSv1_2, 4, 32));
        assert!(!new(CHACHA.0, ProtocolVersion::TLSv1_2, 4, 32));
        assert!(!new(GCM.0, ProtocolVersion::TLSv1_1, 4, 16));
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
