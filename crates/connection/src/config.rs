//! What a client or a server is willing to do, checked once and shared by all its connections.

use core::fmt;
use std::sync::Arc;

use premaster_crypto::{Provider, Suite};
use premaster_handshake::{
    ChooseConfig, ClientAuth, ClientPolicy, Clock, Credential, Limits, Preference, Refusal,
    ServerPolicy,
};
use premaster_session::{
    ClientStore, IsolationKey, MemoryClientStore, MemoryServerStore, ServerStore, TicketKeys,
};
use premaster_trust::Verifier;
use premaster_wire::{NamedGroup, ProtocolVersion};

use crate::credentials::Credentials;
use crate::{ConfigError, SystemClock, UnknownName};

/// What a client is willing to do.
#[derive(Debug)]
pub struct ClientConfig {
    pub(crate) policy: Arc<ClientPolicy>,
    pub(crate) verifier: Arc<dyn Verifier>,
    pub(crate) credential: Option<Arc<Credential>>,
    pub(crate) store: Option<Arc<dyn ClientStore>>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) limits: Limits,
}

impl ClientConfig {
    /// A configuration that trusts what `verifier` says.
    pub fn builder(provider: Arc<Provider>, verifier: Arc<dyn Verifier>) -> ClientConfigBuilder {
        ClientConfigBuilder {
            policy: ClientPolicy::new(provider),
            names: Names::default(),
            verifier,
            credential: None,
            store: Some(Arc::new(MemoryClientStore::new(256))),
            clock: Arc::new(SystemClock),
            limits: Limits::default(),
        }
    }

    /// What it offers.
    #[must_use]
    pub fn policy(&self) -> &ClientPolicy {
        &self.policy
    }
}

/// What a server is willing to do.
#[derive(Debug)]
pub struct ServerConfig {
    pub(crate) policy: Arc<ServerPolicy>,
    pub(crate) verifier: Arc<dyn Verifier>,
    pub(crate) credentials: Credentials,
    pub(crate) chooser: Option<Arc<dyn ChooseServerConfig>>,
    pub(crate) store: Option<Arc<dyn ServerStore>>,
    pub(crate) ticket_keys: Option<Arc<TicketKeys>>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) limits: Limits,
}

impl ServerConfig {
    /// A configuration that authenticates with `credential`.
    pub fn builder(provider: Arc<Provider>, credential: Credential) -> ServerConfigBuilder {
        ServerConfigBuilder {
            policy: ServerPolicy::new(provider),
            names: Names::default(),
            verifier: Arc::new(premaster_trust::RefuseAll),
            credentials: Credentials {
                list: vec![Arc::new(credential)],
                unknown_name: UnknownName::default(),
            },
            chooser: None,
            store: Some(Arc::new(MemoryServerStore::new(10_000))),
            clock: Arc::new(SystemClock),
            limits: Limits::default(),
        }
    }

    /// What it agrees to.
    #[must_use]
    pub fn policy(&self) -> &ServerPolicy {
        &self.policy
    }
}

/// Chooses a configuration for a client from its ClientHello.
///
/// [`Limits`] and clock stay those of the configuration that the connection began with: they were
/// in force before anything was known of the client.
pub trait ChooseServerConfig: fmt::Debug + Send + Sync {
    /// The configuration that serves this client.
    ///
    /// # Errors
    ///
    /// A refusal ends the handshake with unrecognized_name, or with the alert it names.
    fn choose(&self, client: &ChooseConfig) -> Result<Arc<ServerConfig>, Refusal>;
}

/// Names that a person wrote, looked up when the configuration is built.
#[derive(Clone, Debug, Default)]
struct Names {
    suites: Vec<String>,
    groups: Vec<String>,
    min_version: Option<ProtocolVersion>,
    max_version: Option<ProtocolVersion>,
}

impl Names {
    fn suites(&self, known: &mut Vec<&'static Suite>) -> Result<(), ConfigError> {
        if self.suites.is_empty() {
            return Ok(());
        }
        let find = |name: &String| {
            known
                .iter()
                .copied()
                .find(|suite| suite.name == name)
                .ok_or_else(|| {
                    let known = known
                        .iter()
                        .map(|suite| suite.name)
                        .collect::<Vec<_>>()
                        .join(", ");
                    ConfigError::UnknownSuite {
                        name: name.clone(),
                        known,
                    }
                })
        };
        *known = self.suites.iter().map(find).collect::<Result<_, _>>()?;
        Ok(())
    }

    fn groups(&self, known: &mut Vec<NamedGroup>) -> Result<(), ConfigError> {
        if self.groups.is_empty() {
            return Ok(());
        }
        let find = |name: &String| {
            known
                .iter()
                .copied()
                .find(|group| group.name() == Some(name))
                .ok_or_else(|| {
                    let known = known
                        .iter()
                        .map(ToString::to_string)
                        .collect::<Vec<_>>()
                        .join(", ");
                    ConfigError::UnknownGroup {
                        name: name.clone(),
                        known,
                    }
                })
        };
        *known = self.groups.iter().map(find).collect::<Result<_, _>>()?;
        Ok(())
    }

