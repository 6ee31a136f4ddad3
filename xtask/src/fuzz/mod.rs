//! `cargo xtask fuzz`: the targets in `fuzz/`, built by cargo-fuzz and run by us.
//!
//! What a run finds lies below `target/fuzz`: new inputs, crashes, and what libFuzzer says. The stored
//! corpora change only through `--seed` and `--keep`.

mod build;
mod campaign;
mod corpus;
mod outcome;

use crate::{
    command::{in_ci, root},
    steps::Verdict,
};
use anyhow::{Result, bail};
use clap::Args;
use std::path::PathBuf;

/// Which target, and what to do with it.
#[derive(Args, Debug)]
pub(crate) struct Options {
    /// The target.
    #[arg(required_unless_present_any = ["all", "list", "seed"])]
    target: Option<String>,
    /// Every target.
    #[arg(long, conflicts_with = "target")]
    all: bool,
    /// Seconds for each target.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..))]
    seconds: u32,
    /// How many targets at a time.
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    jobs: u32,
    /// Runs the stored inputs and those found, and makes no new ones.
    #[arg(long, group = "instead")]
    replay: bool,
    /// Merges what runs have found into the stored corpus, minimised.
    #[arg(long, group = "instead")]
    keep: bool,
    /// Adds to the stored corpora what recorded handshakes give.
    #[arg(long, group = "instead", conflicts_with_all = ["target", "all"])]
    seed: bool,
    /// Lists the targets.
    #[arg(long, group = "instead", conflicts_with_all = ["target", "all"])]
    list: bool,
}

/// How long CI fuzzes each target.
const CI_SECONDS: u32 = 20;

/// How many targets CI fuzzes at a time: one on each core of a small machine.
const CI_JOBS: u32 = 2;

/// Does what was asked.
pub(crate) fn run(options: &Options) -> Result<()> {
    if options.seed {
        return corpus::seed();
    }
    let all = build::targets()?;
    if options.list {
        all.iter().for_each(|target| println!("{target}"));
        return Ok(());
    }
    let chosen = match &options.target {
        Some(wanted) if all.contains(wanted) => vec![wanted.clone()],
        Some(_) => bail!("no such fuzz target; there are: {}", all.join(", ")),
        None => all,
    };
    build::provide()?;
    let programs = build::programs(options.target.as_deref(), &chosen)?;
    if options.keep {
        return programs.iter().try_for_each(corpus::keep);
    }
    let limit = match options.replay {
        true => campaign::Limit::Stored,
        false => campaign::Limit::Seconds(options.seconds),
    };
    campaign::run(&programs, limit, options.jobs)
}

/// Each target for a short while, as a step of a longer run. Where there is no fuzzer nothing is said about the
/// targets, and under CI that is a failure.
pub(crate) fn step() -> Result<Verdict> {
    match build::provide() {
        Err(error) if in_ci() => return Err(error),
        Err(error) => return Ok(Verdict::NotChecked(format!("{error:#}"))),
        Ok(()) => {}
    }
    let programs = build::programs(None, &build::targets()?)?;
    campaign::run(&programs, campaign::Limit::Seconds(CI_SECONDS), CI_JOBS)?;
    Ok(Verdict::Holds)
}

/// A target that is built.
#[derive(Debug)]
struct Program {
    name: String,
    path: PathBuf,
}

impl Program {
    /// The inputs that belong to the project.
    fn stored(&self) -> PathBuf {
        root().join("fuzz/corpus").join(&self.name)
    }

    /// The inputs that runs have added since.
    fn found(&self) -> PathBuf {
        artifacts("found").join(&self.name)
    }

    /// The inputs for which the target fails.
    fn crashes(&self) -> PathBuf {
        artifacts("crashes").join(&self.name)
    }

    /// What the last run said.
    fn log(&self) -> PathBuf {
        artifacts("logs").join(format!("{}.txt", self.name))
    }
}

/// A folder for what runs leave.
fn artifacts(folder: &str) -> PathBuf {
    root().join("target/fuzz").join(folder)
}
