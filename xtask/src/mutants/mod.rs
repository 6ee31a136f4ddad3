//! `cargo xtask mutants`: which changes of the code does no test notice?
//!
//! cargo-mutants changes one place at a time and runs the tests. What survives is a missing test, or it stands in
//! `xtask/mutants/explained.txt` with the reason why no test can or need tell it from the original.

mod explained;
mod outcome;

use crate::{
    command::{cargo, output, printable, root},
    tools,
};
use anyhow::{Context, Result, bail};
use clap::Args;
use explained::Explained;
use outcome::{Listed, Tally};
use std::{fs, path::Path, process::Stdio};

/// Which crates, and how much of them.
#[derive(Args, Debug)]
pub(crate) struct Options {
    /// The crates, by their folders; without any, all that are judged.
    crates: Vec<String>,
    /// Only every n-th mutant, from the k-th on, counted from 0.
    #[arg(long, value_name = "K/N")]
    shard: Option<String>,
    /// Only mutants in files that fit; may be repeated.
    #[arg(long, value_name = "GLOB")]
    file: Vec<String>,
    /// Only mutants whose names fit.
    #[arg(long, value_name = "REGEX")]
    re: Option<String>,
}

/// A crate, and the tests that judge its mutants.
struct Judged {
    name: &'static str,
    /// Other packages with tests of this crate.
    packages: &'static [&'static str],
    /// Which tests of all these packages.
    targets: &'static [&'static str],
}

/// Each mutant builds anew what depends on its crate: so only the tests that notice most in their time.
const JUDGED: [Judged; 3] = [
    Judged {
        name: "wire",
        packages: &[],
        targets: &["--lib", "--tests"],
    },
    Judged {
        name: "record",
        packages: &[],
        targets: &["--lib"],
    },
    Judged {
        name: "handshake",
        packages: &["connection", "testkit"],
        targets: &[
            "--lib",
            "--test=certificates_tls13",
            "--test=early_data",
            "--test=external_keys",
            "--test=fields",
            "--test=isolation",
            "--test=lies",
            "--test=lifetimes",
            "--test=nonces",
            "--test=pairs",
            "--test=post_handshake",
            "--test=randomness",
            "--test=rfc8448",
            "--test=schemes",
            "--test=switched_off",
            "--test=tickets",
            "--test=tls13",
        ],
    },
];

/// Runs cargo-mutants on each crate and compares what survived with what is explained.
///
/// # Errors
/// When a mutant survives that nobody explained, and when the tests fail without any mutant.
pub(crate) fn run(options: &Options) -> Result<()> {
    let chosen = chosen(&options.crates)?;
    tools::provide_cargo_tool("cargo-mutants")?;
    let file = root().join("xtask/mutants/explained.txt");
    let text =
        fs::read_to_string(&file).with_context(|| format!("could not read {}", file.display()))?;
    let explained = Explained::parse(&text)?;
    let mut unexplained = 0;
    for judged in chosen {
        let tally = judged.judge(options)?;
        let all = judged.list(options)?;
        println!("{}: {tally}", judged.name);
        let report = explained.compare(&tally, &all);
        print!("{report}");
        unexplained += report.unexplained.len();
    }
    if unexplained > 0 {
        bail!(
            "{unexplained} mutants survive and are not explained: test what they change, or say in \
             xtask/mutants/explained.txt why no test can"
        );
    }
    Ok(())
}

fn chosen(names: &[String]) -> Result<Vec<&'static Judged>> {
    if names.is_empty() {
        return Ok(JUDGED.iter().collect());
    }
    let find = |name: &String| {
        let known = JUDGED.iter().find(|judged| judged.name == name);
        known.with_context(|| {
            let all = JUDGED.map(|judged| judged.name).join(", ");
            format!("no mutants are judged in `{name}`; there are: {all}")
        })
    };
    names.iter().map(find).collect()
}

impl Judged {
    /// What cargo-mutants would change, in its order.
    fn list(&self, options: &Options) -> Result<Vec<Listed>> {
        let mut command = cargo(&["mutants", "--list", "--json"]);
        command.arg(format!("--package=premaster-{}", self.name));
        for file in &options.file {
            command.arg(format!("--file={file}"));
        }
        Listed::all(&output(&mut command)?)
    }

    fn judge(&self, options: &Options) -> Result<Tally> {
        let folder = root().join("target/mutants").join(self.name);
        fs::create_dir_all(&folder)?;
        let mut command = cargo(&["mutants", "--colors=never", "--no-shuffle"]);
        command
            .arg(format!("--package=premaster-{}", self.name))
            .arg(format!("--output={}", folder.display()));
        for package in [&[self.name], self.packages].concat() {
            command.arg(format!("--test-package=premaster-{package}"));
        }
        for file in &options.file {
            command.arg(format!("--file={file}"));
        }
        if let Some(shard) = &options.shard {
            command.arg(format!("--shard={shard}"));
        }
        if let Some(re) = &options.re {
            command.arg(format!("--re={re}"));
        }
        command.arg("--").args(self.targets);
        // Nobody looks into these builds with a debugger, and writing what it would need takes half the time.
        command
            .env("CARGO_PROFILE_DEV_DEBUG", "0")
            .env("CARGO_PROFILE_TEST_DEBUG", "0");
        let line = printable(&command);
        let status = command.stdin(Stdio::null()).status();
        let status = status.with_context(|| format!("could not start `{line}`"))?;
        // 2: some were missed; 3: some ran out of time. Both are in the outcomes.
        if !matches!(status.code(), Some(0 | 2 | 3)) {
            bail!("`{line}` failed ({status})");
        }
        outcomes(&folder.join("mutants.out/outcomes.json"))
    }
}

fn outcomes(file: &Path) -> Result<Tally> {
    let text =
        fs::read_to_string(file).with_context(|| format!("could not read {}", file.display()))?;
    Tally::parse(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_that_is_not_judged_is_named_with_those_that_are() {
        let error = chosen(&["trace".to_owned()]).err().unwrap().to_string();
        assert!(
            error.contains("`trace`; there are: wire, record, handshake"),
            "{error}"
        );
        assert_eq!(chosen(&[]).unwrap().len(), JUDGED.len());
    }

    #[test]
    fn every_explanation_is_of_a_file_that_is_there() {
        let text = fs::read_to_string(root().join("xtask/mutants/explained.txt")).unwrap();
        for name in Explained::parse(&text).unwrap().names() {
            let (file, _) = name.split_once(": ").unwrap();
            assert!(root().join(file).is_file(), "{name}");
        }
    }
}
