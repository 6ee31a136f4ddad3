//! External PSKs, imported: bound to one protocol, one KDF and the context that they come from (RFC 9258).

use alloc::vec::Vec;

use super::{Psk, PskKind, derive};
use crate::{CryptoError, HashAlgorithm, erasing_stack, hkdf};

/// TLS 1.3, QUIC included (RFC 9258 section 5.1). DTLS 1.3 would be 0xfefc, with another prefix of all labels.
const TARGET_PROTOCOL: u16 = 0x0304;

/// An `ImportedIdentity`: what stands as the identity in `pre_shared_key`, and what the imported key is derived from.
///
/// An external PSK that several know proves only that the peer is one of them: a ClientHello that is sent back to its
/// sender is answered by it (Selfie, property 21). With both peers' roles in `context`, each role has keys of
/// its own (RFC 9258 appendix A).
///
/// ```
/// use premaster_crypto::{HashAlgorithm, tls13::{ImportedIdentity, PskKind}};
///
/// let identity = ImportedIdentity::for_tls13(b"meter 7", b"meter to station", HashAlgorithm::Sha384)?;
/// let psk = identity.import(HashAlgorithm::Sha256, b"the key that was provisioned")?;
/// assert_eq!((psk.kind(), psk.algorithm()), (PskKind::Imported, HashAlgorithm::Sha384));
/// assert_eq!(identity.as_bytes()[..9], *b"\x00\x07meter 7");
/// # Ok::<(), premaster_crypto::CryptoError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedIdentity {
    encoded: Vec<u8>,
    target: HashAlgorithm,
}

impl ImportedIdentity {
    /// `external_identity` names the provisioned key, `context` says where it comes from and for whom it is, `target` is
    /// the hash function of the suites that the imported key is for: HKDF_SHA256 or HKDF_SHA384.
    ///
    /// # Errors
    /// [`CryptoError`] when `external_identity` is empty, or all of it longer than an identity can be: 65,535 bytes.
    pub fn for_tls13(
        external_identity: &[u8],
        context: &[u8],
        target: HashAlgorithm,
    ) -> Result<Self, CryptoError> {
        if external_identity.is_empty() {
            return Err(CryptoError);
        }
        let mut encoded = Vec::new();
        for field in [external_identity, context] {
            let len = u16::try_from(field.len()).map_err(|_| CryptoError)?;
            encoded.extend_from_slice(&len.to_be_bytes());
            encoded.extend_from_slice(field);
        }
        encoded.extend_from_slice(&TARGET_PROTOCOL.to_be_bytes());
        encoded.extend_from_slice(&target_kdf(target).to_be_bytes());
        if encoded.len() > usize::from(u16::MAX) {
            return Err(CryptoError);
        }
        Ok(Self { encoded, target })
    }

    /// The identity as it is sent.
    pub fn as_bytes(&self) -> &[u8] {
        &self.encoded
    }

    /// The imported key: `HKDF-Expand-Label(HKDF-Extract(0, epsk), "derived psk", Hash(ImportedIdentity), L)`.
    ///
    /// `algorithm` is the hash function that was provisioned with `epsk`, SHA-256 if none was, whatever the target's.
    /// An imported key is used for nothing else, nor is `epsk` (RFC 9258 section 4).
    ///
    /// # Errors
    /// [`CryptoError`] when `epsk` is empty or all zeros.
    pub fn import(&self, algorithm: HashAlgorithm, epsk: &[u8]) -> Result<Psk, CryptoError> {
        if super::psk::is_zero(epsk) {
            return Err(CryptoError);
        }
        let identity = algorithm.hash(&[&self.encoded]);
        let len = self.target.output_len();
        let secret = erasing_stack(|| {
            let extracted = hkdf::extracted(algorithm, &[], epsk);
            derive::bytes(&extracted, b"derived psk", &identity, len)
        });
        Psk::new(PskKind::Imported, self.target, secret)
    }
}

/// TLS KDF Identifiers (RFC 9258 section 10).
const fn target_kdf(target: HashAlgorithm) -> u16 {
    match target {
        HashAlgorithm::Sha256 => 0x0001,
        HashAlgorithm::Sha384 => 0x0002,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use HashAlgorithm::{Sha256, Sha384};
    use alloc::vec;

    #[test]
    fn an_identity_is_encoded_as_the_rfc_says() {
        let identity = ImportedIdentity::for_tls13(b"id", b"context", Sha384).expect("short");
        assert_eq!(
            identity.as_bytes(),
            b"\x00\x02id\x00\x07context\x03\x04\x00\x02"
        );
        let identity = ImportedIdentity::for_tls13(b"i", b"", Sha256).expect("short");
        assert_eq!(identity.as_bytes(), b"\x00\x01i\x00\x00\x03\x04\x00\x01");
    }

    #[test]
    fn an_identity_is_neither_empty_nor_too_long_to_be_sent() {
        let make = |identity: usize, context: usize| {
            ImportedIdentity::for_tls13(&vec![7; identity], &vec![8; context], Sha256).is_ok()
        };
        assert!(!make(0, 10));
        assert!(make(1, 0));
        assert!(make(65_535 - 8 - 100, 100));
        assert!(!make(65_535 - 8 - 100, 101));
        assert!(!make(65_536, 0));
        assert!(!make(1, 65_536));
    }

    /// Property 21: another role, another peer, another KDF is another key.
    #[test]
    fn whatever_differs_gives_another_key() {
        let psk = |identity: &[u8], context: &[u8], target, algorithm, epsk: &[u8]| {
            let identity = ImportedIdentity::for_tls13(identity, context, target).expect("short");
            let psk = identity.import(algorithm, epsk).expect("not zero");
            psk.secret().as_bytes()[..32].to_vec()
        };
        let keys = [
            psk(b"id", b"a to b", Sha256, Sha256, b"key"),
            psk(b"id", b"b to a", Sha256, Sha256, b"key"),
            psk(b"ida", b" to b", Sha256, Sha256, b"key"),
            psk(b"id", b"a to b", Sha384, Sha256, b"key"),
            psk(b"id", b"a to b", Sha256, Sha384, b"key"),
            psk(b"id", b"a to b", Sha256, Sha256, b"other key"),
        ];
        for (at, key) in keys.iter().enumerate() {
            assert!(!keys[..at].contains(key), "{at}");
        }
    }

    /// Property 19.
    #[test]
    fn a_key_of_zeros_is_not_imported() {
        let identity = ImportedIdentity::for_tls13(b"id", b"", Sha256).expect("short");
        for len in [0, 1, 32] {
            assert!(identity.import(Sha256, &vec![0; len]).is_err());
        }
    }
}
