//! What a ClientHello offers: as a server reads it, and as a client says it.

use std::sync::Arc;

use premaster_session::ClientSession;
use premaster_trace::Event;
use premaster_wire::{
    CertificateStatusRequest, CipherSuite, ClientHello, ClientHelloExtension as Extension,
    CompressionMethod, EcPointFormat, ExtensionType, Extensions, List, MaxFragmentLength, NameType,
    NamedGroup, OcspStatusRequest, ProtocolName, ProtocolVersion, Random, ServerName,
    SignatureScheme,
};

use crate::negotiate::cut;
use crate::peer::Peer;
use crate::policy::code;
use crate::{ClientPolicy, Error, Fault, ServerPolicy, Target};

/// A ClientHello, sorted by meaning, as a server reads it.
pub(crate) struct Offer<'a> {
    pub(crate) legacy_version: ProtocolVersion,
    pub(crate) random: Random,
    pub(crate) session_id: &'a [u8],
    pub(crate) suites: Vec<CipherSuite>,
    pub(crate) supported_versions: Option<Vec<ProtocolVersion>>,
    pub(crate) server_name: Option<String>,
    pub(crate) groups: Option<Vec<NamedGroup>>,
    pub(crate) schemes: Vec<SignatureScheme>,
    pub(crate) alpn: Option<Vec<&'a [u8]>>,
    /// `Some` if the client knows tickets; empty if it has none.
    pub(crate) ticket: Option<&'a [u8]>,
    pub(crate) extended_master_secret: bool,
    /// `renegotiation_info` or its SCSV is there (RFC 5746 section 3.6).
    pub(crate) secure_renegotiation: bool,
    /// Only then may the server answer it.
    pub(crate) point_formats: bool,
    pub(crate) ocsp_stapling: bool,
    pub(crate) record_size_limit: Option<u16>,
    pub(crate) encrypt_then_mac: bool,
    pub(crate) max_fragment_length: Option<MaxFragmentLength>,
}

impl<'a> Offer<'a> {
    /// Sorts a ClientHello and refuses what no version allows.
    pub(crate) fn read(hello: &ClientHello<'a>) -> Result<Self, Error> {
        if !hello.compression_methods.contains(&CompressionMethod::null) {
            return Err(Fault::NoNullCompression.into());
        }
        let suites: Vec<_> = hello.cipher_suites.iter().collect();
        let mut offer = Self {
            legacy_version: hello.legacy_version,
            random: hello.random,
            session_id: hello.session_id,
            secure_renegotiation: suites.contains(&CipherSuite::TLS_EMPTY_RENEGOTIATION_INFO_SCSV),
            suites,
            supported_versions: None,
            server_name: None,
            groups: None,
            schemes: Vec::new(),
            alpn: None,
            ticket: None,
            extended_master_secret: false,
            point_formats: false,
            ocsp_stapling: false,
            record_size_limit: None,
            encrypt_then_mac: false,
            max_fragment_length: None,
        };
        for extension in hello.extensions() {
            offer.take(extension)?;
        }
        Ok(offer)
    }

    /// The longest fragment that is agreed on: what the client asks for, unless both have record_size_limit
    /// (RFC 8449 section 5).
    pub(crate) fn agreed_fragment_length(
        &self,
        policy: &ServerPolicy,
    ) -> Option<MaxFragmentLength> {
        let limits = policy.record_size_limit.zip(self.record_size_limit);
        self.max_fragment_length.filter(|_| limits.is_none())
    }

