//! Diffie-Hellman in a finite field: both sides agree, every share is fresh, what is no public key is refused.

use alloc::vec;
use alloc::vec::Vec;

use crate::DhGroup;

pub(super) fn check(group: &dyn DhGroup) {
    check_numbers(group);
    check_agreement(group);
    for (what, share) in refused(group.prime()) {
        let active = group.start().expect("a key pair");
        let name = group.name();
        assert!(
            active.complete(&share).is_err(),
            "{name} completes with {what}"
        );
    }
    for share in [vec![2], minus(group.prime(), 2)] {
        let active = group.start().expect("a key pair");
        active.complete(&share).expect("a public key");
    }
}

/// Property 7: no prime below 2048 bits; written without leading zeros.
fn check_numbers(group: &dyn DhGroup) {
    let (prime, generator) = (group.prime(), group.generator());
    assert!(!group.name().is_empty());
    assert!(
        prime.len() >= 256 && prime[0] != 0 && prime[prime.len() - 1] & 1 == 1,
        "{} has no prime",
        group.name()
    );
    assert!(prime.len() > 256 || prime[0] & 0x80 != 0);
    assert!(generator.first().is_some_and(|first| *first != 0) && generator != [1]);
}

/// Shares and secrets are as long as the prime, whatever they begin with; every exchange has a key pair of its own
/// (property 8).
fn check_agreement(group: &dyn DhGroup) {
    let len = group.prime().len();
    let mut seen = Vec::new();
    for _ in 0..2 {
        let (ours, theirs) = (group.start(), group.start());
        let (ours, theirs) = (ours.expect("a key pair"), theirs.expect("a key pair"));
        let shares = [ours.share().to_vec(), theirs.share().to_vec()];
        let secrets = [ours.complete(&shares[1]), theirs.complete(&shares[0])];
        let secrets = secrets.map(|secret| secret.expect("a good share").as_bytes().to_vec());
        assert!(secrets[0] == secrets[1], "{} does not agree", group.name());
        for bytes in shares.into_iter().chain([secrets[0].clone()]) {
            assert_eq!(bytes.len(), len, "another length than the prime's");
            assert!(!seen.contains(&bytes), "{} repeats a share", group.name());
            seen.push(bytes);
        }
    }
}

fn refused(prime: &[u8]) -> [(&'static str, Vec<u8>); 10] {
    let ones = vec![0xff; prime.len()];
    [
        ("no share", vec![]),
        ("0", vec![0]),
        ("1", vec![1]),
        ("0 as long as p", vec![0; prime.len()]),
        (
            "1 as long as p",
            [&vec![0; prime.len() - 1][..], &[1]].concat(),
        ),
        ("p-1", minus(prime, 1)),
        ("p", prime.to_vec()),
        ("the largest number of its length", ones),
        ("a number longer than p", [&[1], prime].concat()),
        (
            "2 with more zeros than p has bytes",
            [&vec![0; prime.len()][..], &[2]].concat(),
        ),
    ]
}

/// `prime - small`.
fn minus(prime: &[u8], small: u8) -> Vec<u8> {
    let mut bytes = prime.to_vec();
    let mut borrow = small;
    for byte in bytes.iter_mut().rev() {
        let (difference, under) = byte.overflowing_sub(borrow);
        (*byte, borrow) = (difference, u8::from(under));
    }
    bytes
}
