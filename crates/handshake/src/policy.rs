//! What we are willing to agree on, in our order of preference.

use core::time::Duration;
use std::sync::Arc;

use premaster_crypto::{BulkCipher, DhGroup, KeyExchangeKind, Provider, Suite, SuiteVersion};
use premaster_session::IsolationKey;
use premaster_wire::{
    CipherSuite, MaxFragmentLength, NamedGroup, ProtocolVersion, PskKeyExchangeMode,
    SignatureScheme,
};

use crate::group::Group;
use crate::{CertificateCompression, Error, ExternalPsk, Fault, RetryCookie, ShapeHello};

/// What a client offers.
///
/// ```
/// use std::sync::Arc;
/// use premaster_handshake::ClientPolicy;
///
/// let mut policy = ClientPolicy::new(Arc::new(premaster_crypto_ring::provider()));
/// policy.alpn = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
/// assert!(policy.resumption && policy.require_secure_renegotiation);
/// ```
#[derive(Clone, Debug)]
pub struct ClientPolicy {
    /// The cryptography behind the names below.
    pub provider: Arc<Provider>,
    /// Versions, best first.
    pub versions: Vec<ProtocolVersion>,
    /// Cipher suites, best first.
    pub suites: Vec<&'static Suite>,
    /// Groups for the key exchange, best first.
    pub groups: Vec<NamedGroup>,
    /// Finite fields for DHE, best first. A server's group is taken only if it is one of them.
    pub dh_groups: Vec<Arc<dyn DhGroup>>,
    /// Signature schemes that the server may sign with, best first.
    pub schemes: Vec<SignatureScheme>,
    /// Application protocols, best first (RFC 7301). Empty: none is negotiated.
    pub alpn: Vec<Vec<u8>>,
    /// Whether to look for a session to resume and to keep new ones.
    pub resumption: bool,
    /// Whether to ask for tickets (RFC 5077).
    pub tickets: bool,
    /// Whether to ask for a stapled OCSP response (RFC 6066 section 8).
    pub ocsp_stapling: bool,
    /// Most plaintext bytes of a record that we want to receive (RFC 8449).
    pub record_size_limit: Option<u16>,
    /// Whether to have the MAC of CBC suites cover the ciphertext where the peer can (RFC 7366).
    pub encrypt_then_mac: bool,
    /// The longest fragment to ask for, in both directions (RFC 6066 section 4): for clients with little memory.
    pub max_fragment_length: Option<MaxFragmentLength>,
    /// TLS 1.3: the groups for which the first ClientHello has shares. Empty: for the best group, and for the best
    /// classical one, so that most servers need not ask again.
    pub key_shares: Vec<NamedGroup>,
    /// TLS 1.3: whether the first ClientHello has no share at all, so that the server names the group
    /// (RFC 8446 section 4.2.8): a short hello, and always a round trip more.
    pub no_key_shares: bool,
    /// Signature schemes that certificates may be signed with, where that differs from `schemes`
    /// (RFC 8446 section 4.2.3). Empty: it does not.
    pub certificate_schemes: Vec<SignatureScheme>,
    /// The distinguished names (DER) of the authorities that we trust; a hint for the server
    /// (RFC 8446 section 4.2.4).
    pub authorities: Vec<Vec<u8>>,
    /// Whether to ask for proofs of Certificate Transparency (RFC 6962 section 3.3.1).
    pub certificate_timestamps: bool,
    /// How the server may compress its certificates, best first (RFC 8879).
    pub certificate_compression: Vec<&'static dyn CertificateCompression>,
    /// How a pre-shared key may be used, with ECDHE or alone (RFC 8446 section 4.2.9).
    pub psk_modes: Vec<PskKeyExchangeMode>,
    /// Keys that the server knows already, best first. With one of them no certificate is shown.
    pub external_psks: Vec<ExternalPsk>,
    /// Whether a server has to know one of them, at once or by a session that began with it: no certificate will do, and
    /// only TLS 1.3 is offered, whatever `versions` says.
    pub require_external_psk: bool,
    /// Whether to offer early data where a session allows it (RFC 8446 section 4.2.10). It can be replayed.
    pub early_data: bool,
    /// Whether data may follow our Finished of TLS 1.2 before the server's has come (RFC 7918).
    pub false_start: FalseStart,
    /// Whether the server may ask for a certificate later (RFC 8446 section 4.2.6).
    pub post_handshake_auth: bool,
    /// Whether to sprinkle the ClientHello with values that mean nothing (RFC 8701).
    pub grease: bool,
    /// Whether the extensions of the ClientHello come in a random order, so that neither servers nor those in between get
    /// used to one (RFC 8446 section 4.2: only pre_shared_key has a place of its own, the last).
    pub permute_extensions: bool,
    /// Whether this is another try, with less than the first one offered: servers that speak more then refuse it
    /// (RFC 7507 section 4). Nothing here tries again by itself.
    pub fallback: bool,
    /// Whether the server may choose an application protocol that was not offered (RFC 7301 section 3.2 has it choose one
    /// that was): for tools that want to see what it says.
    pub accept_unoffered_alpn: bool,
    /// Gives the ClientHello another shape: see there.
    pub shape_hello: Option<Arc<dyn ShapeHello>>,
    /// Whether TLS 1.3 looks like TLS 1.2 to whoever stands in between (RFC 8446 appendix D.4).
    pub middlebox_compatibility: bool,
    /// Whether to refuse servers without `renegotiation_info`. A client cannot see an attack on
    /// the renegotiation of such a server (RFC 5746 section 4.1).
    pub require_secure_renegotiation: bool,
    /// Under what policy sessions are made: verifier, roots, own credentials.
    pub isolation: IsolationKey,
}

