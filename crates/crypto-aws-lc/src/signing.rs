//! Private keys of AWS-LC, which wipes them when they are dropped.

use alloc::vec;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, ECDSA_P521_SHA512_ASN1_SIGNING,
    EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, ML_DSA_44_SIGNING, ML_DSA_65_SIGNING,
    ML_DSA_87_SIGNING, PqdsaKeyPair, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512,
    RSA_PSS_SHA256, RSA_PSS_SHA384, RSA_PSS_SHA512, RsaEncoding, RsaKeyPair,
};
use premaster_crypto::MlDsa;
use premaster_crypto::backend::{Curve, KeyPair, KeyPairs, rsa_scheme};

/// Makes key pairs of AWS-LC, of the kinds that are used by default.
pub(crate) struct AwsLc;

/// Makes key pairs of AWS-LC, of all kinds that it has.
pub(crate) struct Everything;

impl KeyPairs for Everything {
    const CURVES: &'static [Curve] = &[Curve::P256, Curve::P384, Curve::P521];

    fn ecdsa(curve: Curve, pkcs8: &[u8]) -> Option<KeyPair> {
        AwsLc::ecdsa(curve, pkcs8)
    }

    fn ed25519(pkcs8: &[u8]) -> Option<KeyPair> {
        AwsLc::ed25519(pkcs8)
    }

    fn ml_dsa(set: MlDsa, pkcs8: &[u8]) -> Option<KeyPair> {
        let algorithm = match set {
            MlDsa::MlDsa44 => &ML_DSA_44_SIGNING,
            MlDsa::MlDsa65 => &ML_DSA_65_SIGNING,
            MlDsa::MlDsa87 => &ML_DSA_87_SIGNING,
        };
        let key = PqdsaKeyPair::from_pkcs8(algorithm, pkcs8).ok()?;
        let public_key = key.public_key().as_ref().to_vec();
        Some(KeyPair::new(public_key, move |_, message| {
            let mut signature = vec![0; algorithm.signature_len()];
            let len = key.sign(message, &mut signature).ok()?;
            signature.truncate(len);
            Some(signature)
        }))
    }

    fn rsa(pkcs8: &[u8]) -> Option<KeyPair> {
        AwsLc::rsa(pkcs8)
    }

    fn rsa_pkcs1(der: &[u8]) -> Option<KeyPair> {
        AwsLc::rsa_pkcs1(der)
    }
}

impl KeyPairs for AwsLc {
    fn ecdsa(curve: Curve, pkcs8: &[u8]) -> Option<KeyPair> {
        let algorithm = match curve {
            Curve::P256 => &ECDSA_P256_SHA256_ASN1_SIGNING,
            Curve::P384 => &ECDSA_P384_SHA384_ASN1_SIGNING,
            Curve::P521 => &ECDSA_P521_SHA512_ASN1_SIGNING,
        };
        let key = EcdsaKeyPair::from_pkcs8(algorithm, pkcs8).ok()?;
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
            Some(key.try_sign(message).ok()?.as_ref().to_vec())
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
        let mut signature = vec![0; key.public_modulus_len()];
        key.sign(encoding, &SystemRandom::new(), message, &mut signature)
            .ok()?;
        Some(signature)
    })
}
