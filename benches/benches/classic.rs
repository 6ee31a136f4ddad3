//! What CBC records and Diffie-Hellman in finite fields cost.
//!
//! - `seal`, `open`: 16 KiB of content, both orders. Opening writes over the fragment, so it is copied first.
//! - `bare`: the same bytes through the same block cipher and hash function, and the same copy: no MAC key, no
//!   padding, nothing hidden.
//! - `start`, `complete`: the two exponentiations that each side of an exchange computes.
//! - `stripped`: a master secret from a secret with and without its leading zeros.

use std::hint::black_box;

use aes::cipher::{Array, BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};
use aes::{Aes128, Aes256};
use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use premaster_crypto::tls12::MasterSecret;
use premaster_crypto::{
    BlockCipher, Cbc, DirectionKeys, HashAlgorithm, MacAlgorithm, MacOrder, Provider,
    RecordContext, SecretBytes, SharedSecret,
};
use premaster_crypto_classic::extend;
use sha1::Digest;

const CONTENT: usize = 16_384;
const CONTEXT: RecordContext = RecordContext {
    sequence: 1,
    content_type: 23,
    version: 0x0303,
};

fn provider() -> Provider {
    extend(premaster_crypto_ring::provider())
}

fn records(c: &mut Criterion) {
    for cbc in provider().cbc {
        let algorithm = cbc.algorithm();
        let name = format!("{:?}-{:?}", algorithm.cipher, algorithm.mac).to_lowercase();
        let mut group = c.benchmark_group(name);
        group.throughput(Throughput::Bytes(CONTENT as u64));
        for (name, order) in [
            ("mac-then-encrypt", MacOrder::MacThenEncrypt),
            ("encrypt-then-mac", MacOrder::EncryptThenMac),
        ] {
            bench_order(&mut group, cbc, name, order);
        }
        bench_bare(&mut group, cbc);
        group.finish();
    }
}

fn bench_order(
    group: &mut BenchmarkGroup<'_, WallTime>,
    cbc: &dyn Cbc,
    name: &str,
    order: MacOrder,
) {
    let keys = DirectionKeys {
        mac_key: SecretBytes::new(&vec![7; cbc.algorithm().mac.output_len()]),
        key: SecretBytes::new(&vec![9; cbc.algorithm().cipher.key_len()]),
        iv: SecretBytes::new(&[]),
    };
    let key = cbc.key(&keys, order).expect("keys that fit");
    let mut fragment = vec![3; key.sealed_len(CONTENT)];
    group.bench_function(format!("seal/{name}"), |b| {
        b.iter(|| key.seal(&CONTEXT, black_box(&mut fragment), CONTENT));
    });
    key.seal(&CONTEXT, &mut fragment, CONTENT)
        .expect("room enough");
    let mut opened = fragment.clone();
    group.bench_function(format!("open/{name}"), |b| {
        b.iter(|| {
            opened.copy_from_slice(black_box(&fragment));
            key.open(&CONTEXT, &mut opened).expect("a good fragment")
        });
    });
}

fn bench_bare(group: &mut BenchmarkGroup<'_, WallTime>, cbc: &dyn Cbc) {
    let algorithm = cbc.algorithm();
    let (key, bytes) = (vec![9; algorithm.cipher.key_len()], vec![3; CONTENT]);
    let mut copy = bytes.clone();
    let hash = |bytes: &[u8]| match algorithm.mac {
        MacAlgorithm::HmacSha1 => sha1::Sha1::digest(bytes)[0],
        MacAlgorithm::HmacSha256 => sha2::Sha256::digest(bytes)[0],
        MacAlgorithm::HmacSha384 => sha2::Sha384::digest(bytes)[0],
    };
    group.bench_function("seal/bare", |b| {
        b.iter(|| {
            let hash = hash(black_box(&copy));
            let blocks = Array::slice_as_chunks_mut(&mut copy).0;
            match algorithm.cipher {
                BlockCipher::Aes128 => cbc::Encryptor::<Aes128>::new_from_slices(&key, &[7; 16])
                    .expect("a key that fits")
                    .encrypt_blocks(blocks),
                BlockCipher::Aes256 => cbc::Encryptor::<Aes256>::new_from_slices(&key, &[7; 16])
                    .expect("a key that fits")
                    .encrypt_blocks(blocks),
            }
            hash
        });
    });
    group.bench_function("open/bare", |b| {
        b.iter(|| {
            copy.copy_from_slice(black_box(&bytes));
            let blocks = Array::slice_as_chunks_mut(&mut copy).0;
            match algorithm.cipher {
                BlockCipher::Aes128 => cbc::Decryptor::<Aes128>::new_from_slices(&key, &[7; 16])
                    .expect("a key that fits")
                    .decrypt_blocks(blocks),
                BlockCipher::Aes256 => cbc::Decryptor::<Aes256>::new_from_slices(&key, &[7; 16])
                    .expect("a key that fits")
                    .decrypt_blocks(blocks),
            }
            hash(&copy)
        });
    });
}

fn exchanges(c: &mut Criterion) {
    for field in provider().dh_groups {
        let mut group = c.benchmark_group(field.name().to_owned());
        group.bench_function("start", |b| b.iter(|| field.start().expect("randomness")));
        let share = field.start().expect("randomness").share().to_vec();
        group.bench_function("complete", |b| {
            b.iter_batched(
                || field.start().expect("randomness"),
                |active| active.complete(black_box(&share)),
                criterion::BatchSize::SmallInput,
            );
        });
        group.finish();
    }
}

fn stripped(c: &mut Criterion) {
    for (name, hash) in [
        ("sha256", HashAlgorithm::Sha256),
        ("sha384", HashAlgorithm::Sha384),
    ] {
        for len in [256, 512] {
            let mut group = c.benchmark_group(format!("{name}/master-secret/{len}-bytes"));
            let secret = || SharedSecret::from_bytes(black_box(&vec![7; len]));
            let derive = |secret: &SharedSecret| {
                MasterSecret::derive(hash, secret, &[0xc1; 32], &[0x5e; 32])
            };
            group.bench_function("whole", |b| b.iter(|| derive(&secret())));
            group.bench_function("stripped", |b| b.iter(|| derive(&secret().stripped())));
            group.finish();
        }
    }
}

criterion_group!(benches, records, exchanges, stripped);
criterion_main!(benches);
