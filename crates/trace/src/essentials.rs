//! What is essential in a handshake message, for both sinks: decoded here once, told by each in its own way.

mod hello;
mod key_exchange;
mod tls12;
mod tls13;

use std::fmt::Display;

use premaster_wire::tls12::KeyExchangeAlgorithm;
use premaster_wire::{
    CertificateStatus, CertificateVerify, CipherSuite, Decode, DecodeError, Finished,
    HandshakeType, KeyShareEntry, NamedGroup, ProtocolVersion, ServerHelloOrRetry, split_message,
};

use crate::Epoch;
use crate::value::message_name;

/// What a message says.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) message: HandshakeType,
    /// The RFC's name of the structure: `ClientHello`.
    pub(crate) name: String,
    pub(crate) fields: Fields,
    /// Whether it is one of TLS 1.3, or a ClientHello that offers it.
    pub(crate) tls13: bool,
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
    Share(Share),
    Shares(Vec<Share>),
}

/// A share of a key exchange (KeyShareEntry, RFC 8446 section 4.2.8).
#[derive(Debug, PartialEq)]
pub(crate) struct Share {
    pub(crate) group: NamedGroup,
    pub(crate) key_exchange: Vec<u8>,
}

impl From<KeyShareEntry<'_>> for Share {
    fn from(entry: KeyShareEntry<'_>) -> Self {
        Self {
            group: entry.group,
            key_exchange: entry.key_exchange.to_vec(),
        }
    }
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

    pub(crate) fn share(&mut self, name: &'static str, share: KeyShareEntry<'_>) -> &mut Self {
        self.push(name, FieldValue::Share(share.into()))
    }

    pub(crate) fn shares<'a>(
        &mut self,
        name: &'static str,
        shares: impl IntoIterator<Item = KeyShareEntry<'a>>,
    ) -> &mut Self {
        let shares = shares.into_iter().map(Share::from);
        self.push(name, FieldValue::Shares(shares.collect()))
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(field, _)| *field == name)
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
    /// The ClientHello has offered TLS 1.3.
    offered_tls13: bool,
    /// A HelloRetryRequest has come: the ClientHello after it is the second one.
    retried: bool,
}

impl Essentials {
    /// The key exchange of the suite that the server chose.
    pub(crate) fn key_exchange(&self) -> Option<KeyExchangeAlgorithm> {
        self.suite.and_then(KeyExchangeAlgorithm::of)
    }

    pub(crate) const fn retried(&self) -> bool {
        self.retried
    }

    /// Whether TLS 1.3 was agreed on, or offered and not answered yet; `None` before any hello.
    pub(crate) fn is_about_tls13(&self) -> Option<bool> {
        match self.version {
            Some(version) => Some(version == ProtocolVersion::TLSv1_3),
            None => self.offered_tls13.then_some(true),
        }
    }

    /// The message (with its header) in fields. What cannot be decoded says so: a trace reports what there was.
    pub(crate) fn of(&mut self, epoch: Epoch, message: &[u8]) -> Told {
        let kind = message.first().copied().map(HandshakeType);
        let mut told = Told {
            message: kind.unwrap_or(HandshakeType(u8::MAX)),
            name: kind.map_or("an empty message".to_owned(), message_name),
            fields: Fields::default(),
            tls13: false,
        };
        if let Err(error) = self.read(epoch, message, &mut told) {
            told.fields.text("undecodable", error);
        }
        told
    }

    fn read(&mut self, epoch: Epoch, message: &[u8], told: &mut Told) -> Result<(), DecodeError> {
        let (kind, body) = split_message(message)?;
        match kind {
            HandshakeType::client_hello => {
                if !self.retried {
                    *self = Self::default();
                }
                told.tls13 = hello::client_hello(body, &mut told.fields)?;
                self.offered_tls13 = told.tls13;
                return Ok(());
            }
            HandshakeType::server_hello => return self.server_hello(body, told),
            _ => {}
        }
        told.tls13 = self.is_tls13(epoch, kind);
        let fields = &mut told.fields;
        match kind {
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
            other if told.tls13 => tls13::message(other, body, fields)?,
            other => self.classic(other, body, fields)?,
        }
        Ok(())
    }

    fn server_hello(&mut self, body: &[u8], told: &mut Told) -> Result<(), DecodeError> {
        let (version, suite) = match ServerHelloOrRetry::decode(body)? {
            ServerHelloOrRetry::ServerHello(hello) => {
                self.retried = false;
                (
                    hello::server_hello(&hello, &mut told.fields),
                    hello.cipher_suite,
                )
            }
            ServerHelloOrRetry::HelloRetryRequest(request) => {
                self.retried = true;
                told.message = HandshakeType::hello_retry_request;
                told.name = message_name(told.message);
                hello::hello_retry_request(&request, &mut told.fields);
                (ProtocolVersion::TLSv1_3, request.cipher_suite)
            }
        };
        told.tls13 = version == ProtocolVersion::TLSv1_3;
        (self.version, self.suite) = (Some(version), Some(suite));
        Ok(())
    }

    /// What the hellos said, else what keys and type of the message give away.
    fn is_tls13(&self, epoch: Epoch, kind: HandshakeType) -> bool {
        if let Some(version) = self.version {
            return version == ProtocolVersion::TLSv1_3;
        }
        match epoch {
            Epoch::EarlyData | Epoch::Handshake => true,
            // TLS 1.2 sends its tickets before it changes keys (RFC 5077 section 3.3).
            Epoch::Traffic => {
                kind == HandshakeType::key_update || kind == HandshakeType::new_session_ticket
            }
            Epoch::Plain => false,
        }
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
