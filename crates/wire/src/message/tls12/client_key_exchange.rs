//! ClientKeyExchange, in the forms of the key exchanges (RFC 5246 section 7.4.7, RFC 8422 section 5.7).
//!
//! Which form a message has is not in the message: the cipher suite says so.

use super::super::handshake::handshake_types;
use crate::codec::wire_struct;

wire_struct! {
    /// The client's public value of ECDHE (`ClientECDiffieHellmanPublic` of RFC 8422 section 5.7).
    pub struct EcdhClientKeyExchange<'a> {
        /// The point (`ecdh_Yc`).
        pub point: &'a [u8] [1..=0xff],
    }
}

wire_struct! {
    /// The client's public value of DHE (`ClientDiffieHellmanPublic` of RFC 5246 section 7.4.7.2).
    pub struct DhClientKeyExchange<'a> {
        /// The number, big-endian (`dh_Yc`).
        pub dh_yc: &'a [u8] [1..=0xffff],
    }
}

wire_struct! {
    /// The premaster secret under the server's key (`EncryptedPreMasterSecret` of RFC 5246 section 7.4.7.1).
    pub struct RsaClientKeyExchange<'a> {
        /// The ciphertext.
        pub pre_master_secret: &'a [u8] [0..=0xffff],
    }
}

handshake_types! {
    EcdhClientKeyExchange<'_> => client_key_exchange,
    DhClientKeyExchange<'_> => client_key_exchange,
    RsaClientKeyExchange<'_> => client_key_exchange,
}
