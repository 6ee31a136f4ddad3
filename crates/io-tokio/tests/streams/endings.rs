//! How streams end: clean close, truncation and failure are three outcomes, and a peer is told why.

use std::io::{self, ErrorKind};

use premaster_io_tokio::{Error, Stream, tls_error};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

use crate::stage::{Cut, Gate, Gated, Gates, Pki, Trickle, ends, in_time, shake};

#[tokio::test(start_paused = true)]
async fn a_goodbye_is_the_end_of_the_data() {
    let (mut client, mut server) = Pki::new().piped(100);
    let serving = async {
        server.write_all(b"all of it").await?;
        server.shutdown().await
    };
    let mut data = Vec::new();
    in_time(async { tokio::try_join!(serving, client.read_to_end(&mut data)) })
        .await
        .unwrap();
    assert_eq!(data, b"all of it");
    assert_eq!(client.read(&mut [0]).await.unwrap(), 0, "and it stays so");
    // The transport's sending side is closed too.
    let after = in_time(client.transport_mut().read(&mut [0])).await;
    assert_eq!(after.unwrap(), 0);
}

/// property: without close_notify the data may have been cut by anybody on the path.
#[tokio::test(start_paused = true)]
async fn an_end_without_goodbye_is_a_truncation() {
    let (mut client, mut server) = Pki::new().established(100).await;
    let serving = async move {
        server.write_all(b"not all of it").await?;
        server.flush().await
        // It is dropped, and says nothing.
    };
    let mut data = Vec::new();
    let reading = client.read_to_end(&mut data);
    let (served, outcome) = in_time(async { tokio::join!(serving, reading) }).await;
    served.unwrap();
    assert_eq!(data, b"not all of it");
    for error in [
        outcome.unwrap_err(),
        client.read(&mut [0]).await.unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
        assert_eq!(tls_error(&error), Some(&Error::Truncated));
    }
}

/// property 22: wherever the transport ends, the stream says so, and neither waits nor turns in circles.
#[tokio::test(start_paused = true)]
async fn wherever_the_transport_ends_the_stream_says_how() {
    let pki = Pki::steady();
    let total = cut(&pki, usize::MAX, usize::MAX).await;
    for end in (0..total)
        .step_by(7)
        .chain(total.saturating_sub(40)..total + 2)
    {
        cut(&pki, end, total).await;
    }
}

/// A client whose transport ends after so many bytes; how many it read.
async fn cut(pki: &Pki, end: usize, total: usize) -> usize {
    let (ours, theirs) = duplex(300);
    let (mut client, mut server) = (pki.client(Cut::after(end, ours)), pki.server(theirs));
    let serving = async move {
        server.write_all(b"hello").await?;
        server.shutdown().await
    };
    let mut data = Vec::new();
    let reading = async {
        let outcome = client.read_to_end(&mut data).await;
        let again = client.read(&mut [0]).await;
        let count = client.transport().count;
        // The server need not wait for more.
        drop(client);
        ([outcome, again], count)
    };
    let (([outcome, again], count), _) = in_time(async { tokio::join!(reading, serving) }).await;
    if end >= total {
        let read = (outcome.unwrap(), again.unwrap());
        assert_eq!((&*data, read), (&b"hello"[..], (5, 0)));
        return count;
    }
    for error in [outcome.unwrap_err(), again.unwrap_err()] {
        assert_eq!(error.kind(), ErrorKind::UnexpectedEof, "after {end} bytes");
        let error = tls_error(&error);
        let cut = matches!(error, Some(Error::CutEarly { .. } | Error::Truncated));
        assert!(cut, "after {end} bytes: {error:?}");
    }
    assert!(data.is_empty() || data == b"hello");
    count
}

#[tokio::test(start_paused = true)]
async fn a_failure_of_the_transport_is_passed_on_and_may_pass() {
    let (mut client, mut server, gates) = gated(1_000).await;
    server.write_all(b"hello").await.unwrap();

    gates.reading(Gate::Failing);
    let error = client.read(&mut [0; 5]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::HostUnreachable);
    assert_eq!(error.to_string(), "the cable is out");
    assert!(tls_error(&error).is_none());

    gates.reading(Gate::Open);
    let mut answer = [0; 5];
    in_time(client.read_exact(&mut answer)).await.unwrap();
    assert_eq!(&answer, b"hello");
}

