//! Records out: in place or gathered, within limits.

use std::io::IoSlice;
use std::vec;
use std::vec::Vec;

use super::*;
use crate::testing::{CBC, CBC_ETM, CHACHA, GCM, KINDS, pair};
use crate::{MAX_CONTENT, Opened};

/// All content of the records in `wire`, and how long each record's content is.
fn open_all(opener: &mut crate::RecordOpener, mut wire: &mut [u8]) -> (Vec<u8>, Vec<usize>) {
    let (mut content, mut lengths) = (Vec::new(), Vec::new());
    while !wire.is_empty() {
        let Ok(Opened::Record {
            payload, consumed, ..
        }) = opener.open(wire)
        else {
            panic!("whole records")
        };
        content.extend_from_slice(payload);
        lengths.push(payload.len());
        wire = &mut wire[consumed..];
    }
    (content, lengths)
}

#[test]
fn gathering_makes_the_same_records_as_sealing_in_place() {
    let content: Vec<u8> = (0..=255).collect();
    for kind in KINDS {
        for (length, cut) in [(0, 0), (1, 0), (1, 1), (100, 33), (256, 255)] {
            let (mut in_place, _) = pair(Some(kind), 5);
            let (mut gathering, _) = pair(Some(kind), 5);
            for _ in 0..3 {
                let front = in_place.margins().front;
                let range = front..front + length;
                let mut buf = vec![0; 400];
                buf[range.clone()].copy_from_slice(&content[..length]);
                let sealed = in_place
                    .seal(ContentType::application_data, &mut buf, range)
                    .unwrap();

                let (a, b) = content[..length].split_at(cut);
                let mut out = vec![0; gathering.sealed_len(length)];
                let n = gathering
                    .seal_from(ContentType::application_data, &[a, &[], b], &mut out)
                    .unwrap();
                assert_eq!(out[..n], buf[sealed]);
            }
        }
    }
}

#[test]
fn sealing_in_place_touches_only_the_margins_and_the_content() {
    for kind in [None, Some(GCM), Some(CHACHA), Some(CBC), Some(CBC_ETM)] {
        let (mut sealer, mut opener) = pair(kind, 0);
        let Margins { front, back } = sealer.margins();
        for before in [0, 1, 7] {
            let mut buf = vec![0xee; before + front + 3 + back + 9];
            let content = before + front..before + front + 3;
            buf[content.clone()].copy_from_slice(b"abc");
            let record = sealer
                .seal(ContentType::handshake, &mut buf, content)
                .unwrap();
            assert_eq!(record, before..before + sealer.sealed_len(3));
            assert!(record.end <= before + front + 3 + back);
            assert_eq!(buf[..before], vec![0xee; before]);
            assert!(buf[record.end..].iter().all(|byte| *byte == 0xee));
            assert_eq!(open_all(&mut opener, &mut buf[record]).0, b"abc");
        }
    }
}

#[test]
fn a_buffer_without_room_is_refused_and_no_sequence_number_is_used() {
    let (mut sealer, _) = pair(Some(GCM), 0);
    let before = sealer.remaining();
    let Margins { front, back } = sealer.margins();
    for (room, content) in [
        (front + 3 + back, front - 1..front + 2),
        (front + 3 + back - 1, front..front + 3),
        (front + 3 + back, front..usize::MAX),
        (front + 3 + back, usize::MAX..usize::MAX),
        (0, 0..0),
    ] {
        let refused = sealer.seal(ContentType::handshake, &mut vec![0; room], content);
        assert!(matches!(
            refused,
            Err(RecordFault::NoRoom { .. } | RecordFault::ContentTooLong { .. })
        ));
    }
    let needed = sealer.sealed_len(3);
    let refused = sealer.seal_from(ContentType::alert, &[&[0; 3][..]], &mut vec![0; needed - 1]);
    let room = needed - 1;
    assert_eq!(refused, Err(RecordFault::NoRoom { needed, room }));
    assert_eq!(sealer.remaining(), before);
}

