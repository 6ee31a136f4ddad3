//! rustls, set up to fit a cell, and driven in memory against a connection of ours.

use std::io::{Read, Write};
use std::sync::Arc;

use premaster_connection::ResumedBy;
use premaster_connection::tls::Connection;
use premaster_crypto::Side;
use premaster_handshake::Clock;
use premaster_testkit::FakeClock;
use premaster_testkit::cell::{Cell, ClientCertificate, NAME, World};
use premaster_testkit::pair::{receive, transmit};
use premaster_testkit::pki::{Authority, Issued};
use rustls::client::{Resumption, Tls12Resumption};
use rustls::crypto::{CryptoProvider, aws_lc_rs, ring};
use rustls::pki_types::{PrivatePkcs8KeyDer, ServerName, UnixTime};
use rustls::server::{NoServerSessionStorage, ProducesTickets, WebPkiClientVerifier};
use rustls::time_provider::TimeProvider;
use rustls::{RootCertStore, SupportedProtocolVersion};

use crate::store::NoGroups;

/// The cryptography behind rustls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Backend {
    Ring,
    AwsLc,
}

impl Backend {
    pub(crate) const ALL: [Self; 2] = [Self::Ring, Self::AwsLc];

    /// All that it has, in rustls's order.
    pub(crate) fn provider(self) -> CryptoProvider {
        match self {
            Self::Ring => ring::default_provider(),
            Self::AwsLc => CryptoProvider {
                kx_groups: aws_lc_rs::ALL_KX_GROUPS.to_vec(),
                ..aws_lc_rs::default_provider()
            },
        }
    }

    /// The provider with one suite and these groups only. No group: all of them.
    pub(crate) fn narrowed(self, suite: &str, groups: &[&str]) -> CryptoProvider {
        let mut provider = self.provider();
        let named = |id: u16| premaster_crypto::suite(id).is_some_and(|known| known.name == suite);
        provider
            .cipher_suites
            .retain(|known| named(u16::from(known.suite())));
        assert_eq!(provider.cipher_suites.len(), 1, "rustls has {suite}");
        if !groups.is_empty() {
            let known = provider.kx_groups;
            let find = |name: &&str| {
                let same = |group: &&&dyn rustls::crypto::SupportedKxGroup| {
                    format!("{:?}", group.name()).eq_ignore_ascii_case(name)
                };
                *known
                    .iter()
                    .find(same)
                    .unwrap_or_else(|| panic!("rustls has no {name}"))
            };
            provider.kx_groups = groups.iter().map(find).collect();
        }
        provider
    }

    fn ticketer(self) -> Arc<dyn ProducesTickets> {
        let ticketer = match self {
            Self::Ring => ring::Ticketer::new(),
            Self::AwsLc => aws_lc_rs::Ticketer::new(),
        };
        ticketer.expect("keys for tickets")
    }
}

/// What rustls is on one side of the cells: configurations live on, so that sessions are resumed.
#[derive(Clone, Debug)]
pub(crate) enum Theirs {
    Client(Arc<rustls::ClientConfig>),
    Server(Arc<rustls::ServerConfig>),
}

/// What of rustls a cell leaves open.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setup<'a> {
    pub(crate) backend: Backend,
    pub(crate) version: &'static SupportedProtocolVersion,
    pub(crate) clock: &'a FakeClock,
    /// No group: all of them.
    pub(crate) groups: &'a [&'a str],
}

impl Theirs {
    /// rustls as the client of a cell.
    pub(crate) fn client(world: &World, cell: &Cell, setup: Setup<'_>) -> rustls::ClientConfig {
        let provider = setup.backend.narrowed(cell.suite.name, setup.groups);
        let time = time(setup.clock);
        let client = rustls::ClientConfig::builder_with_details(Arc::new(provider), time)
            .with_protocol_versions(&[setup.version])
            .expect("suites and groups of the version")
            .with_root_certificates(roots(&world.authority));
        let mut client = match cell.client {
            ClientCertificate::Required(kind) => {
                let (chain, key) = identity(&world.authority.client(kind));
                client
                    .with_client_auth_cert(chain, key)
                    .expect("a key of the certificate")
            }
            _ => client.with_no_client_auth(),
        };
        let store = Resumption::store(Arc::new(NoGroups::new()));
        client.resumption = match cell.resumption {
            None => Resumption::disabled(),
            Some(ResumedBy::SessionId) => store.tls12_resumption(Tls12Resumption::SessionIdOnly),
            Some(_) => store,
        };
        client
    }

