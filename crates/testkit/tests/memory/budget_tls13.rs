//! The same for what TLS 1.3 adds: the largest of hellos, twice; certificates that unfold; early data; and what is said
//! when the handshake is over.

use std::sync::Arc;

use premaster_connection::handshake::{CertificateCompression, Limits};
use premaster_connection::tls::{Connection, Options, Received};
use premaster_connection::{ClientConfig, Credential, ServerConfig};
use premaster_testkit::cell::{NAME, World};
use premaster_testkit::forger::{vector8, vector16, vector24};
use premaster_testkit::pair::{connect, receive, transmit};
use premaster_testkit::pki::KeyKind;
use premaster_testkit::tls13::numbers;
use premaster_wire::{CertificateCompressionAlgorithm, ExtensionType as Ext};

use crate::allocator::{counted, held};
use crate::budget::{BASE, PER_BYTE, feed, feed_on, within};

/// A server that has all that a ClientHello can ask for.
fn server(world: &World) -> Connection {
    let (_, server) = early_configs(world, 1_000);
    Connection::server(server)
}

/// A ClientHello with these extensions behind those that it must have; no share is of a group that the server knows.
fn hello(more: &[(Ext, Vec<u8>)]) -> Vec<u8> {
    let mut extensions = Vec::new();
    let schemes = vector16(&numbers(&[0x0403, 0x0503, 0x0804]));
    let has_shares = more.iter().any(|(kind, _)| *kind == Ext::key_share);
    let shares = (!has_shares).then(|| (Ext::key_share, vector16(&[])));
    let always = [
        (Ext::supported_versions, vec![2, 3, 4]),
        (Ext::supported_groups, vector16(&numbers(&groups()))),
        (Ext::signature_algorithms, schemes),
    ];
    for (kind, body) in always.iter().chain(&shares).chain(more) {
        extensions.extend_from_slice(&kind.0.to_be_bytes());
        extensions.extend_from_slice(&vector16(body));
    }
    let body = [
        &[3, 3][..],
        &[0xc1; 32],
        &vector8(&[0x1d; 32]),
        &vector16(&numbers(&[0x1301, 0x1302])),
        &vector8(&[0]),
        &vector16(&extensions),
    ];
    [&[1][..], &vector24(&body.concat())].concat()
}

/// x25519 and groups that nobody knows.
fn groups() -> Vec<u16> {
    [0x001d].into_iter().chain(0x2a00..0x2c00).collect()
}

fn shares(length: usize) -> Vec<u8> {
    let unknown = groups().into_iter().skip(1);
    let shares =
        unknown.map(|group| [&group.to_be_bytes()[..], &vector16(&vec![7; length])].concat());
    vector16(&shares.collect::<Vec<_>>().concat())
}

fn keys(count: usize) -> Vec<u8> {
    let identity = [&vector16(&[9; 21])[..], &[0; 4]].concat();
    let binder = vector8(&[8; 32]);
    [
        vector16(&identity.repeat(count)),
        vector16(&binder.repeat(count)),
    ]
    .concat()
}

