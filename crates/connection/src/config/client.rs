//! How a client's configuration is made.

use std::sync::Arc;

use premaster_crypto::{Provider, Side};
use premaster_handshake::{
    CertificateCompression, ClientPolicy, Clock, Credential, ExternalPsk, FalseStart, Limits,
    ShapeHello,
};
use premaster_record::Padding;
use premaster_session::{ClientStore, MemoryClientStore};
use premaster_trust::Verifier;
use premaster_wire::{MaxFragmentLength, ProtocolVersion, PskKeyExchangeMode};

use super::both_sides::{BothSides, setters_of_both_sides};
use super::names::{Lists, Names};
use super::{ClientConfig, ConfigError};
use crate::SystemClock;

/// Builds a [`ClientConfig`].
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until it builds"]
pub struct ClientConfigBuilder {
    policy: ClientPolicy,
    names: Names,
    fragment_length: Option<u16>,
    verifier: Arc<dyn Verifier>,
    credential: Option<Arc<Credential>>,
    padding: Padding,
    sent_record_limit: Option<u16>,
    store: Option<Arc<dyn ClientStore>>,
    clock: Arc<dyn Clock>,
    limits: Limits,
}

impl ClientConfigBuilder {
    pub(super) fn new(provider: Arc<Provider>, verifier: Arc<dyn Verifier>) -> Self {
        Self {
            policy: ClientPolicy::new(provider),
            names: Names::default(),
            fragment_length: None,
            verifier,
            credential: None,
            padding: Padding::default(),
            sent_record_limit: None,
            store: Some(Arc::new(MemoryClientStore::new(256))),
            clock: Arc::new(SystemClock),
            limits: Limits::default(),
        }
    }

    setters_of_both_sides!();

    /// Asks the server to keep all records within this many bytes, its own and ours: 512, 1024, 2048 or 4096
    /// (RFC 6066 section 4). For clients with little memory; [`record_size_limit`](Self::record_size_limit) is
    /// what newer servers understand, and goes before it.
    pub fn max_fragment_length(mut self, bytes: u16) -> Self {
        self.fragment_length = Some(bytes);
        self
    }

