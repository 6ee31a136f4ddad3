//! Where a secret becomes an answer.

use core::hint::black_box;

use subtle::Choice;

/// Tells whether a choice was true: what was computed in constant time becomes something to branch on.
///
/// To call this is to say that the answer may be known: that a MAC fits, that a record is good. It is the one function
/// in which a branch depends on secrets, and never inlined, so that whoever watches for such branches can let this one
/// pass by its name and no other.
///
/// ```
/// use premaster_crypto::declassify;
/// use subtle::ConstantTimeEq;
///
/// assert!(declassify([7; 32].ct_eq(&[7; 32])));
/// ```
#[inline(never)]
pub fn declassify(choice: Choice) -> bool {
    // Two constants behind a branch, not a value computed from the choice: the answer is no secret any more.
    if choice.unwrap_u8() == 1 {
        black_box(true)
    } else {
        black_box(false)
    }
}
