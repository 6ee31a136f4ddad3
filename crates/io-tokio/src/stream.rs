//! A connection on top of a transport of tokio's.

use core::fmt;
use core::future::poll_fn;
use std::io;
use std::sync::Arc;

use premaster_connection::tls::{Connection, Options, Surface};
use premaster_connection::{
    Authentication, ClientAuth, ClientConfig, Error, Facts, Local, Question, Resolved, ServerConfig,
};
use rustls_pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};

use crate::answers::Answers;
use crate::bell::{Bell, Half};
use crate::early_data::Early;
use crate::error::into_io;
use crate::incoming::Incoming;
use crate::outgoing::Outgoing;

/// A TLS connection that reads and writes like the transport below it.
///
/// The handshake runs when it is asked for ([`handshake`](Self::handshake)) or with the first read or write. Each
/// write becomes a record at once; for many small ones put a `BufWriter` around. Reading is buffered: the stream reads
/// ahead from the transport, and is an `AsyncBufRead` itself.
///
/// What a write returns as written is accepted, not sent: it goes to the transport as far as that takes it, the rest with
/// the next write, [`flush`], [`shutdown`], or while a read waits. If it cannot be sent after all, the next of those calls
/// says so, a read excepted.
///
/// [`shutdown`] says goodbye to the peer and closes the transport's sending side; what the peer still sends can be read.
/// Dropping a stream does neither: the peer then sees the transport end, and takes what it has read for cut short.
///
/// A fault of the peer's is told to the peer. In the handshake the alert leaves first, and then the error is returned; later the
/// error is returned at once, and what the transport did not take of the alert goes with [`shutdown`].
///
/// # Cancellation
///
/// All that is under way is kept in the stream and nothing in the futures. So the future of a read, a write, a flush, a
/// handshake or a shutdown may be dropped at any time: no byte is lost or sent twice, and the next call goes on. A write that
/// was dropped before it was ready has accepted nothing. (`write_all`, `read_exact` and other loops over such calls forget
/// how far they came, on every stream.)
///
/// # Two halves
///
/// [`tokio::io::split`] makes two halves for two tasks. Either may run the handshake, and neither misses what the other has
/// brought about.
///
/// [`flush`]: https://docs.rs/tokio/latest/tokio/io/trait.AsyncWriteExt.html#method.flush
/// [`shutdown`]: https://docs.rs/tokio/latest/tokio/io/trait.AsyncWriteExt.html#method.shutdown
/// [`tokio::io::split`]: https://docs.rs/tokio/latest/tokio/io/fn.split.html
pub struct Stream<S> {
    pub(crate) connection: Connection,
    pub(crate) transport: S,
    pub(crate) incoming: Incoming,
    pub(crate) outgoing: Outgoing,
    pub(crate) early: Early,
    pub(crate) answers: Answers,
    pub(crate) bell: Bell,
    pub(crate) progress: Progress,
}

