//! Finite fields: what they refuse, and what both sides get.

use premaster_crypto::{CryptoError, DhGroup, Provider, SecureRandom};
use premaster_crypto_classic::{GroupFault, dangerous_custom_group, extend};
use premaster_crypto_ring::provider;
use std::sync::Arc;

fn groups() -> Vec<Arc<dyn DhGroup>> {
    extend(provider()).dh_groups
}

#[test]
fn the_groups_are_in_their_documented_order() {
    let names: Vec<_> = groups()
        .iter()
        .map(|group| (group.name().to_owned(), group.id(), group.prime().len()))
        .collect();
    let expected = [
        ("ffdhe2048", Some(256), 256),
        ("ffdhe3072", Some(257), 384),
        ("ffdhe4096", Some(258), 512),
        ("modp2048", None, 256),
        ("modp3072", None, 384),
        ("modp4096", None, 512),
    ];
    assert_eq!(
        names,
        expected.map(|(name, id, len)| (name.to_owned(), id, len))
    );
    assert!(groups().iter().all(|group| group.generator() == [2]));
}

/// Both sides agree; shares and secrets are as long as the prime.
#[test]
fn both_sides_agree() {
    for group in groups() {
        let (client, server) = (group.start().unwrap(), group.start().unwrap());
        let shares = (client.share().to_vec(), server.share().to_vec());
        assert_ne!(shares.0, shares.1);
        let client = client.complete(&shares.1).unwrap();
        let server = server.complete(&shares.0).unwrap();
        assert_eq!(client.as_bytes(), server.as_bytes());
        let lens = [&shares.0[..], &shares.1, client.as_bytes()].map(<[u8]>::len);
        assert_eq!(lens, [group.prime().len(); 3]);
    }
}

/// Property 7: 0, 1, p-1, p and what is beyond, and what is longer than p even when its first bytes are zeros.
#[test]
fn public_values_that_are_none_are_refused() {
    for group in groups().into_iter().step_by(3) {
        let len = group.prime().len();
        let number = |value: u8| [&vec![0; len - 1][..], &[value]].concat();
        let beside_prime = |distance: i16| {
            let mut bytes = group.prime().to_vec();
            let last = i16::from(bytes[len - 1]) + distance;
            bytes[len - 1] = (last & 0xff) as u8;
            let mut carry = last > 0xff;
            for byte in bytes[..len - 1].iter_mut().rev() {
                let (sum, over) = byte.overflowing_add(u8::from(carry));
                (*byte, carry) = (sum, over);
            }
            bytes
        };
        let refused = [
            ("nothing", vec![]),
            ("0 in short", vec![0]),
            ("1 in short", vec![1]),
            ("0", number(0)),
            ("1", number(1)),
            ("p-1", beside_prime(-1)),
            ("p", beside_prime(0)),
            ("p+1", beside_prime(1)),
            ("p+2", beside_prime(2)),
            ("all ones", vec![0xff; len]),
            ("longer", [&[0], &number(2)[..]].concat()),
            ("longer and larger", [&[1], &number(2)[..]].concat()),
        ];
        for (what, share) in refused {
            let active = group.start().unwrap();
            assert!(active.complete(&share).is_err(), "{what}");
        }
        for share in [number(2), vec![2], beside_prime(-2)] {
            group.start().unwrap().complete(&share).unwrap();
        }
    }
}

/// A peer may leave out leading zeros: the share is a number.
#[test]
fn a_short_public_value_is_the_same_number() {
    /// Every exponent is the same, so that two exchanges can be compared.
    #[derive(Debug)]
    struct Constant;

    impl SecureRandom for Constant {
        fn fill(&self, out: &mut [u8]) -> Result<(), CryptoError> {
            out.fill(0x5a);
            Ok(())
        }
    }

    let constant = Provider {
        random: &Constant,
        ..provider()
    };
    let groups = extend(constant).dh_groups;
    let complete = |share: &[u8]| groups[0].start().unwrap().complete(share).unwrap();
    let (short, long) = (complete(&[7]), complete(&[&[0; 255], &[7][..]].concat()));
    assert_eq!(short.as_bytes(), long.as_bytes());
    assert_ne!(short.as_bytes(), complete(&[8]).as_bytes());
}

#[test]
fn without_randomness_there_is_no_key_pair() {
    #[derive(Debug)]
    struct Broken;

    impl SecureRandom for Broken {
        fn fill(&self, _: &mut [u8]) -> Result<(), CryptoError> {
            Err(CryptoError)
        }
    }

    let broken = Provider {
        random: &Broken,
        ..provider()
    };
    for group in extend(broken).dh_groups {
        assert!(group.start().is_err());
        let custom = dangerous_custom_group("ours", group.prime(), &[2], &Broken);
        assert_eq!(custom.unwrap_err(), GroupFault::Crypto(CryptoError));
    }
}

/// properties 7 and 9: weak and oversized fields are refused before anything is computed in them.
#[test]
fn weak_groups_are_refused() {
    let random = provider().random;
    let refuse = |prime: &[u8], generator: &[u8]| {
        dangerous_custom_group("custom", prime, generator, random).unwrap_err()
    };
    let known = groups()[0].prime().to_vec();
    let mut minus_one = known.clone();
    *minus_one.last_mut().unwrap() -= 1;
    let mut short = known.clone();
    short[0] = 0x7f;
    let mut not_prime = known.clone();
    *not_prime.last_mut().unwrap() -= 8;
    let long = [&[1], &[0xff; 1024][..]].concat();
    assert_eq!(refuse(&[], &[2]), GroupFault::TooShort { bits: 0 });
    assert_eq!(
        refuse(&[0xff; 128], &[2]),
        GroupFault::TooShort { bits: 1024 }
    );
    assert_eq!(refuse(&short, &[2]), GroupFault::TooShort { bits: 2047 });
    assert_eq!(refuse(&long, &[2]), GroupFault::TooLong { bits: 8193 });
    assert_eq!(refuse(&not_prime, &[2]), GroupFault::NotSafe);
    assert_eq!(refuse(&minus_one, &[2]), GroupFault::NotSafe);
    for generator in [&[][..], &[0], &[1], &minus_one, &known, &[1; 257]] {
        assert_eq!(refuse(&known, generator), GroupFault::Generator);
    }
}

/// The same group by its numbers: secrets agree with those of the table.
#[test]
fn a_custom_group_computes_as_any_other() {
    let known = &groups()[3];
    let zeros = [&[0, 0], known.prime()].concat();
    let custom = dangerous_custom_group("ours", &zeros, &[0, 2], provider().random).unwrap();
    assert_eq!((custom.name(), custom.id()), ("ours", None));
    assert_eq!(custom.prime(), known.prime());
    assert_eq!(custom.generator(), [2]);
    let (ours, theirs) = (custom.start().unwrap(), known.start().unwrap());
    let shares = (ours.share().to_vec(), theirs.share().to_vec());
    let secrets = (
        ours.complete(&shares.1).unwrap(),
        theirs.complete(&shares.0).unwrap(),
    );
    assert_eq!(secrets.0.as_bytes(), secrets.1.as_bytes());
}
