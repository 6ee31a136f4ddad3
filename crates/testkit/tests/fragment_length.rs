//! max_fragment_length: who asks, who answers, and that every record keeps to it (RFC 6066 section 4).

use std::sync::Arc;

use premaster_connection::tls::{Connection, Options};
use premaster_connection::{
    ClientConfig, ClientConfigBuilder, Credential, Error, ResumedBy, ServerConfig,
    ServerConfigBuilder, credential,
};
use premaster_crypto::Side;
use premaster_handshake::Fault;
use premaster_testkit::cell::{NAME, World};
use premaster_testkit::pair::{carry, connect, receive, transmit};
use premaster_testkit::pki::KeyKind;
use premaster_testkit::{Cast, Said, Step, Wire};
use premaster_wire::{
    ClientHello, ClientHelloExtension, ContentType, Decode, ExtensionType, HandshakeType as Type,
    MaxFragmentLength,
};

const LENGTHS: [u16; 4] = [512, 1_024, 2_048, 4_096];

struct Bench {
    world: World,
    credential: Credential,
}

impl Bench {
    /// With a chain of ten certificates: longer than the longest fragment.
    fn new() -> Self {
        let world = World::new();
        let issued = world.authority.server(NAME, KeyKind::P256);
        let mut chain = issued.chain.clone();
        // Behind the issuer they are looked at by nobody: only their length counts.
        let filler = world.authority.server(NAME, KeyKind::Rsa2048);
        chain.resize(10, filler.chain[0].clone());
        let bytes: usize = chain.iter().map(Vec::len).sum();
        assert!(bytes > 4_096, "{bytes}");
        let credential = credential(chain, issued.key(&world.provider)).unwrap();
        Self { world, credential }
    }

    fn client(
        &self,
        bend: impl FnOnce(ClientConfigBuilder) -> ClientConfigBuilder,
    ) -> Arc<ClientConfig> {
        let provider = Arc::clone(&self.world.provider);
        let verifier = self.world.authority.verifier(&provider);
        let client = ClientConfig::builder(provider, verifier);
        let known = self.world.authority.client(KeyKind::P256);
        let client = client.credential(known.credential(&self.world.provider));
        Arc::new(bend(client).build().unwrap())
    }

    fn server(
        &self,
        bend: impl FnOnce(ServerConfigBuilder) -> ServerConfigBuilder,
    ) -> Arc<ServerConfig> {
        let provider = Arc::clone(&self.world.provider);
        let verifier = self.world.authority.verifier(&provider);
        let server = ServerConfig::builder(provider, self.credential.clone());
        Arc::new(bend(server.require_client_auth(verifier)).build().unwrap())
    }
}

/// Two sides and the longest record that each has sent behind its hello.
struct Talk {
    sides: [Connection; 2],
    longest: [usize; 2],
}

impl Talk {
    fn new(client: &Arc<ClientConfig>, server: &Arc<ServerConfig>) -> Self {
        let sides = [
            connect(client, NAME, Options::default()),
            Connection::server(Arc::clone(server)),
        ];
        let mut talk = Self {
            sides,
            longest: [0; 2],
        };
        for flight in 0.. {
            if !talk.flight(flight % 2, flight > 0) {
                break;
            }
        }
        assert!(talk.sides.iter().all(|side| side.facts().is_some()));
        talk
    }

    fn flight(&mut self, from: usize, counts: bool) -> bool {
        let mut bytes = transmit(&mut self.sides[from]).unwrap();
        let mut at = 0;
        while at < bytes.len() {
            let length = usize::from(u16::from_be_bytes([bytes[at + 3], bytes[at + 4]]));
            if counts {
                self.longest[from] = self.longest[from].max(length);
            }
            at += 5 + length;
        }
        receive(&mut self.sides[1 - from], &mut bytes).unwrap();
        !bytes.is_empty()
    }

    fn limits(&self) -> [usize; 2] {
        [0, 1].map(|side| self.sides[side].content_limit())
    }

    fn agreed(&self) -> [Option<usize>; 2] {
        [0, 1].map(|side| self.sides[side].facts().unwrap().max_fragment_length)
    }

    fn resumed(&self) -> Option<ResumedBy> {
        self.sides[0].facts().unwrap().resumed
    }

    fn carries_data(&mut self) {
        let [client, server] = &mut self.sides;
        let data = vec![7; 20_000];
        assert_eq!(carry(client, server, &data).unwrap(), data);
        assert_eq!(carry(server, client, &data).unwrap(), data);
    }
}

