//! HelloRetryRequest: when it is asked for, what the second ClientHello may be, and who may take it.

use std::sync::Arc;

use premaster_crypto::Side;
use premaster_handshake::{
    ClientPolicy, Clock, CookieContent, CookieKey, Error, Facts, Fault, Handshake, Incoming,
    Limits, Message, Order, ResumedBy, RetryCookie, Target,
};
use premaster_session::UnixTime;
use premaster_testkit::Cast;
use premaster_testkit::cell::NAME;
use premaster_trace::Tracer;
use premaster_wire::{
    CipherSuite, ClientHello, ClientHelloExtension, Decode as _, ExtensionType, Extensions,
    HandshakeType, HelloRetryRequest, KeyShareEntry, List, NamedGroup, encode_message,
};

use crate::duo::{Duo, Played};

const P384: NamedGroup = NamedGroup::secp384r1;

fn retried(cast: &Cast) -> Duo {
    let mut duo = Duo::new(cast);
    duo.server.groups = vec![P384];
    duo
}

fn request_types(played: &Played) -> Vec<ExtensionType> {
    let (side, message) = &played.said[1];
    assert_eq!(*side, Side::Server);
    let request = HelloRetryRequest::decode(&message[4..]).expect("a request");
    request.extensions.types().collect()
}

/// RFC 8446 section 4.1.4: no round trip for what is no better.
#[test]
fn among_equal_groups_one_with_a_share_is_chosen() {
    let cast = Cast::new();
    for equal in [false, true] {
        let mut duo = Duo::new(&cast);
        duo.client.groups = vec![NamedGroup::secp256r1, NamedGroup::x25519];
        duo.client.key_shares = vec![NamedGroup::x25519];
        duo.server.groups = vec![NamedGroup::secp256r1, NamedGroup::x25519];
        duo.server.retry_for_best_group = true;
        if equal {
            duo.server.equal_groups = vec![duo.server.groups.clone()];
        }
        let played = duo.play();
        assert_eq!(played.client_facts().retried, !equal);
    }
}

#[test]
fn a_group_without_a_share_is_asked_for() {
    let cast = Cast::new();
    let played = retried(&cast).play();
    assert_eq!(played.server_facts().group, Some(P384));
    assert!(played.server_facts().retried && played.client_facts().retried);
    assert_eq!(
        request_types(&played),
        [ExtensionType::key_share, ExtensionType::supported_versions]
    );
    let orders: Vec<_> = played.orders.iter().take(5).collect();
    let expected = [
        "",
        "server_hello",
        "change_cipher_spec",
        "server_hello",
        "Sent handshake",
    ];
    assert_eq!(orders, expected.each_ref());
}

#[test]
fn the_best_group_is_asked_for_by_policy_only() {
    let cast = Cast::new();
    for insists in [false, true] {
        let mut duo = Duo::new(&cast);
        duo.server.groups = vec![P384, NamedGroup::x25519];
        duo.server.retry_for_best_group = insists;
        let played = duo.play();
        let facts = played.server_facts();
        let group = if insists { P384 } else { NamedGroup::x25519 };
        assert_eq!((facts.retried, facts.group), (insists, Some(group)));
    }
}

#[test]
fn a_cookie_goes_with_each_request_where_there_is_a_key_for_it() {
    let cast = Cast::new();
    let mut duo = retried(&cast);
    duo.server.retry_cookie = Some(Arc::new(CookieKey::from_shared(&[7; 32])));
    let played = duo.play();
    assert!(played.server_facts().retried);
    assert_eq!(
        request_types(&played),
        [
            ExtensionType::key_share,
            ExtensionType::cookie,
            ExtensionType::supported_versions
        ]
    );
}

/// property 19: what was agreed on before the retry is held across it.
#[test]
fn a_second_hello_differs_in_nothing_but_what_was_asked_for() {
    let cast = Cast::new();
    let honest = retried(&cast).play();
    let second = honest.said[2].1.clone();
    let mut refused = 0;
    for at in 4..second.len() {
        let mut duo = retried(&cast);
        duo.change = Some(Box::new(move |side, number, message| {
            if side == Side::Client && number == 1 {
                message[at] ^= 1;
            }
        }));
        let played = duo.play();
        let fault = played.server_fault();
        // Within the share, only the handshake's own hash tells.
        let outcome = fault.or(played
            .client
            .and_then(|ended| ended.err())
            .map(|e| e.fault()));
        assert!(outcome.is_some(), "byte {at}");
        refused += usize::from(fault == Some(Fault::SecondHelloChanged));
    }
    assert!(refused > 100, "{refused}");
}

