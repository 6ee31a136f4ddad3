//! Published vectors, and handshakes that other programs made.

mod support;

use premaster_crypto::tls12::{MasterSecret, prf};
use premaster_crypto::{HashAlgorithm, HmacKey, Secret, SharedSecret, hkdf};
use support::Entry;

#[test]
fn the_published_prf_vectors_are_met() {
    let entries = Entry::read(include_str!("../vectors/tls12-prf.txt"));
    assert_eq!(entries.len(), 2);
    for entry in entries {
        let secret = HmacKey::new(hash(&entry), &entry.bytes("secret"));
        let expected = entry.bytes("output");
        let mut out = vec![0; expected.len()];
        prf(
            &secret,
            &entry.bytes("label"),
            &[&entry.bytes("seed")],
            &mut out,
        );
        assert_eq!(out, expected);
    }
}

#[test]
fn the_published_hmac_vectors_are_met_and_nothing_else_verifies() {
    let entries = Entry::read(include_str!("../vectors/hmac.txt"));
    assert_eq!(entries.len(), 12);
    for entry in entries {
        let key = HmacKey::new(hash(&entry), &entry.bytes("key"));
        let (data, tag) = (entry.bytes("data"), entry.bytes("tag"));
        assert_eq!(key.sign(&[&data])[..], tag);
        for split in 0..=data.len() {
            let (head, tail) = data.split_at(split);
            assert_eq!(key.sign(&[head, tail])[..], tag);
        }
        key.verify(&[&data], &tag).expect("the MAC itself");
        for bit in 0..8 * tag.len() {
            let mut wrong = tag.clone();
            wrong[bit / 8] ^= 1 << (bit % 8);
            key.verify(&[&data], &wrong).expect_err("a flipped bit");
        }
        key.verify(&[&data], &tag[..tag.len() - 1])
            .expect_err("a shorter tag");
        key.verify(&[&data], &[&tag[..], &[0]].concat())
            .expect_err("a longer tag");
        key.verify(&[&data], &[]).expect_err("no tag");
    }
}

#[test]
fn the_published_hkdf_vectors_are_met() {
    let entries = Entry::read(include_str!("../vectors/hkdf.txt"));
    assert_eq!(entries.len(), 3);
    for entry in entries {
        let (salt, input) = (entry.bytes("salt"), entry.bytes("ikm"));
        assert_extracts(hash(&entry), &salt, &input, &entry.bytes("prk"));
        let expected = entry.bytes("okm");
        let mut out = vec![0; expected.len()];
        let prk = hkdf::extract(hash(&entry), &salt, &input);
        hkdf::expand(&prk, &[&entry.bytes("info")], &mut out).expect("a short output");
        assert_eq!(out, expected);
    }
}

#[test]
fn the_secrets_and_keys_of_a_published_tls_1_3_handshake_are_met() {
    let entries = Entry::read(include_str!("../vectors/tls13-expand-label.txt"));
    assert_eq!(entries.len(), 11);
    let algorithm = HashAlgorithm::Sha256;
    for entry in entries {
        if entry.find("extract").is_some() {
            let (salt, input) = (entry.bytes("salt"), entry.bytes("ikm"));
            assert_extracts(algorithm, &salt, &input, &entry.bytes("extract"));
            continue;
        }
        let secret = HmacKey::new(algorithm, &entry.bytes("secret"));
        let (label, context) = (entry.bytes("expand_label"), entry.bytes("context"));
        let expected = entry.bytes("output");
        let mut out = vec![0; expected.len()];
        hkdf::expand_label(&secret, &label, &context, &mut out).expect("short enough");
        assert_eq!(out, expected);
    }
}