/// All of the handshake behind the hellos keeps to it, however long its messages are, and then the data does.
#[test]
fn every_record_of_both_sides_keeps_to_the_length() {
    let bench = Bench::new();
    let server = bench.server(|server| server);
    for length in LENGTHS {
        let client = bench.client(|client| client.max_fragment_length(length));
        let mut talk = Talk::new(&client, &server);
        let length = usize::from(length);
        assert_eq!(talk.agreed(), [Some(length); 2]);
        assert_eq!(talk.limits(), [length; 2]);
        // A chain of certificates fills records to the brim. Protected ones here are short.
        assert_eq!(talk.longest[1], length);
        assert!(talk.longest[0] <= length, "{:?}", talk.longest);
        talk.carries_data();
    }
    let mut talk = Talk::new(&bench.client(|client| client), &server);
    assert_eq!((talk.agreed(), talk.limits()), ([None; 2], [16_384; 2]));
    assert!(talk.longest[1] > 4_096);
    talk.carries_data();
}

/// RFC 8449 section 5: whoever has record_size_limit ignores the other where both are offered.
#[test]
fn record_size_limit_goes_first() {
    let bench = Bench::new();
    let client = bench.client(|client| client.max_fragment_length(512).record_size_limit(1_000));
    let server = bench.server(|server| server.record_size_limit(2_000));
    let talk = Talk::new(&client, &server);
    assert_eq!((talk.agreed(), talk.limits()), ([None; 2], [2_000, 1_000]));
    let talk = Talk::new(&client, &bench.server(|server| server));
    assert_eq!((talk.agreed(), talk.limits()), ([Some(512); 2], [512; 2]));
}

/// The same, resumed: what counts is what would be agreed on now, not what was asked for.
#[test]
fn a_session_with_record_size_limit_is_resumed_though_the_other_is_asked_for() {
    let bench = Bench::new();
    let client = bench.client(|client| client.max_fragment_length(512).record_size_limit(1_000));
    let server = bench.server(|server| server.record_size_limit(2_000));
    assert_eq!(Talk::new(&client, &server).resumed(), None);
    let talk = Talk::new(&client, &server);
    assert_eq!(talk.resumed(), Some(ResumedBy::Ticket));
    assert_eq!((talk.agreed(), talk.limits()), ([None; 2], [2_000, 1_000]));
}

/// A client with little memory asks for short records with every hello, and finds no session of another length.
#[test]
fn a_client_asks_for_its_length_whatever_its_sessions_have() {
    let cast = Cast::new();
    let asks = |of_session, policy: Option<u8>| {
        let mut scene = cast.against_resuming_client();
        let policy = policy.map(MaxFragmentLength);
        scene.client.max_fragment_length = policy;
        scene
            .host
            .session
            .as_mut()
            .unwrap()
            .session
            .max_fragment_length = of_session;
        let (mut victim, ..) = scene.begin();
        let Some(Said::Message(hello)) = victim.take_sent().into_iter().next() else {
            panic!("a ClientHello")
        };
        let hello = ClientHello::decode(&hello[4..]).unwrap();
        let asked = hello
            .extensions()
            .iter()
            .find_map(|extension| match extension {
                ClientHelloExtension::MaxFragmentLength(length) => Some(length),
                _ => None,
            });
        assert_eq!(asked, policy);
        !hello.session_id.is_empty()
    };
    assert!(asks(None, None));
    assert!(asks(Some(1), Some(1)));
    assert!(
        asks(None, Some(1)),
        "the server did not want it, and may not again"
    );
    assert!(!asks(Some(1), None));
    assert!(!asks(Some(1), Some(2)));
}

/// A server that resumes need not answer it again: it holds with the session (RFC 5246 section 7.4.1.4).
#[test]
fn a_resumed_session_keeps_its_length_though_the_server_says_nothing() {
    let cast = Cast::new();
    for says in [true, false] {
        let mut scene = cast.against_resuming_client();
        scene.client.max_fragment_length = Some(MaxFragmentLength::two_to_the_9);
        scene
            .host
            .session
            .as_mut()
            .unwrap()
            .session
            .max_fragment_length = Some(1);
        if says {
            scene.plan.set(ExtensionType::max_fragment_length, [1]);
        }
        let played = scene.play();
        let facts = played.facts().expect("resumed");
        assert_eq!(facts.max_fragment_length, Some(512), "{says}");
    }
}

