//! The records of RFC 8448, and every way in which a `TLSInnerPlaintext` can be wrong.

use std::vec;
use std::vec::Vec;

use premaster_crypto::SecretBytes;
use premaster_crypto::tls13::TrafficSecret;
use premaster_wire::ProtocolVersion;

use super::*;
use crate::header::MAX_INNER;
use crate::testing::{Kind, PROVIDER, TLS13, TLS13_CHACHA, keys, pair, protection, unhex};
use crate::{
    Flight, HEADER_LEN, Inbox, MAX_CONTENT, Opened, Padding, Protection, RecordOpener, RecordSealer,
};

const DATA: ContentType = ContentType::application_data;

fn nonce(aead: &Tls13Aead, sequence: u64) -> [u8; 12] {
    let mut nonce = [0; 12];
    aead.write_nonce(sequence, &mut nonce);
    nonce
}

/// A record with `inner` as its whole plaintext: what an honest sealer would not make.
fn forged(inner: &[u8]) -> Vec<u8> {
    let aead = Tls13Aead::new(&PROVIDER, AeadAlgorithm::Aes128Gcm, &TLS13.keys()).unwrap();
    let context = RecordContext {
        sequence: 0,
        content_type: 0,
        version: 0x0303,
    };
    let header = header(&context, inner.len() + TAG).unwrap();
    let mut record = [&header[..], inner].concat();
    let nonce = nonce(&aead, 0);
    let tag = aead.key.seal(&nonce, &header, &mut record[HEADER_LEN..]);
    record.extend_from_slice(&tag.unwrap());
    record
}

fn opened(
    opener: &mut RecordOpener,
    record: &mut [u8],
) -> Result<(ContentType, Vec<u8>), RecordFault> {
    let length = record.len();
    match opener.open(record)? {
        Opened::Record {
            content_type,
            payload,
            consumed,
            ..
        } => {
            assert_eq!(consumed, length);
            Ok((content_type, payload.to_vec()))
        }
        other => panic!("{other:?}"),
    }
}

fn open(record: &[u8]) -> Result<(ContentType, Vec<u8>), RecordFault> {
    opened(&mut pair(Some(TLS13), 0).1, &mut record.to_vec())
}

fn sealed(sealer: &mut RecordSealer, content_type: ContentType, content: &[u8]) -> Vec<u8> {
    let mut out = vec![0; sealer.sealed_len(content.len())];
    let n = sealer.seal_from(content_type, &[content], &mut out);
    assert_eq!(n, Ok(out.len()));
    out
}

#[test]
#[cfg_attr(miri, ignore = "vectors of the true algorithms, which are assembly")]
fn records_are_those_of_rfc_8448() {
    let file = include_str!("../../../vectors/tls13_rfc8448.txt");
    let mut count = 0;
    for line in file.lines().filter(|line| !line.starts_with('#')) {
        let columns: Vec<_> = line.split(' ').collect();
        let [_, _, _, key, iv, sequence, content_type, content, record] = columns[..] else {
            panic!("nine columns: {line}")
        };
        let keys = || DirectionKeys {
            mac_key: SecretBytes::new(&[]),
            key: SecretBytes::new(&unhex(key)),
            iv: SecretBytes::new(&unhex(iv)),
        };
        let sequence = sequence.parse().unwrap();
        let protection = || TLS13.protection(&PROVIDER, keys()).used(sequence);
        let content_type = ContentType(content_type.parse().unwrap());
        let (content, mut record) = (unhex(content), unhex(record));

        let (mut sealer, mut opener) = (RecordSealer::new(), RecordOpener::new());
        sealer.install(protection());
        opener.install(protection());
        assert_eq!(sealed(&mut sealer, content_type, &content), record);
        let opened = opened(&mut opener, &mut record);
        assert_eq!(opened, Ok((content_type, content)), "{line}");
        count += 1;
    }
    assert_eq!(count, 27);
}

