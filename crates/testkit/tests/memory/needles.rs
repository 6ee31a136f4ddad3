//! The secrets that are looked for: caught on their way, kept where no allocator reaches.

use std::sync::Mutex;

use premaster_crypto::tls12::MasterSecret;
use premaster_crypto::{
    Aead, AeadAlgorithm, AeadKey, CryptoError, HashAlgorithm, Provider, Secret, Suite,
};
use premaster_testkit::provider::{Moment, with_groups};
use premaster_trace::{Context, Direction, Event, SecretLabel, SecretSink, Sink};
use sha2::block_api::{compress256, compress512};

/// A secret, or what is as good as one.
#[derive(Clone, Copy)]
pub(crate) struct Needle {
    pub(crate) name: &'static str,
    bytes: [u8; 64],
    length: usize,
}

impl Needle {
    const NONE: Self = Self {
        name: "",
        bytes: [0; 64],
        length: 0,
    };

    fn new(name: &'static str, secret: &[u8]) -> Self {
        let mut needle = Self { name, ..Self::NONE };
        needle.length = secret.len();
        needle.bytes[..secret.len()].copy_from_slice(secret);
        needle
    }

    fn bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }

    pub(crate) fn is_in(&self, block: &[u8]) -> bool {
        let mut windows = block.windows(self.length);
        windows.any(|window| window == self.bytes())
    }
}

/// What was caught, in static memory.
struct Caught {
    needles: [Needle; 256],
    length: usize,
    server_random: [u8; 32],
}

static CAUGHT: Mutex<Caught> = Mutex::new(Caught {
    needles: [Needle::NONE; 256],
    length: 0,
    server_random: [0; 32],
});

pub(crate) fn catch(name: &'static str, secret: &[u8]) {
    let mut caught = CAUGHT.lock().expect("needles");
    let at = caught.length;
    caught.needles[at] = Needle::new(name, secret);
    caught.length += 1;
}

/// Takes all that was caught, each secret once.
pub(crate) fn take() -> Vec<Needle> {
    let mut caught = CAUGHT.lock().expect("needles");
    let mut all: Vec<Needle> = Vec::new();
    for needle in &caught.needles[..caught.length] {
        if !all.iter().any(|known| known.bytes() == needle.bytes()) {
            all.push(*needle);
        }
    }
    caught.length = 0;
    all
}

/// A provider whose premaster secrets and AEAD keys are caught.
pub(crate) fn catching(provider: &Provider) -> Provider {
    let mut provider = with_groups(provider, |moment| {
        if let Moment::Completed(premaster) = moment {
            catch("premaster secret", premaster.as_bytes());
            catch_hmac_states("HMAC state of the premaster secret", premaster.as_bytes());
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
        catch_hmac_states("HMAC state of the master secret", secret);
        let server_random = CAUGHT.lock().expect("needles").server_random;
        let secret = Secret::from_bytes(secret).expect("48 bytes");
        let master = MasterSecret::from_secret(self.0.hash, secret);
        let shape = self.0.key_block_shape();
        let block = master.key_block(client_random, &server_random, shape);
        for keys in [&block.client, &block.server] {
            catch("write key", keys.key.as_bytes());
            // Four bytes of a nonce are in memory by chance.
            if keys.iv.len() == 12 {
                catch("write IV", keys.iv.as_bytes());
            }
        }
    }
}

/// The chaining values after the padded key (RFC 2104 section 4): who has them has the key.
fn catch_hmac_states(name: &'static str, secret: &[u8]) {
    for pad in [0x36, 0x5c] {
        let mut block = [pad; 128];
        block
            .iter_mut()
            .zip(secret)
            .for_each(|(block, byte)| *block ^= byte);
        let (first, _) = block.split_first_chunk::<64>().expect("64 bytes");
        let mut state = SHA256;
        compress256(&mut state, &[*first]);
        let words = state.map(u32::to_ne_bytes);
        catch(name, words.as_flattened());
        let mut state = SHA384;
        compress512(&mut state, &[block]);
        let words = state.map(u64::to_ne_bytes);
        catch(name, words.as_flattened());
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
