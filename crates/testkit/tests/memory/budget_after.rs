//! The same for what may be said when the handshake of TLS 1.3 is over: whoever goes on saying it makes the other side hold
//! no more of it.

use std::sync::Arc;

use premaster_connection::tls::{Connection, Options, Received};
use premaster_connection::{ClientConfig, Error};
use premaster_testkit::cell::{NAME, World};
use premaster_testkit::forger::{vector8, vector16, vector24};
use premaster_testkit::pair::{connect, transmit};
use premaster_testkit::tls13::{Cell, Forger, numbers};
use premaster_testkit::{Cast, Pair, Wire};
use premaster_wire::{ContentType, ExtensionType};

use crate::allocator::{counted, held};
use crate::budget::BASE;

/// How often a message is said.
const OFTEN: usize = 300;

/// A client that lets itself be asked for its certificate later, established with a server that lies.
fn established(cast: &Cast) -> Wire<Forger> {
    let scene = cast.modern_against_client();
    let verifier = cast.world.authority.verifier(&cast.modern);
    let client = ClientConfig::builder(Arc::clone(&cast.modern), verifier)
        .clock(cast.world.clock.shared())
        .credential(cast.client.credential(&cast.modern))
        .post_handshake_auth()
        .build()
        .unwrap();
    let connection = connect(&Arc::new(client), NAME, Options::default());
    let forger = Forger::new(premaster_crypto::Side::Server, &cast.modern, scene.plan);
    let mut wire = Wire::with(connection, forger);
    wire.play(&scene.script, |bytes| vec![bytes.to_vec()]);
    assert!(wire.victim.connection.facts().is_some());
    wire
}

/// A client takes records: messages, and data behind each so that they are none too many in a row.
fn hear<const N: usize>(client: &mut Connection, records: [Vec<u8>; N]) -> Result<(), Error> {
    for mut record in records {
        match client.receive(&mut record)? {
            Received::Control { .. } | Received::Data { .. } => {}
            other => panic!("{other:?}"),
        }
    }
    Ok(())
}

fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    [&[kind][..], &vector24(body)].concat()
}

/// property 24: tickets. A few are kept, whatever their size.
#[test]
fn tickets_are_not_hoarded() {
    const TICKET: usize = 10_000;
    let cast = Cast::new();
    let ticket = |number: usize| {
        let number = u16::try_from(number).unwrap().to_be_bytes();
        let lifetime = 3_600_u32.to_be_bytes();
        let fields = [&lifetime[..], &[0; 4], &vector8(&number)];
        let body = [&fields.concat()[..], &vector16(&[7; TICKET]), &[0, 0]].concat();
        message(4, &body)
    };
    let mut wire = established(&cast);
    let (most, _) = counted(|| {
        let mut most = 0;
        for number in 0..OFTEN {
            let ticket = wire.seal(ContentType::handshake, &ticket(number));
            let data = wire.seal(ContentType::application_data, b"data");
            hear(&mut wire.victim.connection, [ticket, data]).unwrap();
            most = most.max(held());
        }
        usize::try_from(most).unwrap()
    });
    assert!(most < BASE + 10 * TICKET, "{most} bytes held");
    assert!(most > TICKET, "some are kept: {most} bytes held");
}

/// property 24: requests for new keys. One answer waits for all of them.
#[test]
fn key_updates_are_answered_once() {
    let world = World::new();
    let cell = Cell::plain();
    let (client, server) = (world.modern_client(&cell), world.modern_server(&cell));
    let mut pair = Pair::new(&client, &server, NAME);
    pair.handshake().unwrap();
    let ((), cost) = counted(|| {
        for _ in 0..OFTEN {
            pair.server.update_keys(true).unwrap();
            let update = transmit(&mut pair.server).unwrap();
            assert!(!update.is_empty());
            let mut data = vec![0; pair.server.sealed_len(4)];
            pair.server.seal_from(&[&b"data"[..]], &mut data).unwrap();
            hear(&mut pair.client, [update, data]).unwrap();
        }
    });
    let most = cost.most;
    assert!(most < isize::try_from(BASE).unwrap(), "{most} bytes held");
    let waiting = pair.client.pending();
    assert!(waiting < 100, "{waiting} bytes wait");
}

/// property 24: requests for a certificate, while nobody takes the answers away: a few wait, and one more is a fault.
#[test]
fn requests_for_certificates_are_not_hoarded() {
    let cast = Cast::new();
    let mut wire = established(&cast);
    let ((), cost) = counted(|| {
        let mut heard = 0;
        loop {
            let request = wire.seal(ContentType::handshake, &request(heard));
            let data = wire.seal(ContentType::application_data, b"data");
            if hear(&mut wire.victim.connection, [request, data]).is_err() {
                break;
            }
            heard += 1;
        }
        assert_eq!(
            heard, 17,
            "one is answered, and as many wait as idle records may come"
        );
    });
    // Seventeen flights of a kilobyte each.
    let most = cost.most;
    assert!(
        most < isize::try_from(2 * BASE).unwrap(),
        "{most} bytes held"
    );
}

/// The same where each answer is taken away before the next request comes.
#[test]
fn requests_for_certificates_may_come_again_and_again() {
    let cast = Cast::new();
    let mut wire = established(&cast);
    for number in 0..50 {
        let request = wire.seal(ContentType::handshake, &request(number));
        let data = wire.seal(ContentType::application_data, b"data");
        hear(&mut wire.victim.connection, [request, data]).unwrap();
        let answer = transmit(&mut wire.victim.connection).unwrap();
        assert!(answer.len() > 100);
    }
}

fn request(number: usize) -> Vec<u8> {
    let context = u16::try_from(number).unwrap().to_be_bytes();
    let schemes = vector16(&numbers(&[0x0403]));
    let kind = ExtensionType::signature_algorithms.0.to_be_bytes();
    let extensions = [&kind[..], &vector16(&schemes)].concat();
    message(13, &[vector8(&context), vector16(&extensions)].concat())
}