impl ClientPolicy {
    /// All that the provider brings, in its order, for TLS 1.3 and TLS 1.2.
    #[must_use]
    pub fn new(provider: Arc<Provider>) -> Self {
        Self {
            versions: versions_of(&provider.suites),
            suites: provider.suites.clone(),
            groups: groups_of(&provider),
            dh_groups: provider.dh_groups.clone(),
            schemes: schemes_of(&provider),
            alpn: Vec::new(),
            resumption: true,
            tickets: true,
            ocsp_stapling: true,
            record_size_limit: None,
            encrypt_then_mac: true,
            max_fragment_length: None,
            key_shares: Vec::new(),
            no_key_shares: false,
            certificate_schemes: Vec::new(),
            authorities: Vec::new(),
            certificate_timestamps: false,
            certificate_compression: Vec::new(),
            psk_modes: vec![PskKeyExchangeMode::psk_dhe_ke],
            external_psks: Vec::new(),
            require_external_psk: false,
            early_data: false,
            false_start: FalseStart::Never,
            post_handshake_auth: false,
            grease: false,
            permute_extensions: false,
            fallback: false,
            accept_unoffered_alpn: false,
            shape_hello: None,
            middlebox_compatibility: true,
            require_secure_renegotiation: true,
            isolation: IsolationKey::builder().finish(),
            provider,
        }
    }
}

impl ClientPolicy {
    /// What such a client offers, and what it takes. Where an external key is required that is TLS 1.3 alone: an older
    /// version knows none (RFC 8446 section 4.2.11), and its servers show a certificate.
    pub(crate) fn in_effect(self: Arc<Self>) -> Result<Arc<Self>, Error> {
        if !self.require_external_psk {
            return Ok(self);
        }
        if !self.speaks_tls13() {
            return Err(Error::new(Fault::NoCommonVersion)
                .detail("an external key is required, and only TLS 1.3 knows such keys"));
        }
        if !self.speaks_classic() {
            return Ok(self);
        }
        let mut policy = Self::clone(&self);
        policy.versions = vec![ProtocolVersion::TLSv1_3];
        policy.suites = self.tls13_suites().collect();
        Ok(Arc::new(policy))
    }

