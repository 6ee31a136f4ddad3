//! Who plays, and over what.

use core::future::Future;
use core::pin::{Pin, pin};
use core::task::{Context, Poll, Waker, ready};
use core::time::Duration;
use std::io;
use std::sync::{Arc, Mutex};

use premaster_connection::{ClientConfig, ClientConfigBuilder, ServerConfig};
use premaster_io_tokio::Stream;
use premaster_testkit::pki::Authority;
use premaster_wire::ProtocolVersion;
use rcgen::SignatureAlgorithm;
use rustls_pki_types::ServerName;
use tokio::io::{
    AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, DuplexStream, ReadBuf, duplex,
};
use tokio::net::{TcpListener, TcpStream};

/// A client and a server that trust the same authority.
pub(crate) struct Pki {
    pub(crate) client: Arc<ClientConfig>,
    pub(crate) server: Arc<ServerConfig>,
}

impl Pki {
    pub(crate) fn new() -> Self {
        Self::with(&rcgen::PKCS_ECDSA_P256_SHA256, |client| client)
    }

    /// The client offers no other version.
    pub(crate) fn speaking(version: ProtocolVersion) -> Self {
        Self::with(&rcgen::PKCS_ECDSA_P256_SHA256, |client| {
            client.min_version(version).max_version(version)
        })
    }

    /// All handshakes have the same length: so have all signatures, and nothing is resumed.
    pub(crate) fn steady() -> Self {
        Self::with(&rcgen::PKCS_ED25519, ClientConfigBuilder::no_resumption)
    }

    /// A client with a ticket that allows so many bytes of early data, and the server that gave it.
    pub(crate) async fn acquainted(early_data: u32) -> Self {
        let provider = Arc::new(premaster_crypto_ring::provider());
        let authority = Authority::new();
        let credential = authority.issue(&provider, &["localhost"], &rcgen::PKCS_ED25519);
        let verifier = authority.verifier(&provider);
        let server = ServerConfig::builder(Arc::clone(&provider), credential);
        let client = ClientConfig::builder(provider, verifier).early_data();
        let pki = Self {
            client: Arc::new(client.build().unwrap()),
            server: Arc::new(server.early_data(early_data).build().unwrap()),
        };
        let (mut client, mut server) = pki.established(10_000).await;
        server.shutdown().await.unwrap();
        client.read_to_end(&mut Vec::new()).await.unwrap();
        pki
    }

    fn with(
        algorithm: &'static SignatureAlgorithm,
        change: impl FnOnce(ClientConfigBuilder) -> ClientConfigBuilder,
    ) -> Self {
        let provider = Arc::new(premaster_crypto_ring::provider());
        let authority = Authority::new();
        let credential = authority.issue(&provider, &["localhost"], algorithm);
        let verifier = authority.verifier(&provider);
        let server = ServerConfig::builder(Arc::clone(&provider), credential);
        let client = change(ClientConfig::builder(provider, verifier));
        Self {
            client: Arc::new(client.build().unwrap()),
            server: Arc::new(server.build().unwrap()),
        }
    }

    pub(crate) fn client<S: AsyncRead + AsyncWrite + Unpin>(&self, transport: S) -> Stream<S> {
        Stream::client(Arc::clone(&self.client), localhost(), transport)
    }

    pub(crate) fn server<S: AsyncRead + AsyncWrite + Unpin>(&self, transport: S) -> Stream<S> {
        Stream::server(Arc::clone(&self.server), transport)
    }

    /// A client and a server on the two ends of a pipe that holds this many bytes in each direction.
    pub(crate) fn piped(&self, width: usize) -> (Stream<DuplexStream>, Stream<DuplexStream>) {
        let (ours, theirs) = duplex(width);
        (self.client(ours), self.server(theirs))
    }

    /// The same after the handshake, when nothing is under way.
    pub(crate) async fn established(
        &self,
        width: usize,
    ) -> (Stream<DuplexStream>, Stream<DuplexStream>) {
        let (mut client, mut server) = self.piped(width);
        shake(&mut client, &mut server).await.unwrap();
        settle(&mut client, &mut server).await;
        (client, server)
    }
}

/// The tickets of a server arrive.
pub(crate) async fn settle<A, B>(client: &mut Stream<A>, server: &mut Stream<B>)
where
    A: AsyncRead + AsyncWrite + Unpin,
    B: AsyncRead + AsyncWrite + Unpin,
{
    let mut nothing = [0];
    let arriving = async {
        server.flush().await.unwrap();
        quiet().await;
    };
    tokio::select! {
        _ = client.read(&mut nothing) => panic!("there is no data"),
        () = arriving => {}
    }
}

/// Both sides of a handshake.
pub(crate) async fn shake<A, B>(client: &mut Stream<A>, server: &mut Stream<B>) -> io::Result<()>
where
    A: AsyncRead + AsyncWrite + Unpin,
    B: AsyncRead + AsyncWrite + Unpin,
{
    let both = async { tokio::try_join!(client.handshake(), server.handshake()) };
    in_time(both).await.map(drop)
}

pub(crate) fn localhost() -> ServerName<'static> {
    ServerName::try_from("localhost").unwrap()
}

