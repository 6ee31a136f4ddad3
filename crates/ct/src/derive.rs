//! Derivations: all that is computed from a secret without a verdict.

use premaster_crypto::tls12::{KeyBlock, MasterSecret};
use premaster_crypto::{HashAlgorithm, SUITES, Secret, SharedSecret, hkdf as kdf};

use crate::compare::HASHES;
use crate::trial::{Reason, count_input, declassify, poison};

const CLIENT_RANDOM: [u8; 32] = [0xc1; 32];
const SERVER_RANDOM: [u8; 32] = [0x5e; 32];

/// Lengths of premaster secrets: X25519, P-256, P-384, RSA, P-521, and finite fields of 2048 to 4096 bits.
const PREMASTER_LENS: [usize; 6] = [32, 48, 66, 256, 384, 512];

/// `MasterSecret::derive` and `derive_extended`, up to what a session keeps.
pub(crate) fn master_secret() {
    for hash in HASHES {
        for len in PREMASTER_LENS {
            let mut premaster = vec![0x44; len];
            let right = masters(hash, &SharedSecret::from_bytes(&premaster));
            poison(&mut premaster);
            let secret = masters(hash, &SharedSecret::from_bytes(&premaster));
            for (mut master, right) in secret.into_iter().zip(right) {
                count_input();
                declassify(&mut master, Reason::Result);
                assert_eq!(master, right);
            }
        }
    }
}

/// The master secret of a premaster secret, and the extended one.
pub(crate) fn masters(hash: HashAlgorithm, premaster: &SharedSecret) -> [[u8; 48]; 2] {
    let session_hash = hash.hash(&[b"ClientHello to ClientKeyExchange"]);
    [
        MasterSecret::derive(hash, premaster, &CLIENT_RANDOM, &SERVER_RANDOM),
        MasterSecret::derive_extended(hash, premaster, &session_hash),
    ]
    .map(|master| *master.secret().as_bytes())
}

fn master(hash: HashAlgorithm, is_secret: bool) -> MasterSecret {
    let mut secret = [0x33; 48];
    if is_secret {
        poison(&mut secret);
    }
    MasterSecret::from_secret(hash, Secret::from_bytes(&secret).expect("48 bytes"))
}

/// `MasterSecret::key_block` for every suite.
pub(crate) fn key_block() {
    for suite in SUITES {
        count_input();
        let shape = suite.key_block_shape();
        let block = |is_secret| {
            let master = master(suite.hash, is_secret);
            bytes(&master.key_block(&CLIENT_RANDOM, &SERVER_RANDOM, shape))
        };
        let mut secret = block(true);
        declassify(&mut secret, Reason::Result);
        assert_eq!(secret, block(false));
    }
}

fn bytes(block: &KeyBlock) -> Vec<u8> {
    let sides = [&block.client, &block.server];
    let parts = sides.map(|side| {
        [&side.mac_key, &side.key, &side.iv]
            .map(|part| part.as_bytes())
            .concat()
    });
    parts.concat()
}

/// `MasterSecret::export`, with and without a context, short and long.
pub(crate) fn export() {
    for hash in HASHES {
        for context in [None, Some(&b""[..]), Some(b"context"), Some(&[0x77; 1000])] {
            count_input();
            let exported = |is_secret| {
                let mut out = [0; 100];
                let master = master(hash, is_secret);
                master
                    .export(
                        b"EXPORTER",
                        &CLIENT_RANDOM,
                        &SERVER_RANDOM,
                        context,
                        &mut out,
                    )
                    .expect("a short context");
                out
            };
            let mut secret = exported(true);
            declassify(&mut secret, Reason::Result);
            assert_eq!(secret, exported(false));
        }
    }
}

/// `hkdf::extract`, `expand` and `expand_label`.
pub(crate) fn hkdf() {
    for hash in HASHES {
        for len in [0, 1, 12, 16, 32, 48, 200] {
            count_input();
            let derived = |material: &[u8]| {
                let secret = kdf::extract(hash, b"salt", material);
                let (mut long, mut labelled) = (vec![0; len], vec![0; len]);
                kdf::expand(&secret, &[b"info", &[0x77; 200]], &mut long).expect("a length");
                kdf::expand_label(&secret, b"key", b"context", &mut labelled).expect("a length");
                [long, labelled].concat()
            };
            let mut material = [0x55; 32];
            let right = derived(&material);
            poison(&mut material);
            let mut secret = derived(&material);
            if len > 0 {
                declassify(&mut secret, Reason::Result);
            }
            assert_eq!(secret, right);
        }
    }
}
