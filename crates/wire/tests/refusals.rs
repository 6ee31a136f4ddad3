//! What is wrong with a message is said by structure and field, in both directions.

#[path = "shared/vectors.rs"]
mod vectors;

use premaster_wire::{
    CertificateStatus, ChangeCipherSpec, CipherSuite, ClientHello, ClientHelloExtension,
    CompressionMethod, Decode, DecodeError, Encode, Extensions, HelloRetryRequest, KeyShareEntry,
    List, NamedGroup, ProtocolName, ProtocolVersion, Random, RecordHeader, ServerHello,
    ServerHelloOrRetry, TlsPlaintext, V2ClientHello, ssl3, tls11, tls12, tls13,
};

/// The start of a ClientHello: version, random, no session, one suite, no compression.
const START: &str =
    "0303 0000000000000000000000000000000000000000000000000000000000000000 00 0002 002f 01 00";

fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text
        .bytes()
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect();
    let digits = String::from_utf8(digits).unwrap();
    (0..digits.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap())
        .collect()
}

/// A decoder, hex, and what is wrong with it.
type Refusal = (fn(&[u8]) -> Option<DecodeError>, &'static str, &'static str);

macro_rules! refusals {
    ($($message:ty: $($hex:literal => $text:literal),* $(,)?;)*) => {
        &[$($( (|bytes| <$message>::decode(bytes).err(), $hex, $text), )*)*]
    };
}

#[test]
#[allow(elided_lifetimes_in_paths, reason = "types in a table")]
fn a_refusal_names_structure_and_field() {
    let table: &[Refusal] = refusals! {
        ClientHello:
            "03" => "ClientHello.legacy_version: Truncated",
            "0303 00" => "ClientHello.random: Truncated",
            "0303 0000000000000000000000000000000000000000000000000000000000000000 21" => "ClientHello.session_id: Length",
            "0303 0000000000000000000000000000000000000000000000000000000000000000 00 0000" => "ClientHello.cipher_suites: Length",
            "0303 0000000000000000000000000000000000000000000000000000000000000000 00 0003 002f00" => "ClientHello.cipher_suites: Length",
            "0303 0000000000000000000000000000000000000000000000000000000000000000 00 0002 002f 00" => "ClientHello.compression_methods: Length";
        tls12::Certificate:
            "000001 00" => "Asn1Cert.der: Truncated",
            "000003 000000" => "Asn1Cert.der: Length",
            "000004 000002 30" => "Asn1Cert.der: Truncated",
            "000000 00" => "Certificate: Trailing";
        tls12::CertificateRequest:
            "00 0002 0403 0000" => "CertificateRequest.certificate_types: Length",
            "01 40 0003 040300 0000" => "CertificateRequest.supported_signature_algorithms: Length",
            "01 40 0002 0403 0002 0000" => "DistinguishedName.der: Length";
        tls12::ServerHelloDone: "00" => "ServerHelloDone: Trailing";
        tls13::CertificateRequest: "00 0000" => "CertificateRequest.extensions: Length";
        tls13::NewSessionTicket:
            "00000000 00000000 00 0000 0000" => "NewSessionTicket.ticket: Length",
            "00000000 00000000 00 0001aa 0008 002a0004 000000" => "NewSessionTicket.extensions: Truncated",
            "00000000 00000000 00 0001aa 0007 002a0003 000000" => "NewSessionTicketExtension.early_data: Truncated";
        tls13::Certificate: "00 000005 000000 0000" => "CertificateEntry.cert_data: Length";
        tls13::CompressedCertificate: "0001 000000 000000" => "CompressedCertificate.compressed_certificate_message: Length";
        CertificateStatus:
            "" => "CertificateStatus.status_type: Truncated",
            "01 000000" => "CertificateStatus.response: Length",
            "01 000001 aa bb" => "CertificateStatus: Trailing",
            "02 000003 000001" => "OcspResponse.der: Truncated";
        HelloRetryRequest: "0303 00" => "HelloRetryRequest.random: Truncated";
        ServerHelloOrRetry: "0303 00" => "ServerHello.random: Truncated";
        ServerHello: "03" => "ServerHello.legacy_version: Truncated";
        ChangeCipherSpec:
            "02" => "ChangeCipherSpec.type: Value",
            "01 01" => "ChangeCipherSpec: Trailing";
        RecordHeader: "16 0303 00" => "RecordHeader.length: Truncated";
        TlsPlaintext: "16 0303 4001" => "TlsPlaintext.fragment: Length";
    };
    check(table);
}

