//! ServerKeyExchange, in the forms of the key exchanges (RFC 5246 section 7.4.3, RFC 8422 section 5.4,
//! RFC 4279, RFC 5489, RFC 5054 section 2.5.3).
//!
//! Which form a message has is not in the message: [`KeyExchangeAlgorithm`](super::KeyExchangeAlgorithm) says
//! so, which follows from the cipher suite. Here is what names its signature algorithm, as TLS 1.2 does, and
//! what is not signed at all; before TLS 1.2 a signature has [another form](crate::tls11).

use nom::Parser as _;
use nom::combinator::consumed;

use super::super::handshake::handshake_types;
use super::server_params::{ServerDhParams, ServerEcdhParams, ServerSrpParams};
use crate::code_point::SignatureScheme;
use crate::codec::{Decode, DecodeError, unwrap_nom, wire_struct};

wire_struct! {
    /// The server's signed public value of ECDHE (RFC 8422 section 5.4).
    ///
    /// Sent with `TLS_ECDHE_ECDSA_*` and `TLS_ECDHE_RSA_*`.
    pub struct EcdheServerKeyExchange<'a> {
        /// The group and the public value.
        pub params: ServerEcdhParams<'a>,
        /// The signature over both randoms and the parameters.
        pub signed_params: DigitallySigned<'a>,
    }
}

impl<'a> EcdheServerKeyExchange<'a> {
    /// Decodes the message, and gives the bytes of `params` too: those that the signature covers.
    ///
    /// A signer has them as `params.to_vec()`; the two are the same bytes.
    ///
    /// ```
    /// use premaster_wire::{Encode, tls12::EcdheServerKeyExchange};
    ///
    /// let body = [3, 0, 29, 1, 0xaa, 4, 3, 0, 1, 0xbb];
    /// let (params, message) = EcdheServerKeyExchange::decode_with_params(&body)?;
    /// assert_eq!(params, [3, 0, 29, 1, 0xaa]);
    /// assert_eq!(message.params.to_vec()?, params);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`decode`](Decode::decode).
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
    /// The server's signed public value of DHE (RFC 5246 section 7.4.3).
    ///
    /// Sent with `TLS_DHE_RSA_*` and `TLS_DHE_DSS_*`.
    pub struct DheServerKeyExchange<'a> {
        /// The group and the public value.
        pub params: ServerDhParams<'a>,
        /// The signature over both randoms and the parameters.
        pub signed_params: DigitallySigned<'a>,
    }
}

impl<'a> DheServerKeyExchange<'a> {
    /// Decodes the message, and gives the bytes of `params` too: those that the signature covers.
    ///
    /// # Errors
    /// As [`decode`](Decode::decode).
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
    /// The server's signed public value of SRP (RFC 5054 section 2.5.3).
    ///
    /// Sent with `TLS_SRP_SHA_RSA_*` and `TLS_SRP_SHA_DSS_*`; with the other `TLS_SRP_SHA_*`, where the server
    /// has no certificate, the message is [`ServerSrpParams`] alone.
    pub struct SrpServerKeyExchange<'a> {
        /// The group, the salt and the public value.
        pub params: ServerSrpParams<'a>,
        /// The signature over both randoms and the parameters.
        pub signed_params: DigitallySigned<'a>,
    }
}

impl<'a> SrpServerKeyExchange<'a> {
    /// Decodes the message, and gives the bytes of `params` too: those that the signature covers.
    ///
    /// # Errors
    /// As [`decode`](Decode::decode).
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
    /// Which pre-shared key the client might choose (RFC 4279 section 2).
    ///
    /// Sent with `TLS_PSK_*` and `TLS_RSA_PSK_*`, but only if there is a hint.
    pub struct PskServerKeyExchange<'a> {
        /// The hint: bytes whose meaning the two sides have settled.
        pub psk_identity_hint: &'a [u8] [0..=0xffff],
    }
}

wire_struct! {
    /// The server's public value of DHE, which a pre-shared key authenticates (RFC 4279 section 3).
    ///
    /// Sent with `TLS_DHE_PSK_*`.
    pub struct DhePskServerKeyExchange<'a> {
        /// The hint; empty if there is none.
        pub psk_identity_hint: &'a [u8] [0..=0xffff],
        /// The group and the public value.
        pub params: ServerDhParams<'a>,
    }
}

wire_struct! {
    /// The server's public value of ECDHE, which a pre-shared key authenticates (RFC 5489 section 2).
    ///
    /// Sent with `TLS_ECDHE_PSK_*`.
    pub struct EcdhePskServerKeyExchange<'a> {
        /// The hint; empty if there is none.
        pub psk_identity_hint: &'a [u8] [0..=0xffff],
        /// The group and the public value.
        pub params: ServerEcdhParams<'a>,
    }
}

wire_struct! {
    /// A signature and how it was made (RFC 5246 section 4.7).
    pub struct DigitallySigned<'a> {
        /// How it was made.
        pub algorithm: SignatureScheme,
        /// The signature.
        pub signature: &'a [u8] [0..=0xffff],
    }
}

handshake_types! {
    EcdheServerKeyExchange<'_> => server_key_exchange,
    DheServerKeyExchange<'_> => server_key_exchange,
    SrpServerKeyExchange<'_> => server_key_exchange,
    PskServerKeyExchange<'_> => server_key_exchange,
    DhePskServerKeyExchange<'_> => server_key_exchange,
    EcdhePskServerKeyExchange<'_> => server_key_exchange,
}

/// A signed message taken apart: the bytes that the signature covers, what they say, the signature.
pub(crate) fn params_and_signature<'a, P: Decode<'a>, S: Decode<'a>>(
    body: &'a [u8],
) -> Result<(&'a [u8], P, S), DecodeError> {
    let (rest, (bytes, params)) = consumed(P::parse).parse(body).map_err(unwrap_nom)?;
    Ok((bytes, params, S::decode(rest)?))
}