    fn versions(&self, known: &mut Vec<ProtocolVersion>) -> Result<(), ConfigError> {
        let all = known.clone();
        known.retain(|version| {
            self.min_version.is_none_or(|min| *version >= min)
                && self.max_version.is_none_or(|max| *version <= max)
        });
        if known.is_empty() {
            let known = all
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(", ");
            return Err(ConfigError::NoVersion { known });
        }
        Ok(())
    }
}

/// Setters that client and server have in common.
macro_rules! common_setters {
    () => {
        /// Only these cipher suites, best first, by their names in the RFCs.
        pub fn suites<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
            self.names.suites = names.into_iter().map(Into::into).collect();
            self
        }

        /// Only these groups, best first, by their names in the RFCs.
        pub fn groups<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
            self.names.groups = names.into_iter().map(Into::into).collect();
            self
        }

        /// No version older than this.
        pub fn min_version(mut self, version: ProtocolVersion) -> Self {
            self.names.min_version = Some(version);
            self
        }

        /// No version newer than this.
        pub fn max_version(mut self, version: ProtocolVersion) -> Self {
            self.names.max_version = Some(version);
            self
        }

        /// Application protocols, best first (RFC 7301).
        pub fn alpn<P: Into<Vec<u8>>>(mut self, names: impl IntoIterator<Item = P>) -> Self {
            self.policy.alpn = names.into_iter().map(Into::into).collect();
            self
        }

        /// Most plaintext bytes of a record that we want to receive (RFC 8449).
        pub fn record_size_limit(mut self, bytes: u16) -> Self {
            self.policy.record_size_limit = Some(bytes);
            self
        }

        /// Budgets for what a peer can multiply.
        pub fn limits(mut self, limits: Limits) -> Self {
            self.limits = limits;
            self
        }

        /// Another clock than the operating system's.
        pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
            self.clock = clock;
            self
        }
    };
}

/// Builds a [`ClientConfig`].
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until it builds"]
pub struct ClientConfigBuilder {
    policy: ClientPolicy,
    names: Names,
    verifier: Arc<dyn Verifier>,
    credential: Option<Arc<Credential>>,
    store: Option<Arc<dyn ClientStore>>,
    clock: Arc<dyn Clock>,
    limits: Limits,
}

impl ClientConfigBuilder {
    common_setters!();

    /// Authenticates with this certificate when a server asks for one.
    pub fn credential(mut self, credential: Credential) -> Self {
        self.credential = Some(Arc::new(credential));
        self
    }

    /// Keeps sessions here. The default is 256 in memory.
    pub fn session_store(mut self, store: Arc<dyn ClientStore>) -> Self {
        self.store = Some(store);
        self
    }

    /// Neither resumes sessions nor keeps them.
    pub fn no_resumption(mut self) -> Self {
        self.policy.resumption = false;
        self.store = None;
        self
    }

    /// Does not ask for tickets: sessions are resumed by ID alone.
    pub fn no_tickets(mut self) -> Self {
        self.policy.tickets = false;
        self
    }

    /// Talks to servers without `renegotiation_info` too. A client cannot see an attack on the
    /// renegotiation of such a server (RFC 5746 section 4.1).
    pub fn dangerous_accept_insecure_renegotiation(mut self) -> Self {
        self.policy.require_secure_renegotiation = false;
        self
    }

    /// Checks all that was said.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] names what does not fit and what would.
    pub fn build(mut self) -> Result<ClientConfig, ConfigError> {
        let policy = &mut self.policy;
        self.names.suites(&mut policy.suites)?;
        self.names.groups(&mut policy.groups)?;
        self.names.versions(&mut policy.versions)?;
        check(&policy.alpn, policy.record_size_limit)?;
        let chain = self
            .credential
            .as_deref()
            .map(Credential::chain)
            .unwrap_or_default();
        policy.isolation = IsolationKey::builder()
            .part("side", b"client")
            .part("verifier", &self.verifier.isolation())
            .set("own certificates", chain.iter().map(Vec::as_slice))
            .set("alpn", policy.alpn.iter().map(Vec::as_slice))
            .set(
                "suites",
                suite_ids(&policy.suites).iter().map(<[u8; 2]>::as_slice),
            )
            .set(
                "versions",
                version_ids(&policy.versions)
                    .iter()
                    .map(<[u8; 2]>::as_slice),
            )
            .finish();
        Ok(ClientConfig {
            policy: Arc::new(self.policy),
            verifier: self.verifier,
            credential: self.credential,
            store: self.store,
            clock: self.clock,
            limits: self.limits,
        })
    }
}

/// Builds a [`ServerConfig`].
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until it builds"]
pub struct ServerConfigBuilder {
    policy: ServerPolicy,
    names: Names,
    verifier: Arc<dyn Verifier>,
    credentials: Credentials,
    chooser: Option<Arc<dyn ChooseServerConfig>>,
    store: Option<Arc<dyn ServerStore>>,
    clock: Arc<dyn Clock>,
    limits: Limits,
}

impl ServerConfigBuilder {
    common_setters!();

