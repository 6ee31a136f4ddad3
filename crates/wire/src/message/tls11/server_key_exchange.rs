//! ServerKeyExchange before TLS 1.2, where it is signed (RFC 4346 section 7.4.3, RFC 8422 section 5.4,
//! RFC 5054 section 2.5.3).

use super::super::handshake::handshake_types;
use super::super::tls12::{
    ServerDhParams, ServerEcdhParams, ServerSrpParams, params_and_signature,
};
use super::signature::Signature;
use crate::codec::{DecodeError, wire_struct};

wire_struct! {
    /// The server's signed public value of ECDHE, before TLS 1.2 (RFC 8422 section 5.4).
    pub struct EcdheServerKeyExchange<'a> {
        /// The group and the public value.
        pub params: ServerEcdhParams<'a>,
        /// The signature over both randoms and the parameters.
        pub signed_params: Signature<'a>,
    }
}

impl<'a> EcdheServerKeyExchange<'a> {
    /// Decodes the message, and gives the bytes of `params` too: those that the signature covers.
    ///
    /// # Errors
    /// As [`decode`](crate::Decode::decode).
    pub fn decode_with_params(body: &'a [u8]) -> Result<(&'a [u8], Self), DecodeError> {
        let (bytes, params, signed_params) = params_and_signature(body)?;
        Ok((
            bytes,
            Self {
                params,
                signed_params,
            },
        ))
    }
}

wire_struct! {
    /// The server's signed public value of DHE, before TLS 1.2 (RFC 4346 section 7.4.3, RFC 6101 section 5.6.3).
    pub struct DheServerKeyExchange<'a> {
        /// The group and the public value.
        pub params: ServerDhParams<'a>,
        /// The signature over both randoms and the parameters.
        pub signed_params: Signature<'a>,
    }
}

impl<'a> DheServerKeyExchange<'a> {
    /// Decodes the message, and gives the bytes of `params` too: those that the signature covers.
    ///
    /// # Errors
    /// As [`decode`](crate::Decode::decode).
    pub fn decode_with_params(body: &'a [u8]) -> Result<(&'a [u8], Self), DecodeError> {
        let (bytes, params, signed_params) = params_and_signature(body)?;
        Ok((
            bytes,
            Self {
                params,
                signed_params,
            },
        ))
    }
}

wire_struct! {
    /// The server's signed public value of SRP, before TLS 1.2 (RFC 5054 section 2.5.3).
    pub struct SrpServerKeyExchange<'a> {
        /// The group, the salt and the public value.
        pub params: ServerSrpParams<'a>,
        /// The signature over both randoms and the parameters.
        pub signed_params: Signature<'a>,
    }
}

impl<'a> SrpServerKeyExchange<'a> {
    /// Decodes the message, and gives the bytes of `params` too: those that the signature covers.
    ///
    /// # Errors
    /// As [`decode`](crate::Decode::decode).
    pub fn decode_with_params(body: &'a [u8]) -> Result<(&'a [u8], Self), DecodeError> {
        let (bytes, params, signed_params) = params_and_signature(body)?;
        Ok((
            bytes,
            Self {
                params,
                signed_params,
            },
        ))
    }
}

handshake_types! {
    EcdheServerKeyExchange<'_> => server_key_exchange,
    DheServerKeyExchange<'_> => server_key_exchange,
    SrpServerKeyExchange<'_> => server_key_exchange,
}
