//! Signatures: who makes them, who checks them, and the proof that one was checked.

use alloc::vec::Vec;
use core::fmt::Debug;

use rustls_pki_types::SignatureVerificationAlgorithm;

use crate::spki::{RSA_BITS, Spki};
use crate::{CryptoError, PublicKeyKind};

/// A private key that signs handshakes; it may live anywhere.
pub trait SigningKey: Send + Sync + Debug {
    /// The SignatureScheme code points that it can sign with, in order of preference.
    fn schemes(&self) -> &[u16];

    /// Signs `message`, hashing it as `scheme` says.
    ///
    /// # Errors
    /// [`CryptoError`] when `scheme` is not one of [`schemes`](Self::schemes), or signing fails.
    fn sign(&self, scheme: u16, message: &[u8]) -> Result<Vec<u8>, CryptoError>;

    /// The public key as DER SubjectPublicKeyInfo, as a certificate for it contains it.
    fn spki(&self) -> Vec<u8>;
}

/// A row of the table of signature schemes: what is checked how, in which version.
///
/// It says which pairs of scheme and key are legal. RFC 5246 section 7.4.1.4.1 lets a TLS 1.2 scheme
/// name hash and kind of key only, so ECDSA with SHA-256 goes with any curve that both sides allow;
/// RFC 8446 section 4.2.3 ties it to one.
#[derive(Clone, Copy, Debug)]
pub struct SignatureVerifier {
    /// The SignatureScheme code point.
    pub id: u16,
    /// The RFC's name.
    pub name: &'static str,
    /// One algorithm for each kind of key that TLS 1.2 allows with the scheme; none where it does not know the scheme.
    pub algorithms: &'static [&'static dyn SignatureVerificationAlgorithm],
    /// The only one that TLS 1.3 allows; `None` for PKCS #1 v1.5.
    pub tls13: Option<&'static dyn SignatureVerificationAlgorithm>,
}

impl SignatureVerifier {
    pub(crate) fn verify(
        algorithms: &[&'static dyn SignatureVerificationAlgorithm],
        spki: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<SignatureProof, SignatureFault> {
        let spki = Spki::decode(spki).ok_or(SignatureFault::KeyMismatch)?;
        match spki.kind().ok_or(SignatureFault::KeyMismatch)? {
            PublicKeyKind::Rsa { bits } if !RSA_BITS.contains(&bits) => {
                return Err(SignatureFault::KeyMismatch);
            }
            _ => {}
        }
        let algorithm = algorithms
            .iter()
            .find(|algorithm| algorithm.public_key_alg_id().as_ref() == spki.algorithm)
            .ok_or(SignatureFault::KeyMismatch)?;
        match algorithm.verify_signature(spki.key, message, signature) {
            Ok(()) => Ok(SignatureProof(())),
            Err(_) => Err(SignatureFault::Invalid),
        }
    }
}

/// That a signature was checked and found good: only [`Provider`](crate::Provider) makes one.
///
/// ```compile_fail,E0423
/// let forged = premaster_crypto::SignatureProof(());
/// ```
#[derive(Debug)]
#[must_use]
pub struct SignatureProof(());

/// Why a signature was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureFault {
    /// The scheme is not one that the provider offers in this version.
    #[error("the signature scheme was not offered")]
    UnknownScheme,
    /// The scheme does not go with the key, or the key is malformed, or of a size that is not accepted.
    #[error("the signature scheme does not fit the key")]
    KeyMismatch,
    /// The signature is wrong.
    #[error("the signature is invalid")]
    Invalid,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spki;
    use alloc::vec;
    use rustls_pki_types::{AlgorithmIdentifier, InvalidSignature, alg_id};

    /// Accepts every signature of an RSA key.
    #[derive(Debug)]
    struct Gullible;

    impl SignatureVerificationAlgorithm for Gullible {
        fn verify_signature(&self, _: &[u8], _: &[u8], _: &[u8]) -> Result<(), InvalidSignature> {
            Ok(())
        }

        fn public_key_alg_id(&self) -> AlgorithmIdentifier {
            alg_id::RSA_ENCRYPTION
        }

        fn signature_alg_id(&self) -> AlgorithmIdentifier {
            alg_id::RSA_PSS_SHA256
        }
    }

    fn rsa(bytes: usize, first: u8) -> Vec<u8> {
        let [high, low] = (bytes as u16).to_be_bytes();
        let mut key = vec![0x02, 0x82, high, low];
        key.push(first);
        key.resize(4 + bytes, 0xff);
        key.extend([0x02, 0x01, 0x03]);
        let [high, low] = (key.len() as u16).to_be_bytes();
        key.splice(0..0, [0x30, 0x82, high, low]);
        spki::encode(&alg_id::RSA_ENCRYPTION, &key)
    }

    fn verify(spki: &[u8]) -> Result<(), SignatureFault> {
        SignatureVerifier::verify(&[&Gullible], spki, b"", b"").map(|_proof| ())
    }

    /// Property 9: the size is looked at before the backend, which here would accept anything.
    #[test]
    fn rsa_keys_of_other_sizes_never_reach_the_backend() {
        // (bytes of the INTEGER, its first byte): a zero first byte is the sign.
        for (bits, bytes, first) in [
            (2048, 257, 0),
            (2049, 257, 1),
            (8191, 1024, 0x7f),
            (8192, 1025, 0),
        ] {
            assert_eq!(verify(&rsa(bytes, first)), Ok(()), "{bits} bits");
        }
        for (bits, bytes, first) in [
            (1024, 129, 0),
            (2047, 256, 0x7f),
            (8193, 1025, 1),
            (16384, 2049, 0),
        ] {
            let refused = Err(SignatureFault::KeyMismatch);
            assert_eq!(verify(&rsa(bytes, first)), refused, "{bits} bits");
        }
    }

    /// Property 6.
    #[test]
    fn keys_of_another_kind_never_reach_the_backend() {
        let ed25519 = spki::encode(&alg_id::ED25519, &[9; 32]);
        for spki in [&ed25519[..], b"", b"\x30\x00", &rsa(257, 0)[1..]] {
            assert_eq!(verify(spki), Err(SignatureFault::KeyMismatch));
        }
    }
}
