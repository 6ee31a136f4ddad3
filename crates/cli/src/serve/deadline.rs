//! A socket with a deadline that no drip of single bytes can put off, and an end that the house decides on.

use core::time::Duration;
use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// A socket whose reads and writes fail with `TimedOut` from the deadline on.
///
/// While the house closes, the end of what can be read is a failure of the transport: the peer has not cut anything, and
/// the connection can still say goodbye.
#[derive(Debug)]
pub(super) struct Deadline {
    socket: TcpStream,
    end: Option<Instant>,
    closing: Arc<AtomicBool>,
}

impl Deadline {
    /// All must be done by `end`.
    pub(super) fn new(socket: TcpStream, end: Instant, closing: &Arc<AtomicBool>) -> Self {
        Self {
            socket,
            end: Some(end),
            closing: Arc::clone(closing),
        }
    }

    /// There is no hurry any more.
    pub(super) fn lift(&mut self) -> io::Result<()> {
        self.end = None;
        self.socket.set_read_timeout(None)?;
        self.socket.set_write_timeout(None)
    }

    /// Now all must be done by `end`.
    pub(super) fn move_to(&mut self, end: Instant) {
        self.end = Some(end);
    }

    /// The socket.
    pub(super) fn socket(&self) -> &TcpStream {
        &self.socket
    }

    /// How long the next call may take.
    fn left(&self) -> io::Result<Option<Duration>> {
        let left = self
            .end
            .map(|end| end.saturating_duration_since(Instant::now()));
        match left {
            Some(Duration::ZERO) => Err(ErrorKind::TimedOut.into()),
            left => Ok(left),
        }
    }
}

/// What the system calls a timeout differs from system to system.
fn timed_out<T>(outcome: io::Result<T>) -> io::Result<T> {
    outcome.map_err(|error| match error.kind() {
        ErrorKind::WouldBlock => ErrorKind::TimedOut.into(),
        _ => error,
    })
}

impl Read for Deadline {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if let Some(left) = self.left()? {
            self.socket.set_read_timeout(Some(left))?;
        }
        match timed_out(self.socket.read(out)) {
            Ok(0) if self.closing.load(Ordering::Acquire) => {
                Err(ErrorKind::ConnectionAborted.into())
            }
            outcome => outcome,
        }
    }
}

impl Write for Deadline {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Some(left) = self.left()? {
            self.socket.set_write_timeout(Some(left))?;
        }
        timed_out(self.socket.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.socket.flush()
    }
}
