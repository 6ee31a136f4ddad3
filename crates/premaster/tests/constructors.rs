//! Clients and servers made from files, as most programs make them.

use std::fs;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::thread;

use premaster::connection::ResumedBy;
use premaster::{Client, Error, Pin, Roots, Server};
use tempfile::TempDir;

/// A directory with a self-signed certificate for `localhost`, `cert.pem`, and its `key.pem`.
struct Files(TempDir, Pin);

impl Files {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        fs::write(directory.path().join("cert.pem"), made.cert.pem()).unwrap();
        fs::write(
            directory.path().join("key.pem"),
            made.signing_key.serialize_pem(),
        )
        .unwrap();
        let pin = Pin::of_certificate(made.cert.der()).unwrap();
        Self(directory, pin)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn server(&self) -> Server {
        Server::from_files(self.path("cert.pem"), self.path("key.pem")).unwrap()
    }
}

/// Serves these many clients a hello; returns where.
fn serve(server: Server, clients: usize) -> (String, thread::JoinHandle<io::Result<()>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("localhost:{}", listener.local_addr().unwrap().port());
    let serving = thread::spawn(move || {
        for _ in 0..clients {
            let mut stream = server.accept(listener.accept()?.0)?;
            // A client may have seen enough.
            let _ = stream.write_all(b"hello").and_then(|()| stream.close());
        }
        Ok(())
    });
    (address, serving)
}

#[test]
fn a_client_and_a_server_of_a_few_lines_understand_each_other() {
    let files = Files::new();
    let (address, serving) = serve(files.server(), 3);
    let client = Client::builder()
        .roots_from(files.path("cert.pem"))
        .build()
        .unwrap();
    for resumed in [None, Some(ResumedBy::Ticket)] {
        let mut stream = client.connect(&address).unwrap();
        assert_eq!(stream.facts().unwrap().resumed, resumed);
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        assert_eq!(text, "hello");
    }
    // The same over a socket of the caller's.
    let tcp = TcpStream::connect(&address).unwrap();
    assert!(client.over(tcp, "localhost").unwrap().facts().is_some());
    serving.join().unwrap().unwrap();
}

#[test]
fn sessions_in_a_file_outlive_the_client() {
    let files = Files::new();
    let (address, serving) = serve(files.server(), 2);
    for resumed in [false, true] {
        let client = Client::builder()
            .roots_from(files.path("cert.pem"))
            .session_file(files.path("sessions"))
            .build()
            .unwrap();
        let mut stream = client.connect(&address).unwrap();
        assert_eq!(stream.facts().unwrap().resumed.is_some(), resumed);
        // Tickets of TLS 1.3 come after the handshake, with what the server says.
        stream.read_to_end(&mut Vec::new()).unwrap();
    }
    serving.join().unwrap().unwrap();
}

#[test]
fn pins_replace_roots_and_any_of_them_will_do() {
    let files = Files::new();
    let (address, serving) = serve(files.server(), 1);
    let client = Client::builder().pin(Pin::from_bytes([7; 32])).pin(files.1);
    client.build().unwrap().connect(&address).unwrap();
    serving.join().unwrap().unwrap();
}

#[test]
fn a_server_may_insist_on_a_certificate() {
    let files = Files::new();
    let server = Server::builder()
        .credential_from(files.path("cert.pem"), files.path("key.pem"))
        .client_roots_from(files.path("cert.pem"))
        .alpn(["h2"])
        .build()
        .unwrap();
    let with = Client::builder()
        .roots_from(files.path("cert.pem"))
        .credential_from(files.path("cert.pem"), files.path("key.pem"))
        .alpn(["http/1.1", "h2"]);
    let (address, serving) = serve(server.clone(), 1);
    let stream = with.build().unwrap().connect(&address).unwrap();
    let facts = stream.facts().unwrap();
    assert_eq!(facts.alpn.as_deref(), Some(&b"h2"[..]));
    assert!(facts.client_scheme.is_some());
    serving.join().unwrap().unwrap();

    let without = Client::builder().roots_from(files.path("cert.pem"));
    let (address, serving) = serve(server, 1);
    // In TLS 1.3 the client is through before the server has seen that there is no certificate.
    let mut stream = without.build().unwrap().connect(&address).unwrap();
    let told = stream.read(&mut [0; 5]).unwrap_err().to_string();
    assert!(told.contains("alert certificate_required"), "{told}");
    assert!(serving.join().unwrap().is_err());
}

#[test]
fn errors_name_what_is_wrong() {
    let files = Files::new();
    fs::write(files.path("other.pem"), Files::new().server_key()).unwrap();
    let [cert, key, other, none] =
        ["cert.pem", "key.pem", "other.pem", "none"].map(|name| files.path(name));
    for (error, expected) in [
        (
            Server::builder().build().unwrap_err(),
            "a server needs a certificate",
        ),
        (Server::from_files(&none, &key).unwrap_err(), "cannot read"),
        (
            Server::from_files(&cert, &cert).unwrap_err(),
            "holds a CERTIFICATE, expected a PRIVATE KEY",
        ),
        (
            Server::from_files(&cert, &other).unwrap_err(),
            "does not belong to the certificate",
        ),
        (
            Client::builder().roots_from(&key).build().unwrap_err(),
            "holds a PRIVATE KEY, expected a CERTIFICATE",
        ),
        (
            Client::builder().session_file(&key).build().unwrap_err(),
            "not a premaster session file",
        ),
        (
            Client::builder()
                .roots(Roots::new())
                .configure(|it| it.suites(["NULL"]))
                .build()
                .unwrap_err(),
            "NULL",
        ),
    ] {
        let told = error.to_string();
        assert!(told.contains(expected), "{told}");
        let io = io::Error::from(error);
        assert_eq!((io.kind(), io.to_string()), (ErrorKind::InvalidInput, told));
    }
    let client = Client::builder().roots(Roots::new()).build().unwrap();
    let error = client.connect("localhost").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(matches!(
        Server::builder().build(),
        Err(Error::NoCredential)
    ));
}

impl Files {
    /// The text of the private key.
    fn server_key(&self) -> String {
        fs::read_to_string(self.path("key.pem")).unwrap()
    }
}
