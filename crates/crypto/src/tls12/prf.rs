//! The PRF of TLS 1.2: P_hash under the suite's hash function (RFC 5246 section 5).

use crate::HmacKey;
use crate::compress::{Compress, MAX_BLOCK, MAX_OUTPUT};
use crate::hmac::{Function, Keyed, Short};
use crate::secret::wipe;

/// Fills `out` with `P_hash(secret, label + seed)`.
///
/// `secret` is prepared, so a caller with several uses pays for the preparation once.
///
/// ```
/// use premaster_crypto::{HashAlgorithm, HmacKey, tls12};
///
/// let secret = HmacKey::new(HashAlgorithm::Sha256, b"secret");
/// let (mut short, mut long) = ([0; 12], [0; 100]);
/// tls12::prf(&secret, b"a label", &[b"seed"], &mut short);
/// tls12::prf(&secret, b"a label", &[b"se", b"ed"], &mut long);
/// assert_eq!(short, long[..12]);
/// ```
pub fn prf(secret: &HmacKey, label: &[u8], seed: &[&[u8]], out: &mut [u8]) {
    match &secret.0 {
        Function::Sha256(key) => p_hash(key, label, seed, out),
        Function::Sha384(key) => p_hash(key, label, seed, out),
    }
}

/// `P_hash(secret, text) = HMAC(secret, A(1) + text) + HMAC(secret, A(2) + text) + ...`
/// where `A(0) = text` and `A(i) = HMAC(secret, A(i-1))`.
fn p_hash<C: Compress>(key: &Keyed<C>, label: &[u8], seed: &[&[u8]], out: &mut [u8]) {
    match Frame::<C>::new(label, seed) {
        Some(frame) => p_hash_framed(key, frame, out),
        None => p_hash_long(key, label, seed, out),
    }
}

fn p_hash_framed<C: Compress>(key: &Keyed<C>, mut frame: Frame<C>, out: &mut [u8]) {
    let mut short = Short::new();
    let mut a = short.absorb(key.outer(), &frame.hash_text(key.inner()));
    let mut chunks = out.chunks_mut(C::OUTPUT).peekable();
    while let Some(chunk) = chunks.next() {
        // Nothing here waits for A(i+1), so the processor computes it beside the output.
        let mut output = frame.hash_after(key.inner(), &a);
        if chunks.peek().is_some() {
            let next = short.absorb(key.inner(), &a);
            output = short.absorb(key.outer(), &output);
            a = short.absorb(key.outer(), &next);
        } else {
            output = short.absorb(key.outer(), &output);
        }
        write_prefix(&output, chunk);
        output.wipe();
    }
    a.wipe();
}

/// The same without a frame, for a seed of any length: an exporter's context.
fn p_hash_long<C: Compress>(key: &Keyed<C>, label: &[u8], seed: &[&[u8]], out: &mut [u8]) {
    let mut short = Short::new();
    let text = || core::iter::once(label).chain(seed.iter().copied());
    let mut a = key.sign(text());
    for chunk in out.chunks_mut(C::OUTPUT) {
        let mut bytes = [0; MAX_OUTPUT];
        a.write(&mut bytes[..C::OUTPUT]);
        let mut output = key.sign(core::iter::once(&bytes[..C::OUTPUT]).chain(text()));
        write_prefix(&output, chunk);
        output.wipe();
        wipe(&mut bytes);
        let next = short.absorb(key.inner(), &a);
        a = short.absorb(key.outer(), &next);
    }
    a.wipe();
}

fn write_prefix<C: Compress>(state: &C, out: &mut [u8]) {
    if out.len() == C::OUTPUT {
        return state.write(out);
    }
    let mut bytes = [0; MAX_OUTPUT];
    state.write(&mut bytes[..C::OUTPUT]);
    out.copy_from_slice(&bytes[..out.len()]);
    wipe(&mut bytes);
}

/// The longest `label + seed` that a frame takes.
const MAX_TEXT: usize = 128;

/// `label + seed`, laid out once for all the messages that contain it.
///
/// ```text
/// 0          OUTPUT              end
/// | A(i)     | label | seed | 80 00 .. 00 length |   inner message of the i-th output
///            | label | seed | 80 00 .. 00 length |   inner message of A(1)
/// ```
///
/// The two share everything but the place and value of the length at their ends.
struct Frame<C> {
    bytes: [u8; MAX_OUTPUT + MAX_TEXT + MAX_BLOCK],
    text: usize,
    function: core::marker::PhantomData<C>,
}

impl<C: Compress> Frame<C> {
    /// `None` when the text is too long.
    fn new(label: &[u8], seed: &[&[u8]]) -> Option<Self> {
        let text = label.len() + seed.iter().map(|part| part.len()).sum::<usize>();
        if text > MAX_TEXT {
            return None;
        }
        let mut bytes = [0; MAX_OUTPUT + MAX_TEXT + MAX_BLOCK];
        let mut at = C::OUTPUT;
        for part in core::iter::once(&label).chain(seed) {
            bytes[at..at + part.len()].copy_from_slice(part);
            at += part.len();
        }
        bytes[at] = 0x80;
        Some(Self {
            bytes,
            text,
            function: core::marker::PhantomData,
        })
    }

    /// The inner hash of A(1).
    fn hash_text(&mut self, key: &C) -> C {
        self.hash(key, C::OUTPUT, self.text)
    }

    /// The inner hash of the output that belongs to `a`.
    #[inline]
    fn hash_after(&mut self, key: &C, a: &C) -> C {
        a.write(&mut self.bytes[..C::OUTPUT]);
        self.hash(key, 0, C::OUTPUT + self.text)
    }

    #[inline]
    fn hash(&mut self, key: &C, start: usize, len: usize) -> C {
        let end = start + (len + 1 + C::LENGTH_FIELD).next_multiple_of(C::BLOCK);
        let bits = 8 * (C::BLOCK + len) as u64;
        self.bytes[end - 8..end].copy_from_slice(&bits.to_be_bytes());
        let mut state = key.clone();
        state.compress(&self.bytes[start..end]);
        self.bytes[end - 8..end].fill(0);
        state
    }
}

impl<C> Drop for Frame<C> {
    fn drop(&mut self) {
        wipe(&mut self.bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::HashAlgorithm::{Sha256, Sha384};
    use alloc::vec;
    use alloc::vec::Vec;

    /// RFC 5246 section 5, word for word.
    fn plainly(secret: &HmacKey, text: &[u8], len: usize) -> Vec<u8> {
        let (mut a, mut out) = (secret.sign(&[text]), Vec::new());
        while out.len() < len {
            out.extend_from_slice(&secret.sign(&[&a, text]));
            a = secret.sign(&[&a]);
        }
        out.truncate(len);
        out
    }

    #[test]
    fn every_length_of_text_and_output_follows_the_definition() {
        let text: Vec<u8> = (0..=255).collect();
        for algorithm in [Sha256, Sha384] {
            let secret = HmacKey::new(algorithm, &[7; 48]);
            for text_len in 0..200 {
                let text = &text[..text_len];
                let (label, seed) = text.split_at(text_len / 3);
                for len in [0, 1, 12, 31, 32, 33, 48, 49, 100, 200] {
                    let mut out = vec![0; len];
                    prf(&secret, label, &[seed], &mut out);
                    assert_eq!(
                        out,
                        plainly(&secret, text, len),
                        "{algorithm:?} {text_len} {len}"
                    );
                }
            }
        }
    }
}
