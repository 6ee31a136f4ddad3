//! What the key schedule of TLS 1.3 costs, and as many bare compressions.
//!
//! - `premaster`: all that one side derives in a handshake: traffic secrets and keys of both directions and both epochs,
//!   both Finished, the exporter secret, the PSK of one ticket; when resumed, a binder and early data's keys too.
//! - `compressions`: the compressions that this takes, one block each, each linked to the one before it; nothing else.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use premaster_crypto::tls13::{EarlySecret, HandshakeSecret, Psk};
use premaster_crypto::{Digest, HashAlgorithm, SharedSecret, Suite, suite_named};
use sha2::block_api::{compress256, compress512};

/// A prepared key is two compressions, a MAC or an expansion of one hash value two more.
///
/// Extract 6; two traffic secrets 8, their keys and IVs 8, two Finished 12; step to the main secret 8; two traffic
/// secrets 8, their keys and IVs 8; exporter secret 4; resumption secret 4, PSK 2.
const FULL: usize = 6 + 8 + 8 + 12 + 8 + 8 + 8 + 4 + 4 + 2;

/// Beside it: extract 6; binder key 4, its finished key 4, binder 2; early traffic secret 4, key and IV 4; to the
/// handshake secret 2 more than without PSK.
const RESUMED: usize = FULL + 6 + 4 + 4 + 2 + 4 + 4 + 2;

fn tls13_schedule(criterion: &mut Criterion) {
    for (name, suite) in [
        ("sha256", "TLS_AES_128_GCM_SHA256"),
        ("sha384", "TLS_AES_256_GCM_SHA384"),
    ] {
        let suite = suite_named(suite).expect("a suite of the table");
        let shared = SharedSecret::from_bytes(&[0x99; 32]);
        let transcript = suite.hash.hash(&[b"messages"]);
        let psk = vec![7; suite.hash.output_len()];
        let psk = Psk::resumption(suite.hash, &psk).expect("a hash value");

        let mut group = criterion.benchmark_group(format!("{name}/full"));
        group.bench_function("premaster", |b| {
            b.iter(|| full(suite, black_box(&shared), &transcript));
        });
        group.bench_function("compressions", |b| {
            b.iter(|| compressions(suite.hash, black_box(FULL)));
        });
        group.finish();

        let mut group = criterion.benchmark_group(format!("{name}/resumed"));
        group.bench_function("premaster", |b| {
            b.iter(|| resumed(suite, black_box(&psk), &shared, &transcript));
        });
        group.bench_function("compressions", |b| {
            b.iter(|| compressions(suite.hash, black_box(RESUMED)));
        });
        group.finish();
    }
}

fn full(suite: &Suite, shared: &SharedSecret, transcript: &Digest) -> Psk {
    let handshake = HandshakeSecret::without_psk(suite.hash, shared).expect("not zero");
    rest(suite, handshake, transcript)
}

fn resumed(suite: &Suite, psk: &Psk, shared: &SharedSecret, transcript: &Digest) -> Psk {
    let early = EarlySecret::new(psk);
    black_box(early.binder_key().binder(transcript));
    let mut traffic = early.client_early_traffic(transcript);
    black_box(traffic.keys(suite).expect("the first time"));
    rest(
        suite,
        early.into_handshake(shared).expect("not zero"),
        transcript,
    )
}

fn rest(suite: &Suite, handshake: HandshakeSecret, transcript: &Digest) -> Psk {
    let secrets = handshake.traffic(transcript);
    for mut secret in [secrets.client, secrets.server] {
        black_box(secret.keys(suite).expect("the first time"));
        black_box(secret.finished_key().verify_data(transcript));
    }
    let main = handshake.into_main();
    let secrets = main.application_traffic(transcript);
    for mut secret in [secrets.client, secrets.server] {
        black_box(secret.keys(suite).expect("the first time"));
    }
    black_box(main.exporter(transcript));
    main.into_resumption(transcript)
        .psk(&[0])
        .expect("a short nonce")
}

fn compressions(algorithm: HashAlgorithm, count: usize) -> u64 {
    let (mut state256, mut state512) = ([1; 8], [1; 8]);
    for _ in 0..count {
        match algorithm {
            HashAlgorithm::Sha256 => compress256(&mut state256, black_box(&[[0x36; 64]])),
            HashAlgorithm::Sha384 => compress512(&mut state512, black_box(&[[0x36; 128]])),
        }
    }
    u64::from(state256[0]) ^ state512[0]
}

criterion_group!(benches, tls13_schedule);
criterion_main!(benches);
