//! What travels with certificates in TLS 1.3: compressed or not, with stapled OCSP responses and timestamps, for authorities
//! that are named.

use std::sync::{Arc, Mutex};

use premaster_connection::tls::{Connection, Options};
use premaster_connection::{
    ClientConfig, ClientConfigBuilder, Credential, Facts, Question, ServerConfig,
    ServerConfigBuilder,
};
use premaster_crypto::Provider;
use premaster_testkit::cell::{NAME, World};
use premaster_testkit::late::surfaced;
use premaster_testkit::pair::{connect, shuttle};
use premaster_testkit::pki::KeyKind;
use premaster_trace::{Context, Event, Sink, Tracer};
use premaster_wire::{CertificateCompressionAlgorithm, HandshakeType};

struct Bench {
    world: World,
    provider: Arc<Provider>,
}

/// The types of all messages that one side sends and receives.
#[derive(Clone, Default)]
struct Kinds(Arc<Mutex<Vec<HandshakeType>>>);

impl Sink for Kinds {
    fn event(&mut self, _: &Context, event: &Event<'_>) {
        if let Event::Message { bytes, .. } = event {
            self.0.lock().unwrap().push(HandshakeType(bytes[0]));
        }
    }
}

impl Bench {
    fn new() -> Self {
        Self {
            world: World::new(),
            provider: Arc::new(premaster_crypto_ring::provider()),
        }
    }

    fn credential(&self) -> Credential {
        let server = self.world.authority.server(NAME, KeyKind::P256);
        server.credential(&self.provider)
    }

    fn client(&self) -> ClientConfigBuilder {
        let verifier = self.world.authority.verifier(&self.provider);
        ClientConfig::builder(Arc::clone(&self.provider), verifier).clock(self.world.clock.shared())
    }

    fn server(&self, credential: Credential) -> ServerConfigBuilder {
        ServerConfig::builder(Arc::clone(&self.provider), credential)
            .clock(self.world.clock.shared())
    }

    /// Both sides after their handshake, and the types of the messages that the client saw.
    fn handshake(
        client: ClientConfigBuilder,
        server: ServerConfigBuilder,
    ) -> (Connection, Connection, Vec<HandshakeType>) {
        let kinds = Kinds::default();
        let options = Options {
            tracer: Tracer::new(premaster_trace::Side::Client).with_sink(kinds.clone()),
            ..Options::default()
        };
        let client = Arc::new(client.build().unwrap());
        let mut client = connect(&client, NAME, options);
        let mut server = Connection::server(Arc::new(server.build().unwrap()));
        while shuttle(&mut client, &mut server).unwrap()
            + shuttle(&mut server, &mut client).unwrap()
            > 0
        {}
        assert!(client.facts().is_some() && server.facts().is_some());
        let seen = kinds.0.lock().unwrap().clone();
        (client, server, seen)
    }
}

fn facts(connection: &Connection) -> &Facts {
    connection.facts().expect("established")
}

/// RFC 8879 with every codec, certificates of both sides.
#[test]
fn certificates_travel_compressed_where_both_can() {
    let bench = Bench::new();
    let codecs = premaster_certificate_compression::all();
    let algorithms: Vec<_> = codecs.iter().map(|codec| codec.algorithm()).collect();
    assert_eq!(
        algorithms,
        [
            CertificateCompressionAlgorithm::zlib,
            CertificateCompressionAlgorithm::brotli,
            CertificateCompressionAlgorithm::zstd
        ]
    );
    for codec in codecs {
        for (client_can, server_can) in [(true, true), (true, false), (false, true)] {
            let own = bench.world.authority.client(KeyKind::P256);
            let (own, theirs) = (own.credential(&bench.provider), bench.credential());
            let (client_chain, server_chain) = (own.chain().to_vec(), theirs.chain().to_vec());
            let mut client = bench.client().credential(own);
            let verifier = bench.world.authority.verifier(&bench.provider);
            let mut server = bench.server(theirs).require_client_auth(verifier);
            if client_can {
                client = client.certificate_compression([codec]);
            }
            if server_can {
                server = server.certificate_compression([codec]);
            }
            let (client, server, kinds) = Bench::handshake(client, server);
            let compressed = kinds
                .iter()
                .filter(|kind| **kind == HandshakeType::compressed_certificate);
            let both = client_can && server_can;
            assert_eq!(compressed.count(), if both { 2 } else { 0 }, "{codec:?}");
            assert_eq!(facts(&client).peer_certificates, server_chain);
            assert_eq!(facts(&server).peer_certificates, client_chain);
        }
    }
}

/// RFC 8446 section 4.4.2.1: both come with the certificate, for whoever asked.
#[test]
fn staples_and_timestamps_are_carried_for_whoever_asks() {
    let bench = Bench::new();
    let (response, timestamps) = (
        vec![0x30, 0x03, 0x0a, 0x01, 0x06],
        vec![vec![1; 47], vec![2; 9]],
    );
    for asks in [true, false] {
        let credential = bench
            .credential()
            .with_ocsp_response(response.clone())
            .with_certificate_timestamps(timestamps.clone());
        let client = match asks {
            true => bench.client().certificate_timestamps(),
            false => bench.client(),
        };
        let (client, ..) = Bench::handshake(client, bench.server(credential));
        assert_eq!(facts(&client).ocsp_response.as_deref(), Some(&response[..]));
        let expected = if asks { timestamps.clone() } else { Vec::new() };
        assert_eq!(facts(&client).certificate_timestamps, expected);
    }
}

/// RFC 8446 section 4.2.4: the server's host hears whom the client trusts.
#[test]
fn a_server_hears_whom_its_client_trusts() {
    let bench = Bench::new();
    let names = vec![vec![0x30, 0x00], vec![0x30, 0x02, 0x31, 0x00]];
    let client = bench.client().certificate_authorities(names.clone());
    let mut client = connect(&Arc::new(client.build().unwrap()), NAME, Options::default());
    let server = Arc::new(bench.server(bench.credential()).build().unwrap());
    let mut server = Connection::server_with(server, surfaced());
    shuttle(&mut client, &mut server).unwrap();
    let mut heard = None;
    while let premaster_connection::tls::Next::Ask(question) = server.next_step() {
        if let Question::ChooseCredential(asked) = &question {
            heard = Some(asked.question.authorities.clone());
        }
        let answer = server.local().resolve(question);
        server.accept(answer).unwrap();
    }
    assert_eq!(heard, Some(names));
}

/// RFC 8446 section 4.2.8.1: finite fields, their secret as long as the prime.
#[test]
fn finite_fields_are_groups_of_tls13_too() {
    let mut bench = Bench::new();
    let provider = premaster_crypto_classic::extend(premaster_crypto_ring::provider());
    bench.provider = Arc::new(provider);
    for group in ["ffdhe2048", "ffdhe3072"] {
        let client = bench.client().groups([group]);
        let server = bench.server(bench.credential()).groups([group]);
        let (client, server, _) = Bench::handshake(client, server);
        assert_eq!(facts(&client).group_name.as_deref(), Some(group));
        let exported = [&client, &server].map(|side| {
            let mut out = [0; 32];
            let exporter = &facts(side).exporter;
            exporter.export(b"EXPORTER-test", None, &mut out).unwrap();
            out
        });
        assert_eq!(exported[0], exported[1]);
    }
}
