//! What key derivation costs: here, on `ring::hmac`, and as bare compressions.
//!
//! - `premaster`: this project. A secret's HMAC key is prepared when the secret is made, so master
//!   secret and extract pay for the key that the rows after them use.
//! - `ring`: the same written plainly: functions of the secret's bytes, as the RFCs write them.
//! - `ring_prepared`: written with the same care as ours: an HMAC key prepared once and kept.
//! - `floor`: the least number of compressions that the definition needs, each message one call
//!   whose block begins with the chaining value before it, as HMAC links them: nothing else is
//!   copied, padded or returned.
//! - `calls`: as many compressions of one constant block in a row, not even linked.
//!
//! `connection` is the sum that a full TLS 1.2 handshake pays: master secret, key block and two
//! `verify_data`.

use std::hint::black_box;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, criterion_group, criterion_main};
use premaster_crypto::tls12::{KeyBlockShape, MasterSecret};
use premaster_crypto::{HashAlgorithm, HmacKey, SharedSecret, Side, hkdf, suite_named};
use ring::hmac::Key;
use sha2::block_api::{compress256, compress512};

const CLIENT_RANDOM: [u8; 32] = [0xc1; 32];
const SERVER_RANDOM: [u8; 32] = [0x5e; 32];
const PREMASTER: [u8; 32] = [0x99; 32];

/// One hash function: its names on both sides, a suite that uses it, and its compression.
struct Function {
    name: &'static str,
    ours: HashAlgorithm,
    ring: ring::hmac::Algorithm,
    suite: &'static str,
    floor: fn(&[usize]) -> u64,
    messages: Messages,
}

/// The messages that a derivation hashes, as numbers of blocks (RFC 5246 section 5, RFC 2104).
///
/// A prepared key is `1, 1`; a MAC is its text and then one block for the outer hash.
struct Messages {
    master_secret: &'static [usize],
    extended: &'static [usize],
    key_block: &'static [usize],
    verify_data: &'static [usize],
    extract: &'static [usize],
    expand_label: &'static [usize],
}

/// 55 bytes fit one block. The PRF's texts are 77 (label and randoms), 54 (label and session hash)
/// and 47 bytes (label and transcript hash); its outputs' messages are 32 bytes longer.
const SHA256: Messages = Messages {
    // Key; A(1); output 1; A(2); output 2; key of the master secret.
    master_secret: &[1, 1, 2, 1, 2, 1, 1, 1, 2, 1, 1, 1],
    extended: &[1, 1, 1, 1, 2, 1, 1, 1, 2, 1, 1, 1],
    // A(1); output 1; A(2); output 2, for 40 bytes.
    key_block: &[2, 1, 2, 1, 1, 1, 2, 1],
    verify_data: &[1, 1, 2, 1],
    // Key of the salt; MAC; key.
    extract: &[1, 1, 1, 1, 1, 1],
    expand_label: &[1, 1],
};

/// 111 bytes fit one block. Texts as above, but 70 and 63 bytes with the longer hash values; an
/// output's message is 48 bytes longer.
const SHA384: Messages = Messages {
    master_secret: &[1, 1, 1, 1, 2, 1, 1, 1],
    extended: &[1, 1, 1, 1, 2, 1, 1, 1],
    // 72 bytes: two outputs.
    key_block: &[1, 1, 2, 1, 1, 1, 2, 1],
    verify_data: &[1, 1, 1, 1],
    extract: &[1, 1, 1, 1, 1, 1],
    expand_label: &[1, 1],
};

fn sha256() -> Function {
    Function {
        name: "sha256",
        ours: HashAlgorithm::Sha256,
        ring: ring::hmac::HMAC_SHA256,
        suite: "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
        floor: floor256,
        messages: SHA256,
    }
}

fn sha384() -> Function {
    Function {
        name: "sha384",
        ours: HashAlgorithm::Sha384,
        ring: ring::hmac::HMAC_SHA384,
        suite: "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
        floor: floor512,
        messages: SHA384,
    }
}

