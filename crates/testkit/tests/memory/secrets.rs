//! No premaster, master or traffic secret is found in memory that was given back, nor on the stack
//! below whoever called: what lies there is copied to the heap as the padding of other values.
//!
//! What ring leaves of its own is listed in the README of premaster-crypto-ring under 'Residue':
//! signing keys and what was computed with them. None of it is looked for here; ephemeral private
//! keys are not either, because ring shows them to nobody.
//!
//! Builds differ in what they leave: this is to hold in debug and release builds, and under every
//! setting of the profiles.

use std::hint::black_box;
use std::sync::Arc;

use premaster_connection::tls::{Connection, Options};
use premaster_connection::{ClientConfig, Credential, ServerConfig};
use premaster_crypto::{Provider, Secret};
use premaster_testkit::cell::{NAME, World};
use premaster_testkit::pair::{carry, connect, receive, transmit};
use premaster_testkit::pki::KeyKind;
use premaster_trace::{Side, Tracer};
use premaster_trust::WebpkiVerifier;

use crate::allocator::{Place, keep, keep_stack};
use crate::needles::{Listener, Needles, catch, catching, take};
use crate::{modern, operations};

/// All that a scenario needs and that lives longer: keys of certificates, not of connections.
struct Stage {
    provider: Arc<Provider>,
    verifier: Arc<WebpkiVerifier>,
    server: Credential,
    client: Credential,
    suite: &'static str,
    tickets: bool,
    tracer: Tracer,
}

impl Stage {
    fn new(world: &World, suite: &'static str, tickets: bool) -> Self {
        let provider = Arc::new(catching(&world.provider));
        let listener = || Listener(premaster_crypto::suite_named(suite).unwrap());
        let tracer = Tracer::new(Side::Client)
            .with_sink(listener())
            .with_secrets(listener());
        Self {
            verifier: world.authority.verifier(&provider),
            server: world
                .authority
                .server(NAME, KeyKind::P256)
                .credential(&provider),
            client: world.authority.client(KeyKind::P256).credential(&provider),
            provider,
            suite,
            tickets,
            tracer,
        }
    }

    /// Configurations made for this alone, so that stores and ticket keys end with them.
    fn configs(&self) -> (Arc<ClientConfig>, Arc<ServerConfig>) {
        let client = ClientConfig::builder(Arc::clone(&self.provider), self.verifier.clone())
            .credential(self.client.clone())
            .suites([self.suite]);
        let server = ServerConfig::builder(Arc::clone(&self.provider), self.server.clone())
            .require_client_auth(self.verifier.clone());
        let server = if self.tickets {
            server
        } else {
            server.no_tickets()
        };
        (
            Arc::new(client.build().unwrap()),
            Arc::new(server.build().unwrap()),
        )
    }

    fn connections(&self, configs: &(Arc<ClientConfig>, Arc<ServerConfig>)) -> [Connection; 2] {
        let options = || Options {
            tracer: self.tracer.clone(),
            ..Options::default()
        };
        [
            connect(&configs.0, NAME, options()),
            Connection::server_with(Arc::clone(&configs.1), options()),
        ]
    }
}

/// Two connections that resume one another, with data and exported keys, and their end.
fn live_and_end(stage: &Stage) {
    let configs = stage.configs();
    for _ in 0..2 {
        let [mut client, mut server] = stage.connections(&configs);
        run(&mut client, &mut server, usize::MAX);
        let facts = [client.facts().unwrap(), server.facts().unwrap()];
        for facts in facts {
            let exported = Secret::<32>::fill_with(|out| {
                let exporter = &facts.exporter;
                exporter.export(b"EXPORTER-test", None, out).unwrap();
            });
            keep_stack();
            catch("exported key", exported.as_bytes());
        }
        for _ in 0..2 {
            carry(&mut client, &mut server, b"data").unwrap();
            keep_stack();
            carry(&mut server, &mut client, b"data").unwrap();
            keep_stack();
        }
        // One side whole, the other in halves, facts moved about.
        drop(server);
        let (opener, sealer, facts) = client.split().unwrap();
        drop((Box::new(facts), vec![sealer], opener));
        keep_stack();
    }
}

