//! Records of CBC suites, opened with secret keys: RFC 5246 section 6.2.3.2, RFC 7366.
//!
//! With the keys everything is secret that is decrypted: content, MAC, padding, and where each of them begins. The
//! records come from the peer of the classic crate's tests, who pads and signs as he likes.

use core::hint::black_box;

use premaster_crypto::{
    BlockCipher, CbcAlgorithm, CbcKey, DirectionKeys, HashAlgorithm, HmacKey, MacAlgorithm,
    MacOrder, SecretBytes,
};
use premaster_crypto_classic::extend;
use premaster_crypto_ring::provider;

use crate::peer::{CONTEXT, Peer, algorithms, content, keys};
use crate::trial::{Reason, count_input, declassify, declassify_verdict, poison};

/// Of this one every content length up to 300 with every padding; of the others some.
const THOROUGHLY: CbcAlgorithm = CbcAlgorithm {
    cipher: BlockCipher::Aes128,
    mac: MacAlgorithm::HmacSha1,
};

pub(crate) fn mac_then_encrypt() {
    right(MacOrder::MacThenEncrypt);
}

pub(crate) fn mac_then_encrypt_wrong() {
    wrong(MacOrder::MacThenEncrypt);
}

pub(crate) fn encrypt_then_mac() {
    right(MacOrder::EncryptThenMac);
}

pub(crate) fn encrypt_then_mac_wrong() {
    wrong(MacOrder::EncryptThenMac);
}

/// The keys that the peer has, poisoned.
fn secret_key(algorithm: CbcAlgorithm, order: MacOrder) -> Box<dyn CbcKey> {
    let secret = |bytes: &SecretBytes| {
        let mut bytes = bytes.as_bytes().to_vec();
        poison(&mut bytes);
        SecretBytes::new(&bytes)
    };
    let keys = keys(algorithm);
    let keys = DirectionKeys {
        mac_key: secret(&keys.mac_key),
        key: secret(&keys.key),
        iv: SecretBytes::new(&[]),
    };
    let cbc = extend(provider()).cbc(algorithm).expect("all of them");
    cbc.key(&keys, order).expect("keys that fit")
}

/// Every padding behind content of many lengths.
fn right(order: MacOrder) {
    for (algorithm, _) in algorithms().filter(|(_, of)| *of == order) {
        let (peer, key) = (Peer::new(algorithm, order), secret_key(algorithm, order));
        let some = [0, 1, 15, 16, 31, 200, 255, 256, 257, 300].to_vec();
        let lens = match algorithm {
            THOROUGHLY => (0..=300).collect(),
            _ => some,
        };
        for len in lens {
            let content = content(len);
            for padding in peer.paddings(len) {
                let fragment = peer.seal(&CONTEXT, &content, padding);
                assert_eq!(open(&*key, fragment), Some(content.clone()), "{padding}");
            }
        }
    }
}

/// Every byte of some paddings and of the MAC changed; padding that says every length, in fragments of all small sizes.
fn wrong(order: MacOrder) {
    for (algorithm, _) in algorithms().filter(|(_, of)| *of == order) {
        let (peer, key) = (Peer::new(algorithm, order), secret_key(algorithm, order));
        let seal = |spoil: &dyn Fn(&mut Vec<u8>, &mut [u8])| {
            let padding = peer.paddings(100).nth(7).expect("sixteen of them");
            peer.seal_with(&CONTEXT, &content(100), padding, spoil)
        };
        let padding_len = peer.paddings(100).nth(7).map_or(0, |last| last + 1);
        for place in 0..padding_len {
            let fragment = seal(&|padding, _| padding[place] ^= 1 << (place % 8));
            assert_eq!(open(&*key, fragment), None);
        }
        for place in 0..algorithm.mac.output_len() {
            let fragment = seal(&|_, mac| mac[place] ^= 1 << (place % 8));
            assert_eq!(open(&*key, fragment), None);
        }
        let step = if algorithm == THOROUGHLY { 1 } else { 50 };
        for blocks in 1..=18 {
            for claimed in (0..=255).step_by(step) {
                let blocks = vec![claimed; 16 * blocks];
                let fragment = peer.seal_nothing_but(&CONTEXT, &blocks);
                let fits = order == MacOrder::EncryptThenMac && usize::from(claimed) < blocks.len();
                assert_eq!(open(&*key, fragment).is_some(), fits);
            }
        }
    }
}

/// The content, if the record is good.
fn open(key: &dyn CbcKey, mut fragment: Vec<u8>) -> Option<Vec<u8>> {
    count_input();
    let opened = declassify_verdict(key.open(&CONTEXT, &mut fragment));
    let range = opened.ok()?;
    let content = &mut fragment[range];
    if !content.is_empty() {
        declassify(content, Reason::Result);
    }
    Some(content.to_vec())
}

/// What was decrypted: content, MAC, ten bytes of padding.
fn plaintext() -> Vec<u8> {
    let mac = HmacKey::new(HashAlgorithm::Sha256, b"key").sign(&[&[0x22; 100]]);
    let mut plaintext = [&[0x22; 100][..], &mac, &[9; 10]].concat();
    poison(&mut plaintext);
    plaintext
}

pub(crate) fn padding_with_early_return() {
    count_input();
    let plaintext = plaintext();
    let last = plaintext[plaintext.len() - 1];
    let padding = plaintext.iter().rev().take(usize::from(last) + 1);
    black_box(padding.copied().all(|byte| byte == last));
}

/// The length of the content, found in constant time, and then hashed as it is: Lucky 13.
pub(crate) fn mac_over_its_length() {
    count_input();
    let plaintext = plaintext();
    let padding = usize::from(plaintext[plaintext.len() - 1]) + 1;
    let content = &plaintext[..plaintext.len() - padding - 32];
    black_box(HmacKey::new(HashAlgorithm::Sha256, b"key").sign(&[content]));
}

/// The MAC read from where it lies: the cache line tells the padding.
pub(crate) fn mac_from_its_place() {
    count_input();
    let plaintext = plaintext();
    let padding = usize::from(plaintext[plaintext.len() - 1]) + 1;
    let begin = plaintext.len().wrapping_sub(padding + 32);
    let mut mac = [0; 32];
    for (place, byte) in mac.iter_mut().enumerate() {
        *byte = plaintext[(begin + place) % 142];
    }
    black_box(mac);
}
