//! Why a credential is refused: one clear sentence each, and the alert that says so to the peer.

use rustls_pki_types::UnixTime;

use crate::time::text;
use crate::{KeyUse, Pin, Side};

/// Why a peer's credential is refused.
///
/// Each message says in a sentence what is wrong and what to do. Text that came from the peer is escaped.
///
/// ```
/// use premaster_trust::TrustError;
///
/// let error = TrustError::NameMismatch {
///     wanted: "example.com".into(),
///     presented: vec!["example.net".into()],
/// };
/// assert_eq!(
///     error.to_string(),
///     "the certificate is not valid for example.com, only for example.net: \
///      connect under one of its names, or have it issued for this one"
/// );
/// assert_eq!(error.alert(), 42);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TrustError {
    /// The peer sent an empty list of certificates.
    #[error("the peer presented no certificate: configure one there")]
    NoCertificate,
    /// The peer sent more certificates than [`MOST_CERTIFICATES`](crate::WebpkiVerifier::MOST_CERTIFICATES).
    #[error(
        "the peer presented {presented} certificates, at most {most} are accepted: \
         send only its own and the intermediates below the root"
    )]
    ChainTooLong {
        /// How many it sent.
        presented: usize,
        /// How many are accepted.
        most: usize,
    },
    /// A certificate cannot be read.
    #[error(
        "certificate {number} of the chain cannot be read ({reason}): send X.509 version 3 in DER"
    )]
    Malformed {
        /// Its place in the chain, from 1.
        number: usize,
        /// What does not fit.
        reason: String,
    },
    /// A certificate has expired.
    #[error(
        "the certificate of {subject} expired on {not_after}, and it is {now}: renew it, or correct this clock",
        not_after = text(*not_after), now = text(*now)
    )]
    Expired {
        /// Whose certificate it is.
        subject: String,
        /// The last second of its validity.
        not_after: UnixTime,
        /// The time at which it was checked.
        now: UnixTime,
    },
    /// A certificate is not valid yet.
    #[error(
        "the certificate of {subject} is valid from {not_before}, and it is {now}: wait, or correct this clock",
        not_before = text(*not_before), now = text(*now)
    )]
    NotYetValid {
        /// Whose certificate it is.
        subject: String,
        /// The first second of its validity.
        not_before: UnixTime,
        /// The time at which it was checked.
        now: UnixTime,
    },
    /// The certificate is for other names.
    #[error("{}", name_mismatch(wanted, presented))]
    NameMismatch {
        /// The name that was wanted.
        wanted: String,
        /// The names in the certificate's subjectAltName extension.
        presented: Vec<String>,
    },
    /// Nobody said which name the server must prove.
    #[error("no name was given that the server must prove: name the server, or pin its key")]
    NoNameWanted,
    /// No root is known that issued the chain.
    #[error("{}", unknown_issuer(subject, issuer, *self_signed, *roots))]
    UnknownIssuer {
        /// Whose certificate it is.
        subject: String,
        /// Who it says has issued it.
        issuer: String,
        /// Whether the two are the same.
        self_signed: bool,
        /// How many roots were tried.
        roots: usize,
    },
    /// A signature in the chain is wrong.
    #[error(
        "a signature in the certificate chain is wrong: the chain was altered or put together wrongly"
    )]
    BadSignature,
    /// The extended key usage does not allow this use (RFC 5280 section 4.2.1.12).
    #[error(
        "the certificate may not be used to authenticate a {}: have it issued with extended key usage {}",
        side(*peer), purpose(*peer)
    )]
    WrongPurpose {
        /// Who presented it.
        peer: Side,
    },
    /// The KeyUsage extension does not allow this use of the key (RFC 5280 section 4.2.1.3).
    #[error("{}", use_not_allowed(*key_use))]
    UseNotAllowed {
        /// What the key was to be used for.
        key_use: KeyUse,
    },
    /// The peer's own certificate is that of a certificate authority.
    #[error(
        "the peer presented a certificate authority's certificate as its own: \
         have one issued for the peer itself, or pin its key"
    )]
    AuthorityAsPeer,
    /// A certificate in the chain was issued by one that may not issue any.
    #[error(
        "a certificate in the chain was issued by one that is no certificate authority: replace the chain"
    )]
    IssuerIsNoAuthority,
    /// Signatures of a kind, or by a kind of key, that is not accepted.
    #[error(
        "the certificate chain is signed with an algorithm or key that is not accepted here: {reason}"
    )]
    UnsupportedAlgorithm {
        /// What webpki says of it.
        reason: String,
    },
    /// A constraint of an authority in the chain, on names or on the length of the path, is violated.
    #[error(
        "the certificate violates a constraint of its issuer ({reason}): have it issued by another"
    )]
    ConstraintViolated {
        /// Which constraint.
        reason: &'static str,
    },
    /// No path to a root has few enough intermediates for webpki, which takes six.
    #[error(
        "the certificate chain leads to no root within six intermediates: send only what leads to the root"
    )]
    PathTooLong,
    /// The chain takes more work to verify than it is worth.
    #[error(
        "the certificate chain takes too much work to verify: send only what leads to the root"
    )]
    TooMuchWork,
    /// The peer's key is not among the pinned ones.
    #[error("{}", pin_mismatch(presented, pins))]
    PinMismatch {
        /// The key that the peer presented.
        presented: Pin,
        /// The keys that are accepted.
        pins: Vec<Pin>,
    },
    /// Nobody was named to verify the peer.
    #[error("nobody is configured to verify the peer: give roots or a pin")]
    NobodyVerifies,
    /// Any other reason.
    #[error("the certificate chain is not acceptable: {reason}")]
    Unacceptable {
        /// The reason.
        reason: String,
    },
}

