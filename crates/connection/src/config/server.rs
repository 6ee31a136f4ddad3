//! How a server's configuration is made.

use core::time::Duration;
use std::sync::Arc;

use premaster_crypto::{Provider, Side};
use premaster_handshake::{
    CertificateCompression, ClientAuth, Clock, Credential, ExternalPsk, Limits, Preference,
    RetryCookie, ServerPolicy,
};
use premaster_record::Padding;
use premaster_session::{
    MemoryReplayRegister, MemoryServerStore, ReplayRegister, ServerStore, TicketKeys,
};
use premaster_trust::{RefuseAll, Verifier};
use premaster_wire::{ProtocolVersion, PskKeyExchangeMode};

use super::both_sides::{BothSides, setters_of_both_sides};
use super::names::{Lists, Names};
use super::{ChooseServerConfig, ConfigError, ServerConfig};
use crate::credentials::Credentials;
use crate::{SystemClock, UnknownName};

/// How many ClientHellos with early data are remembered at a time.
const REMEMBERED: usize = 65_536;
/// For how many seconds at the least; for twice as long as a ticket's age may differ from what the client says in any case
/// (RFC 8446 section 8.3).
const WINDOW: u32 = 60;

/// Most tickets after one handshake: a client puts up with as many messages in a row that bring no data
/// ([`Limits::tickets`]).
const MOST_TICKETS: u8 = 16;

/// Builds a [`ServerConfig`].
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until it builds"]
pub struct ServerConfigBuilder {
    policy: ServerPolicy,
    names: Names,
    verifier: Arc<dyn Verifier>,
    credentials: Credentials,
    chooser: Option<Arc<dyn ChooseServerConfig>>,
    padding: Padding,
    sent_record_limit: Option<u16>,
    external_psks: Vec<ExternalPsk>,
    replay_register: Option<Arc<dyn ReplayRegister>>,
    ticket_age_tolerance: u32,
    store: Option<Arc<dyn ServerStore>>,
    clock: Arc<dyn Clock>,
    limits: Limits,
}

impl ServerConfigBuilder {
    pub(super) fn new(provider: Arc<Provider>, credential: Credential) -> Self {
        Self {
            policy: ServerPolicy::new(provider),
            names: Names::default(),
            verifier: Arc::new(RefuseAll),
            credentials: Credentials {
                list: vec![Arc::new(credential)],
                unknown_name: UnknownName::default(),
            },
            chooser: None,
            padding: Padding::default(),
            sent_record_limit: None,
            external_psks: Vec::new(),
            replay_register: None,
            ticket_age_tolerance: 10,
            store: Some(Arc::new(MemoryServerStore::new(10_000))),
            clock: Arc::new(SystemClock),
            limits: Limits::default(),
        }
    }

    setters_of_both_sides!();

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

    /// Has this verifier judge certificates that clients of TLS 1.3 are asked for after the handshake only: see
    /// [`request_certificate`](crate::tls::Connection::request_certificate).
    pub fn late_client_auth(mut self, verifier: Arc<dyn Verifier>) -> Self {
        self.policy.client_auth = ClientAuth::None;
        self.verifier = verifier;
        self
    }

    /// Whose order decides about suites and groups. The default is the server's.
    pub fn preference(mut self, preference: Preference) -> Self {
        self.policy.preference = preference;
        self
    }

    /// Only these cipher suites, best first, by their names in the RFCs; those of one list are as good as each other, and
    /// among them the client's order decides. So clients without instructions for AES get ChaCha20 from a server that is
    /// fast at both, which goes by its own order otherwise.
    ///
    /// In place of [`suites`](Self::suites).
    pub fn suites_by_rank<S: Into<String>, R: IntoIterator<Item = S>>(
        mut self,
        ranks: impl IntoIterator<Item = R>,
    ) -> Self {
        self.names.rank_suites(lists(ranks));
        self
    }

