//! What a ServerHello answers, checked against what was offered.

use premaster_crypto::{BulkCipher, SuiteVersion};
use premaster_wire::{
    CompressionMethod, EcPointFormat, ProtocolVersion, ServerHello,
    ServerHelloExtension as Extension,
};

use crate::classic::Hellos;
use crate::offer::{ClientOffer, one_limit};
use crate::{Error, Fault};

/// A ServerHello, sorted by meaning; nothing in it was not offered.
pub(crate) struct Answer {
    pub(crate) hellos: Hellos,
    /// A NewSessionTicket will come (RFC 5077 section 3.2).
    pub(crate) session_ticket: bool,
    /// A CertificateStatus may come (RFC 6066 section 8).
    pub(crate) certificate_status: bool,
    /// Proofs of Certificate Transparency for the server's certificate (RFC 6962 section 3.3.1).
    pub(crate) certificate_timestamps: Vec<Vec<u8>>,
}

/// The version that a ServerHello selects, by supported_versions if it is of TLS 1.3 (RFC 8446 section 4.2.1).
pub(crate) fn selected_version(
    hello: &ServerHello<'_>,
    offered: &[ProtocolVersion],
) -> Result<ProtocolVersion, Error> {
    let refused = |fault, version| {
        let detail = format!("the server chose {version}");
        Err(Error::new(fault).detail(detail))
    };
    match hello.extensions().supported_versions() {
        // Nothing older is selected by extension, offered or not.
        Some(version) if version < ProtocolVersion::TLSv1_3 || !offered.contains(&version) => {
            refused(Fault::SelectedVersionNotOffered, version)
        }
        Some(version) => Ok(version),
        None => match hello.legacy_version {
            version if version > ProtocolVersion::TLSv1_2 || !offered.contains(&version) => {
                refused(Fault::VersionNotOffered, version)
            }
            version => Ok(version),
        },
    }
}

impl Answer {
    pub(crate) fn read(
        offer: &ClientOffer,
        hello: &ServerHello<'_>,
        version: ProtocolVersion,
    ) -> Result<Self, Error> {
        let policy = &offer.policy;
        let chosen =
            policy.suites.iter().copied().find(|suite| {
                suite.id == hello.cipher_suite.0 && suite.version == SuiteVersion::Tls12
            });
        let suite = chosen.ok_or_else(|| {
            let detail = format!("the server chose {}", hello.cipher_suite);
            Error::new(Fault::SuiteNotOffered).detail(detail)
        })?;
        if hello.compression_method != CompressionMethod::null {
            let detail = format!("the server chose {}", hello.compression_method);
            return Err(Error::new(Fault::CompressionChosen).detail(detail));
        }
        let hellos = Hellos {
            version,
            suite,
            client_random: offer.random,
            server_random: hello.random,
            session_id: hello.session_id.to_vec(),
            extended_master_secret: false,
            secure_renegotiation: false,
            server_name: offer.target.sni.clone(),
            alpn: None,
            record_limits: None,
            encrypt_then_mac: false,
            max_fragment_length: None,
        };
        let mut answer = Self {
            hellos,
            session_ticket: false,
            certificate_status: false,
            certificate_timestamps: Vec::new(),
        };
        for extension in hello.extensions() {
            offer.check_offered(premaster_wire::Extension::extension_type(&extension))?;
            answer.take(offer, extension)?;
        }
        let hellos = &answer.hellos;
        one_limit(
            hellos.record_limits.as_ref(),
            hellos.max_fragment_length.as_ref(),
        )?;
        if policy.require_secure_renegotiation && !answer.hellos.secure_renegotiation {
            return Err(Error::new(Fault::NoSecureRenegotiation)
                .detail("ServerHello has no renegotiation_info"));
        }
        Ok(answer)
    }

    fn take(&mut self, offer: &ClientOffer, extension: Extension<'_>) -> Result<(), Error> {
        match extension {
            Extension::RenegotiationInfo(info) => {
                if !info.is_empty() {
                    return Err(Fault::RenegotiationInfoNotEmpty.into());
                }
                self.hellos.secure_renegotiation = true;
            }
            Extension::ExtendedMasterSecret => self.hellos.extended_master_secret = true,
            Extension::SessionTicket => self.session_ticket = true,
            Extension::StatusRequest => self.certificate_status = true,
            Extension::SignedCertificateTimestamp(list) => {
                self.certificate_timestamps = list.iter().map(|one| one.sct.to_vec()).collect();
            }
            Extension::EcPointFormats(list) if !list.contains(&EcPointFormat::uncompressed) => {
                return Err(Fault::NoUncompressedPoints.into());
            }
            Extension::ApplicationLayerProtocolNegotiation(list) => {
                self.hellos.alpn = Some(offer.chosen_protocol(list)?);
            }
            Extension::RecordSizeLimit(limit) => {
                self.hellos.record_limits = offer.agreed_records(limit)?;
            }
            Extension::EncryptThenMac => {
                if !matches!(self.hellos.suite.cipher, BulkCipher::Cbc(_)) {
                    let detail = self.hellos.suite.name;
                    return Err(Error::new(Fault::EncryptThenMacWithoutCbc).detail(detail));
                }
                self.hellos.encrypt_then_mac = true;
            }
            Extension::MaxFragmentLength(length) => {
                self.hellos.max_fragment_length = Some(offer.agreed_fragments(length)?);
            }
            _ => {}
        }
        Ok(())
    }
}
