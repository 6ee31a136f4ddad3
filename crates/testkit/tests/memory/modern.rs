//! No secret of TLS 1.3 is found in memory that was given back, nor on the stack below whoever called.
//!
//! As for TLS 1.2, what backends leave of their own is not looked for: ring's ephemeral private keys and signing keys, and
//! the decapsulation keys of ml-kem, which nobody else sees; and the nonces of AES-GCM, the first of which is the IV.

use std::path::PathBuf;
use std::sync::Arc;

use premaster_connection::handshake::{ClientAuth, ExternalPsk};
use premaster_connection::session::{
    ClientKey, ClientSession, ClientStore, FileClientStore, MemoryClientStore, StoreError, UnixTime,
};
use premaster_connection::tls::{Connection, Opener, Options, Received, Sealer};
use premaster_connection::{ClientConfig, Credential, ServerConfig};
use premaster_crypto::{Provider, Secret, Suite, suite_named};
use premaster_testkit::cell::{NAME, World};
use premaster_testkit::pair::{connect, transmit};
use premaster_testkit::pki::KeyKind;
use premaster_trace::{Side, Tracer};
use premaster_trust::{RefuseAll, Verifier};

use crate::allocator::keep_stack;
use crate::failing::{FAILURES, Failure, fail, fail_later, fail_to_resume};
use crate::needles::{Listener, catch, catch_step, catching};
use crate::schedule::{EXPORTED, Step};
use crate::secrets::{run, search};

/// All that a scene needs and that lives longer: keys of certificates, not of connections.
pub(crate) struct Stage {
    provider: Arc<Provider>,
    verifier: Arc<dyn Verifier>,
    server: Credential,
    client: Credential,
    suite: &'static Suite,
    /// All that the server can do; a client shares another key at first if this is to be retried.
    group: &'static str,
    pub(crate) retried: bool,
    /// What sessions are resumed by: tickets, or a store of the server's.
    tickets: bool,
    /// A key that both know, and whether it has to do without a key exchange.
    psk: Option<(Secret<32>, bool)>,
    required: bool,
    /// Where the client keeps its sessions, if not in memory.
    file: Option<PathBuf>,
    tracer: Tracer,
}

impl Stage {
    fn new(world: &World, suite: &'static str, group: &'static str) -> Self {
        let provider = Arc::new(catching(&world.modern));
        let suite = suite_named(suite).unwrap();
        let server = world.authority.server(NAME, KeyKind::P256);
        Self {
            verifier: world.authority.verifier(&provider),
            server: server.credential(&provider),
            client: world.authority.client(KeyKind::P256).credential(&provider),
            provider,
            suite,
            group,
            retried: false,
            tickets: true,
            psk: None,
            required: false,
            file: None,
            tracer: Tracer::new(Side::Client)
                .with_sink(Listener(suite))
                .with_secrets(Listener(suite)),
        }
    }

    /// With a key that both know.
    fn with_psk(mut self, alone: bool) -> Self {
        let random = self.provider.random;
        let psk = Secret::fill_with(|bytes| random.fill(bytes).unwrap());
        self.psk = Some((psk, alone));
        self
    }

    /// Configurations made for this alone, so that stores and ticket keys end with them.
    pub(crate) fn configs(
        &self,
        failure: Option<Failure>,
    ) -> (Arc<ClientConfig>, Arc<ServerConfig>) {
        let store: Box<dyn ClientStore> = match &self.file {
            Some(path) => Box::new(FileClientStore::open(path).unwrap()),
            None => Box::new(MemoryClientStore::new(10)),
        };
        let verifier = match failure {
            Some(Failure::Distrust) => Arc::new(RefuseAll),
            _ => self.verifier.clone(),
        };
        let mut client = ClientConfig::builder(Arc::clone(&self.provider), verifier)
            .suites([self.suite.name])
            .session_store(Arc::new(CatchingStore(store)))
            .early_data()
            .post_handshake_auth();
        client = match self.retried {
            true => client
                .groups(["secp256r1", self.group])
                .key_shares(["secp256r1"]),
            false => client.groups([self.group]),
        };
        let nameless = matches!(failure, Some(Failure::NoCertificate));
        if !nameless {
            client = client.credential(self.client.clone());
        }
        let mut server = ServerConfig::builder(Arc::clone(&self.provider), self.server.clone())
            .suites([self.suite.name])
            .groups([self.group])
            .early_data(1_000);
        server = match self.required || nameless {
            true => server.require_client_auth(self.verifier.clone()),
            false => server.optional_client_auth(self.verifier.clone()),
        };
        if !self.tickets {
            server = server.no_tickets();
        }
        if let Some((psk, alone)) = &self.psk {
            catch_step("external key", psk.as_bytes(), Step::Psk);
            let key = || ExternalPsk::new(b"known", psk.as_bytes(), self.suite.hash).unwrap();
            (client, server) = (client.external_psk(key()), server.external_psk(key()));
            if *alone {
                client = client.dangerous_psk_without_forward_secrecy();
                server = server.dangerous_psk_without_forward_secrecy();
            }
        }
        let (client, server) = (client.build().unwrap(), server.build().unwrap());
        (Arc::new(client), Arc::new(server))
    }

