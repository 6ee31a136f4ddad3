//! How connections end, and what their callers are told at the edges.

use std::sync::{Arc, Mutex};

use premaster_connection::tls::{Connection, Next, Options, Received, Surface};
use premaster_connection::{
    ChooseServerConfig, ClientConfig, ConfigError, Error, ResumedBy, ServerConfig,
};
use premaster_crypto::Provider;
use premaster_handshake::{ChooseConfig, Refusal};
use premaster_record::RecordFault;
use premaster_session::{MemoryServerStore, ServerStore, Session, StoreError, UnixTime};
use premaster_testkit::Pair;
use premaster_testkit::cell::{NAME, World};
use premaster_testkit::pair::{carry, connect, receive, shuttle, transmit};
use premaster_testkit::pki::KeyKind;
use premaster_wire::AlertDescription;

type Client = premaster_connection::ClientConfigBuilder;
type Server = premaster_connection::ServerConfigBuilder;

fn builders(world: &World, kind: KeyKind) -> (Client, Server) {
    builders_with(world, &world.provider, kind)
}

fn builders_with(world: &World, provider: &Arc<Provider>, kind: KeyKind) -> (Client, Server) {
    let provider = || Arc::clone(provider);
    let verifier = world.authority.verifier(&provider());
    let credential = world.authority.server(NAME, kind).credential(&provider());
    (
        ClientConfig::builder(provider(), verifier),
        ServerConfig::builder(provider(), credential),
    )
}

fn configs() -> (Arc<ClientConfig>, Arc<ServerConfig>) {
    let (client, server) = builders(&World::new(), KeyKind::P256);
    (
        Arc::new(client.build().unwrap()),
        Arc::new(server.build().unwrap()),
    )
}

/// For TLS 1.2, and for TLS 1.3.
fn all_configs() -> [(Arc<ClientConfig>, Arc<ServerConfig>); 2] {
    let world = World::new();
    [&world.provider, &world.modern].map(|provider| {
        let (client, server) = builders_with(&world, provider, KeyKind::P256);
        (
            Arc::new(client.build().unwrap()),
            Arc::new(server.build().unwrap()),
        )
    })
}

/// A pair of TLS 1.2, and one of TLS 1.3.
fn established() -> [Pair; 2] {
    all_configs().map(|(client, server)| {
        let mut pair = Pair::new(&client, &server, NAME);
        pair.handshake().unwrap();
        pair
    })
}

/// property 22: after a goodbye each call says what there is left to do.
#[test]
fn a_goodbye_is_answered_by_a_goodbye() {
    for Pair {
        mut client,
        mut server,
    } in established()
    {
        client.close().unwrap();
        assert!(matches!(client.next_step(), Next::Transmit));
        shuttle(&mut client, &mut server).unwrap();
        assert!(matches!(client.next_step(), Next::Established));

        assert!(matches!(server.next_step(), Next::PeerClosed));
        assert!(matches!(server.receive(&mut []), Ok(Received::Closed)));
        // Half of the connection still works: what was begun can be ended.
        assert_eq!(
            carry(&mut server, &mut client, b"the rest").unwrap(),
            b"the rest"
        );
        server.close().unwrap();
        shuttle(&mut server, &mut client).unwrap();
        assert!(matches!(server.next_step(), Next::Closed));
        assert!(matches!(client.next_step(), Next::Closed));
        assert_eq!(client.end_of_input(), Ok(()));
    }
}

#[test]
fn an_end_a_goodbye_and_a_cut_are_told_apart() {
    let (config, _) = configs();
    let mut cut = connect(&config, NAME, Options::default());
    assert!(matches!(cut.end_of_input(), Err(Error::CutEarly { .. })));
    assert!(matches!(
        cut.receive(&mut [0; 5]),
        Err(Error::CutEarly { .. })
    ));

    let mut left = connect(&config, NAME, Options::default());
    transmit(&mut left).unwrap();
    let goodbye = &mut [21, 3, 3, 0, 2, 1, 0];
    assert!(matches!(
        left.receive(goodbye),
        Err(Error::ClosedEarly { .. })
    ));

    for mut pair in established() {
        assert_eq!(pair.client.end_of_input(), Err(Error::Truncated));
        assert!(matches!(pair.client.next_step(), Next::Closed));
        let facts = pair
            .client
            .facts()
            .expect("what was agreed on is still known");
        assert_eq!(facts.server_name.as_deref(), Some(NAME));
    }
}

