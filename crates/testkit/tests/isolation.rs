//! A session is resumed only under the configuration that made it: change one ingredient, and a
//! full handshake follows. On both sides, by ID and by ticket, whatever a store hands out.

use std::sync::{Arc, Mutex};

use premaster_connection::tls::{Connection, Options};
use premaster_connection::{ClientConfig, Error, Fault, Question, ResumedBy, ServerConfig};
use premaster_crypto::Provider;
use premaster_session::{
    ClientKey, ClientSession, ClientStore, MemoryServerStore, ServerStore, StoreError, UnixTime,
};
use premaster_testkit::caller::{Caller, Stop};
use premaster_testkit::cell::{NAME, World};
use premaster_testkit::late::surfaced;
use premaster_testkit::pair::connect;
use premaster_testkit::pki::{Authority, Issued, KeyKind};
use premaster_trust::{Pin, PinVerifier};
use premaster_wire::ProtocolVersion;

type Client = premaster_connection::ClientConfigBuilder;
type Server = premaster_connection::ServerConfigBuilder;

/// The name of the other server that has a certificate here.
const OTHER: &str = "other.test";

/// A store that hands out what it got last, whoever asks.
#[derive(Debug, Default)]
struct Careless(Mutex<Option<ClientSession>>);

impl ClientStore for Careless {
    fn put(&self, _: &ClientKey, session: &ClientSession, _: UnixTime) -> Result<(), StoreError> {
        *self.0.lock().unwrap() = Some(session.duplicate());
        Ok(())
    }

    fn find(&self, _: &ClientKey, _: UnixTime) -> Result<Option<ClientSession>, StoreError> {
        Ok(self
            .0
            .lock()
            .unwrap()
            .as_ref()
            .map(ClientSession::duplicate))
    }

    fn forget(&self, _: &ClientKey) -> Result<(), StoreError> {
        *self.0.lock().unwrap() = None;
        Ok(())
    }
}

/// Everything that two configurations may share.
struct Bench {
    world: World,
    provider: Arc<Provider>,
    stranger: Authority,
    server: Issued,
    other: Issued,
    client: Issued,
    sessions: Arc<MemoryServerStore>,
    kept: Arc<Careless>,
}

impl Bench {
    fn new(version: ProtocolVersion) -> Self {
        let world = World::new();
        let provider = match version {
            ProtocolVersion::TLSv1_3 => &world.modern,
            _ => &world.provider,
        };
        Self {
            provider: Arc::clone(provider),
            stranger: Authority::new(),
            server: world.authority.server(NAME, KeyKind::P256),
            other: world.authority.server(OTHER, KeyKind::P256),
            client: world.authority.client(KeyKind::P256),
            sessions: Arc::new(MemoryServerStore::new(100)),
            kept: Arc::default(),
            world,
        }
    }

    /// Some of the suites, those among them that are chosen.
    fn suites(&self) -> Vec<String> {
        let suites = self.provider.suites.iter().take(2);
        suites.map(|suite| suite.name.to_owned()).collect()
    }

    /// A client that trusts the authority and offers three protocols and all suites.
    fn client(&self, change: fn(&Self, Client) -> Client) -> Arc<ClientConfig> {
        let provider = &self.provider;
        let verifier = self.world.authority.verifier(provider);
        let builder = ClientConfig::builder(Arc::clone(provider), verifier)
            .clock(self.world.clock.shared())
            .session_store(self.kept.clone())
            .credential(self.client.credential(provider))
            .alpn(["h2", "http/1.1"]);
        Arc::new(change(self, builder).build().unwrap())
    }

    /// A server that asks for a client certificate and speaks two protocols.
    fn server(&self, by: ResumedBy, change: fn(&Self, Server) -> Server) -> Arc<ServerConfig> {
        let provider = &self.provider;
        let sessions: Arc<dyn ServerStore> = self.sessions.clone();
        let builder = ServerConfig::builder(Arc::clone(provider), self.server.credential(provider))
            .credential(self.other.credential(provider))
            .clock(self.world.clock.shared())
            .alpn(["h2", "http/1.1"])
            .optional_client_auth(self.world.authority.verifier(provider))
            .session_store(sessions);
        let builder = match by {
            ResumedBy::SessionId => builder.no_tickets(),
            _ => builder.no_session_ids(),
        };
        Arc::new(change(self, builder).build().unwrap())
    }
}

