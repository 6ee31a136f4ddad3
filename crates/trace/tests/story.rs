//! A whole TLS 1.2 handshake, as a client and as a server report it, through every sink.

use premaster_trace::{
    Choice, Context, Derivation, Direction, Epoch, Event, Facts, JsonLines, KeyLog, ResumedBy,
    SecretLabel, Shared, Side, SignatureUse, Sink, Text, Tracer, Value,
};
use premaster_wire::{
    AlertDescription, AlertLevel, CipherSuite, ClientHello, ClientHelloExtension,
    CompressionMethod, ContentType, Encode, Extensions, Finished, HandshakeMessage, HandshakeType,
    List, NameType, NamedGroup, ProtocolName, ProtocolVersion, Random, ServerHello,
    ServerHelloExtension, ServerName, SignatureScheme, encode_message, tls12,
};

const SUITES: [CipherSuite; 2] = [
    CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
];
const SECRET: [u8; 48] = [0x5e; 48];

fn bytes<M: HandshakeMessage + Encode>(message: &M) -> Vec<u8> {
    encode_message(message).unwrap()
}

fn client_hello() -> Vec<u8> {
    let names = [ServerName {
        name_type: NameType::host_name,
        name: b"example.org",
    }];
    let groups = [NamedGroup::x25519, NamedGroup::secp256r1];
    let schemes = [
        SignatureScheme::ecdsa_secp256r1_sha256,
        SignatureScheme::rsa_pss_rsae_sha256,
    ];
    let protocols = [
        ProtocolName { name: b"h2" },
        ProtocolName { name: b"http/1.1" },
    ];
    let extensions = [
        ClientHelloExtension::ServerName(List::from(&names)),
        ClientHelloExtension::SupportedGroups(List::from(&groups)),
        ClientHelloExtension::SignatureAlgorithms(List::from(&schemes)),
        ClientHelloExtension::ApplicationLayerProtocolNegotiation(List::from(&protocols)),
        ClientHelloExtension::ExtendedMasterSecret,
        ClientHelloExtension::SessionTicket(&[]),
        ClientHelloExtension::RenegotiationInfo(&[]),
    ];
    bytes(&ClientHello {
        legacy_version: ProtocolVersion::TLSv1_2,
        random: Random([0xc1; 32]),
        session_id: &[],
        cipher_suites: List::from(&SUITES),
        compression_methods: List::from(&[CompressionMethod::null]),
        extensions: Some(Extensions::from(&extensions)),
    })
}

fn server_hello(suite: CipherSuite) -> Vec<u8> {
    let extensions = [
        ServerHelloExtension::ExtendedMasterSecret,
        ServerHelloExtension::SessionTicket,
    ];
    bytes(&ServerHello {
        legacy_version: ProtocolVersion::TLSv1_2,
        random: Random([0x5e; 32]),
        session_id: &[0x1d; 32],
        cipher_suite: suite,
        compression_method: CompressionMethod::null,
        extensions: Some(Extensions::from(&extensions)),
    })
}

fn server_key_exchange() -> Vec<u8> {
    bytes(&tls12::EcdheServerKeyExchange {
        params: tls12::ServerEcdhParams {
            curve_params: tls12::EcParameters {
                named_curve: NamedGroup::x25519,
            },
            public: &[0x50; 32],
        },
        signed_params: tls12::DigitallySigned {
            algorithm: SignatureScheme::ecdsa_secp256r1_sha256,
            signature: &[0x33; 71],
        },
    })
}

/// What one side has to say about a full handshake.
fn report(tracer: &Tracer, suite: CipherSuite) {
    tracer.emit(|| Event::Started {
        peer: Some("example.org:443".into()),
    });
    hellos(tracer, suite);
    identity(tracer);
    key_exchange(tracer);
    finished(tracer, suite);
    established(tracer, suite);
    goodbye(tracer);
}

/// Which way `from` sends, seen from the side that reports.
fn way(tracer: &Tracer, from: Side) -> Direction {
    match from == tracer.side() {
        true => Direction::Sent,
        false => Direction::Received,
    }
}

