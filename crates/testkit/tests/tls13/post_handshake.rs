//! Authentication of the client after the handshake (RFC 8446 section 4.6.2).

use premaster_crypto::tls13::TrafficSecret;
use premaster_crypto::{HashAlgorithm, Side};
use premaster_handshake::{
    Authentication, ClientAuth, Error, Fault, Handshake, Incoming, Message, Order, Question,
    ResumedBy,
};
use premaster_testkit::{Cast, Host};
use premaster_wire::{Decode as _, HandshakeType, SignatureScheme, tls13};

use crate::duo::{Duo, Later, Played};
use crate::server_psk::knowing;

fn optional() -> ClientAuth {
    ClientAuth::Optional {
        authorities: Vec::new(),
    }
}

fn required() -> ClientAuth {
    ClientAuth::Required {
        authorities: Vec::new(),
    }
}

/// A connection whose client has offered to authenticate itself later.
fn established(cast: &Cast) -> Played {
    let mut duo = Duo::new(cast);
    duo.client.post_handshake_auth = true;
    let played = duo.play();
    assert!(played.server_facts().peer_certificates.is_empty());
    played
}

/// All that a script says until it waits; it gives no other orders than to say something.
fn said(script: &mut Handshake<Authentication>, host: &mut Host) -> Vec<Message> {
    let mut said = Vec::new();
    loop {
        if let Some(order) = script.next_order() {
            let Order::Send(message) = order else {
                panic!("an order: {order:?}");
            };
            said.push(message);
        } else if let Some(question) = script.next_question() {
            assert!(said.is_empty(), "no order before the last answer");
            let answer = host.answer(question);
            script.accept(answer).expect("its own question");
        } else {
            return said;
        }
    }
}

fn sends(later: &Later) -> &TrafficSecret {
    later.sends.as_ref().expect("a secret")
}

fn receives(later: &Later) -> &TrafficSecret {
    later.receives.as_ref().expect("a secret")
}

/// One side's outcome and the other's.
type Outcomes = (
    Option<Result<Authentication, Error>>,
    Option<Result<Authentication, Error>>,
);

/// The server asks, the client answers; the answer is changed on its way.
fn authenticate(
    played: &mut Played,
    client_auth: ClientAuth,
    change: &mut dyn FnMut(&mut Vec<Message>),
) -> Outcomes {
    let after = played.server_later.after.as_ref().expect("after");
    let mut server = after.request_certificate(client_auth).expect("offered");
    let request = said(&mut server, &mut played.server_host);
    let [request] = <[Message; 1]>::try_from(request).expect("one message");
    assert!(server.awaits_message());

    let key = sends(&played.client_later).finished_key();
    let after = played.client_later.after.as_ref().expect("after");
    let mut client = after.answer_request(request, key).expect("offered");
    let mut answer = said(&mut client, &mut played.client_host);
    change(&mut answer);
    for message in answer {
        server.set_client_finished_key(receives(&played.server_later).finished_key());
        server.deliver(Incoming::Message(message));
        assert!(said(&mut server, &mut played.server_host).is_empty());
    }
    (client.take_outcome(), server.take_outcome())
}

#[test]
fn a_client_shows_who_it_is_when_it_is_asked_later() {
    let cast = Cast::new();
    let mut played = established(&cast);
    // Again and again: each stands for itself.
    for _ in 0..3 {
        let (client, server) = authenticate(&mut played, required(), &mut |answer| {
            let kinds: Vec<_> = answer.iter().map(Message::kind).collect();
            assert_eq!(
                kinds,
                [
                    HandshakeType::certificate,
                    HandshakeType::certificate_verify,
                    HandshakeType::finished,
                ]
            );
        });
        let client = client.expect("an outcome").expect("it has signed");
        let server = server.expect("an outcome").expect("it is known");
        assert_eq!(server.peer_certificates, cast.client.chain);
        assert!(server.client_scheme.is_some());
        assert_eq!(server.client_scheme, client.client_scheme);
        assert!(client.peer_certificates.is_empty());
    }
}

