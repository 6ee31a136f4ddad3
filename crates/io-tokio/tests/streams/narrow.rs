//! Pipes that hold little, and transports that give little.

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, duplex};

use crate::blocking::exchange;
use crate::stage::{Pki, Trickle, in_time, noise, shake};

#[tokio::test(start_paused = true)]
async fn data_arrives_whole_through_pipes_of_any_width() {
    for width in [1, 2, 7, 64, 1_000, 20_000] {
        let pki = Pki::new();
        let (client, server) = pki.piped(width);
        let (there, back) = (noise(40_000), noise(33_000));
        let (at_client, at_server) = tokio::join!(
            exchange(client, there.clone()),
            exchange(server, back.clone())
        );
        assert!(at_client.unwrap() == back, "{width}");
        assert!(at_server.unwrap() == there, "{width}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_byte_at_a_time_is_enough() {
    let pki = Pki::new();
    let (ours, theirs) = duplex(100);
    let client = pki.client(Trickle::over(ours));
    let server = pki.server(Trickle::over(theirs));
    let (there, back) = (noise(20_000), noise(17_000));
    let (at_client, at_server) = tokio::join!(
        exchange(client, there.clone()),
        exchange(server, back.clone())
    );
    assert!(at_client.unwrap() == back);
    assert!(at_server.unwrap() == there);
}

#[tokio::test(start_paused = true)]
async fn a_mebibyte_goes_each_way_at_the_same_time() {
    let pki = Pki::new();
    let (client, server) = pki.piped(5_000);
    let (there, back) = (noise(1 << 20), noise(1 << 20));
    let (at_client, at_server) = tokio::join!(
        exchange(client, there.clone()),
        exchange(server, back.clone())
    );
    assert!(at_client.unwrap() == back);
    assert!(at_server.unwrap() == there);
}

#[tokio::test(start_paused = true)]
async fn the_handshake_is_run_by_whatever_comes_first() {
    let pki = Pki::new();
    // A read, and a write.
    let (mut client, mut server) = pki.piped(10);
    assert!(client.facts().is_none() && server.facts().is_none());
    let mut answer = [0; 5];
    let serving = async {
        server.write_all(b"hello").await?;
        server.flush().await
    };
    let both = async { tokio::try_join!(client.read_exact(&mut answer), serving) };
    in_time(both).await.unwrap();
    assert_eq!(&answer, b"hello");
    assert!(client.facts().is_some() && server.facts().is_some());

    // By name, and then nothing is left to be sent.
    let (mut client, mut server) = pki.piped(10);
    shake(&mut client, &mut server).await.unwrap();
    let facts = client.facts().unwrap();
    assert_eq!(facts.server_name.as_deref(), Some("localhost"));
    assert!(facts.extended_master_secret);
    assert_eq!(client.connection().pending(), 0);
    let again = in_time(client.handshake()).await.unwrap();
    assert_eq!(again.server_name.as_deref(), Some("localhost"));
}

#[tokio::test(start_paused = true)]
async fn reading_is_buffered_and_an_empty_read_reads_nothing() {
    let (mut client, mut server) = Pki::new().piped(4_096);
    // Not even a handshake.
    assert_eq!(client.read(&mut []).await.unwrap(), 0);
    assert_eq!(client.write(&[]).await.unwrap(), 0);
    let serving = async {
        server.write_all(b"one line\nand another\n").await?;
        server.shutdown().await
    };
    let reading = async {
        let mut line = String::new();
        client.read_line(&mut line).await?;
        assert_eq!(line, "one line\n");
        let mut two = [0; 2];
        client.read_exact(&mut two).await?;
        assert_eq!(client.fill_buf().await?, b"d another\n");
        Ok(())
    };
    in_time(async { tokio::try_join!(serving, reading) })
        .await
        .unwrap();
}
