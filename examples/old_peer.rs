//! Talks to a server that knows nothing newer than RSA key transport and CBC, and says what that costs.
//!
//! ```sh
//! cargo run -p premaster --example old_peer -- device.example:443 ca.pem TLS_RSA_WITH_AES_128_CBC_SHA
//! ```

use std::io::{self, Read, Write};
use std::sync::Arc;

use premaster::Client;

fn main() -> io::Result<()> {
    let mut args = std::env::args().skip(1);
    let (Some(address), Some(roots)) = (args.next(), args.next()) else {
        eprintln!("usage: old_peer HOST:PORT ROOTS [SUITE]");
        std::process::exit(2);
    };
    let suite = args
        .next()
        .unwrap_or("TLS_RSA_WITH_AES_128_CBC_SHA".to_owned());

    // The provider learns the old algorithms; that alone changes nothing. Naming the suite does.
    let provider = premaster_crypto_classic::extend(premaster::crypto_ring::provider());
    let provider = premaster_crypto_rsa_transport::extend(provider);
    let client = Client::builder()
        .provider(Arc::new(provider))
        .roots_from(roots)
        .configure(move |config| config.suites([suite]))
        .build()?;

    let mut stream = client.connect(&address)?;
    if let Some(facts) = stream.facts() {
        eprintln!("{}, {}", facts.version, facts.suite.name);
        if !facts.suite.forward_secret() {
            eprintln!("whoever gets the server's key later can read what is said now");
        }
    }
    stream.write_all(b"GET / HTTP/1.0\r\n\r\n")?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    stream.close()?;
    io::stdout().write_all(&answer)
}
