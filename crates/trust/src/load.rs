//! Certificates and private keys from files and bytes, in PEM (RFC 7468) or DER.
//!
//! Every error names the file, what is in it, and what was expected.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use rustls_pki_types::PrivateKeyDer;
use rustls_pki_types::pem::{self, PemObject as _, SectionKind};
use zeroize::Zeroizing;

use crate::Certificate;

/// A file longer than this is not read. The largest bundles of roots have half a megabyte.
const LONGEST: u64 = 16 << 20;

/// The certificates in the file `path`, each in DER: all that a PEM file holds in their order, or one in DER.
///
/// For a chain the peer's own certificate comes first, as it is sent (RFC 5246 section 7.4.2).
///
/// ```
/// use premaster_trust::load;
///
/// let directory = tempfile::tempdir()?;
/// let path = directory.path().join("request.pem");
/// std::fs::write(&path, "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n")?;
/// let error = load::certificates(&path).unwrap_err().to_string();
/// assert!(error.ends_with("request.pem holds a CERTIFICATE REQUEST, expected a CERTIFICATE"), "{error}");
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors
///
/// [`LoadError`] if the file cannot be read or holds no certificate, or one that is damaged.
pub fn certificates(path: impl AsRef<Path>) -> Result<Vec<Vec<u8>>, LoadError> {
    let path = path.as_ref();
    certificates_from(&path.display().to_string(), &read(path)?)
}

/// The certificates in bytes that were read from `name`: like [`certificates`].
///
/// # Errors
///
/// As [`certificates`].
pub fn certificates_from(name: &str, bytes: &[u8]) -> Result<Vec<Vec<u8>>, LoadError> {
    const EXPECTED: &str = "a CERTIFICATE";
    let certificates = match Form::of(name, bytes, EXPECTED)? {
        Form::Der => vec![bytes.to_vec()],
        Form::Pem => {
            let mut certificates = Vec::new();
            for section in sections(name, bytes) {
                let (kind, der) = section?;
                if kind == SectionKind::Certificate {
                    certificates.push(der.to_vec());
                }
            }
            certificates
        }
    };
    if certificates.is_empty() {
        return Err(unexpected(name, bytes, EXPECTED));
    }
    for (number, der) in (1..).zip(&certificates) {
        if Certificate::parse(der).is_none() {
            let reason = "it is not X.509 in DER".into();
            return Err(LoadError::BadCertificate {
                name: name.into(),
                number,
                reason,
            });
        }
    }
    Ok(certificates)
}

/// The private key in the file `path`: PKCS #8, PKCS #1 or SEC 1, in PEM or DER, wiped when dropped.
///
/// A file may hold certificates beside the key.
///
/// # Errors
///
/// [`LoadError`] if the file cannot be read, or holds no private key, more than one, or an encrypted one.
pub fn private_key(path: impl AsRef<Path>) -> Result<Zeroizing<PrivateKeyDer<'static>>, LoadError> {
    let path = path.as_ref();
    private_key_from(&path.display().to_string(), &read(path)?)
}

/// The private key in bytes that were read from `name`: like [`private_key`].
///
/// # Errors
///
/// As [`private_key`].
pub fn private_key_from(
    name: &str,
    bytes: &[u8],
) -> Result<Zeroizing<PrivateKeyDer<'static>>, LoadError> {
    const EXPECTED: &str = "a PRIVATE KEY, RSA PRIVATE KEY or EC PRIVATE KEY";
    if let Form::Der = Form::of(name, bytes, EXPECTED)? {
        return match PrivateKeyDer::try_from(bytes) {
            // A certificate begins like a key; ask first.
            Ok(key) if Certificate::parse(bytes).is_none() => Ok(Zeroizing::new(key.clone_key())),
            _ => Err(unexpected(name, bytes, EXPECTED)),
        };
    }
    if bytes
        .windows(PROC_TYPE.len())
        .any(|window| window == PROC_TYPE)
    {
        return Err(LoadError::Encrypted { name: name.into() });
    }
    let mut keys = Vec::new();
    for section in sections(name, bytes) {
        let (kind, der) = section?;
        keys.extend(PrivateKeyDer::from_pem(kind, der.to_vec()).map(Zeroizing::new));
    }
    let key = keys.pop();
    match key {
        Some(key) if keys.is_empty() => Ok(key),
        Some(_) => Err(LoadError::SeveralKeys {
            name: name.into(),
            keys: keys.len() + 1,
        }),
        None if labels(bytes).any(|label| label == "ENCRYPTED PRIVATE KEY") => {
            Err(LoadError::Encrypted { name: name.into() })
        }
        None => Err(unexpected(name, bytes, EXPECTED)),
    }
}

