//! The tests of every backend, for what is offered by name only.

use premaster_crypto::{PublicKeyKind, SignatureFault, conformance, public_key_kind};
use premaster_crypto_aws_lc::{everything, provider};
use rustls_pki_types::{PrivateKeyDer, pem::PemObject};

const P256: &str = include_str!("../../crypto/tests/keys/p256.pkcs8.pem");
const P384: &str = include_str!("../../crypto/tests/keys/p384.pkcs8.pem");
const P521: &str = include_str!("../../crypto/tests/keys/p521.pkcs8.pem");
const P521_SEC1: &str = include_str!("../../crypto/tests/keys/p521.sec1.pem");

fn key(pem: &str) -> PrivateKeyDer<'static> {
    PrivateKeyDer::from_pem_slice(pem.as_bytes()).expect("a private key")
}

/// Property 2: each flipped bit of a signature, its message or its key is fatal.
/// Property 6: each scheme is accepted only with the keys and in the versions that it is legal for.
/// Property 8: exchanges are fresh and single use.
#[test]
fn all_of_the_backend_conforms() {
    conformance::check(&everything(), &[P256, P384, P521].map(key));
}

#[test]
fn keys_on_p521_load_in_both_forms() {
    for pem in [P521, P521_SEC1] {
        let key = (everything().load_key)(&key(pem)).expect("a key");
        assert_eq!(public_key_kind(&key.spki()), Some(PublicKeyKind::EcdsaP521));
        assert_eq!(key.schemes(), [0x0603]);
    }
    assert_eq!(
        (everything().load_key)(&key(P521)).expect("a key").spki(),
        (everything().load_key)(&key(P521_SEC1))
            .expect("a key")
            .spki(),
    );
}

/// Property 6: without being asked for, nothing is taken.
#[test]
fn by_default_p521_is_neither_offered_nor_taken() {
    let modern = provider();
    (modern.load_key)(&key(P521)).expect_err("not asked for");
    let signer = (everything().load_key)(&key(P521)).expect("a key");
    let signature = signer
        .sign(0x0603, b"message")
        .expect("a scheme of the key");
    for verified in [
        modern.verify_signature(&signer.spki(), 0x0603, b"message", &signature),
        modern.verify_signature_tls13(&signer.spki(), 0x0603, b"message", &signature),
    ] {
        assert_eq!(
            verified.map(|_proof| ()),
            Err(SignatureFault::UnknownScheme)
        );
    }
}

#[test]
fn the_groups_are_in_their_documented_order() {
    let groups = everything()
        .groups
        .iter()
        .map(|group| group.name())
        .collect::<Vec<_>>();
    let defaults = provider()
        .groups
        .iter()
        .map(|group| group.name())
        .collect::<Vec<_>>();
    assert_eq!(groups, [&defaults[..], &["secp521r1"]].concat());
}
