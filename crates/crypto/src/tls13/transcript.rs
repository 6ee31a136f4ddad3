//! What is made of a transcript hash besides keys (RFC 8446 section 4.4.1, section 4.4.3).

use alloc::vec::Vec;

use crate::{Digest, Side};

/// What the CertificateVerify of `signer` signs; `transcript` is the hash of all messages up to the signer's Certificate
/// (RFC 8446 section 4.4.3).
///
/// A signature of one side is none of the other, and none of TLS 1.2, whose contents begin with 64 bytes of randoms.
///
/// ```
/// use premaster_crypto::{HashAlgorithm, Side, tls13::certificate_verify_content};
///
/// let transcript = HashAlgorithm::Sha256.hash(&[b"ClientHello to Certificate"]);
/// let content = certificate_verify_content(Side::Server, &transcript);
/// assert_eq!(content[..64], [0x20; 64]);
/// assert_eq!(content[64..98], *b"TLS 1.3, server CertificateVerify\0");
/// assert_eq!(content[98..], transcript[..]);
/// ```
pub fn certificate_verify_content(signer: Side, transcript: &Digest) -> Vec<u8> {
    let context: &[u8] = match signer {
        Side::Client => b"TLS 1.3, client CertificateVerify",
        Side::Server => b"TLS 1.3, server CertificateVerify",
    };
    [&[b' '; 64][..], context, &[0], transcript].concat()
}

/// The message that stands in the transcript for the ClientHello before a HelloRetryRequest; `client_hello` is the hash
/// of that ClientHello (RFC 8446 section 4.4.1).
///
/// ```
/// use premaster_crypto::{HashAlgorithm, tls13::message_hash};
///
/// let first = HashAlgorithm::Sha384.hash(&[b"ClientHello"]);
/// assert_eq!(message_hash(&first), [&[254, 0, 0, 48], &first[..]].concat());
/// ```
pub fn message_hash(client_hello: &Digest) -> Vec<u8> {
    const MESSAGE_HASH: u8 = 254;
    // A hash value is at most 64 bytes long.
    let len = client_hello.len() as u8;
    [&[MESSAGE_HASH, 0, 0, len], &client_hello[..]].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::HashAlgorithm;

    /// Property 2: what one side signs cannot be taken for what the other signs.
    #[test]
    fn the_sides_sign_different_contents() {
        let transcript = HashAlgorithm::Sha384.hash(&[b"messages"]);
        let [client, server] =
            [Side::Client, Side::Server].map(|side| certificate_verify_content(side, &transcript));
        assert_ne!(client, server);
        assert_eq!(client.len(), 64 + 33 + 1 + 48);
        assert_eq!(client[64..98], *b"TLS 1.3, client CertificateVerify\0");
    }
}
