//! The table at the end, and the verdict.

use super::{
    subject::{Kind, Subject},
    watch::Seen,
};
use anyhow::{Result, bail};
use std::{collections::BTreeMap, fmt};

/// What came of every case and leak.
#[derive(Debug, Default)]
pub(super) struct Table {
    rows: Vec<Row>,
    released: BTreeMap<String, u64>,
    /// Names on the list of releases that no case needs.
    unused: Vec<String>,
}

#[derive(Debug)]
struct Row {
    subject: Subject,
    inputs: u64,
    errors: u64,
    /// What is wrong, or for a leak where it was seen.
    remark: String,
    is_right: bool,
}

impl Table {
    /// Judges each.
    pub(super) fn new<'a>(seen: impl Iterator<Item = (&'a Subject, &'a Seen)>) -> Self {
        let mut table = Self::default();
        for (subject, seen) in seen {
            let (is_right, remark) = match subject.kind {
                Kind::Case => judge_case(seen),
                Kind::Leak => judge_leak(seen),
            };
            table.rows.push(Row {
                subject: subject.clone(),
                inputs: seen.inputs,
                errors: seen.report.errors,
                remark,
                is_right,
            });
            for (name, times) in &seen.released {
                *table.released.entry(name.clone()).or_default() += times;
            }
        }
        table
    }

    /// Demands that each of these releases was needed.
    pub(super) fn expect_releases(&mut self, names: Vec<String>) {
        let is_unused = |name: &String| !self.released.contains_key(name);
        self.unused = names.into_iter().filter(is_unused).collect();
    }

    /// # Errors
    /// Names everything that is not as it should be.
    pub(super) fn verdict(&self) -> Result<()> {
        let wrong = self.rows.iter().filter(|row| !row.is_right);
        let mut faults: Vec<_> = wrong
            .map(|row| format!("{} {}", row.subject.kind.word(), row.subject.name))
            .collect();
        let unused = self.unused.iter();
        faults.extend(unused.map(|name| format!("no case needs the release `{name}`")));
        if !faults.is_empty() {
            bail!("ct: {}", faults.join(", "));
        }
        Ok(())
    }
}

/// A case is right when it ran to its end and memcheck had nothing to say.
fn judge_case(seen: &Seen) -> (bool, String) {
    if let Some(broke) = &seen.broke {
        return (false, format!("{} {broke}", place(seen)));
    }
    (seen.report.errors == 0, place(seen))
}

/// A leak is right when memcheck saw it where it is: in the program of the cases.
fn judge_leak(seen: &Seen) -> (bool, String) {
    if let Some(broke) = &seen.broke {
        return (false, broke.clone());
    }
    let first = seen.report.first.as_ref();
    let is_ours = first
        .and_then(|leak| leak.place.as_ref())
        .is_some_and(|(_, place)| place.starts_with("crates/ct/"));
    match seen.report.errors {
        0 => (false, "memcheck reported nothing".to_owned()),
        _ => (is_ours, place(seen)),
    }
}

fn place(seen: &Seen) -> String {
    match &seen.report.first {
        None => String::new(),
        Some(leak) => match &leak.place {
            Some((function, place)) => format!("{} in {function} ({place})", leak.what),
            None => format!("{} outside this workspace", leak.what),
        },
    }
}

const CASE: &str = "case";
const LEAK: &str = "deliberate leak";

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = |text: fn(&Row) -> &str, heading: &str| {
            let widths = self.rows.iter().map(|row| text(row).len());
            widths.chain([heading.len()]).max().unwrap_or_default()
        };
        let name = width(|row| &row.subject.name, LEAK);
        let about = width(|row| &row.subject.about, "");
        let heading = |kind| match kind {
            Kind::Case => format!("{CASE:name$}  {:about$}  inputs  errors", "secret"),
            Kind::Leak => format!("{LEAK:name$}  {:about$}  seen", "beside"),
        };
        for kind in [Kind::Case, Kind::Leak] {
            if self.of(kind).next().is_some() {
                writeln!(f, "\n{}", heading(kind))?;
            }
            for row in self.of(kind) {
                let Subject {
                    name: it,
                    about: what,
                    ..
                } = &row.subject;
                let line = format!("{it:name$}  {what:about$}  {}", row.outcome());
                writeln!(f, "{}", line.trim_end())?;
            }
        }
        if !self.released.is_empty() {
            writeln!(f, "\nreleased on purpose")?;
        }
        for (name, times) in &self.released {
            writeln!(f, "{times:>8}  {name}")?;
        }
        writeln!(f, "\n{}", self.totals())
    }
}

