//! Sessions that outlive a process, and key logs.

use std::fs;

use crate::connect::{connect, echo};
use crate::files::Files;

#[test]
fn a_second_process_resumes_the_session_of_the_first() {
    let [id, ticket] = ["resumed by session ID", "resumed by session ticket"];
    for (version, server, by_server, by_client) in [
        ("1.2", "", ticket, ticket),
        ("1.2", "--session-cache 0", ticket, ticket),
        ("1.2", "--no-tickets", id, id),
        ("1.3", "", ticket, ticket),
        ("1.3", "--session-cache 0", ticket, ticket),
        // To a client of TLS 1.3 a ticket is a ticket; the server finds its own session by it.
        ("1.3", "--no-tickets", id, ticket),
    ] {
        let files = Files::new();
        let serving = echo(&files, server);
        let options = format!(
            "--ca-file {{ca.pem}} --idle 0 --session-file {{session}} --max-version {version}"
        );
        let first = connect(&serving, &files, &options, b"");
        assert_eq!(first.code, Some(0), "{}", first.stderr);
        assert!(is_full(&first.stderr, version), "{}", first.stderr);
        is_private(&files, "session");
        let second = connect(&serving, &files, &options, b"");
        assert_eq!(second.code, Some(0), "{}", second.stderr);
        assert!(second.stderr.contains(by_client), "{}", second.stderr);
        let (_, told) = serving.stop("-TERM");
        assert!(is_full(&told[0], version), "{told:?}");
        assert!(told[1].contains(by_server), "{told:?}");
    }
}

/// Whether this tells of a full handshake of the version.
fn is_full(told: &str, version: &str) -> bool {
    let line = told.lines().next().unwrap_or_default();
    let begins = line.starts_with(&format!("connected: TLS {version}, "));
    begins && line.split(", ").any(|part| part == "full")
}

#[test]
fn without_a_file_nothing_is_resumed_and_with_neither_cache_nor_tickets_nothing_can_be() {
    let files = Files::new();
    for (server, client) in [
        ("", ""),
        ("--no-tickets --session-cache 0", "--session-file {session}"),
    ] {
        let serving = echo(&files, server);
        for version in ["1.2", "1.2", "1.3", "1.3"] {
            let options = format!("--ca-file {{ca.pem}} --idle 0 --max-version {version} {client}");
            let ended = connect(&serving, &files, &options, b"");
            assert!(is_full(&ended.stderr, version), "{}", ended.stderr);
        }
    }
}

#[test]
fn a_session_file_that_cannot_be_written_breaks_no_connection() {
    let files = Files::new();
    let serving = echo(&files, "");
    // Long enough that no name is left for what is to replace it: only who writes finds out.
    let name = "s".repeat(250);
    let options = format!("--ca-file {{ca.pem}} --idle 0 --session-file {{{name}}}");
    let ended = connect(&serving, &files, &options, b"hello");
    assert_eq!((ended.code, &*ended.stdout), (Some(0), &b"hello"[..]));
    assert!(
        ended
            .stderr
            .contains("warning: --session-file: cannot write"),
        "{}",
        ended.stderr
    );
}

#[test]
fn both_ends_log_the_same_secrets() {
    const TLS13: [&str; 5] = [
        "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
        "CLIENT_TRAFFIC_SECRET_0",
        "EXPORTER_SECRET",
        "SERVER_HANDSHAKE_TRAFFIC_SECRET",
        "SERVER_TRAFFIC_SECRET_0",
    ];
    for (version, labels, length) in [("1.2", &["CLIENT_RANDOM"][..], 96), ("1.3", &TLS13, 64)] {
        let files = Files::new();
        let serving = echo(&files, "--keylog {server.keys}");
        let options = format!(
            "--ca-file {{ca.pem}} --idle 0 --keylog {{client.keys}} --max-version {version}"
        );
        for _ in 0..2 {
            let ended = connect(&serving, &files, &options, b"");
            assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        }
        drop(serving);
        let [client, server] = ["client.keys", "server.keys"].map(|name| {
            is_private(&files, name);
            lines(&fs::read_to_string(files.path(name)).unwrap())
        });
        assert_eq!(client, server);
        let mut logged: Vec<_> = client.iter().map(|words| &*words[0]).collect();
        logged.dedup();
        assert_eq!(logged, labels, "each label");
        assert_eq!(client.len(), 2 * labels.len(), "the second is appended");
        for words in client {
            let lengths: Vec<_> = words[1..].iter().map(String::len).collect();
            assert_eq!(lengths, [64, length]);
        }
    }
}

/// The words of each line, the lines in order.
fn lines(text: &str) -> Vec<Vec<String>> {
    let words = |line: &str| line.split(' ').map(str::to_owned).collect();
    let mut lines: Vec<_> = text.lines().map(words).collect();
    lines.sort();
    lines
}

/// Nobody else may read it.
#[cfg(unix)]
fn is_private(files: &Files, name: &str) {
    use std::os::unix::fs::PermissionsExt;
    let mode = fs::metadata(files.path(name)).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "{name}");
}

#[cfg(not(unix))]
fn is_private(_: &Files, _: &str) {}
