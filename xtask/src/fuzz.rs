//! `cargo xtask fuzz`: cargo-fuzz on the targets in `fuzz/`.

use crate::{
    command::{cargo, output, root, succeed},
    tools,
};
use anyhow::{Result, bail};
use clap::Args;

/// Which target, and for how long.
#[derive(Args, Debug)]
pub(crate) struct Options {
    /// The target to run; without it, every target.
    target: Option<String>,
    /// Seconds for each target.
    #[arg(long, default_value_t = 60)]
    seconds: u32,
    /// Only run the inputs that are already in the corpus.
    #[arg(long)]
    replay: bool,
    /// Lists the targets.
    #[arg(long)]
    list: bool,
}

/// Runs the targets one after the other.
pub(crate) fn run(options: &Options) -> Result<()> {
    if !root().join("fuzz/Cargo.toml").exists() {
        bail!("there is no fuzz/Cargo.toml: `cargo xtask fuzz` runs the targets of that crate");
    }
    tools::provide_cargo_tool("cargo-fuzz")?;
    let targets = targets()?;
    if options.list {
        targets.iter().for_each(|target| println!("{target}"));
        return Ok(());
    }
    let chosen: Vec<_> = match &options.target {
        Some(wanted) => targets.iter().filter(|target| *target == wanted).collect(),
        None => targets.iter().collect(),
    };
    if chosen.is_empty() {
        bail!("no such fuzz target; there are: {}", targets.join(", "));
    }
    for target in chosen {
        eprintln!("fuzzing {target}");
        let limit = match options.replay {
            true => "-runs=0".to_owned(),
            false => format!("-max_total_time={}", options.seconds),
        };
        succeed(cargo_fuzz(&["run", target]).args(["--", &limit]))?;
    }
    Ok(())
}

fn targets() -> Result<Vec<String>> {
    let listed = output(&mut cargo_fuzz(&["list"]))?;
    Ok(listed.lines().map(str::to_owned).collect())
}

/// Sanitizers are unstable compiler options; the variable allows them on a stable compiler.
fn cargo_fuzz(arguments: &[&str]) -> std::process::Command {
    let mut command = cargo(&["fuzz"]);
    command.args(arguments).env("RUSTC_BOOTSTRAP", "1");
    command
}
