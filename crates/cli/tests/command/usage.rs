//! What is wrong with a command is told in one line: which option or file, what was expected, what to do.

use std::fs;
use std::net::TcpListener;

use crate::files::Files;
use crate::process::run;

const SERVE: &str = "serve --listen 127.0.0.1:0 --cert {localhost.pem} --key {localhost.key}";

#[test]
fn a_wrong_command_gets_one_clear_line() {
    let files = Files::new();
    fs::write(files.path("empty"), "").unwrap();
    let serve = |more: &str| format!("{SERVE} {more}");
    for (words, expected) in [
        // Names that do not exist, with the ones that do.
        (
            "connect h:1 --suite TLS_ECDHE_RSA_WITH_AES_128_GCM".into(),
            &[
                "--suite: ",
                "did you mean TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256?",
                "Known are: ",
            ][..],
        ),
        (
            "connect h:1 --group x448".into(),
            &["--group: there is no x448", "secp256r1"],
        ),
        (
            "connect h:1 --min-version 1.3".into(),
            &["--min-version: there is no 1.3", "Known are: 1.2"],
        ),
        (
            "connect h:1 --sute x".into(),
            &["no option --sute", "did you mean --suite?"],
        ),
        ("conect".into(), &["conect"]),
        // Values of another kind.
        (
            "connect h".into(),
            &["HOST:PORT: `h` has no port", "example.com:443"],
        ),
        (
            "connect h:1 --pin 12".into(),
            &["--pin 12: a pin is the SHA-256 of a public key"],
        ),
        (
            "connect h:1 --idle soon".into(),
            &["--idle soon: expected a number of seconds"],
        ),
        (
            "connect h:1 --server-name a..b".into(),
            &["--server-name a..b: expected a host name"],
        ),
        // What belongs together.
        ("connect h:1 --cert {client.pem}".into(), &["--key"]),
        (
            format!("connect h:1 --ca-file x --pin {}", "00".repeat(32)),
            &["--ca-file", "cannot be used with", "--pin"],
        ),
        (serve("--require-client-cert"), &["--client-ca"]),
        (serve("--echo --status"), &["--echo", "--status"]),
        (
            serve("--key {client.key}"),
            &["--cert was given 1 times and --key 2 times"],
        ),
        // Files.
        (
            "connect h:1 --ca-file {none}".into(),
            &["--ca-file: cannot read", "none: No such file"],
        ),
        (
            "connect h:1 --ca-file {localhost.key}".into(),
            &["localhost.key holds a PRIVATE KEY, expected a CERTIFICATE"],
        ),
        (
            "connect h:1 --session-file {ca.pem}".into(),
            &["--session-file: ", "is not a premaster session file"],
        ),
        (
            "connect h:1 --keylog {none/keys}".into(),
            &["--keylog ", "none/keys: cannot open"],
        ),
        (
            "serve --listen 127.0.0.1:0 --cert {empty} --key {localhost.key}".into(),
            &["--cert", "empty holds nothing"],
        ),
        (
            "serve --listen 127.0.0.1:0 --cert {localhost.pem} --key {client.key}".into(),
            &["localhost.pem", "client.key", "does not belong"],
        ),
        (serve("--client-ca {none}"), &["--client-ca: cannot read"]),
        (
            serve("--www {ca.pem}"),
            &["--www ", "ca.pem: expected a directory"],
        ),
        // Addresses.
        (
            "serve --listen here --cert {localhost.pem} --key {localhost.key}".into(),
            &["--listen here: cannot listen there"],
        ),
    ] {
        let ended = run(files.args(&words), b"");
        assert_eq!(ended.code, Some(2), "{words}: {}", ended.stderr);
        let line = ended.only_line();
        for part in expected {
            assert!(
                line.contains(part),
                "{words}: `{line}` does not say `{part}`"
            );
        }
        assert_eq!(ended.stdout, b"", "{words}");
    }
}

#[test]
fn a_port_in_use_is_told() {
    let files = Files::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let ended = run(files.args(&SERVE.replace("127.0.0.1:0", &address)), b"");
    assert_eq!(ended.code, Some(2));
    let expected = format!("premaster: --listen {address}: cannot listen there: ");
    assert!(ended.only_line().starts_with(&expected), "{ended:?}");
}

#[test]
fn help_version_and_completions_are_answers() {
    for (args, expected) in [
        (&["--help"][..], "Usage: premaster"),
        (&["connect", "--help"], "--session-file"),
        (&["serve", "-h"], "--www"),
        (&["demo", "--help"], "--key-type"),
        (
            &["--version"],
            concat!("premaster ", env!("CARGO_PKG_VERSION")),
        ),
        (&["completions", "bash"], "complete -F _premaster"),
        (&["completions", "zsh"], "#compdef premaster"),
    ] {
        let ended = run(args, b"");
        assert_eq!((ended.code, &*ended.stderr), (Some(0), ""), "{args:?}");
        assert!(ended.stdout().contains(expected), "{args:?}");
    }
    let nothing = run([""; 0], b"");
    assert_eq!(nothing.code, Some(2));
    assert!(nothing.stderr.contains("Usage: premaster"));
}
