//! Private keys: PKCS #8 (RFC 5958), SEC 1 (RFC 5915) and PKCS #1 (RFC 8017 appendix A.1.2).

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use rustls_pki_types::{AlgorithmIdentifier, PrivateKeyDer, alg_id};
use zeroize::Zeroizing;

use crate::{CryptoError, MlDsa, SigningKey, erasing_stack, spki};

/// Prepares a private key, whatever its kind and form, with the key pairs of a backend.
///
/// All of it runs in [`erasing_stack`], and signing too.
///
/// # Errors
/// [`CryptoError`] when no kind of key pair can be made of it.
pub fn load_key<B: KeyPairs>(key: &PrivateKeyDer<'_>) -> Result<Arc<dyn SigningKey>, CryptoError> {
    let key = erasing_stack(|| match key {
        PrivateKeyDer::Pkcs8(key) => load_pkcs8::<B>(key.secret_pkcs8_der()),
        PrivateKeyDer::Sec1(key) => load_sec1::<B>(key.secret_sec1_der()),
        PrivateKeyDer::Pkcs1(key) => B::rsa_pkcs1(key.secret_pkcs1_der()).map(Key::rsa),
        _ => None,
    });
    Ok(key.ok_or(CryptoError)?)
}

/// How a backend makes key pairs; `None` for a key of another kind, or malformed.
pub trait KeyPairs {
    /// The curves that its ECDSA keys are on.
    const CURVES: &'static [Curve] = &[Curve::P256, Curve::P384];

    /// An ECDSA key from PKCS #8; the curve is one of [`CURVES`](Self::CURVES).
    fn ecdsa(curve: Curve, pkcs8: &[u8]) -> Option<KeyPair>;

    /// An Ed25519 key from PKCS #8.
    fn ed25519(pkcs8: &[u8]) -> Option<KeyPair>;

    /// An ML-DSA key from PKCS #8 (RFC 9881 section 6), for a backend that has them.
    fn ml_dsa(_set: MlDsa, _pkcs8: &[u8]) -> Option<KeyPair> {
        None
    }

    /// An RSA key from PKCS #8.
    fn rsa(pkcs8: &[u8]) -> Option<KeyPair>;

    /// An RSA key from PKCS #1.
    fn rsa_pkcs1(der: &[u8]) -> Option<KeyPair>;
}

/// A key pair of a backend: its public key, and how it signs.
pub struct KeyPair {
    public_key: Vec<u8>,
    sign: Sign,
}

/// A signature of a message under a scheme; `None` when the backend fails.
type Sign = Box<dyn Fn(u16, &[u8]) -> Option<Vec<u8>> + Send + Sync>;

impl KeyPair {
    /// `public_key` is what a SubjectPublicKeyInfo contains; `sign` gets a scheme that goes with the kind of key, and the
    /// message.
    pub fn new(
        public_key: Vec<u8>,
        sign: impl Fn(u16, &[u8]) -> Option<Vec<u8>> + Send + Sync + 'static,
    ) -> Self {
        Self {
            public_key,
            sign: Box::new(sign),
        }
    }
}

impl fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyPair")
    }
}

/// A curve for ECDSA; each signs with one hash function (RFC 8446 section 4.2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Curve {
    /// P-256, with SHA-256.
    P256,
    /// P-384, with SHA-384.
    P384,
    /// P-521, with SHA-512.
    P521,
}

impl Curve {
    fn algorithm(self) -> AlgorithmIdentifier {
        match self {
            Self::P256 => alg_id::ECDSA_P256,
            Self::P384 => alg_id::ECDSA_P384,
            Self::P521 => alg_id::ECDSA_P521,
        }
    }

    fn schemes(self) -> &'static [u16] {
        match self {
            Self::P256 => &[0x0403],
            Self::P384 => &[0x0503],
            Self::P521 => &[0x0603],
        }
    }
}

/// The schemes of an RSA key, PSS before PKCS #1 v1.5; of each with SHA-256, SHA-384, SHA-512.
const RSA_SCHEMES: [u16; 6] = [0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601];

