//! What became of the cases, by group, and whether it is what was expected.

use anyhow::{Context, Result};
use regex::Regex;
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

/// What became of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Passed,
    Failed,
    Unimplemented,
    Disabled,
}

/// All cases that were run.
#[derive(Debug)]
pub(super) struct Tally {
    cases: BTreeMap<String, (Outcome, String)>,
    /// What the shim said of those in which it ended with an error.
    faults: BTreeMap<String, String>,
    /// Patterns that decline none of them.
    idle: Vec<String>,
}

impl Tally {
    /// Reads the runner's results, and the patterns that decline cases.
    pub(super) fn new(
        results: &str,
        config: &str,
        faults: &BTreeMap<String, String>,
    ) -> Result<Self> {
        let results: Value = serde_json::from_str(results)?;
        let config: Value = serde_json::from_str(config)?;
        let patterns = config["DisabledTests"].as_object().into_iter().flatten();
        let mut patterns: Vec<(&String, Regex, bool)> = patterns
            .map(|(pattern, _)| Ok((pattern, glob(pattern)?, false)))
            .collect::<Result<_>>()?;
        let tests = results["tests"]
            .as_object()
            .context("results without tests")?;
        let mut cases = BTreeMap::new();
        for (name, result) in tests {
            let mut declined = false;
            for (_, pattern, used) in &mut patterns {
                let fits = pattern.is_match(name);
                *used |= fits;
                declined |= fits;
            }
            let outcome = match result["actual"].as_str() {
                Some("SKIP") => Outcome::Unimplemented,
                _ if declined => Outcome::Disabled,
                Some("PASS") => Outcome::Passed,
                _ => Outcome::Failed,
            };
            let error = result["error"].as_str().unwrap_or_default();
            cases.insert(name.clone(), (outcome, reason(error)));
        }
        let idle = patterns.into_iter().filter(|(_, _, used)| !used);
        let idle = idle.map(|(pattern, _, _)| pattern.clone()).collect();
        let faults = faults.clone();
        Ok(Self {
            cases,
            faults,
            idle,
        })
    }

    fn named(&self, wanted: Outcome) -> impl Iterator<Item = (&str, &str)> {
        let cases = self
            .cases
            .iter()
            .filter(move |(_, (outcome, _))| *outcome == wanted);
        cases.map(|(name, (_, why))| (name.as_str(), why.as_str()))
    }

    /// The cases that fail, with what the shim said.
    pub(super) fn failed(&self) -> Vec<(&str, &str)> {
        self.named(Outcome::Failed).collect()
    }

    /// The names of all that pass, one a line, each with the fault if there was one to be.
    pub(super) fn passes(&self) -> String {
        self.named(Outcome::Passed)
            .map(|(name, _)| match self.fault(name) {
                "" => format!("{name}\n"),
                fault => format!("{name}\t{fault}\n"),
            })
            .collect()
    }

    /// The first line of what the shim said, or nothing.
    fn fault(&self, name: &str) -> &str {
        let fault = self.faults.get(name);
        fault.and_then(|it| it.lines().next()).unwrap_or_default()
    }

    /// Those that pass with another fault than the expected one, which comes first.
    pub(super) fn changed<'a>(&'a self, expected: &'a str) -> Vec<(&'a str, &'a str, &'a str)> {
        let passes = |name: &str| {
            let case = self.cases.get(name);
            case.is_some_and(|(outcome, _)| *outcome == Outcome::Passed)
        };
        let expected = expected.lines().map(parts);
        let expected = expected.filter(|(name, _)| passes(name));
        let both = expected.map(|(name, before)| (name, before, self.fault(name)));
        both.filter(|(_, before, now)| before != now).collect()
    }

    /// Those that were run and do not pass any more.
    pub(super) fn lost<'a>(&self, expected: &'a str) -> Vec<&'a str> {
        let was_run = |name: &&str| {
            let case = self.cases.get(*name);
            case.is_some_and(|(outcome, _)| *outcome != Outcome::Passed)
        };
        let names = expected.lines().map(|line| parts(line).0);
        names.filter(was_run).collect()
    }

    /// Those that pass and were not expected to.
    pub(super) fn gained(&self, expected: &str) -> Vec<&str> {
        let expected: BTreeSet<_> = expected.lines().map(|line| parts(line).0).collect();
        let passed = self.named(Outcome::Passed).map(|(name, _)| name);
        passed.filter(|name| !expected.contains(name)).collect()
    }

    /// Patterns that decline nothing.
    pub(super) fn idle_patterns(&self) -> &[String] {
        &self.idle
    }
}

