//! Whole connections of ours with ours: from the shared secret on everything is secret, on both sides.
//!
//! So the client checks the server's Finished, the server the client's, in the code that does it, over the records that
//! carry them; tickets are sealed, opened and resumed; keys are changed, key material is exported, data goes both ways.

use core::hint::black_box;
use std::sync::Arc;

use premaster_connection::tls::{Connection, Next, Options, Received};
use premaster_connection::{ClientConfig, ClientConfigBuilder, ServerConfig, ServerConfigBuilder};
use premaster_crypto::{HashAlgorithm, Provider};
use premaster_handshake::{ClientAuth, Error as HandshakeError, ExternalPsk, Fault, ResumedBy};
use premaster_testkit::cell::{NAME, World};
use premaster_testkit::pair::connect;
use premaster_testkit::pki::KeyKind;
use premaster_trace::{SecretLabel, SecretSink, Side, Tracer};

use crate::trial::{Reason, count_input, declassify, declassify_if_secret, poison};
use crate::watched;

/// Longer than what is searched for the type of a record.
const DATA: [u8; 200] = [0x64; 200];

/// Who and with what.
struct Bench {
    world: World,
    provider: Arc<Provider>,
    client: ClientConfigBuilder,
    server: ServerConfigBuilder,
}

impl Bench {
    /// Both know certificates with keys of this kind.
    fn new(kind: KeyKind) -> Self {
        let (world, provider) = (World::new(), Arc::new(watched::provider()));
        let verifier = world.authority.verifier(&provider);
        let issued = world.authority.server(NAME, kind);
        let credential = match kind {
            KeyKind::RsaDecryption => issued.decrypting_credential(&provider),
            _ => issued.credential(&provider),
        };
        let client = ClientConfig::builder(Arc::clone(&provider), verifier);
        let client = client.clock(world.clock.shared());
        let server = ServerConfig::builder(Arc::clone(&provider), credential);
        let server = server.clock(world.clock.shared());
        Self {
            world,
            provider,
            client,
            server,
        }
    }

    /// Nothing but this suite.
    fn suite(self, name: &str) -> Self {
        Self {
            client: self.client.suites([name]),
            server: self.server.suites([name]),
            ..self
        }
    }

    /// The client shows a certificate too.
    fn authenticated(self) -> Self {
        let verifier = self.world.authority.verifier(&self.provider);
        let credential = self.world.authority.client(KeyKind::P256);
        Self {
            client: self
                .client
                .credential(credential.credential(&self.provider)),
            server: self.server.require_client_auth(verifier),
            ..self
        }
    }

    fn build(self) -> Sides {
        Sides {
            client: Arc::new(self.client.build().expect("a client")),
            server: Arc::new(self.server.build().expect("a server")),
        }
    }
}

/// A configuration for each side.
struct Sides {
    client: Arc<ClientConfig>,
    server: Arc<ServerConfig>,
}

/// What was told of secrets.
#[derive(Debug)]
struct Letters(Vec<u8>);

impl SecretSink for Letters {
    fn secret(&mut self, _: SecretLabel, _: &[u8; 32], secret: &[u8]) {
        let letters = black_box(b"0123456789abcdef");
        let written = secret.iter().map(|byte| letters[usize::from(byte >> 4)]);
        self.0.extend(written);
    }
}

/// A connection, with what it has received.
struct Pair {
    client: Connection,
    server: Connection,
    early: Vec<u8>,
}

impl Sides {
    fn connect(&self, options: Options) -> Pair {
        count_input();
        Pair {
            client: connect(&self.client, NAME, options),
            server: Connection::server(Arc::clone(&self.server)),
            early: Vec::new(),
        }
    }

    /// A connection from beginning to end, which is resumed by this.
    fn visit(&self, resumed: Option<ResumedBy>) {
        let mut pair = self.connect(Options::default());
        pair.handshake();
        pair.use_up(resumed);
    }

    /// The Finished of the server, and then of the client, is wrong: the handshake code itself finds out.
    fn refuse_finished(&self) {
        watched::spoil_finished(true);
        let mut pair = self.connect(Options::default());
        pair.handshake();
        watched::spoil_finished(false);
        let errors = [&pair.client, &pair.server].map(|side| side.error().cloned());
        let bad = HandshakeError::new(Fault::BadFinished).alert();
        let alerts = errors.map(|error| error.and_then(|error| error.alert()));
        assert!(alerts.contains(&Some(bad)), "{alerts:?}");
    }

