//! `cargo xtask ct`: no branch and no memory address depends on a secret.
//!
//! The cases are in `crates/ct`. Each runs in a process of its own under valgrind's memcheck with its secrets marked
//! undefined, and so does each deliberate leak, which memcheck has to report: a check that cannot fail is no check.

mod report;
mod subject;
mod table;
mod watch;

use crate::{
    command::{cargo, locked, output, root, succeed},
    steps::Verdict,
    tools,
};
use anyhow::{Result, anyhow, bail};
use clap::Args;
use std::{
    env,
    path::PathBuf,
    process::Command,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::Instant,
};
use subject::Subject;
use table::Table;
use watch::{Seen, Valgrind};

/// Which cases to run.
#[derive(Args, Debug, Default)]
pub(crate) struct Options {
    /// Only cases and leaks whose name contains this.
    filter: Option<String>,
    /// Lists the cases and the deliberate leaks, and runs nothing.
    #[arg(long)]
    list: bool,
}

/// Runs the cases and the deliberate leaks.
///
/// # Errors
/// When a case leaks or does not run to its end, when a deliberate leak is not seen, and when there is no valgrind.
pub(crate) fn run(options: &Options) -> Result<()> {
    if !options.list && !provide_valgrind()? {
        bail!("nothing was checked: valgrind is missing");
    }
    let program = build()?;
    let mut subjects = Subject::parse_list(&output(Command::new(&program).arg("list"))?)?;
    if let Some(filter) = &options.filter {
        subjects.retain(|subject| subject.name.contains(filter.as_str()));
    }
    if subjects.is_empty() {
        bail!("no case has such a name; `cargo xtask ct --list` shows all");
    }
    if options.list {
        subjects.iter().for_each(|it| println!("{it}"));
        return Ok(());
    }
    let begun = Instant::now();
    let valgrind = Valgrind::new(program)?;
    let processor = valgrind.processor()?;
    eprintln!(
        "{} shows a processor {processor}: the code for that one is watched",
        valgrind.version
    );
    let seen = watch_all(&valgrind, &subjects)?;
    let mut table = Table::new(subjects.iter().zip(&seen));
    if options.filter.is_none() {
        table.expect_releases(Valgrind::releases()?);
    }
    eprint!("{table}");
    eprintln!(
        "{:.1} s; reports in {}",
        begun.elapsed().as_secs_f64(),
        valgrind.reports.display()
    );
    table.verdict()
}

/// Everything, as a step of a longer run.
///
/// # Errors
/// As [`run`] has them; but outside CI a missing valgrind only means that nothing was checked.
pub(crate) fn step() -> Result<Verdict> {
    if !provide_valgrind()? {
        return Ok(Verdict::NotChecked("valgrind is missing".to_owned()));
    }
    run(&Options::default())?;
    Ok(Verdict::Holds)
}

fn provide_valgrind() -> Result<bool> {
    tools::provide(&tools::VALGRIND, "the constant-time checks")
}

/// The program of the cases as it would be shipped, but that its lines are known.
fn build() -> Result<PathBuf> {
    let profile = [
        "--config=profile.ct.inherits=\"release\"",
        "--config=profile.ct.debug=\"line-tables-only\"",
        "--profile=ct",
    ];
    let mut build = cargo(&["build", "-p", "premaster-ct"]);
    succeed(locked(&mut build).args(profile))?;
    Ok(target().join("ct/premaster-ct"))
}

/// Where cargo builds.
fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// Valgrind uses one processor, so as many run at once as there are.
fn watch_all(valgrind: &Valgrind, subjects: &[Subject]) -> Result<Vec<Seen>> {
    let next = AtomicUsize::new(0);
    let work = || -> Result<Vec<(usize, Seen)>> {
        let mut done = Vec::new();
        loop {
            let place = next.fetch_add(1, Ordering::Relaxed);
            let Some(subject) = subjects.get(place) else {
                return Ok(done);
            };
            done.push((place, valgrind.watch(subject)?));
        }
    };
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let mut seen = Vec::new();
    thread::scope(|scope| -> Result<()> {
        let running: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        for worker in running {
            seen.extend(worker.join().map_err(|_| anyhow!("a worker panicked"))??);
        }
        Ok(())
    })?;
    seen.sort_by_key(|(place, _)| *place);
    Ok(seen.into_iter().map(|(_, seen)| seen).collect())
}
