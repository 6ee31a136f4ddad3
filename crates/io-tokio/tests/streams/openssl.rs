//! A stranger is on the other end: `openssl s_server`.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use premaster_connection::ClientConfig;
use premaster_io_tokio::Stream;
use premaster_testkit::pki::{Authority, KeyKind};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::stage::localhost;

/// Ends with the test.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// A server that answers each line with the same backwards; `None` if there is no OpenSSL.
fn reversing(authority: &Authority, folder: &std::path::Path) -> Option<(Server, String)> {
    let issued = authority.server("localhost", KeyKind::P256);
    let (cert, key) = (folder.join("cert.der"), folder.join("key.der"));
    fs::write(&cert, &issued.chain[0]).unwrap();
    fs::write(&key, &issued.pkcs8).unwrap();
    let mut command = Command::new("openssl");
    command.args(["s_server", "-accept", "127.0.0.1:0", "-tls1_2", "-rev"]);
    command.args(["-certform", "DER", "-cert"]).arg(&cert);
    command.args(["-keyform", "DER", "-key"]).arg(&key);
    command.stdin(Stdio::null()).stderr(Stdio::null());
    let mut server = Server(command.stdout(Stdio::piped()).spawn().ok()?);
    let told = BufReader::new(server.0.stdout.take().unwrap()).lines();
    let mut told = told.map_while(Result::ok);
    let address = told.find_map(|line| line.strip_prefix("ACCEPT ").map(str::to_owned));
    Some((server, address.expect("it says where it listens")))
}

#[tokio::test]
async fn openssl_understands_us() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new();
    let Some((_server, address)) = reversing(&authority, folder.path()) else {
        assert!(
            std::env::var_os("CI").is_none_or(|it| it != "true"),
            "openssl is missing"
        );
        eprintln!("openssl is missing: NOT tested");
        return;
    };
    let provider = Arc::new(premaster_crypto_ring::provider());
    let verifier = authority.verifier(&provider);
    let config = ClientConfig::builder(provider, verifier).build().unwrap();
    let transport = TcpStream::connect(address).await.unwrap();
    let mut stream = Stream::client(Arc::new(config), localhost(), transport);
    for (line, reversed) in [("hello\n", "olleh\n"), ("premaster\n", "retsamerp\n")] {
        stream.write_all(line.as_bytes()).await.unwrap();
        let mut answer = vec![0; line.len()];
        stream.read_exact(&mut answer).await.unwrap();
        assert_eq!(String::from_utf8(answer).unwrap(), reversed);
    }
    // What it takes for the end of a conversation.
    stream.write_all(b"CLOSE\n").await.unwrap();
    assert_eq!(stream.read(&mut [0]).await.unwrap(), 0, "a clean end");
    stream.shutdown().await.unwrap();
}
