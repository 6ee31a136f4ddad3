//! Key exchange: both sides agree, every share is fresh, malformed shares are refused.

use alloc::vec;
use alloc::vec::Vec;

use rustls_pki_types::alg_id;

use crate::{KeyExchange, Side, spki};

/// What is known of a group: bytes in the client's share, the server's and the secret, and its parts.
type Row = (u16, &'static str, [usize; 3], &'static [Part]);

/// RFC 8446 section 4.2.8.2 and section 7.4.2; draft-ietf-tls-ecdhe-mlkem. Groups of two parts are of TLS 1.3 only.
const GROUPS: &[Row] = &[
    (0x001d, "x25519", [32, 32, 32], &[Part::X25519]),
    (0x0017, "secp256r1", [65, 65, 32], &[Part::Point]),
    (0x0018, "secp384r1", [97, 97, 48], &[Part::Point]),
    (0x0019, "secp521r1", [133, 133, 66], &[Part::Point]),
    (
        0x11ec,
        "X25519MLKEM768",
        [1216, 1120, 64],
        &[Part::MlKem768, Part::X25519],
    ),
    (
        0x11eb,
        "SecP256r1MLKEM768",
        [1249, 1153, 64],
        &[Part::Point, Part::MlKem768],
    ),
    // draft-ietf-tls-mlkem: without a curve.
    (0x0202, "MLKEM1024", [1568, 1568, 32], &[Part::MlKem1024]),
];

/// A half of a hybrid, or all of a curve.
#[derive(Clone, Copy, PartialEq)]
enum Part {
    X25519,
    Point,
    /// An encapsulation key or a ciphertext (FIPS 203 section 8).
    MlKem768,
    MlKem1024,
}

impl Part {
    fn is_ml_kem(self) -> bool {
        matches!(self, Self::MlKem768 | Self::MlKem1024)
    }
}

pub(super) fn check(group: &dyn KeyExchange) {
    let row = GROUPS.iter().find(|(id, ..)| *id == group.id());
    let (_, name, lengths, parts) =
        row.unwrap_or_else(|| panic!("{} is not in the table", group.name()));
    assert_eq!(group.name(), *name);
    let kem = parts.iter().copied().find(|part| part.is_ml_kem());
    assert_eq!(group.tls13_only(), kem.is_some(), "{name} in TLS 1.2");
    check_agreement(group, *lengths);
    check_fresh(group);
    let share = group.start().expect("a key pair").share().to_vec();
    let (answer, _) = group.respond(&share).expect("a good share");
    for (what, share) in malformed(&share, parts, Side::Client) {
        assert!(group.respond(&share).is_err(), "{name} responds to {what}");
    }
    for (what, share) in malformed(&answer, parts, Side::Server) {
        let active = group.start().expect("a key pair");
        let refused = active.complete(&share).is_err();
        assert!(refused, "{name} completes with {what}");
    }
    if kem.is_some() {
        assert!(group.respond(&answer).is_err(), "a server's share asks");
    }
    match parts {
        [_, _] if kem.is_some() => {
            let active = group.start().expect("a key pair");
            let answered = active.complete(&share).is_ok();
            assert!(!answered, "a client's share answers");
            check_implicit_rejection(group, kem == parts.first().copied());
        }
        [one] if one.is_ml_kem() => check_rejection_alone(group),
        _ => {}
    }
}

fn check_agreement(group: &dyn KeyExchange, lengths: [usize; 3]) {
    let name = group.name();
    for _ in 0..4 {
        let active = group.start().expect("a key pair");
        let (share, theirs) = group.respond(active.share()).expect("a good share");
        let found = [active.share().len(), share.len(), theirs.as_bytes().len()];
        assert_eq!(found, lengths, "the lengths of {name}");
        let ours = active.complete(&share).expect("a good share");
        assert_eq!(ours.as_bytes(), theirs.as_bytes(), "{name} does not agree");
        for half in ours.as_bytes().chunks_exact(32) {
            let zeros = half.iter().all(|byte| *byte == 0);
            assert!(!zeros, "a shared secret of zeros");
        }
    }
}

/// Property 8: every exchange has key pairs of its own, on both sides.
fn check_fresh(group: &dyn KeyExchange) {
    let active = group.start().expect("a key pair");
    let shares = [(); 8].map(|()| group.start().expect("a key pair").share().to_vec());
    let answers = [(); 8].map(|()| group.respond(active.share()).expect("a good share").0);
    let half = |share: &Vec<u8>, at: usize| share[at..at + 32].to_vec();
    for made in [shares, answers] {
        // Each half of a hybrid is fresh: what a share begins with, and what it ends with.
        let begins = made.iter().map(|share| half(share, 0));
        let ends = made.iter().map(|share| half(share, share.len() - 32));
        for halves in [begins.collect::<Vec<_>>(), ends.collect()] {
            for (index, half) in halves.iter().enumerate() {
                let repeated = halves[..index].contains(half);
                assert!(!repeated, "{} repeats a share", group.name());
            }
        }
    }
}

