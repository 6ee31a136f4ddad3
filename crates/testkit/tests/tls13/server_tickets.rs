//! What a server gives a client to come back with, and what it takes of that.

use std::sync::Arc;

use premaster_crypto::{Side, Suite, suite};
use premaster_handshake::{ClientAuth, Clock as _, Fault, ResumedBy, ServerPolicy};
use premaster_session::{IsolationKey, Session, SessionSecret};
use premaster_testkit::{Cast, Host};
use premaster_wire::{Decode as _, HandshakeType, PskKeyExchangeMode, tls13::NewSessionTicket};

use crate::duo::{Duo, Played};

fn tickets(played: &Played) -> Vec<Vec<u8>> {
    let is = |(_, message): &&(Side, Vec<u8>)| message[0] == HandshakeType::new_session_ticket.0;
    let all = played.said.iter().filter(is);
    all.map(|(_, message)| message[4..].to_vec()).collect()
}

fn required() -> ClientAuth {
    ClientAuth::Required {
        authorities: Vec::new(),
    }
}

#[test]
fn a_client_gets_as_many_tickets_as_the_policy_says_each_its_own() {
    let cast = Cast::new();
    for count in [0, 1, 2, 5] {
        let mut duo = Duo::new(&cast);
        duo.server.ticket_count = count;
        duo.server.early_data = 1_000;
        let played = duo.play();
        let bodies = tickets(&played);
        let tickets: Vec<_> = bodies
            .iter()
            .map(|body| NewSessionTicket::decode(body).expect("a ticket"))
            .collect();
        assert_eq!(tickets.len(), usize::from(count));
        for (number, ticket) in tickets.iter().enumerate() {
            assert_eq!(ticket.ticket_nonce, [0, u8::try_from(number).unwrap()]);
            assert_eq!(ticket.ticket_lifetime, 12 * 60 * 60);
            assert_eq!(ticket.extensions.early_data(), Some(1_000));
            let same = |other: &&NewSessionTicket<'_>| {
                other.ticket == ticket.ticket || other.ticket_age_add == ticket.ticket_age_add
            };
            assert_eq!(tickets.iter().filter(same).count(), 1);
        }
        assert_eq!(played.sessions().len(), usize::from(count));
    }
}

#[test]
fn a_client_that_cannot_use_a_ticket_gets_none() {
    let cast = Cast::new();
    for (theirs, ours) in [
        (vec![], vec![PskKeyExchangeMode::psk_dhe_ke]),
        (vec![PskKeyExchangeMode::psk_dhe_ke], vec![]),
        (
            vec![PskKeyExchangeMode::psk_ke],
            vec![PskKeyExchangeMode::psk_dhe_ke],
        ),
    ] {
        let mut duo = Duo::new(&cast);
        duo.client.psk_modes = theirs;
        duo.server.psk_modes = ours;
        let played = duo.play();
        assert!(played.server_facts().resumed.is_none());
        assert!(tickets(&played).is_empty());
    }
    let mut duo = Duo::new(&cast);
    duo.server.tickets = false;
    duo.server.session_ids = false;
    assert!(tickets(&duo.play()).is_empty());
}

/// property 20: what the full handshake proved holds for as long as its session, and no resumption makes that longer.
#[test]
fn a_session_goes_on_with_the_identity_and_the_age_of_its_full_handshake() {
    let cast = Cast::new();
    for (tickets_on, by) in [(true, ResumedBy::Ticket), (false, ResumedBy::SessionId)] {
        let mut duo = Duo::new(&cast);
        duo.server.tickets = tickets_on;
        duo.server.client_auth = required();
        let clock = duo.server_host.clock.clone();
        let begun = clock.now().as_secs();
        let mut duo = duo.after_a_first_one();
        for round in 1..=3 {
            clock.advance(1_000);
            let (client, server) = (duo.client.clone(), duo.server.clone());
            let played = duo.play();
            let facts = played.server_facts();
            assert_eq!(facts.resumed, Some(by));
            assert_eq!(facts.peer_certificates, cast.client.chain);
            assert_eq!((facts.server_scheme, facts.client_scheme), (None, None));
            assert!(facts.group.is_some(), "with a key exchange");
            assert_eq!(
                played.count(Side::Server, HandshakeType::certificate_request),
                0
            );
            let bodies = tickets(&played);
            assert_eq!(bodies.len(), 1, "one for the one that was used");
            let ticket = NewSessionTicket::decode(&bodies[0]).expect("a ticket");
            assert_eq!(ticket.ticket_lifetime, 12 * 60 * 60 - 1_000 * round);
            let kept = &played.sessions()[0].session;
            assert_eq!(kept.authenticated_at.as_secs(), begun);
            duo = Duo {
                client,
                server,
                ..Duo::new(&cast)
            }
            .again(played);
        }
    }
}

