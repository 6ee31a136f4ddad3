//! Before a peer is authenticated, what is held for it is bounded by what it has sent.

use std::io::Write;

use premaster_connection::tls::{Connection, Options, Received};
use premaster_testkit::cell::{Cell, ClientCertificate, NAME, World};
use premaster_testkit::pair::{connect, receive, transmit};
use premaster_testkit::pki::KeyKind;
use premaster_testkit::tls13;

use crate::allocator::{counted, held};

/// Bytes that a connection may hold whatever it has received.
pub(crate) const BASE: usize = 32 * 1_024;

/// Bytes that it may hold for each byte received: a message lies in the inbox, in the transcript
/// that a client certificate signs, and in the question about it; vectors grow by doubling.
pub(crate) const PER_BYTE: usize = 8;

fn cell(client: ClientCertificate) -> Cell {
    Cell {
        suite: premaster_crypto::suite(0xc02b).unwrap(),
        server: KeyKind::P256,
        client,
        resumption: None,
        encrypt_then_mac: true,
    }
}

fn victims() -> [fn(&World) -> Connection; 4] {
    [
        |world| {
            let cell = cell(ClientCertificate::NotAsked);
            connect(&world.client(&cell), NAME, Options::default())
        },
        |world| {
            let cell = cell(ClientCertificate::Required(KeyKind::P256));
            Connection::server(world.server(&cell))
        },
        |world| {
            let cell = tls13::Cell::plain();
            connect(&world.modern_client(&cell), NAME, Options::default())
        },
        |world| {
            let client = ClientCertificate::Required(KeyKind::P256);
            let cell = tls13::Cell {
                client,
                ..tls13::Cell::plain()
            };
            Connection::server(world.modern_server(&cell))
        },
    ]
}

/// Feeds records made of `content`, cut into pieces of this size; the bound holds after each.
/// Returns how many bytes were taken before the victim would have no more.
pub(crate) fn feed(victim: &mut Connection, content: &[u8], size: usize) -> usize {
    feed_on(victim, 0, content, size)
}

/// The same where so many bytes have come before; they are part of what is returned.
pub(crate) fn feed_on(
    victim: &mut Connection,
    mut received: usize,
    content: &[u8],
    size: usize,
) -> usize {
    let mut record = [0; 5 + 16_384];
    for fragment in content.chunks(size) {
        let length = u16::try_from(fragment.len()).unwrap().to_be_bytes();
        record[..5].copy_from_slice(&[22, 3, 3, length[0], length[1]]);
        record[5..5 + fragment.len()].copy_from_slice(fragment);
        // The header alone claims all of it: nothing may be held for a claim.
        assert!(matches!(
            victim.receive(&mut record[..5]),
            Ok(Received::More { .. }) | Err(_)
        ));
        within(received + 5);
        received += 5 + fragment.len();
        let outcome = victim.receive(&mut record[..5 + fragment.len()]);
        let over = outcome.is_err();
        within(received);
        if over {
            break;
        }
    }
    received
}

pub(crate) fn within(received: usize) {
    let allowed = BASE + PER_BYTE * received;
    let held = usize::try_from(held()).unwrap_or(0);
    assert!(
        held <= allowed,
        "{held} bytes held after {received} received"
    );
}

/// property 24: a message that claims the greatest length, sent in pieces of any size.
#[test]
fn a_claimed_length_costs_nothing() {
    let world = World::new();
    for victim in victims() {
        for size in [1, 100, 16_384] {
            for (kind, length) in [(1, 65_536_u32), (2, 65_536), (11, 60_000), (0, 0)] {
                let [_, length @ ..] = length.to_be_bytes();
                let mut content = vec![0; 70_000];
                content[..4].copy_from_slice(&[&[kind][..], &length].concat());
                let mut victim = victim(&world);
                drop(transmit(&mut victim));
                let (received, _) = counted(|| feed(&mut victim, &content, size));
                assert!(received > 0);
            }
        }
    }
}

/// property 24: messages of every type and many small ones, as long as the victim takes them.
#[test]
fn many_small_messages_cost_what_they_weigh() {
    let world = World::new();
    for victim in victims() {
        for kind in [0, 1, 2, 11, 16, 99] {
            let content = [kind, 0, 0, 0].repeat(16_384);
            let mut victim = victim(&world);
            drop(transmit(&mut victim));
            let (received, _) = counted(|| feed(&mut victim, &content, 16_384));
            assert!(received > 0);
        }
    }
}

/// property 24: the longest chain that is taken, sent by a client that proves nothing.
#[test]
fn a_long_chain_costs_what_it_weighs() {
    let world = World::new();
    let cell = cell(ClientCertificate::Required(KeyKind::P256));
    let (client, server) = (world.client(&cell), world.server(&cell));
    let mut client = connect(&client, NAME, Options::default());
    let mut hello = transmit(&mut client).unwrap();

    // Ten certificates of 6,000 bytes.
    let certificate = [&[0, 0x17, 0x70][..], &[0x30; 6_000]].concat();
    let list = certificate.repeat(10);
    let lengths = [list.len() + 3, list.len()].map(|length| length.to_be_bytes());
    let message = [&[11][..], &lengths[0][5..], &lengths[1][5..], &list].concat();
    for size in [100, 16_384] {
        let mut server = Connection::server(server.clone());
        let ((), _) = counted(|| {
            receive(&mut server, &mut hello.clone()).unwrap();
            within(hello.len());
            let received = feed(&mut server, &message, size);
            assert!(received > message.len());
        });
        assert!(server.error().is_none(), "it waits for the rest");
    }
    hello.clear();
}

/// How many allocations a handshake makes, for whoever wants to know: no bound is asserted.
#[test]
fn allocations_of_a_handshake_are_counted() {
    let world = World::new();
    for client in [
        ClientCertificate::NotAsked,
        ClientCertificate::Required(KeyKind::P256),
    ] {
        let cell = cell(client);
        let (client, server) = (world.client(&cell), world.server(&cell));
        let (pair, both) = counted(|| {
            let mut pair = premaster_testkit::Pair::new(&client, &server, NAME);
            pair.handshake().unwrap();
            pair
        });
        let ((), idle) = counted(|| drop(pair));
        let mut out = std::io::stdout();
        let (what, blocks, most) = (cell.client, both.blocks, both.most);
        writeln!(
            out,
            "{what:?}: both sides made {blocks} blocks, {most} bytes at most"
        )
        .unwrap();
        writeln!(out, "{what:?}: {} bytes were given back after it", -held()).unwrap();
        assert!(idle.blocks < both.blocks);
    }
}
