//! Compressed certificates (RFC 8879): what the handshake wants of whoever compresses.

use core::fmt::Debug;

use premaster_wire::CertificateCompressionAlgorithm;

/// One way to compress a Certificate message. `premaster-certificate-compression` has three.
///
/// The handshake decides how long a message may be and asks for exactly the length that was announced; here nothing
/// grows beyond it.
pub trait CertificateCompression: Debug + Send + Sync {
    /// Its code point.
    fn algorithm(&self) -> CertificateCompressionAlgorithm;

    /// The body of a Certificate message, compressed; `None` if that failed.
    fn compress(&self, certificate: &[u8]) -> Option<Vec<u8>>;

    /// The body of a Certificate message of exactly `length` bytes; `None` if it is anything else.
    fn decompress(&self, compressed: &[u8], length: usize) -> Option<Vec<u8>>;
}

/// The first of our ways to compress that the peer can read.
pub(crate) fn common(
    ours: &[&'static dyn CertificateCompression],
    theirs: &[CertificateCompressionAlgorithm],
) -> Option<&'static dyn CertificateCompression> {
    ours.iter()
        .copied()
        .find(|one| theirs.contains(&one.algorithm()))
}
