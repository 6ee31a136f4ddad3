//! The tests that docs/properties.md names exist and name their row: a table of proofs that points nowhere proves nothing.

use super::Fault;
use anyhow::{Context, Result};
use regex::Regex;
use std::{fs, path::Path, sync::LazyLock};

const TABLE: &str = "docs/properties.md";

/// A file below `crates`, and the tests in it: "`record/src/inbox.rs`: `one_test`, `another`".
static TESTS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"`([\w/.-]+\.rs)`: ((?:`\w+`(?:, )?)+)").expect("a constant pattern")
});
/// `| 4 | ..`: a row, by its number.
static ROW: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^\| (\d+) \|").expect("a constant pattern"));
/// What a test says of itself: `property 4`, `properties 3 and 4`, `properties 1, 2 and ALPACA`.
static CLAIM: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"[Pp]ropert(?:y|ies) ([\d, and]+)").expect("a constant pattern"));
static NAME: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"`(\w+)`").expect("a constant pattern"));

/// Checks the table.
pub(super) fn check(root: &Path) -> Result<Vec<Fault>> {
    let text =
        fs::read_to_string(root.join(TABLE)).with_context(|| format!("could not read {TABLE}"))?;
    let read = |file: &str| fs::read_to_string(root.join("crates").join(file)).ok();
    Ok(in_text(&text, read))
}

fn in_text(text: &str, read: impl Fn(&str) -> Option<String>) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (index, line) in text.lines().enumerate() {
        for tests in TESTS.captures_iter(line) {
            let source = read(&tests[1]).unwrap_or_default();
            let missing = NAME
                .captures_iter(&tests[2])
                .map(|name| name[1].to_owned())
                .filter(|name| !has(&source, name));
            faults.extend(missing.map(|name| Fault {
                file: TABLE.to_owned(),
                line: index + 1,
                what: format!("crates/{} has no test `{name}`", &tests[1]),
                remedy: "name the file that it stands in now",
            }));
            let Some(row) = ROW.captures(line) else {
                continue;
            };
            let silent = NAME
                .captures_iter(&tests[2])
                .map(|name| name[1].to_owned())
                .filter(|name| has(&source, name) && !claims(&source, name, &row[1]));
            faults.extend(silent.map(|name| Fault {
                file: format!("crates/{}", &tests[1]),
                line: line_of(&source, &name),
                what: format!("`{name}` proves property {} and does not say so", &row[1]),
                remedy: "begin its documentation with `property N:`, or the file's",
            }));
        }
    }
    faults
}

/// Whether a source has this test; `compile_fail` is one in the documentation.
fn has(source: &str, name: &str) -> bool {
    match name {
        "compile_fail" => source.contains("```compile_fail"),
        name => source.contains(&format!("fn {name}(")),
    }
}

/// Whether a test says, itself or in the head of its file, that it proves this row.
fn claims(source: &str, name: &str, row: &str) -> bool {
    let lines: Vec<_> = source.lines().collect();
    let behind = line_of(source, name).saturating_sub(1);
    let own = lines.iter().take(behind).rev().take_while(|line| {
        let line = line.trim();
        line.starts_with("///") || line.starts_with("#[")
    });
    let head = lines.iter().take_while(|line| line.starts_with("//!"));
    own.chain(head)
        .flat_map(|line| CLAIM.captures_iter(line))
        .any(|claim| {
            claim[1]
                .split(|it: char| !it.is_ascii_digit())
                .any(|it| it == row)
        })
}

/// The line of a test, or of documentation that is one, counted from 1.
fn line_of(source: &str, name: &str) -> usize {
    let wanted = match name {
        "compile_fail" => "```compile_fail".to_owned(),
        name => format!("fn {name}("),
    };
    let line = source.lines().position(|line| line.contains(&wanted));
    line.map_or(0, |line| line + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_that_is_gone_is_found() {
        let read = |file: &str| {
            (file == "a/src/b.rs")
                .then(|| "//! property 1\n#[test]\nfn here() {}\n/// ```compile_fail".to_owned())
        };
        let missing = |text| {
            let faults = in_text(text, read);
            faults
                .into_iter()
                .map(|fault| fault.what)
                .collect::<Vec<_>>()
        };
        assert!(
            missing("| 1 | `a/src/b.rs`: `here`<br>`a/src/b.rs`: `compile_fail` test |").is_empty()
        );
        assert_eq!(
            missing("| 1 | `a/src/b.rs`: `here`, `gone` |"),
            ["crates/a/src/b.rs has no test `gone`"]
        );
        assert_eq!(
            missing("`a/src/c.rs`: `here`"),
            ["crates/a/src/c.rs has no test `here`"]
        );
    }

    #[test]
    fn a_test_that_does_not_name_its_row_is_found() {
        let found = |source: &str| {
            let source = source.to_owned();
            in_text("| 4 | `a/src/b.rs`: `here` |", |_| Some(source.clone())).len()
        };
        assert_eq!(found("#[test]\nfn here() {}"), 1);
        assert_eq!(found("/// property 14: no.\n#[test]\nfn here() {}"), 1);
        assert_eq!(
            found("/// property 4: yes.\n#[test]\nfn other() {}\n#[test]\nfn here() {}"),
            1
        );
        assert_eq!(found("/// property 4: yes.\n#[test]\nfn here() {}"), 0);
        assert_eq!(
            found("/// properties 3, 4 and 24: yes.\n#[test]\nfn here() {}"),
            0
        );
        assert_eq!(
            found("//! property 4: all of it.\n#[test]\nfn here() {}"),
            0
        );
    }
}