/// Why certificates or a key could not be loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The file cannot be read.
    #[error("cannot read {name}: {source}")]
    Unreadable {
        /// The file.
        name: String,
        /// What the system said.
        source: io::Error,
    },
    /// The file is too long to be what was expected.
    #[error("{name} has more than 16 MiB, too much for certificates or keys: name another file")]
    TooLong {
        /// The file.
        name: String,
    },
    /// Something else is in it.
    #[error("{name} holds {found}, expected {expected}")]
    Unexpected {
        /// The file.
        name: String,
        /// What is in it.
        found: String,
        /// What was expected.
        expected: &'static str,
    },
    /// The PEM text is damaged.
    #[error(
        "the PEM text in {name} is damaged ({reason}): copy it again, from BEGIN line to END line"
    )]
    BadPem {
        /// The file.
        name: String,
        /// What does not fit.
        reason: String,
    },
    /// A certificate is damaged.
    #[error("certificate {number} in {name} is damaged ({reason}): copy or issue it again")]
    BadCertificate {
        /// The file.
        name: String,
        /// Its place in the file, from 1.
        number: usize,
        /// What does not fit.
        reason: String,
    },
    /// The private key is encrypted.
    #[error(
        "{name} holds an encrypted private key, expected one without a passphrase: \
         decrypt it with `openssl pkey -in {name} -out FILE`"
    )]
    Encrypted {
        /// The file.
        name: String,
    },
    /// There is more than one private key.
    #[error(
        "{name} holds {keys} private keys, expected one: keep the one that belongs to the certificate"
    )]
    SeveralKeys {
        /// The file.
        name: String,
        /// How many there are.
        keys: usize,
    },
    /// The system has no roots, or none that can be read.
    #[error(
        "found no roots of this system ({reason}): install its package of CA certificates, or name a file"
    )]
    NoSystemRoots {
        /// What went wrong.
        reason: String,
    },
}

enum Form {
    Pem,
    Der,
}

impl Form {
    fn of(name: &str, bytes: &[u8], expected: &'static str) -> Result<Self, LoadError> {
        if labels(bytes).next().is_some() {
            return Ok(Self::Pem);
        }
        // Both certificates and keys are SEQUENCEs.
        if bytes.first() == Some(&crate::der::SEQUENCE) {
            return Ok(Self::Der);
        }
        Err(unexpected(name, bytes, expected))
    }
}

/// What stands in a PEM key that is encrypted in the old way (RFC 1421 section 4.6.1.1).
const PROC_TYPE: &[u8] = b"Proc-Type: 4,ENCRYPTED";

/// The sections of a PEM text; each buffer is wiped.
fn sections<'a>(
    name: &'a str,
    bytes: &'a [u8],
) -> impl Iterator<Item = Result<(SectionKind, Zeroizing<Vec<u8>>), LoadError>> + 'a {
    <(SectionKind, Vec<u8>)>::pem_slice_iter(bytes).map(move |section| {
        let (kind, der) = section.map_err(|fault| LoadError::BadPem {
            name: name.into(),
            reason: pem_reason(&fault),
        })?;
        Ok((kind, Zeroizing::new(der)))
    })
}

/// The decoder's own words print bytes as numbers.
fn pem_reason(fault: &pem::Error) -> String {
    match fault {
        pem::Error::MissingSectionEnd { end_marker } => {
            format!("`-----END {}-----` is missing", end_marker.escape_ascii())
        }
        pem::Error::IllegalSectionStart { .. } => {
            "a BEGIN line does not end with five dashes".into()
        }
        pem::Error::Base64Decode(_) => "what is between the lines is not Base64".into(),
        other => other.to_string(),
    }
}

/// The labels of the BEGIN lines, known ones or not (RFC 7468 section 3).
fn labels(bytes: &[u8]) -> impl Iterator<Item = &str> {
    bytes
        .split(|byte| matches!(byte, b'\n' | b'\r'))
        .filter_map(|line| {
            let label = line.trim_ascii().strip_prefix(b"-----BEGIN ")?;
            core::str::from_utf8(label).ok()?.strip_suffix("-----")
        })
}

fn unexpected(name: &str, bytes: &[u8], expected: &'static str) -> LoadError {
    LoadError::Unexpected {
        name: name.into(),
        found: found(bytes),
        expected,
    }
}

/// What is in there, for people.
fn found(bytes: &[u8]) -> String {
    if bytes.is_empty() {
        return "nothing".into();
    }
    let mut found: Vec<String> = labels(bytes)
        .take(3)
        .map(|label| label.escape_debug().to_string())
        .collect();
    found.dedup();
    if let Some(first) = found.first() {
        let article = if first.starts_with(['A', 'E', 'I', 'O', 'X']) {
            "an"
        } else {
            "a"
        };
        return format!("{article} {}", found.join(" and "));
    }
    if Certificate::parse(bytes).is_some() {
        return "a CERTIFICATE in DER".into();
    }
    if bytes.first() == Some(&crate::der::SEQUENCE) {
        return "DER of another kind".into();
    }
    "neither PEM nor DER".into()
}

fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, LoadError> {
    let name = || path.display().to_string();
    let unreadable = |source| LoadError::Unreadable {
        name: name(),
        source,
    };
    let file = File::open(path).map_err(unreadable)?;
    let length = file.metadata().map_err(unreadable)?.len();
    if length > LONGEST {
        return Err(LoadError::TooLong { name: name() });
    }
    // Room for all of it at once, so that no part of a key stays behind in a smaller buffer.
    let room = usize::try_from(length)
        .unwrap_or_default()
        .saturating_add(1);
    let mut bytes = Zeroizing::new(Vec::with_capacity(room));
    file.take(LONGEST)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    Ok(bytes)
}
