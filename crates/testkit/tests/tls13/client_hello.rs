//! What a client says in its hellos: values that mean nothing, a second hello, another shape, compatibility.

use std::sync::Arc;

use premaster_handshake::{Fault, ShapeHello};
use premaster_testkit::forger::vector16;
use premaster_testkit::tls13::{numbers, set};
use premaster_testkit::{Cast, Step};
use premaster_wire::{
    CipherSuite, ClientHello, ClientHelloExtension as Extension, Decode as _, ExtensionType,
    Extensions, HandshakeType, List, MaxFragmentLength, NamedGroup, ProtocolVersion, Random,
    SignatureScheme, encode_message,
};

use crate::duo::Duo;
use crate::resumption::client_hellos;

fn types(body: &[u8]) -> Vec<ExtensionType> {
    let hello = ClientHello::decode(body).expect("a ClientHello");
    hello.extensions().types().collect()
}

/// All reserved values that stand somewhere in a ClientHello, with their places.
fn grease(body: &[u8]) -> Vec<(&'static str, u16, usize)> {
    let hello = ClientHello::decode(body).expect("a ClientHello");
    let mut found = Vec::new();
    let mut look = |what, values: Vec<u16>| {
        let reserved = |value: &u16| ExtensionType(*value).is_grease();
        for (at, value) in values.into_iter().enumerate() {
            if reserved(&value) {
                found.push((what, value, at));
            }
        }
    };
    look(
        "suite",
        hello.cipher_suites.iter().map(|suite| suite.0).collect(),
    );
    look(
        "extension",
        hello.extensions().types().map(|kind| kind.0).collect(),
    );
    for extension in hello.extensions() {
        match extension {
            Extension::SupportedVersions(list) => {
                look("version", list.iter().map(|version| version.0).collect());
            }
            Extension::SupportedGroups(list) => {
                look("group", list.iter().map(|group| group.0).collect());
            }
            Extension::SignatureAlgorithms(list) => {
                look("scheme", list.iter().map(|scheme| scheme.0).collect());
            }
            Extension::KeyShare(list) => {
                look("share", list.iter().map(|share| share.group.0).collect());
            }
            _ => {}
        }
    }
    found
}

/// RFC 8701 section 3.1.
#[test]
fn what_means_nothing_stands_everywhere_and_is_passed_over() {
    let cast = Cast::new();
    let mut duo = Duo::new(&cast);
    assert!(grease(client_hellos(&duo.after_a_first_one().play())[0]).is_empty());
    duo = Duo::new(&cast);
    duo.client.grease = true;
    let played = duo.after_a_first_one().play();
    assert!(played.client_facts().resumed.is_some());
    let hello = client_hellos(&played)[0];
    let last = types(hello).len() - 2;
    let found = grease(hello);
    let places: Vec<_> = found.iter().map(|(what, _, at)| (*what, *at)).collect();
    assert_eq!(
        places,
        [
            ("suite", 0),
            ("extension", 0),
            // The keys are behind it.
            ("extension", last),
            ("group", 0),
            ("scheme", 0),
            ("version", 0),
            ("share", 0),
        ]
    );
    assert_eq!(
        found[3].1, found[6].1,
        "a share of the group that is listed"
    );
}

/// RFC 8446 section 4.1.2.
#[test]
fn the_second_hello_repeats_the_first_but_for_what_was_asked() {
    let cast = Cast::new();
    for with_grease in [false, true] {
        let mut duo = Duo::new(&cast);
        duo.client.grease = with_grease;
        let mut duo = duo.after_a_first_one();
        duo.client.key_shares = vec![NamedGroup::x25519];
        duo.server.groups = vec![NamedGroup::secp256r1];
        let played = duo.play();
        assert!(played.client_facts().retried);
        let hellos = client_hellos(&played);
        let [first, second] = [hellos[0], hellos[1]].map(|body| {
            let hello = ClientHello::decode(body).expect("a ClientHello");
            (hello, hello.extensions().iter().collect::<Vec<_>>())
        });
        assert_eq!(first.0.random, second.0.random);
        assert_eq!(first.0.session_id, second.0.session_id);
        assert!(
            first
                .0
                .cipher_suites
                .iter()
                .eq(second.0.cipher_suites.iter())
        );
        assert_eq!(types(hellos[0]), types(hellos[1]));
        for (before, after) in first.1.iter().zip(&second.1) {
            match after {
                Extension::KeyShare(list) => {
                    let groups: Vec<_> = list.iter().map(|share| share.group).collect();
                    assert_eq!(groups, [NamedGroup::secp256r1]);
                }
                Extension::PreSharedKey(_) => assert_ne!(before, after),
                _ => assert_eq!(before, after),
            }
        }
        // Where a share was asked for, there is no other.
        let shares = |body| grease(body).iter().filter(|one| one.0 == "share").count();
        assert_eq!(shares(hellos[0]), usize::from(with_grease));
        assert_eq!(shares(hellos[1]), 0);
    }
}

