//! Our errors inside of `std::io::Error`, and out again.

use std::io::{self, ErrorKind};

use premaster_connection::Error;

/// Our error as one of `std::io`, which holds it.
pub(crate) fn into_io(error: Error) -> io::Error {
    let kind = match &error {
        Error::Truncated | Error::CutEarly { .. } | Error::ClosedEarly { .. } => {
            ErrorKind::UnexpectedEof
        }
        Error::AlreadyClosed => ErrorKind::BrokenPipe,
        Error::NotEstablished => ErrorKind::NotConnected,
        Error::NoKeyUpdate => ErrorKind::Unsupported,
        _ => ErrorKind::InvalidData,
    };
    io::Error::new(kind, error)
}

/// What TLS has to say about an error of a [`Stream`](crate::Stream); `None` if the transport failed.
///
/// ```
/// use std::sync::Arc;
/// use premaster_connection::ClientConfig;
/// use premaster_io_tokio::{Error, Stream, tls_error};
/// use rustls_pki_types::ServerName;
/// use tokio::io::AsyncReadExt;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let provider = Arc::new(premaster_crypto_ring::provider());
/// let config = ClientConfig::builder(provider, Arc::new(premaster_trust::RefuseAll)).build()?;
/// // A peer that reads a ClientHello and goes away.
/// let (transport, mut peer) = tokio::io::duplex(1024);
/// tokio::spawn(async move { peer.read(&mut [0; 1024]).await });
/// let mut stream = Stream::client(Arc::new(config), ServerName::try_from("example.com")?, transport);
///
/// let error = stream.read(&mut [0; 10]).await.unwrap_err();
/// assert!(matches!(tls_error(&error), Some(Error::CutEarly { .. })));
/// # Ok(())
/// # }
/// ```
#[must_use]
pub fn tls_error(error: &io::Error) -> Option<&Error> {
    error.get_ref()?.downcast_ref()
}
