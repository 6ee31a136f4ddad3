//! Data that goes out before the peer's Finished has come: a server's of TLS 1.3, and a client's of TLS 1.2 that does a
//! False Start.

use std::sync::Arc;

use premaster_connection::tls::{Connection, Next, Options, Received};
use premaster_connection::{ClientConfig, Error, ServerConfig};
use premaster_handshake::{EarlyData, Exporter};
use premaster_testkit::cell::{NAME, World};
use premaster_testkit::pair::{carry, connect, receive, transmit};
use premaster_testkit::pki::KeyKind;
use premaster_testkit::{Caller, Pair};
use premaster_wire::{AlertDescription, ProtocolVersion};

type Client = premaster_connection::ClientConfigBuilder;
type Server = premaster_connection::ServerConfigBuilder;

struct Bench {
    client: Arc<ClientConfig>,
    server: Arc<ServerConfig>,
}

impl Bench {
    fn new(
        client: impl FnOnce(&World, Client) -> Client,
        server: impl FnOnce(&World, Server) -> Server,
    ) -> Self {
        let world = World::new();
        let provider = || Arc::clone(&world.modern);
        let verifier = world.authority.verifier(&provider());
        let credential = world.authority.server(NAME, KeyKind::P256);
        let of_client = ClientConfig::builder(provider(), verifier)
            .clock(world.clock.shared())
            .alpn(["echo"])
            .early_data();
        let of_server = ServerConfig::builder(provider(), credential.credential(&provider()))
            .clock(world.clock.shared())
            .alpn(["echo"])
            .early_data(1_000);
        Self {
            client: Arc::new(client(&world, of_client).build().unwrap()),
            server: Arc::new(server(&world, of_server).build().unwrap()),
        }
    }

    fn plain() -> Self {
        Self::new(|_, client| client, |_, server| server)
    }

    fn pair(&self) -> Pair {
        Pair::new(&self.client, &self.server, NAME)
    }

    /// A pair whose server has said Finished, and what it has said.
    fn answered(&self) -> (Pair, Vec<u8>) {
        let mut pair = self.pair();
        let mut hello = transmit(&mut pair.client).unwrap();
        receive(&mut pair.server, &mut hello).unwrap();
        let flight = transmit(&mut pair.server).unwrap();
        (pair, flight)
    }
}

fn ahead(from: &mut Connection, data: &[u8]) -> Result<Vec<u8>, Error> {
    let mut out = vec![0; from.sealed_len(data.len())];
    let sealed = from.seal_before_finished_from(&[data], &mut out)?;
    out.truncate(sealed);
    Ok(out)
}

fn exported(exporter: &Exporter) -> [u8; 32] {
    let mut out = [0; 32];
    exporter.export(b"EXPERIMENTAL", None, &mut out).unwrap();
    out
}

/// RFC 8446 section 4.4.4: a server may send behind its Finished; a client reads it when that was right.
#[test]
fn a_server_may_speak_before_its_client_has_finished() {
    let (mut pair, mut flight) = Bench::plain().answered();
    assert!(matches!(pair.server.next_step(), Next::Receive { .. }));
    let told = pair.server.provisional().unwrap();
    assert_eq!(told.version, ProtocolVersion::TLSv1_3);
    assert_eq!(told.alpn.as_deref(), Some(&b"echo"[..]));
    assert_eq!(told.server_name.as_deref(), Some(NAME));
    assert_eq!((told.resumed, told.early_data), (None, None));
    let early = exported(&told.exporter);
    assert!(pair.server.facts().is_none(), "nothing is established");

    flight.extend(ahead(&mut pair.server, b"welcome ").unwrap());
    let margins = pair.server.margins();
    let content = margins.front..margins.front + 5;
    let mut buf = vec![b'!'; content.end + margins.back];
    let sealed = pair.server.seal_before_finished(&mut buf, content).unwrap();
    flight.extend_from_slice(&buf[sealed]);
    let heard = receive(&mut pair.client, &mut flight).unwrap();
    assert_eq!(heard, b"welcome !!!!!");

    pair.handshake().unwrap();
    assert!(pair.server.provisional().is_none(), "facts take its place");
    for facts in [pair.client.facts(), pair.server.facts()] {
        assert_eq!(exported(&facts.unwrap().exporter), early);
    }
    // The same call seals on.
    let mut more = ahead(&mut pair.server, b"more").unwrap();
    assert_eq!(receive(&mut pair.client, &mut more).unwrap(), b"more");
    let Pair { client, server } = &mut pair;
    assert_eq!(carry(client, server, b"thanks").unwrap(), b"thanks");
}

