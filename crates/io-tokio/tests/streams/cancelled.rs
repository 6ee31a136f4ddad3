//! Futures that are dropped half-way lose nothing.

use core::future::Future;
use core::pin::pin;
use std::io;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

use crate::stage::{Pki, Trickle, in_time, noise, quiet};

/// Polls `future` this many times, when it asks for it; then drops it.
async fn give_up_after<T>(polls: usize, future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    let mut left = polls;
    core::future::poll_fn(|cx| match future.as_mut().poll(cx) {
        core::task::Poll::Ready(outcome) => core::task::Poll::Ready(Some(outcome)),
        core::task::Poll::Pending if left <= 1 => core::task::Poll::Ready(None),
        core::task::Poll::Pending => {
            left -= 1;
            core::task::Poll::Pending
        }
    })
    .await
}

/// Makes a call again and again until one is not dropped; counts the others.
macro_rules! insist {
    ($dropped:ident, $call:expr) => {{
        let mut polls = 0;
        loop {
            // Each time it gets a little further.
            polls = polls % 5 + 1;
            match give_up_after(polls, $call).await {
                Some(outcome) => break outcome,
                None => $dropped += 1,
            }
            // Others have their turn, as they have when a call is dropped for another.
            tokio::task::yield_now().await;
        }
    }};
}

type Pipe = premaster_io_tokio::Stream<Trickle<DuplexStream>>;

/// Says all of it, then goodbye; returns how many futures were dropped.
async fn say(mut stream: Pipe, data: &[u8]) -> io::Result<usize> {
    let mut dropped = 0;
    insist!(dropped, stream.handshake()).map(drop)?;
    let mut rest = data;
    while !rest.is_empty() {
        // Odd sizes, so that a byte too many or too few is seen.
        let piece = &rest[..rest.len().min(1_237)];
        let written = insist!(dropped, stream.write(piece))?;
        rest = &rest[written..];
        insist!(dropped, stream.flush())?;
    }
    insist!(dropped, stream.shutdown())?;
    Ok(dropped)
}

async fn hear(mut stream: Pipe) -> io::Result<(Vec<u8>, usize)> {
    let (mut data, mut dropped) = (Vec::new(), 0);
    loop {
        let mut piece = [0; 999];
        match insist!(dropped, stream.read(&mut piece))? {
            0 => return Ok((data, dropped)),
            length => data.extend_from_slice(&piece[..length]),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn whatever_is_dropped_no_byte_is_lost_or_sent_twice() {
    let pki = Pki::new();
    for width in [3, 500] {
        let (ours, theirs) = duplex(width);
        let client = pki.client(Trickle::over(ours));
        let server = pki.server(Trickle::over(theirs));
        let data = noise(10_000);
        let both = async { tokio::try_join!(say(client, &data), hear(server)) };
        let (writes, (heard, reads)) = in_time(both).await.unwrap();
        assert!(heard == data, "{width}");
        assert!(
            writes > 100 && reads > 100,
            "{writes} and {reads} were dropped"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_write_that_was_dropped_has_accepted_nothing() {
    let (mut client, mut server) = Pki::new().established(100).await;
    assert_eq!(client.write(&[1; 1_000]).await.unwrap(), 1_000);
    tokio::select! {
        biased;
        _ = client.write(&[2; 1_000]) => panic!("there is no room"),
        () = quiet() => {}
    }
    let writing = async {
        client.write_all(&[3; 1_000]).await?;
        client.shutdown().await
    };
    let mut got = Vec::new();
    let both = async { tokio::try_join!(writing, server.read_to_end(&mut got)) };
    in_time(both).await.unwrap();
    assert!(got == [[1; 1_000], [3; 1_000]].concat());
}

#[tokio::test(start_paused = true)]
async fn a_read_that_was_dropped_has_taken_nothing() {
    let (mut client, mut server) = Pki::new().established(100).await;
    // Half of a record is there.
    let mut wire = [0; 100];
    server.write_all(b"twenty bytes of text").await.unwrap();
    let length = client.transport_mut().read(&mut wire).await.unwrap();
    let (half, rest) = wire[..length].split_at(20);
    // The same bytes come in two pieces.
    server.transport_mut().write_all(half).await.unwrap();
    let mut text = [0; 20];
    tokio::select! {
        biased;
        _ = client.read(&mut text) => panic!("a half is not enough"),
        () = quiet() => {}
    }
    server.transport_mut().write_all(rest).await.unwrap();
    in_time(client.read_exact(&mut text)).await.unwrap();
    assert_eq!(&text, b"twenty bytes of text");

    // What is looked at is not taken either.
    server.write_all(b"more").await.unwrap();
    assert_eq!(in_time(client.fill_buf()).await.unwrap(), b"more");
    assert_eq!(in_time(client.fill_buf()).await.unwrap(), b"more");
}
