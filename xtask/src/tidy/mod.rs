//! `cargo xtask tidy`: the house rules that no compiler knows.
//!
//! Every rule is a file here: what it watches, its table of exceptions with their reasons, and a
//! test with a bad sample, because a check that cannot fail is no check.

mod arrows;
mod citations;
mod crates;
mod declassify;
mod leftovers;
mod links;
mod msrv;
mod names;
mod printing;
mod properties;
mod sizes;
mod source;
mod system;

use crate::command::{cargo, output, root};
use anyhow::{Context, Result, bail};
use source::Source;
use std::fmt;

/// A rule broken at a place, and the way out.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Fault {
    file: String,
    line: usize,
    what: String,
    remedy: &'static str,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}:{}: {}: {}",
            self.file, self.line, self.what, self.remedy
        )
    }
}

/// The rules that look at one file.
const FILE_RULES: [fn(&Source) -> Vec<Fault>; 8] = [
    citations::check,
    declassify::check,
    leftovers::check,
    names::check,
    printing::check,
    sizes::check,
    system::check,
    crates::check_root,
];

/// Checks the whole tree.
///
/// # Errors
/// When a rule is broken; every fault is on stderr.
pub(crate) fn run() -> Result<()> {
    let root = root();
    let mut faults = Vec::new();
    let sources = source::all(&root)?;
    for source in &sources {
        match source {
            Ok(source) => faults.extend(FILE_RULES.iter().flat_map(|rule| rule(source))),
            Err(fault) => faults.push(fault.clone()),
        }
    }
    faults.extend(links::check(&root)?);
    faults.extend(properties::check(&root)?);
    faults.extend(crates::check_folders(&root)?);
    let metadata = metadata()?;
    faults.extend(arrows::check(&metadata));
    faults.extend(msrv::check(&metadata));

    faults.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
    faults.dedup();
    for fault in &faults {
        eprintln!("{fault}");
    }
    if !faults.is_empty() {
        bail!("tidy: {} faults in {} files", faults.len(), sources.len());
    }
    eprintln!("tidy: {} files, no fault", sources.len());
    Ok(())
}

/// What cargo knows about the workspace and its dependencies.
fn metadata() -> Result<serde_json::Value> {
    let text = output(&mut cargo(&["metadata", "--format-version", "1"]))?;
    serde_json::from_str(&text).context("cargo metadata did not write JSON")
}