    /// rustls as the server of a cell.
    pub(crate) fn server(world: &World, cell: &Cell, setup: Setup<'_>) -> rustls::ServerConfig {
        let provider = Arc::new(setup.backend.narrowed(cell.suite.name, setup.groups));
        let time = time(setup.clock);
        let builder = rustls::ServerConfig::builder_with_details(Arc::clone(&provider), time)
            .with_protocol_versions(&[setup.version])
            .expect("suites and groups of the version");
        let verifier = || {
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots(&world.authority)), provider)
        };
        let builder = match cell.client {
            ClientCertificate::NotAsked => builder.with_no_client_auth(),
            ClientCertificate::Declined => builder.with_client_cert_verifier(
                verifier()
                    .allow_unauthenticated()
                    .build()
                    .expect("a verifier"),
            ),
            ClientCertificate::Required(_) => {
                builder.with_client_cert_verifier(verifier().build().expect("a verifier"))
            }
        };
        let (chain, key) = identity(&world.authority.server(NAME, cell.server));
        let mut server = builder
            .with_single_cert(chain, key)
            .expect("a key of the certificate");
        if cell.resumption == Some(ResumedBy::Ticket) {
            server.ticketer = setup.backend.ticketer();
        }
        if cell.resumption != Some(ResumedBy::SessionId) {
            server.session_storage = Arc::new(NoServerSessionStorage {});
        }
        server
    }

    /// A new connection.
    pub(crate) fn connection(&self) -> rustls::Connection {
        match self {
            Self::Client(config) => {
                let name = ServerName::try_from(NAME).expect("a name");
                let client = rustls::ClientConnection::new(Arc::clone(config), name);
                client.expect("a client").into()
            }
            Self::Server(config) => {
                let server = rustls::ServerConnection::new(Arc::clone(config));
                server.expect("a server").into()
            }
        }
    }
}

pub(crate) fn roots(authority: &Authority) -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add(authority.certificate().into()).expect("a root");
    roots
}

pub(crate) fn identity(
    issued: &Issued,
) -> (
    Vec<rustls::pki_types::CertificateDer<'static>>,
    rustls::pki_types::PrivateKeyDer<'static>,
) {
    let chain = issued.chain.iter().cloned().map(Into::into).collect();
    (chain, PrivatePkcs8KeyDer::from(issued.pkcs8.clone()).into())
}

/// The test's clock, as rustls reads clocks.
#[derive(Debug)]
struct Time(FakeClock);

/// See [`Time`].
pub(crate) fn time(clock: &FakeClock) -> Arc<dyn TimeProvider> {
    Arc::new(Time(clock.clone()))
}

impl TimeProvider for Time {
    fn current_time(&self) -> Option<UnixTime> {
        Some(self.0.now())
    }
}

/// Most bytes in a record (RFC 8446 section 5.1).
const LARGEST: usize = 1 << 14;

/// A connection of ours and one of rustls.
#[derive(Debug)]
pub(crate) struct Mixed {
    pub(crate) ours: Connection,
    pub(crate) theirs: rustls::Connection,
    /// What we are.
    pub(crate) side: Side,
}

impl Mixed {
    /// Carries bytes both ways until nobody has anything to say; says how many.
    pub(crate) fn run(&mut self) -> Result<usize, String> {
        let mut all = 0;
        loop {
            let sent = self.ours_to_theirs()? + self.theirs_to_ours()?;
            all += sent;
            if sent == 0 {
                return Ok(all);
            }
        }
    }

