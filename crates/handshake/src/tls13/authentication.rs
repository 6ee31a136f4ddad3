//! Certificate, CertificateVerify, Finished: written once for both sides, both directions, in the handshake and after it
//! (RFC 8446 section 4.4).

use std::sync::Arc;

use premaster_crypto::tls13::{FinishedKey, FinishedProof, certificate_verify_content};
use premaster_crypto::{Provider, Suite};
use premaster_trace::{Derivation, Direction, Event, SignatureUse};
use premaster_wire::tls13::{Certificate, CertificateEntry, CompressedCertificate};
use premaster_wire::{
    CertificateCompressionAlgorithm, CertificateExtension, CertificateStatus, CertificateVerify,
    Decode as _, Encode as _, Extension as _, Extensions, Finished, HandshakeType, List,
    ProtocolVersion, SerializedSct, SignatureScheme, Uint24,
};

use super::keys::PeerProof;
use crate::engine::refused;
use crate::identity::{self, Signed};
use crate::narrate::{hash_name, side};
use crate::peer::{Peer, Pending};
use crate::{CertificateCompression, Credential, Epoch, Error, Fault, Sign, VerifyIdentity};

/// By which messages a side shows who it is: in one piece or compressed.
pub(super) const CERTIFICATE: &[HandshakeType] = &[
    HandshakeType::certificate,
    HandshakeType::compressed_certificate,
];

const CONTENT: &str = "all handshake messages up to the signer's Certificate";
const SECTION: &str = "RFC 8446 section 4.4.3";

/// With what we authenticate, and what the peer wants to see of it.
pub(super) struct Ours<'a> {
    pub(super) credential: Arc<Credential>,
    pub(super) scheme: SignatureScheme,
    /// What the request says; empty in the handshake.
    pub(super) context: &'a [u8],
    /// The peer asked for a stapled OCSP response.
    pub(super) ocsp_stapling: bool,
    /// The peer asked for proofs of Certificate Transparency.
    pub(super) certificate_timestamps: bool,
    /// How the peer can read a compressed certificate, as far as we can write it.
    pub(super) compression: Option<&'static dyn CertificateCompression>,
}

/// Shows our certificates and proves that we hold their key.
pub(super) async fn authenticate(peer: &mut Peer, ours: Ours<'_>) -> Result<(), Error> {
    let credential = &ours.credential;
    let mut leaf = Vec::new();
    if let Some(response) = credential.ocsp_response().filter(|_| ours.ocsp_stapling) {
        leaf.push(CertificateExtension::StatusRequest(
            CertificateStatus::Ocsp(response),
        ));
    }
    let timestamps: Vec<_> = credential
        .certificate_timestamps()
        .iter()
        .map(|sct| SerializedSct { sct })
        .collect();
    if !timestamps.is_empty() && ours.certificate_timestamps {
        let list = List::from(timestamps.as_slice());
        leaf.push(CertificateExtension::SignedCertificateTimestamp(list));
    }
    let mut entries: Vec<_> = credential.chain().iter().map(|der| entry(der)).collect();
    if let Some(first) = entries.first_mut() {
        first.extensions = Extensions::from(leaf.as_slice());
    }
    send_certificate(peer, &entries, ours.context, ours.compression)?;
    let transcript = peer.transcript.digest()?;
    let question = Sign {
        credential: Arc::clone(&ours.credential),
        scheme: ours.scheme,
        message: certificate_verify_content(peer.side(), &transcript),
    };
    let signature = peer
        .ask(question)
        .await
        .map_err(refused(Fault::SigningFailed))?;
    peer.trace(|| {
        Event::Signature(SignatureUse {
            by: side(peer.side()),
            direction: Direction::Sent,
            scheme: ours.scheme,
            over: CONTENT.into(),
            proves: "we hold the private key of our certificate, now and for this handshake".into(),
            section: SECTION,
        })
    });
    peer.send(&CertificateVerify {
        algorithm: ours.scheme,
        signature: &signature,
    })
}

/// Says that we have no certificate to show (RFC 8446 section 4.4.2.4).
pub(super) fn decline(peer: &mut Peer, context: &[u8]) -> Result<(), Error> {
    send_certificate(peer, &[], context, None)
}

fn entry(der: &[u8]) -> CertificateEntry<'_> {
    CertificateEntry {
        cert_data: der,
        extensions: Extensions::default(),
    }
}