    fn take(&mut self, extension: Extension<'a>) -> Result<(), Error> {
        match extension {
            Extension::ServerName(names) => {
                let hosts = names
                    .iter()
                    .filter(|name| name.name_type == NameType::host_name);
                if hosts.count() > 1 {
                    // Which of them would be meant is anybody's guess (RFC 6066 section 3).
                    return Err(Error::new(Fault::Malformed).detail("more than one host name"));
                }
                self.server_name = names.host_name().map(host_name).transpose()?.flatten();
            }
            Extension::SupportedVersions(list) => {
                self.supported_versions = Some(list.iter().collect());
            }
            Extension::SupportedGroups(list) => self.groups = Some(list.iter().collect()),
            Extension::SignatureAlgorithms(list) => self.schemes = list.iter().collect(),
            Extension::ApplicationLayerProtocolNegotiation(list) => {
                self.alpn = Some(list.iter().map(|protocol| protocol.name).collect());
            }
            Extension::SessionTicket(ticket) => self.ticket = Some(ticket),
            Extension::ExtendedMasterSecret => self.extended_master_secret = true,
            Extension::RenegotiationInfo(info) => {
                if !info.is_empty() {
                    return Err(Fault::RenegotiationInfoNotEmpty.into());
                }
                self.secure_renegotiation = true;
            }
            Extension::EcPointFormats(list) => {
                if !list.contains(&EcPointFormat::uncompressed) {
                    return Err(Fault::NoUncompressedPoints.into());
                }
                self.point_formats = true;
            }
            Extension::StatusRequest(CertificateStatusRequest::Ocsp(_)) => {
                self.ocsp_stapling = true;
            }
            Extension::RecordSizeLimit(limit) => {
                self.record_size_limit = Some(record_size_limit(limit)?);
            }
            Extension::EncryptThenMac => self.encrypt_then_mac = true,
            Extension::MaxFragmentLength(length) => {
                if length.bytes().is_none() {
                    let detail = format!("the client wrote {length}");
                    return Err(Error::new(Fault::UnknownFragmentLength).detail(detail));
                }
                self.max_fragment_length = Some(length);
            }
            // What we do not know or do not want is passed over (RFC 5246 section 7.4.1.4).
            _ => {}
        }
        Ok(())
    }
}

/// A host name as text, as names are compared: in lower case, without a trailing dot. `None` for an
/// address, which some clients send although they must not (RFC 6066 section 3).
fn host_name(name: &[u8]) -> Result<Option<String>, Error> {
    let text = core::str::from_utf8(name)
        .ok()
        .map(|name| name.trim_end_matches('.'));
    let Some(text) = text.filter(|text| is_host_name(text)) else {
        let detail = format!("server_name is {}", cut(&name.escape_ascii().to_string()));
        return Err(Error::new(Fault::UnknownName).detail(detail));
    };
    let is_address = text.parse::<core::net::IpAddr>().is_ok();
    Ok((!is_address).then(|| text.to_ascii_lowercase()))
}

/// Labels of letters, digits, hyphens and underscores: nothing that could mean more than a name to
/// whoever builds paths or keys from it.
fn is_host_name(text: &str) -> bool {
    let in_label = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let is_label = |label: &str| (1..=63).contains(&label.len()) && label.bytes().all(in_label);
    let is_address = text.parse::<core::net::IpAddr>().is_ok();
    text.len() <= 253 && (is_address || text.split('.').all(is_label))
}

/// The peer's limit, which must leave room for something (RFC 8449 section 4).
pub(crate) fn record_size_limit(limit: u16) -> Result<u16, Error> {
    if limit < 64 {
        let detail = format!("{limit} bytes");
        return Err(Error::new(Fault::RecordSizeLimitTooSmall).detail(detail));
    }
    Ok(limit)
}

/// What a client says in its ClientHello, kept to check the answer against it.
pub(crate) struct ClientOffer {
    pub(crate) policy: Arc<ClientPolicy>,
    pub(crate) target: Target,
    pub(crate) random: Random,
    /// The session to resume.
    session: Option<ClientSession>,
    session_id: Vec<u8>,
    /// The extensions that were sent: a server may answer no other.
    pub(crate) extensions: Vec<ExtensionType>,
}

impl ClientOffer {
    pub(crate) fn new(
        peer: &mut Peer,
        policy: Arc<ClientPolicy>,
        target: Target,
        session: Option<ClientSession>,
    ) -> Result<Self, Error> {
        let session_id = match &session {
            None => Vec::new(),
            Some(found) if found.ticket.is_empty() => found.session_id.clone(),
            // A server that takes the ticket echoes this ID: so the client knows at once
            // (RFC 5077 section 3.4).
            Some(_) => peer.random(&policy.provider)?.0.to_vec(),
        };
        let random = peer.random(&policy.provider)?;
        Ok(Self {
            policy,
            target,
            random,
            session,
            session_id,
            extensions: Vec::new(),
        })
    }

