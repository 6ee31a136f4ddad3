//! Authentication of a client after the handshake (RFC 8446 section 4.6.2).

use std::sync::Arc;

use premaster_connection::handshake::StaleClaim;
use premaster_connection::tls::{Connection, Next, Options, Received, Surface};
use premaster_connection::{
    ClientAuth, ClientConfig, ClientConfigBuilder, Error, Fault, ProtocolVersion, Question,
    ServerConfig,
};
use premaster_testkit::pair::{Pair, carry, connect, receive, shuttle, transmit};
use premaster_testkit::pki::Authority;
use premaster_wire::AlertDescription;

const NAME: &str = "localhost";

fn wanted() -> ClientAuth {
    ClientAuth::Optional {
        authorities: Vec::new(),
    }
}

fn required() -> ClientAuth {
    ClientAuth::Required {
        authorities: Vec::new(),
    }
}

/// A client that offers to authenticate later, with a certificate or without one, and a server that could ask.
fn world(
    certificate: bool,
    change: impl FnOnce(ClientConfigBuilder) -> ClientConfigBuilder,
) -> (Arc<ClientConfig>, Arc<ServerConfig>) {
    let provider = Arc::new(premaster_crypto_ring::provider());
    let authority = Authority::new();
    let [of_server, of_client] =
        [NAME, "client"].map(|name| authority.issue(&provider, &[name], &rcgen::PKCS_ED25519));
    let verifier = authority.verifier(&provider);
    let server = ServerConfig::builder(Arc::clone(&provider), of_server)
        .optional_client_auth(Arc::clone(&verifier) as _);
    let mut client = change(ClientConfig::builder(provider, verifier));
    if certificate {
        client = client.credential(of_client);
    }
    (
        Arc::new(client.build().unwrap()),
        Arc::new(server.build().unwrap()),
    )
}

fn established(certificate: bool) -> Pair {
    let (client, server) = world(certificate, ClientConfigBuilder::post_handshake_auth);
    let mut pair = Pair::new(&client, &server, NAME);
    pair.handshake().unwrap();
    pair
}

fn talk(pair: &mut Pair) {
    let Pair { client, server } = pair;
    assert_eq!(carry(client, server, b"there"), Ok(b"there".to_vec()));
    assert_eq!(carry(server, client, b"back"), Ok(b"back".to_vec()));
}

#[test]
fn a_client_shows_who_it_is_as_often_as_it_is_asked() {
    let mut pair = established(true);
    for round in 0..3 {
        talk(&mut pair);
        pair.server.request_certificate(required()).unwrap();
        pair.handshake().unwrap();
        let outcome = pair.server.take_authentication().unwrap();
        assert!(!outcome.peer_certificates.is_empty());
        assert!(pair.server.take_authentication().is_none());
        let shown = pair.client.take_authentication().unwrap();
        assert_eq!(shown.client_scheme, outcome.client_scheme);
        let facts = pair.server.facts().unwrap();
        assert_eq!(facts.peer_certificates, outcome.peer_certificates);
        assert!(facts.client_scheme.is_some());
        // Keys change in between, and with them that of Finished (RFC 8446 section 4.4.4).
        pair.client.update_keys(round == 1).unwrap();
        pair.handshake().unwrap();
        talk(&mut pair);
    }
}

#[test]
fn a_client_may_decline_unless_it_must_not() {
    let mut pair = established(false);
    pair.server.request_certificate(wanted()).unwrap();
    pair.handshake().unwrap();
    let outcome = pair.server.take_authentication().unwrap();
    assert!(outcome.peer_certificates.is_empty() && outcome.client_scheme.is_none());
    talk(&mut pair);
    pair.server.request_certificate(required()).unwrap();
    let error = pair.handshake().unwrap_err();
    assert_eq!(error.alert(), Some(AlertDescription::certificate_required));
    assert!(pair.server.take_authentication().is_none());
    let told = pair.handshake().unwrap_err();
    let alert = Error::AlertReceived(AlertDescription::certificate_required);
    assert_eq!(told, alert);
}

/// A request that was not made, or not offered, changes nothing.
#[test]
fn who_cannot_be_asked_is_not_asked() {
    let tls12 = |it: ClientConfigBuilder| {
        it.post_handshake_auth()
            .max_version(ProtocolVersion::TLSv1_2)
    };
    let worlds = [world(true, |it| it), world(true, tls12)];
    for (client, server) in worlds {
        let mut pair = Pair::new(&client, &server, NAME);
        let early = pair.server.request_certificate(wanted());
        assert_eq!(early, Err(Error::NotEstablished));
        pair.handshake().unwrap();
        let Err(Error::Handshake(error)) = pair.server.request_certificate(wanted()) else {
            panic!("the client did not offer it")
        };
        assert_eq!(error.fault(), Fault::AuthenticationNotOffered);
        assert!(pair.server.error().is_none());
        talk(&mut pair);
    }
    let mut pair = established(true);
    pair.server.request_certificate(wanted()).unwrap();
    let again = pair.server.request_certificate(wanted());
    assert_eq!(again, Err(Error::AuthenticationUnderWay));
    pair.handshake().unwrap();
    assert!(pair.server.take_authentication().is_some());
}

