//! CertificateRequest of TLS 1.2 (RFC 5246 section 7.4.4).

use super::super::distinguished_name::DistinguishedName;
use super::super::handshake::handshake_types;
use crate::code_point::{ClientCertificateType, SignatureScheme};
use crate::codec::{List, wire_struct};

wire_struct! {
    /// The server wants to know who the client is (RFC 5246 section 7.4.4).
    pub struct CertificateRequest<'a> {
        /// The kinds of certificate that the server can use.
        pub certificate_types: List<'a, ClientCertificateType> [1..=0xff],
        /// The signatures that the server accepts, best first.
        pub supported_signature_algorithms: List<'a, SignatureScheme> [2..=0xfffe],
        /// The authorities that the server trusts; none means any.
        pub certificate_authorities: List<'a, DistinguishedName<'a>> [0..=0xffff],
    }
}

handshake_types! { CertificateRequest<'_> => certificate_request }
