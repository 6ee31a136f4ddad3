//! Which signature is believed: its scheme was offered, fits the key, and is the one it was made
//! with. Every scheme that has a name, for every kind of key, on both sides.

use std::sync::Arc;

use premaster_crypto::{CryptoError, Provider, SignatureVerifier, SigningKey};
use premaster_handshake::{Credential, Fault};
use premaster_testkit::cell::NAME;
use premaster_testkit::pki::{Issued, KeyKind};
use premaster_testkit::scene::{Scene, Scripted};
use premaster_testkit::{Cast, tls13};
use premaster_wire::{ExtensionType, SignatureScheme};

/// All schemes that have a name, and some that have none.
fn every_scheme() -> Vec<u16> {
    let named = (0..=u16::MAX).filter(|id| SignatureScheme(*id).name().is_some());
    named.chain([0x0000, 0x0101, 0xfefe]).collect()
}

/// A server with such a key against our client, or a client against our server.
fn scene(cast: &Cast, issued: &Issued, kind: KeyKind, server: bool) -> Scene {
    let mut scene = match server {
        true => cast.against_client(),
        false => cast.against_strict_server(),
    };
    scene.plan.chain.clone_from(&issued.chain);
    scene.plan.key = Some(issued.key(&cast.world.provider));
    if server && kind == KeyKind::Rsa2048 {
        scene.plan.suite = 0xc02f;
    }
    scene
}

/// property 6: whatever scheme a peer names, it is believed only if we offered it and the key
/// made the signature with it.
#[test]
fn a_signature_is_believed_only_under_its_own_offered_scheme() {
    let cast = Cast::new();
    let offered: Vec<_> = cast
        .world
        .provider
        .verifiers
        .iter()
        .map(|one| one.id)
        .collect();
    for kind in KeyKind::ALL {
        for server in [true, false] {
            let issued = match server {
                true => cast.world.authority.server(NAME, kind),
                false => cast.world.authority.client(kind),
            };
            let key = issued.key(&cast.world.provider);
            for made_with in key.schemes() {
                for named in every_scheme() {
                    let mut scene = scene(&cast, &issued, kind, server);
                    (scene.plan.scheme, scene.plan.signs_with) = (named, Some(*made_with));
                    let played = scene.play();
                    let what = format!("{kind:?}: {made_with:#06x} called {named:#06x}");
                    if named == *made_with {
                        assert!(played.facts().is_some(), "{what}: {:?}", played.error());
                        continue;
                    }
                    let fault = played.victim.fault();
                    let expected = match offered.contains(&named) {
                        false => &[Fault::SchemeNotOffered][..],
                        true => &[Fault::SchemeDoesNotFitKey, Fault::BadSignature],
                    };
                    assert!(
                        fault.is_some_and(|f| expected.contains(&f)),
                        "{what}: {fault:?}"
                    );
                }
            }
        }
    }
}

/// The same in TLS 1.3.
fn modern_scene(cast: &Cast, issued: &Issued, server: bool) -> Scene<tls13::Forger> {
    let mut scene = match server {
        true => cast.modern_against_client(),
        false => cast.modern_against_strict_server(),
    };
    scene.plan.chain.clone_from(&issued.chain);
    scene.plan.key = Some(issued.key(&cast.modern));
    scene
}

/// property 6, TLS 1.3: the same, and PKCS #1 v1.5 and other curves than the scheme's are believed under no name.
#[test]
fn a_signature_of_tls13_is_believed_only_under_its_own_offered_scheme() {
    let cast = Cast::new();
    let offered: Vec<_> = cast.modern.verifiers.iter().map(|one| one.id).collect();
    let pkcs1 = |id: u16| [0x0401, 0x0501, 0x0601].contains(&id);
    for kind in KeyKind::ALL {
        for server in [true, false] {
            let issued = match server {
                true => cast.world.authority.server(NAME, kind),
                false => cast.world.authority.client(kind),
            };
            let key = issued.key(&cast.modern);
            for made_with in key.schemes() {
                for named in every_scheme() {
                    let mut scene = modern_scene(&cast, &issued, server);
                    (scene.plan.scheme, scene.plan.signs_with) = (named, Some(*made_with));
                    let played = scene.play();
                    let what = format!("{kind:?}: {made_with:#06x} called {named:#06x}");
                    if named == *made_with && !pkcs1(named) {
                        assert!(played.facts().is_some(), "{what}: {:?}", played.error());
                        continue;
                    }
                    let fault = played.victim.fault();
                    let expected = match offered.contains(&named) {
                        false => &[Fault::SchemeNotOffered][..],
                        true => &[Fault::SchemeDoesNotFitKey, Fault::BadSignature],
                    };
                    assert!(
                        fault.is_some_and(|f| expected.contains(&f)),
                        "{what}: {fault:?}"
                    );
                }
            }
        }
    }
}

