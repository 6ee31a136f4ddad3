//! What libFuzzer's output says about a run.

use std::path::PathBuf;

/// The figures of one run.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Outcome {
    /// Inputs that ran.
    executions: u64,
    /// The same in a second.
    per_second: u64,
    /// Edges of the program that some input reached.
    edges: u64,
    /// Edges with how often they were passed.
    features: u64,
    /// Inputs that are needed to reach them.
    corpus: u64,
    /// Inputs for which the target fails.
    pub(super) crashes: Vec<PathBuf>,
    /// Whether the program ended as it should.
    pub(super) is_clean: bool,
}

/// Above the rows.
pub(super) const HEADING: &str =
    "target                     executions  per second     cov      ft  corpus  crashes";

/// One line of the table.
pub(super) fn row(target: &str, outcome: &Outcome) -> String {
    format!(
        "{target:<25}{:>12}{:>12}{:>8}{:>8}{:>8}{:>9}",
        outcome.executions,
        outcome.per_second,
        outcome.edges,
        outcome.features,
        outcome.corpus,
        outcome.crashes.len()
    )
}

impl Outcome {
    /// Reads the output of a run with final statistics.
    pub(super) fn read(said: &str, is_clean: bool) -> Self {
        let mut outcome = Self {
            is_clean,
            ..Self::default()
        };
        for line in said.lines() {
            if let Some((_, path)) = line.split_once("Test unit written to ") {
                outcome.crashes.push(path.into());
            } else if let Some(executions) = statistic(line, "number_of_executed_units") {
                outcome.executions = executions;
            } else if let Some(per_second) = statistic(line, "average_exec_per_sec") {
                outcome.per_second = per_second;
            } else if let Some(edges) = after(line, "cov:") {
                outcome.edges = edges;
                outcome.features = after(line, "ft:").unwrap_or(outcome.features);
                outcome.corpus = after(line, "corp:").unwrap_or(outcome.corpus);
            }
        }
        outcome
    }
}

/// `stat::name: 17`
fn statistic(line: &str, name: &str) -> Option<u64> {
    let value = line.strip_prefix("stat::")?.strip_prefix(name)?;
    value.strip_prefix(':')?.trim().parse().ok()
}

/// The number behind a word: `cov: 23`, and of `corp: 5/81b` the 5.
fn after(line: &str, word: &str) -> Option<u64> {
    let (_, value) = line.split_once(word)?;
    let value = value.trim_start();
    let end = value.find(|it: char| !it.is_ascii_digit());
    value[..end.unwrap_or(value.len())].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAID: &str = "\
INFO: seed corpus: files: 31 min: 44b max: 1811b total: 11082b rss: 40Mb
#32\tINITED cov: 523 ft: 1504 corp: 31/10Kb exec/s: 0 rss: 43Mb
#4096\tpulse  cov: 530 ft: 1533 corp: 40/11Kb lim: 1811 exec/s: 2048 rss: 60Mb
#9000\tDONE   cov: 541 ft: 1600 corp: 47/12Kb lim: 1811 exec/s: 3000 rss: 61Mb
Done 9000 runs in 3 second(s)
stat::number_of_executed_units: 9000
stat::average_exec_per_sec:     3000
stat::new_units_added:          16
";

    #[test]
    fn the_last_figures_count() {
        let outcome = Outcome::read(SAID, true);
        let expected = Outcome {
            executions: 9000,
            per_second: 3000,
            edges: 541,
            features: 1600,
            corpus: 47,
            crashes: Vec::new(),
            is_clean: true,
        };
        assert_eq!(outcome, expected);
    }

    #[test]
    fn a_crash_says_where_its_input_lies() {
        let said = format!("{SAID}artifact_prefix='/a/'; Test unit written to /a/crash-1\n");
        let outcome = Outcome::read(&said, false);
        assert_eq!(outcome.crashes, [PathBuf::from("/a/crash-1")]);
        assert!(row("record", &outcome).ends_with(" 1"));
    }

    #[test]
    fn a_row_stands_below_its_heading() {
        let row = row("certificate_compression", &Outcome::read(SAID, true));
        assert_eq!(row.len(), HEADING.len());
    }
}