/// All three suites, three epochs, and padding to a multiple of 64 by the server.
#[test]
#[cfg_attr(miri, ignore = "vectors of the true algorithms, which are assembly")]
fn records_are_those_of_openssl() {
    let file = include_str!("../../../vectors/tls13_openssl.txt");
    let mut count = 0;
    for line in file.lines().filter(|line| !line.starts_with('#')) {
        let columns: Vec<_> = line.split(' ').collect();
        let [
            suite,
            sender,
            _,
            secret,
            sequence,
            content_type,
            _,
            content,
            record,
        ] = columns[..]
        else {
            panic!("nine columns: {line}")
        };
        let kind = Kind(premaster_crypto::suite_named(suite).unwrap().name, TLS13.1);
        let protection = || {
            let secret = TrafficSecret::from_key_log(kind.suite().hash, &unhex(secret));
            let keys = secret.unwrap().keys(kind.suite()).unwrap();
            kind.protection(&PROVIDER, keys)
                .used(sequence.parse().unwrap())
        };
        let content_type = ContentType(content_type.parse().unwrap());
        let (content, mut record) = (unhex(content), unhex(record));

        let (mut sealer, mut opener) = (RecordSealer::new(), RecordOpener::new());
        sealer.install(protection());
        opener.install(protection());
        if sender == "server" {
            sealer.set_padding(Padding::ToMultiple(64));
        }
        assert_eq!(sealed(&mut sealer, content_type, &content), record);
        let opened = opened(&mut opener, &mut record);
        assert_eq!(opened, Ok((content_type, content)), "{line}");
        count += 1;
    }
    assert_eq!(count, 45);
}

/// RFC 8446 section 2, figure 1: a ServerHello, a ChangeCipherSpec for middleboxes, and the rest of the flight under keys.
#[test]
fn a_flight_changes_to_keys_between_its_records() {
    for padding in [
        Padding::None,
        Padding::ToMultiple(50),
        Padding::ToLength(64),
    ] {
        let (mut sealer, mut opener) = pair(None, 0);
        let (mut flight, mut inbox) = (Flight::new(), Inbox::new(1000));
        sealer.set_padding(padding);
        flight.message(&mut sealer, &[2, 0, 0, 1, 7]).unwrap();
        flight.change_cipher_spec(&mut sealer).unwrap();
        flight.install(&mut sealer, protection(TLS13)).unwrap();
        let certificate = [&[11, 0, 0, 200][..], &[7; 200]].concat();
        for message in [&[8, 0, 0, 2, 0, 0][..], &certificate, &[20, 0, 0, 1, 9]] {
            flight.message(&mut sealer, message).unwrap();
        }
        let mut wire = vec![0; 1000];
        let sent = flight.transmit(&mut sealer, &mut wire).unwrap();
        assert!(flight.is_empty());

        opener.drop_change_cipher_specs(1);
        let (mut rest, mut kinds) = (&mut wire[..sent], Vec::new());
        while !rest.is_empty() {
            let consumed = match opener.open(rest).unwrap() {
                Opened::Record {
                    payload, consumed, ..
                } => {
                    inbox.push(payload).unwrap();
                    consumed
                }
                Opened::Dropped { consumed } => consumed,
                more => panic!("{more:?}"),
            };
            kinds.extend(core::iter::from_fn(|| inbox.next_message()).map(|message| message[0]));
            if kinds == [2] && !opener.is_protected() {
                opener.install_after(&inbox, protection(TLS13)).unwrap();
            }
            rest = &mut rest[consumed..];
        }
        assert_eq!(kinds, [2, 8, 11, 20], "{padding:?}");
    }
}

/// RFC 8446 section 5.2: all that an observer learns is a length.
#[test]
fn whatever_is_inside_looks_like_application_data_of_tls_1_2() {
    for kind in [TLS13, TLS13_CHACHA] {
        for content_type in [DATA, ContentType::alert, ContentType::handshake] {
            let (mut sealer, mut opener) = pair(Some(kind), 0);
            sealer.set_version(ProtocolVersion::TLSv1_0);
            let mut record = sealed(&mut sealer, content_type, b"ab");
            assert_eq!(record[..HEADER_LEN], [23, 3, 3, 0, 2 + 1 + 16]);
            let content = opened(&mut opener, &mut record);
            assert_eq!(content, Ok((content_type, b"ab".to_vec())));
        }
    }
}

