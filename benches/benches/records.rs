//! What the record layer adds to its cipher: a record sealed in place, and a record opened in place.
//!
//! `aead` is the backend alone, on as many bytes.

use std::hint::black_box;

use criterion::measurement::WallTime;
use criterion::{
    BatchSize, BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main,
};
use premaster_crypto::{AeadAlgorithm, DirectionKeys, MacOrder, SecretBytes, suite_named};
use premaster_record::{Opened, Protection, RecordOpener, RecordSealer};
use premaster_wire::{ContentType, ProtocolVersion};

const SUITES: [(&str, ProtocolVersion, &str, usize); 2] = [
    (
        "tls12",
        ProtocolVersion::TLSv1_2,
        "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
        4,
    ),
    (
        "tls13",
        ProtocolVersion::TLSv1_3,
        "TLS_AES_128_GCM_SHA256",
        12,
    ),
];

fn records(criterion: &mut Criterion) {
    for length in [64, 1400, 16_000] {
        let mut group = criterion.benchmark_group(format!("records/{length}"));
        group.throughput(Throughput::Bytes(length as u64));
        for (name, version, suite, iv) in SUITES {
            let protection = || protection(version, suite, iv);
            seal(&mut group, name, length, &protection);
            open(&mut group, name, length, &protection);
        }
        aead(&mut group, length);
        group.finish();
    }
}

fn protection(version: ProtocolVersion, suite: &str, iv: usize) -> Protection {
    let keys = DirectionKeys {
        mac_key: SecretBytes::new(&[]),
        key: SecretBytes::new(&[7; 16]),
        iv: SecretBytes::new(&[9; 12][..iv]),
    };
    let (provider, suite) = (
        premaster_crypto_ring::provider(),
        suite_named(suite).expect("a suite"),
    );
    Protection::new(&provider, suite, version, MacOrder::MacThenEncrypt, keys).expect("keys")
}

fn sealer(protection: &dyn Fn() -> Protection) -> RecordSealer {
    let mut sealer = RecordSealer::new();
    sealer.set_version(ProtocolVersion::TLSv1_2);
    sealer.install(protection());
    sealer
}

fn seal(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    length: usize,
    protection: &dyn Fn() -> Protection,
) {
    let mut sealing = sealer(protection);
    let margins = sealing.margins();
    let mut buf = vec![0; margins.overhead() + length];
    let content = margins.front..margins.front + length;
    group.bench_function(format!("{name}/seal"), |b| {
        b.iter(|| {
            if sealing.remaining() == Some(0) {
                sealing = sealer(protection);
            }
            sealing
                .seal(
                    ContentType::application_data,
                    black_box(&mut buf),
                    content.clone(),
                )
                .expect("room")
        });
    });
}

/// A record opens once under one key, so the opener is new each time; to make one is not measured.
fn open(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    length: usize,
    protection: &dyn Fn() -> Protection,
) {
    let mut sealing = sealer(protection);
    let mut record = vec![0; sealing.sealed_len(length)];
    let content = vec![0_u8; length];
    sealing
        .seal_from(ContentType::application_data, &[&content[..]], &mut record)
        .expect("room");
    let fresh = || {
        let mut opener = RecordOpener::new();
        opener.install(protection());
        (opener, record.clone())
    };
    group.bench_function(format!("{name}/open"), |b| {
        b.iter_batched_ref(
            fresh,
            |(opener, record)| match opener.open(record) {
                Ok(Opened::Record { payload, .. }) => payload.len(),
                _ => panic!("a whole record"),
            },
            BatchSize::SmallInput,
        );
    });
}

fn aead(group: &mut BenchmarkGroup<'_, WallTime>, length: usize) {
    let provider = premaster_crypto_ring::provider();
    let aead = provider.aead(AeadAlgorithm::Aes128Gcm).expect("an AEAD");
    let key = aead.key(&[7; 16]).expect("16 bytes");
    let mut buf = vec![0; length];
    group.bench_function("aead/seal", |b| {
        b.iter(|| key.seal(&[9; 12], &[0; 13], black_box(&mut buf)));
    });
}

criterion_group!(benches, records);
criterion_main!(benches);