fn send_certificate(
    peer: &mut Peer,
    entries: &[CertificateEntry<'_>],
    context: &[u8],
    compression: Option<&'static dyn CertificateCompression>,
) -> Result<(), Error> {
    let certificate = Certificate {
        certificate_request_context: context,
        certificate_list: List::from(entries),
    };
    let Some(compression) = compression else {
        return peer.send(&certificate);
    };
    let plain = certificate.to_vec()?;
    // What does not shrink is sent as it is.
    let compressed = compression
        .compress(&plain)
        .filter(|compressed| compressed.len() < plain.len());
    let length = u32::try_from(plain.len()).ok().and_then(Uint24::new);
    match (compressed, length) {
        (Some(compressed), Some(uncompressed_length)) => peer.send(&CompressedCertificate {
            algorithm: compression.algorithm(),
            uncompressed_length,
            compressed_certificate_message: &compressed,
        }),
        _ => peer.send(&certificate),
    }
}

/// What the peer may show, and to whom it has to belong.
pub(super) struct Expected<'a> {
    pub(super) provider: &'a Provider,
    pub(super) suite: &'static Suite,
    /// The schemes that we offered.
    pub(super) schemes: &'a [SignatureScheme],
    /// What our request said; empty in the handshake.
    pub(super) context: &'a [u8],
    /// The compressions that we offered.
    pub(super) compression: &'a [&'static dyn CertificateCompression],
    /// We asked for a stapled OCSP response.
    pub(super) ocsp_stapling: bool,
    /// We asked for proofs of Certificate Transparency.
    pub(super) certificate_timestamps: bool,
    /// For a client: the name that the server has to prove to be.
    pub(super) server_name: Option<String>,
}

/// The peer's certificates, on their way to the verifier.
pub(super) struct Shown {
    pub(super) chain: Vec<Vec<u8>>,
    pub(super) ocsp_response: Option<Vec<u8>>,
    pub(super) certificate_timestamps: Vec<Vec<u8>>,
    verdict: Pending<VerifyIdentity>,
}

/// Who the peer has proved to be.
pub(super) struct Identity {
    pub(super) chain: Vec<Vec<u8>>,
    pub(super) ocsp_response: Option<Vec<u8>>,
    pub(super) certificate_timestamps: Vec<Vec<u8>>,
    pub(super) scheme: SignatureScheme,
    pub(super) proof: PeerProof,
}

