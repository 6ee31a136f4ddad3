//! The honest scenes: whatever a forger lies about elsewhere, this is where it starts from.

use premaster_testkit::scene::{Played, Scene};
use premaster_testkit::{Cast, Said, Step};
use premaster_wire::{ExtensionType, HandshakeType};

fn completes(scene: Scene) -> Played {
    let played = scene.play();
    assert!(played.facts().is_some(), "{:?}", played.error());
    assert_eq!(played.forger.heard_finished, Some(true));
    played
}

#[test]
fn an_honest_server_completes_with_our_client() {
    let played = completes(Cast::new().against_client());
    assert!(played.facts().unwrap().extended_master_secret);
}

#[test]
fn an_honest_client_completes_with_our_server() {
    let cast = Cast::new();
    completes(cast.against_server());
    let played = completes(cast.against_strict_server());
    assert_eq!(played.facts().unwrap().peer_certificates.len(), 2);
}

#[test]
fn honest_peers_resume_with_both() {
    let cast = Cast::new();
    let client = completes(cast.against_resuming_client());
    assert!(client.facts().unwrap().resumed.is_some());
    let server = completes(cast.against_resuming_server());
    assert!(server.facts().unwrap().resumed.is_some());
}

#[test]
fn without_extended_master_secret_the_older_derivation_is_used() {
    let cast = Cast::new();
    for mut scene in [cast.against_client(), cast.against_server()] {
        scene.plan.without(ExtensionType::extended_master_secret);
        let played = completes(scene);
        assert!(!played.facts().unwrap().extended_master_secret);
    }
}

#[test]
fn every_suite_and_group_of_the_provider_completes_with_a_forger() {
    let cast = Cast::new();
    for suite in &cast.world.provider.suites {
        for group in &cast.world.provider.groups {
            let mut scene = cast.against_client();
            scene.plan.suite = suite.id;
            scene.plan.group = group.id();
            if suite.authentication == premaster_crypto::Authentication::Rsa {
                scene.plan.chain.clone_from(&cast.rsa.chain);
                scene.plan.key = Some(cast.rsa.key(&cast.world.provider));
                scene.plan.scheme = 0x0804;
            }
            let played = completes(scene);
            assert_eq!(played.facts().unwrap().suite.id, suite.id);
        }
    }
}

#[test]
fn a_forger_can_say_every_type_of_message() {
    let cast = Cast::new();
    let (_, mut forger, _, _) = cast.against_client().begin();
    for kind in 0..=255 {
        let step = Step::Message(HandshakeType(kind));
        let Said::Message(bytes) = forger.say(step) else {
            panic!("a message")
        };
        let length = u32::from_be_bytes([0, bytes[1], bytes[2], bytes[3]]);
        assert_eq!((bytes[0], bytes.len()), (kind, 4 + length as usize));
    }
}
