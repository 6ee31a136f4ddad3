//! No key meets the same nonce twice, in either direction, over handshake and data.

use std::collections::BTreeSet;
use std::sync::Arc;

use premaster_connection::tls::{Connection, Received};
use premaster_connection::{ClientConfig, ServerConfig};
use premaster_testkit::Pair;
use premaster_testkit::cell::{NAME, World};
use premaster_testkit::pair::{carry, receive, shuttle, transmit};
use premaster_testkit::pki::KeyKind;
use premaster_testkit::provider::{Use, Uses, with_uses};

/// A client and a server with this suite, each with a list of what its keys were used with.
fn bench(suite: &str) -> (Arc<ClientConfig>, Arc<ServerConfig>, [Uses; 2]) {
    let world = World::new();
    let uses = [Uses::default(), Uses::default()];
    let [client, server] = [0, 1].map(|side| Arc::new(with_uses(&world.provider, &uses[side])));
    let verifier = world.authority.verifier(&world.provider);
    let kind = match suite.contains("_RSA_") {
        true => KeyKind::Rsa2048,
        false => KeyKind::P256,
    };
    let credential = world.authority.server(NAME, kind).credential(&server);
    let client = ClientConfig::builder(client, verifier).suites([suite]);
    let server = ServerConfig::builder(server, credential);
    (
        Arc::new(client.build().unwrap()),
        Arc::new(server.build().unwrap()),
        uses,
    )
}

/// Data, many records at once, empty ones, alerts, goodbye: everything that can be sealed.
fn talk(pair: &mut Pair) {
    let (client, server) = (&mut pair.client, &mut pair.server);
    for round in 0..50_usize {
        let data = vec![7; round * 700];
        assert_eq!(carry(client, server, &data).unwrap(), data);
        assert_eq!(carry(server, client, &data).unwrap(), data);
    }
    in_place(client, server);
    client.close().unwrap();
    shuttle(client, server).unwrap();
    server.close().unwrap();
    shuttle(server, client).unwrap();
}

fn in_place(from: &mut Connection, to: &mut Connection) {
    let margins = from.margins();
    let mut buf = vec![5; margins.front + 100 + margins.back];
    let content = margins.front..margins.front + 100;
    let sealed = from.seal(&mut buf, content).unwrap();
    assert_eq!(receive(to, &mut buf[sealed]).unwrap(), [5; 100]);
}

/// property 17: over a full handshake and two resumed ones, with data, alerts and tickets, no
/// (key, nonce) pair is sealed with twice, and what is sealed is opened with the same pairs.
#[test]
fn no_key_meets_the_same_nonce_twice() {
    for suite in premaster_testkit::cell::tls12_only(premaster_crypto_ring::provider()).suites {
        let (client, server, uses) = bench(suite.name);
        for number in 0..3 {
            let mut pair = Pair::new(&client, &server, NAME);
            pair.handshake().unwrap();
            let resumed = pair.client.facts().unwrap().resumed;
            assert_eq!(resumed.is_some(), number > 0);
            talk(&mut pair);
        }
        let all: Vec<_> = uses.iter().flat_map(Uses::all).collect();
        let sealed: Vec<_> = all.iter().filter(|one| one.sealed).collect();
        let pairs: BTreeSet<_> = sealed.iter().map(|one| (&one.key, one.nonce)).collect();
        assert_eq!(pairs.len(), sealed.len(), "{}", suite.name);
        assert!(sealed.len() > 400, "{}", sealed.len());

        // Six traffic keys, and the server's ticket key: all different.
        let keys: BTreeSet<_> = sealed.iter().map(|one| &one.key).collect();
        assert_eq!(keys.len(), 3 * 2 + 1, "{}", suite.name);
        let opened = all.iter().filter(|one| !one.sealed);
        for Use { key, nonce, .. } in opened {
            assert!(pairs.contains(&(key, *nonce)), "{}", suite.name);
        }
    }
}

