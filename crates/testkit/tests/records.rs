//! What comes in records: floods, sizes, alerts, and records that have no place.

use premaster_connection::tls::{Next, Options};
use premaster_connection::{Error, Fault};
use premaster_testkit::caller::Stop;
use premaster_testkit::wire::{Start, WIRES};
use premaster_testkit::{Cast, Step, Wire};
use premaster_wire::{ContentType, HandshakeType as Type};

const WARNING: [u8; 2] = [1, 90];
const CLOSE_NOTIFY: [u8; 2] = [1, 0];

/// An established connection and its peer.
fn established(cast: &Cast, start: Start) -> Wire {
    let (mut wire, script) = start(cast, Options::default());
    wire.play(&script, |bytes| vec![bytes.to_vec()]);
    assert!(wire.victim.connection.facts().is_some());
    wire
}

/// A connection that has said or is about to say its first message.
fn begun(cast: &Cast, start: Start) -> Wire {
    start(cast, Options::default()).0
}

/// The name of the record layer's rule that ended it.
fn rule(wire: &Wire) -> Option<&'static str> {
    match &wire.victim.error {
        Some(Error::Record(fault)) => Some(fault.rule().name),
        _ => None,
    }
}

fn fault(wire: &Wire) -> Option<Fault> {
    match &wire.victim.error {
        Some(Error::Handshake(error)) => Some(error.fault()),
        _ => None,
    }
}

/// property 24: sixteen empty records in a row are put up with, or four warnings, and not one more; whatever brings something
/// begins the count anew.
#[test]
fn a_flood_of_empty_records_or_warnings_ends_the_connection() {
    let cast = Cast::new();
    let kinds: [(ContentType, &[u8], usize, &str); 2] = [
        (
            ContentType::application_data,
            b"",
            16,
            "TooManyEmptyRecords",
        ),
        (ContentType::alert, &WARNING, 4, "TooManyWarnings"),
    ];
    for start in WIRES {
        for (content_type, content, limit, fault) in kinds {
            let mut wire = established(&cast, start);
            for _ in 0..3 {
                for _ in 0..limit {
                    wire.record(content_type, content);
                }
                assert_eq!(wire.victim.error, None);
                wire.record(ContentType::application_data, b"something");
            }
            assert_eq!(wire.victim.data, b"something".repeat(3));
            for _ in 0..=limit {
                wire.record(content_type, content);
            }
            assert_eq!(rule(&wire), Some(fault), "{content_type}");
        }
    }
}

/// property 24: the same before anybody is authenticated.
#[test]
fn a_flood_of_warnings_ends_a_handshake() {
    let cast = Cast::new();
    for start in WIRES {
        let mut wire = begun(&cast, start);
        for _ in 0..4 {
            wire.record(ContentType::alert, &WARNING);
        }
        assert_eq!(wire.victim.error, None);
        wire.record(ContentType::alert, &WARNING);
        assert_eq!(rule(&wire), Some("TooManyWarnings"));
    }
}

/// property 24: a handshake record without content is refused at once.
#[test]
fn an_empty_handshake_record_is_refused() {
    let cast = Cast::new();
    for start in WIRES {
        for content_type in [ContentType::handshake, ContentType::alert] {
            let mut wire = begun(&cast, start);
            wire.record(content_type, b"");
            assert_eq!(rule(&wire), Some("EmptyRecord"));
        }
    }
}

/// property 24: a message is refused by its header, before anything of it is kept.
#[test]
fn a_message_that_announces_too_much_is_refused_by_its_header() {
    let cast = Cast::new();
    for start in WIRES {
        let mut wire = begun(&cast, start);
        wire.record(ContentType::handshake, &[11, 1, 0, 0]);
        assert_eq!(wire.victim.error, None, "64 KiB are allowed");
        let mut wire = begun(&cast, start);
        wire.record(ContentType::handshake, &[11, 1, 0, 1]);
        assert_eq!(rule(&wire), Some("MessageTooLong"));
    }
}

