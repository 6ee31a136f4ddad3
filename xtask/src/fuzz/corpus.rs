//! The stored corpora: seeding them, and adding what was found.

use super::{Program, campaign};
use crate::command::{cargo, locked, root, succeed};
use anyhow::{Context, Result};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Bytes of the longest input that is kept; `fuzz/tests/corpora.rs` knows the same.
const LONGEST: u32 = 4096;

/// Adds what recorded handshakes give.
pub(super) fn seed() -> Result<()> {
    let mut command = cargo(&["run", "--example", "seed"]);
    let manifest = root().join("fuzz/Cargo.toml");
    succeed(locked(command.arg("--manifest-path").arg(manifest)))
}

/// Bytes of a corpus that is small enough as it is: all together stay below a megabyte.
const SMALL: u64 = 64 * 1024;

/// Replaces the stored corpus by the fewest inputs, stored or found, that reach the same.
pub(super) fn keep(program: &Program) -> Result<()> {
    let (stored, found) = (program.stored(), program.found());
    fs::create_dir_all(&found)?;
    let before = inputs(&stored)?.len();
    let merged = super::artifacts("merged").join(&program.name);
    merge(program, &[], &merged)?;
    if bytes(&merged)? > SMALL {
        // Without counters an input stays for an edge, not for how often it passes one.
        merge(program, &["-set_cover_merge=1", "-use_counters=0"], &merged)?;
    }
    for input in inputs(&stored)? {
        fs::remove_file(input)?;
    }
    let kept = inputs(&merged)?;
    for input in &kept {
        let name = input.file_name().context("an input has a name")?;
        fs::copy(input, stored.join(name))?;
    }
    println!(
        "{}: {} inputs of {} bytes; there were {before}",
        program.name,
        kept.len(),
        bytes(&stored)?
    );
    Ok(())
}

/// What `cargo fuzz cmin` asks for, but from two folders.
fn merge(program: &Program, options: &[&str], into: &Path) -> Result<()> {
    if into.exists() {
        fs::remove_dir_all(into)?;
    }
    fs::create_dir_all(into)?;
    let mut command = campaign::fuzzer(program);
    command
        .arg("-merge=1")
        .args(options)
        .arg(format!("-max_len={LONGEST}"))
        .arg(into)
        .args([program.stored(), program.found()]);
    succeed(&mut command)
}

fn bytes(folder: &Path) -> Result<u64> {
    let lengths = inputs(folder)?
        .into_iter()
        .map(|it| Ok(it.metadata()?.len()));
    lengths.sum()
}

fn inputs(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder);
    let entries = entries.with_context(|| format!("could not list {}", folder.display()))?;
    let paths = entries.map(|entry| Ok(entry?.path()));
    paths.collect()
}
