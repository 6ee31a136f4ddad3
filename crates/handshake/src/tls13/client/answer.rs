//! What the server answers: ServerHello and EncryptedExtensions, checked against what was offered.

use premaster_crypto::{Suite, SuiteVersion};
use premaster_wire::tls13::EncryptedExtensions;
use premaster_wire::{
    CipherSuite, CompressionMethod, EncryptedExtension, Extension as _, ExtensionType,
    MaxFragmentLength, NamedGroup, ProtocolVersion, ServerHello, ServerHelloExtension,
};

use crate::offer::{ClientOffer, one_limit};
use crate::record_limits::RecordLimits;
use crate::{Error, Fault};

/// A ServerHello of TLS 1.3, sorted by meaning.
pub(crate) struct Answer {
    pub(super) suite: &'static Suite,
    /// The server's share; `None` with a pre-shared key alone.
    pub(super) share: Option<(NamedGroup, Vec<u8>)>,
    /// Which of our pre-shared keys it chose.
    pub(super) psk: Option<u16>,
}

impl Answer {
    pub(crate) fn read(offer: &ClientOffer, hello: &ServerHello<'_>) -> Result<Self, Error> {
        let mut answer = Self {
            suite: check(
                offer,
                hello.legacy_version,
                hello.session_id,
                hello.compression_method,
                hello.cipher_suite,
            )?,
            share: None,
            psk: None,
        };
        for extension in hello.extensions() {
            offer.check_offered(extension.extension_type())?;
            match extension {
                ServerHelloExtension::SupportedVersions(_) => {}
                ServerHelloExtension::KeyShare(share) => {
                    answer.share = Some((share.group, share.key_exchange.to_vec()));
                }
                ServerHelloExtension::PreSharedKey(psk) => answer.psk = Some(psk),
                other => return Err(misplaced(other.extension_type(), "ServerHello")),
            }
        }
        Ok(answer)
    }
}

/// What ServerHello and HelloRetryRequest have in common (RFC 8446 section 4.1.3).
pub(super) fn check(
    offer: &ClientOffer,
    legacy_version: ProtocolVersion,
    session_id: &[u8],
    compression: CompressionMethod,
    suite: CipherSuite,
) -> Result<&'static Suite, Error> {
    if legacy_version != ProtocolVersion::TLSv1_2 {
        let detail = format!("legacy_version is {legacy_version}");
        return Err(Error::new(Fault::WrongLegacyVersion).detail(detail));
    }
    if session_id != offer.session_id() {
        return Err(Fault::SessionIdNotEchoed.into());
    }
    if compression != CompressionMethod::null {
        let detail = format!("the server chose {compression}");
        return Err(Error::new(Fault::CompressionChosen).detail(detail));
    }
    let mut suites = offer.policy.suites.iter().copied();
    let chosen = suites.find(|ours| ours.id == suite.0 && ours.version == SuiteVersion::Tls13);
    chosen.ok_or_else(|| {
        let detail = format!("the server chose {suite}");
        Error::new(Fault::SuiteNotOffered).detail(detail)
    })
}

/// EncryptedExtensions, sorted by meaning.
pub(super) struct Encrypted {
    pub(super) alpn: Option<Vec<u8>>,
    pub(super) early_data: bool,
    pub(super) record_limits: Option<RecordLimits>,
    pub(super) max_fragment_length: Option<MaxFragmentLength>,
}

impl Encrypted {
    pub(super) fn read(
        offer: &ClientOffer,
        message: &EncryptedExtensions<'_>,
    ) -> Result<Self, Error> {
        let mut encrypted = Self {
            alpn: None,
            early_data: false,
            record_limits: None,
            max_fragment_length: None,
        };
        for extension in message.extensions {
            offer.check_offered(extension.extension_type())?;
            encrypted.take(offer, extension)?;
        }
        one_limit(
            encrypted.record_limits.as_ref(),
            encrypted.max_fragment_length.as_ref(),
        )?;
        Ok(encrypted)
    }

    fn take(
        &mut self,
        offer: &ClientOffer,
        extension: EncryptedExtension<'_>,
    ) -> Result<(), Error> {
        match extension {
            EncryptedExtension::ApplicationLayerProtocolNegotiation(list) => {
                self.alpn = Some(offer.chosen_protocol(list)?);
            }
            EncryptedExtension::EarlyData => self.early_data = true,
            EncryptedExtension::RecordSizeLimit(limit) => {
                self.record_limits = offer.agreed_records(limit)?;
            }
            EncryptedExtension::MaxFragmentLength(length) => {
                self.max_fragment_length = Some(offer.agreed_fragments(length)?);
            }
            // The server's groups are for next time (RFC 8446 section 4.2.7).
            EncryptedExtension::SupportedGroups(_) | EncryptedExtension::ServerName => {}
            other => return Err(misplaced(other.extension_type(), "EncryptedExtensions")),
        }
        Ok(())
    }
}

pub(super) fn misplaced(kind: ExtensionType, message: &str) -> Error {
    Error::new(Fault::ExtensionMisplaced).detail(format!("{kind} in {message}"))
}

pub(super) fn missing(detail: &str) -> Error {
    Error::new(Fault::MissingExtension).detail(detail)
}
