//! Proofs of Certificate Transparency: asked for, shown and handed over in both versions (RFC 6962 section 3.3.1).

use std::sync::Arc;

use premaster_connection::{ClientConfig, ServerConfig};
use premaster_testkit::Pair;
use premaster_testkit::cell::{NAME, World};
use premaster_testkit::pair::carry;
use premaster_testkit::pki::KeyKind;
use premaster_wire::ProtocolVersion;

const TIMESTAMPS: [&[u8]; 2] = [&[1; 47], &[2; 9]];

struct Played {
    resumed: bool,
    timestamps: Vec<Vec<u8>>,
}

/// What a client hears, first and when it comes again.
fn heard(version: ProtocolVersion, asks: bool) -> [Played; 2] {
    let world = World::new();
    let provider = || Arc::clone(&world.modern);
    let client = ClientConfig::builder(provider(), world.authority.verifier(&provider()))
        .max_version(version)
        .clock(world.clock.shared());
    let client = match asks {
        true => client.certificate_timestamps(),
        false => client,
    };
    let credential = world.authority.server(NAME, KeyKind::P256);
    let credential = credential
        .credential(&provider())
        .with_certificate_timestamps(TIMESTAMPS.map(<[u8]>::to_vec).to_vec());
    let server = ServerConfig::builder(provider(), credential).clock(world.clock.shared());
    let client = Arc::new(client.build().expect("a client"));
    let server = Arc::new(server.build().expect("a server"));
    [(); 2].map(|()| {
        let mut pair = Pair::new(&client, &server, NAME);
        pair.handshake().expect("a handshake");
        carry(&mut pair.server, &mut pair.client, b"tickets come before").expect("data");
        let facts = pair.client.facts().expect("established");
        assert_eq!(facts.version, version);
        Played {
            resumed: facts.resumed.is_some(),
            timestamps: facts.certificate_timestamps.clone(),
        }
    })
}

#[test]
fn they_come_with_the_certificate_for_whoever_asks() {
    for version in [ProtocolVersion::TLSv1_2, ProtocolVersion::TLSv1_3] {
        for asks in [true, false] {
            let [first, again] = heard(version, asks);
            let expected: &[&[u8]] = if asks { &TIMESTAMPS } else { &[] };
            assert!(!first.resumed && again.resumed);
            assert_eq!(first.timestamps, expected, "{version} {asks}");
            // No certificate is shown, so nothing is proved of one.
            assert!(again.timestamps.is_empty(), "{version} {asks}");
        }
    }
}
