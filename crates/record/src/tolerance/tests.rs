//! What is dropped, when, and how much of it.

use std::vec;
use std::vec::Vec;

use super::*;
use crate::testing::{CBC, CHACHA, Dice, GCM, Kind, TLS13, TLS13_CHACHA, pair, protection, rounds};
use crate::{HEADER_LEN, Inbox, MAX_CONTENT, Opened, RecordOpener, RecordSealer};

const CHANGE_CIPHER_SPEC: [u8; 6] = [20, 3, 3, 0, 1, 1];
const STRAY: RecordFault = RecordFault::StrayChangeCipherSpec;

/// What became of a whole record.
fn outcome(opener: &mut RecordOpener, record: &[u8]) -> Result<Option<ContentType>, RecordFault> {
    match opener.open(&mut record.to_vec())? {
        Opened::Dropped { consumed } => {
            assert_eq!(consumed, record.len());
            Ok(None)
        }
        Opened::Record { content_type, .. } => Ok(Some(content_type)),
        more @ Opened::More { .. } => panic!("{more:?}"),
    }
}

fn sealed(sealer: &mut RecordSealer, content_type: ContentType, length: usize) -> Vec<u8> {
    let mut out = vec![0; sealer.sealed_len(length)];
    sealer
        .seal_from(content_type, &[&vec![7; length][..]], &mut out)
        .unwrap();
    out
}

/// Early data of this much content, under keys that we do not have.
fn early_data(length: usize) -> Vec<u8> {
    sealed(
        &mut pair(Some(TLS13_CHACHA), 0).0,
        ContentType::application_data,
        length,
    )
}

fn opener(kind: Option<Kind>) -> RecordOpener {
    pair(kind, 0).1
}

/// RFC 8446 section 5. property 24: as many as are allowed, no more.
#[test]
fn change_cipher_specs_are_dropped_as_often_as_is_allowed() {
    for kind in [None, Some(TLS13)] {
        for allowed in 0..4 {
            let mut opener = opener(kind);
            opener.drop_change_cipher_specs(allowed);
            for _ in 0..allowed {
                assert_eq!(outcome(&mut opener, &CHANGE_CIPHER_SPEC), Ok(None));
            }
            let next = outcome(&mut opener, &CHANGE_CIPHER_SPEC);
            let yielded = Ok(Some(ContentType::change_cipher_spec));
            assert_eq!(next, if kind.is_none() { yielded } else { Err(STRAY) });
        }
    }
}

/// RFC 8446 section 5. property 3: after the peer's Finished there is none.
#[test]
fn no_change_cipher_spec_is_dropped_any_more_once_that_is_over() {
    let mut opener = opener(Some(TLS13));
    opener.drop_change_cipher_specs(2);
    assert_eq!(outcome(&mut opener, &CHANGE_CIPHER_SPEC), Ok(None));
    opener.drop_change_cipher_specs(0);
    assert_eq!(outcome(&mut opener, &CHANGE_CIPHER_SPEC), Err(STRAY));
}

/// RFC 8446 section 5: any other value is refused, any other length with keys already by the header.
#[test]
fn only_the_byte_1_is_a_change_cipher_spec() {
    for kind in [None, Some(TLS13)] {
        for record in [
            &[20, 3, 3, 0, 1, 0][..],
            &[20, 3, 3, 0, 1, 2],
            &[20, 3, 3, 0, 2, 1, 1],
            &[20, 3, 3, 0, 0],
        ] {
            let mut opener = opener(kind);
            opener.drop_change_cipher_specs(9);
            assert_eq!(outcome(&mut opener, record), Err(STRAY));
        }
    }
    let mut opener = opener(Some(TLS13));
    opener.drop_change_cipher_specs(9);
    assert_eq!(opener.open(&mut [20, 3, 3, 0x40, 0]), Err(STRAY));
}

/// A handshake record in between changes nothing, and dropping takes no sequence number.
#[test]
fn a_dropped_change_cipher_spec_leaves_no_trace() {
    let (mut sealer, mut opener) = pair(Some(TLS13), 0);
    opener.drop_change_cipher_specs(9);
    for _ in 0..3 {
        assert_eq!(outcome(&mut opener, &CHANGE_CIPHER_SPEC), Ok(None));
        let record = sealed(&mut sealer, ContentType::handshake, 5);
        assert_eq!(
            outcome(&mut opener, &record),
            Ok(Some(ContentType::handshake))
        );
    }
}

