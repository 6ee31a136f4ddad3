//! Configurations that could serve nobody are not made; those that could serve somebody do.

use std::sync::Arc;

use premaster_connection::tls::Options;
use premaster_connection::{ClientConfig, ConfigError, Credential, ServerConfig};
use premaster_crypto::Provider;
use premaster_testkit::Pair;
use premaster_testkit::cell::{NAME, World};
use premaster_testkit::pair::{connect, transmit};
use premaster_testkit::pki::KeyKind;
use premaster_wire::{
    ClientCertificateType, ClientHello, ClientHelloExtension, Decode, ExtensionType, NamedGroup,
    SignatureScheme, split_message,
};
use rcgen::KeyUsagePurpose::{DigitalSignature, KeyEncipherment};

const TRANSPORT: &str = "TLS_RSA_WITH_AES_128_GCM_SHA256";
const FIELD: &str = "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256";
const CURVE: &str = "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256";

fn client(world: &World) -> premaster_connection::ClientConfigBuilder {
    let verifier = world.authority.verifier(&world.provider);
    ClientConfig::builder(Arc::clone(&world.provider), verifier)
}

fn server(world: &World, credential: Credential) -> premaster_connection::ServerConfigBuilder {
    ServerConfig::builder(Arc::clone(&world.provider), credential)
}

/// The extensions of a client's hello, and the groups that it lists.
fn extensions(config: ClientConfig) -> (Vec<ExtensionType>, Vec<NamedGroup>) {
    let mut connection = connect(&Arc::new(config), NAME, Options::default());
    let hello = transmit(&mut connection).unwrap().split_off(5);
    let hello = ClientHello::decode(split_message(&hello).unwrap().1).unwrap();
    let listed = hello.extensions().iter().find_map(|extension| {
        let ClientHelloExtension::SupportedGroups(groups) = extension else {
            return None;
        };
        Some(groups.iter().collect())
    });
    (
        hello.extensions().types().collect(),
        listed.unwrap_or_default(),
    )
}

#[test]
fn groups_without_a_suite_for_them_are_refused() {
    let world = World::new();
    let rsa = || {
        world
            .authority
            .server(NAME, KeyKind::Rsa2048)
            .credential(&world.provider)
    };
    let fields = ["ffdhe2048"];
    assert_eq!(
        client(&world).groups(fields).build().unwrap_err(),
        ConfigError::NoSuite
    );
    let refused = server(&world, rsa()).groups(fields).build();
    assert_eq!(refused.unwrap_err(), ConfigError::NoSuite);
    let refused = client(&world).groups(fields).suites([CURVE]).build();
    assert_eq!(
        refused.unwrap_err(),
        ConfigError::SuiteWithoutGroup { suite: CURVE }
    );
    assert!(
        client(&world)
            .groups(fields)
            .suites([FIELD])
            .build()
            .is_ok()
    );
}

#[test]
fn a_key_that_nobody_will_use_is_refused() {
    let world = World::new();
    let decrypting = || {
        let issued = world.authority.server(NAME, KeyKind::RsaDecryption);
        issued.decrypting_credential(&world.provider)
    };
    let refused = server(&world, decrypting()).build().unwrap_err();
    assert!(
        matches!(refused, ConfigError::NoSuiteWithCertificate { .. }),
        "{refused}"
    );
    let refused = client(&world).credential(decrypting()).build().unwrap_err();
    assert_eq!(refused, ConfigError::ClientMustSign);
}

/// property 12: KeyUsage counts however a credential was made.
#[test]
fn a_key_does_what_its_certificate_allows() {
    let world = World::new();
    let issue = |usages: &[_]| world.authority.with_usages(NAME, KeyKind::Rsa2048, usages);
    let signs = issue(&[DigitalSignature]);
    let both = signs.credential(&world.provider);
    let spki = both.spki().to_vec();
    let key = Some(signs.decryption_key(&world.provider));
    let both = both.dangerous_also_decrypting(key).unwrap();
    let elsewhere = Credential::decrypting_elsewhere(signs.chain.clone(), &spki).unwrap();
    let decrypts = issue(&[KeyEncipherment]);
    let schemes = vec![SignatureScheme::rsa_pss_rsae_sha256];
    let signing = Credential::elsewhere(decrypts.chain, &spki, schemes).unwrap();
    for (credential, lacks) in [
        (both, "keyEncipherment"),
        (elsewhere, "keyEncipherment"),
        (signing, "digitalSignature"),
    ] {
        let refused = server(&world, credential)
            .suites([TRANSPORT, CURVE])
            .build();
        match refused.unwrap_err() {
            ConfigError::UseNotAllowed { missing, .. } => assert_eq!(missing, lacks),
            other => panic!("{other}"),
        }
    }
}