fn floor256(messages: &[usize]) -> u64 {
    let mut blocks = [[0x36; 64]; 2];
    let mut state = [1; 8];
    for count in messages {
        for (bytes, word) in blocks
            .as_flattened_mut()
            .as_chunks_mut()
            .0
            .iter_mut()
            .zip(state)
        {
            *bytes = u32::to_ne_bytes(word);
        }
        state = [1; 8];
        compress256(&mut state, &blocks[..*count]);
    }
    u64::from(state[0])
}

fn floor512(messages: &[usize]) -> u64 {
    let mut blocks = [[0x36; 128]; 2];
    let mut state = [1; 8];
    for count in messages {
        for (bytes, word) in blocks
            .as_flattened_mut()
            .as_chunks_mut()
            .0
            .iter_mut()
            .zip(state)
        {
            *bytes = u64::to_ne_bytes(word);
        }
        state = [1; 8];
        compress512(&mut state, &blocks[..*count]);
    }
    state[0]
}

/// As many compressions of one block on one state.
fn calls(algorithm: HashAlgorithm, count: usize) -> u64 {
    let (mut state256, mut state512) = ([1; 8], [1; 8]);
    for _ in 0..count {
        match algorithm {
            HashAlgorithm::Sha256 => compress256(&mut state256, black_box(&[[0x36; 64]])),
            HashAlgorithm::Sha384 => compress512(&mut state512, black_box(&[[0x36; 128]])),
        }
    }
    u64::from(state256[0]) ^ state512[0]
}

fn key_derivation(criterion: &mut Criterion) {
    for function in [sha256(), sha384()] {
        let messages = &function.messages;
        let (master, block, verify) = (
            messages.master_secret,
            messages.key_block,
            messages.verify_data,
        );
        let connection = [master, block, verify, verify].concat();
        let rows: [(&str, &[usize], Bench); 7] = [
            ("connection", &connection, bench_connection),
            ("master_secret", master, bench_master_secret),
            ("extended_master_secret", messages.extended, bench_extended),
            ("key_block", block, bench_key_block),
            ("verify_data", verify, bench_verify_data),
            ("extract", messages.extract, bench_extract),
            ("expand_label", messages.expand_label, bench_expand_label),
        ];
        for (what, messages, bench) in rows {
            let mut group = criterion.benchmark_group(format!("{}/{what}", function.name));
            bench(&mut group, &function);
            group.bench_function("floor", |b| {
                b.iter(|| (function.floor)(black_box(messages)));
            });
            let count = messages.iter().sum();
            group.bench_function("calls", |b| {
                b.iter(|| calls(function.ours, black_box(count)));
            });
            group.finish();
        }
    }
}

