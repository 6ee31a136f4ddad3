//! The cases of `cargo xtask ct`: a program that computes on secrets while valgrind watches.
//!
//! Each case marks its secrets as undefined; memcheck then reports every branch and every memory address that
//! depends on them. `premaster-ct list` tells the cases, `premaster-ct case NAME` and `premaster-ct leak NAME` run one.
#![deny(unsafe_code)]

mod cases;
mod cbc_records;
mod compare;
mod cookie;
mod derive;
mod finite_field;
mod hidden;
mod kem;
mod leaks;
mod memcheck;
#[path = "../../crypto-classic/tests/support/mod.rs"]
mod peer;
mod random;
mod rsa;
mod schedule;
mod tickets;
mod trial;
mod watched;
mod whole;

use std::env;
use std::io::{self, Write, stdout};

use cases::CASES;
use leaks::LEAKS;

fn main() -> io::Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let mut out = stdout().lock();
    let run = match words[..] {
        ["list"] => return list(out),
        ["processor"] => return writeln!(out, "{}", processor()),
        ["case", name] => case(name),
        ["leak", name] => leak(name),
        _ => None,
    };
    let usage = "premaster-ct list | processor | case NAME | leak NAME";
    run.ok_or(io::Error::other(usage))?();
    trial::report(&mut out)
}

fn case(name: &str) -> Option<fn()> {
    let case = CASES.iter().find(|case| case.name == name)?;
    Some(case.run)
}

fn leak(name: &str) -> Option<fn()> {
    let leak = all_leaks().find(|leak| leak.name == name)?;
    Some(leak.run)
}

/// What the processor says it can do: by this the backends choose their code.
fn processor() -> String {
    let features = features();
    let named = |wanted: bool| {
        let of_kind = features.iter().filter(|(_, there)| *there == wanted);
        let names: Vec<&str> = of_kind.map(|(name, _)| *name).collect();
        names.join(", ")
    };
    format!("with {}; without {}", named(true), named(false))
}

#[cfg(target_arch = "x86_64")]
fn features() -> Vec<(&'static str, bool)> {
    vec![
        ("aes", is_x86_feature_detected!("aes")),
        ("pclmulqdq", is_x86_feature_detected!("pclmulqdq")),
        ("avx2", is_x86_feature_detected!("avx2")),
        ("avx512f", is_x86_feature_detected!("avx512f")),
        ("sha", is_x86_feature_detected!("sha")),
    ]
}

#[cfg(target_arch = "aarch64")]
fn features() -> Vec<(&'static str, bool)> {
    use std::arch::is_aarch64_feature_detected as detected;
    vec![
        ("aes", detected!("aes")),
        ("pmull", detected!("pmull")),
        ("sha2", detected!("sha2")),
        ("sha3", detected!("sha3")),
    ]
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
fn features() -> Vec<(&'static str, bool)> {
    Vec::new()
}

/// A line for each case and each leak: kind, name, and what is secret or what the leak stands beside.
fn list(mut out: impl Write) -> io::Result<()> {
    for case in CASES {
        writeln!(out, "case\t{}\t{}", case.name, case.secret)?;
    }
    for leak in LEAKS {
        writeln!(out, "leak\t{}\tmemcheck itself", leak.name)?;
    }
    for case in CASES {
        for leak in case.leaks {
            writeln!(out, "leak\t{}\t{}", leak.name, case.name)?;
        }
    }
    Ok(())
}

/// The leaks that show that memcheck sees, then each case's own.
fn all_leaks() -> impl Iterator<Item = &'static cases::Leak> {
    let beside_cases = CASES.iter().flat_map(|case| case.leaks);
    LEAKS.iter().chain(beside_cases)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_case_computes_what_it_should_where_nobody_watches() {
        for case in CASES {
            (case.run)();
        }
    }

    #[test]
    fn every_leak_runs() {
        for leak in all_leaks() {
            (leak.run)();
        }
    }

    #[test]
    fn names_are_unique_and_make_file_names() {
        let names: Vec<_> = CASES
            .iter()
            .map(|case| case.name)
            .chain(all_leaks().map(|leak| leak.name))
            .collect();
        let unique: BTreeSet<_> = names.iter().collect();
        assert_eq!(names.len(), unique.len());
        for name in names {
            let is_plain = |letter: char| {
                letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-'
            };
            assert!(name.chars().all(is_plain), "{name}");
        }
    }

    #[test]
    fn the_list_names_every_case_and_every_leak() {
        let mut text = Vec::new();
        list(&mut text).unwrap();
        let lines = String::from_utf8(text).unwrap().lines().count();
        assert_eq!(lines, CASES.len() + all_leaks().count());
    }
}
