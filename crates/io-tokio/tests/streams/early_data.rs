//! Early data through streams: whole, apart from all else, through narrow pipes and with late answers.

use std::io;

use premaster_connection::trace::EarlyData;
use premaster_io_tokio::Stream;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, duplex};

use crate::stage::{Pki, Trickle, in_time, noise};

const LIMIT: u32 = 50_000;

/// Reads what is early, then what is not, and sends both back in this order.
async fn echo<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: Stream<S>,
) -> io::Result<(usize, usize)> {
    let mut heard = Vec::new();
    if let Some(mut early) = stream.early_data().await? {
        assert_eq!(early.write(b"x").await?, 0);
        early.read_to_end(&mut heard).await?;
    }
    let early = heard.len();
    stream.read_to_end(&mut heard).await?;
    stream.write_all(&heard).await?;
    stream.shutdown().await?;
    Ok((early, heard.len()))
}

/// Writes early what may be, then the rest.
async fn send<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: Stream<S>,
    data: &[u8],
) -> io::Result<Vec<u8>> {
    let mut early = stream.early_data().await?.expect("the ticket allows it");
    let mut sent = 0;
    loop {
        match early.write(&data[sent..]).await? {
            0 => break,
            amount => sent += amount,
        }
    }
    assert_eq!(early.read(&mut [0]).await?, 0);
    early.shutdown().await?;
    let facts = stream.handshake().await?;
    assert_eq!(facts.early_data, Some(EarlyData::Accepted));
    stream.write_all(&data[sent..]).await?;
    stream.shutdown().await?;
    let mut back = Vec::new();
    stream.read_to_end(&mut back).await?;
    Ok(back)
}

#[tokio::test(start_paused = true)]
async fn early_data_comes_whole_and_before_the_rest() {
    let limit = usize::try_from(LIMIT).unwrap();
    for (width, length) in [(10, 1_000), (1_000, limit), (100_000, limit + 50_000)] {
        let pki = Pki::acquainted(LIMIT).await;
        let (ours, theirs) = duplex(width);
        let client = pki.client(Trickle::over(ours));
        // Who answers takes his time.
        let server = pki.server(Trickle::over(theirs));
        let server = server.answering(|question, local| async move {
            tokio::task::yield_now().await;
            local.resolve(question)
        });
        let data = noise(length);
        let both = async { tokio::try_join!(send(client, &data), echo(server)) };
        let (back, heard) = in_time(both).await.unwrap();
        assert!(back == data);
        assert_eq!(heard, (length.min(limit), length));
    }
}

/// What a server does not read early it does not read at all.
#[tokio::test(start_paused = true)]
async fn early_data_is_never_taken_for_other_data() {
    let (mut client, mut server) = Pki::acquainted(LIMIT).await.piped(10_000);
    let serving = tokio::spawn(async move {
        let mut line = String::new();
        server.read_line(&mut line).await?;
        // Nor is it lost.
        let mut early = server.early_data().await?.expect("it has come");
        let mut text = String::new();
        early.read_to_string(&mut text).await?;
        assert!(server.early_data().await?.is_none());
        io::Result::Ok((line, text))
    });
    let writing = async {
        let mut early = client.early_data().await?.expect("the ticket allows it");
        early.write_all(b"early\n").await?;
        client.write_all(b"late\n").await?;
        client.flush().await
    };
    in_time(writing).await.unwrap();
    let (line, early) = in_time(serving).await.unwrap().unwrap();
    assert_eq!((&*line, &*early), ("late\n", "early\n"));
}

#[tokio::test(start_paused = true)]
async fn without_a_ticket_there_is_none_and_nothing_is_waited_for() {
    let (mut client, server) = Pki::new().piped(10_000);
    assert!(in_time(client.early_data()).await.unwrap().is_none());
    assert!(client.facts().is_none(), "nobody has answered");
    let writing = async {
        client.write_all(b"late").await?;
        client.shutdown().await?;
        client
            .early_data()
            .await
            .map(|early| assert!(early.is_none()))
    };
    let both = async { tokio::try_join!(writing, echo(server)) };
    assert_eq!(in_time(both).await.unwrap().1, (0, 4));
}

/// Keys may change under a stream as under a connection (RFC 8446 section 4.6.3).
#[tokio::test(start_paused = true)]
async fn a_stream_follows_the_keys_of_its_peer() {
    let (mut client, server) = Pki::new().piped(100);
    let writing = async {
        for round in 0..50 {
            client.write_all(&noise(500)).await?;
            client.update_keys(round % 3 == 0).await?;
        }
        client.shutdown().await?;
        let mut back = Vec::new();
        client.read_to_end(&mut back).await?;
        Ok(back.len())
    };
    let both = async { tokio::try_join!(writing, echo(server)) };
    assert_eq!(in_time(both).await.unwrap(), (25_000, (0, 25_000)));
}
