//! KeyUpdate (RFC 8446 section 4.6.3).

use super::super::handshake::handshake_types;
use crate::code_point::KeyUpdateRequest;
use crate::codec::wire_struct;

wire_struct! {
    /// The sender's next record has new keys (RFC 8446 section 4.6.3).
    pub struct KeyUpdate {
        /// Whether the receiver has to change its keys too; any other value is for the reader to refuse.
        pub request_update: KeyUpdateRequest,
    }
}

handshake_types! { KeyUpdate => key_update }
