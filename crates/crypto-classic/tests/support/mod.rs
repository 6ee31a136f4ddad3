//! CBC with HMAC written plainly, with bare primitives: what a peer does, and what it could do wrong.

#![allow(dead_code, reason = "each test uses its own part")]

use aes::cipher::{Array, BlockModeEncrypt, KeyIvInit};
use aes::{Aes128, Aes256};
use premaster_crypto::{
    BlockCipher, CbcAlgorithm, CbcKey, DirectionKeys, MacAlgorithm, MacOrder, RecordContext,
    SecretBytes,
};
use premaster_crypto_classic::extend;
use premaster_crypto_ring::provider;
use sha1::Digest;

/// What records of the tests are sealed in.
pub(crate) const CONTEXT: RecordContext = RecordContext {
    sequence: 0x0102_0304_0506_0708,
    content_type: 23,
    version: 0x0303,
};

const IV: [u8; 16] = [0x1f; 16];

/// Every algorithm in both orders.
pub(crate) fn algorithms() -> impl Iterator<Item = (CbcAlgorithm, MacOrder)> {
    let algorithms = extend(provider()).cbc;
    assert_eq!(algorithms.len(), 6);
    let orders = [MacOrder::MacThenEncrypt, MacOrder::EncryptThenMac];
    algorithms
        .into_iter()
        .flat_map(move |cbc| orders.map(|order| (cbc.algorithm(), order)))
}

/// The key under test.
pub(crate) fn key(algorithm: CbcAlgorithm, order: MacOrder) -> Box<dyn CbcKey> {
    let cbc = extend(provider()).cbc(algorithm).unwrap();
    cbc.key(&keys(algorithm), order).unwrap()
}

/// The keys of both.
pub(crate) fn keys(algorithm: CbcAlgorithm) -> DirectionKeys {
    DirectionKeys {
        mac_key: SecretBytes::new(&content(algorithm.mac.output_len())),
        key: SecretBytes::new(&content(algorithm.cipher.key_len())),
        iv: SecretBytes::new(&[]),
    }
}

/// So many bytes of something.
pub(crate) fn content(len: usize) -> Vec<u8> {
    (1..=251).cycle().take(len).collect()
}

/// The other side.
pub(crate) struct Peer {
    algorithm: CbcAlgorithm,
    order: MacOrder,
    keys: DirectionKeys,
}

impl Peer {
    pub(crate) fn new(algorithm: CbcAlgorithm, order: MacOrder) -> Self {
        let keys = keys(algorithm);
        Self {
            algorithm,
            order,
            keys,
        }
    }

    /// The values of the padding's bytes that fill blocks after so much content.
    pub(crate) fn paddings(&self, content: usize) -> impl Iterator<Item = usize> {
        let inside = match self.order {
            MacOrder::MacThenEncrypt => self.algorithm.mac.output_len(),
            MacOrder::EncryptThenMac => 0,
        };
        (0..=255).filter(move |padding| (content + inside + padding + 1).is_multiple_of(16))
    }

    pub(crate) fn seal(&self, context: &RecordContext, content: &[u8], padding: usize) -> Vec<u8> {
        self.seal_with(context, content, padding, |_, _| {})
    }

    /// Seals after this IV.
    pub(crate) fn seal_after(
        &self,
        iv: &[u8; 16],
        context: &RecordContext,
        content: &[u8],
        padding: usize,
    ) -> Vec<u8> {
        self.seal_all(iv, context, content, padding, |_, _| {})
    }

    /// Seals what `spoil` has made of the padding, at the end of the first argument, and of the MAC.
    pub(crate) fn seal_with(
        &self,
        context: &RecordContext,
        content: &[u8],
        padding: usize,
        spoil: impl FnOnce(&mut Vec<u8>, &mut [u8]),
    ) -> Vec<u8> {
        self.seal_all(&IV, context, content, padding, spoil)
    }

    fn seal_all(
        &self,
        iv: &[u8; 16],
        context: &RecordContext,
        content: &[u8],
        padding: usize,
        spoil: impl FnOnce(&mut Vec<u8>, &mut [u8]),
    ) -> Vec<u8> {
        let mut end = vec![u8::try_from(padding).unwrap(); padding + 1];
        match self.order {
            MacOrder::MacThenEncrypt => {
                let mut mac = self.mac(context, content);
                spoil(&mut end, &mut mac);
                self.encrypt(iv, &[content, &mac, &end].concat())
            }
            MacOrder::EncryptThenMac => {
                // The MAC of the padding as it is: only the MAC itself is spoilt after that.
                let mut mac_mask = vec![0; self.algorithm.mac.output_len()];
                spoil(&mut end, &mut mac_mask);
                let covered = self.encrypt(iv, &[content, &end].concat());
                let mac = self.mac(context, &covered);
                let mac: Vec<u8> = mac.iter().zip(mac_mask).map(|(a, b)| a ^ b).collect();
                [covered, mac].concat()
            }
        }
    }

    /// Seals these blocks as they are; the MAC is right where it is outside.
    pub(crate) fn seal_nothing_but(&self, context: &RecordContext, blocks: &[u8]) -> Vec<u8> {
        let mut fragment = self.encrypt(&IV, blocks);
        if self.order == MacOrder::EncryptThenMac {
            let mac = self.mac(context, &fragment);
            fragment.extend_from_slice(&mac);
        }
        fragment
    }

    /// RFC 5246 section 6.2.3.1, RFC 7366 section 3.
    fn mac(&self, context: &RecordContext, covered: &[u8]) -> Vec<u8> {
        let message = [
            &context.sequence.to_be_bytes()[..],
            &[context.content_type],
            &context.version.to_be_bytes(),
            &u16::try_from(covered.len()).unwrap().to_be_bytes(),
            covered,
        ]
        .concat();
        let key = self.keys.mac_key.as_bytes();
        match self.algorithm.mac {
            MacAlgorithm::HmacSha1 => hmac::<sha1::Sha1>(64, key, &message),
            MacAlgorithm::HmacSha256 => hmac::<sha2::Sha256>(64, key, &message),
            MacAlgorithm::HmacSha384 => hmac::<sha2::Sha384>(128, key, &message),
        }
    }

    fn encrypt(&self, iv: &[u8; 16], plaintext: &[u8]) -> Vec<u8> {
        let mut blocks = plaintext.to_vec();
        let (whole, rest) = Array::slice_as_chunks_mut(&mut blocks);
        assert!(rest.is_empty());
        let key = self.keys.key.as_bytes();
        match self.algorithm.cipher {
            BlockCipher::Aes128 => cbc::Encryptor::<Aes128>::new_from_slices(key, iv)
                .unwrap()
                .encrypt_blocks(whole),
            BlockCipher::Aes256 => cbc::Encryptor::<Aes256>::new_from_slices(key, iv)
                .unwrap()
                .encrypt_blocks(whole),
        }
        [&iv[..], &blocks].concat()
    }
}

/// RFC 2104 section 2, word for word.
fn hmac<D: Digest>(block: usize, key: &[u8], message: &[u8]) -> Vec<u8> {
    let padded = |pad: u8| -> Vec<u8> {
        let key = key.iter().copied().chain(std::iter::repeat(0)).take(block);
        key.map(|byte| byte ^ pad).collect()
    };
    let inner = D::new()
        .chain_update(padded(0x36))
        .chain_update(message)
        .finalize();
    let outer = D::new().chain_update(padded(0x5c)).chain_update(inner);
    outer.finalize().to_vec()
}