    pub(crate) fn connections(
        &self,
        configs: &(Arc<ClientConfig>, Arc<ServerConfig>),
    ) -> [Connection; 2] {
        let options = || Options {
            tracer: self.tracer.clone(),
            ..Options::default()
        };
        [
            connect(&configs.0, NAME, options()),
            Connection::server_with(Arc::clone(&configs.1), options()),
        ]
    }
}

/// Keeps sessions, and has their keys caught.
#[derive(Debug)]
struct CatchingStore(Box<dyn ClientStore>);

impl ClientStore for CatchingStore {
    fn put(
        &self,
        key: &ClientKey,
        session: &ClientSession,
        now: UnixTime,
    ) -> Result<(), StoreError> {
        let ticket = session.session.ticket_psk().expect("of TLS 1.3");
        catch_step("key of a ticket", ticket.psk.as_bytes(), Step::Psk);
        self.0.put(key, session, now)
    }

    fn find(&self, key: &ClientKey, now: UnixTime) -> Result<Option<ClientSession>, StoreError> {
        self.0.find(key, now)
    }

    fn forget(&self, key: &ClientKey) -> Result<(), StoreError> {
        self.0.forget(key)
    }
}

/// Two connections that resume one another, the second with early data; keys are exported and changed, the client
/// authenticates itself later, and all ends in halves.
fn live_and_end(stage: &Stage) {
    let configs = stage.configs(None);
    for number in 0..2 {
        let [mut client, mut server] = stage.connections(&configs);
        let early = begin_early(&mut client, &mut server);
        // With an external key, too, there are tickets to resume by.
        let expected = number == 1 && !stage.retried;
        assert_eq!(early, expected, "early data");
        run(&mut server, &mut client, usize::MAX);
        export(&client, early);
        export(&server, early);
        for request in [false, true] {
            client.update_keys(request).unwrap();
            talk(&mut client, &mut server);
            server.update_keys(request).unwrap();
            talk(&mut client, &mut server);
        }
        let any = ClientAuth::Optional {
            authorities: Vec::new(),
        };
        let asked = server.request_certificate(any).is_ok();
        run(&mut server, &mut client, usize::MAX);
        let authenticated = server.take_authentication().is_some();
        // Not where an external key was chosen.
        assert_eq!((asked, authenticated), (stage.psk.is_none(), asked));
        talk(&mut client, &mut server);
        end_in_halves(client, server);
    }
}

/// Sends the ClientHello, and early data if it may be.
pub(crate) fn begin_early(client: &mut Connection, server: &mut Connection) -> bool {
    let mut hello = transmit(client).unwrap();
    keep_stack();
    let may = client.early_data_limit().is_some();
    if may {
        let mut out = vec![0; client.sealed_len(5)];
        client.seal_early_from(&[&b"early"[..]], &mut out).unwrap();
        keep_stack();
        hello.extend_from_slice(&out);
    }
    let data = take_all(server, &mut hello);
    may && data == b"early"
}

/// Takes records; says what data and early data was in them.
fn take_all(to: &mut Connection, mut wire: &mut [u8]) -> Vec<u8> {
    let mut data = Vec::new();
    while !wire.is_empty() {
        let consumed = match to.receive(wire).unwrap() {
            Received::Control { consumed } => consumed,
            Received::Data {
                plaintext,
                consumed,
            }
            | Received::EarlyData {
                plaintext,
                consumed,
            } => {
                data.extend_from_slice(plaintext);
                consumed
            }
            other => panic!("whole records were sent: {other:?}"),
        };
        keep_stack();
        wire = &mut wire[consumed..];
    }
    data
}

fn export(connection: &Connection, early: bool) {
    let facts = connection.facts().unwrap();
    let exported = Secret::<32>::fill_with(|out| {
        facts.exporter.export(EXPORTED, None, out).unwrap();
    });
    keep_stack();
    catch("exported key", exported.as_bytes());
    assert_eq!(facts.early_exporter.is_some(), early);
    if let Some(exporter) = &facts.early_exporter {
        let exported = Secret::<32>::fill_with(|out| {
            exporter.export(EXPORTED, b"", out).unwrap();
        });
        keep_stack();
        catch("exported early key", exported.as_bytes());
    }
}

