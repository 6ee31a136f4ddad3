//! Signatures before TLS 1.2 (RFC 4346 section 7.4.3).

use crate::codec::wire_struct;

wire_struct! {
    /// A signature whose algorithm follows from the key (`Signature` of RFC 4346 section 7.4.3).
    ///
    /// An RSA key signs the 36 bytes of an MD5 and a SHA-1 hash, padded as PKCS #1 type 1 without a name of the
    /// hash; a DSA or ECDSA key signs the SHA-1 hash.
    pub struct Signature<'a> {
        /// The signature.
        pub signature: &'a [u8] [0..=0xffff],
    }
}
