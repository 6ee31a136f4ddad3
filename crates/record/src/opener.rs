//! Records in: one at a time, checked and decrypted where they lie.
//!
//! ```text
//!   buf:  | header 5 | nonce or IV | payload (decrypted in place) | tag, or MAC and padding | next record ...
//!         |<----------------------------------- consumed ----------------------------------->|
//! ```

use premaster_wire::{ContentType, ProtocolVersion, RecordHeader};

use crate::header::{self, HEADER_LEN, MAX_FRAGMENT};
use crate::limits::ContentLimits;
use crate::{Foreign, Protection, RecordFault};

/// What [`RecordOpener::open`] found at the front of the buffer.
#[derive(Debug, PartialEq, Eq)]
pub enum Opened<'b> {
    /// The record is not complete: at least this many bytes are missing.
    More {
        /// Bytes to read before it makes sense to call again: the rest of the header, then the rest of the record.
        missing: usize,
    },
    /// Exactly one record.
    Record {
        /// What it holds.
        content_type: ContentType,
        /// The version in its header.
        version: ProtocolVersion,
        /// Its content, decrypted, inside the caller's buffer.
        payload: &'b mut [u8],
        /// Bytes of the buffer that the record took up.
        consumed: usize,
    },
}

/// Takes records apart: framing, header checks, decryption in place.
///
/// One call handles exactly one record, so nothing is stored inside between 'seen' and 'taken'. A fault is final: every
/// later call returns it again.
///
/// ```
/// use premaster_record::{Opened, RecordOpener};
/// use premaster_wire::ContentType;
///
/// let mut opener = RecordOpener::new();
/// let mut buf = [22, 3, 1, 0, 4, 0, 0, 0, 0, 99];
///
/// assert_eq!(opener.open(&mut buf[..7])?, Opened::More { missing: 2 });
/// let Opened::Record { content_type, payload, consumed, .. } = opener.open(&mut buf)? else {
///     panic!("a complete record")
/// };
/// assert_eq!((content_type, &payload[..], consumed), (ContentType::handshake, &[0; 4][..], 9));
/// # Ok::<(), premaster_record::RecordFault>(())
/// ```
#[derive(Debug)]
pub struct RecordOpener {
    protection: Option<Protection>,
    version: Option<ProtocolVersion>,
    limits: ContentLimits,
    seen_a_record: bool,
    fault: Option<RecordFault>,
}