/// All that waits, and then data both ways.
pub(crate) fn talk(client: &mut Connection, server: &mut Connection) {
    run(client, server, usize::MAX);
    for _ in 0..2 {
        say(client, server);
        say(server, client);
    }
}

fn say(from: &mut Connection, to: &mut Connection) {
    run(from, to, 1);
    let mut out = vec![0; from.sealed_len(4)];
    from.seal_from(&[&b"data"[..]], &mut out).unwrap();
    keep_stack();
    assert_eq!(take_all(to, &mut out), b"data");
}

/// Each half changes keys once more and is moved about before it ends.
fn end_in_halves(client: Connection, server: Connection) {
    let (opener, mut sealer, facts) = client.split().unwrap();
    let (mut opener, facts) = (Box::new(opener), Box::new(facts));
    let (theirs, mut ours, _) = server.split().unwrap();
    let mut theirs = vec![theirs];
    keep_stack();
    sealer.update_keys(true).unwrap();
    pass_on(&mut sealer, &mut theirs[0], &mut ours);
    pass_on(&mut ours, &mut opener, &mut sealer);
    drop((Box::new(facts), vec![sealer], opener));
    keep_stack();
    drop((theirs.pop(), Box::new(ours)));
    keep_stack();
}

fn pass_on(from: &mut Sealer, to: &mut Opener, answering: &mut Sealer) {
    let mut out = vec![0; from.pending()];
    let sent = from.transmit(&mut out).unwrap();
    keep_stack();
    let mut wire = &mut out[..sent];
    loop {
        let consumed = match to.receive(wire).unwrap() {
            Received::Oblige { notice, consumed } => {
                answering.oblige(notice).unwrap();
                consumed
            }
            Received::Control { consumed } => consumed,
            other => panic!("a KeyUpdate: {other:?}"),
        };
        keep_stack();
        wire = &mut wire[consumed..];
        if wire.is_empty() {
            return;
        }
    }
}

pub(crate) fn no_secret_of_tls13_is_found(world: &World) {
    let [aes128, aes256, chacha20] = [
        "TLS_AES_128_GCM_SHA256",
        "TLS_AES_256_GCM_SHA384",
        "TLS_CHACHA20_POLY1305_SHA256",
    ];
    let stages = [
        Stage::new(world, aes128, "x25519"),
        Stage {
            tickets: false,
            required: true,
            ..Stage::new(world, aes256, "x25519")
        },
        Stage {
            retried: true,
            ..Stage::new(world, chacha20, "X25519MLKEM768")
        },
        Stage::new(world, aes256, "X25519MLKEM768"),
    ];
    for stage in &stages {
        lives_and_ends(stage);
        let (found, _) = search(|| fail_to_resume(stage));
        assert_eq!(found, [], "{}: not resumed", stage.suite.name);
        let (found, _) = search(|| fail_later(stage));
        assert_eq!(found, [], "{}: failed later", stage.suite.name);
        for failure in FAILURES {
            let (found, _) = search(|| fail(stage, failure));
            assert_eq!(found, [], "{}: {failure:?}", stage.suite.name);
        }
    }
    for alone in [false, true] {
        lives_and_ends(&Stage::new(world, aes128, "x25519").with_psk(alone));
    }
    let directory = tempfile::tempdir().unwrap();
    lives_and_ends(&Stage {
        file: Some(directory.path().join("sessions")),
        ..Stage::new(world, chacha20, "secp384r1")
    });
}

/// What a connection and one that resumes it have in any case.
const ALWAYS: [&str; 11] = [
    "premaster secret",
    "handshake secret",
    "handshake traffic secret",
    "main secret",
    "application traffic secret",
    "next traffic secret",
    "finished key",
    "write key",
    "exporter secret",
    "resumption secret",
    "key of a ticket",
];

/// What early data adds.
const EARLY: [&str; 5] = [
    "early secret",
    "binder key",
    "early traffic secret",
    "early exporter secret",
    "exported early key",
];

fn lives_and_ends(stage: &Stage) {
    let what = format!("{}, {}", stage.suite.name, stage.group);
    let (found, needles) = search(|| live_and_end(stage));
    assert_eq!(found, [], "{what}");
    let expected: Vec<_> = match (&stage.psk, stage.retried) {
        (Some((_, true)), _) => ["external key", "main secret"].to_vec(),
        (Some(_), _) => ["external key", "handshake secret"].to_vec(),
        (None, true) => ALWAYS.to_vec(),
        (None, false) => [&ALWAYS[..], &EARLY].concat(),
    };
    let chacha = stage.suite.name.contains("CHACHA");
    assert_eq!(needles.has("write IV"), chacha, "{what}");
    for name in expected {
        assert!(needles.has(name), "{what}: no {name} was caught");
    }
}
