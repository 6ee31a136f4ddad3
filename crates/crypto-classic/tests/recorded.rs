//! Records and key exchanges of other programs.

#[path = "../../crypto/tests/support/mod.rs"]
mod support;

use std::sync::Mutex;

use premaster_crypto::tls12::MasterSecret;
use premaster_crypto::{
    BulkCipher, CbcKey, CryptoError, DirectionKeys, MacOrder, Provider, RecordContext, Secret,
    SecureRandom, Side, Suite, suite,
};
use premaster_crypto_classic::extend;
use premaster_crypto_ring::provider;
use support::Entry;

const RECORDS: &str = include_str!("../vectors/tls12-cbc.txt");
const EXCHANGES: &str = include_str!("../../crypto/vectors/tls12-dhe.txt");

/// From the master secret to Finished and the first line that each side says.
#[test]
fn recorded_records_open_and_what_they_say_fits() {
    let entries = Entry::read(RECORDS);
    assert_eq!(entries.len(), 8);
    for entry in entries {
        let suite = suite_of(&entry);
        let secret = Secret::from_bytes(&entry.bytes("master_secret")).expect("48 bytes");
        let master = MasterSecret::from_secret(suite.hash, secret);
        let client_random = entry.bytes("client_random").try_into().expect("32 bytes");
        let server_random = entry.bytes("server_random").try_into().expect("32 bytes");
        let keys = master.key_block(&client_random, &server_random, suite.key_block_shape());
        let mut transcript = entry.bytes("transcript");
        for (side, name, keys) in [
            (Side::Client, "client", keys.client),
            (Side::Server, "server", keys.server),
        ] {
            let key = key(suite, &keys, order_of(&entry));
            let field = |what: &str| entry.bytes(&format!("{name}_{what}"));
            let finished = open(&*key, 0, &field("finished"));
            let verify_data = finished
                .strip_prefix(&[20, 0, 0, 12])
                .expect("a Finished message");
            let hash = suite.hash.hash(&[&transcript]);
            let _proof = master
                .check_verify_data(side, &hash, verify_data)
                .expect("their verify_data");
            transcript.extend_from_slice(&finished);
            assert_eq!(open(&*key, 1, &field("data")), field("text"));
        }
    }
}

#[test]
fn recorded_records_are_of_every_mac_in_both_orders() {
    let entries = Entry::read(RECORDS);
    for mac in ["CBC_SHA", "CBC_SHA256", "CBC_SHA384"] {
        for order in [MacOrder::MacThenEncrypt, MacOrder::EncryptThenMac] {
            let fits =
                |entry: &Entry<'_>| suite_of(entry).name.ends_with(mac) && order_of(entry) == order;
            assert!(entries.iter().any(fits), "{mac} {order:?}");
        }
    }
}

/// Sealed again, after the same IV, they are the records that OpenSSL made.
#[test]
fn recorded_records_are_sealed_alike() {
    for entry in Entry::read(RECORDS) {
        let suite = suite_of(&entry);
        let secret = Secret::from_bytes(&entry.bytes("master_secret")).expect("48 bytes");
        let randoms = ["client_random", "server_random"]
            .map(|name| entry.bytes(name).try_into().expect("32 bytes"));
        let keys = MasterSecret::from_secret(suite.hash, secret).key_block(
            &randoms[0],
            &randoms[1],
            suite.key_block_shape(),
        );
        let key = key(suite, &keys.client, order_of(&entry));
        let (record, text) = (entry.bytes("client_data"), entry.bytes("client_text"));
        let mut fragment = vec![0; key.sealed_len(text.len())];
        fragment[..16].copy_from_slice(&record[5..21]);
        fragment[16..16 + text.len()].copy_from_slice(&text);
        key.seal(&context(1, &record), &mut fragment, text.len())
            .expect("a fragment of the right length");
        assert_eq!(fragment, record[5..]);
    }
}

/// Draws what it was given.
#[derive(Debug)]
struct Given(Mutex<Vec<u8>>);

static EXPONENT: Given = Given(Mutex::new(Vec::new()));

impl SecureRandom for Given {
    fn fill(&self, out: &mut [u8]) -> Result<(), CryptoError> {
        out.copy_from_slice(&self.0.lock().expect("one test"));
        Ok(())
    }
}

/// Shares and secrets of another implementation, some of which begin with zeros.
#[test]
fn recorded_exchanges_are_computed_alike() {
    let scripted = Provider {
        random: &EXPONENT,
        ..provider()
    };
    let groups = extend(scripted).dh_groups;
    let entries = Entry::read(EXCHANGES);
    assert_eq!(entries.len(), 7);
    for group in &groups {
        let fits = |entry: &&Entry<'_>| entry.text("group") == group.name();
        assert!(entries.iter().any(|entry| fits(&entry)), "{}", group.name());
        for entry in entries.iter().filter(fits) {
            *EXPONENT.0.lock().expect("one test") = entry.bytes("exponent");
            let active = group.start().expect("an exponent");
            assert_eq!(active.share(), entry.bytes("client_share"));
            let secret = active.complete(&entry.bytes("server_share"));
            let secret = secret.expect("their share");
            assert_eq!(secret.as_bytes(), entry.bytes("shared_secret"));
        }
    }
}

fn suite_of(entry: &Entry<'_>) -> &'static Suite {
    let id = entry.bytes("suite").try_into().expect("two bytes");
    suite(u16::from_be_bytes(id)).expect("a suite of the tables")
}

fn order_of(entry: &Entry<'_>) -> MacOrder {
    match &entry.bytes("encrypt_then_mac")[..] {
        [1] => MacOrder::EncryptThenMac,
        _ => MacOrder::MacThenEncrypt,
    }
}

fn key(suite: &Suite, keys: &DirectionKeys, order: MacOrder) -> Box<dyn CbcKey> {
    let BulkCipher::Cbc(algorithm) = suite.cipher else {
        panic!("a CBC suite")
    };
    let cbc = extend(provider()).cbc(algorithm).expect("of the crate");
    cbc.key(keys, order).expect("keys that fit")
}

fn context(sequence: u64, record: &[u8]) -> RecordContext {
    RecordContext {
        sequence,
        content_type: record[0],
        version: u16::from_be_bytes([record[1], record[2]]),
    }
}

fn open(key: &dyn CbcKey, sequence: u64, record: &[u8]) -> Vec<u8> {
    let mut fragment = record[5..].to_vec();
    let range = key
        .open(&context(sequence, record), &mut fragment)
        .expect("their record");
    fragment[range].to_vec()
}
