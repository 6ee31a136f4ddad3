//! Every form of message that the crate reads, as functions over bytes.
//!
//! The fuzz targets use this table too.
#![allow(
    elided_lifetimes_in_paths,
    reason = "the names of the forms are the names of the types"
)]

use std::fmt::{self, Write as _};

use premaster_wire::{
    Alert, CertificateStatus, CertificateVerify, ChangeCipherSpec, ClientHello, Decode,
    DecodeError, Encode, Finished, HandshakeMessage, HandshakeType, HelloRetryRequest,
    RecordHeader, ServerHello, ServerHelloOrRetry, TlsPlaintext, ssl3, tls11, tls12, tls13,
};

/// One form of message.
pub(crate) struct Form {
    /// Its type in the crate.
    pub(crate) name: &'static str,
    /// What stands in its header, unless it is no handshake message.
    pub(crate) handshake_type: Option<HandshakeType>,
    /// Decodes bytes, walks through all that is in them, and encodes the value again.
    pub(crate) recode: fn(&[u8]) -> Result<Vec<u8>, DecodeError>,
}

macro_rules! forms {
    (handshake { $($message:ty),* $(,)? } plain { $($plain:ty),* $(,)? }) => {
        /// All of them.
        pub(crate) const FORMS: &[Form] = &[
            $( Form {
                name: stringify!($message),
                handshake_type: Some(<$message as HandshakeMessage>::TYPE),
                recode: |bytes| Ok(walk_and_encode(&<$message>::decode(bytes)?)),
            }, )*
            $( Form {
                name: stringify!($plain),
                handshake_type: None,
                recode: |bytes| Ok(walk_and_encode(&<$plain>::decode(bytes)?)),
            }, )*
        ];
    };
}

forms! {
    handshake {
        ClientHello,
        ServerHello,
        HelloRetryRequest,
        ServerHelloOrRetry,
        CertificateVerify,
        CertificateStatus,
        Finished,
        tls12::HelloRequest,
        tls12::Certificate,
        tls12::EcdheServerKeyExchange,
        tls12::ServerEcdhParams,
        tls12::DheServerKeyExchange,
        tls12::ServerDhParams,
        tls12::SrpServerKeyExchange,
        tls12::ServerSrpParams,
        tls12::PskServerKeyExchange,
        tls12::DhePskServerKeyExchange,
        tls12::EcdhePskServerKeyExchange,
        tls12::CertificateRequest,
        tls12::ServerHelloDone,
        tls12::EcdhClientKeyExchange,
        tls12::DhClientKeyExchange,
        tls12::ImplicitClientKeyExchange,
        tls12::RsaClientKeyExchange,
        tls12::PskClientKeyExchange,
        tls12::DhePskClientKeyExchange,
        tls12::EcdhePskClientKeyExchange,
        tls12::RsaPskClientKeyExchange,
        tls12::SrpClientKeyExchange,
        tls12::NewSessionTicket,
        tls11::EcdheServerKeyExchange,
        tls11::DheServerKeyExchange,
        tls11::SrpServerKeyExchange,
        tls11::CertificateRequest,
        tls11::CertificateVerify,
        ssl3::RsaClientKeyExchange,
        ssl3::Finished,
        tls13::EncryptedExtensions,
        tls13::CertificateRequest,
        tls13::Certificate,
        tls13::CompressedCertificate,
        tls13::NewSessionTicket,
        tls13::EndOfEarlyData,
        tls13::KeyUpdate,
        tls13::MessageHash,
    }
    plain { Alert, ChangeCipherSpec, RecordHeader, TlsPlaintext }
}

/// Formatting visits every element of every list and every extension.
fn walk_and_encode<T: fmt::Debug + Encode>(value: &T) -> Vec<u8> {
    struct Nowhere;
    impl fmt::Write for Nowhere {
        fn write_str(&mut self, _: &str) -> fmt::Result {
            Ok(())
        }
    }
    write!(Nowhere, "{value:?}").expect("writing nowhere cannot fail");
    value.to_vec().expect("what decodes encodes")
}
