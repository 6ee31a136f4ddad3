//! `cargo xtask ci`: what CI runs, in the same order.

use crate::{
    bogo,
    command::{cargo, in_ci, locked, succeed, succeeds_within},
    ct, fuzz, miri,
    steps::{Steps, Verdict},
    test, tidy, tools,
};
use anyhow::{Result, bail};
use std::time::Duration;

/// Runs every check and prints how long each took.
pub(crate) fn run() -> Result<()> {
    let mut steps = Steps::begin();
    steps.run("format", format);
    steps.run("clippy", clippy);
    steps.run("documentation", documentation);
    steps.run("tidy", tidy::run);
    steps.run("licences, bans and sources", deny);
    steps.run_if_possible("advisories", advisories);
    test::take_steps(&mut steps);
    steps.run_if_possible("constant time", ct::step);
    steps.run_if_possible("BoringSSL's test runner", bogo::step);
    steps.run_if_possible("fuzzing", fuzz::step);
    steps.run_if_possible("Miri", miri::step);
    steps.finish("ci")
}

/// The fuzz targets are a workspace of their own.
const FUZZ: [&str; 2] = ["--manifest-path", "fuzz/Cargo.toml"];

fn format() -> Result<()> {
    succeed(&mut cargo(&["fmt", "--all", "--check"]))?;
    succeed(cargo(&["fmt", "--check"]).args(FUZZ))
}

fn clippy() -> Result<()> {
    for what in [&["--workspace"][..], &FUZZ] {
        let mut command = cargo(&["clippy", "--all-targets"]);
        succeed(locked(command.args(what)).args(["--", "-D", "warnings"]))?;
    }
    Ok(())
}

/// The libraries and this program; the command `premaster` would overwrite the facade's pages.
fn documentation() -> Result<()> {
    for what in [&["--workspace", "--lib"][..], &["-p", "xtask", "--bins"]] {
        let mut command = cargo(&["doc", "--no-deps"]);
        command.args(what).env("RUSTDOCFLAGS", "-D warnings");
        succeed(locked(&mut command))?;
    }
    Ok(())
}

fn deny() -> Result<()> {
    provide_deny()?;
    succeed(&mut cargo(&[
        "deny",
        "--workspace",
        "check",
        "bans",
        "licenses",
        "sources",
    ]))
}

/// The database is public but not everywhere to be had; without it the check is left out, aloud.
fn advisories() -> Result<Verdict> {
    provide_deny()?;
    let mut fetch = cargo(&["deny", "fetch", "db"]);
    fetch.env("GIT_TERMINAL_PROMPT", "0");
    if !succeeds_within(&mut fetch, Duration::from_secs(120)) {
        let why = "the advisory database could not be fetched";
        return Ok(Verdict::NotChecked(why.to_owned()));
    }
    succeed(&mut cargo(&[
        "deny",
        "--workspace",
        "check",
        "--disable-fetch",
        "advisories",
    ]))?;
    Ok(Verdict::Holds)
}

fn provide_deny() -> Result<()> {
    if in_ci() {
        return tools::provide_cargo_tool("cargo-deny");
    }
    if !tools::on_path("cargo-deny") {
        bail!("cargo-deny is missing: run `cargo install --locked cargo-deny`");
    }
    Ok(())
}
