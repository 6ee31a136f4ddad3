//! A handshake message, read by us and by the crate `tls-parser`: what we accept it accepts, with the same fields.
//!
//! It is a reader for analysts and refuses little, so the other direction holds for hellos only, and but for these:
//!
//! | it accepts | we do not, for |
//! |---|---|
//! | an empty list of cipher suites or compression methods | they are `<2..2^16-2>` and `<1..2^8-1>` (RFC 8446 section 4.1.2) |
//! | bytes behind a message | RFC 5246 section 7.4.1.2 |
//! | anything in an extension, and the same one twice | RFC 8446 section 4.2 |
//!
//! Read otherwise, with a reason: every type with the nibbles ?a?a is GREASE for it (RFC 8701 section 2 reserves those whose
//! two bytes are equal); a ServerHello of SSL 3.0 has no extensions for it; it knows extensions that never became
//! standards, and some in messages that may not carry them: those are opaque here.

use premaster_wire::{
    CertificateStatus, CertificateStatusRequest, ClientHello, ClientHelloExtension as Ours, Decode,
    Encode, Extension as _, Extensions, HandshakeType, ProtocolVersion, ServerHello, Vector as _,
    split_message, tls12,
};
use tls_parser::{
    TlsClientHelloContents, TlsExtension as Theirs, TlsMessage, TlsMessageHandshake as Message,
    TlsServerHelloContents,
};

/// Runs one input.
pub(crate) fn run(input: &[u8]) {
    let Ok((handshake_type, body)) = split_message(input) else {
        // The same header: what we cannot split it cannot either, or there is something behind it.
        let theirs = tls_parser::parse_tls_message_handshake(input);
        assert!(theirs.is_err() || theirs.is_ok_and(|(rest, _)| !rest.is_empty()));
        return;
    };
    let theirs = match tls_parser::parse_tls_message_handshake(input) {
        Ok((_, TlsMessage::Handshake(theirs))) => Some(theirs),
        _ => None,
    };
    match handshake_type {
        HandshakeType::client_hello => client_hello(body),
        HandshakeType::server_hello => server_hello(body, theirs),
        HandshakeType::certificate => certificate(body, theirs),
        HandshakeType::certificate_request => certificate_request(body, theirs),
        HandshakeType::certificate_status => certificate_status(body, theirs),
        HandshakeType::new_session_ticket => new_session_ticket(body, theirs),
        HandshakeType::finished => assert_eq!(theirs, Some(Message::Finished(body))),
        HandshakeType::certificate_verify => {
            assert_eq!(theirs, Some(Message::CertificateVerify(body)));
        }
        _ => {}
    }
}

fn client_hello(body: &[u8]) {
    let theirs = tls_parser::parse_tls_handshake_client_hello(body);
    let Ok(ours) = ClientHello::decode(body) else {
        let refused = theirs.is_ok_and(|(rest, hello)| rest.is_empty() && is_legal(&hello));
        assert!(!refused, "a ClientHello that only we refuse");
        return;
    };
    let Ok((_, theirs)) = theirs else {
        panic!("a ClientHello that only we accept: {ours:?}");
    };
    assert_eq!(ours.legacy_version.0, theirs.version.0);
    assert_eq!(ours.random.0, theirs.random);
    assert_eq!(ours.session_id, theirs.session_id.unwrap_or_default());
    let suites = theirs.ciphers.iter().map(|it| it.0);
    assert!(ours.cipher_suites.iter().map(|it| it.0).eq(suites));
    let methods = theirs.comp.iter().map(|it| it.0);
    assert!(ours.compression_methods.iter().map(|it| it.0).eq(methods));
    assert_eq!(ours.extensions.is_some(), theirs.ext.is_some());
    let mut rest = theirs.ext.unwrap_or_default();
    for extension in ours.extensions() {
        let length = extension.to_vec().expect("what decodes encodes").len();
        let (bytes, after) = rest.split_at(length);
        client_hello_extension(extension, bytes);
        rest = after;
    }
    assert!(rest.is_empty());
}

/// Whether nothing in the table above is a reason to refuse it.
fn is_legal(hello: &TlsClientHelloContents<'_>) -> bool {
    let block = Extensions::<Ours<'_>>::from_content(hello.ext.unwrap_or_default());
    !hello.ciphers.is_empty() && !hello.comp.is_empty() && block.is_ok()
}

