//! Our client with our server, in memory.

use std::sync::Arc;

use premaster_connection::{ClientConfig, ResumedBy, ServerConfig};
use premaster_testkit::{Pair, pki::Authority};

#[test]
fn a_full_handshake_and_two_kinds_of_resumption() {
    let provider = Arc::new(premaster_crypto_ring::provider());
    let authority = Authority::new();
    let credential = authority.issue(&provider, &["localhost"], &rcgen::PKCS_ECDSA_P256_SHA256);
    let verifier = authority.verifier(&provider);
    for (tickets, by) in [(true, ResumedBy::Ticket), (false, ResumedBy::SessionId)] {
        let mut server = ServerConfig::builder(Arc::clone(&provider), credential.clone());
        if !tickets {
            server = server.no_tickets();
        }
        let server = Arc::new(server.build().unwrap());
        let client = ClientConfig::builder(Arc::clone(&provider), verifier.clone());
        let client = Arc::new(client.build().unwrap());

        let mut pair = Pair::new(&client, &server, "localhost");
        pair.handshake().unwrap();
        let facts = pair.client.facts().unwrap();
        assert_eq!(facts.resumed, None);
        assert_eq!(facts.suite.name, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256");

        let mut pair = Pair::new(&client, &server, "localhost");
        pair.handshake().unwrap();
        assert_eq!(pair.client.facts().unwrap().resumed, Some(by));
        assert_eq!(pair.server.facts().unwrap().resumed, Some(by));
    }
}
