//! Authenticated encryption: what was sealed opens, and nothing else does.

use alloc::vec::Vec;

use crate::{Aead, AeadKey};

use super::flipped;

const NONCE: [u8; 12] = [3; 12];
const AAD: &[u8] = b"additional data";

pub(super) fn check(aead: &dyn Aead) {
    check_key_lengths(aead);
    let algorithm = aead.algorithm();
    let key = aead
        .key(&key_bytes(algorithm.key_len()))
        .expect("a key of the right length");
    for len in (0..=65).chain([127, 128, 129, 255, 1000, 4096, 16384]) {
        check_round_trip(&*key, len);
    }
    for len in [0, 1, 16, 33] {
        check_flips(&*key, len);
    }
    check_short(&*key);
    check_other_key(aead, &*key);
}

fn check_key_lengths(aead: &dyn Aead) {
    let right = aead.algorithm().key_len();
    for len in (0..=64).filter(|len| *len != right) {
        assert!(
            aead.key(&key_bytes(len)).is_err(),
            "{aead:?} takes a key of {len} bytes"
        );
    }
}

fn check_round_trip(key: &dyn AeadKey, len: usize) {
    let plaintext = plaintext(len);
    let mut sealed = seal(key, &NONCE, AAD, &plaintext);
    assert_eq!(sealed.len(), len + 16);
    assert!(
        len < 16 || sealed[..len] != plaintext[..],
        "{len} bytes are not encrypted"
    );
    assert_eq!(
        seal(key, &NONCE, AAD, &plaintext),
        sealed,
        "sealing is not a function"
    );
    let opened = key.open(&NONCE, AAD, &mut sealed).expect("what was sealed");
    assert_eq!(sealed[..opened], plaintext, "{len} bytes come back changed");
}

fn check_flips(key: &dyn AeadKey, len: usize) {
    let sealed = seal(key, &NONCE, AAD, &plaintext(len));
    let refuses = |nonce: &[u8; 12], aad: &[u8], mut sealed: Vec<u8>| {
        assert!(
            key.open(nonce, aad, &mut sealed).is_err(),
            "a flipped bit is accepted"
        );
    };
    for sealed in flipped(&sealed) {
        refuses(&NONCE, AAD, sealed);
    }
    for aad in flipped(AAD) {
        refuses(&NONCE, &aad, sealed.clone());
    }
    for nonce in flipped(&NONCE) {
        refuses(&nonce.try_into().expect("12 bytes"), AAD, sealed.clone());
    }
    refuses(&NONCE, &AAD[1..], sealed.clone());
    refuses(&NONCE, &[AAD, &[0]].concat(), sealed.clone());
    refuses(&NONCE, AAD, [&sealed[..], &[0]].concat());
}

/// No prefix opens, whether or not it has room for a tag.
fn check_short(key: &dyn AeadKey) {
    let sealed = seal(key, &NONCE, AAD, &plaintext(20));
    for len in 0..sealed.len() {
        let mut prefix = sealed[..len].to_vec();
        assert!(
            key.open(&NONCE, AAD, &mut prefix).is_err(),
            "{len} of 36 bytes are accepted"
        );
    }
}

fn check_other_key(aead: &dyn Aead, key: &dyn AeadKey) {
    let sealed = seal(key, &NONCE, AAD, &plaintext(20));
    for other in flipped(&key_bytes(aead.algorithm().key_len())) {
        let other = aead.key(&other).expect("a key of the right length");
        assert!(
            other.open(&NONCE, AAD, &mut sealed.clone()).is_err(),
            "another key opens"
        );
    }
}

fn seal(key: &dyn AeadKey, nonce: &[u8; 12], aad: &[u8], plaintext: &[u8]) -> Vec<u8> {
    let mut sealed = plaintext.to_vec();
    let tag = key
        .seal(nonce, aad, &mut sealed)
        .expect("a short plaintext");
    sealed.extend_from_slice(&tag);
    sealed
}

fn key_bytes(len: usize) -> Vec<u8> {
    (0x80..).take(len).collect()
}

fn plaintext(len: usize) -> Vec<u8> {
    (0..=255).cycle().take(len).collect()
}
