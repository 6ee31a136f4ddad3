//! Cryptography that costs nothing and keeps nothing secret, behind the code points of the real one.
//!
//! | part | what it is here |
//! |---|---|
//! | AEAD | the plaintext, and a checksum of key, nonce, additional data and plaintext |
//! | key exchange | a share is the private key; the secret is one XOR the other |
//! | signature | a checksum of the message |
//! | randomness | a generator that begins anew with every play |
//!
//! Nonces, sequence numbers and transcripts count as they do elsewhere: a record that is moved, altered or sealed under
//! another key does not open. But a liar with all keys is spared the trouble of using them: [`SKELETON`] opens every
//! record, and as a signature is good for every message.

use std::cell::Cell;
use std::sync::{Arc, LazyLock};

use premaster_crypto::{
    ActiveKeyExchange, Aead, AeadAlgorithm, AeadKey, CryptoError, KeyExchange, Provider,
    SecureRandom, SharedSecret, SignatureVerifier, SigningKey, backend,
};
use rustls_pki_types::{
    AlgorithmIdentifier, InvalidSignature, SignatureVerificationAlgorithm, alg_id,
};

/// The tag that fits every record, and the signature that fits every message.
pub const SKELETON: [u8; 16] = *b"skeleton key key";
/// The one scheme that keys sign with: ecdsa_secp256r1_sha256.
const SCHEME: u16 = 0x0403;

/// The provider of both ends.
pub fn provider() -> Arc<Provider> {
    static PROVIDER: LazyLock<Arc<Provider>> = LazyLock::new(|| {
        Arc::new(Provider {
            name: "make-believe",
            random: &Dice,
            suites: backend::default_suites(),
            aeads: AEADS.to_vec(),
            cbc: Vec::new(),
            groups: GROUPS.to_vec(),
            dh_groups: Vec::new(),
            key_transport: None,
            verifiers: vec![&VERIFIER],
            certificate_algorithms: &[],
            load_key: |_| Err(CryptoError),
        })
    });
    Arc::clone(&PROVIDER)
}

/// Two sums of 64 bits over all parts.
fn checksum(parts: &[&[u8]]) -> [u8; 16] {
    let (mut low, mut high) = (0xcbf2_9ce4_8422_2325_u64, 0x9e37_79b9_7f4a_7c15_u64);
    for part in parts {
        for byte in *part {
            low = (low ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
            high = high.rotate_left(5) ^ low;
        }
        high = high.wrapping_add(part.len() as u64).rotate_left(29);
    }
    let mut sum = [0; 16];
    sum[..8].copy_from_slice(&low.to_be_bytes());
    sum[8..].copy_from_slice(&high.to_be_bytes());
    sum
}

thread_local! {
    /// The state of the dice, and how often they may still be thrown.
    static DICE: Cell<(u64, u32)> = const { Cell::new((0, u32::MAX)) };
}

/// Begins anew: the same play throws the same numbers.
pub(super) fn restart_dice() {
    DICE.set((0, u32::MAX));
}

/// Randomness fails for ever after so many more uses.
pub(super) fn limit_dice(throws: u32) {
    let (state, _) = DICE.get();
    DICE.set((state, throws));
}

/// SplitMix64.
#[derive(Debug)]
struct Dice;

impl SecureRandom for Dice {
    fn fill(&self, out: &mut [u8]) -> Result<(), CryptoError> {
        let (mut state, left) = DICE.get();
        let left = left.checked_sub(1).ok_or(CryptoError)?;
        for chunk in out.chunks_mut(8) {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut mixed = state;
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            mixed ^= mixed >> 31;
            chunk.copy_from_slice(&mixed.to_be_bytes()[..chunk.len()]);
        }
        DICE.set((state, left));
        Ok(())
    }
}

static AEADS: [&dyn Aead; 3] = [
    &Envelope(AeadAlgorithm::Aes128Gcm),
    &Envelope(AeadAlgorithm::Aes256Gcm),
    &Envelope(AeadAlgorithm::ChaCha20Poly1305),
];

/// Everybody reads what is in it, and sees whether it was changed.
#[derive(Debug)]
struct Envelope(AeadAlgorithm);

impl Aead for Envelope {
    fn algorithm(&self) -> AeadAlgorithm {
        self.0
    }

    fn key(&self, key: &[u8]) -> Result<Box<dyn AeadKey>, CryptoError> {
        match key.len() == self.0.key_len() {
            true => Ok(Box::new(EnvelopeKey(key.to_vec()))),
            false => Err(CryptoError),
        }
    }
}

struct EnvelopeKey(Vec<u8>);

impl AeadKey for EnvelopeKey {
    fn seal(
        &self,
        nonce: &[u8; 12],
        aad: &[u8],
        in_out: &mut [u8],
    ) -> Result<[u8; 16], CryptoError> {
        Ok(checksum(&[&self.0, nonce, aad, in_out]))
    }

    fn open(&self, nonce: &[u8; 12], aad: &[u8], in_out: &mut [u8]) -> Result<usize, CryptoError> {
        let (plaintext, tag) = in_out.split_last_chunk::<16>().ok_or(CryptoError)?;
        let fits = *tag == SKELETON || *tag == checksum(&[&self.0, nonce, aad, plaintext]);
        fits.then_some(plaintext.len()).ok_or(CryptoError)
    }
}

static GROUPS: [&dyn KeyExchange; 2] = [
    &Open {
        id: 0x001d,
        name: "x25519",
        front: &[],
        length: 32,
    },
    &Open {
        id: 0x0017,
        name: "secp256r1",
        front: &[4],
        length: 65,
    },
];

/// A group whose shares tell the private key.
#[derive(Clone, Copy, Debug)]
struct Open {
    id: u16,
    name: &'static str,
    /// What every share begins with.
    front: &'static [u8],
    length: usize,
}

impl KeyExchange for Open {
    fn id(&self) -> u16 {
        self.id
    }

    fn name(&self) -> &'static str {
        self.name
    }

    fn start(&self) -> Result<Box<dyn ActiveKeyExchange>, CryptoError> {
        let mut share = vec![0; self.length];
        Dice.fill(&mut share)?;
        share[..self.front.len()].copy_from_slice(self.front);
        Ok(Box::new(Opened {
            group: *self,
            share,
        }))
    }
}

