//! What a client says before the server has answered (RFC 8446 section 2.3).

use core::fmt;
use std::io::{self, BufRead, Read, Write};
use std::net::TcpStream;

use premaster_connection::Side;
use premaster_connection::tls::Next;

use crate::Stream;
use crate::error::into_io;
use crate::incoming::read;
use crate::outgoing::Outgoing;

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
pub struct EarlyData<'s, S = TcpStream>(&'s mut Stream<S>);

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

impl<S: Read + Write> Stream<S> {
    /// Early data, if there is any to be sent or read: what a client says before the server has answered.
    ///
    /// A client may write it when an earlier connection has brought it a ticket of TLS 1.3 that allows it; its ClientHello goes
    /// first. Whether the server has taken it is in the [`Facts`](premaster_connection::Facts) after the
    /// [`handshake`](Self::handshake): if it was
    /// rejected, it was never read, and has to be said again.
    ///
    /// A server whose tickets allow early data reads it here before it reads anything else: [`Read`] and
    /// [`BufRead`] never return it. What it may be used for: see [`EarlyData`].
    ///
    /// ```
    /// use std::io::{Read, Write};
    /// use std::net::{TcpListener, TcpStream};
    /// use std::sync::Arc;
    /// use premaster_connection::{ClientConfig, ServerConfig, trace};
    /// use premaster_io::Stream;
    /// # use rustls_pki_types::ServerName;
    ///
    /// # let provider = Arc::new(premaster_crypto_ring::provider());
    /// # let authority = premaster_testkit::pki::Authority::new();
    /// # let (verifier, credential) = (
    /// #     authority.verifier(&provider),
    /// #     authority.issue(&provider, &["localhost"], &rcgen::PKCS_ED25519),
    /// # );
    /// # let name = ServerName::try_from("localhost")?;
    /// # let listener = TcpListener::bind("127.0.0.1:0")?;
    /// # let address = listener.local_addr()?;
    /// let server = ServerConfig::builder(provider.clone(), credential).early_data(4096).build()?;
    /// let client = ClientConfig::builder(provider, verifier).early_data().build()?;
    /// let (server, client) = (Arc::new(server), Arc::new(client));
    ///
    /// // The server answers a question once, wherever it comes from.
    /// let serving = std::thread::spawn(move || {
    ///     for _ in 0..2 {
    ///         let mut stream = Stream::server(server.clone(), listener.accept()?.0);
    ///         let mut question = Vec::new();
    ///         if let Some(mut early) = stream.early_data()? {
    ///             early.read_to_end(&mut question)?;
    ///         }
    ///         if question.is_empty() {
    ///             (&mut stream).take(4).read_to_end(&mut question)?;
    ///         }
    ///         stream.write_all(&[&question[..], b"? Fine."].concat())?;
    ///         stream.close()?;
    ///     }
    ///     std::io::Result::Ok(())
    /// });
    ///
    /// // The client asks early if it can, and again if that was not heard.
    /// for can_be_early in [false, true] {
    ///     let mut stream = Stream::client(client.clone(), name.clone(), TcpStream::connect(address)?);
    ///     if let Some(mut early) = stream.early_data()? {
    ///         early.write_all(b"Well")?;
    ///     }
    ///     let heard = stream.handshake()?.early_data == Some(trace::EarlyData::Accepted);
    ///     assert_eq!(heard, can_be_early);
    ///     if !heard {
    ///         stream.write_all(b"Well")?;
    ///     }
    ///     let mut answer = String::new();
    ///     stream.read_to_string(&mut answer)?;
    ///     assert_eq!(answer, "Well? Fine.");
    /// }
    /// # serving.join().map_err(|_| "panicked")??;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`handshake`](Self::handshake), as far as that had to go on.
    pub fn early_data(&mut self) -> io::Result<Option<EarlyData<'_, S>>> {
        let any = match self.connection.side() {
            Side::Client => self.offers_early()?,
            Side::Server => !self.await_early()?.is_empty(),
        };
        Ok(any.then_some(EarlyData(self)))
    }

    /// Says all that can be said without the server; whether early data may follow.
    fn offers_early(&mut self) -> io::Result<bool> {
        self.outgoing.write_to(&mut self.transport)?;
        while self.connection.facts().is_none() {
            match self.connection.next_step() {
                Next::Receive { .. } | Next::Wait => break,
                next => self.take_step(next)?,
            }
        }
        Ok(self.connection.early_data_limit().is_some())
    }

    /// Sends early data, of which there is no more than may be sent.
    fn write_early(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let bytes = bytes.get(..Outgoing::MOST).unwrap_or(bytes);
        self.outgoing
            .transmit(&mut self.connection, &mut self.transport)?;
        let connection = &mut self.connection;
        let length = connection.sealed_len(bytes.len());
        let seal = |out: &mut [u8]| connection.seal_early_from(&[bytes], out).map_err(into_io);
        self.outgoing.seal(length, seal)?;
        self.outgoing.write_or_keep(&mut self.transport)?;
        Ok(bytes.len())
    }

    /// Until there is early data, or none will come because the handshake is complete. To a client none comes at all.
    fn await_early(&mut self) -> io::Result<&[u8]> {
        let may_come = self.connection.side() == Side::Server;
        while may_come && self.early.unread().is_empty() && self.connection.facts().is_none() {
            self.advance()?;
        }
        Ok(self.early.unread())
    }
}

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
        self.0.await_early()
    }

    fn consume(&mut self, amount: usize) {
        let early = &mut self.0.early;
        early.read = early.read.saturating_add(amount).min(early.bytes.len());
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
