//! Only the RFC's sequences complete: for every script, at every step, everything else is said.
//!
//! The forger computes Finished and signatures over what was really said, so a victim that let a
//! wrong message pass would go on to complete the handshake.

mod figure;
mod scripts;

use premaster_handshake::{ClientAuth, Fault};
use premaster_testkit::figure::variants;
use premaster_testkit::scene::{Played, Scene, listen};
use premaster_testkit::{Cast, Step};
use premaster_wire::{AlertDescription, HandshakeType as Type};

use Step::ChangeCipherSpec as CCS;
use scripts::scripts;

/// A client ignores HelloRequest while it handshakes (RFC 5246 section 7.4.1.1).
fn is_ignored(scene: &Scene, step: Step) -> bool {
    scene.victim == premaster_crypto::Side::Client && step == Step::Message(Type::hello_request)
}

fn is_out_of_order(played: &Played, what: &str) {
    let error = played.error().unwrap_or_else(|| panic!("{what}: no error"));
    let order = [Fault::UnexpectedMessage, Fault::UnexpectedChangeCipherSpec];
    assert!(order.contains(&error.fault()), "{what}: {error}");
    assert_eq!(
        error.alert(),
        AlertDescription::unexpected_message,
        "{what}"
    );
}

/// property 4: each script goes on to its end, and what our side says on the way follows the figure too.
#[test]
fn each_script_completes_as_the_figure_has_it() {
    let cast = Cast::new();
    for script in scripts() {
        let (name, scene) = (script.name, (script.scene)(&cast));
        let own_lines = script.own_lines(&scene);
        let played = scene.play();
        assert!(played.facts().is_some(), "{name}: {:?}", played.error());
        assert_eq!(played.forger.heard_finished, Some(true), "{name}");
        let said = &played.victim.said;
        assert!(own_lines.follows(said), "{name}: {said:?}");
    }
}

/// property 4: at every step of every script, every message that the figure does not have there
/// is refused with unexpected_message, and every message that it has is taken.
#[test]
fn at_every_step_all_other_messages_are_refused() {
    let cast = Cast::new();
    let mut refused = 0;
    for script in scripts() {
        let scene = (script.scene)(&cast);
        let (figure, honest) = (script.figure(&scene), scene.script);
        for (at, place) in figure.places(&honest).into_iter().enumerate() {
            for step in Step::everything() {
                let mut scene = (script.scene)(&cast);
                let what = format!("{}: {step:?} as step {at}", script.name);
                let ignored = is_ignored(&scene, step);
                scene.script = [&honest[..at], &[step]].concat();
                let played = scene.play();
                if figure.allows(place, step) || ignored {
                    assert!(played.error().is_none(), "{what}: {:?}", played.error());
                    continue;
                }
                is_out_of_order(&played, &what);
                assert_eq!(played.said, at + 1, "{what}: not before");
                refused += 1;
            }
        }
    }
    assert!(refused > 1_000, "{refused}");
}

/// property 4: a sequence with one step left out, said twice (at once or anywhere later), or two of them swapped
/// never completes, unless the figure has it so.
#[test]
fn sequences_with_a_step_omitted_repeated_or_swapped_never_complete() {
    let cast = Cast::new();
    for script in scripts() {
        let scene = (script.scene)(&cast);
        let (figure, honest) = (script.figure(&scene), scene.script);
        for variant in variants(&honest) {
            let mut scene = (script.scene)(&cast);
            scene.script.clone_from(&variant);
            let what = format!("{}: {variant:?}", script.name);
            let legal = figure.follows(&variant);
            let played = scene.play();
            match legal {
                true => assert!(played.facts().is_some(), "{what}: {:?}", played.error()),
                // Without its end a sequence waits for ever, which is no completion.
                false if played.error().is_none() => assert!(played.facts().is_none(), "{what}"),
                false => is_out_of_order(&played, &what),
            }
        }
    }
}

/// property 3: a ChangeCipherSpec at any step but its own is refused, and installs nothing.
#[test]
fn an_early_change_cipher_spec_never_installs_keys() {
    let cast = Cast::new();
    for script in scripts() {
        let honest = (script.scene)(&cast).script;
        let own = honest.iter().position(|step| *step == CCS).unwrap();
        for at in (0..=honest.len()).filter(|at| *at != own) {
            let mut scene = (script.scene)(&cast);
            scene.script = [&honest[..at], &[CCS], &honest[at..]].concat();
            let what = format!("{}: ChangeCipherSpec as step {at}", script.name);
            let played = scene.play();
            if at == honest.len() {
                // All is over before: that is for the connection to refuse.
                assert!(played.facts().is_some(), "{what}");
                continue;
            }
            is_out_of_order(&played, &what);
            let keys = played.victim.has_receive_keys();
            assert_eq!(keys, at > own, "{what}: no keys but those of its own step");
        }
    }
}

/// property 3: the keys are there before the ChangeCipherSpec, and wait for it.
#[test]
fn keys_are_installed_by_the_one_change_cipher_spec_and_by_nothing_else() {
    let cast = Cast::new();
    for script in scripts() {
        let (mut victim, mut forger, steps, mut change) = (script.scene)(&cast).begin();
        for step in steps {
            listen(&mut forger, &mut victim);
            let before = victim.has_receive_keys();
            victim.deliver(&change.say(&mut forger, step));
            let after = victim.has_receive_keys();
            assert_eq!(before != after, step == CCS, "{}: {step:?}", script.name);
        }
    }
}

/// property 5: where a certificate is required, no sequence that leaves out Certificate or
/// CertificateVerify completes, or leaves them empty, although its Finished would be right.
#[test]
fn a_required_client_certificate_cannot_be_talked_around() {
    let cast = Cast::new();
    let (certificate, exchange, verify) = (
        Step::Message(Type::certificate),
        Step::Message(Type::client_key_exchange),
        Step::Message(Type::certificate_verify),
    );
    let flights: [&[Step]; 6] = [
        &[exchange],
        &[exchange, verify],
        &[certificate, exchange],
        &[verify, exchange],
        &[certificate, verify, exchange],
        &[exchange, certificate, verify],
    ];
    for flight in flights {
        let mut scene = cast.against_strict_server();
        let (hello, finish) = (scene.script[0], [CCS, Step::Message(Type::finished)]);
        scene.script = [&[hello], flight, &finish].concat();
        is_out_of_order(&scene.play(), &format!("{flight:?}"));
    }
}

/// property 5, a resumed session: it has to know the certificate that is required.
#[test]
fn a_session_without_client_certificate_does_not_stand_in_for_one() {
    let cast = Cast::new();
    let mut scene = cast.against_resuming_server();
    scene.server.client_auth = ClientAuth::Required {
        authorities: Vec::new(),
    };
    let played = scene.play();
    // A full handshake was begun: the ChangeCipherSpec of the abbreviated one is out of place.
    is_out_of_order(&played, "resumed");
    assert!(!played.victim.has_receive_keys());
}
