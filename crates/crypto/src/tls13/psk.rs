//! Pre-shared keys: what they are and where they come from (RFC 8446 section 4.2.11, section 4.6.1).

use subtle::ConstantTimeEq;

use super::derive;
use crate::{
    CryptoError, Digest, HashAlgorithm, HmacKey, Released, SecretBytes, declassify, erasing_stack,
};

/// Where a PSK comes from. Its binder has a label of its own for each, so one is never taken for another (property 21).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PskKind {
    /// Provisioned outside of TLS and used as it is: `ext binder` (RFC 8446 section 7.1).
    External,
    /// From a ticket of an earlier connection: `res binder` (RFC 8446 section 7.1).
    Resumption,
    /// Derived from a provisioned key for one protocol and KDF: `imp binder` (RFC 9258 section 5.2).
    Imported,
}

impl PskKind {
    pub(super) const fn binder_label(self) -> &'static [u8] {
        match self {
            Self::External => b"ext binder",
            Self::Resumption => b"res binder",
            Self::Imported => b"imp binder",
        }
    }
}

/// A pre-shared key with its origin and the hash function that it is bound to.
///
/// Never empty and never zero: whoever lost a key and kept a buffer of zeros has none (property 19).
///
/// ```
/// use premaster_crypto::{HashAlgorithm, tls13::Psk};
///
/// let psk = Psk::external(HashAlgorithm::Sha256, b"sixteen or more random bytes")?;
/// assert_eq!(format!("{psk:?}"), "Psk { kind: External, algorithm: Sha256, secret: SecretBytes(28) }");
/// assert!(Psk::external(HashAlgorithm::Sha256, &[0; 32]).is_err());
/// # Ok::<(), premaster_crypto::CryptoError>(())
/// ```
#[derive(Debug)]
pub struct Psk {
    kind: PskKind,
    algorithm: HashAlgorithm,
    secret: SecretBytes,
}

impl Psk {
    /// A key that was provisioned outside of TLS. It has to come out of a random generator: from a password, an attacker
    /// finds it offline (RFC 9257 section 6).
    ///
    /// `algorithm` is the hash function that was provisioned with it; without any it is SHA-256 (RFC 8446
    /// section 4.2.11).
    ///
    /// # Errors
    /// [`CryptoError`] when `secret` is empty or all zeros.
    pub fn external(algorithm: HashAlgorithm, secret: &[u8]) -> Result<Self, CryptoError> {
        Self::new(PskKind::External, algorithm, SecretBytes::new(secret))
    }

    /// The key of a session that was kept: what [`ResumptionSecret::psk`] gave in an earlier connection.
    ///
    /// # Errors
    /// [`CryptoError`] when `secret` is all zeros or not as long as a hash value.
    pub fn resumption(algorithm: HashAlgorithm, secret: &[u8]) -> Result<Self, CryptoError> {
        if secret.len() != algorithm.output_len() {
            return Err(CryptoError);
        }
        Self::new(PskKind::Resumption, algorithm, SecretBytes::new(secret))
    }

    pub(super) fn new(
        kind: PskKind,
        algorithm: HashAlgorithm,
        secret: SecretBytes,
    ) -> Result<Self, CryptoError> {
        if is_zero(secret.as_bytes()) {
            return Err(CryptoError);
        }
        Ok(Self {
            kind,
            algorithm,
            secret,
        })
    }

    /// Where it comes from.
    pub fn kind(&self) -> PskKind {
        self.kind
    }

    /// The only hash function that it may be used with; it is used with no suite of another (RFC 8446 section 4.2.11).
    pub fn algorithm(&self) -> HashAlgorithm {
        self.algorithm
    }

    /// The bytes, to be kept in a session.
    pub fn secret(&self) -> &SecretBytes {
        &self.secret
    }
}

/// `resumption_secret`: where the PSKs of a connection's tickets come from (RFC 8446 section 4.6.1).
///
/// [`MainSecret::into_resumption`](super::MainSecret::into_resumption) makes it.
#[derive(Debug)]
pub struct ResumptionSecret(HmacKey);

