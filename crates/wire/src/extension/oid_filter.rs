//! What a server wants a client certificate to contain (RFC 8446 section 4.2.5).

use crate::codec::wire_struct;

wire_struct! {
    /// A certificate extension and the values that it must have (RFC 8446 section 4.2.5).
    pub struct OidFilter<'a> {
        /// The object identifier of the certificate extension, as DER.
        pub certificate_extension_oid: &'a [u8] [1..=0xff],
        /// The values, as DER.
        pub certificate_extension_values: &'a [u8] [0..=0xffff],
    }
}
