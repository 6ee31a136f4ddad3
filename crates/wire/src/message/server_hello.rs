//! ServerHello (RFC 8446 section 4.1.3, RFC 5246 section 7.4.1.3).

use super::handshake::handshake_types;
use super::random::Random;
use crate::code_point::{CipherSuite, CompressionMethod, ProtocolVersion};
use crate::codec::wire_struct;
use crate::extension::{Extensions, ServerHelloExtension};

wire_struct! {
    /// What a server has chosen (RFC 8446 section 4.1.3, RFC 5246 section 7.4.1.3).
    ///
    /// A HelloRetryRequest has the same type and shape but another meaning:
    /// [`ServerHelloOrRetry`](crate::ServerHelloOrRetry) tells the two apart.
    pub struct ServerHello<'a> {
        /// The version up to TLS 1.2 (`server_version` there).
        pub legacy_version: ProtocolVersion,
        /// The server's random.
        pub random: Random,
        /// The session, or in TLS 1.3 the client's field as it was.
        pub session_id: &'a [u8] [0..=32],
        /// The chosen suite.
        pub cipher_suite: CipherSuite,
        /// The chosen compression method.
        pub compression_method: CompressionMethod,
        /// The extensions; a server that has none to send may leave out the block in TLS 1.2.
        pub extensions: Option<Extensions<'a, ServerHelloExtension<'a>>> [0..=0xffff],
    }
}

handshake_types! { ServerHello<'_> => server_hello }

impl<'a> ServerHello<'a> {
    /// The extensions; none if there is no block.
    #[inline]
    #[must_use]
    pub fn extensions(&self) -> Extensions<'a, ServerHelloExtension<'a>> {
        self.extensions.unwrap_or_default()
    }
}
