//! The cipher suites that cells ask for, by their parts, and what IANA and OpenSSL call them. Those of TLS 1.3 are a cipher
//! and nothing else.

use std::fmt;

/// How the premaster secret comes about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exchange {
    Ecdhe,
    /// Ephemeral Diffie-Hellman in a finite field.
    Dhe,
    /// The client encrypts it to the server's key.
    RsaTransport,
}

/// What kind of key the server's certificate has, in a suite's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Authentication {
    Rsa,
    Ecdsa,
}

/// What protects records: an AEAD, or CBC with this HMAC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cipher {
    Aes128Gcm,
    Aes256Gcm,
    ChaCha20Poly1305,
    Aes128CbcSha,
    Aes256CbcSha,
    Aes128CbcSha256,
    Aes256CbcSha256,
    Aes256CbcSha384,
}

/// A cipher suite of TLS 1.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Suite {
    pub(super) exchange: Exchange,
    pub(super) authentication: Authentication,
    pub(super) cipher: Cipher,
}

use Cipher::{
    Aes128CbcSha, Aes128CbcSha256, Aes128Gcm, Aes256CbcSha, Aes256CbcSha256, Aes256CbcSha384,
    Aes256Gcm, ChaCha20Poly1305,
};

impl Exchange {
    pub(super) const ALL: [Self; 3] = [Self::Ecdhe, Self::Dhe, Self::RsaTransport];

    /// The ciphers that this key exchange has suites with: RFC 5246 appendix A.5, RFC 5288 section 3,
    /// RFC 5289 section 3, RFC 7905 section 2, RFC 8422 section 6.
    pub(super) fn ciphers(self) -> &'static [Cipher] {
        match self {
            Self::Ecdhe => &[
                Aes128Gcm,
                Aes256Gcm,
                ChaCha20Poly1305,
                Aes128CbcSha,
                Aes256CbcSha,
                Aes128CbcSha256,
                Aes256CbcSha384,
            ],
            Self::Dhe => &[
                Aes128Gcm,
                Aes256Gcm,
                ChaCha20Poly1305,
                Aes128CbcSha,
                Aes256CbcSha,
                Aes128CbcSha256,
                Aes256CbcSha256,
            ],
            Self::RsaTransport => &[
                Aes128Gcm,
                Aes256Gcm,
                Aes128CbcSha,
                Aes256CbcSha,
                Aes128CbcSha256,
                Aes256CbcSha256,
            ],
        }
    }

    /// The kinds of keys that this key exchange has suites with.
    fn authentications(self) -> &'static [Authentication] {
        match self {
            Self::Ecdhe => &[Authentication::Rsa, Authentication::Ecdsa],
            Self::Dhe | Self::RsaTransport => &[Authentication::Rsa],
        }
    }
}

impl Cipher {
    pub(super) const ALL: [Self; 8] = [
        Aes128Gcm,
        Aes256Gcm,
        ChaCha20Poly1305,
        Aes128CbcSha,
        Aes256CbcSha,
        Aes128CbcSha256,
        Aes256CbcSha256,
        Aes256CbcSha384,
    ];

    /// The three that every suite which is on by default has one of.
    pub(super) const AEADS: [Self; 3] = [Aes128Gcm, Aes256Gcm, ChaCha20Poly1305];

    pub(super) fn is_cbc(self) -> bool {
        !Self::AEADS.contains(&self)
    }

    /// The name of its suite in TLS 1.3, for IANA and everybody: RFC 8446 appendix B.4.
    pub(super) fn tls13(self) -> Option<&'static str> {
        match self {
            Aes128Gcm => Some("TLS_AES_128_GCM_SHA256"),
            Aes256Gcm => Some("TLS_AES_256_GCM_SHA384"),
            ChaCha20Poly1305 => Some("TLS_CHACHA20_POLY1305_SHA256"),
            _ => None,
        }
    }

    /// The cipher whose suite in TLS 1.3 is called so.
    pub(super) fn from_tls13(name: &str) -> Option<Self> {
        Self::AEADS
            .into_iter()
            .find(|cipher| cipher.tls13() == Some(name))
    }
}

impl Suite {
    pub(super) fn all() -> impl Iterator<Item = Self> {
        Exchange::ALL.into_iter().flat_map(Self::of_exchange)
    }