#[test]
fn records_are_protected_from_keys_on_until_they_are_taken_away() {
    let (mut sealer, _) = pair(None, 0);
    assert!(!sealer.is_protected());
    sealer.install(crate::testing::protection(GCM));
    assert!(sealer.is_protected());
    sealer.uninstall();
    assert!(!sealer.is_protected());
}

/// RFC 8446 section 5.5: each record is one less.
#[test]
fn what_remains_of_a_key_is_counted() {
    let (mut sealer, _) = pair(Some(GCM), 0);
    let before = sealer.remaining().unwrap();
    let mut record = vec![0; sealer.sealed_len(1)];
    let content = [&[0_u8][..]];
    let sealed = sealer.seal_from(ContentType::handshake, &content, &mut record);
    assert_eq!(sealed, Ok(record.len()));
    assert_eq!(sealer.remaining(), Some(before - 1));
    assert_eq!(pair(None, 0).0.remaining(), None);
}

/// RFC 5246 section 6.2.3.3: an AEAD of TLS 1.2 has nowhere to put padding, whatever was asked for.
#[test]
fn without_tls13_nothing_is_padded() {
    for kind in [GCM, CHACHA, CBC] {
        let (plain, _) = pair(Some(kind), 0);
        let (mut sealer, _) = pair(Some(kind), 0);
        sealer.set_padding(Padding::ToMultiple(64));
        assert_eq!(sealer.margins(), plain.margins());
        assert_eq!(sealer.sealed_len(3), plain.sealed_len(3));
        let mut record = vec![0; plain.sealed_len(3)];
        let sealed = sealer.seal_from(ContentType::handshake, &[&b"abc"[..]], &mut record);
        assert_eq!(sealed, Ok(record.len()));
    }
}

#[test]
fn content_is_cut_at_the_limit() {
    for kind in [None, Some(GCM), Some(CHACHA), Some(CBC), Some(CBC_ETM)] {
        for (limit, length, wanted) in [
            (usize::MAX, MAX_CONTENT, vec![MAX_CONTENT]),
            (usize::MAX, MAX_CONTENT + 1, vec![MAX_CONTENT, 1]),
            (100, 250, vec![100, 100, 50]),
            (100, 200, vec![100, 100]),
            (1, 65, vec![64, 1]),
            (100, 0, vec![0]),
        ] {
            if kind.is_none() && limit < MAX_CONTENT {
                // Only protected records keep to it (RFC 8449 section 4).
                continue;
            }
            let (mut sealer, mut opener) = pair(kind, 0);
            sealer.set_content_limit(limit);
            let content: Vec<u8> = (0..length)
                .map(|n| u8::try_from(n % 253).unwrap())
                .collect();
            let mut out = vec![0; sealer.sealed_len(length)];
            let content_type = match kind {
                None if length == 0 => continue,
                None => ContentType::handshake,
                Some(_) => ContentType::application_data,
            };
            let parts = content.chunks(37).map(IoSlice::new).collect::<Vec<_>>();
            let n = sealer.seal_from(content_type, &parts, &mut out).unwrap();
            assert_eq!(n, out.len());
            assert_eq!(open_all(&mut opener, &mut out), (content, wanted));
        }
    }
}

#[test]
fn one_record_takes_no_more_than_the_limit() {
    let (mut sealer, _) = pair(Some(GCM), 0);
    sealer.set_content_limit(100);
    let refused = sealer.seal(ContentType::handshake, &mut [0; 300], 20..121);
    let fault = RecordFault::ContentTooLong {
        length: 101,
        limit: 100,
    };
    assert_eq!(refused, Err(fault));
    assert!(
        sealer
            .seal(ContentType::handshake, &mut [0; 300], 20..120)
            .is_ok()
    );
}

#[test]
fn application_data_is_never_sent_without_protection() {
    let (mut sealer, _) = pair(None, 0);
    let refused = sealer.seal_from(ContentType::application_data, &[&b"x"[..]], &mut [0; 64]);
    assert_eq!(refused, Err(RecordFault::UnprotectedData));
}
