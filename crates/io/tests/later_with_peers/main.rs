//! Authentication after the handshake (RFC 8446 section 4.6.2) with strangers on the other end: OpenSSL's own programs,
//! Python's ssl, and GnuTLS.

mod stage;

use std::io::{BufRead, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use premaster_connection::{ClientAuth, ClientConfigBuilder, Error};
use premaster_io::{Stream, tls_error};
use rustls_pki_types::ServerName;
use stage::{Peer, Stage};

const PYTHON: &str = "/usr/bin/python3";
const SCRIPT: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/later_with_peers/peer.py"
);

/// What clients there are: a program, its arguments before the port, and those that name its certificate.
const CLIENTS: [(&str, &str, &str); 3] = [
    (
        "openssl",
        "s_client -quiet -enable_pha -verify_return_error -CAfile authority.pem -servername localhost -connect 127.0.0.1:PORT",
        "-cert client.pem -key client.pem",
    ),
    (PYTHON, "SCRIPT client . PORT", "client.pem"),
    (
        "gnutls-cli",
        "--post-handshake-auth --x509cafile authority.pem --port PORT localhost",
        "--x509certfile client.pem --x509keyfile client.pem",
    ),
];

const OPTIONAL: ClientAuth = ClientAuth::Optional {
    authorities: Vec::new(),
};
const REQUIRED: ClientAuth = ClientAuth::Required {
    authorities: Vec::new(),
};

/// Starts a client: our server's stream to it has not begun yet.
fn visitor(stage: &Stage, program: &str, arguments: &str) -> Option<(Peer, Stream)> {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let arguments = arguments.replace("PORT", &port).replace("SCRIPT", SCRIPT);
    let mut peer = stage.start(program, &arguments)?;
    let transport = peer.accept(&listener);
    let config = Arc::new(stage.server_config().build().unwrap());
    Some((peer, Stream::server(config, transport)))
}

fn line(stream: &mut Stream) -> std::io::Result<String> {
    let mut line = String::new();
    stream.read_line(&mut line)?;
    Ok(line)
}

/// The peer has seen the request when it answers: the question travels behind it.
fn ask(peer: &mut Peer, stream: &mut Stream, client_auth: ClientAuth) -> std::io::Result<String> {
    peer.tell("secrets, please\n");
    assert_eq!(line(stream)?, "secrets, please\n");
    assert!(stream.facts().unwrap().peer_certificates.is_empty());
    assert!(stream.take_authentication().is_none());
    stream.request_certificate(client_auth)?;
    stream.write_all(b"and who are you?\n")?;
    stream.flush()?;
    peer.await_output("and who are you?");
    peer.tell("me\n");
    line(stream)
}

#[test]
fn clients_show_who_they_are_when_our_server_asks_later() {
    let stage = Stage::new("clients_show");
    for (program, arguments, certificate) in CLIENTS {
        let arguments = match program {
            // Options come first.
            "gnutls-cli" => format!("{certificate} {arguments}"),
            _ => format!("{arguments} {certificate}"),
        };
        let Some((mut peer, mut stream)) = visitor(&stage, program, &arguments) else {
            continue;
        };
        let answer = ask(&mut peer, &mut stream, REQUIRED);
        assert_eq!(answer.unwrap(), "me\n", "{program}");
        let shown = stream.take_authentication().expect("it came first");
        assert_eq!(
            shown.peer_certificates[0], stage.client.chain[0],
            "{program}"
        );
        assert!(shown.client_scheme.is_some(), "{program}");
        stream.write_all(b"welcome\n").unwrap();
        stream.flush().unwrap();
        peer.await_output("welcome");
    }
}