/// RFC 8446 section 5.4: any number of zeros behind the type, wherever the pieces are cut in which they are looked at.
#[test]
#[cfg_attr(miri, ignore = "hundreds of records of full size: too slow")]
fn padding_of_any_length_is_taken_off() {
    for content in (0..70).chain(126..=130).chain([MAX_CONTENT]) {
        let longest = (MAX_CONTENT - content).min(200);
        for padding in (0..longest).chain([MAX_CONTENT - content]) {
            let content: Vec<u8> = (0..content).map(|at| u8::from(at % 3 > 0)).collect();
            let inner = [&content[..], &[23], &vec![0; padding]].concat();
            assert_eq!(take_apart(&inner), Ok((DATA, 0..content.len())));
        }
    }
    let padded = [&b"content\0\0"[..], &[22], &[0; 300]].concat();
    let content = (ContentType::handshake, b"content\0\0".to_vec());
    assert_eq!(open(&forged(&padded)), Ok(content));
}

/// RFC 8446 section 5.4: nothing but zeros, or nothing at all.
#[test]
#[cfg_attr(miri, ignore = "hundreds of records of full size: too slow")]
fn padding_alone_is_refused() {
    for length in (0..200).chain([MAX_CONTENT, MAX_INNER]) {
        let fault = open(&forged(&vec![0; length])).unwrap_err();
        assert_eq!(fault, RecordFault::NoContentType, "{length}");
    }
}

/// RFC 8446 section 5. property 3: a protected ChangeCipherSpec is refused, whatever its value.
#[test]
#[cfg_attr(miri, ignore = "hundreds of records of full size: too slow")]
fn only_three_content_types_are_protected() {
    for byte in 1..=u8::MAX {
        let content_type = ContentType(byte);
        for inner in [&[1, byte][..], &[1, byte, 0, 0]] {
            let wanted = match byte {
                21..=23 => Ok((content_type, vec![1])),
                _ => Err(RecordFault::ForeignContent { content_type }),
            };
            assert_eq!(open(&forged(inner)), wanted);
        }
    }
}

/// RFC 8446 section 5.4: handshake and alert records hold something, however much padding there is.
#[test]
fn only_application_data_may_be_empty_whatever_its_padding() {
    for padding in [0, 1, 100] {
        for byte in [21, 22, 23] {
            let content_type = ContentType(byte);
            let outcome = open(&forged(&[&[byte][..], &vec![0; padding]].concat()));
            let wanted = match byte {
                23 => Ok((content_type, Vec::new())),
                _ => Err(RecordFault::EmptyRecord { content_type }),
            };
            assert_eq!(outcome, wanted);
        }
    }
}

/// RFC 8446 section 5.2 and section 5.4. property 24: the header tells, so nothing is waited for.
#[test]
fn a_record_too_long_is_refused_by_its_header() {
    for (length, fault) in [
        (MAX_INNER + TAG, None),
        (MAX_INNER + TAG + 1, Some((MAX_INNER + 1, MAX_INNER))),
        (MAX_CONTENT + 256, Some((MAX_CONTENT + 240, MAX_INNER))),
        (
            MAX_CONTENT + 257,
            Some((MAX_CONTENT + 257, MAX_CONTENT + 256)),
        ),
    ] {
        let [high, low] = u16::try_from(length).unwrap().to_be_bytes();
        let outcome = pair(Some(TLS13), 0)
            .1
            .open(&mut [23, 3, 3, high, low])
            .map(drop);
        let fault = fault.map(|(length, limit)| RecordFault::RecordTooLong { length, limit });
        assert_eq!(outcome.err(), fault);
    }
    let longest = [&vec![7; MAX_CONTENT][..], &[23]].concat();
    assert_eq!(open(&forged(&longest)), Ok((DATA, vec![7; MAX_CONTENT])));
}

/// RFC 8449 section 4: record_size_limit counts type and padding.
#[test]
fn record_size_limit_counts_the_type() {
    for padding in [
        Padding::None,
        Padding::ToMultiple(1000),
        Padding::ToLength(5000),
    ] {
        for (limit, content) in [(64, 63), (100, 99), (MAX_CONTENT, MAX_CONTENT - 1)] {
            let (mut sealer, mut opener) = pair(Some(TLS13), 0);
            sealer.set_content_limit(limit);
            opener.set_content_limit(limit);
            sealer.set_padding(padding);
            let wanted = content.min(4999);
            let wanted = if padding == Padding::ToLength(5000) {
                wanted
            } else {
                content
            };
            assert_eq!(sealer.content_limit(), wanted);
            let mut record = sealed(&mut sealer, DATA, &vec![7; wanted]);
            assert!(record.len() <= HEADER_LEN + limit + TAG);
            assert_eq!(
                opened(&mut opener, &mut record),
                Ok((DATA, vec![7; wanted]))
            );
        }
    }
    let (mut sealer, mut opener) = pair(Some(TLS13), 0);
    opener.set_content_limit(100);
    let fault = opener
        .open(&mut sealed(&mut sealer, DATA, &[7; 100]))
        .unwrap_err();
    let (length, limit) = (101, 100);
    assert_eq!(fault, RecordFault::RecordTooLong { length, limit });
    assert_eq!(pair(Some(TLS13), 0).0.content_limit(), MAX_CONTENT);
}

