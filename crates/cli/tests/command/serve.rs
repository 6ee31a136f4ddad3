//! `premaster serve`, and what it does with clients that are many, slow, silent or strangers.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::connect::{connect, echo};
use crate::files::Files;
use crate::process::Serving;

fn dial(serving: &Serving) -> TcpStream {
    TcpStream::connect(("127.0.0.1", serving.port)).unwrap()
}

/// Waits until the server has closed this connection, by an end or a reset.
fn is_closed(mut socket: &TcpStream) -> bool {
    match socket.read(&mut [0; 100]) {
        Ok(amount) => amount == 0,
        Err(error) => error.kind() == ErrorKind::ConnectionReset,
    }
}

#[test]
fn a_client_that_says_nothing_is_closed_in_time() {
    let files = Files::new();
    let mut serving = echo(&files, "--handshake-timeout 0.1");
    let silent = dial(&serving);
    let line = serving.line();
    assert!(
        line.starts_with("failed: the handshake took longer than 0.1 s"),
        "{line}"
    );
    assert!(is_closed(&silent));
}

#[test]
fn a_client_that_drips_is_closed_in_time() {
    let files = Files::new();
    let mut serving = echo(&files, "--handshake-timeout 0.3");
    let mut socket = dial(&serving);
    // The header of a long record, then a byte whenever the server has not closed for a while.
    socket.write_all(&[22, 3, 1, 0x3f, 0xff]).unwrap();
    socket
        .set_read_timeout(Some(Duration::from_millis(20)))
        .unwrap();
    let mut drops = 0;
    while !is_closed(&socket) {
        drops += 1;
        assert!(drops < 1000, "it goes on for ever");
        if socket.write_all(&[1]).is_err() {
            break;
        }
    }
    let line = serving.line();
    assert!(
        line.starts_with("failed: the handshake took longer than 0.3 s"),
        "{line}"
    );
}

#[test]
fn more_connections_than_allowed_are_refused_until_one_has_left() {
    let files = Files::new();
    let mut serving = echo(&files, "--max-connections 2");
    let guests = [dial(&serving), dial(&serving)];
    let third = dial(&serving);
    assert!(is_closed(&third));
    let line = serving.line();
    assert!(
        line.starts_with("refused: 2 connections are open, see --max-connections, from "),
        "{line}"
    );
    let [first, _second] = guests;
    drop(first);
    // The server tells when it has noticed.
    assert!(serving.line().starts_with("failed: "));
    loop {
        let ended = connect(&serving, &files, "--ca-file {ca.pem} --idle 0", b"hello");
        if ended.code == Some(0) {
            assert_eq!(ended.stdout, b"hello");
            break;
        }
    }
}

#[test]
fn many_clients_are_served_at_the_same_time() {
    let files = Files::new();
    let serving = echo(&files, "");
    // All of them are inside before the first one says anything.
    let guests: Vec<_> = (0..20).map(|_| dial(&serving)).collect();
    let ended = connect(&serving, &files, "--ca-file {ca.pem} --idle 0", b"hello");
    assert_eq!((ended.code, &*ended.stdout), (Some(0), &b"hello"[..]));
    drop(guests);
}

#[test]
fn a_signal_ends_it_cleanly() {
    for signal in ["-INT", "-TERM"] {
        let files = Files::new();
        let serving = echo(&files, "");
        // One that has not even begun its handshake does not hold it up.
        let _silent = dial(&serving);
        let (status, _) = serving.stop(signal);
        assert_eq!(status.code(), Some(0), "{signal}");
    }
}

#[test]
fn the_name_that_a_client_asks_for_picks_the_certificate() {
    let files = Files::new();
    let serving = echo(
        &files,
        "--cert {other.example.pem} --key {other.example.key}",
    );
    for (name, expected) in [
        ("localhost", "certificate: CN=localhost,"),
        ("other.example", "certificate: CN=other.example,"),
    ] {
        let options = format!("--ca-file {{ca.pem}} --idle 0 --server-name {name}");
        let ended = connect(&serving, &files, &options, b"");
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        assert!(ended.stderr.contains(expected), "{}", ended.stderr);
    }
    // An unknown name gets the first certificate, and judges for itself.
    let options = "--ca-file {ca.pem} --server-name third.example";
    let ended = connect(&serving, &files, options, b"");
    assert_eq!(ended.code, Some(1));
    assert!(
        ended.only_line().contains("only for localhost"),
        "{}",
        ended.stderr
    );
}

#[test]
fn clients_show_a_certificate_where_it_is_asked_for() {
    let files = Files::new();
    let with = "--ca-file {ca.pem} --idle 0 --cert {client.pem} --key {client.key}";
    let without = "--ca-file {ca.pem} --idle 0";
    for (server, client, code, told) in [
        (
            "--client-ca {ca.pem} --require-client-cert",
            with,
            0,
            "client signed with ecdsa_secp256r1_sha256",
        ),
        (
            "--client-ca {ca.pem} --require-client-cert",
            without,
            1,
            "failed: ",
        ),
        (
            "--client-ca {ca.pem}",
            with,
            0,
            "client signed with ecdsa_secp256r1_sha256",
        ),
        ("--client-ca {ca.pem}", without, 0, "connected: "),
        ("--client-ca {other.example.pem}", with, 1, "failed: "),
    ] {
        let mut serving = echo(&files, server);
        let ended = connect(&serving, &files, client, b"hello");
        assert_eq!(
            ended.code,
            Some(code),
            "{server} {client}: {}",
            ended.stderr
        );
        let line = serving.line();
        assert!(line.contains(told), "{server} {client}: {line}");
    }
}
