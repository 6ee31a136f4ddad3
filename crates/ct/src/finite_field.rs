//! Diffie-Hellman in finite fields: exponents, shares, and secrets with leading zeros (RFC 5246 section 8.1.2).

use core::hint::black_box;
use std::sync::Arc;

use premaster_crypto::{CryptoError, DhGroup, HashAlgorithm, SecureRandom};
use premaster_crypto_classic::extend;
use premaster_crypto_ring::provider;

use crate::derive::masters;
use crate::random::{DRAWN, PoisonedRandom};
use crate::trial::{Reason, count_input, declassify, poison};

/// Public keys of a peer, and how many zeros the secrets begin with that they give in ffdhe2048: found by trying.
const PEERS: [(u32, usize); 3] = [(2, 0), (257, 1), (70_768, 2)];

/// In every group a pair of keys, the secret with a peer, and the master secrets of it.
pub(crate) fn exchange() {
    for (secret, open) in groups(&PoisonedRandom).iter().zip(&groups(&Drawn)) {
        for (peer, zeros) in PEERS {
            if zeros > 0 && secret.name() != "ffdhe2048" {
                continue;
            }
            count_input();
            let peer = peer.to_be_bytes();
            let secret = secret.start().expect("randomness");
            let open = open.start().expect("randomness");
            let mut share = secret.share().to_vec();
            declassify(&mut share, Reason::Sent);
            assert_eq!(share, open.share());
            let secret = secret.complete(&peer).expect("a public key");
            let open = open.complete(&peer).expect("a public key");
            assert_eq!(
                open.as_bytes().iter().position(|byte| *byte != 0),
                Some(zeros)
            );
            let mut secret = masters(HashAlgorithm::Sha256, &secret.stripped());
            for master in &mut secret {
                declassify(master, Reason::Result);
            }
            assert_eq!(secret, masters(HashAlgorithm::Sha256, &open.stripped()));
        }
    }
}

fn groups(random: &'static dyn SecureRandom) -> Vec<Arc<dyn DhGroup>> {
    let mut provider = provider();
    provider.random = random;
    extend(provider).dh_groups
}

/// The same bytes in the open, to know what is right.
#[derive(Debug)]
struct Drawn;

impl SecureRandom for Drawn {
    fn fill(&self, out: &mut [u8]) -> Result<(), CryptoError> {
        out.fill(DRAWN);
        Ok(())
    }
}

/// A multiplication for every bit that is set, in a field of 31 bits.
pub(crate) fn square_and_multiply() {
    count_input();
    let mut exponent = [DRAWN; 4];
    poison(&mut exponent);
    let (prime, mut power) = (0x7fff_ffff_u64, 1);
    for bit in (0..32).rev() {
        power = power * power % prime;
        if u32::from_be_bytes(exponent) >> bit & 1 == 1 {
            power = black_box(power * 2 % prime);
        }
    }
    black_box(power);
}
