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

#[cfg(test)]
mod tests {
    use std::vec;
    use std::vec::Vec;

    use premaster_crypto::{DirectionKeys, SecretBytes};
    use premaster_wire::{ContentType, ProtocolVersion};

    use super::*;
    use crate::testing::{ETM, Kind, MTE, PROVIDER, cbc_kinds, pair, same, unhex};
    use crate::{HEADER_LEN, MAX_CONTENT, Opened, RecordOpener, RecordSealer};

    /// A sealer whose IVs come from `random`.
    fn sealer(kind: Kind, random: &'static dyn SecureRandom) -> RecordSealer {
        let mut provider = PROVIDER.clone();
        provider.random = random;
        let mut sealer = RecordSealer::new();
        sealer.set_version(ProtocolVersion::TLSv1_2);
        sealer.install(kind.protection(&provider, kind.keys()));
        sealer
    }

    /// A record with `content` as application data.
    fn sealed(sealer: &mut RecordSealer, content: &[u8]) -> Vec<u8> {
        let mut out = vec![0; sealer.sealed_len(content.len())];
        let n = sealer.seal_from(ContentType::application_data, &[content], &mut out);
        assert_eq!(n, Ok(out.len()));
        out
    }

    fn opened(opener: &mut RecordOpener, record: &mut [u8]) -> Result<Vec<u8>, RecordFault> {
        let length = record.len();
        match opener.open(record)? {
            Opened::Record {
                payload, consumed, ..
            } => {
                assert_eq!(consumed, length);
                Ok(payload.to_vec())
            }
            more => panic!("{more:?}"),
        }
    }

    fn order(word: &str) -> MacOrder {
        match word {
            "mac-then-encrypt" => MTE,
            "encrypt-then-mac" => ETM,
            _ => panic!("{word}"),
        }
    }

    /// The lines of a file of vectors, cut into columns.
    fn rows<const N: usize>(file: &'static str) -> impl Iterator<Item = [&'static str; N]> {
        let lines = file.lines().filter(|line| !line.starts_with('#'));
        lines.map(|line| line.split(' ').collect::<Vec<_>>().try_into().unwrap())
    }

    #[test]
    fn records_are_those_of_other_implementations() {
        let file = include_str!("../../vectors/tls12_cbc.txt");
        for [peer, suite, word, mac_key, key, sequence, content, record] in rows(file) {
            let kind = Kind(suite_name(suite), order(word));
            let (content, mut record) = (unhex(content), unhex(record));
            let protection = || {
                let keys = DirectionKeys {
                    mac_key: SecretBytes::new(&unhex(mac_key)),
                    key: SecretBytes::new(&unhex(key)),
                    iv: SecretBytes::new(&[]),
                };
                let mut provider = PROVIDER.clone();
                provider.random = same(&record[HEADER_LEN..HEADER_LEN + IV]);
                kind.protection(&provider, keys)
                    .used(sequence.parse().unwrap())
            };
            let (mut sealer, mut opener) = (RecordSealer::new(), RecordOpener::new());
            sealer.set_version(ProtocolVersion::TLSv1_2);
            sealer.install(protection());
            opener.install(protection());

            // The first byte of a record is its content type.
            let mut out = [0; 256];
            let n = sealer.seal_from(ContentType(record[0]), &[&content[..]], &mut out);
            assert_eq!(&out[..n.unwrap()], record, "{peer} {kind:?}");
            assert_eq!(opened(&mut opener, &mut record), Ok(content));
        }
    }

    /// property 13: padding of any length is accepted, and every byte of it is looked at. property 14: padding that is
    /// wrong is the same fault as a MAC that is.
    #[test]
    fn padding_may_be_long_but_has_to_be_right() {
        let file = include_str!("../../vectors/tls12_cbc_padding.txt");
        let mut verdicts = [0, 0];
        for [suite, word, verdict, content, record] in rows(file) {
            let kind = Kind(suite_name(suite), order(word));
            let (_, mut opener) = pair(Some(kind), 0);
            let outcome = opened(&mut opener, &mut unhex(record));
            if verdict == "good" {
                assert_eq!(outcome, Ok(unhex(content)), "{kind:?}");
                verdicts[0] += 1;
            } else {
                assert_eq!(outcome, Err(RecordFault::BadRecordMac), "{kind:?}");
                verdicts[1] += 1;
            }
        }
        assert_eq!(verdicts, [20, 40]);
    }

