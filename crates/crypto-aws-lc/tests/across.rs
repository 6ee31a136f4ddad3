//! Each side of a key exchange by another backend: two implementations of everything agree.

use premaster_crypto::{KeyExchange, Provider};

fn providers() -> [Provider; 2] {
    let ring = premaster_crypto_ring::provider();
    [
        premaster_crypto_aws_lc::everything(),
        premaster_crypto_ml_kem::extend_with_ml_kem_1024(premaster_crypto_ml_kem::extend(ring)),
    ]
}

/// Both have the same groups, in the same order; ring lacks P-521.
fn groups() -> Vec<[&'static dyn KeyExchange; 2]> {
    let [mut aws_lc, ring] = providers();
    aws_lc.groups.retain(|group| group.name() != "secp521r1");
    assert_eq!(aws_lc.groups.len(), 6);
    assert_eq!(ring.groups.len(), 6);
    let pairs = aws_lc.groups.into_iter().zip(ring.groups);
    pairs.map(|(aws_lc, ring)| [aws_lc, ring]).collect()
}

#[test]
fn both_sides_agree_whichever_backend_is_which() {
    for [aws_lc, ring] in groups() {
        assert_eq!(aws_lc.id(), ring.id());
        for (client, server) in [(aws_lc, ring), (ring, aws_lc)] {
            for _ in 0..8 {
                let active = client.start().expect("a key pair");
                let (share, theirs) = server.respond(active.share()).expect("a good share");
                let ours = active.complete(&share).expect("a good share");
                assert_eq!(ours.as_bytes(), theirs.as_bytes(), "{}", client.name());
            }
        }
    }
}

/// FIPS 203 section 6.3: from a ciphertext that was not made for its key a client derives what nobody else can, and
/// notices nothing.
#[test]
fn a_changed_ciphertext_is_noticed_by_nobody() {
    let with_kem = |pair: &[&dyn KeyExchange; 2]| pair[0].tls13_only();
    for [aws_lc, ring] in groups().into_iter().filter(with_kem) {
        for (client, server) in [(aws_lc, ring), (ring, aws_lc)] {
            let active = client.start().expect("a key pair");
            let (mut share, theirs) = server.respond(active.share()).expect("a good share");
            share[500] ^= 1;
            let ours = active.complete(&share).expect("an implicit rejection");
            assert_ne!(ours.as_bytes(), theirs.as_bytes(), "{}", client.name());
        }
    }
}

#[test]
fn lists_are_the_same() {
    let (aws_lc, [_, ring]) = (premaster_crypto_aws_lc::provider(), providers());
    let suites = |provider: &Provider| provider.suites.iter().map(|it| it.id).collect::<Vec<_>>();
    let schemes = |provider: &Provider| {
        let ids = provider.verifiers.iter().map(|verifier| verifier.id);
        ids.collect::<Vec<_>>()
    };
    assert_eq!(suites(&aws_lc), suites(&ring));
    assert_eq!(schemes(&aws_lc), schemes(&ring));
}