#[test]
fn what_the_caller_cannot_do_now_changes_nothing() {
    let (config, _) = configs();
    let mut client = connect(&config, NAME, Options::default());
    let outcome = client.transmit(&mut [0; 16]);
    assert!(matches!(
        outcome,
        Err(Error::Record(RecordFault::NoRoom { .. }))
    ));
    assert!(matches!(client.next_step(), Next::Transmit));
    assert_eq!(
        client.seal_from(&[&b"early"[..]], &mut [0; 64]),
        Err(Error::NotEstablished)
    );
    assert!(client.error().is_none());

    for mut pair in established() {
        pair.client.close().unwrap();
        assert_eq!(
            pair.client.seal_from(&[&b"late"[..]], &mut [0; 64]),
            Err(Error::AlreadyClosed)
        );
    }
}

#[test]
fn closing_during_the_handshake_leaves_no_question_behind() {
    let (config, _) = configs();
    let options = Options {
        surface: Surface::Everything,
        ..Options::default()
    };
    let mut client = connect(&config, NAME, options);
    client.close().unwrap();
    transmit(&mut client).unwrap();
    assert!(matches!(client.next_step(), Next::Closed));
}

/// RFC 8449 section 4: only protected records keep to the limit, whatever is sent before.
#[test]
fn the_smallest_records_carry_every_kind_of_handshake() {
    let world = World::new();
    let providers = [&world.provider, &world.modern];
    for (provider, tickets) in providers
        .into_iter()
        .flat_map(|one| [(one, true), (one, false)])
    {
        let (client, server) = builders_with(&world, provider, KeyKind::P256);
        let credential = world.authority.client(KeyKind::P384).credential(provider);
        let client = client
            .record_size_limit(64)
            .credential(credential)
            .groups(["secp384r1"]);
        let verifier = world.authority.verifier(provider);
        let mut server = server.record_size_limit(64).require_client_auth(verifier);
        if !tickets {
            server = server.no_tickets();
        }
        // The server's own key is on a curve that the client has to list.
        let client = Arc::new(client.groups(["secp384r1", "secp256r1"]).build().unwrap());
        let server = Arc::new(server.build().unwrap());
        for resumed in [false, true] {
            let mut pair = Pair::new(&client, &server, NAME);
            pair.handshake().unwrap();
            assert_eq!(pair.server.facts().unwrap().resumed.is_some(), resumed);
            let data = vec![7; 1_000];
            assert_eq!(
                carry(&mut pair.client, &mut pair.server, &data).unwrap(),
                data
            );
        }
    }
}

/// Lengths of the fragments of records.
fn fragments(mut wire: &[u8]) -> Vec<usize> {
    let mut lengths = Vec::new();
    while let [_, _, _, high, low, rest @ ..] = wire {
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        lengths.push(length);
        wire = &rest[length..];
    }
    lengths
}

/// RFC 5246 section 6.2.1, RFC 8446 section 5.1: a sender cuts as it likes. Nothing is asked of the peer.
#[test]
fn our_records_are_as_short_as_we_want() {
    let world = World::new();
    for (provider, expansion) in [(&world.provider, 24), (&world.modern, 17)] {
        let (client, server) = builders_with(&world, provider, KeyKind::P256);
        let client = Arc::new(client.build().unwrap());
        let server = Arc::new(server.sent_record_limit(100).build().unwrap());
        let mut pair = Pair::new(&client, &server, NAME);
        shuttle(&mut pair.client, &mut pair.server).unwrap();
        let flight = transmit(&mut pair.server).unwrap();
        let longest = fragments(&flight).into_iter().max();
        assert!(longest <= Some(100 + expansion) && longest >= Some(100));
        receive(&mut pair.client, &mut flight.clone()).unwrap();
        pair.handshake().unwrap();
        assert_eq!(pair.server.content_limit(), 100);
        assert_eq!(pair.client.content_limit(), 16_384);
        let data = [7; 250];
        let mut wire = vec![0; pair.server.sealed_len(data.len())];
        pair.server.seal_from(&[&data[..]], &mut wire).unwrap();
        assert_eq!(fragments(&wire), [100, 100, 50].map(|it| it + expansion));
    }
}

