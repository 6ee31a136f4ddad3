//! What an established connection of TLS 1.3 does after its handshake, and how its records look.

use std::sync::{Arc, Mutex};

use premaster_connection::record::Padding;
use premaster_connection::tls::{Connection, Next, NotYet, Options};
use premaster_connection::trace::{Context, Epoch, Event, Sink, Tracer};
use premaster_connection::{
    ClientConfig, ClientConfigBuilder, ConfigError, Error, ServerConfig, ServerConfigBuilder,
};
use premaster_testkit::pair::{Pair, carry, connect, receive, shuttle, transmit};
use premaster_testkit::pki::Authority;
use premaster_wire::ProtocolVersion;

const NAME: &str = "localhost";

struct Ends {
    client: Arc<ClientConfig>,
    server: Arc<ServerConfig>,
}

fn ends(
    client: impl FnOnce(ClientConfigBuilder) -> ClientConfigBuilder,
    server: impl FnOnce(ServerConfigBuilder) -> ServerConfigBuilder,
) -> Ends {
    let provider = Arc::new(premaster_crypto_ring::provider());
    let authority = Authority::new();
    let credential = authority.issue(&provider, &[NAME], &rcgen::PKCS_ECDSA_P256_SHA256);
    let verifier = authority.verifier(&provider);
    let server = server(ServerConfig::builder(Arc::clone(&provider), credential));
    let client = client(ClientConfig::builder(provider, verifier));
    Ends {
        client: Arc::new(client.build().unwrap()),
        server: Arc::new(server.build().unwrap()),
    }
}

fn established(ends: &Ends) -> Pair {
    let mut pair = Pair::new(&ends.client, &ends.server, NAME);
    pair.handshake().unwrap();
    pair
}

fn talk(pair: &mut Pair) {
    let Pair { client, server } = pair;
    assert_eq!(carry(client, server, b"there"), Ok(b"there".to_vec()));
    assert_eq!(carry(server, client, b"back"), Ok(b"back".to_vec()));
}

/// The lengths of the records on the wire, without their headers.
fn lengths(mut wire: &[u8]) -> Vec<usize> {
    let mut lengths = Vec::new();
    while let [_, _, _, high, low, rest @ ..] = wire {
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        lengths.push(length);
        wire = &rest[length..];
    }
    lengths
}

/// RFC 8446 section 4.6.1: tickets come in a row, and a client takes a long row of what brings no data for a flood.
#[test]
fn a_server_gives_no_more_tickets_than_a_client_takes() {
    let provider = Arc::new(premaster_crypto_ring::provider());
    let authority = Authority::new();
    let built = |count| {
        let credential = authority.issue(&provider, &[NAME], &rcgen::PKCS_ED25519);
        let server = ServerConfig::builder(Arc::clone(&provider), credential);
        server.ticket_count(count).build()
    };
    let verifier = authority.verifier(&provider);
    let client = ClientConfig::builder(Arc::clone(&provider), verifier).build();
    let client = Arc::new(client.unwrap());
    for count in 0..=u8::MAX {
        match built(count) {
            Ok(server) => {
                let server = Arc::new(server);
                let mut pair = Pair::new(&client, &server, NAME);
                assert_eq!(pair.handshake(), Ok(()), "{count}");
                talk(&mut pair);
            }
            Err(error) => assert_eq!(error, ConfigError::TicketCount { count }),
        }
    }
    assert!(built(16).is_ok());
}

/// RFC 8446 section 4.6.3.
#[test]
fn keys_are_updated_by_whoever_wants_to_and_by_the_other_if_asked() {
    let mut pair = established(&ends(|it| it, |it| it));
    let version = pair.client.facts().unwrap().version;
    assert_eq!(version, ProtocolVersion::TLSv1_3);
    for request in [false, true, true, false] {
        for client_first in [true, false] {
            talk(&mut pair);
            let Pair { client, server } = &mut pair;
            let (one, other) = match client_first {
                true => (client, server),
                false => (server, client),
            };
            one.update_keys(request).unwrap();
            assert!(matches!(one.next_step(), Next::Transmit));
            shuttle(one, other).unwrap();
            assert_eq!(matches!(other.next_step(), Next::Transmit), request);
            shuttle(other, one).unwrap();
            assert!(matches!(one.next_step(), Next::Established));
            talk(&mut pair);
        }
    }
}

#[test]
fn tls_1_2_has_no_key_update() {
    let tls12 = |it: ClientConfigBuilder| it.max_version(ProtocolVersion::TLSv1_2);
    let ends = ends(tls12, |it| it);
    let mut pair = Pair::new(&ends.client, &ends.server, NAME);
    assert_eq!(pair.client.update_keys(true), Err(Error::NotEstablished));
    pair.handshake().unwrap();
    assert_eq!(pair.client.update_keys(true), Err(Error::NoKeyUpdate));
    talk(&mut pair);
}

/// RFC 8446 section 6.1: a goodbye is one direction's, and data may follow in the other.
#[test]
fn a_goodbye_closes_one_direction() {
    let mut pair = established(&ends(|it| it, |it| it));
    let Pair { client, server } = &mut pair;
    client.close().unwrap();
    shuttle(client, server).unwrap();
    assert!(matches!(server.next_step(), Next::PeerClosed));
    assert!(matches!(client.next_step(), Next::Established));
    assert_eq!(carry(server, client, b"the rest"), Ok(b"the rest".to_vec()));
    // Keys still change, one way.
    server.update_keys(true).unwrap();
    shuttle(server, client).unwrap();
    assert!(
        matches!(client.next_step(), Next::Established),
        "it says no more"
    );
    assert_eq!(carry(server, client, b"and more"), Ok(b"and more".to_vec()));
    server.close().unwrap();
    shuttle(server, client).unwrap();
    assert!(matches!(client.next_step(), Next::Closed));
    assert!(matches!(server.next_step(), Next::Closed));
}

