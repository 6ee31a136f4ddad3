//! The parameters of ServerKeyExchange: the server's public values (RFC 5246 section 7.4.3, RFC 8422
//! section 5.4, RFC 5054 section 2.5.3).
//!
//! The key exchanges that are not signed send them alone, as the body of the message: DH_anon, ECDH_anon, and
//! SRP where a password alone authenticates.

use super::super::handshake::handshake_types;
use crate::code_point::{EcCurveType, NamedGroup};
use crate::codec::{
    Decode, DecodeErrorKind, Encode, Parsed, Place, Writer, located, refuse, wire_struct,
};

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
    /// The group, the salt and the public value of SRP (`ServerSRPParams` of RFC 5054 section 2.5.3).
    pub struct ServerSrpParams<'a> {
        /// The modulus (`srp_N`).
        pub srp_n: &'a [u8] [1..=0xffff],
        /// The generator.
        pub srp_g: &'a [u8] [1..=0xffff],
        /// The salt of the user's password.
        pub srp_s: &'a [u8] [1..=0xff],
        /// The public value (`srp_B`).
        pub srp_b: &'a [u8] [1..=0xffff],
    }
}

handshake_types! {
    ServerDhParams<'_> => server_key_exchange,
    ServerEcdhParams<'_> => server_key_exchange,
    ServerSrpParams<'_> => server_key_exchange,
}
