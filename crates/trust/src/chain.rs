//! Certificate chains, verified by webpki (RFC 5280 section 6), and what webpki leaves to its caller.

use core::cell::Cell;
use core::fmt;

use premaster_crypto::{Provider, Side};
use rustls_pki_types::{CertificateDer, ServerName, SignatureVerificationAlgorithm, UnixTime};
use webpki::{EndEntityCert, Error, ExtendedKeyUsageValidator, KeyPurposeIdIter, VerifiedPath};

use crate::{Certificate, Roots, TrustError, Verified, Verifier, VerifyRequest, sha256_of_parts};

/// Accepts the peers whose certificate a root has issued, directly or through intermediates.
///
/// The chain is verified by webpki: signatures, validity, name constraints, path length, extended key usage (serverAuth or
/// clientAuth where the extension is present), and for servers the name, case-insensitively and against the
/// subjectAltName only. Added here: at most [`MOST_CERTIFICATES`](Self::MOST_CERTIFICATES) in a chain, a budget for
/// the search of a path, and the KeyUsage extension, which must allow the use at hand where it is present
/// ([`VerifyRequest::key_use`]).
///
/// Revocation is not checked.
///
/// ```
/// use premaster_trust::{Roots, ServerName, UnixTime, Verifier, VerifyRequest, WebpkiVerifier};
///
/// # let key = rcgen::KeyPair::generate()?;
/// # let mut params = rcgen::CertificateParams::new([])?;
/// # params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
/// # let root = rcgen::CertifiedIssuer::self_signed(params, key)?;
/// # let key = rcgen::KeyPair::generate()?;
/// # let leaf = rcgen::CertificateParams::new(["example.com".into()])?.signed_by(&key, &root)?;
/// # let (root, leaf) = (root.der().to_vec(), leaf.der().to_vec());
/// let mut roots = Roots::new();
/// roots.add(&root)?;
/// let verifier = WebpkiVerifier::new(roots, &premaster_crypto_ring::provider());
///
/// let (chain, name) = (vec![leaf], ServerName::try_from("example.com")?);
/// let verified = verifier.verify(&VerifyRequest::of_server(&chain, &name, UnixTime::now()))?;
/// assert!(!verified.spki().is_empty());
///
/// let other = ServerName::try_from("example.net")?;
/// let refused = verifier.verify(&VerifyRequest::of_server(&chain, &other, UnixTime::now()));
/// assert_eq!(
///     refused.unwrap_err().to_string(),
///     "the certificate is not valid for example.net, only for example.com: \
///      connect under one of its names, or have it issued for this one"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct WebpkiVerifier {
    roots: Roots,
    algorithms: &'static [&'static dyn SignatureVerificationAlgorithm],
    isolation: [u8; 32],
}

impl WebpkiVerifier {
    /// A chain has at most this many certificates.
    pub const MOST_CERTIFICATES: usize = 10;

    /// Trusts `roots`, with the provider's algorithms for certificate signatures.
    pub fn new(roots: Roots, provider: &Provider) -> Self {
        let isolation = isolation(&roots);
        Self {
            roots,
            algorithms: provider.certificate_algorithms,
            isolation,
        }
    }

    pub(crate) fn check_length(chain: &[Vec<u8>]) -> Result<(), TrustError> {
        let (presented, most) = (chain.len(), Self::MOST_CERTIFICATES);
        if presented > most {
            return Err(TrustError::ChainTooLong { presented, most });
        }
        Ok(())
    }

    /// The path to a root; returns when the first certificate on it ends.
    fn verify_path(
        &self,
        leaf: &EndEntityCert<'_>,
        chain: &Chain<'_>,
        now: UnixTime,
    ) -> Result<Option<UnixTime>, TrustError> {
        let path = leaf
            .verify_for_usage(
                self.algorithms,
                self.roots.anchors(),
                &chain.intermediates,
                now,
                Purpose::of(chain.peer),
                None,
                None,
            )
            .map_err(|fault| self.explain(&fault, chain))?;
        Ok(first_end(&path))
    }

