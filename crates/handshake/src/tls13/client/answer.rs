//! What the server answers: ServerHello and EncryptedExtensions, checked against what was offered.

use premaster_crypto::{Suite, SuiteVersion};
use premaster_wire::tls13::EncryptedExtensions;
use premaster_wire::{
    CipherSuite, CompressionMethod, EncryptedExtension, Extension as _, ExtensionType,
    MaxFragmentLength, NamedGroup, ProtocolVersion, ServerHello, ServerHelloExtension,
};

use crate::offer::{ClientOffer, record_size_limit};
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
            check_offered(offer, extension.extension_type())?;
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
            check_offered(offer, extension.extension_type())?;
            encrypted.take(offer, extension)?;
        }
        if encrypted.record_limits.is_some() && encrypted.max_fragment_length.is_some() {
            return Err(Fault::TwoRecordLimits.into());
        }
        Ok(encrypted)
    }

    fn take(
        &mut self,
        offer: &ClientOffer,
        extension: EncryptedExtension<'_>,
    ) -> Result<(), Error> {
        match extension {
            EncryptedExtension::ApplicationLayerProtocolNegotiation(list) => {
                let mut names = list.iter().map(|protocol| protocol.name.to_vec());
                let name = names.next().filter(|name| offer.policy.alpn.contains(name));
                // Exactly one, and one of ours (RFC 7301 section 3.1).
                self.alpn = Some(match (name, names.next()) {
                    (Some(name), None) => name,
                    _ => return Err(Fault::ProtocolNotOffered.into()),
                });
            }
            EncryptedExtension::EarlyData => self.early_data = true,
            EncryptedExtension::RecordSizeLimit(limit) => {
                let theirs = record_size_limit(limit)?;
                let ours = offer.record_size_limit;
                self.record_limits = ours.map(|ours| RecordLimits { ours, theirs });
            }
            EncryptedExtension::MaxFragmentLength(length) => {
                if offer.max_fragment_length != Some(length) {
                    let detail = format!("the server wrote {length}");
                    return Err(Error::new(Fault::FragmentLengthNotOffered).detail(detail));
                }
                self.max_fragment_length = Some(length);
            }
            // The server's groups are for next time (RFC 8446 section 4.2.7).
            EncryptedExtension::SupportedGroups(_) | EncryptedExtension::ServerName => {}
            other => return Err(misplaced(other.extension_type(), "EncryptedExtensions")),
        }
        Ok(())
    }
}

/// A server answers only what was offered (RFC 8446 section 4.2).
pub(super) fn check_offered(offer: &ClientOffer, kind: ExtensionType) -> Result<(), Error> {
    if offer.extensions.contains(&kind) {
        return Ok(());
    }
    let detail = format!("the server answered {kind}");
    Err(Error::new(Fault::ExtensionNotOffered).detail(detail))
}

pub(super) fn misplaced(kind: ExtensionType, message: &str) -> Error {
    Error::new(Fault::ExtensionMisplaced).detail(format!("{kind} in {message}"))
}

pub(super) fn missing(detail: &str) -> Error {
    Error::new(Fault::MissingExtension).detail(detail)
}
