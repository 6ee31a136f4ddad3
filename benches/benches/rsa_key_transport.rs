//! What RSA key transport costs: the server's private operation beside a signature by ring with the same key, which is
//! what an ECDHE_RSA handshake pays instead, and the unpadding beside both.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use premaster_crypto::tls12;
use premaster_crypto_ring::provider;
use premaster_crypto_rsa_transport::extend;
use rustls_pki_types::{PrivateKeyDer, pem::PemObject};

const KEYS: [(usize, &[u8]); 2] = [
    (
        2048,
        include_bytes!("../../crates/crypto-rsa-transport/tests/keys/rsa2048.pkcs8.pem"),
    ),
    (
        4096,
        include_bytes!("../../crates/crypto-rsa-transport/tests/keys/rsa4096.pkcs8.pem"),
    ),
];

/// RSASSA-PKCS1-v1_5 with SHA-256.
const SCHEME: u16 = 0x0401;

fn rsa(c: &mut Criterion) {
    let provider = extend(provider());
    let transport = provider.key_transport.expect("RSA key transport");
    for (bits, pem) in KEYS {
        let key = PrivateKeyDer::from_pem_slice(pem).expect("a private key");
        let signing = (provider.load_key)(&key).expect("a key for signing");
        let key = transport.load_key(&key).expect("a key for decryption");
        let fresh = || tls12::premaster(0x0303, provider.random).expect("randomness");
        let (spki, premaster) = (key.spki(), fresh());
        let sent = transport.encrypt(&spki, &premaster).expect("encrypted");
        let block = key.decrypt(&sent).expect("decrypted");
        let mut group = c.benchmark_group(format!("rsa_key_transport/{bits}"));
        group.bench_function("ring_sign", |b| {
            b.iter(|| signing.sign(SCHEME, black_box(b"message")));
        });
        group.bench_function("decrypt", |b| b.iter(|| key.decrypt(black_box(&sent))));
        group.bench_function("encrypt", |b| {
            b.iter(|| transport.encrypt(black_box(&spki), &premaster));
        });
        group.bench_function("unpad", |b| {
            b.iter(|| tls12::premaster_from_block(black_box(block.as_bytes()), 0x0303, fresh()));
        });
        group.finish();
    }
}

criterion_group!(benches, rsa);
criterion_main!(benches);
