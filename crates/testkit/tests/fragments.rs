//! Any split of any handshake message gives the same connection; none spans a change of keys.

use premaster_connection::tls::Options;
use premaster_connection::{Error, Facts, Fault};
use premaster_testkit::caller::Stop;
use premaster_testkit::late::surfaced;
use premaster_testkit::wire::{Keyed, Start, WIRES};
use premaster_testkit::{Cast, Step, Wire, tls13};
use premaster_wire::{ContentType, HandshakeType as Type};

/// What a handshake agreed on, but for what is random.
fn essence(facts: &Facts) -> String {
    let Facts {
        version,
        suite,
        group,
        server_scheme,
        client_scheme,
        server_name,
        resumed,
        extended_master_secret,
        secure_renegotiation,
        peer_certificates,
        ..
    } = facts;
    let bytes: Vec<_> = peer_certificates.iter().map(Vec::len).collect();
    format!(
        "{version} {} {group:?} {server_scheme:?} {client_scheme:?} {server_name:?} {resumed:?} \
         {extended_master_secret} {secure_renegotiation} {bytes:?}",
        suite.name
    )
}

/// The facts, after data has flown as a proof that the keys are right.
fn facts<F: Keyed>(wire: &mut Wire<F>, what: &str) -> String {
    wire.record(ContentType::application_data, b"the same data");
    assert_eq!(
        wire.victim.data, b"the same data",
        "{what}: {:?}",
        wire.victim.error
    );
    assert_eq!(wire.forger.heard_finished(), Some(true), "{what}");
    essence(wire.victim.connection.facts().expect("facts"))
}

fn whole(bytes: &[u8]) -> Vec<Vec<u8>> {
    vec![bytes.to_vec()]
}

fn honest<F: Keyed>(cast: &Cast, start: Start<F>) -> String {
    let (mut wire, script) = start(cast, Options::default());
    wire.play(&script, whole);
    facts(&mut wire, "whole messages")
}

/// property 23: records of one byte give the same facts as whole messages.
#[test]
fn records_of_one_byte_give_the_same_facts() {
    let cast = Cast::new();
    for start in WIRES {
        bytewise(&cast, start);
    }
    for start in tls13::WIRES {
        bytewise(&cast, start);
    }
}

fn bytewise<F: Keyed>(cast: &Cast, start: Start<F>) {
    let expected = honest(cast, start);
    let (mut wire, script) = start(cast, Options::default());
    wire.play(&script, |bytes| {
        bytes.iter().map(|byte| vec![*byte]).collect()
    });
    assert_eq!(facts(&mut wire, "one byte each"), expected);
}

/// property 23: each message cut in two, at every position.
#[test]
fn every_cut_of_every_message_gives_the_same_facts() {
    let cast = Cast::new();
    for start in WIRES {
        cut_anywhere(&cast, start);
    }
}

/// property 23, TLS 1.3: each message cut in two, at every position.
#[test]
fn every_cut_of_every_message_of_tls13_gives_the_same_facts() {
    let cast = Cast::new();
    for start in tls13::WIRES {
        cut_anywhere(&cast, start);
    }
}

fn cut_anywhere<F: Keyed>(cast: &Cast, start: Start<F>) {
    let expected = honest(cast, start);
    let script = start(cast, Options::default()).1;
    for number in 0..script.len() {
        for at in 1.. {
            let (mut wire, script) = start(cast, Options::default());
            let mut length = 0;
            for (index, step) in script.iter().enumerate() {
                wire.say_in(*step, |bytes| {
                    if index != number || at >= bytes.len() {
                        return whole(bytes);
                    }
                    length = bytes.len();
                    vec![bytes[..at].to_vec(), bytes[at..].to_vec()]
                });
            }
            if length == 0 {
                break;
            }
            wire.listen();
            let what = format!("{:?} cut at {at}", script[number]);
            assert_eq!(facts(&mut wire, &what), expected, "{what}");
        }
    }
}

/// property 23: a whole flight in one record, and a flight cut anywhere, across its messages.
#[test]
fn a_flight_cut_anywhere_gives_the_same_facts() {
    let cast = Cast::new();
    let expected = honest(&cast, Cast::wire_to_client);
    for at in 0.. {
        let (mut wire, script) = cast.wire_to_client(Options::default());
        let flight: Vec<u8> = script[..4]
            .iter()
            .flat_map(|step| match step {
                Step::Message(_) => said(&mut wire, *step),
                Step::ChangeCipherSpec => Vec::new(),
            })
            .collect();
        if at >= flight.len() {
            break;
        }
        for fragment in [&flight[..at], &flight[at..]] {
            if !fragment.is_empty() {
                wire.record(ContentType::handshake, fragment);
            }
        }
        wire.play(&script[4..], whole);
        assert_eq!(facts(&mut wire, &format!("cut at {at}")), expected);
    }
}

/// The bytes of a message that the forger says next.
fn said(wire: &mut Wire, step: Step) -> Vec<u8> {
    wire.listen();
    match wire.forger.say(step) {
        premaster_testkit::Said::Message(bytes) => bytes,
        premaster_testkit::Said::ChangeCipherSpec => Vec::new(),
    }
}

fn is_unexpected(wire: &Wire, what: &str) {
    let Some(Error::Handshake(error)) = &wire.victim.error else {
        panic!("{what}: {:?}", wire.victim.error)
    };
    let order = [Fault::UnexpectedMessage, Fault::UnexpectedChangeCipherSpec];
    assert!(order.contains(&error.fault()), "{what}: {error}");
}

