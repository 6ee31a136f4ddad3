//! The client's half: RSAES-PKCS1-v1_5 encryption (RFC 8017 section 7.2.1).

use alloc::vec;
use alloc::vec::Vec;

use premaster_crypto::{CryptoError, PublicKeyKind, Secret, SecureRandom, public_key_kind};
use rsa::hazmat::rsa_encrypt;
use rsa::pkcs8::DecodePublicKey;
use rsa::traits::PublicKeyParts;
use rsa::{BoxedUint, RsaPublicKey};
use zeroize::Zeroizing;

use crate::is_allowed;

/// Pads the premaster secret and raises it to the public exponent.
pub(crate) fn encrypt(
    random: &dyn SecureRandom,
    spki: &[u8],
    premaster: &Secret<48>,
) -> Result<Vec<u8>, CryptoError> {
    let key = load(spki)?;
    let block = pad(random, premaster, key.size())?;
    let message = BoxedUint::from_be_slice(&block, key.n().bits_precision());
    let message = Zeroizing::new(message.map_err(|_| CryptoError)?);
    let ciphertext = rsa_encrypt(&key, &message).map_err(|_| CryptoError)?;
    fixed_len(&ciphertext.to_be_bytes(), key.size()).map(<[u8]>::to_vec)
}

/// The size is looked at first, so that a peer's key of any size costs nothing. The `rsa` crate sees to
/// an odd modulus and an odd exponent from 3 to 2^33 - 1.
fn load(spki: &[u8]) -> Result<RsaPublicKey, CryptoError> {
    match public_key_kind(spki) {
        Some(PublicKeyKind::Rsa { bits }) if is_allowed(bits) => {
            RsaPublicKey::from_public_key_der(spki).map_err(|_| CryptoError)
        }
        _ => Err(CryptoError),
    }
}

/// `00 02 | padding | 00 | premaster`, `len` bytes in all.
fn pad(
    random: &dyn SecureRandom,
    premaster: &Secret<48>,
    len: usize,
) -> Result<Zeroizing<Vec<u8>>, CryptoError> {
    let mut block = Zeroizing::new(vec![0; len]);
    let (head, message) = block.split_last_chunk_mut::<48>().ok_or(CryptoError)?;
    let [_, block_type, padding @ .., _] = head else {
        return Err(CryptoError);
    };
    *block_type = 2;
    fill_nonzero(random, padding)?;
    message.copy_from_slice(premaster.as_bytes());
    Ok(block)
}

/// A zero is drawn again: a byte in 256. That many tries fail only where randomness is broken.
const TRIES: usize = 64;

fn fill_nonzero(random: &dyn SecureRandom, out: &mut [u8]) -> Result<(), CryptoError> {
    random.fill(out)?;
    for _ in 0..TRIES {
        let mut zeros = out.iter_mut().filter(|byte| **byte == 0).peekable();
        if zeros.peek().is_none() {
            return Ok(());
        }
        for zero in zeros {
            random.fill(core::slice::from_mut(zero))?;
        }
    }
    Err(CryptoError)
}

/// The last `len` bytes: whole words are longer than the modulus that they hold.
pub(crate) fn fixed_len(bytes: &[u8], len: usize) -> Result<&[u8], CryptoError> {
    let excess = bytes.len().checked_sub(len).ok_or(CryptoError)?;
    bytes.get(excess..).ok_or(CryptoError)
}