/// property 6: a scheme that we know but did not offer this time is not believed either.
#[test]
fn a_scheme_that_was_left_out_is_not_believed() {
    let cast = Cast::new();
    for kind in KeyKind::ALL {
        for server in [true, false] {
            let issued = match server {
                true => cast.world.authority.server(NAME, kind),
                false => cast.world.authority.client(kind),
            };
            let key = issued.key(&cast.world.provider);
            for scheme in key.schemes() {
                let mut scene = scene(&cast, &issued, kind, server);
                scene.plan.scheme = *scheme;
                scene.client.schemes.retain(|known| known.0 != *scheme);
                scene.server.schemes.retain(|known| known.0 != *scheme);
                let fault = scene.play().victim.fault();
                assert_eq!(
                    fault,
                    Some(Fault::SchemeNotOffered),
                    "{kind:?} {scheme:#06x}"
                );
            }
        }
    }
}

/// property 6: our own side signs only with what the peer offers and its key can do, and prefers
/// what its key prefers. SHA-1 and MD5 are never among it.
#[test]
fn no_key_of_ours_offers_a_broken_hash() {
    let cast = Cast::new();
    let provider = &cast.world.provider;
    let broken = |id: u16| [1, 2].contains(&(id >> 8));
    for kind in KeyKind::ALL {
        let key = cast.world.authority.server(NAME, kind).key(provider);
        let key: &dyn SigningKey = &*key;
        assert!(!key.schemes().iter().copied().any(broken), "{kind:?}");
    }
    assert!(!provider.verifiers.iter().any(|one| broken(one.id)));
}

/// A provider that takes a scheme everywhere, and checks under its name what is made under another.
fn lax(provider: &Provider, scheme: u16, made_with: u16) -> Arc<Provider> {
    let mut provider = provider.clone();
    let row = provider
        .verifier(made_with)
        .expect("a scheme of the provider");
    let lax = SignatureVerifier {
        id: scheme,
        name: "lax",
        algorithms: row.algorithms,
        tls13: row.algorithms.first().copied(),
    };
    provider.verifiers.retain(|verifier| verifier.id != scheme);
    provider.verifiers.push(Box::leak(Box::new(lax)));
    Arc::new(provider)
}

/// A key, the scheme that it names and the one that it signs with; is it taken of the server and the client of TLS 1.2, of
/// the server and the client of TLS 1.3?
type Lax = (KeyKind, SignatureScheme, u16, [bool; 4]);

const LAX: [Lax; 5] = {
    use SignatureScheme as S;
    [
        (
            KeyKind::P256,
            S::ecdsa_sha1,
            0x0403,
            [true, true, false, false],
        ),
        (
            KeyKind::Rsa2048,
            S::rsa_pkcs1_sha1,
            0x0401,
            [true, true, false, false],
        ),
        (
            KeyKind::Rsa2048,
            S::rsa_pkcs1_sha512,
            0x0401,
            [true, true, false, false],
        ),
        (
            KeyKind::Rsa2048,
            S::rsa_pkcs1_sha256_legacy,
            0x0401,
            [false, false, false, true],
        ),
        (
            KeyKind::P256,
            S::mldsa65,
            0x0403,
            [false, false, true, true],
        ),
    ]
};