/// What became of a handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Became {
    Resumed(ResumedBy),
    Full,
    /// A full one, in which a certificate was refused.
    Refused,
}

use Became::{Full, Refused, Resumed};

/// A handshake in which tickets are opened and sealed with the keys of `keys`: two servers that
/// share them.
fn handshake(
    client: &Arc<ClientConfig>,
    server: &Arc<ServerConfig>,
    keys: &Arc<ServerConfig>,
    name: &str,
) -> Became {
    let mut client = Caller::new(connect(client, name, Options::default()));
    let mut server = Caller::new(Connection::server_with(Arc::clone(server), surfaced()));
    let shared = Connection::server(Arc::clone(keys)).local().clone();
    client.run();
    loop {
        while server.run() == Stop::NeedsAnswer {
            for question in core::mem::take(&mut server.questions) {
                let ticket = matches!(question, Question::OpenTicket(_) | Question::SealTicket(_));
                let own = server.connection.local().clone();
                let host = if ticket { &shared } else { &own };
                server.connection.accept(host.resolve(question)).unwrap();
            }
        }
        let (to_server, to_client) = (client.take_sent(), server.take_sent());
        if to_server.is_empty() && to_client.is_empty() {
            break;
        }
        server.feed(&to_server);
        client.feed(&to_client);
    }
    if let Some(Error::Handshake(error)) = &server.error {
        assert_eq!(error.fault(), Fault::IdentityRefused, "{error}");
        return Refused;
    }
    let (client, server) = (client.connection.facts(), server.connection.facts());
    let resumed = server.unwrap().resumed;
    // To a client of TLS 1.3 every ticket looks the same.
    assert_eq!(client.unwrap().resumed.is_some(), resumed.is_some());
    resumed.map_or(Full, Resumed)
}

const WAYS: [(ProtocolVersion, ResumedBy); 4] = [
    (ProtocolVersion::TLSv1_2, ResumedBy::SessionId),
    (ProtocolVersion::TLSv1_2, ResumedBy::Ticket),
    (ProtocolVersion::TLSv1_3, ResumedBy::SessionId),
    (ProtocolVersion::TLSv1_3, ResumedBy::Ticket),
];

#[test]
fn the_same_configuration_built_anew_resumes() {
    for (version, by) in WAYS {
        let bench = Bench::new(version);
        let first = bench.server(by, |_, same| same);
        let client = bench.client(|_, same| same);
        assert_eq!(handshake(&client, &first, &first, NAME), Full);
        let (again, client) = (
            bench.server(by, |_, same| same),
            bench.client(|_, same| same),
        );
        assert_eq!(handshake(&client, &again, &first, NAME), Resumed(by));
    }
}