    /// The groups that a ClientHello lists: curves and finite fields, where a suite wants one
    /// (RFC 8422 section 4, RFC 7919 section 3).
    ///
    /// A list of fields has the curves too: they are also those of the client's own ECDSA key, and a server that reads a
    /// list without that curve (OpenSSL does) refuses the key.
    pub(crate) fn listed_groups(&self) -> Vec<NamedGroup> {
        let tls13 = self.speaks_tls13();
        let numbered = self.dh_groups.iter().filter_map(|group| group.id());
        let fields: Vec<_> = match tls13 || self.exchanges(KeyExchangeKind::Dhe) {
            true => numbered.map(NamedGroup).collect(),
            false => Vec::new(),
        };
        let mut groups = Vec::new();
        if tls13 {
            groups.extend(&self.groups);
        } else if self.has_curves() || !fields.is_empty() {
            groups.extend(classic(&self.provider, &self.groups));
        }
        groups.extend(fields);
        groups
    }

    /// The groups for which the first ClientHello has shares (RFC 8446 section 4.2.8).
    pub(crate) fn shares(&self) -> Vec<NamedGroup> {
        if self.no_key_shares {
            return Vec::new();
        }
        if !self.key_shares.is_empty() {
            return self.key_shares.clone();
        }
        let listed = self.listed_groups();
        let first = listed.first().copied();
        let second = classic(&self.provider, &listed).next();
        let second = second.filter(|second| Some(*second) != first);
        first.into_iter().chain(second).collect()
    }

    pub(crate) fn speaks_tls13(&self) -> bool {
        self.versions.contains(&ProtocolVersion::TLSv1_3)
    }

    pub(crate) fn speaks_classic(&self) -> bool {
        let classic = |version: &ProtocolVersion| *version < ProtocolVersion::TLSv1_3;
        self.versions.iter().any(classic)
    }

    pub(crate) fn tls13_suites(&self) -> impl Iterator<Item = &'static Suite> {
        let tls13 = |suite: &&'static Suite| suite.version == SuiteVersion::Tls13;
        self.suites.iter().copied().filter(tls13)
    }

    /// Whether a suite of the list computes on a curve: only then are points spoken of
    /// (RFC 8422 section 4).
    pub(crate) fn has_curves(&self) -> bool {
        let mut curves = classic(&self.provider, &self.groups);
        self.exchanges(KeyExchangeKind::Ecdhe) && curves.next().is_some()
    }

    fn exchanges(&self, kind: KeyExchangeKind) -> bool {
        self.suites.iter().any(|suite| suite.key_exchange == kind)
    }

    /// Whether a suite of the list has use for encrypt_then_mac.
    pub(crate) fn has_cbc(&self) -> bool {
        let cbc = |suite: &&'static Suite| matches!(suite.cipher, BulkCipher::Cbc(_));
        self.suites.iter().any(cbc)
    }
}

