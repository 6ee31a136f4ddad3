//! Every form of message that the crate reads, as functions over bytes.
//!
//! The fuzz targets use this table too.
#![allow(
    elided_lifetimes_in_paths,
    reason = "the names of the forms are the names of the types"
)]
#![allow(dead_code, reason = "who shares the table may need a part of it")]

use std::fmt::{self, Write as _};

use premaster_wire::{
    Alert, CertificateStatus, CertificateVerify, ChangeCipherSpec, ClientHello, Decode,
    DecodeError, Encode, Finished, HandshakeMessage, HandshakeType, HelloRetryRequest,
    RecordHeader, ServerHello, ServerHelloOrRetry, TlsPlaintext, V2ClientHello, ssl3, tls11, tls12,
    tls13,
};

/// One form of message.
pub(crate) struct Form {
    /// Its type in the crate.
    pub(crate) name: &'static str,
    /// What stands in its header, unless it is no handshake message.
    pub(crate) handshake_type: Option<HandshakeType>,
    /// Decodes bytes and walks through all that is in them.
    #[allow(
        dead_code,
        reason = "only those who count allocations do no more than that"
    )]
    pub(crate) walk: fn(&[u8]) -> Result<(), DecodeError>,
    /// Does the same, and encodes the value again.
    pub(crate) recode: fn(&[u8]) -> Result<Vec<u8>, DecodeError>,
}

macro_rules! forms {
    (
        handshake { $($message:ty),* $(,)? }
        plain { $($plain:ty),* $(,)? }
        decode_only { $($read:ty => $encode:expr),* $(,)? }
    ) => {
        /// All of them.
        pub(crate) const FORMS: &[Form] = &[
            $( form!($message, Some(<$message as HandshakeMessage>::TYPE), encode), )*
            $( form!($plain, None, encode), )*
            $( form!($read, None, $encode), )*
        ];
    };
}

macro_rules! form {
    ($message:ty, $handshake_type:expr, $encode:expr) => {
        Form {
            name: stringify!($message),
            handshake_type: $handshake_type,
            walk: |bytes| Ok(walk(&<$message>::decode(bytes)?)),
            recode: |bytes| {
                let message = <$message>::decode(bytes)?;
                walk(&message);
                Ok($encode(&message))
            },
        }
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
    decode_only { V2ClientHello => encode_v2 }
}

/// Formatting visits every element of every list and every extension.
fn walk<T: fmt::Debug>(value: &T) {
    struct Nowhere;
    impl fmt::Write for Nowhere {
        fn write_str(&mut self, _: &str) -> fmt::Result {
            Ok(())
        }
    }
    write!(Nowhere, "{value:?}").expect("writing nowhere cannot fail");
}

fn encode<T: Encode>(value: &T) -> Vec<u8> {
    value.to_vec().expect("what decodes encodes")
}

/// The crate does not write this hello; a record of its fields shows that all of it was read.
fn encode_v2(hello: &V2ClientHello) -> Vec<u8> {
    let specs: Vec<u8> = hello.cipher_specs.iter().flat_map(|spec| spec.0).collect();
    let contents = [&specs, hello.session_id, hello.challenge];
    let length = |content: &[u8]| (content.len() as u16).to_be_bytes();
    let mut message = vec![1];
    message.extend(u16::from(hello.version).to_be_bytes());
    message.extend(contents.iter().flat_map(|content| length(content)));
    message.extend(contents.concat());
    let [high, low] = length(&message);
    [&[high | 0x80, low], &message[..]].concat()
}
