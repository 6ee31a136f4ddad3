//! Runs one case or leak under valgrind.

use super::{
    report::{Releases, Report, parse_told},
    subject::{Kind, Subject},
};
use crate::command::{output, printable, root};
use anyhow::{Context, Result};
use std::{
    fs,
    path::PathBuf,
    process::{Command, Stdio},
};

/// The exit status when memcheck has something to report; the program's own are smaller.
const LEAKED: i32 = 99;

/// What may be released inside the code under test.
const RELEASED: &str = "crates/ct/released.supp";

/// Valgrind, and the program it watches.
#[derive(Debug)]
pub(super) struct Valgrind {
    pub(super) version: String,
    /// The folder with a report for each case and leak.
    pub(super) reports: PathBuf,
    program: PathBuf,
}

/// What came of one run.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) report: Report,
    /// Inputs that the program says it tried.
    pub(super) inputs: u64,
    /// What was released on purpose, by the program and by the list.
    pub(super) released: Releases,
    /// Why it did not run to its end, if so.
    pub(super) broke: Option<String>,
}

impl Valgrind {
    /// Where the program is; its reports go beside it.
    pub(super) fn new(program: PathBuf) -> Result<Self> {
        let version = output(Command::new("valgrind").arg("--version"))?;
        let reports = program.with_file_name("reports");
        fs::create_dir_all(&reports)
            .with_context(|| format!("could not make {}", reports.display()))?;
        Ok(Self {
            version: version.trim().to_owned(),
            reports,
            program,
        })
    }

    /// What valgrind's processor has and what not.
    pub(super) fn processor(&self) -> Result<String> {
        let mut command = Command::new("valgrind");
        command.arg("--quiet").arg(&self.program).arg("processor");
        Ok(output(&mut command)?.trim().to_owned())
    }

    /// Runs it; where memcheck reports something of a case, once more with the origin of each secret in the report.
    pub(super) fn watch(&self, subject: &Subject) -> Result<Seen> {
        let seen = self.run(subject, "no")?;
        if seen.report.errors == 0 || subject.kind == Kind::Leak {
            return Ok(seen);
        }
        self.run(subject, "yes")
    }

    fn run(&self, subject: &Subject, track_origins: &str) -> Result<Seen> {
        let log = self.reports.join(&subject.name).with_extension("txt");
        let mut command = Command::new("valgrind");
        command
            .args([
                "--tool=memcheck",
                "--leak-check=no",
                "--error-limit=no",
                "-s",
            ])
            .arg(format!("--error-exitcode={LEAKED}"))
            .arg(format!("--track-origins={track_origins}"))
            .arg(format!("--suppressions={RELEASED}"))
            .arg(format!("--fullpath-after={}/", root().display()))
            .arg(format!("--log-file={}", log.display()))
            .arg(&self.program)
            .args([subject.kind.word(), &subject.name])
            .current_dir(root())
            .env_remove("VALGRIND_OPTS")
            .env("RUST_BACKTRACE", "0")
            .stdin(Stdio::null());
        let line = printable(&command);
        let output = command
            .output()
            .with_context(|| format!("could not start `{line}`"))?;
        let text = fs::read_to_string(&log)
            .with_context(|| format!("`{line}` left no report in {}", log.display()))?;
        let report = Report::parse(&text)
            .with_context(|| format!("{} is no report of memcheck", log.display()))?;
        let (inputs, mut released) = parse_told(&String::from_utf8_lossy(&output.stdout));
        released.extend(report.released.iter().cloned());
        let ended = matches!(output.status.code(), Some(0 | LEAKED)) && inputs > 0;
        let broke = (!ended).then(|| {
            let said = String::from_utf8_lossy(&output.stderr);
            format!("{}: {}", output.status, said.trim())
        });
        Ok(Seen {
            report,
            inputs,
            released,
            broke,
        })
    }

    /// The names on the list of releases.
    pub(super) fn releases() -> Result<Vec<String>> {
        let text = fs::read_to_string(root().join(RELEASED))
            .with_context(|| format!("could not read {RELEASED}"))?;
        Ok(names(&text))
    }
}

/// In a list of suppressions the name is the line behind the brace.
fn names(list: &str) -> Vec<String> {
    let lines: Vec<_> = list.lines().map(str::trim).collect();
    let pairs = lines.windows(2).filter(|pair| pair[0] == "{");
    pairs.map(|pair| pair[1].to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_release_has_a_name() {
        let list =
            "# why\n{\n   a: b\n   Memcheck:Cond\n   fun:c\n}\n{\n   d\n   Memcheck:Cond\n}\n";
        assert_eq!(names(list), ["a: b", "d"]);
    }

    /// An address is never released, only a verdict.
    #[test]
    fn the_list_of_releases_allows_branches_only() {
        let list = fs::read_to_string(root().join(RELEASED)).unwrap();
        let kinds = list.lines().filter(|line| line.contains("Memcheck:"));
        for kind in kinds {
            assert_eq!(kind.trim(), "Memcheck:Cond");
        }
        assert!(!names(&list).is_empty());
    }
}
