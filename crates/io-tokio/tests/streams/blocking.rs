//! The blocking streams are on the other end of a socket.

use std::io::{self, Read, Write};
use std::sync::Arc;
use std::thread;

use premaster_io_tokio::Stream;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::stage::{Pki, ends, in_time, localhost, noise};

const MEBIBYTE: usize = 1 << 20;

/// Writes all before it looks at what came, in one task; reads in another.
pub(crate) async fn exchange<S>(stream: Stream<S>, data: Vec<u8>) -> io::Result<Vec<u8>>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut reader, mut writer) = tokio::io::split(stream);
    let writing = tokio::spawn(async move {
        writer.write_all(&data).await?;
        writer.shutdown().await
    });
    let mut got = Vec::new();
    in_time(reader.read_to_end(&mut got)).await?;
    in_time(writing).await??;
    Ok(got)
}

/// The same on two threads.
fn exchange_blocking(stream: premaster_io::Stream, data: Vec<u8>) -> io::Result<Vec<u8>> {
    let (mut reader, mut writer, _) = stream.into_halves(std::net::TcpStream::try_clone)?;
    let writing = thread::spawn(move || {
        writer.write_all(&data)?;
        writer.close()
    });
    let mut got = Vec::new();
    reader.read_to_end(&mut got)?;
    writing.join().unwrap()?;
    Ok(got)
}

fn blocking(socket: TcpStream) -> std::net::TcpStream {
    let socket = socket.into_std().unwrap();
    socket.set_nonblocking(false).unwrap();
    socket
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mebibyte_goes_each_way_at_the_same_time() {
    let (there, back) = (noise(MEBIBYTE), noise(MEBIBYTE + 1));
    for ours_is_client in [true, false] {
        let pki = Pki::new();
        let (ours, theirs) = ends().await;
        let theirs = blocking(theirs);
        let (ours, theirs) = match ours_is_client {
            true => (
                pki.client(ours),
                premaster_io::Stream::new(
                    premaster_connection::tls::Connection::server(Arc::clone(&pki.server)),
                    theirs,
                ),
            ),
            false => (
                pki.server(ours),
                premaster_io::Stream::new(
                    premaster_connection::tls::Connection::client(
                        Arc::clone(&pki.client),
                        localhost(),
                    ),
                    theirs,
                ),
            ),
        };
        let answer = back.clone();
        let other = thread::spawn(move || exchange_blocking(theirs, answer));
        let got = exchange(ours, there.clone()).await.unwrap();
        assert!(got == back, "ours is the client: {ours_is_client}");
        assert!(other.join().unwrap().unwrap() == there);
    }
}
