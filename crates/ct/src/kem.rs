//! ML-KEM beside a curve: what the ciphertext hides, and what wraps it.

use premaster_crypto::{CryptoError, KeyExchange, Provider, SecureRandom};

use crate::trial::{Reason, count_input, declassify, poison};

/// Bytes of ML-KEM-768's ciphertext, which comes first in X25519MLKEM768.
const CIPHERTEXT: usize = 1088;

fn group(random: &'static dyn SecureRandom) -> &'static dyn KeyExchange {
    let provider = Provider {
        random,
        ..premaster_crypto_ring::provider()
    };
    premaster_crypto_ml_kem::extend(provider).groups[0]
}

/// The client's half: all that comes out of a ciphertext is secret. Right ones, and wrong ones, which lead to a secret that nobody
/// else has (FIPS 203 section 6.3).
pub(crate) fn decapsulation() {
    let ring = premaster_crypto_ring::provider();
    let group = group(ring.random);
    for wrong in [false, true] {
        count_input();
        let client = group.start().expect("randomness");
        let (mut share, server) = group.respond(client.share()).expect("a right share");
        if wrong {
            share[100] ^= 1;
        }
        poison(&mut share[..CIPHERTEXT]);
        let secret = client.complete(&share).expect("any ciphertext does");
        let mut secret = secret.as_bytes().to_vec();
        declassify(&mut secret, Reason::Result);
        assert_eq!(secret == server.as_bytes(), !wrong);
    }
}

/// The server's half: the randomness that it wraps is secret.
pub(crate) fn encapsulation() {
    let ring = premaster_crypto_ring::provider();
    let client = group(ring.random).start().expect("randomness");
    count_input();
    let (mut share, secret) = group(&Poisoned)
        .respond(client.share())
        .expect("a right share");
    declassify(&mut share, Reason::Sent);
    let mut secret = secret.as_bytes().to_vec();
    declassify(&mut secret, Reason::Result);
    let client = client.complete(&share).expect("a right share");
    assert_eq!(client.as_bytes(), secret);
}

/// Randomness that is secret.
#[derive(Debug)]
struct Poisoned;

impl SecureRandom for Poisoned {
    fn fill(&self, out: &mut [u8]) -> Result<(), CryptoError> {
        out.fill(0x6b);
        poison(out);
        Ok(())
    }
}
