//! What `premaster-crypto` asks of every backend, and key exchanges that other programs recorded.

#[path = "../../crypto/tests/support/mod.rs"]
mod support;

use premaster_crypto::tls12::{MasterSecret, premaster, premaster_from_block};
use premaster_crypto::{conformance, suite};
use premaster_crypto_ring::provider;
use premaster_crypto_rsa_transport::extend;
use rustls_pki_types::{PrivateKeyDer, pem::PemObject};
use support::Entry;

fn key(pem: &str) -> PrivateKeyDer<'static> {
    PrivateKeyDer::from_pem_slice(pem.as_bytes()).expect("a private key")
}

/// Property 9: keys are bounded on both sides. Property 10: blocks have one length, and only the ciphertext is refused.
#[test]
fn an_extended_backend_conforms() {
    let keys = [
        key(include_str!("keys/rsa2048.pkcs8.pem")),
        key(include_str!("keys/p256.pkcs8.pem")),
    ];
    conformance::check(&extend(provider()), &keys);
}

#[test]
fn nothing_but_the_key_transport_is_added() {
    let (plain, extended) = (provider(), extend(provider()));
    let without = premaster_crypto::Provider {
        key_transport: None,
        ..extended.clone()
    };
    assert_eq!(format!("{plain:?}"), format!("{without:?}"));
    for name in [
        "TLS_RSA_WITH_AES_128_GCM_SHA256",
        "TLS_RSA_WITH_AES_256_GCM_SHA384",
    ] {
        let suite = premaster_crypto::suite_named(name).expect("a suite");
        assert!(extended.supports(suite) && !plain.supports(suite), "{name}");
        assert!(
            extended.suite(suite.id).is_none(),
            "{name} is not a default"
        );
    }
}

/// The way of a connection from the bytes on the wire to the line in the peer's key log.
#[test]
fn the_key_logs_of_other_programs_are_reproduced() {
    let provider = extend(provider());
    let transport = provider.key_transport.expect("RSA key transport");
    let server = key(include_str!("../vectors/server.pkcs8.pem"));
    let server = transport.load_key(&server).expect("an RSA key");
    let entries = Entry::read(include_str!("../vectors/key-exchanges.txt"));
    let mut extended = Vec::new();
    for entry in &entries {
        let transcript = entry.bytes("transcript");
        let version = u16::from_be_bytes([transcript[4], transcript[5]]);
        let fallback = premaster(version, provider.random).expect("randomness");
        let encrypted = entry.bytes("encrypted_premaster_secret");
        assert!(transcript.ends_with(&encrypted), "{entry:?}");
        let block = server.decrypt(&encrypted).expect("a block");
        let premaster = premaster_from_block(block.as_bytes(), version, fallback);

        let id = entry.bytes("suite").try_into().expect("two bytes");
        let hash = suite(u16::from_be_bytes(id)).expect("a suite").hash;
        let client_random = entry.bytes("client_random").try_into().expect("32 bytes");
        let server_random = entry.bytes("server_random").try_into().expect("32 bytes");
        let is_extended = entry.bytes("extended_master_secret") == [1];
        let master = if is_extended {
            MasterSecret::derive_extended(hash, &premaster, &hash.hash(&[&transcript]))
        } else {
            MasterSecret::derive(hash, &premaster, &client_random, &server_random)
        };
        let logged = entry.bytes("master_secret");
        assert_eq!(master.secret().as_bytes()[..], logged, "{entry:?}");
        extended.push(is_extended);
    }
    assert_eq!(extended, [true, false]);
}
