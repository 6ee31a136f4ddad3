//! Messages as TLS 1.2 and its forerunners have them (RFC 5246 section 7.4).

use premaster_wire::tls12::{Certificate, CertificateRequest, NewSessionTicket};
use premaster_wire::{Decode, DecodeError, HandshakeType};

use super::{Fields, certificates};

pub(super) fn message(
    kind: HandshakeType,
    body: &[u8],
    fields: &mut Fields,
) -> Result<(), DecodeError> {
    match kind {
        HandshakeType::certificate => {
            let list = Certificate::decode(body)?.certificate_list;
            certificates(list.iter().map(|certificate| certificate.der), fields);
        }
        HandshakeType::certificate_request => {
            let request = CertificateRequest::decode(body)?;
            fields
                .list("certificate_types", request.certificate_types)
                .list(
                    "supported_signature_algorithms",
                    request.supported_signature_algorithms,
                )
                .number(
                    "certificate_authorities",
                    request.certificate_authorities.len(),
                );
        }
        HandshakeType::new_session_ticket => {
            let ticket = NewSessionTicket::decode(body)?;
            fields
                .number("ticket_lifetime_hint", ticket.ticket_lifetime_hint)
                .number("ticket_length", ticket.ticket.len());
        }
        _ if body.is_empty() => {}
        _ => {
            fields.number("body_length", body.len());
        }
    }
    Ok(())
}
