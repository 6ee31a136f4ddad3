//! What hellos agree on besides the suite, each alone: ALPN, name, record sizes, preference, groups.

use std::sync::Arc;

use premaster_connection::tls::Connection;
use premaster_connection::{
    ClientConfig, Credential, Error, Fault, Preference, ServerConfig, UnknownName,
};
use premaster_testkit::Pair;
use premaster_testkit::cell::{NAME, World};
use premaster_testkit::pair::receive;
use premaster_testkit::pki::KeyKind;
use premaster_trust::RefuseAll;
use premaster_wire::NamedGroup;

/// A server's builder and a client's, to be bent.
type Client = premaster_connection::ClientConfigBuilder;
type Server = premaster_connection::ServerConfigBuilder;

struct Bench {
    world: World,
    credential: Credential,
}

impl Bench {
    fn new() -> Self {
        let world = World::new();
        let credential = world.authority.server(NAME, KeyKind::P256);
        let credential = credential.credential(&world.provider);
        Self { world, credential }
    }

    fn handshake(
        &self,
        name: &str,
        client: impl FnOnce(Client) -> Client,
        server: impl FnOnce(Server) -> Server,
    ) -> Result<Pair, Error> {
        let provider = || Arc::clone(&self.world.provider);
        let verifier = self.world.authority.verifier(&provider());
        let client = client(ClientConfig::builder(provider(), verifier));
        let server = server(ServerConfig::builder(provider(), self.credential.clone()));
        let client = Arc::new(client.build().unwrap());
        let server = Arc::new(server.build().unwrap());
        let mut pair = Pair::new(&client, &server, name);
        pair.handshake().map(|()| pair)
    }
}

fn fault<T>(outcome: Result<T, Error>) -> Option<Fault> {
    match outcome {
        Err(Error::Handshake(error)) => Some(error.fault()),
        _ => None,
    }
}

/// property ALPACA: two lists without a common protocol lead to no connection, and one list alone
/// to a connection without a protocol.
#[test]
fn the_servers_first_common_protocol_is_chosen() {
    type Protocols = &'static [&'static str];
    type Outcome = Result<Option<&'static str>, Fault>;
    let cases: &[(Protocols, Protocols, Outcome)] = &[
        (&["h2"], &["h2"], Ok(Some("h2"))),
        (&["http/1.1", "h2"], &["h2", "http/1.1"], Ok(Some("h2"))),
        (&["h2"], &[], Ok(None)),
        (&[], &["h2"], Ok(None)),
        (&["h2"], &["smtp"], Err(Fault::NoApplicationProtocol)),
        (&["h"], &["h2"], Err(Fault::NoApplicationProtocol)),
    ];
    let bench = Bench::new();
    for (offered, known, expected) in cases {
        let outcome = bench.handshake(
            NAME,
            |client| client.alpn(offered.iter().copied()),
            |server| server.alpn(known.iter().copied()),
        );
        match (outcome, expected) {
            (Ok(pair), Ok(protocol)) => {
                for side in [&pair.client, &pair.server] {
                    let alpn = side.facts().unwrap().alpn.as_deref();
                    assert_eq!(alpn, protocol.map(str::as_bytes), "{offered:?} {known:?}");
                }
            }
            (outcome, expected) => {
                assert_eq!(fault(outcome), expected.err(), "{offered:?} {known:?}");
            }
        }
    }
}

/// property ALPACA: an unknown name is refused unless the server's policy says otherwise, and
/// then it is the client that refuses the certificate.
#[test]
fn an_unknown_name_is_refused_and_never_served_by_chance() {
    let bench = Bench::new();
    let anyone = |server: Server| server.unknown_name(UnknownName::ServeAnyway);
    let other = "other.test";
    let refused = bench.handshake(other, |client| client, |server| server);
    assert_eq!(fault(refused), Some(Fault::UnknownName));
    let refused = bench.handshake(other, |client| client, anyone);
    assert_eq!(fault(refused), Some(Fault::IdentityRefused));
    assert!(
        bench
            .handshake("SERVER.test", |client| client, |server| server)
            .is_ok()
    );
}

