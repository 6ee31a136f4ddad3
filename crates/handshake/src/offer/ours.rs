//! A ClientHello as a client says it.

use std::sync::Arc;

use premaster_crypto::{ActiveKeyExchange, HashAlgorithm};
use premaster_session::{ClientSession, UnixTime};
use premaster_trace::{EarlyDataReason, Event};
use premaster_wire::{
    CertificateCompressionAlgorithm, CertificateStatusRequest, CipherSuite, ClientHello,
    ClientHelloExtension as Extension, CompressionMethod, Decode as _, DistinguishedName,
    EcPointFormat, ExtensionType, Extensions, KeyShareEntry, List, MaxFragmentLength, NameType,
    NamedGroup, OcspStatusRequest, OfferedPsks, ProtocolName, ProtocolVersion, PskBinderEntry,
    PskIdentity, Random, ServerName, SignatureScheme, encode_message, split_message,
};

use super::grease::Grease;
use super::permutation::Permutation;
use super::psks::OfferedPsk;
use crate::group::Group;
use crate::peer::Peer;
use crate::policy::{code, group};
use crate::schemes;
use crate::{ClientPolicy, Error, Fault, Target};

/// What a client says in its ClientHello, kept to check the answer against it.
pub(crate) struct ClientOffer {
    pub(crate) policy: Arc<ClientPolicy>,
    pub(crate) target: Target,
    pub(crate) random: Random,
    /// The session to resume in TLS 1.2.
    session: Option<ClientSession>,
    session_id: Vec<u8>,
    /// The extensions that were sent: a server may answer no other.
    pub(crate) extensions: Vec<ExtensionType>,
    /// Our limit of records, if it was sent (RFC 8449 section 4).
    pub(crate) record_size_limit: Option<u16>,
    /// The longest fragment to ask for, with a session to resume or without: nobody knows yet whether it will be
    /// (RFC 5246 section 7.4.1.4).
    pub(crate) max_fragment_length: Option<MaxFragmentLength>,
    /// TLS 1.3: our key pairs, each for one group.
    pub(crate) shares: Vec<Share>,
    /// TLS 1.3: what we know already, best first.
    pub(crate) psks: Vec<OfferedPsk>,
    /// TLS 1.3: early data follows, under the first of the keys; or why none does.
    pub(crate) early_data: Result<(), EarlyDataReason>,
    /// TLS 1.3: what the server has us repeat (RFC 8446 section 4.2.2).
    cookie: Vec<u8>,
    /// What means nothing.
    grease: Option<Grease>,
    /// The order of extensions, if it is drawn.
    permutation: Option<Permutation>,
    /// TLS 1.3: the server has named the one share that it wants.
    asked_for_share: bool,
}

/// A key pair of ours that waits for the server's half.
pub(crate) struct Share {
    pub(crate) group: Group,
    pub(crate) id: NamedGroup,
    pub(crate) ours: Box<dyn ActiveKeyExchange>,
}

impl Share {
    fn new(policy: &ClientPolicy, id: NamedGroup) -> Result<Self, Error> {
        let group = group(&policy.provider, &policy.dh_groups, id)?;
        let ours = group.start()?;
        Ok(Self { group, id, ours })
    }
}

impl ClientOffer {
    pub(crate) fn new(
        peer: &mut Peer,
        policy: Arc<ClientPolicy>,
        target: Target,
        session: Option<ClientSession>,
    ) -> Result<Self, Error> {
        let tls13 = policy.speaks_tls13();
        let has_session = session.is_some();
        let (resumable, session) = match session {
            Some(found) if found.session.ticket_psk().is_some() => (Some(found), None),
            session => (None, session),
        };
        let session_id = match &session {
            None if !(tls13 && policy.middlebox_compatibility) => Vec::new(),
            Some(found) if found.ticket.is_empty() => found.session_id.clone(),
            // A server that takes the ticket echoes this ID: so the client knows at once
            // (RFC 5077 section 3.4). And so that TLS 1.3 looks like a resumption
            // (RFC 8446 appendix D.4).
            _ => peer.random(&policy.provider)?.0.to_vec(),
        };
        let random = peer.random(&policy.provider)?;
        let mut shares = Vec::new();
        let mut psks = Vec::new();
        if tls13 {
            for id in policy.shares() {
                shares.push(Share::new(&policy, id)?);
            }
            psks = OfferedPsk::all(&policy, resumable)?;
        }
        let early_data = match psks.first() {
            _ if !policy.early_data => Err(EarlyDataReason::Disabled),
            _ if !tls13 => Err(EarlyDataReason::ProtocolVersion),
            Some(psk) => psk.may_carry_early_data(&policy),
            None if has_session => Err(EarlyDataReason::NotAllowedBySession),
            None => Err(EarlyDataReason::NoSession),
        };
        let grease = match policy.grease {
            true => Some(Grease::new(&policy.provider)?),
            false => None,
        };
        let permutation = match policy.permute_extensions {
            true => Some(Permutation::new(&policy.provider)?),
            false => None,
        };
        let record_size_limit = policy.record_size_limit;
        let max_fragment_length = policy.max_fragment_length;
        Ok(Self {
            policy,
            target,
            random,
            session,
            session_id,
            extensions: Vec::new(),
            record_size_limit,
            max_fragment_length,
            shares,
            psks,
            early_data,
            cookie: Vec::new(),
            grease,
            permutation,
            asked_for_share: false,
        })
    }

