//! How streams end, and that they go on until then: clean close, truncation and failure are three outcomes.

mod wire;

use std::io::{self, BufRead, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::thread;

use premaster_io::{Error, Stream, tls_error};
use premaster_wire::AlertDescription;
use wire::{Pki, Trickle, ends};

/// A client that reads to the end while `server` does its part.
fn read_while(
    server: impl FnOnce(Stream<TcpStream>) -> io::Result<()> + Send + 'static,
) -> (Vec<u8>, io::Result<usize>) {
    let (mut client, other) = Pki::new().streams();
    let serving = thread::spawn(move || server(other));
    let mut data = Vec::new();
    let outcome = client.read_to_end(&mut data);
    serving.join().unwrap().unwrap();
    (data, outcome)
}

#[test]
fn a_goodbye_is_the_end_of_the_data() {
    let (data, outcome) = read_while(|mut server| {
        server.write_all(b"all of it")?;
        server.close()
    });
    assert_eq!(data, b"all of it");
    assert_eq!(outcome.unwrap(), 9);
}

/// property: without close_notify the data may have been cut by anybody on the path.
#[test]
fn an_end_without_goodbye_is_a_truncation() {
    let (data, outcome) = read_while(|mut server| {
        server.write_all(b"not all of it")?;
        server.transport().shutdown(Shutdown::Both)
    });
    assert_eq!(data, b"not all of it");
    let error = outcome.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
    assert_eq!(tls_error(&error), Some(&Error::Truncated));
}

#[test]
fn an_alert_of_the_servers_own_is_no_goodbye() {
    let (data, outcome) = read_while(|mut server| {
        server.write_all(b"so far")?;
        server.abort(AlertDescription::access_denied)
    });
    assert_eq!(data, b"so far");
    let told = Error::AlertReceived(AlertDescription::access_denied);
    assert_eq!(tls_error(&outcome.unwrap_err()), Some(&told));
}

/// A transport that fails after the handshake.
struct Failing(TcpStream, bool);

impl Read for Failing {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        match self.1 {
            true => Err(io::Error::new(
                ErrorKind::HostUnreachable,
                "the cable is out",
            )),
            false => self.0.read(out),
        }
    }
}

impl Write for Failing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[test]
fn a_failure_of_the_transport_is_passed_on() {
    let pki = Pki::new();
    let (ours, theirs) = ends();
    let mut server = pki.server(theirs);
    let serving = thread::spawn(move || server.handshake().map(drop));
    let mut client = pki.client(Failing(ours, false));
    client.handshake().unwrap();
    serving.join().unwrap().unwrap();

    client.transport_mut().1 = true;
    let error = client.read(&mut [0; 10]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::HostUnreachable);
    assert_eq!(error.to_string(), "the cable is out");
    assert!(tls_error(&error).is_none());
}

#[test]
fn a_peer_that_leaves_during_the_handshake_has_cut_it_short() {
    let (ours, theirs) = ends();
    theirs.shutdown(Shutdown::Write).unwrap();
    let error = Pki::new().client(ours).handshake().map(drop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
    assert!(
        matches!(tls_error(&error), Some(Error::CutEarly { .. })),
        "{error}"
    );
}

#[test]
fn an_error_is_told_to_the_peer_and_again_to_the_caller() {
    let (ours, theirs) = ends();
    // Another authority: the client does not know the server's.
    let mut client = Pki::new().client(ours);
    let mut server = Pki::new().server(theirs);
    let serving = thread::spawn(move || server.handshake().map(drop));
    let error = client.handshake().map(drop).unwrap_err();
    assert!(
        matches!(tls_error(&error), Some(Error::Handshake(_))),
        "{error}"
    );
    for again in [client.read(&mut [0; 1]), client.write(b"x")] {
        assert_eq!(again.unwrap_err().to_string(), error.to_string());
    }
    let told = serving.join().unwrap().unwrap_err();
    assert!(
        matches!(tls_error(&told), Some(Error::AlertReceived(_))),
        "{told}"
    );
}

#[test]
fn a_byte_at_a_time_is_enough() {
    let pki = Pki::new();
    let (ours, theirs) = ends();
    let mut server = pki.server(Trickle(theirs));
    let serving = thread::spawn(move || {
        let mut got = Vec::new();
        server.read_to_end(&mut got)?;
        server.write_all(&got)?;
        server.close()
    });
    let mut client = pki.client(Trickle(ours));
    let sent: Vec<u8> = (0..40_000_u32).map(|it| it.to_le_bytes()[1]).collect();
    client.write_all(&sent).unwrap();
    client.close().unwrap();
    let mut back = Vec::new();
    client.read_to_end(&mut back).unwrap();
    assert_eq!(back, sent);
    serving.join().unwrap().unwrap();
}

#[test]
fn the_handshake_is_run_by_whatever_comes_first() {
    for first in [
        |stream: &mut Stream| stream.handshake().map(drop),
        |stream: &mut Stream| stream.write_all(b"hello"),
        |stream: &mut Stream| stream.flush(),
        |stream: &mut Stream| stream.read(&mut [0; 1]).map(drop),
    ] {
        let (mut client, mut server) = Pki::new().streams();
        let serving = thread::spawn(move || {
            server.write_all(b"hello")?;
            server.handshake().map(|facts| facts.resumed.is_some())
        });
        assert!(client.facts().is_none());
        first(&mut client).unwrap();
        client.handshake().unwrap();
        assert!(client.facts().is_some());
        assert!(!serving.join().unwrap().unwrap());
    }
}

#[test]
fn reading_is_buffered_and_an_empty_read_reads_nothing() {
    let (mut client, mut server) = Pki::new().streams();
    let serving = thread::spawn(move || {
        server.write_all(b"one line\nand another\n")?;
        server.close()
    });
    assert_eq!(client.read(&mut []).unwrap(), 0);
    let mut line = String::new();
    client.read_line(&mut line).unwrap();
    assert_eq!(line, "one line\n");
    let mut two = [0; 2];
    client.read_exact(&mut two).unwrap();
    assert_eq!(client.fill_buf().unwrap(), b"d another\n");
    serving.join().unwrap().unwrap();
}

#[test]
fn after_our_goodbye_we_write_nothing_and_read_on() {
    let (mut client, mut server) = Pki::new().streams();
    let serving = thread::spawn(move || {
        let mut got = String::new();
        server.read_to_string(&mut got)?;
        server.write_all(b"so long")?;
        server.close()?;
        io::Result::Ok(got)
    });
    client.write_all(b"that is all").unwrap();
    client.close().unwrap();
    assert_eq!(
        client.write(b"x").unwrap_err().kind(),
        ErrorKind::BrokenPipe
    );
    let mut answer = String::new();
    client.read_to_string(&mut answer).unwrap();
    assert_eq!(answer, "so long");
    assert_eq!(serving.join().unwrap().unwrap(), "that is all");
}
