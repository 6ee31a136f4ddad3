//! Two tasks share a stream: neither misses what the other one does.

use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex, split};

use crate::blocking::exchange;
use crate::stage::{Gate, Gates, Pki, ends, in_time, noise, poll_once, quiet, shake};

#[tokio::test(start_paused = true)]
async fn both_halves_may_run_the_handshake() {
    let (client, server) = Pki::new().piped(10);
    let (there, back) = (noise(5_000), noise(4_000));
    let both = async {
        tokio::try_join!(
            exchange(client, there.clone()),
            exchange(server, back.clone())
        )
    };
    let (at_client, at_server) = in_time(both).await.unwrap();
    assert!(at_client == back && at_server == there);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn four_halves_in_four_tasks_over_a_socket() {
    let pki = Pki::new();
    let (ours, theirs) = ends().await;
    let (there, back) = (noise(1 << 20), noise(1 << 20));
    let client = tokio::spawn(exchange(pki.client(ours), there.clone()));
    let server = tokio::spawn(exchange(pki.server(theirs), back.clone()));
    assert!(client.await.unwrap().unwrap() == back);
    assert!(server.await.unwrap().unwrap() == there);
}

#[tokio::test(start_paused = true)]
async fn a_half_goes_on_when_the_other_one_is_dropped_in_the_handshake() {
    for reads in [true, false] {
        let (client, mut server) = Pki::new().piped(10_000);
        let (mut reader, mut writer) = split(client);
        let mut piece = [0];
        // One half has sent the ClientHello and is gone; it was its waker that the transport knew.
        match reads {
            true => poll_once(reader.read(&mut piece)),
            false => poll_once(writer.write(b"x")),
        }
        let going_on = async {
            match reads {
                true => {
                    writer.write_all(b"x").await?;
                    writer.flush().await
                }
                false => reader.read(&mut piece).await.map(drop),
            }
        };
        let serving = async {
            server.handshake().await?;
            server.write_all(b"x").await?;
            server.flush().await
        };
        in_time(async { tokio::try_join!(going_on, serving) })
            .await
            .unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_writer_without_room_is_not_forgotten_when_the_reader_pushes() {
    let (client, mut server) = Pki::new().established(50).await;
    let (mut reader, mut writer) = split(client);
    let writing = tokio::spawn(async move {
        writer.write_all(&[7; 40_000]).await?;
        writer.flush().await
    });
    quiet().await;
    // The reader was the last to look: the transport would wake it alone.
    let reading = tokio::spawn(async move { reader.read(&mut [0]).await });
    quiet().await;
    let mut got = vec![0; 40_000];
    in_time(server.read_exact(&mut got)).await.unwrap();
    in_time(writing).await.unwrap().unwrap();
    drop(server);
    assert!(in_time(reading).await.unwrap().is_err());
}

#[tokio::test(start_paused = true)]
async fn what_ends_one_half_is_told_to_the_other() {
    let (client, mut server) = Pki::new().established(100).await;
    let (mut reader, mut writer) = split(client);
    // The writer waits for room, for ever.
    let writing = tokio::spawn(async move { writer.write_all(&[7; 40_000]).await });
    quiet().await;
    let forged = [&[23, 3, 3, 0, 32][..], &[0; 32]].concat();
    server.transport_mut().write_all(&forged).await.unwrap();
    let read = in_time(reader.read(&mut [0])).await.unwrap_err();
    let written = in_time(writing).await.unwrap().unwrap_err();
    assert_eq!(written.to_string(), read.to_string());
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_in_the_handshake_ends_the_waiting_of_the_reader() {
    let (ours, _theirs) = duplex(1_000);
    let (mut reader, mut writer) = split(Pki::new().client(ours));
    let reading = tokio::spawn(async move { reader.read(&mut [0]).await });
    quiet().await;
    in_time(writer.shutdown()).await.unwrap();
    assert!(in_time(reading).await.unwrap().is_err());
}

/// A transport wakes whoever waits for it, unless somebody looks first: then that one goes on, and has to tell the other.
#[tokio::test(start_paused = true)]
async fn a_half_tells_the_other_what_only_it_has_seen() {
    let pki = Pki::new();
    let (ours, theirs) = duplex(10_000);
    let (ours, gates) = Gates::before(ours);
    let mut server = pki.server(theirs);
    let (mut reader, mut writer) = split(pki.client(ours));
    let serving = tokio::spawn(async move {
        server.handshake().await?;
        let said = [server.read_u8().await?, server.read_u8().await?];
        // The server stays: its leaving would wake everybody.
        std::io::Result::Ok((server, said))
    });

    // The handshake is complete, as the reader alone has seen.
    gates.reading(Gate::Closed);
    let writing = tokio::spawn(async move {
        writer.write_all(b"x").await?;
        writer.flush().await?;
        std::io::Result::Ok(writer)
    });
    quiet().await;
    gates.reading(Gate::Open);
    poll_once(reader.read(&mut [0]));
    gates.reading(Gate::Closed);
    quiet().await;
    gates.reading(Gate::Open);
    poll_once(reader.read(&mut [0]));
    let mut writer = in_time(writing).await.unwrap().unwrap();

    // There is room again.
    gates.writing(Gate::Closed);
    let writing = tokio::spawn(async move {
        writer.write_all(b"y").await?;
        writer.flush().await
    });
    quiet().await;
    gates.writing(Gate::Open);
    poll_once(reader.read(&mut [0]));
    in_time(writing).await.unwrap().unwrap();
    let (_server, said) = in_time(serving).await.unwrap().unwrap();
    assert_eq!(&said, b"xy");
}

#[tokio::test(start_paused = true)]
async fn a_half_that_waits_for_its_alert_to_leave_is_told_that_it_has() {
    let (ours, theirs) = duplex(10_000);
    let (ours, gates) = Gates::before(ours);
    // Another authority: the client does not know the server's.
    let (mut reader, mut writer) = split(Pki::new().client(ours));
    let mut server = Pki::new().server(theirs);
    poll_once(reader.read(&mut [0]));
    gates.writing(Gate::Closed);
    let reading = tokio::spawn(async move { reader.read(&mut [0]).await });
    let serving = tokio::spawn(async move { server.handshake().await.map(drop) });
    quiet().await;
    assert!(!reading.is_finished());
    gates.writing(Gate::Open);
    in_time(writer.flush()).await.unwrap();
    assert!(in_time(reading).await.unwrap().is_err());
    assert!(in_time(serving).await.unwrap().is_err());
}

#[tokio::test(start_paused = true)]
async fn a_failure_of_the_transport_in_the_handshake_ends_the_waiting_of_both() {
    let (ours, _theirs) = duplex(10_000);
    let (ours, gates) = Gates::before(ours);
    let (mut reader, mut writer) = split(Pki::new().client(ours));
    let writing = tokio::spawn(async move { writer.write_all(b"x").await });
    quiet().await;
    gates.reading(Gate::Failing);
    let read = in_time(reader.read(&mut [0])).await.unwrap_err();
    let written = in_time(writing).await.unwrap().unwrap_err();
    assert_eq!(read.to_string(), "the cable is out");
    assert_eq!(written.to_string(), "the cable is out");
}

#[tokio::test(start_paused = true)]
async fn halves_make_a_stream_again() {
    let (mut client, mut server) = Pki::new().piped(1_000);
    shake(&mut client, &mut server).await.unwrap();
    let (reader, writer) = split(client);
    assert!(reader.unsplit(writer).facts().is_some());
}
