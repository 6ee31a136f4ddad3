//! Runs of several targets, some at a time.

use super::{
    Program, build,
    outcome::{self, Outcome},
};
use anyhow::{Context, Result, anyhow, bail};
use std::{
    fs::{self, File},
    process::{Command, Stdio},
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
    thread,
};

/// When a run ends.
#[derive(Clone, Copy, Debug)]
pub(super) enum Limit {
    /// After this many seconds.
    Seconds(u32),
    /// When every input that there is has run.
    Stored,
}

/// Seconds after which one input is a hang. Most take microseconds; a busy machine takes longer.
const TIMEOUT: u32 = 20;

/// Megabytes of memory after which an input is too dear.
const MEMORY: u32 = 1024;

/// Runs the programs, `jobs` at a time, and prints what came of each.
///
/// # Errors
/// When one fails; stderr says where the input lies and how to run it again.
pub(super) fn run(programs: &[Program], limit: Limit, jobs: u32) -> Result<()> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        while let Some(program) = programs.get(next.fetch_add(1, Relaxed)) {
            done.push((program, run_one(program, limit)));
        }
        done
    };
    let mut outcomes = thread::scope(|scope| {
        let workers: Vec<_> = (0..jobs).map(|_| scope.spawn(work)).collect();
        let done = workers.into_iter().map(|worker| worker.join());
        done.collect::<Result<Vec<_>, _>>()
    })
    .map_err(|_panic| anyhow!("a run panicked"))?
    .into_iter()
    .flatten()
    .collect::<Vec<_>>();
    outcomes.sort_by(|(a, _), (b, _)| a.name.cmp(&b.name));
    report(outcomes)
}

/// One program from beginning to end.
fn run_one(program: &Program, limit: Limit) -> Result<Outcome> {
    eprintln!("fuzzing {}", program.name);
    let log = program.log();
    for folder in [program.found(), program.crashes(), super::artifacts("logs")] {
        fs::create_dir_all(&folder)
            .with_context(|| format!("could not make {}", folder.display()))?;
    }
    let said = File::create(&log).with_context(|| format!("could not make {}", log.display()))?;
    let mut command = fuzzer(program);
    command
        .arg(match limit {
            Limit::Seconds(seconds) => format!("-max_total_time={seconds}"),
            Limit::Stored => "-runs=0".to_owned(),
        })
        .arg("-print_final_stats=1")
        // New inputs go to the first folder.
        .args([program.found(), program.stored()])
        .stdout(said.try_clone()?)
        .stderr(said);
    let status = command
        .status()
        .with_context(|| format!("could not start {}", program.path.display()))?;
    let said = fs::read(&log).with_context(|| format!("could not read {}", log.display()))?;
    let outcome = Outcome::read(&String::from_utf8_lossy(&said), status.success());
    eprintln!("{}", outcome::row(&program.name, &outcome));
    Ok(outcome)
}

/// The program with what every run of it wants.
pub(super) fn fuzzer(program: &Program) -> Command {
    let mut command = Command::new(&program.path);
    command
        .arg(format!("-artifact_prefix={}/", program.crashes().display()))
        .arg(format!("-timeout={TIMEOUT}"))
        .arg(format!("-rss_limit_mb={MEMORY}"))
        // Rust's standard library is linked once for each crate type, and that is no mistake.
        .env("ASAN_OPTIONS", "detect_odr_violation=0")
        .stdin(Stdio::null());
    command
}

fn report(outcomes: Vec<(&Program, Result<Outcome>)>) -> Result<()> {
    let mut failed = Vec::new();
    println!("{}", outcome::HEADING);
    for (program, outcome) in outcomes {
        let name = &program.name;
        let outcome = match outcome {
            Ok(outcome) => outcome,
            Err(error) => {
                eprintln!("{name}: {error:#}");
                failed.push(name.as_str());
                continue;
            }
        };
        println!("{}", outcome::row(name, &outcome));
        if outcome.is_clean {
            continue;
        }
        failed.push(name);
        eprintln!("{name} fails; its output: {}", program.log().display());
        for input in &outcome.crashes {
            eprintln!("  input:     {}", input.display());
            eprintln!("  reproduce: {}", build::by_hand("run", name, input)?);
            eprintln!("  minimise:  {}", build::by_hand("tmin", name, input)?);
        }
    }
    if !failed.is_empty() {
        bail!(
            "{} of the fuzz targets fail: {}",
            failed.len(),
            failed.join(", ")
        );
    }
    Ok(())
}
