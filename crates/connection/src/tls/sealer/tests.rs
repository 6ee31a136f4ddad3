//! What records look like, and when keys change without being asked for.

use std::sync::Arc;

use super::*;
use crate::tls::testing::{End, end, established, keys, secret, silent, suite};

/// Content type and version of each record.
fn headers(mut wire: &[u8]) -> Vec<(u8, [u8; 2])> {
    let mut headers = Vec::new();
    while let [kind, major, minor, high, low, rest @ ..] = wire {
        headers.push((*kind, [*major, *minor]));
        wire = &rest[usize::from(u16::from_be_bytes([*high, *low]))..];
    }
    headers
}

/// RFC 8446 section 5.1: only an initial ClientHello may say the oldest version.
#[test]
fn all_records_but_the_first_of_a_client_say_tls_1_2() {
    let hello = [1, 0, 0, 0];
    let mut client = silent(Side::Client);
    client.sealer.message(&hello).unwrap();
    client.sealer.change_cipher_spec().unwrap();
    let wire = client.transmit();
    assert_eq!(headers(&wire), [(22, [3, 1]), (20, [3, 3])]);

    // Asked for another one at once, without early data.
    let mut client = silent(Side::Client);
    client.sealer.message(&hello).unwrap();
    client.sealer.message(&hello).unwrap();
    assert_eq!(headers(&client.transmit()), [(22, [3, 1]), (22, [3, 3])]);

    let mut server = silent(Side::Server);
    server.sealer.message(&[2, 0, 0, 0]).unwrap();
    server.sealer.change_cipher_spec().unwrap();
    server
        .sealer
        .install(keys(Side::Server, Epoch::Handshake))
        .unwrap();
    server.sealer.message(&[8, 0, 0, 0]).unwrap();
    let all = [(22, [3, 3]), (20, [3, 3]), (23, [3, 3])];
    assert_eq!(headers(&server.transmit()), all);
}

#[test]
fn what_was_agreed_on_stays_agreed_on() {
    let mut client = silent(Side::Client);
    client.sealer.message(&[1, 0, 0, 0]).unwrap();
    client.transmit();
    client.sealer.set_version(ProtocolVersion::TLSv1_1);
    client.sealer.message(&[16, 0, 0, 0]).unwrap();
    assert_eq!(headers(&client.transmit()), [(22, [3, 2])]);
}

/// property 17: keys change before they have protected too much, and the peer follows.
#[test]
fn keys_change_before_they_are_used_up() {
    let [mut client, mut server] = established();
    client.sealer.traffic.as_mut().unwrap().records = 40;
    client.sealer.update_keys(false).unwrap();
    let mut updates = 0;
    for _ in 0..1000 {
        let mut wire = client.transmit();
        updates += u32::from(!wire.is_empty());
        wire.extend(client.data(b"data"));
        assert_eq!(server.receive(wire), Ok(b"data".to_vec()));
    }
    assert!((25..=30).contains(&updates), "{updates}");
    let generation = |traffic: &Option<Traffic>| traffic.as_ref().unwrap().generation;
    assert_eq!(
        generation(&client.sealer.traffic),
        generation(&server.opener.traffic) + u64::from(client.sealer.has_pending())
    );
}

/// RFC 8446 section 7.2: a peer that hears of keys that we have not would understand nothing any more.
#[test]
fn a_peer_hears_of_new_keys_when_they_are_there() {
    let told = Err(Error::AlertReceived(AlertDescription::internal_error));
    for asked_for in [true, false] {
        let [mut client, mut server] = established();
        client.sealer.traffic.as_mut().unwrap().records = 40;
        client.sealer.update_keys(false).unwrap();
        server.receive(client.transmit()).unwrap();
        client.sealer.traffic = Some(without_keys());
        if asked_for {
            let error = client.sealer.update_keys(false).unwrap_err();
            assert_eq!(error.alert(), Some(AlertDescription::internal_error));
        }
        while !client.sealer.has_pending() {
            let record = client.data(b"data");
            assert_eq!(server.receive(record), Ok(b"data".to_vec()));
        }
        assert_eq!(server.receive(client.transmit()), told);
        let refused = client.sealer.seal_from(&[&b"data"[..]], &mut [0; 99]);
        assert!(matches!(refused, Err(Error::Handshake(_))), "{refused:?}");
    }
}

/// The secret of a client whose provider has forgotten how to encrypt.
fn without_keys() -> Traffic {
    let mut provider = premaster_crypto_ring::provider();
    provider.aeads.clear();
    Traffic::new(
        Arc::new(provider),
        suite(),
        secret(Side::Client, Epoch::Traffic),
    )
}

#[test]
fn a_connection_of_tls_1_2_and_one_that_is_not_established_change_no_keys() {
    for mut end in [
        silent(Side::Client),
        end(Side::Client, Epoch::EarlyData),
        end(Side::Client, Epoch::Handshake),
    ] {
        assert_eq!(end.sealer.update_keys(true), Err(Error::NoKeyUpdate));
        assert!(!end.sealer.has_pending());
    }
}

/// Only application data keys protect application data.
#[test]
fn data_is_sealed_in_its_own_epoch_only() {
    let early = |end: &mut End| end.sealer.seal_early_from(&[&b"data"[..]], &mut [0; 99]);
    let late = |end: &mut End| end.sealer.seal_from(&[&b"data"[..]], &mut [0; 99]);
    for (epoch, wanted) in [
        (Epoch::EarlyData, false),
        (Epoch::Handshake, false),
        (Epoch::Traffic, true),
    ] {
        let mut end = end(Side::Client, epoch);
        assert_eq!(late(&mut end).is_ok(), wanted, "{epoch:?}");
        assert_eq!(early(&mut end), Err(Error::NoEarlyData));
    }
    assert_eq!(late(&mut silent(Side::Client)), Err(Error::NotEstablished));
}

/// RFC 8446 section 5.4.
#[test]
fn padding_hides_how_much_is_said() {
    let [mut client, mut server] = established();
    client.sealer.set_padding(Padding::ToMultiple(64)).unwrap();
    for length in [0, 1, 63] {
        let record = client.data(&vec![7; length]);
        assert_eq!(record.len(), 5 + 64 + 16);
        assert_eq!(server.receive(record), Ok(vec![7; length]));
    }
}

/// RFC 8446 section 6.1: whoever orders it.
#[test]
fn no_message_follows_a_goodbye() {
    let [mut client, _] = established();
    client.sealer.close().unwrap();
    let goodbye = client.transmit();
    assert_eq!(headers(&goodbye).len(), 1);
    let refused = client.sealer.message(&[20, 0, 0, 0]);
    assert_eq!(refused, Err(Error::AlreadyClosed));
    assert!(!client.sealer.has_pending());
}
