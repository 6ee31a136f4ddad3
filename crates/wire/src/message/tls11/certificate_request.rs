//! CertificateRequest before TLS 1.2 (RFC 4346 section 7.4.4, RFC 6101 section 5.6.4).

use super::super::distinguished_name::DistinguishedName;
use super::super::handshake::handshake_types;
use crate::code_point::ClientCertificateType;
use crate::codec::{List, wire_struct};

wire_struct! {
    /// The server wants to know who the client is (RFC 4346 section 7.4.4, RFC 6101 section 5.6.4).
    pub struct CertificateRequest<'a> {
        /// The kinds of certificate that the server can use.
        pub certificate_types: List<'a, ClientCertificateType> [1..=0xff],
        /// The authorities that the server trusts; none means any, which TLS 1.1 was the first to allow but
        /// others send as well.
        pub certificate_authorities: List<'a, DistinguishedName<'a>> [0..=0xffff],
    }
}

handshake_types! { CertificateRequest<'_> => certificate_request }
