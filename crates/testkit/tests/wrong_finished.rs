//! A Finished that is wrong, under the right keys, behind data that has gone out already.

use std::sync::Arc;

use premaster_connection::tls::{Connection, Options};
use premaster_connection::{ClientConfig, Error};
use premaster_crypto::Side;
use premaster_handshake::Fault;
use premaster_testkit::cell::NAME;
use premaster_testkit::pair::connect;
use premaster_testkit::scene::{Changes, Twist};
use premaster_testkit::tls13::Cell;
use premaster_testkit::{Caller, Cast, Step, Wire};
use premaster_wire::HandshakeType;

fn ahead(from: &mut Connection, data: &[u8]) -> Vec<u8> {
    let mut out = vec![0; from.sealed_len(data.len())];
    let sealed = from.seal_before_finished_from(&[data], &mut out).unwrap();
    out.truncate(sealed);
    out
}

/// A bit of the Finished itself, under the right keys, is another one.
fn wrong_finished() -> Changes {
    let flip: Twist = Box::new(|step, bytes| {
        assert_eq!(step, Step::Message(HandshakeType::finished));
        *bytes.last_mut().unwrap() ^= 1;
    });
    Changes::new(Some(flip), None)
}

/// Whether the victim has been established, or has found out that Finished is wrong.
fn judged(victim: &Caller, wrong: bool) {
    let fault = match &victim.error {
        Some(Error::Handshake(error)) => Some(error.fault()),
        other => {
            assert_eq!(*other, None);
            None
        }
    };
    assert_eq!(fault, wrong.then_some(Fault::BadFinished));
    assert_eq!(victim.connection.facts().is_some(), !wrong);
    assert!(victim.connection.provisional().is_none());
}

/// property 2: a server of TLS 1.3 that has spoken already (RFC 8446 section 4.4.4).
#[test]
fn a_wrong_finished_is_found_out_though_the_server_has_spoken() {
    for wrong in [false, true] {
        let cast = Cast::new();
        let scene = cast.modern_against_server();
        let (mut wire, script) = cast.modern_wire(scene, &Cell::plain(), Options::default());
        let [hello, finished] = script[..] else {
            panic!("{script:?}")
        };
        wire.say(hello);
        let welcome = ahead(&mut wire.victim.connection, b"welcome");
        wire.victim.sent.extend(welcome);
        if wrong {
            wire.changes = wrong_finished();
        }
        wire.say(finished);
        assert_eq!(wire.data, b"welcome");
        judged(&wire.victim, wrong);
    }
}

/// property 2: a client of TLS 1.2 that has done a False Start (RFC 7918).
#[test]
fn a_wrong_finished_is_found_out_though_the_client_has_spoken() {
    for wrong in [false, true] {
        let cast = Cast::new();
        let scene = cast.against_client();
        let world = &cast.world;
        let verifier = world.authority.verifier(&world.provider);
        let config = ClientConfig::builder(Arc::clone(&world.provider), verifier)
            .clock(world.clock.shared())
            .false_start_without_alpn()
            .build();
        let client = connect(&Arc::new(config.unwrap()), NAME, Options::default());
        let mut wire = Wire::new(client, Side::Server, scene.plan);
        let (finished, before) = scene.script.split_last().unwrap();
        for step in before {
            wire.say(*step);
        }
        let question = ahead(&mut wire.victim.connection, b"GET /");
        wire.victim.sent.extend(question);
        if wrong {
            wire.changes = wrong_finished();
        }
        wire.say(*finished);
        assert_eq!(wire.data, b"GET /");
        judged(&wire.victim, wrong);
    }
}
