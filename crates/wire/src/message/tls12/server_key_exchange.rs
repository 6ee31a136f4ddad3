//! ServerKeyExchange, in the forms of the key exchanges (RFC 5246 section 7.4.3, RFC 8422 section 5.4).
//!
//! Which form a message has is not in the message: the cipher suite says so. The anonymous key exchanges
//! send the parameters alone, which decode as [`ServerEcdhParams`] and [`ServerDhParams`].

use nom::Parser as _;
use nom::combinator::consumed;

use super::super::handshake::handshake_types;
use crate::code_point::{EcCurveType, NamedGroup, SignatureScheme};
use crate::codec::{
    Decode, DecodeError, DecodeErrorKind, Encode, Parsed, Place, Writer, located, refuse,
    unwrap_nom, wire_struct,
};

wire_struct! {
    /// The server's signed public value of ECDHE (RFC 8422 section 5.4).
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
        let (rest, (bytes, params)) = consumed(ServerEcdhParams::parse)
            .parse(body)
            .map_err(unwrap_nom)?;
        Ok((
            bytes,
            Self {
                params,
                signed_params: DigitallySigned::decode(rest)?,
            },
        ))
    }
}

wire_struct! {
    /// The group and the public value of ECDHE (`ServerECDHParams` of RFC 8422 section 5.4).
    pub struct ServerEcdhParams<'a> {
        /// The group.
        pub curve_params: EcParameters,
        /// The public value.
        pub public: &'a [u8] [1..=0xff],
    }
}

/// The group of ECDHE, by name (`ECParameters` of RFC 8422 section 5.4).
///
/// The explicit forms of RFC 4492 are not read: RFC 8422 section 5.4 forbids them, and the message cannot be
/// taken apart behind a form that is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EcParameters {
    /// The group.
    pub named_curve: NamedGroup,
}

impl<'a> Decode<'a> for EcParameters {
    const NAME: &'static str = "ECParameters";
    const SIZE: Option<usize> = Some(3);

    #[inline]
    fn parse(input: &'a [u8]) -> Parsed<'a, Self> {
        let place = const { &Place::new("ECParameters", "curve_type") };
        let (input, curve_type) = located(EcCurveType::parse(input), place)?;
        if curve_type != EcCurveType::named_curve {
            return located(refuse(DecodeErrorKind::Value), place);
        }
        let (input, named_curve) = located(
            NamedGroup::parse(input),
            const { &Place::new("ECParameters", "namedcurve") },
        )?;
        Ok((input, Self { named_curve }))
    }
}

impl Encode for EcParameters {
    fn encode(&self, out: &mut Writer) {
        EcCurveType::named_curve.encode(out);
        self.named_curve.encode(out);
    }
}

wire_struct! {
    /// The server's signed public value of DHE (RFC 5246 section 7.4.3).
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
        let (rest, (bytes, params)) = consumed(ServerDhParams::parse)
            .parse(body)
            .map_err(unwrap_nom)?;
        Ok((
            bytes,
            Self {
                params,
                signed_params: DigitallySigned::decode(rest)?,
            },
        ))
    }
}

wire_struct! {
    /// The group and the public value of DHE, all big-endian numbers (RFC 5246 section 7.4.3).
    pub struct ServerDhParams<'a> {
        /// The modulus.
        pub dh_p: &'a [u8] [1..=0xffff],
        /// The generator.
        pub dh_g: &'a [u8] [1..=0xffff],
        /// The public value (`dh_Ys`).
        pub dh_ys: &'a [u8] [1..=0xffff],
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
    ServerEcdhParams<'_> => server_key_exchange,
    DheServerKeyExchange<'_> => server_key_exchange,
    ServerDhParams<'_> => server_key_exchange,
}