/// RFC 8446 section 5.2: with keys everything is protected.
#[test]
fn nothing_else_comes_without_protection() {
    for (content_type, record) in [
        (ContentType::handshake, &[22, 3, 3, 0, 4, 0, 0, 0, 0][..]),
        (ContentType::alert, &[21, 3, 3, 0, 2, 2, 40]),
    ] {
        let mut opener = opener(Some(TLS13));
        opener.drop_change_cipher_specs(9);
        opener.skip_early_data(1000);
        let fault = RecordFault::UnprotectedRecord { content_type };
        assert_eq!(outcome(&mut opener, record), Err(fault));
    }
}

/// RFC 8446 section 6.
#[test]
fn an_alert_may_come_without_protection_before_the_first_record_that_has_it() {
    let alert = [21, 3, 3, 0, 2, 2, 40];
    let fault = RecordFault::UnprotectedRecord {
        content_type: ContentType::alert,
    };
    let accepting = || {
        let (sealer, mut opener) = pair(Some(TLS13), 0);
        opener.accept_plain_alerts();
        (sealer, opener)
    };
    assert_eq!(
        outcome(&mut accepting().1, &alert),
        Ok(Some(ContentType::alert))
    );
    assert_eq!(
        outcome(&mut accepting().1, &[21, 3, 3, 0, 3, 2, 40, 0]),
        Err(fault)
    );
    let (mut sealer, mut opener) = accepting();
    let record = sealed(&mut sealer, ContentType::handshake, 5);
    assert!(outcome(&mut opener, &record).is_ok());
    assert_eq!(outcome(&mut opener, &alert), Err(fault));
}

/// RFC 8446 section 4.2.10: by trial, until the first record opens.
#[test]
fn early_data_is_skipped_until_a_record_opens() {
    let (mut sealer, mut opener) = pair(Some(TLS13), 0);
    opener.drop_change_cipher_specs(1);
    opener.skip_early_data(1000);
    // What early data may hold was agreed on in another connection.
    opener.set_content_limit(64);
    assert_eq!(outcome(&mut opener, &early_data(300)), Ok(None));
    assert_eq!(outcome(&mut opener, &CHANGE_CIPHER_SPEC), Ok(None));
    assert_eq!(outcome(&mut opener, &early_data(0)), Ok(None));
    let finished = sealed(&mut sealer, ContentType::handshake, 36);
    assert_eq!(
        outcome(&mut opener, &finished),
        Ok(Some(ContentType::handshake))
    );
    assert_eq!(
        outcome(&mut opener, &early_data(1)),
        Err(RecordFault::BadRecordMac)
    );
}

/// RFC 8446 section 4.2.10: after a HelloRetryRequest, until the second ClientHello.
#[test]
fn early_data_is_skipped_without_keys_too() {
    let client_hello = [22, 3, 3, 0, 4, 1, 0, 0, 0];
    let mut opener = opener(None);
    opener.skip_early_data(1000);
    assert_eq!(outcome(&mut opener, &early_data(300)), Ok(None));
    assert_eq!(outcome(&mut opener, &early_data(1)), Ok(None));
    assert_eq!(
        outcome(&mut opener, &client_hello),
        Ok(Some(ContentType::handshake))
    );
    assert_eq!(
        outcome(&mut opener, &early_data(1)),
        Err(RecordFault::UnprotectedData)
    );
}

/// property 24: no more is skipped than the ticket allows, be it in large records or in empty ones.
#[test]
#[cfg_attr(miri, ignore = "three thousand records: too slow")]
fn no_more_early_data_is_skipped_than_is_allowed() {
    let fault = Err(RecordFault::TooMuchEarlyData { limit: 1000 });
    for kind in [None, Some(TLS13)] {
        for (length, records) in [(1000, 1), (1001, 0), (300, 3), (1, 1000), (0, 1000)] {
            let mut opener = opener(kind);
            opener.skip_early_data(1000);
            for _ in 0..records {
                assert_eq!(outcome(&mut opener, &early_data(length)), Ok(None));
            }
            assert_eq!(outcome(&mut opener, &early_data(length)), fault, "{length}");
            assert_eq!(
                outcome(&mut opener, &early_data(0)),
                fault,
                "a fault is final"
            );
        }
    }
}

