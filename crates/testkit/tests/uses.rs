//! What has to be said by name: suites of old, and a key that both signs and decrypts.

use std::sync::Arc;

use premaster_connection::tls::{Next, Options};
use premaster_connection::{
    ClientConfig, ConfigError, Credential, Error, Fault, ServerConfig, credential,
    decrypting_credential,
};
use premaster_crypto::{Authentication, CLASSIC_SUITES, Provider, SUITES, Side, Suite};
use premaster_handshake::{ClientPolicy, ServerPolicy};
use premaster_testkit::cell::{NAME, World};
use premaster_testkit::pair::{connect, receive, transmit};
use premaster_testkit::pki::{Issued, KeyKind};
use premaster_testkit::{Cast, Pair, Wire};
use premaster_trust::{Certificate, TrustError, Verified, Verifier, VerifyRequest};
use premaster_wire::{
    AlertDescription, CipherSuite, ClientHello, ClientHelloExtension, Decode, ExtensionType,
    split_message,
};
use rcgen::KeyUsagePurpose::{DigitalSignature, KeyCertSign, KeyEncipherment};

fn default_client(world: &World) -> Arc<ClientConfig> {
    let verifier = world.authority.verifier(&world.provider);
    let client = ClientConfig::builder(Arc::clone(&world.provider), verifier);
    Arc::new(client.build().unwrap())
}

/// property 13: a suite of key transport, DHE or CBC is offered and accepted by nobody who has not named it, though the
/// provider has all that it needs.
#[test]
fn no_classic_suite_is_reached_without_its_name() {
    let cast = Cast::new();
    let provider = &cast.world.provider;
    assert!(CLASSIC_SUITES.iter().all(|suite| provider.supports(suite)));
    let policies = [
        ClientPolicy::new(Arc::clone(provider)).suites,
        ServerPolicy::new(Arc::clone(provider)).suites,
        provider.suites.clone(),
    ];
    let mut hello = transmit(&mut connect(
        &default_client(&cast.world),
        NAME,
        Options::default(),
    ))
    .unwrap();
    let hello = hello.split_off(5);
    let hello = ClientHello::decode(split_message(&hello).unwrap().1).unwrap();
    for suite in CLASSIC_SUITES {
        for policy in &policies {
            assert!(!policy.contains(&suite), "{}", suite.name);
        }
        let offered = hello.cipher_suites.contains(&CipherSuite(suite.id));
        assert!(!offered, "{}", suite.name);
        is_refused_by_default(&cast, suite);
    }
    let kinds: Vec<_> = hello.extensions().types().collect();
    assert!(!kinds.contains(&ExtensionType::encrypt_then_mac));
    let fields = hello.extensions().iter().any(|extension| match extension {
        ClientHelloExtension::SupportedGroups(list) => list.iter().any(|group| group.0 >= 256),
        _ => false,
    });
    assert!(!fields, "no finite field is listed for nothing");
}

/// By our server, whichever key it has, and by our client.
fn is_refused_by_default(cast: &Cast, suite: &'static Suite) {
    let provider = &cast.world.provider;
    let both = cast.rsa.credential(provider);
    let key = Some(cast.rsa.decryption_key(provider));
    let both = both.dangerous_also_decrypting(key).unwrap();
    let credentials = [
        cast.server.credential(provider),
        both,
        cast.decryption.decrypting_credential(provider),
    ];
    for credential in credentials {
        let mut scene = cast.in_a_field(cast.against_server());
        scene.server.suites = ServerPolicy::new(Arc::clone(provider)).suites;
        (scene.plan.suites, scene.plan.suite) = (vec![suite.id], suite.id);
        scene.host.credential = Some(Arc::new(credential));
        let played = scene.play();
        assert_eq!(
            played.victim.fault(),
            Some(Fault::NoCommonSuite),
            "{}",
            suite.name
        );
    }
    let mut scene = cast.in_a_field(cast.against_client());
    scene.client.suites = ClientPolicy::new(Arc::clone(provider)).suites;
    scene.plan.suite = suite.id;
    let played = scene.play();
    assert_eq!(
        played.victim.fault(),
        Some(Fault::SuiteNotOffered),
        "{}",
        suite.name
    );
}

/// property 13: whatever a server answers, and whatever the client finds wrong itself, the client says no more: it
/// does not come back with an older version, another suite or fewer extensions.
#[test]
fn a_client_that_failed_never_tries_again() {
    let world = World::new();
    let config = default_client(&world);
    for code in (0..=255).map(AlertDescription) {
        // close_notify is no failure, but an end all the same.
        let mut alert = vec![21, 3, 3, 0, 2, 2, code.0];
        ends_for_good(&config, &mut alert);
    }
    for bytes in [
        &b"HTTP/1.1 400 Bad Request"[..],
        &[22, 3, 3, 0, 4, 99, 0, 0, 0],
        &[20, 3, 3, 0, 1, 1],
    ] {
        ends_for_good(&config, &mut bytes.to_vec());
    }
}