/// What a stream remembers from call to call.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    /// The handshake was completed.
    pub(crate) established: bool,
    /// The connection failed, and its open questions are dropped.
    pub(crate) failed: bool,
    /// The transport holds bytes that were not flushed.
    pub(crate) unflushed: bool,
    /// Something happened that the other half may wait for.
    pub(crate) news: bool,
    /// Why accepted data could not be sent.
    pub(crate) broken: Option<io::Error>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Stream<S> {
    /// A client's stream to the server `name`. Nothing is sent yet.
    pub fn client(config: Arc<ClientConfig>, name: ServerName<'static>, transport: S) -> Self {
        let connection = Connection::client_with(config, name, surfacing());
        Self::new(connection, transport)
    }

    /// A server's stream to whoever is behind `transport`. Nothing is read yet.
    pub fn server(config: Arc<ServerConfig>, transport: S) -> Self {
        Self::new(Connection::server_with(config, surfacing()), transport)
    }

    /// A stream for a connection that was made with a tracer, say. For [`answering`](Self::answering), its questions have
    /// to come to the surface: [`Surface::Everything`].
    pub fn new(connection: Connection, transport: S) -> Self {
        Self {
            connection,
            transport,
            incoming: Incoming::default(),
            outgoing: Outgoing::default(),
            early: Early::default(),
            answers: Answers::default(),
            bell: Bell::new(),
            progress: Progress::default(),
        }
    }

    /// Has questions answered by `handler`, which may take its time: ask an HSM, Redis, another task. Without one, and for
    /// all that a handler does not care for, [`Local::resolve`] answers at once.
    ///
    /// The connection waits for what it needs and for nothing else; several questions may be open at once. The stream polls the
    /// futures while it is polled itself, and drops them when it is dropped or nobody wants the answer any more. What must
    /// go on regardless belongs into a task; so does what would keep the thread busy.
    ///
    /// A configuration that was looked up for a client answers [`ChooseConfig`](Question::ChooseConfig) with itself:
    /// `Connection::server(found).local().resolve(question)`.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use premaster_connection::{Question, Refusal, ServerConfig};
    /// use premaster_io_tokio::Stream;
    /// # use tokio::io::DuplexStream;
    ///
    /// /// Signatures are made on a thread for such work, everything else here.
    /// fn accept(config: Arc<ServerConfig>, transport: DuplexStream) -> Stream<DuplexStream> {
    ///     Stream::server(config, transport).answering(|question, local| async move {
    ///         match question {
    ///             Question::Sign(asked) => {
    ///                 let (sign, claim) = (asked.question, asked.claim);
    ///                 let signing = tokio::task::spawn_blocking(move || match sign.credential.key() {
    ///                     Some(key) => key.sign(sign.scheme.0, &sign.message).ok(),
    ///                     None => None,
    ///                 });
    ///                 let signature = signing.await.ok().flatten();
    ///                 claim.with(signature.ok_or(Refusal::new("cannot sign")), "a thread").into()
    ///             }
    ///             other => local.resolve(other),
    ///         }
    ///     })
    /// }
    /// #
    /// # use premaster_connection::ClientConfig;
    /// # use rustls_pki_types::ServerName;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let provider = Arc::new(premaster_crypto_ring::provider());
    /// # let authority = premaster_testkit::pki::Authority::new();
    /// # let credential = authority.issue(&provider, &["localhost"], &rcgen::PKCS_ED25519);
    /// # let server = Arc::new(ServerConfig::builder(provider.clone(), credential).build()?);
    /// # let client = ClientConfig::builder(provider.clone(), authority.verifier(&provider)).build()?;
    /// # let (near, far) = tokio::io::duplex(1024);
    /// # let mut client = Stream::client(Arc::new(client), ServerName::try_from("localhost")?, near);
    /// # let mut server = accept(server, far);
    /// # tokio::try_join!(async { client.handshake().await.map(drop) }, async { server.handshake().await.map(drop) })?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn answering<H, F>(mut self, handler: H) -> Self
    where
        H: FnMut(Question, Local) -> F + Send + 'static,
        F: Future<Output = Resolved> + Send + 'static,
    {
        self.answers = Answers::by(handler);
        self
    }

    /// Runs the handshake to its end, if it is not over yet, and sends what belongs to it. Says what was agreed on.
    ///
    /// # Errors
    ///
    /// Why there is no connection: [`tls_error`](crate::tls_error) tells it unless the transport failed. The alert that tells
    /// the peer has been sent, unless the transport refused it.
    pub async fn handshake(&mut self) -> io::Result<&Facts> {
        poll_fn(|cx| self.wait(Half::Writing, cx, Self::poll_complete)).await?;
        let facts = self.connection.facts();
        facts.ok_or_else(|| into_io(Error::NotEstablished))
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
    pub async fn request_certificate(&mut self, client_auth: ClientAuth) -> io::Result<()> {
        self.handshake().await?;
        let asked = self.connection.request_certificate(client_auth);
        asked.map_err(into_io)
    }

    /// What came of the last authentication after the handshake, once.
    pub fn take_authentication(&mut self) -> Option<Authentication> {
        self.connection.take_authentication()
    }

    /// Changes the keys of what we send and, with `request`, has the peer change its own (RFC 8446 section 4.6.3): only
    /// TLS 1.3 can do that. Before a key is used up, it is done without being asked for.
    ///
    /// The KeyUpdate goes as data does: with the next write or flush, or while a read waits.
    ///
    /// # Errors
    ///
    /// As [`handshake`](Self::handshake); [`NoKeyUpdate`](Error::NoKeyUpdate) without TLS 1.3.
    pub async fn update_keys(&mut self, request: bool) -> io::Result<()> {
        self.handshake().await?;
        self.connection.update_keys(request).map_err(into_io)
    }
}

impl<S> Stream<S> {
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

    /// The transport. Who reads or writes here breaks the connection.
    pub fn transport_mut(&mut self) -> &mut S {
        &mut self.transport
    }
}

/// A stream hands all questions to its handler, or to the local host.
fn surfacing() -> Options {
    Options {
        surface: Surface::Everything,
        ..Options::default()
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

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use premaster_testkit::pki::Authority;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

    use super::*;
    use crate::incoming::RECORD;

    fn pair(width: usize) -> [Stream<DuplexStream>; 2] {
        let provider = Arc::new(premaster_crypto_ring::provider());
        let authority = Authority::new();
        let credential = authority.issue(&provider, &["localhost"], &rcgen::PKCS_ECDSA_P256_SHA256);
        let verifier = authority.verifier(&provider);
        let server = ServerConfig::builder(Arc::clone(&provider), credential).build();
        let client = ClientConfig::builder(provider, verifier).build();
        let name = ServerName::try_from("localhost").unwrap();
        let (ours, theirs) = duplex(width);
        [
            Stream::client(Arc::new(client.unwrap()), name, ours),
            Stream::server(Arc::new(server.unwrap()), theirs),
        ]
    }

    /// Polls a read of the stream that has nothing to bring.
    async fn wait_a_little(stream: &mut Stream<DuplexStream>) {
        let mut piece = [0];
        tokio::select! {
            biased;
            _ = stream.read(&mut piece) => panic!("nobody has said anything"),
            () = tokio::task::yield_now() => {}
        }
    }

    fn held(stream: &Stream<DuplexStream>) -> [usize; 2] {
        [stream.incoming.capacity(), stream.outgoing.capacity()]
    }

    /// A hang is a failure.
    async fn in_time<T>(future: impl Future<Output = io::Result<T>>) -> T {
        let outcome = tokio::time::timeout(Duration::from_secs(1), future).await;
        outcome.expect("somebody can go on").unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn a_stream_holds_no_buffer_while_it_waits() {
        let [mut client, mut server] = pair(1_000);
        assert_eq!(held(&client), [0, 0]);
        in_time(async { tokio::try_join!(client.handshake(), server.handshake()).map(drop) }).await;
        let data = vec![7; 100_000];
        let mut got = vec![0; 100_000];
        let writing = async {
            client.write_all(&data).await?;
            client.flush().await
        };
        in_time(async { tokio::try_join!(writing, server.read_exact(&mut got)) }).await;
        for stream in [&mut client, &mut server] {
            wait_a_little(stream).await;
            assert_eq!(held(stream), [0, 0]);
        }
        // Nor after a flush, without a read.
        client.write_all(&data[..100]).await.unwrap();
        client.flush().await.unwrap();
        assert_eq!(held(&client), [0, 0]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_stream_holds_a_record_each_way_at_most() {
        let [mut client, mut server] = pair(100_000);
        in_time(async { tokio::try_join!(client.handshake(), server.handshake()).map(drop) }).await;
        let data = vec![7; 1 << 20];
        let writing = async {
            client.write_all(&data).await?;
            client.shutdown().await
        };
        let mut most = [0, 0];
        let reading = async {
            let mut piece = vec![0; 10_000];
            while server.read(&mut piece).await? > 0 {
                most[0] = most[0].max(server.incoming.capacity());
                most[1] = most[1].max(server.outgoing.capacity());
            }
            Ok(())
        };
        in_time(async { tokio::try_join!(writing, reading) }).await;
        assert!(most[0] <= RECORD && most[1] == 0, "{most:?}");
        assert!(client.outgoing.capacity() <= RECORD);
    }
}
