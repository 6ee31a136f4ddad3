//! Early data, as a client offers it (RFC 8446 section 4.2.10).

use std::sync::Arc;

use premaster_crypto::tls13::Psk;
use premaster_crypto::{HashAlgorithm, suite};
use premaster_handshake::{Direction, EarlyData, EarlyDataReason, EarlyExporter, Fault};
use premaster_testkit::tls13::{PSK, external_psk, set};
use premaster_testkit::{Cast, Step};
use premaster_wire::{
    ClientHello, Decode as _, ExtensionType, HandshakeType, NamedGroup, ProtocolVersion,
};

use crate::duo::Duo;
use crate::resumption::client_hellos;

/// Both want early data, and have a session that allows it.
fn early(cast: &Cast, change: impl FnOnce(&mut Duo)) -> Duo {
    let mut duo = Duo::new(cast);
    duo.client.early_data = true;
    duo.server.early_data = 1_000;
    change(&mut duo);
    duo.after_a_first_one()
}

fn exported(exporter: Option<&EarlyExporter>) -> [u8; 16] {
    let mut out = [0; 16];
    let exporter = exporter.expect("early data was offered");
    exporter
        .export(b"EXPORTER-early", b"", &mut out)
        .expect("short");
    out
}

fn offers(hello: &[u8]) -> bool {
    let hello = ClientHello::decode(hello).expect("a ClientHello");
    hello
        .extensions()
        .types()
        .any(|kind| kind == ExtensionType::early_data)
}

#[test]
fn early_data_goes_under_its_own_keys_and_ends_before_the_second_flight() {
    let cast = Cast::new();
    let played = early(&cast, |_| {}).play();
    let facts = played.client_facts();
    assert_eq!(facts.early_data, Some(EarlyData::Accepted));
    assert_eq!(played.server_facts().early_data, Some(EarlyData::Accepted));
    let client = exported(facts.early_exporter.as_ref());
    let server = exported(played.server_facts().early_exporter.as_ref());
    assert_eq!(client, server);
    assert_ne!(client, [0; 16], "nothing was written");
    let orders = played
        .client_orders
        .iter()
        .filter(|order| !order.is_empty());
    assert_eq!(
        orders.map(String::as_str).collect::<Vec<_>>(),
        [
            "client_hello",
            "change_cipher_spec",
            "Sent early data",
            "read 1000",
            "Received handshake",
            "end_of_early_data",
            "Sent handshake",
            "finished",
            "Sent traffic",
            "Received traffic",
        ]
    );
}

#[test]
fn a_full_handshake_and_one_that_does_not_want_it_have_none() {
    let cast = Cast::new();
    let mut duo = Duo::new(&cast);
    duo.client.early_data = true;
    duo.server.early_data = 1_000;
    let played = duo.play();
    assert_eq!(played.client_facts().early_data, None);
    assert!(played.client_facts().early_exporter.is_none());
    let mut duo = early(&cast, |_| {});
    duo.client.early_data = false;
    let played = duo.play();
    assert!(played.client_facts().resumed.is_some());
    assert_eq!(played.client_facts().early_data, None);
    assert!(!offers(client_hellos(&played)[0]));
}

/// It would be read under the session's suite and protocol or not at all.
#[test]
fn it_is_offered_where_suite_and_protocol_of_the_session_are() {
    let cast = Cast::new();
    let alpn = |duo: &mut Duo| {
        duo.client.alpn = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        duo.server.alpn = vec![b"h2".to_vec()];
    };
    type Change = fn(&mut Duo);
    use EarlyDataReason as Why;
    let cases: [(Change, bool, Why); 8] = [
        (|_| {}, true, Why::Accepted),
        (
            |duo| duo.client.alpn = vec![b"h2".to_vec()],
            true,
            Why::Accepted,
        ),
        (
            |duo| {
                duo.client.alpn = vec![b"http/1.1".to_vec()];
                duo.server.alpn = vec![b"http/1.1".to_vec()];
            },
            false,
            Why::ApplicationProtocol,
        ),
        (
            |duo| duo.client.suites.retain(|suite| suite.id != 0x1301),
            false,
            Why::CipherSuite,
        ),
        (|duo| duo.server.early_data = 0, true, Why::Declined),
        (|duo| duo.client.early_data = false, false, Why::Disabled),
        (|duo| duo.client_host.session = None, false, Why::NoSession),
        (|duo| duo.client.psk_modes.clear(), false, Why::NoSession),
    ];
    for (number, (change, offered, why)) in cases.into_iter().enumerate() {
        let mut duo = early(&cast, alpn);
        change(&mut duo);
        let played = duo.play();
        assert_eq!(offers(client_hellos(&played)[0]), offered, "{number}");
        let reason = played.client_facts().early_data_reason;
        assert_eq!(reason, why, "{number}");
    }
    // A server that said nothing of early data gets none.
    let duo = early(&cast, |duo| duo.server.early_data = 0);
    let played = duo.play();
    assert!(!offers(client_hellos(&played)[0]));
    let reason = played.client_facts().early_data_reason;
    assert_eq!(reason, Why::NotAllowedBySession);
}

#[test]
fn what_a_server_does_not_read_is_rejected_and_the_handshake_goes_on() {
    let cast = Cast::new();
    let mut duo = early(&cast, |_| {});
    duo.server.early_data = 0;
    let played = duo.play();
    let facts = played.client_facts();
    assert_eq!(facts.early_data, Some(EarlyData::Rejected));
    assert!(facts.resumed.is_some() && !facts.retried);
    // None of it is left to be sent, and its end is not announced.
    let orders = &played.client_orders;
    assert!(orders.iter().any(|order| order == "read 0"));
    assert!(!orders.iter().any(|order| order == "end_of_early_data"));
}