    /// Carries bytes until both sides say that the handshake is done.
    pub(crate) fn handshake(&mut self) -> Result<(), String> {
        self.run()?;
        match (self.ours.facts(), self.theirs.is_handshaking()) {
            (Some(_), false) => Ok(()),
            (facts, _) => Err(format!("half a handshake; ours: {facts:?}")),
        }
    }

    fn ours_to_theirs(&mut self) -> Result<usize, String> {
        let wire = transmit(&mut self.ours).map_err(|error| format!("ours: {error}"))?;
        self.feed(&wire)?;
        Ok(wire.len())
    }

    fn theirs_to_ours(&mut self) -> Result<usize, String> {
        let mut wire = self.wire();
        let sent = wire.len();
        let data = receive(&mut self.ours, &mut wire).map_err(|error| format!("ours: {error}"))?;
        assert!(data.is_empty(), "nobody sent data");
        Ok(sent)
    }

    /// All that rustls has to say.
    pub(crate) fn wire(&mut self) -> Vec<u8> {
        let mut wire = Vec::new();
        while self.theirs.wants_write() {
            self.theirs.write_tls(&mut wire).expect("memory");
        }
        wire
    }

    /// Hands bytes to rustls.
    pub(crate) fn feed(&mut self, mut wire: &[u8]) -> Result<(), String> {
        while !wire.is_empty() {
            self.theirs.read_tls(&mut wire).expect("memory");
            let state = self.theirs.process_new_packets();
            state.map_err(|error| format!("rustls: {error}"))?;
        }
        Ok(())
    }

    /// Sends data from us to rustls; says what arrived.
    pub(crate) fn we_say(&mut self, data: &[u8]) -> Result<Vec<u8>, String> {
        let mut arrived = Vec::new();
        for part in data.chunks(LARGEST) {
            let mut wire = vec![0; self.ours.sealed_len(part.len())];
            let sealed = self.ours.seal_from(&[part], &mut wire);
            let sealed = sealed.map_err(|error| format!("ours: {error}"))?;
            self.feed(&wire[..sealed])?;
            let mut read = vec![0; part.len()];
            self.theirs
                .reader()
                .read_exact(&mut read)
                .map_err(|error| error.to_string())?;
            arrived.extend_from_slice(&read);
        }
        Ok(arrived)
    }

    /// Sends data from rustls to us; says what arrived.
    pub(crate) fn they_say(&mut self, data: &[u8]) -> Result<Vec<u8>, String> {
        let mut arrived = Vec::new();
        for part in data.chunks(LARGEST) {
            self.theirs.writer().write_all(part).expect("room for it");
            let mut wire = self.wire();
            let data = receive(&mut self.ours, &mut wire);
            arrived.extend(data.map_err(|error| format!("ours: {error}"))?);
        }
        Ok(arrived)
    }

    /// 100 KiB each way in the largest records, then goodbye both ways.
    pub(crate) fn converse(&mut self) -> Result<(), String> {
        let (question, answer) = (noise(100 << 10, 1), noise(100 << 10, 2));
        assert!(self.we_say(&question)? == question, "what we said arrived");
        assert!(
            self.they_say(&answer)? == answer,
            "what rustls said arrived"
        );
        self.goodbye()
    }

    /// Goodbye both ways, ours first.
    pub(crate) fn goodbye(&mut self) -> Result<(), String> {
        self.ours
            .close()
            .map_err(|error| format!("ours: {error}"))?;
        self.run()?;
        assert_eq!(
            self.theirs.reader().read(&mut [0]).ok(),
            Some(0),
            "a clean end"
        );
        self.theirs.send_close_notify();
        self.run()?;
        assert!(self.ours.is_closed_by_peer() && self.ours.error().is_none());
        self.ours
            .end_of_input()
            .map_err(|error| format!("ours: {error}"))
    }
}

/// Bytes that differ from record to record.
fn noise(length: usize, seed: u8) -> Vec<u8> {
    let byte = |at: usize| (at.wrapping_mul(31) >> 3) as u8 ^ seed;
    (0..length).map(byte).collect()
}
