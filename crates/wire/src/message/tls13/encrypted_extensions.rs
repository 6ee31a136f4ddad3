//! EncryptedExtensions (RFC 8446 section 4.3.1).

use super::super::handshake::handshake_types;
use crate::codec::wire_struct;
use crate::extension::{EncryptedExtension, Extensions};

wire_struct! {
    /// What the server answers to extensions, but for those about keys (RFC 8446 section 4.3.1).
    pub struct EncryptedExtensions<'a> {
        /// The answers.
        pub extensions: Extensions<'a, EncryptedExtension<'a>> [0..=0xffff],
    }
}

handshake_types! { EncryptedExtensions<'_> => encrypted_extensions }