/// What is chosen for a client says how short the records to it are, and that they need not be short.
#[test]
fn our_records_are_as_short_as_the_chosen_configuration_wants() {
    #[derive(Debug)]
    struct Always(Arc<ServerConfig>);
    impl ChooseServerConfig for Always {
        fn choose(&self, _: &ChooseConfig) -> Result<Arc<ServerConfig>, Refusal> {
            Ok(Arc::clone(&self.0))
        }
    }
    let world = World::new();
    for provider in [&world.provider, &world.modern] {
        let (client, server) = builders_with(&world, provider, KeyKind::P256);
        let client = Arc::new(client.build().unwrap());
        let (long, short) = (server.clone(), server.sent_record_limit(100));
        for (first, chosen, wanted) in [(&long, &short, 100), (&short, &long, 16_384)] {
            let chosen = Arc::new(chosen.clone().build().unwrap());
            let first = first.clone().chooser(Arc::new(Always(chosen)));
            let mut pair = Pair::new(&client, &Arc::new(first.build().unwrap()), NAME);
            pair.handshake().unwrap();
            assert_eq!(pair.server.content_limit(), wanted);
        }
    }
}

#[test]
fn a_limit_of_our_records_is_one_that_records_can_have() {
    let (client, _) = builders(&World::new(), KeyKind::P256);
    for limit in [63, 16_385] {
        let refused = client.clone().sent_record_limit(limit).build().unwrap_err();
        assert_eq!(refused, ConfigError::RecordSizeLimit { limit });
    }
}

/// RFC 6066 section 3: a trailing dot is no part of a name, on the wire or in a store.
#[test]
fn a_trailing_dot_is_no_part_of_the_name() {
    for (client, server) in all_configs() {
        let mut pair = Pair::new(&client, &server, "server.test.");
        pair.handshake().unwrap();
        assert_eq!(
            pair.server.facts().unwrap().server_name.as_deref(),
            Some(NAME)
        );
        let mut pair = Pair::new(&client, &server, NAME);
        pair.handshake().unwrap();
        assert_eq!(
            pair.client.facts().unwrap().resumed,
            Some(ResumedBy::Ticket)
        );
    }
}

/// RFC 8422 section 5.1: a key on a curve that the client does not list gives way to another.
#[test]
fn a_certificate_on_a_curve_that_is_not_listed_gives_way_to_another() {
    let world = World::new();
    let (client, server) = builders(&world, KeyKind::P256);
    let rsa = world
        .authority
        .server(NAME, KeyKind::Rsa2048)
        .credential(&world.provider);
    let server = Arc::new(server.credential(rsa).build().unwrap());
    let client = Arc::new(client.groups(["x25519"]).build().unwrap());
    let mut pair = Pair::new(&client, &server, NAME);
    pair.handshake().unwrap();
    assert!(pair.client.facts().unwrap().suite.name.contains("_RSA_"));
}

/// A store that writes down what it was told to forget.
#[derive(Debug)]
struct Forgetful {
    store: MemoryServerStore,
    forgotten: Mutex<Vec<Vec<u8>>>,
}

impl ServerStore for Forgetful {
    fn put(&self, id: &[u8], session: &Session, now: UnixTime) -> Result<(), StoreError> {
        self.store.put(id, session, now)
    }

    fn find(&self, id: &[u8], now: UnixTime) -> Result<Option<Session>, StoreError> {
        self.store.find(id, now)
    }

    fn take(&self, id: &[u8], now: UnixTime) -> Result<Option<Session>, StoreError> {
        self.store.take(id, now)
    }

