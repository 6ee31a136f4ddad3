//! Two ends of a real socket, and who they are.
#![allow(dead_code, reason = "each test binary uses a part")]

use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

use premaster_connection::{ClientConfig, ServerConfig};
use premaster_io::Stream;
use premaster_testkit::pki::Authority;
use premaster_trust::Verifier;
use rustls_pki_types::ServerName;

/// A client and a server that trust the same authority.
pub(crate) struct Pki {
    pub(crate) client: Arc<ClientConfig>,
    pub(crate) server: Arc<ServerConfig>,
    pub(crate) verifier: Arc<dyn Verifier>,
}

impl Pki {
    pub(crate) fn new() -> Self {
        let provider = Arc::new(premaster_crypto_ring::provider());
        let authority = Authority::new();
        let credential = authority.issue(&provider, &["localhost"], &rcgen::PKCS_ECDSA_P256_SHA256);
        let verifier = authority.verifier(&provider);
        let server = ServerConfig::builder(Arc::clone(&provider), credential);
        let client = ClientConfig::builder(provider, Arc::clone(&verifier) as _);
        Self {
            client: Arc::new(client.build().unwrap()),
            server: Arc::new(server.build().unwrap()),
            verifier,
        }
    }

    pub(crate) fn client<S: Read + Write>(&self, transport: S) -> Stream<S> {
        let name = ServerName::try_from("localhost").unwrap();
        Stream::client(Arc::clone(&self.client), name, transport)
    }

    pub(crate) fn server<S: Read + Write>(&self, transport: S) -> Stream<S> {
        Stream::server(Arc::clone(&self.server), transport)
    }

    /// A client and a server on the two ends of a socket.
    pub(crate) fn streams(&self) -> (Stream, Stream) {
        let (ours, theirs) = ends();
        (self.client(ours), self.server(theirs))
    }
}

/// The two ends of a socket.
pub(crate) fn ends() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let ours = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    (ours, listener.accept().unwrap().0)
}

/// A transport that reads and writes one byte at a time, and is interrupted before each.
pub(crate) struct Trickle(pub(crate) TcpStream);

impl Read for Trickle {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let most = out.len().min(1);
        self.0.read(&mut out[..most])
    }
}

impl Write for Trickle {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(&bytes[..bytes.len().min(1)])
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// A transport that says `kind` before each read and write, and does it the next time.
pub(crate) struct Hesitant {
    pub(crate) socket: TcpStream,
    pub(crate) kind: ErrorKind,
    pub(crate) ready: bool,
}

impl Hesitant {
    pub(crate) fn new(socket: TcpStream, kind: ErrorKind) -> Self {
        Self {
            socket,
            kind,
            ready: false,
        }
    }

    fn hesitate(&mut self) -> io::Result<()> {
        self.ready = !self.ready;
        match self.ready {
            true => Err(self.kind.into()),
            false => Ok(()),
        }
    }
}

impl Read for Hesitant {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.hesitate()?;
        self.socket.read(out)
    }
}

impl Write for Hesitant {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.hesitate()?;
        self.socket.write(&bytes[..bytes.len().min(1000)])
    }

    fn flush(&mut self) -> io::Result<()> {
        self.socket.flush()
    }
}
