//! The survivors that were read: why each need not be told from the original.

use super::outcome::{Listed, Tally};
use anyhow::{Result, bail};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

/// Names of mutants with their reasons.
#[derive(Debug)]
pub(crate) struct Explained(BTreeMap<String, String>);

impl Explained {
    /// Reads the file: a reason, and the mutants that it explains, indented, below it. `#` begins a remark.
    ///
    /// # Errors
    /// For a mutant without a reason, a reason without a mutant, and a mutant that is explained twice.
    pub(super) fn parse(text: &str) -> Result<Self> {
        let mut all = BTreeMap::new();
        let mut reason = String::new();
        let mut is_used = true;
        for (index, line) in text.lines().enumerate() {
            let line_number = index + 1;
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            let Some(name) = line.strip_prefix("  ") else {
                if !is_used {
                    bail!("line {line_number}: nothing is explained by the reason above");
                }
                reason = line.to_owned();
                is_used = false;
                continue;
            };
            if reason.is_empty() {
                bail!("line {line_number}: a mutant without a reason");
            }
            is_used = true;
            if all.insert(name.to_owned(), reason.clone()).is_some() {
                bail!("line {line_number}: `{name}` is explained twice");
            }
        }
        if !is_used {
            bail!("nothing is explained by the last reason");
        }
        Ok(Self(all))
    }

    /// All names.
    #[cfg(test)]
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// What survived without a reason, and which reasons are no longer needed.
    pub(super) fn compare(&self, tally: &Tally, all: &[Listed]) -> Report {
        let name_of = |place: &String| {
            let listed = all.iter().find(|listed| listed.place == *place);
            listed.map_or_else(|| place.clone(), |listed| listed.name.clone())
        };
        let missed: BTreeSet<_> = tally.missed.iter().map(name_of).collect();
        let noticed = tally
            .caught
            .iter()
            .chain(&tally.timeout)
            .chain(&tally.unviable);
        let mut needless: Vec<_> = noticed
            .map(name_of)
            .filter(|name| self.0.contains_key(name))
            .map(|name| format!("{name}: it is noticed"))
            .collect();
        let names: BTreeSet<_> = all.iter().map(|listed| &listed.name).collect();
        let files: BTreeSet<_> = names.iter().filter_map(|name| file(name)).collect();
        let is_gone = |name: &&String| {
            file(name).is_some_and(|file| files.contains(file)) && !names.contains(name)
        };
        let gone = self.0.keys().filter(is_gone);
        needless.extend(gone.map(|name| format!("{name}: there is no such mutant")));
        let (explained, unexplained) = missed
            .into_iter()
            .partition(|name| self.0.contains_key(name));
        Report {
            explained,
            unexplained,
            needless,
        }
    }
}

fn file(name: &str) -> Option<&str> {
    name.split_once(": ").map(|(file, _)| file)
}

/// What a run and the explanations make of each other.
#[derive(Debug)]
pub(crate) struct Report {
    pub(super) explained: Vec<String>,
    pub(super) unexplained: Vec<String>,
    pub(super) needless: Vec<String>,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "  {} of the missed are explained", self.explained.len())?;
        for name in &self.unexplained {
            writeln!(f, "  survives: {name}")?;
        }
        for why in &self.needless {
            writeln!(f, "  needs no explanation any more: {why}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str =
        "# head\nThe same.\n  a.rs: one\n  a.rs: two\n\nOnly Debug.\n  b.rs: three\n";

    fn listed(name: &str) -> Listed {
        let (file, mutation) = name.split_once(": ").unwrap();
        Listed {
            place: format!("{file}:1:1: {mutation}"),
            name: name.to_owned(),
        }
    }

    #[test]
    fn a_survivor_without_a_reason_is_told_and_so_is_a_reason_without_a_survivor() {
        let explained = Explained::parse(TEXT).unwrap();
        let tally = Tally {
            missed: vec!["a.rs:1:1: one".into(), "a.rs:1:1: four".into()],
            caught: vec!["a.rs:1:1: two".into()],
            ..Tally::default()
        };
        let all = ["a.rs: one", "a.rs: two", "a.rs: four", "b.rs: five"].map(listed);
        let report = explained.compare(&tally, &all);
        assert_eq!(report.explained, ["a.rs: one"]);
        assert_eq!(report.unexplained, ["a.rs: four"]);
        let needless = [
            "a.rs: two: it is noticed",
            "b.rs: three: there is no such mutant",
        ];
        assert_eq!(report.needless, needless);
    }

    #[test]
    fn what_was_not_run_and_other_files_are_left_alone() {
        let explained = Explained::parse(TEXT).unwrap();
        let all = ["a.rs: one", "a.rs: two"].map(listed);
        assert!(
            explained
                .compare(&Tally::default(), &all)
                .needless
                .is_empty()
        );
    }

    #[test]
    fn a_mutant_has_exactly_one_reason() {
        for wrong in [
            "  a.rs: one",
            "Why.\n",
            "Why.\nWhy else.\n  a.rs: one",
            "Why.\n  a\n  a",
        ] {
            assert!(Explained::parse(wrong).is_err(), "{wrong}");
        }
    }
}
