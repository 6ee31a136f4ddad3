//! The fuzz targets, as plain functions.
//!
//! The programs in `fuzz_targets` hand them to libFuzzer; `tests/corpora.rs` replays what is stored
//! in `corpus`; `examples/seed` makes the first inputs from recorded handshakes.
#![forbid(unsafe_code)]

mod certificate_compression;
mod client_hello;
pub mod handshake_message;
mod record;
mod server_hello;

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
        name: "certificate_compression",
        takes: "algorithm, length, compressed certificate",
        run: certificate_compression::run,
    },
    Target {
        name: "client_hello",
        takes: "the body of a ClientHello",
        run: client_hello::run,
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
        name: "server_hello",
        takes: "the body of a ServerHello or HelloRetryRequest",
        run: server_hello::run,
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
