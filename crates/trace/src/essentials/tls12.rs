//! Messages as TLS 1.2 and its forerunners have them (RFC 5246 section 7.4).

use premaster_wire::tls12::{
    Certificate, CertificateRequest, DhClientKeyExchange, DheServerKeyExchange,
    EcdhClientKeyExchange, EcdheServerKeyExchange, NewSessionTicket, RsaClientKeyExchange,
};
use premaster_wire::{CipherSuite, Decode, DecodeError, HandshakeType};

use super::{Fields, certificates};

/// What the suite says about the form of the key exchange messages.
enum KeyExchange {
    Ecdhe,
    Dhe,
    Rsa,
    Other,
}

impl KeyExchange {
    /// The names of suites begin with it: `TLS_ECDHE_RSA_WITH_...`.
    fn of(suite: Option<CipherSuite>) -> Self {
        let name = suite.and_then(CipherSuite::name).unwrap_or_default();
        let has = |prefix| name.starts_with(prefix);
        if has("TLS_ECDHE_RSA_") || has("TLS_ECDHE_ECDSA_") {
            Self::Ecdhe
        } else if has("TLS_DHE_RSA_") || has("TLS_DHE_DSS_") {
            Self::Dhe
        } else if has("TLS_RSA_WITH_") {
            Self::Rsa
        } else {
            Self::Other
        }
    }
}

pub(super) fn message(
    kind: HandshakeType,
    body: &[u8],
    suite: Option<CipherSuite>,
    fields: &mut Fields,
) -> Result<(), DecodeError> {
    match kind {
        HandshakeType::certificate => {
            let list = Certificate::decode(body)?.certificate_list;
            certificates(list.iter().map(|certificate| certificate.der), fields);
        }
        HandshakeType::server_key_exchange => server_key_exchange(body, suite, fields)?,
        HandshakeType::client_key_exchange => client_key_exchange(body, suite, fields)?,
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

fn server_key_exchange(
    body: &[u8],
    suite: Option<CipherSuite>,
    fields: &mut Fields,
) -> Result<(), DecodeError> {
    let signed = match KeyExchange::of(suite) {
        KeyExchange::Ecdhe => {
            let exchange = EcdheServerKeyExchange::decode(body)?;
            fields
                .text("named_curve", exchange.params.curve_params.named_curve)
                .bytes("public", exchange.params.public);
            exchange.signed_params
        }
        KeyExchange::Dhe => {
            let exchange = DheServerKeyExchange::decode(body)?;
            fields
                .number("dh_p_length", exchange.params.dh_p.len())
                .bytes("dh_Ys", exchange.params.dh_ys);
            exchange.signed_params
        }
        KeyExchange::Rsa | KeyExchange::Other => {
            fields.number("body_length", body.len());
            return Ok(());
        }
    };
    fields
        .text("signature_algorithm", signed.algorithm)
        .number("signature_length", signed.signature.len());
    Ok(())
}

fn client_key_exchange(
    body: &[u8],
    suite: Option<CipherSuite>,
    fields: &mut Fields,
) -> Result<(), DecodeError> {
    match KeyExchange::of(suite) {
        KeyExchange::Ecdhe => fields.bytes("public", EcdhClientKeyExchange::decode(body)?.point),
        KeyExchange::Dhe => fields.bytes("dh_Yc", DhClientKeyExchange::decode(body)?.dh_yc),
        KeyExchange::Rsa => {
            let exchange = RsaClientKeyExchange::decode(body)?;
            fields.number(
                "encrypted_pre_master_secret_length",
                exchange.pre_master_secret.len(),
            )
        }
        KeyExchange::Other => fields.number("body_length", body.len()),
    };
    Ok(())
}
