//! Derive-Secret and the step from one secret of the schedule to the next (RFC 8446 section 7.1).
//!
//! Every secret of the schedule is only ever used as an HMAC key: here it is one, prepared once, and what is derived from
//! it costs two compressions. Bytes are kept of those secrets only that leave the schedule.
//!
//! Nothing here erases the stack: whoever calls does, once for all that it derives.

use crate::compress::MAX_OUTPUT;
use crate::secret::wipe;
use crate::{HashAlgorithm, HmacKey, SecretBytes, hkdf};

/// `HKDF-Expand-Label(Secret, Label, Context, Length)` with `Length = out.len()`.
///
/// # Panics
/// When label, context or output is longer than any of this module's: 255 bytes.
pub(super) fn expand(secret: &HmacKey, label: &[u8], context: &[u8], out: &mut [u8]) {
    hkdf::expanded_label(secret, label, context, out)
        .expect("labels, hash values and keys are short");
}

/// The same as bytes, where they stay.
pub(super) fn bytes(secret: &HmacKey, label: &[u8], context: &[u8], len: usize) -> SecretBytes {
    SecretBytes::fill_with(len, |out| expand(secret, label, context, out))
}

/// `Derive-Secret(Secret, Label, Messages)`, prepared to be used; `transcript` is the hash of the messages.
pub(super) fn secret(from: &HmacKey, label: &[u8], transcript: &[u8]) -> HmacKey {
    with_secret(from, label, transcript, |secret| {
        HmacKey::prepared(from.algorithm(), secret)
    })
}

/// The next secret down the schedule: `HKDF-Extract(Derive-Secret(Secret, "derived", ""), input)`.
pub(super) fn next(from: &HmacKey, input: &[u8]) -> HmacKey {
    let algorithm = from.algorithm();
    with_secret(from, b"derived", nothing(algorithm), |salt| {
        hkdf::extracted(algorithm, salt, input)
    })
}

/// The same where nothing comes in: "a string of Hash.length bytes set to zeros".
pub(super) fn next_without_input(from: &HmacKey) -> HmacKey {
    next(from, &[0; MAX_OUTPUT][..from.algorithm().output_len()])
}

fn with_secret<R>(
    from: &HmacKey,
    label: &[u8],
    context: &[u8],
    use_secret: impl FnOnce(&[u8]) -> R,
) -> R {
    let mut secret = [0; MAX_OUTPUT];
    let bytes = &mut secret[..from.algorithm().output_len()];
    expand(from, label, context, bytes);
    let used = use_secret(bytes);
    wipe(&mut secret);
    used
}

/// The hash of no messages.
pub(super) const fn nothing(algorithm: HashAlgorithm) -> &'static [u8] {
    match algorithm {
        HashAlgorithm::Sha256 => &NOTHING_SHA256,
        HashAlgorithm::Sha384 => &NOTHING_SHA384,
    }
}

/// `Derive-Secret(Early Secret, "derived", "")` where no PSK is used: nothing that is not public goes into it.
pub(super) const fn derived_without_psk(algorithm: HashAlgorithm) -> &'static [u8] {
    match algorithm {
        HashAlgorithm::Sha256 => &DERIVED_SHA256,
        HashAlgorithm::Sha384 => &DERIVED_SHA384,
    }
}

const NOTHING_SHA256: [u8; 32] = [
    0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24,
    0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
];
const NOTHING_SHA384: [u8; 48] = [
    0x38, 0xb0, 0x60, 0xa7, 0x51, 0xac, 0x96, 0x38, 0x4c, 0xd9, 0x32, 0x7e, 0xb1, 0xb1, 0xe3, 0x6a,
    0x21, 0xfd, 0xb7, 0x11, 0x14, 0xbe, 0x07, 0x43, 0x4c, 0x0c, 0xc7, 0xbf, 0x63, 0xf6, 0xe1, 0xda,
    0x27, 0x4e, 0xde, 0xbf, 0xe7, 0x6f, 0x65, 0xfb, 0xd5, 0x1a, 0xd2, 0xf1, 0x48, 0x98, 0xb9, 0x5b,
];
const DERIVED_SHA256: [u8; 32] = [
    0x6f, 0x26, 0x15, 0xa1, 0x08, 0xc7, 0x02, 0xc5, 0x67, 0x8f, 0x54, 0xfc, 0x9d, 0xba, 0xb6, 0x97,
    0x16, 0xc0, 0x76, 0x18, 0x9c, 0x48, 0x25, 0x0c, 0xeb, 0xea, 0xc3, 0x57, 0x6c, 0x36, 0x11, 0xba,
];
const DERIVED_SHA384: [u8; 48] = [
    0x15, 0x91, 0xda, 0xc5, 0xcb, 0xbf, 0x03, 0x30, 0xa4, 0xa8, 0x4d, 0xe9, 0xc7, 0x53, 0x33, 0x0e,
    0x92, 0xd0, 0x1f, 0x0a, 0x88, 0x21, 0x4b, 0x44, 0x64, 0x97, 0x2f, 0xd6, 0x68, 0x04, 0x9e, 0x93,
    0xe5, 0x2f, 0x2b, 0x16, 0xfa, 0xd9, 0x22, 0xfd, 0xc0, 0x58, 0x44, 0x78, 0x42, 0x8f, 0x28, 0x2b,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_down_is_what_would_be_computed() {
        for algorithm in [HashAlgorithm::Sha256, HashAlgorithm::Sha384] {
            assert_eq!(algorithm.hash(&[])[..], *nothing(algorithm));
            let zeros = &[0; MAX_OUTPUT][..algorithm.output_len()];
            let early = hkdf::extract(algorithm, zeros, zeros);
            let derived = bytes(&early, b"derived", nothing(algorithm), zeros.len());
            assert_eq!(derived.as_bytes(), derived_without_psk(algorithm));
        }
    }

    /// RFC 8446 section 7.1: a salt that is not there is as many zeros, which HMAC makes of an empty key anyway.
    #[test]
    fn an_empty_salt_is_a_salt_of_zeros() {
        for algorithm in [HashAlgorithm::Sha256, HashAlgorithm::Sha384] {
            let zeros = &[0; MAX_OUTPUT][..algorithm.output_len()];
            let [empty, zeros] =
                [&[][..], zeros].map(|salt| hkdf::extract(algorithm, salt, b"psk"));
            assert_eq!(empty.sign(&[b"x"]), zeros.sign(&[b"x"]));
        }
    }
}
