//! Tickets: random keys from the first one on, no bit to be changed, good where they were made.

use std::collections::BTreeSet;
use std::sync::Arc;

use premaster_connection::{ClientConfig, ResumedBy, ServerConfig};
use premaster_handshake::Clock;
use premaster_testkit::cast::MASTER;
use premaster_testkit::cell::{NAME, World};
use premaster_testkit::pki::KeyKind;
use premaster_testkit::provider::{Uses, with_uses};
use premaster_testkit::scene::{Played, Scene};
use premaster_testkit::{Cast, Pair, Step};
use premaster_wire::{ExtensionType, HandshakeType as Type};

/// A client that shows this ticket to a server that could open the original.
fn shows(cast: &Cast, change: impl FnOnce(&mut Vec<u8>)) -> Scene {
    let mut scene = cast.against_server();
    scene.server.tickets = true;
    let keys = scene.host.tickets.as_ref().unwrap();
    let mut ticket = keys.seal(&cast.session(), cast.world.clock.now()).unwrap();
    change(&mut ticket);
    scene.plan.set(ExtensionType::session_ticket, ticket);
    scene.plan.session_id = vec![0x1d; 32];
    scene.plan.master = Some(MASTER);
    scene.script = vec![Step::Message(Type::client_hello)];
    scene
}

/// Whether the server answered with a full handshake, or with the keys of the session.
fn is_full(played: &Played) -> bool {
    assert_eq!(played.error(), None);
    let resumed = played
        .victim
        .installed
        .contains(&premaster_handshake::Direction::Sent);
    !resumed
}

/// property 20: with any bit flipped a ticket is none, and a full handshake follows.
#[test]
fn every_bit_of_a_ticket_counts() {
    let cast = Cast::new();
    let mut length = 0;
    assert!(!is_full(
        &shows(&cast, |ticket| length = ticket.len()).play()
    ));
    assert!(length > 100);
    for bit in 0..length * 8 {
        let scene = shows(&cast, |ticket| ticket[bit / 8] ^= 1 << (bit % 8));
        assert!(is_full(&scene.play()), "bit {bit}");
    }
    for cut in 0..length {
        let scene = shows(&cast, |ticket| ticket.truncate(cut));
        assert!(is_full(&scene.play()), "cut to {cut} bytes");
    }
    assert!(is_full(&shows(&cast, |ticket| ticket.push(0)).play()));
}

/// property 20, TLS 1.3: the same, although the client knows the key and its binder is right.
#[test]
fn every_bit_of_a_ticket_of_tls13_counts() {
    let cast = Cast::new();
    let resumed = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut scene = cast.modern_against_resuming_server();
        change(&mut scene.plan.psks[0].identity);
        let played = scene.play();
        let facts = played.facts().expect("a handshake");
        facts.resumed
    };
    let length = cast.modern_against_resuming_server().plan.psks[0]
        .identity
        .len();
    assert_eq!(resumed(&|_| {}), Some(ResumedBy::Ticket));
    for bit in 0..length * 8 {
        let flipped = resumed(&|ticket| ticket[bit / 8] ^= 1 << (bit % 8));
        assert_eq!(flipped, None, "bit {bit}");
    }
    for cut in 1..length {
        assert_eq!(
            resumed(&|ticket| ticket.truncate(cut)),
            None,
            "cut to {cut}"
        );
    }
    assert_eq!(resumed(&|ticket| ticket.push(0)), None);
}

fn configs(world: &World, uses: &Uses) -> (Arc<ClientConfig>, Arc<ServerConfig>) {
    let provider = Arc::new(with_uses(&world.provider, uses));
    let verifier = world.authority.verifier(&provider);
    let credential = world.authority.server(NAME, KeyKind::P256);
    let credential = credential.credential(&provider);
    let client = ClientConfig::builder(Arc::clone(&world.provider), verifier);
    let server = ServerConfig::builder(provider, credential);
    (
        Arc::new(client.build().unwrap()),
        Arc::new(server.build().unwrap()),
    )
}

/// property 20: the key of the first ticket is random: none of zeros, none that another server
/// has, none that was used before.
#[test]
fn ticket_keys_are_random_from_the_first_ticket_on() {
    let world = World::new();
    let mut keys = BTreeSet::new();
    for _ in 0..20 {
        let uses = Uses::default();
        let (client, server) = configs(&world, &uses);
        Pair::new(&client, &server, NAME).handshake().unwrap();
        // The first thing that the server seals is the ticket: Finished comes behind it.
        let sealed = uses.all().into_iter().find(|one| one.sealed).unwrap();
        assert_eq!(sealed.key.len(), 32);
        assert!(sealed.key.iter().any(|byte| *byte != sealed.key[0]));
        assert!(keys.insert(sealed.key), "a key that was there before");
    }
}

/// property 20: a server built anew has other keys: nobody's old ticket opens anything.
#[test]
fn a_ticket_of_another_server_is_none() {
    let world = World::new();
    let (client, first) = configs(&world, &Uses::default());
    let (_, second) = configs(&world, &Uses::default());
    for (server, resumed) in [
        (&first, None),
        (&first, Some(ResumedBy::Ticket)),
        (&second, None),
        (&second, Some(ResumedBy::Ticket)),
        (&first, None),
    ] {
        let mut pair = Pair::new(&client, server, NAME);
        pair.handshake().unwrap();
        assert_eq!(pair.client.facts().unwrap().resumed, resumed);
    }
}