/// The first line of what the shim said, or of what the runner did.
fn reason(error: &str) -> String {
    let mut lines = error.lines().map(str::trim);
    let shim = lines.clone().skip_while(|line| *line != "stderr:").nth(1);
    let told = shim.filter(|line| !line.is_empty());
    told.or_else(|| lines.next()).unwrap_or_default().to_owned()
}

/// A line of `expected.txt`: a name, and a fault or nothing.
fn parts(line: &str) -> (&str, &str) {
    line.split_once('\t').unwrap_or((line, ""))
}

/// A pattern in which `*` stands for anything.
fn glob(pattern: &str) -> Result<Regex> {
    let parts: Vec<_> = pattern.split('*').map(regex::escape).collect();
    Ok(Regex::new(&format!("^{}$", parts.join(".*")))?)
}

/// A case's group is the first word of its name.
fn group(name: &str) -> &str {
    name.split('-').next().unwrap_or(name)
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut groups: BTreeMap<&str, [usize; 4]> = BTreeMap::new();
        let mut all = [0; 4];
        for (name, (outcome, _)) in &self.cases {
            groups.entry(group(name)).or_default()[*outcome as usize] += 1;
            all[*outcome as usize] += 1;
        }
        writeln!(f, "passed  failed  unimplemented  disabled  group")?;
        for (group, counts) in groups.iter().chain([(&"all", &all)]) {
            let [passed, failed, unimplemented, disabled] = counts;
            writeln!(
                f,
                "{passed:>6}  {failed:>6}  {unimplemented:>13}  {disabled:>8}  {group}"
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RESULTS: &str = r#"{"tests": {
        "A-1": {"actual": "PASS"}, "A-2": {"actual": "SKIP"}, "B-1": {"actual": "PASS"},
        "B-2": {"actual": "FAIL", "error": "unexpected failure\ngot:\n\tstderr:\n\t\t:Malformed:\n"}}}"#;

    fn tally(disabled: &str) -> Tally {
        let config = format!(r#"{{"DisabledTests": {{{disabled}}}}}"#);
        let faults = BTreeMap::from([("B-1".to_owned(), ":Malformed:\nmore".to_owned())]);
        Tally::new(RESULTS, &config, &faults).unwrap()
    }

    #[test]
    fn a_case_that_passed_and_no_longer_does_is_found() {
        let tally = tally("");
        assert_eq!(tally.lost("A-1\nA-2\nB-2\nnot run\n"), ["A-2", "B-2"]);
        assert_eq!(tally.gained("A-1\n"), ["B-1"]);
        assert_eq!(tally.passes(), "A-1\nB-1\t:Malformed:\n");
        assert!(tally.lost(&tally.passes()).is_empty());
        assert!(tally.gained(&tally.passes()).is_empty());
        assert_eq!(tally.failed(), [("B-2", ":Malformed:")]);
    }

    #[test]
    fn a_fault_that_is_another_one_is_found() {
        let tally = tally("");
        let changed = |expected| tally.changed(expected);
        assert!(changed("A-1\nB-1\t:Malformed:\nB-2\t:Other:\nnot run\n").is_empty());
        assert_eq!(
            changed("B-1\t:Other:\n"),
            [("B-1", ":Other:", ":Malformed:")]
        );
        assert_eq!(changed("B-1\n"), [("B-1", "", ":Malformed:")]);
        assert_eq!(changed("A-1\t:Other:\n"), [("A-1", ":Other:", "")]);
    }

    #[test]
    fn a_pattern_declines_what_fits_whole_and_nothing_else() {
        let declined = tally(r#""B-*": "a reason", "A": "another""#);
        assert_eq!(declined.passes(), "A-1\n");
        assert!(declined.failed().is_empty());
        assert_eq!(declined.idle_patterns(), ["A"]);
    }

    #[test]
    fn groups_are_counted_apart() {
        let told = tally("").to_string();
        assert!(
            told.contains("     1       0              1         0  A\n"),
            "{told}"
        );
        assert!(
            told.contains("     2       1              1         0  all\n"),
            "{told}"
        );
    }
}
