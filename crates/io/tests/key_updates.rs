//! Keys that change while data flows (RFC 8446 section 4.6.3).

mod wire;

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::thread;

use premaster_connection::ClientConfig;
use premaster_io::{Error, Stream, tls_error};
use premaster_wire::ProtocolVersion;
use wire::Pki;

const PIECES: usize = 200;

fn piece(number: usize) -> Vec<u8> {
    vec![u8::try_from(number % 251).unwrap(); 3_000]
}

fn pieces() -> Vec<u8> {
    (0..PIECES).flat_map(piece).collect()
}

#[test]
fn a_stream_follows_the_keys_of_its_peer() {
    let (mut client, mut server) = Pki::new().streams();
    let serving = thread::spawn(move || {
        let mut heard = Vec::new();
        let mut part = vec![0; 30_000];
        for round in 0.. {
            match server.read(&mut part)? {
                0 => break,
                amount => heard.extend_from_slice(&part[..amount]),
            }
            server.update_keys(round % 2 == 0)?;
            server.write_all(b"!")?;
        }
        server.close()?;
        io::Result::Ok(heard)
    });
    for number in 0..PIECES {
        client.write_all(&piece(number)).unwrap();
        client.update_keys(number % 3 == 0).unwrap();
    }
    client.close().unwrap();
    let mut answers = Vec::new();
    client.read_to_end(&mut answers).unwrap();
    assert!(answers.iter().all(|byte| *byte == b'!') && !answers.is_empty());
    assert!(serving.join().unwrap().unwrap() == pieces());
}

/// Reads and writes on two threads, and asks for new keys from time to time.
fn halves(stream: Stream) -> io::Result<Vec<u8>> {
    let (mut reader, mut writer, _) = stream.into_halves(TcpStream::try_clone)?;
    let writing = thread::spawn(move || {
        for number in 0..PIECES {
            writer.write_all(&piece(number))?;
            if number % 5 == 0 {
                writer.update_keys(number % 2 == 0)?;
            }
        }
        writer.close()
    });
    let mut heard = Vec::new();
    reader.read_to_end(&mut heard)?;
    writing.join().expect("no panic")?;
    Ok(heard)
}

/// What the reader is asked for, the writer sends, and neither waits for the other.
#[test]
fn halves_follow_the_keys_of_their_peers() {
    let (client, server) = Pki::new().streams();
    let serving = thread::spawn(move || halves(server));
    assert!(halves(client).unwrap() == pieces());
    assert!(serving.join().unwrap().unwrap() == pieces());
}

#[test]
fn tls_1_2_says_that_it_cannot() {
    let mut pki = Pki::new();
    let provider = Arc::new(premaster_crypto_ring::provider());
    let verifier = Arc::clone(&pki.verifier);
    let tls12 = ClientConfig::builder(provider, verifier).max_version(ProtocolVersion::TLSv1_2);
    pki.client = Arc::new(tls12.build().unwrap());
    let (mut client, mut server) = pki.streams();
    let serving = thread::spawn(move || server.read(&mut [0]));
    let error = client.update_keys(true).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert_eq!(tls_error(&error), Some(&Error::NoKeyUpdate));
    client.write_all(b"x").unwrap();
    assert_eq!(serving.join().unwrap().unwrap(), 1);
}
