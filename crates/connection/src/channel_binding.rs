//! The channel binding `tls-server-end-point` (RFC 5929 section 4).

use premaster_crypto::HashAlgorithm;
use premaster_handshake::NoChannelBinding;
use premaster_trust::Certificate;

/// The channel binding `tls-server-end-point`: a hash of the server's certificate, by the function that the certificate is
/// signed with, and by SHA-256 where that is MD5 or SHA-1 (RFC 5929 section 4.1).
///
/// It binds to the server and not to the connection, so it is for servers behind something that ends TLS for them, as
/// PostgreSQL's SCRAM expects. A client takes the first of
/// [`Facts::peer_certificates`](crate::Facts::peer_certificates), a server the first of its own chain. What binds to the connection
/// are [`Facts::tls_exporter`](crate::Facts::tls_exporter) and, up to TLS 1.2, [`Facts::tls_unique`](crate::Facts::tls_unique).
///
/// ```
/// use premaster_connection::tls_server_end_point;
/// # let certificate = rcgen::generate_simple_self_signed(["db.example".to_owned()])?.cert.der().to_vec();
///
/// // What a SCRAM client puts behind its `p=tls-server-end-point,,`.
/// let binding = tls_server_end_point(&certificate)?;
/// assert_eq!(binding.len(), 32);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// [`NoChannelBinding::NoCertificate`] for what is none, [`NoChannelBinding::NoHash`] for one that is signed with no hash function
/// of its own, as with Ed25519, or with one that is not known here: SHA-512, or the parameters of RSASSA-PSS.
pub fn tls_server_end_point(certificate: &[u8]) -> Result<Vec<u8>, NoChannelBinding> {
    let parsed = Certificate::parse(certificate).ok_or(NoChannelBinding::NoCertificate)?;
    let found = HASHES
        .iter()
        .find(|(oid, _)| *oid == parsed.signature_algorithm());
    let (_, hash) = found.ok_or(NoChannelBinding::NoHash)?;
    Ok(hash.hash(&[certificate]).to_vec())
}

/// Object identifiers of signature algorithms (RFC 3279 section 2.2, RFC 4055 section 5, RFC 5758 section 3.2), and what is hashed with.
const HASHES: [(&[u8], HashAlgorithm); 7] = [
    // md5WithRSAEncryption, sha1WithRSAEncryption, ecdsa-with-SHA1
    (
        &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 4],
        HashAlgorithm::Sha256,
    ),
    (
        &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 5],
        HashAlgorithm::Sha256,
    ),
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 1], HashAlgorithm::Sha256),
    // sha256WithRSAEncryption, ecdsa-with-SHA256
    (
        &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 11],
        HashAlgorithm::Sha256,
    ),
    (
        &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2],
        HashAlgorithm::Sha256,
    ),
    // sha384WithRSAEncryption, ecdsa-with-SHA384
    (
        &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 12],
        HashAlgorithm::Sha384,
    ),
    (
        &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 3],
        HashAlgorithm::Sha384,
    ),
];
