//! Early data end to end: it is taken once, never as anything else, and only where nothing has changed.

use std::sync::Arc;

use premaster_connection::tls::{Connection, Options, Received};
use premaster_connection::{ClientConfig, Error, ServerConfig};
use premaster_crypto::Side;
use premaster_handshake::{CookieKey, EarlyData};
use premaster_session::{MemoryReplayRegister, ReplayRegister};
use premaster_testkit::cell::{NAME, World};
use premaster_testkit::forger::vector8;
use premaster_testkit::pair::{connect, shuttle, transmit};
use premaster_testkit::pki::KeyKind;
use premaster_testkit::tls13::{Forger, Plan};
use premaster_testkit::{Cast, FakeClock, Pair, Step, Wire};
use premaster_wire::{ContentType, ExtensionType as Ext, HandshakeType as Type};

type Server = premaster_connection::ServerConfigBuilder;

/// A client that sends early data, and a server that takes some.
struct Bench {
    world: World,
    client: Arc<ClientConfig>,
    server: Arc<ServerConfig>,
}

impl Bench {
    fn new(change: impl FnOnce(Server) -> Server) -> Self {
        let world = World::new();
        let provider = || Arc::clone(&world.modern);
        let verifier = world.authority.verifier(&provider());
        let credential = world.authority.server(NAME, KeyKind::P256);
        let client = ClientConfig::builder(provider(), verifier)
            .clock(world.clock.shared())
            .early_data();
        let server = ServerConfig::builder(provider(), credential.credential(&provider()))
            .clock(world.clock.shared())
            .early_data(1_000);
        Self {
            client: Arc::new(client.build().unwrap()),
            server: Arc::new(change(server).build().unwrap()),
            world,
        }
    }

    /// A full handshake, which leaves tickets behind.
    fn visit(&self) {
        let mut pair = Pair::new(&self.client, &self.server, NAME);
        pair.handshake().unwrap();
        assert_eq!(pair.client.facts().unwrap().resumed, None);
    }

    /// A client that has a ticket, and its first flight: ClientHello and early data.
    fn flight(&self, data: &[u8]) -> (Connection, Vec<u8>) {
        let mut client = connect(&self.client, NAME, Options::default());
        let mut flight = transmit(&mut client).unwrap();
        assert!(
            client
                .early_data_limit()
                .is_some_and(|limit| limit >= data.len())
        );
        let mut out = vec![0; client.sealed_len(data.len())];
        let sealed = client.seal_early_from(&[data], &mut out).unwrap();
        flight.extend_from_slice(&out[..sealed]);
        (client, flight)
    }
}

/// Hands over records, in pieces of so many bytes; the early data and the data in them.
fn receive(server: &mut Connection, bytes: &[u8], piece: usize) -> Result<[Vec<u8>; 2], Error> {
    let mut come = [Vec::new(), Vec::new()];
    let mut unread = Vec::new();
    for piece in bytes.chunks(piece) {
        unread.extend_from_slice(piece);
        loop {
            let _ = server.next_step();
            let consumed = match server.receive(&mut unread)? {
                Received::EarlyData {
                    plaintext,
                    consumed,
                } => {
                    come[0].extend_from_slice(plaintext);
                    consumed
                }
                Received::Data {
                    plaintext,
                    consumed,
                } => {
                    come[1].extend_from_slice(plaintext);
                    consumed
                }
                Received::Control { consumed } => consumed,
                Received::More { .. } => break,
                other => panic!("{other:?}"),
            };
            unread.drain(..consumed);
            if unread.is_empty() {
                break;
            }
        }
    }
    Ok(come)
}

