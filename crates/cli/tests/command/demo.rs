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
    // An ECDSA signature has 70 to 72 bytes, and what it is in as many more or less. A session may be a second old.
    let kept = lines.filter(|line| {
        ![
            "_length",
            "ServerKeyExchange (",
            " Certificate (",
            "CertificateVerify (",
            "authenticated ",
        ]
        .iter()
        .any(|it| line.contains(it))
    });
    kept.map(words).collect::<Vec<_>>().join("\n")
}

/// The text of a demo in which all of this comes in this order.
fn story(args: &str, parts: &[&str]) -> String {
    let text = demo(args).stdout();
    let mut rest = &*text;
    for next in parts {
        let place = rest
            .find(next)
            .unwrap_or_else(|| panic!("`{next}` is missing after:\n{text}"));
        rest = &rest[place..];
    }
    let long = text.lines().find(|line| line.chars().count() > 84);
    assert_eq!(long, None, "fits a terminal");
    text
}

#[test]
fn the_demo_tells_where_the_keys_come_from() {
    let text = story(
        "",
        &[
            "client -> server: ClientHello",
            "server chooses the version: TLS 1.3",
            "server chooses the cipher suite: TLS_AES_128_GCM_SHA256",
            "server chooses the group: X25519MLKEM768",
            "server computes shared secret, 64 bytes",
            "ML-KEM-768",
            "server -> client: ServerHello",
            "server computes handshake_secret, 32 bytes",
            "server -> client: EncryptedExtensions",
            "server signs with",
            "server -> client: Finished",
            "server computes main_secret, 32 bytes",
            "server computes client_application_traffic_secret_0",
            "client computes shared secret, 64 bytes",
            "client checks the server's signature",
            "client -> server: Finished",
            "the connection is established (full handshake)",
            "X25519MLKEM768 (hybrid: classical and post-quantum)",
            "server -> client: NewSessionTicket",
            "client can resume this session later by its session ticket",
            "client -> server: application data (36 bytes, encrypted with the traffic keys)",
            "server -> client: application data",
            "2. The same client comes again",
            "client computes early_secret",
            "client computes the client's binder",
            "client -> server: ClientHello",
            "server resumes the session of a ticket",
            "server -> client: ServerHello",
            "the connection is established (resumed by session ticket)",
            "server -> client: Alert close_notify",
        ],
    );
    let resumed = &text[text.find("2. ").unwrap()..];
    assert!(
        !resumed.contains("Certificate ("),
        "nobody shows a certificate the second time"
    );
    for once in [
        "server chooses the version",
        "server computes main_secret",
        "server resumes the session",
    ] {
        assert_eq!(resumed.matches(once).count(), 1, "{once}");
    }
    for never in [
        "client chooses",
        "client computes main_secret",
        "client resumes",
    ] {
        assert!(!text.contains(never), "{never}");
    }
}

#[test]
fn the_story_of_tls_1_2_is_told_too() {
    let text = story(
        "--max-version 1.2",
        &[
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
        ],
    );
    assert!(!text.contains("key_share"), "nobody speaks of TLS 1.3");
    let resumed = &text[text.find("2. ").unwrap()..];
    assert!(
        !resumed.contains("pre_master_secret"),
        "no key exchange the second time"
    );
}

#[test]
fn early_data_is_told_as_what_it_is() {
    let text = story(
        "--early-data",
        &[
            "the connection is established (full handshake)",
            "client -> server: application data (36 bytes, encrypted with the traffic keys)",
            "2. The same client comes again",
            "client -> server: ClientHello",
            "client computes client_early_traffic_secret",
            "client wants to send data before the server has answered",
            "client -> server: application data (36 bytes, encrypted with the early data",
            "who recorded it can send it again",
            "server accepts the early data",
            "server -> client: ServerHello",
            "client -> server: EndOfEarlyData",
            "the connection is established (resumed by session ticket)",
            "server -> client: application data",
        ],
    );
    for once in [
        "client wants to send data before",
        "server accepts the early data",
    ] {
        assert_eq!(text.matches(once).count(), 1, "{once}");
    }
}

#[test]
fn a_server_that_wants_another_group_asks_again() {
    story(
        "--group secp384r1",
        &[
            "client -> server: ClientHello",
            "server -> client: HelloRetryRequest",
            "client -> server: ClientHello",
            "server -> client: ServerHello",
            "secp384r1 (classical)",
        ],
    );
}

#[test]
fn another_suite_group_or_key_gives_another_text() {
    let variants = [
        "",
        "--max-version 1.2",
        "--suite TLS_AES_256_GCM_SHA384",
        "--suite tls_ecdhe_ecdsa_with_chacha20_poly1305_sha256",
        "--suite TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
        "--group x25519",
        "--group secp384r1 --max-version 1.2",
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
    assert!(variants[2].contains("HKDF-Extract (SHA-384)") && !variants[0].contains("SHA-384)"));
    assert!(variants[6].contains("Diffie-Hellman over secp384r1"));
    let signed = demo("--key-type ed25519").stdout();
    assert!(signed.contains("server signs with ed25519"));
}

/// The story of the textbooks: one side makes the premaster secret, and the other side's key opens it.
#[test]
fn key_transport_is_told_as_the_textbooks_tell_it() {
    let text = story(
        "--suite TLS_RSA_WITH_AES_128_CBC_SHA",
        &[
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
        ],
    );
    assert!(!text.contains("ServerKeyExchange"));
    let text = demo("--suite TLS_DHE_RSA_WITH_AES_128_GCM_SHA256 --group modp2048").stdout();
    assert!(text.contains("Diffie-Hellman") && text.contains("modp2048"));
}

#[test]
fn everything_happens_in_the_same_order_each_time() {
    assert!(told("") == told(""));
}

#[test]
fn what_does_not_go_together_is_refused() {
    for (args, expected) in [
        (
            "--suite TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 --key-type ed25519",
            "an Ed25519 key does not go with",
        ),
        (
            "--suite TLS_AES_128_GCM_SHA256 --max-version 1.2",
            "--max-version: TLS_AES_128_GCM_SHA256 is a suite of TLS 1.3",
        ),
        (
            "--early-data --max-version 1.2",
            "--early-data: there is none in TLS 1.2",
        ),
    ] {
        let ended = run(["demo"].into_iter().chain(args.split_whitespace()), b"");
        assert_eq!(ended.code, Some(2), "{args}");
        assert!(ended.only_line().contains(expected), "{args}: {ended:?}");
    }
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
