//! What is checked. This file is a table.

use crate::{
    cbc_records, compare, cookie, derive, finite_field, hidden, kem, rsa, schedule, tickets, whole,
};

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
        name: "digest-equality",
        secret: "what was hashed",
        run: compare::digests,
        leaks: &[],
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
            name: "finished-first-difference",
            run: compare::verify_data_to_the_first_difference,
        }],
    },
    Case {
        name: "master-secret",
        secret: "premaster secret",
        run: derive::master_secret,
        leaks: &[],
    },
    Case {
        name: "leading-zeros",
        secret: "premaster secret, number of its zeros",
        run: hidden::stripped,
        leaks: &[
            Leak {
                name: "leading-zeros-counted",
                run: hidden::stripped_in_plain_sight,
            },
            Leak {
                name: "leading-zeros-length-hashed",
                run: hidden::hashed_at_its_length,
            },
        ],
    },
    Case {
        name: "finite-field",
        secret: "exponent, and so premaster secret",
        run: finite_field::exchange,
        leaks: &[Leak {
            name: "finite-field-square-and-multiply",
            run: finite_field::square_and_multiply,
        }],
    },
    Case {
        name: "hidden-mac",
        secret: "key, message, length of message",
        run: hidden::macs,
        leaks: &[],
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
        name: "rsa-decryption",
        secret: "blinding, decrypted block",
        run: rsa::decryption,
        leaks: &[Leak {
            name: "rsa-decryption-zeros-stripped",
            run: rsa::decryption_to_a_number,
        }],
    },
    Case {
        name: "cbc-mac-then-encrypt",
        secret: "keys, and so content, MAC and padding",
        run: cbc_records::mac_then_encrypt,
        leaks: &[
            Leak {
                name: "cbc-padding-early-return",
                run: cbc_records::padding_with_early_return,
            },
            Leak {
                name: "cbc-mac-over-its-length",
                run: cbc_records::mac_over_its_length,
            },
            Leak {
                name: "cbc-mac-from-its-place",
                run: cbc_records::mac_from_its_place,
            },
        ],
    },
    Case {
        name: "cbc-mac-then-encrypt-wrong",
        secret: "keys; padding or MAC is wrong",
        run: cbc_records::mac_then_encrypt_wrong,
        leaks: &[],
    },
    Case {
        name: "cbc-encrypt-then-mac",
        secret: "keys, and so content and padding",
        run: cbc_records::encrypt_then_mac,
        leaks: &[],
    },
    Case {
        name: "cbc-encrypt-then-mac-wrong",
        secret: "keys; padding or MAC is wrong",
        run: cbc_records::encrypt_then_mac_wrong,
        leaks: &[],
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
        name: "tls13-schedule",
        secret: "pre-shared key, shared secret",
        run: schedule::all,
        leaks: &[],
    },
    Case {
        name: "tls13-finished",
        secret: "shared secret",
        run: schedule::finished,
        leaks: &[],
    },
    Case {
        name: "tls13-binder",
        secret: "pre-shared key",
        run: schedule::binder,
        leaks: &[Leak {
            name: "tls13-binder-first-difference",
            run: schedule::binder_to_the_first_difference,
        }],
    },
    Case {
        name: "ml-kem-decapsulation",
        secret: "ciphertext, and so what it hides",
        run: kem::decapsulation,
        leaks: &[],
    },
    Case {
        name: "ml-kem-encapsulation",
        secret: "what is wrapped",
        run: kem::encapsulation,
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
    Case {
        name: "tls13-imported-psk",
        secret: "provisioned key",
        run: schedule::imported,
        leaks: &[Leak {
            name: "tls13-imported-psk-compared",
            run: schedule::imported_compared,
        }],
    },
    Case {
        name: "retry-cookie",
        secret: "cookie key",
        run: cookie::cookies,
        leaks: &[Leak {
            name: "retry-cookie-first-difference",
            run: cookie::to_the_first_difference,
        }],
    },
    Case {
        name: "whole-tls13",
        secret: "shared secret, and all that comes of it",
        run: whole::tls13_full,
        leaks: &[Leak {
            name: "whole-tls13-key-log",
            run: whole::tls13_full_logged,
        }],
    },
    Case {
        name: "whole-tls13-later",
        secret: "as above; a certificate later",
        run: whole::tls13_later,
        leaks: &[],
    },
    Case {
        name: "whole-tls13-resumed",
        secret: "as above; tickets, early data",
        run: whole::tls13_resumed,
        leaks: &[Leak {
            name: "whole-tls13-resumed-key-log",
            run: whole::tls13_resumed_logged,
        }],
    },
    Case {
        name: "whole-tls13-external",
        secret: "provisioned key, shared secret",
        run: whole::tls13_external,
        leaks: &[Leak {
            name: "whole-tls13-external-key-log",
            run: whole::tls13_external_logged,
        }],
    },
    Case {
        name: "whole-tls12",
        secret: "shared secret, and all that comes of it",
        run: whole::tls12_full,
        leaks: &[Leak {
            name: "whole-tls12-key-log",
            run: whole::tls12_full_logged,
        }],
    },
    Case {
        name: "whole-tls12-dhe-cbc",
        secret: "shared secret, number of its zeros",
        run: whole::tls12_field,
        leaks: &[Leak {
            name: "whole-tls12-dhe-cbc-key-log",
            run: whole::tls12_field_logged,
        }],
    },
    Case {
        name: "whole-tls12-rsa",
        secret: "premaster secret, decrypted block",
        run: whole::tls12_transport,
        leaks: &[Leak {
            name: "whole-tls12-rsa-key-log",
            run: whole::tls12_transport_logged,
        }],
    },
];
