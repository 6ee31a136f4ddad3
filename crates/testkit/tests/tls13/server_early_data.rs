//! Early data at the server: when it is read, what the carrier is told, and that it is read once.

use premaster_crypto::Side;
use premaster_handshake::{EarlyData, EarlyDataReason as Why, Fault};
use premaster_session::SessionSecret;
use premaster_testkit::Cast;
use premaster_wire::{HandshakeType, NamedGroup};

use crate::duo::Duo;
use crate::server_tickets::resealed;

fn duo(cast: &Cast) -> Duo {
    let mut duo = Duo::new(cast);
    duo.client.early_data = true;
    duo.server.early_data = 1_000;
    duo.client.alpn = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    duo.server.alpn = vec![b"h2".to_vec()];
    duo
}

/// property 23: no message spans a change of keys, because each key has its messages.
#[test]
fn early_data_is_read_between_the_hello_and_its_end() {
    let cast = Cast::new();
    let played = duo(&cast).after_a_first_one().play();
    let facts = played.server_facts();
    assert_eq!(facts.early_data, Some(EarlyData::Accepted));
    assert_eq!(played.client_facts().early_data, Some(EarlyData::Accepted));
    assert_eq!(
        played.orders,
        [
            "",
            "server_hello",
            "change_cipher_spec",
            "Sent handshake",
            "Received early data",
            "read 1000",
            "encrypted_extensions",
            "finished",
            "Sent traffic",
            "data",
            "Received handshake",
            "Received traffic",
            "",
            "new_session_ticket",
        ]
    );
    assert_eq!(
        played.count(Side::Client, HandshakeType::end_of_early_data),
        1
    );
    let exported = |facts: &premaster_handshake::Facts| {
        let mut out = [0; 32];
        let exporter = facts.early_exporter.as_ref().expect("an exporter");
        exporter
            .export(b"label", b"context", &mut out)
            .expect("exported");
        out
    };
    assert_eq!(exported(facts), exported(played.client_facts()));
}

type Twist = fn(&mut Duo);

/// What may differ from the session.
const TWISTS: &[(&str, usize, Why, Why, Twist)] = &[
    // (.., how much is skipped, why as the server knows it, and as the client sees it, ..)
    (
        "none is taken any more",
        16_384,
        Why::Disabled,
        Why::Declined,
        |duo| {
            duo.server.early_data = 0;
        },
    ),
    (
        "less is taken now",
        16_384,
        Why::LimitLowered,
        Why::Declined,
        |duo| {
            duo.server.early_data = 999;
        },
    ),
    (
        "more is taken now, but the hello was held back",
        20_000,
        Why::TicketAge,
        Why::Declined,
        |duo| {
            duo.server.early_data = 20_000;
            let session = duo.client_host.session.as_mut().expect("a session");
            if let SessionSecret::Resumption(ticket) = &mut session.session.secret {
                ticket.age_add = ticket.age_add.wrapping_add(11_000);
            }
        },
    ),
    (
        "another protocol",
        16_384,
        Why::ApplicationProtocol,
        Why::Declined,
        |duo| {
            duo.server.alpn = vec![b"http/1.1".to_vec()];
        },
    ),
    (
        "another suite of the same hash function",
        16_384,
        Why::CipherSuite,
        Why::Declined,
        |duo| {
            duo.server.suites.retain(|suite| suite.id != 0x1301);
        },
    ),
    (
        "a retry",
        16_384,
        Why::HelloRetryRequest,
        Why::HelloRetryRequest,
        |duo| {
            duo.server.groups = vec![NamedGroup::secp384r1];
        },
    ),
    (
        "a full handshake",
        16_384,
        Why::SessionNotResumed,
        Why::SessionNotResumed,
        |duo| duo.server.tickets = false,
    ),
    (
        "a ticket that the server made for none",
        16_384,
        Why::NotAllowedBySession,
        Why::Declined,
        |duo| {
            resealed(duo, |session| {
                if let SessionSecret::Resumption(ticket) = &mut session.secret {
                    ticket.max_early_data = 0;
                }
            });
        },
    ),
];

/// property 19: nothing that early data rests on differs from what was agreed on in the session.
#[test]
fn early_data_is_dropped_unless_all_is_as_it_was() {
    let cast = Cast::new();
    for (what, limit, known, seen, twist) in TWISTS {
        let mut duo = duo(&cast).after_a_first_one();
        twist(&mut duo);
        let played = duo.play();
        let facts = played.server_facts();
        assert_eq!(facts.early_data, Some(EarlyData::Rejected), "{what}");
        assert_eq!(
            played.client_facts().early_data,
            Some(EarlyData::Rejected),
            "{what}"
        );
        assert_eq!(facts.early_data_reason, *known, "{what}");
        assert_eq!(played.client_facts().early_data_reason, *seen, "{what}");
        assert!(facts.early_exporter.is_none(), "{what}");
        let skip = format!("skip {limit}");
        let at = |order: &str| played.orders.iter().position(|one| one == order);
        assert!(at(&skip).is_some(), "{what}: {:?}", played.orders);
        assert!(at(&skip) < at("Received handshake"), "{what}");
        assert_eq!(at("Received early data"), None, "{what}");
    }
}

#[test]
fn early_data_that_has_come_before_is_dropped() {
    let cast = Cast::new();
    let first = duo(&cast).after_a_first_one().play();
    assert_eq!(first.server_host.admitted.len(), 1);
    let hello = first.said[0].1.clone();
    // The recorded ClientHello comes once more: the binder is right, and known.
    let mut again = duo(&cast);
    again.server_host = first.server_host;
    again.change = Some(Box::new(move |side, number, message| {
        if side == Side::Client && number == 0 {
            message.clone_from(&hello);
        }
    }));
    let played = again.play();
    assert!(
        played.orders.contains(&"skip 16384".to_owned()),
        "{:?}",
        played.orders
    );
    assert!(
        !played
            .orders
            .iter()
            .any(|order| order == "Received early data")
    );
    assert_eq!(played.server_host.admitted.len(), 1);
}

