//! Certificates with their keys, from files.

use std::path::Path;

use crate::connection::{Credential, credential};
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

fn of_files(provider: &Provider, certificate: &Path, key: &Path) -> Result<Credential, Error> {
    let chain = load::certificates(certificate)?;
    let loaded = load::private_key(key)?;
    let signer = (provider.load_key)(&loaded).map_err(|_| Error::UnusableKey {
        path: key.to_owned(),
    })?;
    credential(chain, signer).map_err(|source| Error::Credential {
        certificate: certificate.to_owned(),
        key: key.to_owned(),
        source,
    })
}