/// What does not fit this once may fit the next time: where a HelloRetryRequest has fixed another hash function, say.
#[test]
fn a_stored_session_that_is_not_used_is_not_lost() {
    let cast = Cast::new();
    let sha384 = |suite: &&'static Suite| suite.id == 0x1302;
    let changes: [fn(&mut ServerPolicy); 2] = [
        |policy| policy.client_auth = required(),
        |policy| policy.suites = vec![suite(0x1301).expect("a suite")],
    ];
    for (number, change) in changes.into_iter().enumerate() {
        let mut duo = Duo::new(&cast);
        duo.server.tickets = false;
        duo.server.ticket_count = 1;
        duo.server.suites.retain(sha384);
        let mut duo = duo.after_a_first_one();
        let session = duo.client_host.session.as_ref().expect("a session");
        let id = session.ticket.clone();
        duo.server.ticket_count = 0;
        change(&mut duo.server);
        let played = duo.play();
        assert_eq!(played.server_facts().resumed, None, "{number}");
        assert!(played.server_host.sessions.contains_key(&id), "{number}");
    }
}

/// But what has expired is of no use to anybody.
#[test]
fn a_stored_session_that_has_expired_does_not_come_back() {
    let cast = Cast::new();
    for expired in [false, true] {
        let mut duo = Duo::new(&cast);
        duo.server.tickets = false;
        duo.server.ticket_count = 1;
        let mut duo = duo.after_a_first_one();
        duo.server.ticket_count = 0;
        duo.server.client_auth = required();
        for session in duo.server_host.sessions.values_mut() {
            // Only the server's own word for how long it lasts.
            session.lifetime = if expired { 0 } else { session.lifetime };
        }
        let played = duo.play();
        assert_eq!(played.server_facts().resumed, None);
        assert_eq!(played.server_host.sessions.is_empty(), expired);
    }
}

/// RFC 8446 section 4.2.10: max_early_data_size is an offer, and a server that takes none makes none.
#[test]
fn a_ticket_speaks_of_early_data_only_where_some_is_taken() {
    let cast = Cast::new();
    for early_data in [0, 1] {
        let mut duo = Duo::new(&cast);
        duo.server.early_data = early_data;
        let bodies = tickets(&duo.play());
        assert!(!bodies.is_empty());
        for body in &bodies {
            let ticket = NewSessionTicket::decode(body).expect("a ticket");
            let said = (early_data > 0).then_some(early_data);
            assert_eq!(ticket.extensions.early_data(), said);
        }
    }
}

#[test]
fn a_stored_session_is_taken_once() {
    let cast = Cast::new();
    let mut duo = Duo::new(&cast);
    duo.server.tickets = false;
    duo.server.ticket_count = 1;
    let mut duo = duo.after_a_first_one();
    assert_eq!(duo.server_host.sessions.len(), 1);
    let session = duo.client_host.session.as_ref().expect("a session");
    let (session, ticket) = (session.session.duplicate(), session.ticket.clone());
    assert_eq!(ticket.len(), 32);
    duo.server.ticket_count = 0;
    let (client, server) = (duo.client.clone(), duo.server.clone());
    let played = duo.play();
    assert_eq!(played.server_facts().resumed, Some(ResumedBy::SessionId));
    assert!(played.server_host.sessions.is_empty());
    let mut third = Duo {
        client,
        server,
        ..Duo::new(&cast)
    }
    .again(played);
    third.client_host.session = Some(premaster_session::ClientSession {
        session,
        session_id: Vec::new(),
        ticket,
    });
    assert_eq!(third.play().server_facts().resumed, None);
}

