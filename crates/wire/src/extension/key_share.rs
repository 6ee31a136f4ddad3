//! Shares of a key exchange (RFC 8446 section 4.2.8).
//!
//! ClientHello carries a list of [`KeyShareEntry`], ServerHello one, HelloRetryRequest only a group.

use crate::code_point::NamedGroup;
use crate::codec::wire_struct;

wire_struct! {
    /// A share for one group (RFC 8446 section 4.2.8).
    pub struct KeyShareEntry<'a> {
        /// The group.
        pub group: NamedGroup,
        /// The public value; its form depends on the group.
        pub key_exchange: &'a [u8] [1..=0xffff],
    }
}
