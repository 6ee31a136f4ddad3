//! HelloRetryRequest (RFC 8446 section 4.1.4): a ServerHello with a fixed random.

use super::handshake::handshake_types;
use super::random::Random;
use super::server_hello::ServerHello;
use crate::code_point::{CipherSuite, CompressionMethod, ProtocolVersion};
use crate::codec::{
    Decode, DecodeErrorKind, Encode, Parsed, Place, Writer, located, refuse, wire_struct,
};
use crate::extension::{Extensions, HelloRetryRequestExtension};

wire_struct! {
    /// What a server asks the client to do differently (RFC 8446 section 4.1.4).
    pub struct HelloRetryRequest<'a> {
        /// Always TLS 1.2.
        pub legacy_version: ProtocolVersion,
        /// Stands for [`Random::HELLO_RETRY_REQUEST`].
        pub random: RetryRandom,
        /// The client's field as it was (`legacy_session_id_echo`).
        pub session_id: &'a [u8] [0..=32],
        /// The chosen suite.
        pub cipher_suite: CipherSuite,
        /// Always `null`.
        pub compression_method: CompressionMethod,
        /// The extensions.
        pub extensions: Extensions<'a, HelloRetryRequestExtension<'a>> [6..=0xffff],
    }
}

handshake_types! { HelloRetryRequest<'_> => server_hello }

/// The random that makes a ServerHello a HelloRetryRequest (RFC 8446 section 4.1.3); no other decodes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RetryRandom;

impl<'a> Decode<'a> for RetryRandom {
    const NAME: &'static str = "Random";
    const SIZE: Option<usize> = Some(32);

    #[inline]
    fn parse(input: &'a [u8]) -> Parsed<'a, Self> {
        match Random::parse(input)? {
            (rest, Random::HELLO_RETRY_REQUEST) => Ok((rest, Self)),
            _ => refuse(DecodeErrorKind::Value),
        }
    }
}

impl Encode for RetryRandom {
    fn encode(&self, out: &mut Writer) {
        Random::HELLO_RETRY_REQUEST.encode(out);
    }
}

/// A message of type `server_hello`, told apart by its random (RFC 8446 section 4.1.3).
///
/// ```
/// use premaster_wire::{CipherSuite, CompressionMethod, Decode, Encode, ProtocolVersion, Random};
/// use premaster_wire::{ServerHello, ServerHelloOrRetry};
///
/// let hello = ServerHello {
///     legacy_version: ProtocolVersion::TLSv1_2,
///     random: Random([7; 32]),
///     session_id: &[],
///     cipher_suite: CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
///     compression_method: CompressionMethod::null,
///     extensions: None,
/// };
/// let bytes = hello.to_vec()?;
/// assert_eq!(ServerHelloOrRetry::decode(&bytes)?, ServerHelloOrRetry::ServerHello(hello));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServerHelloOrRetry<'a> {
    /// The server has chosen.
    ServerHello(ServerHello<'a>),
    /// The server wants another hello.
    HelloRetryRequest(HelloRetryRequest<'a>),
}

impl<'a> Decode<'a> for ServerHelloOrRetry<'a> {
    const NAME: &'static str = "ServerHello";

    #[inline]
    fn parse(input: &'a [u8]) -> Parsed<'a, Self> {
        let place = const { &Place::new("ServerHello", "legacy_version") };
        let (after_version, _) = located(ProtocolVersion::parse(input), place)?;
        let (_, random) = located(
            Random::parse(after_version),
            const { &Place::new("ServerHello", "random") },
        )?;
        if random == Random::HELLO_RETRY_REQUEST {
            let (rest, request) = HelloRetryRequest::parse(input)?;
            Ok((rest, Self::HelloRetryRequest(request)))
        } else {
            let (rest, hello) = ServerHello::parse(input)?;
            Ok((rest, Self::ServerHello(hello)))
        }
    }
}

impl Encode for ServerHelloOrRetry<'_> {
    fn encode(&self, out: &mut Writer) {
        match self {
            Self::ServerHello(hello) => hello.encode(out),
            Self::HelloRetryRequest(request) => request.encode(out),
        }
    }
}

handshake_types! { ServerHelloOrRetry<'_> => server_hello }