/// RFC 8449 section 4: in TLS 1.3 the limit counts the content type and padding.
#[test]
fn a_record_size_limit_counts_the_content_type() {
    for padding in [
        Padding::None,
        Padding::ToMultiple(32),
        Padding::ToLength(500),
    ] {
        let limited = ends(
            |it| it.record_size_limit(100),
            |it| it.record_size_limit(200).padding(padding),
        );
        let Pair {
            mut client,
            mut server,
        } = Pair::new(&limited.client, &limited.server, NAME);
        let hello = transmit(&mut client).unwrap();
        receive(&mut server, &mut hello.clone()).unwrap();
        let flight = transmit(&mut server).unwrap();
        // The server's hello and ChangeCipherSpec are not protected and not subject to it.
        let protected = &lengths(&flight)[2..];
        assert!(protected.iter().all(|length| *length <= 100 + 16));
        assert!(protected.len() > 4, "a certificate does not fit into one");
        receive(&mut client, &mut flight.clone()).unwrap();
        let mut pair = Pair { client, server };
        pair.handshake().unwrap();
        assert_eq!(pair.server.content_limit(), 99);
        assert_eq!(pair.client.content_limit(), 199);
        let mut wire = vec![0; pair.server.sealed_len(250)];
        pair.server.seal_from(&[&[7; 250][..]], &mut wire).unwrap();
        assert!(lengths(&wire).iter().all(|length| *length <= 100 + 16));
        assert_eq!(receive(&mut pair.client, &mut wire).unwrap().len(), 250);
        talk(&mut pair);
    }
}

/// RFC 8446 section 5.4.
#[test]
fn padding_is_what_the_configuration_says_from_the_first_protected_record_on() {
    let padded = ends(
        |it| it.padding(Padding::ToMultiple(256)),
        |it| it.padding(Padding::ToLength(1024)),
    );
    let Pair {
        mut client,
        mut server,
    } = Pair::new(&padded.client, &padded.server, NAME);
    let hello = transmit(&mut client).unwrap();
    receive(&mut server, &mut hello.clone()).unwrap();
    let flight = transmit(&mut server).unwrap();
    let protected = &lengths(&flight)[2..];
    assert!(protected.iter().all(|length| *length == 1024 + 16));
    receive(&mut client, &mut flight.clone()).unwrap();
    let flight = transmit(&mut client).unwrap();
    assert_eq!(lengths(&flight), [1, 256 + 16]);
    receive(&mut server, &mut flight.clone()).unwrap();
    let mut pair = Pair { client, server };
    pair.handshake().unwrap();
    talk(&mut pair);
    pair.client.set_padding(Padding::None).unwrap();
    assert_eq!(pair.client.sealed_len(10), 5 + 10 + 1 + 16);
    talk(&mut pair);
}

/// What a listener heard of records, alerts and keys.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<(String, Epoch)>>>);

impl Sink for Heard {
    fn event(&mut self, _: &Context, event: &Event<'_>) {
        let epoch = match event {
            Event::Record { epoch, .. } | Event::Alert { epoch, .. } => *epoch,
            Event::KeyUpdate { generation, .. } => {
                let told = (format!("key_update {generation}"), Epoch::Traffic);
                return self.0.lock().unwrap().push(told);
            }
            _ => return,
        };
        let told = (event.name().to_owned(), epoch);
        self.0.lock().unwrap().push(told);
    }
}

#[test]
fn a_listener_hears_of_new_keys_and_of_the_epoch_of_what_is_said() {
    let ends = ends(|it| it, |it| it);
    let heard = Heard::default();
    let options = Options {
        tracer: Tracer::default().with_sink(heard.clone()),
        ..Options::default()
    };
    let client = connect(&ends.client, NAME, options);
    let server = Connection::server(Arc::clone(&ends.server));
    let mut pair = Pair { client, server };
    pair.handshake().unwrap();
    for _ in 0..2 {
        pair.client.update_keys(true).unwrap();
        pair.handshake().unwrap();
    }
    carry(&mut pair.client, &mut pair.server, b"data").unwrap();
    pair.server.close().unwrap();
    pair.handshake().unwrap();
    let heard = heard.0.lock().unwrap();
    let names: Vec<_> = heard.iter().map(|(name, _)| name.as_str()).collect();
    let both = [
        "key_update 1",
        "key_update 1",
        "key_update 2",
        "key_update 2",
    ];
    assert_eq!(names, [&both[..], &["record", "alert"]].concat());
    assert!(heard.iter().all(|(_, epoch)| *epoch == Epoch::Traffic));
}

#[test]
fn a_connection_is_split_when_nothing_waits() {
    let mut pair = established(&ends(|it| it, |it| it));
    pair.client.update_keys(false).unwrap();
    let Err(NotYet(client)) = pair.client.split() else {
        panic!("a KeyUpdate waits")
    };
    pair.client = *client;
    shuttle(&mut pair.client, &mut pair.server).unwrap();
    let (_, mut sealer, _) = pair.client.split().unwrap();
    sealer.update_keys(true).unwrap();
    let mut wire = vec![0; sealer.pending()];
    sealer.transmit(&mut wire).unwrap();
    let mut data = vec![0; sealer.sealed_len(5)];
    sealer.seal_from(&[&b"there"[..]], &mut data).unwrap();
    wire.extend(data);
    assert_eq!(receive(&mut pair.server, &mut wire), Ok(b"there".to_vec()));
    assert!(matches!(pair.server.next_step(), Next::Transmit));
}
