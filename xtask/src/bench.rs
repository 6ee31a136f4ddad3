//! `cargo xtask bench`: the criterion benchmarks in `benches/`.

use crate::command::{cargo, succeed};
use anyhow::Result;
use clap::Args;

/// Which benchmarks to run.
#[derive(Args, Debug)]
pub(crate) struct Options {
    /// Only benchmarks whose name contains this.
    filter: Option<String>,
    /// Only this bench target, a file of `benches/benches/`.
    #[arg(long)]
    target: Option<String>,
}

/// Runs the benchmarks with the release profile.
pub(crate) fn run(options: &Options) -> Result<()> {
    let mut command = cargo(&["bench", "-p", "premaster-benches"]);
    match &options.target {
        Some(target) => command.args(["--bench", target]),
        None => command.arg("--benches"),
    };
    if let Some(filter) = &options.filter {
        command.args(["--", filter]);
    }
    succeed(&mut command)
}
