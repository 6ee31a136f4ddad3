//! Messages as TLS 1.3 has them (RFC 8446 section 4).

use premaster_wire::tls13::{
    Certificate, CertificateRequest, EncryptedExtensions, KeyUpdate, NewSessionTicket,
};
use premaster_wire::{Decode, DecodeError, HandshakeType};

use super::{Fields, certificates};

pub(super) fn message(
    kind: HandshakeType,
    body: &[u8],
    fields: &mut Fields,
) -> Result<(), DecodeError> {
    match kind {
        HandshakeType::encrypted_extensions => {
            let message = EncryptedExtensions::decode(body)?;
            fields.list("extensions", message.extensions.types());
        }
        HandshakeType::certificate => {
            let list = Certificate::decode(body)?.certificate_list;
            certificates(list.iter().map(|entry| entry.cert_data), fields);
        }
        HandshakeType::certificate_request => {
            let request = CertificateRequest::decode(body)?;
            fields.list("extensions", request.extensions.types());
        }
        HandshakeType::new_session_ticket => {
            let ticket = NewSessionTicket::decode(body)?;
            fields
                .number("ticket_lifetime", ticket.ticket_lifetime)
                .number("ticket_length", ticket.ticket.len());
        }
        HandshakeType::key_update => {
            fields.text("request_update", KeyUpdate::decode(body)?.request_update);
        }
        _ if body.is_empty() => {}
        _ => {
            fields.number("body_length", body.len());
        }
    }
    Ok(())
}