type Ingredient<Builder> = (&'static str, fn(&Bench, Builder) -> Builder);

const SERVER_INGREDIENTS: &[Ingredient<Server>] = &[
    ("it trusts other roots", |bench, server| {
        server.optional_client_auth(bench.stranger.verifier(&bench.provider))
    }),
    ("it has another kind of verifier", |bench, server| {
        let pin = Pin::of_certificate(&bench.client.chain[0]).unwrap();
        server.optional_client_auth(Arc::new(PinVerifier::new([pin])))
    }),
    ("it requires what was optional", |bench, server| {
        server.require_client_auth(bench.world.authority.verifier(&bench.provider))
    }),
    ("it speaks one protocol less", |_, server| {
        server.alpn(["h2"])
    }),
    ("it speaks one protocol more", |_, server| {
        server.alpn(["h2", "http/1.1", "smtp"])
    }),
    ("it allows fewer groups", |_, server| {
        server.groups(["x25519", "secp256r1"])
    }),
    ("it has another policy on suites", |bench, server| {
        server.suites(bench.suites())
    }),
];

/// property 20, TLS 1.2 and TLS 1.3: a session that another configuration of a server made is not resumed, although
/// store and ticket keys are shared.
#[test]
fn a_server_resumes_nothing_that_another_configuration_made() {
    for (version, by) in WAYS {
        for (what, change) in SERVER_INGREDIENTS {
            let bench = Bench::new(version);
            let (here, there) = (bench.server(by, |_, same| same), bench.server(by, *change));
            // Both ways: what is made here is not resumed there, and the other way round.
            for (maker, other) in [(&here, &there), (&there, &here)] {
                let client = bench.client(|_, same| same);
                if handshake(&client, maker, &here, NAME) == Refused {
                    continue; // A server with other roots does not know this client at all.
                }
                let could_be = handshake(&client, maker, &here, NAME);
                assert_eq!(
                    could_be,
                    Resumed(by),
                    "{version} {by:?}: {what}: by its maker"
                );
                let there = handshake(&client, other, &here, NAME);
                assert!(
                    [Full, Refused].contains(&there),
                    "{version} {by:?}: {what}: {there:?}"
                );
                bench.kept.0.lock().unwrap().take();
            }
        }
    }
}

const CLIENT_INGREDIENTS: &[Ingredient<Client>] = &[
    ("it trusts by pin", |bench, _| {
        let pin = Pin::of_certificate(&bench.server.chain[0]).unwrap();
        let provider = &bench.provider;
        ClientConfig::builder(Arc::clone(provider), Arc::new(PinVerifier::new([pin])))
            .clock(bench.world.clock.shared())
            .session_store(bench.kept.clone())
            .credential(bench.client.credential(provider))
            .alpn(["h2", "http/1.1"])
    }),
    ("it trusts more roots", |bench, _| {
        let provider = &bench.provider;
        let mut roots = premaster_trust::Roots::default();
        for authority in [&bench.world.authority, &bench.stranger] {
            roots.add(&authority.certificate()).unwrap();
        }
        let verifier = premaster_trust::WebpkiVerifier::new(roots, provider);
        ClientConfig::builder(Arc::clone(provider), Arc::new(verifier))
            .clock(bench.world.clock.shared())
            .session_store(bench.kept.clone())
            .credential(bench.client.credential(provider))
            .alpn(["h2", "http/1.1"])
    }),
    ("it is somebody else", |bench, client| {
        let other = bench.world.authority.client(KeyKind::P384);
        client.credential(other.credential(&bench.provider))
    }),
    ("it offers other protocols", |_, client| client.alpn(["h2"])),
    ("it offers other groups", |_, client| {
        client.groups(["x25519", "secp256r1"])
    }),
    ("it offers other suites", |bench, client| {
        client.suites(&bench.suites()[..1])
    }),
];

/// property 20, TLS 1.2 and TLS 1.3: a session that another configuration of a client made is not offered, although
/// the store hands it out.
#[test]
fn a_client_offers_nothing_that_another_configuration_made() {
    for (version, by) in WAYS {
        for (what, change) in CLIENT_INGREDIENTS {
            let bench = Bench::new(version);
            let server = bench.server(by, |_, same| same);
            let (here, there) = (bench.client(|_, same| same), bench.client(*change));
            assert_eq!(handshake(&here, &server, &server, NAME), Full);
            assert_eq!(handshake(&here, &server, &server, NAME), Resumed(by));
            assert_eq!(
                handshake(&there, &server, &server, NAME),
                Full,
                "{version} {by:?}: {what}"
            );
        }
    }
}

/// property 20: nor for another name, although one configuration serves both.
#[test]
fn a_session_of_one_name_is_not_resumed_for_another() {
    for (version, by) in WAYS {
        let bench = Bench::new(version);
        let server = bench.server(by, |_, same| same);
        let client = bench.client(|_, same| same);
        assert_eq!(handshake(&client, &server, &server, NAME), Full);
        assert_eq!(handshake(&client, &server, &server, NAME), Resumed(by));
        assert_eq!(
            handshake(&client, &server, &server, OTHER),
            Full,
            "{version} {by:?}"
        );
        assert_eq!(handshake(&client, &server, &server, OTHER), Resumed(by));
    }
}
