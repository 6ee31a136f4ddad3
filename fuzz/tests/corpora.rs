//! Every stored input of every target, without a fuzzer and without sanitizers.

use std::{
    collections::BTreeSet,
    fs,
    panic::catch_unwind,
    path::{Path, PathBuf},
};

use premaster_fuzz::{TARGETS, Target};

/// No stored input is longer: a corpus holds what reaches new code, not what is large.
const LONGEST: u64 = 4096;

/// All corpora together.
const LARGEST: u64 = 1024 * 1024;

fn here(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)
}

/// The names of what is in a folder; none if it is missing.
fn names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    entries
        .map(|entry| entry.expect("a folder that can be listed").file_name())
        .map(|name| name.into_string().expect("names are ASCII"))
        .collect()
}

/// The stored inputs of a target.
fn corpus(target: &Target) -> Vec<PathBuf> {
    let folder = here("corpus").join(target.name);
    let names = names(&folder);
    names.iter().map(|name| folder.join(name)).collect()
}

#[test]
fn every_stored_input_of_every_target_holds() {
    let mut broken = Vec::new();
    for target in TARGETS {
        let inputs = corpus(target);
        for path in &inputs {
            let input = fs::read(path).expect("a stored input");
            if catch_unwind(|| (target.run)(&input)).is_err() {
                broken.push(path.display().to_string());
            }
        }
    }
    assert!(broken.is_empty(), "these fail: {}", broken.join(", "));
}

#[test]
fn every_target_has_a_corpus_and_every_corpus_a_target() {
    let targets: BTreeSet<_> = TARGETS.iter().map(|it| it.name.to_owned()).collect();
    assert_eq!(names(&here("corpus")), targets);
    for target in TARGETS {
        assert!(!corpus(target).is_empty(), "{}: no input", target.name);
    }
}

#[test]
fn every_target_has_its_program_and_every_program_its_target() {
    let programs: BTreeSet<_> = TARGETS.iter().map(|it| format!("{}.rs", it.name)).collect();
    assert_eq!(names(&here("fuzz_targets")), programs);
    let manifest = fs::read_to_string(here("Cargo.toml")).expect("the manifest");
    assert_eq!(manifest.matches("[[bin]]").count(), TARGETS.len());
    for target in TARGETS {
        let name = target.name;
        let program = format!("name = \"{name}\"\npath = \"fuzz_targets/{name}.rs\"\n");
        assert!(manifest.contains(&program), "{name}: not in Cargo.toml");
        let text = fs::read_to_string(here("fuzz_targets").join(format!("{name}.rs")));
        let text = text.expect("a program");
        assert!(text.contains(&format!("\"{name}\"")), "{name}: {text}");
    }
}

#[test]
fn the_corpora_are_small() {
    let mut whole = 0;
    for path in TARGETS.iter().flat_map(corpus) {
        let length = fs::metadata(&path).expect("a stored input").len();
        assert!(length <= LONGEST, "{}: {length} bytes", path.display());
        whole += length;
    }
    assert!(whole <= LARGEST, "{whole} bytes");
}

#[test]
fn the_targets_stand_in_the_order_of_their_names() {
    assert!(TARGETS.is_sorted_by_key(|target| target.name));
}