impl TrustError {
    /// The alert that tells the peer (RFC 5246 section 7.2.2).
    pub const fn alert(&self) -> u8 {
        match self {
            // handshake_failure: what RFC 5246 section 7.4.6 says of a certificate that is missing.
            Self::NoCertificate => 40,
            // bad_certificate
            Self::Malformed { .. } | Self::NameMismatch { .. } | Self::BadSignature => 42,
            // unsupported_certificate
            Self::WrongPurpose { .. }
            | Self::UseNotAllowed { .. }
            | Self::AuthorityAsPeer
            | Self::UnsupportedAlgorithm { .. } => 43,
            // certificate_expired, which is 'expired or not currently valid'
            Self::Expired { .. } | Self::NotYetValid { .. } => 45,
            // certificate_unknown
            Self::ChainTooLong { .. }
            | Self::NoNameWanted
            | Self::ConstraintViolated { .. }
            | Self::PathTooLong
            | Self::TooMuchWork
            | Self::PinMismatch { .. }
            | Self::NobodyVerifies
            | Self::Unacceptable { .. } => 46,
            // unknown_ca
            Self::UnknownIssuer { .. } | Self::IssuerIsNoAuthority => 48,
        }
    }
}

/// Names that are listed in a message; a certificate may hold thousands.
const MOST_LISTED: usize = 8;

fn name_mismatch(wanted: &str, presented: &[String]) -> String {
    if presented.is_empty() {
        return format!(
            "the certificate names no host at all, wanted {wanted}: \
             have it issued with a subjectAltName (the common name does not count)"
        );
    }
    let listed: Vec<&str> = presented
        .iter()
        .map(String::as_str)
        .take(MOST_LISTED)
        .collect();
    let more = match presented.len() - listed.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!(
        "the certificate is not valid for {wanted}, only for {}{more}: \
         connect under one of its names, or have it issued for this one",
        listed.join(", ")
    )
}

fn unknown_issuer(subject: &str, issuer: &str, self_signed: bool, roots: usize) -> String {
    let given = match roots {
        0 => "no roots were given".into(),
        1 => "the one given root did not issue it".into(),
        _ => format!("none of the {roots} given roots issued it"),
    };
    if self_signed {
        return format!(
            "the certificate of {subject} is self-signed and {given}: pin its key, or give it as a root"
        );
    }
    format!(
        "the certificate of {subject} was issued by {issuer} and {given}, nor an intermediate that was sent: \
         give the issuing root, or have the peer send the missing intermediate"
    )
}

const fn use_not_allowed(key_use: KeyUse) -> &'static str {
    match key_use {
        KeyUse::Sign => {
            "the certificate's key usage lacks digitalSignature, and in this cipher suite its key has to sign: \
             have it issued with digitalSignature"
        }
        KeyUse::Encipher => {
            "the certificate's key usage lacks keyEncipherment, and in this cipher suite the premaster secret is \
             encrypted to its key: have it issued with keyEncipherment, or choose a suite with ECDHE"
        }
    }
}

fn pin_mismatch(presented: &Pin, pins: &[Pin]) -> String {
    let expected = match pins {
        [] => "none, as no pin was given".into(),
        pins => pins
            .iter()
            .map(Pin::to_string)
            .collect::<Vec<_>>()
            .join(" or "),
    };
    format!(
        "the peer's key has the pin {presented}, expected {expected}: \
         if its owner confirms the new key, pin that; otherwise someone stands between"
    )
}

const fn side(peer: Side) -> &'static str {
    match peer {
        Side::Server => "server",
        Side::Client => "client",
    }
}

const fn purpose(peer: Side) -> &'static str {
    match peer {
        Side::Server => "serverAuth",
        Side::Client => "clientAuth",
    }
}
