//! ring erases nothing that it computes with: what can be done about it from outside.

use zeroize::{optimization_barrier, zeroize_stack};

/// More than any operation of ring on keys leaves behind, in bytes.
const STACK: usize = 8192;

/// Runs `compute` and erases the stack that it used; best effort, registers stay as they are.
pub(crate) fn erasing_stack<R>(compute: impl FnOnce() -> R) -> R {
    let result = apart(compute);
    zeroize_stack::<STACK>();
    result
}

/// Writes `blank`'s value over `value` where it lies, and keeps the compiler from dropping the write.
///
/// The bytes of a value that mean nothing are copied too, so the stack is erased beforehand: they
/// could be those of a secret.
pub(crate) fn overwrite<T>(value: &mut T, blank: impl FnOnce() -> Option<T>) {
    zeroize_stack::<STACK>();
    apart(|| {
        if let Some(blank) = blank() {
            *value = blank;
        }
    });
    optimization_barrier(value);
}

/// Keeps a computation in a stack frame of its own.
#[inline(never)]
fn apart<R>(compute: impl FnOnce() -> R) -> R {
    compute()
}
