//! A ClientHello with every extension, decoded.
//!
//! `premaster-wire` validates the message and the bodies of all extensions, then reads every extension again
//! as a typed value and visits every element of every list. `tls-parser` does its equivalent on the same
//! bytes: it parses the message and all extensions into vectors of values (and leaves key shares, pre-shared
//! keys and others as bytes). The target: the first takes at most a quarter of the time of the second.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use premaster_wire::{ClientHello, ClientHelloExtension as E, Decode, split_message};
use tls_parser::{
    TlsMessage, TlsMessageHandshake, parse_tls_client_hello_extensions, parse_tls_message_handshake,
};

/// The vector of the wire crate: a comment after `#`, a title in brackets, else hex.
fn message() -> Vec<u8> {
    let text = include_str!("../../crates/wire/vectors/client_hello_full.txt");
    let lines = text
        .lines()
        .map(|line| line.split('#').next().unwrap_or_default().trim());
    let digits: String = lines.filter(|line| !line.starts_with('[')).collect();
    (0..digits.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap())
        .collect()
}

/// Decodes, which validates every extension, and reads each once more as a value.
fn wire(message: &[u8]) -> usize {
    let (_, body) = split_message(message).unwrap();
    let hello = ClientHello::decode(body).unwrap();
    hello
        .extensions()
        .iter()
        .filter(|extension| !matches!(extension, E::Unknown { .. }))
        .count()
}

/// Decodes, reads every extension, and visits every element of every list.
fn wire_and_walk(message: &[u8]) -> usize {
    let (_, body) = split_message(message).unwrap();
    let hello = ClientHello::decode(body).unwrap();
    let suites = sum(hello.cipher_suites.iter().map(|suite| suite.0));
    suites + hello.extensions().iter().map(walk).sum::<usize>()
}

fn sum(elements: impl Iterator<Item = impl Into<usize>>) -> usize {
    elements.map(Into::into).sum()
}

fn walk(extension: E<'_>) -> usize {
    match extension {
        E::ServerName(names) => sum(names.iter().map(|name| name.name.len())),
        E::SupportedGroups(groups) => sum(groups.iter().map(|group| group.0)),
        E::EcPointFormats(formats) => sum(formats.iter().map(|format| format.0)),
        E::SignatureAlgorithms(schemes)
        | E::SignatureAlgorithmsCert(schemes)
        | E::DelegatedCredential(schemes) => sum(schemes.iter().map(|scheme| scheme.0)),
        E::UseSrtp(srtp) => sum(srtp.profiles.iter().map(|profile| profile.0)),
        E::ApplicationLayerProtocolNegotiation(protocols) => {
            sum(protocols.iter().map(|protocol| protocol.name.len()))
        }
        E::StatusRequestV2(items) => items.iter().count(),
        E::ClientCertificateType(types) | E::ServerCertificateType(types) => {
            sum(types.iter().map(|form| form.0))
        }
        E::CompressCertificate(algorithms) => sum(algorithms.iter().map(|algorithm| algorithm.0)),
        E::PreSharedKey(offered) => {
            let identities = sum(offered
                .identities
                .iter()
                .map(|identity| identity.identity.len()));
            identities + sum(offered.binders.iter().map(|entry| entry.binder.len()))
        }
        E::SupportedVersions(versions) => sum(versions.iter().map(|version| version.0)),
        E::PskKeyExchangeModes(modes) => sum(modes.iter().map(|mode| mode.0)),
        E::CertificateAuthorities(names) => sum(names.iter().map(|name| name.der.len())),
        E::KeyShare(shares) => sum(shares.iter().map(|share| share.key_exchange.len())),
        E::Padding(bytes) | E::SessionTicket(bytes) | E::Cookie(bytes) => bytes.len(),
        E::Unknown { body, .. } => body.len(),
        _ => 1,
    }
}

/// Parses the message and all its extensions.
fn tls_parser(message: &[u8]) -> usize {
    let (_, message) = parse_tls_message_handshake(message).unwrap();
    let TlsMessage::Handshake(TlsMessageHandshake::ClientHello(hello)) = &message else {
        panic!("no ClientHello")
    };
    let (rest, extensions) =
        parse_tls_client_hello_extensions(hello.ext.unwrap_or_default()).unwrap();
    assert!(
        rest.is_empty(),
        "it stops at the first extension that it cannot parse"
    );
    black_box(&extensions).len()
}

fn client_hello(c: &mut Criterion) {
    let message = message();
    let (_, body) = split_message(&message).unwrap();
    let extensions = ClientHello::decode(body)
        .unwrap()
        .extensions()
        .iter()
        .count();
    assert_eq!(
        extensions,
        tls_parser(&message),
        "both read every extension"
    );

    let mut group = c.benchmark_group("client_hello");
    group.throughput(Throughput::Bytes(message.len() as u64));
    group.bench_function("premaster-wire", |b| b.iter(|| wire(black_box(&message))));
    group.bench_function("premaster-wire, every list walked", |b| {
        b.iter(|| wire_and_walk(black_box(&message)));
    });
    group.bench_function("tls-parser", |b| b.iter(|| tls_parser(black_box(&message))));
    group.finish();
}

criterion_group!(benches, client_hello);
criterion_main!(benches);
