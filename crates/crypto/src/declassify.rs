//! Where a secret becomes an answer.

use core::hint::black_box;

use subtle::Choice;

/// Why an answer that depends on secrets may be known. The list is the review: nothing else is released.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Released {
    /// Whether a MAC, a binder or a verify_data fits, compared as a whole: the peer sees it by what happens next, and sees
    /// nothing beside it. To guess one it has to try 2^96 and more, each with another connection or record.
    Fits,
    /// Whether two secrets, or two hashes of secrets, are the same: who compares them asks for that bit, and gets no other.
    Equal,
    /// Whether a secret is nothing but zeros, which no derivation yields: whoever shows such a secret has lost it
    /// (RFC 8446 section 7.4.2), and of every other one it says as good as nothing.
    Zero,
}

/// Tells whether a choice was true: what was computed in constant time becomes something to branch on.
///
/// To call this is to say, by name, why the answer may be known. It is the one function in which a branch depends on
/// secrets, and never inlined, so that whoever watches for such branches can let this one pass by its name and no other.
///
/// ```
/// use premaster_crypto::{Released, declassify};
/// use subtle::ConstantTimeEq;
///
/// assert!(declassify([7; 32].ct_eq(&[7; 32]), Released::Equal));
/// ```
#[inline(never)]
pub fn declassify(choice: Choice, _why: Released) -> bool {
    // Two constants behind a branch, not a value computed from the choice: the answer is no secret any more.
    if choice.unwrap_u8() == 1 {
        black_box(true)
    } else {
        black_box(false)
    }
}
