//! Reads what memcheck and the watched program have written.

use regex::Regex;
use std::sync::LazyLock;

/// `==123== ` before what memcheck says, `--123-- ` before what valgrind says of itself.
static PREFIX: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^(?:==|--)\d+(?:==|--) ?").expect("a constant pattern"));

/// A line of a stack: `at 0x17E2F6: function (folder/file.rs:203)`.
static FRAME: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^ +(?:at|by) 0x[0-9A-F]+: (.*) \((.*:\d+)\)$").expect("a constant pattern")
});

/// `used_suppression:      3 its name /path/to/file.supp:2`.
static RELEASE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^used_suppression: +(\d+) (.*) \S+:\d+$").expect("a constant pattern")
});

/// Counts of what was released on purpose, by name.
pub(super) type Releases = Vec<(String, u64)>;

/// What memcheck reported of one process.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Report {
    /// How often a secret reached a branch or an address.
    pub(super) errors: u64,
    /// The first time.
    pub(super) first: Option<Leak>,
    /// What the list of releases allowed.
    pub(super) released: Releases,
}

/// A place where a secret reached a branch or an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Leak {
    /// What depends on the secret.
    pub(super) what: String,
    /// Function and place of the innermost frame in this workspace.
    pub(super) place: Option<(String, String)>,
}

impl Report {
    /// Reads memcheck's log; a log without its summary is none.
    pub(super) fn parse(log: &str) -> Option<Self> {
        let lines: Vec<_> = log.lines().map(|line| PREFIX.replace(line, "")).collect();
        let mut report = Self {
            errors: summary(lines.iter().rev().map(AsRef::as_ref))?,
            ..Self::default()
        };
        for (place, line) in lines.iter().enumerate() {
            let stack = &lines[place + 1..];
            let is_error = !line.starts_with(' ')
                && stack
                    .first()
                    .is_some_and(|line| line.starts_with("   at 0x"));
            if is_error && report.first.is_none() {
                report.first = Some(Leak {
                    what: what(line).to_owned(),
                    place: stack.iter().map_while(|line| frame(line)).find_map(ours),
                });
            }
            if let Some(release) = RELEASE.captures(line) {
                let times = release[1].parse().unwrap_or_default();
                report.released.push((release[2].to_owned(), times));
            }
        }
        Some(report)
    }
}

/// Memcheck's sentence in short.
fn what(sentence: &str) -> &str {
    if sentence.starts_with("Conditional jump or move depends on") {
        "a branch"
    } else if sentence.starts_with("Use of uninitialised value") {
        "an address"
    } else {
        sentence
    }
}

/// `ERROR SUMMARY: 3 errors from 2 contexts (suppressed: 0 from 0)`.
fn summary<'a>(mut lines: impl Iterator<Item = &'a str>) -> Option<u64> {
    let counts = lines.find_map(|line| line.strip_prefix("ERROR SUMMARY: "))?;
    counts.split(' ').next()?.replace(',', "").parse().ok()
}

/// Function and place, where the line is one of a stack; both empty for a frame without lines.
fn frame(line: &str) -> Option<(String, String)> {
    let is_frame = line.starts_with("   at 0x") || line.starts_with("   by 0x");
    is_frame.then(|| {
        FRAME.captures(line).map_or_else(Default::default, |frame| {
            (frame[1].to_owned(), frame[2].to_owned())
        })
    })
}

/// Valgrind was told to leave out the path of this workspace.
fn ours(frame: (String, String)) -> Option<(String, String)> {
    frame.1.starts_with("crates/").then_some(frame)
}

/// What the watched program wrote: how many inputs it tried, and what it released.
pub(super) fn parse_told(text: &str) -> (u64, Releases) {
    let mut inputs = 0;
    let mut released = Vec::new();
    for line in text.lines() {
        match line.split('\t').collect::<Vec<_>>()[..] {
            ["inputs", count] => inputs = count.parse().unwrap_or_default(),
            ["released", name, times] => {
                released.push((name.to_owned(), times.parse().unwrap_or_default()));
            }
            _ => {}
        }
    }
    (inputs, released)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RED: &str = "\
==7== Memcheck, a memory error detector
==7== Parent PID: 6
==7== 
==7== Conditional jump or move depends on uninitialised value(s)
==7==    at 0x48465A9: bcmp (in /usr/libexec/valgrind/vgpreload_memcheck-amd64-linux.so)
==7==    by 0x16F5A4: eq<u8> (/rustc/1/library/core/src/slice/cmp.rs:9)
==7==    by 0x17E2F6: premaster_record::open (crates/record/src/opener.rs:203)
==7==    by 0x170496: premaster_ct::main (crates/ct/src/main.rs:39)
==7== 
==7== Use of uninitialised value of size 8
==7==    at 0x17E2F7: premaster_record::open (crates/record/src/opener.rs:204)
==7== 
--7-- used_suppression:     12 ring: whether a tag fits /work/released.supp:3
==7== 
==7== ERROR SUMMARY: 1,203 errors from 2 contexts (suppressed: 12 from 1)
";

    #[test]
    fn the_first_leak_is_told_by_its_innermost_line_of_ours() {
        let report = Report::parse(RED).unwrap();
        assert_eq!(report.errors, 1203);
        let leak = report.first.unwrap();
        assert_eq!(leak.what, "a branch");
        let (function, place) = leak.place.unwrap();
        assert_eq!(function, "premaster_record::open");
        assert_eq!(place, "crates/record/src/opener.rs:203");
    }

    #[test]
    fn what_the_list_released_is_told_by_name() {
        let report = Report::parse(RED).unwrap();
        assert_eq!(
            report.released,
            [("ring: whether a tag fits".to_owned(), 12)]
        );
    }

    #[test]
    fn a_branch_an_address_and_a_system_call_are_told_apart() {
        assert_eq!(what("Use of uninitialised value of size 8"), "an address");
        let call = "Syscall param write(buf) points to uninitialised byte(s)";
        assert_eq!(what(call), call);
    }

    #[test]
    fn a_leak_outside_this_workspace_is_a_leak_without_a_place() {
        let log = RED.replace("crates/", "/elsewhere/");
        let report = Report::parse(&log).unwrap();
        assert_eq!(report.first.unwrap().place, None);
    }

    #[test]
    fn a_clean_log_has_no_leak_and_a_cut_one_is_none() {
        let clean =
            "==7== \n==7== ERROR SUMMARY: 0 errors from 0 contexts (suppressed: 0 from 0)\n";
        assert_eq!(Report::parse(clean), Some(Report::default()));
        assert_eq!(Report::parse("==7== Memcheck\n"), None);
    }

    #[test]
    fn the_programs_counts_are_read() {
        let (inputs, released) = parse_told("inputs\t3\nreleased\tverdict\t2\n");
        assert_eq!(inputs, 3);
        assert_eq!(released, [("verdict".to_owned(), 2)]);
    }
}
