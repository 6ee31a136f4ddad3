//! CertificateStatus: a stapled status (RFC 6066 section 8, RFC 6961 section 2.2).
//!
//! A message of its own in TLS 1.2, the body of an extension in TLS 1.3.

use nom::combinator::rest;

use super::handshake::handshake_types;
use crate::code_point::CertificateStatusType;
use crate::codec::{
    Decode, Encode, List, Parsed, Place, Vector as _, Writer, located, wire_struct,
};

/// The status of a certificate, as a responder has signed it (RFC 6066 section 8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CertificateStatus<'a> {
    /// An OCSP response, as DER.
    Ocsp(&'a [u8]),
    /// A response for each certificate of the chain (RFC 6961 section 2.2).
    OcspMulti(List<'a, OcspResponse<'a>>),
    /// Something else, as it is.
    Unknown {
        /// Its type.
        status_type: CertificateStatusType,
        /// Its status.
        status: &'a [u8],
    },
}

handshake_types! { CertificateStatus<'_> => certificate_status }

wire_struct! {
    /// One response of several; empty if there is none for its certificate (RFC 6961 section 2.2).
    pub struct OcspResponse<'a> {
        /// The response, as DER.
        pub der: &'a [u8] [0..=0xff_ffff],
    }
}

const RESPONSE: &Place = &Place::new("CertificateStatus", "response");

impl<'a> Decode<'a> for CertificateStatus<'a> {
    const NAME: &'static str = "CertificateStatus";

    #[inline]
    fn parse(input: &'a [u8]) -> Parsed<'a, Self> {
        let place = const { &Place::new("CertificateStatus", "status_type") };
        let (input, status_type) = located(CertificateStatusType::parse(input), place)?;
        match status_type {
            CertificateStatusType::ocsp => {
                let (input, response) =
                    located(<&[u8]>::parse_vector::<1, 0xff_ffff>(input), RESPONSE)?;
                Ok((input, Self::Ocsp(response)))
            }
            CertificateStatusType::ocsp_multi => {
                let (input, responses) =
                    located(List::parse_vector::<1, 0xff_ffff>(input), RESPONSE)?;
                Ok((input, Self::OcspMulti(responses)))
            }
            _ => {
                let (input, status) = rest(input)?;
                Ok((
                    input,
                    Self::Unknown {
                        status_type,
                        status,
                    },
                ))
            }
        }
    }
}

impl Encode for CertificateStatus<'_> {
    fn encode(&self, out: &mut Writer) {
        match self {
            Self::Ocsp(response) => {
                CertificateStatusType::ocsp.encode(out);
                response.encode_vector::<1, 0xff_ffff>(RESPONSE, out);
            }
            Self::OcspMulti(responses) => {
                CertificateStatusType::ocsp_multi.encode(out);
                responses.encode_vector::<1, 0xff_ffff>(RESPONSE, out);
            }
            Self::Unknown {
                status_type,
                status,
            } => {
                status_type.encode(out);
                out.put_slice(status);
            }
        }
    }
}
