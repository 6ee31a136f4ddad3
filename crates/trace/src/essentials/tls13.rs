//! Messages as TLS 1.3 has them (RFC 8446 section 4, RFC 8879).

use premaster_wire::tls13::{
    Certificate, CertificateRequest, CompressedCertificate, EncryptedExtensions, KeyUpdate,
    NewSessionTicket,
};
use premaster_wire::{
    CertificateRequestExtension, CertificateStatus, Decode, DecodeError, EncryptedExtension,
    HandshakeType,
};

use super::{Fields, certificates};
use crate::value::text_or_hex;

pub(super) fn message(
    kind: HandshakeType,
    body: &[u8],
    fields: &mut Fields,
) -> Result<(), DecodeError> {
    match kind {
        HandshakeType::encrypted_extensions => {
            encrypted_extensions(&EncryptedExtensions::decode(body)?, fields);
        }
        HandshakeType::certificate => certificate(&Certificate::decode(body)?, fields),
        HandshakeType::compressed_certificate => {
            let message = CompressedCertificate::decode(body)?;
            fields
                .text("algorithm", message.algorithm)
                .number(
                    "uncompressed_length",
                    u32::from(message.uncompressed_length),
                )
                .number(
                    "compressed_length",
                    message.compressed_certificate_message.len(),
                );
        }
        HandshakeType::certificate_request => {
            certificate_request(&CertificateRequest::decode(body)?, fields);
        }
        HandshakeType::new_session_ticket => ticket(&NewSessionTicket::decode(body)?, fields),
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

fn encrypted_extensions(message: &EncryptedExtensions<'_>, fields: &mut Fields) {
    use EncryptedExtension as E;
    fields.list("extensions", message.extensions.types());
    for extension in message.extensions {
        match extension {
            E::ApplicationLayerProtocolNegotiation(names) => {
                let names = names.iter().map(|protocol| text_or_hex(protocol.name));
                fields.list("application_protocols", names)
            }
            E::SupportedGroups(groups) => fields.list("supported_groups", groups),
            E::RecordSizeLimit(limit) => fields.number("record_size_limit", limit),
            _ => fields,
        };
    }
}

fn certificate(message: &Certificate<'_>, fields: &mut Fields) {
    context(message.certificate_request_context, fields);
    let list = message.certificate_list;
    certificates(list.iter().map(|entry| entry.cert_data), fields);
    for entry in list {
        if let Some(CertificateStatus::Ocsp(response)) = entry.extensions.status_request() {
            fields.number("ocsp_response_length", response.len());
        }
        if let Some(timestamps) = entry.extensions.signed_certificate_timestamp() {
            fields.number("signed_certificate_timestamps", timestamps.iter().count());
        }
    }
}

fn certificate_request(message: &CertificateRequest<'_>, fields: &mut Fields) {
    use CertificateRequestExtension as E;
    context(message.certificate_request_context, fields);
    fields.list("extensions", message.extensions.types());
    for extension in message.extensions {
        match extension {
            E::SignatureAlgorithms(schemes) => fields.list("signature_algorithms", schemes),
            E::CompressCertificate(algorithms) => fields.list("compress_certificate", algorithms),
            E::CertificateAuthorities(names) => {
                fields.number("certificate_authorities", names.iter().count())
            }
            _ => fields,
        };
    }
}

/// After the handshake, it says to which request a certificate belongs.
fn context(context: &[u8], fields: &mut Fields) {
    if !context.is_empty() {
        fields.bytes("certificate_request_context", context);
    }
}

fn ticket(message: &NewSessionTicket<'_>, fields: &mut Fields) {
    fields
        .number("ticket_lifetime", message.ticket_lifetime)
        .bytes("ticket_nonce", message.ticket_nonce)
        .number("ticket_length", message.ticket.len());
    if let Some(limit) = message.extensions.early_data() {
        fields.number("max_early_data_size", limit);
    }
}
