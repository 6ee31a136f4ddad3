//! With which certificates a server authenticates, and what their keys do.

use std::path::{Path, PathBuf};

use clap::Args;
use premaster::crypto::{Authentication, Suite};
use premaster::{Credential, decrypting_credential_from_files, trust};

use crate::Failure;
use crate::cryptography::provider;
use crate::options::credential;

/// With what to authenticate.
#[derive(Args, Clone, Debug)]
pub(super) struct Certificates {
    /// Authenticate with this certificate chain (PEM or DER, own certificate first); said again,
    /// with the one that covers the name the client asks for
    #[arg(long, value_name = "FILE", required = true)]
    cert: Vec<PathBuf>,

    /// The private key of each --cert, in the same order (PEM or DER)
    #[arg(long, value_name = "FILE", required = true)]
    key: Vec<PathBuf>,

    /// For the suites of RSA key transport: a certificate whose key decrypts premaster secrets and signs nothing.
    /// Where only such suites are named, --cert and --key do
    #[arg(long, value_name = "FILE", requires = "transport_key")]
    transport_cert: Option<PathBuf>,

    /// The private key of --transport-cert (PEM or DER)
    #[arg(long, value_name = "FILE", requires = "transport_cert")]
    transport_key: Option<PathBuf>,

    /// Let the RSA keys of --cert decrypt premaster secrets too. A flaw in how they decrypt is then one of
    /// all their signatures as well
    #[arg(long, conflicts_with = "transport_cert")]
    dangerous_one_key_for_both: bool,
}

impl Certificates {
    /// Loads them all. The suites that are named say what a key is for: one that decrypts does not sign.
    pub(super) fn load(&self, suites: &[&'static Suite]) -> Result<Vec<Credential>, Failure> {
        if self.cert.len() != self.key.len() {
            return Err(Failure::usage(format!(
                "--cert was given {} times and --key {} times: give each certificate its key",
                self.cert.len(),
                self.key.len()
            )));
        }
        let mut credentials: Vec<Credential> = Vec::new();
        for (path, key) in self.cert.iter().zip(&self.key) {
            let credential = self.credential(path, key, suites)?;
            let own = credential.chain().first();
            let mut before = credentials.iter().zip(&self.cert);
            if let Some((_, first)) = before.find(|(known, _)| known.chain().first() == own) {
                let (path, first) = (path.display(), first.display());
                return Err(Failure::usage(format!(
                    "--cert {path}: the certificate in it was given already, by --cert {first}: give each once"
                )));
            }
            credentials.push(credential);
        }
        if let (Some(path), Some(key)) = (&self.transport_cert, &self.transport_key) {
            let loaded = decrypting(path, key);
            credentials.push(loaded.map_err(|error| {
                Failure::usage(format!("--transport-cert, --transport-key: {error}"))
            })?);
        }
        let needs_transport = suites.iter().any(transport);
        if needs_transport && !credentials.iter().any(Credential::decrypts) {
            return Err(Failure::usage(
                "--suite: both suites of key transport and others are named, and a key does one of the two: \
                 give the former a certificate of their own with --transport-cert and --transport-key",
            ));
        }
        Ok(credentials)
    }

    fn credential(
        &self,
        path: &Path,
        key: &Path,
        suites: &[&'static Suite],
    ) -> Result<Credential, Failure> {
        let wrong =
            |error: &dyn core::fmt::Display| Failure::usage(format!("--cert, --key: {error}"));
        if !suites.is_empty() && suites.iter().all(transport) && self.transport_cert.is_none() {
            return decrypting(path, key).map_err(|error| wrong(&error));
        }
        let signs = credential(path, key)?;
        if !self.dangerous_one_key_for_both || !signs.authenticates(Authentication::Rsa) {
            return Ok(signs);
        }
        let loaded = trust::load::private_key(key).map_err(|error| wrong(&error))?;
        let transport = provider().key_transport;
        let Some(transport) = transport else {
            return Err(wrong(&"this build knows no key transport"));
        };
        let decrypts = transport
            .load_key(&loaded)
            .map_err(|_| wrong(&format!("the key in {} cannot decrypt", key.display())))?;
        let both = signs.dangerous_also_decrypting(Some(decrypts));
        both.map_err(|error| wrong(&error))
    }
}

fn decrypting(path: &Path, key: &Path) -> Result<Credential, premaster::Error> {
    decrypting_credential_from_files(&provider(), path, key)
}

fn transport(suite: &&'static Suite) -> bool {
    suite.authentication == Authentication::RsaDecryption
}
