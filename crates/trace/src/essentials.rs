//! What is essential in a handshake message, for both sinks: decoded here once, told by each in its own way.

mod hello;
mod key_exchange;
mod tls12;
mod tls13;

use std::fmt::Display;

use premaster_wire::tls12::KeyExchangeAlgorithm;
use premaster_wire::{
    CertificateStatus, CertificateVerify, CipherSuite, Decode, DecodeError, Finished,
    HandshakeType, ProtocolVersion, split_message,
};

use crate::value::message_name;

/// What a message says.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) message: HandshakeType,
    /// The RFC's name of the structure: `ClientHello`.
    pub(crate) name: String,
    pub(crate) fields: Fields,
}

/// Fields in the order of the message, by the RFC's names.
#[derive(Debug, Default)]
pub(crate) struct Fields(Vec<(&'static str, FieldValue)>);

#[derive(Debug, PartialEq)]
pub(crate) enum FieldValue {
    Text(String),
    Number(u64),
    Bytes(Vec<u8>),
    List(Vec<String>),
}

impl Fields {
    pub(crate) fn text(&mut self, name: &'static str, value: impl Display) -> &mut Self {
        self.push(name, FieldValue::Text(value.to_string()))
    }

    pub(crate) fn number(&mut self, name: &'static str, value: impl TryInto<u64>) -> &mut Self {
        self.push(
            name,
            FieldValue::Number(value.try_into().unwrap_or(u64::MAX)),
        )
    }

    pub(crate) fn bytes(&mut self, name: &'static str, value: &[u8]) -> &mut Self {
        self.push(name, FieldValue::Bytes(value.to_vec()))
    }

    pub(crate) fn list<T: Display>(
        &mut self,
        name: &'static str,
        values: impl IntoIterator<Item = T>,
    ) -> &mut Self {
        let values = values.into_iter().map(|value| value.to_string());
        self.push(name, FieldValue::List(values.collect()))
    }

    fn push(&mut self, name: &'static str, value: FieldValue) -> &mut Self {
        self.0.push((name, value));
        self
    }
}

impl IntoIterator for Fields {
    type Item = (&'static str, FieldValue);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// Decodes messages. How some of them read depends on those before: it remembers the version and the suite.
#[derive(Debug, Default)]
pub(crate) struct Essentials {
    version: Option<ProtocolVersion>,
    suite: Option<CipherSuite>,
}

impl Essentials {
    /// The key exchange of the suite that the server chose.
    pub(crate) fn key_exchange(&self) -> Option<KeyExchangeAlgorithm> {
        self.suite.and_then(KeyExchangeAlgorithm::of)
    }

    /// The message (with its header) in fields. What cannot be decoded says so: a trace reports what there was.
    pub(crate) fn of(&mut self, message: &[u8]) -> Told {
        let mut fields = Fields::default();
        let kind = message.first().copied().map(HandshakeType);
        if let Err(error) = self.read(message, &mut fields) {
            fields.text("undecodable", error);
        }
        Told {
            message: kind.unwrap_or(HandshakeType(u8::MAX)),
            name: kind.map_or("an empty message".to_owned(), message_name),
            fields,
        }
    }

    fn read(&mut self, message: &[u8], fields: &mut Fields) -> Result<(), DecodeError> {
        let (kind, body) = split_message(message)?;
        match kind {
            HandshakeType::client_hello => hello::client_hello(body, fields)?,
            HandshakeType::server_hello => {
                let (version, suite) = hello::server_hello(body, fields)?;
                (self.version, self.suite) = (Some(version), Some(suite));
            }
            HandshakeType::certificate_verify => {
                let verify = CertificateVerify::decode(body)?;
                fields.text("algorithm", verify.algorithm);
                fields.number("signature_length", verify.signature.len());
            }
            HandshakeType::certificate_status => {
                if let CertificateStatus::Ocsp(response) = CertificateStatus::decode(body)? {
                    fields.number("ocsp_response_length", response.len());
                }
            }
            HandshakeType::finished => {
                fields.bytes("verify_data", Finished::decode(body)?.verify_data);
            }
            other if self.version == Some(ProtocolVersion::TLSv1_3) => {
                tls13::message(other, body, fields)?;
            }
            other => self.classic(other, body, fields)?,
        }
        Ok(())
    }

    fn classic(
        &self,
        kind: HandshakeType,
        body: &[u8],
        fields: &mut Fields,
    ) -> Result<(), DecodeError> {
        let version = self.version.unwrap_or(ProtocolVersion::TLSv1_2);
        match (kind, self.key_exchange()) {
            (HandshakeType::server_key_exchange, Some(algorithm)) => {
                key_exchange::server(algorithm, version, body, fields)
            }
            (HandshakeType::client_key_exchange, Some(algorithm)) => {
                key_exchange::client(algorithm, version, body, fields)
            }
            _ => tls12::message(kind, body, fields),
        }
    }
}

/// A list of certificates by their sizes: what is in them is another story.
fn certificates<'a>(certificates: impl Iterator<Item = &'a [u8]>, fields: &mut Fields) {
    let lengths: Vec<_> = certificates
        .map(|der| format!("{} bytes", der.len()))
        .collect();
    fields.number("certificates", lengths.len());
    fields.list("certificate_lengths", lengths);
}
