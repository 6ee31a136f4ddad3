//! Whole TLS 1.2 handshakes, as a client and as a server report them, through every sink.

mod reported;

use premaster_trace::{
    Context, Direction, Epoch, Event, JsonLines, KeyLog, ResumedBy, Shared, Side, Sink, Text,
    Tracer,
};
use premaster_wire::{AlertDescription, CipherSuite, ContentType};
use reported::{Handshake, SECRET, SUITES, client_hello, report, server_hello};

const ALL: [Handshake; 3] = [Handshake::MODERN, Handshake::DHE, Handshake::RSA];

fn told(side: Side, handshake: &Handshake) -> String {
    let output = Shared::new(Vec::new());
    let tracer = Tracer::new(side).with_sink(Text::new(output.clone()));
    report(&tracer, handshake);
    output.with(|bytes| String::from_utf8(bytes.clone()).unwrap())
}

#[test]
fn the_text_is_the_one_on_record() {
    for (side, handshake, recorded) in [
        (Side::Client, Handshake::MODERN, include_str!("story.txt")),
        (Side::Client, Handshake::DHE, include_str!("story_dhe.txt")),
        (Side::Client, Handshake::RSA, include_str!("story_rsa.txt")),
        (
            Side::Server,
            Handshake::RSA,
            include_str!("story_rsa_server.txt"),
        ),
    ] {
        let text = told(side, &handshake);
        assert!(
            text == recorded,
            "the text of {handshake:?} has changed; it now reads:\n{text}"
        );
    }
}

#[test]
fn lines_fit_a_terminal() {
    for handshake in ALL {
        for side in [Side::Client, Side::Server] {
            let text = told(side, &handshake);
            let long: Vec<_> = text
                .lines()
                .filter(|line| line.chars().count() > 80)
                .collect();
            assert!(long.is_empty(), "{long:#?}");
        }
    }
}

#[test]
fn another_suite_gives_another_text() {
    let [aes, chacha] = SUITES.map(|suite| {
        let modern = Handshake::MODERN;
        told(Side::Client, &Handshake { suite, ..modern })
    });
    assert_ne!(aes, chacha);
    assert!(chacha.contains("chooses the cipher suite: TLS_ECDHE_ECDSA_WITH_CHACHA20"));
}

