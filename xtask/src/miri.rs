//! `cargo xtask miri`: the unit tests of `wire`, `record` and `handshake`, under Miri.
//!
//! None of them has `unsafe`; what they use has. Miri interprets their tests and refuses what no compiler notices: a pointer
//! outside its allocation, a value that cannot be, an aliased `&mut`. Assembly it cannot run, so tests that need the
//! algorithms of a backend are left out, each with `cfg_attr(miri, ignore = "..")`.

use crate::{
    command::{cargo_of, locked, succeed, succeeds_within},
    steps::Verdict,
};
use anyhow::{Result, bail};
use std::{process::Command, time::Duration};

const CRATES: [&str; 3] = ["wire", "handshake", "record"];

/// Without `record`: its ciphers run in software here, for many minutes.
const IN_CI: usize = 2;

/// Pointers are pointers and not numbers, and luck with alignment does not count.
const FLAGS: &str = "-Zmiri-strict-provenance -Zmiri-symbolic-alignment-check";

/// Runs the tests.
///
/// # Errors
/// When a test fails or Miri refuses what it does, and when there is no Miri.
pub(crate) fn run() -> Result<()> {
    match judge(&CRATES)? {
        Verdict::NotChecked(why) => bail!("nothing was checked: {why}"),
        _ => Ok(()),
    }
}

/// The quicker tests as a step of a longer run: Miri is part of nightly toolchains only, and not of every one.
///
/// # Errors
/// When a test fails or Miri refuses what it does.
pub(crate) fn step() -> Result<Verdict> {
    judge(&CRATES[..IN_CI])
}

fn judge(crates: &[&str]) -> Result<Verdict> {
    // Its first run builds a standard library, from source that not every toolchain has.
    if !succeeds_within(&mut miri(&["setup"]), Duration::from_secs(300)) {
        let why = "no nightly toolchain with Miri: `rustup toolchain install nightly --component miri,rust-src`";
        return Ok(Verdict::NotChecked(why.to_owned()));
    }
    let mut command = miri(&["test", "--lib"]);
    for name in crates {
        command.arg(format!("--package=premaster-{name}"));
    }
    succeed(locked(&mut command))?;
    Ok(Verdict::Holds)
}

fn miri(arguments: &[&str]) -> Command {
    let mut command = cargo_of("nightly", &["miri"]);
    command.args(arguments).env("MIRIFLAGS", FLAGS);
    command
}
