//! Clients.

use core::fmt;
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::Arc;

use crate::connection::tls::Options;
use crate::connection::{ClientConfig, ClientConfigBuilder, Credential};
use crate::crypto::Provider;
use crate::session::FileClientStore;
use crate::trust::{Pin, PinVerifier, Roots, Verifier, WebpkiVerifier};
use crate::{Change, Error, ServerName, Stream, credential_from_files, provider};

/// Connects to `address`, like `example.com:443`, and completes the handshake with whom the system's roots vouch for.
///
/// For more than one connection make a [`Client`]: it loads the roots once, and resumes sessions.
///
/// # Errors
///
/// As [`Client::new`] and [`Client::connect`].
pub fn connect(address: &str) -> io::Result<Stream> {
    Client::new()?.connect(address)
}

/// Makes connections to servers. Cheap to clone; clones share their sessions.
///
/// ```no_run
/// use premaster::Client;
///
/// let client = Client::builder().roots_from("ca.pem").alpn(["http/1.1"]).build()?;
/// let stream = client.connect("localhost:4433")?;
/// let again = client.connect("localhost:4433")?;
/// assert!(again.facts().is_some_and(|facts| facts.resumed.is_some()));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Client(Arc<ClientConfig>);

impl Client {
    /// A client that trusts the roots of the operating system.
    ///
    /// # Errors
    ///
    /// [`Error::Load`] if it has none.
    pub fn new() -> Result<Self, Error> {
        Self::builder().build()
    }

    /// A client of your own making.
    pub fn builder() -> ClientBuilder {
        ClientBuilder {
            trust: Ok(Trust::System),
            credential: Ok(None),
            store: Ok(None),
            provider: provider(),
            changes: Vec::new(),
        }
    }

    /// Connects to `address`, like `example.com:443`, and completes the handshake.
    ///
    /// # Errors
    ///
    /// As [`io::connect`](crate::io::connect).
    pub fn connect(&self, address: &str) -> io::Result<Stream> {
        crate::io::connect(Arc::clone(&self.0), address, Options::default())
    }

    /// Completes the handshake with the server `name` over a transport that is open already: a tunnel, a pipe, a socket
    /// with settings of its own.
    ///
    /// # Errors
    ///
    /// Of kind `InvalidInput` if `name` is no host name or address; else as
    /// [`Stream::handshake`].
    pub fn over<S: Read + Write>(&self, transport: S, name: &str) -> io::Result<Stream<S>> {
        let name = ServerName::try_from(name.to_owned())
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
        let mut stream = Stream::client(Arc::clone(&self.0), name, transport);
        stream.handshake()?;
        Ok(stream)
    }

    /// The configuration, for the layers below.
    pub fn config(&self) -> &Arc<ClientConfig> {
        &self.0
    }
}

impl From<ClientConfig> for Client {
    fn from(config: ClientConfig) -> Self {
        Self(Arc::new(config))
    }
}

/// Builds a [`Client`]. What goes wrong with a file is told by [`build`](Self::build).
#[must_use = "a builder does nothing until it builds"]
pub struct ClientBuilder {
    trust: Result<Trust, Error>,
    credential: Result<Option<Credential>, Error>,
    store: Result<Option<FileClientStore>, Error>,
    provider: Arc<Provider>,
    changes: Vec<Change<ClientConfigBuilder>>,
}

/// Whom to trust.
enum Trust {
    System,
    Roots(Roots),
    Pins(Vec<Pin>),
    Verifier(Arc<dyn Verifier>),
}

impl ClientBuilder {
    /// Trusts these roots instead of the system's.
    pub fn roots(mut self, roots: Roots) -> Self {
        self.trust = Ok(Trust::Roots(roots));
        self
    }

    /// Trusts the roots in this file (PEM or DER) instead of the system's.
    pub fn roots_from(mut self, path: impl AsRef<Path>) -> Self {
        self.trust = Roots::from_file(path)
            .map(Trust::Roots)
            .map_err(Error::from);
        self
    }