#[test]
fn both_sides_agree_on_who_sent_what() {
    for handshake in ALL {
        let headings = |side| {
            let text = told(side, &handshake);
            let lines = text.lines().filter(|line| line.contains(" -> "));
            lines.map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(headings(Side::Client), headings(Side::Server));
    }
}

#[test]
fn secrets_reach_only_the_secret_sink() {
    let (text, json, log) = (
        Shared::new(Vec::new()),
        Shared::new(Vec::new()),
        Shared::new(Vec::new()),
    );
    let sinks = (
        Text::new(text.clone()),
        JsonLines::new(json.clone()).with_bytes(),
    );
    let tracer = Tracer::new(Side::Client)
        .with_sink(sinks)
        .with_secrets(KeyLog::dangerous_key_log(log.clone()));
    report(&tracer, &Handshake::MODERN);

    let secret = "5e".repeat(SECRET.len());
    let has = |output: &Shared<Vec<u8>>| {
        output.with(|bytes| String::from_utf8_lossy(bytes).contains(&secret))
    };
    assert_eq!((has(&text), has(&json), has(&log)), (false, false, true));
}

#[test]
fn every_json_line_is_an_object_with_event_and_side() {
    let output = Shared::new(Vec::new());
    let json = JsonLines::new(output.clone()).named("7").with_bytes();
    report(
        &Tracer::new(Side::Server).with_sink(json),
        &Handshake::MODERN,
    );
    let text = output.with(|bytes| String::from_utf8(bytes.clone()).unwrap());

    let lines: Vec<serde_json::Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(
        lines
            .iter()
            .all(|line| line["side"] == "server" && line["connection"] == "7")
    );
    let find = |event: &str| lines.iter().find(|line| line["event"] == event).unwrap();

    let hello = find("message");
    assert_eq!(hello["type"], "ClientHello");
    assert_eq!(
        (&hello["from"], &hello["direction"]),
        (&"client".into(), &"received".into())
    );
    assert_eq!(hello["fields"]["server_name"][0], "example.org");
    assert_eq!(hello["fields"]["cipher_suites"][0], SUITES[0].to_string());
    assert_eq!(hello["length"], client_hello(&SUITES).len());
    assert_eq!(
        hello["bytes"].as_str().unwrap().len(),
        2 * client_hello(&SUITES).len()
    );

    let derived = find("derived");
    assert_eq!(derived["secret"], "pre_master_secret");
    assert_eq!(derived["inputs"][0]["from"], "server");
    assert!(derived["inputs"][0].get("public").is_none());
    assert_eq!(derived["inputs"][1]["public"], "c0".repeat(32));
    assert_eq!(find("established")["group"], "x25519");
    assert!(find("established").get("alpn").is_none());
}

/// The lines of the JSON sink, from a server.
fn json(handshake: &Handshake) -> Vec<serde_json::Value> {
    let output = Shared::new(Vec::new());
    let tracer = Tracer::new(Side::Server).with_sink(JsonLines::new(output.clone()));
    report(&tracer, handshake);
    output.with(|bytes| {
        let lines = bytes.split(|byte| *byte == b'\n');
        lines
            .filter(|line| !line.is_empty())
            .map(|line| serde_json::from_slice(line).unwrap())
            .collect()
    })
}

#[test]
fn the_messages_of_every_key_exchange_are_taken_apart() {
    let signed = ["signature_algorithm", "signature_length"];
    let curve = [&["named_curve", "public"][..], &signed].concat();
    let field = [&["dh_p", "dh_g", "dh_Ys"][..], &signed].concat();
    let dhe = |suite| Handshake {
        suite,
        ..Handshake::DHE
    };
    let chacha20 = CipherSuite::TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256;
    for (handshake, server, client) in [
        (Handshake::MODERN, Some(&curve), "public"),
        (Handshake::DHE, Some(&field), "dh_Yc"),
        (dhe(chacha20), Some(&field), "dh_Yc"),
        (Handshake::RSA, None, "encrypted_pre_master_secret"),
    ] {
        let lines = json(&handshake);
        let fields = |name: &str| {
            let message = lines.iter().find(|line| line["type"] == name)?;
            let mut names: Vec<_> = message["fields"].as_object()?.keys().collect();
            names.sort_unstable();
            Some(names)
        };
        let mut wanted = server.cloned();
        wanted.iter_mut().for_each(|names| names.sort_unstable());
        let server = fields("ServerKeyExchange");
        let server = server.map(|names| names.into_iter().map(String::as_str).collect());
        assert_eq!(server, wanted, "{handshake:?}");
        assert_eq!(fields("ClientKeyExchange").unwrap(), [client]);
    }
}

#[test]
fn what_a_suite_costs_is_told() {
    let mac_then_encrypt = Handshake {
        encrypt_then_mac: Some(false),
        ..Handshake::DHE
    };
    for (handshake, group, forward_secret, encrypt_then_mac) in [
        (Handshake::MODERN, Some("x25519"), true, None),
        (Handshake::DHE, Some("modp2048"), true, Some(true)),
        (mac_then_encrypt, Some("modp2048"), true, Some(false)),
        (Handshake::RSA, None, false, Some(false)),
    ] {
        let lines = json(&handshake);
        let facts = lines.iter().find(|line| line["event"] == "established");
        let facts = facts.unwrap();
        assert_eq!(facts["forward_secret"], forward_secret);
        let group: serde_json::Value = group.into();
        assert_eq!(facts["group"], group);
        let order: serde_json::Value = encrypt_then_mac.into();
        assert_eq!(facts["encrypt_then_mac"], order);

        let text = told(Side::Client, &handshake);
        assert_eq!(text.contains("forward secrecy       none"), !forward_secret);
        let says = |words| text.contains(words);
        assert_eq!(
            says("CBC, encrypt-then-MAC"),
            encrypt_then_mac == Some(true)
        );
        assert_eq!(
            says("CBC, MAC-then-encrypt"),
            encrypt_then_mac == Some(false)
        );
        // Only who has forward secrecy is told that nobody can compute the secret later.
        assert_eq!(says("nobody can compute it later"), forward_secret);
    }
}

#[test]
fn a_writer_that_fails_breaks_nothing() {
    struct Broken;
    impl std::io::Write for Broken {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Err(std::io::ErrorKind::BrokenPipe.into())
        }
    }
    let tracer = Tracer::new(Side::Client)
        .with_sink((Text::new(Broken), JsonLines::new(Broken)))
        .with_secrets(KeyLog::dangerous_key_log(Broken));
    report(&tracer, &Handshake::MODERN);
}

