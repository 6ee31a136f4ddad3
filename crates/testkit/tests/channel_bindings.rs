//! Channel bindings: what both ends of one connection have, and nobody in between (RFC 5929, RFC 9266).

use std::sync::Arc;

use premaster_connection::{
    ClientConfig, Facts, NoChannelBinding, ServerConfig, tls_server_end_point,
};
use premaster_crypto::HashAlgorithm;
use premaster_testkit::Pair;
use premaster_testkit::cell::{NAME, World};
use premaster_testkit::pair::carry;
use premaster_testkit::pki::KeyKind;
use premaster_wire::ProtocolVersion;

/// The facts of both sides, of a full handshake and of one that resumes it.
fn played(version: ProtocolVersion, look: impl Fn(&Facts, &Facts)) {
    let world = World::new();
    let provider = || Arc::clone(&world.modern);
    let verifier = world.authority.verifier(&provider());
    let client = ClientConfig::builder(provider(), verifier)
        .max_version(version)
        .clock(world.clock.shared());
    let credential = world.authority.server(NAME, KeyKind::P256);
    let credential = credential.credential(&provider());
    let server = ServerConfig::builder(provider(), credential).clock(world.clock.shared());
    let client = Arc::new(client.build().expect("a client"));
    let server = Arc::new(server.build().expect("a server"));
    for resumes in [false, true] {
        let mut pair = Pair::new(&client, &server, NAME);
        pair.handshake().expect("a handshake");
        carry(&mut pair.server, &mut pair.client, b"tickets come before").expect("data");
        let facts = pair.client.facts().expect("established");
        assert_eq!(facts.resumed.is_some(), resumes);
        look(facts, pair.server.facts().expect("established"));
    }
}

/// RFC 5929 section 3.1: 12 bytes, the same at both ends, others in each connection.
#[test]
fn tls_unique_is_that_of_the_connection() {
    let seen = std::cell::RefCell::new(Vec::new());
    played(ProtocolVersion::TLSv1_2, |client, server| {
        let value = client.tls_unique().expect("bound").to_vec();
        assert_eq!(server.tls_unique().expect("bound"), value);
        assert_eq!(value.len(), 12);
        assert!(!seen.borrow().contains(&value));
        seen.borrow_mut().push(value);
    });
    assert_eq!(seen.into_inner().len(), 2);
}

/// RFC 9266 section 3.
#[test]
fn there_is_no_tls_unique_in_tls13() {
    played(ProtocolVersion::TLSv1_3, |client, server| {
        for facts in [client, server] {
            assert_eq!(facts.tls_unique(), Err(NoChannelBinding::Tls13));
        }
    });
}

/// RFC 9266 section 2.
#[test]
fn tls_exporter_is_that_of_the_connection() {
    for version in [ProtocolVersion::TLSv1_2, ProtocolVersion::TLSv1_3] {
        let seen = std::cell::RefCell::new(Vec::new());
        played(version, |client, server| {
            let value = client.tls_exporter().expect("bound");
            assert_eq!(server.tls_exporter(), Ok(value));
            let (label, mut expected) = (b"EXPORTER-Channel-Binding", [0; 32]);
            let exported = client.exporter.export(label, Some(b""), &mut expected);
            assert_eq!((exported, value), (Ok(()), expected));
            assert!(!seen.borrow().contains(&value));
            seen.borrow_mut().push(value);
        });
        assert_eq!(seen.into_inner().len(), 2);
    }
}

/// RFC 5929 section 4.1.
#[test]
fn tls_server_end_point_is_a_hash_of_the_certificate() {
    played(ProtocolVersion::TLSv1_3, |client, _| {
        let leaf = client.peer_certificates.first().expect("a certificate");
        let expected = HashAlgorithm::Sha256.hash(&[leaf]).to_vec();
        assert_eq!(tls_server_end_point(leaf), Ok(expected));
    });
    let refused = tls_server_end_point(b"no certificate");
    assert_eq!(refused, Err(NoChannelBinding::NoCertificate));
    // Signed by another function: SHA-384, and one that has none.
    for (algorithm, hash) in [
        (&rcgen::PKCS_ECDSA_P384_SHA384, Some(HashAlgorithm::Sha384)),
        (&rcgen::PKCS_ED25519, None),
    ] {
        let key = rcgen::KeyPair::generate_for(algorithm).expect("a key");
        let params = rcgen::CertificateParams::new(vec![NAME.to_owned()]).expect("parameters");
        let der = params.self_signed(&key).expect("a certificate");
        let expected = hash
            .map(|hash| hash.hash(&[der.der()]).to_vec())
            .ok_or(NoChannelBinding::NoHash);
        assert_eq!(tls_server_end_point(der.der()), expected);
    }
}
