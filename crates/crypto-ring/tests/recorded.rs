//! Handshakes of other programs: from the master secret to their encrypted Finished messages.

#[path = "../../crypto/tests/support/mod.rs"]
mod support;

use premaster_crypto::tls12::MasterSecret;
use premaster_crypto::{
    AeadAlgorithm, BulkCipher, DirectionKeys, HashAlgorithm, Secret, Side, Suite, suite,
};
use premaster_crypto_ring::provider;
use support::Entry;

#[test]
fn the_finished_messages_of_recorded_handshakes_open_and_verify() {
    let entries = Entry::read(include_str!("../../crypto/vectors/tls12-handshakes.txt"));
    assert_eq!(entries.len(), 5);
    for entry in entries {
        let suite = suite_of(&entry);
        let BulkCipher::Aead(aead) = suite.cipher else {
            panic!("an AEAD suite")
        };
        let secret = Secret::from_bytes(&entry.bytes("master_secret")).expect("48 bytes");
        let master = MasterSecret::from_secret(suite.hash, secret);
        let client_random = entry.bytes("client_random").try_into().expect("32 bytes");
        let server_random = entry.bytes("server_random").try_into().expect("32 bytes");
        let keys = master.key_block(&client_random, &server_random, suite.key_block_shape());

        let mut transcript = entry.bytes("transcript");
        let sides = [
            (Side::Client, keys.client, "client_finished"),
            (Side::Server, keys.server, "server_finished"),
        ];
        for (side, keys, record) in sides {
            let finished = open_first(aead, &keys, &entry.bytes(record));
            let verify_data = finished
                .strip_prefix(&[20, 0, 0, 12])
                .expect("a Finished message");
            let hash = suite.hash.hash(&[&transcript]);
            let _proof = master
                .check_verify_data(side, &hash, verify_data)
                .expect("their verify_data");
            master
                .check_verify_data(side.other(), &hash, verify_data)
                .expect_err("the other side");
            transcript.extend_from_slice(&finished);
        }
    }
}

fn suite_of(entry: &Entry<'_>) -> &'static Suite {
    let id = entry.bytes("suite").try_into().expect("two bytes");
    suite(u16::from_be_bytes(id)).expect("a suite of the tables")
}

/// Opens a record with sequence number zero: RFC 5246 section 6.2.3.3, RFC 5288 section 3, RFC 7905 section 2.
fn open_first(algorithm: AeadAlgorithm, keys: &DirectionKeys, record: &[u8]) -> Vec<u8> {
    let key = provider()
        .aead(algorithm)
        .expect("the AEAD")
        .key(keys.key.as_bytes())
        .expect("a key");
    let (header, fragment) = record.split_at(5);
    let (explicit, sealed) = match algorithm {
        AeadAlgorithm::ChaCha20Poly1305 => fragment.split_at(0),
        _ => fragment.split_at(8),
    };
    let nonce = [keys.iv.as_bytes(), explicit]
        .concat()
        .try_into()
        .expect("12 bytes");
    let len = u16::try_from(sealed.len() - 16)
        .expect("a short record")
        .to_be_bytes();
    let additional = [&[0; 8], &header[..3], &len].concat();
    let mut opened = sealed.to_vec();
    let len = key
        .open(&nonce, &additional, &mut opened)
        .expect("their record");
    opened.truncate(len);
    opened
}

#[test]
fn recorded_handshakes_are_of_both_hash_functions() {
    let entries = Entry::read(include_str!("../../crypto/vectors/tls12-handshakes.txt"));
    for hash in [HashAlgorithm::Sha256, HashAlgorithm::Sha384] {
        assert!(
            entries.iter().any(|entry| suite_of(entry).hash == hash),
            "{hash:?}"
        );
    }
}