/// Who has the key in an HSM needs no code for RSA: only clients encrypt.
#[test]
fn a_server_whose_key_is_elsewhere_needs_no_key_transport_of_its_provider() {
    let world = World::new();
    let issued = world.authority.server(NAME, KeyKind::RsaDecryption);
    let spki = issued.decryption_key(&world.provider).spki();
    let ring = Arc::new(premaster_crypto_ring::provider());
    let credential = Credential::decrypting_elsewhere(issued.chain, &spki).unwrap();
    let server = ServerConfig::builder(Arc::clone(&ring), credential).suites([TRANSPORT]);
    assert!(server.build().is_ok());
    let verifier = world.authority.verifier(&ring);
    let client = ClientConfig::builder(ring, verifier)
        .suites([TRANSPORT])
        .build();
    assert!(matches!(
        client.unwrap_err(),
        ConfigError::UnsupportedSuite { .. }
    ));
}

/// A key for both uses: which suite a client gets depends on what it can check, too.
#[test]
fn a_client_that_accepts_no_signature_of_the_key_still_gets_key_transport() {
    let world = World::new();
    let issued =
        world
            .authority
            .with_usages(NAME, KeyKind::Rsa2048, &[DigitalSignature, KeyEncipherment]);
    let key = Some(issued.decryption_key(&world.provider));
    let both = issued
        .credential(&world.provider)
        .dangerous_also_decrypting(key)
        .unwrap();
    let server = Arc::new(
        server(&world, both)
            .suites([CURVE, TRANSPORT])
            .build()
            .unwrap(),
    );
    let ecdsa_only = {
        let mut provider: Provider = (*world.provider).clone();
        provider
            .verifiers
            .retain(|verifier| verifier.name.starts_with("ecdsa"));
        Arc::new(provider)
    };
    for (provider, suite) in [
        (Arc::clone(&world.provider), CURVE),
        (ecdsa_only, TRANSPORT),
    ] {
        let verifier = world.authority.verifier(&provider);
        let client = ClientConfig::builder(provider, verifier).suites([CURVE, TRANSPORT]);
        let client = Arc::new(client.build().unwrap());
        let mut pair = Pair::new(&client, &server, NAME);
        pair.handshake().unwrap();
        assert_eq!(pair.client.facts().unwrap().suite.name, suite);
    }
}

/// RFC 8422 section 4, RFC 7919 section 3: groups are spoken of where a suite computes in them.
#[test]
fn curves_and_points_are_spoken_of_with_suites_for_them_only() {
    let world = World::new();
    let (groups, points) = (
        ExtensionType::supported_groups,
        ExtensionType::ec_point_formats,
    );
    for (suite, lists, formats) in [
        (TRANSPORT, false, false),
        (FIELD, true, false),
        (CURVE, true, true),
    ] {
        let (kinds, _) = extensions(client(&world).suites([suite]).build().unwrap());
        assert_eq!(kinds.contains(&groups), lists, "{suite}");
        assert_eq!(kinds.contains(&points), formats, "{suite}");
    }
}

/// A list says of curves what the client's own ECDSA key may be on too, so none has fields only.
#[test]
fn a_list_of_fields_has_the_curves_of_keys_too() {
    let world = World::new();
    let (_, listed) = extensions(client(&world).suites([FIELD]).build().unwrap());
    for group in [NamedGroup::secp256r1, NamedGroup::ffdhe2048] {
        assert!(listed.contains(&group), "{group} in {listed:?}");
    }
}

/// RFC 5246 section 7.4.4 and RFC 8422 section 5.1: what a peer has to list for a key to be of use.
#[test]
fn a_credential_names_its_kind_of_key_and_shows_no_more() {
    let world = World::new();
    for (kind, certificate_type, curve) in [
        (KeyKind::Rsa2048, ClientCertificateType::rsa_sign, None),
        (
            KeyKind::P256,
            ClientCertificateType::ecdsa_sign,
            Some(NamedGroup::secp256r1),
        ),
        (
            KeyKind::P384,
            ClientCertificateType::ecdsa_sign,
            Some(NamedGroup::secp384r1),
        ),
    ] {
        let credential = world
            .authority
            .server(NAME, kind)
            .credential(&world.provider);
        assert_eq!(credential.certificate_type(), Some(certificate_type));
        assert_eq!(credential.curve(), curve);
        let shown = format!("{credential:?}");
        assert!(
            shown.starts_with("Credential { kind: ") && shown.len() < 200,
            "{shown}"
        );
    }
}
