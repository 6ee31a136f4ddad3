//! The message that stands for the first ClientHello in a transcript (RFC 8446 section 4.4.1).

use super::super::handshake::handshake_types;
use crate::codec::wire_struct;

wire_struct! {
    /// The hash of the first ClientHello, in its place after a HelloRetryRequest (RFC 8446 section 4.4.1).
    ///
    /// It is hashed but never sent: a reader treats it as unexpected.
    pub struct MessageHash<'a> {
        /// The hash.
        pub hash: &'a [u8] [..],
    }
}

handshake_types! { MessageHash<'_> => message_hash }
