//! Erasing what a computation with secrets leaves on the stack.

use zeroize::zeroize_stack;

/// Bytes that are erased. What lies deepest is a key schedule that ring moves about by value: less than 4 KiB below the
/// caller in optimised builds, 20 KiB in others, where every move makes another copy.
const DEPTH: usize = if cfg!(debug_assertions) {
    64 * 1024
} else {
    8 * 1024
};

/// Runs `compute` and erases the stack below the caller that it used.
///
/// Stack that is not in use any more is soon copied: a value is moved with the padding between its fields, and in the
/// padding lies whatever was there before. So what is left of a secret on the stack can end in a box that nobody erases.
/// Each operation that computes with a secret is wrapped in this, here and in a backend; it costs about 50 ns.
///
/// It is best effort. Registers stay as they are. A computation may have gone deeper than what is erased: 8 KiB, or
/// 64 KiB with debug assertions, because unoptimised code copies more; so unoptimised builds without debug assertions
/// are not served well. And what `compute` returns is not erased: a secret has to be in a box, as
/// [`Secret`](crate::Secret) is, or be written to where it stays. The memory tests of this workspace look at the stack
/// as well as at freed memory, in debug and release builds.
///
/// ```
/// use premaster_crypto::{Secret, erasing_stack};
///
/// let (a, b) = (Secret::<4>::from_bytes(&[1; 4])?, Secret::<4>::from_bytes(&[2; 4])?);
/// let both = erasing_stack(|| {
///     let both = core::array::from_fn(|at| a.as_bytes()[at] ^ b.as_bytes()[at]);
///     Secret::<4>::fill_with(|bytes| *bytes = both)
/// });
/// assert!(both.ct_eq(&[3; 4]));
/// # Ok::<(), premaster_crypto::CryptoError>(())
/// ```
pub fn erasing_stack<R>(compute: impl FnOnce() -> R) -> R {
    erasing_deep_stack::<DEPTH, R>(compute)
}

/// The same for a computation that goes deeper, as bignums do: erases `BYTES` of the stack below the caller.
pub fn erasing_deep_stack<const BYTES: usize, R>(compute: impl FnOnce() -> R) -> R {
    let result = apart(compute);
    zeroize_stack::<BYTES>();
    result
}

/// Keeps a computation in a stack frame of its own, below that of [`erasing_stack`].
#[inline(never)]
fn apart<R>(compute: impl FnOnce() -> R) -> R {
    compute()
}