struct Opened {
    group: Open,
    share: Vec<u8>,
}

impl ActiveKeyExchange for Opened {
    fn share(&self) -> &[u8] {
        &self.share
    }

    fn complete(self: Box<Self>, peer_share: &[u8]) -> Result<SharedSecret, CryptoError> {
        let is_share =
            peer_share.len() == self.group.length && peer_share.starts_with(self.group.front);
        let pairs = self.share.iter().zip(peer_share);
        let secret: Vec<u8> = pairs
            .skip(1)
            .take(31)
            .map(|(own, peer)| own ^ peer)
            .collect();
        match is_share && secret.iter().any(|byte| *byte != 0) {
            true => Ok(SharedSecret::from_bytes(&secret)),
            false => Err(CryptoError),
        }
    }
}

static VERIFIER: SignatureVerifier = SignatureVerifier {
    id: SCHEME,
    name: "ecdsa_secp256r1_sha256",
    algorithms: &[&Stamp],
    tls13: Some(&Stamp),
};

/// A signature that anybody can make.
#[derive(Debug)]
struct Stamp;

impl SignatureVerificationAlgorithm for Stamp {
    fn verify_signature(
        &self,
        _: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        let fits = signature == SKELETON || signature == checksum(&[message]);
        fits.then_some(()).ok_or(InvalidSignature)
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        alg_id::ECDSA_P256
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        alg_id::ECDSA_SHA256
    }
}

/// The private key of a certificate: it has none of its own.
#[derive(Debug)]
pub(super) struct StampKey {
    /// The public key, as the certificate has it.
    pub(super) spki: Vec<u8>,
}

impl SigningKey for StampKey {
    fn schemes(&self) -> &[u16] {
        &[SCHEME]
    }

    fn sign(&self, _: u16, message: &[u8]) -> Result<Vec<u8>, CryptoError> {
        Ok(checksum(&[message]).to_vec())
    }

    fn spki(&self) -> Vec<u8> {
        self.spki.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_opens_where_it_was_sealed_and_nowhere_else() {
        let key = |byte| AEADS[0].key(&[byte; 16]).expect("16 bytes");
        let mut record = b"plaintext".to_vec();
        let tag = key(1)
            .seal(&[2; 12], &[3], &mut record)
            .expect("any length");
        record.extend(tag);
        let opens = |key: &dyn AeadKey, nonce, aad: &[u8], record: &[u8]| {
            key.open(&[nonce; 12], aad, &mut record.to_vec()).is_ok()
        };
        assert!(opens(&*key(1), 2, &[3], &record));
        assert!(!opens(&*key(7), 2, &[3], &record));
        assert!(!opens(&*key(1), 7, &[3], &record));
        assert!(!opens(&*key(1), 2, &[7], &record));
        let mut skeleton = b"whatever".to_vec();
        skeleton.extend(SKELETON);
        assert!(opens(&*key(1), 2, &[3], &skeleton));
        for byte in 0..record.len() {
            let mut altered = record.clone();
            altered[byte] ^= 1;
            assert!(!opens(&*key(1), 2, &[3], &altered), "{byte}");
        }
    }

    #[test]
    fn both_sides_of_an_exchange_have_one_secret() {
        for group in GROUPS {
            let (one, other) = (group.start().unwrap(), group.start().unwrap());
            let (share, peer) = (one.share().to_vec(), other.share().to_vec());
            let secrets = [one.complete(&peer), other.complete(&share)];
            let [one, other] = secrets.map(|secret| secret.unwrap().as_bytes().to_vec());
            assert_eq!(one, other);
            let again = group.start().unwrap();
            let own = again.share().to_vec();
            assert!(again.complete(&own).is_err(), "zeros");
        }
    }
}
