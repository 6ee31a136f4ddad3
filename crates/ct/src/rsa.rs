//! RSA key transport: the premaster secret taken out of its padding (RFC 5246 section 7.4.7.1).

use core::hint::black_box;
use std::sync::Arc;

use premaster_crypto::{
    DecryptionKey, HashAlgorithm, KeyTransport, Secret,
    tls12::{MasterSecret, premaster_from_block},
};
use premaster_crypto_rsa_transport::RsaTransport;
use rustls_pki_types::{PrivateKeyDer, pem::PemObject};

use crate::random::PoisonedRandom;
use crate::trial::{Reason, count_input, declassify, poison};

const VERSION: u16 = 0x0303;
const FALLBACK: [u8; 48] = [0xfa; 48];

/// A block as a client makes it, as long as the modulus.
fn block(len: usize) -> Vec<u8> {
    let mut block = vec![0xa5; len];
    block[..2].copy_from_slice(&[0, 2]);
    block[len - 49] = 0;
    block[len - 48..len - 46].copy_from_slice(&VERSION.to_be_bytes());
    block
}

/// Every class of block that an attacker can have decrypted, and whether it is right.
fn blocks(len: usize) -> Vec<(Vec<u8>, bool)> {
    let with = |place: usize, byte| {
        let mut block = block(len);
        block[place] = byte;
        (block, false)
    };
    let separator = len - 49;
    let mut blocks = vec![
        (block(len), true),
        with(0, 1),
        with(1, 1),
        with(1, 0),
        with(separator, 1),
        with(separator + 1, 2),
        with(separator + 2, 1),
        (vec![0; len], false),
        (vec![0xff; len], false),
    ];
    blocks.extend((2..separator).map(|place| with(place, 0)));
    // The separator elsewhere: a message of another length.
    for place in [2, 9, 10, 11, separator - 1, separator + 1, len - 1] {
        let mut moved = block(len);
        moved[separator] = 0xa5;
        moved[place] = 0;
        blocks.push((moved, false));
    }
    blocks
}

/// `tls12::premaster_from_block` and the master secret of what it yields.
pub(crate) fn unpadding() {
    for len in [128, 256] {
        for (mut block, is_right) in blocks(len) {
            count_input();
            let mut right = FALLBACK;
            if is_right {
                right.copy_from_slice(&block[len - 48..]);
            }
            let mut fallback = FALLBACK;
            poison(&mut block);
            poison(&mut fallback);
            let fallback = Secret::from_bytes(&fallback).expect("48 bytes");
            let premaster = premaster_from_block(&block, VERSION, fallback);
            black_box(MasterSecret::derive(
                HashAlgorithm::Sha256,
                &premaster,
                &[0xc1; 32],
                &[0x5e; 32],
            ));
            let mut premaster: [u8; 48] = premaster.as_bytes().try_into().expect("48 bytes");
            declassify(&mut premaster, Reason::Result);
            assert_eq!(premaster, right);
        }
    }
}

/// `DecryptionKey::decrypt`. The blinding is secret, so everything is from there on; at the end, when it is taken off,
/// the block is. The private exponent is not marked: loading a key branches on its numbers, once and before any peer.
pub(crate) fn decryption() {
    let key = decryption_key();
    let random = premaster_crypto_ring::provider().random;
    let premaster = Secret::from_bytes(&[0x77; 48]).expect("48 bytes");
    let padded = RsaTransport::new(random).encrypt(&key.spki(), &premaster);
    // Zero and one decrypt to themselves: blocks that begin with zeros, down to the last byte.
    let small = [0, 1].map(|last| [&[0; 255][..], &[last]].concat());
    let ciphertexts = [padded.expect("a key"), vec![0x42; 256]];
    for ciphertext in small.into_iter().chain(ciphertexts) {
        count_input();
        let block = key.decrypt(&ciphertext).expect("below the modulus");
        let mut block = block.as_bytes().to_vec();
        declassify(&mut block, Reason::Result);
        let is_small = ciphertext[..255] == [0; 255];
        assert!(!is_small || block == ciphertext);
        let is_padded = block[..2] == [0, 2];
        assert!(!is_padded || block[207..] == [&[0][..], &[0x77; 48]].concat());
    }
}

/// The length of a number tells how many zeros its block began with.
pub(crate) fn decryption_to_a_number() {
    count_input();
    let block = decryption_key()
        .decrypt(&[0x42; 256])
        .expect("below the modulus");
    let zeros = block.as_bytes().iter().take_while(|byte| **byte == 0);
    black_box(block.as_bytes()[zeros.count()..].to_vec());
}

fn decryption_key() -> Arc<dyn DecryptionKey> {
    let pem = include_bytes!("../../crypto-rsa-transport/tests/keys/rsa2048.pkcs8.pem");
    let key = PrivateKeyDer::from_pem_slice(pem).expect("a key");
    let transport = RsaTransport::new(&PoisonedRandom);
    transport.load_key(&key).expect("an RSA key")
}

fn secret_block() -> Vec<u8> {
    let mut block = block(256);
    poison(&mut block);
    block
}

/// Each check returns as soon as it fails: an oracle that tells which one did.
pub(crate) fn with_early_return() {
    count_input();
    black_box(early_return(&secret_block()));
}

#[inline(never)]
fn early_return(block: &[u8]) -> Option<&[u8]> {
    if block[0] != 0 || block[1] != 2 {
        return None;
    }
    if block[2..207].contains(&0) {
        return None;
    }
    (block[207] == 0).then(|| &block[208..])
}

/// The search for the separator takes as long as the padding is.
pub(crate) fn with_a_search() {
    count_input();
    let block = secret_block();
    let separator = block.iter().skip(2).position(|byte| *byte == 0);
    black_box(separator);
}