fn client_hello_extension(ours: Ours<'_>, bytes: &[u8]) {
    let theirs = tls_parser::parse_tls_client_hello_extension(bytes);
    if let Ours::Unknown { .. } = ours {
        return;
    }
    if ours.extension_type().0 & 0x0f0f == 0x0a0a {
        return;
    }
    let Ok((rest, theirs)) = theirs else {
        panic!("only we accept {ours:?}");
    };
    assert!(rest.is_empty());
    let agree = match (ours, &theirs) {
        (Ours::ServerName(names), Theirs::SNI(theirs)) => {
            let ours = names.iter().map(|it| (it.name_type.0, it.name));
            ours.eq(theirs.iter().map(|it| (it.0.0, it.1)))
        }
        (Ours::MaxFragmentLength(code), Theirs::MaxFragmentLength(theirs)) => code.0 == *theirs,
        (Ours::StatusRequest(request), Theirs::StatusRequest(Some((kind, body)))) => {
            let ours = request.to_vec().expect("what decodes encodes");
            matches!(request, CertificateStatusRequest::Ocsp(_)) == (kind.0 == 1)
                && ours == [&[kind.0], *body].concat()
        }
        (Ours::SupportedGroups(list), Theirs::EllipticCurves(theirs)) => {
            list.iter().map(|it| it.0).eq(theirs.iter().map(|it| it.0))
        }
        (Ours::EcPointFormats(list), Theirs::EcPointFormats(theirs)) => {
            list.iter().map(|it| it.0).eq(theirs.iter().copied())
        }
        (Ours::SignatureAlgorithms(list), Theirs::SignatureAlgorithms(theirs)) => {
            list.iter().map(|it| it.0).eq(theirs.iter().copied())
        }
        (Ours::Heartbeat(mode), Theirs::Heartbeat(theirs)) => mode.0 == *theirs,
        (Ours::ApplicationLayerProtocolNegotiation(list), Theirs::ALPN(theirs)) => {
            list.iter().map(|it| it.name).eq(theirs.iter().copied())
        }
        (Ours::Padding(ours), Theirs::Padding(theirs))
        | (Ours::SessionTicket(ours), Theirs::SessionTicket(theirs))
        | (Ours::RenegotiationInfo(ours), Theirs::RenegotiationInfo(theirs)) => ours == *theirs,
        (Ours::RecordSizeLimit(ours), Theirs::RecordSizeLimit(theirs)) => ours == *theirs,
        (Ours::SupportedVersions(list), Theirs::SupportedVersions(theirs)) => {
            list.iter().map(|it| it.0).eq(theirs.iter().map(|it| it.0))
        }
        (Ours::PskKeyExchangeModes(list), Theirs::PskExchangeModes(theirs)) => {
            list.iter().map(|it| it.0).eq(theirs.iter().copied())
        }
        // It does not look into these.
        (Ours::Cookie(_), Theirs::Cookie(body))
        | (Ours::KeyShare(_), Theirs::KeyShare(body))
        | (Ours::PreSharedKey(_), Theirs::PreSharedKey(body)) => *body == &bytes[4..],
        (Ours::SignedCertificateTimestamp, Theirs::SignedCertificateTimestamp(None))
        | (Ours::EncryptThenMac, Theirs::EncryptThenMac)
        | (Ours::ExtendedMasterSecret, Theirs::ExtendedMasterSecret)
        | (Ours::EarlyData, Theirs::EarlyData(None))
        | (Ours::PostHandshakeAuth, Theirs::PostHandshakeAuth) => true,
        (_, Theirs::Unknown(kind, body)) => {
            kind.0 == ours.extension_type().0 && *body == &bytes[4..]
        }
        _ => false,
    };
    assert!(agree, "{ours:?} is for tls-parser {theirs:?}");
}

fn server_hello(body: &[u8], theirs: Option<Message<'_>>) {
    let Ok(ours) = ServerHello::decode(body) else {
        return;
    };
    let known = (0x0300..=0x0303).contains(&ours.legacy_version.0);
    let theirs: TlsServerHelloContents<'_> = match theirs {
        Some(Message::ServerHello(theirs)) => theirs,
        _ if !known => return,
        other => panic!("a ServerHello that only we accept: {other:?}"),
    };
    assert_eq!(ours.legacy_version.0, theirs.version.0);
    assert_eq!(ours.random.0, theirs.random);
    assert_eq!(ours.session_id, theirs.session_id.unwrap_or_default());
    assert_eq!(ours.cipher_suite.0, theirs.cipher.0);
    assert_eq!(ours.compression_method.0, theirs.compression.0);
    if ours.legacy_version != ProtocolVersion::SSLv3 {
        assert_eq!(ours.extensions.is_some(), theirs.ext.is_some());
        let mut block = Vec::new();
        for extension in ours.extensions() {
            block.extend(extension.to_vec().expect("what decodes encodes"));
        }
        assert_eq!(theirs.ext.unwrap_or_default(), block);
    }
}

fn certificate(body: &[u8], theirs: Option<Message<'_>>) {
    let Ok(ours) = tls12::Certificate::decode(body) else {
        return;
    };
    let Some(Message::Certificate(theirs)) = theirs else {
        panic!("a Certificate that only we accept: {ours:?}");
    };
    let chain = theirs.cert_chain.iter().map(|it| it.data);
    assert!(ours.certificate_list.iter().map(|it| it.der).eq(chain));
}

fn certificate_request(body: &[u8], theirs: Option<Message<'_>>) {
    let Ok(ours) = tls12::CertificateRequest::decode(body) else {
        return;
    };
    let Some(Message::CertificateRequest(theirs)) = theirs else {
        panic!("a CertificateRequest that only we accept: {ours:?}");
    };
    let types = ours.certificate_types.iter().map(|it| it.0);
    assert!(types.eq(theirs.cert_types));
    let schemes = ours.supported_signature_algorithms.iter().map(|it| it.0);
    assert!(schemes.eq(theirs.sig_hash_algs.unwrap_or_default()));
    let names = ours.certificate_authorities.iter().map(|it| it.der);
    assert!(names.eq(theirs.unparsed_ca));
}

fn certificate_status(body: &[u8], theirs: Option<Message<'_>>) {
    let Ok(CertificateStatus::Ocsp(der)) = CertificateStatus::decode(body) else {
        return;
    };
    let Some(Message::CertificateStatus(theirs)) = theirs else {
        panic!("a CertificateStatus that only we accept");
    };
    assert_eq!((theirs.status_type, theirs.blob), (1, der));
}

fn new_session_ticket(body: &[u8], theirs: Option<Message<'_>>) {
    let Ok(ours) = tls12::NewSessionTicket::decode(body) else {
        return;
    };
    let Some(Message::NewSessionTicket(theirs)) = theirs else {
        panic!("a NewSessionTicket that only we accept: {ours:?}");
    };
    assert_eq!(ours.ticket_lifetime_hint, theirs.ticket_lifetime_hint);
    // It does not take the length of the ticket off.
    assert_eq!(theirs.ticket.get(2..), Some(ours.ticket));
}
