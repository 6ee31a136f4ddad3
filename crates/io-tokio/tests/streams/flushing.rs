//! What leaves when: transports with a buffer of their own, and several parts in a record.

use std::io::IoSlice;

use tokio::io::{AsyncReadExt, AsyncWrite, AsyncWriteExt, BufWriter, duplex};

use crate::stage::{Pki, in_time, quiet, shake};

#[tokio::test(start_paused = true)]
async fn a_handshake_and_a_reader_flush_what_they_wait_for() {
    let pki = Pki::new();
    let (ours, theirs) = duplex(100_000);
    let mut client = pki.client(BufWriter::new(ours));
    let mut server = pki.server(BufWriter::new(theirs));
    shake(&mut client, &mut server).await.unwrap();

    // Neither flushes, and yet nobody waits for ever.
    let (mut request, mut answer) = ([0; 4], [0; 4]);
    let asking = async {
        client.write_all(b"ping").await?;
        client.read_exact(&mut answer).await
    };
    let answering = async {
        server.read_exact(&mut request).await?;
        server.write_all(b"pong").await?;
        server.flush().await
    };
    in_time(async { tokio::try_join!(asking, answering) })
        .await
        .unwrap();
    assert_eq!((&request, &answer), (b"ping", b"pong"));
}

#[tokio::test(start_paused = true)]
async fn what_is_written_leaves_with_the_flush() {
    let pki = Pki::new();
    let (ours, theirs) = duplex(100_000);
    let mut client = pki.client(BufWriter::new(ours));
    let mut server = pki.server(theirs);
    shake(&mut client, &mut server).await.unwrap();
    client.write_all(b"ping").await.unwrap();
    assert!(!client.transport().buffer().is_empty());
    client.flush().await.unwrap();
    assert!(client.transport().buffer().is_empty());
    let mut got = [0; 4];
    in_time(server.read_exact(&mut got)).await.unwrap();
    assert_eq!(&got, b"ping");
}

#[tokio::test(start_paused = true)]
async fn what_a_full_transport_did_not_take_follows() {
    // By a flush.
    let (mut client, mut server) = Pki::new().established(100).await;
    assert_eq!(client.write(&[1; 5_000]).await.unwrap(), 5_000);
    let mut got = [0; 5_000];
    let both = async { tokio::try_join!(client.flush(), server.read_exact(&mut got)) };
    in_time(both).await.unwrap();
    assert_eq!(got, [1; 5_000]);

    // Or while a read waits: who asks and then listens need not flush.
    assert_eq!(client.write(&[2; 5_000]).await.unwrap(), 5_000);
    let answering = async {
        server.read_exact(&mut got).await?;
        server.write_all(b"pong").await
    };
    let mut answer = [0; 4];
    let both = async { tokio::try_join!(client.read_exact(&mut answer), answering) };
    in_time(both).await.unwrap();
    assert_eq!(got, [2; 5_000]);
    assert_eq!(&answer, b"pong");
}

/// The content types of the records that lie in a pipe.
async fn records(pipe: &mut tokio::io::DuplexStream) -> Vec<u8> {
    quiet().await;
    let mut bytes = vec![0; 100_000];
    let length = pipe.read(&mut bytes).await.unwrap();
    let (mut rest, mut types) = (&bytes[..length], Vec::new());
    while let [content_type, _, _, high, low, more @ ..] = rest {
        types.push(*content_type);
        rest = &more[usize::from(u16::from_be_bytes([*high, *low]))..];
    }
    types
}

#[tokio::test(start_paused = true)]
async fn parts_are_written_together() {
    let (mut client, mut server) = Pki::new().established(100_000).await;
    assert!(client.is_write_vectored());
    let parts = [
        IoSlice::new(b"one, "),
        IoSlice::new(b""),
        IoSlice::new(b"two"),
    ];
    assert_eq!(client.write_vectored(&parts).await.unwrap(), 8);
    assert_eq!(client.write_vectored(&parts[1..2]).await.unwrap(), 0);
    assert_eq!(records(server.transport_mut()).await, [23]);

    // A record's worth at most, wherever the parts end.
    let long = vec![b'.'; 9_000];
    let parts = [&b""[..], &long, b"!", &long, &long].map(IoSlice::new);
    assert_eq!(client.write_vectored(&parts).await.unwrap(), 16_384);
    assert_eq!(records(server.transport_mut()).await, [23]);
    assert_eq!(client.write(&[0; 50_000]).await.unwrap(), 16_384);
    assert_eq!(records(server.transport_mut()).await, [23]);
}

#[tokio::test(start_paused = true)]
async fn parts_arrive_in_order() {
    let (mut client, mut server) = Pki::new().established(100_000).await;
    let long = vec![b'.'; 9_000];
    let parts = [&b"one"[..], &long, b"two", &long].map(IoSlice::new);
    let written = client.write_vectored(&parts).await.unwrap();
    let mut got = vec![0; written];
    in_time(server.read_exact(&mut got)).await.unwrap();
    let all: Vec<u8> = parts.iter().flat_map(|part| part.iter().copied()).collect();
    assert!(got == all[..written]);
}