/// Everybody on the path knows the ID of a session of TLS 1.2: that uses up nothing.
#[test]
fn a_stored_session_of_tls12_stays_where_it_is() {
    let cast = Cast::new();
    let mut duo = Duo::new(&cast);
    duo.server.tickets = false;
    let mut duo = duo.after_a_first_one();
    for session in duo.server_host.sessions.values_mut() {
        let master = premaster_crypto::Secret::from_bytes(&[7; 48]).expect("a secret");
        session.secret = SessionSecret::Master(master);
        session.version = 0x0303;
    }
    duo.server.ticket_count = 0;
    let before = duo.server_host.sessions.len();
    let played = duo.play();
    assert_eq!(played.server_facts().resumed, None);
    assert_eq!(played.server_host.sessions.len(), before);
}

/// property 20: what does not belong here is no session; the handshake is a full one.
#[test]
fn a_session_that_does_not_belong_here_is_passed_over() {
    let cast = Cast::new();
    type Twist = fn(&mut Duo);
    let twists: &[(&str, Twist)] = &[
        ("another isolation key", |duo| {
            duo.server.isolation = IsolationKey::builder().part("other", b"").finish();
        }),
        ("expired", |duo| {
            duo.server_host.clock.advance(60 * 60);
        }),
        ("other ticket keys", |duo| {
            let now = duo.server_host.clock.now();
            let keys = premaster_session::TicketKeys::new(&duo.server.provider, now);
            duo.server_host.tickets = Some(Arc::new(keys.expect("keys")));
        }),
        ("a certificate is required now", |duo| {
            duo.server.client_auth = required();
        }),
        ("no tickets here", |duo| duo.server.tickets = false),
        ("no mode", |duo| duo.server.psk_modes.clear()),
        ("another server name", |duo| {
            resealed(duo, |session| {
                session.server_name = Some("other.test".into());
            });
        }),
        ("no server name", |duo| {
            resealed(duo, |session| session.server_name = None);
        }),
        ("a session of TLS 1.2", |duo| {
            resealed(duo, |session| {
                let master = premaster_crypto::Secret::from_bytes(&[7; 48]).expect("a secret");
                session.secret = SessionSecret::Master(master);
                session.version = 0x0303;
                session.suite = 0xc02b;
            });
        }),
        ("no suite of that hash function", |duo| {
            duo.server
                .suites
                .retain(|suite| suite.id != 0x1301 && suite.id != 0x1303);
        }),
    ];
    for (what, twist) in twists {
        let mut duo = Duo::new(&cast);
        // Only the server sees that it is over.
        duo.server.session_lifetime = 30 * 60;
        let mut duo = duo.after_a_first_one();
        if let Some(found) = &mut duo.client_host.session {
            found.session.lifetime = 12 * 60 * 60;
        }
        twist(&mut duo);
        let played = duo.play();
        assert_eq!(played.server_facts().resumed, None, "{what}");
        assert!(played.server_facts().server_scheme.is_some(), "{what}");
    }
}

/// The ticket holds another session, as if it had been made so.
pub(crate) fn resealed(duo: &mut Duo, change: impl FnOnce(&mut Session)) {
    let now = duo.server_host.clock.now();
    let keys = duo.server_host.tickets.as_ref().expect("ticket keys");
    let found = duo.client_host.session.as_mut().expect("a session");
    let mut session = keys.open(&found.ticket, now).expect("our ticket");
    change(&mut session);
    found.ticket = keys.seal(&session, now).expect("a ticket");
}