/// A handshake that is given up after so many flights.
fn give_up(stage: &Stage, flights: usize) {
    let configs = stage.configs();
    let [mut client, mut server] = stage.connections(&configs);
    run(&mut client, &mut server, flights);
}

/// A handshake that fails at the very end: the client's Finished is altered.
fn fail(stage: &Stage) {
    let configs = stage.configs();
    let [mut client, mut server] = stage.connections(&configs);
    run(&mut client, &mut server, 2);
    let mut bytes = transmit(&mut client).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    receive(&mut server, &mut bytes).unwrap_err();
    let mut alert = transmit(&mut server).unwrap();
    receive(&mut client, &mut alert).unwrap_err();
    keep_stack();
}

/// Carries at most so many flights.
pub(crate) fn run(client: &mut Connection, server: &mut Connection, flights: usize) {
    for flight in 0..flights {
        let (from, to) = match flight % 2 {
            0 => (&mut *client, &mut *server),
            _ => (&mut *server, &mut *client),
        };
        let mut bytes = transmit(from).unwrap();
        keep_stack();
        if bytes.is_empty() {
            return;
        }
        receive(to, &mut bytes).unwrap();
        keep_stack();
    }
}

/// What was found where: in a block of this length, or so many bytes below on the stack.
type Found = (&'static str, Place, usize);

pub(crate) fn search(deed: impl FnOnce()) -> (Vec<Found>, Needles) {
    let mut found = Vec::new();
    let mut needles = None;
    keep(deed, |place, block| {
        let needles = needles.get_or_insert_with(take);
        needles.found_in(block, |name, at| {
            let size = match place {
                Place::Freed | Place::Lost => block.len(),
                Place::Stack => block.len() - at,
            };
            let found_here = (name, place, size);
            if !found.contains(&found_here) {
                found.push(found_here);
            }
        });
    });
    (found, needles.unwrap_or_default())
}

/// One test: what is caught is kept in one place.
#[test]
fn no_secret_is_found_in_freed_memory() {
    the_search_itself_can_fail();
    operations::no_operation_leaves_its_secrets_on_the_stack();
    let world = World::new();
    modern::no_secret_of_tls13_is_found(&world);
    for suite in [
        "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
        "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
        "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
    ] {
        for tickets in [true, false] {
            let stage = Stage::new(&world, suite, tickets);
            let what = format!("{suite}, tickets: {tickets}");
            let (found, needles) = search(|| live_and_end(&stage));
            assert_eq!(found, [], "{what}");
            // The write keys are AEAD keys too; what has only that name is a ticket key.
            let ticket_key = tickets.then_some("AEAD key");
            let names = ["premaster secret", "master secret", "write key"];
            for name in names.into_iter().chain(ticket_key) {
                let caught = needles.has(name);
                assert!(caught, "{what}: no {name} was caught");
            }
            for flights in 1..4 {
                let (found, _) = search(|| give_up(&stage, flights));
                assert_eq!(found, [], "{what}, given up after {flights} flights");
            }
            let (found, _) = search(|| fail(&stage));
            assert_eq!(found, [], "{what}, failed");
        }
    }
}

fn the_search_itself_can_fail() {
    let (found, _) = search(|| {
        let secret = vec![0x5a; 48];
        catch("a vector", &secret);
        drop(secret);
        let kept = vec![0x5b; 48];
        catch("a leak", &kept);
        core::mem::forget(kept);
    });
    let expected = [("a vector", Place::Freed, 48), ("a leak", Place::Lost, 48)];
    assert_eq!(found, expected);

    let (found, _) = search(|| {
        catch("a value", &core::array::from_fn::<_, 48, _>(value));
        leave_on_the_stack();
        keep_stack();
    });
    let is_expected = |found: &Found| matches!(found, ("a value", Place::Stack, _));
    assert!(found.iter().any(is_expected), "{found:?}");
}

/// Below more than the few bytes that the frame of `keep_stack` itself takes.
#[inline(never)]
fn leave_on_the_stack() {
    let mut frame = [0; 1024];
    for (at, byte) in frame.iter_mut().take(48).enumerate() {
        *byte = value(at);
    }
    black_box(&frame);
}

fn value(at: usize) -> u8 {
    u8::try_from(at).unwrap() ^ 0x5c
}
