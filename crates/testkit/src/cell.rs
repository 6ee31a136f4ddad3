//! The cells of the table of pairs: suite x keys x client authentication x resumption.

use std::sync::Arc;

use premaster_connection::{ClientConfig, ResumedBy, ServerConfig};
use premaster_crypto::{Authentication, BulkCipher, CLASSIC_SUITES, Provider, Suite, SuiteVersion};

use crate::FakeClock;
use crate::pki::{Authority, KeyKind};

/// The name of the server in all cells.
pub const NAME: &str = "server.test";

/// One cell of the table.
#[derive(Clone, Copy, Debug)]
pub struct Cell {
    /// The only suite.
    pub suite: &'static Suite,
    /// The server's key.
    pub server: KeyKind,
    /// Whether clients authenticate.
    pub client: ClientCertificate,
    /// By what the second connection resumes the first; `None`: there is only one.
    pub resumption: Option<ResumedBy>,
    /// Whether this side can encrypt before it authenticates: for CBC suites.
    pub encrypt_then_mac: bool,
}

/// What becomes of the client's certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientCertificate {
    /// The server does not ask.
    NotAsked,
    /// It asks, the client declines.
    Declined,
    /// It insists.
    Required(KeyKind),
}

impl Cell {
    /// All cells there are: the modern ones, and those that are opted into.
    #[must_use]
    pub fn all() -> Vec<Self> {
        [Self::modern(), Self::classic()].concat()
    }

    /// The cells of key transport, DHE and CBC: each suite with one key, with and without a client
    /// certificate, full and resumed, CBC in both orders.
    #[must_use]
    pub fn classic() -> Vec<Self> {
        let clients = [
            ClientCertificate::NotAsked,
            ClientCertificate::Required(KeyKind::P256),
        ];
        let resumptions = [None, Some(ResumedBy::SessionId), Some(ResumedBy::Ticket)];
        let mut cells = Vec::new();
        for suite in CLASSIC_SUITES {
            let cbc = matches!(suite.cipher, BulkCipher::Cbc(_));
            let orders: &[bool] = if cbc { &[true, false] } else { &[false] };
            for encrypt_then_mac in orders {
                for client in clients {
                    cells.extend(resumptions.map(|resumption| Self {
                        suite,
                        server: match suite.authentication {
                            Authentication::Rsa => KeyKind::Rsa2048,
                            Authentication::RsaDecryption => KeyKind::RsaDecryption,
                            _ => KeyKind::P256,
                        },
                        client,
                        resumption,
                        encrypt_then_mac: *encrypt_then_mac,
                    }));
                }
            }
        }
        cells
    }

    /// The cells of the suites that are on by default: an RSA key goes with RSA suites, all others with
    /// ECDSA suites (RFC 8422 section 2.2, section 5.10).
    #[must_use]
    pub fn modern() -> Vec<Self> {
        let clients = KeyKind::ALL.map(ClientCertificate::Required);
        let clients = [ClientCertificate::NotAsked, ClientCertificate::Declined]
            .into_iter()
            .chain(clients);
        let resumptions = [None, Some(ResumedBy::SessionId), Some(ResumedBy::Ticket)];
        let mut cells = Vec::new();
        for suite in tls12_only(premaster_crypto_ring::provider()).suites {
            for server in KeyKind::ALL {
                if server.authentication() != suite.authentication {
                    continue;
                }
                for client in clients.clone() {
                    cells.extend(resumptions.map(|resumption| Self {
                        suite,
                        server,
                        client,
                        resumption,
                        encrypt_then_mac: true,
                    }));
                }
            }
        }
        cells
    }
}

/// The same provider for whoever wants to see TLS 1.2: without the suites of TLS 1.3.
#[must_use]
pub fn tls12_only(mut provider: Provider) -> Provider {
    provider
        .suites
        .retain(|suite| suite.version == SuiteVersion::Tls12);
    provider
}

/// ring's provider for TLS 1.2, with all that can be opted into.
#[must_use]
pub fn classic_provider() -> Provider {
    let provider = premaster_crypto_classic::extend(tls12_only(premaster_crypto_ring::provider()));
    premaster_crypto_rsa_transport::extend(provider)
}

/// What all cells have in common: cryptography, an authority, a clock.
#[derive(Debug)]
pub struct World {
    /// The cryptography.
    pub provider: Arc<Provider>,
    /// The cryptography for both versions, with hybrid key exchange.
    pub modern: Arc<Provider>,
    /// Who signs all certificates.
    pub authority: Authority,
    /// The time.
    pub clock: FakeClock,
}

impl World {
    /// ring's provider with all that can be opted into, and a fresh authority.
    #[must_use]
    pub fn new() -> Self {
        Self {
            provider: Arc::new(classic_provider()),
            modern: Arc::new(premaster_crypto_ml_kem::extend(
                premaster_crypto_ring::provider(),
            )),
            authority: Authority::new(),
            clock: FakeClock::default(),
        }
    }

    /// The client of a cell.
    ///
    /// # Panics
    ///
    /// If there is no such client.
    #[must_use]
    pub fn client(&self, cell: &Cell) -> Arc<ClientConfig> {
        let verifier = self.authority.verifier(&self.provider);
        let mut client = ClientConfig::builder(Arc::clone(&self.provider), verifier)
            .clock(self.clock.shared())
            .suites([cell.suite.name]);
        if !cell.encrypt_then_mac {
            client = client.no_encrypt_then_mac();
        }
        if let ClientCertificate::Required(kind) = cell.client {
            client = client.credential(self.authority.client(kind).credential(&self.provider));
        }
        Arc::new(client.build().expect("a client"))
    }

    /// The server of a cell.
    ///
    /// # Panics
    ///
    /// If there is no such server.
    #[must_use]
    pub fn server(&self, cell: &Cell) -> Arc<ServerConfig> {
        let credential = self.authority.server(NAME, cell.server);
        let credential = match cell.server {
            KeyKind::RsaDecryption => credential.decrypting_credential(&self.provider),
            _ => credential.credential(&self.provider),
        };
        let mut server = ServerConfig::builder(Arc::clone(&self.provider), credential)
            .clock(self.clock.shared())
            .suites([cell.suite.name]);
        if !cell.encrypt_then_mac {
            server = server.no_encrypt_then_mac();
        }
        let verifier = self.authority.verifier(&self.provider);
        server = match cell.client {
            ClientCertificate::NotAsked => server,
            ClientCertificate::Declined => server.optional_client_auth(verifier),
            ClientCertificate::Required(_) => server.require_client_auth(verifier),
        };
        server = match cell.resumption {
            Some(ResumedBy::SessionId) => server.no_tickets(),
            Some(_) => server.no_session_ids(),
            None => server.no_tickets().no_session_ids(),
        };
        Arc::new(server.build().expect("a server"))
    }
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}
