//! Records in: what is taken and what is refused.

use std::vec::Vec;

use super::*;
use crate::testing::{Dice, GCM, KINDS, Kind, pair, rounds};

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
#[cfg_attr(
    miri,
    ignore = "a thousand records under each of the ciphers: too slow"
)]
fn a_change_of_any_bit_of_a_sealed_record_is_refused() {
    for kind in KINDS {
        let (whole, _) = record(Some(kind), ContentType::application_data, b"attack at dawn");
        for (index, bit) in (0..whole.len()).flat_map(|index| (0..8).map(move |bit| (index, bit))) {
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
            if content_type == ContentType::change_cipher_spec && kind.is_some_and(Kind::is_tls13) {
                continue;
            }
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
    for round in 0..rounds(20_000) {
        let kind = protections().nth(round % 8).unwrap();
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
                Ok(Opened::Dropped { .. }) => panic!("nothing was to be dropped"),
                Ok(Opened::Record { consumed, .. }) => {
                    assert!(consumed >= HEADER_LEN && consumed <= available);
                    rest = &mut rest[consumed..];
                }
            }
        }
    }
}