    fn forget(&self, id: &[u8]) -> Result<(), StoreError> {
        self.forgotten.lock().unwrap().push(id.to_vec());
        self.store.forget(id)
    }
}

/// RFC 5246 section 7.2.2: what a fatal alert ended is not resumed, but only what the peer has
/// proved to share: an ID that came along with a ticket is the client's own word.
#[test]
fn a_server_forgets_what_failed_and_nothing_that_a_client_only_names() {
    for tickets in [false, true] {
        let store = Arc::new(Forgetful {
            store: MemoryServerStore::new(10),
            forgotten: Mutex::default(),
        });
        let (client, server) = builders(&World::new(), KeyKind::P256);
        let mut server = server.session_store(Arc::<Forgetful>::clone(&store));
        if !tickets {
            server = server.no_tickets();
        }
        let server = Arc::new(server.build().unwrap());
        let client = Arc::new(client.build().unwrap());
        Pair::new(&client, &server, NAME).handshake().unwrap();
        let mut pair = Pair::new(&client, &server, NAME);
        pair.handshake().unwrap();
        assert!(pair.server.facts().unwrap().resumed.is_some());
        let garbage = &mut [[23, 3, 3, 0, 32].as_slice(), &[0; 32]].concat();
        receive(&mut pair.server, garbage).unwrap_err();
        assert_eq!(store.forgotten.lock().unwrap().len(), usize::from(!tickets));
    }
}

/// A client that failed does not offer its session again.
#[test]
fn a_client_forgets_the_session_of_a_connection_that_failed() {
    let (client, server) = configs();
    Pair::new(&client, &server, NAME).handshake().unwrap();
    let mut failing: Connection = connect(&client, NAME, Options::default());
    transmit(&mut failing).unwrap();
    receive(&mut failing, &mut [21, 3, 3, 0, 2, 2, 40]).unwrap_err();
    let mut pair = Pair::new(&client, &server, NAME);
    pair.handshake().unwrap();
    assert_eq!(pair.client.facts().unwrap().resumed, None);
}

/// RFC 8446 section 6.2: an alert of the caller's own is fatal, the last thing that is sent, and no goodbye, whatever it says.
#[test]
fn an_alert_of_the_callers_own_ends_the_connection() {
    for (wanted, told) in [
        (
            AlertDescription::access_denied,
            AlertDescription::access_denied,
        ),
        (
            AlertDescription::close_notify,
            AlertDescription::internal_error,
        ),
        (
            AlertDescription::user_canceled,
            AlertDescription::internal_error,
        ),
    ] {
        for Pair {
            mut client,
            mut server,
        } in established()
        {
            client.abort(wanted);
            assert_eq!(client.error(), Some(&Error::Aborted(wanted)));
            let sealed = client.seal_from(&[&b"more"[..]], &mut [0; 64]);
            assert_eq!(sealed, Err(Error::Aborted(wanted)));
            let heard = shuttle(&mut client, &mut server).unwrap_err();
            assert_eq!(heard, Error::AlertReceived(told));
            assert!(matches!(client.next_step(), Next::Closed));
            client.abort(AlertDescription::internal_error);
            assert_eq!(client.error(), Some(&Error::Aborted(wanted)));
            assert_eq!(client.pending(), 0);
        }
    }
}

/// RFC 8446 section 6.1: nothing follows a goodbye.
#[test]
fn after_a_goodbye_no_alert_is_sent() {
    for Pair { mut client, .. } in established() {
        client.close().unwrap();
        transmit(&mut client).unwrap();
        client.abort(AlertDescription::access_denied);
        assert_eq!(client.pending(), 0);
        assert!(matches!(client.next_step(), Next::Closed));
    }
}

/// RFC 5246 section 7.2.2.
#[test]
fn a_session_of_an_aborted_connection_is_not_resumed() {
    for (client, server) in all_configs() {
        let mut pair = Pair::new(&client, &server, NAME);
        pair.handshake().unwrap();
        pair.client.abort(AlertDescription::access_denied);
        let mut pair = Pair::new(&client, &server, NAME);
        pair.handshake().unwrap();
        assert_eq!(pair.client.facts().unwrap().resumed, None);
    }
}
