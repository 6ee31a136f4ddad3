//! Answers every client with what was agreed on, each in a thread of its own.
//!
//! ```sh
//! cargo run -p premaster --example server -- cert.pem key.pem 127.0.0.1:4433
//! ```

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use premaster::Server;

fn main() -> io::Result<()> {
    let args: Vec<_> = std::env::args().collect();
    let [_, certificate, key, address] = &args[..] else {
        return Err(io::Error::other("usage: server CERTIFICATE KEY ADDRESS"));
    };
    let server = Server::from_files(certificate, key)?;
    for tcp in TcpListener::bind(address)?.incoming() {
        let (server, tcp) = (server.clone(), tcp?);
        thread::spawn(move || {
            if let Err(error) = answer(&server, tcp) {
                eprintln!("{error}");
            }
        });
    }
    Ok(())
}

fn answer(server: &Server, tcp: TcpStream) -> io::Result<()> {
    // A client that says nothing does not keep its thread for ever.
    tcp.set_read_timeout(Some(Duration::from_secs(10)))?;
    let mut stream = server.accept(tcp)?;
    let agreed = stream.handshake()?;
    let text = format!("{}, {}\n", agreed.version, agreed.suite.name);

    // Whatever the request says, as far as it comes in one piece.
    let _ = stream.read(&mut [0; 4096])?;
    write!(stream, "HTTP/1.0 200 OK\r\n\r\n{text}")?;
    stream.close()
}
