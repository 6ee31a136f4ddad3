//! The cipher suites: what each consists of.

use crate::tls12::KeyBlockShape;
use crate::{AeadAlgorithm, HashAlgorithm};

use AeadAlgorithm::{Aes128Gcm, Aes256Gcm, ChaCha20Poly1305};
use Authentication::{Ecdsa, Rsa};
use HashAlgorithm::{Sha256, Sha384};

/// A cipher suite.
#[derive(Debug, PartialEq, Eq)]
pub struct Suite {
    /// The code point.
    pub id: u16,
    /// The RFC's name.
    pub name: &'static str,
    /// The one version that it belongs to.
    pub version: SuiteVersion,
    /// How the premaster secret is agreed on.
    pub key_exchange: KeyExchangeKind,
    /// Which kind of key the server's certificate has.
    pub authentication: Authentication,
    /// What protects the records.
    pub aead: AeadAlgorithm,
    /// The hash function of PRF, HKDF and transcript.
    pub hash: HashAlgorithm,
}

/// The version of TLS that a suite belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SuiteVersion {
    /// TLS 1.2.
    Tls12,
    /// TLS 1.3.
    Tls13,
}

/// How a suite agrees on a premaster secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyExchangeKind {
    /// Ephemeral Diffie-Hellman on an elliptic curve (RFC 8422 section 2).
    Ecdhe,
    /// Left to extensions: TLS 1.3.
    Any,
}

/// What a suite wants the server's certificate to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Authentication {
    /// A key for ECDSA or EdDSA (RFC 8422 section 2).
    Ecdsa,
    /// An RSA key.
    Rsa,
    /// Left to extensions: TLS 1.3.
    Any,
}

impl Suite {
    /// What the suite takes from a TLS 1.2 key block; for TLS 1.3 the lengths of traffic key and IV
    /// (RFC 8446 section 7.3).
    pub const fn key_block_shape(&self) -> KeyBlockShape {
        let fixed_iv_len = match (self.version, self.aead) {
            (SuiteVersion::Tls12, Aes128Gcm | Aes256Gcm) => 4,
            _ => 12,
        };
        KeyBlockShape {
            mac_key_len: 0,
            key_len: self.aead.key_len(),
            fixed_iv_len,
        }
    }
}

/// The suite with this code point.
///
/// ```
/// let suite = premaster_crypto::suite(0xcca8).expect("a suite of the table");
/// assert_eq!(suite.name, "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256");
/// assert!(premaster_crypto::suite(0x0000).is_none());
/// ```
pub fn suite(id: u16) -> Option<&'static Suite> {
    SUITES.iter().find(|suite| suite.id == id)
}

/// The suite with this name.
pub fn suite_named(name: &str) -> Option<&'static Suite> {
    SUITES.iter().find(|suite| suite.name == name)
}

/// All suites that can be negotiated by default, in order of preference: RFC 8446 appendix B.4,
/// RFC 5289 section 3.2 and RFC 7905 section 2.
pub static SUITES: &[Suite] = &[
    tls13(0x1301, "TLS_AES_128_GCM_SHA256", Aes128Gcm, Sha256),
    tls13(0x1302, "TLS_AES_256_GCM_SHA384", Aes256Gcm, Sha384),
    tls13(
        0x1303,
        "TLS_CHACHA20_POLY1305_SHA256",
        ChaCha20Poly1305,
        Sha256,
    ),
    ecdhe(
        0xc02b,
        "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
        Ecdsa,
        Aes128Gcm,
        Sha256,
    ),
    ecdhe(
        0xc02c,
        "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
        Ecdsa,
        Aes256Gcm,
        Sha384,
    ),
    ecdhe(
        0xcca9,
        "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
        Ecdsa,
        ChaCha20Poly1305,
        Sha256,
    ),
    ecdhe(
        0xc02f,
        "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
        Rsa,
        Aes128Gcm,
        Sha256,
    ),
    ecdhe(
        0xc030,
        "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
        Rsa,
        Aes256Gcm,
        Sha384,
    ),
    ecdhe(
        0xcca8,
        "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
        Rsa,
        ChaCha20Poly1305,
        Sha256,
    ),
];

const fn tls13(id: u16, name: &'static str, aead: AeadAlgorithm, hash: HashAlgorithm) -> Suite {
    Suite {
        id,
        name,
        version: SuiteVersion::Tls13,
        key_exchange: KeyExchangeKind::Any,
        authentication: Authentication::Any,
        aead,
        hash,
    }
}

const fn ecdhe(
    id: u16,
    name: &'static str,
    authentication: Authentication,
    aead: AeadAlgorithm,
    hash: HashAlgorithm,
) -> Suite {
    Suite {
        id,
        name,
        version: SuiteVersion::Tls12,
        key_exchange: KeyExchangeKind::Ecdhe,
        authentication,
        aead,
        hash,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_suite_is_found_by_number_and_name_and_named_for_what_it_is() {
        for (index, entry) in SUITES.iter().enumerate() {
            assert!(SUITES[..index].iter().all(|other| other.id != entry.id));
            assert_eq!(suite(entry.id), Some(entry));
            assert_eq!(suite_named(entry.name), Some(entry));
            let aead = match entry.aead {
                Aes128Gcm => "AES_128_GCM",
                Aes256Gcm => "AES_256_GCM",
                ChaCha20Poly1305 => "CHACHA20_POLY1305",
            };
            let authentication = match entry.authentication {
                Ecdsa => "ECDHE_ECDSA_WITH_",
                Rsa => "ECDHE_RSA_WITH_",
                Authentication::Any => "",
            };
            let hash = match entry.hash {
                Sha256 => "SHA256",
                Sha384 => "SHA384",
            };
            let name = std::format!("TLS_{authentication}{aead}_{hash}");
            assert_eq!(entry.name, name);
        }
    }

    /// RFC 5288 section 3, RFC 7905 section 2, RFC 8446 section 7.3.
    #[test]
    fn nonces_are_built_from_four_or_twelve_bytes() {
        for suite in SUITES {
            let shape = suite.key_block_shape();
            let gcm = suite.name.contains("GCM") && suite.version == SuiteVersion::Tls12;
            assert_eq!(
                shape.fixed_iv_len,
                if gcm { 4 } else { 12 },
                "{}",
                suite.name
            );
            assert_eq!(
                (shape.mac_key_len, shape.key_len),
                (0, suite.aead.key_len())
            );
        }
    }
}