/// RFC 8701 section 3.1: what was said to mean nothing is no offer.
#[test]
fn a_server_that_chooses_what_means_nothing_is_refused() {
    let cast = Cast::new();
    type Lie = fn(&mut premaster_testkit::scene::Scene<premaster_testkit::tls13::Forger>, u16);
    let lies: [(Lie, Fault); 6] = [
        (
            |scene, value| scene.plan.suite = value,
            Fault::SuiteNotOffered,
        ),
        (
            |scene, value| {
                let body = numbers(&[value]);
                scene.plan.set(ExtensionType::supported_versions, body);
            },
            Fault::SelectedVersionNotOffered,
        ),
        (
            |scene, value| scene.plan.groups = vec![value],
            Fault::KeyShareNotOffered,
        ),
        (
            |scene, value| {
                scene.plan.retries = 1;
                scene.script.insert(0, scene.script[0]);
                scene.plan.groups = vec![value];
            },
            Fault::RetryGroupNotOffered,
        ),
        (
            |scene, value| {
                set(
                    &mut scene.plan.encrypted,
                    ExtensionType(value),
                    Some(vec![]),
                );
            },
            Fault::ExtensionNotOffered,
        ),
        (
            |scene, value| scene.plan.scheme = value,
            Fault::SchemeNotOffered,
        ),
    ];
    for (number, (lie, fault)) in lies.into_iter().enumerate() {
        // Whichever of them the client has drawn.
        for CipherSuite(value) in CipherSuite::GREASE {
            let mut scene = cast.modern_against_client();
            scene.client.grease = true;
            scene.plan.signs_with = Some(SignatureScheme::ecdsa_secp256r1_sha256.0);
            lie(&mut scene, value);
            let played = scene.play();
            assert_eq!(
                played.victim.fault(),
                Some(fault),
                "lie {number}, {value:#06x}"
            );
        }
    }
}

/// RFC 8446 appendix D.4: once, before the second flight; not if nothing looks like a resumption.
#[test]
fn a_change_of_cipher_is_said_once_or_never() {
    let cast = Cast::new();
    let finished = Step::Message(HandshakeType::finished);
    let hello = Step::Message(HandshakeType::client_hello);
    let change = Step::ChangeCipherSpec;
    for compatible in [true, false] {
        let scenes = [
            (cast.modern_against_client(), vec![hello, change, finished]),
            (
                cast.modern_retried(cast.modern_against_client()),
                vec![hello, change, hello, finished],
            ),
            (
                cast.modern_against_early_client(),
                vec![
                    hello,
                    change,
                    Step::Message(HandshakeType::end_of_early_data),
                    finished,
                ],
            ),
        ];
        for (mut scene, mut expected) in scenes {
            scene.client.middlebox_compatibility = compatible;
            if !compatible {
                expected.retain(|step| *step != change);
            }
            let played = scene.play();
            assert!(played.facts().is_some());
            assert_eq!(played.victim.said, expected);
        }
    }
}

/// Adds padding, mixes the order, and has a random and a session ID of its own.
#[derive(Debug)]
struct Shaped {
    session_id: &'static [u8],
    keeps_keys: bool,
}

const RANDOM: Random = Random([0x52; 32]);

