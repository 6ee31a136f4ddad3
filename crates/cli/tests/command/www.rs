//! `serve --www` and `serve --status`

use std::fs;

use crate::connect::connect;
use crate::files::Files;
use crate::process::Serving;

fn serve(files: &Files, service: &str) -> Serving {
    let certificate = "--cert {localhost.pem} --key {localhost.key}";
    Serving::start(files.args(&format!("{certificate} {service}")))
}

/// Head and body of the answer.
fn ask(serving: &Serving, files: &Files, request: &str) -> (String, Vec<u8>) {
    let ended = connect(serving, files, "--ca-file {ca.pem}", request.as_bytes());
    assert_eq!(ended.code, Some(0), "{request}: {}", ended.stderr);
    let end = ended
        .stdout
        .windows(4)
        .position(|it| it == b"\r\n\r\n")
        .expect("a head")
        + 4;
    let head = String::from_utf8(ended.stdout[..end].to_vec()).unwrap();
    (head, ended.stdout[end..].to_vec())
}

#[test]
fn any_request_is_answered_with_what_was_agreed_on() {
    let files = Files::new();
    for service in ["", "--status"] {
        let serving = serve(&files, service);
        for request in [
            "GET / HTTP/1.0\r\n\r\n",
            "POST /a?b HTTP/1.1\r\nHost: x\r\n\r\nbody",
        ] {
            let (head, body) = ask(&serving, &files, request);
            let body = String::from_utf8(body).unwrap();
            assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
            assert!(
                head.contains(&format!("Content-Length: {}\r\n", body.len())),
                "{head}"
            );
            for line in [
                "version                TLS 1.3\n",
                "cipher suite           TLS_AES_128_GCM_SHA256\n",
                "group                  X25519MLKEM768 (hybrid: classical and post-quantum)\n",
                "server signature       ecdsa_secp256r1_sha256 (classical)\n",
                "handshake              full\n",
                "server name            localhost\n",
            ] {
                assert!(body.contains(line), "{body}");
            }
        }
    }
}

#[test]
fn what_is_no_request_is_told_so() {
    let files = Files::new();
    let serving = serve(&files, "--status");
    let long = format!("GET / HTTP/1.1\r\nA: {}\r\n\r\n", "a".repeat(20_000));
    for (request, status) in [
        ("hello\r\n\r\n", "400 Bad Request"),
        ("GET / HTTP/2\r\n\r\n", "400 Bad Request"),
        (&*long, "431 Request Header Fields Too Large"),
    ] {
        let (head, _) = ask(&serving, &files, request);
        assert!(
            head.starts_with(&format!("HTTP/1.1 {status}\r\n")),
            "{head}"
        );
    }
}

/// A tree with links in it, and a file outside.
fn tree(files: &Files) {
    fs::create_dir_all(files.path("www/sub")).unwrap();
    fs::write(files.path("secret"), "secret").unwrap();
    fs::write(files.path("www/index.html"), "<p>home").unwrap();
    fs::write(files.path("www/sub/index.html"), "<p>sub").unwrap();
    fs::write(files.path("www/a b.txt"), "a b").unwrap();
    fs::write(files.path("www/empty"), "").unwrap();
    fs::write(files.path("www/big.bin"), vec![7; 300_000]).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::symlink;
        symlink(files.path("secret"), files.path("www/link")).unwrap();
        symlink(files.path("www"), files.path("www/sub/loop")).unwrap();
        symlink("index.html", files.path("www/inside")).unwrap();
    }
}

#[test]
fn files_are_served_with_their_type_and_length() {
    let files = Files::new();
    tree(&files);
    let serving = serve(&files, "--www {www}");
    for (target, kind, body) in [
        ("/", "text/html; charset=utf-8", b"<p>home".to_vec()),
        (
            "/index.html?query",
            "text/html; charset=utf-8",
            b"<p>home".to_vec(),
        ),
        ("/sub/", "text/html; charset=utf-8", b"<p>sub".to_vec()),
        ("/a%20b.txt", "text/plain; charset=utf-8", b"a b".to_vec()),
        ("/empty", "application/octet-stream", Vec::new()),
        ("/big.bin", "application/octet-stream", vec![7; 300_000]),
    ] {
        let (head, got) = ask(&serving, &files, &format!("GET {target} HTTP/1.1\r\n\r\n"));
        assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{target}: {head}");
        assert!(
            head.contains(&format!("Content-Type: {kind}\r\n")),
            "{target}: {head}"
        );
        assert!(
            head.contains(&format!("Content-Length: {}\r\n", body.len())),
            "{target}: {head}"
        );
        assert!(got == body, "{target}");
        let (head_alone, nothing) =
            ask(&serving, &files, &format!("HEAD {target} HTTP/1.1\r\n\r\n"));
        assert_eq!((head_alone, nothing.len()), (head, 0), "{target}");
    }
    let (head, _) = ask(&serving, &files, "GET /sub HTTP/1.1\r\n\r\n");
    assert!(
        head.starts_with("HTTP/1.1 301 ") && head.contains("Location: /sub/\r\n"),
        "{head}"
    );
}

#[test]
fn nothing_outside_of_the_directory_is_served() {
    let files = Files::new();
    tree(&files);
    let serving = serve(&files, "--www {www}");
    let absolute = format!("/{}", files.text("secret"));
    for (request, status) in [
        ("GET /../secret", "403"),
        ("GET /sub/../../secret", "403"),
        ("GET /%2e%2e/secret", "403"),
        ("GET /..%2fsecret", "403"),
        ("GET /sub/..", "403"),
        (&*format!("GET {absolute}"), "403"),
        ("GET /link", "403"),
        ("GET /inside", "403"),
        ("GET /sub/loop/index.html", "403"),
        ("GET /none", "404"),
        ("GET /index.html/x", "404"),
        ("GET secret", "400"),
        ("GET /%zz", "400"),
        ("POST /", "405"),
    ] {
        let (head, body) = ask(&serving, &files, &format!("{request} HTTP/1.1\r\n\r\n"));
        assert!(
            head.starts_with(&format!("HTTP/1.1 {status} ")),
            "{request}: {head}"
        );
        assert!(!body.windows(6).any(|it| it == b"secret"), "{request}");
    }
}
