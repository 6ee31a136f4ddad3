//! What streams write before the peer's Finished has come: it goes though that is held back.

mod wire;

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use premaster_connection::{ClientConfig, Error, ProtocolVersion, ServerConfig};
use premaster_io::tls_error;
use premaster_testkit::pki::Authority;
use wire::{Pki, ends};

/// A transport that writes its first flight and holds back the second until it may go.
struct HeldBack {
    socket: TcpStream,
    flights: usize,
    may_go: Receiver<()>,
}

impl Read for HeldBack {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.socket.read(out)
    }
}

impl Write for HeldBack {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.flights += 1;
        if self.flights == 2 {
            self.may_go.recv().map_err(io::Error::other)?;
        }
        self.socket.write_all(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.socket.flush()
    }
}

fn held_back(socket: TcpStream, may_go: Receiver<()>) -> HeldBack {
    HeldBack {
        socket,
        flights: 0,
        may_go,
    }
}

/// A socket whose owner does not wait for ever.
fn impatient(socket: TcpStream) -> TcpStream {
    let patience = Some(Duration::from_secs(20));
    socket.set_read_timeout(patience).unwrap();
    socket
}

type Client = premaster_connection::ClientConfigBuilder;
type Server = premaster_connection::ServerConfigBuilder;

fn pki(client: fn(Client) -> Client, server: impl FnOnce(&Pki, Server) -> Server) -> Pki {
    let provider = Arc::new(premaster_crypto_ring::provider());
    let authority = Authority::new();
    let credential = authority.issue(&provider, &["localhost"], &rcgen::PKCS_ED25519);
    let mut pki = Pki::new();
    pki.verifier = authority.verifier(&provider);
    let of_client = ClientConfig::builder(Arc::clone(&provider), Arc::clone(&pki.verifier));
    let of_server = ServerConfig::builder(provider, credential);
    pki.client = Arc::new(client(of_client).build().unwrap());
    pki.server = Arc::new(server(&pki, of_server).build().unwrap());
    pki
}

fn false_start() -> Pki {
    pki(
        |client| client.alpn(["echo"]).false_start(),
        |_, server| server.alpn(["echo"]).max_version(ProtocolVersion::TLSv1_2),
    )
}

/// RFC 7918.
#[test]
fn a_client_that_does_a_false_start_writes_before_its_server_has_finished() {
    let pki = false_start();
    let (ours, theirs) = ends();
    let (go, may_go) = channel();
    let mut server = pki.server(held_back(theirs, may_go));
    let serving = thread::spawn(move || {
        let mut question = [0; 5];
        server.read_exact(&mut question)?;
        server.write_all(&question)?;
        server.close()
    });
    let mut client = pki.client(impatient(ours));
    client.write_all(b"GET /").unwrap();
    assert!(client.facts().is_none(), "the server has not finished");
    go.send(()).unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).unwrap();
    assert_eq!(answer, "GET /");
    assert!(client.facts().is_some());
    serving.join().unwrap().unwrap();
}

/// RFC 8446 section 4.4.4.
#[test]
fn a_server_greets_before_its_client_has_finished() {
    let pki = pki(|client| client, |_, server| server);
    let (ours, theirs) = ends();
    let (go, may_go) = channel();
    let mut client = pki.client(held_back(ours, may_go));
    let greeted = thread::spawn(move || {
        let mut greeting = String::new();
        client.read_to_string(&mut greeting).map(|_| greeting)
    });
    let mut server = pki.server(impatient(theirs));
    let mut ahead = server.before_finished().unwrap().expect("a time for it");
    assert!(ahead.provisional().is_some());
    ahead.write_all(b"220 ready").unwrap();
    ahead.flush().unwrap();
    assert!(server.facts().is_none(), "the client has not finished");
    go.send(()).unwrap();
    server.handshake().unwrap();
    assert!(server.before_finished().unwrap().is_none(), "it is over");
    server.close().unwrap();
    assert_eq!(greeted.join().unwrap().unwrap(), "220 ready");
}