#[test]
#[allow(elided_lifetimes_in_paths, reason = "types in a table")]
fn a_refused_form_of_a_key_exchange_is_named_like_any_other() {
    let table: &[Refusal] = refusals! {
        tls12::EcdhClientKeyExchange: "00" => "EcdhClientKeyExchange.point: Length";
        tls12::EcdheServerKeyExchange:
            "01 001d 01 00 0403 0000" => "ECParameters.curve_type: Value",
            "03 00" => "ECParameters.namedcurve: Truncated",
            "03 001d 00 0403 0000" => "ServerEcdhParams.public: Length",
            "03 001d 01 aa 0403 0001" => "DigitallySigned.signature: Truncated";
        tls12::ImplicitClientKeyExchange: "00" => "ImplicitClientKeyExchange: Trailing";
        tls12::DheServerKeyExchange:
            "0000 0001 02 0001 05 0401 0000" => "ServerDhParams.dh_p: Length",
            "0001 0b 0000 0001 05 0401 0000" => "ServerDhParams.dh_g: Length",
            "0001 0b 0001 02 0000 0401 0000" => "ServerDhParams.dh_ys: Length",
            "0001 0b 0001 02 0001 05 0401 0001" => "DigitallySigned.signature: Truncated";
        tls12::PskServerKeyExchange: "0001" => "PskServerKeyExchange.psk_identity_hint: Truncated";
        tls12::DhePskServerKeyExchange: "0001 61 0000" => "ServerDhParams.dh_p: Length";
        tls12::EcdhePskServerKeyExchange:
            "0002 61" => "EcdhePskServerKeyExchange.psk_identity_hint: Truncated",
            "0000 03 001d 00" => "ServerEcdhParams.public: Length";
        tls12::PskClientKeyExchange:
            "0002 61" => "PskClientKeyExchange.psk_identity: Truncated",
            "0001 61 00" => "PskClientKeyExchange: Trailing";
        tls12::DhePskClientKeyExchange: "0001 61 0000" => "DhePskClientKeyExchange.dh_yc: Length";
        tls12::EcdhePskClientKeyExchange: "0001 61 00" => "EcdhePskClientKeyExchange.point: Length";
        tls12::RsaPskClientKeyExchange: "0001 61 0001" => "RsaPskClientKeyExchange.pre_master_secret: Truncated";
        tls12::ServerSrpParams:
            "0000 0001 02 01 05 0001 07" => "ServerSrpParams.srp_n: Length",
            "0001 0b 0000 01 05 0001 07" => "ServerSrpParams.srp_g: Length",
            "0001 0b 0001 02 00 0001 07" => "ServerSrpParams.srp_s: Length",
            "0001 0b 0001 02 01 05 0000" => "ServerSrpParams.srp_b: Length";
        tls12::SrpClientKeyExchange: "0000" => "SrpClientKeyExchange.srp_a: Length";
        tls11::DheServerKeyExchange:
            "0001 0b 0001 02 0001 05 0001" => "Signature.signature: Truncated",
            "0001 0b 0001 02 0001 05 0401 0000" => "Signature.signature: Truncated";
        tls11::CertificateRequest:
            "00 0000" => "CertificateRequest.certificate_types: Length",
            "01 40 0002 0000" => "DistinguishedName.der: Length";
        tls11::CertificateVerify: "0001" => "Signature.signature: Truncated";
        ssl3::Finished:
            "00" => "Finished.md5_hash: Truncated",
            "000102030405060708090a0b0c0d0e0f 00" => "Finished.sha_hash: Truncated";
        V2ClientHello:
            "80" => "V2ClientHello.msg_length: Truncated",
            "0000 00" => "V2ClientHello.msg_length: Value",
            "8001" => "V2ClientHello.msg_length: Truncated",
            "8001 04" => "V2ClientHello.msg_type: Value",
            "8002 01 03" => "V2ClientHello.version: Truncated",
            "8005 01 0301 0000" => "V2ClientHello.cipher_specs: Length";
    };
    check(table);
}

