//! TLS 1.3 against RFC 8446: its code points, the shapes that one extension has in several messages, and each body on its own.

#[path = "shared/vectors.rs"]
mod vectors;

use std::collections::BTreeSet;
use std::fmt::Debug;

use premaster_wire::{
    AlertDescription, CertificateExtension, CertificateRequestExtension, CipherSuite, ClientHello,
    ClientHelloExtension, Decode, Encode, EncryptedExtension, Extension, ExtensionType, Extensions,
    HandshakeType, HelloRetryRequest, HelloRetryRequestExtension, KeyShareEntry, KeyUpdateRequest,
    NamedGroup, NewSessionTicketExtension, PskKeyExchangeMode, ServerHello, ServerHelloExtension,
    SignatureScheme, split_message, tls13,
};

/// RFC 8446 appendix B, RFC 8446 section 4.2.3, RFC 8446 section 4.2.7 and the groups and schemes of post-quantum drafts.
#[test]
fn every_code_point_of_tls_1_3_has_its_name() {
    let alerts = "0 close_notify 10 unexpected_message 20 bad_record_mac 22 record_overflow 40 handshake_failure \
        42 bad_certificate 43 unsupported_certificate 44 certificate_revoked 45 certificate_expired \
        46 certificate_unknown 47 illegal_parameter 48 unknown_ca 49 access_denied 50 decode_error 51 decrypt_error \
        70 protocol_version 71 insufficient_security 80 internal_error 86 inappropriate_fallback 90 user_canceled \
        109 missing_extension 110 unsupported_extension 112 unrecognized_name 113 bad_certificate_status_response \
        115 unknown_psk_identity 116 certificate_required 120 no_application_protocol";
    let messages = "1 client_hello 2 server_hello 4 new_session_ticket 5 end_of_early_data 8 encrypted_extensions \
        11 certificate 13 certificate_request 15 certificate_verify 20 finished 24 key_update \
        25 compressed_certificate 254 message_hash";
    let suites = "4865 TLS_AES_128_GCM_SHA256 4866 TLS_AES_256_GCM_SHA384 4867 TLS_CHACHA20_POLY1305_SHA256 \
        4868 TLS_AES_128_CCM_SHA256 4869 TLS_AES_128_CCM_8_SHA256";
    let groups = "23 secp256r1 24 secp384r1 25 secp521r1 29 x25519 30 x448 256 ffdhe2048 257 ffdhe3072 258 ffdhe4096 \
        259 ffdhe6144 260 ffdhe8192 512 MLKEM512 513 MLKEM768 514 MLKEM1024 4587 SecP256r1MLKEM768 \
        4588 X25519MLKEM768 4589 SecP384r1MLKEM1024";
    let schemes = "1025 rsa_pkcs1_sha256 1281 rsa_pkcs1_sha384 1537 rsa_pkcs1_sha512 1027 ecdsa_secp256r1_sha256 \
        1283 ecdsa_secp384r1_sha384 1539 ecdsa_secp521r1_sha512 2052 rsa_pss_rsae_sha256 2053 rsa_pss_rsae_sha384 \
        2054 rsa_pss_rsae_sha512 2055 ed25519 2056 ed448 2057 rsa_pss_pss_sha256 2058 rsa_pss_pss_sha384 \
        2059 rsa_pss_pss_sha512 513 rsa_pkcs1_sha1 515 ecdsa_sha1 2308 mldsa44 2309 mldsa65 2310 mldsa87";
    check(alerts, |n| {
        AlertDescription(u8::try_from(n).unwrap()).name()
    });
    check(messages, |n| HandshakeType(u8::try_from(n).unwrap()).name());
    check(suites, |n| CipherSuite(n).name());
    check(groups, |n| NamedGroup(n).name());
    check(schemes, |n| SignatureScheme(n).name());
    check("0 psk_ke 1 psk_dhe_ke", |n| {
        PskKeyExchangeMode(u8::try_from(n).unwrap()).name()
    });
    check("0 update_not_requested 1 update_requested", |n| {
        KeyUpdateRequest(u8::try_from(n).unwrap()).name()
    });
}

fn check(table: &str, name: impl Fn(u16) -> Option<&'static str>) {
    let words: Vec<&str> = table.split_whitespace().collect();
    for row in words.chunks(2) {
        assert_eq!(name(row[0].parse().unwrap()), Some(row[1]));
    }
}