    /// One more certificate: for another name, or with another kind of key for the same name.
    pub fn credential(mut self, credential: Credential) -> Self {
        self.credentials.list.push(Arc::new(credential));
        self
    }

    /// What to do when a client asks for a name that no certificate covers.
    pub fn unknown_name(mut self, policy: UnknownName) -> Self {
        self.credentials.unknown_name = policy;
        self
    }

    /// Lets this choose another configuration for each client.
    pub fn chooser(mut self, chooser: Arc<dyn ChooseServerConfig>) -> Self {
        self.chooser = Some(chooser);
        self
    }

    /// Asks clients for a certificate, which `verifier` judges; they may decline.
    pub fn optional_client_auth(mut self, verifier: Arc<dyn Verifier>) -> Self {
        let authorities = verifier.certificate_authorities();
        self.policy.client_auth = ClientAuth::Optional { authorities };
        self.verifier = verifier;
        self
    }

    /// Refuses clients without a certificate that `verifier` finds good.
    pub fn require_client_auth(mut self, verifier: Arc<dyn Verifier>) -> Self {
        let authorities = verifier.certificate_authorities();
        self.policy.client_auth = ClientAuth::Required { authorities };
        self.verifier = verifier;
        self
    }

    /// Whose order decides about suites and groups. The default is the server's.
    pub fn preference(mut self, preference: Preference) -> Self {
        self.policy.preference = preference;
        self
    }

    /// Keeps sessions here. The default is 10,000 in memory.
    pub fn session_store(mut self, store: Arc<dyn ServerStore>) -> Self {
        self.store = Some(store);
        self.policy.session_ids = true;
        self
    }

    /// Keeps no sessions: they are resumed by ticket alone.
    pub fn no_session_ids(mut self) -> Self {
        self.policy.session_ids = false;
        self.store = None;
        self
    }

    /// Neither issues nor accepts tickets.
    pub fn no_tickets(mut self) -> Self {
        self.policy.tickets = false;
        self
    }

    /// For how many seconds after its full handshake a session may be resumed. At most a week.
    pub fn session_lifetime(mut self, seconds: u32) -> Self {
        self.policy.session_lifetime = seconds;
        self
    }

    /// Checks all that was said, and makes the first ticket key.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] names what does not fit and what would.
    pub fn build(mut self) -> Result<ServerConfig, ConfigError> {
        let policy = &mut self.policy;
        self.names.suites(&mut policy.suites)?;
        self.names.groups(&mut policy.groups)?;
        self.names.versions(&mut policy.versions)?;
        check(&policy.alpn, policy.record_size_limit)?;
        let client_auth: &[u8] = match policy.client_auth {
            ClientAuth::None => b"none",
            ClientAuth::Optional { .. } => b"optional",
            ClientAuth::Required { .. } => b"required",
        };
        policy.isolation = IsolationKey::builder()
            .part("side", b"server")
            .part("verifier", &self.verifier.isolation())
            .part("client authentication", client_auth)
            .set("own certificates", self.credentials.leaves())
            .set("alpn", policy.alpn.iter().map(Vec::as_slice))
            .set(
                "suites",
                suite_ids(&policy.suites).iter().map(<[u8; 2]>::as_slice),
            )
            .set(
                "versions",
                version_ids(&policy.versions)
                    .iter()
                    .map(<[u8; 2]>::as_slice),
            )
            .finish();
        let ticket_keys = if policy.tickets {
            let keys = TicketKeys::new(&policy.provider, self.clock.now());
            Some(Arc::new(keys.map_err(|error| {
                ConfigError::TicketKeys(error.to_string())
            })?))
        } else {
            None
        };
        Ok(ServerConfig {
            policy: Arc::new(self.policy),
            verifier: self.verifier,
            credentials: self.credentials,
            chooser: self.chooser,
            store: self.store,
            ticket_keys,
            clock: self.clock,
            limits: self.limits,
        })
    }
}

/// What holds for both sides.
fn check(alpn: &[Vec<u8>], record_size_limit: Option<u16>) -> Result<(), ConfigError> {
    if let Some(name) = alpn.iter().find(|name| name.is_empty() || name.len() > 255) {
        return Err(ConfigError::AlpnName { length: name.len() });
    }
    // Each name has a length byte, and the list fits 16 bits (RFC 7301 section 3.1).
    let total: usize = alpn.iter().map(|name| name.len().saturating_add(1)).sum();
    if total > usize::from(u16::MAX) {
        return Err(ConfigError::AlpnList { length: total });
    }
    match record_size_limit {
        Some(limit) if !(64..=16_384).contains(&limit) => {
            Err(ConfigError::RecordSizeLimit { limit })
        }
        _ => Ok(()),
    }
}

fn suite_ids(suites: &[&'static Suite]) -> Vec<[u8; 2]> {
    suites.iter().map(|suite| suite.id.to_be_bytes()).collect()
}

fn version_ids(versions: &[ProtocolVersion]) -> Vec<[u8; 2]> {
    versions
        .iter()
        .map(|version| version.0.to_be_bytes())
        .collect()
}