/// What was rejected has no keys in common with the server.
#[test]
fn keys_are_exported_only_for_early_data_that_was_accepted() {
    let cast = Cast::new();
    let mut rejected = early(&cast, |_| {});
    rejected.server.early_data = 0;
    let mut retried = early(&cast, |_| {});
    retried.client.key_shares = vec![NamedGroup::x25519];
    retried.server.groups = vec![NamedGroup::secp256r1];
    for duo in [rejected, retried] {
        let played = duo.play();
        let facts = played.client_facts();
        assert_eq!(facts.early_data, Some(EarlyData::Rejected));
        assert!(facts.early_exporter.is_none());
    }
}

/// RFC 8446 section 4.2.10: after HelloRetryRequest there is none.
#[test]
fn a_retry_rejects_it() {
    let cast = Cast::new();
    let mut duo = early(&cast, |_| {});
    duo.client.key_shares = vec![NamedGroup::x25519];
    duo.server.groups = vec![NamedGroup::secp256r1];
    let played = duo.play();
    let facts = played.client_facts();
    assert!(facts.retried && facts.resumed.is_some());
    assert_eq!(facts.early_data, Some(EarlyData::Rejected));
    let hellos = client_hellos(&played);
    assert!(offers(hellos[0]) && !offers(hellos[1]));
    let changes = played.client_orders.iter();
    let changes = changes.filter(|order| *order == "change_cipher_spec");
    assert_eq!(changes.count(), 1);
}

#[test]
fn it_is_accepted_as_it_was_sent_or_not_at_all() {
    let cast = Cast::new();
    assert!(cast.modern_against_early_client().play().facts().is_some());
    // Another suite, of the same hash function.
    let mut scene = cast.modern_against_early_client();
    scene.plan.suite = 0x1303;
    assert_eq!(
        suite(0x1303).map(|suite| suite.name),
        Some("TLS_CHACHA20_POLY1305_SHA256")
    );
    assert_eq!(scene.play().victim.fault(), Some(Fault::EarlyDataChanged));
    // Another protocol: the session had none.
    let mut scene = cast.modern_against_early_client();
    scene.client.alpn = vec![b"h2".to_vec()];
    let h2 = vec![0, 3, 2, b'h', b'2'];
    let alpn = ExtensionType::application_layer_protocol_negotiation;
    set(&mut scene.plan.encrypted, alpn, Some(h2));
    assert_eq!(scene.play().victim.fault(), Some(Fault::EarlyDataChanged));
    // The second key of two.
    let mut scene = cast.modern_against_early_client();
    scene.client.external_psks = vec![external_psk()];
    let external = Psk::external(HashAlgorithm::Sha256, &PSK).expect("a key");
    scene.plan.psk = Some(Arc::new(external));
    scene.plan.set(ExtensionType::pre_shared_key, [0, 1]);
    let fault = scene.play().victim.fault();
    assert_eq!(fault, Some(Fault::EarlyDataMisplaced));
    // No key.
    let mut scene = cast.modern_against_early_client();
    scene.plan.psk = None;
    scene.plan.without(ExtensionType::pre_shared_key);
    let fault = scene.play().victim.fault();
    assert_eq!(fault, Some(Fault::EarlyDataMisplaced));
}

/// RFC 8446 appendix D.3.
#[test]
fn an_older_version_after_early_data_ends_it() {
    let cast = Cast::new();
    let mut scene = cast.modern_against_early_client();
    scene.plan.hello.clear();
    scene.plan.suite = 0xc02b;
    assert!(scene.client.versions.contains(&ProtocolVersion::TLSv1_2));
    let played = scene.play();
    assert_eq!(played.victim.fault(), Some(Fault::EarlyDataDowngraded));
    assert!(
        !played
            .victim
            .said
            .iter()
            .any(|step| { *step == Step::Message(HandshakeType::finished) })
    );
}

/// An error behind ServerHello is told under the keys of the handshake, unless the server still reads early data.
#[test]
fn an_alert_goes_under_keys_that_the_server_reads() {
    let cast = Cast::new();
    let (sent, received) = (Direction::Sent, Direction::Received);
    let rejecting = || {
        let mut scene = cast.modern_against_early_client();
        scene.plan.encrypted.clear();
        scene
    };
    let scenes = [
        (cast.modern_against_client(), vec![received, sent]),
        (
            cast.modern_retried(cast.modern_against_client()),
            vec![received, sent],
        ),
        (cast.modern_against_early_client(), vec![sent, received]),
        (rejecting(), vec![sent, received, sent]),
        (cast.modern_retried(rejecting()), vec![sent, received, sent]),
    ];
    for (number, (mut scene, installed)) in scenes.into_iter().enumerate() {
        scene.alteration = Some(Box::new(|step, bytes| {
            if step == Step::Message(HandshakeType::finished) {
                bytes[4] ^= 1;
            }
        }));
        let played = scene.play();
        assert_eq!(played.victim.fault(), Some(Fault::BadFinished), "{number}");
        assert_eq!(played.victim.installed, installed, "{number}");
    }
    // What was under way before a retry is read by nobody, whatever the server says then.
    let played = cast
        .modern_retried(cast.modern_against_early_client())
        .play();
    assert_eq!(played.victim.fault(), Some(Fault::ExtensionNotOffered));
    assert_eq!(played.victim.installed, [sent, received, sent]);
}
