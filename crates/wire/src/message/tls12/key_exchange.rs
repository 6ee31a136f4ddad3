//! What a cipher suite says about the key exchange messages (`KeyExchangeAlgorithm` of RFC 5246
//! section 7.4.3, RFC 8422 section 5.4, RFC 4279 section 2, RFC 5054 section 2.5.3).

use super::{
    DhClientKeyExchange, DhePskClientKeyExchange, DhePskServerKeyExchange, DheServerKeyExchange,
    EcdhClientKeyExchange, EcdhePskClientKeyExchange, EcdhePskServerKeyExchange,
    EcdheServerKeyExchange, ImplicitClientKeyExchange, PskClientKeyExchange, PskServerKeyExchange,
    RsaClientKeyExchange, RsaPskClientKeyExchange, ServerDhParams, ServerEcdhParams,
    ServerSrpParams, SrpClientKeyExchange, SrpServerKeyExchange,
};
use crate::code_point::{CipherSuite, ProtocolVersion};
use crate::codec::{Decode, DecodeError, DecodeErrorKind, Encode, Place, Writer};
use crate::message::handshake::handshake_types;
use crate::{ssl3, tls11};

/// How the two sides agree on a premaster secret, and so which forms their messages have.
///
/// | | suites | ServerKeyExchange | ClientKeyExchange |
/// |---|---|---|---|
/// | `Rsa` | `RSA` | none | [`RsaClientKeyExchange`] |
/// | `Dh` | `DH_DSS`, `DH_RSA` | none | [`DhClientKeyExchange`], [`ImplicitClientKeyExchange`] |
/// | `Dhe` | `DHE_DSS`, `DHE_RSA` | [`DheServerKeyExchange`] | [`DhClientKeyExchange`] |
/// | `DhAnon` | `DH_anon` | [`ServerDhParams`] | [`DhClientKeyExchange`] |
/// | `Ecdh` | `ECDH_ECDSA`, `ECDH_RSA` | none | [`EcdhClientKeyExchange`], [`ImplicitClientKeyExchange`] |
/// | `Ecdhe` | `ECDHE_ECDSA`, `ECDHE_RSA` | [`EcdheServerKeyExchange`] | [`EcdhClientKeyExchange`] |
/// | `EcdhAnon` | `ECDH_anon` | [`ServerEcdhParams`] | [`EcdhClientKeyExchange`] |
/// | `Psk` | `PSK` | [`PskServerKeyExchange`] or none | [`PskClientKeyExchange`] |
/// | `RsaPsk` | `RSA_PSK` | [`PskServerKeyExchange`] or none | [`RsaPskClientKeyExchange`] |
/// | `DhePsk` | `DHE_PSK` | [`DhePskServerKeyExchange`] | [`DhePskClientKeyExchange`] |
/// | `EcdhePsk` | `ECDHE_PSK` | [`EcdhePskServerKeyExchange`] | [`EcdhePskClientKeyExchange`] |
/// | `Srp` | `SRP_SHA` | [`ServerSrpParams`] | [`SrpClientKeyExchange`] |
/// | `SrpSigned` | `SRP_SHA_DSS`, `SRP_SHA_RSA` | [`SrpServerKeyExchange`] | [`SrpClientKeyExchange`] |
///
/// Before TLS 1.2 the signed forms are those of [`tls11`], and in SSL 3.0 the client of `Rsa` sends
/// [`ssl3::RsaClientKeyExchange`].
///
/// ```
/// use premaster_wire::{CipherSuite, tls12::KeyExchangeAlgorithm};
///
/// let of = KeyExchangeAlgorithm::of;
/// assert_eq!(of(CipherSuite::TLS_DHE_RSA_WITH_AES_128_CBC_SHA), Some(KeyExchangeAlgorithm::Dhe));
/// assert_eq!(of(CipherSuite::TLS_AES_128_GCM_SHA256), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyExchangeAlgorithm {
    /// The client sends the premaster secret under the server's key.
    Rsa,
    /// Diffie-Hellman with the key of the server's certificate.
    Dh,
    /// Diffie-Hellman with a key for this handshake, signed.
    Dhe,
    /// Diffie-Hellman without authentication.
    DhAnon,
    /// Elliptic-curve Diffie-Hellman with the key of the server's certificate.
    Ecdh,
    /// Elliptic-curve Diffie-Hellman with a key for this handshake, signed.
    Ecdhe,
    /// Elliptic-curve Diffie-Hellman without authentication.
    EcdhAnon,
    /// A pre-shared key alone.
    Psk,
    /// A pre-shared key, and a secret under the server's key.
    RsaPsk,
    /// A pre-shared key, and Diffie-Hellman with a key for this handshake.
    DhePsk,
    /// A pre-shared key, and elliptic-curve Diffie-Hellman with a key for this handshake.
    EcdhePsk,
    /// A password.
    Srp,
    /// A password, and a signature by the server's key.
    SrpSigned,
}

