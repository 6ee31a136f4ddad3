//! Signatures that no library of the project makes or accepts, and the runner asks for: with SHA-1, with PKCS #1 v1.5 by
//! clients of TLS 1.3 (RFC 9963), of P-256 with SHA-384 and P-384 with SHA-256, and of RSA keys of 1024 bits.

use std::sync::Arc;

use p256::ecdsa::signature::hazmat::{PrehashSigner, PrehashVerifier};
use p256::ecdsa::{DerSignature, SigningKey as P256Key, VerifyingKey};
use p256::pkcs8::DecodePrivateKey as _;
use p384::ecdsa::SigningKey as P384Key;
use premaster::crypto::{CryptoError, SecureRandom, SignatureVerifier, SigningKey, spki};
use premaster::wire::SignatureScheme;
use rsa::pkcs1::{DecodeRsaPrivateKey as _, DecodeRsaPublicKey as _, EncodeRsaPublicKey as _};
use rsa::rand_core::{TryCryptoRng, TryRng};
use rsa::traits::{PublicKeyParts as _, SignatureScheme as _};
use rsa::{Pkcs1v15Sign, Pss, RsaPrivateKey, RsaPublicKey};
use rustls_pki_types::{
    AlgorithmIdentifier, InvalidSignature, PrivateKeyDer, SignatureVerificationAlgorithm, alg_id,
};
use sha1::Sha1;
use sha2::{Digest as _, Sha256, Sha384, Sha512};

const RSA_SHA1: u16 = SignatureScheme::rsa_pkcs1_sha1.0;
const ECDSA_SHA1: u16 = SignatureScheme::ecdsa_sha1.0;
const ECDSA_SHA256: u16 = SignatureScheme::ecdsa_secp256r1_sha256.0;
const ECDSA_SHA384: u16 = SignatureScheme::ecdsa_secp384r1_sha384.0;
const RSA_SHA256: u16 = SignatureScheme::rsa_pkcs1_sha256.0;

/// In the order of preference of the runner's own.
const RSA: [u16; 8] = [
    SignatureScheme::rsa_pss_rsae_sha256.0,
    RSA_SHA256,
    SignatureScheme::rsa_pss_rsae_sha384.0,
    SignatureScheme::rsa_pkcs1_sha384.0,
    SignatureScheme::rsa_pss_rsae_sha512.0,
    SignatureScheme::rsa_pkcs1_sha512.0,
    RSA_SHA1,
    SignatureScheme::rsa_pkcs1_sha256_legacy.0,
];

/// The rows of schemes that no library has; `pkcs1` is the library's own for rsa_pkcs1_sha256.
pub(super) fn verifiers(pkcs1: &SignatureVerifier) -> [SignatureVerifier; 3] {
    [
        SignatureVerifier {
            id: RSA_SHA1,
            name: "rsa_pkcs1_sha1",
            algorithms: &[&RsaWithSha1],
            tls13: None,
        },
        SignatureVerifier {
            id: ECDSA_SHA1,
            name: "ecdsa_sha1",
            algorithms: &[&EcdsaWithSha1],
            tls13: None,
        },
        SignatureVerifier {
            id: SignatureScheme::rsa_pkcs1_sha256_legacy.0,
            name: "rsa_pkcs1_sha256_legacy",
            algorithms: &[],
            tls13: pkcs1.algorithms.first().copied(),
        },
    ]
}

/// A key that signs as usual, and as it did long ago; `usual` is the library's, if it takes the key at all.
pub(super) fn load_key(
    usual: Result<Arc<dyn SigningKey>, CryptoError>,
    key: &PrivateKeyDer<'_>,
    random: &'static dyn SecureRandom,
) -> Result<Arc<dyn SigningKey>, CryptoError> {
    let Some(old) = Old::load(key, random) else {
        return usual;
    };
    let usual = usual.ok();
    let known = usual.as_ref().map(|key| key.schemes().to_vec());
    let mut schemes = known.unwrap_or_default();
    let more = old.schemes();
    schemes.extend(
        more.into_iter()
            .filter(|it| !schemes.contains(it))
            .collect::<Vec<_>>(),
    );
    Ok(Arc::new(Both {
        usual,
        old,
        schemes,
    }))
}

#[derive(Debug)]
struct Both {
    usual: Option<Arc<dyn SigningKey>>,
    old: Old,
    schemes: Vec<u16>,
}

impl SigningKey for Both {
    fn schemes(&self) -> &[u16] {
        &self.schemes
    }

    fn sign(&self, scheme: u16, message: &[u8]) -> Result<Vec<u8>, CryptoError> {
        match &self.usual {
            Some(usual) if usual.schemes().contains(&scheme) => usual.sign(scheme, message),
            _ => self.old.sign(scheme, message).ok_or(CryptoError),
        }
    }

