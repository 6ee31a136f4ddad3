//! The tests of every backend, for what is offered by name only.

use premaster_crypto::{MlDsa, PublicKeyKind, SignatureFault, conformance, public_key_kind, spki};
use premaster_crypto_aws_lc::{everything, provider};
use rustls_pki_types::{PrivateKeyDer, pem::PemObject};

const P256: &str = include_str!("../../crypto/tests/keys/p256.pkcs8.pem");
const P384: &str = include_str!("../../crypto/tests/keys/p384.pkcs8.pem");
const P521: &str = include_str!("../../crypto/tests/keys/p521.pkcs8.pem");
const P521_SEC1: &str = include_str!("../../crypto/tests/keys/p521.sec1.pem");

const ML_DSA: [(&str, MlDsa, usize, u16); 3] = [
    (
        include_str!("../../crypto/tests/keys/mldsa44.pkcs8.pem"),
        MlDsa::MlDsa44,
        1312,
        0x0904,
    ),
    (
        include_str!("../../crypto/tests/keys/mldsa65.pkcs8.pem"),
        MlDsa::MlDsa65,
        1952,
        0x0905,
    ),
    (
        include_str!("../../crypto/tests/keys/mldsa87.pkcs8.pem"),
        MlDsa::MlDsa87,
        2592,
        0x0906,
    ),
];

fn key(pem: &str) -> PrivateKeyDer<'static> {
    PrivateKeyDer::from_pem_slice(pem.as_bytes()).expect("a private key")
}

/// Property 2: each flipped bit of a signature, its message or its key is fatal.
/// Property 6: each scheme is accepted only with the keys and in the versions that it is legal for.
/// Property 8: exchanges are fresh and single use.
#[test]
fn all_of_the_backend_conforms() {
    let [small, middle, large] = ML_DSA.map(|(pem, ..)| pem);
    let keys = [P256, P384, P521, small, middle, large];
    conformance::check(&everything(), &keys.map(key));
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

#[test]
fn keys_of_ml_dsa_load_from_their_seed() {
    for (pem, set, len, scheme) in ML_DSA {
        let key = (everything().load_key)(&key(pem)).expect("a key");
        let spki = key.spki();
        assert_eq!(public_key_kind(&spki), Some(PublicKeyKind::MlDsa(set)));
        assert_eq!(spki.len(), len + 22);
        assert_eq!(key.schemes(), [scheme]);
    }
    // RFC 9881 appendix C.2.
    let small = (everything().load_key)(&key(ML_DSA[0].0)).expect("a key");
    let begin = [0xd7, 0xb2, 0xb4, 0x72, 0x54, 0xaa, 0xe0, 0xdb];
    assert_eq!(small.spki()[22..30], begin);
}

/// Property 6, draft-ietf-tls-mldsa section 3.2: a key or a signature of another length is a signature that is not good.
#[test]
fn a_key_of_ml_dsa_that_lacks_a_byte_verifies_nothing() {
    for (pem, set, len, scheme) in ML_DSA {
        let signer = (everything().load_key)(&key(pem)).expect("a key");
        let signature = signer
            .sign(scheme, b"message")
            .expect("a scheme of the key");
        let spki = signer.spki();
        let (algorithm, key) = (&spki[6..17], &spki[22..]);
        assert_eq!(key.len(), len);
        for (key, signature) in [
            (&key[1..], &signature[..]),
            (&[key, &[0]].concat(), &signature[..]),
            (key, &signature[1..]),
            (key, &[&signature[..], &[0]].concat()),
        ] {
            let spki = spki::encode(algorithm, key);
            assert_eq!(public_key_kind(&spki), Some(PublicKeyKind::MlDsa(set)));
            let checked = everything().verify_signature_tls13(&spki, scheme, b"message", signature);
            assert_eq!(checked.map(|_proof| ()), Err(SignatureFault::Invalid));
        }
    }
}

/// Property 6: without being asked for, nothing is taken.
#[test]
fn by_default_none_of_it_is_offered_or_taken() {
    let modern = provider();
    let keys = ML_DSA.map(|(pem, .., scheme)| (pem, scheme));
    for (pem, scheme) in keys.into_iter().chain([(P521, 0x0603)]) {
        (modern.load_key)(&key(pem)).expect_err("not asked for");
        let signer = (everything().load_key)(&key(pem)).expect("a key");
        let signature = signer
            .sign(scheme, b"message")
            .expect("a scheme of the key");
        for verified in [
            modern.verify_signature(&signer.spki(), scheme, b"message", &signature),
            modern.verify_signature_tls13(&signer.spki(), scheme, b"message", &signature),
        ] {
            assert_eq!(
                verified.map(|_proof| ()),
                Err(SignatureFault::UnknownScheme)
            );
        }
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
    assert_eq!(
        groups,
        [&defaults[..], &["secp521r1", "MLKEM1024"]].concat()
    );
}