    /// webpki's error, in the words of people who have to do something about it.
    fn explain(&self, fault: &Error, chain: &Chain<'_>) -> TrustError {
        match *fault {
            Error::CertExpired {
                time: now,
                not_after,
            } => {
                let subject = chain.whose(|certificate| certificate.not_after() == not_after);
                TrustError::Expired {
                    subject,
                    not_after,
                    now,
                }
            }
            Error::CertNotValidYet {
                time: now,
                not_before,
            } => {
                let subject = chain.whose(|certificate| certificate.not_before() == not_before);
                TrustError::NotYetValid {
                    subject,
                    not_before,
                    now,
                }
            }
            Error::UnknownIssuer => TrustError::UnknownIssuer {
                subject: chain.leaf.subject(),
                issuer: chain.leaf.issuer(),
                self_signed: chain.leaf.is_self_issued(),
                roots: self.roots.len(),
            },
            Error::RequiredEkuNotFoundContext(_) | Error::EmptyEkuExtension => {
                TrustError::WrongPurpose { peer: chain.peer }
            }
            Error::CaUsedAsEndEntity => TrustError::AuthorityAsPeer,
            Error::EndEntityUsedAsCa => TrustError::IssuerIsNoAuthority,
            Error::InvalidSignatureForPublicKey | Error::SignatureAlgorithmMismatch => {
                TrustError::BadSignature
            }
            Error::UnsupportedSignatureAlgorithmContext(_)
            | Error::UnsupportedSignatureAlgorithmForPublicKeyContext(_) => {
                TrustError::UnsupportedAlgorithm {
                    reason: algorithm(fault),
                }
            }
            Error::NameConstraintViolation => TrustError::ConstraintViolated { reason: "names" },
            Error::PathLenConstraintViolated => TrustError::ConstraintViolated {
                reason: "path length",
            },
            Error::MaximumPathDepthExceeded => TrustError::PathTooLong,
            Error::MaximumPathBuildCallsExceeded
            | Error::MaximumSignatureChecksExceeded
            | Error::MaximumNameConstraintComparisonsExceeded => TrustError::TooMuchWork,
            ref other => TrustError::Unacceptable {
                reason: other.to_string(),
            },
        }
    }
}

impl Verifier for WebpkiVerifier {
    fn verify(&self, request: &VerifyRequest<'_>) -> Result<Verified, TrustError> {
        let (leaf, rest) = request
            .chain
            .split_first()
            .ok_or(TrustError::NoCertificate)?;
        Self::check_length(request.chain)?;
        let leaf = CertificateDer::from(leaf.as_slice());
        let malformed = |reason: String| TrustError::Malformed { number: 1, reason };
        let parsed =
            EndEntityCert::try_from(&leaf).map_err(|fault| malformed(fault.to_string()))?;
        let chain = Chain {
            peer: request.peer,
            leaf: Certificate::parse(&leaf)
                .ok_or_else(|| malformed("it is not X.509 in DER".into()))?,
            intermediates: rest
                .iter()
                .map(|der| CertificateDer::from(der.as_slice()))
                .collect(),
        };
        let end = self.verify_path(&parsed, &chain, request.now)?;
        if request.peer == Side::Server {
            verify_name(&parsed, &chain.leaf, request.server_name)?;
        }
        request.key_use.verify(&chain.leaf)?;
        let verified = Verified::assert(parsed.subject_public_key_info().to_vec());
        Ok(match end {
            Some(end) => verified.until(end),
            None => verified,
        })
    }

    fn isolation(&self) -> [u8; 32] {
        self.isolation
    }

    fn certificate_authorities(&self) -> Vec<Vec<u8>> {
        self.roots.subjects()
    }
}

impl fmt::Debug for WebpkiVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebpkiVerifier")
            .field("roots", &self.roots.len())
            .finish_non_exhaustive()
    }
}

/// The chain at hand, in the shapes that are needed.
struct Chain<'a> {
    peer: Side,
    leaf: Certificate<'a>,
    intermediates: Vec<CertificateDer<'a>>,
}

