//! The server's half: RSADP (RFC 8017 section 5.1.2) with blinding, and nothing of the padding.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use premaster_crypto::{CryptoError, DecryptionKey, SecretBytes, SecureRandom, spki};
use rsa::hazmat::rsa_decrypt_and_check;
use rsa::pkcs1::{self, EncodeRsaPublicKey};
use rsa::pkcs8::PrivateKeyInfoRef;
use rsa::traits::PublicKeyParts;
use rsa::{BoxedUint, RsaPrivateKey};
use rustls_pki_types::{PrivateKeyDer, alg_id};
use zeroize::Zeroizing;

use crate::encrypt::fixed_len;
use crate::is_allowed;
use crate::random::Random;

/// Prepares an RSA key: PKCS #8 (RFC 5958 section 2) or PKCS #1 (RFC 8017 appendix A.1.2).
pub(crate) fn load(
    random: &'static dyn SecureRandom,
    key: &PrivateKeyDer<'_>,
) -> Result<Arc<dyn DecryptionKey>, CryptoError> {
    let key = match key {
        PrivateKeyDer::Pkcs8(key) => load_pkcs8(key.secret_pkcs8_der()),
        PrivateKeyDer::Pkcs1(key) => load_pkcs1(key.secret_pkcs1_der()),
        _ => None,
    };
    let key = key.ok_or(CryptoError)?;
    let public = key.as_public_key().to_pkcs1_der();
    let public = public.map_err(|_| CryptoError)?;
    Ok(Arc::new(RsaDecryptionKey {
        spki: spki::encode(&alg_id::RSA_ENCRYPTION, public.as_bytes()),
        key,
        random,
    }))
}

fn load_pkcs8(der: &[u8]) -> Option<RsaPrivateKey> {
    let info = PrivateKeyInfoRef::try_from(der).ok()?;
    info.algorithm
        .assert_algorithm_oid(pkcs1::ALGORITHM_OID)
        .ok()?;
    load_pkcs1(info.private_key.as_bytes())
}

/// The `rsa` crate checks that the numbers belong together; those that follow from others it computes anew.
fn load_pkcs1(der: &[u8]) -> Option<RsaPrivateKey> {
    let parts: pkcs1::RsaPrivateKeyRef<'_> = der.try_into().ok()?;
    // Before any arithmetic, as the public half is treated.
    let bits = bits(parts.modulus.as_bytes());
    is_allowed(bits).then_some(())?;
    RsaPrivateKey::try_from(parts).ok()
}

/// How many bits the number has.
fn bits(number: &[u8]) -> usize {
    let zeros = number.first().map_or(0, |first| first.leading_zeros());
    (8 * number.len()).saturating_sub(zeros as usize)
}

struct RsaDecryptionKey {
    key: RsaPrivateKey,
    random: &'static dyn SecureRandom,
    spki: Vec<u8>,
}

impl DecryptionKey for RsaDecryptionKey {
    fn decrypt(&self, ciphertext: &[u8]) -> Result<SecretBytes, CryptoError> {
        let modulus = self.key.n();
        if ciphertext.len() != self.key.size() {
            return Err(CryptoError);
        }
        let ciphertext = BoxedUint::from_be_slice(ciphertext, modulus.bits_precision())
            .map_err(|_| CryptoError)?;
        if ciphertext >= **modulus {
            return Err(CryptoError);
        }
        let mut random = Random::new(self.random);
        let block = rsa_decrypt_and_check(&self.key, Some(&mut random), &ciphertext)
            .map(Zeroizing::new)
            .map_err(|_| CryptoError)?;
        // As many words as the modulus has: zeros that the block begins with are part of it.
        let bytes = Zeroizing::new(block.to_be_bytes());
        fixed_len(&bytes, self.key.size()).map(SecretBytes::new)
    }

    fn spki(&self) -> Vec<u8> {
        self.spki.clone()
    }
}

impl fmt::Debug for RsaDecryptionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RsaDecryptionKey({})", self.key.n().bits_vartime())
    }
}