fn check(table: &[Refusal]) {
    for (decode, hex, text) in table {
        let error = decode(&unhex(hex)).unwrap_or_else(|| panic!("{hex} should not decode"));
        assert_eq!(error.to_string(), *text, "{hex}");
    }
}

#[test]
fn a_refused_extension_is_named_too() {
    let table = [
        ("0003 000000", "ClientHello.extensions: Truncated"),
        ("0001", "ClientHello.extensions: Truncated"),
        ("0004 00170000 00", "ClientHello: Trailing"),
        (
            "0008 00170000 00170000",
            "ClientHello.extensions: Duplicate",
        ),
        (
            "0005 0017000100",
            "ClientHelloExtension.extended_master_secret: Trailing",
        ),
        (
            "0006 000a0002 0000",
            "ClientHelloExtension.supported_groups: Length",
        ),
        (
            "0009 000a0005 0003001d00",
            "ClientHelloExtension.supported_groups: Length",
        ),
        (
            "0009 000a0005 0002001d00",
            "ClientHelloExtension.supported_groups: Trailing",
        ),
        (
            "0008 000a0004 0004001d",
            "ClientHelloExtension.supported_groups: Truncated",
        ),
        (
            "0005 002b000100",
            "ClientHelloExtension.supported_versions: Length",
        ),
        (
            "000a 00330006 0004 001d 0000",
            "KeyShareEntry.key_exchange: Length",
        ),
        (
            "000a 00330006 0004 001d 0001",
            "KeyShareEntry.key_exchange: Truncated",
        ),
        ("0006 002c0002 0000", "ClientHelloExtension.cookie: Length"),
        ("0009 00000005 0003 00 0000", "ServerName.name: Length"),
        ("0008 00100004 0002 0000", "ProtocolName.name: Length"),
        ("0008 00290004 0000 0000", "OfferedPsks.identities: Length"),
        (
            "000f 0029000b 0007 0001aa 00000000 0000",
            "OfferedPsks.binders: Length",
        ),
        (
            "000a 00050006 01 0000 0000 00",
            "ClientHelloExtension.status_request: Trailing",
        ),
        (
            "000c 00110008 0006 01 0003 000000",
            "OcspStatusRequest.request_extensions: Truncated",
        ),
        ("0006 001c0002 40", "ClientHello.extensions: Truncated"),
        (
            "0005 001c0001 40",
            "ClientHelloExtension.record_size_limit: Truncated",
        ),
    ];
    for (extensions, text) in table {
        let body = unhex(&format!("{START}{extensions}"));
        let error = ClientHello::decode(&body).expect_err(extensions);
        assert_eq!(error.to_string(), text, "{extensions}");
    }
}

#[test]
fn an_absent_extension_block_is_not_an_empty_one() {
    let absent = ClientHello::decode(&unhex(START)).map(|hello| hello.extensions.is_none());
    assert_eq!(absent, Ok(true));
    let empty = unhex(&format!("{START}0000"));
    assert!(
        ClientHello::decode(&empty)
            .unwrap()
            .extensions
            .is_some_and(|extensions| extensions.is_empty())
    );
}