    /// Does what a HelloRetryRequest asks for: a share of another group, a cookie repeated; no early data, and only keys
    /// for the suite that was chosen (RFC 8446 section 4.1.2).
    pub(crate) fn retry(
        &mut self,
        selected: Option<NamedGroup>,
        cookie: Option<&[u8]>,
        hash: HashAlgorithm,
    ) -> Result<(), Error> {
        if let Some(id) = selected {
            self.shares = vec![Share::new(&self.policy, id)?];
            self.asked_for_share = true;
        }
        self.cookie = cookie.unwrap_or_default().to_vec();
        self.early_data = Err(EarlyDataReason::HelloRetryRequest);
        self.psks.retain(|psk| psk.algorithm() == hash);
        Ok(())
    }

    /// Sends the ClientHello.
    pub(crate) fn send(&mut self, peer: &mut Peer) -> Result<(), Error> {
        let (mut message, types) = self.encode(peer.now())?;
        self.extensions = types;
        if let Some(shape) = &self.policy.shape_hello {
            message = shape.shape(&message);
            self.follow(&message)?;
        }
        OfferedPsk::bind(&self.psks, peer, &mut message);
        peer.send_encoded(message)
    }

    /// The message with zeros as binders, and the types of its extensions.
    fn encode(&self, now: UnixTime) -> Result<(Vec<u8>, Vec<ExtensionType>), Error> {
        let policy = &self.policy;
        let lists = Lists::new(self, policy, now);
        let mut extensions = Vec::with_capacity(24);
        self.extensions_of_both(&lists, &mut extensions);
        if policy.speaks_classic() {
            self.extensions_of_classic(&lists, &mut extensions);
        }
        if policy.speaks_tls13() {
            self.extensions_of_tls13(&lists, &mut extensions);
        }
        if let Some(permutation) = &self.permutation {
            permutation.sort(&mut extensions);
        }
        if let Some(grease) = self.grease {
            extensions.insert(0, grease.first());
            extensions.push(grease.last());
        }
        // The pre-shared keys come last (RFC 8446 section 4.2.11).
        extensions.extend(lists.pre_shared_keys());
        let extensions = Extensions::from(extensions.as_slice());
        let message = encode_message(&ClientHello {
            legacy_version: self.legacy_version(),
            random: self.random,
            session_id: &self.session_id,
            cipher_suites: List::from(lists.suites.as_slice()),
            compression_methods: List::from(&[CompressionMethod::null]),
            extensions: Some(extensions),
        })?;
        let answerable = extensions.types().filter(|kind| !kind.is_grease());
        Ok((message, answerable.collect()))
    }

    /// Goes by what is sent in place of our own ClientHello.
    fn follow(&mut self, message: &[u8]) -> Result<(), Error> {
        let strange = |detail| Error::new(Fault::EncodingFailed).detail(detail);
        let (_, body) = split_message(message)
            .map_err(|error| strange(format!("the shaped ClientHello: {error}")))?;
        let hello = ClientHello::decode(body)
            .map_err(|error| strange(format!("the shaped ClientHello: {error}")))?;
        self.random = hello.random;
        self.session_id = hello.session_id.to_vec();
        let types = hello.extensions().types();
        self.extensions = types.filter(|kind| !kind.is_grease()).collect();
        if !self.extensions.contains(&ExtensionType::early_data) && self.early_data.is_ok() {
            self.early_data = Err(EarlyDataReason::Disabled);
        }
        (self.record_size_limit, self.max_fragment_length) = (None, None);
        for extension in hello.extensions() {
            match extension {
                Extension::RecordSizeLimit(limit) => self.record_size_limit = Some(limit),
                Extension::MaxFragmentLength(length) => self.max_fragment_length = Some(length),
                _ => {}
            }
        }
        match hello.binders_len() {
            None => {
                self.psks.clear();
                self.early_data = self.early_data.and(Err(EarlyDataReason::Disabled));
            }
            Some(length) if length == OfferedPsk::binders_len(&self.psks) => {}
            Some(_) => {
                return Err(strange(
                    "the shaped ClientHello has other pre-shared keys".to_owned(),
                ));
            }
        }
        Ok(())
    }