impl Row {
    fn outcome(&self) -> String {
        match self.subject.kind {
            Kind::Case => format!("{:>6}  {:>6}  {}", self.inputs, self.errors, self.remark),
            Kind::Leak if self.is_right => format!("yes   {}", self.remark),
            Kind::Leak => format!("NO    {}", self.remark),
        }
    }
}

impl Table {
    fn of(&self, kind: Kind) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(move |row| row.subject.kind == kind)
    }

    fn totals(&self) -> String {
        let count = |kind| self.of(kind).count();
        let right = |kind| self.of(kind).filter(|row| row.is_right).count();
        let inputs: u64 = self.of(Kind::Case).map(|row| row.inputs).sum();
        let errors: u64 = self.of(Kind::Case).map(|row| row.errors).sum();
        format!(
            "{} of {} cases clean ({inputs} inputs, {errors} errors), {} of {} deliberate leaks seen",
            right(Kind::Case),
            count(Kind::Case),
            right(Kind::Leak),
            count(Kind::Leak),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::super::report::{Leak, Report};
    use super::*;

    fn subject(kind: Kind) -> Subject {
        Subject {
            kind,
            name: "it".to_owned(),
            about: "the key".to_owned(),
        }
    }

    fn seen(errors: u64, place: &str) -> Seen {
        let leak = Leak {
            what: "a branch".to_owned(),
            place: Some(("f".to_owned(), place.to_owned())),
        };
        Seen {
            report: Report {
                errors,
                first: (errors > 0).then_some(leak),
                released: Vec::new(),
            },
            inputs: 3,
            released: vec![("verdict".to_owned(), 2)],
            broke: None,
        }
    }

    fn verdict(kind: Kind, seen: &Seen) -> Result<String> {
        let table = Table::new([(&subject(kind), seen)].into_iter());
        table.verdict().map(|()| table.to_string())
    }

    #[test]
    fn a_clean_case_passes_and_its_numbers_are_told() {
        let text = verdict(Kind::Case, &seen(0, "")).unwrap();
        assert!(text.contains("the key       3       0\n"), "{text}");
        assert!(text.contains("       2  verdict\n"), "{text}");
        assert!(
            text.contains("1 of 1 cases clean (3 inputs, 0 errors)"),
            "{text}"
        );
    }

    #[test]
    fn a_case_that_leaks_fails_with_function_and_line() {
        let leaky = seen(1, "crates/record/src/opener.rs:7");
        assert_eq!(
            verdict(Kind::Case, &leaky).unwrap_err().to_string(),
            "ct: case it"
        );
        let text = Table::new([(&subject(Kind::Case), &leaky)].into_iter()).to_string();
        assert!(
            text.contains("a branch in f (crates/record/src/opener.rs:7)"),
            "{text}"
        );
    }

    #[test]
    fn a_case_that_did_not_run_to_its_end_fails() {
        let broke = Seen {
            broke: Some("exit status: 101: panicked".to_owned()),
            ..seen(0, "")
        };
        assert!(verdict(Kind::Case, &broke).is_err());
        assert!(verdict(Kind::Leak, &broke).is_err());
    }

    #[test]
    fn a_leak_has_to_be_seen_and_where_it_is() {
        assert!(verdict(Kind::Leak, &seen(0, "")).is_err());
        assert!(verdict(Kind::Leak, &seen(1, "crates/crypto/src/hmac.rs:9")).is_err());
        let text = verdict(Kind::Leak, &seen(1, "crates/ct/src/leaks.rs:9")).unwrap();
        assert!(text.contains("1 of 1 deliberate leaks seen"), "{text}");
    }

    #[test]
    fn a_release_that_nothing_needs_fails() {
        let mut table = Table::new([(&subject(Kind::Case), &seen(0, ""))].into_iter());
        table.expect_releases(vec!["verdict".to_owned()]);
        assert!(table.verdict().is_ok());
        table.expect_releases(vec!["long gone".to_owned()]);
        let error = table.verdict().unwrap_err().to_string();
        assert!(error.contains("`long gone`"), "{error}");
    }
}
