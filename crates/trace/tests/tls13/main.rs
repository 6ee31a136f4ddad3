//! Whole TLS 1.3 connections, as a client and as a server report them, through every sink.

mod messages;
mod reported;

use messages::{
    Handshake, client_hello, hello_retry_request, key_update, later_messages, server_hello, ticket,
};
use premaster_trace::{
    Context, Direction, EarlyData, Epoch, Event, JsonLines, KeyLog, PskKind, Shared, Side, Sink,
    Text, Tracer,
};
use premaster_wire::KeyUpdateRequest;
use reported::{SECRET, report};

type Output = Shared<Vec<u8>>;

fn written(output: &Output) -> String {
    output.with(|bytes| String::from_utf8(bytes.clone()).unwrap())
}

fn told(side: Side, handshake: Handshake) -> String {
    let output = Shared::new(Vec::new());
    let tracer = Tracer::new(side).with_sink(Text::new(output.clone()));
    report(&tracer, handshake);
    written(&output)
}

fn json(side: Side, handshake: Handshake) -> Vec<serde_json::Value> {
    let output = Shared::new(Vec::new());
    let tracer = Tracer::new(side).with_sink(JsonLines::new(output.clone()));
    report(&tracer, handshake);
    let text = written(&output);
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn the_text_is_the_one_on_record() {
    for (side, handshake, recorded) in [
        (Side::Client, Handshake::Full, include_str!("full.txt")),
        (
            Side::Server,
            Handshake::Retried,
            include_str!("retried.txt"),
        ),
        (
            Side::Client,
            Handshake::Resumed,
            include_str!("resumed.txt"),
        ),
        (Side::Server, Handshake::PskAlone, include_str!("psk.txt")),
    ] {
        let text = told(side, handshake);
        assert!(
            text == recorded,
            "the text of {handshake:?} has changed; it now reads:\n{text}"
        );
    }
}

#[test]
fn lines_fit_a_terminal() {
    for handshake in Handshake::ALL {
        for side in [Side::Client, Side::Server] {
            let text = told(side, handshake);
            let is_long = |line: &&str| line.chars().count() > 80;
            let long: Vec<_> = text.lines().filter(is_long).collect();
            assert!(long.is_empty(), "{long:#?}");
        }
    }
}

#[test]
fn both_sides_agree_on_who_sent_what() {
    for handshake in Handshake::ALL {
        let headings = |side| {
            let text = told(side, handshake);
            let lines = text.lines().filter(|line| line.contains(" -> "));
            lines.map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(headings(Side::Client), headings(Side::Server));
    }
}

/// Both sides compute every secret of the schedule, by the same function, to the same length.
#[test]
fn both_sides_compute_the_same_secrets() {
    for handshake in Handshake::ALL {
        let secrets = |side| {
            let lines = json(side, handshake).into_iter();
            let derived = lines.filter(|line| line["event"] == "derived");
            let mut secrets: Vec<_> = derived
                .filter(|line| line["secret"] != "shared secret")
                .map(|line| {
                    [&line["secret"], &line["function"], &line["length"]].map(|v| v.to_string())
                })
                .collect();
            secrets.sort_unstable();
            secrets
        };
        assert_eq!(secrets(Side::Client), secrets(Side::Server));
    }
}

/// No message of TLS 1.3 is without its purpose, no secret without its meaning, and none has it twice.
#[test]
fn everything_is_explained_once() {
    for handshake in Handshake::ALL {
        let text = told(Side::Client, handshake);
        let mut explained: Vec<String> = Vec::new();
        for (name, sentences) in paragraphs(&text) {
            let known = explained.contains(&name);
            assert!(known || sentences > 0, "{name} is not explained:\n{text}");
            explained.push(name);
        }
        let mut sentences: Vec<_> = text.lines().filter(|line| is_sentence(line)).collect();
        let all = sentences.len();
        sentences.sort_unstable();
        sentences.dedup();
        assert_eq!(all, sentences.len(), "{text}");
    }
}

/// Messages and secrets by name, with the number of sentences below them. What both sides have counts as one.
fn paragraphs(text: &str) -> Vec<(String, usize)> {
    let mut paragraphs: Vec<(String, usize)> = Vec::new();
    for line in text.lines() {
        let message = line
            .split_once(" -> ")
            .and_then(|(_, rest)| rest.split_once(": "));
        let secret = line.split_once(" computes ");
        if let Some((_, name)) = message.or(secret) {
            let name = name.split([',', '(']).next().unwrap();
            let name = name
                .replace("the client's ", "")
                .replace("the server's ", "");
            paragraphs.push((name.replace("client_", "").replace("server_", ""), 0));
        } else if let Some((_, sentences)) = paragraphs.last_mut() {
            *sentences += usize::from(is_sentence(line));
        }
    }
    paragraphs
}

/// The first line of a paragraph of words; fields have a gap between name and value.
fn is_sentence(line: &str) -> bool {
    let text = line.strip_prefix("    ").unwrap_or_default();
    text.starts_with(|first: char| first.is_ascii_uppercase()) && !text.contains("  ")
}

#[test]
fn secrets_reach_only_the_key_log() {
    let [text, json, log] = [(); 3].map(|()| Shared::new(Vec::new()));
    let sinks = (
        Text::new(text.clone()),
        JsonLines::new(json.clone()).with_bytes(),
    );
    let tracer = Tracer::new(Side::Client)
        .with_sink(sinks)
        .with_secrets(KeyLog::dangerous_key_log(log.clone()));
    report(&tracer, Handshake::Resumed);
    let secret = "5e".repeat(SECRET.len());
    // The server's random is in the messages: what tells a secret apart is the line it stands on.
    assert!(!written(&text).contains(&secret));
    let lines = written(&log);
    let labels: Vec<_> = lines
        .lines()
        .map(|line| {
            let [label, random, logged] = line.splitn(3, ' ').collect::<Vec<_>>()[..] else {
                panic!("{line}")
            };
            assert_eq!((random, logged), (&*"c1".repeat(32), &*secret));
            label
        })
        .collect();
    // RFC 9850 section 2.1, and two secrets that came with key updates.
    let wanted = [
        "CLIENT_EARLY_TRAFFIC_SECRET",
        "EARLY_EXPORTER_SECRET",
        "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
        "SERVER_HANDSHAKE_TRAFFIC_SECRET",
        "CLIENT_TRAFFIC_SECRET_0",
        "SERVER_TRAFFIC_SECRET_0",
        "EXPORTER_SECRET",
        "CLIENT_TRAFFIC_SECRET_1",
        "SERVER_TRAFFIC_SECRET_1",
    ];
    assert_eq!(labels, wanted);
}

#[test]
fn tools_read_the_same_story() {
    let lines = json(Side::Client, Handshake::Full);
    let event = |event: &str| lines.iter().find(|line| line["event"] == event).unwrap();
    let message = |kind: &str| lines.iter().find(|line| line["type"] == kind).unwrap();

    let shares = &message("ClientHello")["fields"]["key_share"];
    assert_eq!(shares[0]["group"], "X25519MLKEM768");
    assert_eq!(shares[1]["key_exchange"], "c0".repeat(32));
    let share = &message("ServerHello")["fields"]["key_share"];
    assert_eq!(share["group"], "X25519MLKEM768");
    assert_eq!(message("ServerHello")["epoch"], "plain");
    assert_eq!(message("EncryptedExtensions")["epoch"], "handshake");
    let ticket = &message("NewSessionTicket")["fields"];
    assert_eq!(ticket["max_early_data_size"], 16384);
    assert_eq!(ticket["ticket_nonce"], "0001");
    let update = &message("KeyUpdate")["fields"];
    assert_eq!(update["request_update"], "update_requested");

    let facts = event("established");
    assert_eq!(facts["quantum_safety"]["group"], "hybrid");
    assert_eq!(facts["quantum_safety"]["server_signature"], "classical");
    assert_eq!(facts["retried"], false);
    assert!(facts.get("early_data").is_none());
    let update = event("key_update");
    assert_eq!(
        (&update["from"], &update["direction"]),
        (&"client".into(), &"sent".into())
    );
    assert_eq!(
        (&update["requested"], &update["generation"]),
        (&true.into(), &1.into())
    );

    let lines = json(Side::Server, Handshake::Resumed);
    let events = |event: &'static str| lines.iter().filter(move |line| line["event"] == event);
    let early: Vec<_> = events("early_data").map(|line| &line["what"]).collect();
    assert_eq!(early, ["offered", "accepted"]);
    let psk = events("psk_chosen").next().unwrap();
    assert_eq!(
        (&psk["psk"], &psk["age"]),
        (&"resumption".into(), &60.into())
    );
    assert_eq!(
        events("established").next().unwrap()["early_data"],
        "accepted"
    );
}

#[test]
fn what_a_psk_alone_costs_is_told() {
    for handshake in Handshake::ALL {
        let alone = handshake == Handshake::PskAlone;
        let text = told(Side::Client, handshake);
        let costs = "forward secrecy       none: whoever gets the pre-shared key";
        assert_eq!(text.contains(costs), alone, "{handshake:?}");
        assert_eq!(text.contains("Nothing secret is added"), alone);
        assert_eq!(
            text.contains("This is where the key exchange comes in"),
            !alone
        );
    }
}

#[test]
fn what_resists_quantum_computers_is_told() {
    for (handshake, group) in [
        (
            Handshake::Full,
            "group                 X25519MLKEM768 (hybrid: classical and post-quantum)\n",
        ),
        (
            Handshake::Retried,
            "group                 secp256r1 (classical)\n",
        ),
    ] {
        assert!(told(Side::Client, handshake).contains(group));
    }
}

/// TLS 1.2 encrypts from a ChangeCipherSpec on; in TLS 1.3 it means nothing (RFC 8446 appendix D.4).
#[test]
fn a_change_cipher_spec_means_nothing() {
    for handshake in [Handshake::Retried, Handshake::Resumed] {
        let text = told(Side::Client, handshake);
        assert!(text.contains("It means nothing in TLS 1.3"), "{text}");
        assert!(!text.contains("is encrypted with the new keys"));
    }
}

/// A sink that joins late still knows by the keys what it sees.
#[test]
fn messages_without_hellos_are_told_by_their_keys() {
    for (epoch, message, field) in [
        (Epoch::Traffic, ticket(), "ticket_nonce"),
        (
            Epoch::Traffic,
            key_update(KeyUpdateRequest::update_requested),
            "update_requested",
        ),
        (
            Epoch::Handshake,
            later_messages(Handshake::Full)[1].2.clone(),
            "certificate_lengths",
        ),
    ] {
        let output = Shared::new(Vec::new());
        let tracer = Tracer::new(Side::Client).with_sink(Text::new(output.clone()));
        tracer.emit(|| Event::Message {
            direction: Direction::Received,
            epoch,
            bytes: &message,
        });
        let text = written(&output);
        assert!(text.contains(field), "{text}");
        assert!(!text.contains("undecodable"), "{text}");
    }
}

/// A sink sees whatever a peer sends: it must not panic on any of it, and say so when it cannot read it.
#[test]
fn undecodable_messages_are_reported_as_such() {
    let output = Shared::new(Vec::new());
    let mut sink = (Text::new(output.clone()), JsonLines::new(output.clone()));
    let context = Context { side: Side::Client };
    let mut messages = Vec::new();
    for handshake in Handshake::ALL {
        messages.push((Epoch::Plain, client_hello(handshake, false)));
        messages.push((Epoch::Plain, hello_retry_request()));
        messages.push((Epoch::Plain, client_hello(handshake, true)));
        messages.push((Epoch::Plain, server_hello(handshake)));
        let later = later_messages(handshake).into_iter();
        messages.extend(later.map(|(_, epoch, message)| (epoch, message)));
    }
    messages.push((Epoch::Traffic, ticket()));
    for (epoch, message) in &messages {
        for length in 0..message.len() {
            output.with(Vec::clear);
            let event = Event::Message {
                direction: Direction::Received,
                epoch: *epoch,
                bytes: &message[..length],
            };
            sink.event(&context, &event);
            assert!(written(&output).contains("undecodable"));
        }
    }
}

#[test]
fn every_event_of_tls_1_3_is_told_by_both_sinks() {
    let events = [
        (
            Event::EarlyData {
                what: EarlyData::Rejected,
                detail: "the ticket is of another suite".into(),
            },
            "server drops the early data unread: the ticket is of another suite",
        ),
        (
            Event::EarlyData {
                what: EarlyData::Accepted,
                detail: "".into(),
            },
            "server accepts the early data\n",
        ),
        (
            Event::PskChosen {
                psk: PskKind::Imported,
                index: 2,
                key_exchange: true,
                age: None,
            },
            "server takes the imported pre-shared key (identity 2)",
        ),
        (
            Event::KeyUpdate {
                direction: Direction::Received,
                requested: true,
                generation: 3,
            },
            "server goes on with its traffic secret number 3, and wants the client",
        ),
    ];
    for (event, words) in events {
        let (text, json) = (Shared::new(Vec::new()), Shared::new(Vec::new()));
        let context = Context { side: Side::Client };
        Text::new(text.clone()).event(&context, &event);
        JsonLines::new(json.clone()).event(&context, &event);
        assert!(written(&text).contains(words), "{}", written(&text));
        let name = format!("\"event\":\"{}\"", event.name());
        assert!(written(&json).contains(&name));
    }
}