#[test]
fn a_name_reaches_the_server_in_lower_case_and_an_address_not_at_all() {
    let bench = Bench::new();
    let pair = bench.handshake("SERVER.Test", |c| c, |s| s).unwrap();
    let name = pair.server.facts().unwrap().server_name.as_deref();
    assert_eq!(name, Some("server.test"));
    // Nobody is asked for: the certificate is sent, and the client finds that it does not fit.
    let refused = bench.handshake("192.0.2.1", |c| c, |s| s);
    assert_eq!(fault(refused), Some(Fault::IdentityRefused));
}

#[test]
fn records_keep_within_the_sizes_that_both_sides_announced() {
    let bench = Bench::new();
    // (client's limit, server's limit, what the client may send, what the server may send)
    let cases = [
        (None, None, 16_384, 16_384),
        (Some(64), None, 16_384, 16_384),
        (None, Some(64), 16_384, 16_384),
        (Some(64), Some(1_000), 1_000, 64),
        (Some(16_384), Some(512), 512, 16_384),
    ];
    for (ours, theirs, client_sends, server_sends) in cases {
        let mut pair = bench
            .handshake(
                NAME,
                |client| match ours {
                    Some(bytes) => client.record_size_limit(bytes),
                    None => client,
                },
                |server| match theirs {
                    Some(bytes) => server.record_size_limit(bytes),
                    None => server,
                },
            )
            .unwrap();
        assert_eq!(pair.client.content_limit(), client_sends);
        assert_eq!(pair.server.content_limit(), server_sends);
        let data = vec![7; 20_000];
        let (client, server) = (&mut pair.client, &mut pair.server);
        assert_eq!(longest_record(client, server, &data), client_sends);
        assert_eq!(longest_record(server, client, &data), server_sends);
    }
}

/// Carries data and measures: the content of the longest record.
fn longest_record(from: &mut Connection, to: &mut Connection, data: &[u8]) -> usize {
    let overhead = from.sealed_len(0) - 5;
    let mut wire = vec![0; from.sealed_len(data.len())];
    let sealed = from.seal_from(&[data], &mut wire).unwrap();
    let (mut at, mut longest) = (0, 0);
    while at < sealed {
        let length = usize::from(u16::from_be_bytes([wire[at + 3], wire[at + 4]]));
        longest = longest.max(length - overhead);
        at += 5 + length;
    }
    assert_eq!(receive(to, &mut wire[..sealed]).unwrap(), data);
    longest
}

#[test]
fn preference_decides_about_suites_and_groups() {
    let bench = Bench::new();
    let (aes, chacha) = (
        "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
        "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
    );
    for (preference, suite, group) in [
        (Preference::Server, aes, NamedGroup::secp384r1),
        (Preference::Client, chacha, NamedGroup::x25519),
    ] {
        let pair = bench
            .handshake(
                NAME,
                |client| {
                    client
                        .suites([chacha, aes])
                        .groups(["x25519", "secp256r1", "secp384r1"])
                },
                |server| {
                    server
                        .suites([aes, chacha])
                        .groups(["secp384r1", "x25519"])
                        .preference(preference)
                },
            )
            .unwrap();
        for side in [&pair.client, &pair.server] {
            let facts = side.facts().unwrap();
            assert_eq!((facts.suite.name, facts.group), (suite, Some(group)));
        }
    }
}

