//! What `premaster-crypto` asks of every backend, and keys and signatures that OpenSSL made: each backend's
//! `tests/conformance.rs` has this as a module, beside the `provider` that it is about.

use premaster_crypto::{PublicKeyKind, SignatureFault, conformance, public_key_kind};
use rustls_pki_types::{PrivateKeyDer, pem::PemObject};

use super::provider;
use super::support::Entry;

const KEYS: [(&str, PublicKeyKind); 8] = [
    (
        include_str!("../keys/p256.pkcs8.pem"),
        PublicKeyKind::EcdsaP256,
    ),
    (
        include_str!("../keys/p384.pkcs8.pem"),
        PublicKeyKind::EcdsaP384,
    ),
    (
        include_str!("../keys/p256.sec1.pem"),
        PublicKeyKind::EcdsaP256,
    ),
    (
        include_str!("../keys/p384.sec1.pem"),
        PublicKeyKind::EcdsaP384,
    ),
    (
        include_str!("../keys/ed25519.pkcs8.pem"),
        PublicKeyKind::Ed25519,
    ),
    (
        include_str!("../keys/rsa2048.pkcs8.pem"),
        PublicKeyKind::Rsa { bits: 2048 },
    ),
    (
        include_str!("../keys/rsa2048.pkcs1.pem"),
        PublicKeyKind::Rsa { bits: 2048 },
    ),
    (
        include_str!("../keys/rsa4096.pkcs8.pem"),
        PublicKeyKind::Rsa { bits: 4096 },
    ),
];

/// The conformance suite, with a key of each kind.
pub(crate) fn check_conformance() {
    let keys = [0, 1, 4, 5].map(|index| key(KEYS[index].0));
    conformance::check(&provider(), &keys);
}

#[test]
fn every_form_of_private_key_loads_and_tells_its_public_key() {
    for (pem, kind) in KEYS {
        let loaded = (provider().load_key)(&key(pem)).expect(pem);
        assert_eq!(public_key_kind(&loaded.spki()), Some(kind));
        for scheme in loaded.schemes() {
            let signature = loaded
                .sign(*scheme, b"message")
                .expect("a scheme of the key");
            let _proof = provider()
                .verify_signature(&loaded.spki(), *scheme, b"message", &signature)
                .expect("a good signature");
        }
    }
}

#[test]
fn a_small_rsa_key_does_not_load() {
    let key = key(include_str!("../keys/rsa1024.pkcs8.pem"));
    (provider().load_key)(&key).expect_err("1024 bits");
}

#[test]
fn a_loaded_key_says_nothing_secret() {
    for (pem, _) in KEYS {
        let debug = format!("{:?}", (provider().load_key)(&key(pem)).expect(pem));
        assert!(debug.len() < 20, "{debug}");
    }
}

/// Signatures of OpenSSL, each with its verdict in both versions; RSA keys from 2048 to 8192 bits.
pub(crate) fn check_signatures() {
    let entries = Entry::read(include_str!("../../vectors/signatures.txt"));
    assert_eq!(entries.len(), 32);
    for entry in entries {
        let scheme = u16::from_str_radix(entry.text("scheme"), 16).expect("a code point");
        let (spki, signature) = (entry.bytes("spki"), entry.bytes("signature"));
        let message = b"what is signed";
        let tls12 = provider().verify_signature(&spki, scheme, message, &signature);
        assert_eq!(
            tls12.map(|_proof| ()),
            expected(entry.text("tls12")),
            "{entry:?}"
        );
        let tls13 = provider().verify_signature_tls13(&spki, scheme, message, &signature);
        assert_eq!(
            tls13.map(|_proof| ()),
            expected(entry.text("tls13")),
            "{entry:?}"
        );
    }
}

#[test]
fn suites_and_schemes_are_in_their_documented_order() {
    let provider = provider();
    let suites: Vec<_> = provider.suites.iter().map(|suite| suite.id).collect();
    let tls13 = [0x1301, 0x1302, 0x1303];
    let tls12 = [0xc02b, 0xc02c, 0xcca9, 0xc02f, 0xc030, 0xcca8];
    assert_eq!(suites, [&tls13[..], &tls12].concat());
    let schemes: Vec<_> = provider
        .verifiers
        .iter()
        .map(|verifier| verifier.id)
        .collect();
    let expected = [
        0x0403, 0x0503, 0x0807, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601,
    ];
    assert_eq!(schemes, expected);
}

fn expected(verdict: &str) -> Result<(), SignatureFault> {
    match verdict {
        "good" => Ok(()),
        "UnknownScheme" => Err(SignatureFault::UnknownScheme),
        "KeyMismatch" => Err(SignatureFault::KeyMismatch),
        "Invalid" => Err(SignatureFault::Invalid),
        other => panic!("no such verdict: {other}"),
    }
}

fn key(pem: &str) -> PrivateKeyDer<'static> {
    PrivateKeyDer::from_pem_slice(pem.as_bytes()).expect("a private key")
}