/// RFC 8446 section 5.4: max_fragment_length too counts the type; we keep to that and do not insist on it.
#[test]
fn max_fragment_length_counts_the_type_when_we_send() {
    let (mut sealer, _) = pair(Some(TLS13), 0);
    sealer.set_fragment_limit(512);
    assert_eq!(sealer.content_limit(), 511);
    for (length, fits) in [(511, true), (512, true), (513, false)] {
        let (mut sealer, mut opener) = pair(Some(TLS13), 0);
        opener.set_fragment_limit(512);
        let mut record = sealed(&mut sealer, DATA, &vec![7; length]);
        assert_eq!(opener.open(&mut record).is_ok(), fits);
    }
}

#[test]
fn padding_makes_records_as_long_as_was_asked_for() {
    for (padding, lengths) in [
        (Padding::None, [(0, 1), (1, 2), (300, 301)]),
        (Padding::ToMultiple(32), [(0, 32), (31, 32), (32, 64)]),
        (Padding::ToLength(256), [(0, 256), (1, 256), (255, 256)]),
    ] {
        for (content, inner) in lengths {
            let (mut sealer, mut opener) = pair(Some(TLS13), 0);
            sealer.set_padding(padding);
            let content = vec![7; content];
            let mut record = sealed(&mut sealer, DATA, &content);
            assert_eq!(record.len(), HEADER_LEN + inner + TAG, "{padding:?}");
            assert_eq!(opened(&mut opener, &mut record), Ok((DATA, content)));
        }
    }
    let (mut sealer, mut opener) = pair(Some(TLS13), 0);
    sealer.set_padding(Padding::ToLength(256));
    let mut wire = sealed(&mut sealer, DATA, &[7; 600]);
    assert_eq!(
        wire.len(),
        3 * (HEADER_LEN + 256 + TAG),
        "all of one length"
    );
    let mut content = Vec::new();
    for record in wire.chunks_mut(HEADER_LEN + 256 + TAG) {
        content.extend(opened(&mut opener, record).unwrap().1);
    }
    assert_eq!(content, [7; 600]);
}

/// property 1: padding is written over whatever the back margin held, and nothing else is touched.
#[test]
fn padding_is_zero_whatever_was_in_the_margin() {
    for padding in [Padding::ToMultiple(100), Padding::ToLength(80)] {
        let (mut sealer, mut opener) = pair(Some(TLS13), 0);
        sealer.set_padding(padding);
        let margins = sealer.margins();
        let mut buf = vec![0xee; margins.overhead() + 3 + 9];
        let content = margins.front..margins.front + 3;
        buf[content.clone()].copy_from_slice(b"abc");
        let record = sealer.seal(DATA, &mut buf, content.clone()).unwrap();
        assert!(record.end <= content.end + margins.back);
        assert!(buf[record.end..].iter().all(|byte| *byte == 0xee));
        assert_eq!(
            opened(&mut opener, &mut buf[record]),
            Ok((DATA, b"abc".to_vec()))
        );
    }
}

/// property 17: no two records under one key have the same nonce; with other keys the numbers begin anew.
#[test]
fn every_record_has_another_nonce_and_new_keys_begin_at_zero() {
    for (algorithm, key) in [
        (AeadAlgorithm::Aes128Gcm, 16),
        (AeadAlgorithm::ChaCha20Poly1305, 32),
    ] {
        let aead = Tls13Aead::new(&PROVIDER, algorithm, &keys(0, 12, key)).unwrap();
        let numbers = [0, 1, 255, 256, 1 << 32, u64::MAX - 1];
        let mut nonces: Vec<_> = numbers.map(|number| nonce(&aead, number)).into();
        assert_eq!(
            nonces[0],
            keys(0, 12, key).iv.as_bytes(),
            "zero changes nothing"
        );
        nonces.sort_unstable();
        nonces.dedup();
        assert_eq!(nonces.len(), numbers.len());
    }
    let (mut sealer, mut opener) = pair(Some(TLS13), 7);
    let mut eighth = sealed(&mut sealer, DATA, b"old key");
    assert!(opened(&mut opener, &mut eighth).is_ok());
    sealer.install(protection(TLS13));
    opener.install(protection(TLS13));
    let first = sealed(&mut sealer, DATA, b"new key");
    let (mut fresh, _) = pair(Some(TLS13), 0);
    assert_eq!(first, sealed(&mut fresh, DATA, b"new key"));
    assert!(opened(&mut opener, &mut first.clone()).is_ok());
}

