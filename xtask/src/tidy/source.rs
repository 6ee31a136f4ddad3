//! The Rust files of the tree, parsed once for all rules.

use super::Fault;
use anyhow::{Context, Result};
use std::{
    fs,
    path::{Path, PathBuf},
};
use syn::{Attribute, Item};

/// One Rust file.
#[derive(Debug)]
pub(super) struct Source {
    /// Relative to the workspace's root, with `/`.
    pub(super) path: String,
    pub(super) text: String,
    pub(super) file: syn::File,
}

impl Source {
    /// Parses a file; the fault says where it is not Rust.
    pub(super) fn parse(path: &str, text: &str) -> Result<Self, Fault> {
        let file = syn::parse_file(text).map_err(|error| Fault {
            file: path.to_owned(),
            line: error.span().start().line,
            what: format!("not Rust: {error}"),
            remedy: "make it compile",
        })?;
        Ok(Self {
            path: path.to_owned(),
            text: text.to_owned(),
            file,
        })
    }

    /// A fault in this file.
    pub(super) fn fault(&self, line: usize, what: String, remedy: &'static str) -> Fault {
        Fault {
            file: self.path.clone(),
            line,
            what,
            remedy,
        }
    }

    /// The crate's folder under `crates/`, if it is one of those.
    pub(super) fn crate_folder(&self) -> Option<&str> {
        self.path.strip_prefix("crates/")?.split('/').next()
    }

    /// Whether the whole file is tests, benchmarks or an example.
    pub(super) fn is_test_file(&self) -> bool {
        let folders = [
            "tests/",
            "benches/",
            "examples/",
            "fuzz/",
            "crates/testkit/",
        ];
        let inside = |folder: &str| {
            self.path.starts_with(folder) || self.path.contains(&format!("/{folder}"))
        };
        folders.iter().any(|folder| inside(folder)) || self.path.ends_with("/tests.rs")
    }

    /// Whether the path is listed, as itself or inside a listed folder.
    pub(super) fn is_listed(&self, list: &[(&str, &str)]) -> bool {
        list.iter().any(|(place, _reason)| {
            self.path == *place || self.path.starts_with(&format!("{place}/"))
        })
    }
}

/// Every Rust file below `root`, in path order; those that do not parse come as faults.
pub(super) fn all(root: &Path) -> Result<Vec<Result<Source, Fault>>> {
    files(root, "rs")?
        .into_iter()
        .map(|path| {
            let text = fs::read_to_string(root.join(&path))
                .with_context(|| format!("could not read {path}"))?;
            Ok(Source::parse(&path, &text))
        })
        .collect()
}

/// The files with this extension, relative to `root`, without what builds and fuzzers leave.
pub(super) fn files(root: &Path, extension: &str) -> Result<Vec<String>> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder)
            .with_context(|| format!("could not list {}", folder.display()))?;
        for entry in entries {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if path.is_dir() && !is_generated(&name) {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == extension) {
                found.push(relative(&path, root));
            }
        }
    }
    found.sort();
    Ok(found)
}

fn is_generated(folder: &str) -> bool {
    folder.starts_with('.') || ["target", "corpus", "artifacts", "coverage"].contains(&folder)
}

fn relative(path: &Path, root: &Path) -> String {
    let path: PathBuf = path.strip_prefix(root).unwrap_or(path).into();
    path.to_string_lossy().replace('\\', "/")
}

/// Whether an item exists only in test builds.
pub(super) fn is_test_item(item: &Item) -> bool {
    let attributes = match item {
        Item::Mod(it) => &it.attrs,
        Item::Fn(it) => &it.attrs,
        Item::Use(it) => &it.attrs,
        Item::Impl(it) => &it.attrs,
        _ => return false,
    };
    attributes.iter().any(is_cfg_test)
}

/// `#[cfg(test)]`, also among other conditions that all must hold.
fn is_cfg_test(attribute: &Attribute) -> bool {
    let syn::Meta::List(list) = &attribute.meta else {
        return false;
    };
    let condition = list.tokens.to_string();
    list.path.is_ident("cfg")
        && (condition == "test"
            || condition.starts_with("all (test")
            || condition.starts_with("all(test"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_not_rust_is_a_fault_with_its_line() {
        let fault = Source::parse("a.rs", "fn good() {}\nfn bad( {}\n").unwrap_err();
        assert_eq!(fault.line, 2);
    }

    #[test]
    fn test_modules_are_told_from_others() {
        let source = Source::parse(
            "a.rs",
            "#[cfg(test)] mod a {} #[cfg(not(test))] mod b {} mod c {}",
        )
        .unwrap();
        let verdicts: Vec<_> = source.file.items.iter().map(is_test_item).collect();
        assert_eq!(verdicts, [true, false, false]);
    }

    #[test]
    fn the_crate_is_read_off_the_path() {
        let source = |path| Source::parse(path, "").unwrap();
        assert_eq!(
            source("crates/wire/src/lib.rs").crate_folder(),
            Some("wire")
        );
        assert_eq!(source("xtask/src/main.rs").crate_folder(), None);
        assert!(source("crates/wire/tests/golden.rs").is_test_file());
        assert!(!source("crates/wire/src/latests.rs").is_test_file());
    }
}