    pub(super) fn of_exchange(exchange: Exchange) -> impl Iterator<Item = Self> {
        let authentications = exchange.authentications().iter();
        authentications.flat_map(move |authentication| {
            let ciphers = exchange.ciphers().iter();
            ciphers.map(move |cipher| Self {
                exchange,
                authentication: *authentication,
                cipher: *cipher,
            })
        })
    }

    /// Whether it has to be named before `premaster` uses it.
    pub(super) fn is_classic(self) -> bool {
        self.exchange != Exchange::Ecdhe || self.cipher.is_cbc()
    }

    /// The name in the IANA table.
    pub(super) fn iana(self) -> String {
        let exchange = match (self.exchange, self.authentication) {
            (Exchange::Ecdhe, Authentication::Rsa) => "ECDHE_RSA",
            (Exchange::Ecdhe, Authentication::Ecdsa) => "ECDHE_ECDSA",
            (Exchange::Dhe, _) => "DHE_RSA",
            (Exchange::RsaTransport, _) => "RSA",
        };
        let cipher = match self.cipher {
            Aes128Gcm => "AES_128_GCM_SHA256",
            Aes256Gcm => "AES_256_GCM_SHA384",
            ChaCha20Poly1305 => "CHACHA20_POLY1305_SHA256",
            Aes128CbcSha => "AES_128_CBC_SHA",
            Aes256CbcSha => "AES_256_CBC_SHA",
            Aes128CbcSha256 => "AES_128_CBC_SHA256",
            Aes256CbcSha256 => "AES_256_CBC_SHA256",
            Aes256CbcSha384 => "AES_256_CBC_SHA384",
        };
        format!("TLS_{exchange}_WITH_{cipher}")
    }

    /// OpenSSL's own name, which curl and Python use too.
    pub(super) fn openssl(self) -> String {
        let exchange = match (self.exchange, self.authentication) {
            (Exchange::Ecdhe, Authentication::Rsa) => "ECDHE-RSA-",
            (Exchange::Ecdhe, Authentication::Ecdsa) => "ECDHE-ECDSA-",
            (Exchange::Dhe, _) => "DHE-RSA-",
            (Exchange::RsaTransport, _) => "",
        };
        let cipher = match self.cipher {
            Aes128Gcm => "AES128-GCM-SHA256",
            Aes256Gcm => "AES256-GCM-SHA384",
            ChaCha20Poly1305 => "CHACHA20-POLY1305",
            Aes128CbcSha => "AES128-SHA",
            Aes256CbcSha => "AES256-SHA",
            Aes128CbcSha256 => "AES128-SHA256",
            Aes256CbcSha256 => "AES256-SHA256",
            Aes256CbcSha384 => "AES256-SHA384",
        };
        format!("{exchange}{cipher}")
    }

    /// The suite that IANA calls so.
    pub(super) fn from_iana(name: &str) -> Option<Self> {
        Self::all().find(|suite| suite.iana() == name)
    }

    /// The suite that OpenSSL calls so.
    pub(super) fn from_openssl(name: &str) -> Option<Self> {
        Self::all().find(|suite| suite.openssl() == name)
    }
}

impl fmt::Display for Suite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.iana())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn there_are_six_modern_suites_and_twenty_one_classic_ones() {
        assert_eq!(Suite::all().filter(|it| !it.is_classic()).count(), 6);
        assert_eq!(Suite::all().filter(|it| it.is_classic()).count(), 21);
    }

    #[test]
    fn names_are_unique_and_lead_back() {
        let names: BTreeSet<_> = Suite::all().map(Suite::openssl).collect();
        assert_eq!(names.len(), Suite::all().count());
        for suite in Suite::all() {
            assert_eq!(Suite::from_iana(&suite.iana()), Some(suite));
            assert_eq!(Suite::from_openssl(&suite.openssl()), Some(suite));
        }
        assert_eq!(Suite::from_iana("TLS_NULL_WITH_NULL_NULL"), None);
    }

    #[test]
    fn the_names_are_those_of_iana_and_openssl() {
        for (openssl, iana) in [
            ("AES128-SHA", "TLS_RSA_WITH_AES_128_CBC_SHA"),
            (
                "DHE-RSA-AES256-SHA256",
                "TLS_DHE_RSA_WITH_AES_256_CBC_SHA256",
            ),
            (
                "ECDHE-ECDSA-AES256-SHA384",
                "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384",
            ),
            (
                "DHE-RSA-CHACHA20-POLY1305",
                "TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
            ),
        ] {
            assert_eq!(Suite::from_openssl(openssl).unwrap().to_string(), iana);
        }
    }
}
