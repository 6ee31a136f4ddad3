//! ring erases nothing that it computes with: what can be done about it from outside.

use premaster_crypto::erasing_stack;
use zeroize::optimization_barrier;

/// Writes `blank`'s value over `value` where it lies, and keeps the compiler from dropping the write.
///
/// The bytes of a value that mean nothing are copied too, so the stack is erased beforehand: they
/// could be those of a secret.
pub(crate) fn overwrite<T>(value: &mut T, blank: impl FnOnce() -> Option<T>) {
    erasing_stack(|| ());
    if let Some(blank) = blank() {
        *value = blank;
    }
    optimization_barrier(value);
}
