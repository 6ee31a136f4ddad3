//! The failure of the random number generator is fatal, never a reason to go on with less.

use std::sync::Arc;

use premaster_connection::tls::Next;
use premaster_connection::{ClientConfig, ConfigError, Error, Fault, ServerConfig};
use premaster_crypto::{CryptoError, Provider};
use premaster_testkit::Pair;
use premaster_testkit::cell::{NAME, World};
use premaster_testkit::pki::KeyKind;
use premaster_testkit::provider::{with_groups, with_random_calls};

fn client(world: &World, provider: Provider) -> Arc<ClientConfig> {
    let verifier = world.authority.verifier(&provider);
    let client = ClientConfig::builder(Arc::new(provider), verifier);
    Arc::new(client.build().unwrap())
}

fn server(world: &World, provider: Provider) -> Result<Arc<ServerConfig>, ConfigError> {
    let credential = world
        .authority
        .server(NAME, KeyKind::P256)
        .credential(&provider);
    let server = ServerConfig::builder(Arc::new(provider), credential);
    server.build().map(Arc::new)
}

/// The fault that ended the handshake, on whichever side.
fn fault(error: &Error) -> Option<Fault> {
    match error {
        Error::Handshake(error) => Some(error.fault()),
        _ => None,
    }
}

#[test]
fn a_client_without_randomness_says_so_and_sends_no_hello() {
    let world = World::new();
    let client = client(&world, with_random_calls(&world.provider, 0));
    let server = server(&world, (*world.provider).clone()).unwrap();
    let mut pair = Pair::new(&client, &server, NAME);
    assert!(pair.handshake().is_err(), "all that arrives is an alert");
    let error = pair.client.error().expect("an error");
    assert_eq!(fault(error), Some(Fault::RandomFailed));
    assert!(matches!(pair.client.next_step(), Next::Closed));
}

#[test]
fn a_server_without_randomness_says_so() {
    let world = World::new();
    // The first ticket key has its name and its key from two calls.
    for calls in 0..2 {
        let none = server(&world, with_random_calls(&world.provider, calls));
        assert!(matches!(none, Err(ConfigError::TicketKeys(_))), "{calls}");
    }
    let client = client(&world, (*world.provider).clone());
    let server = server(&world, with_random_calls(&world.provider, 2)).unwrap();
    let mut pair = Pair::new(&client, &server, NAME);
    let error = pair.handshake().unwrap_err();
    assert_eq!(fault(&error), Some(Fault::RandomFailed));
}

#[test]
fn randomness_that_fails_at_any_call_never_leads_to_a_weaker_handshake() {
    let world = World::new();
    let good = client(&world, (*world.provider).clone());
    for calls in 2..6 {
        let server = server(&world, with_random_calls(&world.provider, calls)).unwrap();
        let mut pair = Pair::new(&good, &server, NAME);
        let outcome = pair.handshake();
        match calls {
            2 => assert_eq!(fault(&outcome.unwrap_err()), Some(Fault::RandomFailed)),
            // The server's random is there, the ticket's nonce is not: there is no ticket.
            3 => {
                outcome.unwrap();
                let mut again = Pair::new(&good, &server, NAME);
                assert!(again.handshake().is_err(), "nothing is left");
            }
            _ => outcome.unwrap(),
        }
    }
}

#[test]
fn a_group_that_cannot_make_a_key_ends_the_handshake_on_either_side() {
    let world = World::new();
    let failing = with_groups(&world.provider, |_| Err(CryptoError));
    let whole = || (*world.provider).clone();

    let mut pair = Pair::new(
        &client(&world, failing.clone()),
        &server(&world, whole()).unwrap(),
        NAME,
    );
    assert_eq!(
        fault(&pair.handshake().unwrap_err()),
        Some(Fault::RandomFailed)
    );

    let mut pair = Pair::new(
        &client(&world, whole()),
        &server(&world, failing).unwrap(),
        NAME,
    );
    assert_eq!(
        fault(&pair.handshake().unwrap_err()),
        Some(Fault::RandomFailed)
    );
}

/// TLS 1.3: whichever use of the generator fails, the side whose it is says so, and goes on with nothing less.
#[test]
fn every_use_of_the_generator_in_tls13_has_to_work() {
    let world = World::new();
    let honest = || premaster_crypto_ring::provider();
    let ends = |client: Arc<ClientConfig>, server: Arc<ServerConfig>, of_client: bool| {
        let mut pair = Pair::new(&client, &server, NAME);
        let ended = pair.handshake();
        let victim = if of_client {
            &pair.client
        } else {
            &pair.server
        };
        let error = victim.error().cloned();
        assert_eq!(ended.is_err(), error.is_some());
        error
    };
    let mut failures = [0, 0];
    for calls in 0.. {
        let client = client(&world, with_random_calls(&honest(), calls));
        let Some(error) = ends(client, server(&world, honest()).unwrap(), true) else {
            break;
        };
        assert_eq!(fault(&error), Some(Fault::RandomFailed), "client, {calls}");
        failures[0] += 1;
    }
    for calls in 2.. {
        let server = server(&world, with_random_calls(&honest(), calls)).unwrap();
        let Some(error) = ends(client(&world, honest()), server, false) else {
            break;
        };
        assert_eq!(fault(&error), Some(Fault::RandomFailed), "server, {calls}");
        failures[1] += 1;
    }
    // Session ID and random; random, and all that a ticket needs that is not merely left out.
    assert!(failures[0] >= 2 && failures[1] >= 1, "{failures:?}");
}