/// A server that has taken no early data knows why, whether any was offered or not.
#[test]
fn a_server_knows_why_there_is_no_early_data() {
    let twists: &[(bool, Why, Twist)] = &[
        (true, Why::Accepted, |_| {}),
        (true, Why::NotOffered, |duo| duo.client.early_data = false),
        (true, Why::Disabled, |duo| {
            duo.client.early_data = false;
            duo.server.early_data = 0;
        }),
        (false, Why::NoSession, |_| {}),
    ];
    let cast = Cast::new();
    for (resumed, why, twist) in twists {
        let mut duo = match resumed {
            true => duo(&cast).after_a_first_one(),
            false => duo(&cast),
        };
        twist(&mut duo);
        let played = duo.play();
        assert_eq!(played.server_facts().early_data_reason, *why);
    }
    // The first connection allowed none.
    let mut duo = duo(&cast);
    duo.server.early_data = 0;
    let mut duo = duo.after_a_first_one();
    duo.server.early_data = 1_000;
    let played = duo.play();
    let why = played.server_facts().early_data_reason;
    assert_eq!(why, Why::NotAllowedBySession);
}

/// RFC 8446 section 8.3.
#[test]
fn a_server_tells_by_how_much_a_tickets_age_is_off() {
    let cast = Cast::new();
    assert_eq!(duo(&cast).play().server_facts().ticket_age_skew, None);
    for skew in [0_i64, 9_000, -9_000, 11_000, -11_000] {
        let mut duo = duo(&cast).after_a_first_one();
        let session = duo.client_host.session.as_mut().expect("a session");
        if let SessionSecret::Resumption(ticket) = &mut session.session.secret {
            let skew = i32::try_from(skew).expect("small");
            ticket.age_add = ticket.age_add.wrapping_add_signed(skew);
        }
        let played = duo.play();
        let facts = played.server_facts();
        // A ticket that would have been issued in the future is older than it can be.
        let told = if skew < 0 { skew + (1 << 32) } else { skew };
        assert_eq!(facts.ticket_age_skew, Some(told));
        let why = match skew {
            0 | 9_000 => Why::Accepted,
            _ => Why::TicketAge,
        };
        assert_eq!(facts.early_data_reason, why, "{skew}");
        assert_eq!(played.client_facts().ticket_age_skew, None);
    }
}

/// RFC 8446 section 8.1: not only the same ClientHello, any other one with the same ticket comes too late.
#[test]
fn a_ticket_carries_early_data_once() {
    let cast = Cast::new();
    let first = duo(&cast).after_a_first_one();
    let (host, session) = (&first.client_host, "a session of the first connection");
    let session = host.session.as_ref().expect(session).duplicate();
    let first = first.play();
    let mut again = duo(&cast);
    again.server_host = first.server_host;
    again.client_host.session = Some(session);
    let played = again.play();
    let outcome = played.client.as_ref().expect("an outcome");
    let facts = outcome.as_ref().expect("a handshake");
    assert_eq!(facts.early_data, Some(EarlyData::Rejected));
    assert_eq!(facts.early_data_reason, Why::Declined);
    assert!(facts.resumed.is_some());
    let why = played.server_facts().early_data_reason;
    assert_eq!(why, Why::Repeated);
}

/// property 2: nothing is read under a key before its binder was found right.
#[test]
fn early_data_under_a_wrong_binder_is_not_even_asked_about() {
    let cast = Cast::new();
    let mut duo = duo(&cast).after_a_first_one();
    duo.change = Some(Box::new(|side, number, message| {
        if side == Side::Client && number == 0 {
            let last = message.len() - 1;
            message[last] ^= 1;
        }
    }));
    let played = duo.play();
    assert_eq!(played.server_fault(), Some(Fault::BadBinder));
    assert!(played.server_host.admitted.is_empty());
    assert!(
        !played
            .orders
            .iter()
            .any(|order| order.starts_with("Received"))
    );
}

/// What was under way before the client knew of the server's limit is not held to it.
#[test]
fn a_limit_of_the_record_size_holds_once_early_data_is_over() {
    let cast = Cast::new();
    for (accepts, allowed) in [(true, 1_000), (false, 0)] {
        let mut duo = duo(&cast);
        duo.client.record_size_limit = Some(2_000);
        duo.server.record_size_limit = Some(100);
        let mut duo = duo.after_a_first_one();
        duo.server.early_data = allowed;
        let played = duo.play();
        let accepted = played.server_facts().early_data == Some(EarlyData::Accepted);
        assert_eq!(accepted, accepts);
        let at = |order: &str| played.orders.iter().position(|one| one == order);
        assert!(at("send 2000 receive 16385") < at("encrypted_extensions"));
        assert!(at("send 2000 receive 16385").is_some());
        assert!(at("Received handshake") < at("send 2000 receive 100"));
        assert!(at("send 2000 receive 100") < at("Received traffic"));
    }
}

/// property 4: early data ends once, before the client's Finished.
#[test]
fn a_finished_in_the_place_of_the_end_of_early_data_is_refused() {
    let cast = Cast::new();
    let mut duo = duo(&cast).after_a_first_one();
    duo.change = Some(Box::new(|side, number, message| {
        if side == Side::Client && number == 1 {
            *message = vec![HandshakeType::finished.0, 0, 0, 0];
        }
    }));
    assert_eq!(duo.play().server_fault(), Some(Fault::UnexpectedMessage));
}
