//! What we say when nobody has configured anything: what is not offered cannot be chosen.

use std::sync::Arc;

use premaster_connection::tls::Options;
use premaster_crypto::{Authentication, BulkCipher, Provider, suite};
use premaster_testkit::cell::{Cell, NAME, World};
use premaster_testkit::pair::{connect, transmit};
use premaster_testkit::{Cast, Said};
use premaster_wire::{
    CipherSuite, ClientHello, ClientHelloExtension, CompressionMethod, Decode, ExtensionType,
    NamedGroup, ProtocolVersion, PskKeyExchangeMode, ServerHello, SignatureScheme, split_message,
};

/// Our ClientHello of TLS 1.2, as it goes over the wire.
fn client_hello() -> Vec<u8> {
    let World { provider, .. } = World::new();
    client_hello_with(provider)
}

fn client_hello_with(provider: Arc<Provider>) -> Vec<u8> {
    let verifier = World::new().authority.verifier(&provider);
    let config = premaster_connection::ClientConfig::builder(provider, verifier);
    let config = Arc::new(config.build().unwrap());
    let mut client = connect(&config, NAME, Options::default());
    transmit(&mut client).unwrap()[5..].to_vec()
}

/// property 16: only the null compression method is offered, and chosen.
#[test]
fn nothing_is_compressed() {
    let message = client_hello();
    let hello = ClientHello::decode(split_message(&message).unwrap().1).unwrap();
    let methods: Vec<_> = hello.compression_methods.iter().collect();
    assert_eq!(methods, [CompressionMethod::null]);

    let cast = Cast::new();
    let mut scene = cast.against_server();
    scene.plan.compression = vec![1, 64, 0];
    let (mut victim, mut forger, script, mut change) = scene.begin();
    victim.deliver(&change.say(&mut forger, script[0]));
    let Some(Said::Message(message)) = victim.take_sent().into_iter().next() else {
        panic!("a ServerHello")
    };
    let hello = ServerHello::decode(split_message(&message).unwrap().1).unwrap();
    assert_eq!(hello.compression_method, CompressionMethod::null);
}

/// properties 4, 12 and 13: by default there is nothing but TLS 1.2 with ephemeral keys and AEADs:
/// no export, anonymous, null, CBC or RC4 suite, no older version, no SHA-1.
#[test]
fn only_what_is_modern_is_offered() {
    let message = client_hello();
    let hello = ClientHello::decode(split_message(&message).unwrap().1).unwrap();
    assert_eq!(hello.legacy_version, ProtocolVersion::TLSv1_2);
    for id in hello.cipher_suites {
        assert_ne!(id, CipherSuite::TLS_FALLBACK_SCSV, "we never fall back");
        let suite = suite(id.0).unwrap_or_else(|| panic!("{id} is offered"));
        assert_ne!(suite.authentication, Authentication::Any);
    }
    for extension in hello.extensions() {
        match extension {
            ClientHelloExtension::SupportedGroups(groups) => {
                let strong = [
                    NamedGroup::x25519,
                    NamedGroup::secp256r1,
                    NamedGroup::secp384r1,
                ];
                assert!(groups.iter().all(|group| strong.contains(&group)));
            }
            ClientHelloExtension::SignatureAlgorithms(schemes) => {
                let weak = |scheme: SignatureScheme| [1, 2, 3].contains(&(scheme.0 >> 8));
                assert!(!schemes.iter().any(weak));
            }
            _ => {}
        }
    }
    let kinds: Vec<_> = hello.extensions().types().collect();
    for absent in [
        ExtensionType::heartbeat,
        ExtensionType::truncated_hmac,
        ExtensionType::max_fragment_length,
        ExtensionType::supported_versions,
    ] {
        assert!(!kinds.contains(&absent), "{absent}");
    }
    for present in [
        ExtensionType::extended_master_secret,
        ExtensionType::renegotiation_info,
    ] {
        assert!(kinds.contains(&present), "{present}");
    }
}

