//! Both sides of a cell, one of them ours, and what they have to agree on.

use std::sync::Arc;

use premaster_connection::tls::{Connection, Options};
use premaster_connection::{ClientConfig, Facts, ResumedBy, ServerConfig};
use premaster_crypto::{Provider, Side};
use premaster_testkit::cell::{Cell, ClientCertificate, NAME, World};
use premaster_testkit::pair::connect;
use rustls::HandshakeKind;

use crate::peer::{Backend, Mixed, Setup, Theirs};

/// What this table is made with: our cryptography, theirs, and which side is ours.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Table {
    pub(crate) ours: Backend,
    pub(crate) theirs: Backend,
    pub(crate) side: Side,
}

impl Table {
    /// Every combination.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        let sides = [Side::Client, Side::Server];
        sides.into_iter().flat_map(|side| {
            Backend::ALL
                .into_iter()
                .flat_map(move |theirs| Backend::ALL.map(|ours| Self { ours, theirs, side }))
        })
    }

    /// A fresh authority, and our cryptography.
    pub(crate) fn world(self) -> World {
        World {
            provider: Arc::new(self.ours.provider_of_ours()),
            ..World::new()
        }
    }
}

impl Backend {
    /// The same for us, with ML-KEM by either.
    fn provider_of_ours(self) -> Provider {
        match self {
            Self::Ring => premaster_crypto_ml_kem::extend(premaster_crypto_ring::provider()),
            Self::AwsLc => premaster_crypto_aws_lc::provider(),
        }
    }
}

/// What we are on one side of the cells.
#[derive(Clone, Debug)]
pub(crate) enum Ours {
    Client(Arc<ClientConfig>),
    Server(Arc<ServerConfig>),
}

impl Ours {
    fn connection(&self) -> (Connection, Side) {
        match self {
            Self::Client(config) => (connect(config, NAME, Options::default()), Side::Client),
            Self::Server(config) => (Connection::server(Arc::clone(config)), Side::Server),
        }
    }
}

/// Both configurations of a cell.
#[derive(Clone, Debug)]
pub(crate) struct Sides {
    pub(crate) ours: Ours,
    pub(crate) theirs: Theirs,
}

impl Sides {
    /// As the cell says, and the table.
    pub(crate) fn of(world: &World, cell: &Cell, setup: Setup<'_>, side: Side) -> Self {
        match side {
            Side::Client => Self {
                ours: Ours::Client(world.client(cell)),
                theirs: Theirs::Server(Arc::new(Theirs::server(world, cell, setup))),
            },
            Side::Server => Self {
                ours: Ours::Server(world.server(cell)),
                theirs: Theirs::Client(Arc::new(Theirs::client(world, cell, setup))),
            },
        }
    }

    /// A new connection between the two.
    pub(crate) fn connection(&self) -> Mixed {
        let (ours, side) = self.ours.connection();
        let theirs = self.theirs.connection();
        Mixed { ours, theirs, side }
    }

    /// A full handshake and a conversation, and again what resumes it if the cell says so.
    pub(crate) fn play(&self, cell: &Cell) -> Result<(), String> {
        let full = [(None, HandshakeKind::Full)];
        let resumed = cell.resumption.map(|by| (Some(by), HandshakeKind::Resumed));
        for (resumed, kind) in full.into_iter().chain(resumed) {
            let mut mixed = self.connection();
            mixed.handshake()?;
            agree(cell, &mixed, resumed, kind);
            mixed.converse()?;
        }
        Ok(())
    }
}

/// Both sides agree on the same, and it is what the cell says.
pub(crate) fn agree(cell: &Cell, mixed: &Mixed, resumed: Option<ResumedBy>, kind: HandshakeKind) {
    let (ours, theirs) = (mixed.ours.facts().expect("established"), &mixed.theirs);
    assert_eq!(ours.suite, cell.suite, "{cell:?}");
    assert_eq!(ours.resumed, resumed, "{cell:?}");
    let suite = theirs.negotiated_cipher_suite().expect("a suite");
    assert_eq!(u16::from(suite.suite()), cell.suite.id, "{cell:?}");
    assert_eq!(theirs.handshake_kind(), Some(kind), "{cell:?}");
    let authenticated = matches!(cell.client, ClientCertificate::Required(_));
    let (we_know, they_know) = match mixed.side {
        Side::Client => (true, authenticated),
        Side::Server => (authenticated, true),
    };
    assert_eq!(!ours.peer_certificates.is_empty(), we_know, "{cell:?}");
    assert_eq!(theirs.peer_certificates().is_some(), they_know, "{cell:?}");
    assert_eq!(exported(ours), they_export(theirs), "{cell:?}");
}

/// The group that both sides say was used.
pub(crate) fn group(mixed: &Mixed) -> String {
    let ours = mixed.ours.facts().and_then(|facts| facts.group);
    let ours = ours.expect("a group of ours");
    let theirs = mixed.theirs.negotiated_key_exchange_group();
    assert_eq!(theirs.map(|group| u16::from(group.name())), Some(ours.0));
    ours.to_string()
}

fn exported(ours: &Facts) -> [u8; 32] {
    let mut out = [0; 32];
    let exporter = &ours.exporter;
    let exported = exporter.export(b"EXPORTER-test", Some(b"context"), &mut out);
    exported.expect("bound to the handshake");
    out
}

fn they_export(theirs: &rustls::Connection) -> [u8; 32] {
    theirs
        .export_keying_material([0; 32], b"EXPORTER-test", Some(b"context"))
        .expect("an exporter")
}
