//! Certificates in files, and processes that read them.

use std::fs;
use std::io::{BufRead, BufReader, ErrorKind, Lines, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::thread;

use premaster_connection::{ClientConfig, ClientConfigBuilder, ServerConfig, ServerConfigBuilder};
use premaster_crypto_ring::provider;
use premaster_testkit::pki::{Authority, Issued, KeyKind};
use premaster_trust::WebpkiVerifier;

/// Who takes part; the peers read it in a folder that ends with the test.
pub(crate) struct Stage {
    pub(crate) folder: PathBuf,
    pub(crate) client: Issued,
    pub(crate) server: Issued,
    verifier: Arc<WebpkiVerifier>,
}

impl Stage {
    /// `test` is the name of a test: each has its own folder.
    pub(crate) fn new(test: &str) -> Self {
        let authority = Authority::new();
        let stage = Self {
            folder: Path::new(env!("CARGO_TARGET_TMPDIR"))
                .join(format!("{test}-{}", std::process::id())),
            // OpenSSL does not read the newer form of PKCS#8 in which ring has Ed25519 keys.
            client: authority.client(KeyKind::P384),
            server: authority.server("localhost", KeyKind::P256),
            verifier: authority.verifier(&provider()),
        };
        fs::create_dir_all(&stage.folder).unwrap();
        let root = pem("CERTIFICATE", &authority.certificate());
        fs::write(stage.folder.join("authority.pem"), root).unwrap();
        for (name, issued) in [("client.pem", &stage.client), ("server.pem", &stage.server)] {
            let chain = pem("CERTIFICATE", &issued.chain[0]);
            let key = pem("PRIVATE KEY", &issued.pkcs8);
            fs::write(stage.folder.join(name), chain + &key).unwrap();
        }
        stage
    }

    pub(crate) fn server_config(&self) -> ServerConfigBuilder {
        let provider = Arc::new(provider());
        let credential = self.server.credential(&provider);
        ServerConfig::builder(provider, credential)
            .late_client_auth(Arc::clone(&self.verifier) as _)
    }

    pub(crate) fn client_config(&self) -> ClientConfigBuilder {
        let verifier = Arc::clone(&self.verifier);
        ClientConfig::builder(Arc::new(provider()), verifier).post_handshake_auth()
    }

    /// Starts a peer in the folder; `None` if this machine has no such program.
    pub(crate) fn start(&self, program: &str, arguments: &str) -> Option<Peer> {
        let mut command = Command::new(program);
        command
            .args(arguments.split_whitespace())
            .current_dir(&self.folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = match command.spawn() {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let ci = std::env::var_os("CI").is_some_and(|it| it == "true");
                assert!(!ci, "{program} is missing");
                eprintln!("{program} is missing: NOT tested");
                return None;
            }
            started => started.unwrap(),
        };
        Some(Peer {
            input: child.stdin.take().unwrap(),
            output: BufReader::new(child.stdout.take().unwrap()).lines(),
            complaints: BufReader::new(child.stderr.take().unwrap()).lines(),
            child,
        })
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.folder));
    }
}

/// A process on the other end; ends with the test.
pub(crate) struct Peer {
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
    complaints: Lines<BufReader<ChildStderr>>,
    child: Child,
}

impl Peer {
    /// Awaits its connection, as long as it lives.
    pub(crate) fn accept(&mut self, listener: &TcpListener) -> TcpStream {
        listener.set_nonblocking(true).unwrap();
        loop {
            match listener.accept() {
                Ok((transport, _)) => {
                    transport.set_nonblocking(false).unwrap();
                    return transport;
                }
                Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock),
            }
            if let Some(status) = self.child.try_wait().unwrap() {
                let said: Vec<_> = self.complaints.by_ref().map_while(Result::ok).collect();
                panic!("it ended, {status}: {}", said.join("\n"));
            }
            thread::yield_now();
        }
    }

    pub(crate) fn tell(&mut self, line: &str) {
        self.input.write_all(line.as_bytes()).unwrap();
    }

    /// Reads until it has printed a line with this in it. Says which.
    pub(crate) fn await_output(&mut self, part: &str) -> String {
        let found = find(&mut self.output, part);
        found.unwrap_or_else(|| panic!("it said nothing of {part:?}"))
    }

    /// The same on standard error.
    pub(crate) fn await_complaint(&mut self, part: &str) -> String {
        let found = find(&mut self.complaints, part);
        found.unwrap_or_else(|| panic!("it complained of nothing like {part:?}"))
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn find(lines: &mut Lines<impl BufRead>, part: &str) -> Option<String> {
    let mut lines = lines.map_while(Result::ok);
    lines.find(|line| line.contains(part))
}

/// Python reads certificates in no other form (RFC 7468 section 2).
fn pem(label: &str, der: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = format!("-----BEGIN {label}-----");
    for (at, three) in der.chunks(3).enumerate() {
        if at % 16 == 0 {
            text.push('\n');
        }
        let bits = (0..3).fold(0, |bits, at| {
            bits << 8 | usize::from(*three.get(at).unwrap_or(&0))
        });
        for (at, shift) in [18, 12, 6, 0].into_iter().enumerate() {
            let letter = char::from(ALPHABET[bits >> shift & 63]);
            text.push(if at > three.len() { '=' } else { letter });
        }
    }
    text + &format!("\n-----END {label}-----\n")
}
