//! `premaster connect`, and what it finds out about a server.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::process::Child;

use crate::files::Files;
use crate::process::{Ended, Serving, run, start};

/// A mebibyte without pattern.
pub(crate) fn noise() -> Vec<u8> {
    let mut state = 1_u64;
    let next = || {
        state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
        state.to_be_bytes()[0]
    };
    std::iter::repeat_with(next).take(1 << 20).collect()
}

pub(crate) fn echo(files: &Files, more: &str) -> Serving {
    let certificate = "--cert {localhost.pem} --key {localhost.key} --echo";
    Serving::start(files.args(&format!("{certificate} {more}")))
}

pub(crate) fn connect(serving: &Serving, files: &Files, more: &str, stdin: &[u8]) -> Ended {
    let mut args = vec!["connect".to_owned(), serving.address()];
    args.extend(files.args(more));
    run(args, stdin)
}

#[test]
fn a_mebibyte_goes_there_and_comes_back() {
    let files = Files::new();
    let mut serving = echo(&files, "");
    for (version, expected) in [
        (
            "1.3",
            "TLS 1.3, TLS_AES_128_GCM_SHA256, X25519MLKEM768 (hybrid), ecdsa_secp256r1_sha256 (classical), full",
        ),
        (
            "1.2",
            "TLS 1.2, TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, x25519 (classical), \
             ecdsa_secp256r1_sha256 (classical), full, extended master secret",
        ),
    ] {
        let options = format!("--ca-file {{ca.pem}} --idle 0 --max-version {version}");
        let ended = connect(&serving, &files, &options, &noise());
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        assert!(ended.stdout == noise());
        let mut lines = ended.stderr.lines();
        assert_eq!(lines.next(), Some(&*format!("connected: {expected}")));
        let certificate = lines.next().unwrap();
        assert!(
            certificate
                .starts_with("certificate: CN=localhost, issued by CN=test CA, valid until "),
            "{certificate}"
        );
        assert_eq!(lines.next(), None);
        let told = serving.line();
        assert!(
            told.starts_with(&format!("connected: {expected}, from 127.0.0.1:")),
            "{told}"
        );
    }
}

#[test]
fn what_may_be_agreed_on_can_be_chosen() {
    let files = Files::new();
    let serving = echo(&files, "--alpn http/1.1,h2");
    for (choice, expected) in [
        (
            "--min-version 1.2 --max-version 1.2 \
             --suite tls_ecdhe_ecdsa_with_chacha20_poly1305_sha256 --group SECP256R1 --alpn h2",
            "TLS 1.2, TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, secp256r1 (classical), \
             ecdsa_secp256r1_sha256 (classical), full, extended master secret, ALPN h2",
        ),
        (
            "--min-version 1.3 --suite tls_chacha20_poly1305_sha256 --group x25519 --alpn h2",
            "TLS 1.3, TLS_CHACHA20_POLY1305_SHA256, x25519 (classical), ecdsa_secp256r1_sha256 (classical), full, \
             ALPN h2",
        ),
        // A suite says which version it is of.
        (
            "--suite TLS_AES_256_GCM_SHA384 --group secp256r1mlkem768",
            "TLS 1.3, TLS_AES_256_GCM_SHA384, SecP256r1MLKEM768 (hybrid), ecdsa_secp256r1_sha256 (classical), full",
        ),
        (
            "--suite TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
            "TLS 1.2, TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, x25519 (classical), \
             ecdsa_secp256r1_sha256 (classical), full, extended master secret",
        ),
    ] {
        let options = format!("--ca-file {{ca.pem}} --idle 0 {choice}");
        let ended = connect(&serving, &files, &options, b"");
        assert_eq!(ended.code, Some(0), "{choice}: {}", ended.stderr);
        let told = ended.stderr.lines().next().unwrap();
        assert_eq!(told, format!("connected: {expected}"), "{choice}");
    }

    let ended = connect(&serving, &files, "--ca-file {ca.pem} --alpn smtp", b"");
    assert_eq!(ended.code, Some(1));
    assert!(
        ended.only_line().contains("no_application_protocol"),
        "{}",
        ended.stderr
    );
}

#[test]
fn a_server_is_trusted_by_its_root_and_name() {
    let files = Files::new();
    let serving = echo(&files, "");
    for (options, reason) in [
        ("", "roots issued it"),
        ("--ca-file {other.example.pem}", "did not issue it"),
        (
            "--ca-file {ca.pem} --server-name other.example",
            "not valid for other.example",
        ),
    ] {
        let ended = connect(&serving, &files, options, b"a secret");
        assert_eq!((ended.code, ended.stdout.len()), (Some(1), 0), "{options}");
        let line = ended.only_line();
        assert!(
            line.starts_with("premaster: no connection to localhost:"),
            "{line}"
        );
        assert!(line.contains(reason), "{options}: {line}");
    }
}

