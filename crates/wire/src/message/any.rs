//! Any handshake message, for tools that look at handshakes without taking part.

use super::handshake::split_message;
use super::{
    CertificateStatus, CertificateVerify, ClientHello, Finished, HelloRetryRequest, ServerHello,
    ServerHelloOrRetry, ssl3, tls11, tls12, tls13,
};
use crate::code_point::{HandshakeType, ProtocolVersion};
use crate::codec::{Decode, DecodeError};

/// A handshake message of any type, as one version has it.
///
/// What a key exchange message looks like depends on the cipher suite, so those keep their bytes:
/// [`tls12::ServerKeyExchange::decode_as`] and [`tls12::ClientKeyExchange::decode_as`] read them.
///
/// ```
/// use premaster_wire::{AnyMessage, ProtocolVersion};
///
/// let message = AnyMessage::decode(ProtocolVersion::TLSv1_3, &[24, 0, 0, 1, 0])?;
/// assert_eq!(format!("{message:?}"), "KeyUpdate(KeyUpdate { request_update: update_not_requested })");
/// # Ok::<(), premaster_wire::DecodeError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[allow(
    missing_docs,
    reason = "a variant is called like the message that it holds"
)]
pub enum AnyMessage<'a> {
    ClientHello(ClientHello<'a>),
    ServerHello(ServerHello<'a>),
    HelloRetryRequest(HelloRetryRequest<'a>),
    CertificateVerify(CertificateVerify<'a>),
    /// As before TLS 1.2.
    CertificateVerify11(tls11::CertificateVerify<'a>),
    Finished(Finished<'a>),
    /// As in SSL 3.0.
    FinishedSsl3(ssl3::Finished),
    HelloRequest(tls12::HelloRequest),
    Certificate12(tls12::Certificate<'a>),
    CertificateStatus(CertificateStatus<'a>),
    ServerKeyExchange(&'a [u8]),
    CertificateRequest12(tls12::CertificateRequest<'a>),
    /// As before TLS 1.2.
    CertificateRequest11(tls11::CertificateRequest<'a>),
    ServerHelloDone(tls12::ServerHelloDone),
    ClientKeyExchange(&'a [u8]),
    NewSessionTicket12(tls12::NewSessionTicket<'a>),
    EncryptedExtensions(tls13::EncryptedExtensions<'a>),
    CertificateRequest13(tls13::CertificateRequest<'a>),
    Certificate13(tls13::Certificate<'a>),
    CompressedCertificate(tls13::CompressedCertificate<'a>),
    NewSessionTicket13(tls13::NewSessionTicket<'a>),
    EndOfEarlyData(tls13::EndOfEarlyData),
    KeyUpdate(tls13::KeyUpdate),
    /// A message of a type that this version does not have, as it is.
    Unknown {
        /// Its type.
        handshake_type: HandshakeType,
        /// Its body.
        body: &'a [u8],
    },
}

impl<'a> AnyMessage<'a> {
    /// Reads exactly one message, with its header, as this version has it.
    ///
    /// # Errors
    /// What is wrong with the message; a type that is unknown is not wrong.
    pub fn decode(version: ProtocolVersion, message: &'a [u8]) -> Result<Self, DecodeError> {
        let (handshake_type, body) = split_message(message)?;
        Ok(match handshake_type {
            HandshakeType::client_hello => Self::ClientHello(Decode::decode(body)?),
            HandshakeType::server_hello => match ServerHelloOrRetry::decode(body)? {
                ServerHelloOrRetry::ServerHello(hello) => Self::ServerHello(hello),
                ServerHelloOrRetry::HelloRetryRequest(request) => Self::HelloRetryRequest(request),
            },
            HandshakeType::finished if version == ProtocolVersion::SSLv3 => {
                Self::FinishedSsl3(Decode::decode(body)?)
            }
            HandshakeType::certificate_verify if tls11::has_these_forms(version) => {
                Self::CertificateVerify11(Decode::decode(body)?)
            }
            HandshakeType::certificate_request if tls11::has_these_forms(version) => {
                Self::CertificateRequest11(Decode::decode(body)?)
            }
            HandshakeType::certificate_verify => Self::CertificateVerify(Decode::decode(body)?),
            HandshakeType::finished => Self::Finished(Decode::decode(body)?),
            _ if version == ProtocolVersion::TLSv1_3 => Self::decode_tls13(handshake_type, body)?,
            _ => Self::decode_tls12(handshake_type, body)?,
        })
    }

    fn decode_tls12(handshake_type: HandshakeType, body: &'a [u8]) -> Result<Self, DecodeError> {
        Ok(match handshake_type {
            HandshakeType::hello_request => Self::HelloRequest(Decode::decode(body)?),
            HandshakeType::certificate => Self::Certificate12(Decode::decode(body)?),
            HandshakeType::certificate_status => Self::CertificateStatus(Decode::decode(body)?),
            HandshakeType::server_key_exchange => Self::ServerKeyExchange(body),
            HandshakeType::certificate_request => Self::CertificateRequest12(Decode::decode(body)?),
            HandshakeType::server_hello_done => Self::ServerHelloDone(Decode::decode(body)?),
            HandshakeType::client_key_exchange => Self::ClientKeyExchange(body),
            HandshakeType::new_session_ticket => Self::NewSessionTicket12(Decode::decode(body)?),
            _ => Self::Unknown {
                handshake_type,
                body,
            },
        })
    }

    fn decode_tls13(handshake_type: HandshakeType, body: &'a [u8]) -> Result<Self, DecodeError> {
        Ok(match handshake_type {
            HandshakeType::encrypted_extensions => Self::EncryptedExtensions(Decode::decode(body)?),
            HandshakeType::certificate_request => Self::CertificateRequest13(Decode::decode(body)?),
            HandshakeType::certificate => Self::Certificate13(Decode::decode(body)?),
            HandshakeType::compressed_certificate => {
                Self::CompressedCertificate(Decode::decode(body)?)
            }
            HandshakeType::new_session_ticket => Self::NewSessionTicket13(Decode::decode(body)?),
            HandshakeType::end_of_early_data => Self::EndOfEarlyData(Decode::decode(body)?),
            HandshakeType::key_update => Self::KeyUpdate(Decode::decode(body)?),
            _ => Self::Unknown {
                handshake_type,
                body,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::String;

    use super::*;

    #[test]
    fn one_type_has_two_forms() {
        let empty = [11, 0, 0, 3, 0, 0, 0];
        assert!(matches!(
            AnyMessage::decode(ProtocolVersion::TLSv1_2, &empty),
            Ok(AnyMessage::Certificate12(_))
        ));
        let empty = [11, 0, 0, 4, 0, 0, 0, 0];
        assert!(matches!(
            AnyMessage::decode(ProtocolVersion::TLSv1_3, &empty),
            Ok(AnyMessage::Certificate13(_))
        ));
    }

    #[test]
    fn what_had_another_form_before_is_read_in_it() {
        let verify = [15, 0, 0, 5, 0, 3, 1, 2, 3];
        let request = [13, 0, 0, 4, 1, 64, 0, 0];
        let finished = [&[20, 0, 0, 36][..], &[7; 36]].concat();
        for version in [
            ProtocolVersion::SSLv3,
            ProtocolVersion::TLSv1_0,
            ProtocolVersion::TLSv1_1,
        ] {
            let decode = |message| AnyMessage::decode(version, message).unwrap();
            assert!(matches!(
                decode(&verify),
                AnyMessage::CertificateVerify11(_)
            ));
            assert!(matches!(
                decode(&request),
                AnyMessage::CertificateRequest11(_)
            ));
            assert_eq!(
                matches!(decode(&finished), AnyMessage::FinishedSsl3(_)),
                version == ProtocolVersion::SSLv3
            );
        }
        for message in [&verify[..], &request] {
            assert!(AnyMessage::decode(ProtocolVersion::TLSv1_2, message).is_err());
        }
    }

    /// Message by message, what its bytes are in TLS 1.2 and in TLS 1.3: the name of the variant, or what is missing.
    #[test]
    fn every_type_is_read_in_the_form_of_its_version() {
        let hello = [&[3, 3][..], &[7; 32], &[0, 0, 2, 0x13, 1, 1, 0]].concat();
        let ticket = [0, 0, 0, 9, 0, 1, 8];
        let ticket13 = [0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 1, 8, 0, 0];
        let table: [(u8, &[u8], &str, &str); 16] = [
            (0, &[], "HelloRequest", "Unknown"),
            (1, &hello, "ClientHello", "ClientHello"),
            (4, &ticket, "NewSessionTicket12", ""),
            (4, &ticket13, "", "NewSessionTicket13"),
            (5, &[], "Unknown", "EndOfEarlyData"),
            (8, &[0, 0], "Unknown", "EncryptedExtensions"),
            (12, &[1], "ServerKeyExchange", "Unknown"),
            (13, &[1, 64, 0, 2, 4, 3, 0, 0], "CertificateRequest12", ""),
            (
                13,
                &[0, 0, 8, 0, 13, 0, 4, 0, 2, 4, 3],
                "",
                "CertificateRequest13",
            ),
            (14, &[], "ServerHelloDone", "Unknown"),
            (
                15,
                &[4, 3, 0, 1, 9],
                "CertificateVerify",
                "CertificateVerify",
            ),
            (16, &[1], "ClientKeyExchange", "Unknown"),
            (20, &[7; 12], "Finished", "Finished"),
            (22, &[1, 0, 0, 1, 5], "CertificateStatus", "Unknown"),
            (24, &[0], "Unknown", "KeyUpdate"),
            (
                25,
                &[0, 1, 0, 0, 9, 0, 0, 1, 5],
                "Unknown",
                "CompressedCertificate",
            ),
        ];
        for (handshake_type, body, tls12, tls13) in table {
            let length = u8::try_from(body.len()).unwrap();
            let message = [&[handshake_type, 0, 0, length][..], body].concat();
            for (version, wanted) in [
                (ProtocolVersion::TLSv1_2, tls12),
                (ProtocolVersion::TLSv1_3, tls13),
            ] {
                let decoded = AnyMessage::decode(version, &message);
                let name = decoded.map_or_else(|_| String::new(), |it| alloc::format!("{it:?}"));
                let name = name.split(['(', ' ']).next();
                assert_eq!(name, Some(wanted), "{handshake_type} of {version}");
            }
        }
    }

    #[test]
    fn a_type_of_another_version_is_unknown() {
        let key_update = [24, 0, 0, 1, 0];
        let message = AnyMessage::decode(ProtocolVersion::TLSv1_2, &key_update).unwrap();
        assert_eq!(
            message,
            AnyMessage::Unknown {
                handshake_type: HandshakeType::key_update,
                body: &[0]
            }
        );
    }

    #[test]
    fn a_hello_retry_request_is_told_by_its_random() {
        let mut message = alloc::vec![2, 0, 0, 52, 3, 3];
        message.extend(crate::Random::HELLO_RETRY_REQUEST.0);
        message.extend([
            0, 0x13, 0x01, 0, 0, 12, 0, 43, 0, 2, 3, 4, 0, 51, 0, 2, 0, 29,
        ]);
        let decoded = AnyMessage::decode(ProtocolVersion::TLSv1_3, &message);
        assert!(
            matches!(decoded, Ok(AnyMessage::HelloRetryRequest(request)) if request.extensions.key_share() == Some(crate::NamedGroup::x25519))
        );
        message[6] ^= 1;
        // A ServerHello carries a whole share.
        assert_eq!(
            alloc::format!(
                "{}",
                AnyMessage::decode(ProtocolVersion::TLSv1_3, &message).unwrap_err()
            ),
            "KeyShareEntry.key_exchange: Truncated"
        );
    }
}