#[test]
fn what_cannot_be_decoded_is_not_encoded() {
    let suites = [CipherSuite::TLS_AES_128_GCM_SHA256; 0x8000];
    let shares = [KeyShareEntry {
        group: NamedGroup::x25519,
        key_exchange: &[],
    }];
    let names = [ProtocolName { name: &[0; 256] }];
    let hello = ClientHello {
        legacy_version: ProtocolVersion::TLSv1_2,
        random: Random([0; 32]),
        session_id: &[],
        cipher_suites: List::from(&suites[..1]),
        compression_methods: List::from(&[CompressionMethod::null]),
        extensions: None,
    };
    let with = |extension: &[ClientHelloExtension<'_>]| {
        ClientHello {
            extensions: Some(Extensions::from(extension)),
            ..hello
        }
        .to_vec()
        .map_err(|e| e.to_string())
    };
    let refused = |hello: ClientHello<'_>| hello.to_vec().unwrap_err().to_string();
    assert!(hello.to_vec().is_ok());
    assert_eq!(
        refused(ClientHello {
            session_id: &[0; 33],
            ..hello
        }),
        "ClientHello.session_id: Length"
    );
    assert_eq!(
        refused(ClientHello {
            cipher_suites: List::default(),
            ..hello
        }),
        "ClientHello.cipher_suites: Length"
    );
    assert_eq!(
        refused(ClientHello {
            cipher_suites: List::from(&suites),
            ..hello
        }),
        "ClientHello.cipher_suites: Length"
    );
    assert_eq!(
        with(&[ClientHelloExtension::KeyShare(List::from(&shares))]),
        Err("KeyShareEntry.key_exchange: Length".into())
    );
    assert_eq!(
        with(&[ClientHelloExtension::ApplicationLayerProtocolNegotiation(
            List::from(&names)
        )]),
        Err("ProtocolName.name: Length".into())
    );
    assert_eq!(
        with(&[ClientHelloExtension::EarlyData; 2]),
        Err("ClientHello.extensions: Duplicate".into())
    );
}

/// RFC 8446 section 4.2.11.2: a binder covers the hello up to the binders.
#[test]
fn the_binders_are_the_end_of_the_message() {
    let hellos = vectors::vectors()
        .into_iter()
        .filter(|vector| vector.form == "ClientHello");
    let mut offers = 0;
    for vector in hellos {
        let hello = ClientHello::decode(&vector.bytes[4..]).unwrap();
        let Some(offered) = hello.extensions().pre_shared_key() else {
            assert_eq!(hello.binders_len(), None);
            continue;
        };
        offers += 1;
        let binders: Vec<u8> = offered
            .binders
            .iter()
            .flat_map(|entry| [&[entry.binder.len() as u8], entry.binder].concat())
            .collect();
        let end = [&(binders.len() as u16).to_be_bytes()[..], &binders].concat();
        assert_eq!(hello.binders_len(), Some(end.len()));
        assert!(vector.bytes.ends_with(&end), "{}", vector.title);
    }
    assert!(offers >= 2, "an external and a resumption key");
}

/// RFC 8446 section 4.2.11: what follows the binders would not be covered by them.
#[test]
fn there_are_no_binders_unless_the_offer_comes_last() {
    let offer = "0029 002c 0007 0001aa 00000000 0021 20 0101010101010101010101010101010101010101010101010101010101010101";
    let offer = unhex(offer);
    let hello = |before: &[u8], after: &[u8]| {
        let extensions = [before, &offer, after].concat();
        [
            &unhex(START)[..],
            &(extensions.len() as u16).to_be_bytes(),
            &extensions,
        ]
        .concat()
    };
    let empty = [0, 23, 0, 0];
    assert_eq!(
        ClientHello::decode(&hello(&empty, &[]))
            .unwrap()
            .binders_len(),
        Some(35)
    );
    assert_eq!(
        ClientHello::decode(&hello(&[], &empty))
            .unwrap()
            .binders_len(),
        None
    );
}
