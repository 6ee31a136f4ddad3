//! What can go wrong before there is a connection.

use std::io;
use std::path::PathBuf;

use crate::connection::ConfigError;
use crate::session::FileFault;
use crate::trust::LoadError;

/// Why a client or a server could not be made. Each says which file or value it is about, and what would do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Certificates, a key or roots could not be loaded.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The private key is of no use.
    #[error(
        "the key in {path} cannot be used: expected ECDSA P-256 or P-384, Ed25519, or RSA with 2048 to 8192 bits",
        path = path.display()
    )]
    UnusableKey {
        /// The file.
        path: PathBuf,
    },
    /// Certificate and key do not go together.
    #[error("{certificate} and {key}: {source}", certificate = certificate.display(), key = key.display())]
    Credential {
        /// The certificate's file.
        certificate: PathBuf,
        /// The key's file.
        key: PathBuf,
        /// What does not fit.
        source: ConfigError,
    },
    /// A key shall decrypt, and the provider cannot.
    #[error(
        "the provider {provider} knows no RSA key transport: extend it with premaster-crypto-rsa-transport"
    )]
    NoKeyTransport {
        /// Who should have done it.
        provider: &'static str,
    },
    /// The settings do not go together.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The session file cannot be used.
    #[error(transparent)]
    Sessions(#[from] FileFault),
    /// A server has to authenticate.
    #[error("a server needs a certificate and its private key")]
    NoCredential,
}

/// So that a program may use `std::io::Result` throughout. The kind is `InvalidInput`.
impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        Self::new(io::ErrorKind::InvalidInput, error)
    }
}