#[test]
fn a_session_goes_on_under_its_own_suite_whatever_is_preferred_now() {
    let cast = Cast::new();
    for (first, then) in [(0x1301, 0x1302), (0x1302, 0x1301), (0x1303, 0x1301)] {
        let suites = |id: u16| {
            let mut suites = cast.modern.suites.clone();
            suites.sort_by_key(|suite| suite.id != id);
            suites
        };
        let mut duo = Duo::new(&cast);
        duo.server.suites = suites(first);
        let mut duo = duo.after_a_first_one();
        duo.server.suites = suites(then);
        let played = duo.play();
        assert_eq!(played.server_facts().resumed, Some(ResumedBy::Ticket));
        assert_eq!(played.server_facts().suite.id, first);
    }
    // Another suite of the same hash function will do where its own is gone.
    let mut duo = Duo::new(&cast);
    duo.server.suites = cast.modern.suites.clone();
    let mut duo = duo.after_a_first_one();
    duo.server.suites.retain(|suite| suite.id != 0x1301);
    let played = duo.play();
    assert_eq!(played.server_facts().resumed, Some(ResumedBy::Ticket));
    assert_eq!(played.server_facts().suite.id, 0x1303);
}

/// A session that can be taken once is not taken for the first of two ClientHellos.
#[test]
fn a_session_goes_on_after_a_retry_too() {
    let cast = Cast::new();
    for (tickets, by) in [(true, ResumedBy::Ticket), (false, ResumedBy::SessionId)] {
        for preferred in [0x1301, 0x1302] {
            let mut duo = Duo::new(&cast);
            duo.server.tickets = tickets;
            // The suite of a stored session is not known before it is taken.
            if !tickets {
                duo.server.suites.sort_by_key(|suite| suite.id != preferred);
            }
            let mut duo = duo.after_a_first_one();
            duo.server.groups = vec![premaster_wire::NamedGroup::secp384r1];
            duo.server.suites.sort_by_key(|suite| suite.id != preferred);
            let played = duo.play();
            let facts = played.server_facts();
            assert!(facts.retried);
            assert_eq!(facts.resumed, Some(by), "{preferred:#06x}");
        }
    }
}

/// property 2: a wrong binder of the key that was chosen is fatal, whatever bit of the ClientHello it covers was changed.
#[test]
fn a_wrong_binder_is_fatal() {
    let cast = Cast::new();
    let lengths = |played: &Played| played.said[0].1.len();
    let length = lengths(&Duo::new(&cast).after_a_first_one().play());
    // The random, the binder's first byte and its last.
    for from_end in [length - 10, 32, 1] {
        let mut duo = Duo::new(&cast).after_a_first_one();
        duo.change = Some(Box::new(move |side, number, message| {
            if side == Side::Client && number == 0 {
                let at = message.len() - from_end;
                message[at] ^= 1;
            }
        }));
        let played = duo.play();
        assert_eq!(played.server_fault(), Some(Fault::BadBinder), "{from_end}");
        assert_eq!(played.count(Side::Server, HandshakeType::server_hello), 0);
    }
}

/// property 24: however many identities a client sends, so many are looked up.
#[test]
fn only_the_first_identities_are_looked_up() {
    let cast = Cast::new();
    let psk = |number: u8| {
        let key = [number + 1; 32];
        premaster_handshake::ExternalPsk::new(
            &[b'a' + number],
            &key,
            premaster_crypto::HashAlgorithm::Sha256,
        )
        .expect("a key")
    };
    for (place, found) in [(7, true), (8, false)] {
        let mut duo = Duo::new(&cast);
        duo.client.external_psks = (0..12).map(psk).collect();
        duo.server.external_psks = true;
        let known = psk(place);
        let identity = known.identity().to_vec();
        duo.server_host.psks.insert(identity, Arc::new(known));
        let played = duo.play();
        let expected = found.then_some(ResumedBy::Psk);
        assert_eq!(played.server_facts().resumed, expected, "{place}");
    }
}

#[test]
fn a_host_that_answers_for_another_identity_is_not_believed() {
    let cast = Cast::new();
    let new = |identity: &[u8]| {
        premaster_handshake::ExternalPsk::new(
            identity,
            &[7; 32],
            premaster_crypto::HashAlgorithm::Sha256,
        )
        .expect("a key")
    };
    let mut duo = Duo::new(&cast);
    duo.client.external_psks = vec![new(b"meter\0 7")];
    duo.server.external_psks = true;
    let host: &mut Host = &mut duo.server_host;
    host.psks
        .insert(b"meter\0 7".to_vec(), Arc::new(new(b"meter\0")));
    assert_eq!(duo.play().server_facts().resumed, None);
}
