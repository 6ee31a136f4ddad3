//! What a client says only when it is asked to, and what a server then does.

use std::collections::BTreeSet;
use std::sync::Arc;

use premaster_crypto::HashAlgorithm;
use premaster_handshake::{ExternalPsk, Fault, ShapeHello};
use premaster_testkit::Cast;
use premaster_wire::{
    CipherSuite, ClientHello, ClientHelloExtension as Extension, Decode as _, ExtensionType,
    Extensions, List, NamedGroup, OfferedPsks, ProtocolVersion, encode_message,
};

use crate::duo::{Duo, Played};
use crate::resumption::client_hellos;

fn types(body: &[u8]) -> Vec<ExtensionType> {
    let hello = ClientHello::decode(body).expect("a ClientHello");
    hello.extensions().types().collect()
}

/// A resumption with a HelloRetryRequest: two hellos, each with pre-shared keys.
fn retried(cast: &Cast, permute: bool) -> Played {
    let mut duo = Duo::new(cast);
    duo.client.grease = true;
    duo.client.permute_extensions = permute;
    let mut duo = duo.after_a_first_one();
    duo.client.key_shares = vec![NamedGroup::x25519];
    duo.server.groups = vec![NamedGroup::secp256r1];
    duo.play()
}

/// RFC 8446 section 4.2: extensions come in any order, but for pre_shared_key. RFC 8446 section 4.1.2: the second hello keeps
/// that of the first.
#[test]
fn extensions_come_in_a_random_order_if_asked_to() {
    let cast = Cast::new();
    for permute in [false, true] {
        let mut orders = BTreeSet::new();
        for _ in 0..8 {
            let played = retried(&cast, permute);
            assert!(played.client_facts().resumed.is_some());
            let [first, second] = [0, 1].map(|at| types(client_hellos(&played)[at]));
            assert_eq!(first, second);
            let (last, rest) = first.split_last().expect("extensions");
            assert_eq!(*last, ExtensionType::pre_shared_key);
            assert!(rest[0].is_grease() && rest[rest.len() - 1].is_grease());
            let real: Vec<_> = rest.iter().filter(|kind| !kind.is_grease()).collect();
            orders.insert(real.iter().map(|kind| kind.0).collect::<Vec<_>>());
        }
        assert_eq!(orders.len() > 1, permute, "{orders:?}");
    }
}

/// RFC 8446 section 4.2.8: an empty list of shares asks for a HelloRetryRequest.
#[test]
fn a_client_without_a_share_is_told_the_group() {
    let cast = Cast::new();
    let mut duo = Duo::new(&cast);
    duo.client.no_key_shares = true;
    let played = duo.play();
    assert!(played.client_facts().retried);
    let body = client_hellos(&played)[0];
    let hello = ClientHello::decode(body).expect("a ClientHello");
    let shares = hello.extensions().iter().find_map(|one| match one {
        Extension::KeyShare(list) => Some(list.iter().count()),
        _ => None,
    });
    assert_eq!(shares, Some(0));
    assert_eq!(played.server_facts().group, Some(NamedGroup::x25519));
}

/// RFC 7507 section 4. property 13: who tries again with less says so, and a server that speaks more refuses it.
#[test]
fn a_second_try_with_less_says_so() {
    for (fallback, best) in [
        (false, ProtocolVersion::TLSv1_2),
        (true, ProtocolVersion::TLSv1_2),
        (true, ProtocolVersion::TLSv1_3),
    ] {
        let cast = Cast::new();
        let mut duo = Duo::new(&cast);
        duo.client.fallback = fallback;
        duo.client.versions.retain(|version| *version <= best);
        duo.client.suites.retain(|suite| {
            let tls13 = suite.version == premaster_crypto::SuiteVersion::Tls13;
            !tls13 || best == ProtocolVersion::TLSv1_3
        });
        let played = duo.play();
        let hello = ClientHello::decode(client_hellos(&played)[0]).expect("a ClientHello");
        let mut suites = hello.cipher_suites.iter();
        let said = suites.any(|suite| suite == CipherSuite::TLS_FALLBACK_SCSV);
        assert_eq!(said, fallback);
        // The two go no further with TLS 1.2.
        let refused = played.server_fault() == Some(Fault::InappropriateFallback);
        let expected = fallback && best == ProtocolVersion::TLSv1_2;
        assert_eq!(refused, expected, "{fallback} {best}");
    }
}

