//! Compressed certificates: the first byte picks the algorithm, two the length, the rest is what a peer sent; or, where the
//! first byte has its high bit set, what we send.

use premaster_certificate_compression::all;

/// Runs one input.
pub(crate) fn run(input: &[u8]) {
    let Some(([pick, high, low], rest)) = input.split_first_chunk() else {
        return;
    };
    let algorithms = all();
    let compression = algorithms[usize::from(*pick) % algorithms.len()];
    if pick & 0x80 != 0 {
        // As a message of our own it comes back. Slow, so not for every input.
        let compressed = compression.compress(rest);
        let compressed = compressed.expect("what is compressed decompresses");
        let message = compression.decompress(&compressed, rest.len());
        assert_eq!(message.as_deref(), Some(rest));
        return;
    }
    let length = usize::from(u16::from_be_bytes([*high, *low]));
    if let Some(message) = compression.decompress(rest, length) {
        assert_eq!(message.len(), length);
    }
}