/// Runs the handshake to its end; what the client then sends is data.
fn complete(client: &mut Connection, server: &mut Connection) {
    while shuttle(server, client).unwrap() + {
        let bytes = transmit(client).unwrap();
        let [early, data] = receive(server, &bytes, usize::MAX).unwrap();
        assert!(early.is_empty() && data.is_empty());
        bytes.len()
    } > 0
    {}
    let mut out = vec![0; client.sealed_len(5)];
    let sealed = client.seal_from(&[&b"later"[..]], &mut out).unwrap();
    let [early, data] = receive(server, &out[..sealed], usize::MAX).unwrap();
    assert_eq!((&early[..], &data[..]), (&b""[..], &b"later"[..]));
}

fn outcome(connection: &Connection) -> Option<EarlyData> {
    connection.facts().unwrap().early_data
}

#[test]
fn early_data_comes_as_early_data_in_any_pieces() {
    for piece in [usize::MAX, 1, 7] {
        let bench = Bench::new(|server| server);
        bench.visit();
        let (mut client, flight) = bench.flight(b"early");
        let mut server = Connection::server(Arc::clone(&bench.server));
        let [early, data] = receive(&mut server, &flight, piece).unwrap();
        assert_eq!((&early[..], &data[..]), (&b"early"[..], &b""[..]));
        complete(&mut client, &mut server);
        assert_eq!(outcome(&client), Some(EarlyData::Accepted));
        assert_eq!(outcome(&server), Some(EarlyData::Accepted));
    }
}

/// property 19: what was recorded and comes again, to the same server, brings no data, however often; the handshake itself
/// goes no further than the one who has recorded it.
#[test]
fn early_data_that_comes_again_is_not_taken() {
    let bench = Bench::new(|server| server);
    bench.visit();
    let (mut client, flight) = bench.flight(b"pay once");
    let mut server = Connection::server(Arc::clone(&bench.server));
    let [early, _] = receive(&mut server, &flight, usize::MAX).unwrap();
    assert_eq!(early, b"pay once");
    for _ in 0..3 {
        let mut again = Connection::server(Arc::clone(&bench.server));
        let [early, data] = receive(&mut again, &flight, usize::MAX).unwrap();
        assert_eq!((&early[..], &data[..]), (&b""[..], &b""[..]));
        assert!(again.facts().is_none());
    }
    complete(&mut client, &mut server);
}

/// property 19: servers that share ticket keys have to share the register as well.
#[test]
fn servers_that_share_a_register_take_early_data_once_together() {
    let register: Arc<dyn ReplayRegister> = Arc::new(MemoryReplayRegister::new(100, 60));
    let shared = Arc::clone(&register);
    let bench = Bench::new(|server| server.replay_register(shared));
    bench.visit();
    let (_client, flight) = bench.flight(b"pay once");
    let mut taken = 0;
    for _ in 0..2 {
        let mut server = Connection::server(Arc::clone(&bench.server));
        let [early, _] = receive(&mut server, &flight, usize::MAX).unwrap();
        taken += usize::from(early == b"pay once");
    }
    assert_eq!(taken, 1);
}

/// property 19: the window of the register is enough, for older hellos are not taken at all: the age that a client tells
/// has to be that of its ticket (RFC 8446 section 8.3).
#[test]
fn early_data_that_comes_late_is_not_taken() {
    for (later, taken) in [(0, true), (3_600, false), (40_000, false)] {
        let bench = Bench::new(|server| server);
        bench.visit();
        let (_client, flight) = bench.flight(b"pay now");
        bench.world.clock.advance(later);
        let mut server = Connection::server(Arc::clone(&bench.server));
        let [early, _] = receive(&mut server, &flight, usize::MAX).unwrap();
        assert_eq!(!early.is_empty(), taken, "{later} seconds later");
    }
}

