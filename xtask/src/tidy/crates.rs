//! What every crate has: a README, and a root that forbids `unsafe`.

use super::{Fault, source::Source};
use anyhow::{Context, Result};
use std::{fs, path::Path};
use syn::{Attribute, Meta};

/// Crates that may need `unsafe`, with the need.
const MAY_BE_UNSAFE: [(&str, &str); 1] = [(
    "crates/ct",
    "requests to valgrind are instructions: crates/ct/src/memcheck.rs, and nothing else there",
)];

/// Crates that do without `std`.
const NO_STD: [&str; 2] = ["wire", "crypto"];

/// Checks a crate's root file.
pub(super) fn check_root(source: &Source) -> Vec<Fault> {
    if !is_root(&source.path) {
        return Vec::new();
    }
    let mut faults = Vec::new();
    let attributes = &source.file.attrs;
    if !attributes.iter().any(forbids_unsafe) && !source.is_listed(&MAY_BE_UNSAFE) {
        faults.push(source.fault(
            1,
            "`unsafe` is not forbidden".to_owned(),
            "add `#![forbid(unsafe_code)]`",
        ));
    }
    let folder = source.crate_folder().unwrap_or_default();
    if NO_STD.contains(&folder) && !attributes.iter().any(is_no_std) {
        faults.push(source.fault(1, "the crate needs `std`".to_owned(), "add `#![no_std]`"));
    }
    faults
}

fn is_root(path: &str) -> bool {
    path.ends_with("src/lib.rs") || path.ends_with("src/main.rs") || path.contains("/src/bin/")
}

fn forbids_unsafe(attribute: &Attribute) -> bool {
    let Meta::List(list) = &attribute.meta else {
        return false;
    };
    list.path.is_ident("forbid") && list.tokens.to_string().contains("unsafe_code")
}

/// `#![no_std]`, also when only the tests have `std`.
fn is_no_std(attribute: &Attribute) -> bool {
    match &attribute.meta {
        Meta::Path(path) => path.is_ident("no_std"),
        Meta::List(list) => {
            list.path.is_ident("cfg_attr")
                && list.tokens.to_string().replace(' ', "") == "not(test),no_std"
        }
        Meta::NameValue(_) => false,
    }
}

/// Checks that every folder under `crates/` has a README that says something.
pub(super) fn check_folders(root: &Path) -> Result<Vec<Fault>> {
    let mut faults = Vec::new();
    for entry in fs::read_dir(root.join("crates")).context("could not list crates/")? {
        let folder = entry?;
        let readme = fs::read_to_string(folder.path().join("README.md")).unwrap_or_default();
        if readme.trim().is_empty() {
            let file = format!("crates/{}/README.md", folder.file_name().to_string_lossy());
            faults.push(Fault {
                file,
                line: 1,
                what: "missing".to_owned(),
                remedy: "write what the crate is, for whom, an example, what it does not do",
            });
        }
    }
    Ok(faults)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(path: &str, text: &str) -> Vec<String> {
        check_root(&Source::parse(path, text).unwrap())
            .into_iter()
            .map(|fault| fault.what)
            .collect()
    }

    #[test]
    fn a_root_that_does_not_forbid_unsafe_is_a_fault() {
        assert_eq!(
            faults("crates/io/src/lib.rs", "#![deny(unsafe_code)]"),
            ["`unsafe` is not forbidden"]
        );
        assert_eq!(
            faults(
                "crates/io/src/lib.rs",
                "//! Streams.\n#![forbid(unsafe_code)]"
            ),
            [""; 0]
        );
        assert_eq!(faults("crates/io/src/stream.rs", ""), [""; 0]);
    }

    #[test]
    fn a_no_std_crate_says_so() {
        assert_eq!(
            faults("crates/wire/src/lib.rs", "#![forbid(unsafe_code)]"),
            ["the crate needs `std`"]
        );
        for good in ["#![no_std]", "#![cfg_attr(not(test), no_std)]"] {
            assert_eq!(
                faults(
                    "crates/wire/src/lib.rs",
                    &format!("#![forbid(unsafe_code)]\n{good}")
                ),
                [""; 0]
            );
        }
    }

    #[test]
    fn a_crate_without_a_readme_is_a_fault() {
        let root = tempfile::tempdir().unwrap();
        for name in ["with", "without"] {
            fs::create_dir_all(root.path().join("crates").join(name)).unwrap();
        }
        fs::write(root.path().join("crates/with/README.md"), "# with").unwrap();
        let faults = check_folders(root.path()).unwrap();
        assert_eq!(faults.len(), 1);
        assert_eq!(faults[0].file, "crates/without/README.md");
    }
}
