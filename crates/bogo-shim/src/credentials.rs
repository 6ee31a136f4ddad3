//! The certificates and keys that the runner gives us, and which of them a peer gets.

use std::sync::Arc;

use premaster::connection::{credential, decrypting_credential};
use premaster::crypto::{
    Authentication, CryptoError, HashAlgorithm, KeyTransport, Provider, SigningKey,
};
use premaster::handshake::{ChooseCredential, ExternalPsk};
use premaster::trust::{Certificate, KeyUse, load};
use premaster::{Credential, handshake::UnusableCredential};

use crate::Stop;
use crate::flags::{Flags, Set};
use crate::provider;

/// All that we can show.
#[derive(Debug, Default)]
pub(crate) struct Credentials {
    certificates: Vec<Shown>,
    psks: Vec<(i64, ExternalPsk)>,
}

/// A certificate with its number.
#[derive(Debug)]
struct Shown {
    /// -1 is the one without a number.
    number: i64,
    credential: Arc<Credential>,
    /// The same without a stapled response.
    unstapled: Arc<Credential>,
    /// The issuers of its chain as DER names, if one of them has to be among those that the peer names.
    issuers: Option<Vec<Vec<u8>>>,
}

impl Credentials {
    pub(crate) fn load(flags: &Flags, provider: &Provider) -> Result<Self, Stop> {
        let mut all = Self::default();
        for (number, one) in (0..).zip(&flags.credentials) {
            if one.is_psk {
                let imported = imported(&one.flags)?;
                all.psks.extend(imported.map(|psk| (number, psk)));
            } else {
                all.certificates
                    .extend(shown(number, &one.flags, provider)?);
            }
        }
        all.certificates
            .extend(shown(-1, &flags.credential, provider)?);
        Ok(all)
    }

    pub(crate) fn psks(&self) -> impl Iterator<Item = &ExternalPsk> {
        self.psks.iter().map(|(_, psk)| psk)
    }

    /// The pre-shared key of this identity, with its number.
    pub(crate) fn psk(&self, identity: &[u8]) -> Option<(i64, ExternalPsk)> {
        let found = self.psks.iter().find(|(_, psk)| psk.identity() == identity);
        found.cloned()
    }

    /// The number of the first certificate whose key makes one of these signatures.
    pub(crate) fn first_that_signs(&self, schemes: &[u16]) -> Option<usize> {
        let makes = |shown: &&Shown| {
            let own = shown.credential.schemes();
            own.iter().any(|scheme| schemes.contains(&scheme.0))
        };
        let found = self.certificates.iter().find(makes)?;
        usize::try_from(found.number).ok()
    }

    pub(crate) fn has_certificates(&self) -> bool {
        !self.certificates.is_empty()
    }

    /// The first certificate that the peer can make use of, with its number.
    pub(crate) fn choose(
        &self,
        question: &ChooseCredential,
        authorities: &[Vec<u8>],
        staples: bool,
    ) -> Option<(i64, Arc<Credential>)> {
        let suits = |one: &&Shown| one.suits(question, authorities);
        let chosen = self.certificates.iter().find(suits)?;
        let credential = match staples {
            true => &chosen.credential,
            false => &chosen.unstapled,
        };
        Some((chosen.number, Arc::clone(credential)))
    }
}

impl Shown {
    fn suits(&self, question: &ChooseCredential, authorities: &[Vec<u8>]) -> bool {
        if let Some(issuers) = &self.issuers
            && !issuers.iter().any(|issuer| authorities.contains(issuer))
        {
            return false;
        }
        let credential = &self.credential;
        let signs = question.takes_signatures_of(credential);
        let wanted = &question.authentications;
        match wanted.is_empty() {
            // A client is not told for which suite.
            true => signs,
            false => wanted.iter().any(|wanted| {
                credential.authenticates(*wanted)
                    && (signs || *wanted == Authentication::RsaDecryption)
            }),
        }
    }
}

fn imported(flags: &Set) -> Result<[ExternalPsk; 2], Stop> {
    let part = |name| Ok::<_, Stop>(flags.bytes(name)?.unwrap_or_default());
    let identity = part("psk-importer-identity")?;
    let (key, context) = (part("psk-importer-key")?, part("psk-importer-context")?);
    let hash = match (
        flags.has("psk-importer-sha256"),
        flags.has("psk-importer-sha384"),
    ) {
        (_, true) => HashAlgorithm::Sha384,
        _ => HashAlgorithm::Sha256,
    };
    ExternalPsk::imported(&identity, &key, &context, hash)
        .map_err(|error| Stop::unimplemented(error.to_string()))
}

