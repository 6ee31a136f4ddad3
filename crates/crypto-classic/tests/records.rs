//! Records of a peer that was written plainly: it pads and signs as it likes.

mod support;

use premaster_crypto::{CryptoError, MacOrder};
use support::{CONTEXT, Peer, algorithms, content, key};

/// Every algorithm, content that ends anywhere in a block, every padding that a peer may choose
/// (RFC 5246 section 6.2.3.2: up to 255 bytes).
#[test]
fn every_length_of_padding_opens() {
    for (algorithm, order) in algorithms() {
        let (peer, key) = (Peer::new(algorithm, order), key(algorithm, order));
        for len in (0..=33).chain([239, 240, 241, 255, 256, 257, 1000, 16384]) {
            let (content, mut seen) = (content(len), 0);
            for padding in peer.paddings(len) {
                let mut fragment = peer.seal(&CONTEXT, &content, padding);
                assert!(key.most_content(fragment.len()).unwrap() >= len);
                let range = key.open(&CONTEXT, &mut fragment).unwrap();
                assert_eq!(fragment[range], content, "{algorithm:?} {len} {padding}");
                seen += 1;
            }
            assert_eq!(seen, 16);
        }
    }
}

/// Properties 13 and 14: each byte of the padding and of the MAC counts, and there is one error.
#[test]
fn no_byte_of_padding_or_mac_may_be_another() {
    for (algorithm, order) in algorithms() {
        let (peer, key) = (Peer::new(algorithm, order), key(algorithm, order));
        // After 11 and 15 bytes one byte of padding can be enough: then the MAC is where wrong padding has it looked for.
        for len in [0, 11, 15, 300] {
            for padding in peer.paddings(len).step_by(5) {
                for place in 0..=padding {
                    let wrong = peer.seal_with(&CONTEXT, &content(len), padding, |bytes, _| {
                        let end = bytes.len();
                        bytes[end - 1 - place] ^= 1 << (place % 8);
                    });
                    assert_refused(&key.open(&CONTEXT, &mut wrong.clone()));
                }
                for place in 0..algorithm.mac.output_len() {
                    let wrong = peer.seal_with(&CONTEXT, &content(len), padding, |_, mac| {
                        mac[place] ^= 1 << (place % 8);
                    });
                    assert_refused(&key.open(&CONTEXT, &mut wrong.clone()));
                }
            }
        }
    }
}

/// The header of a record says no more than 65,535 bytes, and the MAC covers what it says.
#[test]
fn what_no_header_can_say_is_neither_sealed_nor_opened() {
    for (algorithm, order) in algorithms() {
        let key = key(algorithm, order);
        let most = (0..=65_535).rev().find_map(|len| key.most_content(len));
        let most = most.unwrap();
        for (len, is_sealed) in [(most, true), (most + 1, false), (1 << 16, false)] {
            let mut fragment = vec![0; key.sealed_len(len)];
            assert_eq!(key.seal(&CONTEXT, &mut fragment, len).is_ok(), is_sealed);
            assert_eq!(key.open(&CONTEXT, &mut fragment).is_ok(), is_sealed);
        }
    }
}

/// property 13: padding that claims to begin before the fragment does, or in the MAC.
#[test]
fn padding_may_not_be_longer_than_there_is_room() {
    for (algorithm, order) in algorithms() {
        let (peer, key) = (Peer::new(algorithm, order), key(algorithm, order));
        for blocks in 1..=18 {
            for claimed in 0..=255 {
                let mut fragment = peer.seal_nothing_but(&CONTEXT, &vec![claimed; 16 * blocks]);
                let fits = order == MacOrder::EncryptThenMac && usize::from(claimed) < 16 * blocks;
                assert_eq!(key.open(&CONTEXT, &mut fragment).is_ok(), fits);
            }
        }
    }
}

#[test]
fn what_is_sealed_here_opens_there() {
    for (algorithm, order) in algorithms() {
        let (peer, key) = (Peer::new(algorithm, order), key(algorithm, order));
        for len in (0..=33).chain([255, 256, 257, 16384]) {
            let content = content(len);
            let mut fragment = vec![0x77; key.sealed_len(len)];
            fragment[16..16 + len].copy_from_slice(&content);
            key.seal(&CONTEXT, &mut fragment, len).unwrap();
            let shortest = peer.paddings(len).min().unwrap();
            let expected = peer.seal_after(&[0x77; 16], &CONTEXT, &content, shortest);
            assert_eq!(fragment, expected, "{algorithm:?} {order:?} {len}");
        }
    }
}

/// property 14: what was not good is gone: its content is not there to be used by mistake.
#[test]
fn what_was_refused_leaves_no_plaintext() {
    for (algorithm, order) in algorithms() {
        let (peer, key) = (Peer::new(algorithm, order), key(algorithm, order));
        let padding = peer.paddings(400).next().unwrap();
        let spoil = |_: &mut Vec<u8>, mac: &mut [u8]| mac[0] ^= 1;
        let mut fragment = peer.seal_with(&CONTEXT, &[0xab; 400], padding, spoil);
        assert_refused(&key.open(&CONTEXT, &mut fragment));
        assert!(!fragment.windows(4).any(|window| window == [0xab; 4]));
    }
}

fn assert_refused(opened: &Result<std::ops::Range<usize>, CryptoError>) {
    assert_eq!(*opened, Err(CryptoError));
}