    fn extensions_of_both<'a>(&self, lists: &'a Lists<'_>, extensions: &mut Vec<Extension<'a>>) {
        let policy = lists.policy;
        if let Some(names) = &lists.names {
            extensions.push(Extension::ServerName(List::from(names)));
        }
        // A field without a code point cannot be listed, and a list has at least one element.
        if !lists.groups.is_empty() {
            let groups = List::from(lists.groups.as_slice());
            extensions.push(Extension::SupportedGroups(groups));
        }
        if !lists.protocols.is_empty() {
            let list = List::from(lists.protocols.as_slice());
            extensions.push(Extension::ApplicationLayerProtocolNegotiation(list));
        }
        if policy.ocsp_stapling {
            let request = CertificateStatusRequest::Ocsp(OcspStatusRequest::default());
            extensions.push(Extension::StatusRequest(request));
        }
        if policy.certificate_timestamps {
            extensions.push(Extension::SignedCertificateTimestamp);
        }
        let schemes = List::from(lists.schemes.as_slice());
        extensions.push(Extension::SignatureAlgorithms(schemes));
        if !policy.certificate_schemes.is_empty() {
            let schemes = List::from(policy.certificate_schemes.as_slice());
            extensions.push(Extension::SignatureAlgorithmsCert(schemes));
        }
        if let Some(limit) = policy.record_size_limit {
            extensions.push(Extension::RecordSizeLimit(limit));
        }
        if let Some(length) = policy.max_fragment_length {
            extensions.push(Extension::MaxFragmentLength(length));
        }
    }

    /// What means nothing in TLS 1.3.
    fn extensions_of_classic<'a>(&self, lists: &'a Lists<'_>, extensions: &mut Vec<Extension<'a>>) {
        let policy = lists.policy;
        extensions.push(Extension::ExtendedMasterSecret);
        extensions.push(Extension::RenegotiationInfo(&[]));
        if policy.has_curves() {
            extensions.push(Extension::EcPointFormats(List::from(&[
                EcPointFormat::uncompressed,
            ])));
        }
        if policy.tickets && policy.resumption {
            extensions.push(Extension::SessionTicket(&lists.ticket));
        }
        if policy.encrypt_then_mac && policy.has_cbc() {
            extensions.push(Extension::EncryptThenMac);
        }
    }

    /// What means nothing before TLS 1.3, but for the pre-shared keys.
    fn extensions_of_tls13<'a>(&self, lists: &'a Lists<'_>, extensions: &mut Vec<Extension<'a>>) {
        let policy = lists.policy;
        let versions = List::from(lists.versions.as_slice());
        extensions.push(Extension::SupportedVersions(versions));
        if !lists.compression.is_empty() {
            let list = List::from(lists.compression.as_slice());
            extensions.push(Extension::CompressCertificate(list));
        }
        if !lists.authorities.is_empty() {
            let list = List::from(lists.authorities.as_slice());
            extensions.push(Extension::CertificateAuthorities(list));
        }
        if policy.post_handshake_auth {
            extensions.push(Extension::PostHandshakeAuth);
        }
        if !lists.cookie.is_empty() {
            extensions.push(Extension::Cookie(&lists.cookie));
        }
        extensions.push(Extension::KeyShare(List::from(lists.shares.as_slice())));
        if !policy.psk_modes.is_empty() {
            let modes = List::from(policy.psk_modes.as_slice());
            extensions.push(Extension::PskKeyExchangeModes(modes));
        }
        if self.early_data.is_ok() {
            extensions.push(Extension::EarlyData);
        }
    }

    /// The version in the ClientHello. The premaster secret of key transport repeats it
    /// (RFC 5246 section 7.4.7.1).
    pub(crate) fn legacy_version(&self) -> ProtocolVersion {
        let highest = self.policy.versions.iter().copied().max();
        highest.map_or(ProtocolVersion::TLSv1_2, |version| {
            version.min(ProtocolVersion::TLSv1_2)
        })
    }

    /// What a server of TLS 1.3 has to echo (RFC 8446 section 4.1.3).
    pub(crate) fn session_id(&self) -> &[u8] {
        &self.session_id
    }

    /// The session that was offered, if the server's echo of the ID says that it resumes it
    /// (RFC 5246 section 7.4.1.3).
    pub(crate) fn resumable_by(
        &mut self,
        echoed: &[u8],
        trace: impl FnOnce(Event<'static>),
    ) -> Option<ClientSession> {
        let session = self.session.take()?;
        if !self.session_id.is_empty() && self.session_id == echoed {
            return Some(session);
        }
        trace(Event::NotResumed {
            reason: "the server wants a full handshake".into(),
        });
        None
    }

    /// Whether a server of TLS 1.2 echoes an ID that means no session: it cannot know one of ours
    /// (RFC 8446 appendix D.4).
    pub(crate) fn is_no_session(&self, echoed: &[u8]) -> bool {
        self.session.is_none() && !self.session_id.is_empty() && self.session_id == echoed
    }
}

