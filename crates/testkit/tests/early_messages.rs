//! property 4: what the peer said before our flight is no answer to it, though it has the right shape and comes at a place
//! where it would be taken later.

use std::sync::Arc;

use premaster_connection::{ClientConfig, Error, Fault, ProtocolVersion, ServerConfig};
use premaster_testkit::Pair;
use premaster_testkit::cell::{NAME, World};
use premaster_testkit::pair::{receive, shuttle, transmit};
use premaster_testkit::pki::KeyKind;

/// Two that speak this version; in TLS 1.3 the client begins without a share, and is asked for one.
fn pair(version: ProtocolVersion) -> Pair {
    let world = World::new();
    let provider = || Arc::clone(&world.modern);
    let verifier = world.authority.verifier(&provider());
    let credential = world
        .authority
        .server(NAME, KeyKind::P256)
        .credential(&provider());
    let client = ClientConfig::builder(provider(), verifier)
        .max_version(version)
        .no_key_shares();
    let server = ServerConfig::builder(provider(), credential);
    let (client, server) = (client.build().unwrap(), server.build().unwrap());
    Pair::new(&Arc::new(client), &Arc::new(server), NAME)
}

/// The last handshake record, with more in it.
fn with(mut wire: Vec<u8>, more: &[u8]) -> Vec<u8> {
    let (mut at, mut last) = (0, 0);
    while let Some([kind, _, _, high, low]) = wire.get(at..at + 5) {
        if *kind == 22 {
            last = at;
        }
        at += 5 + usize::from(u16::from_be_bytes([*high, *low]));
    }
    let length = u16::from_be_bytes([wire[last + 3], wire[last + 4]]);
    let end = last + 5 + usize::from(length);
    let longer = length + u16::try_from(more.len()).unwrap();
    wire[last + 3..last + 5].copy_from_slice(&longer.to_be_bytes());
    wire.splice(end..end, more.iter().copied());
    wire
}

fn fault(outcome: Result<Vec<u8>, Error>) -> Option<Fault> {
    match outcome {
        Err(Error::Handshake(error)) => Some(error.fault()),
        _ => None,
    }
}

/// RFC 5246 section 7.3, RFC 8446 section 2. property 4: it is refused at the place where it came.
#[test]
fn nothing_comes_behind_a_flight_before_it_is_answered() {
    for (version, of_client, of_server) in [
        (
            ProtocolVersion::TLSv1_2,
            [&[16][..], &[16, 0, 0, 33], &[16, 0, 0, 1, 0]],
            [&[4][..], &[4, 0, 0, 7], &[20, 0, 0, 0]],
        ),
        (
            ProtocolVersion::TLSv1_3,
            [&[1][..], &[1, 0, 2, 0], &[1, 0, 0, 1, 0]],
            [&[2][..], &[2, 0, 0, 77], &[2, 0, 0, 1, 0]],
        ),
    ] {
        for more in of_client {
            let Pair {
                mut client,
                mut server,
            } = pair(version);
            let mut hello = with(transmit(&mut client).unwrap(), more);
            let refused = fault(receive(&mut server, &mut hello));
            assert_eq!(
                refused,
                Some(Fault::UnexpectedMessage),
                "{version} {more:?}"
            );
        }
        for more in of_server {
            let Pair {
                mut client,
                mut server,
            } = pair(version);
            shuttle(&mut client, &mut server).unwrap();
            let mut flight = with(transmit(&mut server).unwrap(), more);
            let refused = fault(receive(&mut client, &mut flight));
            assert_eq!(
                refused,
                Some(Fault::UnexpectedMessage),
                "{version} {more:?}"
            );
        }
    }
}

/// RFC 5246 section 7.4.1.1: but a HelloRequest means nothing in a handshake, wherever it comes. property 23: and however
/// records are cut. property 24: nor does a flood, which is counted as one.
#[test]
fn a_hello_request_behind_a_flight_is_ignored() {
    for (count, fine) in [(1, true), (2, true), (16, true), (17, false)] {
        let requests = [0, 0, 0, 0].repeat(count);
        for cut in 0..=requests.len() {
            let mut pair = pair(ProtocolVersion::TLSv1_2);
            shuttle(&mut pair.client, &mut pair.server).unwrap();
            let (behind, apart) = requests.split_at(cut);
            let mut flight = with(transmit(&mut pair.server).unwrap(), behind);
            if !apart.is_empty() {
                flight.extend([22, 3, 3, 0, u8::try_from(apart.len()).unwrap()]);
                flight.extend(apart);
            }
            let received = receive(&mut pair.client, &mut flight);
            let expected = (!fine).then_some(Fault::HelloRequestFlood);
            assert_eq!(received.is_ok(), fine, "{count}, cut at {cut}");
            assert_eq!(fault(received), expected, "{count}, cut at {cut}");
            if fine {
                pair.handshake().unwrap();
                assert!(pair.client.facts().is_some());
            }
        }
    }
}

/// Nor is anything else a HelloRequest that only begins like one; and none may be open when the cipher changes
/// (RFC 5246 section 7.1).
#[test]
fn what_only_begins_like_a_hello_request_is_none() {
    for more in [&[0, 0, 0, 1][..], &[0, 0, 0, 0, 4], &[0, 4], &[0, 0, 1]] {
        let mut pair = pair(ProtocolVersion::TLSv1_2);
        shuttle(&mut pair.client, &mut pair.server).unwrap();
        let mut flight = with(transmit(&mut pair.server).unwrap(), more);
        let refused = fault(receive(&mut pair.client, &mut flight));
        assert_eq!(refused, Some(Fault::UnexpectedMessage), "{more:?}");
    }
    let mut pair = pair(ProtocolVersion::TLSv1_2);
    shuttle(&mut pair.client, &mut pair.server).unwrap();
    let mut flight = with(transmit(&mut pair.server).unwrap(), &[0, 0, 0]);
    receive(&mut pair.client, &mut flight).unwrap();
    shuttle(&mut pair.client, &mut pair.server).unwrap();
    let mut flight = transmit(&mut pair.server).unwrap();
    assert!(receive(&mut pair.client, &mut flight).is_err());
}
