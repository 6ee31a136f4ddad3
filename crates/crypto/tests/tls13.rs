//! The five handshakes of RFC 8448, every secret of them, as the client and as the server compute them.

mod support;

use premaster_crypto::tls13::{
    EarlySecret, HandshakeSecret, ImportedIdentity, MainSecret, Psk, ResumptionSecret,
    TrafficSecret, message_hash,
};
use premaster_crypto::{
    Digest, HashAlgorithm, HmacKey, SharedSecret, Side, Suite, hkdf, suite_named,
};
use support::Entry;

const TRACES: &str = include_str!("../vectors/tls13-rfc8448.txt");
const COMPUTED: &str = include_str!("../vectors/tls13-computed.txt");

/// The transcript hashes of a handshake, by where they end.
struct Transcripts {
    truncated: Digest,
    client_hello: Digest,
    server_hello: Digest,
    before_server_finished: Digest,
    server_finished: Digest,
    before_client_finished: Digest,
    client_finished: Digest,
}

/// A Finished message and the list of one binder, with their headers.
const FINISHED: usize = 4 + 32;
const BINDERS: usize = 2 + 1 + 32;

impl Transcripts {
    fn of(entry: &Entry<'_>) -> Self {
        let bytes = |name| entry.bytes(name);
        let mut messages = Vec::new();
        if entry.find("hello_retry_request").is_some() {
            let first = HashAlgorithm::Sha256.hash(&[&bytes("client_hello_1")]);
            messages.extend_from_slice(&message_hash(&first));
            messages.extend_from_slice(&bytes("hello_retry_request"));
        }
        let mut upto = |more: Vec<u8>, last: usize| {
            messages.extend_from_slice(&more);
            let before = &messages[..messages.len() - last];
            [before, &messages[..]].map(|messages| HashAlgorithm::Sha256.hash(&[messages]))
        };
        let [truncated, client_hello] = upto(bytes("client_hello"), BINDERS);
        let [_, server_hello] = upto(bytes("server_hello"), 0);
        let [before_server_finished, server_finished] = upto(bytes("server_flight"), FINISHED);
        let [before_client_finished, client_finished] = upto(bytes("client_flight"), FINISHED);
        Self {
            truncated,
            client_hello,
            server_hello,
            before_server_finished,
            server_finished,
            before_client_finished,
            client_finished,
        }
    }
}

fn suite() -> &'static Suite {
    suite_named("TLS_AES_128_GCM_SHA256").expect("a suite")
}

/// RFC 8446 section 7.1 as a table: these secrets, labels and messages make those secrets. `Derive-Secret` by hand.
#[test]
fn the_traces_follow_the_figure_of_the_key_schedule() {
    for entry in Entry::read(TRACES) {
        let transcripts = Transcripts::of(&entry);
        let (hello, finished) = (&transcripts.server_hello, &transcripts.server_finished);
        for (secret, label, transcript, wanted) in [
            (
                "early",
                "c e traffic",
                &transcripts.client_hello,
                "client_early_traffic",
            ),
            (
                "early",
                "e exp master",
                &transcripts.client_hello,
                "early_exporter",
            ),
            (
                "handshake",
                "c hs traffic",
                hello,
                "client_handshake_traffic",
            ),
            (
                "handshake",
                "s hs traffic",
                hello,
                "server_handshake_traffic",
            ),
            (
                "main",
                "c ap traffic",
                finished,
                "client_application_traffic",
            ),
            (
                "main",
                "s ap traffic",
                finished,
                "server_application_traffic",
            ),
            ("main", "exp master", finished, "exporter"),
            (
                "main",
                "res master",
                &transcripts.client_finished,
                "resumption",
            ),
        ] {
            let Some(_) = entry.find(wanted) else {
                assert!(secret == "early" && entry.find("psk").is_none());
                continue;
            };
            let key = HmacKey::new(HashAlgorithm::Sha256, &entry.bytes(secret));
            let mut derived = [0; 32];
            hkdf::expand_label(&key, label.as_bytes(), transcript, &mut derived).expect("short");
            assert_eq!(derived[..], entry.bytes(wanted), "{wanted}");
        }
    }
}

