//! Sessions that outlive a process, and key logs.

use std::fs;

use crate::connect::{connect, echo};
use crate::files::Files;

#[test]
fn a_second_process_resumes_the_session_of_the_first() {
    for (server, by) in [
        ("", "resumed by session ticket"),
        ("--session-cache 0", "resumed by session ticket"),
        ("--no-tickets", "resumed by session ID"),
    ] {
        let files = Files::new();
        let serving = echo(&files, server);
        let options = "--ca-file {ca.pem} --idle 0 --session-file {session}";
        let first = connect(&serving, &files, options, b"");
        assert_eq!(first.code, Some(0), "{}", first.stderr);
        assert!(first.stderr.contains(", full, "), "{}", first.stderr);
        is_private(&files, "session");
        let second = connect(&serving, &files, options, b"");
        assert_eq!(second.code, Some(0), "{}", second.stderr);
        assert!(second.stderr.contains(by), "{}", second.stderr);
        let (_, told) = serving.stop("-TERM");
        assert!(
            told[0].contains(", full, ") && told[1].contains(by),
            "{told:?}"
        );
    }
}

#[test]
fn without_a_file_nothing_is_resumed_and_with_neither_cache_nor_tickets_nothing_can_be() {
    let files = Files::new();
    for (server, client) in [
        ("", ""),
        ("--no-tickets --session-cache 0", "--session-file {session}"),
    ] {
        let serving = echo(&files, server);
        for _ in 0..2 {
            let ended = connect(
                &serving,
                &files,
                &format!("--ca-file {{ca.pem}} --idle 0 {client}"),
                b"",
            );
            assert!(ended.stderr.contains(", full, "), "{}", ended.stderr);
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
fn both_ends_log_the_same_secret() {
    let files = Files::new();
    let serving = echo(&files, "--keylog {server.keys}");
    for _ in 0..2 {
        let ended = connect(
            &serving,
            &files,
            "--ca-file {ca.pem} --idle 0 --keylog {client.keys}",
            b"",
        );
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    }
    drop(serving);
    let [client, server] = ["client.keys", "server.keys"].map(|name| {
        is_private(&files, name);
        fs::read_to_string(files.path(name)).unwrap()
    });
    assert_eq!(client, server);
    assert_eq!(client.lines().count(), 2, "the second is appended");
    for line in client.lines() {
        let words: Vec<_> = line.split(' ').collect();
        let lengths: Vec<_> = words.iter().map(|word| word.len()).collect();
        assert_eq!((words[0], &lengths[1..]), ("CLIENT_RANDOM", &[64, 96][..]));
    }
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
