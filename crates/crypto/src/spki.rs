//! SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7): read, written, and told apart.
//!
//! ```text
//! SEQUENCE { SEQUENCE { OBJECT IDENTIFIER, parameters }, BIT STRING { 0, key } }
//! ```
//!
//! A walk over at most five DER values: no recursion, no allocation, no panic.

use alloc::vec::Vec;
use core::ops::RangeInclusive;

use rustls_pki_types::{AlgorithmIdentifier, alg_id};

/// The sizes of RSA keys that signatures are accepted from and premaster secrets encrypted to, in bits of the modulus.
pub const RSA_BITS: RangeInclusive<usize> = 2048..=8192;

/// What a public key can be used with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PublicKeyKind {
    /// `rsaEncryption` (RFC 3279 section 2.3.1).
    Rsa {
        /// Bits in the modulus.
        bits: usize,
    },
    /// A point of secp256r1 (RFC 5480 section 2.1.1.1).
    EcdsaP256,
    /// A point of secp384r1 (RFC 5480 section 2.1.1.1).
    EcdsaP384,
    /// A point of secp521r1 (RFC 5480 section 2.1.1.1).
    EcdsaP521,
    /// Ed25519 (RFC 8410 section 4).
    Ed25519,
    /// ML-DSA (RFC 9881 section 4), which TLS 1.2 has no name for.
    MlDsa(MlDsa),
}

/// A parameter set of ML-DSA (FIPS 204 section 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MlDsa {
    /// ML-DSA-44, of category 2.
    MlDsa44,
    /// ML-DSA-65, of category 3.
    MlDsa65,
    /// ML-DSA-87, of category 5.
    MlDsa87,
}

impl MlDsa {
    /// All of them, the smallest first.
    pub const ALL: [Self; 3] = [Self::MlDsa44, Self::MlDsa65, Self::MlDsa87];

    /// What a SubjectPublicKeyInfo calls it (RFC 9881 section 2).
    pub(crate) fn algorithm(self) -> AlgorithmIdentifier {
        match self {
            Self::MlDsa44 => alg_id::ML_DSA_44,
            Self::MlDsa65 => alg_id::ML_DSA_65,
            Self::MlDsa87 => alg_id::ML_DSA_87,
        }
    }
}

/// What kind of key `spki`, a DER SubjectPublicKeyInfo, holds; `None` for any other or malformed.
///
/// ```
/// use premaster_crypto::{PublicKeyKind, public_key_kind, spki};
///
/// let key = spki::encode(&rustls_pki_types::alg_id::ED25519, &[9; 32]);
/// assert_eq!(public_key_kind(&key), Some(PublicKeyKind::Ed25519));
/// assert_eq!(public_key_kind(&key[..43]), None);
/// ```
pub fn public_key_kind(spki: &[u8]) -> Option<PublicKeyKind> {
    Spki::decode(spki)?.kind()
}

/// Wraps a key in a SubjectPublicKeyInfo; `algorithm` is the content of the AlgorithmIdentifier.
pub fn encode(algorithm: &[u8], key: &[u8]) -> Vec<u8> {
    let bits = [&[0], key].concat();
    let content = [der(SEQUENCE, algorithm), der(BIT_STRING, &bits)].concat();
    der(SEQUENCE, &content)
}

pub(crate) const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
pub(crate) const SEQUENCE: u8 = 0x30;

/// The parts of a SubjectPublicKeyInfo.
pub(crate) struct Spki<'a> {
    /// The content of the AlgorithmIdentifier.
    pub(crate) algorithm: &'a [u8],
    /// The key, as the algorithm encodes it.
    pub(crate) key: &'a [u8],
}

impl<'a> Spki<'a> {
    /// `None` when `input` is not exactly one SubjectPublicKeyInfo.
    pub(crate) fn decode(input: &'a [u8]) -> Option<Self> {
        let (algorithm, bits) = read(SEQUENCE, whole(SEQUENCE, input)?)?;
        // No key of ours ends within a byte: the count of unused bits is zero.
        let key = whole(BIT_STRING, bits)?.strip_prefix(&[0])?;
        Some(Self { algorithm, key })
    }

