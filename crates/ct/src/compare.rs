//! Comparisons: of secrets, of MACs, of Finished messages.

use core::hint::black_box;

use premaster_crypto::tls12::MasterSecret;
use premaster_crypto::{HashAlgorithm, HmacKey, Secret, SecretBytes, Side};

use crate::leaks::to_the_first_difference;
use crate::trial::{Reason, count_input, declassify, declassify_verdict, poison};

/// Both hash functions.
pub(crate) const HASHES: [HashAlgorithm; 2] = [HashAlgorithm::Sha256, HashAlgorithm::Sha384];

/// `right`, `right` with each of its bytes changed, and with another length.
pub(crate) fn candidates(right: &[u8]) -> Vec<(Vec<u8>, bool)> {
    let mut candidates = vec![
        (right.to_vec(), true),
        (right[1..].to_vec(), false),
        ([right, &[0]].concat(), false),
        (Vec::new(), false),
    ];
    for place in 0..right.len() {
        let mut wrong = right.to_vec();
        wrong[place] ^= 0x40;
        candidates.push((wrong, false));
    }
    candidates
}

/// `Secret::ct_eq`, `SecretBytes::ct_eq`.
pub(crate) fn secrets() {
    for (mut other, is_equal) in candidates(&[7; 48]) {
        count_input();
        let mut secret = [7; 48];
        poison(&mut secret);
        poison(&mut other);
        let array = Secret::<48>::from_bytes(&secret).expect("48 bytes");
        let slice = SecretBytes::new(&secret);
        let verdicts = [array.ct_eq(&other), slice.ct_eq(&other)];
        assert_eq!(verdicts.map(declassify_verdict), [is_equal; 2]);
    }
}

pub(crate) fn secrets_by_operator() {
    count_input();
    let mut secret = [7; 48];
    poison(&mut secret);
    let secret = Secret::<48>::from_bytes(&secret).expect("48 bytes");
    if secret.as_bytes() == black_box(&[7; 48]) {
        black_box("equal");
    }
}

/// `Digest`'s own `==`.
pub(crate) fn digests() {
    for hash in HASHES {
        for (mut message, is_equal) in candidates(&[7; 48]) {
            count_input();
            let mut secret = [7; 48];
            poison(&mut secret);
            poison(&mut message);
            let verdict = hash.hash(&[&secret]) == hash.hash(&[&message]);
            assert_eq!(declassify_verdict(verdict), is_equal);
        }
    }
}

/// `HmacKey::new` and `HmacKey::verify`.
pub(crate) fn tags() {
    for hash in HASHES {
        for key_len in [
            0,
            1,
            hash.output_len(),
            hash.block_len(),
            hash.block_len() + 1,
        ] {
            let (mut key, mut message) = (vec![0x11; key_len], vec![0x22; 77]);
            let right = HmacKey::new(hash, &key).sign(&[&message]);
            poison(&mut key);
            poison(&mut message);
            let key = HmacKey::new(hash, &key);
            for (tag, fits) in candidates(&right) {
                count_input();
                let verdict = key.verify(&[&message[..50], &message[50..]], &tag).is_ok();
                assert_eq!(declassify_verdict(verdict), fits);
            }
        }
    }
}

pub(crate) fn tags_to_the_first_difference() {
    count_input();
    let mut key = [0x11; 32];
    poison(&mut key);
    let tag = HmacKey::new(HashAlgorithm::Sha256, &key).sign(&[b"message"]);
    black_box(to_the_first_difference(&tag, &[0; 32]));
}

fn master(hash: HashAlgorithm) -> MasterSecret {
    let mut secret = [0x33; 48];
    poison(&mut secret);
    MasterSecret::from_secret(hash, Secret::from_bytes(&secret).expect("48 bytes"))
}

/// `MasterSecret::check_verify_data`.
pub(crate) fn verify_data() {
    for (hash, side) in HASHES.into_iter().zip([Side::Client, Side::Server]) {
        let transcript = hash.hash(&[b"all messages so far"]);
        let master = master(hash);
        let mut right = master.verify_data(side, &transcript);
        declassify(&mut right, Reason::Result);
        for (received, fits) in candidates(&right) {
            count_input();
            let proof = master.check_verify_data(side, &transcript, &received);
            assert_eq!(declassify_verdict(proof.is_ok()), fits);
        }
    }
}

/// Not by `==`: of twelve bytes the compiler makes two words without a branch between them, as it happens.
pub(crate) fn verify_data_to_the_first_difference() {
    count_input();
    let transcript = HashAlgorithm::Sha256.hash(&[b"all messages so far"]);
    let right = master(HashAlgorithm::Sha256).verify_data(Side::Client, &transcript);
    black_box(to_the_first_difference(&right, &[0; 12]));
}