    fn spki(&self) -> Vec<u8> {
        let usual = self.usual.as_ref().map(|usual| usual.spki());
        usual.unwrap_or_else(|| self.old.spki())
    }
}

enum Old {
    Rsa(Box<RsaPrivateKey>, &'static dyn SecureRandom),
    P256(P256Key),
    P384(P384Key),
}

impl Old {
    fn load(key: &PrivateKeyDer<'_>, random: &'static dyn SecureRandom) -> Option<Self> {
        let der = key.secret_der();
        let rsa =
            RsaPrivateKey::from_pkcs8_der(der).or_else(|_| RsaPrivateKey::from_pkcs1_der(der));
        match rsa {
            Ok(key) => Some(Self::Rsa(Box::new(key), random)),
            Err(_) => {
                let p256 = P256Key::from_pkcs8_der(der).map(Self::P256);
                p256.or_else(|_| P384Key::from_pkcs8_der(der).map(Self::P384))
                    .ok()
            }
        }
    }

    fn schemes(&self) -> Vec<u16> {
        match self {
            Self::Rsa(key, _) => RSA.into_iter().filter(|it| fits(*it, key.size())).collect(),
            Self::P256(_) => vec![ECDSA_SHA384, ECDSA_SHA1],
            Self::P384(_) => vec![ECDSA_SHA256],
        }
    }

    fn sign(&self, scheme: u16, message: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::Rsa(key, random) if fits(scheme, key.size()) => {
                sign_rsa(key, Random(*random), scheme, message)
            }
            Self::Rsa(..) => None,
            Self::P256(key) => {
                let hash = match scheme {
                    ECDSA_SHA384 => Sha384::digest(message).to_vec(),
                    ECDSA_SHA1 => Sha1::digest(message).to_vec(),
                    _ => return None,
                };
                let signature: DerSignature = key.sign_prehash(&hash).ok()?;
                Some(signature.as_bytes().to_vec())
            }
            Self::P384(key) if scheme == ECDSA_SHA256 => {
                let hash = Sha256::digest(message);
                let signature: p384::ecdsa::DerSignature = key.sign_prehash(&hash).ok()?;
                Some(signature.as_bytes().to_vec())
            }
            Self::P384(_) => None,
        }
    }

    fn spki(&self) -> Vec<u8> {
        match self {
            Self::Rsa(key, _) => {
                let public = RsaPublicKey::from(key.as_ref()).to_pkcs1_der();
                let public = public.map(|der| der.into_vec()).unwrap_or_default();
                spki::encode(&alg_id::RSA_ENCRYPTION, &public)
            }
            Self::P256(key) => {
                let public = key.verifying_key().to_sec1_point(false);
                spki::encode(&alg_id::ECDSA_P256, public.as_bytes())
            }
            Self::P384(key) => {
                let public = key.verifying_key().to_sec1_point(false);
                spki::encode(&alg_id::ECDSA_P384, public.as_bytes())
            }
        }
    }
}

impl std::fmt::Debug for Old {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Old")
    }
}

/// Whether a signature of this scheme has room in as many bytes (RFC 8017 section 9.1.1: hash, salt and two bytes).
fn fits(scheme: u16, bytes: usize) -> bool {
    match SignatureScheme(scheme) {
        SignatureScheme::rsa_pss_rsae_sha256 => bytes >= 2 * 32 + 2,
        SignatureScheme::rsa_pss_rsae_sha384 => bytes >= 2 * 48 + 2,
        SignatureScheme::rsa_pss_rsae_sha512 => bytes >= 2 * 64 + 2,
        _ => RSA.contains(&scheme),
    }
}

fn sign_rsa(key: &RsaPrivateKey, mut random: Random, id: u16, message: &[u8]) -> Option<Vec<u8>> {
    let random = Some(&mut random);
    let signed = match SignatureScheme(id) {
        SignatureScheme::rsa_pss_rsae_sha256 => {
            Pss::<Sha256>::new().sign(random, key, &Sha256::digest(message))
        }
        SignatureScheme::rsa_pss_rsae_sha384 => {
            Pss::<Sha384>::new().sign(random, key, &Sha384::digest(message))
        }
        SignatureScheme::rsa_pss_rsae_sha512 => {
            Pss::<Sha512>::new().sign(random, key, &Sha512::digest(message))
        }
        _ => {
            let (padding, hash) = pkcs1_of(id, message)?;
            padding.sign(random, key, &hash)
        }
    };
    signed.ok()
}