    fn suite_name(name: &str) -> &'static str {
        premaster_crypto::suite_named(name).unwrap().name
    }

    #[test]
    #[cfg_attr(miri, ignore = "AES and SHA in software, very often: too slow")]
    fn what_is_sealed_is_opened_and_is_as_long_as_was_said() {
        let lengths = (0..=200).chain(MAX_CONTENT - 16..=MAX_CONTENT);
        for kind in cbc_kinds() {
            let (mut sealer, mut opener) = pair(Some(kind), 0);
            let margins = sealer.margins();
            let mut backs = Vec::new();
            for length in lengths.clone() {
                let content: Vec<u8> =
                    [1, 2, 3, 5, 8].repeat(length.div_ceil(5))[..length].to_vec();
                let mut buf = vec![0xee; margins.overhead() + length];
                let range = margins.front..margins.front + length;
                buf[range.clone()].copy_from_slice(&content);
                let record = sealer
                    .seal(ContentType::application_data, &mut buf, range.clone())
                    .unwrap();
                assert_eq!(record, 0..sealer.sealed_len(length));
                assert!(buf[record.end..].iter().all(|byte| *byte == 0xee));
                backs.push(record.end - range.end);
                assert_eq!(opened(&mut opener, &mut buf[record]), Ok(content));
            }
            let most = backs.iter().max().copied();
            assert_eq!(most, Some(margins.back), "some content needs all of it");
            assert_eq!(backs.iter().min().copied(), Some(margins.back - 15));
        }
    }

    #[test]
    #[cfg_attr(miri, ignore = "AES and SHA in software, very often: too slow")]
    fn records_lie_one_behind_the_other() {
        for kind in cbc_kinds() {
            for (limit, length) in [(64, 200), (100, 250), (512, 513), (100, 300), (100, 0)] {
                let (mut sealer, mut opener) = pair(Some(kind), 0);
                sealer.set_content_limit(limit);
                let content = vec![7; length];
                let mut wire = sealed(&mut sealer, &content);
                let mut rest = &mut wire[..];
                let mut received = Vec::new();
                while !rest.is_empty() {
                    let Ok(Opened::Record {
                        payload, consumed, ..
                    }) = opener.open(rest)
                    else {
                        panic!("whole records")
                    };
                    received.extend_from_slice(payload);
                    rest = &mut rest[consumed..];
                }
                assert_eq!(received, content);
            }
        }
    }

    #[test]
    #[cfg_attr(miri, ignore = "AES and SHA in software, very often: too slow")]
    fn room_for_the_very_record_is_enough() {
        for kind in cbc_kinds() {
            for length in 0..40 {
                let (mut sealer, _) = pair(Some(kind), 0);
                let front = sealer.margins().front;
                let room = sealer.sealed_len(length);
                let mut seal = |room: usize| {
                    let content = front..front + length;
                    sealer.seal(ContentType::alert, &mut vec![0; room], content)
                };
                let refused = RecordFault::NoRoom {
                    needed: room,
                    room: room - 1,
                };
                assert_eq!(seal(room - 1), Err(refused));
                assert_eq!(seal(room), Ok(0..room));
            }
        }
    }

    /// property 14: whatever is wrong with a fragment, the fault is the same. Of the header, the bits of the type are
    /// covered by the MAC.
    #[test]
    #[cfg_attr(miri, ignore = "AES and SHA in software, very often: too slow")]
    fn every_change_of_a_bit_is_the_same_fault() {
        for kind in cbc_kinds() {
            let (mut sealer, _) = pair(Some(kind), 0);
            let whole = sealed(&mut sealer, b"attack at dawn, or a little later");
            for bit in HEADER_LEN * 8..whole.len() * 8 {
                let (_, mut opener) = pair(Some(kind), 0);
                let mut changed = whole.clone();
                changed[bit / 8] ^= 1 << (bit % 8);
                let fault = opened(&mut opener, &mut changed);
                assert_eq!(fault, Err(RecordFault::BadRecordMac), "{kind:?} {bit}");
            }
            let (_, mut opener) = pair(Some(kind), 0);
            let mut other_type = whole.clone();
            other_type[0] = ContentType::handshake.0;
            let fault = opened(&mut opener, &mut other_type);
            assert_eq!(fault, Err(RecordFault::BadRecordMac));
        }
    }

    /// property 14: nor does a length tell one cause from another, be it no whole number of blocks, too short for a MAC,
    /// or short of a few blocks.
    #[test]
    #[cfg_attr(miri, ignore = "AES and SHA in software, very often: too slow")]
    fn every_other_length_is_the_same_fault() {
        for kind in cbc_kinds() {
            let (mut sealer, _) = pair(Some(kind), 0);
            let whole = sealed(&mut sealer, &[9; 100]);
            for length in 0..whole.len() - HEADER_LEN {
                let (_, mut opener) = pair(Some(kind), 0);
                let mut cut = whole[..HEADER_LEN + length].to_vec();
                cut[3..5].copy_from_slice(&u16::try_from(length).unwrap().to_be_bytes());
                let fault = opened(&mut opener, &mut cut);
                assert_eq!(fault, Err(RecordFault::BadRecordMac), "{kind:?} {length}");
            }
        }
    }

    /// property 15: every record has an IV of its own, and it comes from the provider's randomness.
    #[test]
    #[cfg_attr(miri, ignore = "AES and SHA in software, very often: too slow")]
    fn every_record_has_a_fresh_iv() {
        let random = premaster_crypto_ring::provider().random;
        for kind in cbc_kinds() {
            let mut sealer = sealer(kind, random);
            let mut ivs: Vec<_> = (0..1000)
                .map(|_| sealed(&mut sealer, b"same")[HEADER_LEN..HEADER_LEN + IV].to_vec())
                .collect();
            ivs.sort_unstable();
            ivs.dedup();
            assert_eq!(ivs.len(), 1000);
        }
        for byte in [3, 4] {
            let kind = cbc_kinds().next().unwrap();
            let record = sealed(&mut sealer(kind, same(&[byte; IV])), b"same");
            assert_eq!(record[HEADER_LEN..HEADER_LEN + IV], [byte; IV]);
        }
    }

    /// property 15: without randomness no record leaves, and no number is used up.
    #[test]
    fn a_record_without_an_iv_is_not_sealed() {
        for kind in cbc_kinds() {
            let mut sealer = sealer(kind, same(&[]));
            let before = sealer.remaining();
            let mut buf = [0x42; 200];
            let content = 40..60;
            let refused = sealer.seal(ContentType::application_data, &mut buf, content.clone());
            assert_eq!(refused, Err(RecordFault::RandomFailed));
            let refused = sealer.seal(ContentType::alert, &mut buf, content);
            assert_eq!(refused, Err(RecordFault::RandomFailed));
            assert_eq!(sealer.remaining(), before);
        }
    }

    /// property 17: sealing stops before the algorithm's limit, as with an AEAD.
    #[test]
    fn a_key_protects_as_many_records_as_it_may() {
        for kind in cbc_kinds() {
            let limit = kind.suite().cipher.confidentiality_limit();
            let (mut sealer, _) = pair(Some(kind), limit - 5);
            sealed(&mut sealer, b"the last one");
            let refused = sealer.seal_from(ContentType::handshake, &[&b"more"[..]], &mut [0; 200]);
            assert_eq!(refused, Err(RecordFault::KeyExhausted));
        }
    }

    /// Seals more content than a sealer would.
    fn too_long(kind: Kind, content: usize) -> Vec<u8> {
        let mut protection = crate::testing::protection(kind);
        let length = protection.fragment_len(content);
        let mut record = vec![0; HEADER_LEN + length];
        record[..3].copy_from_slice(&[23, 3, 3]);
        record[3..HEADER_LEN].copy_from_slice(&u16::try_from(length).unwrap().to_be_bytes());
        let fragment = &mut record[HEADER_LEN..];
        protection
            .seal(ContentType::application_data, fragment, content)
            .unwrap();
        record
    }

    /// A length that padding hides from the header is checked when it is known (RFC 5246 section 6.2.1, RFC 6066
    /// section 4, RFC 8449 section 4).
    #[test]
    #[cfg_attr(miri, ignore = "AES and SHA in software, very often: too slow")]
    fn the_true_content_keeps_to_the_limits() {
        for kind in cbc_kinds() {
            let limits = [
                (100, MAX_CONTENT),
                (MAX_CONTENT, 100),
                (MAX_CONTENT, MAX_CONTENT),
            ];
            for (fragment, content) in limits {
                let limit = fragment.min(content);
                let open = |length: usize| {
                    let (_, mut opener) = pair(Some(kind), 0);
                    opener.set_fragment_limit(fragment);
                    opener.set_content_limit(content);
                    opened(&mut opener, &mut too_long(kind, length))
                };
                assert_eq!(open(limit), Ok(vec![0; limit]));
                for length in [limit + 1, limit + 100] {
                    let fault = RecordFault::RecordTooLong { length, limit };
                    assert_eq!(open(length), Err(fault));
                }
            }
        }
    }

    /// What is too long with any padding is refused by its header, before anything is decrypted (RFC 6066 section 4).
    #[test]
    fn a_record_too_long_with_any_padding_is_not_waited_for() {
        for kind in cbc_kinds() {
            for limit in [512, MAX_CONTENT] {
                let (mut sealer, _) = pair(Some(kind), 0);
                sealer.set_content_limit(limit);
                let longest_padding = sealer.sealed_len(limit) - HEADER_LEN + 240;
                for (length, waited) in [(longest_padding, true), (longest_padding + 16, false)] {
                    let (_, mut opener) = pair(Some(kind), 0);
                    opener.set_content_limit(limit);
                    let [high, low] = u16::try_from(length).unwrap().to_be_bytes();
                    let mut header = [23, 3, 3, high, low];
                    let outcome = opener.open(&mut header);
                    assert_eq!(outcome.is_ok(), waited, "{kind:?} {length}: {outcome:?}");
                }
            }
        }
    }
}