impl RecordOpener {
    /// For the begin of a connection: no protection, any version of TLS.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            protection: None,
            version: None,
            limits: ContentLimits::new(),
            seen_a_record: false,
            fault: None,
        }
    }

    /// Accepts only records of this version from now on: it was negotiated.
    pub const fn set_version(&mut self, version: ProtocolVersion) {
        self.version = Some(version);
    }

    /// Accepts at most this many bytes of content in a protected record: the record_size_limit that we announced
    /// (RFC 8449 section 4). Records without protection are not subject to it.
    pub const fn set_content_limit(&mut self, limit: usize) {
        self.limits.set_protected(limit);
    }

    /// Accepts at most this many bytes of content in any record from now on, protected or not: the negotiated
    /// max_fragment_length (RFC 6066 section 4). A server sets it when its hello goes out, a client when that hello has
    /// come.
    ///
    /// Where record_size_limit is negotiated this one is not (RFC 8449 section 5). With both, the smaller one counts.
    pub const fn set_fragment_limit(&mut self, limit: usize) {
        self.limits.set_any(limit);
    }

    /// Opens the following records with these keys.
    ///
    /// The caller makes sure that no handshake message is half received: see [`Inbox::is_empty`](crate::Inbox::is_empty).
    pub fn install(&mut self, protection: Protection) {
        self.protection = Some(protection);
    }

    /// Are records decrypted?
    #[must_use]
    pub const fn is_protected(&self) -> bool {
        self.protection.is_some()
    }

    /// Opens the record at the front of `buf`. Bytes behind it are not touched.
    ///
    /// # Errors
    /// Any [`RecordFault`] of the peer. The connection is over.
    pub fn open<'b>(&mut self, buf: &'b mut [u8]) -> Result<Opened<'b>, RecordFault> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        self.open_first(buf)
            .inspect_err(|fault| self.fault = Some(*fault))
    }

    fn open_first<'b>(&mut self, buf: &'b mut [u8]) -> Result<Opened<'b>, RecordFault> {
        let available = buf.len();
        let Some((header, rest)) = buf.split_first_chunk_mut::<HEADER_LEN>() else {
            let missing = HEADER_LEN.saturating_sub(available);
            return Ok(Opened::More { missing });
        };
        let header = self.check(*header)?;
        let (content_type, length) = (header.content_type, usize::from(header.length));
        let Some(fragment) = rest.get_mut(..length) else {
            let missing = HEADER_LEN.saturating_add(length).saturating_sub(available);
            return Ok(Opened::More { missing });
        };
        self.seen_a_record = true;
        let payload = match &mut self.protection {
            None => fragment,
            Some(protection) => {
                let content = protection.open(content_type, fragment)?;
                fragment.get_mut(content).ok_or(RecordFault::BadRecordMac)?
            }
        };
        // Padding hides from the header how much content a CBC record has.
        self.check_content(payload.len())?;
        if payload.is_empty() && content_type != ContentType::application_data {
            return Err(RecordFault::EmptyRecord { content_type });
        }
        Ok(Opened::Record {
            content_type,
            version: header.legacy_record_version,
            payload,
            consumed: HEADER_LEN.saturating_add(length),
        })
    }

    /// All that the header alone tells, before a byte of the record is waited for.
    fn check(&self, bytes: [u8; HEADER_LEN]) -> Result<RecordHeader, RecordFault> {
        if !self.seen_a_record
            && let Some(looks_like) = Foreign::recognise(&bytes)
        {
            return Err(RecordFault::NotTls { looks_like });
        }
        let header = header::parse(bytes);
        header::check_content_type(header.content_type)?;
        header::check_version(header.legacy_record_version, self.version)?;
        self.check_length(header.length.into())?;
        if self.protection.is_none() && header.content_type == ContentType::application_data {
            return Err(RecordFault::UnprotectedData);
        }
        Ok(header)
    }

    /// The lengths are public, so a record that is too long, whatever its padding, is refused without decrypting it
    /// (RFC 6066 section 4).
    fn check_length(&self, length: usize) -> Result<(), RecordFault> {
        self.check_content(match &self.protection {
            None => length,
            Some(protection) => protection.least_content(length).unwrap_or(0),
        })?;
        if length > MAX_FRAGMENT {
            return Err(RecordFault::RecordTooLong {
                length,
                limit: MAX_FRAGMENT,
            });
        }
        Ok(())
    }

    fn check_content(&self, length: usize) -> Result<(), RecordFault> {
        let limit = self.limits.of(self.is_protected());
        if length > limit {
            return Err(RecordFault::RecordTooLong { length, limit });
        }
        Ok(())
    }
}

impl Default for RecordOpener {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;
    use crate::testing::{Dice, GCM, KINDS, Kind, pair};

    /// A record with `content`, protected by `kind`, and an opener for it.
    fn record(
        kind: Option<Kind>,
        content_type: ContentType,
        content: &[u8],
    ) -> (Vec<u8>, RecordOpener) {
        let (mut sealer, opener) = pair(kind, 0);
        let mut out = std::vec![0; sealer.sealed_len(content.len())];
        let n = sealer
            .seal_from(content_type, &[content], &mut out)
            .unwrap();
        assert_eq!(n, out.len());
        (out, opener)
    }

    fn protections() -> impl Iterator<Item = Option<Kind>> {
        [None].into_iter().chain(KINDS.map(Some))
    }

    #[test]
    fn a_record_that_is_cut_short_says_exactly_what_is_missing() {
        for kind in protections() {
            let (whole, mut opener) = record(kind, ContentType::handshake, &[7; 40]);
            for length in 0..whole.len() {
                let wanted = if length < HEADER_LEN {
                    HEADER_LEN
                } else {
                    whole.len()
                };
                let mut cut = whole[..length].to_vec();
                let more = Opened::More {
                    missing: wanted - length,
                };
                assert_eq!(opener.open(&mut cut), Ok(more));
                assert_eq!(cut, whole[..length], "an incomplete record is not touched");
            }
            assert!(matches!(
                opener.open(&mut whole.clone()),
                Ok(Opened::Record { .. })
            ));
        }
    }

