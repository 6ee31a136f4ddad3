//! property 10: whatever is wrong with an encrypted premaster secret, the server says and does the same, and
//! writes the same into its logs (RFC 5246 section 7.4.7.1).
//!
//! A server decrypts what anybody sends. If it lets one kind of failure be told from another, or from success, it
//! answers questions about other people's ciphertexts (Bleichenbacher, ROBOT).

mod wrong;

use std::sync::Arc;

use premaster_connection::tls::{Connection, Options, Surface};
use premaster_connection::{Question, Refusal, ServerConfig};
use premaster_crypto::{BulkCipher, CLASSIC_SUITES, KeyExchangeKind, Secret, Side, Suite, suite};
use premaster_handshake::{Decrypted, Fault};
use premaster_testkit::cast::TRANSPORT;
use premaster_testkit::cell::{Cell, ClientCertificate};
use premaster_testkit::forger::{Plan, PublicKey};
use premaster_testkit::pki::KeyKind;
use premaster_testkit::{Cast, Step, Wire};
use premaster_trace::{JsonLines, Shared, Text, Tracer};
use premaster_wire::{ExtensionType, HandshakeType as Type};

use wrong::{Sent, Wrong, all, secret};

/// How the question `Decrypt` is answered.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Answered {
    /// At once, by the configuration.
    AtOnce,
    /// By the configuration, when the client has already said all.
    Late,
    /// By somebody who takes the padding off, and makes a random secret where it is wrong.
    Unpadded,
    /// By somebody who takes the padding off, and refuses where it is wrong.
    UnpaddedOrRefused,
    /// Not at all.
    Refused(&'static str),
}

/// What can be seen of a server.
#[derive(Debug, PartialEq)]
struct Seen {
    /// For each step of the client behind its key exchange: the bytes that came back, what went wrong.
    steps: Vec<(Vec<u8>, Option<String>)>,
    /// What was written down, numbers left out.
    text: String,
    json: String,
    debug: String,
}

struct Bench {
    cast: Cast,
    server: Arc<ServerConfig>,
    suite: &'static Suite,
    encrypt_then_mac: bool,
}

impl Bench {
    fn new(suite: &'static Suite, encrypt_then_mac: bool) -> Self {
        let cast = Cast::new();
        let server = cast.world.server(&Cell {
            suite,
            server: KeyKind::RsaDecryption,
            client: ClientCertificate::NotAsked,
            resumption: None,
            encrypt_then_mac,
        });
        Self {
            cast,
            server,
            suite,
            encrypt_then_mac,
        }
    }

    fn key(&self) -> PublicKey {
        PublicKey::of(&self.server_chain()[0]).unwrap()
    }

    fn server_chain(&self) -> &[Vec<u8>] {
        &self.cast.decryption.chain
    }

    fn plan(&self, wrong: Option<&Wrong>, knows: bool) -> Plan {
        let scene = self.cast.by_transport(self.cast.against_server());
        let mut plan = scene.plan;
        (plan.suite, plan.suites) = (self.suite.id, vec![self.suite.id]);
        if self.encrypt_then_mac {
            plan.set(ExtensionType::encrypt_then_mac, []);
        }
        match wrong.map(|wrong| &wrong.sent) {
            Some(Sent::Block(block)) => {
                if knows {
                    // What a server would take that looked for the end alone.
                    plan.premaster = Some(block[block.len() - 48..].to_vec());
                }
                plan.block = Some(block.clone());
            }
            Some(Sent::Ciphertext(bytes)) => plan.ciphertext = Some(bytes.clone()),
            None => {}
        }
        plan
    }

    /// Plays a handshake and looks at what the server lets out behind ClientKeyExchange.
    fn look(&self, wrong: Option<&Wrong>, knows: bool, answered: Answered) -> Seen {
        let (text, json) = (Shared::new(Vec::new()), Shared::new(Vec::new()));
        let logs = (Text::new(text.clone()), JsonLines::new(json.clone()));
        let surface = match answered {
            Answered::AtOnce => Surface::Nothing,
            _ => Surface::Everything,
        };
        let options = Options {
            tracer: Tracer::default().with_sink(logs),
            surface,
        };
        let connection = Connection::server_with(Arc::clone(&self.server), options);
        let mut wire = Wire::new(connection, Side::Client, self.plan(wrong, knows));
        let message = Step::Message;
        wire.say(message(Type::client_hello));
        answer(&mut wire, answered);
        wire.listen();
        text.with(Vec::clear);
        json.with(Vec::clear);
        let rest = [
            message(Type::client_key_exchange),
            Step::ChangeCipherSpec,
            message(Type::finished),
        ];
        let mut steps = Vec::new();
        for step in rest {
            wire.say(step);
            if answered != Answered::Late {
                answer(&mut wire, answered);
            }
            steps.push(step_of(&mut wire));
        }
        answer(&mut wire, answered);
        steps.push(step_of(&mut wire));
        Seen {
            steps,
            text: behind_the_question(&text.with(|bytes| masked(bytes))),
            json: behind_the_question(&json.with(|bytes| masked(bytes))),
            debug: masked(format!("{:?}", wire.victim.connection).as_bytes()),
        }
    }
}

