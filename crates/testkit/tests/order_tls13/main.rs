//! TLS 1.3: only the RFC's sequences complete. For every script, at every step, everything else is said.
//!
//! The forger computes binders, signatures and Finished over what was really said, so a victim that let a wrong message
//! pass would go on to complete the handshake.

mod established;
mod figure;
mod scripts;

use premaster_crypto::Side;
use premaster_handshake::Fault;
use premaster_testkit::figure::variants;
use premaster_testkit::scene::{Played, Scene};
use premaster_testkit::tls13::Forger;
use premaster_testkit::{Cast, Step};
use premaster_wire::{AlertDescription, HandshakeType as Type};

use scripts::{Script, scripts};

/// A client that does not know yet that this is TLS 1.3 ignores HelloRequest (RFC 5246 section 7.4.1.1).
fn is_ignored(scene: &Scene<Forger>, at: usize, step: Step) -> bool {
    scene.victim == Side::Client && at == 0 && step == Step::Message(Type::hello_request)
}

fn is_out_of_order(played: &Played<Forger>, what: &str) {
    let error = played.error().unwrap_or_else(|| panic!("{what}: no error"));
    let order = [Fault::UnexpectedMessage, Fault::UnexpectedChangeCipherSpec];
    assert!(order.contains(&error.fault()), "{what}: {error}");
    assert_eq!(
        error.alert(),
        AlertDescription::unexpected_message,
        "{what}"
    );
}

/// Whether the handshake was good, and the authentication after it if there is to be one.
fn has_completed(script: &Script, played: &Played<Forger>) -> bool {
    let authentications = played.victim.authentications.len();
    played.facts().is_some() && authentications == script.course.authentications()
}

/// property 4: each script goes on to its end, and what our side says on the way follows the figure too.
#[test]
fn each_script_completes_as_the_figure_has_it() {
    let cast = Cast::new();
    for script in scripts() {
        let (name, scene) = (script.name, (script.scene)(&cast));
        let own_lines = script.course.lines(scene.victim);
        let played = scene.play();
        assert!(
            has_completed(&script, &played),
            "{name}: {:?}",
            played.error()
        );
        let resumed = played.facts().and_then(|facts| facts.resumed);
        assert_eq!(resumed, script.resumes(&cast), "{name}");
        assert_eq!(played.forger.heard_finished, Some(true), "{name}");
        let mut said = played.victim.said.clone();
        // For middleboxes (RFC 8446 appendix D.4); and tickets are nobody's turn.
        let aside = [
            Step::ChangeCipherSpec,
            Step::Message(Type::new_session_ticket),
        ];
        said.retain(|step| !aside.contains(step));
        assert!(own_lines.follows(&said), "{name}: {said:?}");
    }
}

/// property 4: at every step of every script, every message that the figure does not have there is refused with
/// unexpected_message, and every message that it has is taken.
#[test]
fn at_every_step_all_other_messages_are_refused() {
    let cast = Cast::new();
    let mut refused = 0;
    for script in scripts() {
        let scene = (script.scene)(&cast);
        let figure = script.course.lines(scene.victim.other());
        let honest = scene.script;
        for (at, place) in figure.places(&honest).into_iter().enumerate() {
            for step in Step::everything() {
                let mut scene = (script.scene)(&cast);
                let what = format!("{}: {step:?} as step {at}", script.name);
                let ignored = is_ignored(&scene, at, step);
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
    assert!(refused > 1_500, "{refused}");
}

/// property 4: a sequence with one step left out, said twice (at once or anywhere later), or two of them swapped never
/// completes, unless the figure has it so.
#[test]
fn sequences_with_a_step_omitted_repeated_or_swapped_never_complete() {
    let cast = Cast::new();
    for script in scripts() {
        let scene = (script.scene)(&cast);
        let figure = script.course.lines(scene.victim.other());
        for variant in variants(&scene.script) {
            let mut scene = (script.scene)(&cast);
            scene.script.clone_from(&variant);
            let what = format!("{}: {variant:?}", script.name);
            let legal = figure.follows(&variant);
            let played = scene.play();
            match legal {
                true => assert!(
                    has_completed(&script, &played),
                    "{what}: {:?}",
                    played.error()
                ),
                // Without its end a sequence waits for ever, which is no completion.
                false if played.error().is_none() => {
                    assert!(!has_completed(&script, &played), "{what}");
                }
                false => is_out_of_order(&played, &what),
            }
        }
    }
}

/// property 5: where a certificate is required, no sequence that leaves out Certificate or CertificateVerify completes, or
/// leaves them empty, although its Finished would be right.
#[test]
fn a_required_client_certificate_cannot_be_talked_around() {
    let cast = Cast::new();
    let (certificate, verify) = (
        Step::Message(Type::certificate),
        Step::Message(Type::certificate_verify),
    );
    let flights: [&[Step]; 4] = [&[], &[verify], &[certificate], &[verify, certificate]];
    for retried in [false, true] {
        for flight in flights {
            let mut scene = cast.modern_against_strict_server();
            let (hello, finished) = (scene.script[0], Step::Message(Type::finished));
            scene.script = [&[hello], flight, &[finished]].concat();
            if retried {
                scene = cast.modern_retried(scene);
            }
            is_out_of_order(&scene.play(), &format!("{flight:?}"));
        }
        let mut scene = cast.modern_against_strict_server();
        scene.plan.chain.clear();
        if retried {
            scene = cast.modern_retried(scene);
        }
        let fault = scene.play().error().map(premaster_handshake::Error::fault);
        assert_eq!(fault, Some(Fault::NoClientCertificate));
    }
}