/// The records of these handshakes are opened in the tests of `premaster-crypto-ring`.
#[test]
fn the_secrets_of_recorded_handshakes_are_met() {
    let entries = Entry::read(include_str!("../vectors/tls12-handshakes.txt"));
    let (mut derived, mut exported) = (0, 0);
    for entry in &entries {
        let algorithm = if entry.text("name").contains("SHA384") {
            HashAlgorithm::Sha384
        } else {
            HashAlgorithm::Sha256
        };
        let client_random = entry.bytes("client_random").try_into().expect("32 bytes");
        let server_random = entry.bytes("server_random").try_into().expect("32 bytes");
        let expected = entry.bytes("master_secret");
        let mut master =
            MasterSecret::from_secret(algorithm, Secret::from_bytes(&expected).expect("48 bytes"));
        if entry.find("premaster_secret").is_some() {
            let premaster = SharedSecret::from_bytes(&entry.bytes("premaster_secret"));
            let session_hash = algorithm.hash(&[&entry.bytes("transcript")]);
            master = match &entry.bytes("extended_master_secret")[..] {
                [1] => MasterSecret::derive_extended(algorithm, &premaster, &session_hash),
                _ => MasterSecret::derive(algorithm, &premaster, &client_random, &server_random),
            };
            assert_eq!(master.secret().as_bytes()[..], expected);
            derived += 1;
        }
        if entry.find("exported").is_some() {
            let expected = entry.bytes("exported");
            let mut out = vec![0; expected.len()];
            let label = b"EXPORTER-premaster";
            master
                .export(label, &client_random, &server_random, None, &mut out)
                .expect("no context");
            assert_eq!(out, expected);
            exported += 1;
        }
    }
    assert_eq!((entries.len(), derived, exported), (5, 2, 4));
}

/// Property 8, RFC 5246 section 8.1.2: leading zeros are no part of the premaster secret, or the other side has another one.
#[test]
fn the_master_secrets_of_recorded_finite_field_handshakes_are_met() {
    let entries = Entry::read(include_str!("../vectors/tls12-dhe.txt"));
    let mut zeros = Vec::new();
    for entry in &entries {
        let suite = u16::from_str_radix(entry.text("suite"), 16).expect("a code point");
        let algorithm = premaster_crypto::suite(suite).expect("a suite").hash;
        let client_random = entry.bytes("client_random").try_into().expect("32 bytes");
        let server_random = entry.bytes("server_random").try_into().expect("32 bytes");
        let session_hash = algorithm.hash(&[&entry.bytes("transcript")]);
        let derive = |premaster: &SharedSecret| {
            let master = match &entry.bytes("extended_master_secret")[..] {
                [1] => MasterSecret::derive_extended(algorithm, premaster, &session_hash),
                _ => MasterSecret::derive(algorithm, premaster, &client_random, &server_random),
            };
            master.secret().as_bytes().to_vec()
        };
        let secret = entry.bytes("shared_secret");
        let expected = entry.bytes("master_secret");
        assert_eq!(
            derive(&SharedSecret::from_bytes(&secret).stripped()),
            expected
        );
        let begins_with_zero = secret[0] == 0;
        assert_eq!(
            derive(&SharedSecret::from_bytes(&secret)) != expected,
            begins_with_zero
        );
        zeros.push(secret.iter().take_while(|byte| **byte == 0).count());
    }
    assert_eq!(zeros, [0, 1, 2, 1, 1, 1, 2]);
}

/// An extracted key is seen only through what it signs.
fn assert_extracts(algorithm: HashAlgorithm, salt: &[u8], input: &[u8], prk: &[u8]) {
    let extracted = hkdf::extract(algorithm, salt, input);
    assert_eq!(
        extracted.sign(&[b"x"]),
        HmacKey::new(algorithm, prk).sign(&[b"x"])
    );
}

fn hash(entry: &Entry<'_>) -> HashAlgorithm {
    match entry.text("hash") {
        "SHA256" => HashAlgorithm::Sha256,
        "SHA384" => HashAlgorithm::Sha384,
        other => panic!("no such hash: {other}"),
    }
}
