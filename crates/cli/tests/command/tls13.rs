//! What only TLS 1.3 has: early data, pre-shared keys, a second ClientHello, refusals after the handshake.

use std::fs;

use serde_json::Value;

use crate::connect::{connect, echo, noise};
use crate::files::Files;
use crate::process::{Ended, Serving};

const RESUME: &str = "--ca-file {ca.pem} --idle 0 --session-file {session}";
const KEY: &str = "00112233445566778899aabbccddeeff";

/// Connects and has all go well: the summary.
fn agreed(ended: &Ended) -> &str {
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    ended.stderr.lines().next().unwrap()
}

/// What is said of early data.
fn early(ended: &Ended) -> &str {
    let mut lines = ended.stderr.lines();
    let told = lines.find_map(|line| line.strip_prefix("early data: "));
    told.unwrap_or_else(|| panic!("{}", ended.stderr))
}

/// A client with `{words}` as early data and more words on stdin.
fn speak(serving: &Serving, files: &Files, words: &[u8]) -> Ended {
    fs::write(files.path("words"), words).unwrap();
    let options = format!("{RESUME} --early-data {{words}}");
    let ended = connect(serving, files, &options, b", then the rest");
    // Nothing is lost, and nothing comes twice.
    let expected = [words, b", then the rest"].concat();
    assert!(ended.stdout == expected, "{}", ended.stderr);
    ended
}

#[test]
fn early_data_is_sent_where_the_session_allows_it_and_else_in_its_turn() {
    let files = Files::new();
    let mut serving = echo(&files, "--early-data 1000");

    let first = speak(&serving, &files, b"early");
    assert!(!agreed(&first).contains("early data"), "{}", first.stderr);
    assert!(early(&first).starts_with("not offered"), "{}", first.stderr);
    let told = serving.line();
    assert!(told.contains("full, from"), "{told}");

    let second = speak(&serving, &files, b"early");
    assert!(agreed(&second).ends_with(", resumed by session ticket, early data accepted"));
    assert_eq!(early(&second), "accepted, 5 bytes");
    assert!(second.stderr.contains("cost: early data: "));
    let told = serving.line();
    assert!(
        told.contains("early data accepted (5 bytes), from"),
        "{told}"
    );

    // More than the server takes.
    let third = speak(&serving, &files, &noise());
    let length = noise().len();
    assert_eq!(
        early(&third),
        format!("accepted, 1000 of {length} bytes; the rest follows now")
    );
    let told = serving.line();
    assert!(told.contains("early data accepted (1000 bytes)"), "{told}");
}

/// The server has dropped it: it is sent once more, and arrives once.
#[test]
fn early_data_that_is_rejected_is_sent_again() {
    let files = Files::new();
    let mut serving = echo(&files, "--early-data 1000 --group x25519 --group secp384r1");
    fs::write(files.path("words"), b"early").unwrap();
    // The server has to ask for another key share, and takes no early data then (RFC 8446 section 4.2.10).
    let options = format!("{RESUME} --early-data {{words}} --group secp256r1 --group secp384r1");
    let first = connect(&serving, &files, &options, b"");
    assert!(early(&first).starts_with("not offered"));
    serving.line();
    let second = connect(&serving, &files, &options, b" late");
    assert_eq!(second.stdout, b"early late");
    let told = agreed(&second);
    assert!(told.contains(", after HelloRetryRequest"), "{told}");
    let why = "the server asked for another ClientHello";
    assert!(
        told.ends_with(&format!(", early data rejected ({why})")),
        "{told}"
    );
    assert_eq!(
        early(&second),
        format!("rejected: {why}; all of it follows now")
    );
    assert!(!second.stderr.contains("cost: "), "{}", second.stderr);
    let told = serving.line();
    let why = format!("early data rejected ({why}), from");
    assert!(told.contains(&why), "{told}");
}

/// A server that was started again has other ticket keys: it can read neither the ticket nor what came with it.
#[test]
fn early_data_for_a_server_that_has_forgotten_is_sent_again() {
    let files = Files::new();
    agreed(&connect(
        &echo(&files, "--early-data 1000"),
        &files,
        RESUME,
        b"",
    ));
    let mut serving = echo(&files, "--early-data 1000");
    let ended = speak(&serving, &files, b"early");
    let rejected = "full, early data rejected (the session was not resumed)";
    assert!(agreed(&ended).ends_with(rejected));
    assert_eq!(
        early(&ended),
        "rejected: the session was not resumed; all of it follows now"
    );
    let told = serving.line();
    assert!(told.contains(&format!("{rejected}, from")), "{told}");
}

/// A server that takes any amount gets no more than fits on the way.
#[test]
fn early_data_does_not_wait_for_a_server_that_waits() {
    let files = Files::new();
    let serving = echo(&files, "--early-data 4000000000");
    agreed(&connect(&serving, &files, RESUME, b""));
    let ended = speak(&serving, &files, &noise());
    let length = noise().len();
    assert_eq!(
        early(&ended),
        format!("accepted, 65536 of {length} bytes; the rest follows now")
    );
}