    /// Trusts the server that has this key, whoever issued its certificate; may be said again.
    pub fn pin(mut self, pin: Pin) -> Self {
        let mut pins = match self.trust {
            Ok(Trust::Pins(pins)) => pins,
            _ => Vec::new(),
        };
        pins.push(pin);
        self.trust = Ok(Trust::Pins(pins));
        self
    }

    /// Trusts whom `verifier` finds good.
    pub fn verifier(mut self, verifier: Arc<dyn Verifier>) -> Self {
        self.trust = Ok(Trust::Verifier(verifier));
        self
    }

    /// Authenticates with this certificate when a server asks for one.
    pub fn credential(mut self, credential: Credential) -> Self {
        self.credential = Ok(Some(credential));
        self
    }

    /// Authenticates with the certificate chain and the private key in these files.
    pub fn credential_from(mut self, certificate: impl AsRef<Path>, key: impl AsRef<Path>) -> Self {
        self.credential = credential_from_files(certificate, key).map(Some);
        self
    }

    /// Keeps sessions in this file, for programs that end between two connections. Without it they are kept in memory.
    pub fn session_file(mut self, path: impl AsRef<Path>) -> Self {
        self.store = FileClientStore::open(path.as_ref())
            .map(Some)
            .map_err(Error::from);
        self
    }

    /// Uses this cryptography instead of ring's alone: say, ring's with what old peers need. What it adds is still
    /// used only where it is named. Keys that are given as files are loaded with ring: load them yourself for another backend.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use premaster::{Client, Roots};
    ///
    /// let provider = premaster_crypto_classic::extend(premaster::crypto_ring::provider());
    /// let client = Client::builder()
    ///     .roots(Roots::new())
    ///     .provider(Arc::new(provider))
    ///     .configure(|config| config.suites(["TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"]))
    ///     .build()?;
    /// # Ok::<(), premaster::Error>(())
    /// ```
    pub fn provider(mut self, provider: Arc<Provider>) -> Self {
        self.provider = provider;
        self
    }

    /// Offers these application protocols, best first (RFC 7301).
    pub fn alpn<P: Into<Vec<u8>>>(self, names: impl IntoIterator<Item = P>) -> Self {
        let names: Vec<Vec<u8>> = names.into_iter().map(Into::into).collect();
        self.configure(|config| config.alpn(names))
    }

    /// Sets anything else that a configuration knows.
    ///
    /// ```
    /// use premaster::{Client, Roots};
    ///
    /// let suites = ["TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"];
    /// let client = Client::builder()
    ///     .roots(Roots::new())
    ///     .configure(move |config| config.suites(suites).no_tickets())
    ///     .build()?;
    /// assert_eq!(client.config().policy().suites.len(), 1);
    /// # Ok::<(), premaster::Error>(())
    /// ```
    pub fn configure(
        mut self,
        change: impl FnOnce(ClientConfigBuilder) -> ClientConfigBuilder + 'static,
    ) -> Self {
        self.changes.push(Box::new(change));
        self
    }

    /// The client.
    ///
    /// # Errors
    ///
    /// [`Error`] says which file or setting is wrong, and what would do.
    pub fn build(self) -> Result<Client, Error> {
        let provider = self.provider;
        let verifier: Arc<dyn Verifier> = match self.trust? {
            Trust::System => Arc::new(WebpkiVerifier::new(Roots::system()?, &provider)),
            Trust::Roots(roots) => Arc::new(WebpkiVerifier::new(roots, &provider)),
            Trust::Pins(pins) => Arc::new(PinVerifier::new(pins)),
            Trust::Verifier(verifier) => verifier,
        };
        let mut config = ClientConfig::builder(provider, verifier);
        if let Some(credential) = self.credential? {
            config = config.credential(credential);
        }
        if let Some(store) = self.store? {
            config = config.session_store(Arc::new(store));
        }
        for change in self.changes {
            config = change(config);
        }
        Ok(config.build()?.into())
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientBuilder")
    }
}
