//! What a client or a server is willing to do, checked once and shared by all its connections.

mod both_sides;
mod client;
mod error;
mod names;
mod server;

use core::fmt;
use std::sync::Arc;

use premaster_crypto::Provider;
use premaster_handshake::{
    ChooseConfig, ClientPolicy, Clock, Credential, ExternalPsk, Limits, Refusal, ServerPolicy,
};
use premaster_record::Padding;
use premaster_session::{ClientStore, ReplayRegister, ServerStore, TicketKeys};
use premaster_trust::Verifier;

pub use self::client::ClientConfigBuilder;
pub use self::error::ConfigError;
pub use self::server::ServerConfigBuilder;
use crate::credentials::Credentials;

/// What a client is willing to do.
#[derive(Debug)]
pub struct ClientConfig {
    pub(crate) policy: Arc<ClientPolicy>,
    pub(crate) verifier: Arc<dyn Verifier>,
    pub(crate) credential: Option<Arc<Credential>>,
    pub(crate) padding: Padding,
    pub(crate) sent_record_limit: Option<u16>,
    pub(crate) store: Option<Arc<dyn ClientStore>>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) limits: Limits,
}

impl ClientConfig {
    /// A configuration that trusts what `verifier` says.
    pub fn builder(provider: Arc<Provider>, verifier: Arc<dyn Verifier>) -> ClientConfigBuilder {
        ClientConfigBuilder::new(provider, verifier)
    }

    /// What it offers.
    #[must_use]
    pub fn policy(&self) -> &ClientPolicy {
        &self.policy
    }

    /// The same with a policy made by hand, unchecked: for tools that offer what no configuration would. Who verifies,
    /// which credential there is, where sessions are kept, clock and limits stay as they were.
    ///
    /// Dangerous: nothing keeps the two from contradicting each other, and the policy's isolation is what it says. A
    /// server's counterpart is [`Resolved::dangerous_policy`](crate::Resolved::dangerous_policy).
    ///
    /// ```
    /// use std::sync::Arc;
    /// use premaster_connection::ClientConfig;
    /// # let provider = Arc::new(premaster_crypto_ring::provider());
    /// # let verifier = Arc::new(premaster_trust::RefuseAll);
    ///
    /// let config = ClientConfig::builder(provider, verifier).build()?;
    /// let mut policy = config.policy().clone();
    /// policy.suites.reverse();
    /// let weakest = policy.suites[0].id;
    /// let config = config.dangerous_with_policy(policy);
    /// assert_eq!(config.policy().suites[0].id, weakest);
    /// # Ok::<(), premaster_connection::ConfigError>(())
    /// ```
    #[must_use]
    pub fn dangerous_with_policy(self, policy: ClientPolicy) -> Self {
        Self {
            policy: Arc::new(policy),
            ..self
        }
    }
}

/// What a server is willing to do.
#[derive(Debug)]
pub struct ServerConfig {
    pub(crate) policy: Arc<ServerPolicy>,
    pub(crate) verifier: Arc<dyn Verifier>,
    pub(crate) credentials: Credentials,
    pub(crate) chooser: Option<Arc<dyn ChooseServerConfig>>,
    pub(crate) padding: Padding,
    pub(crate) sent_record_limit: Option<u16>,
    pub(crate) external_psks: Vec<ExternalPsk>,
    pub(crate) replay_register: Arc<dyn ReplayRegister>,
    pub(crate) store: Option<Arc<dyn ServerStore>>,
    pub(crate) ticket_keys: Option<Arc<TicketKeys>>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) limits: Limits,
}

impl ServerConfig {
    /// A configuration that authenticates with `credential`.
    pub fn builder(provider: Arc<Provider>, credential: Credential) -> ServerConfigBuilder {
        ServerConfigBuilder::new(provider, credential)
    }

    /// What it agrees to.
    #[must_use]
    pub fn policy(&self) -> &ServerPolicy {
        &self.policy
    }
}

/// Chooses a configuration for a client from its ClientHello.
///
/// One configuration cannot have a key sign in one certificate and decrypt in another; two that are chosen between are not
/// compared. Give no key to two of them for different uses: whoever can have bytes decrypted by one host then forges
/// signatures of the other (DROWN).
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
