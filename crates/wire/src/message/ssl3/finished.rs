//! Finished of SSL 3.0 (RFC 6101 section 5.6.9).

use super::super::handshake::handshake_types;
use crate::codec::wire_struct;

wire_struct! {
    /// The proof that both sides have seen the same handshake: two hashes (RFC 6101 section 5.6.9).
    pub struct Finished {
        /// With MD5.
        pub md5_hash: [u8; 16],
        /// With SHA-1.
        pub sha_hash: [u8; 20],
    }
}

handshake_types! { Finished => finished }
