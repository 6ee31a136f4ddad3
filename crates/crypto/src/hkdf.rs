//! HKDF (RFC 5869) and HKDF-Expand-Label (RFC 8446 section 7.1).
//!
//! A pseudorandom key is only ever used as an HMAC key, so here it *is* one, prepared once.
//!
//! ```
//! use premaster_crypto::{HashAlgorithm, hkdf};
//!
//! let secret = hkdf::extract(HashAlgorithm::Sha256, b"salt", b"input keying material");
//! let (mut key, mut iv) = ([0; 16], [0; 12]);
//! hkdf::expand_label(&secret, b"key", b"", &mut key)?;
//! hkdf::expand_label(&secret, b"iv", b"", &mut iv)?;
//! # Ok::<(), premaster_crypto::CryptoError>(())
//! ```

use alloc::boxed::Box;
use core::iter::once;

use crate::compress::{Compress, MAX_OUTPUT, State256, State384};
use crate::frame::{Fold, Frame};
use crate::hmac::{Function, Keyed};
use crate::secret::wipe;
use crate::{CryptoError, HashAlgorithm, HmacKey, erasing_stack};

/// `HKDF-Extract(salt, IKM)`, ready to be expanded (RFC 5869 section 2.2).
pub fn extract(algorithm: HashAlgorithm, salt: &[u8], input: &[u8]) -> HmacKey {
    erasing_stack(|| extracted(algorithm, salt, input))
}

/// The same as a part of what erases the stack.
pub(crate) fn extracted(algorithm: HashAlgorithm, salt: &[u8], input: &[u8]) -> HmacKey {
    HmacKey(match algorithm {
        HashAlgorithm::Sha256 => Function::Sha256(extract_with::<State256>(salt, input)),
        HashAlgorithm::Sha384 => Function::Sha384(extract_with::<State384>(salt, input)),
    })
}

/// `HKDF-Expand(PRK, info, L)` with `L = out.len()` (RFC 5869 section 2.3).
///
/// # Errors
/// [`CryptoError`] when `out` is longer than 255 hash values.
pub fn expand(prk: &HmacKey, info: &[&[u8]], out: &mut [u8]) -> Result<(), CryptoError> {
    erasing_stack(|| expanded(prk, info, out))
}

fn expanded(prk: &HmacKey, info: &[&[u8]], out: &mut [u8]) -> Result<(), CryptoError> {
    match &prk.0 {
        Function::Sha256(key) => expand_with(key, info, out),
        Function::Sha384(key) => expand_with(key, info, out),
    }
}

/// `HKDF-Expand-Label(Secret, Label, Context, Length)` (RFC 8446 section 7.1); `label` comes
/// without its `tls13 `.
///
/// # Errors
/// [`CryptoError`] when `label`, `context` or `out` is too long for the structure.
pub fn expand_label(
    secret: &HmacKey,
    label: &[u8],
    context: &[u8],
    out: &mut [u8],
) -> Result<(), CryptoError> {
    erasing_stack(|| expanded_label(secret, label, context, out))
}

/// The same as a part of what erases the stack.
pub(crate) fn expanded_label(
    secret: &HmacKey,
    label: &[u8],
    context: &[u8],
    out: &mut [u8],
) -> Result<(), CryptoError> {
    let [high, low] = u16::try_from(out.len())
        .map_err(|_| CryptoError)?
        .to_be_bytes();
    let label_len = u8::try_from(6 + label.len()).map_err(|_| CryptoError)?;
    let context_len = u8::try_from(context.len()).map_err(|_| CryptoError)?;
    let start = [high, low, label_len, b't', b'l', b's', b'1', b'3', b' '];
    expanded(secret, &[&start, label, &[context_len], context], out)
}

fn extract_with<C: Compress>(salt: &[u8], input: &[u8]) -> Box<Keyed<C>> {
    let mut state = C::INITIAL;
    let mut prk = [0; MAX_OUTPUT];
    Keyed::new(salt).sign(once(input), &mut state);
    state.write(&mut prk[..C::OUTPUT]);
    let key = Keyed::boxed(&prk[..C::OUTPUT]);
    state.wipe();
    wipe(&mut prk);
    key
}

