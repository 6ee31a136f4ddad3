//! What a server of TLS 1.3 makes of unusual ClientHellos, and how it answers usual ones.

use std::sync::Arc;

use premaster_crypto::Side;
use premaster_handshake::{EarlyData, Fault, Handshake, Incoming, Limits, Order, Question, Target};
use premaster_testkit::Cast;
use premaster_testkit::cell::NAME;
use premaster_wire::{
    CipherSuite, Decode as _, EncryptedExtension, Extension as _, ExtensionType, HandshakeType,
    NamedGroup, ProtocolVersion, Random, ServerHello, SignatureScheme, tls13::EncryptedExtensions,
};

use crate::duo::{Duo, Played};

/// A ClientHello in pieces that can be put together otherwise.
struct Hello {
    legacy_version: [u8; 2],
    middle: Vec<u8>,
    suites: Vec<u8>,
    extensions: Vec<(u16, Vec<u8>)>,
}

impl Hello {
    fn of(message: &[u8]) -> Self {
        let session_end = 39 + usize::from(message[38]);
        let length = |at: usize| usize::from(u16::from_be_bytes([message[at], message[at + 1]]));
        let suites_end = session_end + 2 + length(session_end);
        // One compression method.
        let mut rest = &message[suites_end + 4..];
        let mut extensions = Vec::new();
        while let [a, b, c, d, ..] = *rest {
            let end = 4 + usize::from(u16::from_be_bytes([c, d]));
            extensions.push((u16::from_be_bytes([a, b]), rest[4..end].to_vec()));
            rest = &rest[end..];
        }
        Self {
            legacy_version: [message[4], message[5]],
            middle: message[6..session_end].to_vec(),
            suites: message[session_end + 2..suites_end].to_vec(),
            extensions,
        }
    }

    fn message(&self) -> Vec<u8> {
        let short = |bytes: &[u8]| {
            let length = u16::try_from(bytes.len()).expect("short");
            [&length.to_be_bytes()[..], bytes].concat()
        };
        let one = |(kind, body): &(u16, Vec<u8>)| [&kind.to_be_bytes()[..], &short(body)].concat();
        let extensions = self.extensions.iter().map(one).collect::<Vec<_>>().concat();
        let parts = [
            &self.legacy_version[..],
            &self.middle,
            &short(&self.suites),
            &[1, 0],
            &short(&extensions),
        ];
        let body = parts.concat();
        let length = u32::try_from(body.len()).expect("short").to_be_bytes();
        [&[HandshakeType::client_hello.0], &length[1..], &body].concat()
    }

    fn body(&mut self, kind: ExtensionType) -> &mut Vec<u8> {
        let found = self
            .extensions
            .iter_mut()
            .find(|(other, _)| *other == kind.0);
        &mut found.expect("the extension").1
    }

    fn without(&mut self, kind: ExtensionType) {
        self.extensions.retain(|(other, _)| *other != kind.0);
    }
}

/// The ClientHello is another one on its way.
fn changed(mut duo: Duo, change: impl Fn(&mut Hello) + 'static) -> Played {
    duo.change = Some(Box::new(move |side, number, message| {
        if side == Side::Client && number == 0 {
            let mut hello = Hello::of(message);
            assert_eq!(hello.message(), *message);
            change(&mut hello);
            *message = hello.message();
        }
    }));
    duo.play()
}

/// The first answer, if there was one, and whether it asks for another ClientHello.
fn answer(played: &Played) -> Option<bool> {
    let is = |(side, message): &&(Side, Vec<u8>)| {
        *side == Side::Server && message[0] == HandshakeType::server_hello.0
    };
    let (_, message) = played.said.iter().find(is)?;
    Some(message[6..38] == Random::HELLO_RETRY_REQUEST.0)
}

type Change = fn(&mut Hello);

