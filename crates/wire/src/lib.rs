#![doc = include_str!("../README.md")]
#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::indexing_slicing,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::unreachable,
        clippy::arithmetic_side_effects
    )
)]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod code_point;
mod codec;
mod extension;
mod fingerprint;
mod message;
mod record;

pub use code_point::*;
pub use codec::{
    Decode, DecodeError, DecodeErrorKind, Encode, EncodeError, EncodeErrorKind, List, ListIter,
    Parsed, Place, Uint24, Vector, Writer,
};
pub use extension::{
    CertificateExtension, CertificateRequestExtension, CertificateStatusRequest,
    CertificateStatusRequestItem, ClientHelloExtension, EncryptedExtension, Extension, Extensions,
    ExtensionsIter, HelloRetryRequestExtension, KeyShareEntry, NewSessionTicketExtension,
    OcspStatusRequest, OfferedPsks, OidFilter, ProtocolName, PskBinderEntry, PskIdentity,
    RawExtension, ResponderId, SerializedSct, ServerHelloExtension, ServerName, TicketRequest,
    UseSrtp,
};
pub use fingerprint::{Ja3, Ja4};
pub use message::{
    AnyMessage, CertificateStatus, CertificateVerify, ClientHello, DistinguishedName, Finished,
    HandshakeMessage, HelloRetryRequest, OcspResponse, Random, RetryRandom, ServerHello,
    ServerHelloOrRetry, V2CipherSpec, V2ClientHello, encode_message, split_message, ssl3, tls11,
    tls12, tls13,
};
pub use record::{Alert, ChangeCipherSpec, RecordHeader, TlsPlaintext};
