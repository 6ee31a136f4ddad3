//! The cipher suites: what each consists of.

use crate::tls12::KeyBlockShape;
use crate::{AeadAlgorithm, BlockCipher, CbcAlgorithm, HashAlgorithm, MacAlgorithm};

use AeadAlgorithm::{Aes128Gcm, Aes256Gcm, ChaCha20Poly1305};
use Authentication::{Ecdsa, Rsa, RsaDecryption};
use BlockCipher::{Aes128, Aes256};
use HashAlgorithm::{Sha256, Sha384};
use KeyExchangeKind::{Dhe, Ecdhe, Rsa as Transport};
use MacAlgorithm::{HmacSha1, HmacSha256, HmacSha384};

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
    pub cipher: BulkCipher,
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

/// How a suite protects records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BulkCipher {
    /// An AEAD.
    Aead(AeadAlgorithm),
    /// CBC with HMAC.
    Cbc(CbcAlgorithm),
}

impl BulkCipher {
    /// Bytes in an encryption key.
    pub const fn key_len(self) -> usize {
        match self {
            Self::Aead(aead) => aead.key_len(),
            Self::Cbc(cbc) => cbc.cipher.key_len(),
        }
    }

    /// How many records one key may protect.
    pub const fn confidentiality_limit(self) -> u64 {
        match self {
            Self::Aead(aead) => aead.confidentiality_limit(),
            Self::Cbc(cbc) => cbc.confidentiality_limit(),
        }
    }
}

/// How a suite agrees on a premaster secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyExchangeKind {
    /// The client encrypts it to the server's RSA key (RFC 5246 section 7.4.7.1). No forward secrecy.
    Rsa,
    /// Ephemeral Diffie-Hellman in a finite field (RFC 5246 section 7.4.3).
    Dhe,
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
    /// An RSA key that signs.
    Rsa,
    /// An RSA key that decrypts: only its holder can learn the premaster secret (RFC 5246 section 7.4.7.1).
    RsaDecryption,
    /// Left to extensions: TLS 1.3.
    Any,
}

impl Suite {
    /// What the suite takes from a TLS 1.2 key block; for TLS 1.3 the lengths of traffic key and IV
    /// (RFC 8446 section 7.3). The IVs of CBC travel with the records (RFC 5246 section 6.3).
    pub const fn key_block_shape(&self) -> KeyBlockShape {
        let (mac_key_len, fixed_iv_len) = match (self.version, self.cipher) {
            (_, BulkCipher::Cbc(cbc)) => (cbc.mac.output_len(), 0),
            (SuiteVersion::Tls12, BulkCipher::Aead(Aes128Gcm | Aes256Gcm)) => (0, 4),
            (_, BulkCipher::Aead(_)) => (0, 12),
        };
        KeyBlockShape {
            mac_key_len,
            key_len: self.cipher.key_len(),
            fixed_iv_len,
        }
    }

    /// Whether keys that are stolen later leave recorded connections closed: the key exchange is ephemeral.
    pub const fn forward_secret(&self) -> bool {
        !matches!(self.key_exchange, KeyExchangeKind::Rsa)
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
    all().find(|suite| suite.id == id)
}

/// The suite with this name.
pub fn suite_named(name: &str) -> Option<&'static Suite> {
    all().find(|suite| suite.name == name)
}

fn all() -> impl Iterator<Item = &'static Suite> {
    SUITES.iter().chain(CLASSIC_SUITES)
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

