//! A way to compress certificates for tests: every bit is inverted, and nothing gets shorter.

use premaster_handshake::CertificateCompression;
use premaster_wire::CertificateCompressionAlgorithm;

/// Says that it is zlib, and inverts every bit.
#[derive(Debug)]
pub struct Inverted;

/// As what [`Inverted`] goes.
pub const INVERTED: CertificateCompressionAlgorithm = CertificateCompressionAlgorithm::zlib;

/// Inverts every bit.
pub(super) fn inverted(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().map(|byte| !byte).collect()
}

impl CertificateCompression for Inverted {
    fn algorithm(&self) -> CertificateCompressionAlgorithm {
        INVERTED
    }

    fn compress(&self, message: &[u8]) -> Option<Vec<u8>> {
        Some(inverted(message))
    }

    fn decompress(&self, compressed: &[u8], length: usize) -> Option<Vec<u8>> {
        (compressed.len() == length).then(|| inverted(compressed))
    }
}
