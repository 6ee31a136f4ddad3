//! What cargo-mutants says: the mutants there are, and what became of those that ran.

use anyhow::{Context, Result, anyhow};
use serde_json::Value;
use std::{collections::BTreeMap, fmt};

/// A mutant where cargo-mutants lists it: its own name, with line and column, and the one that is stable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Listed {
    /// `FILE:LINE:COLUMN: MUTATION`.
    pub(super) place: String,
    /// `FILE: MUTATION`, and which of several that are named alike.
    pub(super) name: String,
}

impl Listed {
    /// Reads `cargo mutants --list --json`.
    pub(super) fn all(text: &str) -> Result<Vec<Self>> {
        let list: Vec<Value> = serde_json::from_str(text).context("the list of mutants")?;
        let places = list.iter().map(place).collect::<Result<Vec<_>>>()?;
        let plain: Vec<_> = places.iter().map(|it| without_line(it)).collect();
        let mut of: BTreeMap<&str, usize> = BTreeMap::new();
        plain
            .iter()
            .for_each(|name| *of.entry(name).or_default() += 1);
        let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
        let numbered = plain.iter().map(|name| {
            let count = seen.entry(name).or_default();
            *count += 1;
            match of.get(name.as_str()) {
                Some(several @ 2..) => format!("{name} ({count} of {several})"),
                _ => name.clone(),
            }
        });
        let names: Vec<_> = numbered.collect();
        let pairs = places.into_iter().zip(names);
        Ok(pairs.map(|(place, name)| Self { place, name }).collect())
    }
}

fn place(mutant: &Value) -> Result<String> {
    let name = mutant.get("name").and_then(Value::as_str);
    name.map(str::to_owned)
        .ok_or_else(|| anyhow!("a mutant without a name"))
}

/// `FILE:LINE:COLUMN: MUTATION` without line and column, which every edit above changes.
fn without_line(place: &str) -> String {
    let mut parts = place.splitn(4, ':');
    match (parts.next(), parts.nth(2)) {
        (Some(file), Some(mutation)) => format!("{file}:{mutation}"),
        _ => place.to_owned(),
    }
}

/// What became of the mutants that ran; each by its place.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(super) caught: Vec<String>,
    pub(super) missed: Vec<String>,
    pub(super) timeout: Vec<String>,
    pub(super) unviable: Vec<String>,
}

impl Tally {
    /// Reads `outcomes.json`.
    pub(super) fn parse(text: &str) -> Result<Self> {
        let all: Value = serde_json::from_str(text).context("the outcomes")?;
        let outcomes = all.get("outcomes").and_then(Value::as_array);
        let mut tally = Self::default();
        for outcome in outcomes.context("no outcomes")? {
            // The run without any mutant is no outcome of one.
            let Some(mutant) = outcome.pointer("/scenario/Mutant") else {
                continue;
            };
            let list = match outcome.get("summary").and_then(Value::as_str) {
                Some("CaughtMutant") => &mut tally.caught,
                Some("MissedMutant") => &mut tally.missed,
                Some("Timeout") => &mut tally.timeout,
                Some("Unviable") => &mut tally.unviable,
                other => return Err(anyhow!("an outcome that we do not know: {other:?}")),
            };
            list.push(place(mutant)?);
        }
        Ok(tally)
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [caught, missed, timeout, unviable] =
            [&self.caught, &self.missed, &self.timeout, &self.unviable].map(Vec::len);
        let all = caught + missed + timeout + unviable;
        write!(
            f,
            "{all} mutants: {caught} caught, {missed} missed, {timeout} out of time, {unviable} do not compile"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_no_lines_and_those_alike_are_counted() {
        let list = r#"[{"name": "a.rs:1:2: replace || with && in f"},
            {"name": "a.rs:9:2: delete match arm A::B in g"},
            {"name": "a.rs:3:4: replace || with && in f"}]"#;
        let names: Vec<_> = Listed::all(list)
            .unwrap()
            .into_iter()
            .map(|it| it.name)
            .collect();
        let expected = [
            "a.rs: replace || with && in f (1 of 2)",
            "a.rs: delete match arm A::B in g",
            "a.rs: replace || with && in f (2 of 2)",
        ];
        assert_eq!(names, expected);
    }

    #[test]
    fn outcomes_are_counted_without_the_baseline() {
        let text = r#"{"outcomes": [{"scenario": "Baseline", "summary": "Success"},
            {"scenario": {"Mutant": {"name": "a.rs:1:2: b"}}, "summary": "MissedMutant"},
            {"scenario": {"Mutant": {"name": "a.rs:1:3: b"}}, "summary": "CaughtMutant"}]}"#;
        let tally = Tally::parse(text).unwrap();
        assert_eq!(tally.missed, ["a.rs:1:2: b"]);
        assert_eq!(
            tally.to_string(),
            "2 mutants: 1 caught, 1 missed, 0 out of time, 0 do not compile"
        );
        assert!(Tally::parse(&text.replace("MissedMutant", "Failure")).is_err());
    }
}
