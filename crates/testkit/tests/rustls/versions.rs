//! Which version comes of two that speak one or both, and in which application protocol (RFC 8446 section 4.2.1, RFC 7301).

use std::sync::Arc;

use premaster_connection::{ClientConfig, ServerConfig};
use premaster_crypto::Side;
use premaster_testkit::cell::{NAME, World};
use premaster_testkit::pki::KeyKind;
use premaster_wire::ProtocolVersion;
use rustls::version::{TLS12, TLS13};

use crate::peer::{Mixed, Theirs, identity, roots, time};
use crate::sides::{Ours, Sides, Table};
use crate::tls13::expect;

const OLD: ProtocolVersion = ProtocolVersion::TLSv1_2;
const NEW: ProtocolVersion = ProtocolVersion::TLSv1_3;

/// What a side speaks, from the oldest to the newest.
type Spoken = (ProtocolVersion, ProtocolVersion);

const SPOKEN: [Spoken; 3] = [(OLD, OLD), (OLD, NEW), (NEW, NEW)];

#[test]
fn the_newest_version_of_both_is_spoken() {
    for table in Table::all() {
        let world = table.world();
        for ours in SPOKEN {
            for theirs in SPOKEN {
                let place = format!("{ours:?} and {theirs:?}");
                let mut mixed = sides(table, &world, ours, theirs).connection();
                let outcome = mixed.handshake();
                let newest = ours.1.min(theirs.1);
                match newest >= ours.0.max(theirs.0) {
                    true => {
                        expect(outcome, table, &place);
                        check(&mixed, newest);
                        expect(mixed.converse(), table, &place);
                    }
                    false => {
                        let error = outcome.expect_err("no version in common").to_lowercase();
                        let told = ["version", "tls12", "tls13"];
                        let told = told.into_iter().any(|word| error.contains(word));
                        assert!(told, "{table:?}, {place}: {error}");
                    }
                }
            }
        }
    }
}

/// Both say the same.
fn check(mixed: &Mixed, version: ProtocolVersion) {
    let (ours, theirs) = (mixed.ours.facts().expect("established"), &mixed.theirs);
    assert_eq!(ours.version, version);
    assert_eq!(theirs.protocol_version().map(u16::from), Some(version.0));
    assert_eq!(ours.alpn.as_deref(), Some(&b"h2"[..]));
    assert_eq!(theirs.alpn_protocol(), Some(&b"h2"[..]));
}

fn sides(table: Table, world: &World, ours: Spoken, theirs: Spoken) -> Sides {
    match table.side {
        Side::Client => Sides {
            ours: Ours::Client(Arc::new(client(world, ours))),
            theirs: Theirs::Server(Arc::new(their_server(table, world, theirs))),
        },
        Side::Server => Sides {
            ours: Ours::Server(Arc::new(server(world, ours))),
            theirs: Theirs::Client(Arc::new(their_client(table, world, theirs))),
        },
    }
}

fn client(world: &World, (oldest, newest): Spoken) -> ClientConfig {
    let verifier = world.authority.verifier(&world.provider);
    let client = ClientConfig::builder(Arc::clone(&world.provider), verifier)
        .clock(world.clock.shared())
        .min_version(oldest)
        .max_version(newest)
        .alpn(["h2", "http/1.1"]);
    client.build().expect("a client")
}

fn server(world: &World, (oldest, newest): Spoken) -> ServerConfig {
    let credential = world.authority.server(NAME, KeyKind::P256);
    let credential = credential.credential(&world.provider);
    let server = ServerConfig::builder(Arc::clone(&world.provider), credential)
        .clock(world.clock.shared())
        .min_version(oldest)
        .max_version(newest)
        .alpn(["h2"]);
    server.build().expect("a server")
}

fn their_client(table: Table, world: &World, spoken: Spoken) -> rustls::ClientConfig {
    let provider = Arc::new(table.theirs.provider());
    let time = time(&world.clock);
    let mut client = rustls::ClientConfig::builder_with_details(provider, time)
        .with_protocol_versions(&versions(spoken))
        .expect("suites of the versions")
        .with_root_certificates(roots(&world.authority))
        .with_no_client_auth();
    client.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    client
}

fn their_server(table: Table, world: &World, spoken: Spoken) -> rustls::ServerConfig {
    let provider = Arc::new(table.theirs.provider());
    let time = time(&world.clock);
    let (chain, key) = identity(&world.authority.server(NAME, KeyKind::P256));
    let mut server = rustls::ServerConfig::builder_with_details(provider, time)
        .with_protocol_versions(&versions(spoken))
        .expect("suites of the versions")
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .expect("a key of the certificate");
    server.alpn_protocols = vec![b"h2".to_vec()];
    server
}

fn versions((oldest, newest): Spoken) -> Vec<&'static rustls::SupportedProtocolVersion> {
    let all = [(NEW, &TLS13), (OLD, &TLS12)].into_iter();
    let spoken = all.filter(|(version, _)| (oldest..=newest).contains(version));
    spoken.map(|(_, version)| version).collect()
}
