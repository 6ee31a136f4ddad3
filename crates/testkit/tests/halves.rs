//! The two halves of a split connection, each on a thread of its own.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use premaster_connection::Error;
use premaster_connection::tls::{NotYet, Opener, Options, Received, Sealer};
use premaster_testkit::cell::{Cell, NAME, World};
use premaster_testkit::{Cast, Pair, tls13};
use premaster_wire::ContentType;

/// A pair of TLS 1.2, and one of TLS 1.3.
fn established() -> [Pair; 2] {
    let world = World::new();
    let (cell, modern) = (Cell::all()[0], tls13::Cell::plain());
    let configs = [
        (world.client(&cell), world.server(&cell)),
        (world.modern_client(&modern), world.modern_server(&modern)),
    ];
    configs.map(|(client, server)| {
        let mut pair = Pair::new(&client, &server, NAME);
        pair.handshake().unwrap();
        pair
    })
}

/// Seals many records of growing size, then says goodbye.
fn talk(mut sealer: Sealer, wire: &Sender<Vec<u8>>) {
    for size in 0..200 {
        let data = vec![u8::try_from(size).unwrap(); size * 100];
        let mut out = vec![0; sealer.sealed_len(data.len())];
        let sealed = sealer.seal_from(&[&data[..]], &mut out).unwrap();
        wire.send(out[..sealed].to_vec()).unwrap();
    }
    sealer.close().unwrap();
    let mut out = vec![0; sealer.pending()];
    let sent = sealer.transmit(&mut out).unwrap();
    wire.send(out[..sent].to_vec()).unwrap();
    let late = sealer.seal_from(&[&b"late"[..]], &mut [0; 99]);
    assert!(matches!(late, Err(Error::AlreadyClosed)));
}

/// Opens all of it; returns how many bytes that were.
fn listen(mut opener: Opener, wire: &Receiver<Vec<u8>>) -> usize {
    let mut bytes = 0;
    while !opener.is_closed() {
        let mut records = wire.recv().unwrap();
        let mut rest = &mut records[..];
        while !rest.is_empty() {
            match opener.receive(rest).unwrap() {
                Received::Data {
                    plaintext,
                    consumed,
                } => {
                    bytes += plaintext.len();
                    rest = &mut rest[consumed..];
                }
                Received::Control { consumed } => rest = &mut rest[consumed..],
                other => panic!("{other:?}"),
            }
        }
    }
    opener.end_of_input().unwrap();
    bytes
}

#[test]
fn four_halves_on_four_threads_need_no_lock() {
    for pair in established() {
        let (client_opener, client_sealer, client_facts) = pair.client.split().unwrap();
        let (server_opener, server_sealer, server_facts) = pair.server.split().unwrap();
        assert_eq!(client_facts.suite, server_facts.suite);

        let (to_server, from_client) = channel();
        let (to_client, from_server) = channel();
        let expected: usize = (0..200).map(|size| size * 100).sum();
        thread::scope(|scope| {
            scope.spawn(|| talk(client_sealer, &to_server));
            scope.spawn(|| talk(server_sealer, &to_client));
            let at_server = scope.spawn(move || listen(server_opener, &from_client));
            let at_client = scope.spawn(move || listen(client_opener, &from_server));
            assert_eq!(at_server.join().unwrap(), expected);
            assert_eq!(at_client.join().unwrap(), expected);
        });
    }
}

#[test]
fn a_connection_is_split_only_when_nothing_is_under_way() {
    let world = World::new();
    let cell = Cell::all()[0];
    let pair = Pair::new(&world.client(&cell), &world.server(&cell), NAME);
    let NotYet(client) = pair.client.split().unwrap_err();
    let mut pair = Pair {
        client: *client,
        server: pair.server,
    };
    pair.handshake().expect("it came back unharmed");
    pair.client.close().unwrap();
    assert!(pair.client.split().is_err(), "its goodbye still waits");
}

