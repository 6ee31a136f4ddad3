//! The secrets that are looked for: caught on their way, kept where no allocator reaches.

use std::sync::Mutex;

use premaster_crypto::tls12::MasterSecret;
use premaster_crypto::{Aead, AeadAlgorithm, AeadKey, CryptoError, HashAlgorithm, Provider, Suite};
use premaster_testkit::provider::{Moment, with_groups};
use premaster_trace::{
    Context, Direction, Event, Input, SecretKind, SecretLabel, SecretSink, Sink,
};
use sha2::block_api::{compress256, compress512};

use crate::allocator::keep_stack;
use crate::schedule::{self, Step};

/// Parts of secrets, and of what is as good as one.
#[derive(Default)]
pub(crate) struct Needles {
    /// By the two bytes that they begin with. Few places in memory begin with those of any: the others are passed over at
    /// once.
    all: Vec<Vec<(&'static str, Vec<u8>)>>,
}

impl Needles {
    pub(crate) fn is_empty(&self) -> bool {
        self.all.iter().all(Vec::is_empty)
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.all.iter().flatten().any(|(known, _)| *known == name)
    }

    /// Which are in `block`, and where they begin.
    pub(crate) fn found_in(&self, block: &[u8], mut found: impl FnMut(&'static str, usize)) {
        if self.all.is_empty() {
            return;
        }
        let last = block.len().saturating_sub(1);
        let mut at = 0;
        while at < last {
            if block[at..].starts_with(&ZEROS) {
                at += ZEROS.len() - 1;
                continue;
            }
            for (name, bytes) in &self.all[beginning(&block[at..])] {
                if block[at..].starts_with(bytes) {
                    found(name, at);
                }
            }
            at += 1;
        }
    }

    /// Each 16 bytes of a secret: the rest of it may have been overwritten. As they are, and as
    /// the words of a state of SHA-2, which is how the PRF makes them.
    pub(crate) fn add(&mut self, name: &'static str, secret: &[u8]) {
        self.all.resize(1 << 16, Vec::new());
        for part in secret.chunks(16).filter(|part| part.len() > 8) {
            for word in [1, 4, 8] {
                let words = part.chunks(word);
                let bytes: Vec<u8> = words.flat_map(|word| word.iter().rev()).copied().collect();
                let alike = &mut self.all[beginning(&bytes)];
                if !alike.iter().any(|(_, known)| *known == bytes) {
                    alike.push((name, bytes));
                }
            }
        }
    }

    /// The chaining values after the padded key (RFC 2104 section 4): who has them has the key.
    pub(crate) fn add_hmac_states(&mut self, name: &'static str, secret: &[u8]) {
        for pad in [0x36, 0x5c] {
            let mut block = [pad; 128];
            block
                .iter_mut()
                .zip(secret)
                .for_each(|(block, byte)| *block ^= byte);
            let (first, _) = block.split_first_chunk::<64>().expect("64 bytes");
            let mut state = SHA256;
            compress256(&mut state, &[*first]);
            self.add(name, state.map(u32::to_ne_bytes).as_flattened());
            let mut state = SHA384;
            compress512(&mut state, &[block]);
            self.add(name, state.map(u64::to_ne_bytes).as_flattened());
        }
    }
}

/// What most of memory is. One byte longer than a step, so that no beginning is passed over.
const ZEROS: [u8; 257] = [0; 257];

fn beginning(bytes: &[u8]) -> usize {
    usize::from(u16::from_ne_bytes([bytes[0], bytes[1]]))
}

/// What was caught, in static memory.
struct Caught {
    secrets: [Secret; 256],
    length: usize,
    server_random: [u8; 32],
    /// That of the connection, once something was heard of it.
    suite: Option<&'static Suite>,
}

/// A secret as it was caught. What follows from it is computed afterwards: a catch that computes
/// leaves secrets on the stack, or erases those that are looked for.
#[derive(Clone, Copy)]
struct Secret {
    name: &'static str,
    bytes: [u8; 64],
    length: usize,
    kind: Kind,
    client_random: [u8; 32],
    server_random: [u8; 32],
}

/// What follows from a secret.
#[derive(Clone, Copy)]
enum Kind {
    /// Nothing.
    Plain,
    /// The states of HMAC under it.
    HmacKey(&'static str),
    /// Those, and keys of this suite.
    Master(&'static str, &'static Suite),
    /// Those, and what a key schedule of TLS 1.3 makes of it.
    Scheduled(&'static str, Step),
}

static CAUGHT: Mutex<Caught> = Mutex::new(Caught {
    secrets: [Secret {
        name: "",
        bytes: [0; 64],
        length: 0,
        kind: Kind::Plain,
        client_random: [0; 32],
        server_random: [0; 32],
    }; 256],
    length: 0,
    server_random: [0; 32],
    suite: None,
});

pub(crate) fn catch(name: &'static str, secret: &[u8]) {
    catch_kind(name, secret, Kind::Plain, &[0; 32]);
}

/// Catches a secret that is used as an HMAC key.
pub(crate) fn catch_hmac_key(name: &'static str, secret: &[u8]) {
    catch_kind(name, secret, Kind::HmacKey(name), &[0; 32]);
}

/// Catches what goes into a key schedule of TLS 1.3.
pub(crate) fn catch_step(name: &'static str, input: &[u8], step: Step) {
    catch_kind(name, input, Kind::Scheduled(name, step), &[0; 32]);
}

/// Copies a secret straight to where it stays.
fn catch_kind(name: &'static str, secret: &[u8], kind: Kind, client_random: &[u8; 32]) {
    let mut caught = CAUGHT.lock().expect("needles");
    let caught = &mut *caught;
    let place = &mut caught.secrets[caught.length];
    place.bytes[..secret.len()].copy_from_slice(secret);
    (place.name, place.length, place.kind) = (name, secret.len(), kind);
    place.client_random.copy_from_slice(client_random);
    place.server_random.copy_from_slice(&caught.server_random);
    caught.length += 1;
}

/// Takes all that was caught and what follows from it, each secret once.
pub(crate) fn take() -> Needles {
    let mut caught = CAUGHT.lock().expect("needles");
    let mut all = Needles::default();
    for secret in &caught.secrets[..caught.length] {
        secret.add_to(&mut all);
    }
    if let Some(suite) = caught.suite.take() {
        let steps = caught.secrets[..caught.length].iter();
        let steps = steps.filter_map(|secret| match secret.kind {
            Kind::Scheduled(name, step) => Some((name, step, &secret.bytes[..secret.length])),
            _ => None,
        });
        schedule::follow(suite, steps, &mut all);
    }
    caught.length = 0;
    all
}

impl Secret {
    fn add_to(&self, all: &mut Needles) {
        let bytes = &self.bytes[..self.length];
        if !matches!(self.kind, Kind::Scheduled(_, Step::Transcript)) {
            all.add(self.name, bytes);
        }
        match self.kind {
            Kind::Plain | Kind::Scheduled(_, Step::Transcript) => {}
            Kind::Scheduled(name, _) | Kind::HmacKey(name) => all.add_hmac_states(name, bytes),
            Kind::Master(name, suite) => {
                all.add_hmac_states(name, bytes);
                self.add_keys(all, suite);
            }
        }
    }

    fn add_keys(&self, all: &mut Needles, suite: &Suite) {
        let secret = premaster_crypto::Secret::from_bytes(&self.bytes[..48]).expect("48 bytes");
        let master = MasterSecret::from_secret(suite.hash, secret);
        let shape = suite.key_block_shape();
        let block = master.key_block(&self.client_random, &self.server_random, shape);
        for keys in [&block.client, &block.server] {
            all.add("write key", keys.key.as_bytes());
            // Four bytes of a nonce are in memory by chance.
            if keys.iv.len() == 12 {
                all.add("write IV", keys.iv.as_bytes());
            }
        }
    }
}

/// A provider whose premaster secrets and AEAD keys are caught.
pub(crate) fn catching(provider: &Provider) -> Provider {
    let mut provider = with_groups(provider, |moment| {
        if let Moment::Completed(premaster) = moment {
            let kind = Kind::Scheduled("HMAC state of the premaster secret", Step::Shared);
            catch_kind("premaster secret", premaster.as_bytes(), kind, &[0; 32]);
        }
        Ok(())
    });
    let aeads = provider.aeads.iter().map(|aead| {
        let catcher: &'static dyn Aead = Box::leak(Box::new(KeyCatcher(*aead)));
        catcher
    });
    provider.aeads = aeads.collect();
    provider
}

#[derive(Debug)]
struct KeyCatcher(&'static dyn Aead);

impl Aead for KeyCatcher {
    fn algorithm(&self) -> AeadAlgorithm {
        self.0.algorithm()
    }

    fn key(&self, key: &[u8]) -> Result<Box<dyn AeadKey>, CryptoError> {
        catch("AEAD key", key);
        self.0.key(key)
    }
}

/// Learns the master secret, and from the ServerHello what else the key block takes.
pub(crate) struct Listener(pub(crate) &'static Suite);

impl Sink for Listener {
    fn event(&mut self, _: &Context, event: &Event<'_>) {
        keep_stack();
        CAUGHT.lock().expect("needles").suite = Some(self.0);
        match event {
            Event::Message {
                direction: Direction::Sent,
                bytes: [2, _, _, _, _, _, rest @ ..],
                ..
            } => {
                let mut caught = CAUGHT.lock().expect("needles");
                caught.server_random.copy_from_slice(&rest[..32]);
            }
            Event::Derived(derivation) if derivation.secret == SecretKind::ResumptionSecret => {
                let public = |input: &Input<'_>| {
                    if let Some(digest) = &input.public {
                        catch_step("transcript", digest, Step::Transcript);
                    }
                };
                derivation.inputs.iter().for_each(public);
            }
            _ => {}
        }
    }
}

impl SecretSink for Listener {
    fn secret(&mut self, label: SecretLabel, client_random: &[u8; 32], secret: &[u8]) {
        match label {
            SecretLabel::ClientRandom => {
                let kind = Kind::Master("HMAC state of the master secret", self.0);
                catch_kind("master secret", secret, kind, client_random);
            }
            SecretLabel::ExporterSecret => catch_step("exporter secret", secret, Step::Exporter),
            SecretLabel::EarlyExporterSecret => {
                catch_step("early exporter secret", secret, Step::Exporter);
            }
            SecretLabel::ClientEarlyTrafficSecret => {
                catch_step("early traffic secret", secret, Step::Traffic);
            }
            SecretLabel::ClientHandshakeTrafficSecret
            | SecretLabel::ServerHandshakeTrafficSecret => {
                catch_step("handshake traffic secret", secret, Step::Traffic);
            }
            _ => catch_step("application traffic secret", secret, Step::Traffic),
        }
    }
}

/// FIPS 180-4 section 5.3.3.
const SHA256: [u32; 8] = [
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
];

/// FIPS 180-4 section 5.3.4.
const SHA384: [u64; 8] = [
    0xcbbb9d5dc1059ed8,
    0x629a292a367cd507,
    0x9159015a3070dd17,
    0x152fecd8f70e5939,
    0x67332667ffc00b31,
    0x8eb44a8768581511,
    0xdb0c2e0d64f98fa7,
    0x47b5481dbefa4fa4,
];

/// The chaining values are those that the crypto crate uses: a MAC made of them is its MAC.
#[test]
fn the_states_are_those_of_hmac() {
    let key = premaster_crypto::HmacKey::new(HashAlgorithm::Sha256, &[7; 48]);
    let (mut inner, mut outer) = (SHA256, SHA256);
    for (state, pad) in [(&mut inner, 0x36_u8), (&mut outer, 0x5c)] {
        let mut block = [pad; 64];
        block[..48].iter_mut().for_each(|byte| *byte ^= 7);
        compress256(state, &[block]);
    }
    let padded = |content: &[u8], total_bits: u16| {
        let mut block = [0; 64];
        block[..content.len()].copy_from_slice(content);
        block[content.len()] = 0x80;
        block[62..].copy_from_slice(&total_bits.to_be_bytes());
        block
    };
    compress256(&mut inner, &[padded(b"abc", (64 + 3) * 8)]);
    let digest = inner.map(u32::to_be_bytes);
    compress256(&mut outer, &[padded(digest.as_flattened(), (64 + 32) * 8)]);
    let mac = outer.map(u32::to_be_bytes);
    assert_eq!(key.sign(&[b"abc"])[..], *mac.as_flattened());
}