fn pkcs1_of(scheme: u16, message: &[u8]) -> Option<(Pkcs1v15Sign, Vec<u8>)> {
    Some(match SignatureScheme(scheme) {
        SignatureScheme::rsa_pkcs1_sha1 => {
            (Pkcs1v15Sign::new::<Sha1>(), Sha1::digest(message).to_vec())
        }
        SignatureScheme::rsa_pkcs1_sha256 | SignatureScheme::rsa_pkcs1_sha256_legacy => (
            Pkcs1v15Sign::new::<Sha256>(),
            Sha256::digest(message).to_vec(),
        ),
        SignatureScheme::rsa_pkcs1_sha384 => (
            Pkcs1v15Sign::new::<Sha384>(),
            Sha384::digest(message).to_vec(),
        ),
        SignatureScheme::rsa_pkcs1_sha512 => (
            Pkcs1v15Sign::new::<Sha512>(),
            Sha512::digest(message).to_vec(),
        ),
        _ => return None,
    })
}

/// A provider's randomness, as the `rsa` crate wants it.
struct Random(&'static dyn SecureRandom);

impl TryRng for Random {
    type Error = CryptoError;

    fn try_next_u32(&mut self) -> Result<u32, CryptoError> {
        let mut bytes = [0; 4];
        self.0.fill(&mut bytes)?;
        Ok(u32::from_ne_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, CryptoError> {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes)?;
        Ok(u64::from_ne_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), CryptoError> {
        self.0.fill(out)
    }
}

impl TryCryptoRng for Random {}

#[derive(Debug)]
struct RsaWithSha1;

impl SignatureVerificationAlgorithm for RsaWithSha1 {
    fn verify_signature(
        &self,
        key: &[u8],
        message: &[u8],
        sig: &[u8],
    ) -> Result<(), InvalidSignature> {
        let key = RsaPublicKey::from_pkcs1_der(key).map_err(|_| InvalidSignature)?;
        let padding = Pkcs1v15Sign::new::<Sha1>();
        let verified = key.verify(padding, &Sha1::digest(message), sig);
        verified.map_err(|_| InvalidSignature)
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        alg_id::RSA_ENCRYPTION
    }

    /// It stands in no list for certificates.
    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        AlgorithmIdentifier::from_slice(&[])
    }
}

#[derive(Debug)]
struct EcdsaWithSha1;

impl SignatureVerificationAlgorithm for EcdsaWithSha1 {
    fn verify_signature(
        &self,
        key: &[u8],
        message: &[u8],
        sig: &[u8],
    ) -> Result<(), InvalidSignature> {
        let key = VerifyingKey::from_sec1_bytes(key).map_err(|_| InvalidSignature)?;
        let signature = DerSignature::from_bytes(sig).map_err(|_| InvalidSignature)?;
        let verified = key.verify_prehash(&Sha1::digest(message), &signature);
        verified.map_err(|_| InvalidSignature)
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        alg_id::ECDSA_P256
    }

    /// It stands in no list for certificates.
    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        AlgorithmIdentifier::from_slice(&[])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustls_pki_types::pem::PemObject as _;

    fn load(pem: &str) -> Arc<dyn SigningKey> {
        let key = PrivateKeyDer::from_pem_slice(pem.as_bytes()).expect("a key");
        let defaults = premaster::provider();
        load_key((defaults.load_key)(&key), &key, defaults.random).expect("a key that signs")
    }

    /// Property 6: what is signed with SHA-1 is good as that, and with no bit changed.
    #[test]
    fn signatures_with_sha1_are_checked() {
        let keys = [
            (
                include_str!("../../../crypto/tests/keys/rsa2048.pkcs8.pem"),
                RSA_SHA1,
                &RsaWithSha1 as &dyn SignatureVerificationAlgorithm,
            ),
            (
                include_str!("../../../crypto/tests/keys/p256.pkcs8.pem"),
                ECDSA_SHA1,
                &EcdsaWithSha1,
            ),
        ];
        for (pem, scheme, algorithm) in keys {
            let key = load(pem);
            let mut signature = key.sign(scheme, b"message").expect("a scheme of the key");
            let spki = key.spki();
            let public = match scheme {
                RSA_SHA1 => &spki[24..],
                _ => &spki[26..],
            };
            algorithm
                .verify_signature(public, b"message", &signature)
                .expect("a good signature");
            algorithm
                .verify_signature(public, b"another", &signature)
                .expect_err("another message");
            *signature.last_mut().expect("a byte") ^= 1;
            algorithm
                .verify_signature(public, b"message", &signature)
                .expect_err("another signature");
        }
    }

    /// RFC 8017 section 9.1.1: two hashes of 64 bytes do not fit in 128.
    #[test]
    fn a_small_key_signs_what_fits() {
        let key = load(include_str!("../../../crypto/tests/keys/rsa1024.pkcs8.pem"));
        let pss512 = SignatureScheme::rsa_pss_rsae_sha512.0;
        assert!(!key.schemes().contains(&pss512));
        key.sign(pss512, b"message").expect_err("too large");
        for scheme in key.schemes() {
            assert_eq!(key.sign(*scheme, b"message").expect("a scheme").len(), 128);
        }
    }
}