type Bench = fn(&mut BenchmarkGroup<'_, WallTime>, &Function);

fn bench_connection(group: &mut BenchmarkGroup<'_, WallTime>, function: &Function) {
    let shape = shape(function);
    let premaster = SharedSecret::from_bytes(&PREMASTER);
    let transcript = function.ours.hash(&[b"messages"]);
    let (client, server) = (&CLIENT_RANDOM, &SERVER_RANDOM);
    group.bench_function("premaster", |b| {
        b.iter(|| {
            let premaster = black_box(&premaster);
            let master = MasterSecret::derive(function.ours, premaster, client, server);
            let finished = [Side::Client, Side::Server]
                .map(|side| master.verify_data(side, black_box(&transcript)));
            (master.key_block(client, server, shape), finished)
        });
    });
    group.bench_function("ring", |b| {
        b.iter(|| {
            let (premaster, algorithm) = (black_box(&PREMASTER[..]), function.ring);
            let mut master = Box::new([0; 48]);
            let mut block = [0; 128];
            let block = &mut block[..shape.total_len()];
            let mut finished = [[0; 12]; 2];
            plain::prf(
                algorithm,
                premaster,
                b"master secret",
                &[client, server],
                &mut master[..],
            );
            plain::prf(
                algorithm,
                &master[..],
                b"key expansion",
                &[server, client],
                block,
            );
            for (label, out) in [b"client finished", b"server finished"]
                .iter()
                .zip(&mut finished)
            {
                plain::prf(
                    algorithm,
                    &master[..],
                    *label,
                    &[black_box(&transcript)],
                    out,
                );
            }
            (plain::cut(block, shape), finished)
        });
    });
}

fn bench_master_secret(group: &mut BenchmarkGroup<'_, WallTime>, function: &Function) {
    let premaster = SharedSecret::from_bytes(&PREMASTER);
    group.bench_function("premaster", |b| {
        b.iter(|| {
            let premaster = black_box(&premaster);
            MasterSecret::derive(function.ours, premaster, &CLIENT_RANDOM, &SERVER_RANDOM)
        });
    });
    let seed = [&CLIENT_RANDOM[..], &SERVER_RANDOM];
    ring_master_secret(group, function, b"master secret", &seed);
}

fn bench_extended(group: &mut BenchmarkGroup<'_, WallTime>, function: &Function) {
    let premaster = SharedSecret::from_bytes(&PREMASTER);
    let session_hash = function.ours.hash(&[b"messages"]);
    group.bench_function("premaster", |b| {
        b.iter(|| {
            MasterSecret::derive_extended(function.ours, black_box(&premaster), &session_hash)
        });
    });
    ring_master_secret(group, function, b"extended master secret", &[&session_hash]);
}

fn ring_master_secret(
    group: &mut BenchmarkGroup<'_, WallTime>,
    function: &Function,
    label: &[u8],
    seed: &[&[u8]],
) {
    group.bench_function("ring", |b| {
        b.iter(|| {
            let mut master = Box::new([0; 48]);
            plain::prf(
                function.ring,
                black_box(&PREMASTER),
                label,
                seed,
                &mut master[..],
            );
            master
        });
    });
    group.bench_function("ring_prepared", |b| {
        b.iter(|| {
            let mut master = Box::new([0; 48]);
            plain::prf(
                function.ring,
                black_box(&PREMASTER),
                label,
                seed,
                &mut master[..],
            );
            let key = Key::new(function.ring, &master[..]);
            (master, key)
        });
    });
}

fn bench_key_block(group: &mut BenchmarkGroup<'_, WallTime>, function: &Function) {
    let shape = shape(function);
    let master = master_secret(function);
    group.bench_function("premaster", |b| {
        b.iter(|| black_box(&master).key_block(&CLIENT_RANDOM, &SERVER_RANDOM, shape));
    });
    let (label, seed) = (b"key expansion", [&SERVER_RANDOM[..], &CLIENT_RANDOM]);
    group.bench_function("ring", |b| {
        b.iter(|| {
            let mut block = [0; 128];
            let block = &mut block[..shape.total_len()];
            plain::prf(function.ring, black_box(&[7; 48]), label, &seed, block);
            plain::cut(block, shape)
        });
    });
    let master = Key::new(function.ring, &[7; 48]);
    group.bench_function("ring_prepared", |b| {
        b.iter(|| {
            let mut block = [0; 128];
            let block = &mut block[..shape.total_len()];
            plain::p_hash(black_box(&master), label, &seed, block);
            plain::cut(block, shape)
        });
    });
}

fn bench_verify_data(group: &mut BenchmarkGroup<'_, WallTime>, function: &Function) {
    let transcript = function.ours.hash(&[b"messages"]);
    let master = master_secret(function);
    group.bench_function("premaster", |b| {
        b.iter(|| black_box(&master).verify_data(Side::Client, &transcript));
    });
    let (label, seed) = (b"client finished", [&transcript[..]]);
    group.bench_function("ring", |b| {
        b.iter(|| {
            let mut out = [0; 12];
            plain::prf(function.ring, black_box(&[7; 48]), label, &seed, &mut out);
            out
        });
    });
    let master = Key::new(function.ring, &[7; 48]);
    group.bench_function("ring_prepared", |b| {
        b.iter(|| {
            let mut out = [0; 12];
            plain::p_hash(black_box(&master), label, &seed, &mut out);
            out
        });
    });
}

fn bench_extract(group: &mut BenchmarkGroup<'_, WallTime>, function: &Function) {
    let salt = &[5; 48][..function.ours.output_len()];
    group.bench_function("premaster", |b| {
        b.iter(|| hkdf::extract(function.ours, black_box(salt), black_box(&PREMASTER)));
    });
    group.bench_function("ring", |b| {
        b.iter(|| ring::hmac::sign(&Key::new(function.ring, black_box(salt)), &PREMASTER));
    });
    group.bench_function("ring_prepared", |b| {
        b.iter(|| {
            let prk = ring::hmac::sign(&Key::new(function.ring, black_box(salt)), &PREMASTER);
            Key::new(function.ring, prk.as_ref())
        });
    });
}

fn bench_expand_label(group: &mut BenchmarkGroup<'_, WallTime>, function: &Function) {
    let secret = HmacKey::new(function.ours, &[5; 32]);
    group.bench_function("premaster", |b| {
        b.iter(|| {
            let mut key = [0; 16];
            hkdf::expand_label(black_box(&secret), b"key", b"", &mut key).map(|()| key)
        });
    });
    group.bench_function("ring", |b| {
        b.iter(|| plain::expand_label(&Key::new(function.ring, black_box(&[5; 32])), b"key"));
    });
    let secret = Key::new(function.ring, &[5; 32]);
    group.bench_function("ring_prepared", |b| {
        b.iter(|| plain::expand_label(black_box(&secret), b"key"));
    });
}

fn master_secret(function: &Function) -> MasterSecret {
    let premaster = SharedSecret::from_bytes(&PREMASTER);
    MasterSecret::derive(function.ours, &premaster, &CLIENT_RANDOM, &SERVER_RANDOM)
}

fn shape(function: &Function) -> KeyBlockShape {
    suite_named(function.suite)
        .expect("a suite of the table")
        .key_block_shape()
}

/// The same on `ring::hmac`, as one writes it from the RFCs: no allocation but for what it returns.
mod plain {
    use premaster_crypto::tls12::KeyBlockShape;
    use ring::hmac::{Algorithm, Context, Key, Tag};

    /// `PRF(secret, label, seed)`: RFC 5246 section 5.
    pub(crate) fn prf(
        algorithm: Algorithm,
        secret: &[u8],
        label: &[u8],
        seed: &[&[u8]],
        out: &mut [u8],
    ) {
        p_hash(&Key::new(algorithm, secret), label, seed, out);
    }

    /// The same from a prepared key.
    pub(crate) fn p_hash(key: &Key, label: &[u8], seed: &[&[u8]], out: &mut [u8]) {
        let mut a = sign(key, &[], label, seed);
        let len = a.as_ref().len();
        for (index, chunk) in out.chunks_mut(len).enumerate() {
            if index > 0 {
                a = ring::hmac::sign(key, a.as_ref());
            }
            let output = sign(key, a.as_ref(), label, seed);
            chunk.copy_from_slice(&output.as_ref()[..chunk.len()]);
        }
    }

    /// Client's and server's key and IV.
    pub(crate) fn cut(block: &[u8], shape: KeyBlockShape) -> [Box<[u8]>; 4] {
        let (key, iv) = (shape.key_len, shape.fixed_iv_len);
        let ends = [0, key, 2 * key, 2 * key + iv, 2 * (key + iv)];
        std::array::from_fn(|part| block[ends[part]..ends[part + 1]].into())
    }

    /// RFC 8446 section 7.1, for an empty context and 16 bytes.
    pub(crate) fn expand_label(secret: &Key, label: &[u8]) -> [u8; 16] {
        let mut context = Context::with_key(secret);
        context.update(&[0, 16, 6 + label.len() as u8]);
        context.update(b"tls13 ");
        context.update(label);
        context.update(&[0, 1]);
        let mut out = [0; 16];
        out.copy_from_slice(&context.sign().as_ref()[..16]);
        out
    }

    fn sign(key: &Key, first: &[u8], label: &[u8], seed: &[&[u8]]) -> Tag {
        let mut context = Context::with_key(key);
        context.update(first);
        context.update(label);
        for part in seed {
            context.update(part);
        }
        context.sign()
    }
}

criterion_group!(benches, key_derivation);
criterion_main!(benches);
