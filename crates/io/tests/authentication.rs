//! A server that asks who its client is when it has heard what it wants (RFC 8446 section 4.6.2).

mod wire;

use std::io::{BufRead, Write};
use std::sync::Arc;
use std::thread;

use premaster_connection::{ClientAuth, ClientConfig, ServerConfig};
use premaster_testkit::pki::Authority;
use wire::Pki;

#[test]
fn a_client_is_asked_between_two_requests() {
    let provider = Arc::new(premaster_crypto_ring::provider());
    let authority = Authority::new();
    let [of_server, of_client] = ["localhost", "client"]
        .map(|name| authority.issue(&provider, &[name], &rcgen::PKCS_ED25519));
    let verifier = authority.verifier(&provider);
    let server = ServerConfig::builder(Arc::clone(&provider), of_server)
        .optional_client_auth(Arc::clone(&verifier) as _);
    let client = ClientConfig::builder(provider, Arc::clone(&verifier) as _)
        .credential(of_client)
        .post_handshake_auth();
    let pki = Pki {
        client: Arc::new(client.build().unwrap()),
        server: Arc::new(server.build().unwrap()),
        verifier,
    };
    let (mut client, mut server) = pki.streams();
    let serving = thread::spawn(move || {
        let mut line = String::new();
        server.read_line(&mut line)?;
        assert!(server.take_authentication().is_none());
        server.request_certificate(ClientAuth::Required {
            authorities: Vec::new(),
        })?;
        server.write_all(b"and who are you?\n")?;
        server.read_line(&mut line)?;
        let shown = server.take_authentication().expect("it came first");
        assert!(!shown.peer_certificates.is_empty());
        std::io::Result::Ok(line)
    });
    client.write_all(b"secrets, please\n").unwrap();
    let mut line = String::new();
    client.read_line(&mut line).unwrap();
    client.write_all(b"me\n").unwrap();
    assert_eq!(serving.join().unwrap().unwrap(), "secrets, please\nme\n");
}
