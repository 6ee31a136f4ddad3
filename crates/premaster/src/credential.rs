//! Certificates with their keys, from files.

use std::path::Path;

use crate::connection::{ConfigError, Credential, credential, decrypting_credential};
use crate::crypto::Provider;
use crate::trust::load;
use crate::{Error, provider};

/// The certificate chain in one file and its private key in another, which may be the same; PEM or DER.
///
/// The certificate that the key belongs to comes first, then its intermediates in order.
///
/// ```no_run
/// let credential = premaster::credential_from_files("cert.pem", "key.pem")?;
/// let server = premaster::Server::builder().credential(credential).build()?;
/// # Ok::<(), premaster::Error>(())
/// ```
///
/// # Errors
///
/// [`Error::Load`], [`Error::UnusableKey`] or [`Error::Credential`]: all name the file.
pub fn credential_from_files(
    certificate: impl AsRef<Path>,
    key: impl AsRef<Path>,
) -> Result<Credential, Error> {
    of_files(&provider(), certificate.as_ref(), key.as_ref())
}

/// The same for a key that decrypts premaster secrets and signs nothing: for a server of the suites of RSA key
/// transport. The provider has to know them: see `premaster-crypto-rsa-transport`.
///
/// # Errors
///
/// As [`credential_from_files`]; [`Error::NoKeyTransport`] if the provider does not know key transport.
pub fn decrypting_credential_from_files(
    provider: &Provider,
    certificate: impl AsRef<Path>,
    key: impl AsRef<Path>,
) -> Result<Credential, Error> {
    let transport = provider.key_transport.ok_or(Error::NoKeyTransport {
        provider: provider.name,
    })?;
    let (certificate, key) = (certificate.as_ref(), key.as_ref());
    let chain = load::certificates(certificate)?;
    let loaded = load::private_key(key)?;
    let decrypts = transport.load_key(&loaded).map_err(|_| unusable(key))?;
    decrypting_credential(chain, decrypts).map_err(|source| of_both(certificate, key, source))
}

fn of_files(provider: &Provider, certificate: &Path, key: &Path) -> Result<Credential, Error> {
    let chain = load::certificates(certificate)?;
    let loaded = load::private_key(key)?;
    let signer = (provider.load_key)(&loaded).map_err(|_| unusable(key))?;
    credential(chain, signer).map_err(|source| of_both(certificate, key, source))
}

fn unusable(key: &Path) -> Error {
    Error::UnusableKey {
        path: key.to_owned(),
    }
}

fn of_both(certificate: &Path, key: &Path, source: ConfigError) -> Error {
    Error::Credential {
        certificate: certificate.to_owned(),
        key: key.to_owned(),
        source,
    }
}
