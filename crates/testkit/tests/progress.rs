//! The end may come at any byte: whatever ends a connection, each call makes progress or says
//! what it waits for. [`Caller`](premaster_testkit::Caller) panics at a call that does neither.

use premaster_connection::Error;
use premaster_connection::tls::{Next, Options};
use premaster_testkit::caller::{Caller, Stop};
use premaster_testkit::late::surfaced;
use premaster_testkit::wire::{Keyed, Start, WIRES};
use premaster_testkit::{Cast, Wire, tls13};
use premaster_wire::ContentType;

/// A whole connection: handshake, data, goodbye. At most so many bytes reach the victim.
fn play<F: Keyed>(cast: &Cast, start: Start<F>, budget: usize) -> Wire<F> {
    let (mut wire, script) = start(cast, Options::default());
    wire.budget = budget;
    for step in script {
        if wire.budget == 0 {
            return wire;
        }
        wire.say(step);
    }
    if wire.budget > 0 {
        wire.record(ContentType::application_data, b"some data");
        wire.record(ContentType::alert, &[1, 0]);
    }
    wire
}

/// How many bytes a whole connection has. Signatures differ in length by a few.
fn length<F: Keyed>(cast: &Cast, start: Start<F>) -> usize {
    play(cast, start, usize::MAX).carried
}

/// Over, and stays over: every call says so again and nothing loops.
fn is_over(victim: &mut Caller, what: &str) {
    assert_eq!(victim.run(), Stop::Closed, "{what}");
    for _ in 0..3 {
        let next = victim.connection.next_step();
        assert!(
            matches!(next, Next::Closed | Next::PeerClosed),
            "{what}: {next:?}"
        );
    }
    let kept = victim.connection.error().cloned();
    assert_eq!(kept, victim.error, "{what}: the error is kept");
    assert_eq!(victim.connection.end_of_input().err(), kept, "{what}");
    assert_eq!(
        victim.connection.receive(&mut [22, 3, 3, 0, 0]).err(),
        kept,
        "{what}"
    );
    assert_eq!(victim.run(), Stop::Closed, "{what}");
}

/// property 22: the transport ends at every byte.
#[test]
fn the_transport_may_end_at_every_byte() {
    let cast = Cast::new();
    for start in WIRES {
        ends_at_every_byte(&cast, start);
    }
}

/// property 22, in TLS 1.3.
#[test]
fn the_transport_may_end_at_every_byte_of_tls13() {
    let cast = Cast::new();
    for start in tls13::WIRES {
        ends_at_every_byte(&cast, start);
    }
}

fn ends_at_every_byte<F: Keyed>(cast: &Cast, start: Start<F>) {
    let length = length(cast, start);
    for budget in 0..length - 8 {
        let mut wire = play(cast, start, budget);
        let what = format!("after {budget} bytes");
        let established = wire.victim.connection.facts().is_some();
        wire.victim.end_of_input();
        match &wire.victim.error {
            Some(Error::Truncated) => assert!(established, "{what}"),
            Some(Error::CutEarly { .. }) => assert!(!established, "{what}"),
            other => panic!("{what}: {other:?}"),
        }
        is_over(&mut wire.victim, &what);
    }
    let mut wire = play(cast, start, usize::MAX);
    assert_eq!(wire.victim.end_of_input(), Stop::Closed);
    assert_eq!(wire.victim.error, None, "nothing was cut off");
}

/// property 22: an alert comes at every byte: between records it counts, within one it is garbage.
#[test]
fn an_alert_may_come_at_every_byte() {
    let cast = Cast::new();
    for start in WIRES {
        alert_at_every_byte(&cast, start);
    }
}

/// property 22, in TLS 1.3.
#[test]
fn an_alert_may_come_at_every_byte_of_tls13() {
    let cast = Cast::new();
    // Both sides; a HelloRetryRequest adds nothing here.
    for start in [tls13::WIRES[0], tls13::WIRES[2]] {
        alert_at_every_byte(&cast, start);
    }
}

