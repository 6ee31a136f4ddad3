//! Which message of TLS 1.3 may carry which extension (RFC 8446 section 4.2, IANA "TLS ExtensionType Values").

use super::{ExtensionType, HandshakeType};

use HandshakeType as H;

const CH: H = H::client_hello;
const SH: H = H::server_hello;
const HRR: H = H::hello_retry_request;
const EE: H = H::encrypted_extensions;
const CR: H = H::certificate_request;
const CT: H = H::certificate;
const NST: H = H::new_session_ticket;

impl ExtensionType {
    /// The messages of TLS 1.3 that may carry this extension: the table of RFC 8446 section 4.2, and what later documents
    /// register for what this crate can read.
    ///
    /// `Some(&[])` for what only older versions have: a ClientHello that offers them too carries it, no message of TLS 1.3
    /// answers it. `None` if this table does not know the type: it can stand anywhere. HelloRetryRequest, which on the wire is
    /// a ServerHello, is [`HandshakeType::hello_retry_request`].
    ///
    /// ```
    /// use premaster_wire::{ExtensionType, HandshakeType};
    ///
    /// let messages = ExtensionType::early_data.tls13_messages();
    /// let expected = [
    ///     HandshakeType::client_hello,
    ///     HandshakeType::encrypted_extensions,
    ///     HandshakeType::new_session_ticket,
    /// ];
    /// assert_eq!(messages, Some(&expected[..]));
    /// ```
    #[must_use]
    pub const fn tls13_messages(self) -> Option<&'static [HandshakeType]> {
        Some(match self {
            Self::server_name
            | Self::max_fragment_length
            | Self::supported_groups
            | Self::use_srtp
            | Self::heartbeat
            | Self::application_layer_protocol_negotiation
            | Self::client_certificate_type
            | Self::server_certificate_type
            | Self::record_size_limit
            | Self::quic_transport_parameters
            | Self::ticket_request => &[CH, EE],
            Self::status_request
            | Self::signed_certificate_timestamp
            | Self::delegated_credential => &[CH, CR, CT],
            Self::signature_algorithms
            | Self::signature_algorithms_cert
            | Self::certificate_authorities
            | Self::compress_certificate => &[CH, CR],
            Self::padding | Self::psk_key_exchange_modes | Self::post_handshake_auth => &[CH],
            Self::key_share | Self::supported_versions => &[CH, SH, HRR],
            Self::pre_shared_key | Self::connection_id => &[CH, SH],
            Self::early_data => &[CH, EE, NST],
            Self::cookie => &[CH, HRR],
            Self::oid_filters => &[CR],
            Self::encrypted_client_hello => &[CH, HRR, EE],
            Self::client_certificate_url
            | Self::trusted_ca_keys
            | Self::truncated_hmac
            | Self::ec_point_formats
            | Self::srp
            | Self::status_request_v2
            | Self::encrypt_then_mac
            | Self::extended_master_secret
            | Self::session_ticket
            | Self::renegotiation_info => &[],
            _ => return None,
        })
    }

    /// Whether a message of TLS 1.3 may carry this extension; it may if the type is unknown here, and a ClientHello may
    /// carry what older versions have.
    ///
    /// Whoever receives an extension that it knows in another message refuses it (RFC 8446 section 4.2:
    /// `illegal_parameter`). Decoding does not: there it is an extension that the message's enum does not know.
    ///
    /// ```
    /// use premaster_wire::{ExtensionType, HandshakeType};
    ///
    /// assert!(ExtensionType::key_share.may_appear_in(HandshakeType::server_hello));
    /// assert!(!ExtensionType::key_share.may_appear_in(HandshakeType::encrypted_extensions));
    /// assert!(ExtensionType(0x2a2a).may_appear_in(HandshakeType::encrypted_extensions));
    /// ```
    #[must_use]
    pub fn may_appear_in(self, message: HandshakeType) -> bool {
        match self.tls13_messages() {
            None => true,
            Some([]) => message == HandshakeType::client_hello,
            Some(messages) => messages.contains(&message),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        CertificateExtension, CertificateRequestExtension, ClientHelloExtension, Decode,
        EncryptedExtension, HelloRetryRequestExtension, NewSessionTicketExtension,
        ServerHelloExtension,
    };

    /// Whether the enum of a message has a variant for a type: then a body of this kind is refused, or is no
    /// unknown one.
    /// Under Miri, which is a thousand times slower, those below 256 only.
    fn every_type() -> impl Iterator<Item = ExtensionType> {
        let last = if cfg!(miri) { 0xff } else { u16::MAX };
        (0..=last).map(ExtensionType)
    }

    macro_rules! knows {
        ($extension:ident, $extension_type:expr) => {{
            let [high, low] = $extension_type.0.to_be_bytes();
            let encoded = [high, low, 0, 1, 0xff];
            !matches!($extension::decode(&encoded), Ok($extension::Unknown { .. }))
        }};
    }

    /// RFC 8446 section 4.2: what is read of a message is what the table allows in it, and nothing else.
    #[test]
    fn every_message_knows_the_extensions_that_may_appear_in_it() {
        for extension_type in every_type() {
            let Some(messages) = extension_type.tls13_messages() else {
                continue;
            };
            let known = [
                (EE, knows!(EncryptedExtension, extension_type)),
                (CT, knows!(CertificateExtension, extension_type)),
                (CR, knows!(CertificateRequestExtension, extension_type)),
                (NST, knows!(NewSessionTicketExtension, extension_type)),
                (HRR, knows!(HelloRetryRequestExtension, extension_type)),
            ];
            for (message, knows) in known {
                let expected = messages.contains(&message);
                assert_eq!(knows, expected, "{extension_type} in {message}");
                assert_eq!(extension_type.may_appear_in(message), expected);
            }
            // The hellos are those of older versions too.
            let in_client_hello = extension_type.may_appear_in(CH);
            assert_eq!(
                knows!(ClientHelloExtension, extension_type),
                in_client_hello
            );
            if messages.contains(&SH) {
                assert!(
                    knows!(ServerHelloExtension, extension_type),
                    "{extension_type}"
                );
            }
        }
    }

    /// The other way round: what a message can read, the table has.
    #[test]
    fn the_table_has_every_extension_that_is_read() {
        for extension_type in every_type() {
            let is_read = knows!(ClientHelloExtension, extension_type)
                || knows!(ServerHelloExtension, extension_type)
                || knows!(EncryptedExtension, extension_type)
                || knows!(CertificateExtension, extension_type)
                || knows!(CertificateRequestExtension, extension_type)
                || knows!(NewSessionTicketExtension, extension_type)
                || knows!(HelloRetryRequestExtension, extension_type);
            let is_known = extension_type.tls13_messages().is_some();
            assert_eq!(is_read, is_known, "{extension_type}");
        }
    }

    /// RFC 8446 section 4.2: the table itself, row by row.
    #[test]
    fn the_table_is_that_of_rfc_8446() {
        let rows: [(&str, &[H]); 22] = [
            ("server_name", &[CH, EE]),
            ("max_fragment_length", &[CH, EE]),
            ("status_request", &[CH, CR, CT]),
            ("supported_groups", &[CH, EE]),
            ("signature_algorithms", &[CH, CR]),
            ("use_srtp", &[CH, EE]),
            ("heartbeat", &[CH, EE]),
            ("application_layer_protocol_negotiation", &[CH, EE]),
            ("signed_certificate_timestamp", &[CH, CR, CT]),
            ("client_certificate_type", &[CH, EE]),
            ("server_certificate_type", &[CH, EE]),
            ("padding", &[CH]),
            ("key_share", &[CH, SH, HRR]),
            ("pre_shared_key", &[CH, SH]),
            ("psk_key_exchange_modes", &[CH]),
            ("early_data", &[CH, EE, NST]),
            ("cookie", &[CH, HRR]),
            ("supported_versions", &[CH, SH, HRR]),
            ("certificate_authorities", &[CH, CR]),
            ("oid_filters", &[CR]),
            ("post_handshake_auth", &[CH]),
            ("signature_algorithms_cert", &[CH, CR]),
        ];
        for (name, messages) in rows {
            let extension_type = ExtensionType::from_name(name).unwrap();
            assert_eq!(extension_type.tls13_messages(), Some(messages), "{name}");
        }
    }
}
