//! What is as long as a secret says: secrets without their leading zeros, MACs of a hidden length.

use core::hint::black_box;

use premaster_crypto::hidden::{Compress, MacKey, State256, State384};
use premaster_crypto::{HashAlgorithm, HmacKey, SharedSecret};

use crate::compare::HASHES;
use crate::derive::masters;
use crate::leaks::to_the_first_difference;
use crate::trial::{Reason, count_input, declassify, poison};

/// `SharedSecret::stripped` and the master secrets of it: every number of zeros up to twelve, and a few others.
pub(crate) fn stripped() {
    for hash in HASHES {
        for len in [48, 64, 65, 128, 129, 256] {
            for zeros in (0..=12).chain([len / 2, len - 1, len]) {
                count_input();
                let mut premaster = vec![0x99; len];
                premaster[..zeros].fill(0);
                let right = masters(hash, &SharedSecret::from_bytes(&premaster[zeros..]));
                poison(&mut premaster);
                let stripped = SharedSecret::from_bytes(&premaster).stripped();
                let mut secret = masters(hash, &stripped);
                for master in &mut secret {
                    declassify(master, Reason::Result);
                }
                assert_eq!(secret, right, "{zeros} of {len}");
            }
        }
    }
}

/// Leading zeros dropped by looking at them.
pub(crate) fn stripped_in_plain_sight() {
    count_input();
    let mut premaster = [0x44; 256];
    premaster[0] = 0;
    poison(&mut premaster);
    let zeros = premaster.iter().take_while(|byte| **byte == 0).count();
    let premaster = SharedSecret::from_bytes(&premaster[zeros..]);
    black_box(masters(HashAlgorithm::Sha256, &premaster));
}

/// The right length, hashed as it is: the number of compressions tells it.
pub(crate) fn hashed_at_its_length() {
    count_input();
    let (len, secret) = (secret_len(100), [0x44; 256]);
    black_box(HashAlgorithm::Sha256.hash(&[&secret[..len]]));
}

/// `MacKey::sign_hidden`: every length in rooms around one and two blocks.
pub(crate) fn macs() {
    for room in [0, 1, 63, 64, 65, 127, 130] {
        for len in 0..=room {
            mac::<State256>(HashAlgorithm::Sha256, room, len);
            mac::<State384>(HashAlgorithm::Sha384, room, len);
        }
    }
}

fn mac<C: Compress>(hash: HashAlgorithm, room: usize, len: usize) {
    count_input();
    let (mut key, mut message) = ([0x11; 32], vec![0x22; room]);
    let right = HmacKey::new(hash, &key).sign(&[b"header", &message[..len]]);
    poison(&mut key);
    poison(&mut message);
    let mut mac = vec![0; C::OUTPUT];
    MacKey::<C>::new(&key).sign_hidden(&[b"header"], &message, secret_len(len), &mut mac);
    declassify(&mut mac, Reason::Result);
    assert!(to_the_first_difference(&mac, &right), "{len} of {room}");
}

fn secret_len(len: usize) -> usize {
    let mut bytes = len.to_ne_bytes();
    poison(&mut bytes);
    usize::from_ne_bytes(bytes)
}
