//! A session store that fails costs the resumption, never the connection.

use std::sync::Arc;

use premaster_connection::{ClientConfig, ServerConfig};
use premaster_session::{
    ClientKey, ClientSession, ClientStore, ServerStore, Session, StoreError, UnixTime,
};
use premaster_testkit::{Pair, pki::Authority};

#[derive(Debug)]
struct Broken;

fn broken<T>() -> Result<T, StoreError> {
    Err(StoreError::Other("the disk is full".into()))
}

impl ClientStore for Broken {
    fn put(&self, _: &ClientKey, _: &ClientSession, _: UnixTime) -> Result<(), StoreError> {
        broken()
    }

    fn find(&self, _: &ClientKey, _: UnixTime) -> Result<Option<ClientSession>, StoreError> {
        broken()
    }

    fn forget(&self, _: &ClientKey) -> Result<(), StoreError> {
        broken()
    }
}

impl ServerStore for Broken {
    fn put(&self, _: &[u8], _: &Session, _: UnixTime) -> Result<(), StoreError> {
        broken()
    }

    fn find(&self, _: &[u8], _: UnixTime) -> Result<Option<Session>, StoreError> {
        broken()
    }

    fn take(&self, _: &[u8], _: UnixTime) -> Result<Option<Session>, StoreError> {
        broken()
    }

    fn forget(&self, _: &[u8]) -> Result<(), StoreError> {
        broken()
    }
}

#[test]
fn a_store_that_fails_costs_the_resumption_and_not_the_connection() {
    let classic = premaster_testkit::cell::tls12_only(premaster_crypto_ring::provider());
    for provider in [classic, premaster_crypto_ring::provider()] {
        let provider = Arc::new(provider);
        let authority = Authority::new();
        let credential = authority.issue(&provider, &["localhost"], &rcgen::PKCS_ECDSA_P256_SHA256);
        let verifier = authority.verifier(&provider);
        let server = ServerConfig::builder(Arc::clone(&provider), credential)
            .no_tickets()
            .session_store(Arc::new(Broken));
        let server = Arc::new(server.build().unwrap());
        let client = ClientConfig::builder(provider, verifier).session_store(Arc::new(Broken));
        let client = Arc::new(client.build().unwrap());
        for _ in 0..2 {
            let mut pair = Pair::new(&client, &server, "localhost");
            pair.handshake().unwrap();
            assert_eq!(pair.client.facts().unwrap().resumed, None);
        }
    }
}