fn ends_for_good(config: &Arc<ClientConfig>, answer: &mut Vec<u8>) {
    let mut client = connect(config, NAME, Options::default());
    assert!(!transmit(&mut client).unwrap().is_empty());
    receive(&mut client, answer).unwrap_err();
    let last = transmit(&mut client).unwrap_or_default();
    // Nothing, or an alert of our own.
    assert!(last.is_empty() || last[0] == 21, "{answer:?}: {last:?}");
    assert!(last.len() <= 7, "{answer:?}");
    assert!(matches!(client.next_step(), Next::Closed), "{answer:?}");
}

/// A server with these credentials and suites.
fn server(
    provider: &Arc<Provider>,
    credentials: Vec<Credential>,
    suites: &[&str],
) -> Result<Arc<ServerConfig>, ConfigError> {
    let mut credentials = credentials.into_iter();
    let first = credentials.next().expect("one at least");
    let builder = ServerConfig::builder(Arc::clone(provider), first);
    let builder = credentials.fold(
        builder,
        premaster_connection::ServerConfigBuilder::credential,
    );
    builder.suites(suites.iter().copied()).build().map(Arc::new)
}

const SIGNS: &str = "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256";
const DECRYPTS: &str = "TLS_RSA_WITH_AES_128_GCM_SHA256";

/// property 12: one key in two credentials, to sign and to decrypt, is refused; by its dangerous name it is not.
#[test]
fn one_key_does_not_sign_and_decrypt_unless_named() {
    let world = World::new();
    let provider = &world.provider;
    let usages = [DigitalSignature, KeyEncipherment];
    let issued = world.authority.with_usages(NAME, KeyKind::Rsa2048, &usages);
    // Another certificate for the same key is no other key.
    let again = world
        .authority
        .with_usages(NAME, KeyKind::Rsa2048, &[KeyEncipherment]);
    for decrypts in [&issued, &again] {
        for turned in [false, true] {
            let mut list = vec![
                issued.credential(provider),
                decrypts.decrypting_credential(provider),
            ];
            if turned {
                list.reverse();
            }
            let refused = server(provider, list, &[SIGNS, DECRYPTS]);
            assert!(
                matches!(refused, Err(ConfigError::KeyWithTwoUses)),
                "{refused:?}"
            );
        }
    }
    let both = issued.credential(provider);
    let both = both.dangerous_also_decrypting(Some(issued.decryption_key(provider)));
    let named = server(provider, vec![both.unwrap()], &[SIGNS, DECRYPTS]).unwrap();
    for suite in [SIGNS, DECRYPTS] {
        assert!(talk(&world, &named, suite).is_some(), "{suite}");
    }
}

/// property 12: a server whose suites no key of its own can serve is refused when it is made.
#[test]
fn a_suite_needs_a_key_of_its_own_use() {
    let world = World::new();
    let provider = &world.provider;
    let issue = |kind| world.authority.server(NAME, kind);
    let signing = |kind| issue(kind).credential(provider);
    let decrypting = || issue(KeyKind::RsaDecryption).decrypting_credential(provider);
    let without = |list, suite: &'static str| {
        let refused = server(provider, list, &[suite]);
        matches!(refused, Err(ConfigError::SuiteWithoutCertificate { suite: named, .. }) if named == suite)
    };
    assert!(without(vec![signing(KeyKind::Rsa2048)], DECRYPTS));
    assert!(without(vec![signing(KeyKind::P256)], DECRYPTS));
    assert!(without(vec![signing(KeyKind::P256)], SIGNS));
    assert!(without(vec![decrypting()], SIGNS));
    assert!(server(provider, vec![decrypting()], &[DECRYPTS]).is_ok());
}