    pub(crate) fn kind(&self) -> Option<PublicKeyKind> {
        let is = |id: AlgorithmIdentifier| self.algorithm == id.as_ref();
        if let Some(set) = MlDsa::ALL.into_iter().find(|set| is(set.algorithm())) {
            // A key of another length is one under which no signature is good: draft-ietf-tls-mldsa section 3.2.
            return Some(PublicKeyKind::MlDsa(set));
        }
        if is(alg_id::RSA_ENCRYPTION) {
            return Some(PublicKeyKind::Rsa {
                bits: modulus_bits(self.key)?,
            });
        }
        // SEC 1 section 2.3.3, uncompressed only: RFC 8422 section 5.1.1.
        match (self.key.len(), self.key.first()?) {
            (65, 4) if is(alg_id::ECDSA_P256) => Some(PublicKeyKind::EcdsaP256),
            (97, 4) if is(alg_id::ECDSA_P384) => Some(PublicKeyKind::EcdsaP384),
            (133, 4) if is(alg_id::ECDSA_P521) => Some(PublicKeyKind::EcdsaP521),
            (32, _) if is(alg_id::ED25519) => Some(PublicKeyKind::Ed25519),
            _ => None,
        }
    }
}

/// `RSAPublicKey ::= SEQUENCE { modulus INTEGER, publicExponent INTEGER }`: RFC 8017 appendix A.1.1.
fn modulus_bits(key: &[u8]) -> Option<usize> {
    let (modulus, rest) = positive(whole(SEQUENCE, key)?)?;
    let (_exponent, rest) = positive(rest)?;
    let zeros = usize::try_from(modulus.first()?.leading_zeros()).ok()?;
    rest.is_empty().then_some(8 * modulus.len() - zeros)
}

/// The bytes of an INTEGER above zero, without the sign byte.
fn positive(input: &[u8]) -> Option<(&[u8], &[u8])> {
    let (content, rest) = read(INTEGER, input)?;
    match content {
        [0, digits @ ..] if *digits.first()? >= 0x80 => Some((digits, rest)),
        [1..=0x7f, ..] => Some((content, rest)),
        _ => None,
    }
}

/// The content of the value that is all of `input`.
fn whole(tag: u8, input: &[u8]) -> Option<&[u8]> {
    let (content, rest) = read(tag, input)?;
    rest.is_empty().then_some(content)
}

/// The content of the value that `input` begins with, and the rest of `input`.
///
/// Lengths are shortest form, as DER demands, and below 64 KiB: no key comes near.
fn read(tag: u8, input: &[u8]) -> Option<(&[u8], &[u8])> {
    let (&found, input) = input.split_first()?;
    let (len, input) = match *input {
        [len @ 0..=0x7f, ref rest @ ..] => (usize::from(len), rest),
        [0x81, len @ 0x80..=0xff, ref rest @ ..] => (usize::from(len), rest),
        [0x82, high @ 1..=0xff, low, ref rest @ ..] => {
            (usize::from(u16::from_be_bytes([high, low])), rest)
        }
        _ => return None,
    };
    if found != tag {
        None
    } else {
        input.split_at_checked(len)
    }
}

