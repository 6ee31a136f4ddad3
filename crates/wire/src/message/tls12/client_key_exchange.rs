//! ClientKeyExchange, in the forms of the key exchanges (RFC 5246 section 7.4.7, RFC 8422 section 5.7,
//! RFC 4279, RFC 5489, RFC 5054 section 2.5.4).
//!
//! Which form a message has is not in the message: [`KeyExchangeAlgorithm`](super::KeyExchangeAlgorithm) says
//! so, which follows from the cipher suite. They are the same in all versions of TLS; SSL 3.0 has [one of its
//! own](crate::ssl3).
//!
//! The identity of a pre-shared key is as many bytes as its length says; a NUL is a byte like any other.

use super::super::handshake::handshake_types;
use crate::codec::wire_struct;

wire_struct! {
    /// The client's public value of ECDHE (`ClientECDiffieHellmanPublic` of RFC 8422 section 5.7).
    ///
    /// Sent with `TLS_ECDHE_ECDSA_*`, `TLS_ECDHE_RSA_*`, `TLS_ECDH_anon_*`, and with `TLS_ECDH_ECDSA_*` and
    /// `TLS_ECDH_RSA_*` unless the point is [in the client's certificate](ImplicitClientKeyExchange).
    pub struct EcdhClientKeyExchange<'a> {
        /// The point (`ecdh_Yc`).
        pub point: &'a [u8] [1..=0xff],
    }
}

wire_struct! {
    /// The client's public value of DHE (`ClientDiffieHellmanPublic` of RFC 5246 section 7.4.7.2).
    ///
    /// Sent with `TLS_DHE_RSA_*`, `TLS_DHE_DSS_*`, `TLS_DH_anon_*`, and with `TLS_DH_RSA_*` and `TLS_DH_DSS_*`
    /// unless the value is [in the client's certificate](ImplicitClientKeyExchange).
    pub struct DhClientKeyExchange<'a> {
        /// The number, big-endian (`dh_Yc`).
        pub dh_yc: &'a [u8] [1..=0xffff],
    }
}

wire_struct! {
    /// The client's public value is in its certificate, so that the message is empty (`implicit` of RFC 5246
    /// section 7.4.7.2, RFC 8422 section 5.7).
    ///
    /// Sent with `TLS_DH_RSA_*`, `TLS_DH_DSS_*`, `TLS_ECDH_ECDSA_*` and `TLS_ECDH_RSA_*`, by a client that has
    /// sent such a certificate.
    #[derive(Default)]
    pub struct ImplicitClientKeyExchange {}
}

wire_struct! {
    /// The premaster secret under the server's key (`EncryptedPreMasterSecret` of RFC 5246 section 7.4.7.1).
    ///
    /// Sent with `TLS_RSA_WITH_*`; without the length in [SSL 3.0](crate::ssl3::RsaClientKeyExchange).
    pub struct RsaClientKeyExchange<'a> {
        /// The ciphertext.
        pub pre_master_secret: &'a [u8] [0..=0xffff],
    }
}

wire_struct! {
    /// The pre-shared key that the client has chosen (RFC 4279 section 2).
    ///
    /// Sent with `TLS_PSK_*`.
    ///
    /// ```
    /// use premaster_wire::{Decode, tls12::PskClientKeyExchange};
    ///
    /// let message = PskClientKeyExchange::decode(b"\x00\x05al\0ce")?;
    /// assert_eq!(message.psk_identity, b"al\0ce");
    /// # Ok::<(), premaster_wire::DecodeError>(())
    /// ```
    pub struct PskClientKeyExchange<'a> {
        /// The name of the key.
        pub psk_identity: &'a [u8] [0..=0xffff],
    }
}

wire_struct! {
    /// A pre-shared key, and the client's public value of DHE (RFC 4279 section 3).
    ///
    /// Sent with `TLS_DHE_PSK_*`.
    pub struct DhePskClientKeyExchange<'a> {
        /// The name of the key.
        pub psk_identity: &'a [u8] [0..=0xffff],
        /// The number, big-endian (`dh_Yc`).
        pub dh_yc: &'a [u8] [1..=0xffff],
    }
}

wire_struct! {
    /// A pre-shared key, and the client's public value of ECDHE (RFC 5489 section 2).
    ///
    /// Sent with `TLS_ECDHE_PSK_*`.
    pub struct EcdhePskClientKeyExchange<'a> {
        /// The name of the key.
        pub psk_identity: &'a [u8] [0..=0xffff],
        /// The point (`ecdh_Yc`).
        pub point: &'a [u8] [1..=0xff],
    }
}

wire_struct! {
    /// A pre-shared key, and a secret under the server's key (RFC 4279 section 4).
    ///
    /// Sent with `TLS_RSA_PSK_*`.
    pub struct RsaPskClientKeyExchange<'a> {
        /// The name of the key.
        pub psk_identity: &'a [u8] [0..=0xffff],
        /// The ciphertext.
        pub pre_master_secret: &'a [u8] [0..=0xffff],
    }
}

wire_struct! {
    /// The client's public value of SRP (`ClientSRPPublic` of RFC 5054 section 2.5.4).
    ///
    /// Sent with all of `TLS_SRP_SHA_*`; the user's name is in the extension `srp` of the ClientHello.
    pub struct SrpClientKeyExchange<'a> {
        /// The public value (`srp_A`).
        pub srp_a: &'a [u8] [1..=0xffff],
    }
}

handshake_types! {
    EcdhClientKeyExchange<'_> => client_key_exchange,
    DhClientKeyExchange<'_> => client_key_exchange,
    ImplicitClientKeyExchange => client_key_exchange,
    RsaClientKeyExchange<'_> => client_key_exchange,
    PskClientKeyExchange<'_> => client_key_exchange,
    DhePskClientKeyExchange<'_> => client_key_exchange,
    EcdhePskClientKeyExchange<'_> => client_key_exchange,
    RsaPskClientKeyExchange<'_> => client_key_exchange,
    SrpClientKeyExchange<'_> => client_key_exchange,
}