impl Chain<'_> {
    /// The subject of the first certificate that fits: webpki does not say which one it means.
    fn whose(&self, fits: impl Fn(&Certificate<'_>) -> bool) -> String {
        let others = self
            .intermediates
            .iter()
            .filter_map(|der| Certificate::parse(der));
        let mut all = core::iter::once(self.leaf).chain(others);
        all.find(fits)
            .map_or("a certificate in the chain".into(), |certificate| {
                certificate.subject()
            })
    }
}

fn verify_name(
    parsed: &EndEntityCert<'_>,
    leaf: &Certificate<'_>,
    wanted: Option<&ServerName<'_>>,
) -> Result<(), TrustError> {
    let wanted = wanted.ok_or(TrustError::NoNameWanted)?;
    parsed
        .verify_is_valid_for_subject_name(wanted)
        .map_err(|_| TrustError::NameMismatch {
            wanted: wanted.to_str().into_owned(),
            presented: leaf.names(),
        })
}

/// The extended key usage that the peer needs, and a budget for the search.
///
/// webpki asks for each certificate that it tries on the way to a root. Its own budget is 200,000: nine intermediates that
/// all claim to have issued each other cost it 84 ms, and cost 0.1 ms here, before anybody is authenticated.
struct Purpose {
    usage: webpki::KeyUsage,
    left: Cell<u32>,
}

impl Purpose {
    /// Enough for seven certificates on a path and a dead end at each step.
    const MOST_TRIED: u32 = 64;

    fn of(peer: Side) -> Self {
        let usage = match peer {
            Side::Server => webpki::KeyUsage::server_auth(),
            Side::Client => webpki::KeyUsage::client_auth(),
        };
        Self {
            usage,
            left: Cell::new(Self::MOST_TRIED),
        }
    }
}

impl ExtendedKeyUsageValidator for Purpose {
    fn validate(&self, iter: KeyPurposeIdIter<'_, '_>) -> Result<(), Error> {
        match self.left.get().checked_sub(1) {
            Some(left) => self.left.set(left),
            None => return Err(Error::MaximumPathBuildCallsExceeded),
        }
        self.usage.validate(iter)
    }
}

/// When the first certificate on the path ends; the root's validity does not count, it is trusted as it is.
fn first_end(path: &VerifiedPath<'_>) -> Option<UnixTime> {
    let ends = |der: &CertificateDer<'_>| {
        Certificate::parse(der).map(|certificate| certificate.not_after())
    };
    let intermediates = path
        .intermediate_certificates()
        .filter_map(|issuer| ends(&issuer.der()));
    intermediates.chain(ends(&path.end_entity().der())).min()
}

fn algorithm(fault: &Error) -> String {
    match fault {
        Error::UnsupportedSignatureAlgorithmContext(context) => {
            format!(
                "signature algorithm {}",
                hex(&context.signature_algorithm_id)
            )
        }
        Error::UnsupportedSignatureAlgorithmForPublicKeyContext(context) => {
            format!(
                "public key algorithm {}",
                hex(&context.public_key_algorithm_id)
            )
        }
        other => other.to_string(),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// All that webpki knows of the roots, whatever their order.
fn isolation(roots: &Roots) -> [u8; 32] {
    let mut anchors: Vec<[u8; 32]> = roots
        .anchors()
        .iter()
        .map(|anchor| {
            let constraints = anchor.name_constraints.as_deref();
            let constrained: &[u8] = if constraints.is_some() { &[1] } else { &[0] };
            let parts: [&[u8]; 4] = [
                &anchor.subject,
                &anchor.subject_public_key_info,
                constrained,
                constraints.unwrap_or_default(),
            ];
            sha256_of_parts(&parts)
        })
        .collect();
    anchors.sort_unstable();
    let mut parts: Vec<&[u8]> = vec![b"premaster verifier: webpki"];
    parts.extend(anchors.iter().map(<[u8; 32]>::as_slice));
    sha256_of_parts(&parts)
}
