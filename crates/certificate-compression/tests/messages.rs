//! Certificate messages through every algorithm: what other implementations made, what is made here, and what is hostile.
#![cfg(all(feature = "brotli", feature = "zlib", feature = "zstd"))]

use premaster_certificate_compression::{Brotli, Zlib, Zstd, all};
use premaster_handshake::CertificateCompression;
use premaster_wire::tls13::Certificate;
use premaster_wire::{CertificateCompressionAlgorithm, Decode as _, Encode as _};

/// Entries of `vectors/python.txt`: algorithm, message and how it was made, bytes.
fn vectors() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let text = include_str!("../vectors/python.txt");
    assert!(text.starts_with("# Source: "));
    let entries = text.split("\n[").skip(1).map(|entry| {
        let (title, hex) = entry.split_once('\n').unwrap();
        let (algorithm, title) = title.split_once("] ").unwrap();
        let digits: Vec<u8> = hex.bytes().filter(u8::is_ascii_hexdigit).collect();
        let byte = |pair: &[u8]| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap();
        (algorithm, title, digits.chunks(2).map(byte).collect())
    });
    entries.collect()
}

fn message(name: &str) -> Vec<u8> {
    let mut messages = vectors().into_iter().filter(|entry| entry.0 == "message");
    messages.find(|entry| entry.1 == name).unwrap().2
}

/// Messages from nothing to more than a block, a window, or a segment of any of the formats.
fn messages() -> Vec<Vec<u8>> {
    let noise = |length| {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let step = move |_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_be_bytes()[0]
        };
        (0..length).map(step).collect::<Vec<u8>>()
    };
    let mut messages = vec![message("server"), message("roots"), vec![], vec![0]];
    messages.extend([noise(100), noise(40_000), noise(140_000), vec![0; 300_000]]);
    messages.push(message("roots").repeat(100));
    messages
}

#[test]
fn what_other_implementations_compress_is_decompressed() {
    let mut count = 0;
    for (algorithm, title, compressed) in vectors() {
        let Some(algorithm) = CertificateCompressionAlgorithm::from_name(algorithm) else {
            continue;
        };
        let name = title.split(',').next().unwrap();
        let compression = all()
            .into_iter()
            .find(|c| c.algorithm() == algorithm)
            .unwrap();
        let expected = message(name);
        let decompressed = compression.decompress(&compressed, expected.len());
        assert!(
            decompressed.as_ref() == Some(&expected),
            "{algorithm} {title}"
        );
        count += 1;
    }
    assert_eq!(count, 12);
}

#[test]
fn the_messages_are_certificates() {
    for name in ["server", "roots"] {
        let body = message(name);
        let certificate = Certificate::decode(&body).unwrap();
        assert!(!certificate.certificate_list.is_empty());
        assert_eq!(certificate.to_vec().unwrap(), body);
    }
}

/// RFC 8879 section 4: what is compressed decompresses to the message.
#[test]
fn a_message_comes_back() {
    for compression in all() {
        for message in messages() {
            let compressed = compression.compress(&message).unwrap();
            let again = compression.decompress(&compressed, message.len());
            assert!(
                again.as_ref() == Some(&message),
                "{compression:?} {}",
                message.len()
            );
        }
    }
}

#[test]
fn certificates_become_smaller_and_the_best_comes_first() {
    let message = message("roots");
    let sizes: Vec<usize> = all()
        .iter()
        .map(|c| c.compress(&message).unwrap().len())
        .collect();
    assert!(sizes.is_sorted(), "{sizes:?}");
    assert!(
        sizes.iter().all(|size| *size < message.len() * 9 / 10),
        "{sizes:?}"
    );
}

/// RFC 8879 section 4: the length that was announced is the length, and all bytes are used.
#[test]
fn another_length_or_more_bytes_are_refused() {
    for compression in all() {
        for message in messages() {
            let compressed = compression.compress(&message).unwrap();
            let length = message.len();
            for wrong in [
                length.wrapping_sub(1),
                length + 1,
                length / 2,
                2 * length + 1,
                0,
            ] {
                if wrong != length && wrong < 1 << 24 {
                    let decompressed = compression.decompress(&compressed, wrong);
                    assert!(decompressed.is_none(), "{compression:?} {length} {wrong}");
                }
            }
            for garbage in [&[0][..], &[0xff], &[0; 100], &compressed] {
                let longer = [&compressed[..], garbage].concat();
                let decompressed = compression.decompress(&longer, length);
                assert!(
                    decompressed.is_none(),
                    "{compression:?} {length} {garbage:?}"
                );
            }
        }
    }
}

