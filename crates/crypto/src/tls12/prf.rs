//! The PRF of TLS 1.2: P_hash under the suite's hash function (RFC 5246 section 5).

use core::iter::once;

use crate::compress::{Compress, MAX_OUTPUT, State256, State384};
use crate::frame::{Fold, Frame};
use crate::hmac::{Function, Keyed};
use crate::secret::wipe;
use crate::{HashAlgorithm, HmacKey, erasing_stack};

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
    erasing_stack(|| match &secret.0 {
        Function::Sha256(key) => p_hash(key, label, seed, out),
        Function::Sha384(key) => p_hash(key, label, seed, out),
    });
}

/// The same for a secret that is used only here.
pub(super) fn prf_once(
    algorithm: HashAlgorithm,
    secret: &[u8],
    label: &[u8],
    seed: &[&[u8]],
    out: &mut [u8],
) {
    match algorithm {
        HashAlgorithm::Sha256 => p_hash_once::<State256>(secret, label, seed, out),
        HashAlgorithm::Sha384 => p_hash_once::<State384>(secret, label, seed, out),
    }
}

fn p_hash<C: Compress>(key: &Keyed<C>, label: &[u8], seed: &[&[u8]], out: &mut [u8]) {
    let mut frame = Frame::new();
    if lay_out(&mut frame, label, seed) {
        p_hash_framed(key, &mut frame, out);
    } else {
        p_hash_long(key, label, seed, out);
    }
}

/// The text first: its bytes settle in the cache while the key is prepared.
fn p_hash_once<C: Compress>(secret: &[u8], label: &[u8], seed: &[&[u8]], out: &mut [u8]) {
    let mut frame = Frame::<C>::new();
    if lay_out(&mut frame, label, seed) {
        p_hash_framed(&Keyed::new(secret), &mut frame, out);
    } else {
        p_hash_long::<C>(&Keyed::new(secret), label, seed, out);
    }
}

fn lay_out<C: Compress>(frame: &mut Frame<C>, label: &[u8], seed: &[&[u8]]) -> bool {
    frame.put(label) && seed.iter().all(|part| frame.put(part))
}

/// `P_hash(secret, text) = HMAC(secret, A(1) + text) + HMAC(secret, A(2) + text) + ...`
/// where `A(0) = text` and `A(i) = HMAC(secret, A(i-1))`.
fn p_hash_framed<C: Compress>(key: &Keyed<C>, frame: &mut Frame<C>, out: &mut [u8]) {
    let mut fold = Fold::new();
    let (mut a, mut next, mut output) = (C::INITIAL, C::INITIAL, C::INITIAL);
    frame.hash(&key.inner, &mut a);
    fold.hash(&key.outer, &mut a);
    let mut chunks = out.chunks_mut(C::OUTPUT).peekable();
    while let Some(chunk) = chunks.next() {
        let more = chunks.peek().is_some();
        // A(i+1) does not wait for the output: in this order the processor runs both at once.
        next.clone_from(&a);
        if more {
            fold.hash(&key.inner, &mut next);
        }
        frame.hash_after(&a, &key.inner, &mut output);
        if more {
            fold.hash(&key.outer, &mut next);
            a.clone_from(&next);
        }
        fold.hash(&key.outer, &mut output);
        output.write_prefix(chunk);
    }
    a.wipe();
    next.wipe();
    output.wipe();
}

/// The same without a frame, for a seed of any length: an exporter's context.
fn p_hash_long<C: Compress>(key: &Keyed<C>, label: &[u8], seed: &[&[u8]], out: &mut [u8]) {
    let text = once(label).chain(seed.iter().copied());
    let mut fold = Fold::new();
    let (mut a, mut output) = (C::INITIAL, C::INITIAL);
    let mut bytes = [0; MAX_OUTPUT];
    key.sign(text.clone(), &mut a);
    for chunk in out.chunks_mut(C::OUTPUT) {
        a.write(&mut bytes[..C::OUTPUT]);
        key.sign(once(&bytes[..C::OUTPUT]).chain(text.clone()), &mut output);
        output.write_prefix(chunk);
        fold.hash(&key.inner, &mut a);
        fold.hash(&key.outer, &mut a);
    }
    a.wipe();
    output.wipe();
    wipe(&mut bytes);
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