/// Early data is answered before the client has said another word.
#[test]
fn early_data_may_be_answered_at_once() {
    let bench = Bench::plain();
    bench.pair().handshake().unwrap();
    let mut client = connect(&bench.client, NAME, Options::default());
    let mut wire = transmit(&mut client).unwrap();
    let mut out = vec![0; client.sealed_len(4)];
    let sealed = client.seal_early_from(&[&b"ping"[..]], &mut out).unwrap();
    wire.extend_from_slice(&out[..sealed]);
    let mut server = Caller::new(Connection::server(Arc::clone(&bench.server)));
    server.feed(&wire);
    assert_eq!(
        (server.error.as_ref(), &server.early_data[..]),
        (None, &b"ping"[..])
    );
    let told = server.connection.provisional().unwrap();
    assert_eq!(told.early_data, Some(EarlyData::Accepted));
    assert!(told.resumed.is_some());
    let mut flight = server.take_sent();
    flight.extend(ahead(&mut server.connection, b"pong").unwrap());
    assert_eq!(receive(&mut client, &mut flight).unwrap(), b"pong");
    server.feed(&transmit(&mut client).unwrap());
    assert!(server.connection.facts().is_some());
}

/// property 5: a client that was asked for a certificate is told nothing before it was checked; whether it has to show one
/// or not.
#[test]
fn a_client_that_is_asked_for_a_certificate_is_told_nothing_before() {
    for required in [true, false] {
        let bench = Bench::new(
            |world, client| {
                let own = world.authority.client(KeyKind::P256);
                client.credential(own.credential(&world.modern))
            },
            |world, server| {
                let verifier = world.authority.verifier(&world.modern);
                match required {
                    true => server.require_client_auth(verifier),
                    false => server.optional_client_auth(verifier),
                }
            },
        );
        let (mut pair, mut flight) = bench.answered();
        assert!(pair.server.provisional().is_none());
        assert_eq!(
            ahead(&mut pair.server, b"welcome"),
            Err(Error::CertificateAwaited)
        );
        assert!(pair.server.error().is_none(), "nothing is changed");
        receive(&mut pair.client, &mut flight).unwrap();
        pair.handshake().unwrap();
        let mut welcome = ahead(&mut pair.server, b"welcome").unwrap();
        assert_eq!(receive(&mut pair.client, &mut welcome).unwrap(), b"welcome");
    }
}

/// A client that a session vouches for is not asked again (RFC 8446 section 4.6.1): it may be told something at once, by a
/// server that requires certificates, too.
#[test]
fn a_client_that_is_known_is_not_asked_and_may_be_told_something_before() {
    let bench = Bench::new(
        |world, client| {
            let own = world.authority.client(KeyKind::P256);
            client.credential(own.credential(&world.modern))
        },
        |world, server| server.require_client_auth(world.authority.verifier(&world.modern)),
    );
    bench.pair().handshake().unwrap();
    let (mut pair, mut flight) = bench.answered();
    let told = pair.server.provisional().expect("a time for it");
    assert!(told.resumed.is_some());
    flight.extend(ahead(&mut pair.server, b"welcome").unwrap());
    assert_eq!(receive(&mut pair.client, &mut flight).unwrap(), b"welcome");
    pair.handshake().unwrap();
    assert!(!pair.server.facts().unwrap().peer_certificates.is_empty());
}

/// There is a time for it: not before our own Finished, nor when all is over; and none in TLS 1.2.
#[test]
fn what_is_not_time_yet_or_any_more_is_refused() {
    let bench = Bench::plain();
    let mut pair = bench.pair();
    for end in [&mut pair.client, &mut pair.server] {
        assert!(end.provisional().is_none());
        assert_eq!(ahead(end, b"x"), Err(Error::NotEstablished));
    }
    let (mut pair, flight) = bench.answered();
    let mut first = pair.server;
    assert!(ahead(&mut first, b"x").is_ok());
    first.close().unwrap();
    assert!(first.provisional().is_none());
    assert_eq!(ahead(&mut first, b"x"), Err(Error::AlreadyClosed));

    // The flight goes first, and only its own end is where data may follow.
    let mut hello = transmit(&mut bench.pair().client).unwrap();
    pair.server = Connection::server(Arc::clone(&bench.server));
    receive(&mut pair.server, &mut hello).unwrap();
    assert_eq!(ahead(&mut pair.server, b"x"), Err(Error::TransmitFirst));
    transmit(&mut pair.server).unwrap();
    assert!(ahead(&mut pair.server, b"x").is_ok());

    // A client has nothing to say before it has seen who the server is.
    let half = flight.len() / 2;
    let mut client = Caller::new(pair.client);
    client.feed(&flight[..half]);
    assert!(client.connection.provisional().is_none());
    assert_eq!(
        ahead(&mut client.connection, b"x"),
        Err(Error::NotEstablished)
    );

    let old = Bench::new(
        |_, client| client.max_version(ProtocolVersion::TLSv1_2),
        |_, server| server,
    );
    let (mut pair, _) = old.answered();
    assert_eq!(ahead(&mut pair.server, b"x"), Err(Error::NotEstablished));

    // It has asked for a certificate, but that is not why.
    let old = Bench::new(
        |_, client| client.max_version(ProtocolVersion::TLSv1_2),
        |world, server| server.require_client_auth(world.authority.verifier(&world.modern)),
    );
    let (mut pair, _) = old.answered();
    assert_eq!(ahead(&mut pair.server, b"x"), Err(Error::NotEstablished));
}