    /// Sends the ClientHello.
    pub(crate) fn send(&mut self, peer: &mut Peer) -> Result<(), Error> {
        let policy = Arc::clone(&self.policy);
        let target = self.target.clone();
        let names = target.sni.as_ref().map(|name| {
            [ServerName {
                name_type: NameType::host_name,
                name: name.as_bytes(),
            }]
        });
        let protocols: Vec<_> = policy
            .alpn
            .iter()
            .map(|name| ProtocolName::from(name.as_slice()))
            .collect();
        let ticket = self
            .session
            .as_ref()
            .map(|found| found.ticket.clone())
            .unwrap_or_default();

        let mut extensions = Vec::with_capacity(12);
        if let Some(names) = &names {
            extensions.push(Extension::ServerName(List::from(names)));
        }
        extensions.push(Extension::ExtendedMasterSecret);
        extensions.push(Extension::RenegotiationInfo(&[]));
        let groups = policy.listed_groups();
        // A field without a code point cannot be listed, and a list has at least one element.
        if !groups.is_empty() {
            extensions.push(Extension::SupportedGroups(List::from(groups.as_slice())));
        }
        if policy.has_curves() {
            extensions.push(Extension::EcPointFormats(List::from(&[
                EcPointFormat::uncompressed,
            ])));
        }
        if policy.tickets && policy.resumption {
            extensions.push(Extension::SessionTicket(&ticket));
        }
        if !protocols.is_empty() {
            let list = List::from(protocols.as_slice());
            extensions.push(Extension::ApplicationLayerProtocolNegotiation(list));
        }
        if policy.ocsp_stapling {
            let request = CertificateStatusRequest::Ocsp(OcspStatusRequest::default());
            extensions.push(Extension::StatusRequest(request));
        }
        extensions.push(Extension::SignatureAlgorithms(List::from(
            policy.schemes.as_slice(),
        )));
        if let Some(limit) = policy.record_size_limit {
            extensions.push(Extension::RecordSizeLimit(limit));
        }
        if policy.encrypt_then_mac && policy.has_cbc() {
            extensions.push(Extension::EncryptThenMac);
        }
        if let Some(length) = self.max_fragment_length() {
            extensions.push(Extension::MaxFragmentLength(length));
        }

        let extensions = Extensions::from(extensions.as_slice());
        self.extensions = extensions.types().collect();
        let suites: Vec<_> = policy.suites.iter().map(|suite| code(suite)).collect();
        peer.send(&ClientHello {
            legacy_version: self.legacy_version(),
            random: self.random,
            session_id: &self.session_id,
            cipher_suites: List::from(suites.as_slice()),
            compression_methods: List::from(&[CompressionMethod::null]),
            extensions: Some(extensions),
        })
    }

    /// The version in the ClientHello. The premaster secret of key transport repeats it
    /// (RFC 5246 section 7.4.7.1).
    pub(crate) fn legacy_version(&self) -> ProtocolVersion {
        let highest = self.policy.versions.iter().copied().max();
        highest.map_or(ProtocolVersion::TLSv1_2, |version| {
            version.min(ProtocolVersion::TLSv1_2)
        })
    }

    /// The longest fragment to ask for, with a session to resume or without: nobody knows yet whether it will be
    /// (RFC 5246 section 7.4.1.4).
    pub(crate) fn max_fragment_length(&self) -> Option<MaxFragmentLength> {
        self.policy.max_fragment_length
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_name_is_a_name_and_nothing_else() {
        let read = |name: &[u8]| host_name(name).map_err(|error| error.fault());
        let name = |text: &str| Ok(Some(text.to_owned()));
        assert_eq!(read(b"Example.COM"), name("example.com"));
        assert_eq!(read(b"example.com."), name("example.com"));
        assert_eq!(read(b"a_b.example"), name("a_b.example"));
        assert_eq!(read(b"127.0.0.1"), Ok(None));
        assert_eq!(read(b"::1"), Ok(None));
        for wrong in [
            &b"../../etc"[..],
            b"a b",
            b"a\0b",
            b"\xff",
            b"",
            b".",
            b"a..b",
            &[b'a'; 64],
        ] {
            assert_eq!(read(wrong), Err(Fault::UnknownName), "{wrong:?}");
        }
    }

    #[test]
    fn a_record_size_limit_leaves_room_for_something() {
        assert_eq!(record_size_limit(64), Ok(64));
        assert_eq!(record_size_limit(u16::MAX), Ok(u16::MAX));
        assert!(record_size_limit(63).is_err());
    }
}
