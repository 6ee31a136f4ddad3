//! `cargo xtask test`: unit, vectors, pairs, fuzz corpora, memory of release builds, doc and interop.

use crate::{
    command::{cargo, locked, succeed},
    interop,
    steps::{Steps, Verdict},
    tools,
};
use anyhow::Result;

/// Runs all tests.
pub(crate) fn run() -> Result<()> {
    let mut steps = Steps::begin();
    take_steps(&mut steps);
    steps.finish("test")
}

/// The tests as steps of a longer run.
pub(crate) fn take_steps(steps: &mut Steps) {
    steps.run("unit tests, vectors and pairs", || {
        let targets = ["--lib", "--bins", "--tests", "--examples"];
        succeed(locked(
            cargo(&["test", "--workspace", "--no-fail-fast"]).args(targets),
        ))
    });
    steps.run("doc tests", || {
        succeed(locked(&mut cargo(&[
            "test",
            "--workspace",
            "--doc",
            "--no-fail-fast",
        ])))
    });
    steps.run("fuzz corpora", || {
        let fuzz = ["--manifest-path", "fuzz/Cargo.toml"];
        succeed(locked(cargo(&["test", "--no-fail-fast"]).args(fuzz)))
    });
    // The compiler decides what is left of a secret where, so the builds that people run are looked
    // at as well. Interop needs the same libraries in release too.
    steps.run("secrets in the memory of release builds", || {
        let mut command = cargo(&["test", "--release", "--no-fail-fast"]);
        let testkit = ["-p", "premaster-testkit", "--test", "memory"];
        let ring = ["-p", "premaster-crypto-ring", "--test", "freed_memory"];
        succeed(locked(command.args(testkit).args(ring)))
    });
    steps.run_if_possible("interop", || {
        if !tools::provide_peers()? {
            return Ok(Verdict::NotChecked("other programs are missing".to_owned()));
        }
        interop::run(&interop::Options::everything())?;
        Ok(Verdict::Holds)
    });
}