/// property 3: that the server speaks already lets nothing in: what the client sends before its Finished is no data, and what
/// fails then is told under the keys of application data.
#[test]
fn nothing_is_let_in_before_finished_because_something_goes_out() {
    let bench = Bench::plain();
    let (mut pair, mut flight) = bench.answered();
    flight.extend(ahead(&mut pair.server, b"welcome").unwrap());
    receive(&mut pair.client, &mut flight).unwrap();
    transmit(&mut pair.client).unwrap();
    // Data under the right keys, in the place of Finished.
    let mut data = vec![0; pair.client.sealed_len(4)];
    pair.client.seal_from(&[&b"data"[..]], &mut data).unwrap();
    let error = receive(&mut pair.server, &mut data).unwrap_err();
    assert_eq!(error.alert(), Some(AlertDescription::bad_record_mac));
    assert!(pair.server.provisional().is_none());
    assert_eq!(ahead(&mut pair.server, b"more"), Err(error));
    assert!(pair.server.facts().is_none());
    let mut alert = transmit(&mut pair.server).unwrap();
    let heard = receive(&mut pair.client, &mut alert);
    let alert = AlertDescription::bad_record_mac;
    assert_eq!(heard, Err(Error::AlertReceived(alert)));
}

/// property 17: the keys go on where they are: each record of data before Finished has a number of its own, and those after
/// it follow.
#[test]
fn before_and_after_finished_the_numbers_of_records_go_on() {
    let bench = Bench::plain();
    let (mut pair, mut flight) = bench.answered();
    for _ in 0..100 {
        flight.extend(ahead(&mut pair.server, b"tick").unwrap());
    }
    assert_eq!(
        receive(&mut pair.client, &mut flight).unwrap(),
        b"tick".repeat(100)
    );
    pair.handshake().unwrap();
    let Pair { client, server } = &mut pair;
    assert_eq!(carry(server, client, b"tock").unwrap(), b"tock");
}

/// A client of TLS 1.2 and its server, with all that can be opted into.
fn old(client: impl FnOnce(Client) -> Client, server: impl FnOnce(Server) -> Server) -> Bench {
    let world = World::new();
    let provider = || Arc::clone(&world.provider);
    let verifier = world.authority.verifier(&provider());
    let credential = world.authority.server(NAME, KeyKind::Rsa2048);
    let of_client = ClientConfig::builder(provider(), verifier).clock(world.clock.shared());
    let of_server = ServerConfig::builder(provider(), credential.credential(&provider()))
        .clock(world.clock.shared())
        .alpn(["echo"]);
    Bench {
        client: Arc::new(client(of_client).build().unwrap()),
        server: Arc::new(server(of_server).build().unwrap()),
    }
}

/// A pair whose client has said Finished, and what it has said.
fn finished(bench: &Bench) -> (Pair, Vec<u8>) {
    let (mut pair, mut flight) = bench.answered();
    receive(&mut pair.client, &mut flight).unwrap();
    let flight = transmit(&mut pair.client).unwrap();
    (pair, flight)
}

/// RFC 7918 section 4.
#[test]
fn a_client_may_start_before_its_server_has_finished() {
    let bench = old(
        |client| client.alpn(["echo"]).false_start(),
        |server| server,
    );
    let (mut pair, mut wire) = finished(&bench);
    let told = pair.client.provisional().unwrap();
    assert_eq!(told.version, ProtocolVersion::TLSv1_2);
    assert_eq!(told.alpn.as_deref(), Some(&b"echo"[..]));
    assert!(pair.client.facts().is_none(), "nothing is established");
    let early = exported(&told.exporter);
    wire.extend(ahead(&mut pair.client, b"GET /").unwrap());
    assert_eq!(receive(&mut pair.server, &mut wire).unwrap(), b"GET /");
    let mut rest = transmit(&mut pair.server).unwrap();
    let Pair { client, server } = &mut pair;
    rest.extend({
        let mut answer = vec![0; server.sealed_len(2)];
        let sealed = server.seal_from(&[&b"OK"[..]], &mut answer).unwrap();
        answer.truncate(sealed);
        answer
    });
    assert_eq!(receive(client, &mut rest).unwrap(), b"OK");
    assert!(client.provisional().is_none());
    for facts in [client.facts(), server.facts()] {
        assert_eq!(exported(&facts.unwrap().exporter), early);
    }
    assert_eq!(carry(client, server, b"more").unwrap(), b"more");
}

