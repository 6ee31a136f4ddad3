//! Whom one trusts: root certificates, from values, files or the system.

use std::path::Path;

use rustls_pki_types::{CertificateDer, TrustAnchor};

use crate::der::sequence;
use crate::{LoadError, load};

/// The certificate authorities whose word counts.
///
/// ```
/// use premaster_trust::Roots;
///
/// let made = rcgen::generate_simple_self_signed(["a root".to_string()])?;
/// let mut roots = Roots::from_bytes("roots.pem", made.cert.pem().as_bytes())?;
/// roots.add(made.cert.der())?;
/// assert_eq!(roots.len(), 1, "the same root counts once");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Roots(Vec<TrustAnchor<'static>>);

impl Roots {
    /// No roots yet.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds a root certificate in DER. It counts because it is given here: it is not verified.
    ///
    /// # Errors
    ///
    /// [`LoadError::BadCertificate`] if it is none.
    pub fn add(&mut self, der: &[u8]) -> Result<(), LoadError> {
        self.add_from("the given root", 1, der)
    }

    /// The roots in a file: certificates in PEM, or one in DER.
    ///
    /// # Errors
    ///
    /// [`LoadError`] names the file, what is in it and what was expected.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, LoadError> {
        let path = path.as_ref();
        Self::of(&path.display().to_string(), &load::certificates(path)?)
    }

    /// The roots in bytes that were read from `name`: certificates in PEM, or one in DER.
    ///
    /// # Errors
    ///
    /// As [`from_file`](Self::from_file).
    pub fn from_bytes(name: &str, bytes: &[u8]) -> Result<Self, LoadError> {
        Self::of(name, &load::certificates_from(name, bytes)?)
    }

    /// The roots that the operating system trusts; feature `system-roots`.
    ///
    /// Those that webpki cannot read are left out, as no chain could lead to them.
    ///
    /// # Errors
    ///
    /// [`LoadError::NoSystemRoots`] if not one is found.
    #[cfg(feature = "system-roots")]
    pub fn system() -> Result<Self, LoadError> {
        let found = rustls_native_certs::load_native_certs();
        let mut roots = Self::new();
        for der in &found.certs {
            let _ = roots.add(der);
        }
        if roots.is_empty() {
            let reason = found
                .errors
                .first()
                .map_or("it has none".into(), ToString::to_string);
            return Err(LoadError::NoSystemRoots { reason });
        }
        Ok(roots)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Their subjects, each a Name in DER, as a CertificateRequest lists them (RFC 5246 section 7.4.4).
    pub fn subjects(&self) -> Vec<Vec<u8>> {
        self.0
            .iter()
            .map(|anchor| sequence(&anchor.subject))
            .collect()
    }

    pub(crate) fn anchors(&self) -> &[TrustAnchor<'static>] {
        &self.0
    }

    fn of(name: &str, certificates: &[Vec<u8>]) -> Result<Self, LoadError> {
        let mut roots = Self::new();
        for (number, der) in (1..).zip(certificates) {
            roots.add_from(name, number, der)?;
        }
        Ok(roots)
    }

    fn add_from(&mut self, name: &str, number: usize, der: &[u8]) -> Result<(), LoadError> {
        let der = CertificateDer::from(der);
        let anchor =
            webpki::anchor_from_trusted_cert(&der).map_err(|fault| LoadError::BadCertificate {
                name: name.into(),
                number,
                reason: fault.to_string(),
            })?;
        if !self.0.contains(&anchor) {
            self.0.push(anchor.to_owned());
        }
        Ok(())
    }
}