impl ShapeHello for Shaped {
    fn shape(&self, hello: &[u8]) -> Vec<u8> {
        let hello = ClientHello::decode(&hello[4..]).expect("our own");
        let mut extensions: Vec<_> = hello.extensions().iter().collect();
        let keys = extensions.pop_if(|last| matches!(last, Extension::PreSharedKey(_)));
        extensions.reverse();
        extensions.push(Extension::Padding(&[0; 100]));
        extensions.extend(keys.filter(|_| self.keeps_keys));
        encode_message(&ClientHello {
            random: RANDOM,
            session_id: self.session_id,
            extensions: Some(Extensions::from(extensions.as_slice())),
            ..hello
        })
        .expect("a ClientHello")
    }
}

#[test]
fn a_hello_in_another_shape_leads_to_the_same_end() {
    let cast = Cast::new();
    for session_id in [&[][..], &[7; 32]] {
        for keeps_keys in [true, false] {
            let mut duo = Duo::new(&cast);
            duo.server.early_data = 1_000;
            duo.client.early_data = true;
            let mut duo = duo.after_a_first_one();
            duo.client.shape_hello = Some(Arc::new(Shaped {
                session_id,
                keeps_keys,
            }));
            let played = duo.play();
            let facts = played.client_facts();
            assert_eq!(facts.resumed.is_some(), keeps_keys);
            // The early data that the hello speaks of without keys is none.
            assert_eq!(facts.early_data.is_some(), keeps_keys);
            let hello = ClientHello::decode(client_hellos(&played)[0]).expect("a ClientHello");
            assert_eq!((hello.random, hello.session_id), (RANDOM, session_id));
            let changes = played.client_orders.iter();
            let changes = changes.filter(|order| *order == "change_cipher_spec");
            assert_eq!(changes.count(), usize::from(!session_id.is_empty()));
        }
    }
}

/// Leaves application_layer_protocol_negotiation out, and offers a suite that is not wanted.
#[derive(Debug)]
struct Less;

impl ShapeHello for Less {
    fn shape(&self, hello: &[u8]) -> Vec<u8> {
        let hello = ClientHello::decode(&hello[4..]).expect("our own");
        let left = |extension: &Extension<'_>| {
            !matches!(extension, Extension::ApplicationLayerProtocolNegotiation(_))
        };
        let extensions: Vec<_> = hello.extensions().iter().filter(left).collect();
        let suites = [
            CipherSuite::TLS_AES_256_GCM_SHA384,
            CipherSuite::TLS_AES_128_GCM_SHA256,
        ];
        encode_message(&ClientHello {
            cipher_suites: List::from(&suites),
            extensions: Some(Extensions::from(extensions.as_slice())),
            ..hello
        })
        .expect("a ClientHello")
    }
}

#[test]
fn answers_are_checked_against_what_was_sent_and_what_is_wanted() {
    let cast = Cast::new();
    let scene = || {
        let mut scene = cast.modern_against_client();
        scene.client.alpn = vec![b"h2".to_vec()];
        scene.client.suites.retain(|suite| suite.id != 0x1302);
        scene.client.shape_hello = Some(Arc::new(Less));
        scene
    };
    assert!(scene().play().facts().is_some());
    let mut answers = scene();
    let alpn = ExtensionType::application_layer_protocol_negotiation;
    set(&mut answers.plan.encrypted, alpn, Some(vector16(b"\x02h2")));
    let fault = answers.play().victim.fault();
    assert_eq!(fault, Some(Fault::ExtensionNotOffered));
    let mut chooses = scene();
    chooses.plan.suite = 0x1302;
    assert_eq!(chooses.play().victim.fault(), Some(Fault::SuiteNotOffered));
}

/// Has a limit of its own on records.
#[derive(Debug)]
struct Limited(Extension<'static>);

impl ShapeHello for Limited {
    fn shape(&self, hello: &[u8]) -> Vec<u8> {
        let hello = ClientHello::decode(&hello[4..]).expect("our own");
        let other = |extension: &Extension<'_>| {
            !matches!(
                extension,
                Extension::RecordSizeLimit(_) | Extension::MaxFragmentLength(_)
            )
        };
        let mut extensions: Vec<_> = hello.extensions().iter().filter(other).collect();
        extensions.push(self.0);
        encode_message(&ClientHello {
            extensions: Some(Extensions::from(extensions.as_slice())),
            ..hello
        })
        .expect("a ClientHello")
    }
}