/// The suites that are negotiated only where they are named: key transport, Diffie-Hellman in finite fields, CBC
/// (RFC 5246 appendix A.5, RFC 5288 section 3, RFC 5289 section 3, RFC 7905 section 2, RFC 8422 section 6).
///
/// Those with SHA-1 as MAC derive their keys with SHA-256 in TLS 1.2 (RFC 5246 section 5).
pub static CLASSIC_SUITES: &[Suite] = &[
    tls12(
        0xc009,
        "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
        Ecdhe,
        Ecdsa,
        cbc(Aes128, HmacSha1),
        Sha256,
    ),
    tls12(
        0xc00a,
        "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
        Ecdhe,
        Ecdsa,
        cbc(Aes256, HmacSha1),
        Sha256,
    ),
    tls12(
        0xc023,
        "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256",
        Ecdhe,
        Ecdsa,
        cbc(Aes128, HmacSha256),
        Sha256,
    ),
    tls12(
        0xc024,
        "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384",
        Ecdhe,
        Ecdsa,
        cbc(Aes256, HmacSha384),
        Sha384,
    ),
    tls12(
        0xc013,
        "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
        Ecdhe,
        Rsa,
        cbc(Aes128, HmacSha1),
        Sha256,
    ),
    tls12(
        0xc014,
        "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
        Ecdhe,
        Rsa,
        cbc(Aes256, HmacSha1),
        Sha256,
    ),
    tls12(
        0xc027,
        "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256",
        Ecdhe,
        Rsa,
        cbc(Aes128, HmacSha256),
        Sha256,
    ),
    tls12(
        0xc028,
        "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384",
        Ecdhe,
        Rsa,
        cbc(Aes256, HmacSha384),
        Sha384,
    ),
    tls12(
        0x009e,
        "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256",
        Dhe,
        Rsa,
        aead(Aes128Gcm),
        Sha256,
    ),
    tls12(
        0x009f,
        "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384",
        Dhe,
        Rsa,
        aead(Aes256Gcm),
        Sha384,
    ),
    tls12(
        0xccaa,
        "TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
        Dhe,
        Rsa,
        aead(ChaCha20Poly1305),
        Sha256,
    ),
    tls12(
        0x0033,
        "TLS_DHE_RSA_WITH_AES_128_CBC_SHA",
        Dhe,
        Rsa,
        cbc(Aes128, HmacSha1),
        Sha256,
    ),
    tls12(
        0x0039,
        "TLS_DHE_RSA_WITH_AES_256_CBC_SHA",
        Dhe,
        Rsa,
        cbc(Aes256, HmacSha1),
        Sha256,
    ),
    tls12(
        0x0067,
        "TLS_DHE_RSA_WITH_AES_128_CBC_SHA256",
        Dhe,
        Rsa,
        cbc(Aes128, HmacSha256),
        Sha256,
    ),
    tls12(
        0x006b,
        "TLS_DHE_RSA_WITH_AES_256_CBC_SHA256",
        Dhe,
        Rsa,
        cbc(Aes256, HmacSha256),
        Sha256,
    ),
    tls12(
        0x009c,
        "TLS_RSA_WITH_AES_128_GCM_SHA256",
        Transport,
        RsaDecryption,
        aead(Aes128Gcm),
        Sha256,
    ),
    tls12(
        0x009d,
        "TLS_RSA_WITH_AES_256_GCM_SHA384",
        Transport,
        RsaDecryption,
        aead(Aes256Gcm),
        Sha384,
    ),
    tls12(
        0x002f,
        "TLS_RSA_WITH_AES_128_CBC_SHA",
        Transport,
        RsaDecryption,
        cbc(Aes128, HmacSha1),
        Sha256,
    ),
    tls12(
        0x0035,
        "TLS_RSA_WITH_AES_256_CBC_SHA",
        Transport,
        RsaDecryption,
        cbc(Aes256, HmacSha1),
        Sha256,
    ),
    tls12(
        0x003c,
        "TLS_RSA_WITH_AES_128_CBC_SHA256",
        Transport,
        RsaDecryption,
        cbc(Aes128, HmacSha256),
        Sha256,
    ),
    tls12(
        0x003d,
        "TLS_RSA_WITH_AES_256_CBC_SHA256",
        Transport,
        RsaDecryption,
        cbc(Aes256, HmacSha256),
        Sha256,
    ),
];

const fn tls12(
    id: u16,
    name: &'static str,
    key_exchange: KeyExchangeKind,
    authentication: Authentication,
    cipher: BulkCipher,
    hash: HashAlgorithm,
) -> Suite {
    Suite {
        id,
        name,
        version: SuiteVersion::Tls12,
        key_exchange,
        authentication,
        cipher,
        hash,
    }
}

const fn aead(algorithm: AeadAlgorithm) -> BulkCipher {
    BulkCipher::Aead(algorithm)
}