fn message(tracer: &Tracer, from: Side, epoch: Epoch, bytes: &[u8]) {
    tracer.emit(|| Event::Message {
        direction: way(tracer, from),
        epoch,
        bytes,
    });
}

fn hellos(tracer: &Tracer, suite: CipherSuite) {
    message(tracer, Side::Client, Epoch::Plain, &client_hello());
    tracer.emit(|| Event::Expected {
        any_of: vec![HandshakeType::server_hello.into()],
        section: "RFC 5246 section 7.3",
    });
    message(tracer, Side::Server, Epoch::Plain, &server_hello(suite));
    tracer.emit(|| {
        Event::Chosen(Choice {
            what: "cipher suite",
            by: Side::Server,
            chosen: suite.into(),
            ours: SUITES.map(Value::from).to_vec(),
            theirs: vec![suite.into()],
            reason: "the first of the server's suites that the client offered".into(),
        })
    });
}

fn identity(tracer: &Tracer) {
    let certificates = [
        tls12::Asn1Cert { der: &[0x30; 500] },
        tls12::Asn1Cert { der: &[0x30; 400] },
    ];
    let certificate = tls12::Certificate {
        certificate_list: List::from(&certificates),
    };
    message(tracer, Side::Server, Epoch::Plain, &bytes(&certificate));
    tracer.emit(|| Event::Asked {
        question: "VerifyIdentity",
        detail: "do these 2 certificates belong to example.org?".into(),
    });
    tracer.emit(|| Event::Answered {
        question: "VerifyIdentity",
        by: "webpki".into(),
        answer: "yes, they lead to a trusted root".into(),
    });
    message(tracer, Side::Server, Epoch::Plain, &server_key_exchange());
    tracer.emit(|| {
        Event::Signature(SignatureUse {
            by: Side::Server,
            direction: way(tracer, Side::Server),
            scheme: SignatureScheme::ecdsa_secp256r1_sha256,
            over: "client_random, server_random and the server's key exchange parameters".into(),
            proves: "who made these parameters holds the certificate's private key".into(),
            section: "RFC 5246 section 7.4.3",
        })
    });
    let done = bytes(&tls12::ServerHelloDone {});
    message(tracer, Side::Server, Epoch::Plain, &done);
}

fn key_exchange(tracer: &Tracer) {
    let exchange = tls12::EcdhClientKeyExchange { point: &[0xc0; 32] };
    message(tracer, Side::Client, Epoch::Plain, &bytes(&exchange));
    let (group, us) = (NamedGroup::x25519, tracer.side());
    let publics = ([0xc0; 32], [0x50; 32]);
    tracer.emit(|| Event::Derived(Derivation::ecdhe(us, group, &publics.0, &publics.1, 32)));
    let hash = [0xa5; 32];
    tracer.emit(|| Event::Derived(Derivation::extended_master_secret("SHA-256", &hash)));
    tracer.secret(SecretLabel::ClientRandom, &[0xc1; 32], &SECRET);
    let (client, server) = ([0xc1; 32], [0x5e; 32]);
    tracer.emit(|| Event::Derived(Derivation::key_block("SHA-256", &client, &server, 0, 16, 4)));
}

fn finished(tracer: &Tracer, suite: CipherSuite) {
    let direction = way(tracer, Side::Client);
    tracer.emit(|| Event::ChangeCipherSpec { direction });
    tracer.emit(|| Event::KeysInstalled {
        direction,
        epoch: Epoch::Traffic,
        suite,
    });
    let hash = [0x77; 32];
    tracer.emit(|| Event::Derived(Derivation::verify_data("SHA-256", Side::Client, &hash)));
    let finished = bytes(&Finished {
        verify_data: &[9; 12],
    });
    message(tracer, Side::Client, Epoch::Traffic, &finished);
}

