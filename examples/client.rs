//! Asks a web server for its front page.
//!
//! ```sh
//! cargo run -p premaster --example client -- example.com:443
//! cargo run -p premaster --example client -- localhost:4433 ca.pem
//! ```

use std::io::{self, Read, Write};

use premaster::Client;

fn main() -> io::Result<()> {
    let mut args = std::env::args().skip(1);
    let address = args.next().unwrap_or("example.com:443".to_owned());
    let mut client = Client::builder().alpn(["http/1.1"]);
    if let Some(roots) = args.next() {
        client = client.roots_from(roots);
    }
    let mut stream = client.build()?.connect(&address)?;
    if let Some(facts) = stream.facts() {
        eprintln!("{}, {}", facts.version, facts.suite.name);
    }

    let host = address.rsplit_once(':').map_or(&*address, |(host, _)| host);
    write!(
        stream,
        "GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    )?;
    let mut answer = Vec::new();
    // Ends with the server's goodbye; a connection that somebody has cut is an error.
    stream.read_to_end(&mut answer)?;
    stream.close()?;
    io::stdout().write_all(&answer)
}