#[test]
fn a_client_may_decline_where_the_server_lets_it() {
    let cast = Cast::new();
    let mut played = established(&cast);
    played.client_host.credential = None;
    for wanted in [optional(), ClientAuth::None] {
        let (client, server) = authenticate(&mut played, wanted, &mut |answer| {
            assert_eq!(answer.len(), 2);
        });
        assert_eq!(client.unwrap().unwrap().client_scheme, None);
        let server = server.unwrap().unwrap();
        assert_eq!(
            (server.peer_certificates.len(), server.client_scheme),
            (0, None)
        );
    }
    let (_, server) = authenticate(&mut played, required(), &mut |_| {});
    assert_eq!(
        server.unwrap().unwrap_err().fault(),
        Fault::NoClientCertificate
    );
}

/// property 5: Finished counts only behind a certificate and a signature of this very authentication.
#[test]
fn nothing_of_an_authentication_can_be_left_out_changed_or_taken_from_another() {
    let cast = Cast::new();
    let mut played = established(&cast);
    let mut earlier = Vec::new();
    let (_, server) = authenticate(&mut played, required(), &mut |answer| {
        earlier = answer.clone();
    });
    assert!(server.unwrap().is_ok());

    let at = |change: fn(&mut Vec<u8>), at: usize| {
        move |answer: &mut Vec<Message>| {
            let mut bytes = answer[at].bytes().to_vec();
            change(&mut bytes);
            answer[at] = Message::new(bytes);
        }
    };
    let flip: fn(&mut Vec<u8>) = |bytes| {
        let last = bytes.len() - 1;
        bytes[last] ^= 1;
    };
    let without = |at: usize| move |answer: &mut Vec<Message>| drop(answer.remove(at));
    let before = |at: usize| {
        let earlier = earlier.clone();
        move |answer: &mut Vec<Message>| answer[at] = earlier[at].clone()
    };
    type Lie<'a> = Box<dyn FnMut(&mut Vec<Message>) + 'a>;
    let lies: Vec<(Lie<'_>, Fault)> = vec![
        (Box::new(without(0)), Fault::UnexpectedMessage),
        (Box::new(without(1)), Fault::UnexpectedMessage),
        (
            Box::new(|answer| drop(answer.drain(..2))),
            Fault::UnexpectedMessage,
        ),
        (Box::new(at(flip, 1)), Fault::BadSignature),
        (Box::new(at(flip, 2)), Fault::BadFinished),
        (Box::new(before(0)), Fault::WrongCertificateContext),
        (Box::new(before(1)), Fault::BadSignature),
        (Box::new(before(2)), Fault::BadFinished),
        (
            Box::new(|answer| answer.clone_from(&earlier)),
            Fault::WrongCertificateContext,
        ),
    ];
    for (number, (mut lie, fault)) in lies.into_iter().enumerate() {
        let (_, server) = authenticate(&mut played, optional(), &mut lie);
        let error = server.expect("an outcome").expect_err("a lie");
        assert_eq!(error.fault(), fault, "lie {number}");
    }
}

/// RFC 8446 section 4.4.4: the key is that of the client's traffic secret of the moment.
#[test]
fn the_clients_finished_is_made_under_its_newest_keys() {
    let cast = Cast::new();
    let mut played = established(&cast);
    let next =
        |secret: &mut Option<TrafficSecret>| *secret = secret.take().map(TrafficSecret::next);
    next(&mut played.client_later.sends);
    let (_, server) = authenticate(&mut played, required(), &mut |_| {});
    assert_eq!(server.unwrap().unwrap_err().fault(), Fault::BadFinished);
    next(&mut played.server_later.receives);
    let (_, server) = authenticate(&mut played, required(), &mut |_| {});
    assert!(server.unwrap().is_ok());
}

/// The request of a server that may ask.
fn asked(cast: &Cast) -> Message {
    let played = established(cast);
    let after = played.server_later.after.expect("after");
    let mut server = after.request_certificate(required()).expect("offered");
    let Some(Order::Send(request)) = server.next_order() else {
        panic!("no request");
    };
    request
}

/// Both know an external key, and the client has offered to authenticate itself later.
fn established_by_external_key(cast: &Cast) -> Played {
    let mut duo = knowing(cast, HashAlgorithm::Sha256);
    duo.client.post_handshake_auth = true;
    let played = duo.play();
    assert_eq!(played.server_facts().resumed, Some(ResumedBy::Psk));
    assert_eq!(played.client_facts().resumed, Some(ResumedBy::Psk));
    played
}