impl ResumptionSecret {
    pub(super) fn derive(main: &HmacKey, transcript: &Digest) -> Self {
        Self(derive::secret(main, b"res master", transcript))
    }

    /// The PSK of the ticket with this `ticket_nonce`: `HKDF-Expand-Label(resumption_secret, "resumption", ticket_nonce,
    /// Hash.length)`. Every ticket of a connection has a nonce of its own.
    ///
    /// # Errors
    /// [`CryptoError`] when `nonce` is longer than 255 bytes.
    pub fn psk(&self, nonce: &[u8]) -> Result<Psk, CryptoError> {
        if nonce.len() > 255 {
            return Err(CryptoError);
        }
        let algorithm = self.0.algorithm();
        let len = algorithm.output_len();
        let secret = erasing_stack(|| derive::bytes(&self.0, b"resumption", nonce, len));
        Psk::new(PskKind::Resumption, algorithm, secret)
    }
}

/// Whether there is nothing but zeros, or nothing at all, in time that depends on the length only.
pub(super) fn is_zero(secret: &[u8]) -> bool {
    let any = secret.iter().fold(0, |any, byte| any | byte);
    declassify(any.ct_eq(&0), Released::Zero)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SharedSecret;
    use crate::tls13::{EarlySecret, HandshakeSecret};
    use alloc::vec;

    const ALGORITHMS: [HashAlgorithm; 2] = [HashAlgorithm::Sha256, HashAlgorithm::Sha384];

    /// Property 19: a zero or default secret is unrepresentable, at both doors to the schedule.
    #[test]
    fn a_schedule_never_begins_with_a_zero_secret() {
        for algorithm in ALGORITHMS {
            for len in [0, 1, 16, 32, 48, 64] {
                let zeros = vec![0; len];
                assert!(Psk::external(algorithm, &zeros).is_err(), "{len}");
                assert!(Psk::resumption(algorithm, &zeros).is_err(), "{len}");
                let shared = SharedSecret::from_bytes(&zeros);
                assert!(
                    HandshakeSecret::without_psk(algorithm, &shared).is_err(),
                    "{len}"
                );
                let psk = Psk::external(algorithm, &[7; 32]).expect("a key");
                assert!(
                    EarlySecret::new(&psk).into_handshake(&shared).is_err(),
                    "{len}"
                );
            }
            for bit in 0..256 {
                let mut secret = [0; 32];
                secret[bit / 8] = 1 << (bit % 8);
                assert!(Psk::external(algorithm, &secret).is_ok());
                let shared = SharedSecret::from_bytes(&secret);
                assert!(HandshakeSecret::without_psk(algorithm, &shared).is_ok());
            }
        }
    }

    /// A session whose secret lost its end is no session.
    #[test]
    fn a_resumption_psk_is_as_long_as_a_hash_value() {
        for algorithm in ALGORITHMS {
            for len in 0..70 {
                let psk = Psk::resumption(algorithm, &vec![7; len]);
                assert_eq!(psk.is_ok(), len == algorithm.output_len(), "{len}");
            }
        }
    }

    #[test]
    fn every_ticket_has_a_psk_of_its_own_for_the_hash_of_its_connection() {
        for algorithm in ALGORITHMS {
            let shared = SharedSecret::from_bytes(&[7; 32]);
            let secret = HandshakeSecret::without_psk(algorithm, &shared)
                .expect("not zero")
                .into_main()
                .into_resumption(&algorithm.hash(&[b"messages"]));
            let psk = |nonce: &[u8]| secret.psk(nonce).expect("a short nonce");
            let first = psk(&[0, 0]);
            assert_eq!(first.kind(), PskKind::Resumption);
            assert_eq!(first.algorithm(), algorithm);
            assert!(first.secret().ct_eq(psk(&[0, 0]).secret().as_bytes()));
            for other in [&[][..], &[0], &[0, 1], &[0; 255]] {
                assert!(!first.secret().ct_eq(psk(other).secret().as_bytes()));
            }
            assert!(secret.psk(&[0; 256]).is_err());
        }
    }
}