#[test]
fn a_server_is_trusted_by_its_pin() {
    let files = Files::new();
    let serving = echo(&files, "");
    let wrong = "00".repeat(32);
    let ended = connect(&serving, &files, &format!("--pin {wrong}"), b"a secret");
    assert_eq!((ended.code, ended.stdout.len()), (Some(1), 0));
    // The error tells the right one.
    let line = ended.only_line();
    let pin = line
        .split(|it: char| !it.is_ascii_hexdigit())
        .find(|word| word.len() == 64 && *word != wrong)
        .unwrap_or_else(|| panic!("{line}"));
    for options in [
        format!("--pin {pin}"),
        format!("--pin {wrong} --pin {pin} --server-name other.example"),
    ] {
        let ended = connect(&serving, &files, &format!("{options} --idle 0"), b"hello");
        assert_eq!(ended.code, Some(0), "{options}: {}", ended.stderr);
    }
}

#[test]
fn nobody_there_is_a_failure_of_the_peer() {
    let address = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().to_string()
    };
    let ended = run(["connect", &address], b"");
    assert_eq!(ended.code, Some(1));
    let expected = format!("premaster: cannot reach {address}: ");
    assert!(ended.only_line().starts_with(&expected), "{ended:?}");
}

#[test]
fn a_peer_that_speaks_no_tls_is_told_apart() {
    let http = "like an answer of an HTTP server without TLS";
    for (greeting, looks) in [
        (&b"220 mail.example ESMTP\r\n"[..], "SMTP or FTP server"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", http),
        (b"<!DOCTYPE HTML>\n<html lang=\"en\">\n", http),
        (b"<html>\r\n<head><title>400 Bad Request</title>", http),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let answering = std::thread::spawn(move || {
            let (mut peer, _) = listener.accept().unwrap();
            peer.write_all(greeting).unwrap();
            // Until the client has closed: its ClientHello and an alert.
            drop(peer.read_to_end(&mut Vec::new()));
        });
        let ended = run(["connect", &address], b"");
        assert_eq!(ended.code, Some(1));
        let expected = format!("no connection to {address}: the peer does not speak TLS here: ");
        let line = ended.only_line();
        assert!(line.contains(&expected) && line.contains(looks), "{line}");
        answering.join().unwrap();
    }
}

/// Starts a client whose stdin stays open, and reads what comes back of one line.
fn converse(serving: &Serving, files: &Files) -> (Child, String) {
    let mut args = vec!["connect".to_owned(), serving.address()];
    args.extend(files.args("--ca-file {ca.pem}"));
    let mut child = start(args);
    child
        .stdin
        .as_mut()
        .unwrap()
        .write_all(b"one line\n")
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap())
        .read_line(&mut line)
        .unwrap();
    (child, line)
}

#[test]
fn a_line_comes_back_while_stdin_is_open_and_the_servers_goodbye_ends_it_all() {
    let files = Files::new();
    let serving = echo(&files, "");
    let (mut child, line) = converse(&serving, &files);
    assert_eq!(line, "one line\n");
    let (status, _) = serving.stop("-INT");
    assert_eq!(status.code(), Some(0));
    let mut told = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut told)
        .unwrap();
    // It said goodbye: a clean end, though our stdin is still open.
    assert_eq!(child.wait().unwrap().code(), Some(0), "{told}");
}

#[test]
fn a_cut_connection_is_told() {
    let files = Files::new();
    let serving = echo(&files, "");
    let (mut child, _) = converse(&serving, &files);
    drop(serving); // killed: no goodbye
    let mut told = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut told)
        .unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(1));
    let last = told.lines().last().unwrap();
    assert!(
        last.contains("cut without close_notify") || last.contains("broke"),
        "{told}"
    );
}

#[test]
fn a_reader_who_has_seen_enough_is_no_failure() {
    let files = Files::new();
    let serving = echo(&files, "");
    let mut args = vec!["connect".to_owned(), serving.address()];
    args.extend(files.args("--ca-file {ca.pem}"));
    let mut child = start(args);
    drop(child.stdout.take());
    child
        .stdin
        .as_mut()
        .unwrap()
        .write_all(b"for nobody\n")
        .unwrap();
    let mut told = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut told)
        .unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0), "{told}");
    assert_eq!(told.lines().count(), 2, "{told}");
}
