//! Two configurations with different providers in one process: a client of one with a server of the other.

use std::sync::Arc;

use premaster_connection::{ClientConfig, ConfigError};
use premaster_testkit::Pair;
use premaster_testkit::cell::{Cell, NAME, World};
use premaster_testkit::pair::carry;

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

/// TLS 1.2 does not know hybrid groups: nobody can list them for it, by default or by name.
#[test]
fn hybrid_groups_are_of_tls_1_3_only() {
    let world = World {
        provider: Arc::new(premaster_crypto_aws_lc::provider()),
        ..World::new()
    };
    for name in ["X25519MLKEM768", "SecP256r1MLKEM768"] {
        let verifier = world.authority.verifier(&world.provider);
        let client = ClientConfig::builder(Arc::clone(&world.provider), verifier)
            .groups([name])
            .build();
        match client {
            Err(ConfigError::UnknownGroup { known, .. }) => {
                assert_eq!(known, "x25519, secp256r1, secp384r1");
            }
            other => panic!("{name}: {other:?}"),
        }
    }
}
