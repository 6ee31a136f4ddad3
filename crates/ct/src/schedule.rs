//! TLS 1.3: its key schedule, Finished, the binders of pre-shared keys, tickets' keys.

use core::hint::black_box;

use premaster_crypto::tls13::{
    EarlySecret, HandshakeSecret, ImportedIdentity, MainSecret, Psk, TrafficSecrets,
};
use premaster_crypto::{HashAlgorithm, SUITES, SharedSecret, Suite, SuiteVersion};

use crate::compare::{HASHES, candidates};
use crate::leaks::to_the_first_difference;
use crate::trial::{Reason, count_input, declassify, declassify_verdict, poison};

/// Lengths of shared secrets: X25519, P-384, X25519MLKEM768, ffdhe2048.
const SHARED_LENS: [usize; 4] = [32, 48, 64, 256];

fn suites() -> impl Iterator<Item = &'static Suite> {
    let tls13 = |suite: &&'static Suite| suite.version == SuiteVersion::Tls13;
    SUITES.iter().filter(tls13)
}

/// From both inputs to keys, exporters and the keys of tickets.
pub(crate) fn all() {
    for suite in suites() {
        for len in SHARED_LENS {
            count_input();
            let mut psk = vec![0x11; suite.hash.output_len()];
            let mut shared = vec![0x44; len];
            let right = derived(suite, &psk, &shared);
            poison(&mut psk);
            poison(&mut shared);
            let mut secret = derived(suite, &psk, &shared);
            declassify(&mut secret, Reason::Result);
            assert_eq!(secret, right);
        }
    }
}

fn derived(suite: &Suite, psk: &[u8], shared: &[u8]) -> Vec<u8> {
    let transcript = suite.hash.hash(&[b"messages"]);
    let psk = Psk::resumption(suite.hash, psk).expect("as long as a hash value");
    let early = EarlySecret::new(&psk);
    let mut out = early.binder_key().binder(&transcript).to_vec();
    let mut exported = [0; 40];
    let exporter = early.early_exporter(&transcript);
    exporter
        .export(b"EXPORTER", b"context", &mut exported)
        .expect("short");
    out.extend_from_slice(&exported);
    let mut keys = early.client_early_traffic(&transcript);
    push_keys(&mut out, &mut keys, suite);
    let shared = SharedSecret::from_bytes(shared);
    let handshake = early.into_handshake(&shared).expect("not zero");
    push_both(&mut out, handshake.traffic(&transcript), suite);
    let alone = HandshakeSecret::without_psk(suite.hash, &shared).expect("not zero");
    push_main(&mut out, alone.into_main(), suite);
    push_main(&mut out, handshake.into_main(), suite);
    out
}

fn push_main(out: &mut Vec<u8>, main: MainSecret, suite: &Suite) {
    let transcript = suite.hash.hash(&[b"more messages"]);
    push_both(out, main.application_traffic(&transcript), suite);
    let mut exported = [0; 40];
    let exporter = main.exporter(&transcript);
    exporter
        .export(b"EXPORTER", b"context", &mut exported)
        .expect("short");
    out.extend_from_slice(&exported);
    let resumption = main.into_resumption(&transcript);
    let psk = resumption.psk(&[0, 1]).expect("a short nonce");
    out.extend_from_slice(psk.secret().as_bytes());
}

fn push_both(out: &mut Vec<u8>, traffic: TrafficSecrets, suite: &Suite) {
    let TrafficSecrets { client, server } = traffic;
    for mut secret in [client, server] {
        push_keys(out, &mut secret, suite);
        push_keys(out, &mut secret.next(), suite);
    }
}

fn push_keys(
    out: &mut Vec<u8>,
    secret: &mut premaster_crypto::tls13::TrafficSecret,
    suite: &Suite,
) {
    let keys = secret.keys(suite).expect("the first time");
    out.extend_from_slice(keys.key.as_bytes());
    out.extend_from_slice(keys.iv.as_bytes());
}

fn poisoned(len: usize) -> Vec<u8> {
    let mut secret = vec![0x33; len];
    poison(&mut secret);
    secret
}

/// `FinishedKey::check`.
pub(crate) fn finished() {
    for hash in HASHES {
        let transcript = hash.hash(&[b"all messages so far"]);
        let shared = SharedSecret::from_bytes(&poisoned(32));
        let handshake = HandshakeSecret::without_psk(hash, &shared).expect("not zero");
        let key = handshake.traffic(&transcript).client.finished_key();
        let mut right = key.verify_data(&transcript).to_vec();
        declassify(&mut right, Reason::Result);
        for (received, fits) in candidates(&right) {
            count_input();
            let proof = key.check(&transcript, &received);
            assert_eq!(declassify_verdict(proof.is_ok()), fits);
        }
    }
}

/// `BinderKey::check`, for a key of a ticket and an external one.
pub(crate) fn binder() {
    for hash in HASHES {
        let secret = poisoned(hash.output_len());
        for psk in [Psk::resumption(hash, &secret), Psk::external(hash, &secret)] {
            let transcript = hash.hash(&[b"ClientHello up to its binders"]);
            let key = EarlySecret::new(&psk.expect("not zero")).binder_key();
            let mut right = key.binder(&transcript).to_vec();
            declassify(&mut right, Reason::Result);
            for (received, fits) in candidates(&right) {
                count_input();
                let proof = key.check(&transcript, &received);
                assert_eq!(declassify_verdict(proof.is_ok()), fits);
            }
        }
    }
}

pub(crate) fn binder_to_the_first_difference() {
    count_input();
    let hash = HashAlgorithm::Sha256;
    let psk = Psk::external(hash, &poisoned(32)).expect("not zero");
    let transcript = hash.hash(&[b"ClientHello up to its binders"]);
    let binder = EarlySecret::new(&psk).binder_key().binder(&transcript);
    black_box(to_the_first_difference(&binder, &[0; 32]));
}

/// `ImportedIdentity::import`, for both hash functions and from both.
pub(crate) fn imported() {
    for (of_key, target) in HASHES.into_iter().flat_map(|of| HASHES.map(|to| (of, to))) {
        for len in [1, 16, 32, 200] {
            count_input();
            let import = |key: &[u8]| {
                let identity = ImportedIdentity::for_tls13(b"meter 7", b"context", target);
                let psk = identity.expect("short").import(of_key, key);
                psk.expect("not zero").secret().as_bytes().to_vec()
            };
            let mut secret = import(&poisoned(len));
            declassify(&mut secret, Reason::Result);
            assert_eq!(secret, import(&vec![0x33; len]));
        }
    }
}

/// Two keys provisioned under one name: is it the same once more?
pub(crate) fn imported_compared() {
    count_input();
    let identity = ImportedIdentity::for_tls13(b"meter 7", b"context", HashAlgorithm::Sha256);
    let psk = identity
        .expect("short")
        .import(HashAlgorithm::Sha256, &poisoned(32));
    let psk = psk.expect("not zero");
    black_box(to_the_first_difference(psk.secret().as_bytes(), &[0; 32]));
}