/// Off by default, and only where the keys are worth it (RFC 7918 section 5): an AEAD, ephemeral keys on a curve, a protocol
/// that both know, a full handshake.
#[test]
fn a_false_start_has_its_conditions() {
    type Change = fn(Client) -> Client;
    const GCM: &str = "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256";
    let cases: [(&str, bool, Change); 7] = [
        (GCM, true, |client| client.alpn(["echo"]).false_start()),
        (GCM, true, Client::false_start_without_alpn),
        (GCM, false, |client| client.alpn(["echo"])),
        (GCM, false, Client::false_start),
        (
            "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
            false,
            Client::false_start_without_alpn,
        ),
        (
            "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256",
            false,
            Client::false_start_without_alpn,
        ),
        (
            "TLS_DHE_RSA_WITH_AES_128_CBC_SHA",
            false,
            Client::false_start_without_alpn,
        ),
    ];
    for (suite, may, change) in cases {
        let bench = old(
            |client| change(client.suites([suite])),
            |server| server.suites([suite]),
        );
        let (mut pair, _) = finished(&bench);
        assert_eq!(pair.client.provisional().is_some(), may, "{suite}");
        let sealed = ahead(&mut pair.client, b"x");
        match may {
            true => assert!(sealed.is_ok(), "{suite}"),
            false => assert_eq!(sealed, Err(Error::NotEstablished), "{suite}"),
        }
    }

    // What is resumed is over when the client has said Finished.
    let bench = old(Client::false_start_without_alpn, |server| server);
    let mut pair = bench.pair();
    pair.handshake().unwrap();
    let (mut pair, mut flight) = bench.answered();
    let records = flight.len();
    while pair.client.facts().is_none() {
        assert!(pair.client.provisional().is_none());
        let consumed = match pair.client.receive(&mut flight).unwrap() {
            Received::Control { consumed } => consumed,
            other => panic!("{other:?}, {records}"),
        };
        flight.drain(..consumed);
    }
    assert!(pair.client.facts().unwrap().resumed.is_some());
}

/// property 2, property 3: that the client speaks already lets nothing in before the server's Finished, and a Finished that is wrong
/// is found out; no session comes of it.
#[test]
fn nothing_is_let_in_before_the_servers_finished() {
    let bench = old(
        |client| client.alpn(["echo"]).false_start(),
        |server| server,
    );
    let (mut pair, mut wire) = finished(&bench);
    wire.extend(ahead(&mut pair.client, b"GET /").unwrap());
    receive(&mut pair.server, &mut wire).unwrap();
    let rest = transmit(&mut pair.server).unwrap();
    // Each bit of what the server still has to say counts.
    for at in 0..rest.len() {
        let (mut pair, mut wire) = finished(&bench);
        wire.extend(ahead(&mut pair.client, b"GET /").unwrap());
        receive(&mut pair.server, &mut wire).unwrap();
        let mut rest = transmit(&mut pair.server).unwrap();
        rest[at] ^= 1;
        let mut client = Caller::new(pair.client);
        client.feed(&rest);
        client.end_of_input();
        assert!(client.error.is_some(), "byte {at}");
        assert!(client.data.is_empty());
        assert!(client.connection.facts().is_none());
        assert!(client.connection.provisional().is_none());
        let more = ahead(&mut client.connection, b"more");
        assert_eq!(more.err(), client.error);
    }
    // Data in the place of it, under the right keys.
    let Pair { client, server } = &mut pair;
    let mut data = vec![0; server.sealed_len(4)];
    server.seal_from(&[&b"data"[..]], &mut data).unwrap();
    let error = receive(client, &mut data).unwrap_err();
    let alert = Some(AlertDescription::unexpected_message);
    assert_eq!(error.alert(), alert, "{error}");
    assert!(client.facts().is_none() && client.provisional().is_none());
    // Nobody resumes what never was.
    let mut next = bench.pair();
    next.handshake().unwrap();
    assert_eq!(next.client.facts().unwrap().resumed, None);
}
