//! Early data from ticket to answer: accepted, rejected, replayed (RFC 8446 section 2.3, section 4.2.10).

use std::sync::Arc;

use premaster_connection::record::RecordFault;
use premaster_connection::tls::{Connection, Next, Received};
use premaster_connection::trace::EarlyData;
use premaster_connection::{
    ClientConfig, ClientConfigBuilder, Error, ServerConfig, ServerConfigBuilder,
};
use premaster_testkit::pair::{Pair, carry, receive, shuttle, transmit};
use premaster_testkit::pki::Authority;

const NAME: &str = "localhost";
const LIMIT: u32 = 20_000;

/// A client that has a ticket for early data, and servers that know the ticket.
struct World {
    authority: Authority,
    client: Arc<ClientConfig>,
    server: Arc<ServerConfig>,
}

impl World {
    fn new() -> Self {
        Self::with(|it| it)
    }

    fn with(change: impl FnOnce(ClientConfigBuilder) -> ClientConfigBuilder) -> Self {
        let provider = Arc::new(premaster_crypto_ring::provider());
        let authority = Authority::new();
        let credential = authority.issue(&provider, &[NAME], &rcgen::PKCS_ED25519);
        let verifier = authority.verifier(&provider);
        let server = ServerConfig::builder(Arc::clone(&provider), credential).early_data(LIMIT);
        let client = change(ClientConfig::builder(provider, verifier).early_data());
        let world = Self {
            authority,
            client: Arc::new(client.build().unwrap()),
            server: Arc::new(server.build().unwrap()),
        };
        Pair::new(&world.client, &world.server, NAME)
            .handshake()
            .unwrap();
        world
    }

    /// Another server of the same name.
    fn another(
        &self,
        change: impl FnOnce(ServerConfigBuilder) -> ServerConfigBuilder,
    ) -> Arc<ServerConfig> {
        let provider = Arc::new(premaster_crypto_ring::provider());
        let credential = self
            .authority
            .issue(&provider, &[NAME], &rcgen::PKCS_ED25519);
        let server = ServerConfig::builder(provider, credential).early_data(LIMIT);
        Arc::new(change(server).build().unwrap())
    }

    /// A client that has said its ClientHello, with what it has said.
    fn resuming(&self) -> (Pair, Vec<u8>) {
        let mut pair = Pair::new(&self.client, &self.server, NAME);
        let hello = transmit(&mut pair.client).unwrap();
        let limit = usize::try_from(LIMIT).unwrap();
        assert_eq!(pair.client.early_data_limit(), Some(limit));
        assert!(matches!(pair.client.next_step(), Next::Receive { .. }));
        (pair, hello)
    }
}

fn early(client: &mut Connection, data: &[u8]) -> Vec<u8> {
    let mut out = vec![0; client.sealed_len(data.len())];
    let length = client.seal_early_from(&[data], &mut out).unwrap();
    out.truncate(length);
    out
}

/// What early data is in these records; no other may be.
fn hear(server: &mut Connection, mut wire: Vec<u8>) -> Result<Vec<u8>, Error> {
    let mut heard = Vec::new();
    let mut rest = &mut wire[..];
    while !rest.is_empty() {
        // The server's flight goes first.
        let consumed = match server.receive(rest)? {
            Received::Control { consumed } => consumed,
            Received::EarlyData {
                plaintext,
                consumed,
            } => {
                heard.extend_from_slice(plaintext);
                consumed
            }
            other => panic!("{other:?}"),
        };
        rest = &mut rest[consumed..];
    }
    Ok(heard)
}

fn outcomes(pair: &Pair) -> [Option<EarlyData>; 2] {
    [&pair.client, &pair.server].map(|end| end.facts().unwrap().early_data)
}

fn talk(pair: &mut Pair) {
    let Pair { client, server } = pair;
    assert_eq!(carry(client, server, b"there"), Ok(b"there".to_vec()));
    assert_eq!(carry(server, client, b"back"), Ok(b"back".to_vec()));
}

#[test]
fn early_data_arrives_before_anything_was_answered() {
    let world = World::new();
    for round in 0..3 {
        let (mut pair, mut wire) = world.resuming();
        wire.extend(early(&mut pair.client, b"GET / "));
        wire.extend(early(&mut pair.client, b"HTTP/1.0\r\n\r\n"));
        let heard = hear(&mut pair.server, wire).unwrap();
        assert_eq!(heard, b"GET / HTTP/1.0\r\n\r\n");
        // And more while the answer is under way.
        let late = early(&mut pair.client, b"and more");
        let answer = transmit(&mut pair.server).unwrap();
        assert_eq!(hear(&mut pair.server, late).unwrap(), b"and more");
        receive(&mut pair.client, &mut answer.clone()).unwrap();
        assert_eq!(pair.client.early_data_limit(), None);
        pair.handshake().unwrap();
        assert_eq!(outcomes(&pair), [Some(EarlyData::Accepted); 2], "{round}");
        talk(&mut pair);
    }
}

