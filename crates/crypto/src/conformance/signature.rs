//! Signatures: what a key signs verifies under its scheme and its key, with every bit as it was.

use alloc::vec::Vec;

use rustls_pki_types::PrivateKeyDer;

use crate::{MlDsa, Provider, PublicKeyKind, SignatureFault, SigningKey, public_key_kind};

use super::flipped;

const MESSAGE: &[u8] = b"what is signed";

/// The schemes that a provider may list, and the keys that each goes with in TLS 1.2 and in TLS 1.3
/// (RFC 8446 section 4.2.3, RFC 8422 section 5.1.3).
const LEGAL: &[(u16, &str, &[Kind], Option<Kind>)] = &[
    (
        0x0403,
        "ecdsa_secp256r1_sha256",
        &[Kind::P256, Kind::P384, Kind::P521],
        Some(Kind::P256),
    ),
    (
        0x0503,
        "ecdsa_secp384r1_sha384",
        &[Kind::P256, Kind::P384, Kind::P521],
        Some(Kind::P384),
    ),
    (
        0x0603,
        "ecdsa_secp521r1_sha512",
        &[Kind::P256, Kind::P384, Kind::P521],
        Some(Kind::P521),
    ),
    (0x0807, "ed25519", &[Kind::Ed25519], Some(Kind::Ed25519)),
    (0x0804, "rsa_pss_rsae_sha256", &[Kind::Rsa], Some(Kind::Rsa)),
    (0x0805, "rsa_pss_rsae_sha384", &[Kind::Rsa], Some(Kind::Rsa)),
    (0x0806, "rsa_pss_rsae_sha512", &[Kind::Rsa], Some(Kind::Rsa)),
    // draft-ietf-tls-mldsa section 3.3: not in TLS 1.2.
    (0x0904, "mldsa44", &[], Some(Kind::MlDsa(MlDsa::MlDsa44))),
    (0x0905, "mldsa65", &[], Some(Kind::MlDsa(MlDsa::MlDsa65))),
    (0x0906, "mldsa87", &[], Some(Kind::MlDsa(MlDsa::MlDsa87))),
    (0x0401, "rsa_pkcs1_sha256", &[Kind::Rsa], None),
    (0x0501, "rsa_pkcs1_sha384", &[Kind::Rsa], None),
    (0x0601, "rsa_pkcs1_sha512", &[Kind::Rsa], None),
];

/// [`PublicKeyKind`] without the size.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Rsa,
    P256,
    P384,
    P521,
    Ed25519,
    MlDsa(MlDsa),
}

impl Kind {
    fn of(key: &dyn SigningKey) -> Self {
        match public_key_kind(&key.spki()).expect("a SubjectPublicKeyInfo") {
            PublicKeyKind::Rsa { .. } => Self::Rsa,
            PublicKeyKind::EcdsaP256 => Self::P256,
            PublicKeyKind::EcdsaP384 => Self::P384,
            PublicKeyKind::EcdsaP521 => Self::P521,
            PublicKeyKind::Ed25519 => Self::Ed25519,
            PublicKeyKind::MlDsa(set) => Self::MlDsa(set),
        }
    }
}