#[test]
fn what_is_unusual_but_allowed_is_answered() {
    const NOTHING: u16 = 0x4a4a;
    let cast = Cast::new();
    let cases: [(&str, Change, bool); 8] = [
        (
            "no share",
            |hello| *hello.body(ExtensionType::key_share) = vec![0, 0],
            true,
        ),
        (
            "a share of nobody's group only",
            |hello| {
                hello.body(ExtensionType::supported_groups)[2..4]
                    .copy_from_slice(&NOTHING.to_be_bytes());
                *hello.body(ExtensionType::key_share) = vec![0, 5, 0x4a, 0x4a, 0, 1, 7];
            },
            true,
        ),
        (
            "values that mean nothing",
            |hello| {
                hello.suites.splice(0..0, NOTHING.to_be_bytes());
                let versions = hello.body(ExtensionType::supported_versions);
                versions[0] += 2;
                versions.splice(1..1, NOTHING.to_be_bytes());
                hello.extensions.insert(0, (NOTHING, vec![1, 2, 3]));
                hello.extensions.push((0x5a5a, Vec::new()));
            },
            false,
        ),
        (
            "a group twice",
            |hello| {
                let groups = hello.body(ExtensionType::supported_groups);
                let again = groups[2..4].to_vec();
                groups.extend(again);
                groups[1] += 2;
            },
            false,
        ),
        (
            "an old legacy_version",
            |hello| hello.legacy_version = [3, 1],
            false,
        ),
        (
            "a new legacy_version",
            |hello| hello.legacy_version = [3, 5],
            false,
        ),
        (
            "a fallback that is none",
            |hello| {
                hello
                    .suites
                    .extend(CipherSuite::TLS_FALLBACK_SCSV.0.to_be_bytes());
            },
            false,
        ),
        (
            "a cookie of nobody",
            |hello| {
                hello
                    .extensions
                    .push((ExtensionType::cookie.0, vec![0, 1, 7]));
            },
            false,
        ),
    ];
    for (what, change, retries) in cases {
        let played = changed(Duo::new(&cast), change);
        assert_eq!(answer(&played), Some(retries), "{what}");
        // The client knows nothing of the change, so its second ClientHello is another one.
        let fault = played.server_fault();
        let changed = retries && fault == Some(Fault::SecondHelloChanged);
        assert!(fault.is_none() || changed, "{what}: {fault:?}");
    }
}

#[test]
fn what_is_not_allowed_is_refused() {
    let cast = Cast::new();
    let cases: [(&str, Change, Fault); 9] = [
        (
            "SSL 3.0",
            |hello| hello.legacy_version = [3, 0],
            Fault::NoCommonVersion,
        ),
        (
            "a fallback",
            |hello| {
                hello.without(ExtensionType::supported_versions);
                hello
                    .suites
                    .extend(CipherSuite::TLS_FALLBACK_SCSV.0.to_be_bytes());
            },
            Fault::InappropriateFallback,
        ),
        (
            "no groups",
            |hello| hello.without(ExtensionType::supported_groups),
            Fault::MissingExtension,
        ),
        (
            "no list of shares",
            |hello| hello.without(ExtensionType::key_share),
            Fault::MissingExtension,
        ),
        (
            "no schemes",
            |hello| hello.without(ExtensionType::signature_algorithms),
            Fault::MissingExtension,
        ),
        (
            "a share of no group of the list",
            |hello| {
                let groups = hello.body(ExtensionType::supported_groups);
                *groups = vec![0, 2, 0x4a, 0x4a];
            },
            Fault::BadKeyShares,
        ),
        (
            "a share twice",
            |hello| {
                let shares = hello.body(ExtensionType::key_share);
                let again = shares[2..].to_vec();
                shares.extend(again);
                let length = u16::try_from(shares.len() - 2).expect("short");
                shares[..2].copy_from_slice(&length.to_be_bytes());
            },
            Fault::BadKeyShares,
        ),
        (
            "records of no size",
            |hello| {
                let limit = (ExtensionType::record_size_limit.0, vec![0, 63]);
                hello.extensions.push(limit);
            },
            Fault::RecordSizeLimitTooSmall,
        ),
        (
            "a share that is no point",
            |hello| hello.body(ExtensionType::key_share)[6..].fill(0),
            Fault::BadKeyShare,
        ),
    ];
    for (what, change, fault) in cases {
        let played = changed(Duo::new(&cast), change);
        assert_eq!(played.server_fault(), Some(fault), "{what}");
        assert_eq!(answer(&played), None, "{what}");
    }
}