fn step_of(wire: &mut Wire) -> (Vec<u8>, Option<String>) {
    let error = wire.victim.error.as_ref();
    let error = error.map(|error| format!("{error} {error:?} {:?}", error.alert()));
    (wire.victim.take_sent(), error)
}

/// Answers what was asked, until nothing more is.
fn answer(wire: &mut Wire, answered: Answered) {
    while !wire.victim.questions.is_empty() {
        for question in core::mem::take(&mut wire.victim.questions) {
            let connection = &mut wire.victim.connection;
            let Question::Decrypt(asked) = question else {
                let resolved = connection.local().resolve(question);
                connection.accept(resolved).unwrap();
                continue;
            };
            let key = asked.question.credential.decryption_key().unwrap();
            let block = key.decrypt(&asked.question.ciphertext);
            let claim = asked.claim;
            let reply = match answered {
                Answered::Refused(why) => Err(Refusal::new(why)),
                Answered::Unpadded => {
                    let found = block.ok().and_then(|block| unpadded(block.as_bytes()));
                    let found = found.unwrap_or([0x99; 48]);
                    Ok(Decrypted::PremasterSecret(
                        Secret::from_bytes(&found).unwrap(),
                    ))
                }
                Answered::UnpaddedOrRefused => block
                    .ok()
                    .and_then(|block| unpadded(block.as_bytes()))
                    .map(|found| Decrypted::PremasterSecret(Secret::from_bytes(&found).unwrap()))
                    .ok_or(Refusal::new("the padding is wrong")),
                Answered::AtOnce | Answered::Late => block
                    .map(Decrypted::Block)
                    .map_err(|error| Refusal::new(error.to_string())),
            };
            connection.answer(claim, reply).unwrap();
        }
        wire.victim.run();
    }
}

/// What stands behind good padding, if it has 48 bytes: as an HSM does it.
fn unpadded(block: &[u8]) -> Option<[u8; 48]> {
    let padded = block.strip_prefix(&[0, 2])?;
    let zero = padded.iter().position(|byte| *byte == 0)?;
    let message = padded.get(zero + 1..)?;
    message.try_into().ok().filter(|_| zero >= 8)
}

/// A log, without the message itself that the client has sent.
fn behind_the_question(log: &str) -> String {
    let (_, behind) = log.split_once("Decrypt").expect("the question");
    behind.to_owned()
}

/// Text without its numbers, decimal or hexadecimal, and with everything else.
fn masked(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let words = text.split_inclusive(|c: char| !c.is_ascii_alphanumeric());
    let mask = |word: &str| {
        let number = word.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
        let is_number = !number.is_empty() && number.chars().all(|c| c.is_ascii_hexdigit());
        let has_digits = number.len() >= 4 || number.contains(|c: char| c.is_ascii_digit());
        match is_number && has_digits {
            true => word.replace(number, "#"),
            false => word.to_owned(),
        }
    };
    words.map(mask).collect()
}

fn transport() -> &'static Suite {
    suite(TRANSPORT.0).unwrap()
}

/// The alert is the same to the last byte and at the same step, which is the Finished that cannot be opened; and so
/// is every line of every log. It makes no difference whether the client knows what it encrypted.
#[test]
fn every_failure_looks_the_same() {
    let bench = Bench::new(transport(), false);
    let expected = bench.look(all(&bench.key()).first(), false, Answered::AtOnce);
    let bad_record_mac = [21, 3, 3, 0, 2, 2, 20].to_vec();
    let silent = |step: &(Vec<u8>, Option<String>)| *step == (Vec::new(), None);
    assert!(silent(&expected.steps[0]), "{:?}", expected.steps);
    assert!(silent(&expected.steps[1]), "{:?}", expected.steps);
    assert_eq!(expected.steps[2].0, bad_record_mac);
    for wrong in all(&bench.key()) {
        for knows in [false, true] {
            let seen = bench.look(Some(&wrong), knows, Answered::AtOnce);
            assert_eq!(seen, expected, "{}, known: {knows}", wrong.what);
        }
    }
}

/// The same with every suite of key transport, whatever protects its records.
#[test]
fn every_failure_looks_the_same_in_every_suite() {
    for suite in CLASSIC_SUITES {
        if suite.key_exchange != KeyExchangeKind::Rsa {
            continue;
        }
        let orders: &[bool] = match suite.cipher {
            BulkCipher::Cbc(_) => &[true, false],
            BulkCipher::Aead(_) => &[false],
        };
        for encrypt_then_mac in orders {
            let bench = Bench::new(suite, *encrypt_then_mac);
            let wrong = all(&bench.key());
            let expected = bench.look(wrong.first(), false, Answered::AtOnce);
            assert!(expected.steps[2].1.is_some(), "{}", suite.name);
            for wrong in wrong.iter().step_by(3) {
                let seen = bench.look(Some(wrong), true, Answered::AtOnce);
                assert_eq!(seen, expected, "{}: {}", suite.name, wrong.what);
            }
        }
    }
}