/// What the extensions of a ClientHello point into.
struct Lists<'a> {
    policy: &'a ClientPolicy,
    suites: Vec<CipherSuite>,
    versions: Vec<ProtocolVersion>,
    names: Option<[ServerName<'a>; 1]>,
    groups: Vec<NamedGroup>,
    schemes: Vec<SignatureScheme>,
    protocols: Vec<ProtocolName<'a>>,
    ticket: Vec<u8>,
    compression: Vec<CertificateCompressionAlgorithm>,
    authorities: Vec<DistinguishedName<'a>>,
    cookie: Vec<u8>,
    shares: Vec<KeyShareEntry<'a>>,
    identities: Vec<PskIdentity<'a>>,
    binders: Vec<PskBinderEntry<'a>>,
}

impl<'a> Lists<'a> {
    fn new(offer: &'a ClientOffer, policy: &'a ClientPolicy, now: UnixTime) -> Self {
        let ticket = offer.session.as_ref().map(|found| found.ticket.clone());
        let names = offer.target.sni.as_deref().map(|name| {
            [ServerName {
                name_type: NameType::host_name,
                name: name.as_bytes(),
            }]
        });
        let protocols = policy
            .alpn
            .iter()
            .map(|name| ProtocolName::from(name.as_slice()));
        let authorities = policy.authorities.iter();
        let compression = policy.certificate_compression.iter();
        let shares = offer.shares.iter().map(|share| KeyShareEntry {
            group: share.id,
            key_exchange: share.ours.share(),
        });
        // What means nothing comes first, where a server that takes the first it sees would take it.
        let grease = offer.grease;
        let first_share = grease.filter(|_| !offer.asked_for_share);
        let suites = policy.suites.iter().map(|suite| code(suite));
        let fallback = policy.fallback.then_some(CipherSuite::TLS_FALLBACK_SCSV);
        let listed = policy.listed_groups();
        let groups = grease.filter(|_| !listed.is_empty());
        Self {
            policy,
            suites: behind(grease.map(|grease| grease.suite), suites.chain(fallback)),
            versions: behind(
                grease.map(|grease| grease.version),
                policy.versions.iter().copied(),
            ),
            names,
            groups: behind(groups.map(|grease| grease.group), listed),
            schemes: behind(
                grease.map(|grease| grease.scheme),
                schemes::of_hello(&policy.schemes, &policy.versions),
            ),
            protocols: protocols.collect(),
            ticket: ticket.unwrap_or_default(),
            compression: compression.map(|one| one.algorithm()).collect(),
            authorities: authorities.map(|der| DistinguishedName { der }).collect(),
            cookie: offer.cookie.clone(),
            shares: behind(first_share.map(Grease::share), shares),
            identities: offer.psks.iter().map(|psk| psk.identity(now)).collect(),
            binders: offer.psks.iter().map(OfferedPsk::no_binder).collect(),
        }
    }

    fn pre_shared_keys(&self) -> Option<Extension<'_>> {
        (!self.identities.is_empty()).then(|| {
            Extension::PreSharedKey(OfferedPsks {
                identities: List::from(self.identities.as_slice()),
                binders: List::from(self.binders.as_slice()),
            })
        })
    }
}

/// A list behind its first element, if it gets one.
fn behind<T>(first: Option<T>, rest: impl IntoIterator<Item = T>) -> Vec<T> {
    first.into_iter().chain(rest).collect()
}
