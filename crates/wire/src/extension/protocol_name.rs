//! Names of application protocols (RFC 7301 section 3.1).

use crate::codec::wire_struct;

wire_struct! {
    /// The name of an application protocol, such as `h2` (RFC 7301 section 3.1).
    pub struct ProtocolName<'a> {
        /// The name, which is bytes and not text.
        pub name: &'a [u8] [1..=0xff],
    }
}

impl<'a> From<&'a [u8]> for ProtocolName<'a> {
    fn from(name: &'a [u8]) -> Self {
        Self { name }
    }
}
