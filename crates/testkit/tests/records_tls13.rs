//! What comes in records of TLS 1.3: epochs, floods, sizes, alerts, key updates, and records that have no place.

use premaster_connection::tls::{Next, Options};
use premaster_connection::{Error, Fault};
use premaster_crypto::Side;
use premaster_testkit::caller::Stop;
use premaster_testkit::tls13::{Forger, WIRES};
use premaster_testkit::wire::Start;
use premaster_testkit::{Cast, Said, Step};
use premaster_wire::{ContentType, HandshakeType as Type};

type Wire = premaster_testkit::Wire<Forger>;
type Begins = Start<Forger>;

const CLOSE_NOTIFY: [u8; 2] = [1, 0];
const KEY_UPDATE: Step = Step::Message(Type::key_update);
const TICKET: Step = Step::Message(Type::new_session_ticket);

fn whole(bytes: &[u8]) -> Vec<Vec<u8>> {
    vec![bytes.to_vec()]
}

/// A connection whose handshake was played to this step.
fn at(cast: &Cast, start: Begins, step: usize) -> (Wire, Vec<Step>) {
    let (mut wire, script) = start(cast, Options::default());
    wire.play(&script[..step], whole);
    wire.listen();
    assert_eq!(wire.victim.error, None);
    (wire, script)
}

/// An established connection and its peer.
fn established(cast: &Cast, start: Begins) -> Wire {
    let steps = start(cast, Options::default()).1.len();
    let wire = at(cast, start, steps).0;
    assert!(wire.victim.connection.facts().is_some());
    wire
}

