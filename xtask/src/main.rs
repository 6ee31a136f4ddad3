//! The one door to every check of this project: `cargo xtask ci` and its parts.
#![forbid(unsafe_code)]

mod bench;
mod bogo;
mod ci;
mod command;
mod ct;
mod fuzz;
mod interop;
mod miri;
mod mutants;
mod steps;
mod test;
mod tidy;
mod tools;

use clap::Parser;
use std::process::ExitCode;

/// Every check of this project, one subcommand each.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version)]
enum Task {
    /// Everything that CI runs, in CI's order.
    Ci,
    /// All tests: unit, vectors, pairs, doc and interop.
    Test,
    /// The house rules that no compiler knows: crate arrows, sizes, names, citations.
    Tidy,
    /// Handshakes and data between real programs on loopback.
    Interop(interop::Options),
    /// Constant time: no branch and no address depends on a secret, watched by valgrind.
    Ct(ct::Options),
    /// BoringSSL's test runner against our shim.
    Bogo(bogo::Options),
    /// Fuzzes a target or all of them, for so long.
    Fuzz(fuzz::Options),
    /// The unit tests of the layers that read a peer's bytes, under Miri.
    Miri,
    /// Changes of the code that no test notices, with cargo-mutants.
    Mutants(mutants::Options),
    /// The criterion benchmarks.
    Bench(bench::Options),
}

fn main() -> ExitCode {
    let outcome = match Task::parse() {
        Task::Ci => ci::run(),
        Task::Test => test::run(),
        Task::Tidy => tidy::run(),
        Task::Interop(options) => interop::run(&options),
        Task::Ct(options) => ct::run(&options),
        Task::Bogo(options) => bogo::run(&options),
        Task::Miri => miri::run(),
        Task::Mutants(options) => mutants::run(&options),
        Task::Fuzz(options) => fuzz::run(&options),
        Task::Bench(options) => bench::run(&options),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
