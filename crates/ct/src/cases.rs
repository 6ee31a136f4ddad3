//! What is checked. This file is a table.

use crate::{compare, derive, rsa, tickets};

/// Something computed on secrets.
pub(crate) struct Case {
    /// For the command line and the report.
    pub(crate) name: &'static str,
    /// What is undefined while it runs.
    pub(crate) secret: &'static str,
    /// Tries its inputs and checks what comes out.
    pub(crate) run: fn(),
    /// The same done as one should not: valgrind has to report each.
    pub(crate) leaks: &'static [Leak],
}

/// A deliberate leak.
pub(crate) struct Leak {
    /// For the command line and the report.
    pub(crate) name: &'static str,
    /// Leaks.
    pub(crate) run: fn(),
}

/// Every case.
pub(crate) const CASES: &[Case] = &[
    Case {
        name: "secret-equality",
        secret: "both sides of a comparison",
        run: compare::secrets,
        leaks: &[Leak {
            name: "secret-equality-operator",
            run: compare::secrets_by_operator,
        }],
    },
    Case {
        name: "hmac-verify",
        secret: "key and message",
        run: compare::tags,
        leaks: &[Leak {
            name: "hmac-verify-first-difference",
            run: compare::tags_to_the_first_difference,
        }],
    },
    Case {
        name: "finished",
        secret: "master secret",
        run: compare::verify_data,
        leaks: &[Leak {
            name: "finished-operator",
            run: compare::verify_data_by_operator,
        }],
    },
    Case {
        name: "master-secret",
        secret: "premaster secret",
        run: derive::master_secret,
        leaks: &[Leak {
            name: "master-secret-zeros-stripped",
            run: derive::master_secret_without_zeros,
        }],
    },
    Case {
        name: "rsa-unpadding",
        secret: "decrypted block, fallback",
        run: rsa::unpadding,
        leaks: &[
            Leak {
                name: "rsa-unpadding-early-return",
                run: rsa::with_early_return,
            },
            Leak {
                name: "rsa-unpadding-separator-searched",
                run: rsa::with_a_search,
            },
        ],
    },
    Case {
        name: "key-block",
        secret: "master secret",
        run: derive::key_block,
        leaks: &[],
    },
    Case {
        name: "exporter",
        secret: "master secret",
        run: derive::export,
        leaks: &[],
    },
    Case {
        name: "hkdf",
        secret: "input keying material",
        run: derive::hkdf,
        leaks: &[],
    },
    Case {
        name: "session-encoding",
        secret: "master secret in a session",
        run: tickets::encoding,
        leaks: &[],
    },
    Case {
        name: "ticket",
        secret: "ticket key, master secret in a ticket",
        run: tickets::tickets,
        leaks: &[],
    },
];
