//! `cargo xtask interop`: handshakes, data and resumption between real programs on loopback.
//!
//! The [`matrix`] says which cells there are; [`play`] plays each with programs started for
//! it alone, and passes when every byte arrived, both ends tell what the cell asked for, and
//! their key logs have the same master secrets.

mod act;
mod acting;
mod cell;
mod cells;
mod cells13;
mod certificates;
mod curl;
mod gnutls;
mod keys;
mod matrix;
mod messages;
mod namespace;
mod openssl;
mod payload;
mod play;
mod port;
mod premaster;
mod process;
mod program;
mod python;
mod relay;
mod seen;
mod suite;
mod table;
mod words;

use crate::{
    command::{cargo, locked, root, succeed},
    tools,
};
use anyhow::{Context, Result, bail};
use cell::{Cell, Program};
use certificates::Certificates;
use clap::Args;
use matrix::{Matrix, Pairs};
use std::{
    env,
    path::{Path, PathBuf},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Instant,
};
use table::Table;

/// Which cells to play.
#[derive(Args, Debug)]
pub(crate) struct Options {
    /// Only cells that have each of these words, as `--list` shows them.
    #[arg(long, value_name = "WORDS")]
    filter: Option<String>,
    /// Lists the cells and the exclusions, and plays nothing.
    #[arg(long)]
    list: bool,
    /// The other programs among themselves: proves the harness without us.
    #[arg(long)]
    peers_only: bool,
    /// Cells played at the same time.
    #[arg(long, default_value_t = 4, value_name = "N")]
    jobs: usize,
    /// This run is in a network namespace of its own already.
    #[arg(long, hide = true)]
    inside_namespace: bool,
}

impl Options {
    /// The whole matrix.
    pub(crate) fn everything() -> Self {
        Self {
            filter: None,
            list: false,
            peers_only: false,
            jobs: 4,
            inside_namespace: false,
        }
    }
}

/// Plays the cells and prints peers by capability.
///
/// # Errors
/// When a cell failed, or their number is not the committed one.
pub(crate) fn run(options: &Options) -> Result<()> {
    let pairs = if options.peers_only {
        Pairs::PeersOnly
    } else {
        Pairs::Ours
    };
    let mut matrix = Matrix::build(pairs)?;
    if let Some(filter) = &options.filter {
        matrix.filter(filter);
    }
    if options.list {
        return list(&matrix);
    }
    if matrix.cells.is_empty() {
        bail!("no cell has these words; `cargo xtask interop --list` shows all");
    }
    if !options.inside_namespace {
        prepare(options)?;
        if namespace::run_inside()? {
            return Ok(());
        }
        eprintln!(
            "cells with gnutls-serv NOT played: it would listen on every interface of this machine"
        );
        matrix.cells.retain(|cell| cell.server != Program::GnuTls);
    }
    let begun = Instant::now();
    let outcomes = play_all(&matrix.cells, options.jobs)?;
    report(&matrix, &outcomes, options)?;
    eprintln!(
        "{} cells in {:.1} s",
        matrix.cells.len(),
        begun.elapsed().as_secs_f64()
    );
    Ok(())
}

/// What needs the world outside the namespace: the peers, and our own program.
fn prepare(options: &Options) -> Result<()> {
    if !tools::provide_peers()? {
        bail!("interop needs all peers");
    }
    if !options.peers_only {
        succeed(locked(&mut cargo(&[
            "build",
            "--release",
            "-p",
            "premaster-cli",
        ])))?;
    }
    Ok(())
}

/// Our program, where cargo puts it.
fn premaster() -> PathBuf {
    let target =
        env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    target.join("release/premaster")
}

/// The outcome of each cell, in the matrix's order; failures are printed as they happen.
fn play_all(cells: &[Cell], jobs: usize) -> Result<Vec<bool>> {
    let folder = tempfile::tempdir().context("could not make a temporary folder")?;
    let certificates = Certificates::make(folder.path()).context("could not make certificates")?;
    let premaster = premaster();
    let next = AtomicUsize::new(0);
    let outcomes = Mutex::new(vec![false; cells.len()]);
    thread::scope(|scope| {
        for _ in 0..jobs.max(1) {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(cell) = cells.get(index) else { break };
                    let passed = play_aloud(
                        cell,
                        &certificates,
                        &folder.path().join(index.to_string()),
                        &premaster,
                    );
                    outcomes.lock().unwrap_or_else(PoisonError::into_inner)[index] = passed;
                }
            });
        }
    });
    Ok(outcomes
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner))
}

fn play_aloud(cell: &Cell, certificates: &Certificates, folder: &Path, premaster: &Path) -> bool {
    match play::play(cell, certificates, folder, premaster) {
        Ok(()) => true,
        Err(error) => {
            eprintln!("FAILED {cell}: {error}");
            false
        }
    }
}

fn report(matrix: &Matrix, outcomes: &[bool], options: &Options) -> Result<()> {
    let mut table = Table::default();
    for (cell, passed) in matrix.cells.iter().zip(outcomes) {
        table.add(cell, *passed);
    }
    println!("{}", table.passed());
    for (reason, cells) in matrix.reasons() {
        println!("excluded: {cells} cells: {reason}");
    }
    let failed: Vec<_> = matrix
        .cells
        .iter()
        .zip(outcomes)
        .filter(|(_, passed)| !**passed)
        .collect();
    for (cell, _) in &failed {
        println!("failed: {cell}");
    }
    println!(
        "interop: {} passed, {} failed",
        outcomes.len() - failed.len(),
        failed.len()
    );
    if !failed.is_empty() {
        bail!("{} of {} cells failed", failed.len(), outcomes.len());
    }
    if options.filter.is_none() {
        table.check()?;
    }
    Ok(())
}

fn list(matrix: &Matrix) -> Result<()> {
    let mut table = Table::default();
    for cell in &matrix.cells {
        println!("{cell}");
        table.add(cell, true);
    }
    for (cell, reason) in &matrix.excluded {
        println!("excluded: {cell}: {reason}");
    }
    println!("\n{}", table.played());
    Ok(())
}