/// What only older versions know is for those who speak them.
#[test]
fn a_client_of_tls13_alone_says_nothing_of_older_versions() {
    let cast = Cast::new();
    for older in [false, true] {
        let mut duo = Duo::new(&cast);
        duo.client.versions = vec![ProtocolVersion::TLSv1_3];
        if older {
            duo.client.versions.push(ProtocolVersion::TLSv1_2);
        }
        let played = duo.play();
        let types = types(client_hellos(&played)[0]);
        for kind in [
            ExtensionType::extended_master_secret,
            ExtensionType::renegotiation_info,
            ExtensionType::session_ticket,
            ExtensionType::ec_point_formats,
        ] {
            assert_eq!(types.contains(&kind), older, "{kind}");
        }
    }
}

/// Offers another protocol than its client knows of.
#[derive(Debug)]
struct Renamed;

impl ShapeHello for Renamed {
    fn shape(&self, hello: &[u8]) -> Vec<u8> {
        let at = hello.windows(4).position(|name| name == b"\x03foo");
        let at = at.expect("the protocol");
        [&hello[..at], b"\x03baz", &hello[at + 4..]].concat()
    }
}

/// RFC 7301 section 3.2.
#[test]
fn a_protocol_that_was_not_offered_is_taken_by_name_only() {
    for accepts in [false, true] {
        let cast = Cast::new();
        let mut duo = Duo::new(&cast);
        duo.client.alpn = vec![b"foo".to_vec()];
        duo.server.alpn = vec![b"baz".to_vec()];
        duo.client.shape_hello = Some(Arc::new(Renamed));
        duo.client.accept_unoffered_alpn = accepts;
        let played = duo.play();
        match played.client.as_ref().expect("an outcome") {
            Ok(facts) => {
                assert!(accepts);
                assert_eq!(facts.alpn.as_deref(), Some(&b"baz"[..]));
            }
            Err(error) => {
                assert!(!accepts);
                assert_eq!(error.fault(), Fault::ProtocolNotOffered);
            }
        }
    }
}

/// Offers the first of two pre-shared keys only.
#[derive(Debug)]
struct FewerKeys;

impl ShapeHello for FewerKeys {
    fn shape(&self, hello: &[u8]) -> Vec<u8> {
        let hello = ClientHello::decode(&hello[4..]).expect("our own");
        let mut extensions: Vec<_> = hello.extensions().iter().collect();
        let Some(Extension::PreSharedKey(keys)) = extensions.pop() else {
            panic!("there are no keys");
        };
        let first = keys.identities.iter().next().expect("a key");
        let binder = keys.binders.iter().next().expect("a binder");
        let (identities, binders) = ([first], [binder]);
        extensions.push(Extension::PreSharedKey(OfferedPsks {
            identities: List::from(&identities),
            binders: List::from(&binders),
        }));
        encode_message(&ClientHello {
            extensions: Some(Extensions::from(extensions.as_slice())),
            ..hello
        })
        .expect("a ClientHello")
    }
}

/// RFC 8446 section 4.2.11.2: the binders are ours to write, one for each of our keys, so there is room for just them.
#[test]
fn a_shaped_hello_has_all_pre_shared_keys_or_none() {
    let cast = Cast::new();
    let key = |identity: &[u8]| {
        let key = ExternalPsk::new(identity, &[7; 32], HashAlgorithm::Sha256);
        key.expect("a key")
    };
    let mut duo = Duo::new(&cast);
    duo.client.external_psks = vec![key(b"one"), key(b"two")];
    duo.client.shape_hello = Some(Arc::new(FewerKeys));
    let played = duo.play();
    let error = played.client.expect("an outcome").expect_err("refused");
    assert_eq!(error.fault(), Fault::EncodingFailed);
    assert!(played.said.is_empty(), "nothing goes out");
}
