//! Zstandard (RFC 8878, which replaces the RFC 8478 that RFC 8879 names).

use premaster_handshake::CertificateCompression;
use premaster_wire::CertificateCompressionAlgorithm;
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};
use ruzstd::encoding::{CompressionLevel, compress_to_vec};

/// RFC 8878 section 3.1.1.1.2 recommends that decoders support windows of 8 MiB, and encoders no larger ones.
const LARGEST_WINDOW: u64 = 8 << 20;

/// Certificates compressed with Zstandard (RFC 8879 section 3, RFC 8878).
///
/// To decompress takes twice the length of the message and up to 8 MiB for a block; a window above 8 MiB and a dictionary are
/// refused. A checksum is verified if there is one.
///
/// ```
/// use premaster_certificate_compression::Zstd;
/// use premaster_handshake::CertificateCompression as _;
///
/// let compressed = Zstd.compress(&[7; 1000]).expect("it is short");
/// assert_eq!(Zstd.decompress(&compressed, 1000), Some(vec![7; 1000]));
/// assert_eq!(Zstd.decompress(&compressed, 999), None);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Zstd;

impl CertificateCompression for Zstd {
    fn algorithm(&self) -> CertificateCompressionAlgorithm {
        CertificateCompressionAlgorithm::zstd
    }

    /// The encoder is the youngest of the three, so what it made is decompressed again before it is believed.
    fn compress(&self, certificate: &[u8]) -> Option<Vec<u8>> {
        let compressed = compress_to_vec(certificate, CompressionLevel::Fastest);
        let again = self.decompress(&compressed, certificate.len())?;
        (again == certificate).then_some(compressed)
    }

    fn decompress(&self, compressed: &[u8], length: usize) -> Option<Vec<u8>> {
        let bytes = u64::try_from(length).ok()?;
        let descriptor = Descriptor(*compressed.get(4)?);
        if descriptor.is_reserved() {
            return None;
        }
        let mut rest = compressed;
        let mut frame = FrameDecoder::new();
        frame.set_max_window_size(LARGEST_WINDOW.max(bytes));
        frame.init(&mut rest).ok()?;
        if descriptor.announces_size() && frame.content_size() != bytes {
            return None;
        }
        // No block after the one with which there is too much.
        let enough = BlockDecodingStrategy::UptoBytes(length.checked_add(1)?);
        frame.decode_blocks(&mut rest, enough).ok()?;
        let whole = frame.is_finished() && rest.is_empty() && frame.can_collect() == length;
        if !whole {
            return None;
        }
        let message = frame.collect()?;
        let checksum = frame.get_checksum_from_data();
        (checksum.is_none() || checksum == frame.get_calculated_checksum()).then_some(message)
    }
}

/// The Frame_Header_Descriptor (RFC 8878 section 3.1.1.1.1).
#[derive(Clone, Copy)]
struct Descriptor(u8);

impl Descriptor {
    /// Whether a bit is set that must not be.
    fn is_reserved(self) -> bool {
        self.0 & 0b0000_1000 != 0
    }

    /// Whether the header says how long the content is: Frame_Content_Size_flag or Single_Segment_flag.
    fn announces_size(self) -> bool {
        self.0 & 0b1110_0000 != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAGIC: [u8; 4] = 0xfd2f_b528_u32.to_le_bytes();

    /// A frame of one raw block (RFC 8878 section 3.1.1).
    fn frame(header: &[u8], content: &[u8]) -> Vec<u8> {
        let block = u32::try_from(content.len() << 3).unwrap() | 1;
        let [low, middle, high, _] = block.to_le_bytes();
        [&MAGIC, header, &[low, middle, high], content].concat()
    }

    /// RFC 8878 section 3.1.1.1: what each field of the header may say.
    #[test]
    fn a_header_that_asks_for_too_much_is_refused() {
        let table: [(&str, &[u8], bool); 12] = [
            ("a window of 1 KiB", &[0b0000_0000, 0 << 3], true),
            ("a window of 8 MiB", &[0b0000_0000, 13 << 3], true),
            ("a window of 9 MiB", &[0b0000_0000, (13 << 3) | 1], false),
            ("the largest window", &[0b0000_0000, 0xff], false),
            ("one segment", &[0b0010_0000, 11], true),
            ("one segment, another length", &[0b0010_0000, 12], false),
            ("one segment, no length", &[0b0010_0000, 0], false),
            ("a length", &[0b1000_0000, 13 << 3, 11, 0, 0, 0], true),
            (
                "another length",
                &[0b1000_0000, 13 << 3, 11, 0, 0, 1],
                false,
            ),
            ("the reserved bit", &[0b0010_1000, 11], false),
            ("the unused bit", &[0b0011_0000, 11], true),
            ("a dictionary", &[0b0010_0001, 1, 11], false),
        ];
        for (what, header, is_good) in table {
            let message = Zstd.decompress(&frame(header, b"certificate"), 11);
            assert_eq!(
                message.as_deref(),
                is_good.then_some(&b"certificate"[..]),
                "{what}"
            );
        }
    }

    /// RFC 8878 section 3.1: several frames may follow each other in a file; a certificate is one.
    #[test]
    fn only_one_frame_is_accepted() {
        let one = frame(&[0b0010_0000, 11], b"certificate");
        let none = frame(&[0b0010_0000, 0], b"");
        let skippable = [0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0];
        assert!(Zstd.decompress(&one, 11).is_some());
        assert_eq!(Zstd.decompress(&[&one[..], &one].concat(), 22), None);
        for other in [&none[..], &skippable] {
            assert_eq!(Zstd.decompress(&[&one[..], other].concat(), 11), None);
            assert_eq!(Zstd.decompress(&[other, &one].concat(), 11), None);
        }
    }

    /// RFC 8878 section 3.1.1: Content_Checksum.
    #[test]
    fn a_wrong_checksum_is_refused() {
        let mut compressed = Zstd.compress(b"certificate").unwrap();
        assert_eq!(compressed[4] & 0b100, 0b100, "there is a checksum");
        *compressed.last_mut().unwrap() ^= 1;
        assert_eq!(Zstd.decompress(&compressed, 11), None);
    }
}
