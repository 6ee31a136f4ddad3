//! Who waits does nothing meanwhile.

use core::pin::{Pin, pin};
use core::sync::atomic::{AtomicUsize, Ordering};
use core::task::{Context, Poll, Waker};
use std::io;
use std::sync::Arc;
use std::task::Wake;

use premaster_connection::Question;
use premaster_io_tokio::Stream;
use tokio::io::{
    AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, ReadBuf, duplex,
};

use crate::stage::{Pki, in_time, quiet, shake};

/// A transport that counts how often it is polled.
struct Counted {
    transport: DuplexStream,
    polls: Arc<AtomicUsize>,
}

impl AsyncRead for Counted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.polls.fetch_add(1, Ordering::SeqCst);
        Pin::new(&mut self.transport).poll_read(cx, out)
    }
}

impl AsyncWrite for Counted {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.polls.fetch_add(1, Ordering::SeqCst);
        Pin::new(&mut self.transport).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.polls.fetch_add(1, Ordering::SeqCst);
        Pin::new(&mut self.transport).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.transport).poll_shutdown(cx)
    }
}

#[derive(Default)]
struct Woken(AtomicUsize);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

fn counted(width: usize) -> (Counted, DuplexStream, Arc<AtomicUsize>) {
    let (transport, theirs) = duplex(width);
    let polls = Arc::new(AtomicUsize::new(0));
    let ours = Counted {
        transport,
        polls: Arc::clone(&polls),
    };
    (ours, theirs, polls)
}

/// Polls once. Then nothing happens before somebody else does something.
async fn waits_quietly(future: impl Future, polls: &AtomicUsize) {
    let woken = Arc::new(Woken::default());
    let waker = Waker::from(Arc::clone(&woken));
    let mut future = pin!(future);
    let before = polls.load(Ordering::SeqCst);
    assert!(
        future
            .as_mut()
            .poll(&mut Context::from_waker(&waker))
            .is_pending()
    );
    let looked = polls.load(Ordering::SeqCst) - before;
    assert!(looked <= 4, "it looked {looked} times");
    quiet().await;
    assert_eq!(woken.0.load(Ordering::SeqCst), 0, "it woke itself");
    assert_eq!(polls.load(Ordering::SeqCst), before + looked);
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_the_peer_is_not_woken_before_it_speaks() {
    let pki = Pki::new();
    let (ours, theirs, polls) = counted(1_000);
    let (mut client, mut server) = (pki.client(ours), pki.server(theirs));
    waits_quietly(client.handshake(), &polls).await;
    shake(&mut client, &mut server).await.unwrap();
    waits_quietly(client.read(&mut [0]), &polls).await;
    // And is woken then, whatever else was waited for in between.
    let reading = tokio::spawn(async move { client.read_u8().await });
    quiet().await;
    server.write_all(b"x").await.unwrap();
    assert_eq!(in_time(reading).await.unwrap().unwrap(), b'x');
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_room_is_not_woken_before_there_is_some() {
    let pki = Pki::new();
    let (ours, theirs, polls) = counted(100);
    let (mut client, mut server) = (pki.client(ours), pki.server(theirs));
    shake(&mut client, &mut server).await.unwrap();
    client.write_all(&[0; 1_000]).await.unwrap();
    waits_quietly(client.write(b"x"), &polls).await;
    waits_quietly(client.flush(), &polls).await;
    waits_quietly(client.read(&mut [0]), &polls).await;
}

#[tokio::test(start_paused = true)]
async fn who_does_not_wait_is_not_woken() {
    let (client, mut server) = Pki::new().established(100).await;
    let (mut reader, mut writer) = tokio::io::split(client);
    let woken = Arc::new(Woken::default());
    let waker = Waker::from(Arc::clone(&woken));
    // A read is ready at once.
    server.write_all(b"x").await.unwrap();
    let mut piece = [0];
    let read = pin!(reader.read(&mut piece)).poll(&mut Context::from_waker(&waker));
    assert!(read.is_ready());
    // What the other half waits for is not its business.
    let writing = tokio::spawn(async move {
        writer.write_all(&[7; 10_000]).await?;
        writer.flush().await
    });
    let mut got = [0; 10_000];
    in_time(server.read_exact(&mut got)).await.unwrap();
    in_time(writing).await.unwrap().unwrap();
    assert_eq!(woken.0.load(Ordering::SeqCst), 0);
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_an_answer_is_not_woken_before_it_comes() {
    let pki = Pki::new();
    let (ours, _theirs, polls) = counted(1_000);
    let nobody = |_: Question, _| core::future::pending();
    let mut client: Stream<Counted> = pki.client(ours).answering(nobody);
    waits_quietly(client.handshake(), &polls).await;
    assert_eq!(
        polls.load(Ordering::SeqCst),
        0,
        "there is nothing to send yet"
    );
}