#[test]
fn clients_with_nothing_to_show_are_served_or_refused() {
    let stage = Stage::new("clients_decline");
    for (program, arguments, _) in CLIENTS {
        for client_auth in [OPTIONAL, REQUIRED] {
            let Some((mut peer, mut stream)) = visitor(&stage, program, arguments) else {
                continue;
            };
            let answer = ask(&mut peer, &mut stream, client_auth.clone());
            if client_auth == REQUIRED {
                let error = answer.expect_err(program);
                let refused = tls_error(&error).expect("no fault of the transport");
                assert!(
                    matches!(refused, Error::Handshake(_)),
                    "{program}: {refused}"
                );
                continue;
            }
            assert_eq!(answer.unwrap(), "me\n", "{program}");
            let shown = stream.take_authentication().expect("it came first");
            assert!(shown.peer_certificates.is_empty(), "{program}");
            stream.write_all(b"welcome\n").unwrap();
            stream.flush().unwrap();
            peer.await_output("welcome");
        }
    }
}

/// Our client's stream to a server that has just said where it listens.
fn visit(config: ClientConfigBuilder, server: &mut Peer) -> Stream {
    let told = server.await_output("ACCEPT ");
    let transport = TcpStream::connect(told.trim_start_matches("ACCEPT ")).unwrap();
    // A server that never asks fails the test, rather than holding it up.
    let patience = Some(Duration::from_secs(60));
    transport.set_read_timeout(patience).unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    Stream::client(Arc::new(config.build().unwrap()), name, transport)
}

/// What Python's server says when it has asked, and our client has gone on.
fn asked_by_python(
    stage: &Stage,
    config: ClientConfigBuilder,
    mode: &str,
) -> Option<std::io::Result<String>> {
    let mut server = stage.start(PYTHON, &format!("{SCRIPT} server . {mode}"))?;
    let mut stream = visit(config, &mut server);
    stream.write_all(b"secrets, please\n").unwrap();
    assert_eq!(line(&mut stream).unwrap(), "and who are you?\n");
    stream.write_all(b"me\n").unwrap();
    let answer = line(&mut stream);
    if answer.is_ok() {
        stream.write_all(b"until later\n").unwrap();
        stream.flush().unwrap();
        server.await_output("until later");
    }
    Some(answer)
}

#[test]
fn our_client_shows_python_who_it_is() {
    let stage = Stage::new("ours_shows");
    let credential = stage.client.credential(&premaster_crypto_ring::provider());
    let config = stage.client_config().credential(credential);
    if let Some(answer) = asked_by_python(&stage, config, "CERT_REQUIRED") {
        let expected = format!("{} bytes\n", stage.client.chain[0].len());
        assert_eq!(answer.unwrap(), expected);
    }
}

#[test]
fn our_client_declines_without_a_credential() {
    let stage = Stage::new("ours_declines");
    if let Some(answer) = asked_by_python(&stage, stage.client_config(), "CERT_OPTIONAL") {
        assert_eq!(answer.unwrap(), "0 bytes\n");
    }
    if let Some(answer) = asked_by_python(&stage, stage.client_config(), "CERT_REQUIRED") {
        let error = answer.expect_err("it requires a certificate");
        let refused = tls_error(&error).expect("no fault of the transport");
        assert!(matches!(refused, Error::AlertReceived(_)), "{refused}");
    }
}

#[test]
fn our_client_shows_openssl_who_it_is() {
    let stage = Stage::new("ours_shows_openssl");
    // Without tickets, the next that it sends after the handshake is its request.
    let arguments = "s_server -accept 127.0.0.1:0 -naccept 1 -tls1_3 -num_tickets 0 -cert server.pem -key server.pem \
                     -CAfile authority.pem -verify_return_error";
    let Some(mut server) = stage.start("openssl", arguments) else {
        return;
    };
    let credential = stage.client.credential(&premaster_crypto_ring::provider());
    let mut stream = visit(stage.client_config().credential(credential), &mut server);
    stream.write_all(b"secrets, please\n").unwrap();
    stream.flush().unwrap();
    server.await_output("secrets, please");
    // Its command for a request. Each is a line for itself, so the data waits until the request has come.
    server.tell("c\n");
    assert_eq!(stream.transport().peek(&mut [0]).unwrap(), 1);
    server.tell("and who are you?\n");
    assert_eq!(line(&mut stream).unwrap(), "and who are you?\n");
    stream.write_all(b"it is me\n").unwrap();
    stream.flush().unwrap();
    server.await_output("it is me");
    server.await_complaint("depth=0");
}
