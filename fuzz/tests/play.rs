//! Whether the plays get where they should: a target whose inputs all end early finds nothing.

use premaster_connection::handshake::ResumedBy;
use premaster_connection::{ProtocolVersion, Side};
use premaster_fuzz::play::{Outcome, play, seeds};

/// The outcomes of the honest play of this name, against both sides.
fn honest(name: &str) -> Vec<Outcome> {
    let seeds = seeds::honest().into_iter().filter(|seed| seed.name == name);
    let played = seeds.map(|seed| play(seed.victim, &seed.script).expect("fitting wishes"));
    let played: Vec<_> = played.collect();
    assert_eq!(played.len(), 2, "{name}");
    played
}

#[test]
fn who_is_not_lied_to_is_established_and_gets_its_data() {
    for seed in seeds::honest() {
        let Some(outcome) = play(seed.victim, &seed.script) else {
            panic!("{}: the wishes contradict each other", seed.name)
        };
        let version = match seed.name.split(' ').next() {
            Some("1.2") => ProtocolVersion::TLSv1_2,
            _ => ProtocolVersion::TLSv1_3,
        };
        let (name, side) = (seed.name, seed.victim);
        assert_eq!(
            outcome.version,
            Some(version),
            "{name}, {side:?}: {outcome:?}"
        );
        assert!(outcome.both, "{name}, {side:?}: {outcome:?}");
        let all = outcome.data.iter().all(|length| *length >= 5);
        assert!(all, "{name}, {side:?}: {outcome:?}");
    }
}

#[test]
fn sessions_are_resumed() {
    for (name, by) in [
        ("1.3", None),
        ("1.3 resumed", Some(ResumedBy::Ticket)),
        ("1.3 resumed, retried", Some(ResumedBy::Ticket)),
        ("1.3 PSK alone", Some(ResumedBy::Ticket)),
        ("1.3 early data", Some(ResumedBy::Ticket)),
        ("1.3 another server", None),
        ("1.3 external PSK", Some(ResumedBy::Psk)),
        ("1.3 external PSK alone", Some(ResumedBy::Psk)),
        ("1.2", None),
        ("1.2 by ticket", Some(ResumedBy::Ticket)),
        ("1.2 by ID", Some(ResumedBy::SessionId)),
    ] {
        for outcome in honest(name) {
            assert_eq!(outcome.resumed, by, "{name}: {outcome:?}");
        }
    }
}

#[test]
fn early_data_comes_where_it_is_taken() {
    for (name, length) in [
        ("1.3 early data", 9),
        ("1.3 early data, late", 9),
        ("1.3 early data, refused", 0),
        ("1.3 another server", 0),
    ] {
        for outcome in honest(name) {
            assert_eq!(outcome.early, length, "{name}: {outcome:?}");
        }
    }
}

#[test]
fn hellos_are_retried() {
    for (name, retried) in [
        ("1.3", false),
        ("1.3 retried", true),
        ("1.3 cookie", true),
        ("1.3 resumed, retried", true),
        ("1.3 early data, refused", true),
    ] {
        for outcome in honest(name) {
            assert_eq!(outcome.retried, retried, "{name}: {outcome:?}");
        }
    }
}

#[test]
fn clients_are_authenticated_in_the_handshake_and_after_it() {
    for (name, signed, later) in [
        ("1.3", false, 0),
        ("1.3 declined", false, 0),
        ("1.3 client authentication", true, 0),
        ("1.3 compressed", true, 0),
        ("1.3 late answers", true, 0),
        ("1.3 asked later", true, 1),
        ("1.3 asked later, late", true, 1),
        ("1.2", false, 0),
        ("1.2 client authentication", true, 0),
        ("1.2 late answers", true, 0),
    ] {
        for outcome in honest(name) {
            let found = (outcome.client_signed, outcome.authentications);
            assert_eq!(found, (signed, later), "{name}: {outcome:?}");
        }
    }
}

/// The properties that are checked on the way panic.
#[test]
fn no_lie_of_the_list_breaks_anything() {
    let (mut established, mut refused) = (0, 0);
    for seed in seeds::lies() {
        let outcome = play(seed.victim, &seed.script).expect("fitting wishes");
        established += usize::from(outcome.version.is_some());
        refused += usize::from(outcome.error.is_some());
    }
    assert!(established > 100, "{established} got past the handshake");
    assert!(refused > 100, "{refused} lies were found out");
}

/// A liar with all keys gets further than one who has none.
#[test]
fn a_forged_handshake_is_believed() {
    let named = |name| {
        seeds::lies()
            .into_iter()
            .find(move |seed| seed.name == name)
    };
    let seed = named("forged extension").expect("a seed");
    assert_eq!(seed.victim, Side::Client);
    let outcome = play(seed.victim, &seed.script).expect("fitting wishes");
    assert!(outcome.version.is_some(), "{outcome:?}");
}