/// property 12: a certificate that does not allow what its key is for makes no credential.
#[test]
fn a_credential_is_made_only_of_a_certificate_that_allows_its_use() {
    let world = World::new();
    let provider = &world.provider;
    let issue = |usages: &[_]| world.authority.with_usages(NAME, KeyKind::Rsa2048, usages);
    let signs = |issued: &Issued| credential(issued.chain.clone(), issued.key(provider)).is_ok();
    let decrypts = |issued: &Issued| {
        decrypting_credential(issued.chain.clone(), issued.decryption_key(provider)).is_ok()
    };
    for (usages, may_sign, may_decrypt) in [
        (&[DigitalSignature][..], true, false),
        (&[KeyEncipherment], false, true),
        (&[DigitalSignature, KeyEncipherment], true, true),
        (&[KeyCertSign], false, false),
        (&[], true, true),
    ] {
        let issued = issue(usages);
        let found = (signs(&issued), decrypts(&issued));
        assert_eq!(found, (may_sign, may_decrypt), "{usages:?}");
    }
}

/// Somebody who looks at nothing.
#[derive(Debug)]
struct Credulous;

impl Verifier for Credulous {
    fn verify(&self, request: &VerifyRequest<'_>) -> Result<Verified, TrustError> {
        let leaf = Certificate::parse(&request.chain[0]).expect("a certificate");
        Ok(Verified::assert(leaf.spki()))
    }

    fn isolation(&self) -> [u8; 32] {
        [7; 32]
    }
}

/// property 12: whoever verifies, a certificate has the last word on what its key is for. The server here is a forger:
/// ours would not be made.
#[test]
fn a_certificate_has_the_last_word_on_the_use_of_its_key() {
    let cast = Cast::new();
    let provider = Arc::clone(&cast.world.provider);
    let client = ClientConfig::builder(provider, Arc::new(Credulous));
    let client = Arc::new(client.suites([SIGNS, DECRYPTS]).build().unwrap());
    let issue = |kind, usages: &[_]| cast.world.authority.with_usages(NAME, kind, usages).chain;
    let transport = cast.by_transport(cast.against_client());
    let field = cast.in_a_field(cast.against_client());
    let cases = [
        (&transport, KeyKind::RsaDecryption, KeyEncipherment, true),
        (&transport, KeyKind::RsaDecryption, DigitalSignature, false),
        (&field, KeyKind::Rsa2048, DigitalSignature, true),
        (&field, KeyKind::Rsa2048, KeyEncipherment, false),
    ];
    for (scene, kind, usage, completes) in cases {
        let mut plan = scene.plan.clone();
        plan.chain = issue(kind, &[usage]);
        let connection = connect(&client, NAME, Options::default());
        let mut wire = Wire::new(connection, Side::Server, plan);
        wire.play(&scene.script, |bytes| vec![bytes.to_vec()]);
        let facts = wire.victim.connection.facts();
        assert_eq!(facts.is_some(), completes, "{kind:?}");
        if !completes {
            let error = wire.victim.error.expect("an error");
            let Error::Handshake(error) = error else {
                panic!("{error}")
            };
            assert_eq!(error.fault(), Fault::IdentityRefused);
        }
    }
}

/// Which certificate a client with this suite alone gets.
fn talk(world: &World, server: &Arc<ServerConfig>, suite: &str) -> Option<Vec<u8>> {
    let verifier = world.authority.verifier(&world.provider);
    let client = ClientConfig::builder(Arc::clone(&world.provider), verifier);
    let client = Arc::new(client.suites([suite]).build().unwrap());
    let mut pair = Pair::new(&client, server, NAME);
    pair.handshake().ok()?;
    Some(pair.client.facts()?.peer_certificates[0].clone())
}

/// property 12: with a key of each kind, each suite gets its own and never the other's.
#[test]
fn each_suite_gets_the_key_that_is_made_for_it() {
    let world = World::new();
    let provider = &world.provider;
    let [rsa, decryption, ecdsa] = [KeyKind::Rsa2048, KeyKind::RsaDecryption, KeyKind::P256]
        .map(|kind| world.authority.server(NAME, kind));
    let list = || {
        vec![
            decryption.decrypting_credential(provider),
            rsa.credential(provider),
            ecdsa.credential(provider),
        ]
    };
    let own = |suite: &Suite| -> &Issued {
        match suite.authentication {
            Authentication::RsaDecryption => &decryption,
            Authentication::Rsa => &rsa,
            _ => &ecdsa,
        }
    };
    let modern = SUITES
        .iter()
        .filter(|suite| provider.suites.contains(suite));
    let suites: Vec<&'static Suite> = CLASSIC_SUITES.iter().chain(modern).collect();
    let names: Vec<_> = suites.iter().map(|suite| suite.name).collect();
    for turned in [false, true] {
        let mut list = list();
        if turned {
            list.reverse();
        }
        let server = server(provider, list, &names).unwrap();
        for suite in &suites {
            let leaf = talk(&world, &server, suite.name);
            assert_eq!(leaf.as_ref(), own(suite).chain.first(), "{}", suite.name);
        }
    }
}
