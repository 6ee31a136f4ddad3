//! What a client tells of a handshake: each derivation once, in the order of the schedule (RFC 8446 section 7.1).

use std::sync::{Arc, Mutex};

use premaster_crypto::HashAlgorithm;
use premaster_handshake::{ClientAuth, ExternalPsk};
use premaster_testkit::Cast;
use premaster_trace::{Context, Event, Side, Sink, Tracer};
use premaster_wire::{CipherSuite, NamedGroup, SignatureScheme};

use crate::duo::Duo;
use crate::server_psk::knowing;

/// Notes what was derived, and a few other words.
#[derive(Clone, Default)]
struct Notes(Arc<Mutex<Vec<String>>>);

impl Sink for Notes {
    fn event(&mut self, _: &Context, event: &Event<'_>) {
        let words = match event {
            Event::Derived(derived) => derived.secret.name().into_owned(),
            Event::PskChosen { index, .. } => format!("psk {index}"),
            Event::NotResumed { .. } => "not resumed".to_owned(),
            Event::EarlyData { what, .. } => format!("early data {}", what.name()),
            Event::SessionStored { .. } => "stored".to_owned(),
            Event::Asked {
                question: "ChooseCredential",
                detail,
            } => detail.clone().into_owned(),
            Event::Chosen(choice) if choice.what == "certificate" => {
                choice.reason.clone().into_owned()
            }
            Event::Established(_) => "established".to_owned(),
            _ => return,
        };
        self.0.lock().expect("not poisoned").push(words);
    }
}

fn told(mut duo: Duo) -> Vec<String> {
    let notes = Notes::default();
    duo.tracer = Tracer::new(Side::Client).with_sink(notes.clone());
    let played = duo.play();
    assert!(matches!(played.client, Some(Ok(_))));
    let told = notes.0.lock().expect("not poisoned");
    told.clone()
}

/// From the handshake secret to the end of a handshake that sends no early data.
const REST: [&str; 14] = [
    "handshake_secret",
    "client_handshake_traffic_secret",
    "server_handshake_traffic_secret",
    "server_write_key and server_write_iv",
    "verify_data",
    "main_secret",
    "client_application_traffic_secret_0",
    "server_application_traffic_secret_0",
    "exporter_secret",
    "client_write_key and client_write_iv",
    "verify_data",
    "client_write_key and client_write_iv",
    "server_write_key and server_write_iv",
    "resumption_secret",
];

#[test]
fn a_full_handshake_begins_with_zeros_and_ends_with_a_key_for_each_ticket() {
    let cast = Cast::new();
    let begin = ["shared secret", "early_secret"];
    let end = ["established", "PSK", "stored", "PSK", "stored"];
    let expected = [&begin[..], &REST, &end].concat();
    assert_eq!(told(Duo::new(&cast)), expected);
}

#[test]
fn a_retry_derives_nothing_twice() {
    let cast = Cast::new();
    let mut duo = Duo::new(&cast);
    duo.client.key_shares = vec![NamedGroup::x25519];
    duo.server.groups = vec![NamedGroup::secp256r1];
    let told_again = told(duo);
    assert_eq!(told_again, told(Duo::new(&cast)));
}

/// Notes how old the keys are that servers chose.
#[derive(Clone, Default)]
struct Ages(Arc<Mutex<Vec<Option<u64>>>>);

impl Sink for Ages {
    fn event(&mut self, _: &Context, event: &Event<'_>) {
        if let Event::PskChosen { age, .. } = event {
            self.0.lock().expect("not poisoned").push(*age);
        }
    }
}

/// Counted from the full handshake; an external key has no age.
#[test]
fn a_client_tells_how_long_ago_a_session_began() {
    let cast = Cast::new();
    let ages = Ages::default();
    let tracer = || Tracer::new(Side::Client).with_sink(ages.clone());
    let mut resumes = Duo::new(&cast).after_a_first_one();
    resumes.client_host.clock.advance(75);
    resumes.tracer = tracer();
    let mut knows = knowing(&cast, HashAlgorithm::Sha256);
    knows.tracer = tracer();
    for duo in [resumes, knows] {
        assert!(duo.play().client_facts().resumed.is_some());
    }
    assert_eq!(*ages.0.lock().expect("not poisoned"), [Some(75), None]);
}

