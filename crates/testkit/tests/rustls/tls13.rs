//! TLS 1.3 with rustls: every group, suite and key, HelloRetryRequest, resumption, keys that change.

use std::sync::Arc;

use premaster_connection::{
    ClientConfig, ClientConfigBuilder, ResumedBy, ServerConfig, ServerConfigBuilder,
};
use premaster_crypto::{Side, Suite, suite_named};
use premaster_testkit::FakeClock;
use premaster_testkit::cell::{Cell, ClientCertificate, NAME, World};
use premaster_testkit::pki::KeyKind;
use premaster_wire::ProtocolVersion;
use rustls::HandshakeKind;
use rustls::version::TLS13;

use crate::peer::{Backend, Setup, Theirs};
use crate::sides::{Ours, Sides, Table, agree, group};

/// The groups that rustls has, and whether with ring too.
const GROUPS: [(&str, bool); 5] = [
    ("x25519", true),
    ("secp256r1", true),
    ("secp384r1", true),
    ("X25519MLKEM768", false),
    ("SecP256r1MLKEM768", false),
];

/// The first suite, with a key on a curve, and nothing besides.
pub(crate) fn plain() -> Cell {
    Cell {
        suite: suite("TLS_AES_128_GCM_SHA256"),
        server: KeyKind::P256,
        client: ClientCertificate::NotAsked,
        resumption: None,
        encrypt_then_mac: true,
    }
}

fn suite(name: &str) -> &'static Suite {
    suite_named(name).expect("a suite")
}

/// rustls with these groups alone.
pub(crate) fn setup<'a>(table: Table, clock: &'a FakeClock, groups: &'a [&'a str]) -> Setup<'a> {
    Setup {
        backend: table.theirs,
        version: &TLS13,
        clock,
        groups,
    }
}

/// A cell between us with these groups, best first, and rustls with those.
pub(crate) fn sides(
    table: Table,
    world: &World,
    cell: &Cell,
    ours: &[&str],
    theirs: &[&str],
) -> Sides {
    let setup = setup(table, &world.clock, theirs);
    match table.side {
        Side::Client => Sides {
            ours: Ours::Client(Arc::new(
                client(world, cell, ours).build().expect("a client"),
            )),
            theirs: Theirs::Server(Arc::new(Theirs::server(world, cell, setup))),
        },
        Side::Server => Sides {
            ours: Ours::Server(Arc::new(
                server(world, cell, ours).build().expect("a server"),
            )),
            theirs: Theirs::Client(Arc::new(Theirs::client(world, cell, setup))),
        },
    }
}

/// Our client of a cell.
pub(crate) fn client(world: &World, cell: &Cell, groups: &[&str]) -> ClientConfigBuilder {
    let verifier = world.authority.verifier(&world.provider);
    let client = ClientConfig::builder(Arc::clone(&world.provider), verifier)
        .clock(world.clock.shared())
        .min_version(ProtocolVersion::TLSv1_3)
        .suites([cell.suite.name])
        .groups(groups.iter().copied());
    let client = match cell.resumption {
        Some(_) => client,
        None => client.no_resumption(),
    };
    match cell.client {
        ClientCertificate::Required(kind) => {
            client.credential(world.authority.client(kind).credential(&world.provider))
        }
        _ => client,
    }
}

/// Our server of a cell.
pub(crate) fn server(world: &World, cell: &Cell, groups: &[&str]) -> ServerConfigBuilder {
    let credential = world
        .authority
        .server(NAME, cell.server)
        .credential(&world.provider);
    let server = ServerConfig::builder(Arc::clone(&world.provider), credential)
        .clock(world.clock.shared())
        .min_version(ProtocolVersion::TLSv1_3)
        .suites([cell.suite.name])
        .groups(groups.iter().copied());
    let verifier = world.authority.verifier(&world.provider);
    match cell.client {
        ClientCertificate::NotAsked => server,
        ClientCertificate::Declined => server.optional_client_auth(verifier),
        ClientCertificate::Required(_) => server.require_client_auth(verifier),
    }
}

/// Says which table and cell went wrong.
pub(crate) fn expect<T>(outcome: Result<T, String>, table: Table, place: &str) -> T {
    outcome.unwrap_or_else(|error| panic!("{table:?}, {place}: {error}"))
}

#[test]
fn every_key_and_client_certificate_is_understood() {
    let clients = KeyKind::ALL.map(ClientCertificate::Required);
    let clients = [
        &[ClientCertificate::NotAsked, ClientCertificate::Declined],
        &clients[..],
    ];
    for table in Table::all() {
        let world = table.world();
        for server in KeyKind::ALL {
            for client in clients.concat() {
                let cell = Cell {
                    server,
                    client,
                    resumption: Some(ResumedBy::Ticket),
                    ..plain()
                };
                let sides = sides(table, &world, &cell, &["x25519"], &["x25519"]);
                expect(sides.play(&cell), table, &format!("{cell:?}"));
            }
        }
    }
}

#[test]
fn every_suite_is_spoken() {
    for table in Table::all() {
        let world = table.world();
        for name in [
            "TLS_AES_128_GCM_SHA256",
            "TLS_AES_256_GCM_SHA384",
            "TLS_CHACHA20_POLY1305_SHA256",
        ] {
            let cell = Cell {
                suite: suite(name),
                resumption: Some(ResumedBy::Ticket),
                ..plain()
            };
            let sides = sides(table, &world, &cell, &["x25519"], &["x25519"]);
            expect(sides.play(&cell), table, name);
        }
    }
}

