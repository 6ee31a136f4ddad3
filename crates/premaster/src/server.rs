//! Servers.

use core::fmt;
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::Arc;

use crate::connection::{Credential, ServerConfig, ServerConfigBuilder};
use crate::crypto::Provider;
use crate::trust::{Roots, WebpkiVerifier};
use crate::{Change, Error, Stream, credential_from_files, provider};

/// Accepts connections of clients. Cheap to clone; clones share sessions and ticket keys.
///
/// It has no socket of its own: it takes whatever a listener accepts.
///
/// ```no_run
/// use std::net::TcpListener;
/// use premaster::Server;
///
/// let server = Server::from_files("cert.pem", "key.pem")?;
/// let listener = TcpListener::bind("127.0.0.1:4433")?;
/// while let Ok((tcp, _)) = listener.accept() {
///     let server = server.clone();
///     std::thread::spawn(move || {
///         let mut stream = server.accept(tcp)?;
///         std::io::copy(&mut &b"hello\n"[..], &mut stream)?;
///         stream.close()
///     });
/// }
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Server(Arc<ServerConfig>);

impl Server {
    /// A server with the certificate chain and the private key in these files (PEM or DER).
    ///
    /// # Errors
    ///
    /// As [`credential_from_files`].
    pub fn from_files(certificate: impl AsRef<Path>, key: impl AsRef<Path>) -> Result<Self, Error> {
        Self::builder().credential_from(certificate, key).build()
    }

    /// A server of your own making.
    pub fn builder() -> ServerBuilder {
        ServerBuilder {
            credentials: Vec::new(),
            client_roots: None,
            provider: provider(),
            changes: Vec::new(),
        }
    }

    /// Completes the handshake with the client behind `transport`.
    ///
    /// A client may take forever: set a timeout on the transport, or use a thread for each.
    ///
    /// # Errors
    ///
    /// As [`Stream::handshake`].
    pub fn accept<S: Read + Write>(&self, transport: S) -> io::Result<Stream<S>> {
        let mut stream = Stream::server(Arc::clone(&self.0), transport);
        stream.handshake()?;
        Ok(stream)
    }

    /// The configuration, for the layers below.
    pub fn config(&self) -> &Arc<ServerConfig> {
        &self.0
    }
}

impl From<ServerConfig> for Server {
    fn from(config: ServerConfig) -> Self {
        Self(Arc::new(config))
    }
}

/// Builds a [`Server`]. What goes wrong with a file is told by [`build`](Self::build).
#[must_use = "a builder does nothing until it builds"]
pub struct ServerBuilder {
    credentials: Vec<Result<Credential, Error>>,
    client_roots: Option<Result<Roots, Error>>,
    provider: Arc<Provider>,
    changes: Vec<Change<ServerConfigBuilder>>,
}

impl ServerBuilder {
    /// Authenticates with this certificate; said again, with the one that covers the name the client asks for.
    pub fn credential(mut self, credential: Credential) -> Self {
        self.credentials.push(Ok(credential));
        self
    }

    /// Authenticates with the certificate chain and the private key in these files; may be said again.
    pub fn credential_from(mut self, certificate: impl AsRef<Path>, key: impl AsRef<Path>) -> Self {
        self.credentials
            .push(credential_from_files(certificate, key));
        self
    }

    /// Refuses clients without a certificate from one of these roots.
    pub fn client_roots(mut self, roots: Roots) -> Self {
        self.client_roots = Some(Ok(roots));
        self
    }

    /// Refuses clients without a certificate from one of the roots in this file (PEM or DER).
    pub fn client_roots_from(mut self, path: impl AsRef<Path>) -> Self {
        self.client_roots = Some(Roots::from_file(path).map_err(Error::from));
        self
    }

    /// Uses this cryptography instead of ring's alone: say, ring's with what old clients need. What it adds is still
    /// used only where it is named. Keys that are given as files are loaded with ring: load them yourself for another backend.
    pub fn provider(mut self, provider: Arc<Provider>) -> Self {
        self.provider = provider;
        self
    }

    /// Speaks these application protocols, best first (RFC 7301).
    pub fn alpn<P: Into<Vec<u8>>>(self, names: impl IntoIterator<Item = P>) -> Self {
        let names: Vec<Vec<u8>> = names.into_iter().map(Into::into).collect();
        self.configure(|config| config.alpn(names))
    }

    /// Sets anything else that a configuration knows.
    pub fn configure(
        mut self,
        change: impl FnOnce(ServerConfigBuilder) -> ServerConfigBuilder + 'static,
    ) -> Self {
        self.changes.push(Box::new(change));
        self
    }

    /// The server.
    ///
    /// # Errors
    ///
    /// [`Error::NoCredential`] if there is nothing to authenticate with; else [`Error`] says which file or setting is wrong,
    /// and what would do.
    pub fn build(self) -> Result<Server, Error> {
        let provider = self.provider;
        let mut credentials = self.credentials.into_iter();
        let first = credentials.next().ok_or(Error::NoCredential)??;
        let mut config = ServerConfig::builder(Arc::clone(&provider), first);
        for credential in credentials {
            config = config.credential(credential?);
        }
        if let Some(roots) = self.client_roots {
            let verifier = WebpkiVerifier::new(roots?, &provider);
            config = config.require_client_auth(Arc::new(verifier));
        }
        for change in self.changes {
            config = change(config);
        }
        Ok(config.build()?.into())
    }
}

impl fmt::Debug for ServerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ServerBuilder")
    }
}