fn established(tracer: &Tracer, suite: CipherSuite) {
    let ticket = tls12::NewSessionTicket {
        ticket_lifetime_hint: 7200,
        ticket: &[0x71; 180],
    };
    message(tracer, Side::Server, Epoch::Plain, &bytes(&ticket));
    tracer.emit(|| Event::SessionStored {
        by: ResumedBy::Ticket,
        length: 180,
        lifetime: 7200,
    });
    let peer_certificates = if tracer.side() == Side::Client { 2 } else { 0 };
    tracer.emit(|| {
        Event::Established(Facts {
            version: ProtocolVersion::TLSv1_2,
            suite,
            group: Some(NamedGroup::x25519),
            server_signature: Some(SignatureScheme::ecdsa_secp256r1_sha256),
            client_signature: None,
            resumed: None,
            extended_master_secret: true,
            server_name: Some("example.org".into()),
            alpn: None,
            peer_certificates,
        })
    });
}

fn goodbye(tracer: &Tracer) {
    let direction = way(tracer, Side::Server);
    tracer.emit(|| Event::Alert {
        direction,
        epoch: Epoch::Traffic,
        level: AlertLevel::warning,
        description: AlertDescription::close_notify,
    });
    tracer.emit(|| Event::Closed { direction });
}

fn told(side: Side, suite: CipherSuite) -> String {
    let output = Shared::new(Vec::new());
    let tracer = Tracer::new(side).with_sink(Text::new(output.clone()));
    report(&tracer, suite);
    output.with(|bytes| String::from_utf8(bytes.clone()).unwrap())
}

#[test]
fn the_text_is_the_one_on_record() {
    let recorded = include_str!("story.txt");
    let text = told(Side::Client, SUITES[0]);
    assert!(
        text == recorded,
        "the text has changed; it now reads:\n{text}"
    );
}

#[test]
fn lines_fit_a_terminal() {
    for side in [Side::Client, Side::Server] {
        let text = told(side, SUITES[0]);
        let long: Vec<_> = text
            .lines()
            .filter(|line| line.chars().count() > 80)
            .collect();
        assert!(long.is_empty(), "{long:#?}");
    }
}

#[test]
fn another_suite_gives_another_text() {
    let [aes, chacha] = SUITES.map(|suite| told(Side::Client, suite));
    assert_ne!(aes, chacha);
    assert!(chacha.contains("chooses the cipher suite: TLS_ECDHE_ECDSA_WITH_CHACHA20"));
}

#[test]
fn both_sides_agree_on_who_sent_what() {
    let headings = |side| {
        let text = told(side, SUITES[0]);
        let lines = text.lines().filter(|line| line.contains(" -> "));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(headings(Side::Client), headings(Side::Server));
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
    report(&tracer, SUITES[0]);

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
    report(&Tracer::new(Side::Server).with_sink(json), SUITES[0]);
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
    assert_eq!(hello["length"], client_hello().len());
    assert_eq!(
        hello["bytes"].as_str().unwrap().len(),
        2 * client_hello().len()
    );

    let derived = find("derived");
    assert_eq!(derived["secret"], "pre_master_secret");
    assert_eq!(derived["inputs"][0]["from"], "server");
    assert!(derived["inputs"][0].get("public").is_none());
    assert_eq!(derived["inputs"][1]["public"], "c0".repeat(32));
    assert_eq!(find("established")["group"], "x25519");
    assert!(find("established").get("alpn").is_none());
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
    report(&tracer, SUITES[0]);
}

#[test]
fn a_shared_writer_outlives_a_sink_that_panicked() {
    let output = Shared::new(Vec::<u8>::new());
    let poisoner = output.clone();
    let panicked = std::thread::spawn(move || poisoner.with(|_| panic!("on purpose"))).join();
    assert!(panicked.is_err());
    report(
        &Tracer::new(Side::Client).with_sink(Text::new(output.clone())),
        SUITES[0],
    );
    assert!(output.with(|bytes| !bytes.is_empty()));
}

/// A sink sees whatever a peer sends: it must not panic on any of it, and say so when it cannot read it.
#[test]
fn undecodable_messages_are_reported_as_such() {
    let whole = [
        client_hello(),
        server_hello(SUITES[0]),
        server_key_exchange(),
    ];
    let output = Shared::new(Vec::new());
    let mut sink = (Text::new(output.clone()), JsonLines::new(output.clone()));
    let context = Context { side: Side::Client };
    for message in &whole {
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
