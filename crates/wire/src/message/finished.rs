//! Finished (RFC 8446 section 4.4.4, RFC 5246 section 7.4.9).

use super::handshake::handshake_types;
use crate::codec::wire_struct;

wire_struct! {
    /// The proof that both sides have seen the same handshake (RFC 8446 section 4.4.4, RFC 5246 section 7.4.9).
    pub struct Finished<'a> {
        /// 12 bytes in TLS 1.2, as many as the hash has in TLS 1.3; the reader compares all of them.
        pub verify_data: &'a [u8] [..],
    }
}

handshake_types! { Finished<'_> => finished }