fn alert_at_every_byte<F: Keyed>(cast: &Cast, start: Start<F>) {
    let length = length(cast, start);
    for alert in [[2, 40], [1, 0]] {
        for budget in 0..length {
            let mut wire = play(cast, start, budget);
            let what = format!("{alert:?} after {budget} bytes");
            wire.budget = usize::MAX;
            wire.record(ContentType::alert, &alert);
            wire.victim.run();
            wire.victim.end_of_input();
            let clean = wire.victim.connection.is_closed_by_peer()
                && wire.victim.connection.facts().is_some();
            assert!(wire.victim.error.is_some() || clean, "{what}");
            is_over(&mut wire.victim, &what);
        }
    }
}

/// property 22: our own caller says goodbye at every byte, and what the peer goes on to say then
/// does no harm.
#[test]
fn a_goodbye_may_be_said_at_every_byte() {
    let cast = Cast::new();
    for start in WIRES {
        goodbye_at_every_byte(&cast, start);
    }
}

/// property 22, in TLS 1.3.
#[test]
fn a_goodbye_may_be_said_at_every_byte_of_tls13() {
    let cast = Cast::new();
    // Both sides; a HelloRetryRequest adds nothing here.
    for start in [tls13::WIRES[0], tls13::WIRES[2]] {
        goodbye_at_every_byte(&cast, start);
    }
}

fn goodbye_at_every_byte<F: Keyed>(cast: &Cast, start: Start<F>) {
    let length = length(cast, start);
    for budget in 0..length {
        let mut wire = play(cast, start, budget);
        let what = format!("goodbye after {budget} bytes");
        let established = wire.victim.connection.facts().is_some();
        wire.victim.connection.close().unwrap();
        let stop = wire.victim.run();
        let expected = match wire.victim.connection.is_closed_by_peer() {
            false if established => [Stop::Established, Stop::NeedsInput],
            _ => [Stop::Closed; 2],
        };
        assert!(expected.contains(&stop), "{what}: {stop:?}");
        assert!(wire.victim.connection.close().is_ok(), "{what}: once more");
        // The rest of a record, or whatever else.
        wire.budget = usize::MAX;
        wire.carry(&[0; 64]);
        wire.victim.end_of_input();
        assert_eq!(wire.victim.run(), Stop::Closed, "{what}");
    }
}

/// property 22: the end comes while a question is open, whichever it is.
#[test]
fn the_end_may_come_while_any_question_is_open() {
    let cast = Cast::new();
    for start in WIRES {
        end_with_a_question(&cast, start);
    }
}

/// property 22, in TLS 1.3.
#[test]
fn the_end_may_come_while_any_question_is_open_of_tls13() {
    let cast = Cast::new();
    for start in tls13::WIRES {
        end_with_a_question(&cast, start);
    }
}

fn end_with_a_question<F: Keyed>(cast: &Cast, start: Start<F>) {
    let mut asked = 0;
    loop {
        let (mut wire, script) = start(cast, surfaced());
        let mut left = asked;
        let mut steps = script.into_iter();
        while answer_but_one(&mut wire, &mut left) {
            let Some(step) = steps.next() else { break };
            wire.say(step);
        }
        if wire.victim.questions.is_empty() {
            break;
        }
        let what = format!("question {asked}: {:?}", wire.victim.questions);
        wire.victim.end_of_input();
        assert!(wire.victim.error.is_some(), "{what}");
        is_over(&mut wire.victim, &what);
        asked += 1;
    }
    assert!(asked >= 2, "{asked}");
}

/// Answers questions until one is to be left open: then `false`.
fn answer_but_one<F: Keyed>(wire: &mut Wire<F>, left: &mut usize) -> bool {
    while wire.victim.run() == Stop::NeedsAnswer {
        if *left == 0 {
            return false;
        }
        *left -= 1;
        let question = wire.victim.questions.remove(0);
        let answer = wire.victim.connection.local().resolve(question);
        wire.victim.connection.accept(answer).unwrap();
    }
    true
}