/// What a server agrees to.
#[derive(Clone, Debug)]
pub struct ServerPolicy {
    /// The cryptography behind the names below.
    pub provider: Arc<Provider>,
    /// Versions, best first.
    pub versions: Vec<ProtocolVersion>,
    /// Cipher suites, best first.
    pub suites: Vec<&'static Suite>,
    /// Groups for the key exchange, best first.
    pub groups: Vec<NamedGroup>,
    /// Finite fields for DHE, best first.
    pub dh_groups: Vec<Arc<dyn DhGroup>>,
    /// Signature schemes that a client may sign with, best first.
    pub schemes: Vec<SignatureScheme>,
    /// Whose order decides about suites and groups.
    pub preference: Preference,
    /// Suites that are as good as each other here: among those of one list the client's order decides, though otherwise
    /// the server's does. They all count as much as the first of them in `suites`.
    pub equal_suites: Vec<Vec<CipherSuite>>,
    /// The same of groups.
    pub equal_groups: Vec<Vec<NamedGroup>>,
    /// Application protocols, best first (RFC 7301). Empty: the extension is not answered.
    pub alpn: Vec<Vec<u8>>,
    /// Whether clients have to authenticate.
    pub client_auth: ClientAuth,
    /// Whether to keep sessions and offer their IDs for resumption.
    pub session_ids: bool,
    /// Whether to issue and accept tickets (RFC 5077).
    pub tickets: bool,
    /// For how many seconds after its full handshake a session may be resumed.
    pub session_lifetime: u32,
    /// Most plaintext bytes of a record that we want to receive (RFC 8449).
    pub record_size_limit: Option<u16>,
    /// Whether to have the MAC of CBC suites cover the ciphertext where the peer can (RFC 7366).
    pub encrypt_then_mac: bool,
    /// Signature schemes that certificates of clients may be signed with, where that differs from `schemes`
    /// (RFC 8446 section 4.2.3). Empty: it does not.
    pub certificate_schemes: Vec<SignatureScheme>,
    /// How certificates may be compressed, ours for the client and the client's for us, best first (RFC 8879).
    pub certificate_compression: Vec<&'static dyn CertificateCompression>,
    /// How a pre-shared key may be used, with ECDHE or alone (RFC 8446 section 4.2.9).
    pub psk_modes: Vec<PskKeyExchangeMode>,
    /// Whether there are external pre-shared keys to ask for.
    pub external_psks: bool,
    /// Whether a client that knows one of them needs no certificate where one is required.
    pub external_psk_as_client_auth: bool,
    /// How many tickets a client of TLS 1.3 gets after a full handshake. After a resumption it gets one for the one that
    /// it has used, unless this is 0.
    pub ticket_count: u8,
    /// Whether TLS 1.3 asks again for a share of the best group that both list, though there is a share of another one
    /// (RFC 8446 section 4.1.4).
    pub retry_for_best_group: bool,
    /// Whether to tell clients of TLS 1.3 which groups are known here (RFC 8446 section 4.2.7).
    pub announce_groups: bool,
    /// Whether the server's name is acknowledged. A server that does not go by the name it hears need not
    /// (RFC 6066 section 3).
    pub acknowledge_name: bool,
    /// Whether TLS 1.3 acknowledges the server's name where a session is resumed, too. It is agreed on anew
    /// (RFC 8446 section 4.6.1), but clients that hold servers to RFC 6066 section 3 refuse that.
    pub acknowledge_resumed_name: bool,
    /// Most bytes of early data (RFC 8446 section 4.2.10); 0: none is taken. It can be replayed: see
    /// [`AdmitEarlyData`](crate::AdmitEarlyData).
    pub early_data: u32,
    /// By how much a client's word about the age of its ticket may be off where it sends early data
    /// (RFC 8446 section 8.3). Whoever answers [`AdmitEarlyData`](crate::AdmitEarlyData) has to remember for twice as long.
    pub ticket_age_tolerance: Duration,
    /// Has HelloRetryRequest carry all that has to be remembered in a cookie
    /// (RFC 8446 section 4.2.2): then any server that reads it may take the second ClientHello.
    pub retry_cookie: Option<Arc<dyn RetryCookie>>,
    /// Under what policy sessions are made: verifier, roots, credentials, client authentication.
    pub isolation: IsolationKey,
}

impl ServerPolicy {
    /// All that the provider brings, in its order, for TLS 1.3 and TLS 1.2; clients need not authenticate.
    #[must_use]
    pub fn new(provider: Arc<Provider>) -> Self {
        Self {
            versions: versions_of(&provider.suites),
            suites: provider.suites.clone(),
            groups: groups_of(&provider),
            dh_groups: provider.dh_groups.clone(),
            schemes: schemes_of(&provider),
            preference: Preference::Server,
            equal_suites: Vec::new(),
            equal_groups: Vec::new(),
            alpn: Vec::new(),
            client_auth: ClientAuth::None,
            session_ids: true,
            tickets: true,
            session_lifetime: 12 * 60 * 60,
            record_size_limit: None,
            encrypt_then_mac: true,
            certificate_schemes: Vec::new(),
            certificate_compression: Vec::new(),
            psk_modes: vec![PskKeyExchangeMode::psk_dhe_ke],
            external_psks: false,
            external_psk_as_client_auth: false,
            ticket_count: 2,
            retry_for_best_group: false,
            announce_groups: false,
            acknowledge_name: true,
            acknowledge_resumed_name: false,
            early_data: 0,
            ticket_age_tolerance: Duration::from_secs(10),
            retry_cookie: None,
            isolation: IsolationKey::builder().finish(),
            provider,
        }
    }
}

