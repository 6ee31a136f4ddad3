//! A stream is what tokio wants of streams.

use core::pin::Pin;
use core::task::{Context, Poll, ready};
use std::io::{self, IoSlice};

use tokio::io::{AsyncBufRead, AsyncRead, AsyncWrite, ReadBuf};

use crate::Stream;
use crate::bell::Half;

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncBufRead for Stream<S> {
    fn poll_fill_buf(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        let stream = self.get_mut();
        if stream.incoming.plaintext().is_empty() {
            ready!(stream.wait(Half::Reading, cx, Self::poll_plaintext))?;
        }
        Poll::Ready(Ok(stream.incoming.plaintext()))
    }

    fn consume(self: Pin<&mut Self>, amount: usize) {
        self.get_mut().incoming.consume_plaintext(amount);
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Stream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if out.remaining() == 0 {
            return Poll::Ready(Ok(()));
        }
        let plaintext = ready!(self.as_mut().poll_fill_buf(cx))?;
        let amount = plaintext.len().min(out.remaining());
        out.put_slice(plaintext.get(..amount).unwrap_or_default());
        self.consume(amount);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Stream<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[IoSlice::new(bytes)])
    }

    /// All parts go into the same record.
    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if parts.iter().all(|part| part.is_empty()) {
            return Poll::Ready(Ok(0));
        }
        let accept = |stream: &mut Self, cx: &mut Context<'_>| stream.poll_accept(cx, parts);
        self.get_mut().wait(Half::Writing, cx, accept)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut().wait(Half::Writing, cx, Self::poll_flushed)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut().wait(Half::Writing, cx, Self::poll_goodbye)
    }
}
