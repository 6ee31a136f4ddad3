//! A connection of TLS 1.3 whose server asks for a certificate when the handshake is over: records, order, and what may
//! come in between.

use std::sync::Arc;

use premaster_connection::tls::{Connection, Options, Surface};
use premaster_connection::{ClientConfig, Error, Fault, ServerConfig};
use premaster_crypto::Side;
use premaster_handshake::ClientAuth;
use premaster_testkit::cell::NAME;
use premaster_testkit::pair::connect;
use premaster_testkit::tls13::Forger;
use premaster_testkit::{Cast, Step};
use premaster_wire::{ContentType, HandshakeType as Type};

type Wire = premaster_testkit::Wire<Forger>;

const REQUEST: Step = Step::Message(Type::certificate_request);
const KEY_UPDATE: Step = Step::Message(Type::key_update);
const ANSWER: [Step; 3] = [
    Step::Message(Type::certificate),
    Step::Message(Type::certificate_verify),
    Step::Message(Type::finished),
];

fn whole(bytes: &[u8]) -> Vec<Vec<u8>> {
    vec![bytes.to_vec()]
}

fn fault(wire: &Wire) -> Option<Fault> {
    match &wire.victim.error {
        Some(Error::Handshake(error)) => Some(error.fault()),
        _ => None,
    }
}

/// Whoever owns the connection answers its questions.
fn everything() -> Options {
    Options {
        surface: Surface::Everything,
        ..Options::default()
    }
}

/// Answers all that is asked, as the configuration says.
fn answer(wire: &mut Wire) {
    while let Some(question) = wire.victim.questions.pop() {
        let answer = wire.victim.connection.local().resolve(question);
        wire.victim.connection.accept(answer).unwrap();
        wire.victim.run();
    }
}

/// A server that has asked, and a client that has heard it.
fn server(cast: &Cast) -> Wire {
    server_with(cast, Options::default())
}

fn server_with(cast: &Cast, options: Options) -> Wire {
    let scene = cast.modern_against_server_asking_later();
    let provider = &cast.world.modern;
    let config = ServerConfig::builder(Arc::clone(provider), cast.server.credential(provider))
        .clock(cast.world.clock.shared())
        .optional_client_auth(cast.world.authority.verifier(provider));
    let connection = Connection::server_with(Arc::new(config.build().unwrap()), options);
    let mut wire = Wire::with(
        connection,
        Forger::new(Side::Client, &cast.modern, scene.plan),
    );
    // In the handshake the client declines.
    let chain = core::mem::take(&mut wire.forger.plan.chain);
    let steps = [Type::client_hello, Type::certificate, Type::finished];
    for step in steps.map(Step::Message) {
        wire.say(step);
        answer(&mut wire);
    }
    wire.listen();
    assert_eq!(wire.victim.error, None);
    assert!(wire.victim.connection.facts().is_some());
    wire.forger.plan.chain = chain;
    let required = ClientAuth::Required {
        authorities: Vec::new(),
    };
    wire.victim
        .connection
        .request_certificate(required)
        .unwrap();
    wire.victim.run();
    wire.listen();
    assert_eq!(wire.heard.last(), Some(&REQUEST));
    wire
}

/// A client that may be asked, established.
fn client(cast: &Cast) -> Wire {
    client_with(cast, Options::default())
}

fn client_with(cast: &Cast, options: Options) -> Wire {
    let scene = cast.modern_against_client();
    let provider = &cast.world.modern;
    let verifier = cast.world.authority.verifier(provider);
    let config = ClientConfig::builder(Arc::clone(provider), verifier)
        .clock(cast.world.clock.shared())
        .credential(cast.client.credential(provider))
        .groups(["x25519", "secp256r1"])
        .post_handshake_auth();
    let connection = connect(&Arc::new(config.build().unwrap()), NAME, options);
    let mut wire = Wire::with(
        connection,
        Forger::new(Side::Server, &cast.modern, scene.plan),
    );
    answer(&mut wire);
    for step in scene.script {
        wire.say(step);
        answer(&mut wire);
    }
    wire.listen();
    assert_eq!(wire.victim.error, None);
    wire
}

#[test]
fn a_client_answers_as_often_as_it_is_asked() {
    let cast = Cast::new();
    let mut wire = client(&cast);
    for round in 1..=3_u8 {
        wire.forger.plan.context = Some(vec![round; 8]);
        wire.forger.heard_finished = None;
        wire.say(REQUEST);
        wire.listen();
        assert_eq!(wire.victim.error, None);
        assert_eq!(&wire.heard[wire.heard.len() - 3..], ANSWER);
        assert_eq!(wire.forger.heard_finished, Some(true), "round {round}");
        // New keys in between change nothing.
        wire.forger.plan.update = 1;
        wire.say(KEY_UPDATE);
        wire.listen();
    }
    wire.record(ContentType::application_data, b"still here");
    assert_eq!(wire.victim.data, b"still here");
}

