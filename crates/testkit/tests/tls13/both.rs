//! Whole connections.

use std::sync::Arc;

use premaster_connection::{ClientConfig, ServerConfig};
use premaster_testkit::Pair;
use premaster_testkit::cell::{NAME, World};
use premaster_testkit::pki::KeyKind;
use premaster_wire::ProtocolVersion;

#[test]
fn both_speak_tls13_by_default() {
    let provider = Arc::new(premaster_crypto_ring::provider());
    let World {
        authority, clock, ..
    } = World::new();
    let client = ClientConfig::builder(Arc::clone(&provider), authority.verifier(&provider))
        .clock(clock.shared())
        .build()
        .expect("a client");
    let credential = authority.server(NAME, KeyKind::P256).credential(&provider);
    let server = ServerConfig::builder(Arc::clone(&provider), credential)
        .clock(clock.shared())
        .build()
        .expect("a server");
    let mut pair = Pair::new(&Arc::new(client), &Arc::new(server), NAME);
    pair.handshake().expect("a handshake");
    let facts = pair.client.facts().expect("established");
    assert_eq!(facts.version, ProtocolVersion::TLSv1_3);
}
