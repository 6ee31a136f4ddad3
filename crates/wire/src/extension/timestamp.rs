//! Proofs of Certificate Transparency (RFC 6962 section 3.3).

use crate::codec::wire_struct;

wire_struct! {
    /// A signed certificate timestamp (RFC 6962 section 3.3).
    pub struct SerializedSct<'a> {
        /// As the log has signed it.
        pub sct: &'a [u8] [1..=0xffff],
    }
}