/// What is skipped is a record of TLS 1.3, with keys and without (RFC 8446 section 5.2): neither shorter, be it that less
/// was agreed on since, nor longer.
#[test]
fn early_data_is_as_long_as_a_record_of_tls13_and_no_longer() {
    let limit = MAX_CONTENT + 256;
    for kind in [None, Some(TLS13)] {
        for length in [MAX_CONTENT, MAX_CONTENT + 17, limit, limit + 1] {
            let [high, low] = u16::try_from(length).unwrap().to_be_bytes();
            let mut record = vec![0; HEADER_LEN + length];
            record[..HEADER_LEN].copy_from_slice(&[23, 3, 3, high, low]);
            let mut opener = opener(kind);
            opener.skip_early_data(usize::MAX);
            opener.set_fragment_limit(512);
            let fault = Err(RecordFault::RecordTooLong { length, limit });
            let wanted = if length > limit { fault } else { Ok(None) };
            assert_eq!(outcome(&mut opener, &record), wanted, "{kind:?}");
        }
    }
}

/// A record that was changed on the way is early data for all we know: the rest does not open either, and it ends there.
#[test]
fn skipping_hides_no_change_for_long() {
    let (mut sealer, mut opener) = pair(Some(TLS13), 0);
    opener.skip_early_data(100);
    let mut changed = sealed(&mut sealer, ContentType::handshake, 36);
    changed[HEADER_LEN] ^= 1;
    assert_eq!(outcome(&mut opener, &changed), Ok(None));
    let second = sealed(&mut sealer, ContentType::application_data, 30);
    assert_eq!(
        outcome(&mut opener, &second),
        Ok(None),
        "its number is 1, 0 was expected"
    );
    let third = sealed(&mut sealer, ContentType::application_data, 40);
    assert!(outcome(&mut opener, &third).is_err());
}

/// What is dropped in TLS 1.3 is what it is in TLS 1.2.
#[test]
fn nothing_is_dropped_unless_it_is_asked_for() {
    for kind in [None, Some(GCM), Some(CHACHA), Some(CBC)] {
        let (mut sealer, mut opener) = pair(kind, 0);
        let record = sealed(&mut sealer, ContentType::change_cipher_spec, 1);
        let yielded = outcome(&mut opener, &record);
        assert_eq!(yielded, Ok(Some(ContentType::change_cipher_spec)));
    }
    for kind in [None, Some(GCM), Some(CBC), Some(TLS13)] {
        assert!(outcome(&mut opener(kind), &early_data(100)).is_err());
    }
}

/// property 3, property 23: neither the beginning of a message nor a whole one that nobody took may span a change of keys.
#[test]
fn keys_do_not_change_in_the_middle_of_a_message() {
    for (bytes, is_between) in [
        (&[][..], true),
        (&[20], false),
        (&[20, 0, 0, 2, 1], false),
        (&[20, 0, 0, 0], false),
    ] {
        let mut inbox = Inbox::new(100);
        inbox.push(bytes).unwrap();
        let mut opener = RecordOpener::new();
        let installed = opener.install_after(&inbox, protection(TLS13));
        assert_eq!(installed.is_ok(), is_between);
        assert_eq!(opener.is_protected(), is_between);
        if !is_between {
            let fault = RecordFault::KeyChangeInMessage;
            assert_eq!(
                outcome(&mut opener, &CHANGE_CIPHER_SPEC),
                Err(fault),
                "it is final"
            );
        }
    }
}

/// property 23: no panic for any input. property 22: every call consumes, waits for something, or fails.
#[test]
fn garbage_never_panics_and_every_call_makes_progress() {
    let mut dice = Dice(0x5eed_0003);
    for round in 0..u32::try_from(rounds(20_000)).unwrap() {
        let mut opener = opener((round % 2 > 0).then_some(TLS13));
        opener.drop_change_cipher_specs(round % 3);
        opener.skip_early_data(dice.below(100));
        if round % 5 == 0 {
            opener.accept_plain_alerts();
        }
        let length = dice.below(120);
        let mut buf = dice.bytes(length);
        for at in (0..length).step_by(1 + dice.below(30)) {
            let header = [20 + u8::try_from(dice.below(5)).unwrap(), 3, 3, 0];
            buf[at..]
                .iter_mut()
                .zip(header)
                .for_each(|(to, from)| *to = from);
        }
        let mut rest = &mut buf[..];
        loop {
            let available = rest.len();
            match opener.open(rest) {
                Err(_) => break,
                Ok(Opened::More { missing }) => {
                    assert!(missing > 0);
                    break;
                }
                Ok(Opened::Record { consumed, .. } | Opened::Dropped { consumed }) => {
                    assert!(consumed >= HEADER_LEN && consumed <= available);
                    rest = &mut rest[consumed..];
                }
            }
        }
    }
}