/// property 3: a ChangeCipherSpec between the pieces of any message is refused.
#[test]
fn a_change_cipher_spec_within_a_message_is_refused() {
    let cast = Cast::new();
    for start in WIRES {
        let script = start(&cast, Options::default()).1;
        for number in 0..script.len() {
            if script[number] == Step::ChangeCipherSpec {
                continue;
            }
            // The first byte, the header, the header and a byte; or all but the last byte.
            for pieces in [1, 4, 5, usize::MAX] {
                let (mut wire, script) = start(&cast, Options::default());
                wire.play(&script[..number], whole);
                let bytes = said(&mut wire, script[number]);
                let length = pieces.min(bytes.len() - 1);
                wire.record(ContentType::handshake, &bytes[..length]);
                wire.record(ContentType::change_cipher_spec, &[1]);
                let what = format!("{:?}, {length} bytes", script[number]);
                is_unexpected(&wire, &what);
                assert_eq!(wire.victim.run(), Stop::Closed, "{what}");
            }
        }
    }
}

/// properties 3 and 23: no message spans the change of keys: Finished begun before it is refused,
/// although the keys are ready and its rest comes under them.
#[test]
fn a_finished_that_spans_the_change_of_keys_is_refused() {
    let cast = Cast::new();
    for start in WIRES {
        for begun in 1..16 {
            let (mut wire, script) = start(&cast, Options::default());
            let change = script
                .iter()
                .position(|step| *step == Step::ChangeCipherSpec);
            wire.play(&script[..change.unwrap()], whole);
            let finished = said(&mut wire, Step::Message(Type::finished));
            wire.record(ContentType::handshake, &finished[..begun]);
            wire.record(ContentType::change_cipher_spec, &[1]);
            is_unexpected(&wire, "Finished begun in the plain");
            wire.change_cipher();
            wire.record(ContentType::handshake, &finished[begun..]);
            assert!(wire.victim.connection.facts().is_none());
        }
    }
}

/// What the victim said to a message behind Finished: alerts, and whether it goes on.
fn answer_to(wire: &mut Wire) -> (Vec<[u8; 2]>, Option<String>) {
    wire.listen();
    let error = wire.victim.error.as_ref().map(ToString::to_string);
    (wire.alerts.clone(), error)
}

/// property 23: what comes behind Finished gets one answer, in Finished's record or in its own.
#[test]
fn a_message_behind_finished_is_answered_alike_in_any_record() {
    const WARNING: [u8; 2] = [1, 100];
    let cast = Cast::new();
    let cases = [
        // (who is the victim, what it is told, whether that is only a wish to renegotiate)
        (WIRES[0], Type::hello_request, true),
        (WIRES[0], Type::finished, false),
        (WIRES[0], Type::new_session_ticket, false),
        (WIRES[1], Type::client_hello, true),
        (WIRES[1], Type::finished, false),
    ];
    for (start, kind, is_wish) in cases {
        let answers = [true, false].map(|together| {
            let (mut wire, script) = start(&cast, Options::default());
            let (last, before) = script.split_last().unwrap();
            wire.play(before, whole);
            if together {
                wire.say_together(&[*last, Step::Message(kind)]);
            } else {
                wire.say(*last);
                wire.say(Step::Message(kind));
            }
            answer_to(&mut wire)
        });
        assert_eq!(answers[0], answers[1], "{kind}");
        let (alerts, error) = &answers[0];
        assert_eq!(alerts == &[WARNING], is_wish, "{kind}: {alerts:?}");
        assert_eq!(error.is_none(), is_wish, "{kind}: {error:?}");
    }
}

/// property 23: nor does it matter whether an answer was awaited when the messages came.
#[test]
fn messages_that_come_while_an_answer_is_awaited_wait_for_it() {
    let cast = Cast::new();
    for start in WIRES {
        let expected = honest(&cast, start);
        let (mut wire, script) = start(&cast, surfaced());
        for step in script {
            answer(&mut wire);
            wire.say(step);
        }
        answer(&mut wire);
        wire.listen();
        assert_eq!(facts(&mut wire, "late"), expected);
    }
    // A client's whole flight comes before its certificate has been judged.
    let (mut wire, script) = cast.wire_to_server(surfaced());
    wire.say(script[0]);
    answer(&mut wire);
    wire.say_together(&script[1..4]);
    assert_eq!(wire.victim.run(), Stop::NeedsAnswer);
    answer(&mut wire);
    for step in &script[4..] {
        wire.say(*step);
    }
    answer(&mut wire);
    wire.listen();
    facts(&mut wire, "a flight before the verdict");

    // A whole flight, and a wish to renegotiate behind Finished, while nothing is answered.
    let (mut wire, script) = cast.wire_to_client(surfaced());
    answer(&mut wire);
    wire.say_together(&script[..4]);
    answer(&mut wire);
    wire.say(Step::ChangeCipherSpec);
    wire.say_together(&[
        Step::Message(Type::finished),
        Step::Message(Type::hello_request),
    ]);
    answer(&mut wire);
    wire.listen();
    assert_eq!(wire.alerts, [[1, 100]]);
    assert!(wire.victim.connection.facts().is_some());
}

fn answer(wire: &mut Wire) {
    while wire.victim.run() == Stop::NeedsAnswer {
        let local = wire.victim.connection.local().clone();
        for question in core::mem::take(&mut wire.victim.questions) {
            let answer = local.resolve(question);
            wire.victim.connection.accept(answer).unwrap();
        }
    }
}
