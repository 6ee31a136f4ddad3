//! Private keys: PKCS #8 (RFC 5958), SEC 1 (RFC 5915) and PKCS #1 (RFC 8017 appendix A.1.2).

use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use premaster_crypto::{CryptoError, SigningKey, erasing_stack, spki};
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair,
    EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384,
    RSA_PKCS1_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384, RSA_PSS_SHA512, RsaEncoding, RsaKeyPair,
};
use rustls_pki_types::{AlgorithmIdentifier, PrivateKeyDer, alg_id};
use zeroize::Zeroizing;

/// Prepares a private key.
pub(crate) fn load(key: &PrivateKeyDer<'_>) -> Result<Arc<dyn SigningKey>, CryptoError> {
    let key = erasing_stack(|| match key {
        PrivateKeyDer::Pkcs8(key) => load_pkcs8(key.secret_pkcs8_der()),
        PrivateKeyDer::Sec1(key) => load_sec1(key.secret_sec1_der()),
        PrivateKeyDer::Pkcs1(key) => load_pkcs1(key.secret_pkcs1_der()),
        _ => None,
    });
    Ok(key.ok_or(CryptoError)?)
}

fn load_pkcs8(der: &[u8]) -> Option<Arc<RingKey>> {
    let ecdsa = CURVES.iter().find_map(|curve| curve.load(der));
    let ed25519 = || {
        Ed25519KeyPair::from_pkcs8_maybe_unchecked(der)
            .ok()
            .map(RingKey::ed25519)
    };
    let rsa = || RsaKeyPair::from_pkcs8(der).ok().map(RingKey::rsa);
    ecdsa.or_else(ed25519).or_else(rsa)
}

/// SEC 1 leaves the curve to its wrapping, so both are tried.
fn load_sec1(der: &[u8]) -> Option<Arc<RingKey>> {
    CURVES
        .iter()
        .find_map(|curve| curve.load(&pkcs8(curve.key, der)))
}

fn load_pkcs1(der: &[u8]) -> Option<Arc<RingKey>> {
    RsaKeyPair::from_der(der).ok().map(RingKey::rsa)
}

/// `SEQUENCE { INTEGER 0, AlgorithmIdentifier, OCTET STRING { key } }`.
fn pkcs8(algorithm: AlgorithmIdentifier, key: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut out = Zeroizing::new(Vec::with_capacity(key.len() + algorithm.len() + 20));
    let octets = header(0x04, key.len());
    let algorithm_header = header(0x30, algorithm.len());
    let len = 3 + algorithm_header.len() + algorithm.len() + octets.len() + key.len();
    for part in [
        &header(0x30, len),
        &[0x02, 0x01, 0x00][..],
        &algorithm_header,
        &algorithm,
        &octets,
        key,
    ] {
        out.extend_from_slice(part);
    }
    out
}

/// Tag and length, for lengths below 64 KiB: ring takes no longer key.
fn header(tag: u8, len: usize) -> Vec<u8> {
    let [.., high, low] = len.to_be_bytes();
    match len {
        0..=0x7f => vec![tag, low],
        0x80..=0xff => vec![tag, 0x81, low],
        _ => vec![tag, 0x82, high, low],
    }
}

struct Curve {
    algorithm: &'static EcdsaSigningAlgorithm,
    key: AlgorithmIdentifier,
    schemes: &'static [u16],
}

impl Curve {
    fn load(&self, pkcs8: &[u8]) -> Option<Arc<RingKey>> {
        let key = EcdsaKeyPair::from_pkcs8(self.algorithm, pkcs8, &SystemRandom::new()).ok()?;
        Some(RingKey::ecdsa(key, self))
    }
}

static CURVES: [Curve; 2] = [
    Curve {
        algorithm: &ECDSA_P256_SHA256_ASN1_SIGNING,
        key: alg_id::ECDSA_P256,
        schemes: &[0x0403],
    },
    Curve {
        algorithm: &ECDSA_P384_SHA384_ASN1_SIGNING,
        key: alg_id::ECDSA_P384,
        schemes: &[0x0503],
    },
];

/// The schemes of an RSA key, PSS before PKCS #1 v1.5.
const RSA_SCHEMES: &[u16] = &[0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601];

fn rsa_encoding(scheme: u16) -> Option<&'static dyn RsaEncoding> {
    Some(match scheme {
        0x0804 => &RSA_PSS_SHA256,
        0x0805 => &RSA_PSS_SHA384,
        0x0806 => &RSA_PSS_SHA512,
        0x0401 => &RSA_PKCS1_SHA256,
        0x0501 => &RSA_PKCS1_SHA384,
        0x0601 => &RSA_PKCS1_SHA512,
        _ => return None,
    })
}

struct RingKey {
    pair: Pair,
    schemes: &'static [u16],
    spki: Vec<u8>,
}

enum Pair {
    Ecdsa(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
    Rsa(RsaKeyPair),
}

impl RingKey {
    fn ecdsa(key: EcdsaKeyPair, curve: &Curve) -> Arc<Self> {
        let spki = spki::encode(&curve.key, key.public_key().as_ref());
        Self::new(Pair::Ecdsa(key), curve.schemes, spki)
    }

    fn ed25519(key: Ed25519KeyPair) -> Arc<Self> {
        let spki = spki::encode(&alg_id::ED25519, key.public_key().as_ref());
        Self::new(Pair::Ed25519(key), &[0x0807], spki)
    }

    fn rsa(key: RsaKeyPair) -> Arc<Self> {
        let spki = spki::encode(&alg_id::RSA_ENCRYPTION, key.public_key().as_ref());
        Self::new(Pair::Rsa(key), RSA_SCHEMES, spki)
    }

    fn new(pair: Pair, schemes: &'static [u16], spki: Vec<u8>) -> Arc<Self> {
        Arc::new(Self {
            pair,
            schemes,
            spki,
        })
    }
}

impl SigningKey for RingKey {
    fn schemes(&self) -> &[u16] {
        self.schemes
    }

    fn sign(&self, scheme: u16, message: &[u8]) -> Result<Vec<u8>, CryptoError> {
        if !self.schemes.contains(&scheme) {
            return Err(CryptoError);
        }
        erasing_stack(|| self.pair.sign(scheme, message))
    }

    fn spki(&self) -> Vec<u8> {
        self.spki.clone()
    }
}

impl Pair {
    fn sign(&self, scheme: u16, message: &[u8]) -> Result<Vec<u8>, CryptoError> {
        let random = SystemRandom::new();
        match self {
            Self::Ecdsa(key) => {
                let signature = key.sign(&random, message).map_err(|_| CryptoError)?;
                Ok(signature.as_ref().to_vec())
            }
            Self::Ed25519(key) => Ok(key.sign(message).as_ref().to_vec()),
            Self::Rsa(key) => {
                let encoding = rsa_encoding(scheme).ok_or(CryptoError)?;
                let mut signature = vec![0; key.public().modulus_len()];
                key.sign(encoding, &random, message, &mut signature)
                    .map_err(|_| CryptoError)?;
                Ok(signature)
            }
        }
    }
}

impl fmt::Debug for RingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.pair {
            Pair::Ecdsa(_) => "ECDSA",
            Pair::Ed25519(_) => "Ed25519",
            Pair::Rsa(_) => "RSA",
        };
        write!(f, "RingKey({kind})")
    }
}
