//! Key exchange: both sides agree, every share is fresh, malformed shares are refused.

use alloc::vec;
use alloc::vec::Vec;

use crate::KeyExchange;

pub(super) fn check(group: &dyn KeyExchange) {
    check_agreement(group);
    check_fresh(group);
    for (what, share) in malformed(group) {
        let name = group.name();
        let active = group.start().expect("a key pair");
        assert!(
            active.complete(&share).is_err(),
            "{name} completes with {what}"
        );
        assert!(group.respond(&share).is_err(), "{name} responds to {what}");
    }
}

fn check_agreement(group: &dyn KeyExchange) {
    for _ in 0..4 {
        let active = group.start().expect("a key pair");
        let (share, theirs) = group.respond(active.share()).expect("a good share");
        let ours = active.complete(&share).expect("a good share");
        assert_eq!(
            ours.as_bytes(),
            theirs.as_bytes(),
            "{} does not agree",
            group.name()
        );
        assert!(
            ours.as_bytes().iter().any(|byte| *byte != 0),
            "a shared secret of zeros"
        );
    }
}

/// Property 8: every exchange has a key pair of its own.
fn check_fresh(group: &dyn KeyExchange) {
    let shares = [(); 8].map(|()| group.start().expect("a key pair").share().to_vec());
    for (index, share) in shares.iter().enumerate() {
        assert!(
            !shares[..index].contains(share),
            "{} repeats a share",
            group.name()
        );
    }
}

fn malformed(group: &dyn KeyExchange) -> Vec<(&'static str, Vec<u8>)> {
    let share = group.start().expect("a key pair").share().to_vec();
    let mut shares = vec![
        ("no share", vec![]),
        ("one byte", vec![4]),
        (
            "a share that lacks a byte",
            share[..share.len() - 1].to_vec(),
        ),
        ("a share with a byte too many", [&share[..], &[0]].concat()),
        ("zeros", vec![0; share.len()]),
        ("two shares", [&share[..], &share].concat()),
    ];
    match group.id() {
        0x0017 | 0x0018 => shares.extend(malformed_points(&share)),
        0x001d => shares.extend(LOW_ORDER.map(|share| ("a point of small order", share.to_vec()))),
        _ => {}
    }
    shares
}

/// RFC 8446 section 4.2.8.2 and RFC 8422 section 5.10: uncompressed points of the curve only.
fn malformed_points(share: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let (head, last) = share.split_at(share.len() - 1);
    let (x, y) = share[1..].split_at(share.len() / 2);
    let ones = vec![0xff; x.len()];
    let zeros = vec![0; x.len()];
    let mut points = vec![
        ("a point beside the curve", [head, &[last[0] ^ 1]].concat()),
        ("coordinates in the wrong order", [&[4], y, x].concat()),
        ("the point at infinity", vec![0]),
        ("the origin", [&[4], &zeros[..], &zeros].concat()),
        ("an x beyond the field", [&[4], &ones[..], y].concat()),
        ("a y beyond the field", [&[4], x, &ones[..]].concat()),
        ("a share without its form byte", share[1..].to_vec()),
    ];
    for form in [2, 3] {
        points.push(("a compressed point", [&[form], x].concat()));
    }
    for form in [0, 2, 3, 5, 6, 7, 0x84, 0xff] {
        points.push(("another form byte", [&[form], x, y].concat()));
    }
    points
}

/// The points of X25519 whose multiples by any scalar are zero (RFC 7748 section 6.1): 0, 1, p - 1, two of
/// order 8, and p, p + 1, which are 0 and 1 again.
const LOW_ORDER: [[u8; 32]; 7] = [
    [0; 32],
    with_ends(1, 0, 0),
    with_ends(0xec, 0xff, 0x7f),
    [
        0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4,
        0x6a, 0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49,
        0xb8, 0x00,
    ],
    [
        0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1, 0x55, 0x9c, 0x83, 0xef,
        0x5b, 0x04, 0x44, 0x5c, 0xc4, 0x58, 0x1c, 0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f,
        0x11, 0x57,
    ],
    with_ends(0xed, 0xff, 0x7f),
    with_ends(0xee, 0xff, 0x7f),
];

const fn with_ends(first: u8, middle: u8, last: u8) -> [u8; 32] {
    let mut bytes = [middle; 32];
    bytes[0] = first;
    bytes[31] = last;
    bytes
}