/// property 5: there is no such time where the client is asked for a certificate, nor where the handshake fails.
#[test]
fn a_server_that_asks_for_a_certificate_waits_for_it() {
    for required in [false, true] {
        let pki = pki(
            |client| client,
            |pki, server| match required {
                false => server.optional_client_auth(Arc::clone(&pki.verifier)),
                true => server.require_client_auth(Arc::clone(&pki.verifier)),
            },
        );
        let (mut client, mut server) = pki.streams();
        let reading = thread::spawn(move || client.read_to_end(&mut Vec::new()));
        let ahead = server.before_finished().map(|ahead| ahead.is_some());
        match required {
            false => assert!(!ahead.unwrap()),
            true => {
                let error = ahead.unwrap_err();
                assert!(matches!(tls_error(&error), Some(Error::Handshake(_))));
            }
        }
        assert_eq!(server.facts().is_some(), !required);
        drop(server.close());
        drop(server);
        assert_eq!(reading.join().unwrap().is_ok(), !required);
    }
}

/// Who says goodbye right behind what it has asked still gets its answer, and has seen the peer's Finished.
#[test]
fn a_goodbye_behind_a_false_start_waits_for_the_servers_finished() {
    let pki = false_start();
    let (mut client, mut server) = pki.streams();
    let serving = thread::spawn(move || {
        let mut question = String::new();
        server.read_to_string(&mut question)?;
        server.write_all(question.as_bytes())?;
        server.close()
    });
    client.write_all(b"GET /").unwrap();
    assert!(client.facts().is_none(), "the server has not finished");
    client.close().unwrap();
    assert!(client.facts().is_some());
    let mut answer = String::new();
    client.read_to_string(&mut answer).unwrap();
    assert_eq!(answer, "GET /");
    serving.join().unwrap().unwrap();
}

/// property 2: nor does it take for written what went to somebody who never showed a Finished.
#[test]
fn a_goodbye_behind_a_false_start_tells_that_no_finished_has_come() {
    let (ours, theirs) = ends();
    let (go, may_go) = channel::<()>();
    let pki = false_start();
    let mut server = pki.server(held_back(theirs, may_go));
    // It does not go, ever: the server has nothing more to say.
    drop(go);
    let serving = thread::spawn(move || server.handshake().map(drop));
    let mut client = pki.client(impatient(ours));
    client.write_all(b"GET /").unwrap();
    assert!(client.close().is_err());
    assert!(client.facts().is_none());
    assert!(serving.join().unwrap().is_err());
}

/// The same of a server that speaks first.
#[test]
fn a_servers_goodbye_behind_a_greeting_waits_for_the_clients_finished() {
    for finishes in [true, false] {
        let pki = pki(|client| client, |_, server| server);
        let (ours, theirs) = ends();
        let (go, may_go) = channel();
        let mut client = pki.client(held_back(ours, may_go));
        match finishes {
            true => go.send(()).unwrap(),
            false => drop(go),
        }
        let greeted = thread::spawn(move || {
            let mut greeting = String::new();
            client.read_to_string(&mut greeting).map(|_| greeting)
        });
        let mut server = pki.server(impatient(theirs));
        let mut ahead = server.before_finished().unwrap().expect("a time for it");
        ahead.write_all(b"220 ready").unwrap();
        assert_eq!(server.close().is_ok(), finishes);
        assert_eq!(server.facts().is_some(), finishes);
        let greeted = greeted.join().unwrap();
        assert_eq!(greeted.ok().as_deref(), finishes.then_some("220 ready"));
    }
}

/// Who has written nothing ahead says goodbye at once.
#[test]
fn a_goodbye_behind_nothing_waits_for_nobody() {
    let pki = pki(|client| client, |_, server| server);
    let (ours, theirs) = ends();
    let (go, may_go) = channel();
    let mut client = pki.client(held_back(ours, may_go));
    let reading = thread::spawn(move || client.read_to_end(&mut Vec::new()));
    let mut server = pki.server(impatient(theirs));
    assert!(server.before_finished().unwrap().is_some());
    server.close().unwrap();
    assert!(server.facts().is_none());
    go.send(()).unwrap();
    drop(server);
    drop(reading.join().unwrap());
}