impl Expected<'_> {
    /// Takes Certificate, compressed or not, and asks whether it is good; `None` if it is empty.
    pub(super) async fn certificate(&self, peer: &mut Peer) -> Result<Option<Shown>, Error> {
        let shown = match peer.one_of(CERTIFICATE).await? {
            HandshakeType::compressed_certificate if !self.compression.is_empty() => {
                let message = peer.expect::<CompressedCertificate<'_>>().await?;
                let compressed: CompressedCertificate<'_> = message.decode()?;
                let plain = self.decompress(peer, &compressed)?;
                let certificate = Certificate::decode(&plain)
                    .map_err(|error| Error::from(error).during("compressed_certificate"))?;
                self.read(peer, &certificate)
            }
            _ => {
                let message = peer.expect::<Certificate<'_>>().await?;
                let certificate: Certificate<'_> = message.decode()?;
                self.read(peer, &certificate)
            }
        };
        shown.map_err(|error| error.during("certificate"))
    }

    /// Nothing grows beyond what a Certificate may have anyway (RFC 8879 section 4).
    fn decompress(
        &self,
        peer: &Peer,
        message: &CompressedCertificate<'_>,
    ) -> Result<Vec<u8>, Error> {
        let bad = |detail: String| {
            Error::new(Fault::BadCompressedCertificate)
                .detail(detail)
                .during("compressed_certificate")
        };
        let algorithm: CertificateCompressionAlgorithm = message.algorithm;
        let offered = self
            .compression
            .iter()
            .find(|one| one.algorithm() == algorithm);
        let Some(compression) = offered else {
            return Err(Error::new(Fault::CompressionNotOffered)
                .detail(format!("compressed by {algorithm}"))
                .during("compressed_certificate"));
        };
        let length = usize::try_from(u32::from(message.uncompressed_length)).unwrap_or(usize::MAX);
        let limit = peer.limits.handshake_message;
        if length > limit {
            return Err(bad(format!("{length} bytes, at most {limit}")));
        }
        compression
            .decompress(message.compressed_certificate_message, length)
            .ok_or_else(|| {
                bad(format!(
                    "it is not {length} bytes compressed by {algorithm}"
                ))
            })
    }

    fn read(&self, peer: &mut Peer, certificate: &Certificate<'_>) -> Result<Option<Shown>, Error> {
        if certificate.certificate_request_context != self.context {
            return Err(Fault::WrongCertificateContext.into());
        }
        let list = &certificate.certificate_list;
        let mut ocsp_response = None;
        let mut timestamps = Vec::new();
        for (at, entry) in list.iter().take(peer.limits.chain).enumerate() {
            for extension in entry.extensions {
                self.check_asked(&extension)?;
                match extension {
                    // Those of the others are nobody's concern here.
                    _ if at > 0 => {}
                    CertificateExtension::StatusRequest(CertificateStatus::Ocsp(response)) => {
                        ocsp_response = Some(response.to_vec());
                    }
                    CertificateExtension::SignedCertificateTimestamp(list) => {
                        timestamps = list.iter().map(|one| one.sct.to_vec()).collect();
                    }
                    _ => {}
                }
            }
        }
        let chain = identity::chain(peer, list.iter().map(|one| one.cert_data))?;
        if chain.is_empty() {
            return Ok(None);
        }
        let (version, name) = (ProtocolVersion::TLSv1_3, self.server_name.clone());
        let staple = ocsp_response.clone();
        let verdict = identity::ask(peer, version, self.suite, &chain, name, staple);
        Ok(Some(Shown {
            chain,
            ocsp_response,
            certificate_timestamps: timestamps,
            verdict,
        }))
    }

    /// A certificate's extension answers one of the request (RFC 8446 section 4.4.2).
    fn check_asked(&self, extension: &CertificateExtension<'_>) -> Result<(), Error> {
        let asked = match extension {
            CertificateExtension::StatusRequest(CertificateStatus::Ocsp(_)) => self.ocsp_stapling,
            CertificateExtension::SignedCertificateTimestamp(_) => self.certificate_timestamps,
            _ => false,
        };
        if asked {
            return Ok(());
        }
        let kind = extension.extension_type();
        let detail = format!("a certificate has {kind}");
        Err(Error::new(Fault::ExtensionNotOffered).detail(detail))
    }

    /// Takes CertificateVerify: the peer holds the key of what it has shown.
    pub(super) async fn verify(&self, peer: &mut Peer, shown: Shown) -> Result<Identity, Error> {
        let transcript = peer.transcript.digest()?;
        let content = certificate_verify_content(peer.side().other(), &transcript);
        let message = peer.expect::<CertificateVerify<'_>>().await?;
        let verify: CertificateVerify<'_> = message.decode()?;
        let verdict = identity::verdict(peer, shown.verdict).await?;
        let signed = Signed {
            scheme: verify.algorithm,
            content: &content,
            signature: verify.signature,
            step: "certificate_verify",
            over: CONTENT,
            section: SECTION,
            tls13: true,
        };
        let signature = identity::verify(peer, self.provider, self.schemes, &verdict, &signed)?;
        Ok(Identity {
            chain: shown.chain,
            ocsp_response: shown.ocsp_response,
            certificate_timestamps: shown.certificate_timestamps,
            scheme: verify.algorithm,
            proof: PeerProof::Signed { verdict, signature },
        })
    }
}

/// Says Finished (RFC 8446 section 4.4.4).
pub(super) fn send_finished(
    peer: &mut Peer,
    suite: &Suite,
    key: &FinishedKey,
    epoch: Epoch,
) -> Result<(), Error> {
    let transcript = peer.transcript.digest()?;
    let (name, us) = (hash_name(suite.hash), side(peer.side()));
    peer.trace(|| Event::Derived(Derivation::finished(name, us, epoch, &transcript)));
    peer.send(&Finished {
        verify_data: &key.verify_data(&transcript),
    })
}

/// Takes the peer's Finished: both saw the same handshake and hold the same keys.
pub(super) async fn receive_finished(
    peer: &mut Peer,
    suite: &Suite,
    key: &FinishedKey,
    epoch: Epoch,
) -> Result<FinishedProof, Error> {
    // The transcript as it stood before the Finished that it proves.
    let transcript = peer.transcript.digest()?;
    let (name, them) = (hash_name(suite.hash), side(peer.side().other()));
    peer.trace(|| Event::Derived(Derivation::finished(name, them, epoch, &transcript)));
    let message = peer.expect::<Finished<'_>>().await?;
    let finished: Finished<'_> = message.decode()?;
    key.check(&transcript, finished.verify_data)
        .map_err(|_| Error::new(Fault::BadFinished).during("finished"))
}