#[test]
fn a_shared_writer_outlives_a_sink_that_panicked() {
    let output = Shared::new(Vec::<u8>::new());
    let poisoner = output.clone();
    let panicked = std::thread::spawn(move || poisoner.with(|_| panic!("on purpose"))).join();
    assert!(panicked.is_err());
    report(
        &Tracer::new(Side::Client).with_sink(Text::new(output.clone())),
        &Handshake::MODERN,
    );
    assert!(output.with(|bytes| !bytes.is_empty()));
}

/// A sink sees whatever a peer sends: it must not panic on any of it, and say so when it cannot read it.
#[test]
fn undecodable_messages_are_reported_as_such() {
    let whole = ALL.map(|handshake| {
        let hellos = [client_hello(&SUITES), server_hello(handshake.suite)];
        let exchange = [handshake.client_key_exchange()];
        hellos
            .into_iter()
            .chain(handshake.server_key_exchange())
            .chain(exchange)
    });
    let output = Shared::new(Vec::new());
    let mut sink = (Text::new(output.clone()), JsonLines::new(output.clone()));
    let context = Context { side: Side::Client };
    for message in whole.into_iter().flatten() {
        for length in 0..message.len() {
            output.with(Vec::clear);
            let event = Event::Message {
                direction: Direction::Received,
                epoch: Epoch::Plain,
                bytes: &message[..length],
            };
            sink.event(&context, &event);
            output.with(|bytes| {
                assert!(String::from_utf8_lossy(bytes).contains("undecodable"));
            });
        }
    }
}

#[test]
fn every_event_is_told_by_both_sinks() {
    let events = [
        Event::Record {
            direction: Direction::Sent,
            epoch: Epoch::Plain,
            content_type: ContentType::handshake,
            length: 99,
        },
        Event::IdentityVerified {
            of: Side::Server,
            by: "pinned key".into(),
            detail: "the key is the expected one".into(),
        },
        Event::Resuming {
            by: ResumedBy::SessionId,
            age: 60,
        },
        Event::NotResumed {
            reason: "the session has expired".into(),
        },
        Event::Fault {
            rule: "NoCommonSuite",
            alert: Some(AlertDescription::handshake_failure),
            section: "RFC 5246 section 7.4.1.3",
            detail: "the client offers only suites that are off here".into(),
        },
    ];
    for event in events {
        let (text, json) = (Shared::new(Vec::new()), Shared::new(Vec::new()));
        let context = Context { side: Side::Client };
        Text::new(text.clone()).event(&context, &event);
        JsonLines::new(json.clone()).event(&context, &event);
        // Records are left to the JSON sink: their messages have been told.
        assert_eq!(text.with(|text| text.is_empty()), event.name() == "record");
        let name = format!("\"event\":\"{}\"", event.name());
        json.with(|json| assert!(String::from_utf8_lossy(json).contains(&name)));
    }
}
