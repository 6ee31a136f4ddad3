//! The tests that docs/properties.md names exist: a table of proofs that points nowhere proves nothing.

use super::Fault;
use anyhow::{Context, Result};
use regex::Regex;
use std::{fs, path::Path, sync::LazyLock};

const TABLE: &str = "docs/properties.md";

/// A file below `crates`, and the tests in it: "`record/src/inbox.rs`: `one_test`, `another`".
static TESTS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"`([\w/.-]+\.rs)`: ((?:`\w+`(?:, )?)+)").expect("a constant pattern")
});
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_that_is_gone_is_found() {
        let read = |file: &str| {
            (file == "a/src/b.rs").then(|| "#[test]\nfn here() {}\n/// ```compile_fail".to_owned())
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
}
