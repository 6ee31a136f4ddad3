//! The classes of blocks: RFC 8017 section 7.2.2, and the lengths of numbers, which Marvin is about.

use std::time::{Duration, Instant};

use premaster_crypto::SecureRandom;
use rsa::hazmat::rsa_encrypt;
use rsa::traits::PublicKeyParts;
use rsa::{BoxedUint, RsaPublicKey};

/// What a block has wrong.
pub(crate) struct Class {
    pub(crate) name: &'static str,
    /// Whether this is the control, which has to be seen.
    pub(crate) waits: bool,
    spoil: fn(&mut [u8]),
}

/// What the others are compared with.
pub(crate) static WELL_FORMED: Class = class("well-formed", |_| {});

pub(crate) static CLASSES: [Class; 13] = [
    class("well-formed", |_| {}),
    class("first byte", |block| block[0] = 1),
    class("type byte", |block| block[1] = 1),
    class("7 bytes of padding", |block| block[9] = 0),
    class("zero in padding", |block| block[block.len() / 2] = 0),
    class("no separator", |block| block[block.len() - 49] = 0xa5),
    class("message of 47 bytes", |block| {
        let end = block.len();
        block[end - 49..end - 46].copy_from_slice(&[0xa5, 0, 3]);
    }),
    class("message of 49 bytes", |block| {
        let end = block.len();
        block[end - 50..end - 46].copy_from_slice(&[0, 3, 3, 3]);
    }),
    class("version", |block| block[block.len() - 47] = 2),
    class("all of padding zero", |block| {
        let end = block.len();
        block[2..end - 49].fill(0);
    }),
    class("half a modulus", |block| block[..128].fill(0)),
    class("one word", |block| {
        let end = block.len();
        block[..end - 8].fill(0);
    }),
    Class {
        name: "well-formed, waits",
        waits: true,
        spoil: |_| {},
    },
];

const fn class(name: &'static str, spoil: fn(&mut [u8])) -> Class {
    Class {
        name,
        waits: false,
        spoil,
    }
}

impl Class {
    /// A block of this class, random where it may be.
    pub(crate) fn block(&self, random: &dyn SecureRandom, key: &RsaPublicKey) -> Vec<u8> {
        let mut block = vec![0; key.size()];
        random.fill(&mut block).expect("randomness");
        let end = block.len();
        let nonzero = block[2..].iter_mut().filter(|byte| **byte == 0);
        nonzero.for_each(|byte| *byte = 0x5a);
        block[..2].copy_from_slice(&[0, 2]);
        block[end - 49..end - 46].copy_from_slice(&[0, 3, 3]);
        (self.spoil)(&mut block);
        block
    }

    pub(crate) fn wait(&self, time: Duration) {
        let start = Instant::now();
        while self.waits && start.elapsed() < time {}
    }
}

/// RSAEP (RFC 8017 section 5.1.1), whatever the block holds.
pub(crate) fn encrypt(key: &RsaPublicKey, block: &[u8]) -> Vec<u8> {
    let block = BoxedUint::from_be_slice(block, key.n().bits_precision()).expect("a block");
    let bytes = rsa_encrypt(key, &block)
        .expect("a ciphertext")
        .to_be_bytes();
    bytes[bytes.len() - key.size()..].to_vec()
}
