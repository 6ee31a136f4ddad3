//! What is wrong with a command is told in one line: which option or file, what was expected, what to do.

use std::fs;
use std::net::TcpListener;

use crate::files::Files;
use crate::process::run;

const SERVE: &str = "serve --listen 127.0.0.1:0 --cert {localhost.pem} --key {localhost.key}";

/// Of a pre-shared key: nobody is told it.
const KEY: &str = "00112233445566778899aabbccddeeff";

/// Runs each command and looks for all these words in its one line.
fn expect(files: &Files, cases: &[(&str, &[&str])]) {
    for (words, expected) in cases {
        let ended = run(files.args(words), b"");
        assert_eq!(ended.code, Some(2), "{words}: {}", ended.stderr);
        let line = ended.only_line();
        for part in *expected {
            assert!(
                line.contains(part),
                "{words}: `{line}` does not say `{part}`"
            );
        }
        assert!(!line.contains(&KEY[..8]), "{line}");
        assert_eq!(ended.stdout, b"", "{words}");
    }
}

#[test]
fn a_name_that_does_not_exist_is_told_with_those_that_do() {
    let suite = "connect h:1 --suite TLS_ECDHE_RSA_WITH_AES_128_GCM";
    let meant = "did you mean TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256?";
    expect(
        &Files::new(),
        &[
            (suite, &["--suite: ", meant, "Known are: "]),
            (
                "connect h:1 --group x448",
                &["--group: there is no x448", "secp256r1"],
            ),
            (
                "connect h:1 --min-version 1.1",
                &["there is no 1.1", "Known are: 1.2, 1.3"],
            ),
            (
                "connect h:1 --sute x",
                &["no option --sute", "did you mean --suite?"],
            ),
            ("conect", &["conect"]),
        ],
    );
}

#[test]
fn a_value_of_another_kind_is_told_with_what_was_expected() {
    expect(
        &Files::new(),
        &[
            (
                "connect h",
                &["HOST:PORT: `h` has no port", "example.com:443"],
            ),
            (
                "connect h:1 --pin 12",
                &["--pin 12: a pin is the SHA-256 of a public key"],
            ),
            (
                "connect h:1 --idle 1e300",
                &["--idle 1e300: expected a number of seconds"],
            ),
            ("connect h:1 --idle=-1", &["--idle -1: expected"]),
            (
                "connect h:1 --update-keys 0",
                &["--update-keys: 0 is not in 1.."],
            ),
            (
                "connect h:1 --idle soon",
                &["--idle soon: expected a number of seconds"],
            ),
            (
                "connect h:1 --server-name a..b",
                &["--server-name a..b: expected a host name"],
            ),
        ],
    );
}

#[test]
fn a_pre_shared_key_that_is_none_is_told_without_it() {
    let [bare, odd, other] = ["", "meter:", "meter:x"].map(|before| format!("{before}{KEY}"));
    let odd = format!("{odd}0");
    let short = format!("a:{}", &KEY[..30]);
    for side in ["connect h:1 --ca-file {ca.pem}", SERVE] {
        let with = |psk: &str| format!("{side} --psk {psk}");
        expect(
            &Files::new(),
            &[
                (&with(&bare), &["--psk: expected IDENTITY:HEX", "no colon"]),
                (&with(&odd), &["--psk: meter: ", "two for each byte"]),
                (&with(&other), &["--psk: meter: ", "hexadecimal digits"]),
                (&with(&short), &["--psk: a: ", "at least 16 bytes, not 15"]),
            ],
        );
    }
}

#[test]
fn options_that_do_not_go_together_are_told() {
    let pinned = format!("connect h:1 --ca-file x --pin {}", "00".repeat(32));
    let serve = |more: &str| format!("{SERVE} {more}");
    expect(
        &Files::new(),
        &[
            (&pinned, &["--ca-file", "cannot be used with", "--pin"]),
            ("connect h:1 --cert {client.pem}", &["--key"]),
            ("connect h:1 --early-data {ca.pem}", &["--session-file"]),
            (
                "connect h:1 --ca-file {ca.pem} --suite TLS_AES_128_GCM_SHA256 --max-version 1.2",
                &["no version is left", "TLS 1.3"],
            ),
            (
                "connect h:1 --update-keys 1 --max-version 1.2",
                &["--update-keys: ", "without TLS 1.3", "--max-version"],
            ),
            (
                &serve("--update-keys 1 --suite TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"),
                &["--update-keys: ", "without TLS 1.3", "--suite"],
            ),
            (&serve("--require-client-cert"), &["--client-ca"]),
            (&serve("--echo --status"), &["--echo", "--status"]),
            (
                &serve(
                    "--cert {client.pem} --key {client.key} --cert {localhost.pem} --key {localhost.key}",
                ),
                &[
                    "--cert ",
                    "localhost.pem: the certificate in it was given already",
                ],
            ),
            (
                &serve("--key {client.key}"),
                &["--cert was given 1 times and --key 2 times"],
            ),
        ],
    );
}

