//! What is said behind our own Finished and before the peer's.

use core::fmt;
use std::io::{self, Read, Write};
use std::net::TcpStream;

use premaster_connection::Provisional;

use crate::Stream;
use crate::error::into_io;
use crate::outgoing::Outgoing;

/// The time between our own Finished and the peer's, from [`Stream::before_finished`]: what is written goes at once.
///
/// **Less is proved than on an established connection**: a server does not know that its client is there now and not
/// somebody who has recorded it, nor who the client is; a client does not know that nobody has changed the hellos; see
/// [`Connection::seal_before_finished`](premaster_connection::tls::Connection::seal_before_finished).
pub struct BeforeFinished<'s, S = TcpStream>(&'s mut Stream<S>);

impl<S: Read + Write> Stream<S> {
    /// Runs the handshake until data may be written before the peer's Finished has come; `None` when the handshake is complete,
    /// which is all there is on a server that asks its client for a certificate, on a server of TLS 1.2, and on a client
    /// that does no [False Start](premaster_connection::ClientConfigBuilder::false_start). Then [`Write`] is the way.
    ///
    /// A server saves a round trip where it speaks first, or where it answers [early data](Self::early_data). A client of
    /// TLS 1.2 that is configured for a False Start does so by [`Write`], too.
    ///
    /// ```
    /// use std::io::{BufRead, BufReader, Write};
    /// use std::net::{TcpListener, TcpStream};
    /// use std::sync::Arc;
    /// use premaster_connection::{ClientConfig, ServerConfig};
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
    /// let server = Arc::new(ServerConfig::builder(provider.clone(), credential).build()?);
    /// let client = Arc::new(ClientConfig::builder(provider, verifier).build()?);
    ///
    /// let serving = std::thread::spawn(move || {
    ///     let mut stream = Stream::server(server, listener.accept()?.0);
    ///     // The same for everybody: it does not matter who reads it.
    ///     let greeting = b"220 ready\r\n";
    ///     match stream.before_finished()? {
    ///         Some(mut ahead) => ahead.write_all(greeting)?,
    ///         None => stream.write_all(greeting)?,
    ///     }
    ///     stream.handshake()?;
    ///     stream.close()
    /// });
    ///
    /// let mut stream = BufReader::new(Stream::client(client, name, TcpStream::connect(address)?));
    /// let mut greeting = String::new();
    /// stream.read_line(&mut greeting)?;
    /// assert_eq!(greeting, "220 ready\r\n");
    /// # serving.join().map_err(|_| "panicked")??;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`handshake`](Self::handshake), as far as that had to go on.
    pub fn before_finished(&mut self) -> io::Result<Option<BeforeFinished<'_, S>>> {
        while self.connection.provisional().is_none() {
            if self.connection.facts().is_some() {
                return Ok(None);
            }
            self.advance()?;
        }
        Ok(Some(BeforeFinished(self)))
    }

    fn write_ahead(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let bytes = bytes.get(..Outgoing::MOST).unwrap_or(bytes);
        self.outgoing
            .transmit(&mut self.connection, &mut self.transport)?;
        let connection = &mut self.connection;
        let length = connection.sealed_len(bytes.len());
        let seal = |out: &mut [u8]| {
            let sealed = connection.seal_before_finished_from(&[bytes], out);
            sealed.map_err(into_io)
        };
        self.outgoing.seal(length, seal)?;
        self.wrote_ahead = true;
        self.outgoing.write_or_keep(&mut self.transport)?;
        Ok(bytes.len())
    }
}

impl<S> BeforeFinished<'_, S> {
    /// What was agreed on as far as we know.
    #[must_use]
    pub fn provisional(&self) -> Option<&Provisional> {
        self.0.connection.provisional()
    }
}

impl<S: Read + Write> Write for BeforeFinished<'_, S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match bytes {
            [] => Ok(0),
            bytes => self.0.write_ahead(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl<S> fmt::Debug for BeforeFinished<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BeforeFinished")
            .field("provisional", &self.provisional())
            .finish_non_exhaustive()
    }
}
