//! Keys, polynomials and secrets pass the stack on their way to where they stay.

use zeroize::zeroize_stack;

/// More than any operation on a key leaves behind, in bytes; code that is not optimised copies more.
const DEPTH: usize = if cfg!(debug_assertions) {
    256 * 1024
} else {
    64 * 1024
};

/// Runs `compute` and erases the stack below it: best effort, registers stay as they are.
pub(crate) fn erasing_stack<R>(compute: impl FnOnce() -> R) -> R {
    let result = apart(compute);
    zeroize_stack::<DEPTH>();
    result
}

/// Keeps a computation in a stack frame of its own.
#[inline(never)]
fn apart<R>(compute: impl FnOnce() -> R) -> R {
    compute()
}
