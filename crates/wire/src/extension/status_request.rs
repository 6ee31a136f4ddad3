//! Requests for a stapled certificate status (RFC 6066 section 8, RFC 6961 section 2.2).

use nom::combinator::rest;

use crate::code_point::CertificateStatusType;
use crate::codec::{Decode, DecodeError, Encode, List, Parsed, Writer, wire_struct};

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

wire_struct! {
    /// One of the forms of status that a client accepts (`CertificateStatusRequestItemV2` of RFC 6961
    /// section 2.2).
    pub struct CertificateStatusRequestItem<'a> {
        /// The form.
        pub status_type: CertificateStatusType,
        /// The request, which depends on the form.
        pub request: &'a [u8] [0..=0xffff],
    }
}

impl<'a> CertificateStatusRequestItem<'a> {
    /// The request of the forms `ocsp` and `ocsp_multi`; `None` for others.
    ///
    /// # Errors
    /// What is wrong with the request.
    pub fn ocsp(&self) -> Option<Result<OcspStatusRequest<'a>, DecodeError>> {
        match self.status_type {
            CertificateStatusType::ocsp | CertificateStatusType::ocsp_multi => {
                Some(OcspStatusRequest::decode(self.request))
            }
            _ => None,
        }
    }
}
