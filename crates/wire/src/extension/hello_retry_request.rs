//! The extensions of HelloRetryRequest (RFC 8446 section 4.1.4).

use super::extensions;
use crate::code_point::{NamedGroup, ProtocolVersion};

extensions! {
    /// What HelloRetryRequest may carry (RFC 8446 section 4.1.4).
    pub enum HelloRetryRequestExtension<'a> {
        /// The chosen version (RFC 8446 section 4.2.1).
        supported_versions => SupportedVersions(ProtocolVersion),
        /// What the client has to send back (RFC 8446 section 4.2.2).
        cookie => Cookie(&'a [u8] [1..=0xffff]),
        /// The group that the server wants a share of (RFC 8446 section 4.2.8).
        key_share => KeyShare(NamedGroup),
        /// Whether the encrypted hello was accepted (RFC 9849 section 5).
        encrypted_client_hello => EncryptedClientHello([u8; 8]),
    }
}