/// RFC 6066 section 4: the length belongs to the session, its resumptions included.
#[test]
fn a_resumed_session_keeps_its_length() {
    let bench = Bench::new();
    type Without = fn(ServerConfigBuilder) -> ServerConfigBuilder;
    let by: [(Without, _); 2] = [
        (ServerConfigBuilder::no_tickets, ResumedBy::SessionId),
        (ServerConfigBuilder::no_session_ids, ResumedBy::Ticket),
    ];
    for (without, by) in by {
        let server = bench.server(without);
        for length in LENGTHS {
            let client = bench.client(|client| client.max_fragment_length(length));
            assert_eq!(Talk::new(&client, &server).resumed(), None);
            let mut talk = Talk::new(&client, &server);
            assert_eq!(talk.resumed(), Some(by));
            assert_eq!(talk.agreed(), [Some(usize::from(length)); 2]);
            assert_eq!(talk.limits(), [usize::from(length); 2]);
            talk.carries_data();
        }
    }
}

/// A client that asks for another length than its session has gets a full handshake.
#[test]
fn a_session_of_another_length_is_not_resumed() {
    let cast = Cast::new();
    let cases: [(Option<u8>, Option<u8>, bool); 6] = [
        (None, None, true),
        (Some(1), Some(1), true),
        (Some(4), Some(4), true),
        (None, Some(1), false),
        (Some(1), None, false),
        (Some(1), Some(2), false),
    ];
    for (of_session, asked, resumes) in cases {
        let mut scene = cast.against_resuming_server();
        for session in scene.host.sessions.values_mut() {
            session.max_fragment_length = of_session;
        }
        if let Some(asked) = asked {
            scene.plan.set(ExtensionType::max_fragment_length, [asked]);
        }
        let played = scene.play();
        let what = format!("{of_session:?} {asked:?}");
        assert_eq!(played.facts().is_some(), resumes, "{what}");
        if !resumes {
            // The forger would have gone on with the old session.
            let fault = Some(Fault::UnexpectedChangeCipherSpec);
            assert_eq!(played.victim.fault(), fault, "{what}");
        }
    }
}

fn rule(wire: &Wire) -> Option<&'static str> {
    match &wire.victim.error {
        Some(Error::Record(fault)) => Some(fault.rule().name),
        _ => None,
    }
}

/// A server that has agreed and sends longer records is refused at their header, and so is a client.
#[test]
fn a_record_that_is_longer_is_refused() {
    let bench = Bench::new();
    let cast = Cast::new();
    for too_long in [false, true] {
        let client = bench.client(|client| client.max_fragment_length(512));
        let mut scene = cast.against_client();
        scene.plan.set(ExtensionType::max_fragment_length, [1]);
        let connection = connect(&client, NAME, Options::default());
        let mut wire = Wire::new(connection, Side::Server, scene.plan);
        wire.say(Step::Message(Type::server_hello));
        wire.record(ContentType::handshake, &announced(too_long));
        assert_eq!(rule(&wire), too_long.then_some("RecordTooLong"));

        let server = bench.server(|server| server);
        let mut scene = cast.against_server();
        scene.plan.set(ExtensionType::max_fragment_length, [1]);
        let connection = Connection::server(server);
        let mut wire = Wire::new(connection, Side::Client, scene.plan);
        wire.say(Step::Message(Type::client_hello));
        wire.record(ContentType::handshake, &announced(too_long));
        assert_eq!(rule(&wire), too_long.then_some("RecordTooLong"));
    }
}

/// The begin of a long Certificate, in a record that is full or one byte longer.
fn announced(too_long: bool) -> Vec<u8> {
    let mut content = vec![11, 0, 0x20, 0, 0, 0x1f, 0xfd];
    content.resize(512 + usize::from(too_long), 0);
    content
}

/// The hellos come before anything is agreed on: a ClientHello may be longer than what it asks for.
#[test]
fn the_hello_itself_may_be_longer() {
    let bench = Bench::new();
    let client = bench.client(|client| {
        let many = (0..100).map(|n| format!("protocol-{n}"));
        client.max_fragment_length(512).alpn(many)
    });
    let server = bench.server(|server| server.alpn(["protocol-99"]));
    let talk = Talk::new(&client, &server);
    assert_eq!(talk.agreed(), [Some(512); 2]);
}