/// Each key that is offered has a binder, in each ClientHello one; its secrets are told when they are first of use.
#[test]
fn a_resumed_handshake_begins_with_its_keys() {
    let cast = Cast::new();
    let key = ["early_secret", "binder_key", "binder"];
    let early = [
        "client_early_traffic_secret",
        "early_exporter_secret",
        "client_write_key and client_write_iv",
        "early data offered",
    ];
    let end = ["established", "PSK", "stored"];

    let expected = [&key[..], &["shared secret", "psk 0"], &REST, &end].concat();
    assert_eq!(told(Duo::new(&cast).after_a_first_one()), expected);

    let with_early_data = || {
        let mut duo = Duo::new(&cast);
        duo.client.early_data = true;
        duo.server.early_data = 1_000;
        let mut duo = duo.after_a_first_one();
        let other = ExternalPsk::new(b"other", &[7; 32], HashAlgorithm::Sha256);
        duo.client.external_psks = vec![other.expect("a key")];
        duo.client.key_shares = vec![NamedGroup::x25519];
        duo
    };
    let (before, behind) = REST.split_at(4);
    let accepted = ["early data accepted"];
    let expected = [
        &key[..],
        &key,
        &early,
        &["shared secret", "psk 0"],
        before,
        &accepted,
        behind,
        &end,
    ];
    assert_eq!(told(with_early_data()), expected.concat());

    let mut duo = with_early_data();
    duo.server.groups = vec![NamedGroup::secp256r1];
    let rejected = ["early data rejected"];
    let expected = [
        &key[..],
        &key,
        &early,
        &["binder", "binder", "shared secret", "psk 0"],
        before,
        &rejected,
        behind,
        &end,
    ];
    assert_eq!(told(duo), expected.concat());
}

/// Who chooses a certificate hears of the schemes that can sign in TLS 1.3; the trace tells why none was shown.
#[test]
fn it_is_told_why_no_certificate_was_shown() {
    use SignatureScheme as S;
    let cast = Cast::new();
    let said = |schemes: &[S], has_one: bool| {
        let mut duo = Duo::new(&cast);
        duo.server.client_auth = ClientAuth::Optional {
            authorities: Vec::new(),
        };
        duo.server.schemes = schemes.to_vec();
        if !has_one {
            duo.client_host.credential = None;
        }
        let told = told(duo);
        told.into_iter()
            .filter(|words| words.contains("certificate") || words.contains("schemes"))
            .collect::<Vec<_>>()
    };
    let ecdsa = S::ecdsa_secp256r1_sha256;
    let for_tls12 = [S::rsa_pkcs1_sha256, S::rsa_pkcs1_sha1, S::ecdsa_sha1];
    let asked = "1 schemes acceptable, 0 authorities named";
    let shown = said(&[&for_tls12[..], &[ecdsa]].concat(), true);
    assert_eq!(shown, [asked]);
    let none = said(&[ecdsa], false);
    assert_eq!(none, [asked, "there is no certificate to show"]);
    let unfit = said(&[S::ed448], true);
    assert_eq!(
        unfit,
        [
            asked,
            "the server accepts no signature of the certificate's key"
        ]
    );
}

#[test]
fn a_session_that_is_not_taken_up_is_told_of() {
    let cast = Cast::new();
    let key = ["early_secret", "binder_key", "binder"];
    let mut duo = Duo::new(&cast).after_a_first_one();
    duo.server.psk_modes.clear();
    let begin = ["shared secret", "not resumed", "early_secret"];
    let expected = [&key[..], &begin, &REST, &["established"]].concat();
    assert_eq!(told(duo), expected);
    // Not even offered.
    let mut duo = Duo::new(&cast).after_a_first_one();
    duo.client.psk_modes.clear();
    let begin = ["not resumed", "shared secret", "early_secret"];
    let expected = [&begin[..], &REST, &["established"]].concat();
    assert_eq!(told(duo), expected);
}

/// Notes why a server chose its suite and its group.
#[derive(Clone, Default)]
struct Reasons(Arc<Mutex<Vec<String>>>);

impl Sink for Reasons {
    fn event(&mut self, _: &Context, event: &Event<'_>) {
        if let Event::Chosen(choice) = event
            && ["cipher suite", "group"].contains(&choice.what)
        {
            let mut reasons = self.0.lock().expect("not poisoned");
            reasons.push(choice.reason.clone().into_owned());
        }
    }
}

/// A server says whose order it was that decided.
#[test]
fn a_server_tells_where_the_client_decided_among_equals() {
    let cast = Cast::new();
    let reasons = |equals: bool| {
        let mut duo = Duo::new(&cast);
        if equals {
            let suites = duo.server.suites.iter();
            let suites = suites.map(|suite| CipherSuite(suite.id));
            duo.server.equal_suites = vec![suites.collect()];
            duo.server.equal_groups = vec![duo.server.groups.clone()];
        }
        let reasons = Reasons::default();
        duo.server_tracer = Tracer::new(Side::Server).with_sink(reasons.clone());
        assert!(matches!(duo.play().server, Some(Ok(_))));
        let reasons = reasons.0.lock().expect("not poisoned");
        reasons.clone()
    };
    assert_eq!(
        reasons(false),
        [
            "the first in the server's order that the client offers",
            "the first in the server's order that the client has sent a share for",
        ]
    );
    assert_eq!(
        reasons(true),
        [
            "the first in the client's order of those that are equally good for the server",
            "the first of the client's shares of those that are equally good for the server",
        ]
    );
}