/// The same where the question is answered late, by somebody who unpads, or not at all: the answer's form is the
/// host's, and what becomes of it does not depend on the ciphertext.
#[test]
fn every_failure_looks_the_same_however_it_is_answered() {
    let bench = Bench::new(transport(), false);
    let ways = [
        Answered::Late,
        Answered::Unpadded,
        Answered::UnpaddedOrRefused,
        Answered::Refused("the HSM is gone"),
        Answered::Refused("the padding is wrong"),
    ];
    let wrong = all(&bench.key());
    let prompt = bench.look(wrong.first(), false, Answered::UnpaddedOrRefused);
    for way in ways {
        let expected = bench.look(wrong.first(), false, way);
        if way != Answered::Late {
            assert_eq!(expected, prompt, "{way:?}");
        }
        for wrong in &wrong {
            let seen = bench.look(Some(wrong), true, way);
            assert_eq!(seen, expected, "{way:?}: {}", wrong.what);
        }
    }
}

/// A refusal looks as every other failure even where the ciphertext was good, and its reason is told nobody: it
/// could be that the padding was wrong.
#[test]
fn a_good_ciphertext_that_is_refused_looks_the_same() {
    let bench = Bench::new(transport(), false);
    let wrong = all(&bench.key());
    let expected = bench.look(wrong.first(), false, Answered::Refused("no"));
    let seen = bench.look(None, true, Answered::Refused("the padding is wrong"));
    assert_eq!(seen, expected);
}

/// The right premaster secret completes, in every form of answer: else the tests above would prove nothing.
#[test]
fn the_right_premaster_secret_completes() {
    let bench = Bench::new(transport(), false);
    for way in [
        Answered::AtOnce,
        Answered::Late,
        Answered::Unpadded,
        Answered::UnpaddedOrRefused,
    ] {
        let seen = bench.look(None, true, way);
        let (bytes, error) = &seen.steps[if way == Answered::Late { 3 } else { 2 }];
        assert_eq!(*error, None, "{way:?}");
        assert_eq!(bytes[0], 20, "{way:?}: the server's ChangeCipherSpec");
    }
}

/// Until the client's Finished a failure cannot be told from success either.
#[test]
fn success_and_failure_look_the_same_until_finished() {
    let bench = Bench::new(transport(), false);
    let good = bench.look(None, true, Answered::AtOnce);
    let bad = bench.look(all(&bench.key()).first(), true, Answered::AtOnce);
    assert_eq!(good.steps[..2], bad.steps[..2]);
    assert_ne!(good.steps[2], bad.steps[2]);
    let before = |seen: &Seen| {
        let end = seen.text.find("bad_record_mac").unwrap_or(seen.text.len());
        seen.text[..end]
            .lines()
            .take(12)
            .collect::<Vec<_>>()
            .join("\n")
    };
    assert_eq!(before(&good), before(&bad));
}

/// What takes the place of a secret that cannot be read is known to nobody: not zeros, not what was sent before.
#[test]
fn what_takes_the_place_of_the_secret_cannot_be_guessed() {
    let cast = Cast::new();
    let key = PublicKey::of(&cast.decryption.chain[0]).unwrap();
    let guesses = [
        vec![0; 48],
        [vec![3, 3], vec![0; 46]].concat(),
        vec![0xff; 48],
        secret([3, 3]),
        vec![],
    ];
    for guess in guesses {
        for ciphertext in [vec![], vec![0; 256], key.encrypt(&vec![0; 256])] {
            let mut scene = cast.by_transport(cast.against_server());
            scene.plan.premaster = Some(guess.clone());
            scene.plan.ciphertext = Some(ciphertext);
            let played = scene.play();
            assert_eq!(
                played.victim.fault(),
                Some(Fault::BadFinished),
                "{guess:x?}"
            );
        }
    }
}

/// The version that counts is the ClientHello's, not the one agreed on: it is what a rollback would change.
#[test]
fn the_version_in_the_secret_is_the_one_that_was_offered() {
    let cast = Cast::new();
    for (offered, written, completes) in [
        (0x0303, [3, 3], true),
        (0x0303, [3, 2], false),
        (0x0304, [3, 4], true),
        (0x0304, [3, 3], false),
    ] {
        let mut scene = cast.by_transport(cast.against_server());
        scene.plan.version = offered;
        scene.plan.premaster = Some(secret(written));
        let played = scene.play();
        let what = format!("{offered:#x} {written:?}");
        assert_eq!(played.facts().is_some(), completes, "{what}");
        if !completes {
            assert_eq!(played.victim.fault(), Some(Fault::BadFinished), "{what}");
        }
    }
}
