//! SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7): read, written, and told apart.
//!
//! ```text
//! SEQUENCE { SEQUENCE { OBJECT IDENTIFIER, parameters }, BIT STRING { 0, key } }
//! ```
//!
//! A walk over at most five DER values: no recursion, no allocation, no panic.

use alloc::vec::Vec;
use core::ops::RangeInclusive;

use rustls_pki_types::alg_id;

/// The sizes of RSA keys that signatures are accepted from, in bits of the modulus.
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
    /// Ed25519 (RFC 8410 section 4).
    Ed25519,
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

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const SEQUENCE: u8 = 0x30;

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
        let is = |id: rustls_pki_types::AlgorithmIdentifier| self.algorithm == id.as_ref();
        if is(alg_id::RSA_ENCRYPTION) {
            return Some(PublicKeyKind::Rsa {
                bits: modulus_bits(self.key)?,
            });
        }
        // SEC 1 section 2.3.3, uncompressed only: RFC 8422 section 5.1.1.
        match (self.key.len(), self.key.first()?) {
            (65, 4) if is(alg_id::ECDSA_P256) => Some(PublicKeyKind::EcdsaP256),
            (97, 4) if is(alg_id::ECDSA_P384) => Some(PublicKeyKind::EcdsaP384),
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

fn der(tag: u8, content: &[u8]) -> Vec<u8> {
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