const fn cbc(cipher: BlockCipher, mac: MacAlgorithm) -> BulkCipher {
    BulkCipher::Cbc(CbcAlgorithm { cipher, mac })
}

const fn tls13(id: u16, name: &'static str, aead: AeadAlgorithm, hash: HashAlgorithm) -> Suite {
    Suite {
        id,
        name,
        version: SuiteVersion::Tls13,
        key_exchange: KeyExchangeKind::Any,
        authentication: Authentication::Any,
        cipher: BulkCipher::Aead(aead),
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
    tls12(
        id,
        name,
        Ecdhe,
        authentication,
        BulkCipher::Aead(aead),
        hash,
    )
}

#[cfg(test)]
mod tests {
    use std::format;
    use std::vec::Vec;

    use super::*;

    #[test]
    fn every_suite_is_found_by_number_and_name_and_named_for_what_it_is() {
        let all: Vec<_> = all().collect();
        for (index, entry) in all.iter().enumerate() {
            assert!(all[..index].iter().all(|other| other.id != entry.id));
            assert_eq!(suite(entry.id), Some(*entry));
            assert_eq!(suite_named(entry.name), Some(*entry));
            let key_exchange = match (entry.key_exchange, entry.authentication) {
                (KeyExchangeKind::Any, _) => "",
                (Transport, RsaDecryption) => "RSA_WITH_",
                (Transport, _) => "transport without decryption",
                (Dhe, _) => "DHE_RSA_WITH_",
                (Ecdhe, Ecdsa) => "ECDHE_ECDSA_WITH_",
                (Ecdhe, _) => "ECDHE_RSA_WITH_",
            };
            let cipher = match entry.cipher {
                BulkCipher::Aead(Aes128Gcm) => "AES_128_GCM",
                BulkCipher::Aead(Aes256Gcm) => "AES_256_GCM",
                BulkCipher::Aead(ChaCha20Poly1305) => "CHACHA20_POLY1305",
                BulkCipher::Cbc(cbc) if cbc.cipher == Aes128 => "AES_128_CBC",
                BulkCipher::Cbc(_) => "AES_256_CBC",
            };
            let prf = match entry.hash {
                Sha256 => "SHA256",
                Sha384 => "SHA384",
            };
            let hash = match entry.cipher {
                BulkCipher::Aead(_) => prf,
                BulkCipher::Cbc(cbc) => match cbc.mac {
                    HmacSha1 => "SHA",
                    HmacSha256 => "SHA256",
                    HmacSha384 => "SHA384",
                },
            };
            assert_eq!(entry.name, format!("TLS_{key_exchange}{cipher}_{hash}"));
            // RFC 5246 section 5: SHA-256 unless the suite says otherwise.
            assert!(hash == prf || (hash, prf) == ("SHA", "SHA256"));
        }
    }

    #[test]
    fn only_ephemeral_aead_suites_are_on_by_default() {
        for suite in SUITES {
            assert!(suite.forward_secret() && matches!(suite.cipher, BulkCipher::Aead(_)));
        }
        let transport = suite_named("TLS_RSA_WITH_AES_128_CBC_SHA").unwrap();
        assert!(!transport.forward_secret());
    }

    /// RFC 5288 section 3, RFC 7905 section 2, RFC 8446 section 7.3, RFC 5246 section 6.3.
    #[test]
    fn key_blocks_hold_what_the_suite_needs() {
        for suite in all() {
            let shape = suite.key_block_shape();
            let gcm = suite.name.contains("GCM") && suite.version == SuiteVersion::Tls12;
            let (mac_key_len, fixed_iv_len) = match suite.cipher {
                BulkCipher::Cbc(cbc) => (cbc.mac.output_len(), 0),
                BulkCipher::Aead(_) if gcm => (0, 4),
                BulkCipher::Aead(_) => (0, 12),
            };
            let lens = (shape.mac_key_len, shape.key_len, shape.fixed_iv_len);
            let expected = (mac_key_len, suite.cipher.key_len(), fixed_iv_len);
            assert_eq!(lens, expected, "{}", suite.name);
        }
    }
}
