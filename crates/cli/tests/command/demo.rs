//! `premaster demo`

use std::io::Read;

use crate::process::{Ended, run, start};

fn demo(args: &str) -> Ended {
    let ended = run(["demo"].into_iter().chain(args.split_whitespace()), b"");
    assert_eq!((ended.code, &*ended.stderr), (Some(0), ""));
    ended
}

/// The text without what is random in it.
fn told(args: &str) -> String {
    let hex = |character: char| character.is_ascii_hexdigit();
    let words = |line: &str| {
        let words = line.split_whitespace();
        let kept = words.filter(|word| !word.chars().all(|it| hex(it) || it == '.'));
        kept.collect::<Vec<_>>().join(" ")
    };
    let text = demo(args).stdout();
    let lines = text.lines().filter(|line| !line.contains("127.0.0.1"));
    // An ECDSA signature has 70 to 72 bytes, and what it is in as many more or less.
    let kept = lines.filter(|line| {
        !["_length", "ServerKeyExchange (", " Certificate ("]
            .iter()
            .any(|it| line.contains(it))
    });
    kept.map(words).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_demo_tells_where_the_keys_come_from() {
    let text = demo("").stdout();
    let mut rest = &*text;
    for next in [
        "client -> server: ClientHello",
        "server chooses the cipher suite: TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
        "server -> client: ServerKeyExchange",
        "client checks the server's signature",
        "client computes pre_master_secret, 32 bytes",
        "client computes master_secret, 48 bytes",
        "PRF (SHA-256)",
        "client computes key_block, 40 bytes",
        "client -> server: Finished",
        "server computes pre_master_secret, 32 bytes",
        "server computes master_secret, 48 bytes",
        "server -> client: NewSessionTicket",
        "server -> client: Finished",
        "the connection is established (full handshake)",
        "client -> server: application data (43 bytes, encrypted with the traffic keys)",
        "server -> client: application data",
        "server resumes an earlier session, found by its session ticket",
        "server computes key_block, 40 bytes",
        "the connection is established (resumed by session ticket)",
        "server -> client: Alert close_notify",
    ] {
        let place = rest
            .find(next)
            .unwrap_or_else(|| panic!("`{next}` is missing after:\n{text}"));
        rest = &rest[place..];
    }
    let resumed = &text[text.find("2. ").unwrap()..];
    assert!(
        !resumed.contains("pre_master_secret"),
        "no key exchange the second time"
    );
    assert!(
        text.lines().all(|line| line.chars().count() <= 84),
        "{text}"
    );
}

#[test]
fn another_suite_group_or_key_gives_another_text() {
    let variants = [
        "",
        "--suite TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
        "--suite tls_ecdhe_ecdsa_with_chacha20_poly1305_sha256",
        "--suite TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
        "--group secp384r1",
        "--key-type ed25519",
        "--key-type rsa-2048",
    ]
    .map(told);
    for (place, text) in variants.iter().enumerate() {
        assert!(
            !variants[..place].contains(text),
            "variant {place} is not new"
        );
    }
    assert!(variants[1].contains("PRF (SHA-384)") && !variants[0].contains("SHA-384)"));
    assert!(variants[4].contains("Diffie-Hellman over secp384r1"));
    let signed = demo("--key-type ed25519").stdout();
    assert!(signed.contains("server signs with ed25519"));
}

/// The story of the textbooks: one side makes the premaster secret, and the other side's key opens it.
#[test]
fn key_transport_is_told_as_the_textbooks_tell_it() {
    let text = demo("--suite TLS_RSA_WITH_AES_128_CBC_SHA").stdout();
    let mut rest = &*text;
    for next in [
        "server chooses the cipher suite: TLS_RSA_WITH_AES_128_CBC_SHA",
        "server -> client: ServerHelloDone",
        "client computes pre_master_secret, 48 bytes",
        "drawing 46 random bytes",
        "client -> server: ClientKeyExchange",
        "encrypted_pre_master_secret",
        "client_write_MAC_key (20 bytes)",
        "server computes pre_master_secret, 48 bytes",
        "decrypting with the private key",
        "the connection is established (full handshake)",
        "forward secrecy",
        "the connection is established (resumed by session ticket)",
    ] {
        let place = rest
            .find(next)
            .unwrap_or_else(|| panic!("`{next}` is missing after:\n{text}"));
        rest = &rest[place..];
    }
    assert!(!text.contains("ServerKeyExchange"));
    let text = demo("--suite TLS_DHE_RSA_WITH_AES_128_GCM_SHA256 --group modp2048").stdout();
    assert!(text.contains("Diffie-Hellman") && text.contains("modp2048"));
}

#[test]
fn everything_happens_in_the_same_order_each_time() {
    assert!(told("") == told(""));
}

#[test]
fn a_key_that_does_not_go_with_the_suite_is_refused() {
    let suite = "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256";
    let ended = run(["demo", "--suite", suite, "--key-type", "ed25519"], b"");
    assert_eq!(ended.code, Some(2));
    assert!(
        ended
            .only_line()
            .contains("an Ed25519 key does not go with"),
        "{ended:?}"
    );
}

#[test]
fn a_reader_who_has_seen_enough_is_no_failure() {
    let mut child = start(["demo"]);
    drop(child.stdout.take());
    let mut told = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut told)
        .unwrap();
    assert_eq!((child.wait().unwrap().code(), &*told), (Some(0), ""));
}
