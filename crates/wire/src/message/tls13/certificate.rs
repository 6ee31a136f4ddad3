//! Certificate of TLS 1.3: each certificate with its extensions (RFC 8446 section 4.4.2).

use super::super::handshake::handshake_types;
use crate::codec::{List, wire_struct};
use crate::extension::{CertificateExtension, Extensions};

wire_struct! {
    /// A chain of certificates, the sender's own first (RFC 8446 section 4.4.2).
    ///
    /// ```
    /// use premaster_wire::{Encode, Extensions, List, tls13::{Certificate, CertificateEntry}};
    ///
    /// let entries = [CertificateEntry { cert_data: &[0x30, 0x00], extensions: Extensions::default() }];
    /// let certificate = Certificate { certificate_request_context: &[], certificate_list: List::from(&entries) };
    /// assert_eq!(certificate.to_vec()?, [0, 0, 0, 7, 0, 0, 2, 0x30, 0x00, 0, 0]);
    /// # Ok::<(), premaster_wire::EncodeError>(())
    /// ```
    pub struct Certificate<'a> {
        /// That of the CertificateRequest; empty during the handshake.
        pub certificate_request_context: &'a [u8] [0..=0xff],
        /// The chain; empty if a client has none to offer.
        pub certificate_list: List<'a, CertificateEntry<'a>> [0..=0xff_ffff],
    }
}

handshake_types! { Certificate<'_> => certificate }

wire_struct! {
    /// One certificate and what belongs to it (RFC 8446 section 4.4.2).
    pub struct CertificateEntry<'a> {
        /// The certificate as DER, or a raw public key (`ASN1_subjectPublicKeyInfo`), as was agreed.
        pub cert_data: &'a [u8] [1..=0xff_ffff],
        /// Its extensions.
        pub extensions: Extensions<'a, CertificateExtension<'a>> [0..=0xffff],
    }
}