/// Hellos of all but the greatest length, each full of something else.
fn large_hellos() -> [(&'static str, Vec<u8>); 5] {
    let modes = (Ext::psk_key_exchange_modes, vec![1, 1]);
    let unknown = |at: u16| (Ext(0x7000 + at), Vec::new());
    [
        ("shares", hello(&[(Ext::key_share, shares(110))])),
        ("keys", hello(&[modes, (Ext::pre_shared_key, keys(1_000))])),
        (
            "small extensions",
            hello(&(0..4_000).map(unknown).collect::<Vec<_>>()),
        ),
        ("one extension", hello(&[(Ext(0x7000), vec![0; 60_000])])),
        ("a cookie", hello(&[(Ext::cookie, vector16(&[1; 60_000]))])),
    ]
}

/// property 24: the largest ClientHellos; after a HelloRetryRequest, where the first one is not forgotten, the same again.
#[test]
fn a_large_client_hello_costs_what_it_weighs() {
    let world = World::new();
    for (what, hello) in large_hellos() {
        for size in [1_000, 16_384] {
            let mut server = server(&world);
            let ((), _) = counted(|| {
                let first = feed(&mut server, &hello, size);
                assert!(first > hello.len(), "{what}: all of it was taken");
                let answer = transmit(&mut server).unwrap();
                within(first);
                let retry = answer.get(5) == Some(&2);
                assert_eq!(retry, server.error().is_none(), "{what}");
                drop(answer);
                feed_on(&mut server, first, &hello, size);
            });
        }
    }
}

/// Whoever has this certificate shows a long one behind it.
fn bloated(world: &World, length: usize) -> Credential {
    let issued = world.authority.client(KeyKind::P256);
    let key = issued.key(&world.modern);
    let mut chain = issued.chain.clone();
    chain.push(vec![0; length]);
    Credential::new(chain, key).unwrap()
}

/// Leaves away the zeros at the end: the best there is for a bomb.
#[derive(Debug)]
struct Cut;

impl CertificateCompression for Cut {
    fn algorithm(&self) -> CertificateCompressionAlgorithm {
        CertificateCompressionAlgorithm::zlib
    }

    fn compress(&self, message: &[u8]) -> Option<Vec<u8>> {
        let end = message.iter().rposition(|byte| *byte != 0)? + 1;
        Some(message[..end].to_vec())
    }

    fn decompress(&self, compressed: &[u8], length: usize) -> Option<Vec<u8>> {
        let mut message = compressed.to_vec();
        message.resize(length, 0);
        (message.len() >= compressed.len()).then_some(message)
    }
}

/// property 24: a compressed certificate costs no more than it would uncompressed, and one that says to be longer than
/// any may be is not even unfolded.
#[test]
fn a_certificate_that_unfolds_costs_what_it_would_weigh() {
    let world = World::new();
    let limit = Limits::default().handshake_message;
    for (length, unfolds) in [(60_000, true), (70_000, false)] {
        let verifier = world.authority.verifier(&world.modern);
        let client = ClientConfig::builder(Arc::clone(&world.modern), verifier.clone())
            .credential(bloated(&world, length))
            .certificate_compression([&Cut as &dyn CertificateCompression])
            .build()
            .unwrap();
        let credential = world.authority.server(NAME, KeyKind::P256);
        let server = ServerConfig::builder(
            Arc::clone(&world.modern),
            credential.credential(&world.modern),
        )
        .require_client_auth(verifier)
        .certificate_compression([&Cut as &dyn CertificateCompression])
        .build()
        .unwrap();
        let mut client = connect(&Arc::new(client), NAME, Options::default());
        let mut server = Connection::server(Arc::new(server));
        let mut hello = transmit(&mut client).unwrap();
        let ((), first) = counted(|| drop(receive(&mut server, &mut hello)));
        let mut answer = transmit(&mut server).unwrap();
        receive(&mut client, &mut answer).unwrap();
        let mut flight = transmit(&mut client).unwrap();
        assert!(flight.len() < 2_000, "it is compressed");
        let received = hello.len() + flight.len();
        let ((), second) = counted(|| drop(receive(&mut server, &mut flight)));
        let most = usize::try_from(first.most + second.most).unwrap();
        let unfolded = if unfolds { limit } else { 0 };
        let allowed = BASE + PER_BYTE * (received + unfolded);
        assert!(most <= allowed, "{most} bytes held for {length}");
        assert_eq!(most > length, unfolds, "{most} bytes held for {length}");
    }
}

/// A client and a server that both want early data.
fn early_configs(world: &World, bytes: u32) -> (Arc<ClientConfig>, Arc<ServerConfig>) {
    let verifier = world.authority.verifier(&world.modern);
    let client = ClientConfig::builder(Arc::clone(&world.modern), verifier)
        .clock(world.clock.shared())
        .early_data();
    let credential = world.authority.server(NAME, KeyKind::P256);
    let server = ServerConfig::builder(
        Arc::clone(&world.modern),
        credential.credential(&world.modern),
    )
    .clock(world.clock.shared())
    .early_data(bytes);
    (
        Arc::new(client.build().unwrap()),
        Arc::new(server.build().unwrap()),
    )
}

fn shake(client: &mut Connection, server: &mut Connection) {
    loop {
        let mut there = transmit(client).unwrap();
        receive(server, &mut there).unwrap();
        let mut back = transmit(server).unwrap();
        receive(client, &mut back).unwrap();
        if there.len() + back.len() == 0 {
            return;
        }
    }
}

/// property 24: early data is handed out where it lies, or dropped; none of it stays inside.
#[test]
fn early_data_costs_nothing_whether_it_is_taken_or_skipped() {
    const LIMIT: u32 = 1 << 20;
    let world = World::new();
    for taken in [true, false] {
        let (client, known) = early_configs(&world, LIMIT);
        // Another server has other ticket keys.
        let (_, stranger) = early_configs(&world, LIMIT);
        let mut first = connect(&client, NAME, Options::default());
        shake(&mut first, &mut Connection::server(Arc::clone(&known)));
        let mut client = connect(&client, NAME, Options::default());
        let mut server = Connection::server(if taken { known } else { stranger });
        let mut hello = transmit(&mut client).unwrap();
        receive(&mut server, &mut hello).unwrap();
        drop(transmit(&mut server));
        let mut arrived = 0;
        let data = vec![7; 16_000];
        while client.early_data_limit() >= Some(data.len()) {
            let mut record = vec![0; client.sealed_len(data.len())];
            client.seal_early_from(&[&data[..]], &mut record).unwrap();
            let ((), cost) = counted(|| match server.receive(&mut record).unwrap() {
                Received::EarlyData { plaintext, .. } => arrived += plaintext.len(),
                Received::Control { consumed } => assert!(!taken && consumed > data.len()),
                other => panic!("{other:?}"),
            });
            assert_eq!((cost.most, cost.blocks, held()), (0, 0, 0));
        }
        assert_eq!(arrived > 1_000_000, taken);
        assert_eq!(arrived > 0, taken);
    }
}