impl KeyExchangeAlgorithm {
    /// All of them.
    pub const ALL: &'static [Self] = &[
        Self::Rsa,
        Self::Dh,
        Self::Dhe,
        Self::DhAnon,
        Self::Ecdh,
        Self::Ecdhe,
        Self::EcdhAnon,
        Self::Psk,
        Self::RsaPsk,
        Self::DhePsk,
        Self::EcdhePsk,
        Self::Srp,
        Self::SrpSigned,
    ];

    /// That of a suite of TLS 1.2 and before; its registered name begins with it.
    ///
    /// None for suites of TLS 1.3, which do not say, for those without a registered name, and for key exchanges
    /// that this crate does not read: those for export, with their ephemeral RSA keys, Kerberos, GOST, ECC-PWD.
    #[must_use]
    pub fn of(suite: CipherSuite) -> Option<Self> {
        let (key_exchange, _) = suite.name()?.strip_prefix("TLS_")?.split_once("_WITH_")?;
        Some(match key_exchange {
            "RSA" => Self::Rsa,
            "DH_DSS" | "DH_RSA" => Self::Dh,
            "DHE_DSS" | "DHE_RSA" => Self::Dhe,
            "DH_anon" => Self::DhAnon,
            "ECDH_ECDSA" | "ECDH_RSA" => Self::Ecdh,
            "ECDHE_ECDSA" | "ECDHE_RSA" => Self::Ecdhe,
            "ECDH_anon" => Self::EcdhAnon,
            "PSK" => Self::Psk,
            "RSA_PSK" => Self::RsaPsk,
            // RFC 6655 section 3 calls two of its suites so.
            "DHE_PSK" | "PSK_DHE" => Self::DhePsk,
            "ECDHE_PSK" => Self::EcdhePsk,
            "SRP_SHA" => Self::Srp,
            "SRP_SHA_DSS" | "SRP_SHA_RSA" => Self::SrpSigned,
            _ => return None,
        })
    }
}

