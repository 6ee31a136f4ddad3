//! Transports that are slow to answer, and halves on two threads.

mod wire;

use std::io::{self, ErrorKind, IoSlice, Read, Write};
use std::net::TcpStream;
use std::thread;

use premaster_io::{Error, tls_error};
use wire::{Hesitant, Pki, ends};

/// A mebibyte without pattern.
fn noise() -> Vec<u8> {
    let mut state = 1_u64;
    let next = || {
        state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
        state.to_be_bytes()[0]
    };
    std::iter::repeat_with(next).take(1 << 20).collect()
}

/// Does it again for as long as the transport says 'not now'.
fn insist<T>(mut act: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match act() {
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            outcome => return outcome,
        }
    }
}

#[test]
fn a_call_that_the_transport_did_not_finish_can_be_made_again() {
    for kind in [
        ErrorKind::WouldBlock,
        ErrorKind::TimedOut,
        ErrorKind::Interrupted,
    ] {
        let pki = Pki::new();
        let (ours, theirs) = ends();
        let mut server = pki.server(theirs);
        let serving = thread::spawn(move || {
            let mut got = vec![0; 1 << 20];
            server.read_exact(&mut got)?;
            server.write_all(&got)?;
            server.close()
        });
        let mut client = pki.client(Hesitant::new(ours, kind));
        let sent = noise();
        let mut written = 0;
        while written < sent.len() {
            written += insist(|| client.write(&sent[written..])).unwrap();
        }
        insist(|| client.flush()).unwrap();
        let mut back = vec![0; sent.len()];
        let mut read = 0;
        while read < back.len() {
            read += insist(|| client.read(&mut back[read..])).unwrap();
        }
        assert!(back == sent, "{kind:?}");
        assert_eq!(insist(|| client.read(&mut [0])).unwrap(), 0);
        serving.join().unwrap().unwrap();
    }
}

#[test]
fn parts_are_written_together() {
    let (mut client, mut server) = Pki::new().streams();
    let serving = thread::spawn(move || {
        let mut got = String::new();
        server.read_to_string(&mut got).map(|_| got)
    });
    let parts = [
        IoSlice::new(b"one, "),
        IoSlice::new(b""),
        IoSlice::new(b"two"),
    ];
    assert_eq!(client.write_vectored(&parts).unwrap(), 8);
    assert_eq!(client.write_vectored(&parts[1..2]).unwrap(), 0);
    let long = vec![b'.'; 200_000];
    let taken = client
        .write_vectored(&[IoSlice::new(b""), IoSlice::new(&long)])
        .unwrap();
    assert!(taken > 0);
    client.close().unwrap();
    assert_eq!(
        serving.join().unwrap().unwrap(),
        format!("one, two{}", ".".repeat(taken))
    );
}

#[test]
fn halves_carry_a_mebibyte_each_way_at_the_same_time() {
    let pki = Pki::new();
    let (ours, theirs) = ends();
    let other = pki.server(theirs);
    let serving = thread::spawn(move || exchange(other));
    assert!(exchange(pki.client(ours)).unwrap() == noise());
    assert!(serving.join().unwrap().unwrap() == noise());
}

/// Writes all before it looks at what came, on one thread; reads on the other.
fn exchange(stream: premaster_io::Stream) -> io::Result<Vec<u8>> {
    let (mut reader, mut writer, facts) = stream.into_halves(TcpStream::try_clone)?;
    assert!(facts.extended_master_secret);
    let writing = thread::spawn(move || {
        writer.write_all(&noise())?;
        writer.close()
    });
    let mut got = Vec::new();
    reader.read_to_end(&mut got)?;
    writing.join().unwrap()?;
    Ok(got)
}

#[test]
fn the_reading_half_answers_a_goodbye() {
    let (client, mut server) = Pki::new().streams();
    let serving = thread::spawn(move || {
        server.handshake()?;
        server.close()?;
        server.read(&mut [0])
    });
    let (mut reader, mut writer, _) = client.into_halves(TcpStream::try_clone).unwrap();
    assert_eq!(reader.read(&mut [0]).unwrap(), 0);
    reader.close().unwrap();
    assert_eq!(serving.join().unwrap().unwrap(), 0, "a clean end");
    let error = writer.write(b"x").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BrokenPipe);
}

#[test]
fn a_fault_that_the_reading_half_finds_is_told_to_the_peer() {
    let (client, mut server) = Pki::new().streams();
    let serving = thread::spawn(move || {
        server.handshake()?;
        // A record that nobody can open.
        server.transport_mut().write_all(&[23, 3, 3, 0, 32])?;
        server.transport_mut().write_all(&[0; 32])?;
        server.read(&mut [0])
    });
    let (mut reader, mut writer, _) = client.into_halves(TcpStream::try_clone).unwrap();
    let error = reader.read(&mut [0]).unwrap_err();
    assert!(
        matches!(tls_error(&error), Some(Error::Record(_))),
        "{error}"
    );
    let told = serving.join().unwrap().unwrap_err();
    assert!(told.to_string().contains("bad_record_mac"), "{told}");
    assert_eq!(
        writer.write(b"x").unwrap_err().kind(),
        ErrorKind::BrokenPipe
    );
    assert!(reader.read(&mut [0]).is_err(), "the error is kept");
}