/// property 19: a cookie comes back as it was, and no pre-shared key comes in.
#[test]
fn cookie_and_keys_of_a_second_hello_are_those_of_the_first() {
    let cast = Cast::new();
    let keyed = || {
        let mut duo = Duo::new(&cast).after_a_first_one();
        duo.server.groups = vec![P384];
        duo.server.retry_cookie = Some(Arc::new(CookieKey::from_shared(&[7; 32])));
        duo
    };
    let find = |message: &[u8], part: &[u8]| {
        let mut windows = message.windows(part.len());
        windows
            .position(|window| window == part)
            .expect("it is there")
    };
    for (in_ticket, fault) in [(false, Fault::BadCookie), (true, Fault::SecondHelloChanged)] {
        let mut duo = keyed();
        let session = duo.client_host.session.as_ref().expect("a session");
        let ticket = session.ticket.clone();
        duo.change = Some(Box::new(move |side, number, message| {
            if side == Side::Client && number == 1 {
                let hello = ClientHello::decode(&message[4..]).expect("a ClientHello");
                let cookie = hello.extensions().cookie().expect("a cookie").to_vec();
                let part = if in_ticket { &ticket } else { &cookie };
                let at = find(message, part);
                message[at] ^= 1;
            }
        }));
        assert_eq!(duo.play().server_fault(), Some(fault));
    }
}

/// RFC 8446 section 4.1.2: exactly the share that was asked for, also where only a cookie is left of the request.
#[test]
fn a_second_hello_has_the_one_share_that_was_asked_for() {
    let cast = Cast::new();
    let wrong: [(&str, Reshare); 3] = [
        ("none", |shares| shares.clear()),
        ("one of another group", |shares| {
            shares[0].group = NamedGroup::x25519;
            shares[0].key_exchange = &[9; 32];
        }),
        ("one of another group, and it", |shares| {
            let other = KeyShareEntry {
                group: NamedGroup::x25519,
                key_exchange: &[9; 32],
            };
            shares.insert(0, other);
        }),
    ];
    for (what, change) in wrong {
        let with_shares = move |message: &mut Vec<u8>| {
            let reshaped = reshared(message, change);
            *message = reshaped;
        };
        let mut duo = retried(&cast);
        duo.change = Some(Box::new(move |side, number, message| {
            if side == Side::Client && number == 1 {
                with_shares(message);
            }
        }));
        let played = duo.play();
        let error = played.server.expect("an outcome").expect_err(what);
        assert_eq!(error.fault(), Fault::SecondHelloChanged, "{what}");
        assert_eq!(error.details(), DETAIL, "{what}");
        let mut duo = retried(&cast);
        duo.server.retry_cookie = Some(Arc::new(CookieKey::from_shared(&[7; 32])));
        let elsewhere = elsewhere_with(duo, with_shares);
        assert_eq!(elsewhere.err(), Some(Fault::SecondHelloChanged), "{what}");
    }
}

const DETAIL: &str = "it has not just the share for secp384r1";

