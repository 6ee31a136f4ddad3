//! A connection on top of a blocking transport.

use core::fmt;
use std::io::{self, BufRead, IoSlice, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use premaster_connection::tls::{Connection, Next, Received};
use premaster_connection::{
    AlertDescription, Authentication, ClientAuth, ClientConfig, Facts, ServerConfig, Side,
};
use rustls_pki_types::ServerName;

use crate::early_data::Early;
use crate::error::into_io;
use crate::halves::{Door, ReadHalf, WriteHalf};
use crate::incoming::{Incoming, place_in, read, uninterrupted};
use crate::outgoing::Outgoing;

/// A TLS connection that reads and writes like the transport below it.
///
/// The handshake runs when it is asked for ([`handshake`](Self::handshake)) or with the first read or write. Each
/// write becomes records at once; for many small ones put a `BufWriter` around. Reading is buffered: the stream reads
/// ahead from the transport, and is a [`BufRead`] itself.
///
/// [`close`](Self::close) says goodbye to the peer. Dropping a stream does not: the peer then sees the transport end,
/// and takes what it has read for cut short.
///
/// A transport with a timeout, or one that does not block, may be used: its error is passed on, and the
/// call may be made again.
pub struct Stream<S = TcpStream> {
    pub(crate) connection: Connection,
    pub(crate) transport: S,
    incoming: Incoming,
    pub(crate) outgoing: Outgoing,
    pub(crate) early: Early,
    /// Something was written before the peer's Finished had come.
    pub(crate) wrote_ahead: bool,
}

impl<S: Read + Write> Stream<S> {
    /// A client's stream to the server `name`. Nothing is sent yet.
    pub fn client(config: Arc<ClientConfig>, name: ServerName<'static>, transport: S) -> Self {
        Self::new(Connection::client(config, name), transport)
    }

    /// A server's stream to whoever is behind `transport`. Nothing is read yet.
    pub fn server(config: Arc<ServerConfig>, transport: S) -> Self {
        Self::new(Connection::server(config), transport)
    }

    /// A stream for a connection that was made with a tracer, say. Questions that come to the surface are answered by its
    /// [`local`](Connection::local) configuration.
    pub fn new(connection: Connection, transport: S) -> Self {
        Self {
            connection,
            transport,
            incoming: Incoming::default(),
            outgoing: Outgoing::default(),
            early: Early::default(),
            wrote_ahead: false,
        }
    }

    /// Runs the handshake to its end, if it is not over yet. Says what was agreed on.
    ///
    /// # Errors
    ///
    /// Why there is no connection: [`tls_error`](crate::tls_error) tells it unless the transport failed. The alert that tells
    /// the peer has been sent.
    pub fn handshake(&mut self) -> io::Result<&Facts> {
        while self.connection.facts().is_none() {
            self.advance()?;
        }
        self.flush()?;
        let facts = self.connection.facts();
        facts.ok_or_else(|| into_io(premaster_connection::Error::NotEstablished))
    }

    /// One step of the connection; at the end of a connection without facts that is an error.
    pub(crate) fn advance(&mut self) -> io::Result<()> {
        match self.connection.facts() {
            // The peer has nothing to say before it has heard all of this.
            None => self.outgoing.write_to(&mut self.transport)?,
            Some(_) => self.outgoing.write_or_keep(&mut self.transport)?,
        }
        let next = self.connection.next_step();
        self.take_step(next)
    }

    pub(crate) fn take_step(&mut self, next: Next) -> io::Result<()> {
        match next {
            Next::Transmit => self
                .outgoing
                .transmit(&mut self.connection, &mut self.transport),
            Next::Ask(question) => {
                let resolved = self.connection.local().resolve(question);
                // The claim was made by this very connection.
                let _ = self.connection.accept(resolved);
                Ok(())
            }
            Next::Receive { .. } | Next::Established | Next::PeerClosed => self.receive(),
            Next::Wait => Err(io::Error::other(
                "a question that was handed out has not been answered",
            )),
            Next::Closed => Err(into_io(match self.connection.error() {
                Some(error) => error.clone(),
                None => premaster_connection::Error::AlreadyClosed,
            })),
        }
    }

    /// Opens one record, or reads more of it.
    fn receive(&mut self) -> io::Result<()> {
        let unopened = self.incoming.unopened();
        let whole = unopened.as_ptr();
        let outcome = match self.connection.receive(unopened) {
            Ok(Received::Data {
                plaintext,
                consumed,
            }) => {
                let place = place_in(whole, plaintext);
                self.incoming.opened(place, consumed);
                return Ok(());
            }
            Ok(Received::EarlyData {
                plaintext,
                consumed,
            }) => {
                self.early.add(plaintext);
                self.incoming.consume_unopened(consumed);
                return Ok(());
            }
            Ok(
                Received::Control { consumed }
                | Received::Oblige { consumed, .. }
                | Received::Ticket { consumed, .. },
            ) => {
                self.incoming.consume_unopened(consumed);
                return Ok(());
            }
            Ok(Received::Later | Received::Closed) => return Ok(()),
            Ok(Received::More { .. }) => match self.incoming.read_from(&mut self.transport)? {
                0 => self.connection.end_of_input(),
                _ => return Ok(()),
            },
            Err(error) => Err(error),
        };
        outcome.map_err(|error| {
            // The alert is a courtesy: the error stays the same if the transport does not take it.
            drop(
                self.outgoing
                    .transmit(&mut self.connection, &mut self.transport),
            );
            into_io(error)
        })
    }

    /// Changes the keys of what we send and, with `request`, has the peer change its own (RFC 8446 section 4.6.3): only
    /// TLS 1.3 can do that. Before a key is used up, it is done without being asked for.
    ///
    /// # Errors
    ///
    /// What the transport says; [`NoKeyUpdate`](premaster_connection::Error::NoKeyUpdate) without TLS 1.3.
    pub fn update_keys(&mut self, request: bool) -> io::Result<()> {
        self.handshake()?;
        self.connection.update_keys(request).map_err(into_io)?;
        self.flush()
    }

    /// Asks the client for a certificate, on a server's stream, after the handshake (RFC 8446 section 4.6.2): see
    /// [`Connection::request_certificate`](premaster_connection::tls::Connection::request_certificate).
    ///
    /// The answer comes in between data: while something is read, or awaited. [`take_authentication`](Self::take_authentication)
    /// has it then.
    ///
    /// # Errors
    ///
    /// As [`Connection::request_certificate`](premaster_connection::tls::Connection::request_certificate), and as
    /// [`handshake`](Self::handshake).
    pub fn request_certificate(&mut self, client_auth: ClientAuth) -> io::Result<()> {
        self.handshake()?;
        let asked = self.connection.request_certificate(client_auth);
        asked.map_err(into_io)?;
        self.flush()
    }

    /// What came of the last authentication after the handshake, once.
    pub fn take_authentication(&mut self) -> Option<Authentication> {
        self.connection.take_authentication()
    }

    /// Says goodbye: sends what waits, and a close_notify. What the peer still sends can be read.
    ///
    /// If something was written [before the peer's Finished](Self::before_finished) had come, by a False Start for one, the
    /// handshake is completed first: else the answer would be thrown away, and nobody would have looked at that Finished.
    ///
    /// # Errors
    ///
    /// What the transport says, and as [`handshake`](Self::handshake) where that has to be completed: then what was written
    /// may have gone to somebody who made us agree to less than both sides can do.
    pub fn close(&mut self) -> io::Result<()> {
        if self.wrote_ahead && self.connection.provisional().is_some() {
            self.handshake()?;
        }
        self.connection.close().map_err(into_io)?;
        self.flush()
    }

    /// Ends the connection with a fatal alert of the caller's choice and sends it: see
    /// [`Connection::abort`](premaster_connection::tls::Connection::abort).
    ///
    /// # Errors
    ///
    /// What the transport says.
    pub fn abort(&mut self, description: AlertDescription) -> io::Result<()> {
        self.connection.abort(description);
        self.flush()
    }

    /// Completes the handshake and makes two halves, for two threads: one reads, the other writes, and neither waits for the
    /// other. `again` makes a second handle of the transport, like [`TcpStream::try_clone`](std::net::TcpStream::try_clone).
    ///
    /// # Errors
    ///
    /// As [`handshake`](Self::handshake), and what `again` says.
    pub fn into_halves(
        mut self,
        again: impl FnOnce(&S) -> io::Result<S>,
    ) -> io::Result<(ReadHalf<S>, WriteHalf<S>, Facts)> {
        self.handshake()?;
        let other = again(&self.transport)?;
        let local = self.connection.local().clone();
        let (opener, sealer, facts) = self
            .connection
            .split()
            .map_err(|not_yet| io::Error::other(not_yet.to_string()))?;
        let door = Arc::new(Door::new(sealer, other, self.outgoing));
        let reader = ReadHalf::new(
            (opener, local),
            self.transport,
            self.incoming,
            Arc::clone(&door),
        );
        Ok((reader, WriteHalf::new(door), facts))
    }

    /// What was agreed on, once it is.
    pub fn facts(&self) -> Option<&Facts> {
        self.connection.facts()
    }

    /// The connection.
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// The transport.
    pub fn transport(&self) -> &S {
        &self.transport
    }

    /// The transport, to set a timeout, say. Who reads or writes here breaks the connection.
    pub fn transport_mut(&mut self) -> &mut S {
        &mut self.transport
    }

    /// Seals as much of `parts` as one call takes and writes it.
    ///
    /// A client that is configured for a False Start need not wait for the server's Finished. A server that need not wait has
    /// to say so: [`before_finished`](Self::before_finished).
    fn write_parts(&mut self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        if self.connection.side() == Side::Server || self.before_finished()?.is_none() {
            self.handshake()?;
        }
        self.flush()?;
        let connection = &mut self.connection;
        let length = connection.sealed_len(parts.iter().map(|part| part.len()).sum());
        let seal = |out: &mut [u8]| {
            let sealed = connection.seal_before_finished_from(parts, out);
            sealed.map_err(into_io)
        };
        self.outgoing.seal(length, seal)?;
        self.wrote_ahead |= self.connection.provisional().is_some();
        self.outgoing.write_or_keep(&mut self.transport)?;
        Ok(parts.iter().map(|part| part.len()).sum())
    }
}

impl<S: Read + Write> BufRead for Stream<S> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.incoming.plaintext().is_empty() {
            if self.connection.is_closed_by_peer() && self.connection.facts().is_some() {
                break;
            }
            self.advance()?;
        }
        Ok(self.incoming.plaintext())
    }

    fn consume(&mut self, amount: usize) {
        self.incoming.consume_plaintext(amount);
    }
}

impl<S: Read + Write> Read for Stream<S> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        read(self, out)
    }
}

impl<S: Read + Write> Write for Stream<S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let most = bytes.len().min(Outgoing::MOST);
        match bytes.get(..most) {
            None | Some([]) => Ok(0),
            Some(bytes) => self.write_parts(&[IoSlice::new(bytes)]),
        }
    }

    /// All parts go into the same records.
    fn write_vectored(&mut self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        match parts.iter().map(|part| part.len()).sum() {
            0 => Ok(0),
            1..=Outgoing::MOST => self.write_parts(parts),
            _ => match parts.iter().find(|part| !part.is_empty()) {
                Some(part) => self.write(part),
                None => Ok(0),
            },
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.outgoing
            .transmit(&mut self.connection, &mut self.transport)?;
        uninterrupted(|| self.transport.flush())
    }
}

impl<S: fmt::Debug> fmt::Debug for Stream<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stream")
            .field("transport", &self.transport)
            .field("facts", &self.connection.facts())
            .finish_non_exhaustive()
    }
}