fn shown(number: i64, flags: &Set, provider: &Provider) -> Result<Option<Shown>, Stop> {
    let (Some(chain), Some(key)) = (flags.text("cert-file"), flags.text("key-file")) else {
        return Ok(None);
    };
    let chain = load::certificates(chain).map_err(|error| Stop::wrong(error.to_string()))?;
    let key = load::private_key(key).map_err(|error| Stop::unimplemented(error.to_string()))?;
    let unsupported = |_| Stop::unimplemented("a key of this kind");
    let signing = (provider.load_key)(&key).map_err(unsupported)?;
    let preferences = flags.numbers("signing-prefs")?;
    let schemes = provider::signed(&preferences, signing.as_ref())?;
    let issuers = flags.has("must-match-issuer").then(|| issuers(&chain));
    let transport = provider.key_transport.map(|it| it as &dyn KeyTransport);
    let decrypting = transport.and_then(|transport| transport.load_key(&key).ok());
    let leaf = chain.first().and_then(|leaf| Certificate::parse(leaf));
    let allows = |key_use| leaf.as_ref().is_none_or(|leaf| leaf.allows(key_use));
    let (may_sign, may_decrypt) = (allows(KeyUse::Sign), allows(KeyUse::Encipher));
    let made = match (may_sign, decrypting) {
        (true, decrypting) => {
            let key = Arc::new(Preferring {
                key: signing,
                schemes,
            });
            // With what the runner prefers, whatever that is.
            let made = credential(chain, key).map_err(|error| refused(&error))?;
            let made = made.dangerous_also_signing_with_sha1();
            match decrypting.filter(|_| may_decrypt) {
                Some(key) => made
                    .dangerous_also_decrypting(Some(key))
                    .map_err(|error: UnusableCredential| refused(&error))?,
                None => made,
            }
        }
        (false, Some(key)) => decrypting_credential(chain, key).map_err(|error| refused(&error))?,
        (false, None) => return Err(Stop::wrong("the key may not be used for anything")),
    };
    let made = match flags.bytes("signed-cert-timestamps")? {
        Some(list) => made.with_certificate_timestamps(timestamps(&list)?),
        None => made,
    };
    let unstapled = Arc::new(made.clone());
    let made = match flags.bytes("ocsp-response")? {
        Some(response) => made.with_ocsp_response(response),
        None => made,
    };
    Ok(Some(Shown {
        number,
        credential: Arc::new(made),
        unstapled,
        issuers,
    }))
}

fn refused(error: &dyn std::fmt::Display) -> Stop {
    Stop::unimplemented(format!("this credential: {error}"))
}

/// A SignedCertificateTimestampList (RFC 6962 section 3.3), taken apart.
fn timestamps(list: &[u8]) -> Result<Vec<Vec<u8>>, Stop> {
    let refused = || Stop::wrong("a list of timestamps that is none");
    let mut rest = list
        .get(2..)
        .filter(|rest| !rest.is_empty())
        .ok_or_else(refused)?;
    let mut timestamps = Vec::new();
    while let Some((length, behind)) = rest.split_first_chunk() {
        let length = usize::from(u16::from_be_bytes(*length));
        let (one, behind) = behind.split_at_checked(length).ok_or_else(refused)?;
        timestamps.push(one.to_vec());
        rest = behind;
    }
    Ok(timestamps)
}

/// A key with an order of preference of its own.
#[derive(Debug)]
struct Preferring {
    key: Arc<dyn SigningKey>,
    schemes: Vec<u16>,
}

impl SigningKey for Preferring {
    fn schemes(&self) -> &[u16] {
        &self.schemes
    }

    fn sign(&self, scheme: u16, message: &[u8]) -> Result<Vec<u8>, CryptoError> {
        self.key.sign(scheme, message)
    }

    fn spki(&self) -> Vec<u8> {
        self.key.spki()
    }
}

/// The issuers of all certificates, as DER names.
fn issuers(chain: &[Vec<u8>]) -> Vec<Vec<u8>> {
    chain
        .iter()
        .filter_map(|der| issuer(der))
        .map(<[u8]>::to_vec)
        .collect()
}

/// RFC 5280 section 4.1: Certificate, tbsCertificate, version, serialNumber, signature, issuer.
fn issuer(der: &[u8]) -> Option<&[u8]> {
    let (_, certificate, _) = element(der)?;
    let (_, mut body, _) = element(certificate)?;
    for _ in 0..3 {
        (_, _, body) = element(body)?;
    }
    let (whole, _, _) = element(body)?;
    Some(whole)
}

/// The first element whole, its content, and what is behind it.
pub(crate) fn element(der: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let (first, long) = (usize::from(*der.get(1)?), der.get(2..)?);
    let (header, length) = match first {
        0..0x80 => (2, first),
        _ => {
            let bytes = long.get(..first & 0x7f)?;
            let length = bytes
                .iter()
                .fold(0, |sum, byte| sum << 8 | usize::from(*byte));
            (2 + bytes.len(), length)
        }
    };
    let (whole, behind) = der.split_at_checked(header + length)?;
    Some((whole, whole.get(header..)?, behind))
}