/// property 19: who puts up with more has to remember for longer: a ClientHello that tells the most that it may comes again
/// when it is the least (RFC 8446 section 8.3).
#[test]
fn a_register_remembers_for_as_long_as_a_hello_is_fresh() {
    let clock = FakeClock::default();
    let (of_server, tolerance) = (clock.shared(), 100);
    let bench = Bench::new(|server| server.clock(of_server).ticket_age_tolerance(tolerance));
    bench.visit();
    bench.world.clock.advance(95);
    let (_client, flight) = bench.flight(b"pay once");
    let taken = |seconds| {
        clock.advance(seconds);
        let mut server = Connection::server(Arc::clone(&bench.server));
        let [early, _] = receive(&mut server, &flight, usize::MAX).unwrap();
        !early.is_empty()
    };
    assert!(taken(0), "95 seconds too soon");
    assert!(!taken(190), "95 seconds too late, and a replay");

    // The first time it would be fine.
    let clock = FakeClock::default();
    let of_server = clock.shared();
    let bench = Bench::new(|server| server.clock(of_server).ticket_age_tolerance(tolerance));
    bench.visit();
    let (_client, flight) = bench.flight(b"pay once");
    clock.advance(95);
    let mut server = Connection::server(Arc::clone(&bench.server));
    let [early, _] = receive(&mut server, &flight, usize::MAX).unwrap();
    assert_eq!(early, b"pay once");
}

/// RFC 8446 section 4.2.2: one server asks for another ClientHello, another one takes it, and all that was under way.
#[test]
fn a_server_behind_a_cookie_drops_as_much_as_tickets_allow() {
    let bench = Bench::new(|server| {
        let cookies = Arc::new(CookieKey::from_shared(&[7; 32]));
        server
            .early_data(30_000)
            .groups(["secp384r1"])
            .retry_cookie(cookies)
    });
    bench.visit();
    let mut client = connect(&bench.client, NAME, Options::default());
    let hello = transmit(&mut client).unwrap();
    let mut under_way = Vec::new();
    for _ in 0..3 {
        let mut out = vec![0; client.sealed_len(10_000)];
        let sealed = client.seal_early_from(&[&[7; 10_000][..]], &mut out);
        under_way.extend_from_slice(&out[..sealed.unwrap()]);
    }
    let mut first = Connection::server(Arc::clone(&bench.server));
    receive(&mut first, &hello, usize::MAX).unwrap();
    assert!(shuttle(&mut first, &mut client).unwrap() > 0);

    let options = Options::default();
    let mut second = Connection::server_after_retry(Arc::clone(&bench.server), options);
    receive(&mut second, &under_way, usize::MAX).unwrap();
    complete(&mut client, &mut second);
    assert!(second.facts().unwrap().retried);
    assert_eq!(outcome(&client), Some(EarlyData::Rejected));
}

/// property 24: no more early data comes in than was agreed on, taken or dropped.
#[test]
fn there_is_a_limit_to_early_data() {
    let bench = Bench::new(|server| server);
    bench.visit();
    let (mut client, flight) = bench.flight(&[7; 1_000]);
    assert_eq!(client.early_data_limit(), Some(0));
    let more = client.seal_early_from(&[&b"more"[..]], &mut [0; 100]);
    assert!(more.is_err(), "the client keeps to it");
    // It is what the peer sends that counts: the same records twice are out of sequence, others are too many.
    let mut server = Connection::server(Arc::clone(&bench.server));
    let [early, _] = receive(&mut server, &flight, usize::MAX).unwrap();
    assert_eq!(early.len(), 1_000);

    // Dropped: a flood of it ends the connection, be it as it may.
    let bench = Bench::new(|server| server);
    bench.visit();
    let (_client, flight) = bench.flight(b"pay once");
    let mut first = Connection::server(Arc::clone(&bench.server));
    receive(&mut first, &flight, usize::MAX).unwrap();
    let mut again = Connection::server(Arc::clone(&bench.server));
    receive(&mut again, &flight, usize::MAX).unwrap();
    let record = [&[23, 3, 3, 1, 0][..], &[7; 256]].concat();
    let mut dropped = 0;
    while receive(&mut again, &record, usize::MAX).is_ok() {
        dropped += 1;
        assert!(dropped < 100, "it is dropped for ever");
    }
    assert!(again.error().is_some());
}

const STEPS: [Step; 3] = [
    Step::Message(Type::client_hello),
    Step::Message(Type::end_of_early_data),
    Step::Message(Type::finished),
];