/// The two ends of a socket.
pub(crate) async fn ends() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (ours, theirs) = tokio::join!(TcpStream::connect(address), listener.accept());
    (ours.unwrap(), theirs.unwrap().0)
}

/// Bytes without pattern.
pub(crate) fn noise(length: usize) -> Vec<u8> {
    let mut state = 1_u64;
    let next = || {
        state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
        state.to_be_bytes()[0]
    };
    std::iter::repeat_with(next).take(length).collect()
}

/// A hang is a failure. The clock of such a test stands still until nobody can do anything; so this says at once, and surely, that
/// everybody waits for each other. (Where the kernel is awaited, it is a net below the test and as long as that.)
pub(crate) async fn in_time<T>(future: impl Future<Output = T>) -> T {
    let outcome = tokio::time::timeout(Duration::from_secs(60), future).await;
    outcome.expect("somebody can go on")
}

/// Ends when nobody else can do anything, for the same reason.
pub(crate) async fn quiet() {
    tokio::time::sleep(Duration::from_millis(1)).await;
}

/// A transport that takes and gives one byte at a time, and every other time says 'not now'.
#[derive(Debug)]
pub(crate) struct Trickle<S> {
    transport: S,
    reads: u64,
    writes: u64,
}

impl<S> Trickle<S> {
    pub(crate) fn over(transport: S) -> Self {
        Self {
            transport,
            reads: 0,
            writes: 0,
        }
    }
}

fn hesitate(count: &mut u64, cx: &Context<'_>) -> Poll<()> {
    *count += 1;
    if *count % 2 == 1 {
        cx.waker().wake_by_ref();
        return Poll::Pending;
    }
    Poll::Ready(())
}

impl<S: AsyncRead + Unpin> AsyncRead for Trickle<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        ready!(hesitate(&mut self.reads, cx));
        let mut byte = [0];
        let mut one = ReadBuf::new(&mut byte);
        ready!(Pin::new(&mut self.transport).poll_read(cx, &mut one))?;
        out.put_slice(one.filled());
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Trickle<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        ready!(hesitate(&mut self.writes, cx));
        let one = &bytes[..bytes.len().min(1)];
        Pin::new(&mut self.transport).poll_write(cx, one)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.transport).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.transport).poll_shutdown(cx)
    }
}

/// What a [`Gated`] transport does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gate {
    Open,
    /// 'Not now'. Nobody is woken when it opens: whoever looks then has been faster.
    Closed,
    Failing,
}

/// Opens and closes the two directions of a transport, from outside.
#[derive(Clone, Debug)]
pub(crate) struct Gates {
    pub(crate) reading: Arc<Mutex<Gate>>,
    pub(crate) writing: Arc<Mutex<Gate>>,
}

impl Gates {
    /// A transport that may be read from and written to, and its gates.
    pub(crate) fn before<S>(transport: S) -> (Gated<S>, Self) {
        let gates = Self {
            reading: Arc::new(Mutex::new(Gate::Open)),
            writing: Arc::new(Mutex::new(Gate::Open)),
        };
        let gated = Gated {
            transport,
            gates: gates.clone(),
        };
        (gated, gates)
    }

    pub(crate) fn reading(&self, gate: Gate) {
        *self.reading.lock().unwrap() = gate;
    }

    pub(crate) fn writing(&self, gate: Gate) {
        *self.writing.lock().unwrap() = gate;
    }
}

/// A transport with [`Gates`].
#[derive(Debug)]
pub(crate) struct Gated<S> {
    transport: S,
    gates: Gates,
}

fn pass(gate: &Mutex<Gate>) -> Poll<io::Result<()>> {
    match *gate.lock().unwrap() {
        Gate::Open => Poll::Ready(Ok(())),
        Gate::Closed => Poll::Pending,
        Gate::Failing => {
            let kind = io::ErrorKind::HostUnreachable;
            Poll::Ready(Err(io::Error::new(kind, "the cable is out")))
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Gated<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        ready!(pass(&self.gates.reading))?;
        Pin::new(&mut self.transport).poll_read(cx, out)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Gated<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        ready!(pass(&self.gates.writing))?;
        Pin::new(&mut self.transport).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.transport).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.transport).poll_shutdown(cx)
    }
}

/// A transport that ends after some bytes have been read.
#[derive(Debug)]
pub(crate) struct Cut<S> {
    transport: S,
    end: usize,
    pub(crate) count: usize,
}

impl<S> Cut<S> {
    pub(crate) fn after(end: usize, transport: S) -> Self {
        Self {
            transport,
            end,
            count: 0,
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Cut<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let mut bytes = vec![0; out.remaining().min(self.end - self.count)];
        let mut read = ReadBuf::new(&mut bytes);
        if read.remaining() > 0 {
            ready!(Pin::new(&mut self.transport).poll_read(cx, &mut read))?;
        }
        self.count += read.filled().len();
        out.put_slice(read.filled());
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Cut<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.transport).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.transport).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.transport).poll_shutdown(cx)
    }
}

/// Polls once, for a task that never comes back.
pub(crate) fn poll_once(future: impl Future) {
    let mut future = pin!(future);
    let outcome = future
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()));
    assert!(outcome.is_pending());
}