#[test]
fn an_error_of_one_half_is_kept_and_told_to_the_peer_by_the_other() {
    for pair in established() {
        let (mut opener, mut sealer, _) = pair.client.split().unwrap();
        let error = opener.receive(&mut [22, 3, 3, 0, 1, 0]).unwrap_err();
        assert_eq!(opener.receive(&mut [23, 3, 3]).unwrap_err(), error);
        sealer.fail(&error);
        assert!(sealer.has_pending(), "the peer learns why");
        let nothing = sealer.seal_from(&[&b"more"[..]], &mut [0; 99]);
        assert!(matches!(nothing, Err(Error::AlreadyClosed)));
    }
}

/// property 22: an error is final in a half too, also one that records alone do not show.
#[test]
fn after_an_error_a_half_takes_nothing_more() {
    let (mut wire, script) = Cast::new().wire_to_client(Options::default());
    wire.play(&script, |bytes| vec![bytes.to_vec()]);
    let mut out_of_place = wire.seal(ContentType::change_cipher_spec, &[1]);
    let mut data = wire.seal(ContentType::application_data, b"data");
    let (mut opener, _, _) = wire.victim.connection.split().unwrap();
    let error = opener.receive(&mut out_of_place).unwrap_err();
    assert_eq!(opener.receive(&mut data).unwrap_err(), error);
    assert_eq!(opener.end_of_input().unwrap_err(), error);
}

/// property 18: a wish to renegotiate reaches the half that can decline it.
#[test]
fn a_wish_to_renegotiate_obliges_the_other_half() {
    let (mut wire, script) = Cast::new().wire_to_client(Options::default());
    wire.play(&script, |bytes| vec![bytes.to_vec()]);
    let mut wish = wire.seal(ContentType::handshake, &[0, 0, 0, 0]);
    let (mut opener, mut sealer, _) = wire.victim.connection.split().unwrap();
    let Ok(Received::Oblige { notice, consumed }) = opener.receive(&mut wish) else {
        panic!("it obliges")
    };
    assert_eq!(consumed, wish.len());
    sealer.oblige(notice).unwrap();
    assert!(sealer.has_pending());
}

/// RFC 8446 section 4.6.3: a wish for new keys reaches the half that can fulfil it; data goes on under them both ways.
#[test]
fn a_wish_for_new_keys_obliges_the_other_half() {
    let [_, pair] = established();
    let (mut client_opener, mut client_sealer, _) = pair.client.split().unwrap();
    let (mut server_opener, mut server_sealer, _) = pair.server.split().unwrap();
    for _ in 0..3 {
        client_sealer.update_keys(true).unwrap();
        let mut wish = transmitted(&mut client_sealer);
        let Ok(Received::Oblige { notice, consumed }) = server_opener.receive(&mut wish) else {
            panic!("it obliges")
        };
        assert_eq!(consumed, wish.len());
        server_sealer.oblige(notice).unwrap();
        let mut answer = transmitted(&mut server_sealer);
        let received = client_opener.receive(&mut answer).unwrap();
        assert!(matches!(received, Received::Control { .. }), "{received:?}");
        carried(&mut client_sealer, &mut server_opener);
        carried(&mut server_sealer, &mut client_opener);
    }
}

fn transmitted(sealer: &mut Sealer) -> Vec<u8> {
    let mut out = vec![0; sealer.pending()];
    let sent = sealer.transmit(&mut out).unwrap();
    out.truncate(sent);
    out
}

fn carried(sealer: &mut Sealer, opener: &mut Opener) {
    let mut out = vec![0; sealer.sealed_len(4)];
    let sealed = sealer.seal_from(&[&b"data"[..]], &mut out).unwrap();
    let Ok(Received::Data { plaintext, .. }) = opener.receive(&mut out[..sealed]) else {
        panic!("data")
    };
    assert_eq!(plaintext, b"data");
}