    /// property 1: what is yielded lies inside the record, and nothing outside of the record is touched.
    #[test]
    fn no_byte_outside_the_record_is_yielded_or_touched() {
        for kind in protections() {
            for length in [1, 2, 16, 100] {
                let content = std::vec![0x42; length];
                let (whole, mut opener) = record(kind, ContentType::handshake, &content);
                let mut buf = whole.clone();
                buf.extend_from_slice(&[0xee; 50]);
                let start = buf.as_ptr().addr();
                let Ok(Opened::Record {
                    payload, consumed, ..
                }) = opener.open(&mut buf)
                else {
                    panic!("a whole record")
                };
                assert_eq!((&payload[..], consumed), (&content[..], whole.len()));
                let inside = payload.as_ptr().addr() - start;
                assert!(inside >= HEADER_LEN && inside + payload.len() <= consumed);
                assert_eq!(buf[whole.len()..], [0xee; 50]);
            }
        }
    }

    /// property 1: a length that is larger than the buffer yields nothing.
    #[test]
    fn a_claimed_length_alone_yields_nothing() {
        let mut buf = [22, 3, 3, 0x40, 0, 1, 2, 3];
        let missing = HEADER_LEN + 0x4000 - buf.len();
        let opened = RecordOpener::new().open(&mut buf);
        assert_eq!(opened, Ok(Opened::More { missing }));
    }

    #[test]
    fn a_change_of_any_bit_of_a_sealed_record_is_refused() {
        for kind in KINDS {
            let (whole, _) = record(Some(kind), ContentType::application_data, b"attack at dawn");
            for (index, bit) in
                (0..whole.len()).flat_map(|index| (0..8).map(move |bit| (index, bit)))
            {
                let (_, mut opener) = pair(Some(kind), 0);
                let mut changed = whole.clone();
                changed[index] ^= 1 << bit;
                match opener.open(&mut changed) {
                    // A longer length: the connection waits, for bytes that will not fit either.
                    Ok(Opened::More { .. }) => assert!(index == 3 || index == 4),
                    Ok(opened) => panic!("byte {index} bit {bit}: {opened:?}"),
                    Err(fault) if index >= HEADER_LEN => {
                        assert_eq!(fault, RecordFault::BadRecordMac);
                    }
                    Err(_) => {}
                }
            }
        }
    }

    #[test]
    fn records_open_only_in_the_order_in_which_they_were_sealed() {
        for kind in KINDS {
            let (mut sealer, mut opener) = pair(Some(kind), 0);
            let mut records = [[0_u8; 99]; 2];
            let mut n = 0;
            for record in &mut records {
                let content = &[&b"same"[..]];
                n = sealer
                    .seal_from(ContentType::alert, content, record)
                    .unwrap();
            }
            let fault = opener.open(&mut records[1][..n]).unwrap_err();
            assert_eq!(fault, RecordFault::BadRecordMac);
        }
    }

    #[test]
    fn a_fault_is_final() {
        let (whole, mut opener) = record(Some(GCM), ContentType::handshake, &[1, 2, 3]);
        let mut changed = whole.clone();
        *changed.last_mut().unwrap() ^= 1;
        for mut buf in [changed, whole, Vec::new()] {
            assert_eq!(opener.open(&mut buf), Err(RecordFault::BadRecordMac));
        }
    }

    #[test]
    fn a_fragment_too_short_to_be_protected_is_refused() {
        for kind in KINDS {
            for length in 0..16 {
                let (_, mut opener) = pair(Some(kind), 0);
                let mut buf = std::vec![0; HEADER_LEN + usize::from(length)];
                buf[..HEADER_LEN].copy_from_slice(&[23, 3, 3, 0, length]);
                assert_eq!(opener.open(&mut buf), Err(RecordFault::BadRecordMac));
            }
        }
    }

    #[test]
    fn only_application_data_may_be_empty() {
        for kind in KINDS {
            let (mut empty, mut opener) = record(Some(kind), ContentType::application_data, &[]);
            let opened = opener.open(&mut empty).unwrap();
            assert!(matches!(opened, Opened::Record { payload: [], .. }));
        }
        for kind in protections() {
            for content_type in [
                ContentType::handshake,
                ContentType::alert,
                ContentType::change_cipher_spec,
            ] {
                let (mut empty, mut opener) = record(kind, content_type, &[]);
                let fault = opener.open(&mut empty).unwrap_err();
                assert_eq!(fault, RecordFault::EmptyRecord { content_type });
            }
        }
    }