#[test]
fn a_server_that_takes_no_early_data_is_offered_none() {
    let files = Files::new();
    let serving = echo(&files, "");
    agreed(&connect(&serving, &files, RESUME, b""));
    let ended = speak(&serving, &files, b"early");
    assert!(agreed(&ended).ends_with(", resumed by session ticket"));
    assert!(early(&ended).starts_with("not offered: the session allows none;"));

    // A session of TLS 1.2 allows none either.
    let files = Files::new();
    let serving = echo(&files, "--early-data 1000 --max-version 1.2");
    agreed(&connect(&serving, &files, RESUME, b""));
    let ended = speak(&serving, &files, b"early");
    assert!(agreed(&ended).contains("TLS 1.2, "));
    assert!(agreed(&ended).contains(", resumed by session ticket"));
    assert!(early(&ended).starts_with("not offered: there is none before TLS 1.3;"));
}

#[test]
fn a_request_that_comes_early_is_answered_after_the_handshake() {
    let files = Files::new();
    let certificate = "--cert {localhost.pem} --key {localhost.key} --status --early-data 1000";
    let serving = Serving::start(files.args(certificate));
    let request = b"GET / HTTP/1.1\r\n";
    for outcome in ["not offered", "accepted, 16 bytes"] {
        fs::write(files.path("words"), request).unwrap();
        let options = format!("{RESUME} --early-data {{words}}");
        // The rest of the request comes when it comes.
        let ended = connect(&serving, &files, &options, b"Host: localhost\r\n\r\n");
        assert!(early(&ended).starts_with(outcome), "{}", ended.stderr);
        let answer = ended.stdout();
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
        let accepted = outcome.starts_with("accepted");
        assert_eq!(
            answer.contains("early data             accepted\n"),
            accepted
        );
    }
}

#[test]
fn early_data_is_told_as_json() {
    let files = Files::new();
    let serving = echo(&files, "--early-data 1000");
    fs::write(files.path("words"), b"early").unwrap();
    for (outcome, bytes) in [("not offered", 0), ("accepted", 5)] {
        let options = format!("{RESUME} --early-data {{words}} --json");
        let ended = connect(&serving, &files, &options, b"");
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        let parse = |line: &str| serde_json::from_str::<Value>(line).unwrap();
        let mut objects = ended.stderr.lines().map(parse);
        let connected = objects.find(|it| it["event"] == "connected").unwrap();
        assert_eq!(connected["early_data"]["outcome"], outcome);
        assert_eq!(connected["early_data"]["bytes"], bytes);
    }
}

#[test]
fn a_key_that_both_know_takes_the_place_of_certificates() {
    let files = Files::new();
    fs::write(files.path("keys"), format!("\nmeter:7:{KEY}\n")).unwrap();
    let mut serving = echo(
        &files,
        &format!("--psk other:{KEY}{KEY} --psk meter:7:{KEY}"),
    );
    for given in [
        format!("--psk meter:7:{KEY}"),
        "--psk-file {keys}".to_owned(),
    ] {
        let options = format!("--ca-file {{ca.pem}} --idle 0 {given}");
        let ended = connect(&serving, &files, &options, b"hello");
        let expected =
            "connected: TLS 1.3, TLS_AES_128_GCM_SHA256, X25519MLKEM768 (hybrid), pre-shared key";
        assert_eq!(agreed(&ended), expected);
        assert_eq!(ended.stderr.lines().count(), 1, "no certificate");
        assert_eq!(ended.stdout, b"hello");
        let told = serving.line();
        assert!(told.starts_with(&format!("{expected}, from ")), "{told}");
    }
    // Whom the server does not know by a key has to be shown the certificate.
    let options = format!("--ca-file {{ca.pem}} --idle 0 --psk stranger:{KEY}");
    let ended = connect(&serving, &files, &options, b"");
    assert!(agreed(&ended).ends_with(", full"), "{}", ended.stderr);
    serving.line();
    // Who has another key under a name that the server knows is found out.
    let options = format!("--ca-file {{ca.pem}} --idle 0 --psk meter:7:{KEY}00");
    let ended = connect(&serving, &files, &options, b"");
    assert_eq!(ended.code, Some(1));
    assert!(
        ended.only_line().contains("decrypt_error"),
        "{}",
        ended.stderr
    );
    let told = serving.line();
    assert!(
        told.starts_with("failed: ") && !told.contains(&KEY[..8]),
        "{told}"
    );
}

#[test]
fn a_second_client_hello_is_told() {
    let files = Files::new();
    let mut serving = echo(&files, "--group secp384r1");
    let ended = connect(&serving, &files, "--ca-file {ca.pem} --idle 0", b"");
    let expected = "connected: TLS 1.3, TLS_AES_128_GCM_SHA256, secp384r1 (classical), \
                    ecdsa_secp256r1_sha256 (classical), full, after HelloRetryRequest";
    assert_eq!(agreed(&ended), expected);
    assert!(serving.line().starts_with(expected));
}

/// In TLS 1.3 a client is through before the server has seen whether it has a certificate.
#[test]
fn a_refusal_after_the_handshake_is_told_as_one() {
    let files = Files::new();
    let mut serving = echo(&files, "--client-ca {ca.pem} --require-client-cert");
    for stdin in [&b""[..], b"hello", &noise()] {
        let ended = connect(&serving, &files, "--ca-file {ca.pem}", stdin);
        assert_eq!((ended.code, ended.stdout.len()), (Some(1), 0));
        let last = ended.stderr.lines().last().unwrap();
        assert_eq!(
            last,
            "premaster: the server refused the connection after the handshake: the peer sent the alert \
             certificate_required: it wants a client certificate: give one with --cert and --key"
        );
        assert!(serving.line().starts_with("failed: "));
    }
}