/// A value: tag, length, content.
pub(crate) fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let len = content.len().to_be_bytes();
    let len = &len[len.iter().take_while(|byte| **byte == 0).count()..];
    let mut out = Vec::with_capacity(content.len() + 6);
    out.push(tag);
    match len {
        [] => out.push(0),
        [short @ 0..=0x7f] => out.push(*short),
        long => {
            out.push(0x80 | long.len() as u8);
            out.extend_from_slice(long);
        }
    }
    out.extend_from_slice(content);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    /// An RSA key whose modulus has `bits` bits.
    fn rsa(bits: usize) -> Vec<u8> {
        let mut modulus = vec![0xff; bits.div_ceil(8)];
        modulus[0] >>= 8 * modulus.len() - bits;
        if modulus[0] >= 0x80 {
            modulus.insert(0, 0);
        }
        rsa_of(&der(INTEGER, &modulus), &der(INTEGER, &[1, 0, 1]))
    }

    fn rsa_of(modulus: &[u8], exponent: &[u8]) -> Vec<u8> {
        encode(
            &alg_id::RSA_ENCRYPTION,
            &der(SEQUENCE, &[modulus, exponent].concat()),
        )
    }

    fn point(form: u8, len: usize) -> Vec<u8> {
        [&[form][..], &vec![7; len - 1]].concat()
    }

    #[test]
    fn kinds_are_told_by_algorithm_and_size() {
        let p256 = encode(&alg_id::ECDSA_P256, &point(4, 65));
        assert_eq!(public_key_kind(&p256), Some(PublicKeyKind::EcdsaP256));
        let p384 = encode(&alg_id::ECDSA_P384, &point(4, 97));
        assert_eq!(public_key_kind(&p384), Some(PublicKeyKind::EcdsaP384));
        let p521 = encode(&alg_id::ECDSA_P521, &point(4, 133));
        assert_eq!(public_key_kind(&p521), Some(PublicKeyKind::EcdsaP521));
        let ed25519 = encode(&alg_id::ED25519, &[7; 32]);
        assert_eq!(public_key_kind(&ed25519), Some(PublicKeyKind::Ed25519));
        for (set, len) in MlDsa::ALL.into_iter().zip([1312, 1952, 2592]) {
            let key = encode(&set.algorithm(), &point(4, len));
            assert_eq!(public_key_kind(&key), Some(PublicKeyKind::MlDsa(set)));
        }
        for bits in [1, 7, 8, 9, 1024, 2047, 2048, 2049, 8191, 8192, 8193, 60_000] {
            let kind = public_key_kind(&rsa(bits));
            assert_eq!(kind, Some(PublicKeyKind::Rsa { bits }));
        }
    }

    #[test]
    fn malformed_keys_have_no_kind() {
        let exponent = der(INTEGER, &[3]);
        let modulus = der(INTEGER, &[0x7f; 256]);
        let cases: &[(&str, Vec<u8>)] = &[
            ("nothing", vec![]),
            (
                "compressed P-256",
                encode(&alg_id::ECDSA_P256, &point(2, 33)),
            ),
            ("another form", encode(&alg_id::ECDSA_P256, &point(6, 65))),
            ("P-384 on P-256", encode(&alg_id::ECDSA_P256, &point(4, 97))),
            ("P-256 on P-384", encode(&alg_id::ECDSA_P384, &point(4, 65))),
            ("no point", encode(&alg_id::ECDSA_P256, &[])),
            ("no key", encode(&alg_id::ED25519, &[])),
            ("short Ed25519", encode(&alg_id::ED25519, &[7; 31])),
            ("long Ed25519", encode(&alg_id::ED25519, &[7; 33])),
            ("P-384 on P-521", encode(&alg_id::ECDSA_P521, &point(4, 97))),
            (
                "compressed P-521",
                encode(&alg_id::ECDSA_P521, &point(2, 67)),
            ),
            ("no algorithm", encode(&[], &[7; 32])),
            ("no RSA key", encode(&alg_id::RSA_ENCRYPTION, &[])),
            (
                "negative modulus",
                rsa_of(&der(INTEGER, &[0x80; 256]), &exponent),
            ),
            ("zero modulus", rsa_of(&der(INTEGER, &[0]), &exponent)),
            ("empty modulus", rsa_of(&der(INTEGER, &[]), &exponent)),
            (
                "padded modulus",
                rsa_of(&der(INTEGER, &[0, 0x7f]), &exponent),
            ),
            ("no exponent", rsa_of(&modulus, &[])),
            (
                "negative exponent",
                rsa_of(&modulus, &der(INTEGER, &[0xff])),
            ),
            (
                "a third number",
                rsa_of(&modulus, &[&exponent[..], &exponent].concat()),
            ),
        ];
        for (what, spki) in cases {
            assert_eq!(public_key_kind(spki), None, "{what}");
        }
    }

    #[test]
    fn only_whole_shortest_der_is_read() {
        for key in [rsa(2048), encode(&alg_id::ED25519, &[7; 32])] {
            for len in 0..key.len() {
                assert_eq!(public_key_kind(&key[..len]), None, "{len} bytes");
            }
            assert_eq!(public_key_kind(&[&key[..], &[0]].concat()), None);
        }
        let content = &encode(&alg_id::ED25519, &[7; 32])[2..];
        let lengths: [&[u8]; 6] = [
            &[0x81, 42],
            &[0x82, 0, 42],
            &[0x83, 0, 0, 42],
            &[0x80],
            &[0xff],
            &[43],
        ];
        for length in lengths {
            let spki = [&[SEQUENCE], length, content].concat();
            assert_eq!(public_key_kind(&spki), None, "{length:?}");
        }
        let spki = [&[SEQUENCE, 42], content].concat();
        assert_eq!(public_key_kind(&spki), Some(PublicKeyKind::Ed25519));
    }

    #[test]
    fn a_key_that_ends_within_a_byte_is_refused() {
        let mut spki = encode(&alg_id::ED25519, &[7; 32]);
        let unused_bits = spki.len() - 33;
        assert_eq!(spki[unused_bits], 0);
        for bits in 1..=255 {
            spki[unused_bits] = bits;
            assert_eq!(public_key_kind(&spki), None);
        }
    }

    #[test]
    fn no_byte_makes_the_reader_panic() {
        for key in [rsa(2048), encode(&alg_id::ECDSA_P256, &point(4, 65))] {
            for at in 0..key.len().min(40) {
                let mut changed = key.clone();
                for byte in 0..=255 {
                    changed[at] = byte;
                    let _ = public_key_kind(&changed);
                    let _ = public_key_kind(&changed[..at + 1]);
                }
            }
        }
    }
}