/// property 4: of an authentication after the handshake, too, only the messages of the figure are taken.
#[test]
fn only_the_answer_that_is_expected_is_taken() {
    let cast = Cast::new();
    for at in 0..ANSWER.len() {
        for kind in (0..=255).map(Type) {
            let mut wire = server(&cast);
            wire.play(&ANSWER[..at], whole);
            assert_eq!(wire.victim.error, None);
            wire.say(Step::Message(kind));
            // New keys come before it begins.
            let before = at == 0 && kind == Type::key_update;
            let taken = ANSWER[at] == Step::Message(kind) || before;
            match taken {
                true => assert_eq!(wire.victim.error, None, "{kind} as step {at}"),
                false => assert!(wire.victim.error.is_some(), "{kind} as step {at}"),
            }
        }
    }
    let mut wire = server(&cast);
    wire.play(&ANSWER, whole);
    let authentication = wire.victim.connection.take_authentication();
    assert_eq!(authentication.unwrap().peer_certificates, cast.client.chain);
}

/// property 24: while the verdict is awaited, no more than the answer waits with it.
#[test]
fn while_a_verdict_is_awaited_nothing_but_the_answer_is_taken() {
    let cast = Cast::new();
    let compressed = Type::compressed_certificate;
    let kinds = ANSWER.into_iter().chain([Step::Message(compressed)]);
    for (heard, next) in
        (1..=ANSWER.len()).flat_map(|heard| kinds.clone().map(move |it| (heard, it)))
    {
        let mut wire = server_with(&cast, everything());
        for step in &ANSWER[..heard] {
            wire.say(*step);
        }
        assert_eq!(wire.victim.questions.len(), 1, "is this the client?");
        wire.say(next);
        let taken = ANSWER.get(heard) == Some(&next);
        let wanted = (!taken).then_some(Fault::UnexpectedMessage);
        assert_eq!(fault(&wire), wanted, "{next:?} behind {heard}");
    }
    let mut wire = server_with(&cast, everything());
    for step in ANSWER {
        wire.say(step);
    }
    answer(&mut wire);
    assert!(wire.victim.connection.take_authentication().is_some());
}

/// property 24: a client that has not made up its mind is not asked for ever.
#[test]
fn few_requests_wait_for_a_client_and_are_answered_in_turn() {
    let cast = Cast::new();
    for (requests, fits) in [(5, true), (6, false)] {
        let mut wire = client_with(&cast, everything());
        for request in 1..=requests {
            wire.forger.plan.context = Some(vec![request; 8]);
            wire.say(REQUEST);
        }
        let wanted = (!fits).then_some(Fault::UnexpectedMessage);
        assert_eq!(fault(&wire), wanted);
        if fits {
            answer(&mut wire);
            wire.listen();
            let answers = wire.heard.iter().filter(|it| **it == ANSWER[0]);
            assert_eq!(answers.count(), 5);
        }
    }
}

/// RFC 8446 section 4.6.2: data may come before the answer, and after it.
#[test]
fn data_may_come_before_the_answer_and_after_it() {
    let cast = Cast::new();
    let mut wire = server(&cast);
    wire.record(ContentType::application_data, b"before, ");
    wire.say(KEY_UPDATE);
    wire.record(ContentType::application_data, b"with new keys, ");
    wire.play(&ANSWER, whole);
    wire.record(ContentType::application_data, b"and after");
    assert_eq!(wire.victim.error, None);
    assert_eq!(wire.victim.data, b"before, with new keys, and after");
    assert!(wire.victim.connection.take_authentication().is_some());
}

/// RFC 8446 section 4.6.2: its messages come in a row. Only an alert can say that something is wrong.
#[test]
fn nothing_comes_between_certificate_and_finished() {
    let cast = Cast::new();
    let data = ContentType::application_data;
    let others = [
        ("data", false, Some((data, &b"data"[..]))),
        ("nothing", false, Some((data, b""))),
        ("new keys", false, None),
        ("an alert", true, Some((ContentType::alert, &[1, 90]))),
    ];
    for heard in 0..=ANSWER.len() {
        for (what, fits, record) in others {
            let mut wire = server(&cast);
            for step in &ANSWER[..heard] {
                wire.say(*step);
            }
            match record {
                Some((content_type, content)) => wire.record(content_type, content),
                None => wire.say(KEY_UPDATE),
            };
            let outside = heard == 0 || heard == ANSWER.len();
            let wanted = (!fits && !outside).then_some(Fault::UnexpectedMessage);
            assert_eq!(fault(&wire), wanted, "{what} behind {heard}");
        }
    }
}

/// property 5: the answer to another request, or to none, is none.
#[test]
fn an_answer_is_good_for_its_own_request() {
    let cast = Cast::new();
    let mut wire = server(&cast);
    wire.play(&ANSWER, whole);
    assert!(wire.victim.connection.take_authentication().is_some());
    wire.say(ANSWER[0]);
    assert_eq!(fault(&wire), Some(Fault::UnexpectedMessage), "twice");

    let mut wire = server(&cast);
    wire.forger.plan.context = Some(vec![7; 32]);
    wire.say(ANSWER[0]);
    assert_eq!(fault(&wire), Some(Fault::WrongCertificateContext));

    let mut wire = server(&cast);
    wire.forger.plan.chain.clear();
    wire.say(ANSWER[0]);
    wire.say(ANSWER[2]);
    assert_eq!(fault(&wire), Some(Fault::NoClientCertificate));
    assert!(wire.victim.connection.take_authentication().is_none());
}
