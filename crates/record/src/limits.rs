//! How much content a record may hold: two limits that are agreed on in different ways and hold for different records, and
//! one that a sender sets for itself.
//!
//! | limit | RFC | holds for |
//! |---|---|---|
//! | record_size_limit | RFC 8449 section 4 | protected records, in each direction what its receiver has asked for |
//! | max_fragment_length | RFC 6066 section 4 | all records from the server's hello on, the same in both directions |
//! | our own | RFC 5246 section 6.2.1, RFC 8446 section 5.1 | all records that we send; no peer is told of it |
//!
//! Where the first is negotiated the second is not (RFC 8449 section 5). Of several the smallest one counts.
//!
//! Our own is a limit of the content. In TLS 1.3 the two others are limits of the `TLSInnerPlaintext`: content, a byte of type, and padding (RFC 8446 section 5.4).

use crate::header::{MAX_CONTENT, MAX_INNER};

/// The limits of one direction; without agreement the RFC's own, 2^14 bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ContentLimits {
    protected: usize,
    any: usize,
    own: usize,
}

impl ContentLimits {
    pub(crate) const fn new() -> Self {
        Self {
            protected: MAX_INNER,
            any: MAX_INNER,
            own: MAX_CONTENT,
        }
    }

    /// For protected records.
    pub(crate) const fn set_protected(&mut self, limit: usize) {
        self.protected = limit;
    }

    /// For every record.
    pub(crate) const fn set_any(&mut self, limit: usize) {
        self.any = limit;
    }

    /// For every record that we send.
    pub(crate) const fn set_own(&mut self, limit: usize) {
        self.own = limit;
    }

    /// The most bytes of a `TLSInnerPlaintext` that we send.
    #[inline]
    pub(crate) const fn inner(&self) -> usize {
        let own = self.own.saturating_add(1);
        least(least(least(self.protected, self.any), own), MAX_INNER)
    }

    /// The most bytes of a `TLSInnerPlaintext` that we take. Some peers let max_fragment_length be a limit of the content,
    /// as it is in TLS 1.2.
    #[inline]
    pub(crate) const fn inner_received(&self) -> usize {
        let any = self.any.saturating_add(1);
        least(least(self.protected, any), MAX_INNER)
    }

    /// The most content of a record. "Unprotected messages are not subject to" record_size_limit (RFC 8449 section 4).
    #[inline]
    pub(crate) const fn of(&self, protected: bool) -> usize {
        let any = least(least(self.any, self.own), MAX_CONTENT);
        if protected {
            least(self.protected, any)
        } else {
            any
        }
    }
}

const fn least(a: usize, b: usize) -> usize {
    if a < b { a } else { b }
}

#[cfg(test)]
mod tests {
    use std::vec;

    use premaster_wire::ContentType;

    use crate::testing::{CHACHA, GCM, Kind, pair};
    use crate::{MAX_CONTENT, MAX_FRAGMENT, Opened, RecordFault};

    const MAX: usize = usize::MAX;

    /// Suite, max_fragment_length, record_size_limit, and what it comes to.
    const AGREED: [(Option<Kind>, usize, usize, usize); 9] = [
        (None, MAX, MAX, MAX_CONTENT),
        (None, MAX, 100, MAX_CONTENT),
        (None, 512, MAX, 512),
        (None, 512, 100, 512),
        (Some(GCM), MAX, MAX, MAX_CONTENT),
        (Some(GCM), MAX, 100, 100),
        (Some(GCM), 512, MAX, 512),
        (Some(GCM), 512, 100, 100),
        (Some(GCM), 512, 600, 512),
    ];

    /// property 24: no record is waited for that is longer than agreed.
    #[test]
    fn a_record_longer_than_agreed_is_refused_by_its_header() {
        for (kind, fragment, content, wanted) in AGREED {
            let overhead = kind.map_or(0, |_| 8 + 16);
            for (length, fits) in [(wanted, true), (wanted + 1, false)] {
                let (_, mut opener) = pair(kind, 0);
                opener.set_fragment_limit(fragment);
                opener.set_content_limit(content);
                let [high, low] = u16::try_from(length + overhead).unwrap().to_be_bytes();
                let mut header = [22, 3, 3, high, low];
                match opener.open(&mut header) {
                    Ok(Opened::More { .. }) => assert!(fits),
                    opened => {
                        let limit = wanted;
                        let fault = RecordFault::RecordTooLong { length, limit };
                        assert_eq!((opened, fits), (Err(fault), false));
                    }
                }
            }
        }
    }

    #[test]
    fn records_are_cut_as_agreed() {
        for (kind, fragment, content, wanted) in AGREED {
            let (mut sealer, mut opener) = pair(kind, 0);
            sealer.set_fragment_limit(fragment);
            sealer.set_content_limit(content);
            assert_eq!(sealer.content_limit(), wanted);
            let message = vec![7; wanted + 1];
            let mut out = vec![0; sealer.sealed_len(message.len())];
            sealer
                .seal_from(ContentType::handshake, &[&message[..]], &mut out)
                .unwrap();
            // The peer holds us to it.
            opener.set_fragment_limit(fragment);
            opener.set_content_limit(content);
            let mut rest = &mut out[..];
            for length in [wanted, 1] {
                let Ok(Opened::Record {
                    payload, consumed, ..
                }) = opener.open(rest)
                else {
                    panic!("a record")
                };
                assert_eq!(payload.len(), length);
                rest = &mut rest[consumed..];
            }
            assert!(rest.is_empty());
        }
    }

    /// Our own limit, what is agreed on, and what it comes to.
    #[test]
    fn a_sender_may_limit_itself_further() {
        for (kind, own, agreed, wanted) in [
            (None, 512, MAX, 512),
            (Some(GCM), 512, MAX, 512),
            (Some(GCM), 512, 100, 100),
            (Some(GCM), MAX, MAX, MAX_CONTENT),
            (Some(GCM), 1, MAX, 64),
        ] {
            let (mut sealer, mut opener) = pair(kind, 0);
            sealer.set_content_limit(agreed);
            sealer.set_own_limit(own);
            assert_eq!(sealer.content_limit(), wanted);
            let message = vec![7; wanted + 1];
            let mut out = vec![0; sealer.sealed_len(message.len())];
            sealer
                .seal_from(ContentType::handshake, &[&message[..]], &mut out)
                .unwrap();
            let Ok(Opened::Record { payload, .. }) = opener.open(&mut out) else {
                panic!("a record")
            };
            assert_eq!(payload.len(), wanted);
        }
    }

    #[test]
    fn no_cipher_and_no_agreement_makes_room_for_more_than_the_rfc_allows() {
        let open = |kind, length: usize| {
            let (_, mut opener) = pair(kind, 0);
            let [high, low] = u16::try_from(length).unwrap().to_be_bytes();
            opener.open(&mut [22, 3, 3, high, low]).is_ok()
        };
        let chacha = Some(CHACHA);
        assert!(open(chacha, MAX_CONTENT + 16) && !open(chacha, MAX_CONTENT + 17));
        assert!(!open(Some(GCM), MAX_FRAGMENT + 1));
        assert!(!open(None, usize::from(u16::MAX)));
    }
}