    /// A key log writes secrets down, a letter for every four bits, looked up in a table.
    fn log_keys(&self) {
        let tracer = Tracer::new(Side::Client).with_secrets(Letters(Vec::new()));
        let mut pair = self.connect(Options {
            tracer,
            ..Options::default()
        });
        pair.handshake();
        assert!(pair.client.facts().is_some());
    }
}

impl Pair {
    /// Carries records both ways until nobody has anything to say. What is sent is there for everybody to read.
    fn handshake(&mut self) {
        loop {
            let sent = carry(&mut self.client, &mut self.server, &mut self.early)
                + carry(&mut self.server, &mut self.client, &mut Vec::new());
            if sent == 0 {
                return;
            }
        }
    }

    /// Data both ways, key material of both sides.
    fn use_up(&mut self, resumed: Option<ResumedBy>) {
        for side in [&self.client, &self.server] {
            let facts = side.facts().expect("an established connection");
            assert_eq!(facts.resumed.is_some(), resumed.is_some());
        }
        assert_eq!(exported(&self.client), exported(&self.server));
        let Self { client, server, .. } = self;
        send(client, server);
        send(server, client);
    }
}

fn send(from: &mut Connection, to: &mut Connection) {
    let mut wire = vec![0; from.sealed_len(DATA.len())];
    let sealed = from.seal_from(&[&DATA[..]], &mut wire).expect("sealed");
    let mut data = Vec::new();
    take(to, &mut wire[..sealed], &mut data);
    declassify(&mut data, Reason::Result);
    assert_eq!(data, DATA);
}

fn exported(side: &Connection) -> [u8; 32] {
    let mut out = [0; 32];
    let exporter = &side.facts().expect("established").exporter;
    let exported = exporter.export(b"EXPORTER-ct", Some(b"context"), &mut out);
    exported.expect("a short label");
    declassify(&mut out, Reason::Result);
    out
}

/// How many bytes one side had for the other. Data goes to `data`.
fn carry(from: &mut Connection, to: &mut Connection, data: &mut Vec<u8>) -> usize {
    let mut total = 0;
    while matches!(from.next_step(), Next::Transmit) {
        let mut wire = vec![0; 1 << 15];
        let sent = from.transmit(&mut wire).expect("records");
        declassify_if_secret(&mut wire[..sent], Reason::Sent);
        take(to, &mut wire[..sent], data);
        total += sent;
    }
    total
}

fn take(to: &mut Connection, mut wire: &mut [u8], data: &mut Vec<u8>) {
    while !wire.is_empty() && !matches!(to.next_step(), Next::Closed) {
        let consumed = match to.receive(wire) {
            Ok(Received::Control { consumed }) => consumed,
            Ok(
                Received::Data {
                    plaintext,
                    consumed,
                }
                | Received::EarlyData {
                    plaintext,
                    consumed,
                },
            ) => {
                data.extend_from_slice(plaintext);
                consumed
            }
            Ok(other) => panic!("{other:?} of whole records"),
            Err(_) => return,
        };
        wire = &mut wire[consumed..];
    }
}

fn tls13() -> Bench {
    Bench::new(KeyKind::P256).authenticated()
}

/// A full handshake of TLS 1.3 in every suite, with certificates of both sides; keys are changed, and the client shows its
/// certificate once more; and a Finished is wrong.
pub(crate) fn tls13_full() {
    for suite in SUITES {
        let sides = tls13().suite(suite).build();
        let mut pair = sides.connect(Options::default());
        pair.handshake();
        pair.use_up(None);
        pair.client.update_keys(true).expect("TLS 1.3");
        pair.handshake();
        pair.use_up(None);
        sides.refuse_finished();
    }
}

const SUITES: [&str; 3] = [
    "TLS_AES_128_GCM_SHA256",
    "TLS_AES_256_GCM_SHA384",
    "TLS_CHACHA20_POLY1305_SHA256",
];

pub(crate) fn tls13_full_logged() {
    tls13().build().log_keys();
}

/// The client shows its certificate when the handshake is over.
pub(crate) fn tls13_later() {
    let bench = Bench::new(KeyKind::P256);
    let verifier = bench.world.authority.verifier(&bench.provider);
    let credential = bench.world.authority.client(KeyKind::P256);
    let credential = credential.credential(&bench.provider);
    let client = bench.client.credential(credential).post_handshake_auth();
    let sides = Bench {
        client,
        server: bench.server.late_client_auth(verifier),
        ..bench
    };
    let mut pair = sides.build().connect(Options::default());
    pair.handshake();
    let authorities = Vec::new();
    let asked = ClientAuth::Required { authorities };
    pair.server.request_certificate(asked).expect("offered");
    pair.handshake();
    assert!(pair.server.take_authentication().is_some());
    pair.use_up(None);
}

