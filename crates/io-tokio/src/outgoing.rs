//! Records on their way out: sealed, and not all written yet.

use core::ops::Range;
use core::pin::Pin;
use core::task::{Context, Poll, ready};
use std::io::{self, ErrorKind};

use premaster_connection::tls::Connection;
use tokio::io::AsyncWrite;

use crate::error::into_io;
use crate::incoming::RECORD;

/// The most that waits here: application data, and as much again for the alerts and the like that have to follow it.
const CAPACITY: usize = 2 * RECORD;

/// Whole records; the first bytes may have been written already.
#[derive(Debug, Default)]
pub(crate) struct Outgoing {
    bytes: Vec<u8>,
    waiting: Range<usize>,
}

impl Outgoing {
    /// The most application data that one call takes: a record's worth.
    pub(crate) const MOST: usize = 16_384;

    /// Whether everything is written.
    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Has `fill` add at most `length` bytes; it says how many.
    pub(crate) fn add(
        &mut self,
        length: usize,
        fill: impl FnOnce(&mut [u8]) -> io::Result<usize>,
    ) -> io::Result<usize> {
        if self.waiting.is_empty() {
            self.waiting = 0..0;
        }
        let (start, end) = (self.waiting.end, self.waiting.end.saturating_add(length));
        if self.bytes.len() < end {
            self.bytes.resize(end, 0);
        }
        let room = self.bytes.get_mut(start..end).unwrap_or_default();
        let added = fill(room)?.min(length);
        self.waiting.end = start.saturating_add(added);
        Ok(added)
    }

    /// Takes the handshake messages and alerts that wait in the connection, as far as there is room. Whether that was all.
    pub(crate) fn take_from(&mut self, connection: &mut Connection) -> io::Result<bool> {
        loop {
            let (pending, waiting) = (connection.pending(), self.waiting.len());
            if pending == 0 {
                return Ok(true);
            }
            if waiting > 0 && pending > CAPACITY.saturating_sub(waiting) {
                return Ok(false);
            }
            let add = |out: &mut [u8]| connection.transmit(out).map_err(into_io);
            if self.add(pending.min(RECORD), add)? == 0 {
                return Ok(false);
            }
        }
    }

    /// Writes what waits here.
    pub(crate) fn poll_write_to(
        &mut self,
        transport: &mut (impl AsyncWrite + Unpin),
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        while let Some(rest @ [_, ..]) = self.bytes.get(self.waiting.clone()) {
            let length = rest.len();
            match ready!(Pin::new(&mut *transport).poll_write(cx, rest))? {
                0 => return Poll::Ready(Err(ErrorKind::WriteZero.into())),
                amount => {
                    self.waiting.start = self.waiting.start.saturating_add(amount.min(length));
                }
            }
        }
        Poll::Ready(Ok(()))
    }

    /// Gives the buffer back if everything is written.
    pub(crate) fn release(&mut self) {
        if self.is_empty() {
            *self = Self::default();
        }
    }

    /// How many bytes the buffer has.
    #[cfg(test)]
    pub(crate) fn capacity(&self) -> usize {
        self.bytes.capacity()
    }
}

#[cfg(test)]
mod tests {
    use core::task::Waker;

    use super::*;

    /// Takes this many bytes at a time; at last 'not now'.
    struct Slow(Vec<usize>, Vec<u8>);

    impl AsyncWrite for Slow {
        fn poll_write(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            bytes: &[u8],
        ) -> Poll<io::Result<usize>> {
            let Some(amount) = self.0.pop() else {
                return Poll::Pending;
            };
            self.1.extend_from_slice(&bytes[..amount]);
            Poll::Ready(Ok(amount))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    fn add(outgoing: &mut Outgoing, bytes: &[u8]) {
        let fill = |out: &mut [u8]| {
            out[..bytes.len()].copy_from_slice(bytes);
            Ok(bytes.len())
        };
        // More room than is needed.
        assert_eq!(outgoing.add(bytes.len() + 3, fill).unwrap(), bytes.len());
    }

    #[test]
    fn what_is_added_follows_what_waits() {
        let mut cx = Context::from_waker(Waker::noop());
        let (mut outgoing, mut slow) = (Outgoing::default(), Slow(vec![2], vec![]));
        add(&mut outgoing, b"hello");
        assert!(outgoing.poll_write_to(&mut slow, &mut cx).is_pending());
        add(&mut outgoing, b", world");
        outgoing.release();
        assert!(!outgoing.is_empty(), "nothing is dropped that waits");
        slow.0 = vec![9, 1];
        assert!(outgoing.poll_write_to(&mut slow, &mut cx).is_ready());
        assert_eq!(slow.1, b"hello, world");
        outgoing.release();
        assert_eq!(outgoing.capacity(), 0);
    }

    #[test]
    fn what_could_not_be_filled_was_not_added() {
        let mut outgoing = Outgoing::default();
        add(&mut outgoing, b"before");
        let failed = outgoing.add(99, |_| Err(io::Error::other("no key")));
        assert!(failed.is_err());
        let mut slow = Slow(vec![6], vec![]);
        let mut cx = Context::from_waker(Waker::noop());
        assert!(outgoing.poll_write_to(&mut slow, &mut cx).is_ready());
        assert_eq!(slow.1, b"before");
    }

    #[test]
    fn a_transport_that_takes_nothing_is_an_error_and_no_loop() {
        let mut outgoing = Outgoing::default();
        add(&mut outgoing, b"hello");
        let mut cx = Context::from_waker(Waker::noop());
        match outgoing.poll_write_to(&mut Slow(vec![0], vec![]), &mut cx) {
            Poll::Ready(Err(error)) => assert_eq!(error.kind(), ErrorKind::WriteZero),
            other => panic!("{other:?}"),
        }
    }
}