/// RFC 8446 section 4.2: what an extension looks like depends on the message.
#[test]
fn an_extension_has_the_shape_that_its_message_gives_it() {
    let share: &[u8] = &[0, 51, 0, 5, 0, 29, 0, 1, 9];
    let shares: &[u8] = &[0, 51, 0, 7, 0, 5, 0, 29, 0, 1, 9];
    let group: &[u8] = &[0, 51, 0, 2, 0, 29];
    let entry = "KeyShareEntry { group: x25519, key_exchange: [9] }";
    shape::<ClientHelloExtension<'_>>(shares, &format!("KeyShare([{entry}])"));
    shape::<ServerHelloExtension<'_>>(share, &format!("KeyShare({entry})"));
    shape::<HelloRetryRequestExtension<'_>>(group, "KeyShare(x25519)");

    let empty: &[u8] = &[0, 42, 0, 0];
    let size: &[u8] = &[0, 42, 0, 4, 0, 0, 64, 0];
    shape::<ClientHelloExtension<'_>>(empty, "EarlyData");
    shape::<EncryptedExtension<'_>>(empty, "EarlyData");
    shape::<NewSessionTicketExtension<'_>>(size, "EarlyData(16384)");

    let versions: &[u8] = &[0, 43, 0, 3, 2, 3, 4];
    let version: &[u8] = &[0, 43, 0, 2, 3, 4];
    shape::<ClientHelloExtension<'_>>(versions, "SupportedVersions([TLS 1.3])");
    shape::<ServerHelloExtension<'_>>(version, "SupportedVersions(TLS 1.3)");
    shape::<HelloRetryRequestExtension<'_>>(version, "SupportedVersions(TLS 1.3)");

    let request: &[u8] = &[0, 5, 0, 5, 1, 0, 0, 0, 0];
    let asked: &[u8] = &[0, 5, 0, 0];
    let status: &[u8] = &[0, 5, 0, 5, 1, 0, 0, 1, 7];
    let ocsp = "Ocsp(OcspStatusRequest { responder_id_list: [], request_extensions: [] })";
    shape::<ClientHelloExtension<'_>>(request, &format!("StatusRequest({ocsp})"));
    shape::<CertificateRequestExtension<'_>>(asked, "StatusRequest");
    shape::<CertificateExtension<'_>>(status, "StatusRequest(Ocsp([7]))");

    let asked: &[u8] = &[0, 18, 0, 0];
    let list: &[u8] = &[0, 18, 0, 5, 0, 3, 0, 1, 7];
    shape::<ClientHelloExtension<'_>>(asked, "SignedCertificateTimestamp");
    shape::<CertificateRequestExtension<'_>>(asked, "SignedCertificateTimestamp");
    let proof = "SignedCertificateTimestamp([SerializedSct { sct: [7] }])";
    shape::<CertificateExtension<'_>>(list, proof);

    let selected: &[u8] = &[0, 41, 0, 2, 0, 1];
    shape::<ServerHelloExtension<'_>>(selected, "PreSharedKey(1)");
    let limit: &[u8] = &[0, 28, 0, 2, 64, 1];
    shape::<ClientHelloExtension<'_>>(limit, "RecordSizeLimit(16385)");
    shape::<EncryptedExtension<'_>>(limit, "RecordSizeLimit(16385)");
    let algorithms: &[u8] = &[0, 27, 0, 5, 4, 0, 2, 0, 1];
    let offered = "CompressCertificate([brotli, zlib])";
    shape::<ClientHelloExtension<'_>>(algorithms, offered);
    shape::<CertificateRequestExtension<'_>>(algorithms, offered);
}

fn shape<'a, X: Extension<'a> + Debug>(bytes: &'a [u8], expected: &str) {
    let extension = X::decode(bytes).unwrap();
    assert_eq!(format!("{extension:?}"), expected);
    assert_eq!(extension.to_vec().unwrap(), bytes, "{expected}");
}

