//! The fuzz targets, as plain functions.
//!
//! The programs in `fuzz_targets` hand them to libFuzzer; `tests/corpora.rs` replays what is stored
//! in `corpus`; `examples/seed` makes the first inputs from recorded handshakes.
#![forbid(unsafe_code)]

mod against_rustls;
mod against_tls_parser;
mod certificate_compression;
mod certificate_path;
mod client_hello;
mod credentials;
mod extensions;
mod fixed;
pub mod handshake_message;
mod input;
pub mod play;
mod record;
mod record_opener;
mod server_hello;
mod session;
mod ticket;

/// What a fuzzer feeds: panics when a property does not hold for the input.
#[derive(Debug)]
pub struct Target {
    /// The name of its program, and of its folder in `corpus`.
    pub name: &'static str,
    /// What an input is.
    pub takes: &'static str,
    /// Checks one input.
    pub run: fn(&[u8]),
}

/// All targets, in the order of their names.
pub const TARGETS: &[Target] = &[
    Target {
        name: "against_rustls",
        takes: "the body of a ClientHello",
        run: against_rustls::run,
    },
    Target {
        name: "against_tls_parser",
        takes: "a handshake message",
        run: against_tls_parser::run,
    },
    Target {
        name: "certificate_compression",
        takes: "algorithm, length, compressed certificate",
        run: certificate_compression::run,
    },
    Target {
        name: "certificate_path",
        takes: "time, flags, name, root, chain",
        run: certificate_path::run,
    },
    Target {
        name: "client",
        takes: "two ends, what is done with the words of the server",
        run: play::client,
    },
    Target {
        name: "client_hello",
        takes: "the body of a ClientHello",
        run: client_hello::run,
    },
    Target {
        name: "credentials",
        takes: "certificates or a key in PEM or DER, or a pin",
        run: credentials::run,
    },
    Target {
        name: "extensions",
        takes: "a block of extensions",
        run: extensions::run,
    },
    Target {
        name: "handshake_message",
        takes: "a byte that picks the form, the body of a message",
        run: handshake_message::run,
    },
    Target {
        name: "record",
        takes: "records one after the other",
        run: record::run,
    },
    Target {
        name: "record_opener",
        takes: "protection, options, cut, then records to send",
        run: record_opener::run,
    },
    Target {
        name: "server",
        takes: "two ends, what is done with the words of the client",
        run: play::server,
    },
    Target {
        name: "server_hello",
        takes: "the body of a ServerHello or HelloRetryRequest",
        run: server_hello::run,
    },
    Target {
        name: "session",
        takes: "a byte that picks the kind, an encoded session",
        run: session::run,
    },
    Target {
        name: "ticket",
        takes: "session, hour, changes to its ticket",
        run: ticket::run,
    },
];

/// The target of this name.
///
/// # Panics
/// When there is none: a program in `fuzz_targets` and the table do not agree.
#[must_use]
pub fn target(name: &str) -> &'static Target {
    let found = TARGETS.iter().find(|target| target.name == name);
    found.unwrap_or_else(|| panic!("no target is called {name}"))
}
