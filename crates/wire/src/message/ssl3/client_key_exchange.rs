//! ClientKeyExchange of SSL 3.0, where RSA is used (RFC 6101 section 5.6.7).

use super::super::handshake::handshake_types;
use crate::codec::wire_struct;

wire_struct! {
    /// The premaster secret under the server's key, without the length that TLS puts in front (RFC 6101
    /// section 5.6.7.1, RFC 5246 section 7.4.7.1).
    pub struct RsaClientKeyExchange<'a> {
        /// The ciphertext: all of the message.
        pub pre_master_secret: &'a [u8] [..],
    }
}

handshake_types! { RsaClientKeyExchange<'_> => client_key_exchange }
