//! Names of certification authorities (RFC 8446 section 4.2.4, RFC 5246 section 7.4.4).

use crate::codec::wire_struct;

wire_struct! {
    /// The name of an authority (RFC 8446 section 4.2.4).
    pub struct DistinguishedName<'a> {
        /// A `Name` of X.501, as DER.
        pub der: &'a [u8] [1..=0xffff],
    }
}

impl<'a> From<&'a [u8]> for DistinguishedName<'a> {
    fn from(der: &'a [u8]) -> Self {
        Self { der }
    }
}
