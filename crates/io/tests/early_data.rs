//! Early data through streams: whole, apart from all else, and over slow transports.

mod wire;

use std::io::{self, BufRead, ErrorKind, Read, Write};

use std::sync::Arc;
use std::thread;

use premaster_connection::trace::EarlyData;
use premaster_connection::{ClientConfig, ServerConfig};
use premaster_io::Stream;
use premaster_testkit::pki::Authority;
use wire::{Hesitant, Pki, Trickle, ends};

const LIMIT: u32 = 100_000;

/// A client with a ticket that allows early data, and the server that gave it.
fn acquainted() -> Pki {
    let provider = Arc::new(premaster_crypto_ring::provider());
    let authority = Authority::new();
    let credential = authority.issue(&provider, &["localhost"], &rcgen::PKCS_ED25519);
    let verifier = authority.verifier(&provider);
    let server = ServerConfig::builder(Arc::clone(&provider), credential).early_data(LIMIT);
    let client = ClientConfig::builder(provider, Arc::clone(&verifier) as _).early_data();
    let pki = Pki {
        client: Arc::new(client.build().unwrap()),
        server: Arc::new(server.build().unwrap()),
        verifier,
    };
    let (mut client, mut server) = pki.streams();
    let serving = thread::spawn(move || server.handshake().map(drop).and_then(|()| server.close()));
    client.read_to_end(&mut Vec::new()).unwrap();
    serving.join().unwrap().unwrap();
    pki
}

fn noise(length: usize) -> Vec<u8> {
    (0..length).map(|it| it.to_le_bytes()[0] ^ 0x5a).collect()
}

/// Reads what is early, then what is not, and sends both back in this order.
fn echo<S: Read + Write>(mut stream: Stream<S>) -> io::Result<(usize, usize)> {
    let mut heard = Vec::new();
    if let Some(mut early) = stream.early_data()? {
        assert_eq!(early.remaining(), 0);
        assert_eq!(early.write(b"x")?, 0);
        early.read_to_end(&mut heard)?;
    }
    let early = heard.len();
    stream.read_to_end(&mut heard)?;
    stream.write_all(&heard)?;
    stream.close()?;
    Ok((early, heard.len()))
}

/// Writes early what may be, then the rest.
fn send<S: Read + Write>(mut stream: Stream<S>, data: &[u8]) -> io::Result<Vec<u8>> {
    let Some(mut early) = stream.early_data()? else {
        panic!("the ticket allows it")
    };
    let limit = usize::try_from(LIMIT).expect("it fits");
    assert_eq!(early.remaining(), limit);
    let mut sent = 0;
    loop {
        match early.write(&data[sent..]) {
            Ok(0) => break,
            Ok(amount) => sent += amount,
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    assert_eq!(sent, data.len().min(limit));
    assert_eq!(early.read(&mut [0])?, 0);
    assert_eq!(
        again(|| stream.handshake().map(|facts| facts.early_data))?,
        Some(EarlyData::Accepted)
    );
    while sent < data.len() {
        sent += again(|| stream.write(&data[sent..]))?;
    }
    again(|| stream.close())?;
    let mut back = Vec::new();
    let mut part = [0; 10_000];
    loop {
        match again(|| stream.read(&mut part))? {
            0 => return Ok(back),
            amount => back.extend_from_slice(&part[..amount]),
        }
    }
}

/// Until a transport that does not block is ready.
fn again<T>(mut call: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match call() {
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            outcome => return outcome,
        }
    }
}

#[test]
fn early_data_comes_whole_and_before_the_rest() {
    let limit = usize::try_from(LIMIT).unwrap();
    for length in [1, 16_384, 50_000, limit, limit + 50_000] {
        let (client, server) = acquainted().streams();
        let serving = thread::spawn(move || echo(server));
        let data = noise(length);
        assert!(send(client, &data).unwrap() == data);
        let (early, all) = serving.join().unwrap().unwrap();
        assert_eq!((early, all), (length.min(limit), length));
    }
}

#[test]
fn slow_transports_will_do() {
    let pki = acquainted();
    let data = noise(30_000);
    let (ours, theirs) = ends();
    let server = pki.server(Trickle(theirs));
    let serving = thread::spawn(move || echo(server));
    let client = pki.client(Trickle(ours));
    assert!(send(client, &data).unwrap() == data);
    assert_eq!(serving.join().unwrap().unwrap(), (30_000, 30_000));

    let (ours, theirs) = ends();
    let server = pki.server(theirs);
    let serving = thread::spawn(move || echo(server));
    let mut client = pki.client(Hesitant::new(ours, ErrorKind::WouldBlock));
    while let Err(error) = client.early_data() {
        assert_eq!(error.kind(), ErrorKind::WouldBlock);
    }
    assert!(send(client, &data).unwrap() == data);
    assert_eq!(serving.join().unwrap().unwrap(), (30_000, 30_000));
}

/// What a server does not read early it does not read at all.
#[test]
fn early_data_is_never_taken_for_other_data() {
    let (mut client, mut server) = acquainted().streams();
    let serving = thread::spawn(move || {
        let mut line = String::new();
        server.read_line(&mut line)?;
        // Nor is it lost.
        let mut early = server.early_data()?.expect("it has come");
        let mut text = String::new();
        early.read_to_string(&mut text)?;
        assert!(server.early_data()?.is_none());
        io::Result::Ok((line, text))
    });
    client
        .early_data()
        .unwrap()
        .unwrap()
        .write_all(b"early\n")
        .unwrap();
    client.write_all(b"late\n").unwrap();
    let (line, early) = serving.join().unwrap().unwrap();
    assert_eq!((&*line, &*early), ("late\n", "early\n"));
}

#[test]
fn without_a_ticket_there_is_none_and_nothing_is_waited_for() {
    let (mut client, server) = Pki::new().streams();
    assert!(client.early_data().unwrap().is_none());
    assert!(client.facts().is_none(), "nobody has answered");
    let serving = thread::spawn(move || echo(server));
    client.write_all(b"late").unwrap();
    client.close().unwrap();
    assert!(client.early_data().unwrap().is_none());
    assert_eq!(serving.join().unwrap().unwrap(), (0, 4));
}
