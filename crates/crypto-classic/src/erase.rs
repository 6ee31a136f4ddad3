//! Keys pass the stack on their way to where they stay.

use zeroize::zeroize_stack;

/// Runs `compute` and erases `BYTES` of the stack below it; best effort, registers stay as they are.
pub(crate) fn erasing_stack<const BYTES: usize, R>(compute: impl FnOnce() -> R) -> R {
    let result = apart(compute);
    zeroize_stack::<BYTES>();
    result
}

/// Keeps a computation in a stack frame of its own.
#[inline(never)]
fn apart<R>(compute: impl FnOnce() -> R) -> R {
    compute()
}