#[tokio::test]
async fn a_reset_is_a_failure_of_the_transport() {
    let pki = Pki::new();
    let (ours, theirs) = ends().await;
    let (mut client, mut server) = (pki.client(ours), pki.server(theirs));
    shake(&mut client, &mut server).await.unwrap();
    server.transport().set_zero_linger().unwrap();
    drop(server);
    let error = in_time(client.read(&mut [0])).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    assert!(tls_error(&error).is_none());
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_leaves_during_the_handshake_has_cut_it() {
    let (ours, mut theirs) = duplex(1_000);
    theirs.shutdown().await.unwrap();
    let mut client = Pki::new().client(ours);
    let error = in_time(client.handshake()).await.map(drop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
    assert!(
        matches!(tls_error(&error), Some(Error::CutEarly { .. })),
        "{error}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_handshake_that_fails_is_told_to_the_peer_and_again_to_the_caller() {
    for width in [1, 10_000] {
        let (ours, theirs) = duplex(width);
        // Another authority: the client does not know the server's.
        let mut client = Pki::new().client(Trickle::over(ours));
        let mut server = Pki::new().server(theirs);
        let failing = async {
            let error = client.handshake().await.map(drop).unwrap_err();
            let mut again = vec![error];
            again.extend(client.read(&mut [0; 1]).await.err());
            again.extend(client.write(b"x").await.err());
            // The alert has left before the error is told: the client may go.
            drop(client);
            again
        };
        let both = async { tokio::join!(failing, server.handshake()) };
        let (errors, told) = in_time(both).await;
        assert_eq!(errors.len(), 3);
        for error in &errors {
            assert!(
                matches!(tls_error(error), Some(Error::Handshake(_))),
                "{error}"
            );
            assert_eq!(error.to_string(), errors[0].to_string());
        }
        let told = told.map(drop).unwrap_err();
        assert!(
            matches!(tls_error(&told), Some(Error::AlertReceived(_))),
            "{told}"
        );
    }
}

/// The client's end of an established connection is full, and then something comes that nobody can open.
#[tokio::test(start_paused = true)]
async fn a_failure_later_is_told_at_once_and_shutdown_tells_the_peer() {
    let (mut client, mut server) = Pki::new().established(100).await;
    client.write_all(&[7; 1_000]).await.unwrap();
    let forged = [&[23, 3, 3, 0, 32][..], &[0; 32]].concat();
    in_time(server.transport_mut().write_all(&forged))
        .await
        .unwrap();
    // The server reads nothing, so the alert cannot go: the client is told all the same.
    let error = in_time(client.read(&mut [0])).await.unwrap_err();
    assert!(
        matches!(tls_error(&error), Some(Error::Record(_))),
        "{error}"
    );

    let mut data = vec![0; 1_000];
    let reading = async {
        server.read_exact(&mut data).await?;
        server.read(&mut [0]).await
    };
    let (closed, told) = in_time(async { tokio::join!(client.shutdown(), reading) }).await;
    closed.unwrap();
    let told = told.unwrap_err();
    assert!(told.to_string().contains("bad_record_mac"), "{told}");
    assert_eq!(data, [7; 1_000]);
}

#[tokio::test(start_paused = true)]
async fn what_was_accepted_and_cannot_be_sent_is_told_by_the_next_call() {
    told_by_next(async |client: &mut Client| client.flush().await).await;
    told_by_next(async |client: &mut Client| client.shutdown().await).await;
    told_by_next(async |client: &mut Client| client.write(b"more").await.map(drop)).await;
}

type Client = Stream<Gated<DuplexStream>>;

/// A client after the handshake, its server, and the gates of the client's transport.
async fn gated(width: usize) -> (Client, Stream<DuplexStream>, Gates) {
    let pki = Pki::new();
    let (ours, theirs) = duplex(width);
    let (ours, gates) = Gates::before(ours);
    let (mut client, mut server) = (pki.client(ours), pki.server(theirs));
    shake(&mut client, &mut server).await.unwrap();
    (client, server, gates)
}

async fn told_by_next(next: impl AsyncFn(&mut Client) -> io::Result<()>) {
    let (mut client, mut server, gates) = gated(1_000).await;
    gates.writing(Gate::Failing);
    assert_eq!(client.write(b"hello").await.unwrap(), 5, "it is accepted");
    // It is told even if the cable is in again.
    gates.writing(Gate::Open);
    let error = in_time(next(&mut client)).await.unwrap_err();
    assert_eq!(error.to_string(), "the cable is out");
    assert!(tls_error(&error).is_none());

    // And whoever goes on all the same loses nothing.
    client.shutdown().await.unwrap();
    let mut all = String::new();
    in_time(server.read_to_string(&mut all)).await.unwrap();
    assert_eq!(all, "hello");
}

#[tokio::test(start_paused = true)]
async fn reading_goes_on_when_nothing_can_be_sent_any_more() {
    let (mut client, mut server, gates) = gated(10_000).await;
    gates.writing(Gate::Failing);
    client.write_all(b"hello").await.unwrap();

    let mut answer = [0; 8];
    let both = async {
        tokio::join!(
            client.read_exact(&mut answer),
            server.write_all(b"farewell")
        )
    };
    let (read, written) = in_time(both).await;
    read.unwrap();
    written.unwrap();
    assert_eq!(&answer, b"farewell");
    let error = client.write(b"x").await.unwrap_err();
    assert_eq!(error.to_string(), "the cable is out");
}

#[tokio::test(start_paused = true)]
async fn after_our_goodbye_we_write_nothing_and_read_on() {
    let (mut client, mut server) = Pki::new().piped(50);
    let serving = async {
        let mut got = String::new();
        server.read_to_string(&mut got).await?;
        // The other direction is still open.
        server.write_all(b"so long").await?;
        server.shutdown().await?;
        io::Result::Ok(got)
    };
    let asking = async {
        client.write_all(b"that is all").await?;
        client.shutdown().await?;
        let error = client.write(b"x").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BrokenPipe);
        assert_eq!(tls_error(&error), Some(&Error::AlreadyClosed));
        let mut answer = String::new();
        client.read_to_string(&mut answer).await?;
        io::Result::Ok(answer)
    };
    let both = async { tokio::try_join!(serving, asking) };
    let (asked, answered) = in_time(both).await.unwrap();
    assert_eq!((&*asked, &*answered), ("that is all", "so long"));
}

#[tokio::test(start_paused = true)]
async fn a_goodbye_during_the_handshake_ends_it() {
    let (mut client, mut server) = Pki::new().piped(1_000);
    in_time(client.shutdown()).await.unwrap();
    let error = client.read(&mut [0]).await.unwrap_err();
    assert_eq!(tls_error(&error), Some(&Error::AlreadyClosed));
    let error = in_time(server.handshake()).await.map(drop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedEof, "{error}");
}