/// As [`check_implicit_rejection`], where there is nothing beside the ciphertext.
fn check_rejection_alone(group: &dyn KeyExchange) {
    let active = group.start().expect("a key pair");
    let bits = 8 * group.respond(active.share()).expect("a good share").0.len();
    for bit in [0, 4001, bits - 1] {
        let active = group.start().expect("a key pair");
        let (mut share, theirs) = group.respond(active.share()).expect("a good share");
        share[bit / 8] ^= 1 << (bit % 8);
        let ours = active.complete(&share).expect("an implicit rejection");
        assert_ne!(ours.as_bytes(), theirs.as_bytes(), "{}", group.name());
    }
}

/// FIPS 203 section 6.3: a ciphertext that was not made for the key yields another secret and no error; what the curve
/// yields stays, in its place.
fn check_implicit_rejection(group: &dyn KeyExchange, kem_is_first: bool) {
    let kem = if kem_is_first { 0..1088 } else { 65..1153 };
    for bit in [kem.start * 8, kem.start * 8 + 4001, kem.end * 8 - 1] {
        let active = group.start().expect("a key pair");
        let (mut share, theirs) = group.respond(active.share()).expect("a good share");
        share[bit / 8] ^= 1 << (bit % 8);
        let ours = active.complete(&share).expect("an implicit rejection");
        let (ours, theirs) = (ours.as_bytes(), theirs.as_bytes());
        let same = [0, 32].map(|at| ours[at..at + 32] == theirs[at..at + 32]);
        assert_eq!(same, [!kem_is_first, kem_is_first], "{}", group.name());
    }
}

fn malformed(share: &[u8], parts: &[Part], side: Side) -> Vec<(&'static str, Vec<u8>)> {
    let mut shares = vec![
        ("no share", vec![]),
        ("one byte", vec![4]),
        (
            "a share that lacks a byte",
            share[..share.len() - 1].to_vec(),
        ),
        ("a share that lacks its first byte", share[1..].to_vec()),
        ("a share with a byte too many", [share, &[0]].concat()),
        ("two shares", [share, share].concat()),
    ];
    // Zeros are an encapsulation key, if of nobody, and a ciphertext.
    if !matches!(parts, [one] if one.is_ml_kem()) {
        shares.push(("zeros", vec![0; share.len()]));
    }
    let mut start = 0;
    for part in parts {
        let len = match (part, side) {
            (Part::X25519, _) => 32,
            (Part::MlKem768, Side::Client) => 1184,
            (Part::MlKem768, Side::Server) => 1088,
            (Part::MlKem1024, _) => 1568,
            (Part::Point, _) => share.len().min(if parts.len() > 1 { 65 } else { 133 }),
        };
        let (head, rest) = share.split_at(start);
        let (whole, tail) = rest.split_at(len);
        let changed = match (part, side) {
            (Part::X25519, _) => {
                let small = LOW_ORDER.map(|share| ("a point of small order", share.to_vec()));
                [&small[..], &[wrapped(X25519, whole)]].concat()
            }
            (Part::Point, _) => malformed_points(whole),
            (Part::MlKem768 | Part::MlKem1024, Side::Client) => unreduced_keys(whole),
            (Part::MlKem768 | Part::MlKem1024, Side::Server) => vec![],
        };
        let around = |(what, part): (_, Vec<u8>)| (what, [head, &part, tail].concat());
        shares.extend(changed.into_iter().map(around));
        shares.push(("a share without a part", [head, tail].concat()));
        start += len;
    }
    shares
}

/// FIPS 203 section 7.2: encapsulation keys with a coefficient that is not below 3329, in 12 bits of little endian.
fn unreduced_keys(key: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let mut keys = Vec::new();
    for coefficient in [0, 1, 255, 256, 511, 766, 767] {
        for value in [3329_u16, 3330, 4095] {
            let mut key = key.to_vec();
            let at = coefficient / 2 * 3;
            let [low, high] = value.to_le_bytes();
            if coefficient % 2 == 0 {
                key[at] = low;
                key[at + 1] = key[at + 1] & 0xf0 | high;
            } else {
                key[at + 1] = key[at + 1] & 0x0f | low << 4;
                key[at + 2] = high << 4 | low >> 4;
            }
            keys.push(("a coefficient that is not reduced", key));
        }
    }
    keys
}

/// `id-X25519` (RFC 8410 section 3).
const X25519: &[u8] = &[0x06, 0x03, 0x2b, 0x65, 0x6e];

/// What a certificate holds is no share.
fn wrapped(algorithm: &[u8], share: &[u8]) -> (&'static str, Vec<u8>) {
    let spki = spki::encode(algorithm, share);
    ("a SubjectPublicKeyInfo", spki)
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
        wrapped(&alg_id::ECDSA_P256, share),
        wrapped(&alg_id::ECDSA_P384, share),
        wrapped(&alg_id::ECDSA_P521, share),
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
