//! No premaster, master or traffic secret of key transport, DHE and CBC is found in memory that was given back.
//!
//! What is looked for are the bytes in their order on the wire, and in the order in which numbers lie in memory. Long
//! numbers are the business of other crates: what they leave is listed in the READMEs of premaster-crypto-classic and
//! premaster-crypto-rsa-transport under 'Residue'.

#[allow(dead_code, reason = "this test counts nothing")]
#[path = "memory/allocator.rs"]
mod allocator;

use std::sync::{Arc, Mutex};

use premaster_connection::tls::{Connection, Options};
use premaster_connection::{
    ClientConfig, Credential, ServerConfig, credential, decrypting_credential,
};
use premaster_crypto::tls12::MasterSecret;
use premaster_crypto::{
    CryptoError, DecryptionKey, DirectionKeys, KeyTransport, Provider, Secret, SecretBytes, Suite,
    suite_named,
};
use premaster_testkit::cell::{NAME, World};
use premaster_testkit::pair::{carry, connect, receive, transmit};
use premaster_testkit::pki::KeyKind;
use premaster_testkit::provider::{Moment, with_fields};
use premaster_trace::{Context, Direction, Event, SecretLabel, SecretSink, Side, Sink, Tracer};
use premaster_trust::WebpkiVerifier;
use rustls_pki_types::PrivateKeyDer;

use crate::allocator::keep;