/// property 5: RFC 8446 section 4.3.2 and erratum 6205: a signature says nothing about which of those who know the key
/// holds the connection.
#[test]
fn a_server_does_not_ask_whom_it_knows_by_an_external_key() {
    let played = established_by_external_key(&Cast::new());
    let after = played.server_later.after.expect("after");
    assert!(!after.allows_authentication());
    let error = after.request_certificate(required()).unwrap_err();
    assert_eq!(error.fault(), Fault::AuthenticationNotOffered);
}

/// property 5: the other side of the same.
#[test]
fn a_client_does_not_answer_whom_it_knows_by_an_external_key() {
    let cast = Cast::new();
    let asked = asked(&cast);
    let played = established_by_external_key(&cast);
    let key = sends(&played.client_later).finished_key();
    let after = played.client_later.after.expect("after");
    let error = after.answer_request(asked, key).unwrap_err();
    assert_eq!(error.fault(), Fault::UnexpectedMessage);
}

#[test]
fn who_has_not_offered_it_is_not_asked_and_does_not_answer() {
    let cast = Cast::new();
    let asked = asked(&cast);
    let played = Duo::new(&cast).play();
    let key = sends(&played.client_later).finished_key();
    let server = played.server_later.after.expect("after");
    assert!(!server.allows_authentication());
    let error = server.request_certificate(required()).unwrap_err();
    assert_eq!(error.fault(), Fault::AuthenticationNotOffered);
    let client = played.client_later.after.expect("after");
    let error = client.answer_request(asked, key).unwrap_err();
    assert_eq!(error.fault(), Fault::UnexpectedMessage);
}

/// RFC 8446 section 4.3.2: nobody can have prepared an answer.
#[test]
fn each_request_has_a_context_of_its_own() {
    let cast = Cast::new();
    let played = established(&cast);
    let after = played.server_later.after.as_ref().expect("after");
    let mut contexts: Vec<_> = (0..8)
        .map(|_| {
            let mut server = after.request_certificate(optional()).expect("offered");
            let Some(Order::Send(request)) = server.next_order() else {
                panic!("no request");
            };
            let request = tls13::CertificateRequest::decode(request.body()).expect("a request");
            request.certificate_request_context.to_vec()
        })
        .collect();
    assert!(contexts.iter().all(|context| context.len() == 32));
    contexts.sort();
    contexts.dedup();
    assert_eq!(contexts.len(), 8);
}

/// RFC 8446 section 4.2.3: what a server accepts in certificates, it may say apart.
#[test]
fn who_chooses_a_certificate_hears_what_may_be_in_it() {
    use SignatureScheme as S;
    let cast = Cast::new();
    let listed = vec![S::rsa_pkcs1_sha256, S::ecdsa_secp256r1_sha256];
    for apart in [vec![], vec![S::ed25519, S::rsa_pkcs1_sha384]] {
        let mut duo = Duo::new(&cast);
        duo.client.post_handshake_auth = true;
        duo.server.schemes.clone_from(&listed);
        duo.server.certificate_schemes.clone_from(&apart);
        let played = duo.play();
        let after = played.server_later.after.expect("after");
        let mut server = after.request_certificate(required()).expect("offered");
        let Some(Order::Send(request)) = server.next_order() else {
            panic!("no request");
        };
        let key = sends(&played.client_later).finished_key();
        let after = played.client_later.after.expect("after");
        let mut client = after.answer_request(request, key).expect("offered");
        let Some(Question::ChooseCredential(asked)) = client.next_question() else {
            panic!("no question");
        };
        let question = asked.question;
        assert_eq!(question.schemes, [S::ecdsa_secp256r1_sha256]);
        let expected = match apart.is_empty() {
            true => &listed,
            false => &apart,
        };
        assert_eq!(&question.certificate_schemes, expected);
    }
}

/// A resumed session authenticates its client later as a new one does.
#[test]
fn a_resumed_connection_can_ask_later_too() {
    let cast = Cast::new();
    let mut duo = Duo::new(&cast);
    duo.client.post_handshake_auth = true;
    let mut played = duo.after_a_first_one().play();
    assert!(played.client_facts().resumed.is_some());
    let (_, server) = authenticate(&mut played, required(), &mut |_| {});
    assert!(server.unwrap().is_ok());
    assert_eq!(
        played.count(Side::Server, HandshakeType::certificate_request),
        0
    );
}