/// A client that has a ticket, offers early data, and says whatever a test wants.
fn liar(bench: &Bench, cast: &Cast) -> Wire<Forger> {
    let server = || Connection::server(Arc::clone(&bench.server));
    let new = |plan| Wire::with(server(), Forger::new(Side::Client, &cast.modern, plan));
    let mut plan = Plan::client();
    plan.set(Ext::psk_key_exchange_modes, vector8(&[1]));
    let mut visit = new(plan.clone());
    visit.play(&[STEPS[0], STEPS[2]], |bytes| vec![bytes.to_vec()]);
    plan.set(Ext::early_data, []);
    plan.hello.push((Ext::pre_shared_key, None));
    plan.psks = vec![visit.forger.tickets.swap_remove(0)];
    new(plan)
}

/// The same, when all up to this step was said.
fn said(bench: &Bench, cast: &Cast, steps: usize) -> Wire<Forger> {
    let mut wire = liar(bench, cast);
    wire.play(&STEPS[..steps], |bytes| vec![bytes.to_vec()]);
    assert_eq!(wire.victim.error, None);
    wire
}

const DATA: ContentType = ContentType::application_data;

/// property 4: between ClientHello and Finished there is early data until EndOfEarlyData, and nothing else.
#[test]
fn early_data_has_its_place_and_nothing_else_has_one_there() {
    let (bench, cast) = (Bench::new(|server| server), Cast::new());
    let mut wire = said(&bench, &cast, 1);
    wire.record(DATA, b"early");
    wire.say(STEPS[1]);
    wire.say(STEPS[2]);
    wire.record(DATA, b"data");
    assert_eq!(wire.victim.error, None);
    let (early, data) = (&wire.victim.early_data[..], &wire.victim.data[..]);
    assert_eq!((early, data), (&b"early"[..], &b"data"[..]));

    let mut wire = said(&bench, &cast, 2);
    wire.record(DATA, b"too late");
    assert!(wire.victim.error.is_some());
    assert_eq!(
        (&wire.victim.early_data[..], &wire.victim.data[..]),
        (&b""[..], &b""[..])
    );
    for at in [1, 2] {
        for kind in (0..=255).map(Type) {
            let mut wire = said(&bench, &cast, at);
            wire.say(Step::Message(kind));
            let taken = STEPS[at] == Step::Message(kind);
            assert_eq!(wire.victim.error.is_none(), taken, "{kind} as step {at}");
        }
    }
}

/// property 23: its end is the end of a record, and the keys change.
#[test]
fn the_end_of_early_data_changes_the_keys() {
    let (bench, cast) = (Bench::new(|server| server), Cast::new());
    let mut wire = said(&bench, &cast, 1);
    wire.say_in(STEPS[1], |bytes| vec![[bytes, &[20]].concat()]);
    assert!(wire.victim.error.is_some(), "it spans the change");
    let mut wire = said(&bench, &cast, 1);
    wire.keeps_keys = true;
    wire.say(STEPS[1]);
    wire.say(STEPS[2]);
    assert!(
        wire.victim.error.is_some(),
        "Finished under the keys of early data"
    );
    assert!(wire.victim.connection.facts().is_none());
}

/// property 24: a server takes no more early data than it said.
#[test]
fn a_server_takes_no_more_early_data_than_it_said() {
    let (bench, cast) = (Bench::new(|server| server), Cast::new());
    let mut wire = said(&bench, &cast, 1);
    wire.record(DATA, &[7; 600]);
    wire.record(DATA, &[7; 400]);
    assert_eq!(wire.victim.error, None);
    wire.record(DATA, b"!");
    assert!(wire.victim.error.is_some());
    assert_eq!(wire.victim.early_data.len(), 1_000);

    let mut wire = said(&bench, &cast, 1);
    for _ in 0..17 {
        wire.record(DATA, b"");
    }
    assert!(wire.victim.error.is_some(), "a flood of nothing");
}