/// RFC 8446 section 4.2.10: all of max_early_data_size may be used, by both sides' count.
#[test]
fn as_much_as_the_ticket_allows_fits_and_no_more() {
    let world = World::new();
    let (mut pair, mut wire) = world.resuming();
    let all: Vec<u8> = (0..LIMIT).map(|it| it.to_le_bytes()[0]).collect();
    wire.extend(early(&mut pair.client, &all));
    assert_eq!(pair.client.early_data_limit(), Some(0));
    let error = pair.client.seal_early_from(&[&b"x"[..]], &mut [0; 99]);
    let (length, left) = (1, 0);
    assert_eq!(error, Err(Error::TooMuchEarlyData { length, left }));
    assert_eq!(hear(&mut pair.server, wire), Ok(all));
    pair.handshake().unwrap();
    talk(&mut pair);
}

/// RFC 8446 section 8: the same ClientHello is not served early data twice.
#[test]
fn a_replay_is_not_heard() {
    let world = World::new();
    let (mut pair, mut wire) = world.resuming();
    wire.extend(early(&mut pair.client, b"once"));
    assert_eq!(hear(&mut pair.server, wire.clone()), Ok(b"once".to_vec()));
    let mut again = Connection::server(Arc::clone(&world.server));
    assert_eq!(hear(&mut again, wire), Ok(vec![]));
    assert!(again.error().is_none());
}

/// A server that knows nothing of the ticket reads nothing of what comes with it, and the handshake goes on.
#[test]
fn what_is_rejected_is_skipped() {
    for length in [0, 10, 16_384, 20_000] {
        let mut world = World::new();
        // Other ticket keys.
        world.server = world.another(|server| server);
        let (mut pair, mut wire) = world.resuming();
        wire.extend(early(&mut pair.client, &vec![7; length]));
        assert_eq!(hear(&mut pair.server, wire), Ok(vec![]));
        pair.handshake().unwrap();
        assert_eq!(outcomes(&pair)[0], Some(EarlyData::Rejected));
        talk(&mut pair);
    }
}

/// RFC 8446 section 4.2.10: a HelloRetryRequest rejects early data, and what is under way is skipped, full records too.
#[test]
fn who_is_asked_for_another_client_hello_says_it_again() {
    for length in [4, 16_384] {
        let mut world = World::new();
        world.server = world.another(|server| server.groups(["secp384r1"]));
        let (mut pair, mut wire) = world.resuming();
        wire.extend(early(&mut pair.client, &vec![7; length]));
        assert_eq!(hear(&mut pair.server, wire), Ok(vec![]), "{length}");
        let late = early(&mut pair.client, b"lost as well");
        let request = transmit(&mut pair.server).unwrap();
        assert_eq!(hear(&mut pair.server, late), Ok(vec![]));
        receive(&mut pair.client, &mut request.clone()).unwrap();
        assert_eq!(pair.client.early_data_limit(), None);
        let refused = pair.client.seal_early_from(&[&b"x"[..]], &mut [0; 99]);
        assert_eq!(refused, Err(Error::NoEarlyData));
        shuttle(&mut pair.client, &mut pair.server).unwrap();
        pair.handshake().unwrap();
        assert!(pair.client.facts().unwrap().retried);
        assert_eq!(outcomes(&pair)[0], Some(EarlyData::Rejected));
        talk(&mut pair);
    }
}

/// RFC 8446 section 4.6.1. property 24: whoever goes on sending what was rejected is stopped.
#[test]
fn no_more_is_skipped_than_could_have_been_accepted() {
    let world = World::new();
    let (mut pair, hello) = world.resuming();
    let records: Vec<_> = (0..20)
        .map(|_| early(&mut pair.client, &[7; 1_000]))
        .collect();
    let mut server = Connection::server(Arc::clone(&world.server));
    assert_eq!(hear(&mut pair.server, hello.clone()), Ok(vec![]));
    // The second time it is a replay, and skipped.
    assert_eq!(hear(&mut server, hello), Ok(vec![]));
    let skip = |server: &mut Connection| {
        records
            .iter()
            .try_for_each(|record| hear(server, record.clone()).map(drop))
    };
    assert_eq!(skip(&mut server), Ok(()));
    let error = skip(&mut server).unwrap_err();
    assert!(
        matches!(error, Error::Record(RecordFault::TooMuchEarlyData { .. })),
        "{error}"
    );
}

#[test]
fn without_a_ticket_there_is_no_early_data_and_a_server_sends_none() {
    let world = World::with(ClientConfigBuilder::no_resumption);
    let Pair { client, server } = Pair::new(&world.client, &world.server, NAME);
    for mut end in [client, server] {
        transmit(&mut end).unwrap();
        assert_eq!(end.early_data_limit(), None);
        let refused = end.seal_early_from(&[&b"x"[..]], &mut [0; 99]);
        assert_eq!(refused, Err(Error::NoEarlyData));
        assert!(end.error().is_none());
    }
}
