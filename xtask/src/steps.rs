//! A run of several steps: each with its heading and duration, the totals at the end.

use crate::command::in_ci;
use anyhow::{Result, bail};
use std::{
    fmt,
    time::{Duration, Instant},
};

/// The steps of one run. A failed step does not keep the later ones from running: a person wants
/// all that is wrong, not the first thing.
#[derive(Debug)]
pub(crate) struct Steps {
    begun: Instant,
    taken: Vec<Step>,
}

#[derive(Debug)]
struct Step {
    heading: String,
    took: Duration,
    verdict: Verdict,
}

/// How a step ended.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// Everything holds.
    Holds,
    /// It could not be checked here, and that may be.
    NotChecked(String),
    /// Something does not hold.
    Failed(String),
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Holds => f.write_str("ok"),
            Self::NotChecked(why) => write!(f, "NOT CHECKED: {why}"),
            Self::Failed(why) => write!(f, "FAILED: {why}"),
        }
    }
}

impl Steps {
    /// A run that begins now.
    pub(crate) fn begin() -> Self {
        Self {
            begun: Instant::now(),
            taken: Vec::new(),
        }
    }

    /// Runs one step under its heading.
    pub(crate) fn run(&mut self, heading: &str, step: impl FnOnce() -> Result<()>) {
        self.run_if_possible(heading, || step().map(|()| Verdict::Holds));
    }

    /// Runs one step that may say that it cannot be checked here.
    pub(crate) fn run_if_possible(
        &mut self,
        heading: &str,
        step: impl FnOnce() -> Result<Verdict>,
    ) {
        eprintln!("\n=== {heading}");
        let begun = Instant::now();
        let verdict = step().unwrap_or_else(|error| Verdict::Failed(format!("{error:#}")));
        let took = begun.elapsed();
        eprintln!("=== {heading} ({}): {verdict}", Seconds(took));
        self.taken.push(Step {
            heading: heading.to_owned(),
            took,
            verdict,
        });
    }

    /// Prints every step's duration and the total.
    ///
    /// # Errors
    /// When a step failed; the message names them all.
    pub(crate) fn finish(self, name: &str) -> Result<()> {
        eprintln!();
        for step in &self.taken {
            eprintln!(
                "{:>8}  {}: {}",
                Seconds(step.took).to_string(),
                step.heading,
                step.verdict
            );
        }
        let total = Seconds(self.begun.elapsed());
        eprintln!(
            "{:>8}  {name}{}",
            total.to_string(),
            if in_ci() { " (CI)" } else { "" }
        );
        let is_failed = |step: &&Step| matches!(step.verdict, Verdict::Failed(_));
        let failed: Vec<_> = self.taken.iter().filter(is_failed).collect();
        if !failed.is_empty() {
            let names: Vec<_> = failed.iter().map(|step| step.heading.as_str()).collect();
            bail!(
                "{name}: {} of {} steps failed: {}",
                failed.len(),
                self.taken.len(),
                names.join(", ")
            );
        }
        Ok(())
    }
}

/// A duration to a tenth of a second.
struct Seconds(Duration);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.1} s", self.0.as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::anyhow;

    #[test]
    fn a_failed_step_fails_the_run_and_the_later_steps_still_run() {
        let mut steps = Steps::begin();
        let mut ran = false;
        steps.run("first", || Err(anyhow!("broken")));
        steps.run("second", || {
            ran = true;
            Ok(())
        });
        let error = steps.finish("run").unwrap_err();
        assert!(ran);
        assert_eq!(error.to_string(), "run: 1 of 2 steps failed: first");
    }

    #[test]
    fn what_could_not_be_checked_says_why_and_fails_nothing() {
        let mut steps = Steps::begin();
        steps.run_if_possible("only", || Ok(Verdict::NotChecked("no network".to_owned())));
        assert_eq!(
            steps.taken[0].verdict.to_string(),
            "NOT CHECKED: no network"
        );
        assert!(steps.finish("run").is_ok());
    }

    #[test]
    fn a_run_without_failures_succeeds() {
        let mut steps = Steps::begin();
        steps.run("only", || Ok(()));
        assert!(steps.finish("run").is_ok());
    }
}