/// Every step of every wire.
fn everywhere(cast: &Cast, mut test: impl FnMut(Begins, usize, bool)) {
    for start in WIRES {
        let steps = start(cast, Options::default()).1.len();
        for step in 0..=steps {
            test(start, step, step == steps);
        }
    }
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

fn is_client(wire: &Wire) -> bool {
    wire.forger.side == Side::Server
}

/// property 4: application data has no place at any step of the handshake, under whatever keys, and none of it gets through.
#[test]
fn application_data_is_refused_at_every_step() {
    let cast = Cast::new();
    everywhere(&cast, |start, step, over| {
        if over {
            return;
        }
        let (mut wire, _) = at(&cast, start, step);
        wire.record(ContentType::application_data, b"too early");
        assert!(wire.victim.error.is_some(), "step {step}");
        assert_eq!(wire.victim.data, b"", "step {step}");
        assert_eq!(wire.victim.run(), Stop::Closed);
        // The peer can read why, whatever keys it has by now.
        wire.listen();
        assert_eq!(wire.alerts, [[2, 10]], "step {step}");
    });
}

/// STARTTLS: what comes in the plain is never data, at no step.
#[test]
fn plaintext_never_reaches_the_protected_stream() {
    let cast = Cast::new();
    everywhere(&cast, |start, step, _| {
        let (mut wire, _) = at(&cast, start, step);
        wire.raw(ContentType::application_data, b"evil");
        wire.victim.end_of_input();
        assert!(wire.victim.error.is_some(), "step {step}");
        assert_eq!(wire.victim.data, b"", "step {step}");
    });
}

/// property 3: a ChangeCipherSpec means nothing in TLS 1.3: up to two are dropped while the handshake lasts, and afterwards
/// none. It is one byte of value 1 (RFC 8446 section 5).
#[test]
fn a_change_cipher_spec_means_nothing_and_is_dropped_twice_at_most() {
    let cast = Cast::new();
    everywhere(&cast, |start, step, over| {
        // Before the hellos this might still be TLS 1.2.
        let known = step > 0;
        let (mut wire, script) = at(&cast, start, step);
        for number in 1..=3 {
            wire.raw(ContentType::change_cipher_spec, &[1]);
            let allowed = known && !over && number <= 2;
            assert_eq!(
                wire.victim.error.is_none(),
                allowed,
                "step {step}: {number}"
            );
            if !allowed {
                break;
            }
        }
        if known && !over {
            // As many as that do not keep a handshake from completing.
            let (mut wire, _) = at(&cast, start, step);
            for _ in 0..2 {
                wire.raw(ContentType::change_cipher_spec, &[1]);
            }
            wire.play(&script[step..], whole);
            assert_eq!(wire.victim.error, None, "step {step}");
            assert!(wire.victim.connection.facts().is_some(), "step {step}");
        }
        for malformed in [&[0][..], &[2], &[1, 1], &[]] {
            let (mut wire, _) = at(&cast, start, step);
            wire.raw(ContentType::change_cipher_spec, malformed);
            assert!(wire.victim.error.is_some(), "step {step}: {malformed:?}");
        }
    });
}

/// property 23: nor does it stand between the pieces of a message.
#[test]
fn a_change_cipher_spec_within_a_message_is_refused() {
    let cast = Cast::new();
    everywhere(&cast, |start, step, over| {
        if over {
            return;
        }
        for pieces in [1, 4, 5, usize::MAX] {
            let (mut wire, script) = at(&cast, start, step);
            let Said::Message(bytes) = wire.forger.say(script[step]) else {
                unreachable!("no script has another step")
            };
            let length = pieces.min(bytes.len() - 1);
            wire.record(ContentType::handshake, &bytes[..length]);
            wire.raw(ContentType::change_cipher_spec, &[1]);
            assert!(wire.victim.error.is_some(), "step {step}, {length} bytes");
        }
    });
}

/// An alert ends a handshake under keys whatever its level says, but for user_canceled (RFC 8446 section 6).
#[test]
fn an_alert_ends_the_handshake_at_every_step() {
    let cast = Cast::new();
    everywhere(&cast, |start, step, over| {
        for alert in [[2, 40], [1, 40], [1, 112], [2, 0], [1, 90], CLOSE_NOTIFY] {
            let (mut wire, _) = at(&cast, start, step);
            let protected = wire.is_protected();
            wire.record(ContentType::alert, &alert);
            let what = format!("step {step}: {alert:?}");
            match alert {
                // TLS 1.2 knows warnings, and without keys this might still be it.
                [1, 40 | 112] if !protected => assert_eq!(wire.victim.error, None, "{what}"),
                [1, 90] => assert_eq!(wire.victim.error, None, "{what}"),
                [_, 0] if over => assert!(wire.victim.connection.is_closed_by_peer(), "{what}"),
                _ => assert!(wire.victim.error.is_some(), "{what}"),
            }
            wire.listen();
            let answered = wire.alerts.iter().any(|[level, _]| *level == 2);
            assert!(!answered, "{what}: an alert is not answered by an alert");
        }
        for malformed in [&[2][..], &[3, 40], &[2, 40, 0], &[]] {
            let (mut wire, _) = at(&cast, start, step);
            wire.record(ContentType::alert, malformed);
            assert!(wire.victim.error.is_some(), "step {step}: {malformed:?}");
        }
    });
}

/// property 4: a message under the keys of another epoch than its own is refused, the right message included.
#[test]
fn a_message_of_another_epoch_is_refused() {
    let cast = Cast::new();
    for start in WIRES {
        let steps = start(&cast, Options::default()).1.len();
        for step in 0..steps {
            let (mut wire, script) = at(&cast, start, step);
            wire.keeps_keys = true;
            wire.play(&script[step..], whole);
            // With the keys of the handshake nobody gets further than that.
            wire.record(ContentType::application_data, b"of another epoch");
            assert!(wire.victim.error.is_some(), "step {step}");
            assert_eq!(wire.victim.data, b"", "step {step}");
        }
        for step in 1..steps {
            let (mut wire, script) = at(&cast, start, step);
            let Said::Message(bytes) = wire.forger.say(script[step]) else {
                unreachable!("no script has another step")
            };
            let plain = wire.seal(ContentType::handshake, &bytes)[5..] == bytes;
            wire.raw(ContentType::handshake, &bytes);
            assert_eq!(wire.victim.error.is_none(), plain, "step {step}");
        }
    }
}

/// property 23: no message spans a change of keys, nor does a record go on behind one.
#[test]
fn nothing_spans_a_change_of_keys() {
    let cast = Cast::new();
    for start in WIRES {
        let (_, script) = start(&cast, Options::default());
        for (step, kind) in script.iter().enumerate() {
            let (mut wire, _) = at(&cast, start, step);
            let changes = match kind {
                Step::Message(Type::finished) => true,
                Step::Message(Type::server_hello) => step + 1 == script.len() - 4,
                _ => false,
            };
            // A byte of the next message in the same record.
            wire.say_in(*kind, |bytes| vec![[bytes, &[8]].concat()]);
            // A server answers a ClientHello before it changes keys: what stands behind it came too early for that already.
            if *kind == Step::Message(Type::client_hello) {
                let error = wire.victim.error.as_ref().map(ToString::to_string);
                let error = error.unwrap_or_default();
                assert!(
                    error.contains("came before what it would answer"),
                    "{error}"
                );
            } else if changes {
                assert_eq!(rule(&wire), Some("KeyChangeInMessage"), "step {step}");
            }
        }
        let mut wire = established(&cast, start);
        wire.say_in(KEY_UPDATE, |bytes| vec![[bytes, &[24]].concat()]);
        assert_eq!(rule(&wire), Some("KeyChangeInMessage"), "KeyUpdate");
    }
}

/// properties 3 and 4: after the handshake a message but for tickets and key updates is out of place.
#[test]
fn after_the_handshake_all_other_messages_are_refused() {
    let cast = Cast::new();
    for start in WIRES {
        for kind in (0..=255).map(Type) {
            let mut wire = established(&cast, start);
            let ticket = kind == Type::new_session_ticket && is_client(&wire);
            wire.say(Step::Message(kind));
            if ticket || kind == Type::key_update {
                assert_eq!(wire.victim.error, None, "{kind}");
                continue;
            }
            assert_eq!(fault(&wire), Some(Fault::UnexpectedMessage), "{kind}");
            wire.listen();
            assert_eq!(wire.alerts, [[2, 10]], "{kind}");
        }
    }
}

/// property 24: so many records or messages of a kind that bring nothing are put up with in a row, and not one more; whatever
/// brings something begins the count anew.
#[test]
fn a_flood_of_nothing_ends_the_connection() {
    let cast = Cast::new();
    type Flood = (fn(&mut Wire) -> Stop, usize, &'static str);
    let floods: [Flood; 4] = [
        (
            |wire| wire.record(ContentType::application_data, b""),
            16,
            "TooManyEmptyRecords",
        ),
        (
            |wire| wire.record(ContentType::alert, &[1, 90]),
            4,
            "TooManyWarnings",
        ),
        (|wire| wire.say(KEY_UPDATE), 32, "TooManyKeyUpdates"),
        (|wire| wire.say(TICKET), 16, "TooManyTickets"),
    ];
    for start in WIRES {
        for (flood, limit, fault) in floods {
            let mut wire = established(&cast, start);
            if fault == "TooManyTickets" && !is_client(&wire) {
                continue;
            }
            for _ in 0..3 {
                for _ in 0..limit {
                    flood(&mut wire);
                }
                assert_eq!(wire.victim.error, None, "before {fault}");
                wire.record(ContentType::application_data, b"something");
            }
            assert_eq!(wire.victim.data, b"something".repeat(3));
            for _ in 0..=limit {
                flood(&mut wire);
            }
            assert_eq!(rule(&wire), Some(fault));
        }
    }
}

/// property 24: the same before anybody is authenticated, and nothing is buffered that was only announced.
#[test]
fn a_flood_or_a_claim_ends_a_handshake() {
    let cast = Cast::new();
    everywhere(&cast, |start, step, over| {
        if over {
            return;
        }
        let (mut wire, _) = at(&cast, start, step);
        for _ in 0..5 {
            wire.record(ContentType::alert, &[1, 90]);
        }
        assert_eq!(rule(&wire), Some("TooManyWarnings"), "step {step}");
        for content_type in [ContentType::handshake, ContentType::alert] {
            let (mut wire, _) = at(&cast, start, step);
            wire.record(content_type, b"");
            assert_eq!(rule(&wire), Some("EmptyRecord"), "step {step}");
        }
        let (mut wire, _) = at(&cast, start, step);
        wire.record(ContentType::handshake, &[11, 1, 0, 0]);
        assert_eq!(wire.victim.error, None, "64 KiB are allowed");
        let (mut wire, _) = at(&cast, start, step);
        wire.record(ContentType::handshake, &[11, 1, 0, 1]);
        assert_eq!(rule(&wire), Some("MessageTooLong"), "step {step}");
    });
}

/// RFC 8446 section 4.6.3: whoever is asked to answers with new keys of its own, once however often it was asked, and data
/// flows on both ways under them.
#[test]
fn a_key_update_is_answered_if_asked_for() {
    let cast = Cast::new();
    for start in WIRES {
        for asked in [0, 1] {
            let mut wire = established(&cast, start);
            wire.forger.plan.update = asked;
            for round in 1..=3 {
                wire.say(KEY_UPDATE);
                wire.record(ContentType::application_data, b"new keys");
                let mut out = vec![0; wire.victim.connection.sealed_len(2)];
                let sealed = wire
                    .victim
                    .connection
                    .seal_from(&[&b"ok"[..]], &mut out)
                    .unwrap();
                wire.victim.run();
                wire.victim.sent.extend_from_slice(&out[..sealed]);
                wire.listen();
                assert!(!wire.deaf, "round {round}");
                assert_eq!(wire.victim.error, None);
                assert_eq!(wire.victim.data, b"new keys".repeat(round));
                assert_eq!(wire.data, b"ok".repeat(round));
                let updates = wire.heard.iter().filter(|step| **step == KEY_UPDATE);
                assert_eq!(updates.count(), round * usize::from(asked));
            }
        }
        for wrong in [2, 255] {
            let mut wire = established(&cast, start);
            wire.forger.plan.update = wrong;
            wire.say(KEY_UPDATE);
            assert!(wire.victim.error.is_some(), "request_update {wrong}");
        }
        let mut wire = established(&cast, start);
        wire.keeps_keys = true;
        wire.say(KEY_UPDATE);
        wire.record(ContentType::application_data, b"old keys");
        assert_eq!(rule(&wire), Some("BadRecordMac"), "nothing opens twice");
    }
}

/// property 2: no bit of a protected record can be changed, and records cannot be left out, repeated or swapped.
#[test]
fn every_bit_and_the_place_of_a_protected_record_count() {
    let cast = Cast::new();
    for start in WIRES {
        let data = ContentType::application_data;
        let length = established(&cast, start).seal(data, b"data").len();
        for bit in 0..length * 8 {
            let mut wire = established(&cast, start);
            let mut record = wire.seal(data, b"data");
            record[bit / 8] ^= 1 << (bit % 8);
            wire.carry(&record);
            wire.victim.end_of_input();
            assert!(wire.victim.error.is_some(), "bit {bit}");
            assert_eq!(wire.victim.data, b"", "bit {bit}");
        }
        for order in [&[1][..], &[0, 0], &[1, 0], &[0, 2]] {
            let mut wire = established(&cast, start);
            let records: Vec<_> = (0..3_u8).map(|number| wire.seal(data, &[number])).collect();
            for number in order {
                wire.carry(&records[*number]);
            }
            assert_eq!(rule(&wire), Some("BadRecordMac"), "{order:?}");
        }
    }
}

/// property 1: there is no heartbeat, nor any other type of record, outside or inside of protection.
#[test]
fn heartbeats_and_unknown_records_are_refused() {
    let cast = Cast::new();
    for start in WIRES {
        for kind in (0..=255).map(ContentType) {
            if (20..=23).contains(&kind.0) {
                continue;
            }
            for protected in [true, false] {
                let mut wire = established(&cast, start);
                let heartbeat = [1, 0x40, 0, 1, 2, 3];
                match protected {
                    true => wire.record(kind, &heartbeat),
                    false => wire.raw(kind, &heartbeat),
                };
                assert!(wire.victim.error.is_some(), "{kind}");
                wire.listen();
                assert_eq!(wire.data, b"", "nothing comes back");
            }
        }
    }
}

/// A goodbye is no error, and data may still flow the other way.
#[test]
fn a_goodbye_ends_one_direction() {
    let cast = Cast::new();
    for start in WIRES {
        let mut wire = established(&cast, start);
        wire.record(ContentType::alert, &CLOSE_NOTIFY);
        assert_eq!(wire.victim.error, None);
        assert!(wire.victim.connection.is_closed_by_peer());
        assert!(matches!(
            wire.victim.connection.next_step(),
            Next::PeerClosed | Next::Closed
        ));
        assert_eq!(wire.victim.end_of_input(), Stop::Closed);
        assert_eq!(wire.victim.error, None, "a clean close is no error");
    }
}
