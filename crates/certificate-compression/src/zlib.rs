//! zlib (RFC 1950), which is DEFLATE (RFC 1951) with a header and a checksum.

use miniz_oxide::deflate::compress_to_vec_zlib;
use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::inflate_flags::{
    TINFL_FLAG_PARSE_ZLIB_HEADER, TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF,
};
use miniz_oxide::inflate::core::{DecompressorOxide, decompress};
use premaster_handshake::CertificateCompression;
use premaster_wire::CertificateCompressionAlgorithm;

/// The best of `miniz_oxide` that is not slower than it is good.
const LEVEL: u8 = 9;

/// Certificates compressed with zlib (RFC 8879 section 3, RFC 1950).
///
/// It needs no memory but the message's and about 20 KiB.
///
/// ```
/// use premaster_certificate_compression::Zlib;
/// use premaster_handshake::CertificateCompression as _;
///
/// let compressed = Zlib.compress(&[7; 1000]).expect("it is short");
/// assert_eq!(Zlib.decompress(&compressed, 1000), Some(vec![7; 1000]));
/// assert_eq!(Zlib.decompress(&compressed, 999), None);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Zlib;

impl CertificateCompression for Zlib {
    fn algorithm(&self) -> CertificateCompressionAlgorithm {
        CertificateCompressionAlgorithm::zlib
    }

    fn compress(&self, certificate: &[u8]) -> Option<Vec<u8>> {
        Some(compress_to_vec_zlib(certificate, LEVEL))
    }

    /// The message itself is the window, so there is no other, and nothing fits behind its end. The checksum is verified.
    fn decompress(&self, compressed: &[u8], length: usize) -> Option<Vec<u8>> {
        const FLAGS: u32 = TINFL_FLAG_PARSE_ZLIB_HEADER | TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
        let mut message = vec![0; length];
        let mut state = Box::<DecompressorOxide>::default();
        let (status, read, written) = decompress(&mut state, compressed, &mut message, 0, FLAGS);
        let whole = status == TINFLStatus::Done && read == compressed.len() && written == length;
        whole.then_some(message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 1950 section 2.2: the bits of the header, each with check bits that fit.
    #[test]
    fn a_header_that_wants_what_is_not_there_is_refused() {
        let good = Zlib.compress(b"certificate").unwrap();
        assert!(Zlib.decompress(&good, 11).is_some());
        for (method_and_window, flags, what) in [
            (0x78, 0x20, "a dictionary"),
            (0x77, 0x00, "another method"),
            (0x88, 0x00, "a window of 64 KiB"),
        ] {
            let unchecked = u16::from_be_bytes([method_and_window, flags]);
            let [high, low] = unchecked.next_multiple_of(31).to_be_bytes();
            let header = [&[high, low], &good[2..]].concat();
            assert_eq!(Zlib.decompress(&header, 11), None, "{what}");
        }
    }

    /// RFC 1950 section 2.2: the checksum is of the message.
    #[test]
    fn a_wrong_checksum_is_refused() {
        let mut compressed = Zlib.compress(b"certificate").unwrap();
        *compressed.last_mut().unwrap() ^= 1;
        assert_eq!(Zlib.decompress(&compressed, 11), None);
    }
}
