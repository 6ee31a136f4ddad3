//! A ClientHello as a server reads it.

use premaster_wire::{
    CertificateCompressionAlgorithm, CertificateStatusRequest, CipherSuite, ClientHello,
    ClientHelloExtension as Extension, CompressionMethod, EcPointFormat, ExtensionType,
    KeyShareEntry, MaxFragmentLength, NameType, NamedGroup, OfferedPsks, ProtocolVersion,
    PskKeyExchangeMode, Random, SignatureScheme,
};

use crate::negotiate::cut;
use crate::{Error, Fault, ServerPolicy};

/// A ClientHello, sorted by meaning, as a server reads it.
pub(crate) struct Offer<'a> {
    /// As it came.
    pub(crate) hello: ClientHello<'a>,
    pub(crate) legacy_version: ProtocolVersion,
    pub(crate) random: Random,
    pub(crate) session_id: &'a [u8],
    pub(crate) suites: Vec<CipherSuite>,
    pub(crate) supported_versions: Option<Vec<ProtocolVersion>>,
    pub(crate) server_name: Option<String>,
    pub(crate) groups: Option<Vec<NamedGroup>>,
    pub(crate) schemes: Vec<SignatureScheme>,
    /// In certificates, if the client says that apart (RFC 8446 section 4.2.3).
    certificate_schemes: Option<Vec<SignatureScheme>>,
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
    /// TLS 1.3: the shares, in the client's order (RFC 8446 section 4.2.8).
    pub(crate) key_shares: Option<Vec<KeyShareEntry<'a>>>,
    /// TLS 1.3: the pre-shared keys (RFC 8446 section 4.2.11).
    pub(crate) psks: Option<OfferedPsks<'a>>,
    /// TLS 1.3: how a pre-shared key may be used (RFC 8446 section 4.2.9).
    pub(crate) psk_modes: Option<Vec<PskKeyExchangeMode>>,
    /// TLS 1.3: early data follows (RFC 8446 section 4.2.10).
    pub(crate) early_data: bool,
    /// TLS 1.3: the cookie of a HelloRetryRequest (RFC 8446 section 4.2.2).
    pub(crate) cookie: Option<&'a [u8]>,
    /// TLS 1.3: how our certificates may be compressed (RFC 8879 section 3).
    pub(crate) certificate_compression: Vec<CertificateCompressionAlgorithm>,
    /// TLS 1.3: the client wants proofs of Certificate Transparency (RFC 6962 section 3.3.1).
    pub(crate) certificate_timestamps: bool,
    /// TLS 1.3: the authorities that the client trusts, as DER (RFC 8446 section 4.2.4).
    pub(crate) authorities: Vec<Vec<u8>>,
    /// TLS 1.3: the client can authenticate itself later (RFC 8446 section 4.2.6).
    pub(crate) post_handshake_auth: bool,
    /// The extension types, in the client's order.
    pub(crate) extension_types: Vec<ExtensionType>,
    /// Nothing but the null method is offered.
    pub(crate) uncompressed_only: bool,
}

impl<'a> Offer<'a> {
    /// Sorts a ClientHello and refuses what no version allows.
    pub(crate) fn read(hello: &ClientHello<'a>) -> Result<Self, Error> {
        if !hello.compression_methods.contains(&CompressionMethod::null) {
            return Err(Fault::NoNullCompression.into());
        }
        let suites: Vec<_> = hello.cipher_suites.iter().collect();
        let mut offer = Self {
            hello: *hello,
            legacy_version: hello.legacy_version,
            random: hello.random,
            session_id: hello.session_id,
            secure_renegotiation: suites.contains(&CipherSuite::TLS_EMPTY_RENEGOTIATION_INFO_SCSV),
            suites,
            supported_versions: None,
            server_name: None,
            groups: None,
            schemes: Vec::new(),
            certificate_schemes: None,
            alpn: None,
            ticket: None,
            extended_master_secret: false,
            point_formats: false,
            ocsp_stapling: false,
            record_size_limit: None,
            encrypt_then_mac: false,
            max_fragment_length: None,
            key_shares: None,
            psks: None,
            psk_modes: None,
            early_data: false,
            cookie: None,
            certificate_compression: Vec::new(),
            certificate_timestamps: false,
            authorities: Vec::new(),
            post_handshake_auth: false,
            extension_types: hello.extensions().types().collect(),
            uncompressed_only: hello.compression_methods.iter().count() == 1,
        };
        for extension in hello.extensions() {
            offer.take(extension)?;
        }
        Ok(offer)
    }

    /// The schemes that the client accepts in certificates.
    pub(crate) fn certificate_schemes(&self) -> Vec<SignatureScheme> {
        let apart = self.certificate_schemes.as_ref();
        apart.unwrap_or(&self.schemes).clone()
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
            Extension::SignatureAlgorithmsCert(list) => {
                self.certificate_schemes = Some(list.iter().collect());
            }
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
            Extension::KeyShare(list) => self.key_shares = Some(list.iter().collect()),
            Extension::PreSharedKey(psks) => self.psks = Some(psks),
            Extension::PskKeyExchangeModes(list) => self.psk_modes = Some(list.iter().collect()),
            Extension::EarlyData => self.early_data = true,
            Extension::Cookie(cookie) => self.cookie = Some(cookie),
            Extension::CompressCertificate(list) => {
                self.certificate_compression = list.iter().collect();
            }
            Extension::SignedCertificateTimestamp => self.certificate_timestamps = true,
            Extension::CertificateAuthorities(list) => {
                self.authorities = list.iter().map(|name| name.der.to_vec()).collect();
            }
            Extension::PostHandshakeAuth => self.post_handshake_auth = true,
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
pub(super) fn record_size_limit(limit: u16) -> Result<u16, Error> {
    if limit < 64 {
        let detail = format!("{limit} bytes");
        return Err(Error::new(Fault::RecordSizeLimitTooSmall).detail(detail));
    }
    Ok(limit)
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