/// `T(i) = HMAC(PRK, T(i-1) + info + i)`, where `T(0)` is empty.
fn expand_with<C: Compress>(
    key: &Keyed<C>,
    info: &[&[u8]],
    out: &mut [u8],
) -> Result<(), CryptoError> {
    if out.len() > 255 * C::OUTPUT {
        return Err(CryptoError);
    }
    let mut frame = Frame::new();
    if info.iter().all(|part| frame.put(part)) && frame.put(&[1]) {
        expand_framed(key, &mut frame, out);
    } else {
        expand_long(key, info, out);
    }
    Ok(())
}

fn expand_framed<C: Compress>(key: &Keyed<C>, frame: &mut Frame<C>, out: &mut [u8]) {
    let mut fold = Fold::new();
    let (mut previous, mut output) = (C::INITIAL, C::INITIAL);
    for (counter, chunk) in (1..=255).zip(out.chunks_mut(C::OUTPUT)) {
        if counter == 1 {
            frame.hash(&key.inner, &mut output);
        } else {
            frame.replace_last(counter);
            previous.clone_from(&output);
            frame.hash_after(&previous, &key.inner, &mut output);
        }
        fold.hash(&key.outer, &mut output);
        output.write_prefix(chunk);
    }
    previous.wipe();
    output.wipe();
}

/// The same without a frame, for an `info` of any length.
fn expand_long<C: Compress>(key: &Keyed<C>, info: &[&[u8]], out: &mut [u8]) {
    let mut previous = [0; MAX_OUTPUT];
    let mut len = 0;
    let mut output = C::INITIAL;
    for (counter, chunk) in (1..=255).zip(out.chunks_mut(C::OUTPUT)) {
        let counter = [counter];
        let text = info.iter().copied().chain(once(&counter[..]));
        key.sign(once(&previous[..len]).chain(text), &mut output);
        output.write(&mut previous[..C::OUTPUT]);
        len = C::OUTPUT;
        chunk.copy_from_slice(&previous[..chunk.len()]);
    }
    output.wipe();
    wipe(&mut previous);
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;
    use alloc::vec::Vec;

    /// RFC 5869 section 2.3, word for word.
    fn plainly(prk: &HmacKey, info: &[u8], len: usize) -> Vec<u8> {
        let (mut previous, mut out) = (Vec::new(), Vec::new());
        for counter in 1..=255 {
            if out.len() >= len {
                break;
            }
            previous = prk.sign(&[&previous, info, &[counter]]).to_vec();
            out.extend_from_slice(&previous);
        }
        out.truncate(len);
        out
    }

    #[test]
    fn every_length_of_info_and_output_follows_the_definition() {
        let info: Vec<u8> = (0..=255).collect();
        for algorithm in [HashAlgorithm::Sha256, HashAlgorithm::Sha384] {
            let prk = extract(algorithm, b"salt", b"input");
            for info_len in 0..200 {
                let info = &info[..info_len];
                for len in [0, 1, 31, 32, 33, 48, 49, 100, 200] {
                    let mut out = vec![0; len];
                    let (head, tail) = info.split_at(info_len / 3);
                    expand(&prk, &[head, tail], &mut out).expect("a short output");
                    assert_eq!(
                        out,
                        plainly(&prk, info, len),
                        "{algorithm:?} {info_len} {len}"
                    );
                }
            }
        }
    }

    #[test]
    fn what_does_not_fit_is_an_error() {
        for (algorithm, most) in [
            (HashAlgorithm::Sha256, 8160),
            (HashAlgorithm::Sha384, 12_240),
        ] {
            let prk = HmacKey::new(algorithm, b"key");
            let mut out = vec![0; most];
            expand(&prk, &[], &mut out).expect("255 hash values");
            assert_eq!(out, plainly(&prk, &[], most));
            expand(&prk, &[], &mut vec![0; most + 1]).expect_err("more than 255 hash values");
            let label = vec![b'a'; 250];
            expand_label(&prk, &label[..249], &[0; 255], &mut [0; 16]).expect("255 bytes each");
            expand_label(&prk, &label, &[], &mut [0; 16]).expect_err("a label of 256 bytes");
            expand_label(&prk, b"key", &[0; 256], &mut [0; 16])
                .expect_err("a context of 256 bytes");
            expand_label(&prk, b"key", &[], &mut vec![0; 65_536]).expect_err("65,536 bytes");
        }
    }
}
