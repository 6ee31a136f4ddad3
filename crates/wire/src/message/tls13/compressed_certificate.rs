//! CompressedCertificate (RFC 8879 section 4).

use super::super::handshake::handshake_types;
use crate::code_point::CertificateCompressionAlgorithm;
use crate::codec::{Uint24, wire_struct};

wire_struct! {
    /// A Certificate message, compressed (RFC 8879 section 4).
    pub struct CompressedCertificate<'a> {
        /// How it is compressed.
        pub algorithm: CertificateCompressionAlgorithm,
        /// How long the Certificate message is; a reader caps it before it decompresses anything.
        pub uncompressed_length: Uint24,
        /// The compressed Certificate message, without its header.
        pub compressed_certificate_message: &'a [u8] [1..=0xff_ffff],
    }
}

handshake_types! { CompressedCertificate<'_> => compressed_certificate }