/// property 7, RFC 8446 section 4.2.8.1: nothing is computed with a public key of another length than the prime.
#[test]
fn a_share_of_a_finite_field_has_the_length_of_its_prime() {
    let cast = Cast::new();
    let provider = premaster_crypto_classic::extend(premaster_crypto_ring::provider());
    let provider = Arc::new(provider);
    let changes: [Change; 2] = [
        |hello| hello.body(ExtensionType::key_share).insert(6, 0),
        |hello| {
            hello.body(ExtensionType::key_share).remove(6);
        },
    ];
    for change in changes {
        let mut duo = Duo::with(&cast, &provider);
        duo.server.groups.clear();
        duo.client.key_shares = vec![NamedGroup::ffdhe2048];
        let played = changed(duo, move |hello| {
            change(hello);
            let shares = hello.body(ExtensionType::key_share);
            for at in [0, 4] {
                let length = u16::try_from(shares.len() - at - 2).expect("short");
                shares[at..at + 2].copy_from_slice(&length.to_be_bytes());
            }
        });
        assert_eq!(played.server_fault(), Some(Fault::BadKeyShare));
    }
}

/// RFC 8446 section 9.2: what a key would do without is missing once none is chosen.
#[test]
fn who_offers_keys_in_vain_needs_what_a_full_handshake_needs() {
    let cast = Cast::new();
    let cases: [Change; 2] = [
        |hello| hello.without(ExtensionType::signature_algorithms),
        |hello| {
            hello.without(ExtensionType::supported_groups);
            hello.without(ExtensionType::key_share);
        },
    ];
    for change in cases {
        let mut duo = Duo::new(&cast).after_a_first_one();
        duo.server.tickets = false;
        let played = changed(duo, change);
        assert_eq!(played.server_fault(), Some(Fault::MissingExtension));
    }
}

#[test]
fn early_data_without_a_key_is_dropped() {
    let cast = Cast::new();
    let played = changed(Duo::new(&cast), |hello| {
        hello
            .extensions
            .push((ExtensionType::early_data.0, Vec::new()));
    });
    assert_eq!(answer(&played), Some(false));
    assert!(played.orders.contains(&"skip 16384".to_owned()));
    assert!(!played.orders.contains(&"Received early data".to_owned()));
}

/// property 19: whoever would have spoken TLS 1.3 says so.
#[test]
fn a_lowered_version_is_told_by_the_random() {
    let cast = Cast::new();
    let played = changed(Duo::new(&cast), |hello| {
        hello.without(ExtensionType::supported_versions);
    });
    let (_, message) = &played.said[1];
    let hello = ServerHello::decode(&message[4..]).expect("ServerHello");
    assert_eq!(hello.legacy_version, ProtocolVersion::TLSv1_2);
    assert!(hello.random.ends_with(Random::DOWNGRADE_TLS12));
    let outcome = played
        .client
        .expect("an outcome")
        .map_err(|error| error.fault());
    assert_eq!(outcome.err(), Some(Fault::DowngradeDetected));
}

