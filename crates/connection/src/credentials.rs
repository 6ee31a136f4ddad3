//! A server's certificates, and which of them a client gets.

use std::sync::Arc;

use premaster_crypto::{Authentication, DecryptionKey, SigningKey, Suite};
use premaster_handshake::{ChooseCredential, Credential, Fault, Refusal};
use premaster_trust::{Certificate, KeyUse};
use rustls_pki_types::ServerName;

use crate::ConfigError;

/// Certificates in order of preference.
#[derive(Clone, Debug, Default)]
pub(crate) struct Credentials {
    pub(crate) list: Vec<Arc<Credential>>,
    pub(crate) unknown_name: UnknownName,
}

/// What a server does when a client asks for a name that none of its certificates covers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnknownName {
    /// Refuse, with the alert unrecognized_name: the client would not accept another name anyway.
    #[default]
    Refuse,
    /// Go on with the certificates in their order, as if no name had been sent.
    ServeAnyway,
}

impl Credentials {
    /// The certificates themselves, without those that lead to a root.
    pub(crate) fn leaves(&self) -> impl Iterator<Item = &[u8]> {
        self.list
            .iter()
            .filter_map(|one| one.chain().first().map(Vec::as_slice))
    }

    /// Refuses a key that signs in one credential and decrypts in another, and one that does what its certificate
    /// does not allow (property 12). What stands here was made in many ways, so all of it is looked at once more.
    pub(crate) fn check_uses(&self) -> Result<(), ConfigError> {
        self.list.iter().try_for_each(|one| check_use(one))?;
        let signing = |one: &&Arc<Credential>| one.signs() && !one.decrypts();
        let decrypting = |one: &&Arc<Credential>| one.decrypts() && !one.signs();
        let mut signing = self.list.iter().filter(signing);
        let twice = signing.any(|signs| {
            let mut others = self.list.iter().filter(decrypting);
            others.any(|other| other.spki() == signs.spki())
        });
        match twice {
            true => Err(ConfigError::KeyWithTwoUses),
            false => Ok(()),
        }
    }

    /// Refuses suites that no client could ever get: any of those that were `named`, or all that are on by default.
    pub(crate) fn check_suites(
        &self,
        suites: &[&'static Suite],
        named: bool,
    ) -> Result<(), ConfigError> {
        let served = |suite: &&'static Suite| {
            let mut list = self.list.iter();
            list.any(|one| one.authenticates(suite.authentication))
        };
        if !suites.iter().any(served) && !named {
            let names: Vec<_> = suites.iter().map(|suite| suite.name).collect();
            let suites = names.join(", ");
            return Err(ConfigError::NoSuiteWithCertificate { suites });
        }
        match suites.iter().find(|suite| !served(suite)) {
            Some(suite) if named => Err(ConfigError::SuiteWithoutCertificate {
                suite: suite.name,
                needs: match suite.authentication {
                    Authentication::Rsa => "an RSA key that signs",
                    Authentication::RsaDecryption => "an RSA key that decrypts",
                    _ => "an ECDSA or Ed25519 key",
                },
            }),
            _ => Ok(()),
        }
    }

    /// The certificate for this client: it covers the name, and its key can do what the common
    /// suites and the client's schemes ask for.
    pub(crate) fn choose(
        &self,
        question: &ChooseCredential,
    ) -> Result<Option<Arc<Credential>>, Refusal> {
        let name = question.server_name.as_deref();
        let covering: Vec<_> = self.list.iter().filter(|one| covers(one, name)).collect();
        let candidates = match (covering.is_empty(), self.unknown_name) {
            (false, _) => covering,
            (true, UnknownName::ServeAnyway) => self.list.iter().collect(),
            (true, UnknownName::Refuse) => {
                let name = name.unwrap_or_default();
                return Err(
                    Refusal::new(format!("no certificate covers {name}")).fault(Fault::UnknownName)
                );
            }
        };
        let usable = |wanted: Authentication| {
            let fits = |one: &&&Arc<Credential>| {
                one.authenticates(wanted)
                    && (wanted == Authentication::RsaDecryption
                        || question.takes_signatures_of(one))
            };
            candidates.iter().find(fits)
        };
        Ok(question
            .authentications
            .iter()
            .copied()
            .find_map(usable)
            .map(|one| Arc::clone(one)))
    }
}

