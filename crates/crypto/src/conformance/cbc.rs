//! CBC with HMAC: what was sealed opens, and nothing else does.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;

use crate::{Cbc, CbcKey, DirectionKeys, MacOrder, RecordContext, SecretBytes};

use super::flipped;

const CONTEXT: RecordContext = RecordContext {
    sequence: 0x0102_0304_0506_0708,
    content_type: 23,
    version: 0x0303,
};

pub(super) fn check(cbc: &dyn Cbc) {
    for order in [MacOrder::MacThenEncrypt, MacOrder::EncryptThenMac] {
        check_key_lengths(cbc, order);
        let key = key(cbc, order, &keys(cbc));
        for len in (0..=65).chain([127, 128, 255, 256, 257, 1000, 4096, 16384]) {
            check_round_trip(&*key, len);
        }
        check_most(&*key);
        for len in [0, 1, 16, 33] {
            check_flips(&*key, len);
            check_lengths(&*key, len);
        }
        check_other_keys(cbc, order, &*key);
    }
    check_orders_differ(cbc);
}

/// MAC key and key of one length each, and no IV.
fn check_key_lengths(cbc: &dyn Cbc, order: MacOrder) {
    let right = keys(cbc).map(|key| key.len());
    for changed in 0..3 {
        for len in (0..=64).filter(|len| *len != right[changed]) {
            let mut keys = keys(cbc);
            keys[changed] = vec![7; len];
            let refused = cbc.key(&direction(&keys), order).is_err();
            assert!(refused, "{cbc:?} takes {len} bytes as its key {changed}");
        }
    }
}

fn check_round_trip(key: &dyn CbcKey, len: usize) {
    let content = bytes(len);
    let mut sealed = seal(key, &content);
    let most = key.most_content(sealed.len()).expect("what was sealed");
    assert!(most >= len && most - len < 16, "{len} bytes are not padded");
    assert!(
        len < 16 || !sealed.windows(16).any(|window| *window == content[..16]),
        "{len} bytes are not encrypted"
    );
    assert_eq!(seal(key, &content), sealed, "sealing is not a function");
    let range = key.open(&CONTEXT, &mut sealed).expect("what was sealed");
    assert_eq!(sealed[range], content, "{len} bytes come back changed");
}

/// The most that a fragment holds is what fills it with the shortest padding; others hold nothing.
fn check_most(key: &dyn CbcKey) {
    for fragment in 0..400 {
        let fills = |content: &usize| key.sealed_len(*content) == fragment;
        let most = (0..fragment).rev().find(fills);
        assert_eq!(key.most_content(fragment), most, "{fragment} bytes");
    }
}

fn check_flips(key: &dyn CbcKey, len: usize) {
    let sealed = seal(key, &bytes(len));
    let refuses = |context: RecordContext, mut sealed: Vec<u8>| {
        assert!(
            key.open(&context, &mut sealed).is_err(),
            "a flipped bit is accepted"
        );
    };
    for sealed in flipped(&sealed) {
        refuses(CONTEXT, sealed);
    }
    let mut context = CONTEXT;
    for bit in 0..64 {
        context.sequence = CONTEXT.sequence ^ (1 << bit);
        refuses(context, sealed.clone());
    }
    context = CONTEXT;
    for bit in 0..8 {
        context.content_type = CONTEXT.content_type ^ (1 << bit);
        refuses(context, sealed.clone());
    }
    context = CONTEXT;
    for bit in 0..16 {
        context.version = CONTEXT.version ^ (1 << bit);
        refuses(context, sealed.clone());
    }
}

/// No part of a fragment opens, nor more than it, and nothing is sealed where there is no room.
fn check_lengths(key: &dyn CbcKey, len: usize) {
    let sealed = seal(key, &bytes(len));
    for part in 0..sealed.len() {
        let (mut head, mut tail) = (sealed[..part].to_vec(), sealed[part + 1..].to_vec());
        assert!(
            key.open(&CONTEXT, &mut head).is_err() && key.open(&CONTEXT, &mut tail).is_err(),
            "{part} of {} bytes are accepted",
            sealed.len()
        );
    }
    for more in 1..=48 {
        let mut longer = [&sealed[..], &vec![0; more]].concat();
        let refused = key.open(&CONTEXT, &mut longer).is_err();
        assert!(refused, "{more} bytes too many are accepted");
    }
    for room in (0..sealed.len() + 48).filter(|room| *room != sealed.len()) {
        let refused = key.seal(&CONTEXT, &mut vec![0; room], len).is_err();
        assert!(refused, "{len} bytes are sealed in {room}");
    }
}

fn check_other_keys(cbc: &dyn Cbc, order: MacOrder, key: &dyn CbcKey) {
    let sealed = seal(key, &bytes(20));
    let right = keys(cbc);
    for changed in 0..2 {
        for other in flipped(&right[changed]) {
            let mut keys = right.clone();
            keys[changed] = other;
            let other = self::key(cbc, order, &keys);
            let opened = other.open(&CONTEXT, &mut sealed.clone());
            // Encrypt-then-MAC checks nothing with the other key but the padding, which fits by chance.
            assert!(
                opened.is_err() || (order, changed) == (MacOrder::EncryptThenMac, 1),
                "another key opens"
            );
        }
    }
}

/// What one order has sealed the other does not open.
fn check_orders_differ(cbc: &dyn Cbc) {
    let [inside, outside] = [MacOrder::MacThenEncrypt, MacOrder::EncryptThenMac]
        .map(|order| key(cbc, order, &keys(cbc)));
    for len in 0..64 {
        let content = bytes(len);
        let (mut first, mut second) = (seal(&*inside, &content), seal(&*outside, &content));
        assert!(outside.open(&CONTEXT, &mut first).is_err());
        assert!(inside.open(&CONTEXT, &mut second).is_err());
    }
}

fn seal(key: &dyn CbcKey, content: &[u8]) -> Vec<u8> {
    let mut fragment = vec![0x5c; key.sealed_len(content.len())];
    fragment[16..16 + content.len()].copy_from_slice(content);
    key.seal(&CONTEXT, &mut fragment, content.len())
        .expect("a fragment of the right length");
    assert!(fragment.starts_with(&[0x5c; 16]), "the IV is another");
    fragment
}

fn key(cbc: &dyn Cbc, order: MacOrder, keys: &[Vec<u8>; 3]) -> Box<dyn CbcKey> {
    cbc.key(&direction(keys), order)
        .expect("keys of the right lengths")
}

/// MAC key, key and IV.
fn keys(cbc: &dyn Cbc) -> [Vec<u8>; 3] {
    let algorithm = cbc.algorithm();
    [algorithm.mac.output_len(), algorithm.cipher.key_len(), 0].map(bytes)
}

fn direction([mac_key, key, iv]: &[Vec<u8>; 3]) -> DirectionKeys {
    DirectionKeys {
        mac_key: SecretBytes::new(mac_key),
        key: SecretBytes::new(key),
        iv: SecretBytes::new(iv),
    }
}

fn bytes(len: usize) -> Vec<u8> {
    (1..=251).cycle().take(len).collect()
}