/// RFC 8446 section 4.2.3, RFC 8446 section 4.2.4: in each version.
#[test]
fn who_chooses_a_certificate_hears_what_the_client_accepts_in_it() {
    use SignatureScheme as S;
    let cast = Cast::new();
    for version in [ProtocolVersion::TLSv1_2, ProtocolVersion::TLSv1_3] {
        for apart in [vec![], vec![S::ed25519, S::rsa_pkcs1_sha384]] {
            let Duo {
                mut client,
                mut server,
                mut server_host,
                ..
            } = Duo::new(&cast);
            client.versions = vec![version];
            client.certificate_schemes.clone_from(&apart);
            server.versions = vec![version];
            let listed = client.schemes.clone();
            let (clock, limits) = (|| server_host.clock.shared(), Limits::default());
            let target = Target::dns(NAME);
            let mut client = Handshake::client(
                Arc::new(client),
                target,
                clock(),
                limits,
                Default::default(),
            );
            let mut victim = Handshake::server(clock(), limits, Default::default());
            server_host.policy = Arc::new(server);
            // It looks for a session first.
            while let Some(question) = client.next_question() {
                client
                    .accept(server_host.answer(question))
                    .expect("its own");
            }
            let Some(Order::Send(hello)) = client.next_order() else {
                panic!("no ClientHello");
            };
            victim.deliver(Incoming::Message(hello));
            let question = loop {
                match victim.next_question().expect("a question") {
                    Question::ChooseCredential(asked) => break asked.question,
                    other => victim.accept(server_host.answer(other)).expect("its own"),
                }
            };
            let expected = match apart.is_empty() {
                true => &listed,
                false => &apart,
            };
            assert_eq!(&question.certificate_schemes, expected, "{version}");
        }
    }
}

/// RFC 8449 section 4: the limit is one of all protected records, those of the handshake too.
#[test]
fn records_are_limited_as_soon_as_both_have_said_how() {
    let cast = Cast::new();
    for early in [false, true] {
        let mut duo = Duo::new(&cast);
        duo.client.early_data = early;
        duo.server.early_data = 1_000;
        duo.client.record_size_limit = Some(1_000);
        duo.server.record_size_limit = Some(2_000);
        let played = duo.after_a_first_one().play();
        let orders = &played.client_orders;
        let at = |what| orders.iter().position(|order| order == what);
        let keys = at("Received handshake").expect("keys");
        assert_eq!(at("send 2000 receive 1000"), Some(keys + 1), "{orders:?}");
        let limits = orders.iter().filter(|order| order.starts_with("send "));
        assert_eq!(limits.count(), 1);
    }
}

#[test]
fn extensions_stand_in_one_order() {
    let cast = Cast::new();
    for announces in [false, true] {
        let mut duo = Duo::new(&cast);
        duo.client.early_data = true;
        duo.server.early_data = 1_000;
        duo.client.alpn = vec![b"h2".to_vec()];
        duo.server.alpn = vec![b"h2".to_vec()];
        duo.client.record_size_limit = Some(1_000);
        duo.server.record_size_limit = Some(2_000);
        let mut duo = duo.after_a_first_one();
        duo.server.announce_groups = announces;
        duo.server.groups = vec![NamedGroup::x25519, NamedGroup::secp521r1];
        let played = duo.play();
        assert_eq!(played.server_facts().early_data, Some(EarlyData::Accepted));
        let hello = ServerHello::decode(&played.said[1].1[4..]).expect("ServerHello");
        let types: Vec<_> = hello.extensions.expect("extensions").types().collect();
        let expected = [
            ExtensionType::pre_shared_key,
            ExtensionType::key_share,
            ExtensionType::supported_versions,
        ];
        assert_eq!(types, expected);
        let encrypted = EncryptedExtensions::decode(&played.said[2].1[4..]).expect("extensions");
        let mut expected = vec![
            ExtensionType::supported_groups,
            ExtensionType::record_size_limit,
            ExtensionType::application_layer_protocol_negotiation,
            ExtensionType::early_data,
        ];
        if !announces {
            expected.remove(0);
        }
        let types: Vec<_> = encrypted.extensions.types().collect();
        assert_eq!(types, expected);
        let announced = encrypted.extensions.iter().find_map(|extension| {
            assert!(expected.contains(&extension.extension_type()));
            match extension {
                EncryptedExtension::SupportedGroups(list) => Some(list.iter().collect::<Vec<_>>()),
                _ => None,
            }
        });
        let all = vec![NamedGroup::x25519, NamedGroup::secp521r1];
        assert_eq!(announced, announces.then_some(all));
    }
}