/// Which extension of which message was tried.
type Tried = BTreeSet<(&'static str, u16)>;

/// property 1: a body ends where its extension does, in each message that can carry it.
#[test]
fn a_body_that_is_cut_or_longer_is_refused() {
    let mut tried = Tried::new();
    for vector in vectors::vectors() {
        let Ok((_, body)) = split_message(&vector.bytes) else {
            continue;
        };
        match vector.form {
            "ClientHello" => cut(
                "CH",
                ClientHello::decode(body).unwrap().extensions(),
                &mut tried,
            ),
            "ServerHello" => cut(
                "SH",
                ServerHello::decode(body).unwrap().extensions(),
                &mut tried,
            ),
            "HelloRetryRequest" => {
                let message = HelloRetryRequest::decode(body).unwrap();
                cut("HRR", message.extensions, &mut tried);
            }
            "tls13::EncryptedExtensions" => {
                let message = tls13::EncryptedExtensions::decode(body).unwrap();
                cut("EE", message.extensions, &mut tried);
            }
            "tls13::CertificateRequest" => {
                let message = tls13::CertificateRequest::decode(body).unwrap();
                cut("CR", message.extensions, &mut tried);
            }
            "tls13::Certificate" => {
                let message = tls13::Certificate::decode(body).unwrap();
                let entries = message.certificate_list.iter();
                entries.for_each(|entry| cut("CT", entry.extensions, &mut tried));
            }
            "tls13::NewSessionTicket" => {
                let message = tls13::NewSessionTicket::decode(body).unwrap();
                cut("NST", message.extensions, &mut tried);
            }
            _ => {}
        }
    }
    // Every extension of RFC 8446 was among them, in every message that can carry it.
    let names = [
        (HandshakeType::client_hello, "CH"),
        (HandshakeType::server_hello, "SH"),
        (HandshakeType::hello_retry_request, "HRR"),
        (HandshakeType::encrypted_extensions, "EE"),
        (HandshakeType::certificate_request, "CR"),
        (HandshakeType::certificate, "CT"),
        (HandshakeType::new_session_ticket, "NST"),
    ];
    for extension_type in (0..=u16::MAX).map(ExtensionType) {
        for message in extension_type.tls13_messages().unwrap_or_default() {
            let (_, name) = names.iter().find(|(known, _)| known == message).unwrap();
            let is_in_tls13_hello = extension_type != ExtensionType::connection_id;
            let was_tried = tried.contains(&(name, extension_type.0));
            assert!(
                was_tried || !is_in_tls13_hello,
                "{extension_type} in {name}"
            );
        }
    }
}

fn cut<'a, X: Extension<'a>>(name: &'static str, block: Extensions<'a, X>, tried: &mut Tried) {
    for extension in block {
        let ExtensionType(value) = extension.extension_type();
        let bytes = extension.to_vec().unwrap();
        let body = bytes[4..].to_vec();
        if ExtensionType(value) == ExtensionType::status_request && body.first() == Some(&9) {
            // An unknown status: only its type has to be there.
            continue;
        }
        tried.insert((name, value));
        for end in 0..body.len() {
            let decodes = X::validate(ExtensionType(value), leak(&body[..end])).is_ok();
            assert_eq!(decodes, is_opaque(name, value), "{name} {value}: {end}");
        }
        let longer = [&body[..], &[0]].concat();
        let decodes = X::validate(ExtensionType(value), leak(&longer)).is_ok();
        assert_eq!(decodes, is_opaque(name, value), "{name} {value}");
    }
}

/// The lifetime of a block is that of its bytes; a test may leak the few that it cuts.
fn leak(bytes: &[u8]) -> &'static [u8] {
    bytes.to_vec().leak()
}

/// Bodies that are read as they are, and so in any length.
fn is_opaque(message: &str, value: u16) -> bool {
    let extension_type = ExtensionType(value);
    let as_they_are = [
        ExtensionType::padding,
        ExtensionType::quic_transport_parameters,
        ExtensionType::encrypted_client_hello,
    ];
    let is_unknown = extension_type.tls13_messages().is_none();
    let has_fixed_length =
        extension_type == ExtensionType::encrypted_client_hello && message == "HRR";
    let is_ticket = extension_type == ExtensionType::session_ticket && message == "CH";
    let is_credential = extension_type == ExtensionType::delegated_credential && message == "CT";
    let is_as_it_is = as_they_are.contains(&extension_type) && !has_fixed_length;
    is_unknown || is_as_it_is || is_ticket || is_credential
}

/// RFC 8446 section 4.6.3: a value that is not defined is for the reader to refuse.
#[test]
fn an_unknown_wish_of_a_key_update_survives() {
    let update = tls13::KeyUpdate::decode(&[2]).unwrap();
    assert_eq!(update.request_update.name(), None);
    assert_eq!(update.to_vec().unwrap(), [2]);
    assert!(tls13::KeyUpdate::decode(&[]).is_err());
}

/// RFC 8446 section 4.2.8: two shares for one group decode; the reader is told.
#[test]
fn two_shares_for_one_group_are_a_list_like_any_other() {
    let bytes = [0, 51, 0, 12, 0, 10, 0, 29, 0, 1, 9, 0, 29, 0, 1, 8];
    let ClientHelloExtension::KeyShare(shares) = ClientHelloExtension::decode(&bytes).unwrap()
    else {
        panic!("another extension");
    };
    assert_eq!(shares.len(), 2);
    assert!(!KeyShareEntry::match_groups(shares, [NamedGroup::x25519]));
}

/// RFC 8446 section 4.2.11.2: what is covered and the binders are the message; without binders there is nothing to cut.
#[test]
fn a_client_hello_is_cut_in_front_of_its_binders() {
    let mut cuts = 0;
    for vector in vectors::vectors() {
        let Ok((handshake_type, body)) = split_message(&vector.bytes) else {
            continue;
        };
        if vector.form != "ClientHello" {
            let is_refused = ClientHello::split_at_binders(&vector.bytes).is_err();
            assert!(is_refused || handshake_type == HandshakeType::client_hello);
            continue;
        }
        let expected = ClientHello::decode(body).unwrap().binders_len();
        let (covered, binders) = ClientHello::split_at_binders(&vector.bytes).unwrap();
        assert_eq!(binders.len(), expected.unwrap_or(0), "{}", vector.title);
        assert_eq!([covered, binders].concat(), vector.bytes);
        cuts += usize::from(!binders.is_empty());
        let shorter = &vector.bytes[..vector.bytes.len() - 1];
        assert!(ClientHello::split_at_binders(shorter).is_err());
    }
    assert!(cuts >= 2);
}