/// What becomes of key shares.
type Reshare = fn(&mut Vec<KeyShareEntry<'_>>);

/// A ClientHello with other key shares.
fn reshared(message: &[u8], change: Reshare) -> Vec<u8> {
    let hello = ClientHello::decode(&message[4..]).expect("a ClientHello");
    let shares = hello
        .extensions()
        .iter()
        .find_map(|extension| match extension {
            ClientHelloExtension::KeyShare(shares) => Some(shares.iter().collect::<Vec<_>>()),
            _ => None,
        });
    let mut shares = shares.expect("shares");
    change(&mut shares);
    let changed = hello.extensions().iter().map(|extension| match extension {
        ClientHelloExtension::KeyShare(_) => {
            ClientHelloExtension::KeyShare(List::from(shares.as_slice()))
        }
        other => other,
    });
    let changed: Vec<_> = changed.collect();
    encode_message(&ClientHello {
        extensions: Some(Extensions::from(changed.as_slice())),
        ..hello
    })
    .expect("a ClientHello")
}

#[test]
fn a_retry_is_asked_for_once() {
    let cast = Cast::new();
    let first = retried(&cast).play().said[0].1.clone();
    let mut duo = retried(&cast);
    duo.change = Some(Box::new(move |side, number, message| {
        if side == Side::Client && number == 1 {
            // The same share again.
            message.clone_from(&first);
        }
    }));
    let played = duo.play();
    assert_eq!(played.server_fault(), Some(Fault::SecondHelloChanged));
    assert_eq!(played.count(Side::Server, HandshakeType::server_hello), 1);
}

/// A server that has nothing but the cookie goes on where another one has left off.
#[test]
fn any_server_with_the_key_takes_the_second_hello() {
    let cast = Cast::new();
    for (begin, resumes) in BOTH
        .into_iter()
        .flat_map(|begin| [(begin, false), (begin, true)])
    {
        let mut duo = Duo::new(&cast);
        if resumes {
            duo = duo.after_a_first_one();
        }
        duo.server.groups = vec![P384];
        duo.server.retry_cookie = Some(Arc::new(CookieKey::from_shared(&[7; 32])));
        let played = elsewhere(duo, begin, |_| {});
        let facts = played.expect("facts of the server");
        assert!(facts.retried);
        assert_eq!(facts.group, Some(P384));
        assert_eq!(facts.resumed, resumes.then_some(ResumedBy::Ticket));
    }
}

#[test]
fn a_cookie_that_is_wrong_or_old_ends_it() {
    let cast = Cast::new();
    let keyed = |key: u8| {
        let mut duo = retried(&cast);
        duo.server.retry_cookie = Some(Arc::new(CookieKey::from_shared(&[key; 32])));
        duo
    };
    for begin in BOTH {
        let other_key = elsewhere(keyed(7), begin, |duo| {
            duo.server.retry_cookie = Some(Arc::new(CookieKey::from_shared(&[8; 32])));
        });
        assert_eq!(other_key.err(), Some(Fault::BadCookie));
        let late = elsewhere(keyed(7), begin, |duo| duo.server_host.clock.advance(61));
        assert_eq!(late.err(), Some(Fault::BadCookie));
    }
    // Who makes no cookies knows of none: the ClientHello is a first one, and the transcripts differ. Unless another was
    // certain to have come before.
    let none = |duo: &mut Duo| duo.server.retry_cookie = None;
    let [here, there] = BOTH.map(|begin| elsewhere(keyed(7), begin, none).err());
    assert_eq!(here, Some(Fault::BadSignature));
    assert_eq!(there, Some(Fault::BadCookie));
}

const BOTH: [Begin; 2] = [Handshake::server, |clock, limits, tracer| {
    Handshake::server_after_retry(0, clock, limits, tracer)
}];

/// A client may have early data under way when its second ClientHello goes to another server, and a ChangeCipherSpec.
#[test]
fn what_is_under_way_between_the_hellos_is_dropped() {
    let clock = premaster_testkit::FakeClock::default();
    // What tickets allow, and a full record in any case.
    for (allowed, dropped) in [(0, 16_384), (16_385, 16_385), (u32::MAX, 0xffff_ffff)] {
        let (limits, tracer) = (Limits::default(), Tracer::default());
        let mut server = Handshake::server_after_retry(allowed, clock.shared(), limits, tracer);
        let orders: Vec<_> = core::iter::from_fn(|| server.next_order()).collect();
        assert!(matches!(
            orders[..],
            [
                Order::DropChangeCipherSpecs(2),
                Order::SkipEarlyData { limit }
            ] if limit == dropped
        ));
    }
}

/// A cookie that says what its owner wants.
#[derive(Debug)]
struct Fixed(CookieContent);

impl RetryCookie for Fixed {
    fn seal(&self, _: &CookieContent, _: UnixTime) -> Vec<u8> {
        b"fixed".to_vec()
    }

    fn open(&self, cookie: &[u8], _: UnixTime) -> Option<CookieContent> {
        (cookie == b"fixed").then(|| self.0.clone())
    }
}

/// property 19: not even a cookie of our own brings in what was not offered or is not known here.
#[test]
fn a_cookie_cannot_say_what_would_not_be_chosen() {
    let cast = Cast::new();
    let good = CookieContent {
        suite: CipherSuite::TLS_AES_128_GCM_SHA256,
        group: P384,
        client_hello: vec![7; 32],
        psk: None,
    };
    let with = |content: &CookieContent| {
        let mut duo = retried(&cast);
        duo.server.retry_cookie = Some(Arc::new(Fixed(content.clone())));
        elsewhere(duo, Handshake::server, |_| {}).err()
    };
    assert_eq!(
        with(&good),
        Some(Fault::BadSignature),
        "the hash is wrong, nothing else"
    );
    let content = CookieContent {
        suite: CipherSuite(0xc02b),
        ..good.clone()
    };
    assert_eq!(with(&content), Some(Fault::SecondHelloChanged));
    let content = CookieContent {
        group: NamedGroup::x25519,
        ..good.clone()
    };
    assert_eq!(with(&content), Some(Fault::BadCookie));
    let content = CookieContent {
        client_hello: vec![7; 31],
        ..good
    };
    assert_eq!(with(&content), Some(Fault::BadCookie));
}

/// How the other server begins.
type Begin = fn(Arc<dyn Clock>, Limits, Tracer) -> Handshake;

/// The first server asks again and is gone; another one takes it from there.
fn elsewhere(duo: Duo, begin: Begin, change: impl FnOnce(&mut Duo)) -> Result<Facts, Fault> {
    moved(duo, begin, change, |_| {})
}

/// The same, and what the client says to the other one is altered.
pub(crate) fn elsewhere_with(duo: Duo, alter: impl Fn(&mut Vec<u8>)) -> Result<Facts, Fault> {
    moved(duo, Handshake::server, |_| {}, alter)
}

fn moved(
    mut duo: Duo,
    begin: Begin,
    change: impl FnOnce(&mut Duo),
    alter: impl Fn(&mut Vec<u8>),
) -> Result<Facts, Fault> {
    let clock = duo.client_host.clock.shared();
    let policy: Arc<ClientPolicy> = Arc::new(duo.client.clone());
    let (limits, target) = (Limits::default(), Target::dns(NAME));
    let mut client = Handshake::client(policy, target, clock, limits, Tracer::default());
    settle(&mut client, &mut duo.client_host);
    duo.server_host.policy = Arc::new(duo.server.clone());
    let clock = duo.server_host.clock.shared();
    let mut first = Handshake::server(Arc::clone(&clock), limits, Tracer::default());
    pass(&mut client, &mut first);
    settle(&mut first, &mut duo.server_host);
    pass(&mut first, &mut client);
    drop(first);
    settle(&mut client, &mut duo.client_host);
    change(&mut duo);
    duo.server_host.policy = Arc::new(duo.server.clone());
    let mut second = begin(clock, limits, Tracer::default());
    for _ in 0..4 {
        pass_altered(&mut client, &mut second, &alter);
        settle(&mut second, &mut duo.server_host);
        pass(&mut second, &mut client);
        settle(&mut client, &mut duo.client_host);
    }
    let outcome = second.take_outcome();
    let told = |outcome: Option<Result<Facts, Error>>| {
        outcome.map(|ended| ended.map_err(|error| error.fault()))
    };
    match told(outcome) {
        Some(ended) => ended,
        None => match told(client.take_outcome()) {
            Some(Err(fault)) => Err(fault),
            other => panic!("nobody has ended it: {other:?}"),
        },
    }
}

fn settle(end: &mut Handshake, host: &mut premaster_testkit::Host) {
    while let Some(question) = end.next_question() {
        let answer = host.answer(question);
        end.accept(answer).expect("its own question");
    }
}

fn pass(from: &mut Handshake, to: &mut Handshake) {
    pass_altered(from, to, &|_| {});
}

fn pass_altered(from: &mut Handshake, to: &mut Handshake, alter: &impl Fn(&mut Vec<u8>)) {
    while let Some(order) = from.next_order() {
        if let Order::Send(message) = order {
            let mut bytes = message.bytes().to_vec();
            alter(&mut bytes);
            to.deliver(Incoming::Message(Message::new(bytes)));
        }
    }
}
