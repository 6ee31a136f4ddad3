//! The minimum supported Rust version: what the published crates' dependencies need, and no less.

use super::{Fault, arrows::manifest};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Checks that no dependency of a published crate needs a newer compiler than that crate declares.
pub(super) fn check(metadata: &Value) -> Vec<Fault> {
    let packages = by_id(&metadata["packages"]);
    let nodes = by_id(&metadata["resolve"]["nodes"]);
    let members = metadata["workspace_members"]
        .as_array()
        .into_iter()
        .flatten();
    let published = members
        .filter_map(Value::as_str)
        .filter(|id| is_published(packages.get(id)));
    let mut faults = Vec::new();
    for member in published {
        let package = packages[member];
        let Some(declared) = rust_version(package) else {
            faults.push(fault(
                package,
                "no rust-version".to_owned(),
                "add `rust-version.workspace = true`",
            ));
            continue;
        };
        for id in needed_by(member, &nodes) {
            let Some(dependency) = packages.get(id) else {
                continue;
            };
            if rust_version(dependency).is_some_and(|needed| needed > declared) {
                let what = format!(
                    "{} needs Rust {}",
                    dependency["name"], dependency["rust_version"]
                );
                faults.push(fault(
                    package,
                    what,
                    "raise the workspace's rust-version or take an older release",
                ));
            }
        }
    }
    faults
}

fn fault(package: &Value, what: String, remedy: &'static str) -> Fault {
    Fault {
        file: manifest(package),
        line: 1,
        what,
        remedy,
    }
}

fn by_id(list: &Value) -> BTreeMap<&str, &Value> {
    let entries = list.as_array().into_iter().flatten();
    entries
        .filter_map(|entry| Some((entry["id"].as_str()?, entry)))
        .collect()
}

/// `publish = false` is an empty list of registries in the metadata.
fn is_published(package: Option<&&Value>) -> bool {
    package.is_some_and(|package| {
        package["publish"]
            .as_array()
            .is_none_or(|registries| !registries.is_empty())
    })
}

/// Everything that is compiled into or for a crate; what only its tests need is not followed.
fn needed_by<'a>(member: &'a str, nodes: &BTreeMap<&'a str, &'a Value>) -> BTreeSet<&'a str> {
    let mut seen = BTreeSet::new();
    let mut waiting = vec![member];
    while let Some(id) = waiting.pop() {
        if !seen.insert(id) {
            continue;
        }
        let edges = nodes
            .get(id)
            .and_then(|node| node["deps"].as_array())
            .into_iter()
            .flatten();
        waiting.extend(
            edges
                .filter(|edge| !is_for_tests(edge))
                .filter_map(|edge| edge["pkg"].as_str()),
        );
    }
    seen
}

fn is_for_tests(edge: &Value) -> bool {
    let kinds = edge["dep_kinds"].as_array();
    kinds.is_some_and(|kinds| kinds.iter().all(|kind| kind["kind"] == "dev"))
}

fn rust_version(package: &Value) -> Option<(u32, u32, u32)> {
    let mut parts = package["rust_version"]
        .as_str()?
        .split('.')
        .map(|part| part.parse().unwrap_or(0));
    Some((
        parts.next()?,
        parts.next().unwrap_or(0),
        parts.next().unwrap_or(0),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn faults(ours: &str, theirs: &str, kind: Option<&str>, publish: &Value) -> usize {
        let metadata = json!({
            "workspace_members": ["ours"],
            "packages": [
                { "id": "ours", "name": "ours", "rust_version": ours, "publish": publish, "manifest_path": "Cargo.toml" },
                { "id": "theirs", "name": "theirs", "rust_version": theirs },
            ],
            "resolve": { "nodes": [
                { "id": "ours", "deps": [{ "pkg": "theirs", "dep_kinds": [{ "kind": kind }] }] },
                { "id": "theirs", "deps": [] },
            ]},
        });
        check(&metadata).len()
    }

    #[test]
    fn a_dependency_that_needs_a_newer_compiler_is_a_fault() {
        assert_eq!(faults("1.89", "1.90", None, &json!(null)), 1);
        assert_eq!(faults("1.89", "1.89.1", Some("build"), &json!(null)), 1);
        assert_eq!(faults("1.89", "1.9", None, &json!(null)), 0);
        assert_eq!(faults("1.89", "1.89", None, &json!(null)), 0);
    }

    #[test]
    fn what_only_tests_need_and_what_is_not_published_does_not_count() {
        assert_eq!(faults("1.89", "1.90", Some("dev"), &json!(null)), 0);
        assert_eq!(faults("1.89", "1.90", None, &json!([])), 0);
    }
}
