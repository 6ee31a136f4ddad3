//! The cells of the table of pairs of TLS 1.3: suite x keys x client authentication x resumption x group x retry.

use std::sync::Arc;

use premaster_connection::{ClientConfig, ResumedBy, ServerConfig};
use premaster_crypto::{SUITES, Side, Suite, SuiteVersion};
use premaster_handshake::ExternalPsk;

use super::{IDENTITY, PSK};
use crate::cell::{ClientCertificate, NAME, World};
use crate::pki::KeyKind;

/// One cell of the table.
#[derive(Clone, Copy, Debug)]
pub struct Cell {
    /// The only suite.
    pub suite: &'static Suite,
    /// The server's key.
    pub server: KeyKind,
    /// Whether clients authenticate.
    pub client: ClientCertificate,
    /// By what the second connection resumes the first; an external key serves the first already. `None`: there is only
    /// one connection.
    pub resumption: Option<ResumedBy>,
    /// The server's only group.
    pub group: &'static str,
    /// Whether the client has sent no share for it at first.
    pub retried: bool,
}

/// The groups of TLS 1.3, a hybrid one among them.
pub const GROUPS: [&str; 4] = ["x25519", "secp256r1", "secp384r1", "X25519MLKEM768"];

const RESUMPTIONS: [Option<ResumedBy>; 4] = [
    None,
    Some(ResumedBy::Ticket),
    Some(ResumedBy::SessionId),
    Some(ResumedBy::Psk),
];

impl Cell {
    /// A full handshake with X25519 and a certificate on P-256.
    ///
    /// # Panics
    ///
    /// Never: there is such a suite.
    #[must_use]
    pub fn plain() -> Self {
        Self {
            suite: suites()[0],
            server: KeyKind::P256,
            client: ClientCertificate::NotAsked,
            resumption: None,
            group: GROUPS[0],
            retried: false,
        }
    }

    /// All cells there are: who authenticates how, and how keys are agreed on. Neither depends on the other.
    #[must_use]
    pub fn all() -> Vec<Self> {
        [Self::authentications(), Self::exchanges()].concat()
    }

    /// Every suite with every key of a server, clients with and without a certificate, full and resumed; and every key of a
    /// client.
    fn authentications() -> Vec<Self> {
        let clients = [
            ClientCertificate::NotAsked,
            ClientCertificate::Declined,
            ClientCertificate::Required(KeyKind::P256),
        ];
        let mut cells = Vec::new();
        for suite in suites() {
            for server in KeyKind::ALL {
                for client in clients {
                    cells.extend(RESUMPTIONS[..3].iter().map(|resumption| Self {
                        suite,
                        server,
                        client,
                        resumption: *resumption,
                        ..Self::plain()
                    }));
                }
            }
        }
        cells.extend(KeyKind::ALL.map(|kind| Self {
            client: ClientCertificate::Required(kind),
            ..Self::plain()
        }));
        cells
    }

    /// Every group, at once and after a HelloRetryRequest, with every kind of pre-shared key.
    fn exchanges() -> Vec<Self> {
        let mut cells = Vec::new();
        for group in GROUPS {
            for retried in [false, true] {
                cells.extend(RESUMPTIONS.map(|resumption| Self {
                    group,
                    retried,
                    resumption,
                    ..Self::plain()
                }));
            }
        }
        cells
    }

    /// How many connections it takes.
    #[must_use]
    pub fn connections(&self) -> usize {
        match self.resumption {
            None | Some(ResumedBy::Psk) => 1,
            Some(_) => 2,
        }
    }

    /// By what the connection of this number is resumed, as a side sees it: to a client all tickets look the same, be they
    /// IDs of sessions that the server has stored.
    #[must_use]
    pub fn resumed(&self, number: usize, side: Side) -> Option<ResumedBy> {
        let by = self
            .resumption
            .filter(|by| number == 1 || *by == ResumedBy::Psk)?;
        Some(match (by, side) {
            (ResumedBy::SessionId, Side::Client) => ResumedBy::Ticket,
            _ => by,
        })
    }

    fn psk(&self) -> ExternalPsk {
        ExternalPsk::new(IDENTITY, &PSK, self.suite.hash).expect("a key")
    }
}

/// The suites of TLS 1.3.
fn suites() -> Vec<&'static Suite> {
    let modern = |suite: &&Suite| suite.version == SuiteVersion::Tls13;
    SUITES.iter().filter(modern).collect()
}

impl World {
    /// The client of a cell of TLS 1.3.
    ///
    /// # Panics
    ///
    /// If there is no such client.
    #[must_use]
    pub fn modern_client(&self, cell: &Cell) -> Arc<ClientConfig> {
        let verifier = self.authority.verifier(&self.modern);
        let mut client = ClientConfig::builder(Arc::clone(&self.modern), verifier)
            .clock(self.clock.shared())
            .suites([cell.suite.name]);
        client = match cell.retried {
            true => {
                let other = if cell.group == GROUPS[0] {
                    GROUPS[1]
                } else {
                    GROUPS[0]
                };
                client.groups([other, cell.group]).key_shares([other])
            }
            false => client.groups([cell.group]),
        };
        if let ClientCertificate::Required(kind) = cell.client {
            client = client.credential(self.authority.client(kind).credential(&self.modern));
        }
        if cell.resumption == Some(ResumedBy::Psk) {
            client = client.external_psk(cell.psk());
        }
        Arc::new(client.build().expect("a client"))
    }

    /// The server of a cell of TLS 1.3.
    ///
    /// # Panics
    ///
    /// If there is no such server.
    #[must_use]
    pub fn modern_server(&self, cell: &Cell) -> Arc<ServerConfig> {
        let credential = self.authority.server(NAME, cell.server);
        let credential = credential.credential(&self.modern);
        let mut server = ServerConfig::builder(Arc::clone(&self.modern), credential)
            .clock(self.clock.shared())
            .groups([cell.group])
            .suites([cell.suite.name]);
        let verifier = self.authority.verifier(&self.modern);
        server = match cell.client {
            ClientCertificate::NotAsked => server,
            ClientCertificate::Declined => server.optional_client_auth(verifier),
            ClientCertificate::Required(_) => server.require_client_auth(verifier),
        };
        server = match cell.resumption {
            Some(ResumedBy::SessionId) => server.no_tickets(),
            Some(ResumedBy::Ticket) => server.no_session_ids(),
            Some(ResumedBy::Psk) => server
                .no_tickets()
                .no_session_ids()
                .external_psk(cell.psk()),
            None => server.no_tickets().no_session_ids(),
        };
        Arc::new(server.build().expect("a server"))
    }
}
