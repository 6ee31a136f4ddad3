//! The hellos: what was offered and what was chosen (RFC 8446 section 4.1, RFC 5246 section 7.4.1).

use premaster_wire::{
    CipherSuite, ClientHello, ClientHelloExtension, Decode, DecodeError, ProtocolVersion,
    ServerHelloExtension, ServerHelloOrRetry,
};

use super::Fields;
use crate::value::text_or_hex;

pub(super) fn client_hello(body: &[u8], fields: &mut Fields) -> Result<(), DecodeError> {
    let hello = ClientHello::decode(body)?;
    fields
        .text("client_version", hello.legacy_version)
        .bytes("random", &hello.random.0)
        .bytes("session_id", hello.session_id)
        .list("cipher_suites", hello.cipher_suites)
        .list("compression_methods", hello.compression_methods)
        .list("extensions", hello.extensions().types());
    for extension in hello.extensions() {
        offered(extension, fields);
    }
    Ok(())
}

/// The extensions that say more than that they are there.
fn offered(extension: ClientHelloExtension<'_>, fields: &mut Fields) {
    use ClientHelloExtension as E;
    match extension {
        E::ServerName(names) => fields.list(
            "server_name",
            names.iter().map(|name| text_or_hex(name.name)),
        ),
        E::SupportedVersions(versions) => fields.list("supported_versions", versions),
        E::SupportedGroups(groups) => fields.list("supported_groups", groups),
        E::KeyShare(shares) => fields.list("key_share", shares.iter().map(|share| share.group)),
        E::SignatureAlgorithms(schemes) => fields.list("signature_algorithms", schemes),
        E::SignatureAlgorithmsCert(schemes) => fields.list("signature_algorithms_cert", schemes),
        E::ApplicationLayerProtocolNegotiation(names) => {
            let names = names.iter().map(|protocol| text_or_hex(protocol.name));
            fields.list("application_protocols", names)
        }
        E::SessionTicket(ticket) => fields.number("session_ticket_length", ticket.len()),
        E::RecordSizeLimit(limit) => fields.number("record_size_limit", limit),
        E::PskKeyExchangeModes(modes) => fields.list("psk_key_exchange_modes", modes),
        _ => fields,
    };
}

/// Tells the version and suite that the server chose.
pub(super) fn server_hello(
    body: &[u8],
    fields: &mut Fields,
) -> Result<(ProtocolVersion, CipherSuite), DecodeError> {
    let hello = match ServerHelloOrRetry::decode(body)? {
        ServerHelloOrRetry::ServerHello(hello) => hello,
        ServerHelloOrRetry::HelloRetryRequest(retry) => {
            fields
                .text("this_is", "a HelloRetryRequest")
                .text("cipher_suite", retry.cipher_suite);
            return Ok((ProtocolVersion::TLSv1_3, retry.cipher_suite));
        }
    };
    fields
        .text("server_version", hello.legacy_version)
        .bytes("random", &hello.random.0)
        .bytes("session_id", hello.session_id)
        .text("cipher_suite", hello.cipher_suite)
        .text("compression_method", hello.compression_method)
        .list("extensions", hello.extensions().types());
    let mut version = hello.legacy_version;
    for extension in hello.extensions() {
        if let ServerHelloExtension::SupportedVersions(chosen) = extension {
            version = chosen;
        }
        chosen(extension, fields);
    }
    Ok((version, hello.cipher_suite))
}

fn chosen(extension: ServerHelloExtension<'_>, fields: &mut Fields) {
    use ServerHelloExtension as E;
    match extension {
        E::SupportedVersions(version) => fields.text("selected_version", version),
        E::KeyShare(share) => fields.text("key_share", share.group),
        E::PreSharedKey(index) => fields.number("pre_shared_key", index),
        E::RecordSizeLimit(limit) => fields.number("record_size_limit", limit),
        E::ApplicationLayerProtocolNegotiation(names) => {
            let names = names.iter().map(|protocol| text_or_hex(protocol.name));
            fields.list("application_protocols", names)
        }
        _ => fields,
    };
}