/// What stands for an RSA scheme in a backend's own table, whose order is PSS, then PKCS #1 v1.5; of each with SHA-256,
/// SHA-384, SHA-512.
///
/// ```
/// use premaster_crypto::backend::rsa_scheme;
///
/// let names = ["PSS 256", "PSS 384", "PSS 512", "PKCS1 256", "PKCS1 384", "PKCS1 512"];
/// assert_eq!(rsa_scheme(0x0804, names), Some("PSS 256"));
/// assert_eq!(rsa_scheme(0x0403, names), None);
/// ```
pub fn rsa_scheme<T>(scheme: u16, table: [T; 6]) -> Option<T> {
    let mut rows = RSA_SCHEMES.into_iter().zip(table);
    rows.find(|(id, _)| *id == scheme).map(|(_, row)| row)
}

fn load_pkcs8<B: KeyPairs>(der: &[u8]) -> Option<Arc<Key>> {
    let ecdsa = B::CURVES.iter().find_map(|curve| {
        let pair = B::ecdsa(*curve, der)?;
        Some(Key::ecdsa(*curve, pair))
    });
    ecdsa
        .or_else(|| B::ed25519(der).map(Key::ed25519))
        .or_else(|| {
            let of = |set| Some(Key::ml_dsa(set, B::ml_dsa(set, der)?));
            MlDsa::ALL.into_iter().find_map(of)
        })
        .or_else(|| B::rsa(der).map(Key::rsa))
}

/// SEC 1 leaves the curve to its wrapping, so all are tried.
fn load_sec1<B: KeyPairs>(der: &[u8]) -> Option<Arc<Key>> {
    B::CURVES.iter().find_map(|curve| {
        let pair = B::ecdsa(*curve, &pkcs8(curve.algorithm(), der))?;
        Some(Key::ecdsa(*curve, pair))
    })
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

/// Tag and length, for lengths below 64 KiB: no key is longer.
fn header(tag: u8, len: usize) -> Vec<u8> {
    let [.., high, low] = len.to_be_bytes();
    match len {
        0..=0x7f => vec![tag, low],
        0x80..=0xff => vec![tag, 0x81, low],
        _ => vec![tag, 0x82, high, low],
    }
}

struct Key {
    pair: KeyPair,
    kind: &'static str,
    schemes: &'static [u16],
    spki: Vec<u8>,
}

impl Key {
    fn ecdsa(curve: Curve, pair: KeyPair) -> Arc<Self> {
        Self::new(pair, "ECDSA", curve.schemes(), &curve.algorithm())
    }

    fn ed25519(pair: KeyPair) -> Arc<Self> {
        Self::new(pair, "Ed25519", &[0x0807], &alg_id::ED25519)
    }

    fn ml_dsa(set: MlDsa, pair: KeyPair) -> Arc<Self> {
        let schemes: &'static [u16] = match set {
            MlDsa::MlDsa44 => &[0x0904],
            MlDsa::MlDsa65 => &[0x0905],
            MlDsa::MlDsa87 => &[0x0906],
        };
        Self::new(pair, "ML-DSA", schemes, &set.algorithm())
    }

    fn rsa(pair: KeyPair) -> Arc<Self> {
        Self::new(pair, "RSA", &RSA_SCHEMES, &alg_id::RSA_ENCRYPTION)
    }

    fn new(
        pair: KeyPair,
        kind: &'static str,
        schemes: &'static [u16],
        algorithm: &[u8],
    ) -> Arc<Self> {
        let spki = spki::encode(algorithm, &pair.public_key);
        Arc::new(Self {
            pair,
            kind,
            schemes,
            spki,
        })
    }
}

impl SigningKey for Key {
    fn schemes(&self) -> &[u16] {
        self.schemes
    }

    fn sign(&self, scheme: u16, message: &[u8]) -> Result<Vec<u8>, CryptoError> {
        if !self.schemes.contains(&scheme) {
            return Err(CryptoError);
        }
        erasing_stack(|| (self.pair.sign)(scheme, message)).ok_or(CryptoError)
    }

    fn spki(&self) -> Vec<u8> {
        self.spki.clone()
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", self.kind)
    }
}