#[test]
fn a_part_of_it_is_refused() {
    let message = message("roots");
    for compression in all() {
        let compressed = compression.compress(&message).unwrap();
        for end in 0..compressed.len() {
            let decompressed = compression.decompress(&compressed[..end], message.len());
            assert!(decompressed.is_none(), "{compression:?} {end}");
        }
    }
}

/// property 1: no panic, whatever the bit. Where there is a checksum, no other message either; brotli has none.
#[test]
fn a_flipped_bit_is_no_panic_and_no_other_message() {
    let message = message("server");
    for compression in all() {
        let compressed = compression.compress(&message).unwrap();
        for bit in 0..compressed.len() * 8 {
            let mut flipped = compressed.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let decompressed = compression.decompress(&flipped, message.len());
            let has_checksum = compression.algorithm() != CertificateCompressionAlgorithm::brotli;
            if let (Some(decompressed), true) = (&decompressed, has_checksum) {
                assert!(*decompressed == message, "{compression:?} bit {bit}");
            }
        }
    }
}

/// property 1: the same of what other encoders made, which have other blocks.
#[test]
fn no_flipped_bit_of_another_encoder_is_a_panic() {
    for (algorithm, _, compressed) in vectors() {
        let Some(algorithm) = CertificateCompressionAlgorithm::from_name(algorithm) else {
            continue;
        };
        let compression = all()
            .into_iter()
            .find(|c| c.algorithm() == algorithm)
            .unwrap();
        let limit = compressed.len().min(500);
        for bit in 0..limit * 8 {
            let mut flipped = compressed.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let decompressed = compression.decompress(&flipped, 5000);
            assert!(decompressed.is_none_or(|message| message.len() == 5000));
        }
    }
}

/// property 24: what a hostile message makes of memory is bounded by the length that the handshake allows, whatever the
/// message says of its windows and blocks.
#[test]
fn a_bomb_takes_no_more_memory_than_a_certificate() {
    // Zeros by the megabyte, in the smallest number of bytes.
    let zeros = vec![0; 8 << 20];
    let zlib = Zlib.compress(&zeros).unwrap();
    let brotli = Brotli.compress(&zeros).unwrap();
    // RFC 8878 section 3.1.1.2: a frame with a window of 8 MiB, of blocks of one byte that is repeated.
    let mut zstd = [&[0x28, 0xb5, 0x2f, 0xfd][..], &[0, 13 << 3]].concat();
    for _ in 0..60 {
        zstd.extend([0x02, 0x00, 0x10, 0x00]);
    }
    zstd.extend([0x03, 0x00, 0x10, 0x00]);
    // RFC 7932 section 9.2: a window of 16 MiB and a block of which only the length is there, 16 MiB.
    let announced = vec![0b0101_1111, 0xff, 0xff, 0xff, 0x01];
    let bombs: [(&dyn CertificateCompression, &[u8]); 4] = [
        (&Zlib, &zlib),
        (&Brotli, &brotli),
        (&Zstd, &zstd),
        (&Brotli, &announced),
    ];
    for (compression, bomb) in bombs {
        for length in [1000, 1 << 16] {
            let used = allocation_counter::measure(|| {
                assert!(
                    compression.decompress(bomb, length).is_none(),
                    "{compression:?}"
                );
            });
            let limit = 2 * length + bomb.len() + (1 << 19);
            assert!(
                used.bytes_max < limit as u64,
                "{compression:?} takes {} bytes of a bomb of {} for {length}",
                used.bytes_max,
                bomb.len(),
            );
        }
    }
    let decompressed = Zstd.decompress(&zstd, 61 << 17);
    assert!(
        decompressed.is_some_and(|message| message.len() == 61 << 17),
        "it is a bomb"
    );
}