/// property 6: which scheme is legal in which version, and for whom, is not up to a provider: RFC 8446 section 4.2.3, RFC 9963
/// section 3, draft-ietf-tls-mldsa section 3.3.
#[test]
fn a_lax_provider_makes_no_scheme_legal() {
    let cast = Cast::new();
    for (kind, named, made_with, taken) in LAX {
        let whose = [(false, true), (false, false), (true, true), (true, false)];
        for ((modern, server), taken) in whose.into_iter().zip(taken) {
            let issued = match server {
                true => cast.world.authority.server(NAME, kind),
                false => cast.world.authority.client(kind),
            };
            let played = match modern {
                true => {
                    let mut scene = modern_scene(&cast, &issued, server);
                    believe(&mut scene, named, made_with);
                    (scene.plan.scheme, scene.plan.signs_with) = (named.0, Some(made_with));
                    scene.play().victim
                }
                false => {
                    let mut scene = scene(&cast, &issued, kind, server);
                    believe(&mut scene, named, made_with);
                    (scene.plan.scheme, scene.plan.signs_with) = (named.0, Some(made_with));
                    scene.play().victim
                }
            };
            let what = format!("{named} of {kind:?}, TLS 1.3 {modern}, of the server {server}");
            let expected = (!taken).then_some(Fault::SchemeDoesNotFitKey);
            assert_eq!(played.fault(), expected, "{what}");
            assert_eq!(played.has_completed(), taken, "{what}");
        }
    }
}

/// Lets the victim offer the scheme, and its provider take it everywhere.
fn believe<F: Scripted>(scene: &mut Scene<F>, named: SignatureScheme, made_with: u16) {
    let provider = lax(&scene.client.provider, named.0, made_with);
    (scene.client.provider, scene.server.provider) = (Arc::clone(&provider), provider);
    for schemes in [&mut scene.client.schemes, &mut scene.server.schemes] {
        schemes.retain(|scheme| *scheme != named);
        schemes.push(named);
    }
}

/// A key of ECDSA that calls what it signs SHA-1.
#[derive(Debug)]
struct Old(Arc<dyn SigningKey>);

impl SigningKey for Old {
    fn schemes(&self) -> &[u16] {
        &[SignatureScheme::ecdsa_sha1.0]
    }

    fn sign(&self, _: u16, message: &[u8]) -> Result<Vec<u8>, CryptoError> {
        self.0.sign(0x0403, message)
    }

    fn spki(&self) -> Vec<u8> {
        self.0.spki()
    }
}

/// RFC 5246 section 7.4.1.4.1: such a client means SHA-1. RFC 9155 section 4: nobody signs so, for clients that list it neither,
/// unless by name. property 6.
#[test]
fn nothing_is_signed_with_sha1_unless_by_name() {
    let cast = Cast::new();
    type Made = fn(&Credential, Arc<Old>) -> Credential;
    let at_hand: Made = |modern, old| Credential::new(modern.chain().to_vec(), old).expect("one");
    let elsewhere: Made = |modern, old| {
        let schemes = vec![SignatureScheme(0x0103), SignatureScheme::ecdsa_sha1];
        let chain = modern.chain().to_vec();
        Credential::elsewhere(chain, &old.spki(), schemes).expect("one")
    };
    for (listed, made, by_name) in [
        (false, at_hand, true),
        (false, at_hand, false),
        (true, at_hand, true),
        (true, at_hand, false),
        (false, elsewhere, false),
        (true, elsewhere, false),
    ] {
        let mut scene = cast.against_server();
        match listed {
            true => scene
                .plan
                .set(ExtensionType::signature_algorithms, [0, 2, 2, 3]),
            false => scene.plan.without(ExtensionType::signature_algorithms),
        }
        let modern = scene.host.credential.take().expect("a credential");
        let key = Arc::new(Old(Arc::clone(modern.key().expect("a key"))));
        let mut old = made(&modern, key);
        if by_name {
            old = old.dangerous_also_signing_with_sha1();
        }
        scene.host.credential = Some(Arc::new(old));
        let played = scene.play();
        let signed = played.facts().map(|facts| facts.server_scheme);
        let expected = by_name.then_some(Some(SignatureScheme::ecdsa_sha1));
        assert_eq!(signed, expected, "listed {listed}: {:?}", played.error());
        if !by_name {
            assert_eq!(played.victim.fault(), Some(Fault::NoCommonScheme));
        }
    }
}