pub(super) fn check(provider: &Provider, keys: &[PrivateKeyDer<'_>]) {
    for verifier in &provider.verifiers {
        let legal = LEGAL.iter().find(|(id, ..)| *id == verifier.id);
        let (_, name, ..) = legal.unwrap_or_else(|| panic!("{} is not legal", verifier.name));
        assert_eq!(verifier.name, *name);
    }
    for der in keys {
        let key = (provider.load_key)(der).expect("a good private key");
        for scheme in key.schemes() {
            check_flips(provider, &*key, *scheme);
            check_other_keys(provider, &*key, *scheme, keys);
        }
        check_schemes(provider, &*key);
        check_damaged(provider, der);
    }
}

/// No signature is accepted for another message, another key, or with a bit changed.
fn check_flips(provider: &Provider, key: &dyn SigningKey, scheme: u16) {
    let (spki, signature) = (key.spki(), sign(key, scheme));
    let verifier = provider.verifier(scheme).expect("a scheme that is listed");
    let verify = |spki: &[u8], message: &[u8], signature: &[u8]| {
        let checked = match verifier.algorithms {
            [] => provider.verify_signature_tls13(spki, scheme, message, signature),
            _ => provider.verify_signature(spki, scheme, message, signature),
        };
        checked.map(|_proof| ())
    };
    assert_eq!(
        verify(&spki, MESSAGE, &signature),
        Ok(()),
        "{scheme:#06x} does not verify"
    );
    for signature in flipped(&signature) {
        let fault = Err(SignatureFault::Invalid);
        assert_eq!(
            verify(&spki, MESSAGE, &signature),
            fault,
            "{scheme:#06x} with a flipped bit"
        );
    }
    for message in flipped(MESSAGE) {
        let fault = Err(SignatureFault::Invalid);
        assert_eq!(
            verify(&spki, &message, &signature),
            fault,
            "{scheme:#06x}, another message"
        );
    }
    for spki in flipped(&spki) {
        assert!(
            verify(&spki, MESSAGE, &signature).is_err(),
            "{scheme:#06x} with another key"
        );
    }
    for len in 0..signature.len() {
        assert!(
            verify(&spki, MESSAGE, &signature[..len]).is_err(),
            "a part of a signature"
        );
    }
    let longer = [&signature[..], &[0]].concat();
    assert!(
        verify(&spki, MESSAGE, &longer).is_err(),
        "more than a signature"
    );
}

fn check_other_keys(
    provider: &Provider,
    key: &dyn SigningKey,
    scheme: u16,
    keys: &[PrivateKeyDer<'_>],
) {
    let signature = sign(key, scheme);
    for other in keys {
        let other = (provider.load_key)(other)
            .expect("a good private key")
            .spki();
        let verified = [
            provider.verify_signature(&other, scheme, MESSAGE, &signature),
            provider.verify_signature_tls13(&other, scheme, MESSAGE, &signature),
        ];
        assert_eq!(
            verified.iter().any(Result::is_ok),
            other == key.spki(),
            "{scheme:#06x} with the key of another"
        );
    }
}

/// Property 6: under each of all 65,536 schemes, in each version, a signature is accepted only when
/// the table has the pair and the scheme is the one that was signed with.
fn check_schemes(provider: &Provider, key: &dyn SigningKey) {
    let (kind, spki) = (Kind::of(key), key.spki());
    let signatures: Vec<_> = key
        .schemes()
        .iter()
        .map(|id| (*id, sign(key, *id)))
        .collect();
    for scheme in 0..=u16::MAX {
        let listed = provider.verifier(scheme).is_some();
        let row = LEGAL
            .iter()
            .find(|(id, ..)| *id == scheme)
            .filter(|_| listed);
        if !key.schemes().contains(&scheme) {
            assert!(
                key.sign(scheme, MESSAGE).is_err(),
                "signs with {scheme:#06x}"
            );
        }
        for (signed_with, signature) in &signatures {
            let right = (*signed_with == scheme)
                .then_some(())
                .ok_or(SignatureFault::Invalid);
            let tls12 = match row {
                None | Some((.., [], _)) => Err(SignatureFault::UnknownScheme),
                Some((.., kinds, _)) if !kinds.contains(&kind) => Err(SignatureFault::KeyMismatch),
                Some(_) => right,
            };
            let tls13 = match row {
                None | Some((.., None)) => Err(SignatureFault::UnknownScheme),
                Some((.., Some(only))) if *only != kind => Err(SignatureFault::KeyMismatch),
                Some(_) => right,
            };
            let checked = provider.verify_signature(&spki, scheme, MESSAGE, signature);
            assert_eq!(checked.map(|_proof| ()), tls12, "{scheme:#06x} in TLS 1.2");
            let checked = provider.verify_signature_tls13(&spki, scheme, MESSAGE, signature);
            assert_eq!(checked.map(|_proof| ()), tls13, "{scheme:#06x} in TLS 1.3");
        }
    }
}

/// No part of a private key is a private key.
fn check_damaged(provider: &Provider, key: &PrivateKeyDer<'_>) {
    let whole = key.secret_der();
    for len in 0..whole.len() {
        let part = match key {
            PrivateKeyDer::Pkcs1(_) => PrivateKeyDer::Pkcs1(whole[..len].into()),
            PrivateKeyDer::Sec1(_) => PrivateKeyDer::Sec1(whole[..len].into()),
            _ => PrivateKeyDer::Pkcs8(whole[..len].into()),
        };
        assert!(
            (provider.load_key)(&part).is_err(),
            "{len} bytes of a key are a key"
        );
    }
}

fn sign(key: &dyn SigningKey, scheme: u16) -> Vec<u8> {
    key.sign(scheme, MESSAGE).expect("a scheme of the key")
}