#[test]
fn a_file_that_will_not_do_is_told_with_its_option() {
    let files = Files::new();
    fs::write(files.path("empty"), "").unwrap();
    fs::write(files.path("keys"), format!("here:{KEY}\nthere:{KEY}z\n")).unwrap();
    let certificate = |pair: &str| format!("serve --listen 127.0.0.1:0 {pair}");
    let empty = certificate("--cert {empty} --key {localhost.key}");
    let foreign = certificate("--cert {localhost.pem} --key {client.key}");
    let no_roots = format!("{SERVE} --client-ca {{none}}");
    let no_directory = format!("{SERVE} --www {{ca.pem}}");
    let no_certificate = "localhost.key holds a PRIVATE KEY, expected a CERTIFICATE";
    let no_sessions = "is not a premaster session file";
    expect(
        &files,
        &[
            (
                "connect h:1 --ca-file {none}",
                &["--ca-file: cannot read", "none: No such file"],
            ),
            (
                "connect h:1 --ca-file {localhost.key}",
                &["--ca-file: ", no_certificate],
            ),
            (
                "connect h:1 --session-file {ca.pem}",
                &["--session-file: ", no_sessions],
            ),
            (
                "connect h:1 --session-file {none/session}",
                &["--session-file ", "none/session: there is no directory "],
            ),
            (
                "connect h:1 --session-file {ca.pem/session}",
                &["--session-file ", "there is no directory "],
            ),
            (
                "connect h:1 --session-file {sessions} --early-data {none}",
                &["--early-data ", "none: cannot read the file"],
            ),
            (
                "connect h:1 --ca-file {ca.pem} --psk-file {none}",
                &["--psk-file ", "none: cannot read the file"],
            ),
            (
                "connect h:1 --ca-file {ca.pem} --psk-file {keys}",
                &["--psk-file ", "keys: line 2: there: ", "two for each byte"],
            ),
            (
                "connect h:1 --keylog {none/keys}",
                &["--keylog ", "none/keys: cannot open"],
            ),
            (&empty, &["--cert", "empty holds nothing"]),
            (
                &foreign,
                &["localhost.pem", "client.key", "does not belong"],
            ),
            (&no_roots, &["--client-ca: cannot read"]),
            (&no_directory, &["--www ", "ca.pem: expected a directory"]),
        ],
    );
}

#[test]
fn an_address_that_is_none_is_told() {
    let nowhere = SERVE.replace("127.0.0.1:0", "here");
    expect(
        &Files::new(),
        &[(&nowhere, &["--listen here: cannot listen there"])],
    );
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
        (&["connect", "--help"], "--early-data <FILE>"),
        (&["connect", "--help"], "--psk <IDENTITY:HEX>"),
        (&["connect", "--help"], "X25519MLKEM768"),
        (&["connect", "--help"], "TLS_CHACHA20_POLY1305_SHA256"),
        (&["serve", "-h"], "--www"),
        (&["serve", "--help"], "--early-data <N>"),
        (&["serve", "--help"], "--psk-file <FILE>"),
        (&["demo", "--help"], "--key-type"),
        (&["demo", "--help"], "--max-version <V>"),
        (
            &["--version"],
            concat!("premaster ", env!("CARGO_PKG_VERSION")),
        ),
        (&["completions", "bash"], "complete -F _premaster"),
        (&["completions", "bash"], "X25519MLKEM768"),
        (&["completions", "zsh"], "#compdef premaster"),
        (&["completions", "zsh"], "--psk-file"),
    ] {
        let ended = run(args, b"");
        assert_eq!((ended.code, &*ended.stderr), (Some(0), ""), "{args:?}");
        assert!(ended.stdout().contains(expected), "{args:?}");
    }
    let nothing = run([""; 0], b"");
    assert_eq!(nothing.code, Some(2));
    assert!(nothing.stderr.contains("Usage: premaster"));
}
