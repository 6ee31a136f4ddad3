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

/// Replaces the stored corpus by the fewest inputs, stored or found, that reach the same.
pub(super) fn keep(program: &Program) -> Result<()> {
    let (stored, found) = (program.stored(), program.found());
    fs::create_dir_all(&found)?;
    let merged = super::artifacts("merged").join(&program.name);
    if merged.exists() {
        fs::remove_dir_all(&merged)?;
    }
    fs::create_dir_all(&merged)?;
    let before = inputs(&stored)?.len();
    // What `cargo fuzz cmin` asks for, but from two folders.
    let mut command = campaign::fuzzer(program);
    command
        .args(["-merge=1"])
        .arg(format!("-max_len={LONGEST}"))
        .args([&merged, &stored, &found]);
    succeed(&mut command)?;
    let kept = inputs(&merged)?;
    for input in inputs(&stored)? {
        fs::remove_file(input)?;
    }
    let mut bytes = 0;
    for input in &kept {
        let name = input.file_name().context("an input has a name")?;
        bytes += fs::copy(input, stored.join(name))?;
    }
    println!(
        "{}: {} inputs of {bytes} bytes; there were {before}",
        program.name,
        kept.len()
    );
    Ok(())
}

fn inputs(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder);
    let entries = entries.with_context(|| format!("could not list {}", folder.display()))?;
    let paths = entries.map(|entry| Ok(entry?.path()));
    paths.collect()
}
