//! CertificateVerify (RFC 8446 section 4.4.3, RFC 5246 section 7.4.8).

use super::handshake::handshake_types;
use crate::code_point::SignatureScheme;
use crate::codec::wire_struct;

wire_struct! {
    /// The proof that the sender has the key of its certificate (RFC 8446 section 4.4.3, RFC 5246
    /// section 7.4.8).
    pub struct CertificateVerify<'a> {
        /// How it is signed.
        pub algorithm: SignatureScheme,
        /// The signature over the handshake so far.
        pub signature: &'a [u8] [0..=0xffff],
    }
}

handshake_types! { CertificateVerify<'_> => certificate_verify }
