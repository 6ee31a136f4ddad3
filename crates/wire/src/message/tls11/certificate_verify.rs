//! CertificateVerify before TLS 1.2 (RFC 4346 section 7.4.8, RFC 6101 section 5.6.8).

use super::super::handshake::handshake_types;
use super::signature::Signature;
use crate::codec::wire_struct;

wire_struct! {
    /// The proof that the client has the key of its certificate (RFC 4346 section 7.4.8, RFC 6101 section 5.6.8).
    pub struct CertificateVerify<'a> {
        /// The signature over the handshake so far.
        pub signature: Signature<'a>,
    }
}

handshake_types! { CertificateVerify<'_> => certificate_verify }
