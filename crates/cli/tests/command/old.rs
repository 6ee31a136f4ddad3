//! What is old: used where it is named, and never elsewhere; and what it costs is said.

use crate::connect::{connect, noise};
use crate::files::Files;
use crate::process::{Ended, Serving, run};

const SIGNING: &str = "--cert {signing.pem} --key {signing.key}";
const DECRYPTING: &str = "--cert {decrypting.pem} --key {decrypting.key}";
const TRANSPORT: &str = "--transport-cert {decrypting.pem} --transport-key {decrypting.key}";

fn serve(files: &Files, options: &str) -> Serving {
    Serving::start(files.args(&format!("--echo {options}")))
}

fn ask(serving: &Serving, files: &Files, options: &str) -> Ended {
    let options = format!("--ca-file {{ca.pem}} --idle 0 {options}");
    connect(serving, files, &options, &noise())
}

/// The summary, and what it costs.
fn told(ended: &Ended) -> (&str, Vec<&str>) {
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(ended.stdout == noise());
    let agreed = ended.stderr.lines().next().unwrap();
    let costs = ended
        .stderr
        .lines()
        .filter(|line| line.starts_with("cost: "));
    (agreed, costs.collect())
}

#[test]
fn old_suites_carry_data_and_say_what_they_cost() {
    let files = Files::new();
    for (suite, certificate, agreed, costs) in [
        (
            "TLS_RSA_WITH_AES_128_CBC_SHA",
            DECRYPTING,
            "TLS 1.2, TLS_RSA_WITH_AES_128_CBC_SHA, full, extended master secret, encrypt-then-MAC, no forward secrecy",
            &["no forward secrecy", "CBC: "][..],
        ),
        (
            "TLS_RSA_WITH_AES_256_GCM_SHA384",
            DECRYPTING,
            "TLS 1.2, TLS_RSA_WITH_AES_256_GCM_SHA384, full, extended master secret, no forward secrecy",
            &["no forward secrecy"],
        ),
        (
            "TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
            SIGNING,
            "TLS 1.2, TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256, ffdhe2048 (classical), rsa_pss_rsae_sha256 (classical), full, extended master secret",
            &[],
        ),
        (
            "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384",
            SIGNING,
            "TLS 1.2, TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384, x25519 (classical), rsa_pss_rsae_sha256 (classical), full, \
             extended master secret, \
             encrypt-then-MAC",
            &["CBC: "],
        ),
    ] {
        let suite = format!("--suite {suite}");
        let mut serving = serve(&files, &format!("{certificate} {suite}"));
        let ended = ask(&serving, &files, &suite);
        let (told, said) = told(&ended);
        assert_eq!(told, format!("connected: {agreed}"));
        assert_eq!(said.len(), costs.len(), "{said:?}");
        for (said, cost) in said.iter().zip(costs) {
            assert!(said.contains(cost), "{said}");
        }
        assert!(serving.line().starts_with(told));
    }
}

/// property 13: what is old cannot be reached without naming it, on either side.
#[test]
fn what_is_not_named_is_not_used() {
    let files = Files::new();
    for (suite, certificate) in [
        ("TLS_RSA_WITH_AES_128_GCM_SHA256", DECRYPTING),
        ("TLS_DHE_RSA_WITH_AES_128_GCM_SHA256", SIGNING),
        ("TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", SIGNING),
    ] {
        let suite = format!("--suite {suite}");
        let serving = serve(&files, &format!("{certificate} {suite}"));
        let ended = ask(&serving, &files, "");
        assert_eq!(ended.code, Some(1));
        assert!(
            ended.only_line().contains("handshake_failure"),
            "{}",
            ended.stderr
        );

        let serving = serve(&files, SIGNING);
        let ended = ask(&serving, &files, &suite);
        assert_eq!(ended.code, Some(1));
        assert!(
            ended.only_line().contains("handshake_failure"),
            "{}",
            ended.stderr
        );
    }
}

#[test]
fn the_finite_field_and_the_fragment_length_can_be_chosen() {
    let files = Files::new();
    let suite = "--suite TLS_DHE_RSA_WITH_AES_128_GCM_SHA256";
    let serving = serve(
        &files,
        &format!("{SIGNING} {suite} --group modp2048 --group FFDHE3072"),
    );
    let ended = ask(
        &serving,
        &files,
        &format!("{suite} --max-fragment-length 1024"),
    );
    assert!(
        told(&ended).0.contains(", ffdhe3072 (classical), "),
        "{}",
        ended.stderr
    );
    // A client that lists no field with a number takes one without, if it is the same.
    let ended = ask(&serving, &files, &format!("{suite} --group modp2048"));
    assert!(
        told(&ended).0.contains(", modp2048 (classical), "),
        "{}",
        ended.stderr
    );
}

/// property 12: a key signs or decrypts, unless somebody says otherwise by name.
#[test]
fn one_key_does_one_thing() {
    let files = Files::new();
    let both =
        "--suite TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 --suite TLS_RSA_WITH_AES_128_GCM_SHA256";
    let refused = |options: &str, words: &[&str]| {
        let args = files.args(&format!("serve --listen 127.0.0.1:0 {options}"));
        let ended = run(args, b"");
        assert_eq!(ended.code, Some(2));
        for word in words {
            assert!(ended.stderr.contains(word), "{word}: {}", ended.stderr);
        }
    };
    refused(&format!("{SIGNING} {both}"), &["--transport-cert"]);
    refused(
        "--cert {signing.pem} --key {signing.key} --suite TLS_RSA_WITH_AES_128_GCM_SHA256",
        &["signing.pem", "keyEncipherment"],
    );
    refused(DECRYPTING, &["decrypting.pem", "digitalSignature"]);
    refused(
        "--cert {localhost.pem} --key {localhost.key} --suite TLS_RSA_WITH_AES_128_GCM_SHA256",
        &["localhost.key", "RSA"],
    );
    refused(
        "--cert {localhost.pem} --key {localhost.key} --suite TLS_DHE_RSA_WITH_AES_128_GCM_SHA256",
        &["TLS_DHE_RSA_WITH_AES_128_GCM_SHA256", "RSA key that signs"],
    );

    let transport = "--suite TLS_RSA_WITH_AES_128_GCM_SHA256";
    let ephemeral = "--suite TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256";
    let serving = serve(&files, &format!("{SIGNING} {TRANSPORT} {both}"));
    for (suite, owner) in [(transport, "CN=decrypting"), (ephemeral, "CN=signing")] {
        let ended = ask(&serving, &files, suite);
        told(&ended);
        assert!(ended.stderr.contains(owner), "{}", ended.stderr);
    }
}
