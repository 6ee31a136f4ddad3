//! CertificateRequest of TLS 1.3 (RFC 8446 section 4.3.2).

use super::super::handshake::handshake_types;
use crate::codec::wire_struct;
use crate::extension::{CertificateRequestExtension, Extensions};

wire_struct! {
    /// The server wants to know who the client is (RFC 8446 section 4.3.2).
    pub struct CertificateRequest<'a> {
        /// Comes back in the client's Certificate; empty during the handshake.
        pub certificate_request_context: &'a [u8] [0..=0xff],
        /// What the certificate has to be; `signature_algorithms` is always there.
        pub extensions: Extensions<'a, CertificateRequestExtension<'a>> [2..=0xffff],
    }
}

handshake_types! { CertificateRequest<'_> => certificate_request }
