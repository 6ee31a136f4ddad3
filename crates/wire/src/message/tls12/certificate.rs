//! Certificate of TLS 1.2: a plain list (RFC 5246 section 7.4.2).

use super::super::handshake::handshake_types;
use crate::codec::{List, wire_struct};

wire_struct! {
    /// A chain of certificates, the sender's own first (RFC 5246 section 7.4.2).
    ///
    /// ```
    /// use premaster_wire::{Decode, tls12::Certificate};
    ///
    /// let certificate = Certificate::decode(&[0, 0, 5, 0, 0, 2, 0x30, 0x00])?;
    /// let leaf = certificate.certificate_list.iter().next().map(|cert| cert.der);
    /// assert_eq!(leaf, Some(&[0x30, 0x00][..]));
    /// # Ok::<(), premaster_wire::DecodeError>(())
    /// ```
    pub struct Certificate<'a> {
        /// The chain; empty if a client has none to offer.
        pub certificate_list: List<'a, Asn1Cert<'a>> [0..=0xff_ffff],
    }
}

handshake_types! { Certificate<'_> => certificate }

wire_struct! {
    /// One certificate (`ASN.1Cert` of RFC 5246 section 7.4.2).
    pub struct Asn1Cert<'a> {
        /// The certificate, as DER.
        pub der: &'a [u8] [1..=0xff_ffff],
    }
}

impl<'a> From<&'a [u8]> for Asn1Cert<'a> {
    fn from(der: &'a [u8]) -> Self {
        Self { der }
    }
}