/// property 17, TLS 1.3: the same with early data, and with new keys again and again.
#[test]
fn no_key_of_tls13_meets_the_same_nonce_twice() {
    for suite in [
        "TLS_AES_128_GCM_SHA256",
        "TLS_AES_256_GCM_SHA384",
        "TLS_CHACHA20_POLY1305_SHA256",
    ] {
        let (client, server, uses) = modern_bench(suite);
        for number in 0..3 {
            let mut pair = Pair::new(&client, &server, NAME);
            if number > 0 {
                let mut wire = transmit(&mut pair.client).unwrap();
                for piece in [&b"early"[..], b"", b"data"] {
                    let mut out = vec![0; pair.client.sealed_len(piece.len())];
                    let sealed = pair.client.seal_early_from(&[piece], &mut out).unwrap();
                    wire.extend_from_slice(&out[..sealed]);
                }
                early(&mut pair.server, &mut wire);
            }
            pair.handshake().unwrap();
            let resumed = pair.client.facts().unwrap().resumed;
            assert_eq!(resumed.is_some(), number > 0);
            for request in [false, true] {
                for _ in 0..3 {
                    pair.client.update_keys(request).unwrap();
                    pair.handshake().unwrap();
                    pair.server.update_keys(request).unwrap();
                    pair.handshake().unwrap();
                    let (client, server) = (&mut pair.client, &mut pair.server);
                    assert_eq!(carry(client, server, b"data").unwrap(), b"data");
                    assert_eq!(carry(server, client, b"data").unwrap(), b"data");
                }
            }
            talk(&mut pair);
        }
        let all: Vec<_> = uses.iter().flat_map(Uses::all).collect();
        let sealed: Vec<_> = all.iter().filter(|one| one.sealed).collect();
        let pairs: BTreeSet<_> = sealed.iter().map(|one| (&one.key, one.nonce)).collect();
        assert_eq!(pairs.len(), sealed.len(), "{suite}");

        // In each connection, of each side: one key for the handshake, one for data, six that it has changed to by itself
        // and three that it was asked to change to; twice a key for early data; and the server's ticket key.
        let keys: BTreeSet<_> = sealed.iter().map(|one| &one.key).collect();
        assert_eq!(keys.len(), 3 * 2 * (2 + 6 + 3) + 2 + 1, "{suite}");
        let opened = all.iter().filter(|one| !one.sealed);
        for Use { key, nonce, .. } in opened {
            assert!(pairs.contains(&(key, *nonce)), "{suite}");
        }
    }
}

/// The same bench with TLS 1.3 and early data.
fn modern_bench(suite: &str) -> (Arc<ClientConfig>, Arc<ServerConfig>, [Uses; 2]) {
    let world = World::new();
    let uses = [Uses::default(), Uses::default()];
    let [client, server] = [0, 1].map(|side| Arc::new(with_uses(&world.modern, &uses[side])));
    let verifier = world.authority.verifier(&world.modern);
    let issued = world.authority.server(NAME, KeyKind::P256);
    let credential = issued.credential(&server);
    let client = ClientConfig::builder(client, verifier);
    let server = ServerConfig::builder(server, credential);
    (
        Arc::new(client.suites([suite]).early_data().build().unwrap()),
        Arc::new(server.suites([suite]).early_data(1_000).build().unwrap()),
        uses,
    )
}

/// A server takes a first flight.
fn early(server: &mut Connection, mut wire: &mut [u8]) {
    let mut come = Vec::new();
    while !wire.is_empty() {
        let consumed = match server.receive(wire).unwrap() {
            Received::Control { consumed } => consumed,
            Received::EarlyData {
                plaintext,
                consumed,
            } => {
                come.extend_from_slice(plaintext);
                consumed
            }
            other => panic!("{other:?}"),
        };
        wire = &mut wire[consumed..];
    }
    assert_eq!(come, b"earlydata");
}

/// property 17: an alert after an error goes on where the data ended.
#[test]
fn an_error_seals_its_alert_with_a_fresh_nonce() {
    let (client, server, [uses, _]) = bench("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256");
    let mut pair = Pair::new(&client, &server, NAME);
    pair.handshake().unwrap();
    carry(&mut pair.client, &mut pair.server, b"data").unwrap();
    pair.client.receive(&mut [22, 3, 3, 0, 1, 0]).unwrap_err();
    assert!(!transmit(&mut pair.client).unwrap().is_empty());
    let sealed: Vec<_> = uses.all().into_iter().filter(|one| one.sealed).collect();
    let nonces: BTreeSet<_> = sealed.iter().map(|one| one.nonce).collect();
    // Finished, data, alert.
    assert_eq!((sealed.len(), nonces.len()), (3, 3));
}
