//! External pre-shared keys: whole identities, one role each, and no mixture with tickets.

use std::sync::Arc;

use premaster_connection::tls::{Connection, Options};
use premaster_connection::{
    ClientConfig, ConfigError, Error, Fault, ProtocolVersion, ResumedBy, ServerConfig,
};
use premaster_crypto::HashAlgorithm;
use premaster_handshake::ExternalPsk;
use premaster_testkit::Pair;
use premaster_testkit::cell::{NAME, World};
use premaster_testkit::pair::{connect, receive, transmit};
use premaster_testkit::pki::KeyKind;

fn key(identity: &[u8], byte: u8) -> ExternalPsk {
    ExternalPsk::new(identity, &[byte; 32], HashAlgorithm::Sha256).unwrap()
}

fn configs(
    world: &World,
    client: &[ExternalPsk],
    server: &[ExternalPsk],
) -> (Arc<ClientConfig>, Arc<ServerConfig>) {
    let provider = || Arc::clone(&world.modern);
    let verifier = world.authority.verifier(&provider());
    let credential = world.authority.server(NAME, KeyKind::P256);
    let credential = credential.credential(&provider());
    let ours = ClientConfig::builder(provider(), verifier).clock(world.clock.shared());
    let theirs = ServerConfig::builder(provider(), credential).clock(world.clock.shared());
    let ours = client
        .iter()
        .cloned()
        .fold(ours, |config, key| config.external_psk(key));
    let theirs = server
        .iter()
        .cloned()
        .fold(theirs, |config, key| config.external_psk(key));
    (
        Arc::new(ours.build().unwrap()),
        Arc::new(theirs.build().unwrap()),
    )
}

/// By what a handshake was shortened.
fn resumed(client: &[ExternalPsk], server: &[ExternalPsk]) -> Option<ResumedBy> {
    let (client, server) = configs(&World::new(), client, server);
    let mut pair = Pair::new(&client, &server, NAME);
    pair.handshake().unwrap();
    let (ours, theirs) = (pair.client.facts(), pair.server.facts());
    assert_eq!(ours.unwrap().resumed, theirs.unwrap().resumed);
    ours.unwrap().resumed
}

/// NUL in identities: all bytes of an identity count, those behind a NUL too. One that is not known is passed over.
#[test]
fn identities_are_compared_with_all_their_bytes() {
    assert_eq!(
        resumed(&[key(b"a\0b", 1)], &[key(b"a\0b", 1)]),
        Some(ResumedBy::Psk)
    );
    for (ours, theirs) in [
        (&b"a\0b"[..], &b"a\0c"[..]),
        (b"a\0b", b"a"),
        (b"a", b"a\0b"),
        (b"a\0", b"a"),
        (b"A", b"a"),
        (b"a ", b"a"),
    ] {
        assert_eq!(
            resumed(&[key(ours, 1)], &[key(theirs, 1)]),
            None,
            "{ours:?}"
        );
    }
}

/// The first key that both know is used, wherever it stands.
#[test]
fn the_first_key_that_is_known_is_used() {
    let client = [key(b"unknown", 3), key(b"second", 2), key(b"first", 1)];
    let server = [key(b"first", 1), key(b"second", 2)];
    assert_eq!(resumed(&client, &server), Some(ResumedBy::Psk));
}

fn fault(error: &Error) -> Option<Fault> {
    match error {
        Error::Handshake(error) => Some(error.fault()),
        _ => None,
    }
}

/// property 21: a wrong key under a known identity is no reason to go on with a certificate.
#[test]
fn a_wrong_key_ends_the_handshake() {
    let (client, server) = configs(&World::new(), &[key(b"a", 1)], &[key(b"a", 2)]);
    let error = Pair::new(&client, &server, NAME).handshake().unwrap_err();
    assert_eq!(fault(&error), Some(Fault::BadBinder));
}

/// property 21: whoever is client and server with one key refuses its own hello when it is reflected.
#[test]
fn a_hello_that_is_reflected_to_its_sender_is_refused() {
    let both = [key(b"a", 1)];
    let (client, server) = configs(&World::new(), &both, &both);
    let mut client = connect(&client, NAME, Options::default());
    let mut hello = transmit(&mut client).unwrap();
    let mut server = Connection::server(server);
    let error = receive(&mut server, &mut hello).unwrap_err();
    assert_eq!(fault(&error), Some(Fault::PskOfOtherRole));

    // Nor does a client take its own hello for an answer.
    let (config, _) = configs(&World::new(), &[key(b"a", 1)], &[]);
    let mut client = connect(&config, NAME, Options::default());
    let mut hello = transmit(&mut client).unwrap();
    let error = receive(&mut client, &mut hello).unwrap_err();
    assert_eq!(fault(&error), Some(Fault::UnexpectedMessage));
}

/// A client that requires a key needs one, and TLS 1.3.
#[test]
fn a_key_can_be_required_only_where_there_is_one() {
    let world = World::new();
    let builder = || {
        let verifier = world.authority.verifier(&world.modern);
        ClientConfig::builder(Arc::clone(&world.modern), verifier).require_external_psk()
    };
    let refused = builder().build().map(drop);
    assert_eq!(refused, Err(ConfigError::NoExternalPsk));
    let old = builder().external_psk(key(b"a", 1));
    let old = old.max_version(ProtocolVersion::TLSv1_2).build();
    assert!(matches!(old, Err(ConfigError::NoVersion { .. })));
    let config = builder().external_psk(key(b"a", 1)).build().unwrap();
    assert_eq!(config.policy().versions, [ProtocolVersion::TLSv1_3]);
}