/// properties 18 and 24: a wish to renegotiate is answered with a warning, a flood of wishes
/// ends the connection, and none of them begins a handshake.
#[test]
fn a_wish_to_renegotiate_is_declined() {
    let cast = Cast::new();
    for (start, wish) in [
        (WIRES[0], Type::hello_request),
        (WIRES[1], Type::client_hello),
    ] {
        let mut wire = established(&cast, start);
        for number in 1..=16 {
            wire.say(Step::Message(wish));
            wire.listen();
            assert_eq!(
                wire.alerts,
                vec![[1, 100]; number],
                "{:?}",
                wire.victim.error
            );
        }
        assert_eq!(
            wire.heard
                .iter()
                .filter(|step| **step == Step::ChangeCipherSpec)
                .count(),
            1
        );
        wire.record(ContentType::application_data, b"still here");
        assert_eq!(wire.victim.data, b"still here");
        for _ in 0..17 {
            wire.say(Step::Message(wish));
        }
        assert!(wire.victim.error.is_some(), "a flood");
    }
}

/// properties 3 and 4: after the handshake every message but a wish to renegotiate is out of
/// place, and so is a ChangeCipherSpec.
#[test]
fn after_the_handshake_all_other_messages_are_refused() {
    let cast = Cast::new();
    for (start, wish) in [
        (WIRES[0], Type::hello_request),
        (WIRES[1], Type::client_hello),
    ] {
        for kind in (0..=255).map(Type).filter(|kind| *kind != wish) {
            let mut wire = established(&cast, start);
            wire.say(Step::Message(kind));
            assert_eq!(fault(&wire), Some(Fault::UnexpectedMessage), "{kind}");
        }
        let mut wire = established(&cast, start);
        wire.record(ContentType::change_cipher_spec, &[1]);
        assert_eq!(fault(&wire), Some(Fault::UnexpectedChangeCipherSpec));
    }
}

/// property 1: there is no heartbeat, before keys or under them, nor any other type of record.
#[test]
fn heartbeats_and_unknown_records_are_refused() {
    let cast = Cast::new();
    for start in WIRES {
        for kind in (0..=255)
            .map(ContentType)
            .filter(|kind| !(20..=23).contains(&kind.0))
        {
            // Claims 16 KiB, brings three bytes.
            let heartbeat = [1, 0x40, 0, 1, 2, 3];
            let mut wire = begun(&cast, start);
            wire.record(kind, &heartbeat);
            assert_eq!(rule(&wire), Some("UnknownContentType"), "{kind}");
        }
        let mut wire = established(&cast, start);
        wire.record(ContentType(24), &[1, 0x40, 0, 1, 2, 3]);
        assert_eq!(rule(&wire), Some("UnknownContentType"));
        wire.listen();
        assert_eq!(wire.data, b"", "nothing comes back");
    }
}

/// STARTTLS: what was received in the plain before or during the handshake is never data.
#[test]
fn plaintext_never_reaches_the_protected_stream() {
    let cast = Cast::new();
    for start in WIRES {
        let steps = begun_steps(&cast, start);
        for said in 0..=steps {
            let (mut wire, script) = start(&cast, Options::default());
            wire.play(&script[..said], |bytes| vec![bytes.to_vec()]);
            let plain = [&[23, 3, 3, 0, 4][..], b"evil"].concat();
            wire.carry(&plain);
            assert!(wire.victim.error.is_some(), "step {said}");
            assert_eq!(wire.victim.data, b"", "step {said}");
        }
    }
}

fn begun_steps(cast: &Cast, start: Start) -> usize {
    start(cast, Options::default()).1.len()
}

/// property 12: an SSL 2.0 hello is no hello; the error says for which version it was.
#[test]
fn an_sslv2_hello_is_refused() {
    let cast = Cast::new();
    for (version, name) in [
        ([0, 2], "SSL 2.0"),
        ([3, 1], "TLS 1.0"),
        ([3, 3], "TLS 1.2"),
    ] {
        let mut wire = begun(&cast, Cast::wire_to_server);
        let hello = [
            &[0x80, 0x1c, 1][..],
            &version,
            &[0, 3, 0, 0, 0, 16, 7, 0, 0xc0],
        ]
        .concat();
        wire.carry(&[&hello[..], &[7; 16]].concat());
        assert_eq!(rule(&wire), Some("NotTls"), "{version:?}");
        let error = wire.victim.error.unwrap().to_string();
        assert!(error.contains(name), "{error}");
    }
}