/// RFC 8449 section 4: who announces a limit and hears the other side's keeps both, whoever wrote the ClientHello.
#[test]
fn limits_are_those_of_the_hello_that_was_sent() {
    let cast = Cast::new();
    for version in [ProtocolVersion::TLSv1_2, ProtocolVersion::TLSv1_3] {
        for ours in [None, Some(500)] {
            let mut duo = Duo::new(&cast);
            duo.client.versions = vec![version];
            duo.client.record_size_limit = ours;
            duo.client.shape_hello = Some(Arc::new(Limited(Extension::RecordSizeLimit(1_000))));
            duo.server.record_size_limit = Some(2_000);
            let played = duo.play();
            let limits = "send 2000 receive 1000".to_owned();
            assert!(played.client_orders.contains(&limits), "{version} {ours:?}");
        }
        for ours in [None, Some(MaxFragmentLength(4))] {
            let mut duo = Duo::new(&cast);
            duo.client.versions = vec![version];
            duo.client.max_fragment_length = ours;
            let length = Extension::MaxFragmentLength(MaxFragmentLength(1));
            duo.client.shape_hello = Some(Arc::new(Limited(length)));
            let played = duo.play();
            let limits = "fragments 512".to_owned();
            assert!(played.client_orders.contains(&limits), "{version} {ours:?}");
            // No ChangeCipherSpec is carried here: TLS 1.2 comes to no end.
            if version == ProtocolVersion::TLSv1_3 {
                for facts in [played.client_facts(), played.server_facts()] {
                    assert_eq!(facts.max_fragment_length, Some(512), "{ours:?}");
                }
            }
        }
    }
}

/// Says that early data follows, which nobody has.
#[derive(Debug)]
struct Early;

impl ShapeHello for Early {
    fn shape(&self, hello: &[u8]) -> Vec<u8> {
        let hello = ClientHello::decode(&hello[4..]).expect("our own");
        let mut extensions: Vec<_> = hello.extensions().iter().collect();
        if !extensions.contains(&Extension::EarlyData) {
            let keys = extensions.pop_if(|last| matches!(last, Extension::PreSharedKey(_)));
            extensions.push(Extension::EarlyData);
            extensions.extend(keys);
        }
        encode_message(&ClientHello {
            extensions: Some(Extensions::from(extensions.as_slice())),
            ..hello
        })
        .expect("a ClientHello")
    }
}

/// EndOfEarlyData would go out in the clear.
#[test]
fn early_data_that_is_not_under_way_is_not_accepted() {
    let cast = Cast::new();
    let scenes = [
        cast.modern_against_client(),
        // The second hello says so once more.
        cast.modern_retried(cast.modern_against_early_client()),
    ];
    for (number, mut scene) in scenes.into_iter().enumerate() {
        set(
            &mut scene.plan.encrypted,
            ExtensionType::early_data,
            Some(vec![]),
        );
        scene.client.shape_hello = Some(Arc::new(Early));
        let played = scene.play();
        let fault = played.victim.fault();
        assert_eq!(fault, Some(Fault::ExtensionNotOffered), "{number}");
        let end = Step::Message(HandshakeType::end_of_early_data);
        assert!(!played.victim.said.contains(&end), "{number}");
    }
}

#[derive(Debug)]
struct Returns(Vec<u8>);

impl ShapeHello for Returns {
    fn shape(&self, _: &[u8]) -> Vec<u8> {
        self.0.clone()
    }
}

#[test]
fn what_is_no_hello_is_not_sent() {
    let cast = Cast::new();
    for bytes in [vec![], vec![1, 0, 0, 1, 0], vec![2, 0, 0, 0]] {
        let mut scene = cast.modern_against_client();
        scene.client.shape_hello = Some(Arc::new(Returns(bytes)));
        let played = scene.play();
        assert_eq!(played.victim.fault(), Some(Fault::EncodingFailed));
        assert!(played.victim.said.is_empty());
    }
}