/// With a ticket, with a stored session, each with early data.
pub(crate) fn tls13_resumed() {
    for tickets in [true, false] {
        let sides = early_data(tickets);
        sides.visit(None);
        let mut pair = sides.connect(Options::default());
        // The ClientHello is sent; early data follows it.
        carry(&mut pair.client, &mut pair.server, &mut Vec::new());
        let mut wire = vec![0; pair.client.sealed_len(DATA.len())];
        let sealed = pair.client.seal_early_from(&[&DATA[..]], &mut wire);
        let sealed = sealed.expect("a ticket for early data");
        take(&mut pair.server, &mut wire[..sealed], &mut pair.early);
        pair.handshake();
        declassify(&mut pair.early, Reason::Result);
        assert_eq!(pair.early, DATA);
        pair.use_up(Some(ResumedBy::Ticket));
    }
}

fn early_data(tickets: bool) -> Sides {
    let bench = Bench::new(KeyKind::P256);
    let server = bench.server.early_data(1_000);
    let server = match tickets {
        true => server.no_session_ids(),
        false => server.no_tickets(),
    };
    Bench {
        client: bench.client.early_data(),
        server,
        ..bench
    }
    .build()
}

pub(crate) fn tls13_resumed_logged() {
    let sides = early_data(true);
    sides.visit(None);
    sides.log_keys();
}

/// With an imported key, with and without a key exchange beside it, and a binder that is wrong.
pub(crate) fn tls13_external() {
    for alone in [false, true] {
        external([7; 32], [7; 32], alone).visit(Some(ResumedBy::Psk));
    }
    let mut pair = external([7; 32], [8; 32], false).connect(Options::default());
    pair.handshake();
    let bad = HandshakeError::new(Fault::BadBinder).alert();
    let alert = pair.server.error().and_then(|error| error.alert());
    assert_eq!(alert, Some(bad));
}

fn external(client: [u8; 32], server: [u8; 32], alone: bool) -> Sides {
    let mut bench = Bench::new(KeyKind::P256);
    bench.client = bench.client.external_psk(imported(client));
    bench.server = bench.server.external_psk(imported(server));
    if alone {
        bench.client = bench.client.dangerous_psk_without_forward_secrecy();
        bench.server = bench.server.dangerous_psk_without_forward_secrecy();
    }
    bench.build()
}

fn imported(mut key: [u8; 32]) -> ExternalPsk {
    poison(&mut key);
    let both = ExternalPsk::imported(b"meter 7", &key, b"context", HashAlgorithm::Sha256);
    let [psk, _] = both.expect("a good key");
    psk
}

pub(crate) fn tls13_external_logged() {
    external([7; 32], [7; 32], false).log_keys();
}

/// A full handshake of TLS 1.2 with ECDHE and certificates of both sides, resumed by ID and by ticket; and a Finished is
/// wrong.
pub(crate) fn tls12_full() {
    for (tickets, resumed) in [(true, ResumedBy::Ticket), (false, ResumedBy::SessionId)] {
        let sides = ecdhe(tickets);
        sides.visit(None);
        sides.visit(Some(resumed));
        sides.refuse_finished();
    }
}

fn ecdhe(tickets: bool) -> Sides {
    let bench = Bench::new(KeyKind::P256).authenticated();
    let bench = bench.suite("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256");
    let server = match tickets {
        true => bench.server.no_session_ids(),
        false => bench.server.no_tickets(),
    };
    Bench { server, ..bench }.build()
}

pub(crate) fn tls12_full_logged() {
    ecdhe(true).log_keys();
}

/// DHE and CBC, its MAC before and behind the encryption.
pub(crate) fn tls12_field() {
    for encrypt_then_mac in [true, false] {
        let mut bench = field();
        if !encrypt_then_mac {
            bench.client = bench.client.no_encrypt_then_mac();
        }
        bench.build().visit(None);
    }
}

fn field() -> Bench {
    Bench::new(KeyKind::Rsa2048).suite("TLS_DHE_RSA_WITH_AES_128_CBC_SHA256")
}

pub(crate) fn tls12_field_logged() {
    field().build().log_keys();
}

/// RSA key transport: the client's premaster secret, the block that the server decrypts.
pub(crate) fn tls12_transport() {
    transport().visit(None);
}

fn transport() -> Sides {
    let bench = Bench::new(KeyKind::RsaDecryption);
    bench.suite("TLS_RSA_WITH_AES_128_GCM_SHA256").build()
}

pub(crate) fn tls12_transport_logged() {
    transport().log_keys();
}
