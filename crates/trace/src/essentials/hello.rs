//! The hellos: what was offered and what was chosen (RFC 8446 section 4.1, RFC 5246 section 7.4.1).

use premaster_wire::{
    ClientHello, ClientHelloExtension, Decode, DecodeError, HelloRetryRequest, OfferedPsks,
    ProtocolVersion, ServerHello, ServerHelloExtension,
};

use super::Fields;
use crate::value::{is_printable, text_or_hex};

/// Tells whether TLS 1.3 is offered.
pub(super) fn client_hello(body: &[u8], fields: &mut Fields) -> Result<bool, DecodeError> {
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
    let versions = hello.extensions().supported_versions();
    Ok(versions.is_some_and(|versions| versions.contains(&ProtocolVersion::TLSv1_3)))
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
        E::KeyShare(shares) => fields.shares("key_share", shares),
        E::SignatureAlgorithms(schemes) => fields.list("signature_algorithms", schemes),
        E::SignatureAlgorithmsCert(schemes) => fields.list("signature_algorithms_cert", schemes),
        E::ApplicationLayerProtocolNegotiation(names) => {
            let names = names.iter().map(|protocol| text_or_hex(protocol.name));
            fields.list("application_protocols", names)
        }
        E::SessionTicket(ticket) => fields.number("session_ticket_length", ticket.len()),
        E::RecordSizeLimit(limit) => fields.number("record_size_limit", limit),
        E::PskKeyExchangeModes(modes) => fields.list("psk_key_exchange_modes", modes),
        E::CompressCertificate(algorithms) => fields.list("compress_certificate", algorithms),
        E::Cookie(cookie) => fields.number("cookie_length", cookie.len()),
        E::PreSharedKey(psks) => pre_shared_keys(&psks, fields),
        _ => fields,
    };
}

/// Of a pre-shared key, as it is shown; a ticket may happen to be printable.
const LONGEST_NAME: usize = 40;

/// An identity is a name that somebody chose, or a ticket: of that, only the length.
fn pre_shared_keys<'f>(psks: &OfferedPsks<'_>, fields: &'f mut Fields) -> &'f mut Fields {
    let identities = psks.identities.iter().map(|psk| match psk.identity {
        name if name.len() <= LONGEST_NAME && is_printable(name) => text_or_hex(name),
        ticket => format!("{} bytes", ticket.len()),
    });
    let binders = psks.binders.iter();
    fields.list("psk_identities", identities).list(
        "psk_binders",
        binders.map(|entry| format!("{} bytes", entry.binder.len())),
    )
}

/// Tells the version that the server chose.
pub(super) fn server_hello(hello: &ServerHello<'_>, fields: &mut Fields) -> ProtocolVersion {
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
    version
}

/// Tells what the server wants.
pub(super) fn hello_retry_request(request: &HelloRetryRequest<'_>, fields: &mut Fields) {
    let extensions = request.extensions;
    fields
        .text("cipher_suite", request.cipher_suite)
        .list("extensions", extensions.types());
    if let Some(version) = extensions.supported_versions() {
        fields.text("selected_version", version);
    }
    if let Some(group) = extensions.key_share() {
        fields.text("selected_group", group);
    }
    if let Some(cookie) = extensions.cookie() {
        fields.number("cookie_length", cookie.len());
    }
}

fn chosen(extension: ServerHelloExtension<'_>, fields: &mut Fields) {
    use ServerHelloExtension as E;
    match extension {
        E::SupportedVersions(version) => fields.text("selected_version", version),
        E::KeyShare(share) => fields.share("key_share", share),
        E::PreSharedKey(index) => fields.number("pre_shared_key", index),
        E::RecordSizeLimit(limit) => fields.number("record_size_limit", limit),
        E::ApplicationLayerProtocolNegotiation(names) => {
            let names = names.iter().map(|protocol| text_or_hex(protocol.name));
            fields.list("application_protocols", names)
        }
        _ => fields,
    };
}