    /// The groups for which the first ClientHello of TLS 1.3 has shares, by their names in the RFCs. The default is the
    /// best of all groups and the best classical one, so that most servers need not ask again
    /// (RFC 8446 section 4.2.8).
    pub fn key_shares<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.names.key_shares = names.into_iter().map(Into::into).collect();
        self
    }

    /// Begins without a key share, so that the server names the group that it wants (RFC 8446 section 4.2.8): a short
    /// ClientHello, and always a round trip more.
    pub fn no_key_shares(mut self) -> Self {
        self.policy.no_key_shares = true;
        self
    }

    /// One more key that the server knows already, best first: with it no certificate is shown
    /// (RFC 8446 section 4.2.11).
    pub fn external_psk(mut self, psk: ExternalPsk) -> Self {
        self.policy.external_psks.push(psk);
        self
    }

    /// Talks to servers only that know one of the [external keys](Self::external_psk): no certificate will do, and no version
    /// before TLS 1.3. Whatever the verifier would say.
    pub fn require_external_psk(mut self) -> Self {
        self.policy.require_external_psk = true;
        self
    }

    /// Sends data with the ClientHello where a session of TLS 1.3 allows it (RFC 8446 section 4.2.10).
    ///
    /// Whoever records it can send it again, to this server or to another: only what does no harm when it is done twice
    /// belongs there.
    pub fn early_data(mut self) -> Self {
        self.policy.early_data = true;
        self
    }

    /// Sends data to servers of TLS 1.2 before their Finished has come, which saves a round trip: 'False Start'
    /// (RFC 7918). Only where the server has chosen one of our [application protocols](Self::alpn), under an AEAD suite with
    /// ephemeral keys on a curve, and not where a session is resumed.
    ///
    /// The server's certificate has been verified by then, but not that nobody in between has changed what the two sides have
    /// offered each other: that shows in its Finished, before anything that it says is delivered. When it is time,
    /// [`provisional`](crate::tls::Connection::provisional) is `Some`, and
    /// [`seal_before_finished`](crate::tls::Connection::seal_before_finished) seals. Who only sends has to await that Finished
    /// all the same, before [`close`](crate::tls::Connection::close).
    ///
    /// The stream of `premaster-io` does all that: it writes as soon as it may, and completes the handshake before it closes.
    /// That of `premaster-io-tokio` writes when the handshake is complete, whatever is said here.
    pub fn false_start(mut self) -> Self {
        self.policy.false_start = FalseStart::WithProtocol;
        self
    }

    /// The same without an application protocol: some old servers cannot cope with it.
    pub fn false_start_without_alpn(mut self) -> Self {
        self.policy.false_start = FalseStart::Always;
        self
    }

    /// Lets the server ask for a certificate after the handshake (RFC 8446 section 4.2.6).
    pub fn post_handshake_auth(mut self) -> Self {
        self.policy.post_handshake_auth = true;
        self
    }

    /// Names the authorities that we trust in TLS 1.3, each a DER distinguished name: for servers with several
    /// certificates (RFC 8446 section 4.2.4).
    pub fn certificate_authorities(mut self, names: impl IntoIterator<Item = Vec<u8>>) -> Self {
        self.policy.authorities = names.into_iter().collect();
        self
    }

    /// Asks for proofs of Certificate Transparency (RFC 6962 section 3.3): they are handed over, not verified.
    pub fn certificate_timestamps(mut self) -> Self {
        self.policy.certificate_timestamps = true;
        self
    }

    /// Does not ask for a stapled OCSP response (RFC 6066 section 8).
    pub fn no_ocsp_stapling(mut self) -> Self {
        self.policy.ocsp_stapling = false;
        self
    }

    /// Sprinkles the ClientHello with values that mean nothing, so that servers do not forget to pass over what they do
    /// not know (RFC 8701).
    pub fn grease(mut self) -> Self {
        self.policy.grease = true;
        self
    }

    /// Has the extensions of the ClientHello in a random order, so that neither servers nor those in between get used to one
    /// (RFC 8446 section 4.2), and no fingerprint of that order holds.
    pub fn permute_extensions(mut self) -> Self {
        self.policy.permute_extensions = true;
        self
    }

    /// Says that this is another try, with less than the first one offered: a server that speaks more refuses it, for then
    /// somebody in between has made the first one fail (RFC 7507 section 4). Nothing here tries again by itself: whoever
    /// does, with a lower [`max_version`](Self::max_version), says so with this.
    pub fn fallback(mut self) -> Self {
        self.policy.fallback = true;
        self
    }

    /// Lets the server choose an application protocol that was not offered: for tools that want to see what it says. It
    /// may not be the service that was meant (RFC 7301 section 3.2).
    pub fn dangerous_accept_unoffered_alpn(mut self) -> Self {
        self.policy.accept_unoffered_alpn = true;
        self
    }

    /// Changes each ClientHello before it is sent: for tools that have to look like another program
    /// (fingerprints), and for replays. What comes of it is the shaper's affair; the handshake goes on with what was sent.
    pub fn shape_hello(mut self, shaper: Arc<dyn ShapeHello>) -> Self {
        self.policy.shape_hello = Some(shaper);
        self
    }

    /// Does not make TLS 1.3 look like TLS 1.2 to whoever stands in between (RFC 8446 appendix D.4).
    pub fn no_middlebox_compatibility(mut self) -> Self {
        self.policy.middlebox_compatibility = false;
        self
    }

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
        if policy.require_external_psk {
            if policy.external_psks.is_empty() {
                return Err(ConfigError::NoExternalPsk);
            }
            self.names.min_version = Some(ProtocolVersion::TLSv1_3);
        }
        let mut lists = Lists {
            side: Side::Client,
            provider: &policy.provider,
            suites: &mut policy.suites,
            groups: &mut policy.groups,
            dh_groups: &mut policy.dh_groups,
            versions: &mut policy.versions,
        };
        self.names.look_up(&mut lists)?;
        policy.key_shares = self.names.key_shares(&lists)?;
        policy.certificate_schemes = self.names.certificate_schemes()?;
        if self.credential.as_ref().is_some_and(|own| !own.signs()) {
            return Err(ConfigError::ClientMustSign);
        }
        policy.max_fragment_length = self.fragment_length.map(fragment_length).transpose()?;
        let both = BothSides {
            side: "client",
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
            external_psks: policy
                .external_psks
                .iter()
                .map(ExternalPsk::identity)
                .collect(),
        };
        both.check()?;
        let chain = self
            .credential
            .as_deref()
            .map(Credential::chain)
            .unwrap_or_default();
        policy.isolation = both
            .isolation()
            .part(
                "external psk required",
                &[u8::from(policy.require_external_psk)],
            )
            .set("own certificates", chain.iter().map(Vec::as_slice))
            .set(
                "max_fragment_length",
                self.fragment_length
                    .map(u16::to_be_bytes)
                    .iter()
                    .map(<[u8; 2]>::as_slice),
            )
            .finish();
        Ok(ClientConfig {
            policy: Arc::new(self.policy),
            verifier: self.verifier,
            credential: self.credential,
            padding: self.padding,
            sent_record_limit: self.sent_record_limit,
            store: self.store,
            clock: self.clock,
            limits: self.limits,
        })
    }
}

/// The code point for a number of bytes.
fn fragment_length(bytes: u16) -> Result<MaxFragmentLength, ConfigError> {
    match bytes {
        512 => Ok(MaxFragmentLength::two_to_the_9),
        1024 => Ok(MaxFragmentLength::two_to_the_10),
        2048 => Ok(MaxFragmentLength::two_to_the_11),
        4096 => Ok(MaxFragmentLength::two_to_the_12),
        length => Err(ConfigError::MaxFragmentLength { length }),
    }
}
