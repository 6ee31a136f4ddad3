//! Two configurations with different providers in one process: a client of one with a server of the other.

use std::sync::Arc;

use premaster_connection::{ClientConfig, ConfigError, ProtocolVersion, ServerConfig};
use premaster_testkit::Pair;
use premaster_testkit::cell::{Cell, NAME, World};
use premaster_testkit::pair::carry;
use premaster_testkit::pki::KeyKind;

/// Suites with every kind of key, client certificates included; in TLS 1.2 both agree on x25519.
#[test]
fn each_backend_talks_to_the_other() {
    let aws_lc = Arc::new(premaster_crypto_aws_lc::provider());
    let ring = premaster_crypto_ring::provider();
    let ring = Arc::new(premaster_crypto_ml_kem::extend(ring));
    let mut world = World::new();
    let cells = Cell::modern().into_iter();
    let cells: Vec<_> = cells.filter(|cell| cell.resumption.is_none()).collect();
    assert_eq!(cells.len(), (3 * 3 + 3) * 6);
    for cell in cells {
        for (client, server) in [(&aws_lc, &ring), (&ring, &aws_lc)] {
            world.provider = Arc::clone(client);
            let client = world.client(&cell);
            world.provider = Arc::clone(server);
            let server = world.server(&cell);
            let mut pair = Pair::new(&client, &server, NAME);
            let done = pair.handshake();
            done.unwrap_or_else(|error| panic!("{cell:?}: {error}"));
            check(&cell, pair);
        }
    }
}

fn check(cell: &Cell, mut pair: Pair) {
    for side in [&pair.client, &pair.server] {
        let facts = side.facts().expect("an established connection");
        assert_eq!(facts.suite, cell.suite);
        assert_eq!(facts.group_name.as_deref(), Some("x25519"), "{cell:?}");
    }
    let (client, server) = (&mut pair.client, &mut pair.server);
    let data = b"both ways".repeat(2_000);
    assert_eq!(carry(client, server, &data).expect("data"), data);
    assert_eq!(carry(server, client, &data).expect("data"), data);
}

/// TLS 1.2 does not know hybrid groups: whoever names nothing else speaks TLS 1.3 alone.
#[test]
fn hybrid_groups_are_of_tls_1_3_only() {
    let world = World::new();
    let aws_lc = Arc::new(premaster_crypto_aws_lc::provider());
    for name in ["X25519MLKEM768", "SecP256r1MLKEM768"] {
        let client = || {
            let verifier = world.authority.verifier(&aws_lc);
            ClientConfig::builder(Arc::clone(&aws_lc), verifier).groups([name])
        };
        let config = client().build().expect("a client of TLS 1.3");
        assert_eq!(config.policy().versions, [ProtocolVersion::TLSv1_3]);
        let refused = client().max_version(ProtocolVersion::TLSv1_2).build();
        assert_eq!(refused.expect_err("TLS 1.2"), ConfigError::NoSuite);
    }
}

/// By default both backends agree on the hybrid of X25519 and ML-KEM, whichever of them made which half.
#[test]
fn each_backend_shares_hybrid_secrets_with_the_other() {
    let world = World::new();
    let aws_lc = Arc::new(premaster_crypto_aws_lc::provider());
    let ring = premaster_crypto_ring::provider();
    let ring = Arc::new(premaster_crypto_ml_kem::extend(ring));
    for (ours, theirs) in [(&aws_lc, &ring), (&ring, &aws_lc)] {
        let verifier = world.authority.verifier(ours);
        let client = ClientConfig::builder(Arc::clone(ours), verifier).build();
        let credential = world.authority.server(NAME, KeyKind::P256);
        let server =
            ServerConfig::builder(Arc::clone(theirs), credential.credential(theirs)).build();
        let (client, server) = (client.expect("a client"), server.expect("a server"));
        let mut pair = Pair::new(&Arc::new(client), &Arc::new(server), NAME);
        pair.handshake().expect("a handshake");
        let facts = pair.client.facts().expect("an established connection");
        assert_eq!(facts.version, ProtocolVersion::TLSv1_3);
        assert_eq!(facts.group_name.as_deref(), Some("X25519MLKEM768"));
        let (client, server) = (&mut pair.client, &mut pair.server);
        let data = b"both ways".repeat(2_000);
        assert_eq!(carry(client, server, &data).expect("data"), data);
        assert_eq!(carry(server, client, &data).expect("data"), data);
    }
}