/// Sixteen bytes out of the middle of a secret.
type Needle = (&'static str, [u8; 16]);

/// What was caught, in static memory: no allocator reaches it.
struct Caught {
    needles: [Needle; 128],
    length: usize,
    server_random: [u8; 32],
}

static CAUGHT: Mutex<Caught> = Mutex::new(Caught {
    needles: [("", [0; 16]); 128],
    length: 0,
    server_random: [0; 32],
});

/// A secret, from its end: what a number begins with may be zeros.
fn catch(name: &'static str, secret: &[u8]) {
    let from = secret.len().min(48);
    let end = &secret[secret.len() - from..];
    let Some(middle) = end.first_chunk::<16>() else {
        return;
    };
    let mut turned = *middle;
    turned.reverse();
    let mut caught = CAUGHT.lock().expect("needles");
    for bytes in [*middle, turned] {
        let at = caught.length;
        caught.needles[at] = (name, bytes);
        caught.length += 1;
    }
}

/// Key transport whose premaster secrets are caught.
#[derive(Debug)]
struct Catching(&'static dyn KeyTransport);

impl KeyTransport for Catching {
    fn encrypt(&self, spki: &[u8], premaster: &Secret<48>) -> Result<Vec<u8>, CryptoError> {
        catch("premaster secret", premaster.as_bytes());
        self.0.encrypt(spki, premaster)
    }

    fn load_key(&self, key: &PrivateKeyDer<'_>) -> Result<Arc<dyn DecryptionKey>, CryptoError> {
        let key = self.0.load_key(key)?;
        Ok(Arc::new(CatchingKey(key)))
    }
}

#[derive(Debug)]
struct CatchingKey(Arc<dyn DecryptionKey>);

impl DecryptionKey for CatchingKey {
    fn decrypt(&self, ciphertext: &[u8]) -> Result<SecretBytes, CryptoError> {
        let block = self.0.decrypt(ciphertext)?;
        catch("decrypted block", block.as_bytes());
        Ok(block)
    }

    fn spki(&self) -> Vec<u8> {
        self.0.spki()
    }
}

/// Learns the master secret, and from the ServerHello what else the key block takes.
struct Listener(&'static Suite);

impl Sink for Listener {
    fn event(&mut self, _: &Context, event: &Event<'_>) {
        if let Event::Message {
            direction: Direction::Sent,
            bytes: [2, _, _, _, _, _, rest @ ..],
            ..
        } = event
        {
            let mut caught = CAUGHT.lock().expect("needles");
            caught.server_random.copy_from_slice(&rest[..32]);
        }
    }
}

impl SecretSink for Listener {
    fn secret(&mut self, _: SecretLabel, client_random: &[u8; 32], secret: &[u8]) {
        catch("master secret", secret);
        let server_random = CAUGHT.lock().expect("needles").server_random;
        let secret = Secret::from_bytes(secret).expect("48 bytes");
        let master = MasterSecret::from_secret(self.0.hash, secret);
        let shape = self.0.key_block_shape();
        let block = master.key_block(client_random, &server_random, shape);
        let catch_all = |keys: &DirectionKeys| {
            catch("write key", keys.key.as_bytes());
            catch("MAC key", keys.mac_key.as_bytes());
        };
        catch_all(&block.client);
        catch_all(&block.server);
    }
}

/// What lives longer than a connection: the keys of certificates.
struct Stage {
    provider: Arc<Provider>,
    verifier: Arc<WebpkiVerifier>,
    credential: Credential,
    suite: &'static str,
    tracer: Tracer,
}

impl Stage {
    fn new(world: &World, suite: &'static str) -> Self {
        let mut provider = with_fields(&world.provider, |moment| {
            if let Moment::Completed(secret) = moment {
                catch("premaster secret", secret.as_bytes());
            }
            Ok(())
        });
        let transport = provider.key_transport.expect("key transport");
        provider.key_transport = Some(Box::leak(Box::new(Catching(transport))));
        let named = suite_named(suite).unwrap();
        let kind = match suite.starts_with("TLS_RSA_") {
            true => KeyKind::RsaDecryption,
            false => KeyKind::Rsa2048,
        };
        let issued = world.authority.server(NAME, kind);
        let chain = issued.chain.clone();
        let credential = match kind {
            KeyKind::RsaDecryption => {
                decrypting_credential(chain, issued.decryption_key(&provider))
            }
            _ => credential(chain, issued.key(&provider)),
        };
        Self {
            verifier: world.authority.verifier(&provider),
            provider: Arc::new(provider),
            credential: credential.unwrap(),
            suite,
            tracer: Tracer::new(Side::Client)
                .with_sink(Listener(named))
                .with_secrets(Listener(named)),
        }
    }

    fn connections(&self) -> [Connection; 2] {
        let client = ClientConfig::builder(Arc::clone(&self.provider), self.verifier.clone());
        let client = Arc::new(client.suites([self.suite]).build().unwrap());
        let server = ServerConfig::builder(Arc::clone(&self.provider), self.credential.clone());
        let server = Arc::new(server.suites([self.suite]).build().unwrap());
        let options = || Options {
            tracer: self.tracer.clone(),
            ..Options::default()
        };
        [
            connect(&client, NAME, options()),
            Connection::server_with(server, options()),
        ]
    }
}

/// Carries at most so many flights, the last of them altered if it shall fail.
fn run([client, server]: &mut [Connection; 2], flights: usize, fails: bool) {
    for flight in 0..flights {
        let (from, to) = match flight % 2 {
            0 => (&mut *client, &mut *server),
            _ => (&mut *server, &mut *client),
        };
        let mut bytes = transmit(from).unwrap();
        if fails && flight + 1 == flights {
            *bytes.last_mut().unwrap() ^= 1;
            receive(to, &mut bytes).unwrap_err();
        } else {
            receive(to, &mut bytes).unwrap();
        }
    }
}

fn live_and_end(stage: &Stage) {
    let mut sides = stage.connections();
    run(&mut sides, 4, false);
    let [mut client, mut server] = sides;
    assert!(client.facts().is_some() && server.facts().is_some());
    carry(&mut client, &mut server, b"data").unwrap();
    carry(&mut server, &mut client, b"data").unwrap();
}

/// What was found, and what was looked for.
fn search(deed: impl FnOnce()) -> (Vec<&'static str>, Vec<&'static str>) {
    let mut found = Vec::new();
    let begin = || CAUGHT.lock().expect("needles").length = 0;
    let watched = || {
        begin();
        deed();
    };
    let mut names = Vec::new();
    keep(watched, |_place, block| {
        let caught = CAUGHT.lock().expect("needles");
        let needles = &caught.needles[..caught.length];
        if names.is_empty() {
            names = needles.iter().map(|(name, _)| *name).collect();
        }
        for (name, bytes) in needles {
            if is_in(bytes, block) && !found.contains(name) {
                found.push(*name);
            }
        }
    });
    (found, names)
}

fn is_in(needle: &[u8; 16], block: &[u8]) -> bool {
    let mut rest = block;
    while let Some(at) = rest.iter().position(|byte| *byte == needle[0]) {
        rest = &rest[at..];
        if rest.starts_with(needle) {
            return true;
        }
        rest = &rest[1..];
    }
    false
}

const SUITES: [(&str, &[&str]); 6] = [
    (
        "TLS_RSA_WITH_AES_128_GCM_SHA256",
        &[
            "premaster secret",
            "decrypted block",
            "master secret",
            "write key",
        ],
    ),
    (
        "TLS_RSA_WITH_AES_256_CBC_SHA",
        &[
            "premaster secret",
            "decrypted block",
            "master secret",
            "write key",
            "MAC key",
        ],
    ),
    (
        "TLS_RSA_WITH_AES_128_CBC_SHA256",
        &[
            "premaster secret",
            "decrypted block",
            "master secret",
            "write key",
            "MAC key",
        ],
    ),
    (
        "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384",
        &["premaster secret", "master secret", "write key"],
    ),
    (
        "TLS_DHE_RSA_WITH_AES_128_CBC_SHA",
        &["premaster secret", "master secret", "write key", "MAC key"],
    ),
    (
        "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384",
        &["master secret", "write key", "MAC key"],
    ),
];

/// Over connections that live, that are given up after any flight, and that fail.
#[test]
fn no_secret_of_a_classic_exchange_is_found_in_freed_memory() {
    let world = World::new();
    for (suite, wanted) in SUITES {
        let stage = Stage::new(&world, suite);
        let (found, names) = search(|| live_and_end(&stage));
        assert_eq!(found, [""; 0], "{suite}");
        for name in wanted {
            assert!(names.contains(name), "{suite}: no {name} was caught");
        }
        for flights in 1..4 {
            let (found, _) = search(|| run(&mut stage.connections(), flights, false));
            assert_eq!(found, [""; 0], "{suite}, given up after {flights} flights");
        }
        let (found, _) = search(|| run(&mut stage.connections(), 3, true));
        assert_eq!(found, [""; 0], "{suite}, failed");
    }
}

/// In either order of bytes, or the search would prove nothing.
#[test]
fn the_search_itself_can_fail() {
    let (found, _) = search(|| {
        let secret: Vec<u8> = (0..48).collect();
        catch("a vector", &secret);
        drop(secret);
        let number: Vec<u8> = (100..148).collect();
        catch("a number", &number);
        drop(number.iter().rev().copied().collect::<Vec<_>>());
        core::mem::forget(number);
        let absent: Vec<u8> = (150..198).collect();
        catch("a needle", &absent);
        core::mem::forget(Box::new(0));
        drop(absent.into_iter().map(|byte| byte ^ 1).collect::<Vec<_>>());
    });
    assert!(
        found.contains(&"a vector") && found.contains(&"a number"),
        "{found:?}"
    );
}
