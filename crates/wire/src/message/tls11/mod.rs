//! The messages that have another form before TLS 1.2: in TLS 1.1, TLS 1.0 and SSL 3.0 (RFC 4346 section 7.4,
//! RFC 6101 section 5.6).
//!
//! A signature does not say how it was made; the key says it. All other messages are those of
//! [`tls12`](crate::tls12), but for what SSL 3.0 has [in a form of its own](crate::ssl3).

mod certificate_request;
mod certificate_verify;
mod server_key_exchange;
mod signature;

pub use certificate_request::CertificateRequest;
pub use certificate_verify::CertificateVerify;
pub use server_key_exchange::{DheServerKeyExchange, EcdheServerKeyExchange, SrpServerKeyExchange};
pub use signature::Signature;

use crate::code_point::ProtocolVersion;

/// Whether messages of this version have the forms of this module.
pub(super) const fn has_these_forms(version: ProtocolVersion) -> bool {
    matches!(
        version,
        ProtocolVersion::SSLv3
            | ProtocolVersion::TLSv1_0
            | ProtocolVersion::TLSv1_1
            | ProtocolVersion::DTLSv1_0
    )
}