/// property 17: who is asked in time can change keys in time, and a policy may ask for it earlier.
#[test]
fn a_key_update_is_due_well_before_the_key_is_used_up() {
    let limit = AeadAlgorithm::Aes128Gcm.confidentiality_limit();
    for (used, due) in [(0, false), (limit / 2, false), (limit - limit / 16, true)] {
        let (mut sealer, _) = pair(Some(TLS13), used);
        assert_eq!(sealer.is_key_update_due(), due, "{used}");
        sealed(&mut sealer, ContentType::handshake, b"KeyUpdate");
        sealer.install(protection(TLS13));
        assert!(!sealer.is_key_update_due());
    }
    assert!(!pair(None, 0).0.is_key_update_due());
    assert!(!pair(Some(TLS13_CHACHA), 1 << 48).0.is_key_update_due());

    let (mut sealer, _) = pair(None, 0);
    sealer.install(protection(TLS13).limited_to(20));
    let mut records = 0;
    while !sealer.is_key_update_due() {
        sealed(&mut sealer, DATA, b"x");
        records += 1;
    }
    sealed(&mut sealer, ContentType::handshake, b"KeyUpdate");
    assert_eq!(records, 15);
    let refused = sealer.seal_from(DATA, &[&b"x"[..]], &mut [0; 99]);
    assert_eq!(refused, Err(RecordFault::KeyExhausted));
}

/// RFC 8446 section 5: it is not protected, so it has to go before the keys come.
#[test]
fn a_change_cipher_spec_is_not_protected() {
    let (mut sealer, _) = pair(Some(TLS13), 0);
    let before = sealer.remaining();
    let refused = sealer.seal_from(
        ContentType::change_cipher_spec,
        &[&[1_u8][..]],
        &mut [0; 99],
    );
    assert_eq!(refused, Err(RecordFault::ProtectedChangeCipherSpec));
    assert_eq!(sealer.remaining(), before);
}

/// RFC 8446 section 5.1: "MUST be ignored for all purposes". It is part of the header, so nobody in between can change it.
#[test]
fn the_version_of_a_record_does_not_matter_but_is_authentic() {
    let aead = Tls13Aead::new(&PROVIDER, AeadAlgorithm::Aes128Gcm, &TLS13.keys()).unwrap();
    for version in [0x0301, 0x0304, 0x0505] {
        let (content_type, sequence) = (22, 0);
        let context = RecordContext {
            sequence,
            content_type,
            version,
        };
        let mut fragment = vec![7; 3 + aead.back()];
        aead.seal(&context, &mut fragment, 3).unwrap();
        let mut record = [&header(&context, fragment.len()).unwrap()[..], &fragment].concat();
        assert_eq!(open(&record), Ok((ContentType::handshake, vec![7; 3])));
        record[1..3].copy_from_slice(&[3, 3]);
        assert_eq!(open(&record), Err(RecordFault::BadRecordMac));
    }
}

#[test]
fn keys_of_the_wrong_shape_and_suites_of_another_version_are_refused() {
    let new = |name: &str, version, iv, key| {
        let suite = premaster_crypto::suite_named(name).unwrap();
        Protection::new(&PROVIDER, suite, version, TLS13.1, keys(0, iv, key)).is_ok()
    };
    let (tls12, tls13) = (ProtocolVersion::TLSv1_2, ProtocolVersion::TLSv1_3);
    assert!(new(TLS13.0, tls13, 12, 16));
    assert!(!new(TLS13.0, tls13, 4, 16));
    assert!(!new(TLS13.0, tls13, 12, 32));
    assert!(!new(TLS13.0, tls12, 12, 16));
    assert!(!new(crate::testing::GCM.0, tls13, 12, 16));
    assert!(!new(crate::testing::CBC.0, tls13, 12, 16));
}
