//! HKDF (RFC 5869) and HKDF-Expand-Label (RFC 8446 section 7.1).
//!
//! A pseudorandom key is only ever used as an HMAC key, so here it *is* one, prepared once.

use crate::compress::Compress;
use crate::hmac::{Function, Keyed};
use crate::secret::wipe;
use crate::{CryptoError, HashAlgorithm, HmacKey};

/// `HKDF-Extract(salt, IKM)`, ready to be expanded (RFC 5869 section 2.2).
pub fn extract(algorithm: HashAlgorithm, salt: &[u8], input: &[u8]) -> HmacKey {
    let salt = HmacKey::new(algorithm, salt);
    let mut prk = [0; 64];
    let prk = &mut prk[..algorithm.output_len()];
    match &salt.0 {
        Function::Sha256(key) => write_and_wipe(key.sign([input]), prk),
        Function::Sha384(key) => write_and_wipe(key.sign([input]), prk),
    }
    let key = HmacKey::new(algorithm, prk);
    wipe(prk);
    key
}

/// `HKDF-Expand(PRK, info, L)` with `L = out.len()` (RFC 5869 section 2.3).
///
/// # Errors
/// [`CryptoError`] when `out` is longer than 255 hash values.
pub fn expand(prk: &HmacKey, info: &[&[u8]], out: &mut [u8]) -> Result<(), CryptoError> {
    match &prk.0 {
        Function::Sha256(key) => expand_with(key, info, out),
        Function::Sha384(key) => expand_with(key, info, out),
    }
}

/// `HKDF-Expand-Label(Secret, Label, Context, Length)` (RFC 8446 section 7.1); `label` comes without `tls13 `.
///
/// # Errors
/// [`CryptoError`] when `label`, `context` or `out` is too long for the structure.
pub fn expand_label(
    secret: &HmacKey,
    label: &[u8],
    context: &[u8],
    out: &mut [u8],
) -> Result<(), CryptoError> {
    const PREFIX: &[u8] = b"tls13 ";
    let length = u16::try_from(out.len())
        .map_err(|_| CryptoError)?
        .to_be_bytes();
    let label_len = u8::try_from(PREFIX.len() + label.len()).map_err(|_| CryptoError)?;
    let context_len = u8::try_from(context.len()).map_err(|_| CryptoError)?;
    let info: [&[u8]; 6] = [
        &length,
        &[label_len],
        PREFIX,
        label,
        &[context_len],
        context,
    ];
    expand(secret, &info, out)
}

/// `T(i) = HMAC(PRK, T(i-1) + info + i)`.
fn expand_with<C: Compress>(
    key: &Keyed<C>,
    info: &[&[u8]],
    out: &mut [u8],
) -> Result<(), CryptoError> {
    if out.len() > 255 * C::OUTPUT {
        return Err(CryptoError);
    }
    let mut previous = [0; 64];
    let mut previous_len = 0;
    for (counter, chunk) in (1..=255).zip(out.chunks_mut(C::OUTPUT)) {
        let mut output = key.sign(
            core::iter::once(&previous[..previous_len])
                .chain(info.iter().copied())
                .chain(core::iter::once(&[counter][..])),
        );
        output.write(&mut previous[..C::OUTPUT]);
        output.wipe();
        previous_len = C::OUTPUT;
        chunk.copy_from_slice(&previous[..chunk.len()]);
    }
    wipe(&mut previous);
    Ok(())
}

fn write_and_wipe<C: Compress>(mut state: C, out: &mut [u8]) {
    state.write(out);
    state.wipe();
}
