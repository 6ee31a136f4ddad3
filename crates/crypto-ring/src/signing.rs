//! Private keys of ring.

use alloc::vec;

use premaster_crypto::backend::{Curve, KeyPair, KeyPairs, rsa_scheme};
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair,
    KeyPair as _, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256,
    RSA_PSS_SHA384, RSA_PSS_SHA512, RsaEncoding, RsaKeyPair,
};

/// Makes key pairs of ring.
pub(crate) struct Ring;

impl KeyPairs for Ring {
    fn ecdsa(curve: Curve, pkcs8: &[u8]) -> Option<KeyPair> {
        let algorithm = match curve {
            Curve::P256 => &ECDSA_P256_SHA256_ASN1_SIGNING,
            Curve::P384 => &ECDSA_P384_SHA384_ASN1_SIGNING,
            Curve::P521 => return None,
        };
        let key = EcdsaKeyPair::from_pkcs8(algorithm, pkcs8, &SystemRandom::new()).ok()?;
        let public_key = key.public_key().as_ref().to_vec();
        Some(KeyPair::new(public_key, move |_, message| {
            let signature = key.sign(&SystemRandom::new(), message).ok()?;
            Some(signature.as_ref().to_vec())
        }))
    }

    fn ed25519(pkcs8: &[u8]) -> Option<KeyPair> {
        let key = Ed25519KeyPair::from_pkcs8_maybe_unchecked(pkcs8).ok()?;
        let public_key = key.public_key().as_ref().to_vec();
        Some(KeyPair::new(public_key, move |_, message| {
            Some(key.sign(message).as_ref().to_vec())
        }))
    }

    fn rsa(pkcs8: &[u8]) -> Option<KeyPair> {
        RsaKeyPair::from_pkcs8(pkcs8).ok().map(rsa)
    }

    fn rsa_pkcs1(der: &[u8]) -> Option<KeyPair> {
        RsaKeyPair::from_der(der).ok().map(rsa)
    }
}

fn rsa(key: RsaKeyPair) -> KeyPair {
    let public_key = key.public_key().as_ref().to_vec();
    KeyPair::new(public_key, move |scheme, message| {
        let encodings: [&'static dyn RsaEncoding; 6] = [
            &RSA_PSS_SHA256,
            &RSA_PSS_SHA384,
            &RSA_PSS_SHA512,
            &RSA_PKCS1_SHA256,
            &RSA_PKCS1_SHA384,
            &RSA_PKCS1_SHA512,
        ];
        let encoding = rsa_scheme(scheme, encodings)?;
        let mut signature = vec![0; key.public().modulus_len()];
        key.sign(encoding, &SystemRandom::new(), message, &mut signature)
            .ok()?;
        Some(signature)
    })
}
