//! What a client says before the server has answered (RFC 8446 section 2.3).

use core::fmt;
use core::future::poll_fn;
use core::pin::Pin;
use core::task::{Context, Poll, ready};
use std::io;

use premaster_connection::Side;
use premaster_connection::tls::Next;
use tokio::io::{AsyncBufRead, AsyncRead, AsyncWrite, ReadBuf};

use crate::Stream;
use crate::bell::Half;
use crate::error::into_io;
use crate::outgoing::Outgoing;

/// Early data of a [`Stream`], from [`Stream::early_data`]: a client writes it, a server reads it.
///
/// It is apart from all other data, for it is not as safe: whoever recorded it may send it again, to the same server or to
/// another one that accepts the same tickets (RFC 8446 section 8). A client writes what may be done twice without
/// harm, and a server does nothing else with it.
///
/// | | `write` | `read` |
/// |---|---|---|
/// | client | accepted and sent as other data; `Ok(0)` when the server takes no more | `Ok(0)` |
/// | server | `Ok(0)` | what the client wrote; `Ok(0)` at its end, when the handshake is complete |
pub struct EarlyData<'s, S>(&'s mut Stream<S>);

/// Of a server: early data that has come, and how much of it was read. No more comes than the ticket allows.
#[derive(Default)]
pub(crate) struct Early {
    bytes: Vec<u8>,
    read: usize,
}

impl Early {
    pub(crate) fn add(&mut self, bytes: &[u8]) {
        if self.unread().is_empty() {
            *self = Self::default();
        }
        self.bytes.extend_from_slice(bytes);
    }