/// A server that is as good at several things lets the client choose among them, and goes by its own order otherwise.
#[test]
fn among_equals_the_clients_order_decides() {
    let bench = Bench::new();
    let [aes128, aes256, chacha] = [
        "AES_128_GCM_SHA256",
        "AES_256_GCM_SHA384",
        "CHACHA20_POLY1305_SHA256",
    ]
    .map(|name| format!("TLS_ECDHE_ECDSA_WITH_{name}"));
    let (first, second) = ([&aes256, &chacha], [&aes128]);
    for (offered, chosen) in [
        ([&aes128, &chacha, &aes256], &chacha),
        ([&aes128, &aes256, &chacha], &aes256),
        ([&chacha, &aes256, &aes128], &chacha),
    ] {
        for (groups, group) in [
            (["secp256r1", "x25519", "secp384r1"], NamedGroup::x25519),
            (["secp384r1", "secp256r1", "x25519"], NamedGroup::secp384r1),
        ] {
            let pair = bench
                .handshake(
                    NAME,
                    |client| client.suites(offered.map(String::clone)).groups(groups),
                    |server| {
                        server
                            .suites_by_rank([first.to_vec(), second.to_vec()].map(cloned))
                            .groups_by_rank([vec!["x25519", "secp384r1"], vec!["secp256r1"]])
                    },
                )
                .unwrap();
            let facts = pair.server.facts().unwrap();
            assert_eq!((facts.suite.name, facts.group), (&**chosen, Some(group)));
        }
    }
}

fn cloned(names: Vec<&String>) -> Vec<String> {
    names.into_iter().cloned().collect()
}

/// What was named last counts, ranks as well.
#[test]
fn a_plain_list_has_no_equals() {
    let bench = Bench::new();
    let pair = bench
        .handshake(
            NAME,
            |client| client.groups(["secp384r1", "x25519", "secp256r1"]),
            |server| {
                server
                    .groups_by_rank([["x25519", "secp384r1"]])
                    .groups(["x25519", "secp384r1"])
            },
        )
        .unwrap();
    assert_eq!(pair.server.facts().unwrap().group, Some(NamedGroup::x25519));
}

#[test]
fn every_group_alone_completes_and_none_in_common_does_not() {
    let bench = Bench::new();
    for name in ["x25519", "secp256r1", "secp384r1"] {
        // The curve of the certificate's key has to be listed as well.
        let pair = bench
            .handshake(
                NAME,
                |c| c.groups([name, "secp256r1"]),
                |s| s.groups([name]),
            )
            .unwrap();
        let group = pair.client.facts().unwrap().group.unwrap();
        assert_eq!(group.name(), Some(name));
    }
    let none = bench.handshake(NAME, |c| c.groups(["x25519"]), |s| s.groups(["secp384r1"]));
    assert_eq!(fault(none), Some(Fault::NoCommonGroup));
}

/// property 'verification required': whoever has named no verifier trusts nobody, as a client and
/// as a server that asks for certificates.
#[test]
fn without_a_verifier_nobody_is_trusted() {
    let world = World::new();
    let provider = || Arc::clone(&world.provider);
    let credential = world
        .authority
        .server(NAME, KeyKind::P256)
        .credential(&provider());
    let certificate = world
        .authority
        .client(KeyKind::P256)
        .credential(&provider());
    let trusting = world.authority.verifier(&provider());
    let handshake = |client: Client, server: Server| {
        let (client, server) = (client.build().unwrap(), server.build().unwrap());
        Pair::new(&Arc::new(client), &Arc::new(server), NAME).handshake()
    };
    let client = ClientConfig::builder(provider(), Arc::new(RefuseAll));
    let server = ServerConfig::builder(provider(), credential.clone());
    let refused = handshake(client, server);
    assert_eq!(fault(refused), Some(Fault::IdentityRefused));

    let refuse = || Arc::new(RefuseAll);
    for ask in [Server::optional_client_auth, Server::require_client_auth] {
        let client = ClientConfig::builder(provider(), trusting.clone());
        let client = client.credential(certificate.clone());
        let server = ServerConfig::builder(provider(), credential.clone());
        let refused = handshake(client, ask(server, refuse()));
        assert_eq!(fault(refused), Some(Fault::IdentityRefused));
    }
}