    #[test]
    fn any_version_of_tls_will_do_until_one_is_negotiated() {
        let open = |negotiated: Option<ProtocolVersion>, version: [u8; 2]| {
            let mut opener = RecordOpener::new();
            if let Some(negotiated) = negotiated {
                opener.set_version(negotiated);
            }
            opener
                .open(&mut [22, version[0], version[1], 0, 1, 0])
                .is_ok()
        };
        for (version, before, after) in [
            ([3, 0], true, false),
            ([3, 1], true, false),
            ([3, 3], true, true),
            ([3, 4], true, false),
            ([3, 0xff], true, false),
            ([2, 3], false, false),
            ([4, 3], false, false),
        ] {
            assert_eq!(open(None, version), before, "{version:?}");
            let negotiated = Some(ProtocolVersion::TLSv1_2);
            assert_eq!(open(negotiated, version), after, "{version:?}");
        }
    }

    #[test]
    fn other_protocols_are_recognised_in_the_first_record_only() {
        let sslv2 = |version| Foreign::Sslv2Hello {
            version: ProtocolVersion(version),
        };
        for (bytes, looks_like) in [
            (&b"GET / HTTP/1.1\r\n"[..], Foreign::HttpRequest),
            (b"POST /x", Foreign::HttpRequest),
            (b"HTTP/1.1 400 Bad Request", Foreign::HttpResponse),
            (b"220 mail.example.org ESMTP", Foreign::MailGreeting),
            (b"+OK ready", Foreign::MailboxGreeting),
            (b"SSH-2.0-x", Foreign::Ssh),
            (&[0x80, 0x2e, 1, 3, 1, 0, 0x15], sslv2(0x0301)),
            (&[0x80, 0x2e, 1, 0, 2, 0, 0x15], sslv2(0x0002)),
        ] {
            let fault = RecordOpener::new().open(&mut bytes.to_vec()).unwrap_err();
            assert_eq!(fault, RecordFault::NotTls { looks_like });

            let mut later = RecordOpener::new();
            assert!(later.open(&mut [22, 3, 1, 0, 1, 0]).is_ok());
            let fault = later.open(&mut bytes.to_vec()).unwrap_err();
            assert!(matches!(fault, RecordFault::UnknownContentType { .. }));
        }
    }

    /// property 1: heartbeat records (content type 24) are not known here.
    #[test]
    fn only_the_four_content_types_are_accepted() {
        for kind in 0..=u8::MAX {
            let (_, mut opener) = pair(Some(GCM), 0);
            let accepted = opener.open(&mut [kind, 3, 3, 0, 50]).is_ok();
            assert_eq!(accepted, (20..=23).contains(&kind), "{kind}");
        }
        let mut data = [23, 3, 3, 0, 1, 0];
        let fault = RecordOpener::new().open(&mut data).unwrap_err();
        assert_eq!(fault, RecordFault::UnprotectedData);
    }

    /// property 23: no panic for any input. property 22: every call consumes, waits for something, or fails.
    #[test]
    fn garbage_never_panics_and_every_call_makes_progress() {
        let mut dice = Dice(0x5eed_0001);
        for round in 0..20_000 {
            let kind = protections().nth(round % 6).unwrap();
            let (_, mut opener) = pair(kind, 0);
            let length = dice.below(80);
            let mut buf = dice.bytes(length);
            // Most garbage gets no further than the header: help it over that.
            let header = [20 + u8::try_from(dice.below(5)).unwrap(), 3, 3, 0];
            let helped = buf.iter_mut().zip(header).take(dice.below(5));
            helped.for_each(|(to, from)| *to = from);
            let mut rest = &mut buf[..];
            loop {
                let available = rest.len();
                match opener.open(rest) {
                    Err(_) => break,
                    Ok(Opened::More { missing }) => {
                        assert!(missing > 0);
                        break;
                    }
                    Ok(Opened::Record { consumed, .. }) => {
                        assert!(consumed >= HEADER_LEN && consumed <= available);
                        rest = &mut rest[consumed..];
                    }
                }
            }
        }
    }
}
