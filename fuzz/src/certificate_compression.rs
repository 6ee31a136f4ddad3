//! Compressed certificates: the first byte picks the algorithm, two the length, the rest is what a peer sent.

use premaster_certificate_compression::all;

/// Runs one input.
pub(crate) fn run(input: &[u8]) {
    let Some(([pick, high, low], rest)) = input.split_first_chunk() else {
        return;
    };
    let algorithms = all();
    let compression = algorithms[usize::from(*pick) % algorithms.len()];
    let length = usize::from(u16::from_be_bytes([*high, *low]));
    if let Some(message) = compression.decompress(rest, length) {
        assert_eq!(message.len(), length);
    }
    // As a message of our own it comes back.
    let compressed = compression
        .compress(rest)
        .expect("what is compressed decompresses");
    assert_eq!(
        compression.decompress(&compressed, rest.len()).as_deref(),
        Some(rest)
    );
}
