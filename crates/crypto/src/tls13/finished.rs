//! Finished and PSK binders: one construction, two keys, two proofs (RFC 8446 section 4.4.4, section 4.2.11.2).

use super::{PskKind, derive};
use crate::{CryptoError, Digest, HmacKey, erasing_stack};

/// `finished_key` of one sender.
///
/// [`TrafficSecret::finished_key`](super::TrafficSecret::finished_key) makes it; an example is [there](super).
#[derive(Debug)]
pub struct FinishedKey(HmacKey);

/// That the peer's Finished message was right: only [`FinishedKey::check`] makes one.
///
/// ```compile_fail,E0423
/// let forged = premaster_crypto::tls13::FinishedProof(());
/// ```
#[derive(Debug)]
#[must_use]
pub struct FinishedProof(());

impl FinishedKey {
    pub(super) fn derive(base_key: &HmacKey) -> Self {
        Self(derive::secret(base_key, b"finished", b""))
    }

    /// `verify_data`; `transcript` is the hash of all messages before this Finished.
    pub fn verify_data(&self, transcript: &Digest) -> Digest {
        erasing_stack(|| self.0.sign(&[transcript]))
    }

    /// Checks the `verify_data` that the peer sent, in constant time.
    ///
    /// # Errors
    /// [`CryptoError`] when it is not the one that `transcript` asks for.
    pub fn check(
        &self,
        transcript: &Digest,
        received: &[u8],
    ) -> Result<FinishedProof, CryptoError> {
        erasing_stack(|| self.0.verify(&[transcript], received)).map(|()| FinishedProof(()))
    }
}

/// `binder_key` of one PSK, ready to be used: its `finished_key`.
///
/// [`EarlySecret::binder_key`](super::EarlySecret::binder_key) makes it, with an example.
#[derive(Debug)]
pub struct BinderKey(FinishedKey);

/// That who sent a ClientHello knows the PSK that it names: only [`BinderKey::check`] makes one.
///
/// ```compile_fail,E0423
/// let forged = premaster_crypto::tls13::BinderProof(());
/// ```
#[derive(Debug)]
#[must_use]
pub struct BinderProof(());

impl BinderKey {
    pub(super) fn derive(early: &HmacKey, kind: PskKind) -> Self {
        let nothing = derive::nothing(early.algorithm());
        let binder_key = derive::secret(early, kind.binder_label(), nothing);
        Self(FinishedKey::derive(&binder_key))
    }

    /// The binder of a ClientHello; `transcript` is the hash of all messages, the last one up to its binders
    /// (RFC 8446 section 4.2.11.2).
    pub fn binder(&self, transcript: &Digest) -> Digest {
        self.0.verify_data(transcript)
    }

    /// Checks a binder in constant time.
    ///
    /// # Errors
    /// [`CryptoError`] when it is not the one that `transcript` asks for.
    pub fn check(&self, transcript: &Digest, received: &[u8]) -> Result<BinderProof, CryptoError> {
        self.0
            .check(transcript, received)
            .map(|FinishedProof(())| BinderProof(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::HashAlgorithm;
    use crate::tls13::{EarlySecret, ImportedIdentity, Psk};
    use alloc::vec::Vec;

    const ALGORITHMS: [HashAlgorithm; 2] = [HashAlgorithm::Sha256, HashAlgorithm::Sha384];

    /// Property 2: any bit of verify_data or transcript makes it fatal.
    #[test]
    fn only_the_whole_right_verify_data_is_proof() {
        for algorithm in ALGORITHMS {
            let [key, other] =
                [7, 8].map(|byte| FinishedKey::derive(&HmacKey::new(algorithm, &[byte; 32])));
            let transcript = algorithm.hash(&[b"messages"]);
            let right = key.verify_data(&transcript);
            assert_eq!(right.len(), algorithm.output_len());
            let is_proof = |received: &[u8]| key.check(&transcript, received).is_ok();
            assert!(is_proof(&right));
            assert!(other.check(&transcript, &right).is_err());
            assert!(key.check(&algorithm.hash(&[b"others"]), &right).is_err());
            for bit in 0..8 * right.len() {
                let mut wrong = right.to_vec();
                wrong[bit / 8] ^= 1 << (bit % 8);
                assert!(!is_proof(&wrong), "{bit}");
            }
            for len in 0..right.len() {
                assert!(!is_proof(&right[..len]), "{len}");
            }
            assert!(!is_proof(&[&right[..], &[0]].concat()));
        }
    }

    /// Property 21: external, resumption and imported PSKs have binders of their own, be their bytes the same.
    #[test]
    fn a_binder_of_one_kind_of_psk_is_none_of_another() {
        for algorithm in ALGORITHMS {
            let identity = ImportedIdentity::for_tls13(b"identity", b"", algorithm).expect("short");
            let imported = identity.import(algorithm, &[7; 32]).expect("not zero");
            let bytes = imported.secret().as_bytes();
            let psks = [
                Psk::external(algorithm, bytes).expect("not zero"),
                Psk::resumption(algorithm, bytes).expect("not zero"),
                imported,
            ];
            let keys = psks
                .each_ref()
                .map(|psk| EarlySecret::new(psk).binder_key());
            let hello = algorithm.hash(&[b"ClientHello"]);
            for (ours, key) in keys.iter().enumerate() {
                let binder = key.binder(&hello);
                let accepting: Vec<_> = keys
                    .iter()
                    .map(|key| key.check(&hello, &binder).is_ok())
                    .collect();
                let wanted: Vec<_> = (0..3).map(|theirs| theirs == ours).collect();
                assert_eq!(accepting, wanted);
            }
        }
    }
}
