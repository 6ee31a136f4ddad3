//! Only the outermost crates touch files, sockets and clocks.

use super::{
    Fault,
    source::{Source, is_test_item},
};
use proc_macro2::Span;
use syn::{
    Item, ItemUse, Path, UseTree,
    spanned::Spanned,
    visit::{self, Visit},
};

/// Parts of `std` that reach the operating system.
const SYSTEM: [&str; 5] = [
    "std::fs",
    "std::net",
    "std::process",
    "std::env",
    "std::thread",
];

/// Clocks; the handshake is told the time.
const CLOCKS: [&str; 2] = ["std::time::SystemTime", "std::time::Instant"];

/// Who may reach the system, and why.
const MAY_REACH: [(&str, &str); 9] = [
    ("crates/cli", "the program"),
    ("crates/bogo-shim", "a program that another one starts"),
    (
        "crates/ct/src/main.rs",
        "a program that reads its arguments",
    ),
    ("crates/io", "streams over sockets"),
    ("crates/session/src/file", "the file store"),
    ("crates/session/src/file.rs", "the file store"),
    (
        "crates/trust/src/load.rs",
        "certificates and keys from files",
    ),
    ("benches", "they measure"),
    ("xtask", "it runs programs"),
];

/// Crates that are told the time, because their results must depend on nothing else.
const WITHOUT_CLOCK: [&str; 4] = ["wire", "crypto", "record", "handshake"];

/// Checks the paths that a file names, its tests aside.
pub(super) fn check(source: &Source) -> Vec<Fault> {
    let folder = source.crate_folder();
    if source.is_test_file() || source.is_listed(&MAY_REACH) {
        return Vec::new();
    }
    let mut paths = Paths(Vec::new());
    paths.visit_file(&source.file);
    let mut faults = Vec::new();
    for (path, span) in paths.0 {
        let line = span.start().line;
        if let Some(what) = SYSTEM.iter().find(|it| is_under(&path, it)) {
            faults.push(source.fault(
                line,
                format!("`{what}` is used"),
                "take it from the caller, or move this to cli or io (core::net has the addresses)",
            ));
        }
        let no_clock = folder.is_some_and(|folder| WITHOUT_CLOCK.contains(&folder));
        if no_clock && CLOCKS.iter().any(|it| is_under(&path, it)) {
            faults.push(source.fault(
                line,
                format!("`{path}` is used"),
                "take the time as an argument",
            ));
        }
    }
    faults
}

fn is_under(path: &str, place: &str) -> bool {
    path.strip_prefix(place)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// Every path written out in full, use trees flattened.
struct Paths(Vec<(String, Span)>);

impl<'ast> Visit<'ast> for Paths {
    fn visit_item(&mut self, item: &'ast Item) {
        if !is_test_item(item) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        flatten(&item.tree, String::new(), &mut self.0);
    }

    fn visit_path(&mut self, path: &'ast Path) {
        let names: Vec<_> = path
            .segments
            .iter()
            .map(|segment| segment.ident.to_string())
            .collect();
        self.0.push((names.join("::"), path.span()));
        visit::visit_path(self, path);
    }
}

fn flatten(tree: &UseTree, before: String, paths: &mut Vec<(String, Span)>) {
    let join = |name: &syn::Ident| {
        if before.is_empty() {
            name.to_string()
        } else {
            format!("{before}::{name}")
        }
    };
    match tree {
        UseTree::Path(it) => flatten(&it.tree, join(&it.ident), paths),
        UseTree::Name(it) if it.ident == "self" => paths.push((before, it.span())),
        UseTree::Name(it) => paths.push((join(&it.ident), it.span())),
        UseTree::Rename(it) if it.ident == "self" => paths.push((before, it.span())),
        UseTree::Rename(it) => paths.push((join(&it.ident), it.span())),
        UseTree::Glob(it) => paths.push((before, it.span())),
        UseTree::Group(it) => it
            .items
            .iter()
            .for_each(|tree| flatten(tree, before.clone(), paths)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(path: &str, text: &str) -> usize {
        check(&Source::parse(path, text).unwrap()).len()
    }

    #[test]
    fn a_library_that_reaches_the_system_is_a_fault() {
        for bad in [
            "use std::fs;",
            "use std::{collections::BTreeMap, fs::File};",
            "use std::net::{self, TcpStream as Stream};",
            "fn a() { std::fs::read(x); }",
            "fn a(stream: std::net::TcpStream) {}",
            "use std::fs::*;",
        ] {
            assert!(faults("crates/record/src/a.rs", bad) > 0, "{bad}");
        }
    }

    #[test]
    fn tests_and_the_outermost_crates_may() {
        assert_eq!(
            faults(
                "crates/record/src/a.rs",
                "#[cfg(test)] mod tests { use std::fs; }"
            ),
            0
        );
        assert_eq!(faults("crates/record/tests/a.rs", "use std::fs;"), 0);
        assert_eq!(faults("crates/cli/src/main.rs", "use std::fs;"), 0);
        assert_eq!(
            faults(
                "crates/record/src/a.rs",
                "use core::net::IpAddr; use std::fsx::a;"
            ),
            0
        );
    }

    #[test]
    fn the_handshake_has_no_clock() {
        assert_eq!(
            faults(
                "crates/handshake/src/a.rs",
                "fn a() { std::time::Instant::now(); }"
            ),
            1
        );
        assert_eq!(
            faults("crates/handshake/src/a.rs", "use std::time::Duration;"),
            0
        );
        assert_eq!(
            faults("crates/connection/src/a.rs", "use std::time::SystemTime;"),
            0
        );
    }
}