/// Whether a client of TLS 1.2 may send before the server's Finished has come (RFC 7918): in full handshakes only, under
/// AEAD suites with ephemeral keys on a curve.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum FalseStart {
    /// It waits.
    #[default]
    Never,
    /// Where the server has chosen an application protocol (RFC 7301).
    WithProtocol,
    /// In any case. Some old servers cannot cope with it.
    Always,
}

/// Whose order of preference decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Preference {
    /// The server's.
    Server,
    /// The client's.
    Client,
}

/// Whether a server asks its clients for a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClientAuth {
    /// It does not ask.
    None,
    /// It asks; a client may decline.
    Optional {
        /// The distinguished names (DER) of the authorities it trusts; a hint for the client.
        authorities: Vec<Vec<u8>>,
    },
    /// It asks, and a client without certificate is refused.
    Required {
        /// The distinguished names (DER) of the authorities it trusts; a hint for the client.
        authorities: Vec<Vec<u8>>,
    },
}

impl ClientAuth {
    /// The authorities to name, if a certificate is asked for at all.
    pub(crate) fn authorities(&self) -> Option<&[Vec<u8>]> {
        match self {
            Self::None => None,
            Self::Optional { authorities } | Self::Required { authorities } => Some(authorities),
        }
    }
}

/// Whom a client wants to talk to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The name as it is verified and as sessions are filed under: a DNS name or an IP address.
    pub name: String,
    /// What `server_name` says: DNS names only (RFC 6066 section 3).
    pub sni: Option<String>,
}

impl Target {
    /// A server that is known by its DNS name.
    #[must_use]
    pub fn dns(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            sni: Some(name.to_owned()),
        }
    }

    /// A server that is known by its address, or whose name shall not be sent.
    #[must_use]
    pub fn unnamed(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            sni: None,
        }
    }
}

/// The versions that these suites are for, best first.
#[must_use]
pub fn versions_of(suites: &[&'static Suite]) -> Vec<ProtocolVersion> {
    let known = [
        (SuiteVersion::Tls13, ProtocolVersion::TLSv1_3),
        (SuiteVersion::Tls12, ProtocolVersion::TLSv1_2),
    ];
    let has =
        |(version, _): &(SuiteVersion, _)| suites.iter().any(|suite| suite.version == *version);
    known
        .into_iter()
        .filter(has)
        .map(|(_, version)| version)
        .collect()
}

fn groups_of(provider: &Provider) -> Vec<NamedGroup> {
    let groups = provider.groups.iter();
    groups.map(|group| NamedGroup(group.id())).collect()
}

fn schemes_of(provider: &Provider) -> Vec<SignatureScheme> {
    provider
        .verifiers
        .iter()
        .map(|verifier| SignatureScheme(verifier.id))
        .collect()
}

/// Those that are known before TLS 1.3 too.
pub(crate) fn classic(
    provider: &Provider,
    groups: &[NamedGroup],
) -> impl Iterator<Item = NamedGroup> {
    let known = |id: &NamedGroup| {
        let group = provider.group(id.0);
        group.is_none_or(|group| !group.tls13_only())
    };
    groups.iter().copied().filter(known)
}

/// The group behind a code point: a curve, or a finite field.
pub(crate) fn group(
    provider: &Provider,
    fields: &[Arc<dyn DhGroup>],
    id: NamedGroup,
) -> Result<Group, Error> {
    let field = fields.iter().find(|field| field.id() == Some(id.0));
    match field {
        Some(field) => Ok(Group::Field(Arc::clone(field))),
        None => Group::curve(provider, id),
    }
}

/// The code point of a suite, typed.
pub(crate) fn code(suite: &Suite) -> CipherSuite {
    CipherSuite(suite.id)
}

/// Is this the code point of a finite field (RFC 7919 section 2)?
pub(crate) fn is_finite_field(group: NamedGroup) -> bool {
    (256..512).contains(&group.0)
}
