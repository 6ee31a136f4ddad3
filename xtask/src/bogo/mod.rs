//! `cargo xtask bogo`: BoringSSL's test runner against `crates/bogo-shim`.
//!
//! The runner has some 8,000 cases. What becomes of one is one of four: it passes; it fails; it is not implemented, for
//! the shim does not know a flag of it; or `config.json` declines it, with the reason. `expected.txt` names every pass, and of
//! one in which the shim has to refuse something the fault that it gave.

mod runner;
mod tally;

use crate::{
    command::{cargo, in_ci, locked, root, succeed},
    steps::Verdict,
};
use anyhow::{Context, Result, bail};
use clap::Args;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};
use tally::Tally;

/// Which cases, and whose runner.
#[derive(Args, Debug)]
pub(crate) struct Options {
    /// A runner that is built already; without it one is made.
    #[arg(long, value_name = "PATH")]
    runner: Option<PathBuf>,
    /// Only cases whose names fit: several patterns with semicolons in between.
    #[arg(long, value_name = "GLOB")]
    filter: Option<String>,
    /// How many cases at a time; without it, as many as there are processors.
    #[arg(long, value_name = "N")]
    workers: Option<u32>,
    /// Writes down what passes, if nothing fails.
    #[arg(long, conflicts_with = "filter")]
    bless: bool,
}

impl Options {
    /// All cases, with a runner of our own.
    fn everything() -> Self {
        Self {
            runner: None,
            filter: None,
            workers: None,
            bless: false,
        }
    }
}

/// All cases, as a step of a longer run. What the runner is made of comes over the network: where that is not to be had,
/// nothing is said about ours, and under CI that is a failure.
pub(crate) fn step() -> Result<Verdict> {
    match runner::make() {
        Ok(_) => run(&Options::everything()).map(|()| Verdict::Holds),
        Err(error) if in_ci() => Err(error),
        Err(error) => Ok(Verdict::NotChecked(format!("{error:#}"))),
    }
}

/// Runs the cases and compares with what is expected.
pub(crate) fn run(options: &Options) -> Result<()> {
    let runner = match &options.runner {
        Some(path) => path.clone(),
        None => runner::make()?,
    };
    let shim = ["build", "-p", "premaster-bogo-shim"];
    succeed(locked(&mut cargo(&shim)))?;
    let folder = root().join("crates/bogo-shim");
    let config = folder.join("config.json");
    let results = root().join("target/bogo/results.json");
    drop(fs::remove_file(&results));
    let notes = root().join("target/bogo/notes");
    drop(fs::remove_dir_all(&notes));
    let mut command = Command::new(&runner);
    command
        .arg("-shim-path")
        .arg(root().join("target/debug/bogo-shim"))
        .arg("-shim-config")
        .arg(&config)
        .arg("-json-output")
        .arg(&results)
        .arg("-transcript-dir")
        .arg(&notes)
        .args(["-pipe", "-allow-unimplemented", "-include-disabled"])
        .current_dir(root().join("target/bogo"));
    if let Some(filter) = &options.filter {
        command.args(["-test", filter]);
    }
    if let Some(workers) = options.workers {
        command.args(["-num-workers", &workers.to_string()]);
    }
    // It ends with an error where cases fail; which they are stands in the results.
    let ran = command.output().context("could not start the runner")?;
    fs::write(root().join("target/bogo/log.txt"), &ran.stdout)?;
    let said = || String::from_utf8_lossy(&ran.stderr).into_owned();
    let results = fs::read_to_string(&results)
        .with_context(|| format!("the runner left no results: {}", said()))?;
    let expected = folder.join("expected.txt");
    let tally = Tally::new(&results, &fs::read_to_string(&config)?, &faults(&notes)?)?;
    print!("{tally}");
    if options.bless && tally.failed().is_empty() {
        fs::write(&expected, tally.passes())?;
    }
    judge(&tally, &fs::read_to_string(&expected)?, options)
}

/// The faults that the shim has noted, by the names of the cases: where the runner keeps transcripts it tells the shim whose
/// they are, in folders by protocol and by side.
fn faults(notes: &Path) -> Result<BTreeMap<String, String>> {
    let mut faults = BTreeMap::new();
    let mut folders = vec![notes.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            let file = path.file_name().and_then(|name| name.to_str());
            match file.and_then(|name| name.strip_suffix("-fault")) {
                _ if path.is_dir() => folders.push(path),
                Some(name) => drop(faults.insert(name.to_owned(), fs::read_to_string(&path)?)),
                None => {}
            }
        }
    }
    Ok(faults)
}

fn judge(tally: &Tally, expected: &str, options: &Options) -> Result<()> {
    let failed = tally.failed();
    for (name, why) in &failed {
        println!("failed: {name}: {why}");
    }
    let lost = tally.lost(expected);
    for name in &lost {
        println!("passed before: {name}");
    }
    let changed = tally.changed(expected);
    for (name, before, now) in &changed {
        println!("another fault than before: {name}: {now:?}, not {before:?}");
    }
    let gained = tally.gained(expected);
    if !gained.is_empty() {
        println!(
            "{} pass that did not before: note them with --bless",
            gained.len()
        );
    }
    if options.filter.is_none() {
        for pattern in tally.idle_patterns() {
            println!("declines nothing: {pattern}");
        }
    }
    if !failed.is_empty() || !lost.is_empty() || !changed.is_empty() {
        bail!(
            "{} cases failed, {} do not pass any more, {} give another fault",
            failed.len(),
            lost.len(),
            changed.len()
        );
    }
    Ok(())
}