/// properties 4, 12, 13 and 16, with TLS 1.3: the newer version, the same of the older one, and nothing that has to be asked
/// for: no early data, no keys without forward secrecy, no authentication later, no compressed certificates.
#[test]
fn only_what_is_modern_is_offered_with_tls13() {
    let message = client_hello_with(World::new().modern);
    let hello = ClientHello::decode(split_message(&message).unwrap().1).unwrap();
    assert_eq!(hello.legacy_version, ProtocolVersion::TLSv1_2);
    let methods: Vec<_> = hello.compression_methods.iter().collect();
    assert_eq!(methods, [CompressionMethod::null]);
    assert_eq!(hello.session_id.len(), 32, "it looks like a resumption");
    for id in hello.cipher_suites {
        let suite = suite(id.0).unwrap_or_else(|| panic!("{id} is offered"));
        assert!(suite.forward_secret(), "{id}");
        assert!(matches!(suite.cipher, BulkCipher::Aead(_)), "{id}");
    }
    let mut groups = Vec::new();
    let mut shares = Vec::new();
    for extension in hello.extensions() {
        match extension {
            ClientHelloExtension::SupportedVersions(list) => {
                let list: Vec<_> = list.iter().collect();
                assert_eq!(list, [ProtocolVersion::TLSv1_3, ProtocolVersion::TLSv1_2]);
            }
            ClientHelloExtension::SupportedGroups(list) => groups = list.iter().collect(),
            ClientHelloExtension::KeyShare(list) => {
                shares = list.iter().map(|share| share.group).collect();
            }
            ClientHelloExtension::SignatureAlgorithms(schemes) => {
                let weak = |scheme: SignatureScheme| [1, 2, 3].contains(&(scheme.0 >> 8));
                assert!(!schemes.iter().any(weak));
            }
            ClientHelloExtension::PskKeyExchangeModes(list) => {
                let list: Vec<_> = list.iter().collect();
                assert_eq!(list, [PskKeyExchangeMode::psk_dhe_ke]);
            }
            _ => {}
        }
    }
    let strong = [
        NamedGroup::X25519MLKEM768,
        NamedGroup::SecP256r1MLKEM768,
        NamedGroup::x25519,
        NamedGroup::secp256r1,
        NamedGroup::secp384r1,
    ];
    assert!(
        groups.iter().all(|group| strong.contains(group)),
        "{groups:?}"
    );
    let listed: Vec<_> = groups
        .iter()
        .copied()
        .filter(|group| shares.contains(group))
        .collect();
    assert_eq!(listed, shares, "in the order of the groups");
    let kinds: Vec<_> = hello.extensions().types().collect();
    for absent in [
        ExtensionType::heartbeat,
        ExtensionType::truncated_hmac,
        ExtensionType::max_fragment_length,
        ExtensionType::early_data,
        ExtensionType::pre_shared_key,
        ExtensionType::post_handshake_auth,
        ExtensionType::compress_certificate,
        ExtensionType::cookie,
    ] {
        assert!(!kinds.contains(&absent), "{absent}");
    }
}

/// property 13: a client that is refused does not come back with less by itself: its connection
/// is over.
#[test]
fn a_refused_client_does_not_try_again_with_less() {
    let world = World::new();
    let cell = Cell::all()[0];
    let mut client = connect(&world.client(&cell), NAME, Options::default());
    assert!(!transmit(&mut client).unwrap().is_empty());
    // protocol_version
    client.receive(&mut [21, 3, 3, 0, 2, 2, 70]).unwrap_err();
    assert!(transmit(&mut client).unwrap().is_empty());
    assert!(matches!(
        client.next_step(),
        premaster_connection::tls::Next::Closed
    ));
}

/// Two hellos of one configuration differ in their randoms.
#[test]
fn every_hello_has_a_random_of_its_own() {
    let randoms = [client_hello(), client_hello()].map(|message| message[6..38].to_vec());
    assert_ne!(randoms[0], randoms[1]);
    assert!(randoms.iter().all(|random| random[..] != [0; 32]));
}