#[test]
fn every_group_is_ours_with_either_backend() {
    for table in Table::all() {
        let world = table.world();
        for (name, ring) in GROUPS {
            if table.theirs == Backend::Ring && !ring {
                continue;
            }
            let mut mixed = sides(table, &world, &plain(), &[name], &[name]).connection();
            expect(mixed.handshake(), table, name);
            assert_eq!(group(&mixed), name);
            agree(&plain(), &mixed, None, HandshakeKind::Full);
            expect(mixed.converse(), table, name);
        }
    }
}

/// A client that likes a hybrid best has a share without it as well: a server that knows none need not ask again.
#[test]
fn a_hybrid_group_costs_nobody_a_round_trip() {
    for table in Table::all() {
        let world = table.world();
        let (client, server) = (["X25519MLKEM768", "x25519"], ["x25519"]);
        let (ours, theirs): (&[_], &[_]) = match table.side {
            Side::Client => (&client, &server),
            // With ring, rustls has none to like.
            Side::Server if table.theirs == Backend::Ring => continue,
            Side::Server => (&server, &client),
        };
        let mut mixed = sides(table, &world, &plain(), ours, theirs).connection();
        expect(mixed.handshake(), table, "hybrid");
        assert_eq!(group(&mixed), "x25519");
        agree(&plain(), &mixed, None, HandshakeKind::Full);
        expect(mixed.converse(), table, "hybrid");
    }
}

/// A client has no share for the one group that the server takes: for a group of each kind.
#[test]
fn a_server_may_ask_for_a_share_of_another_group() {
    for table in Table::all() {
        let world = table.world();
        for (name, ring) in &GROUPS[1..] {
            if table.theirs == Backend::Ring && !ring {
                continue;
            }
            let cell = Cell {
                resumption: Some(ResumedBy::Ticket),
                ..plain()
            };
            let (asks, is_asked) = ([*name], ["x25519", *name]);
            // We send a share of the best group, and of the best one that is no hybrid: so both are x25519's.
            let (ours, theirs): (&[_], &[_]) = match table.side {
                Side::Client => (&is_asked, &asks),
                Side::Server => (&asks, &is_asked),
            };
            let sides = sides(table, &world, &cell, ours, theirs);
            for resumed in [None, Some(ResumedBy::Ticket)] {
                let mut mixed = sides.connection();
                expect(mixed.handshake(), table, name);
                assert_eq!(group(&mixed), *name);
                assert!(
                    mixed.ours.facts().is_some_and(|facts| facts.retried),
                    "{table:?} {name} {resumed:?}"
                );
                let kind = match resumed {
                    None => HandshakeKind::FullWithHelloRetryRequest,
                    Some(_) => HandshakeKind::Resumed,
                };
                agree(&cell, &mixed, resumed, kind);
                expect(mixed.converse(), table, name);
            }
        }
    }
}

/// Whoever wants the keys changed, with data before, between and behind.
#[test]
fn keys_change_as_often_as_either_side_wants() {
    for table in Table::all() {
        let world = table.world();
        let mut mixed = sides(table, &world, &plain(), &["x25519"], &["x25519"]).connection();
        expect(mixed.handshake(), table, "keys");
        for round in 0_u8..10 {
            let step = || -> Result<(), String> {
                match round % 4 {
                    0 => mixed
                        .ours
                        .update_keys(false)
                        .map_err(|error| error.to_string())?,
                    1 => mixed
                        .ours
                        .update_keys(true)
                        .map_err(|error| error.to_string())?,
                    2 => mixed
                        .theirs
                        .refresh_traffic_keys()
                        .map_err(|error| error.to_string())?,
                    _ => {
                        mixed
                            .ours
                            .update_keys(true)
                            .map_err(|error| error.to_string())?;
                        mixed
                            .theirs
                            .refresh_traffic_keys()
                            .map_err(|error| error.to_string())?;
                    }
                }
                assert!(mixed.run()? > 0, "KeyUpdate is said");
                assert_eq!(mixed.we_say(&[round; 100])?, [round; 100]);
                assert_eq!(mixed.they_say(&[round; 100])?, [round; 100]);
                Ok(())
            };
            let mut step = step;
            expect(step(), table, &format!("round {round}"));
        }
        expect(mixed.converse(), table, "keys");
    }
}

/// rustls knows no record_size_limit and ignores ours; it cuts records, those of its handshake too, when it is told to.
#[test]
fn records_of_any_size_arrive() {
    for table in Table::all() {
        let world = table.world();
        let setup = setup(table, &world.clock, &["x25519"]);
        let sides = match table.side {
            Side::Client => {
                let mut theirs = Theirs::server(&world, &plain(), setup);
                theirs.max_fragment_size = Some(64);
                let ours = client(&world, &plain(), &["x25519"]).record_size_limit(512);
                Sides {
                    ours: Ours::Client(Arc::new(ours.build().expect("a client"))),
                    theirs: Theirs::Server(Arc::new(theirs)),
                }
            }
            Side::Server => {
                let mut theirs = Theirs::client(&world, &plain(), setup);
                theirs.max_fragment_size = Some(64);
                let ours = server(&world, &plain(), &["x25519"]).record_size_limit(512);
                Sides {
                    ours: Ours::Server(Arc::new(ours.build().expect("a server"))),
                    theirs: Theirs::Client(Arc::new(theirs)),
                }
            }
        };
        expect(sides.play(&plain()), table, "records of 64 bytes");
    }
}
