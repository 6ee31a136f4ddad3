//! Links between the tree's Markdown files lead somewhere, and their citations have the one form.

use super::{Fault, citations, source};
use anyhow::{Context, Result};
use regex::Regex;
use std::{fs, path::Path, sync::LazyLock};

static LINK: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\]\(([^()\s]+)\)").expect("a constant pattern"));

/// Checks every Markdown file below `root`.
pub(super) fn check(root: &Path) -> Result<Vec<Fault>> {
    let mut faults = Vec::new();
    for file in source::files(root, "md")? {
        let text = fs::read_to_string(root.join(&file))
            .with_context(|| format!("could not read {file}"))?;
        let folder = root.join(&file);
        let folder = folder.parent().unwrap_or(root);
        for (line, target) in targets(&text) {
            if !leads_somewhere(&target, &text, folder) {
                let what = format!("the link to `{target}` leads nowhere");
                faults.push(Fault {
                    file: file.clone(),
                    line,
                    what,
                    remedy: "correct the path or the heading",
                });
            }
        }
        faults.extend(citations::in_text(&file, &text));
    }
    Ok(faults)
}

/// The targets of all links outside code, each with its line.
fn targets(text: &str) -> Vec<(usize, String)> {
    let mut in_code = false;
    let mut found = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        } else if !in_code {
            found.extend(
                LINK.captures_iter(line)
                    .map(|link| (index + 1, link[1].to_owned())),
            );
        }
    }
    found
}

/// Pages elsewhere are taken on trust: a check must not depend on the network.
fn leads_somewhere(target: &str, text: &str, folder: &Path) -> bool {
    if target.contains("://") || target.starts_with("mailto:") {
        return true;
    }
    match target.split_once('#') {
        Some(("", heading)) => has_heading(text, heading),
        Some((path, heading)) => {
            fs::read_to_string(folder.join(path)).is_ok_and(|text| has_heading(&text, heading))
        }
        None => folder.join(target).exists(),
    }
}

/// Headings become anchors in lower case, with dashes for spaces and without punctuation.
fn has_heading(text: &str, anchor: &str) -> bool {
    let headings = text.lines().filter(|line| line.starts_with('#'));
    let mut anchors = headings.map(|heading| {
        let title = heading.trim_start_matches('#').trim().to_lowercase();
        let kept = title
            .chars()
            .filter(|letter| letter.is_alphanumeric() || [' ', '-', '_'].contains(letter));
        kept.map(|letter| if letter == ' ' { '-' } else { letter })
            .collect::<String>()
    });
    anchors.any(|known| known == anchor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_that_leads_nowhere_is_a_fault() {
        let root = tempfile::tempdir().unwrap();
        let text = "# One door\n[a](gone.md) [b](#one-door) [c](#two)\n[d](b/c.md) [e](https://a.example/)\n\
                    ```\n[f](gone.md)\n```\n[g](b/c.md#there) [h](b/c.md#elsewhere) RFC\x35246\n";
        fs::create_dir(root.path().join("b")).unwrap();
        fs::write(root.path().join("a.md"), text).unwrap();
        fs::write(root.path().join("b/c.md"), "## There!\n").unwrap();
        let faults = check(root.path()).unwrap();
        let places: Vec<_> = faults
            .iter()
            .map(|fault| (fault.line, fault.what.as_str()))
            .collect();
        assert_eq!(
            places,
            [
                (2, "the link to `gone.md` leads nowhere"),
                (2, "the link to `#two` leads nowhere"),
                (7, "the link to `b/c.md#elsewhere` leads nowhere"),
                (7, "the citation `RFC\x35246` has another form"),
            ]
        );
    }
}