/// property 2, property 21: what a handshake derives is right to the last byte, on both sides, and each side's proof is the
/// other's message.
#[test]
fn every_secret_of_the_traces_is_reproduced_by_client_and_server() {
    let entries = Entry::read(TRACES);
    assert_eq!(entries.len(), 5);
    for entry in &entries {
        for us in [Side::Client, Side::Server] {
            let transcripts = Transcripts::of(entry);
            let handshake = match entry.find("psk") {
                None => HandshakeSecret::without_psk(HashAlgorithm::Sha256, &shared(entry)),
                Some(_) => early(entry, &transcripts, us).into_handshake(&shared(entry)),
            };
            let main = handshake_secrets(entry, &transcripts, handshake.expect("not zero"), us);
            let resumption = application_secrets(entry, &transcripts, main);
            ticket(entry, &resumption);
        }
    }
}

fn shared(entry: &Entry<'_>) -> SharedSecret {
    SharedSecret::from_bytes(&entry.bytes("shared_secret"))
}

fn early(entry: &Entry<'_>, transcripts: &Transcripts, us: Side) -> EarlySecret {
    let psk = Psk::resumption(HashAlgorithm::Sha256, &entry.bytes("psk")).expect("32 bytes");
    let early = EarlySecret::new(&psk);
    let (binder, key) = (entry.bytes("binder"), early.binder_key());
    match us {
        Side::Client => assert_eq!(key.binder(&transcripts.truncated)[..], binder),
        Side::Server => {
            let _proof = key
                .check(&transcripts.truncated, &binder)
                .expect("the binder");
            let external = Psk::external(HashAlgorithm::Sha256, &entry.bytes("psk"));
            let external = EarlySecret::new(&external.expect("not zero")).binder_key();
            external
                .check(&transcripts.truncated, &binder)
                .expect_err("no external PSK");
        }
    }
    let mut traffic = early.client_early_traffic(&transcripts.client_hello);
    assert_traffic(entry, "client_early", &mut traffic);
    let exporter = early.early_exporter(&transcripts.client_hello);
    assert_eq!(exporter.dangerous_bytes(), entry.bytes("early_exporter"));
    early
}

fn handshake_secrets(
    entry: &Entry<'_>,
    transcripts: &Transcripts,
    handshake: HandshakeSecret,
    us: Side,
) -> MainSecret {
    let mut traffic = handshake.traffic(&transcripts.server_hello);
    for (sender, before, secret, verify_data) in [
        (
            Side::Server,
            &transcripts.before_server_finished,
            "server_handshake",
            "server_verify_data",
        ),
        (
            Side::Client,
            &transcripts.before_client_finished,
            "client_handshake",
            "client_verify_data",
        ),
    ] {
        assert_traffic(entry, secret, traffic.of(sender));
        let key = traffic.of(sender).finished_key();
        let verify_data = entry.bytes(verify_data);
        if sender == us {
            assert_eq!(key.verify_data(before)[..], verify_data);
        } else {
            let _proof = key
                .check(before, &verify_data)
                .expect("the peer's Finished");
        }
    }
    handshake.into_main()
}

fn application_secrets(
    entry: &Entry<'_>,
    transcripts: &Transcripts,
    main: MainSecret,
) -> ResumptionSecret {
    let mut traffic = main.application_traffic(&transcripts.server_finished);
    assert_traffic(entry, "client_application", &mut traffic.client);
    assert_traffic(entry, "server_application", &mut traffic.server);
    let exporter = main.exporter(&transcripts.server_finished);
    assert_eq!(exporter.dangerous_bytes(), entry.bytes("exporter"));
    main.into_resumption(&transcripts.client_finished)
}

