//! The messages of the key exchange, whose form is not in the message: the cipher suite says it
//! (RFC 5246 section 7.4.3 and section 7.4.7, RFC 8422 section 5.4 and section 5.7).

use premaster_wire::tls12::{
    DhClientKeyExchange, DheServerKeyExchange, EcdhClientKeyExchange, EcdheServerKeyExchange,
    RsaClientKeyExchange,
};
use premaster_wire::{CipherSuite, Decode, DecodeError};

use super::Fields;

/// What the suite says about the form of the key exchange messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyExchange {
    Ecdhe,
    Dhe,
    Rsa,
    Other,
}

impl KeyExchange {
    /// The names of suites begin with it: `TLS_ECDHE_RSA_WITH_...`.
    pub(super) fn of(suite: Option<CipherSuite>) -> Self {
        let name = suite.and_then(CipherSuite::name).unwrap_or_default();
        let has = |prefix| name.starts_with(prefix);
        if has("TLS_ECDHE_RSA_") || has("TLS_ECDHE_ECDSA_") {
            Self::Ecdhe
        } else if has("TLS_DHE_RSA_") || has("TLS_DHE_DSS_") {
            Self::Dhe
        } else if has("TLS_RSA_WITH_") {
            Self::Rsa
        } else {
            Self::Other
        }
    }
}

pub(super) fn server_key_exchange(
    body: &[u8],
    suite: Option<CipherSuite>,
    fields: &mut Fields,
) -> Result<(), DecodeError> {
    let signed = match KeyExchange::of(suite) {
        KeyExchange::Ecdhe => {
            let exchange = EcdheServerKeyExchange::decode(body)?;
            fields
                .text("named_curve", exchange.params.curve_params.named_curve)
                .bytes("public", exchange.params.public);
            exchange.signed_params
        }
        KeyExchange::Dhe => {
            let exchange = DheServerKeyExchange::decode(body)?;
            fields
                .bytes("dh_p", exchange.params.dh_p)
                .bytes("dh_g", exchange.params.dh_g)
                .bytes("dh_Ys", exchange.params.dh_ys);
            exchange.signed_params
        }
        KeyExchange::Rsa | KeyExchange::Other => {
            fields.number("body_length", body.len());
            return Ok(());
        }
    };
    fields
        .text("signature_algorithm", signed.algorithm)
        .number("signature_length", signed.signature.len());
    Ok(())
}

pub(super) fn client_key_exchange(
    body: &[u8],
    suite: Option<CipherSuite>,
    fields: &mut Fields,
) -> Result<(), DecodeError> {
    match KeyExchange::of(suite) {
        KeyExchange::Ecdhe => fields.bytes("public", EcdhClientKeyExchange::decode(body)?.point),
        KeyExchange::Dhe => fields.bytes("dh_Yc", DhClientKeyExchange::decode(body)?.dh_yc),
        KeyExchange::Rsa => {
            let encrypted = RsaClientKeyExchange::decode(body)?.pre_master_secret;
            fields.bytes("encrypted_pre_master_secret", encrypted)
        }
        KeyExchange::Other => fields.number("body_length", body.len()),
    };
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_suite_begins_with_its_key_exchange() {
        for (suite, key_exchange) in [
            (
                CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
                KeyExchange::Ecdhe,
            ),
            (
                CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384,
                KeyExchange::Ecdhe,
            ),
            (
                CipherSuite::TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
                KeyExchange::Dhe,
            ),
            (
                CipherSuite::TLS_DHE_RSA_WITH_AES_128_CBC_SHA,
                KeyExchange::Dhe,
            ),
            (
                CipherSuite::TLS_DHE_DSS_WITH_AES_128_CBC_SHA,
                KeyExchange::Dhe,
            ),
            (CipherSuite::TLS_RSA_WITH_AES_128_CBC_SHA, KeyExchange::Rsa),
            (
                CipherSuite::TLS_RSA_WITH_AES_256_GCM_SHA384,
                KeyExchange::Rsa,
            ),
            // Their messages have other forms, or a key exchange is not told by the suite.
            (
                CipherSuite::TLS_RSA_PSK_WITH_AES_128_CBC_SHA,
                KeyExchange::Other,
            ),
            (
                CipherSuite::TLS_DHE_PSK_WITH_AES_128_CBC_SHA,
                KeyExchange::Other,
            ),
            (
                CipherSuite::TLS_ECDH_RSA_WITH_AES_128_CBC_SHA,
                KeyExchange::Other,
            ),
            (CipherSuite::TLS_AES_128_GCM_SHA256, KeyExchange::Other),
            (CipherSuite(0xfefe), KeyExchange::Other),
        ] {
            assert_eq!(KeyExchange::of(Some(suite)), key_exchange, "{suite}");
        }
        assert_eq!(KeyExchange::of(None), KeyExchange::Other);
    }
}
