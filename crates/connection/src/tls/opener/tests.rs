//! What is put up with, from whom and until when.

use premaster_record::RecordFault;
use premaster_wire::{AlertDescription, AlertLevel};

use super::*;
use crate::tls::testing::{end, established, keys, silent};

const CHANGE_CIPHER_SPEC: [u8; 6] = [20, 3, 3, 0, 1, 1];
const PLAIN_ALERT: [u8; 7] = [21, 3, 3, 0, 2, 2, 40];

/// RFC 8446 section 5, section 5.1. property 3.
#[test]
fn nothing_comes_between_the_pieces_of_a_message() {
    for pieces in [false, true] {
        for other in [0, 1] {
            let [mut client, mut server] = established();
            server.opener.records.drop_change_cipher_specs(1);
            let whole = [24, 0, 0, 1, 0];
            let first = client.messages(&whole[..if pieces { 3 } else { 5 }]);
            server.receive(first).unwrap();
            if !pieces {
                client.sealer.install(keys_after_update()).unwrap();
            }
            let between = match other {
                0 => CHANGE_CIPHER_SPEC.to_vec(),
                _ => {
                    let description = AlertDescription::user_canceled;
                    let level = AlertLevel::warning;
                    client.sealer.alert(level, description).unwrap();
                    client.transmit()
                }
            };
            assert_eq!(server.receive(between).is_err(), pieces, "{other}");
        }
    }
}

/// The client's keys after its first KeyUpdate.
fn keys_after_update() -> NewKeys {
    let mut keys = keys(Side::Client, Epoch::Traffic);
    let mut traffic = keys.traffic.take().unwrap().next();
    keys.protection = traffic.protection().unwrap();
    keys.traffic = Some(traffic);
    keys
}

/// RFC 8446 section 6: a client that cannot follow our hello has no keys to say so in.
#[test]
fn a_server_takes_an_alert_without_protection_until_the_client_has_keys() {
    let handshake = || keys(Side::Client, Epoch::Handshake);
    let told = AlertDescription::handshake_failure;
    let mut server = silent(Side::Server);
    server.opener.install(handshake()).unwrap();
    let alert = server.receive(PLAIN_ALERT.to_vec());
    assert_eq!(alert, Err(Error::AlertReceived(told)));

    // After the first record with protection there is none.
    let mut server = silent(Side::Server);
    server.opener.install(handshake()).unwrap();
    let piece = end(Side::Client, Epoch::Handshake).messages(&[20, 0, 0]);
    let _ = server.opener.sort(&mut piece.clone()).unwrap();
    let alert = server.receive(PLAIN_ALERT.to_vec());
    assert!(matches!(alert, Err(Error::Record(_))), "{alert:?}");

    // A server's hello and its keys come together.
    let mut client = silent(Side::Client);
    let keys = keys(Side::Server, Epoch::Handshake);
    client.opener.install(keys).unwrap();
    let alert = client.receive(PLAIN_ALERT.to_vec());
    assert!(matches!(alert, Err(Error::Record(_))), "{alert:?}");
}

/// RFC 8446 section 5.1. property 23.
#[test]
fn no_message_spans_the_change_of_keys() {
    for left in [&[14, 0, 0][..], &[14, 0, 0, 0]] {
        let mut client = silent(Side::Client);
        client.opener.inbox.push(left).unwrap();
        let outcome = client.opener.install(keys(Side::Server, Epoch::Handshake));
        assert_eq!(outcome, Err(RecordFault::KeyChangeInMessage.into()));
    }
}

fn sealed(length: usize, epoch: Epoch) -> Vec<u8> {
    let mut client = end(Side::Client, epoch);
    if epoch == Epoch::EarlyData {
        client.sealer.allow_early_data(length);
        let mut out = vec![0; client.sealer.sealed_len(length)];
        let data = vec![7; length];
        client
            .sealer
            .seal_early_from(&[&data[..]], &mut out)
            .unwrap();
        return out;
    }
    client.data(&vec![7; length])
}

/// RFC 8449 section 4: the limit counts the content type. A client that sends early data has not seen it yet.
#[test]
fn a_record_size_limit_counts_the_type_and_does_not_hold_for_early_data() {
    for (epoch, longest) in [(Epoch::EarlyData, 16_384), (Epoch::Traffic, 99)] {
        for before in [false, true] {
            let server = || {
                let mut server = silent(Side::Server);
                if before {
                    server.opener.set_content_limit(100);
                }
                server.opener.install(keys(Side::Client, epoch)).unwrap();
                if !before {
                    server.opener.set_content_limit(100);
                }
                server
            };
            let mut fits = sealed(longest, epoch);
            assert!(server().opener.sort(&mut fits).is_ok(), "{epoch:?}");
            if longest < 16_384 {
                let mut too_long = sealed(longest + 1, epoch);
                assert!(server().opener.sort(&mut too_long).is_err());
            }
        }
    }
    // It holds from the next keys on.
    let mut server = silent(Side::Server);
    server.opener.set_content_limit(100);
    for epoch in [Epoch::EarlyData, Epoch::Traffic] {
        server.opener.install(keys(Side::Client, epoch)).unwrap();
    }
    let mut too_long = sealed(100, Epoch::Traffic);
    assert!(server.opener.sort(&mut too_long).is_err());
}

/// RFC 8446 section 4.2.10: bytes of content are counted. property 24: empty records are counted too.
#[test]
fn no_more_early_data_comes_than_was_agreed_on() {
    let server = || {
        let mut server = silent(Side::Server);
        let early = keys(Side::Client, Epoch::EarlyData);
        server.opener.install(early).unwrap();
        server.opener.expect_early_data(10);
        server
    };
    let mut exactly = server();
    assert_eq!(exactly.opener.early_data(4), Ok(()));
    assert_eq!(exactly.opener.early_data(6), Ok(()));
    let fault = Error::from(RecordFault::TooMuchEarlyData { limit: 10 });
    assert_eq!(exactly.opener.early_data(1), Err(fault.clone()));
    assert_eq!(fault.alert(), Some(AlertDescription::unexpected_message));
    assert_eq!(exactly.receive(vec![23]), Err(fault));

    let mut idle = server();
    let limit = Limits::default().empty_records;
    for _ in 0..limit {
        assert_eq!(idle.opener.early_data(0), Ok(()));
    }
    assert!(idle.opener.early_data(0).is_err());

    // Its time is over with the next keys.
    let mut over = server();
    let handshake = keys(Side::Client, Epoch::Handshake);
    over.opener.install(handshake).unwrap();
    let error = over.opener.early_data(1).unwrap_err();
    assert_eq!(error.alert(), Some(AlertDescription::unexpected_message));
}