    fn unread(&self) -> &[u8] {
        self.bytes.get(self.read..).unwrap_or_default()
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Stream<S> {
    /// Early data, if there is any to be sent or read: what a client says before the server has answered.
    ///
    /// A client may write it when an earlier connection has brought it a ticket of TLS 1.3 that allows it; its ClientHello goes
    /// first. Whether the server has taken it is in the [`Facts`](premaster_connection::Facts) after the
    /// [`handshake`](Self::handshake): if it was rejected, it was never read, and has to be said again.
    ///
    /// A server whose tickets allow early data reads it here before it reads anything else: the stream itself never
    /// returns it. What it may be used for: see [`EarlyData`].
    ///
    /// ```
    /// use std::sync::Arc;
    /// use premaster_connection::{ClientConfig, ServerConfig, trace};
    /// use premaster_io_tokio::Stream;
    /// use tokio::io::{AsyncReadExt, AsyncWriteExt};
    /// # use rustls_pki_types::ServerName;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let provider = Arc::new(premaster_crypto_ring::provider());
    /// # let authority = premaster_testkit::pki::Authority::new();
    /// # let (verifier, credential) = (
    /// #     authority.verifier(&provider),
    /// #     authority.issue(&provider, &["localhost"], &rcgen::PKCS_ED25519),
    /// # );
    /// # let name = ServerName::try_from("localhost")?;
    /// let server = ServerConfig::builder(provider.clone(), credential).early_data(4096).build()?;
    /// let client = ClientConfig::builder(provider, verifier).early_data().build()?;
    /// let (server, client) = (Arc::new(server), Arc::new(client));
    ///
    /// for can_be_early in [false, true] {
    ///     let (near, far) = tokio::io::duplex(10_000);
    ///     // The server answers a question once, wherever it comes from.
    ///     let mut stream = Stream::server(server.clone(), far);
    ///     let serving = tokio::spawn(async move {
    ///         let mut question = Vec::new();
    ///         if let Some(mut early) = stream.early_data().await? {
    ///             early.read_to_end(&mut question).await?;
    ///         }
    ///         if question.is_empty() {
    ///             (&mut stream).take(4).read_to_end(&mut question).await?;
    ///         }
    ///         stream.write_all(&[&question[..], b"? Fine."].concat()).await?;
    ///         stream.shutdown().await
    ///     });
    ///
    ///     // The client asks early if it can, and again if that was not heard.
    ///     let mut stream = Stream::client(client.clone(), name.clone(), near);
    ///     if let Some(mut early) = stream.early_data().await? {
    ///         early.write_all(b"Well").await?;
    ///     }
    ///     let heard = stream.handshake().await?.early_data == Some(trace::EarlyData::Accepted);
    ///     assert_eq!(heard, can_be_early);
    ///     if !heard {
    ///         stream.write_all(b"Well").await?;
    ///     }
    ///     let mut answer = String::new();
    ///     stream.read_to_string(&mut answer).await?;
    ///     assert_eq!(answer, "Well? Fine.");
    ///     serving.await??;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`handshake`](Self::handshake), as far as that had to go on.
    pub async fn early_data(&mut self) -> io::Result<Option<EarlyData<'_, S>>> {
        let any = poll_fn(|cx| self.wait(Half::Writing, cx, Self::poll_any_early)).await?;
        Ok(any.then_some(EarlyData(self)))
    }

    fn poll_any_early(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<bool>> {
        match self.connection.side() {
            Side::Client => self.poll_offer(cx),
            Side::Server => {
                ready!(self.poll_early(cx))?;
                Poll::Ready(Ok(!self.early.unread().is_empty()))
            }
        }
    }

    /// Says all that can be said without the server; whether early data may follow.
    fn poll_offer(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<bool>> {
        while self.connection.facts().is_none() {
            if self.take_answers(cx) {
                continue;
            }
            match self.connection.next_step() {
                Next::Transmit => ready!(self.poll_transmit(cx))?,
                Next::Ask(question) => self.ask(question),
                Next::Receive { .. } => break,
                // What is missing is an answer, or it is over.
                _ => ready!(self.poll_step(cx))?,
            }
        }
        self.deliver_now(cx)?;
        Poll::Ready(Ok(self.connection.early_data_limit().is_some()))
    }

    /// Until there is early data, or none will come because the handshake is complete. To a client none comes at all.
    fn poll_early(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let may_come = self.connection.side() == Side::Server;
        while may_come && self.early.unread().is_empty() && self.connection.facts().is_none() {
            ready!(self.poll_step(cx))?;
        }
        Poll::Ready(Ok(()))
    }

    fn poll_accept_early(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        ready!(self.poll_push(cx))?;
        let connection = &mut self.connection;
        let length = connection.sealed_len(bytes.len());
        let seal = |out: &mut [u8]| connection.seal_early_from(&[bytes], out).map_err(into_io);
        self.outgoing.add(length, seal)?;
        if let Poll::Ready(Err(error)) = self.poll_push(cx) {
            // It is accepted: the next call says what became of it.
            self.progress.broken = Some(error);
        }
        Poll::Ready(Ok(bytes.len()))
    }
}

impl<S> EarlyData<'_, S> {
    /// How many bytes a client can still write; 0 for a server.
    #[must_use]
    pub fn remaining(&self) -> usize {
        self.0.connection().early_data_limit().unwrap_or(0)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for EarlyData<'_, S> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let most = bytes.len().min(self.remaining()).min(Outgoing::MOST);
        let bytes = bytes.get(..most).unwrap_or_default();
        if bytes.is_empty() {
            return Poll::Ready(Ok(0));
        }
        let accept =
            |stream: &mut Stream<S>, cx: &mut Context<'_>| stream.poll_accept_early(cx, bytes);
        self.get_mut().0.wait(Half::Writing, cx, accept)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.get_mut().0).poll_flush(cx)
    }

    /// Early data ends by itself: this only flushes it.
    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_flush(cx)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncBufRead for EarlyData<'_, S> {
    fn poll_fill_buf(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        let stream = &mut *self.get_mut().0;
        if stream.early.unread().is_empty() {
            ready!(stream.wait(Half::Reading, cx, Stream::poll_early))?;
        }
        Poll::Ready(Ok(stream.early.unread()))
    }

    fn consume(self: Pin<&mut Self>, amount: usize) {
        let early = &mut self.get_mut().0.early;
        early.read = early.read.saturating_add(amount).min(early.bytes.len());
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for EarlyData<'_, S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let early = ready!(self.as_mut().poll_fill_buf(cx))?;
        let amount = early.len().min(out.remaining());
        out.put_slice(early.get(..amount).unwrap_or_default());
        self.consume(amount);
        Poll::Ready(Ok(()))
    }
}

impl<S> fmt::Debug for EarlyData<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EarlyData")
            .field("remaining", &self.remaining())
            .finish_non_exhaustive()
    }
}