/// A ServerKeyExchange of any form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[allow(
    missing_docs,
    reason = "a variant is called like the key exchange whose form it holds"
)]
pub enum ServerKeyExchange<'a> {
    Dhe(DheServerKeyExchange<'a>),
    /// As before TLS 1.2.
    Dhe11(tls11::DheServerKeyExchange<'a>),
    DhAnon(ServerDhParams<'a>),
    Ecdhe(EcdheServerKeyExchange<'a>),
    /// As before TLS 1.2.
    Ecdhe11(tls11::EcdheServerKeyExchange<'a>),
    EcdhAnon(ServerEcdhParams<'a>),
    /// Of RSA_PSK too.
    Psk(PskServerKeyExchange<'a>),
    DhePsk(DhePskServerKeyExchange<'a>),
    EcdhePsk(EcdhePskServerKeyExchange<'a>),
    Srp(ServerSrpParams<'a>),
    SrpSigned(SrpServerKeyExchange<'a>),
    /// As before TLS 1.2.
    SrpSigned11(tls11::SrpServerKeyExchange<'a>),
}

impl<'a> ServerKeyExchange<'a> {
    /// Reads the body of a ServerKeyExchange as this key exchange has it in this version.
    ///
    /// ```
    /// use premaster_wire::ProtocolVersion;
    /// use premaster_wire::tls12::{KeyExchangeAlgorithm, ServerKeyExchange};
    ///
    /// let body = [3, 0, 29, 1, 0xaa];
    /// let anonymous = KeyExchangeAlgorithm::EcdhAnon;
    /// let message = ServerKeyExchange::decode_as(anonymous, ProtocolVersion::TLSv1_2, &body)?;
    /// assert!(matches!(message, ServerKeyExchange::EcdhAnon(params) if params.public == [0xaa]));
    /// # Ok::<(), premaster_wire::DecodeError>(())
    /// ```
    ///
    /// # Errors
    /// What is wrong with the message; [`DecodeErrorKind::Value`] if the key exchange has none: a server that
    /// sends one with `Rsa` means an ephemeral key for export (RFC 4346 section 7.4.3), which has no form here.
    pub fn decode_as(
        algorithm: KeyExchangeAlgorithm,
        version: ProtocolVersion,
        body: &'a [u8],
    ) -> Result<Self, DecodeError> {
        use KeyExchangeAlgorithm as A;
        let before_tls12 = tls11::has_these_forms(version);
        Ok(match algorithm {
            A::Dhe if before_tls12 => Self::Dhe11(Decode::decode(body)?),
            A::Dhe => Self::Dhe(Decode::decode(body)?),
            A::DhAnon => Self::DhAnon(Decode::decode(body)?),
            A::Ecdhe if before_tls12 => Self::Ecdhe11(Decode::decode(body)?),
            A::Ecdhe => Self::Ecdhe(Decode::decode(body)?),
            A::EcdhAnon => Self::EcdhAnon(Decode::decode(body)?),
            A::Psk | A::RsaPsk => Self::Psk(Decode::decode(body)?),
            A::DhePsk => Self::DhePsk(Decode::decode(body)?),
            A::EcdhePsk => Self::EcdhePsk(Decode::decode(body)?),
            A::Srp => Self::Srp(Decode::decode(body)?),
            A::SrpSigned if before_tls12 => Self::SrpSigned11(Decode::decode(body)?),
            A::SrpSigned => Self::SrpSigned(Decode::decode(body)?),
            A::Rsa | A::Dh | A::Ecdh => {
                let place = const { &Place::new("ServerKeyExchange", "params") };
                return Err(DecodeError::new(DecodeErrorKind::Value).at(place));
            }
        })
    }
}

impl Encode for ServerKeyExchange<'_> {
    fn encode(&self, out: &mut Writer) {
        match self {
            Self::Dhe(message) => message.encode(out),
            Self::Dhe11(message) => message.encode(out),
            Self::DhAnon(params) => params.encode(out),
            Self::Ecdhe(message) => message.encode(out),
            Self::Ecdhe11(message) => message.encode(out),
            Self::EcdhAnon(params) => params.encode(out),
            Self::Psk(message) => message.encode(out),
            Self::DhePsk(message) => message.encode(out),
            Self::EcdhePsk(message) => message.encode(out),
            Self::Srp(params) => params.encode(out),
            Self::SrpSigned(message) => message.encode(out),
            Self::SrpSigned11(message) => message.encode(out),
        }
    }
}

/// A ClientKeyExchange of any form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[allow(
    missing_docs,
    reason = "a variant is called like the key exchange whose form it holds"
)]
pub enum ClientKeyExchange<'a> {
    Rsa(RsaClientKeyExchange<'a>),
    /// As in SSL 3.0.
    RsaSsl3(ssl3::RsaClientKeyExchange<'a>),
    Dh(DhClientKeyExchange<'a>),
    Ecdh(EcdhClientKeyExchange<'a>),
    /// The public value is in the client's certificate.
    Implicit(ImplicitClientKeyExchange),
    Psk(PskClientKeyExchange<'a>),
    RsaPsk(RsaPskClientKeyExchange<'a>),
    DhePsk(DhePskClientKeyExchange<'a>),
    EcdhePsk(EcdhePskClientKeyExchange<'a>),
    Srp(SrpClientKeyExchange<'a>),
}

impl<'a> ClientKeyExchange<'a> {
    /// Reads the body of a ClientKeyExchange as this key exchange has it in this version.
    ///
    /// Whether the client may leave its public value to its certificate is for the reader to know.
    ///
    /// # Errors
    /// What is wrong with the message.
    pub fn decode_as(
        algorithm: KeyExchangeAlgorithm,
        version: ProtocolVersion,
        body: &'a [u8],
    ) -> Result<Self, DecodeError> {
        use KeyExchangeAlgorithm as A;
        Ok(match algorithm {
            A::Rsa if version == ProtocolVersion::SSLv3 => Self::RsaSsl3(Decode::decode(body)?),
            A::Rsa => Self::Rsa(Decode::decode(body)?),
            A::Dh | A::Ecdh if body.is_empty() => Self::Implicit(Decode::decode(body)?),
            A::Dh | A::Dhe | A::DhAnon => Self::Dh(Decode::decode(body)?),
            A::Ecdh | A::Ecdhe | A::EcdhAnon => Self::Ecdh(Decode::decode(body)?),
            A::Psk => Self::Psk(Decode::decode(body)?),
            A::RsaPsk => Self::RsaPsk(Decode::decode(body)?),
            A::DhePsk => Self::DhePsk(Decode::decode(body)?),
            A::EcdhePsk => Self::EcdhePsk(Decode::decode(body)?),
            A::Srp | A::SrpSigned => Self::Srp(Decode::decode(body)?),
        })
    }
}

impl Encode for ClientKeyExchange<'_> {
    fn encode(&self, out: &mut Writer) {
        match self {
            Self::Rsa(message) => message.encode(out),
            Self::RsaSsl3(message) => message.encode(out),
            Self::Dh(message) => message.encode(out),
            Self::Ecdh(message) => message.encode(out),
            Self::Implicit(message) => message.encode(out),
            Self::Psk(message) => message.encode(out),
            Self::RsaPsk(message) => message.encode(out),
            Self::DhePsk(message) => message.encode(out),
            Self::EcdhePsk(message) => message.encode(out),
            Self::Srp(message) => message.encode(out),
        }
    }
}

handshake_types! {
    ServerKeyExchange<'_> => server_key_exchange,
    ClientKeyExchange<'_> => client_key_exchange,
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    /// property 4: the suites for export, whose ephemeral RSA keys FREAK was about, have no form.
    #[test]
    fn every_registered_suite_has_its_key_exchange_or_one_that_is_not_read() {
        let mut unread = Vec::new();
        for suite in CipherSuite::ALL {
            let Some((key_exchange, _)) = suite.name().and_then(|name| name.split_once("_WITH_"))
            else {
                assert_eq!(KeyExchangeAlgorithm::of(*suite), None, "{suite}");
                continue;
            };
            if KeyExchangeAlgorithm::of(*suite).is_none() && !unread.contains(&key_exchange) {
                unread.push(key_exchange);
            }
        }
        assert_eq!(
            unread,
            [
                "TLS_NULL",
                "TLS_RSA_EXPORT",
                "TLS_DH_DSS_EXPORT",
                "TLS_DH_RSA_EXPORT",
                "TLS_DHE_DSS_EXPORT",
                "TLS_DHE_RSA_EXPORT",
                "TLS_DH_anon_EXPORT",
                "TLS_KRB5",
                "TLS_KRB5_EXPORT",
                "TLS_ECCPWD",
                "TLS_GOSTR341112_256",
            ]
        );
    }

    /// property 4: an ephemeral RSA key is not even read (RFC 4346 section 7.4.3).
    #[test]
    fn where_the_server_sends_no_key_exchange_none_is_read() {
        // A modulus, an exponent and a signature, as a server of TLS 1.0 would send them.
        let ephemeral = [0, 2, 0xaa, 0xbb, 0, 1, 3, 0, 1, 0xcc];
        for algorithm in [
            KeyExchangeAlgorithm::Rsa,
            KeyExchangeAlgorithm::Dh,
            KeyExchangeAlgorithm::Ecdh,
        ] {
            for body in [&ephemeral[..], &[]] {
                for version in ProtocolVersion::ALL {
                    let error =
                        ServerKeyExchange::decode_as(algorithm, *version, body).unwrap_err();
                    assert_eq!(
                        alloc::format!("{error}"),
                        "ServerKeyExchange.params: Value",
                        "{algorithm:?}"
                    );
                }
            }
        }
    }
}
