//! Leaks that show that valgrind sees: without them a clean report would prove nothing.

use core::hint::black_box;

use crate::cases::Leak;
use crate::trial::{count_input, poison};

/// One for each way in which a secret reaches a clock or a cache.
pub(crate) const LEAKS: &[Leak] = &[
    Leak {
        name: "branch",
        run: branch,
    },
    Leak {
        name: "index",
        run: index,
    },
    Leak {
        name: "early-exit",
        run: early_exit,
    },
    Leak {
        name: "length",
        run: length,
    },
];

fn secret() -> [u8; 16] {
    let mut secret = black_box(*b"a secret 16 long");
    poison(&mut secret);
    secret
}

fn branch() {
    count_input();
    if secret()[3] & 1 == 1 {
        black_box("odd");
    }
}

fn index() {
    count_input();
    let table: [u8; 256] = black_box(core::array::from_fn(|place| place as u8 ^ 0x63));
    black_box(table[usize::from(secret()[3])]);
}

fn early_exit() {
    count_input();
    black_box(to_the_first_difference(&secret(), b"a secret 16 lonG"));
}

fn length() {
    count_input();
    let len = usize::from(secret()[3]);
    black_box(vec![0u8; len]);
}

/// The comparison that everybody writes first.
#[inline(never)]
pub(crate) fn to_the_first_difference(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    for (a, b) in a.iter().zip(b) {
        if a != b {
            return false;
        }
    }
    true
}