/// Signing may take its time; data and keys go on, and what was asked meanwhile is answered afterwards.
#[test]
fn data_flows_while_an_answer_is_awaited() {
    let (mut pair, question) = asked("ChooseCredential");
    talk(&mut pair);
    pair.client.update_keys(false).unwrap();
    shuttle(&mut pair.client, &mut pair.server).unwrap();
    talk(&mut pair);
    let not_yet = matches!(pair.client.next_step(), Next::Established);
    assert!(not_yet, "nothing is said before it is all there");
    let resolved = pair.client.local().resolve(question);
    pair.client.accept(resolved).unwrap();
    settle(&mut pair);
    let outcome = pair.server.take_authentication().unwrap();
    assert!(outcome.client_scheme.is_some());
    talk(&mut pair);
}

/// A client that has to answer this question, and has answered those before it.
fn asked(name: &str) -> (Pair, Question) {
    let (client, server) = world(true, ClientConfigBuilder::post_handshake_auth);
    let options = Options {
        surface: Surface::Everything,
        ..Options::default()
    };
    let client = connect(&client, NAME, options);
    let server = Connection::server(server);
    let mut pair = Pair { client, server };
    settle(&mut pair);
    pair.server.request_certificate(required()).unwrap();
    shuttle(&mut pair.server, &mut pair.client).unwrap();
    loop {
        let Next::Ask(question) = pair.client.next_step() else {
            panic!("{name} is asked")
        };
        if question.name() == name {
            return (pair, question);
        }
        let resolved = pair.client.local().resolve(question);
        pair.client.accept(resolved).unwrap();
    }
}

/// Runs until nobody has anything to say, and answers the client's questions.
fn settle(pair: &mut Pair) {
    loop {
        let mut wire = Vec::new();
        loop {
            match pair.client.next_step() {
                Next::Transmit => {
                    let mut out = vec![0; pair.client.pending()];
                    let length = pair.client.transmit(&mut out).unwrap();
                    wire.extend_from_slice(&out[..length]);
                }
                Next::Ask(question) => {
                    let resolved = pair.client.local().resolve(question);
                    // Who only has a session stored waits for no answer.
                    let _ = pair.client.accept(resolved);
                }
                _ => break,
            }
        }
        let there = wire.len();
        receive(&mut pair.server, &mut wire).unwrap();
        let back = shuttle(&mut pair.server, &mut pair.client).unwrap();
        if there + back == 0 {
            return;
        }
    }
}

/// RFC 8446 section 4.6.2. property 5: an answer that nobody asked for is none.
#[test]
fn a_split_client_is_not_asked() {
    let mut pair = established(true);
    pair.server.request_certificate(wanted()).unwrap();
    let mut request = transmit(&mut pair.server).unwrap();
    let (mut opener, _, _) = pair.client.split().unwrap();
    let error = opener.receive(&mut request).map(drop).unwrap_err();
    assert_eq!(error.alert(), Some(AlertDescription::unexpected_message));
}

#[test]
fn a_connection_is_not_split_while_it_authenticates() {
    let mut pair = established(true);
    pair.server.request_certificate(wanted()).unwrap();
    shuttle(&mut pair.server, &mut pair.client).unwrap();
    let server = pair.server.split().unwrap_err().0;
    pair.server = *server;
    pair.handshake().unwrap();
    assert!(pair.server.split().is_ok());
}

#[test]
fn who_has_said_goodbye_answers_nothing() {
    let mut pair = established(true);
    pair.client.close().unwrap();
    let goodbye = transmit(&mut pair.client).unwrap();
    pair.server.request_certificate(wanted()).unwrap();
    let mut request = transmit(&mut pair.server).unwrap();
    let heard = pair.client.receive(&mut request);
    assert!(matches!(heard, Ok(Received::Control { .. })));
    assert!(matches!(pair.client.next_step(), Next::Established));
    receive(&mut pair.server, &mut goodbye.clone()).unwrap();
    assert!(matches!(pair.server.next_step(), Next::PeerClosed));
}

/// RFC 8446 section 6.1: an answer that comes too late is void, and so is what nobody has been asked yet.
#[test]
fn nothing_follows_the_goodbye_of_a_client_that_was_asked() {
    for name in ["ChooseCredential", "Sign"] {
        let (mut pair, question) = asked(name);
        pair.client.close().unwrap();
        shuttle(&mut pair.client, &mut pair.server).unwrap();
        let resolved = pair.client.local().resolve(question);
        assert_eq!(pair.client.accept(resolved), Err(StaleClaim), "{name}");
        assert_eq!(pair.client.pending(), 0);
        assert!(matches!(pair.client.next_step(), Next::Established));
        assert!(pair.client.error().is_none());
        let Pair { client, server } = &mut pair;
        assert_eq!(carry(server, client, b"back"), Ok(b"back".to_vec()));
    }
    let (mut pair, question) = asked("ChooseCredential");
    let resolved = pair.client.local().resolve(question);
    pair.client.accept(resolved).unwrap();
    pair.client.close().unwrap();
    transmit(&mut pair.client).unwrap();
    assert!(matches!(pair.client.next_step(), Next::Established));
}

/// It says nothing any more, and hears who it is that it listens to.
#[test]
fn a_server_that_has_said_goodbye_hears_the_answer() {
    let mut pair = established(true);
    pair.server.request_certificate(required()).unwrap();
    pair.server.close().unwrap();
    let mut wire = transmit(&mut pair.server).unwrap();
    // The goodbye is the last record.
    let request = wire.len() - 24;
    receive(&mut pair.client, &mut wire[..request]).unwrap();
    shuttle(&mut pair.client, &mut pair.server).unwrap();
    assert!(pair.server.take_authentication().is_some());
    assert!(pair.server.error().is_none());
}
