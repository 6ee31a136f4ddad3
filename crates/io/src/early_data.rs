//! What a client says before the server has answered (RFC 8446 section 2.3).

use core::fmt;
use std::io::{self, BufRead, Read, Write};
use std::net::TcpStream;

use crate::Stream;
use crate::incoming::read;

/// Early data of a [`Stream`], from [`Stream::early_data`]: a client writes it, a server reads it.
///
/// It is apart from all other data, for it is not as safe: whoever recorded it may send it again, to the same server or to
/// another one that accepts the same tickets (RFC 8446 section 8). A client writes what may be done twice without
/// harm, and a server does nothing else with it.
///
/// | | `write` | `read` |
/// |---|---|---|
/// | client | sends at once; `Ok(0)` when the server takes no more | `Ok(0)` |
/// | server | `Ok(0)` | what the client wrote; `Ok(0)` at its end, when the handshake is complete |
pub struct EarlyData<'s, S = TcpStream>(pub(crate) &'s mut Stream<S>);

impl<S> EarlyData<'_, S> {
    /// How many bytes a client can still write; 0 for a server.
    #[must_use]
    pub fn remaining(&self) -> usize {
        self.0.connection.early_data_limit().unwrap_or(0)
    }
}

impl<S: Read + Write> Write for EarlyData<'_, S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let most = bytes.len().min(self.remaining());
        match bytes.get(..most) {
            None | Some([]) => Ok(0),
            Some(bytes) => self.0.write_early(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl<S: Read + Write> BufRead for EarlyData<'_, S> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.0.fill_early()
    }

    fn consume(&mut self, amount: usize) {
        self.0.consume_early(amount);
    }
}

impl<S: Read + Write> Read for EarlyData<'_, S> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        read(self, out)
    }
}

impl<S> fmt::Debug for EarlyData<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EarlyData")
            .field("remaining", &self.remaining())
            .finish_non_exhaustive()
    }
}
