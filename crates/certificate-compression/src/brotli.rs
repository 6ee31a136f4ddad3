//! brotli (RFC 7932), whose dictionary knows words that certificates have.

use brotli::enc::{BrotliEncoderParams, StandardAlloc};
use brotli::{BrotliCompress, BrotliDecompressStream, BrotliResult, BrotliState};
use premaster_handshake::CertificateCompression;
use premaster_wire::CertificateCompressionAlgorithm;

/// The best that takes about a tenth of a millisecond for a chain. Quality 11 makes it three percent smaller and takes five
/// milliseconds, which a server does not have for each handshake.
const QUALITY: i32 = 5;

/// Certificates compressed with brotli (RFC 8879 section 3, RFC 7932).
///
/// To decompress takes the length of the message, twice that at the most for the window, 256 KiB at least, and up to 4 MiB for tables;
/// large windows (`brotli --large_window`) are refused.
///
/// ```
/// use premaster_certificate_compression::Brotli;
/// use premaster_handshake::CertificateCompression as _;
///
/// let compressed = Brotli.compress(&[7; 1000]).expect("it is short");
/// assert_eq!(Brotli.decompress(&compressed, 1000), Some(vec![7; 1000]));
/// assert_eq!(Brotli.decompress(&compressed, 999), None);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Brotli;

impl CertificateCompression for Brotli {
    fn algorithm(&self) -> CertificateCompressionAlgorithm {
        CertificateCompressionAlgorithm::brotli
    }

    fn compress(&self, certificate: &[u8]) -> Option<Vec<u8>> {
        let parameters = BrotliEncoderParams {
            quality: QUALITY,
            // The smallest for which this encoder has its fast tables, if the message fits.
            lgwin: if certificate.len() <= window(18) {
                18
            } else {
                24
            },
            size_hint: certificate.len(),
            ..BrotliEncoderParams::default()
        };
        let mut compressed = Vec::new();
        BrotliCompress(&mut &*certificate, &mut compressed, &parameters).ok()?;
        Some(compressed)
    }

    fn decompress(&self, compressed: &[u8], length: usize) -> Option<Vec<u8>> {
        let mut compressed = compressed.to_vec();
        let first = compressed.first_mut()?;
        *first = with_narrow_window(*first, length);
        let mut message = vec![0; length];
        let alloc = StandardAlloc::default;
        let mut state = BrotliState::new_strict(alloc(), alloc(), alloc());
        let (mut unread, mut read) = (compressed.len(), 0);
        let (mut missing, mut written) = (length, 0);
        let result = BrotliDecompressStream(
            &mut unread,
            &mut read,
            &compressed,
            &mut missing,
            &mut written,
            &mut message,
            &mut 0,
            &mut state,
        );
        let whole = matches!(result, BrotliResult::ResultSuccess) && unread == 0 && missing == 0;
        whole.then_some(message)
    }
}

/// How far back a window of `1 << bits` reaches (RFC 7932 section 9.1).
const fn window(bits: u32) -> usize {
    (1usize << bits).saturating_sub(16)
}

/// The first byte of a stream, with the smallest window that means the same for a message of so many bytes.
///
/// The decoder allocates the window as soon as a block says that it will be long, and most encoders say 4 MiB for
/// whatever they compress. A window that holds the whole message behaves like any larger one: RFC 7932 section 4 bounds
/// distances by the window or by what was written, whichever is less.
///
/// The windows above 128 KiB are the codes of four bits: 1, then three bits that are not all zero (RFC 7932
/// section 9.1). Only they are changed, and only to another of them, so no other bit moves.
fn with_narrow_window(first: u8, length: usize) -> u8 {
    let code = (first >> 1) & 0b111;
    if first & 1 == 0 || code == 0 {
        return first;
    }
    let needed = (1u8..)
        .zip(18..=24)
        .find(|(_, bits)| length <= window(*bits));
    let narrow = needed.map_or(code, |(needed, _)| needed.min(code));
    (first & 0b1111_0000) | (narrow << 1) | 1
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7932 section 9.1: the table of codes.
    #[test]
    fn a_window_is_narrowed_to_one_that_holds_the_message() {
        let table: [(u8, usize, u8); 9] = [
            (0b1011, 5000, 0b0011),       // 22 to 18
            (0b1111, 0x3_fff0, 0b0011),   // 24 to 18, just so
            (0b1111, 0x3_fff1, 0b0101),   // 24 to 19
            (0b0101, 0xff_ffff, 0b0101),  // 19 does not grow
            (0b1111, 0xff_fff1, 0b1111),  // 24 does not suffice, but there is none larger
            (0b0011, 10, 0b0011),         // 18
            (0b0, 10, 0b0),               // 16
            (0b000_0001, 10, 0b000_0001), // 17
            (0b010_0001, 10, 0b010_0001), // 10
        ];
        for (code, length, narrow) in table {
            for other_bits in [0, 0b1010_0000, 0b1000_0000] {
                let first = code | other_bits;
                let expected = narrow | other_bits;
                assert_eq!(with_narrow_window(first, length), expected, "{first:08b}");
            }
        }
    }

    /// RFC 7932 section 9.1 reserves this code; encoders use it for windows of up to 1 GiB.
    #[test]
    fn a_large_window_is_refused() {
        let large = BrotliEncoderParams {
            large_window: true,
            lgwin: 26,
            ..BrotliEncoderParams::default()
        };
        let mut compressed = Vec::new();
        BrotliCompress(&mut &b"certificate"[..], &mut compressed, &large).unwrap();
        assert_eq!(compressed[0] & 0x7f, 0b001_0001);
        assert_eq!(Brotli.decompress(&compressed, 11), None);
    }

    #[test]
    fn every_window_of_an_encoder_decompresses() {
        let message: Vec<u8> = (0u32..70_000).flat_map(u32::to_be_bytes).collect();
        for lgwin in 10..=24 {
            let parameters = BrotliEncoderParams {
                quality: 5,
                lgwin,
                ..BrotliEncoderParams::default()
            };
            let mut compressed = Vec::new();
            BrotliCompress(&mut &message[..], &mut compressed, &parameters).unwrap();
            let decompressed = Brotli.decompress(&compressed, message.len());
            assert!(decompressed.as_ref() == Some(&message), "{lgwin}");
        }
    }
}