#[test]
fn a_record_over_the_limit_is_refused_by_its_header() {
    let cast = Cast::new();
    for start in WIRES {
        let mut wire = begun(&cast, start);
        wire.carry(&[22, 3, 3, 0x40, 1]);
        assert_eq!(rule(&wire), Some("RecordTooLong"));
        let mut wire = established(&cast, start);
        // 2^14 bytes of content, nonce and tag; and one more.
        wire.carry(&[23, 3, 3, 0x40, 0x19]);
        assert_eq!(rule(&wire), Some("RecordTooLong"));
    }
}

/// property 2: no bit of a protected record can be changed.
#[test]
fn every_bit_of_a_protected_record_counts() {
    let cast = Cast::new();
    for start in WIRES {
        let length = established(&cast, start)
            .seal(ContentType::application_data, b"data")
            .len();
        for bit in 0..length * 8 {
            let mut wire = established(&cast, start);
            let mut record = wire.seal(ContentType::application_data, b"data");
            record[bit / 8] ^= 1 << (bit % 8);
            wire.carry(&record);
            wire.victim.end_of_input();
            assert!(wire.victim.error.is_some(), "bit {bit}");
            assert_eq!(wire.victim.data, b"", "bit {bit}");
        }
    }
}

/// Records cannot be left out, repeated or swapped.
#[test]
fn records_have_their_place() {
    let cast = Cast::new();
    for start in WIRES {
        for order in [&[1][..], &[0, 0], &[1, 0], &[0, 2]] {
            let mut wire = established(&cast, start);
            let records: Vec<_> = (0..3_u8)
                .map(|number| wire.seal(ContentType::application_data, &[number]))
                .collect();
            for number in order {
                wire.carry(&records[*number]);
            }
            assert_eq!(rule(&wire), Some("BadRecordMac"), "{order:?}");
        }
    }
}

#[test]
fn alerts_end_a_connection_as_they_say() {
    let cast = Cast::new();
    for start in WIRES {
        for stage in [begun, established] {
            let mut wire = stage(&cast, start);
            wire.record(ContentType::alert, &[2, 40]);
            assert!(
                matches!(wire.victim.error, Some(Error::AlertReceived(alert)) if alert.0 == 40)
            );
            wire.listen();
            assert!(
                wire.alerts.is_empty(),
                "an alert is not answered by an alert"
            );

            for malformed in [&[2][..], &[3, 40], &[2, 40, 0], &[0, 0, 0]] {
                let mut wire = stage(&cast, start);
                wire.record(ContentType::alert, malformed);
                assert_eq!(
                    wire.victim.error,
                    Some(Error::MalformedAlert),
                    "{malformed:?}"
                );
            }
        }
        let mut wire = begun(&cast, start);
        wire.record(ContentType::alert, &CLOSE_NOTIFY);
        assert!(matches!(wire.victim.error, Some(Error::ClosedEarly { .. })));
        let mut wire = established(&cast, start);
        wire.record(ContentType::alert, &CLOSE_NOTIFY);
        assert_eq!(wire.victim.error, None);
        assert!(wire.victim.connection.is_closed_by_peer());
        assert_eq!(wire.victim.end_of_input(), Stop::Closed);
        assert_eq!(wire.victim.error, None, "a clean close is no error");
    }
}

/// A ChangeCipherSpec is one byte of value 1.
#[test]
fn a_malformed_change_cipher_spec_is_refused() {
    let cast = Cast::new();
    for start in WIRES {
        for malformed in [&[0][..], &[2], &[1, 1]] {
            let (mut wire, script) = start(&cast, Options::default());
            let own = script
                .iter()
                .position(|step| *step == Step::ChangeCipherSpec);
            wire.play(&script[..own.unwrap()], |bytes| vec![bytes.to_vec()]);
            wire.record(ContentType::change_cipher_spec, malformed);
            assert_eq!(fault(&wire), Some(Fault::Malformed), "{malformed:?}");
        }
    }
}

/// The peer learns why: every fault of the peer is told with its alert, once.
#[test]
fn a_fault_is_told_to_the_peer_once() {
    let cast = Cast::new();
    for start in WIRES {
        let mut wire = established(&cast, start);
        wire.record(ContentType::change_cipher_spec, &[1]);
        wire.listen();
        assert_eq!(wire.alerts, [[2, 10]]);
        wire.record(ContentType::change_cipher_spec, &[1]);
        wire.listen();
        assert_eq!(wire.alerts, [[2, 10]]);
        assert!(matches!(wire.victim.connection.next_step(), Next::Closed));
    }
}