/// A client that names nothing may get any certificate.
fn covers(credential: &Credential, name: Option<&str>) -> bool {
    let Some(name) = name else { return true };
    let (Some(leaf), Ok(name)) = (credential.chain().first(), ServerName::try_from(name)) else {
        return false;
    };
    Certificate::parse(leaf).is_some_and(|leaf| leaf.fits(&name))
}

/// A certificate chain (DER, own certificate first) with the key it belongs to.
///
/// # Errors
///
/// [`ConfigError::Credential`] if the chain is empty, its first certificate cannot be read, or the
/// key is of another certificate.
pub fn credential(
    chain: Vec<Vec<u8>>,
    key: Arc<dyn SigningKey>,
) -> Result<Credential, ConfigError> {
    check_leaf(&chain, &key.spki(), KeyUse::Sign)?;
    Credential::new(chain, key).map_err(|error| wrong(&error.to_string()))
}

/// A certificate chain (DER, own certificate first) with the key that decrypts premaster secrets for it, and does
/// nothing else: for the suites of RSA key transport (RFC 5246 section 7.4.7.1).
///
/// # Errors
///
/// [`ConfigError::Credential`] as for [`credential`], and if the certificate's KeyUsage does not allow
/// keyEncipherment (RFC 5246 section 7.4.2).
pub fn decrypting_credential(
    chain: Vec<Vec<u8>>,
    key: Arc<dyn DecryptionKey>,
) -> Result<Credential, ConfigError> {
    check_leaf(&chain, &key.spki(), KeyUse::Encipher)?;
    Credential::decrypting(chain, key).map_err(|error| wrong(&error.to_string()))
}

/// The certificate belongs to the key and allows what it is for.
fn check_leaf(chain: &[Vec<u8>], spki: &[u8], key_use: KeyUse) -> Result<(), ConfigError> {
    let leaf = chain
        .first()
        .ok_or_else(|| wrong("there is no certificate"))?;
    let leaf = Certificate::parse(leaf).ok_or_else(|| wrong("the certificate cannot be read"))?;
    if leaf.spki() != spki {
        return Err(wrong(
            "the private key does not belong to the certificate: \
             give the certificate that was issued for this key first",
        ));
    }
    match (leaf.allows(key_use), key_use) {
        (true, _) => Ok(()),
        (false, KeyUse::Sign) => Err(wrong(
            "the certificate's key usage does not allow signatures: have it issued with digitalSignature",
        )),
        (false, KeyUse::Encipher) => Err(wrong(
            "the certificate's key usage does not allow key transport: have it issued with keyEncipherment",
        )),
    }
}

/// The certificate allows what the key is configured for. One that cannot be read says nothing.
fn check_use(credential: &Credential) -> Result<(), ConfigError> {
    let leaf = credential.chain().first();
    let Some(leaf) = leaf.and_then(|leaf| Certificate::parse(leaf)) else {
        return Ok(());
    };
    let uses = [
        (credential.signs(), KeyUse::Sign),
        (credential.decrypts(), KeyUse::Encipher),
    ];
    match uses
        .iter()
        .find(|(used, key_use)| *used && !leaf.allows(*key_use))
    {
        None => Ok(()),
        Some((_, key_use)) => Err(ConfigError::UseNotAllowed {
            subject: leaf.subject(),
            missing: key_use.name(),
        }),
    }
}

fn wrong(reason: &str) -> ConfigError {
    ConfigError::Credential(reason.to_owned())
}