fn ticket(entry: &Entry<'_>, resumption: &ResumptionSecret) {
    if entry.find("resumption_psk").is_some() {
        let psk = resumption
            .psk(&entry.bytes("ticket_nonce"))
            .expect("a short nonce");
        assert_eq!(psk.secret().as_bytes(), entry.bytes("resumption_psk"));
    }
}

fn assert_traffic(entry: &Entry<'_>, epoch: &str, secret: &mut TrafficSecret) {
    let wanted = entry.bytes(&format!("{epoch}_traffic"));
    assert_eq!(secret.dangerous_bytes(), wanted, "{epoch}");
    let keys = secret.keys(suite()).expect("the first time");
    assert_eq!(keys.key.as_bytes(), entry.bytes(&format!("{epoch}_key")));
    assert_eq!(keys.iv.as_bytes(), entry.bytes(&format!("{epoch}_iv")));
}

/// What no published trace has: SHA-384, `psk_ke`, imported PSKs, KeyUpdate, exporters.
#[test]
fn secrets_computed_elsewhere_are_met() {
    let entries = Entry::read(COMPUTED);
    assert_eq!(entries.len(), 4);
    for entry in &entries {
        let algorithm = match entry.text("hash") {
            "SHA256" => HashAlgorithm::Sha256,
            _ => HashAlgorithm::Sha384,
        };
        let hash = |name| algorithm.hash(&[&entry.bytes(name)]);
        let psk = match entry.text("kind") {
            "external" => Psk::external(algorithm, &entry.bytes("epsk")),
            _ => {
                let (id, context) = (entry.bytes("external_identity"), entry.bytes("context"));
                let identity = ImportedIdentity::for_tls13(&id, &context, algorithm);
                let identity = identity.expect("short");
                assert_eq!(identity.as_bytes(), entry.bytes("imported_identity"));
                identity.import(HashAlgorithm::Sha256, &entry.bytes("epsk"))
            }
        };
        let psk = psk.expect("not zero");
        assert_eq!(psk.secret().as_bytes(), entry.bytes("psk"));
        let early = EarlySecret::new(&psk);
        assert_eq!(
            early.binder_key().binder(&hash("client_hello"))[..],
            entry.bytes("binder")
        );
        let handshake = match entry.find("shared_secret") {
            Some(_) => early.into_handshake(&shared(entry)).expect("not zero"),
            None => early.into_handshake_of_psk_alone(),
        };
        let traffic = handshake.traffic(&hash("server_hello"));
        let client = traffic.client;
        assert_eq!(
            client.dangerous_bytes(),
            entry.bytes("client_handshake_traffic")
        );
        let verify_data = client.finished_key().verify_data(&hash("server_hello"));
        assert_eq!(verify_data[..], entry.bytes("client_verify_data"));
        let main = handshake.into_main();
        let server = main.application_traffic(&hash("server_finished")).server;
        assert_eq!(
            server.dangerous_bytes(),
            entry.bytes("server_application_traffic")
        );
        let third = server.next().next();
        assert_eq!(
            third.dangerous_bytes(),
            entry.bytes("server_application_traffic_2")
        );
        let mut exported = [0; 80];
        let exporter = main.exporter(&hash("server_finished"));
        let export = exporter.export(b"EXPORTER-premaster", b"context", &mut exported);
        export.expect("short");
        assert_eq!(exported[..], entry.bytes("exported"));
    }
}

/// RFC 8446 section 7.2, as another implementation follows it.
#[test]
fn logged_secrets_follow_on_a_key_update() {
    let entries = Entry::read(include_str!("../vectors/tls13-key-update.txt"));
    assert_eq!(entries.len(), 9);
    for entry in entries {
        let suite = suite_named(entry.text("suite")).expect("a suite");
        let secret = TrafficSecret::from_key_log(suite.hash, &entry.bytes("secret"));
        let next = secret.expect("a hash value").next();
        assert_eq!(next.dangerous_bytes(), entry.bytes("next"));
    }
}
