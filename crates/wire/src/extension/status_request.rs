//! Requests for a stapled certificate status (RFC 6066 section 8, RFC 6961 section 2.2).

use nom::combinator::rest;

use crate::code_point::CertificateStatusType;
use crate::codec::{Decode, Encode, List, Parsed, Place, Writer, located, opaque, wire_struct};

/// What a client wants stapled to the certificate (RFC 6066 section 8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CertificateStatusRequest<'a> {
    /// An OCSP response.
    Ocsp(OcspStatusRequest<'a>),
    /// Something else, as it is.
    Unknown {
        /// Its type.
        status_type: CertificateStatusType,
        /// Its request.
        request: &'a [u8],
    },
}

impl<'a> Decode<'a> for CertificateStatusRequest<'a> {
    const NAME: &'static str = "CertificateStatusRequest";

    #[inline]
    fn parse(input: &'a [u8]) -> Parsed<'a, Self> {
        let (input, status_type) = CertificateStatusType::parse(input)?;
        if status_type == CertificateStatusType::ocsp {
            let (input, request) = OcspStatusRequest::parse(input)?;
            return Ok((input, Self::Ocsp(request)));
        }
        let (input, request) = rest(input)?;
        Ok((
            input,
            Self::Unknown {
                status_type,
                request,
            },
        ))
    }
}

impl Encode for CertificateStatusRequest<'_> {
    fn encode(&self, out: &mut Writer) {
        match self {
            Self::Ocsp(request) => {
                CertificateStatusType::ocsp.encode(out);
                request.encode(out);
            }
            Self::Unknown {
                status_type,
                request,
            } => {
                status_type.encode(out);
                out.put_slice(request);
            }
        }
    }
}

wire_struct! {
    /// Which OCSP response a client wants (RFC 6066 section 8).
    #[derive(Default)]
    pub struct OcspStatusRequest<'a> {
        /// The responders that the client trusts; none means the usual one.
        pub responder_id_list: List<'a, ResponderId<'a>> [0..=0xffff],
        /// The extensions of the OCSP request, as DER.
        pub request_extensions: &'a [u8] [0..=0xffff],
    }
}

wire_struct! {
    /// An OCSP responder (RFC 6066 section 8).
    pub struct ResponderId<'a> {
        /// A `ResponderID` of RFC 6960, as DER.
        pub der: &'a [u8] [1..=0xffff],
    }
}

/// One of the forms of status that a client accepts (`CertificateStatusRequestItemV2` of RFC 6961
/// section 2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CertificateStatusRequestItem<'a> {
    /// An OCSP response for the first certificate.
    Ocsp(OcspStatusRequest<'a>),
    /// An OCSP response for each certificate of the chain.
    OcspMulti(OcspStatusRequest<'a>),
    /// Something else, as it is.
    Unknown {
        /// Its type.
        status_type: CertificateStatusType,
        /// Its request.
        request: &'a [u8],
    },
}

const REQUEST: &Place = &Place::new("CertificateStatusRequestItemV2", "request");

impl<'a> Decode<'a> for CertificateStatusRequestItem<'a> {
    const NAME: &'static str = "CertificateStatusRequestItemV2";

    #[inline]
    fn parse(input: &'a [u8]) -> Parsed<'a, Self> {
        let place = const { &Place::new("CertificateStatusRequestItemV2", "status_type") };
        let (input, status_type) = located(CertificateStatusType::parse(input), place)?;
        let (input, request) = located(opaque::<0, 0xffff>(input), REQUEST)?;
        let ocsp = || OcspStatusRequest::decode(request).map_err(nom::Err::Error);
        let item = match status_type {
            CertificateStatusType::ocsp => Self::Ocsp(ocsp()?),
            CertificateStatusType::ocsp_multi => Self::OcspMulti(ocsp()?),
            _ => Self::Unknown {
                status_type,
                request,
            },
        };
        Ok((input, item))
    }
}

impl Encode for CertificateStatusRequestItem<'_> {
    fn encode(&self, out: &mut Writer) {
        let status_type = match self {
            Self::Ocsp(_) => CertificateStatusType::ocsp,
            Self::OcspMulti(_) => CertificateStatusType::ocsp_multi,
            Self::Unknown { status_type, .. } => *status_type,
        };
        status_type.encode(out);
        out.vector::<0, 0xffff>(REQUEST, |out| match self {
            Self::Ocsp(request) | Self::OcspMulti(request) => request.encode(out),
            Self::Unknown { request, .. } => out.put_slice(request),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6961 section 2.2: both types have a request of one form, and any other its bytes.
    #[test]
    fn each_item_is_read_by_its_type() {
        let request = OcspStatusRequest::default();
        for (bytes, item) in [
            (
                &[1, 0, 4, 0, 0, 0, 0][..],
                CertificateStatusRequestItem::Ocsp(request),
            ),
            (
                &[2, 0, 4, 0, 0, 0, 0],
                CertificateStatusRequestItem::OcspMulti(request),
            ),
            (
                &[3, 0, 1, 9],
                CertificateStatusRequestItem::Unknown {
                    status_type: CertificateStatusType(3),
                    request: &[9],
                },
            ),
        ] {
            assert_eq!(CertificateStatusRequestItem::decode(bytes), Ok(item));
            assert_eq!(item.to_vec().unwrap(), bytes);
        }
        assert!(CertificateStatusRequestItem::decode(&[2, 0, 1, 9]).is_err());
    }
}