    /// Only these groups, best first, by their names in the RFCs; those of one list are as good as each other, and among them
    /// the client's order decides. In place of [`groups`](Self::groups).
    ///
    /// Ranks have no effect on finite fields: those come behind all curves, in the order in which they are named.
    pub fn groups_by_rank<S: Into<String>, R: IntoIterator<Item = S>>(
        mut self,
        ranks: impl IntoIterator<Item = R>,
    ) -> Self {
        self.names.rank_groups(lists(ranks));
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

    /// How many tickets a client of TLS 1.3 gets after a full handshake, each for one connection
    /// (RFC 8446 section 4.6.1). The default is 2; more than 16 a client would take for a flood.
    pub fn ticket_count(mut self, count: u8) -> Self {
        self.policy.ticket_count = count;
        self
    }

    /// One more key that clients of TLS 1.3 may know already (RFC 8446 section 4.2.11).
    pub fn external_psk(mut self, psk: ExternalPsk) -> Self {
        self.policy.external_psks = true;
        self.external_psks.push(psk);
        self
    }

    /// Lets clients in that know an [external key](Self::external_psk) though a certificate
    /// [is required](Self::require_client_auth): they authenticate by one or by the other.
    pub fn accept_external_psk_as_client_auth(mut self) -> Self {
        self.policy.external_psk_as_client_auth = true;
        self
    }

    /// Takes so many bytes that clients send with their ClientHello (RFC 8446 section 4.2.10).
    ///
    /// Whoever records them can send them again. What one process has taken it does not take twice; another one knows
    /// nothing of that, unless they share a [`replay_register`](Self::replay_register). So early data is handed over as
    /// such, and only what does no harm when it is done twice should come of it.
    pub fn early_data(mut self, bytes: u32) -> Self {
        self.policy.early_data = bytes;
        self
    }

    /// Remembers here which early data was taken. The default remembers in memory.
    pub fn replay_register(mut self, register: Arc<dyn ReplayRegister>) -> Self {
        self.replay_register = Some(register);
        self
    }

    /// By how many seconds a client's word about the age of its ticket may be off where it sends early data: the time on the
    /// way, and what its clock and ours count differently (RFC 8446 section 8.3). The default is 10.
    ///
    /// For twice as long a ClientHello can be sent again, and has to be remembered: the register in memory does; a
    /// [`replay_register`](Self::replay_register) of your own has to. What is told of each client is
    /// [`Facts::ticket_age_skew`](crate::Facts::ticket_age_skew).
    pub fn ticket_age_tolerance(mut self, seconds: u32) -> Self {
        self.ticket_age_tolerance = seconds;
        self
    }

    /// Has HelloRetryRequest carry all that has to be remembered of a ClientHello (RFC 8446 section 4.2.2): whoever opens
    /// the cookie can read the second one. A [`CookieKey`](premaster_handshake::CookieKey) does it.
    pub fn retry_cookie(mut self, cookies: Arc<dyn RetryCookie>) -> Self {
        self.policy.retry_cookie = Some(cookies);
        self
    }

    /// Asks for the best group that both sides know even if the client has sent a share that would do: a round trip for
    /// post-quantum security, say (RFC 8446 section 4.1.4).
    pub fn retry_for_best_group(mut self) -> Self {
        self.policy.retry_for_best_group = true;
        self
    }

    /// Tells clients of TLS 1.3 all our groups, so that they begin with the best one next time
    /// (RFC 8446 section 4.2.7).
    pub fn announce_groups(mut self) -> Self {
        self.policy.announce_groups = true;
        self
    }

    /// Checks all that was said, and makes the first ticket key.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] names what does not fit and what would.
    pub fn build(mut self) -> Result<ServerConfig, ConfigError> {
        let policy = &mut self.policy;
        self.names.look_up(&mut Lists {
            side: Side::Server,
            provider: &policy.provider,
            suites: &mut policy.suites,
            groups: &mut policy.groups,
            dh_groups: &mut policy.dh_groups,
            versions: &mut policy.versions,
        })?;
        policy.equal_suites = self.names.equal_suites();
        policy.equal_groups = self.names.equal_groups(&policy.provider);
        policy.certificate_schemes = self.names.certificate_schemes()?;
        self.credentials.check_uses()?;
        self.credentials
            .check_suites(&policy.suites, !self.names.suites.is_empty())?;
        let both = BothSides {
            side: "server",
            verifier: self.verifier.isolation(),
            alpn: &policy.alpn,
            suites: &policy.suites,
            groups: &policy.groups,
            dh_groups: &policy.dh_groups,
            schemes: &policy.schemes,
            versions: &policy.versions,
            record_size_limit: policy.record_size_limit,
            sent_record_limit: self.sent_record_limit,
            psk_modes: &policy.psk_modes,
            external_psks: self
                .external_psks
                .iter()
                .map(ExternalPsk::identity)
                .collect(),
        };
        both.check()?;
        if policy.ticket_count > MOST_TICKETS {
            return Err(ConfigError::TicketCount {
                count: policy.ticket_count,
            });
        }
        let tolerance = self.ticket_age_tolerance;
        policy.ticket_age_tolerance = Duration::from_secs(tolerance.into());
        let replay_register = self.replay_register.unwrap_or_else(|| {
            let window = WINDOW.max(tolerance.saturating_mul(2));
            Arc::new(MemoryReplayRegister::new(REMEMBERED, window))
        });
        policy.isolation = both
            .isolation()
            .part("client authentication", client_auth(policy))
            .set("own certificates", self.credentials.leaves())
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
            padding: self.padding,
            sent_record_limit: self.sent_record_limit,
            external_psks: self.external_psks,
            replay_register,
            store: self.store,
            ticket_keys,
            clock: self.clock,
            limits: self.limits,
        })
    }
}

fn lists<S: Into<String>, R: IntoIterator<Item = S>>(
    ranks: impl IntoIterator<Item = R>,
) -> Vec<Vec<String>> {
    let names = |rank: R| rank.into_iter().map(Into::into).collect();
    ranks.into_iter().map(names).collect()
}

/// How clients authenticate, as a part of the isolation key.
fn client_auth(policy: &ServerPolicy) -> &'static [u8] {
    match policy.client_auth {
        ClientAuth::None => b"none",
        ClientAuth::Optional { .. } => b"optional",
        ClientAuth::Required { .. } if policy.external_psk_as_client_auth => {
            b"required, or an external key"
        }
        ClientAuth::Required { .. } => b"required",
    }
}
