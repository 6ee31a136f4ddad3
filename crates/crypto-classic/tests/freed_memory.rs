//! No secret is left in memory that was given back to the allocator.

#[allow(dead_code, reason = "this test counts nothing")]
#[path = "../../testkit/tests/memory/allocator.rs"]
mod allocator;

use std::hint::black_box;

use premaster_crypto::{
    CryptoError, DirectionKeys, MacAlgorithm, MacOrder, Provider, RecordContext, SecretBytes,
    SecureRandom,
};
use premaster_crypto_classic::extend;
use premaster_crypto_ring::provider;
use sha2::block_api::compress256;

const KEY: [u8; 32] = *b"the key of the cipher, 32 bytes.";
const MAC_KEY: [u8; 48] = *b"quite another key, for the MAC alone: 48 bytes..";
const CONTENT: [u8; 24] = *b"content, decrypted here.";

/// Something to look for, by its first 8 bytes.
type Secret = (&'static str, [u8; 8]);

#[test]
fn keys_of_records_are_erased() {
    let secrets = [
        ("the key", first(&KEY)),
        ("the MAC key", first(&MAC_KEY)),
        ("the inner state of HMAC", hmac_state(0x36)),
        ("the outer state of HMAC", hmac_state(0x5c)),
    ];
    let context = RecordContext {
        sequence: 0,
        content_type: 23,
        version: 0x0303,
    };
    let found = found_after(&secrets, || {
        for cbc in extend(provider()).cbc {
            let algorithm = cbc.algorithm();
            let keys = DirectionKeys {
                mac_key: SecretBytes::new(&MAC_KEY[..algorithm.mac.output_len()]),
                key: SecretBytes::new(&KEY[..algorithm.cipher.key_len()]),
                iv: SecretBytes::new(&[]),
            };
            for order in [MacOrder::MacThenEncrypt, MacOrder::EncryptThenMac] {
                let key = cbc.key(&keys, order).unwrap();
                let mut fragment = [5; 128];
                let fragment = &mut fragment[..key.sealed_len(CONTENT.len())];
                fragment[16..40].copy_from_slice(&CONTENT);
                key.seal(&context, fragment, CONTENT.len()).unwrap();
                key.open(&context, fragment).unwrap();
            }
        }
    });
    assert_eq!(found, [""; 0]);
}

#[derive(Debug)]
struct Known;

impl SecureRandom for Known {
    fn fill(&self, out: &mut [u8]) -> Result<(), CryptoError> {
        for (byte, value) in out.iter_mut().zip((1..=255).rev().cycle()) {
            *byte = value;
        }
        Ok(())
    }
}

/// Property 8: what was used once is gone, and what was abandoned too.
#[test]
fn exponents_and_secrets_of_exchanges_are_erased() {
    let scripted = Provider {
        random: &Known,
        ..provider()
    };
    let groups = extend(scripted).dh_groups;
    let (group, share) = (&groups[0], [7; 256]);
    let shared = group.start().unwrap().complete(&share).unwrap();
    let mut exponent = [0; 256];
    Known.fill(&mut exponent).unwrap();
    let mut last_limb = [0; 8];
    last_limb.copy_from_slice(&exponent[24..32]);
    last_limb.reverse();
    let secrets = [
        ("the exponent", first(&exponent)),
        ("the exponent as a number", last_limb),
        ("the shared secret", first(shared.as_bytes())),
    ];
    let found = found_after(&secrets, || {
        let active = group.start().unwrap();
        drop(group.start().unwrap());
        let shared = active.complete(&share).unwrap().stripped();
        assert_eq!(shared.as_bytes().len(), 256);
    });
    assert_eq!(found, [""; 0]);
}

#[test]
fn what_is_left_is_found() {
    let secrets = [("a secret", [0x5a; 8])];
    let found = found_after(&secrets, || drop(black_box(vec![0x5a_u8; 40])));
    assert_eq!(found, ["a secret"]);
}

/// What of `secrets` is in memory that `deed` has freed, or holds for ever.
fn found_after(secrets: &[Secret], deed: impl FnOnce()) -> Vec<&'static str> {
    let mut found = Vec::new();
    allocator::keep(deed, |_, bytes| {
        let windows = bytes.windows(8);
        for window in windows {
            let of = secrets.iter().filter(|(_, secret)| window == secret);
            found.extend(of.map(|(name, _)| *name));
        }
    });
    found.dedup();
    found
}

fn first(bytes: &[u8]) -> [u8; 8] {
    *bytes.first_chunk().unwrap()
}

/// The beginning of a chaining value that a prepared HMAC key consists of (RFC 2104 section 4).
fn hmac_state(pad: u8) -> [u8; 8] {
    let mut block = [pad; 64];
    let key = &MAC_KEY[..MacAlgorithm::HmacSha256.output_len()];
    for (byte, key) in block.iter_mut().zip(key) {
        *byte ^= key;
    }
    // FIPS 180-4 section 5.3.3.
    let mut state = [
        0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab,
        0x5be0cd19,
    ];
    compress256(&mut state, &[block]);
    let mut beginning = [0; 8];
    beginning[..4].copy_from_slice(&state[0].to_ne_bytes());
    beginning[4..].copy_from_slice(&state[1].to_ne_bytes());
    beginning
}
