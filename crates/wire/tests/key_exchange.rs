//! The suite and the version decide which form a key exchange message has.

#[path = "shared/vectors.rs"]
mod vectors;

use premaster_wire::tls12::{ClientKeyExchange, KeyExchangeAlgorithm as A, ServerKeyExchange};
use premaster_wire::{
    CipherSuite, Decode, DecodeError, Encode, ProtocolVersion as V, split_message, tls11, tls12,
};

/// Versions, a key exchange, the form that its message has there, and the variant that holds it.
type Row = (&'static [V], A, &'static str, &'static str);

const OLD: &[V] = &[V::SSLv3, V::TLSv1_0, V::TLSv1_1, V::DTLSv1_0];
const TLS: &[V] = &[V::TLSv1_0, V::TLSv1_1, V::TLSv1_2, V::DTLSv1_0, V::DTLSv1_2];
const TLS12: &[V] = &[V::TLSv1_2, V::DTLSv1_2];
const ALL: &[V] = &[
    V::SSLv3,
    V::TLSv1_0,
    V::TLSv1_1,
    V::TLSv1_2,
    V::DTLSv1_0,
    V::DTLSv1_2,
];

const SERVER: &[Row] = &[
    (TLS12, A::Dhe, "tls12::DheServerKeyExchange", "Dhe"),
    (OLD, A::Dhe, "tls11::DheServerKeyExchange", "Dhe11"),
    (ALL, A::DhAnon, "tls12::ServerDhParams", "DhAnon"),
    (TLS12, A::Ecdhe, "tls12::EcdheServerKeyExchange", "Ecdhe"),
    (OLD, A::Ecdhe, "tls11::EcdheServerKeyExchange", "Ecdhe11"),
    (ALL, A::EcdhAnon, "tls12::ServerEcdhParams", "EcdhAnon"),
    (ALL, A::Psk, "tls12::PskServerKeyExchange", "Psk"),
    (ALL, A::RsaPsk, "tls12::PskServerKeyExchange", "Psk"),
    (ALL, A::DhePsk, "tls12::DhePskServerKeyExchange", "DhePsk"),
    (
        ALL,
        A::EcdhePsk,
        "tls12::EcdhePskServerKeyExchange",
        "EcdhePsk",
    ),
    (ALL, A::Srp, "tls12::ServerSrpParams", "Srp"),
    (
        TLS12,
        A::SrpSigned,
        "tls12::SrpServerKeyExchange",
        "SrpSigned",
    ),
    (
        OLD,
        A::SrpSigned,
        "tls11::SrpServerKeyExchange",
        "SrpSigned11",
    ),
];

const CLIENT: &[Row] = &[
    (TLS, A::Rsa, "tls12::RsaClientKeyExchange", "Rsa"),
    (&[V::SSLv3], A::Rsa, "ssl3::RsaClientKeyExchange", "RsaSsl3"),
    (ALL, A::Dh, "tls12::DhClientKeyExchange", "Dh"),
    (ALL, A::Dh, "tls12::ImplicitClientKeyExchange", "Implicit"),
    (ALL, A::Dhe, "tls12::DhClientKeyExchange", "Dh"),
    (ALL, A::DhAnon, "tls12::DhClientKeyExchange", "Dh"),
    (ALL, A::Ecdh, "tls12::EcdhClientKeyExchange", "Ecdh"),
    (ALL, A::Ecdh, "tls12::ImplicitClientKeyExchange", "Implicit"),
    (ALL, A::Ecdhe, "tls12::EcdhClientKeyExchange", "Ecdh"),
    (ALL, A::EcdhAnon, "tls12::EcdhClientKeyExchange", "Ecdh"),
    (ALL, A::Psk, "tls12::PskClientKeyExchange", "Psk"),
    (ALL, A::RsaPsk, "tls12::RsaPskClientKeyExchange", "RsaPsk"),
    (ALL, A::DhePsk, "tls12::DhePskClientKeyExchange", "DhePsk"),
    (
        ALL,
        A::EcdhePsk,
        "tls12::EcdhePskClientKeyExchange",
        "EcdhePsk",
    ),
    (ALL, A::Srp, "tls12::SrpClientKeyExchange", "Srp"),
    (ALL, A::SrpSigned, "tls12::SrpClientKeyExchange", "Srp"),
];

/// Debug output and encoding of a message, as this key exchange has it in this version.
type Reading = fn(A, V, &[u8]) -> Result<(String, Vec<u8>), DecodeError>;

const READ_SERVER: Reading = |algorithm, version, body| {
    let message = ServerKeyExchange::decode_as(algorithm, version, body)?;
    Ok((format!("{message:?}"), message.to_vec().unwrap()))
};

const READ_CLIENT: Reading = |algorithm, version, body| {
    let message = ClientKeyExchange::decode_as(algorithm, version, body)?;
    Ok((format!("{message:?}"), message.to_vec().unwrap()))
};

#[test]
fn the_key_exchange_and_the_version_decide_the_form() {
    let vectors = vectors::vectors();
    for (read, rows) in [(READ_SERVER, SERVER), (READ_CLIENT, CLIENT)] {
        for (versions, algorithm, form, variant) in rows {
            let of_form: Vec<_> = vectors.iter().filter(|v| v.form == *form).collect();
            assert!(!of_form.is_empty(), "no vector of {form}");
            for (vector, version) in of_form
                .into_iter()
                .flat_map(|vector| versions.iter().map(move |version| (vector, version)))
            {
                let (_, body) = split_message(&vector.bytes).unwrap();
                let (text, encoded) = read(*algorithm, *version, body).expect(&vector.title);
                let title = format!("{algorithm:?} in {version}: {}", vector.title);
                assert!(text.starts_with(&format!("{variant}(")), "{title}: {text}");
                assert_eq!(encoded, body, "{title}");
            }
        }
    }
}

#[test]
fn every_key_exchange_has_a_row() {
    for algorithm in A::ALL {
        let sends = |rows: &[Row]| rows.iter().any(|row| row.1 == *algorithm);
        assert!(sends(CLIENT), "{algorithm:?}");
        // The server's values are in its certificate.
        let omitted = [A::Rsa, A::Dh, A::Ecdh].contains(algorithm);
        assert_eq!(sends(SERVER), !omitted, "{algorithm:?}");
    }
}

#[test]
fn a_signature_of_another_version_does_not_decode() {
    for vector in vectors::vectors() {
        let (version, algorithm) = match vector.form {
            "tls12::DheServerKeyExchange" => (V::TLSv1_1, A::Dhe),
            "tls12::EcdheServerKeyExchange" => (V::TLSv1_1, A::Ecdhe),
            "tls12::SrpServerKeyExchange" => (V::TLSv1_1, A::SrpSigned),
            "tls11::DheServerKeyExchange" => (V::TLSv1_2, A::Dhe),
            "tls11::EcdheServerKeyExchange" => (V::TLSv1_2, A::Ecdhe),
            "tls11::SrpServerKeyExchange" => (V::TLSv1_2, A::SrpSigned),
            _ => continue,
        };
        let (_, body) = split_message(&vector.bytes).unwrap();
        assert!(
            ServerKeyExchange::decode_as(algorithm, version, body).is_err(),
            "{} in {version}",
            vector.title
        );
    }
}

/// What a signature covers is the front of the message (RFC 5246 section 7.4.3, RFC 5054 section 2.5.3).
#[test]
fn the_bytes_that_are_signed_are_those_of_the_parameters() {
    macro_rules! check {
        ($($module:ident::$name:ident),* $(,)?) => {
            for vector in vectors::vectors() {
                $( if vector.form == concat!(stringify!($module), "::", stringify!($name)) {
                    let (_, body) = split_message(&vector.bytes).unwrap();
                    let (params, message) = $module::$name::decode_with_params(body).unwrap();
                    assert_eq!(message.params.to_vec().unwrap(), params, "{}", vector.title);
                    let signature = message.signed_params.to_vec().unwrap();
                    assert_eq!([params, &signature].concat(), body, "{}", vector.title);
                } )*
            }
        };
    }
    check! {
        tls12::DheServerKeyExchange,
        tls12::EcdheServerKeyExchange,
        tls12::SrpServerKeyExchange,
        tls11::DheServerKeyExchange,
        tls11::EcdheServerKeyExchange,
        tls11::SrpServerKeyExchange,
    }
}

/// NUL in identities: an identity is all the bytes that its length counts, and so is a hint.
#[test]
fn a_nul_in_an_identity_is_a_byte_like_any_other() {
    let identities: [&[u8]; 5] = [b"alice", b"alice\0", b"alice\0bob", b"\0", b""];
    for psk_identity in identities {
        let psk = tls12::PskClientKeyExchange { psk_identity };
        let dhe = tls12::DhePskClientKeyExchange {
            psk_identity,
            dh_yc: &[4],
        };
        let ecdhe = tls12::EcdhePskClientKeyExchange {
            psk_identity,
            point: &[4],
        };
        let rsa = tls12::RsaPskClientKeyExchange {
            psk_identity,
            pre_master_secret: &[4],
        };
        let hint = tls12::PskServerKeyExchange {
            psk_identity_hint: psk_identity,
        };
        let decoded = [
            Decode::decode(&psk.to_vec().unwrap())
                .map(|m: tls12::PskClientKeyExchange<'_>| m.psk_identity.to_vec()),
            Decode::decode(&dhe.to_vec().unwrap())
                .map(|m: tls12::DhePskClientKeyExchange<'_>| m.psk_identity.to_vec()),
            Decode::decode(&ecdhe.to_vec().unwrap())
                .map(|m: tls12::EcdhePskClientKeyExchange<'_>| m.psk_identity.to_vec()),
            Decode::decode(&rsa.to_vec().unwrap())
                .map(|m: tls12::RsaPskClientKeyExchange<'_>| m.psk_identity.to_vec()),
            Decode::decode(&hint.to_vec().unwrap())
                .map(|m: tls12::PskServerKeyExchange<'_>| m.psk_identity_hint.to_vec()),
        ];
        for identity in decoded {
            assert_eq!(identity.unwrap(), psk_identity);
        }
    }
}

#[test]
fn a_suite_names_its_key_exchange() {
    for (suite, algorithm) in [
        (CipherSuite::TLS_RSA_WITH_AES_128_CBC_SHA, Some(A::Rsa)),
        (
            CipherSuite::TLS_DHE_RSA_WITH_AES_256_CBC_SHA256,
            Some(A::Dhe),
        ),
        (CipherSuite::TLS_DHE_DSS_WITH_AES_128_CBC_SHA, Some(A::Dhe)),
        (
            CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8,
            Some(A::Ecdhe),
        ),
        (
            CipherSuite::TLS_ECDH_RSA_WITH_AES_128_CBC_SHA,
            Some(A::Ecdh),
        ),
        (CipherSuite::TLS_PSK_DHE_WITH_AES_128_CCM_8, Some(A::DhePsk)),
        (
            CipherSuite::TLS_ECDHE_PSK_WITH_AES_128_CBC_SHA,
            Some(A::EcdhePsk),
        ),
        (CipherSuite::TLS_SRP_SHA_WITH_AES_128_CBC_SHA, Some(A::Srp)),
        (
            CipherSuite::TLS_SRP_SHA_DSS_WITH_AES_128_CBC_SHA,
            Some(A::SrpSigned),
        ),
        (CipherSuite::TLS_RSA_EXPORT_WITH_RC4_40_MD5, None),
        (CipherSuite::TLS_EMPTY_RENEGOTIATION_INFO_SCSV, None),
        (CipherSuite::TLS_AES_128_GCM_SHA256, None),
        (CipherSuite(0xfefe), None),
    ] {
        assert_eq!(A::of(suite), algorithm, "{suite}");
    }
}
