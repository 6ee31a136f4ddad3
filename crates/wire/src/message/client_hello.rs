//! ClientHello (RFC 8446 section 4.1.2, RFC 5246 section 7.4.1.2).

use super::handshake::{handshake_types, split_message};
use super::random::Random;
use crate::code_point::{
    CipherSuite, CompressionMethod, ExtensionType, HandshakeType, ProtocolVersion,
};
use crate::codec::{Decode as _, DecodeError, DecodeErrorKind, List, Place, wire_struct};
use crate::extension::{ClientHelloExtension, Extensions};

wire_struct! {
    /// What a client offers (RFC 8446 section 4.1.2, RFC 5246 section 7.4.1.2).
    ///
    /// ```
    /// use premaster_wire::{CipherSuite, ClientHello, CompressionMethod, Decode, Encode, List, ProtocolVersion, Random};
    ///
    /// let hello = ClientHello {
    ///     legacy_version: ProtocolVersion::TLSv1_2,
    ///     random: Random([7; 32]),
    ///     session_id: &[],
    ///     cipher_suites: List::from(&[CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]),
    ///     compression_methods: List::from(&[CompressionMethod::null]),
    ///     extensions: None,
    /// };
    /// let bytes = hello.to_vec()?;
    /// assert_eq!(ClientHello::decode(&bytes)?, hello);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub struct ClientHello<'a> {
        /// The highest version up to TLS 1.2 (`client_version` there).
        pub legacy_version: ProtocolVersion,
        /// The client's random.
        pub random: Random,
        /// The session to resume, or in TLS 1.3 something for the server to echo.
        pub session_id: &'a [u8] [0..=32],
        /// The suites, best first.
        pub cipher_suites: List<'a, CipherSuite> [2..=0xfffe],
        /// The compression methods; `null` is always among them.
        pub compression_methods: List<'a, CompressionMethod> [1..=0xff],
        /// The extensions; a client of before RFC 3546 sends no block at all.
        pub extensions: Option<Extensions<'a, ClientHelloExtension<'a>>> [0..=0xffff],
    }
}

handshake_types! { ClientHello<'_> => client_hello }

impl<'a> ClientHello<'a> {
    /// The extensions; none if there is no block.
    #[inline]
    #[must_use]
    pub fn extensions(&self) -> Extensions<'a, ClientHelloExtension<'a>> {
        self.extensions.unwrap_or_default()
    }

    /// How many bytes at the end of the message are the binders of pre-shared keys, their length included.
    ///
    /// A binder covers the message up to there (RFC 8446 section 4.2.11.2). `None` if no pre-shared key is
    /// offered, or if `pre_shared_key` is not the last extension, as RFC 8446 section 4.2.11 wants it.
    #[must_use]
    pub fn binders_len(&self) -> Option<usize> {
        let extensions = self.extensions?;
        (extensions.types().last() == Some(ExtensionType::pre_shared_key))
            .then(|| extensions.pre_shared_key())
            .flatten()
            .map(|offered| offered.binders_len())
    }

    /// Cuts a whole ClientHello, header included, in front of its binders: what a binder covers, and the binders with
    /// their length (RFC 8446 section 4.2.11.2).
    ///
    /// The second part is empty where [`binders_len`](Self::binders_len) is `None`. A client encodes its hello with binders
    /// of zeros, has the first part hashed, and writes over the second, which is as long as before.
    ///
    /// ```
    /// use premaster_wire::{
    ///     CipherSuite, ClientHello, ClientHelloExtension, CompressionMethod, Extensions, List, OfferedPsks,
    ///     ProtocolVersion, PskBinderEntry, PskIdentity, Random, encode_message,
    /// };
    ///
    /// let identities = [PskIdentity { identity: b"ticket", obfuscated_ticket_age: 7 }];
    /// let binders = [PskBinderEntry { binder: &[0; 32] }];
    /// let extensions = [ClientHelloExtension::PreSharedKey(OfferedPsks {
    ///     identities: List::from(&identities),
    ///     binders: List::from(&binders),
    /// })];
    /// let message = encode_message(&ClientHello {
    ///     legacy_version: ProtocolVersion::TLSv1_2,
    ///     random: Random([7; 32]),
    ///     session_id: &[],
    ///     cipher_suites: List::from(&[CipherSuite::TLS_AES_128_GCM_SHA256]),
    ///     compression_methods: List::from(&[CompressionMethod::null]),
    ///     extensions: Some(Extensions::from(&extensions)),
    /// })?;
    /// let (covered, binders) = ClientHello::split_at_binders(&message)?;
    /// assert_eq!(binders, [&[0, 33, 32][..], &[0; 32]].concat());
    /// assert_eq!([covered, binders].concat(), message);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// The bytes are not one ClientHello.
    pub fn split_at_binders(message: &'a [u8]) -> Result<(&'a [u8], &'a [u8]), DecodeError> {
        let (handshake_type, body) = split_message(message)?;
        if handshake_type != HandshakeType::client_hello {
            let place = const { &Place::new("Handshake", "msg_type") };
            return Err(DecodeError::new(DecodeErrorKind::Value).at(place));
        }
        let binders = Self::decode(body)?.binders_len().unwrap_or(0);
        let covered = message.len().saturating_sub(binders);
        Ok(message.split_at_checked(covered).unwrap_or((message, &[])))
    }
}
