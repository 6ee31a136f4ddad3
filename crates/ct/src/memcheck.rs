//! What a program under valgrind can ask of it: 'client requests' to memcheck.
//!
//! A request is a sequence of instructions that does nothing on a processor and that valgrind recognises. It needs
//! neither valgrind nor its headers to build, and without valgrind every request answers zero. The sequences and
//! numbers are those of `valgrind.h` and `memcheck.h`, which promise never to change them.
//!
//! This is the one module with `unsafe`: a few lines of assembly that pass an array by its address.
#![allow(unsafe_code)]

use core::arch::asm;
use core::hint::black_box;

/// Requests of valgrind itself.
const RUNNING_ON_VALGRIND: usize = 0x1001;
const COUNT_ERRORS: usize = 0x1201;
/// Requests of a tool begin with its two letters.
const MEMCHECK: usize = (b'M' as usize) << 24 | (b'C' as usize) << 16;
const MAKE_MEM_UNDEFINED: usize = MEMCHECK + 1;
const MAKE_MEM_DEFINED: usize = MEMCHECK + 2;
const GET_VBITS: usize = MEMCHECK + 8;

/// Whether valgrind runs this program.
pub(crate) fn is_watching() -> bool {
    request([RUNNING_ON_VALGRIND, 0, 0, 0]) != 0
}

/// Whether memcheck has reported anything so far.
pub(crate) fn has_reported() -> bool {
    request([COUNT_ERRORS, 0, 0, 0]) != 0
}

/// Marks bytes as undefined: from now on memcheck reports every branch and every address that depends on them.
pub(crate) fn make_undefined(bytes: &mut [u8]) {
    request([
        MAKE_MEM_UNDEFINED,
        bytes.as_mut_ptr() as usize,
        bytes.len(),
        0,
    ]);
    black_box(bytes);
}

/// Marks bytes as defined again.
pub(crate) fn make_defined(bytes: &mut [u8]) {
    request([
        MAKE_MEM_DEFINED,
        bytes.as_mut_ptr() as usize,
        bytes.len(),
        0,
    ]);
    black_box(bytes);
}

/// Marks a value as defined again: its own bytes, not what it points to.
pub(crate) fn make_value_defined<T>(value: &mut T) {
    request([MAKE_MEM_DEFINED, address(value), size_of::<T>(), 0]);
    black_box(value);
}

/// Whether some bit is undefined; never without valgrind.
pub(crate) fn is_undefined(bytes: &[u8]) -> bool {
    any_undefined(bytes.as_ptr() as usize, bytes.len())
}

/// Whether some bit of a value is undefined: of its own bytes, not of what it points to.
pub(crate) fn is_value_undefined<T>(value: &mut T) -> bool {
    any_undefined(address(value), size_of::<T>())
}

/// The address as the value's one: whoever holds it may write there, so the value is read anew afterwards.
fn address<T>(value: &mut T) -> usize {
    core::ptr::from_mut(black_box(value)) as usize
}

fn any_undefined(address: usize, len: usize) -> bool {
    let mut undefined = vec![0u8; len];
    let told = request([GET_VBITS, address, undefined.as_mut_ptr() as usize, len]);
    told == 1 && black_box(undefined).iter().any(|bits| *bits != 0)
}

/// Asks valgrind; the answer is zero where there is none.
///
/// The arguments are addresses that were exposed by a cast, so the assembly may read and write there.
#[cfg_attr(
    not(any(target_arch = "x86_64", target_arch = "aarch64")),
    expect(unused, reason = "valgrind runs on few processors")
)]
fn request([what, first, second, third]: [usize; 4]) -> usize {
    let arguments: [usize; 6] = [what, first, second, third, 0, 0];
    let mut answer = 0;
    // SAFETY: rotating a register by 128 bits in all, and exchanging or combining a register with itself, changes
    // nothing but flags. Valgrind reads six words at the address of `arguments`, answers in one register, and touches
    // no memory but the status bits it keeps about it and, for GET_VBITS, the buffer it was given.
    #[cfg(target_arch = "x86_64")]
    unsafe {
        asm!(
            "rol rdi, 3",
            "rol rdi, 13",
            "rol rdi, 61",
            "rol rdi, 51",
            "xchg rbx, rbx",
            in("rax") &raw const arguments,
            inout("rdx") answer,
        );
    }
    // SAFETY: as above.
    #[cfg(target_arch = "aarch64")]
    unsafe {
        asm!(
            "ror x12, x12, #3",
            "ror x12, x12, #13",
            "ror x12, x12, #51",
            "ror x12, x12, #61",
            "orr x10, x10, x10",
            inout("x3") answer,
            in("x4") &raw const arguments,
        );
    }
    answer
}
